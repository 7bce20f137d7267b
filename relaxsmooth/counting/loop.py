"""Compiled enclosures: [lo, hi] <- [T_down(lo), T_up(hi)] on a region where T is monotone.

drift    T' >= 0 and sigma f' > eps on [far, near]: x moves to far on one side
zigzag   T' <= 0 on [A, B]; |f'| > eps on [A, c] and on [d, B]: x jumps over a minimiser
The region is certified in balls; the loop then only compares with its ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import flint

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.compiled import NotCompiled, enclose
from relaxsmooth.counting.line import Line
from relaxsmooth.counting.region import (
    Drift,
    bisect,
    certified,
    nearest_double_inside,
    polished,
    value_at,
)
from relaxsmooth.counting.signs import hull, sign_on
from relaxsmooth.counting.walk import Walk
from relaxsmooth.evaluation import specialise
from relaxsmooth.formula import Formula
from relaxsmooth.rounding import lower_end, upper_end

COMPILED = "compiled enclosures"
CHUNK = 2 * 10**7  # steps between two reports of progress
UNBOUNDED = (math.inf, math.inf)


@dataclass(frozen=True)
class Monotone:
    """What the compiled loop needs: T, its direction, and where it may run."""

    step: Formula
    increasing: bool
    ends: tuple[float, float, float, float]


def drift_loop(line: Line, region: Drift, walk: Walk) -> Monotone | None:
    """T' >= 0 on the drift region, certified."""
    step = line.x - region.sigma * region.length
    if sign_on(step.diff(line.name), line.name, region.low, region.high, walk.arithmetic) <= 0:
        return None
    low = nearest_double_inside(region.low, region.high)
    high = nearest_double_inside(region.high, region.low)
    return Monotone(step, True, (low, high, *UNBOUNDED))


def zigzag_loop(line: Line, walk: Walk, sigma: int) -> Monotone | None:
    """T' <= 0 on the hull [A, B] of x and T(x) (a little widened), certified, with its inner ends.

    Nothing needs to be known about T([A, B]): the loop checks each new enclosure.
    """
    arithmetic = walk.arithmetic
    image = line.image(sigma, walk.x, arithmetic)
    if not image.is_finite():
        return None
    with arithmetic.active():
        both = walk.x.union(image)
    low, high = lower_end(both), upper_end(both)
    slack = (high - low) / 2**20
    low, high = low - slack, high + slack

    # |f'| may keep its kink, which the compiled pairs can read: T stays continuous, and T' is
    # almost everywhere inside its ball value
    step = specialise(line.map, {line.name: hull(low, high, arithmetic)}, arithmetic)
    if sign_on(step.diff(line.name), line.name, low, high, arithmetic) >= 0:
        return None
    c, d = (_inner_end(line, side, low, high, walk) for side in (-1, 1))
    if c is None or d is None:
        return None
    ends = (nearest_double_inside(low, high), nearest_double_inside(high, low))
    return Monotone(step, False, (*ends, c, d))


def _inner_end(line: Line, sigma: int, low: Fraction, high: Fraction, walk: Walk) -> float | None:
    """The end of the certified region side * f' > eps that starts at low (-1) or at high (+1)."""
    near, other = (low, high) if sigma < 0 else (high, low)
    excess = line.excess(sigma)
    good, bad = FLOAT.number(near), FLOAT.number(other)
    if math.isinf(good) or math.isinf(bad):
        return None
    if not value_at(excess, line.name, good) > 0 > value_at(excess, line.name, bad):
        return None
    good, bad = bisect(excess, line.name, good, bad)
    root = polished(excess, line.name, good, bad, walk.arithmetic)
    for margin in ((high - low) / 2**40, (high - low) / 2**20):
        found = certified(line, root + sigma * margin, near, sigma, walk.arithmetic)
        if found is not None:
            return nearest_double_inside(found.far, near)
    return None


def advance(walk: Walk, line: Line, loop: Monotone, limit: int) -> int:
    """Run the compiled loop for at most `limit` steps; the number of steps taken."""
    try:
        run = enclose(loop.step, line.name, loop.increasing)
    except NotCompiled:
        return 0
    low, high = outward(walk.x)
    taken = 0
    while taken < limit:
        wanted = min(CHUNK, limit - taken)
        n, low, high = run(low, high, loop.ends, wanted)
        if n == 0:
            break
        taken += n
        with walk.arithmetic.active():
            walk.moved(COMPILED, n, flint.arb(low).union(flint.arb(high)))
        if n < wanted:
            break
    return taken


def outward(X: flint.arb) -> tuple[float, float]:
    """Doubles lo <= X <= hi."""
    return _double(lower_end(X), -math.inf), _double(upper_end(X), math.inf)


def _double(value: Fraction, toward: float) -> float:
    try:
        found = value.numerator / value.denominator
    except OverflowError:
        return toward
    wrong = Fraction(found) > value if toward < 0 else Fraction(found) < value
    return math.nextafter(found, toward) if wrong else found
