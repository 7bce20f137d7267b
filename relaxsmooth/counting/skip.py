"""Stretches that a formula covers at once, exactly.

constant step    x_j = x - j sigma s,                 s a constant on the region
affine step      x_j = c + q^j (x - c),               T(x) = c + q (x - c) on the region
"""

from __future__ import annotations

from fractions import Fraction

import flint

from relaxsmooth.counting.line import Line
from relaxsmooth.counting.region import Drift
from relaxsmooth.counting.walk import Walk, short
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.rounding import exact_value

SKIPPED = "skipped exactly"


def skip_constant(walk: Walk, region: Drift, exact_bits: int) -> bool:
    """x_0, ..., x_{n-1} are in the region for n = floor(|x - far|/s) + 1; x_n = x - n sigma s."""
    if region.length.symbols:
        return False
    arithmetic, s = walk.arithmetic, region.length.value
    if walk.exact is not None and s is not None:
        ahead = region.sigma * (walk.exact - region.far)
        if s <= 0 or ahead < 0:  # the region may lie behind an iterate near its end
            return False
        n = int(ahead / s) + 1
        x = walk.exact - n * region.sigma * s
        walk.moved(SKIPPED, n, arithmetic.number(x), x if short(x, exact_bits) else None)
        return True
    step = evaluate(region.length, {}, arithmetic)
    with arithmetic.active():
        ahead = region.sigma * (walk.x - arithmetic.number(region.far))
        if not (step > 0 and ahead >= 0):
            return False
        n = whole_below(ahead / step) + 1
        walk.moved(SKIPPED, n, walk.x - n * region.sigma * step)
    return True


def skip_affine(walk: Walk, line: Line, region: Drift, exact_bits: int) -> bool:
    """T = c + q (x - c) on the region, 0 < q < 1 or q > 1: n steps by one power of q."""
    affine = _affine(line.x - region.sigma * region.length, line.name)
    if affine is None or affine[0] <= 0:
        return False
    q, c = affine
    steps = (region.sigma * (1 - q) * (end - c) for end in (region.far, region.near))
    if not all(s > 0 for s in steps):  # a step the other way would leave by the near end
        return False
    return _by_power(walk, *affine, abs(region.far - affine[1]), exact_bits)


def skip_zigzag(
    walk: Walk, step: Formula, name: str, inner: tuple[float, float], exact_bits: int
) -> bool:
    """T = c + q (x - c), -1 < q < 0, on the hull of x and T(x), which then holds every x_j.

    While |x_j - c| >= rho they are outside ]inner[, where |f'| > eps.
    """
    affine = _affine(step, name)
    if affine is None or not -1 < affine[0] < 0:
        return False
    q, c = affine
    rho = max(c - Fraction(inner[0]), Fraction(inner[1]) - c)
    return _by_power(walk, q, c, rho, exact_bits)


def _by_power(walk: Walk, q: Fraction, c: Fraction, rho: Fraction, exact_bits: int) -> bool:
    """The most steps n for which |q|^n |x - c| is certainly not past rho; x_n = c + q^n (x - c)."""
    arithmetic = walk.arithmetic
    with arithmetic.active():
        centre, ratio = arithmetic.number(c), arithmetic.number(abs(q))
        travel = arithmetic.number(rho) / abs(walk.x - centre)
        if not (travel > 0 and travel.is_finite()):
            return False
        n = whole_below(travel.log() / ratio.log())
        if n <= 0:
            return False
        sign = -1 if q < 0 and n % 2 else 1
        x = centre + sign * whole_power(abs(q), n, arithmetic.bits) * (walk.x - centre)
    exact = None
    if walk.exact is not None and n * q.denominator.bit_length() < exact_bits:
        exact = c + q**n * (walk.exact - c)
    walk.moved("skipped exactly (affine)", n, x, exact)
    return True


def _affine(step: Formula, name: str) -> tuple[Fraction, Fraction] | None:
    """(q, c) of T(x) = c + q (x - c) with rational q other than 0 and 1, and c."""
    q = step.diff(name).value
    try:
        origin = None if q is None else step.subs({name: 0}).value
    except FormulaError:  # the step may have no value at 0
        return None
    if q is None or origin is None or q in (0, 1):
        return None
    return q, origin / (1 - q)


def whole_below(value: flint.arb) -> int:
    """An integer certainly <= the value (0 where it has no finite lower end)."""
    low = value.lower()
    return int(exact_value(low.floor())) if low.is_finite() else 0


def whole_power(ratio: Fraction, n: int, bits: int) -> flint.arb:
    """ratio^n by squaring, with guard bits for the n-fold relative error."""
    with flint.ctx.workprec(bits + n.bit_length() + 8):
        return flint.arb(flint.fmpq(ratio.numerator, ratio.denominator)) ** flint.fmpz(n)
