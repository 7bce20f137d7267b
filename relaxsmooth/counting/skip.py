"""Stretches that a formula covers at once, exactly.

constant step    x_j = x - j sigma s,                 s a constant on the region
affine step      x_j = c + q^j (x - c),               T(x) = c + q (x - c) on the region, q > 0
"""

from __future__ import annotations

from fractions import Fraction

import flint

from relaxsmooth.counting.line import Line
from relaxsmooth.counting.region import Drift
from relaxsmooth.counting.walk import Walk, short
from relaxsmooth.formula import Formula, evaluate
from relaxsmooth.rounding import exact_value

SKIPPED = "skipped exactly"


def skip_constant(walk: Walk, region: Drift, exact_bits: int) -> bool:
    """x_0, ..., x_{n-1} are in the region for n = floor(|x - far|/s) + 1; x_n = x - n sigma s."""
    if region.length.symbols:
        return False
    arithmetic, s = walk.arithmetic, region.length.value
    if walk.exact is not None and s is not None:
        if s <= 0:
            return False
        n = int(abs(walk.exact - region.far) / s) + 1
        x = walk.exact - n * region.sigma * s
        walk.moved(SKIPPED, n, arithmetic.number(x), x if short(x, exact_bits) else None)
        return True
    step = evaluate(region.length, {}, arithmetic)
    with arithmetic.active():
        if not step > 0:
            return False
        n = whole_below(abs(walk.x - arithmetic.number(region.far)) / step) + 1
        walk.moved(SKIPPED, n, walk.x - n * region.sigma * step)
    return True


def skip_affine(walk: Walk, line: Line, region: Drift, exact_bits: int) -> bool:
    """T affine with slope q on the region, 0 < q < 1 or q > 1: n steps by one power of q."""
    step = line.x - region.sigma * region.length
    q = step.diff(line.name)
    if q.value is None or q.value <= 0 or q.value == 1:
        return False
    alpha = affine_constant(step, line.name)
    if alpha is None:
        return False
    arithmetic, ratio = walk.arithmetic, q.value
    c = alpha / (1 - ratio)
    with arithmetic.active():
        centre, r = arithmetic.number(c), arithmetic.number(ratio)
        travel = (arithmetic.number(region.far) - centre) / (walk.x - centre)
        if not travel > 0:
            return False
        n = whole_below(travel.log() / r.log())
        if n <= 0:
            return False
        x = centre + whole_power(ratio, n, arithmetic.bits) * (walk.x - centre)
    exact = None
    if walk.exact is not None and n * ratio.denominator.bit_length() < exact_bits:
        exact = c + ratio**n * (walk.exact - c)
    walk.moved("skipped exactly (affine)", n, x, exact)
    return True


def affine_constant(step: Formula, name: str) -> Fraction | None:
    """T(0) of an affine T with rational coefficients."""
    return step.subs({name: 0}).value


def whole_below(value: flint.arb) -> int:
    """An integer certainly <= the value (0 where it has no finite lower end)."""
    low = value.lower()
    return int(exact_value(low.floor())) if low.is_finite() else 0


def whole_power(ratio: Fraction, n: int, bits: int) -> flint.arb:
    """ratio^n by squaring, with guard bits for the n-fold relative error."""
    with flint.ctx.workprec(bits + n.bit_length() + 8):
        return flint.arb(flint.fmpq(ratio.numerator, ratio.denominator)) ** flint.fmpz(n)
