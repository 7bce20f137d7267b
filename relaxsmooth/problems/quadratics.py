"""Quadratics f = x'A x/2 - b'x from exact data: minimal L0 is ‖A‖, for every L1."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint

from relaxsmooth.formula import FormulaError, add, formula, symbol
from relaxsmooth.problem import Problem

Exact = Fraction | int


def quadratic(
    A: Sequence[Sequence[Exact]], b: Sequence[Exact], start: Sequence[Exact], key: str = ""
) -> Problem:
    """f = x'A x/2 - b'x for a symmetric rational d x d matrix A.

    f* = -b'A^-1 b/2 is declared where A is positive definite.  FormulaError when A is not
    symmetric or the sizes differ.
    """
    d = len(b)
    if any(len(row) != d for row in A) or len(A) != d or len(start) != d:
        raise FormulaError(f"A must be {d} x {d} and x0 of length {d}, like b; check the sizes")
    if any(A[i][j] != A[j][i] for i in range(d) for j in range(i)):
        raise FormulaError("A is not symmetric; give (A + A')/2, which has the same f")
    names = tuple(f"x{i + 1}" for i in range(d)) if d > 1 else ("x",)
    x = [symbol(name) for name in names]
    halves = [Fraction(A[i][i]) / 2 * x[i] ** 2 for i in range(d)]
    square = add(*halves, *(formula(A[i][j]) * x[i] * x[j] for i in range(d) for j in range(i)))
    lowest = _lowest(A, b)
    return Problem(
        key=key or f"quadratic({d})",
        objective=square - add(*(Fraction(bi) * xi for bi, xi in zip(b, x, strict=True))),
        variables=names,
        start=tuple(formula(c) for c in start),
        title="quadratic x'A x/2 - b'x",
        lowest=None if lowest is None else formula(lowest),
        lowest_because="" if lowest is None else "A is positive definite, so f* = -b'A^-1 b/2",
    )


def _lowest(A: Sequence[Sequence[Exact]], b: Sequence[Exact]) -> Fraction | None:
    """-b'A^-1 b/2 where every leading minor of A is positive (Sylvester), else None."""
    d = len(b)
    rational = [[flint.fmpq(Fraction(v).numerator, Fraction(v).denominator) for v in r] for r in A]
    for k in range(1, d + 1):
        if flint.fmpq_mat([row[:k] for row in rational[:k]]).det() <= 0:
            return None
    column = flint.fmpq_mat(
        d, 1, [flint.fmpq(Fraction(v).numerator, Fraction(v).denominator) for v in b]
    )
    value = (column.transpose() * flint.fmpq_mat(rational).inv() * column)[0, 0]
    return -Fraction(int(value.p), int(value.q)) / 2


PROBLEMS = (
    quadratic([[1]], [0], [1], key="parabola"),
    quadratic([[5, 2], [2, 2]], [1, 1], [3, -2], key="quadratic"),
    quadratic([[4, 1, 0], [1, 3, -1], [0, -1, 2]], [1, 0, 2], [1, 1, 1], key="quadratic_3d"),
)
