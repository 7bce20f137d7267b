"""Layer 2: where a formula is defined, and derivatives that end where the function does.

d/dx log(u) = u'/u has a value where u < 0 although log(u) has none; every other operation of
the vocabulary keeps its domain under differentiation.  `kept_to_domain` closes that gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import (
    ZERO,
    Formula,
    FormulaError,
    add,
    exp,
    is_nonnegative,
    log,
    piecewise,
    symbol,
    topological,
)

CONSTANT_BITS = (256, 2048)


def check_constants(f: Formula, what: str) -> None:
    """Every constant in f has a value, certainly; else FormulaError.

    Balls of roots are cut to [0, oo), so what a root is taken of is asked itself.
    """
    for node in topological((f,)):
        if node.symbols or node.op == "number":
            continue
        root = node.op == "pow" and node.data.denominator > 1
        if not any(_has_value(node, root, bits) for bits in CONSTANT_BITS):
            raise FormulaError(
                f"{what}: {node} has no real value (to {CONSTANT_BITS[-1]} bits); "
                "write a constant that has one"
            )


def _has_value(node: Formula, root: bool, bits: int) -> bool:
    value, radicand = evaluate((node, node.args[0] if root else ZERO), {}, ball(bits))
    return not value.is_nan() and bool(radicand >= 0)


def positive_parts(f: Formula) -> tuple[Formula, ...]:
    """The arguments of logarithms in f that are not positive by their form."""
    return tuple(u for u, what in restricted(topological((f,))) if what == "log")


@lru_cache(maxsize=4096)
def restrictions(f: Formula) -> tuple[Formula, ...]:
    """Formulas that are >= 0 (of logarithms and quotients: > 0) wherever f has a value, where
    their form does not say so: u of log(u) and of roots of u, u^2 of 1/u.

    f' shows them where u' is not 0; where u' cancels, f' may have values and f none.
    """
    found = restricted(topological((f,)))
    logs = [u for u, what in found if what == "log"]
    return tuple(dict.fromkeys((*logs, *(u for u, _ in found))))


@lru_cache(maxsize=4096)
def always_restricted(f: Formula) -> tuple[tuple[Formula, str], ...]:
    """(u, "log", "root" or "quotient"): those that no case of a piecewise can pass by."""
    return restricted(always_read(f))


def restricted(nodes: Iterable[Formula]) -> tuple[tuple[Formula, str], ...]:
    """(u, what) for every log, root and quotient among the nodes."""
    found: dict[tuple[Formula, str], None] = {}
    for node in nodes:
        if node.op == "log" and node.args[0].symbols and not is_positive(node.args[0]):
            found[node.args[0], "log"] = None
        if node.op == "pow" and node.symbols:
            (u,), e = node.args, node.data
            if e.denominator > 1 and not _is_nonnegative(u):
                found[u, "root"] = None
            if e < 0 and not is_positive(u):
                found[u**2, "quotient"] = None
    return tuple(found)


@lru_cache(maxsize=4096)  # by itself each level would ask the one below twice
def is_positive(u: Formula) -> bool:
    """u > 0 by its form: exp, cosh, positive numbers, and sums and products that keep it."""
    if u.op == "number":
        return bool(u.data > 0)
    if u.op == "add":
        return all(_is_nonnegative(part) for part in u.args) and any(map(is_positive, u.args))
    if u.op in ("mul", "min"):
        return all(map(is_positive, u.args))
    if u.op == "max":
        return any(map(is_positive, u.args))
    return u.op in ("exp", "cosh") or (u.op == "pow" and is_positive(u.args[0]))


def is_positive_for(u: Formula, positive: Iterable[str]) -> bool:
    """u > 0 by its form where these symbols are positive: each is e^t for some t."""
    return is_positive(u.subs({name: exp(symbol(name)) for name in positive}))


@lru_cache(maxsize=4096)
def _is_nonnegative(u: Formula) -> bool:
    if u.op in ("add", "min"):
        return all(map(_is_nonnegative, u.args))
    if u.op == "max":
        return any(map(_is_nonnegative, u.args))
    product = u.op == "mul" and all(map(_is_nonnegative, u.args))
    power = u.op == "pow" and _is_nonnegative(u.args[0])
    return product or power or is_nonnegative(u) or is_positive(u)


def kept_to_domain(slope: Formula, f: Formula) -> Formula:
    """The slope where f is defined; no value (a logarithm of a negative number) elsewhere."""
    anywhere = tuple(always_read(f))
    for u in positive_parts(f):
        if any(node.op == "log" and node.args[0] is u for node in anywhere):
            slope = piecewise((u, "<=", ZERO, log(-1 - u**2)), otherwise=slope)
    branches = [node for node in anywhere if node.op == "piecewise" and positive_parts(node)]
    return add(slope, *(_mark(node) for node in branches))


def always_read(f: Formula) -> Iterator[Formula]:
    """The nodes of f that no condition passes by: of a piecewise only the first condition."""
    return reached(f, lambda node: node.args[:2])


def reached(f: Formula, read: Callable[[Formula], Iterable[Formula]]) -> Iterator[Formula]:
    """The nodes of f that are come to from above, where `read` says what of a piecewise is read."""
    seen: set[Formula] = set()
    todo = [f]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            yield node
            todo.extend(read(node) if node.op == "piecewise" else node.args)


def _mark(node: Formula) -> Formula:
    """0, and no value where the branch that holds, or a later condition that is read, has none."""
    rest = kept_to_domain(ZERO, node.args[-1])
    for i in range(len(node.data) - 1, -1, -1):
        low, high, value = node.args[3 * i : 3 * i + 3]
        rest = piecewise((low, node.data[i], high, kept_to_domain(ZERO, value)), otherwise=rest)
        if i > 0:
            rest = add(rest, kept_to_domain(ZERO, low), kept_to_domain(ZERO, high))
    return rest
