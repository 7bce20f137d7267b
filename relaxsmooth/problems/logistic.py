"""Logistic regression f = (1/m) sum_i log(1 + e^{-y_i <a_i, x>}) + (ridge/2)‖x‖² on exact data."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from relaxsmooth.formula import ZERO, FormulaError, add, exp, formula, log, symbol
from relaxsmooth.problem import Problem

Exact = Fraction | int

# synthetic, and not separable: the y_i a_i positively span the plane, so f attains its minimum
FEATURES = ((2, 1), (1, 2), (-1, 1), (1, -2), (-3, -1), (-1, -3), (1, 1), (-1, 2))
LABELS = (1, 1, 1, -1, -1, -1, -1, 1)


def logistic(
    features: Sequence[Sequence[Exact]],
    labels: Sequence[int],
    ridge: Exact = 0,
    start: Sequence[Exact] | None = None,
    key: str = "",
) -> Problem:
    """The mean logistic loss of <a_i, x> against y_i in {-1, 1}, plus (ridge/2)‖x‖²."""
    d = len(features[0]) if features else 0
    if not d or len(labels) != len(features) or any(len(a) != d for a in features):
        raise FormulaError(
            f"{len(features)} feature rows and {len(labels)} labels do not match; "
            "give one label per row and rows of one length"
        )
    if set(labels) - {1, -1} or ridge < 0:
        raise FormulaError(f"labels must be 1 or -1 and ridge = {ridge} must be >= 0")
    names = tuple(f"x{i + 1}" for i in range(d)) if d > 1 else ("x",)
    x = [symbol(name) for name in names]
    losses = [
        log(1 + exp(add(*(-y * Fraction(c) * xi for c, xi in zip(a, x, strict=True)))))
        for a, y in zip(features, labels, strict=True)
    ]
    penalty = Fraction(ridge) / 2 * add(*(xi**2 for xi in x)) if ridge else ZERO
    return Problem(
        key=key or f"logistic({len(labels)},{d},{ridge})",
        objective=Fraction(1, len(labels)) * add(*losses) + penalty,
        variables=names,
        start=tuple(formula(c) for c in (start or (3,) * d)),
        title="logistic regression" + (" with a ridge term" if ridge else ""),
    )


PROBLEMS = (
    logistic(FEATURES, LABELS, key="logistic"),
    logistic(FEATURES, LABELS, Fraction(1, 10), key="logistic_ridge"),
)
