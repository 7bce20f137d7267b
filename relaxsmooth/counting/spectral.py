"""An upper bound of ‖A‖_2 for a matrix of balls: the largest singular value, certified.

A = C + E with C the midpoints: ‖A‖ <= ‖C‖ + ‖E‖_F, and ‖C‖² is the largest eigenvalue of C^T C:
closed form for two rows; else t with t I - C^T C positive definite, by LDL^T in balls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint

Matrix = Sequence[Sequence[Any]]


def spectral_bound(A: Matrix) -> flint.arb:
    """An exact ball >= ‖A‖_2; not finite where A is not."""
    if not all(a.is_finite() for row in A for a in row):
        return flint.arb("inf")
    C = [[flint.arb(a.mid()) for a in row] for row in A]
    spread = sum((flint.arb(a.rad()) ** 2 for row in A for a in row), flint.arb(0))
    gram = [
        [sum((row[i] * row[j] for row in C), flint.arb(0)) for j in range(len(C))]
        for i in range(len(C))
    ]
    largest = gram[0][0] if len(C) == 1 else _two(gram) if len(C) == 2 else _many(gram)
    return flint.arb((root(largest) + root(spread)).upper())


def root(x: flint.arb) -> flint.arb:
    """sqrt of the part of x that is >= 0."""
    return flint.arb(x.upper()).sqrt() if x.upper() > 0 else flint.arb(0)


def _two(gram: Matrix) -> flint.arb:
    """(a + c + sqrt((a - c)² + 4b²))/2."""
    (a, b), (_, c) = gram
    return (a + c + root((a - c) ** 2 + 4 * b**2)) / 2


def _many(gram: Matrix) -> flint.arb:
    """Float eigenvalues guess t; the factorisation certifies it; the trace is always a bound."""
    import numpy

    guess = float(numpy.linalg.eigvalsh([[float(x.mid()) for x in row] for row in gram])[-1])
    trace = sum((gram[i][i] for i in range(len(gram))), flint.arb(0))
    for factor in (1 + 1e-12, 1 + 1e-6, 1.1):
        t = flint.arb(guess * factor)
        shifted = [
            [(t if i == j else 0) - x for j, x in enumerate(row)] for i, row in enumerate(gram)
        ]
        if t < trace and positive_definite(shifted):
            return t
    return trace


def positive_definite(S: Matrix) -> bool:
    """All pivots of LDL^T certainly > 0."""
    rows = [list(row) for row in S]
    for k, pivot_row in enumerate(rows):
        pivot = pivot_row[k]
        if not pivot > 0:
            return False
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / pivot
            for j in range(k + 1, len(rows)):
                rows[i][j] -= factor * pivot_row[j]
    return True
