"""Layer 6: what is known in R^d where L1 = 0, beside the value on the line.

GD with h on L-smooth functions, worst min over 0..n of ‖∇f‖^2 (rigour: two identities, and
semidefinite performance estimation; attained on the line for h L <= 1 only):
    4 L Delta/(2 + n (4h - h^2)) for h <= 1,   4 L Delta/(2 + n (4h - h^3)) for 1 <= h <= sqrt 3,
h in units of 1/L.  On the line the first form goes on to h = 3 - sqrt 2 (n = 1) and beyond.
"""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.formula import Formula
from relaxsmooth.worstcase.question import Question

SAME = "the same in every R^d: the line attains it for h <= 1/L0"
HIGHER = "in R^d, d >= 2, it is larger for 1/L0 < h < sqrt(3)/L0: one step needs two dimensions"


def in_space(question: Question, steps: int) -> tuple[Formula, str] | None:
    """The worst case in R^d for d >= 2 and how it compares; None where this is not known here."""
    size = question.rule.bound_size.value
    if question.L1 or question.convex or size is None or size < 0:
        return None
    h = size * question.L0
    if h <= 1:
        return _root(question, steps * (4 * h - h**2)), SAME
    if h**2 <= 3:
        return _root(question, steps * (4 * h - h**3)), HIGHER
    return None


def _root(question: Question, cost: Fraction) -> Formula:
    square = 4 * question.L0 * question.Delta / (2 + cost)
    root: Formula = Formula("number", (), square) ** Fraction(1, 2)
    return root
