"""Layer 3: is a symmetric matrix positive (semi)definite?  In rationals exactly, in balls surely.

‖H‖_2 <= c  iff  c I - H and c I + H are positive semidefinite;  A = L D L' decides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint
from flint import arb_mat

from relaxsmooth.smoothness.algebraic import Algebraic, real_roots, to_fmpq

Rows = Sequence[Sequence[Fraction]]


def is_positive_semidefinite(matrix: Rows) -> bool:
    """x'A x >= 0 for all x, decided by symmetric elimination in rationals.

    A zero pivot with a nonzero row is a negative direction: [[0, b], [b, c]] has det -b² < 0.
    """
    a = [list(row) for row in matrix]
    for k in range(len(a)):
        pivot = a[k][k]
        if pivot < 0 or (pivot == 0 and any(a[k][j] for j in range(k + 1, len(a)))):
            return False
        for i in range(k + 1, len(a)) if pivot else ():
            factor = a[i][k] / pivot
            for j in range(k + 1, len(a)):
                a[i][j] -= factor * a[k][j]
    return True


def norm_at_most(matrix: Rows, c: Fraction) -> bool:
    """‖A‖_2 <= c for a symmetric rational matrix, exactly."""
    if c < 0:
        return False
    return all(
        is_positive_semidefinite(
            [[c * (i == j) - s * v for j, v in enumerate(row)] for i, row in enumerate(matrix)]
        )
        for s in (1, -1)
    )


def spectral_norm(matrix: Rows) -> Algebraic:
    """‖A‖_2 of a symmetric rational matrix: the largest |eigenvalue|, exactly."""
    characteristic = flint.fmpq_mat([[to_fmpq(v) for v in row] for row in matrix]).charpoly()
    best = Algebraic.rational(0)
    for root in real_roots(characteristic.numer()):
        size = abs(Algebraic.at(root))
        best = size if size > best else best
    return best


def is_certainly_positive_definite(matrix: arb_mat) -> bool:
    """Every symmetric matrix in the ball matrix has positive pivots; False says nothing."""
    a = matrix.tolist()
    n = len(a)
    for k in range(n):
        pivot = a[k][k]
        if not pivot > 0:
            return False
        for i in range(k + 1, n):
            factor = a[k][i] / pivot
            for j in range(i, n):
                a[i][j] = a[i][j] - factor * a[k][j]
    return True
