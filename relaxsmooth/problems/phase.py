"""Phase retrieval f = (1/(4m)) sum_i (<a_i, x>² - y_i)²: a quartic with the minimisers x and -x."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from relaxsmooth.formula import FormulaError, add, formula, symbol
from relaxsmooth.problem import Problem

Exact = Fraction | int


def phase_retrieval(
    measurements: Sequence[Sequence[Exact]],
    hidden: Sequence[Exact],
    start: Sequence[Exact],
    key: str = "",
) -> Problem:
    """y_i = <a_i, hidden>² without noise, so f* = 0 at +-hidden."""
    d = len(hidden)
    if not measurements or any(len(a) != d for a in measurements) or len(start) != d:
        raise FormulaError(f"every a_i and x0 must have length {d}, like the hidden point")
    names = tuple(f"x{i + 1}" for i in range(d)) if d > 1 else ("x",)
    x = [symbol(name) for name in names]
    terms = []
    for a in measurements:
        y = sum((Fraction(c) * h for c, h in zip(a, hidden, strict=True)), Fraction(0)) ** 2
        terms.append((add(*(Fraction(c) * xi for c, xi in zip(a, x, strict=True))) ** 2 - y) ** 2)
    return Problem(
        key=key or f"phase_retrieval({len(measurements)},{d})",
        objective=Fraction(1, 4 * len(measurements)) * add(*terms),
        variables=names,
        start=tuple(formula(c) for c in start),
        title="phase retrieval",
        lowest=formula(0),
        lowest_because="a sum of squares, 0 at the hidden point",
    )


PROBLEMS = (
    phase_retrieval(((1, 0), (0, 1), (1, 1), (1, -1)), (1, 2), (3, -1), key="phase_retrieval"),
)
