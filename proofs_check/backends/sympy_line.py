"""One variable by sympy: roots isolated by continued fractions, exponentials by Taylor.

polynomials    the square-free product of all functions; sympy's intervals around its roots, made
               smaller until they do not touch; who vanishes at a root is read from a gcd
exponentials   the goal times e^(-rx) is replaced by a smaller function without exponentials:
                   e^z >= 1 + z + ... + z^N/N!                        z >= 0
                   e^(-z) between two neighbouring partial sums, or at most 1/(1 + ... + z^N/N!)
                   e^z <= 1 + ... + z^N/N! + U z^(N+1)/(N+1)!, U >= e^T     0 <= z <= T
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import factorial, floor

from sympy import QQ, Poly, gcd

from proofs_check.backends.sympy_numbers import (
    Relation,
    Statement,
    Terms,
    Undecided,
    constant_bounds,
    exp_bounds,
    fraction,
    in_sympy,
    polynomial,
    variables,
)

ORDERS = (4, 9, 16)
BITS = 40  # of a rational that stands for a sum of c_q e^q
Signed = tuple[str, Poly]


def decide(asked: Statement) -> tuple[bool, Fraction | None]:
    """(True, None), or (False, a rational point that refutes it, or None); Undecided."""
    if all(polynomial(r.terms) for r in asked.relations):
        return cells([(r.sign, as_poly(r.terms)) for r in asked.relations])
    if by_taylor(asked):
        return True, None
    raise Undecided("Taylor polynomials do not decide it")


# --- polynomials ------------------------------------------------------------------------------


def as_poly(terms: Terms) -> Poly:
    x = variables(1)[0]
    return Poly.from_dict({a: in_sympy(c) for (a, _), c in terms.items()}, x, domain=QQ)


def cells(relations: list[Signed]) -> tuple[bool, Fraction | None]:
    """Whether the last relation holds wherever the others do; the last entry is a witness."""
    functions = [f for _, f in relations if not f.is_zero]
    whole = Poly(1, variables(1)[0], domain=QQ)
    for f in functions:
        whole = (whole * f.sqf_part()).sqf_part()
    isolated = intervals(whole)
    points = samples(isolated)
    signs = [[sign(fraction(f.eval(in_sympy(x)))) for _, f in relations] for x in points]
    for x, row in zip(points, signs, strict=True):
        if fails(relations, row):
            return False, x
    shared = [whole if f.is_zero else gcd(f, whole) for _, f in relations]
    for (low, high), row in zip(isolated, signs, strict=False):
        at_root = [0 if has_root(g, low, high) else s for g, s in zip(shared, row, strict=True)]
        if fails(relations, at_root):
            return False, low if low == high else None
    return True, None


def intervals(f: Poly) -> list[tuple[Fraction, Fraction]]:
    """Intervals in order with one root of the square-free f each; a root at an end is the whole.

    sympy's may touch, as in [0, 0], [0, 1]: an interval is made smaller until no root is an end.
    """
    found = [(fraction(a), fraction(b)) for (a, b), _ in f.intervals()]
    return [freed(f, low, high) for low, high in found]


def freed(f: Poly, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    for _ in range(60):
        if low == high or all(f.eval(in_sympy(x)) != 0 for x in (low, high)):
            return low, high
        low, high = map(fraction, f.refine_root(in_sympy(low), in_sympy(high), steps=4))
    raise Undecided("two roots are too close")


def samples(isolated: list[tuple[Fraction, Fraction]]) -> list[Fraction]:
    """A point in each cell: where two intervals touch, that point is no root."""
    if not isolated:
        return [Fraction(0)]
    middle = [(one[1] + other[0]) / 2 for one, other in pairwise(isolated)]
    return [isolated[0][0] - 1, *middle, isolated[-1][1] + 1]


def has_root(f: Poly, low: Fraction, high: Fraction) -> bool:
    return f.degree() > 0 and f.count_roots(in_sympy(low), in_sympy(high)) > 0


def sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def fails(relations: list[Signed], signs: list[int]) -> bool:
    *given, goal = (Relation(r, {}).met(s) for (r, _), s in zip(relations, signs, strict=True))
    return all(given) and not goal


# --- exponentials -----------------------------------------------------------------------------


def by_taylor(asked: Statement) -> bool:
    """Whether the goal is shown on both half lines, for some order and some factor e^(-rx)."""
    if asked.goal.sign == "=":
        return False
    return all(half_line(asked, mirrored) for mirrored in (False, True))


def half_line(asked: Statement, mirrored: bool) -> bool:
    """x >= 0, or x <= 0 with -x in its place."""
    turned = [Relation(r.sign, mirror(r.terms) if mirrored else r.terms) for r in asked.relations]
    given = [(r.sign, as_poly(r.terms)) for r in turned[:-1] if polynomial(r.terms)]
    x = variables(1)[0]
    given.append((">=", Poly(x, x, domain=QQ)))
    if cells([*given, (">", Poly(0, x, domain=QQ))])[0]:
        return True  # nothing to show on this side
    top, goal = upper_end(given), turned[-1]
    for order in ORDERS:
        for rate in sorted({b[0] for _, b in goal.terms}):
            below = lower(moved(goal.terms, -rate), top, order)
            if below is not None and cells([*given, (goal.sign, below)])[0]:
                return True
    return False


def mirror(terms: Terms) -> Terms:
    return {(a, (-b[0], b[1])): -c if a[0] % 2 else c for (a, b), c in terms.items()}


def moved(terms: Terms, rate: Fraction) -> Terms:
    return {(a, (b[0] + rate, b[1])): c for (a, b), c in terms.items()}


def upper_end(given: list[Signed]) -> Fraction | None:
    """T where the hypotheses say x <= T."""
    ends = [-f.coeff_monomial(1) / f.LC() for _, f in given if f.degree() == 1 and f.LC() < 0]
    return min(map(fraction, ends)) if ends else None


def lower(terms: Terms, top: Fraction | None, order: int) -> Poly | None:
    """A polynomial that is >= 0 (> 0) only where the function is, for 0 <= x (<= top)."""
    x = variables(1)[0]
    total, denominator = Poly(0, x, domain=QQ), Poly(1, x, domain=QQ)
    for (a, b), c in coefficients(terms):
        made = factor_below(c > 0, b, top, order)
        if made is None:
            return None
        above, under = made
        power = Poly.from_dict({a: in_sympy(c)}, x, domain=QQ)
        total, denominator = total * under + power * above * denominator, denominator * under
    return total


def coefficients(terms: Terms) -> Iterator[tuple[tuple[tuple[int, ...], Fraction], Fraction]]:
    """Terms ((a,), b): c without e^q in c: each such sum replaced by a rational below it."""
    groups: dict[tuple[tuple[int, ...], Fraction], dict[Fraction, Fraction]] = {}
    for (a, (b, q)), c in terms.items():
        groups.setdefault((a, b), {})[q] = c
    for key, constants in groups.items():
        exact = constants.keys() == {Fraction(0)}
        low = (
            constants.get(Fraction(0), Fraction(0)) if exact else constant_bounds(constants, 60)[0]
        )
        yield key, low if exact else Fraction(floor(low * 2**BITS), 2**BITS)


def factor_below(
    positive: bool, b: Fraction, top: Fraction | None, order: int
) -> tuple[Poly, Poly] | None:
    """(p, d), d > 0: p/d <= e^(bx) if positive, p/d >= e^(bx) if not."""
    one = Poly(1, variables(1)[0], domain=QQ)
    if b == 0:
        return one, one
    if b > 0 and positive:
        return partial_sum(b, order), one
    if b > 0:
        return None if top is None else (bounded_above(b, top, order), one)
    if positive:
        return partial_sum(b, order + 1 - order % 2), one
    return one, partial_sum(-b, order)


def partial_sum(b: Fraction, order: int) -> Poly:
    """1 + bx + ... + (bx)^order/order!"""
    table = {(k,): in_sympy(b**k / factorial(k)) for k in range(order + 1)}
    return Poly.from_dict(table, variables(1)[0], domain=QQ)


def bounded_above(b: Fraction, top: Fraction, order: int) -> Poly:
    last = in_sympy(exp_bounds(b * top, 60)[1] * b ** (order + 1) / factorial(order + 1))
    x = variables(1)[0]
    return partial_sum(b, order) + Poly.from_dict({(order + 1,): last}, x, domain=QQ)
