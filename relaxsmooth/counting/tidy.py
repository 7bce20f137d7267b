"""Quotients rewritten so that their variable occurs once: balls of them stay narrow.

sinh(u)/cosh(u) = tanh(u)     e^u/(c + d e^u) = 1/(c e^{-u} + d)     g/(c + d g) = 1/(c/g + d)

The last one for the gradient norm g of a rule, which is positive before arrival.
"""

from __future__ import annotations

from functools import lru_cache

from relaxsmooth.formula import Formula, add, exp, function, mul, number, power, rebuild


@lru_cache(maxsize=256)
def tidied(F: Formula, positive: Formula | None = None) -> Formula:
    """The same function; only the way it is written changes.  positive: a symbol that is > 0."""
    return rebuild(F, lambda node: _tidied_product(node, positive) if node.op == "mul" else None)


def _tidied_product(node: Formula, positive: Formula | None) -> Formula | None:
    for above in node.args:
        for below in node.args:
            if below.op == "pow" and below.data == -1 and above.op in ("sinh", "exp", "symbol"):
                quotient = _quotient(above, below.args[0], positive)
                if quotient is not None:
                    rest = [arg for arg in node.args if arg is not above and arg is not below]
                    return mul(*rest, quotient)
    return None


def _quotient(above: Formula, below: Formula, positive: Formula | None) -> Formula | None:
    """above/below, where one of the two identities applies."""
    if above.op == "sinh":
        u = above.args[0]
        return function("tanh", u) if below is function("cosh", u) else None
    if above.op == "symbol" and above is not positive:
        return None
    if below.op != "add":
        return None
    terms = [_divided(term, above) for term in below.args]
    if None in terms:
        return None
    return power(add(*(term for term in terms if term is not None)), -1)


def _divided(term: Formula, e: Formula) -> Formula | None:
    """term/e for a number or a multiple of e = e^u or g."""
    if term.op == "number":
        return term / e if e.op == "symbol" else term * exp(-e.args[0])
    if term is e:
        return number(1)
    if term.op == "mul" and len(term.args) == 2 and term.args[0].op == "number":
        return term.args[0] if term.args[1] is e else None
    return None
