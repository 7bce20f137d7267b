"""Cells: simple rationals that separate the real roots of all polynomials of a statement."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

from flint import arb, ctx, fmpq, fmpq_poly

from proofs_check import kernel


def separate(statement: kernel.Statement) -> list[str] | None:
    """One point between any two neighbouring roots, or None if this is no statement on Q[x]."""
    n, hypotheses, goal = statement
    functions = [f for _, f in (*hypotheses, goal) if f]
    if n != 1 or any(any(k[1:]) for f in functions for k in f):
        return None
    product = fmpq_poly([1])
    for f in functions:
        product *= dense(f)
    ends = real_roots(product)
    return [str(simplest(left, right)) for (_, left), (right, _) in pairwise(ends)]


def dense(f: kernel.Function) -> fmpq_poly:
    degree = max(k[0] for k in f)
    coefficients = [f.get((a, 0, 0), Fraction(0)) for a in range(degree + 1)]
    return fmpq_poly([fmpq(c.numerator, c.denominator) for c in coefficients])


def real_roots(p: fmpq_poly) -> list[tuple[Fraction, Fraction]]:
    """Disjoint intervals around the distinct real roots, in order; more bits until they are."""
    bits = 64
    while True:
        with ctx.workprec(bits):
            roots: Any = p.numer().complex_roots()
            real = [z.real for z, _ in roots if z.imag == 0]
            intervals = sorted((exact(x.lower()), exact(x.upper())) for x in real)
        if all(a[1] < b[0] for a, b in pairwise(intervals)):
            return intervals
        bits *= 2


def exact(point: arb) -> Fraction:
    mantissa, exponent = point.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The rational of smallest denominator strictly between low < high."""
    whole = floor(low)
    if whole + 1 < high:
        return Fraction(0 if low < 0 < high else whole + 1)
    tail = high - whole  # low = whole + ..., high = whole + tail, 0 < tail <= 1
    if low == whole:
        return whole + Fraction(1, floor(1 / tail) + 1)
    return whole + 1 / simplest(1 / tail, 1 / (low - whole))
