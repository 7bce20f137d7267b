"""Where one formula governs many steps: a certified interval ahead of the iterate.

A drift region [far, near] (near behind x, far ahead, in the direction -sigma of motion) has

    sigma f' > eps  on it,       s and f' equal to one smooth formula each on it.

Its far end is guessed in floats (march, bisect, Newton) and then everything is certified.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import flint

from relaxsmooth.arithmetic import FLOAT, BallArithmetic
from relaxsmooth.counting.line import Line
from relaxsmooth.counting.signs import Undetermined, resolve, sign_on, switches
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.rounding import exact_value, lower_end, upper_end

BEYOND = 1e100
FAR_AWAY = 10**12
STRIDES = (16.0, 1.25)  # of the march, whose last stride is then bisected


@dataclass(frozen=True)
class Drift:
    """A certified region; length and slope are smooth on [low, high]."""

    far: Fraction
    near: Fraction
    sigma: int
    length: Formula
    slope: Formula

    @property
    def far_away(self) -> bool:
        """Whether the end is so far that there may be none."""
        return abs(self.far - self.near) > FAR_AWAY * max(Fraction(1), abs(self.near))

    def up_to(self, x: flint.arb) -> Drift:
        """The part of the region from its near end to halfway between x and its far end."""
        return replace(self, far=(exact_value(flint.arb(x.mid())) + self.far) / 2)

    @property
    def low(self) -> Fraction:
        return min(self.far, self.near)

    @property
    def high(self) -> Fraction:
        return max(self.far, self.near)


def drift_region(
    line: Line, X: flint.arb, sigma: int, arithmetic: BallArithmetic
) -> Drift | float | None:
    """The region ahead of X; infinity where nothing seems to end it; None: none certified."""
    for stride in STRIDES:  # a long stride may jump over the end: then the short one finds it
        edge = _march(line, float(X.mid()), sigma, stride)
        if edge is None or isinstance(edge, float):
            return edge
        found = _region_to(line, X, sigma, edge, arithmetic)
        if found is not None:
            return found
    return None


def _region_to(
    line: Line,
    X: flint.arb,
    sigma: int,
    edge: tuple[float, float, Formula],
    arithmetic: BallArithmetic,
) -> Drift | float | None:
    """The certified region that ends just before the guessed edge."""
    good, bad, failing = edge
    start = float(X.mid())
    if abs(good) > BEYOND * max(1.0, abs(start)):
        return math.inf  # what ended it is the overflow of the guess
    root = polished(failing, line.name, good, bad, arithmetic)
    step = abs(value_at(line.drift(sigma), line.name, good))
    here = exact_value(flint.arb(X.mid()))
    for far in _ends(root, here, step, sigma, arithmetic.bits):
        for near in _behind(X, sigma):
            found = certified(line, far, near, sigma, arithmetic)
            if found is not None:
                return found
    return None


def certified(
    line: Line, far: Fraction, near: Fraction, sigma: int, arithmetic: BallArithmetic
) -> Drift | None:
    """The region between these ends, if it is one."""
    if (near - far) * sigma <= 0:
        return None
    low, high = min(far, near), max(far, near)

    def sign(F: Formula) -> int:
        return sign_on(F, line.name, low, high, arithmetic)

    # balls of roots are cut to their domain
    if any(sign(u) <= 0 for u in line.domain_on(sigma, sign)):
        return None
    try:
        slope = resolve(line.slope, sign)
        if sign(sigma * slope - line.epsilon) <= 0:
            return None
        return Drift(far, near, sigma, resolve(line.drift(sigma), sign), slope)
    except Undetermined:
        return None


def nearest_double_inside(value: Fraction, toward: Fraction) -> float:
    """The double closest to value that lies on the side of `toward` (or equals it)."""
    found = FLOAT.number(value)
    if math.isinf(found):
        return found
    outside = (Fraction(found) < value) if toward > value else (Fraction(found) > value)
    return math.nextafter(found, math.inf if toward > value else -math.inf) if outside else found


@lru_cache(maxsize=256)
def _watched(line: Line, sigma: int) -> tuple[Formula, ...]:
    s = line.drift(sigma)
    # beyond a pole sigma f' may be large again: a long stride must see that the domain has ended
    edges = (u.args[0] if u.op == "pow" and u.data == 2 else u for u in line.domain(sigma))
    return (line.excess(sigma), *dict.fromkeys((*switches(s), *edges)))


def value_at(F: Formula, name: str, x: float) -> float:
    """F(x) in floats."""
    return float(evaluate(F, {name: x}, FLOAT))


def _signs(watched: Sequence[Formula], name: str, x: float) -> list[int]:
    values = evaluate(tuple(watched), {name: x}, FLOAT)
    return [(v > 0) - (v < 0) for v in values]


def _march(
    line: Line, start: float, sigma: int, stride: float
) -> tuple[float, float, Formula] | float | None:
    """(last good point, first bad point, the watched formula that changed sign between)."""
    watched = _watched(line, sigma)
    signs = _signs(watched, line.name, start)
    if signs[0] <= 0:
        return None
    distance = abs(value_at(line.drift(sigma), line.name, start))
    if not 0 < distance < math.inf:
        return None
    good = start
    while math.isfinite(x := start - sigma * distance):
        if x == start:
            distance *= stride
            continue
        if _signs(watched, line.name, x) != signs:
            return _first_failing(watched, line.name, signs, good, x)
        good, distance = x, distance * stride
    return math.inf


def _first_failing(
    watched: Sequence[Formula], name: str, signs: Sequence[int], good: float, bad: float
) -> tuple[float, float, Formula]:
    """Close in on the first change of any sign, until one formula is left to blame."""
    changed = list(watched)
    for _ in range(60):
        found = _signs(watched, name, bad)
        changed = [F for F, a, b in zip(watched, found, signs, strict=True) if a != b]
        if len(changed) == 1:
            break
        for x in _places(changed, name, good, bad):
            if _signs(watched, name, x) != signs:
                bad = x
                break
            good = x
    if affine_root(changed[0], name) is None:
        good, bad = bisect(changed[0], name, good, bad)
    return good, bad, changed[0]


def _places(changed: Sequence[Formula], name: str, good: float, bad: float) -> Sequence[float]:
    """Where to look next: just before and just after the first root that is known, or halfway."""
    roots = [float(root) for F in changed if (root := affine_root(F, name)) is not None]
    if not roots:
        return (good + (bad - good) / 2,)
    nearest, margin = min(roots, key=lambda root: abs(root - good)), (bad - good) * 2.0**-30
    return tuple(x for x in (nearest - margin, nearest + margin) if (x - good) * (bad - x) > 0)


@lru_cache(maxsize=1024)
def affine_root(F: Formula, name: str) -> Fraction | None:
    """The root of F = F(0) + F' x with rational coefficients, exactly; None for any other F."""
    slope = F.diff(name).value
    if slope is None or slope == 0:  # first: F itself need not have a value at 0, as log x
        return None
    try:
        origin = F.subs({name: 0}).value
    except FormulaError:  # two logarithms may cancel in F' and not at 0
        return None
    return None if origin is None else -origin / slope


def bisect(F: Formula, name: str, good: float, bad: float) -> tuple[float, float]:
    """F has one sign at good, another at bad: halve until Newton can start from there."""
    positive = value_at(F, name, good) > 0
    for _ in range(14):
        middle = good + (bad - good) / 2
        if middle in (good, bad):
            break
        if (value_at(F, name, middle) > 0) == positive:
            good = middle
        else:
            bad = middle
    return good, bad


def polished(
    F: Formula, name: str, good: float, bad: float, arithmetic: BallArithmetic
) -> Fraction:
    """A root of F near [good, bad] by Newton's method at full precision (a guess, uncertified)."""
    known = affine_root(F, name)
    if known is not None:
        return known
    slope = F.diff(name)
    low, high = min(good, bad), max(good, bad)
    width = max(high - low, abs(high) * 1e-12, 1e-300)
    with arithmetic.active():
        x = flint.arb(good + (bad - good) / 2)
        for _ in range(12):
            value, rise = evaluate((F, slope), {name: x}, arithmetic)
            change = value / rise
            if (
                not change.is_finite()
                or not low - width <= float((x - change).mid()) <= high + width
            ):
                break
            x = flint.arb((x - change).mid())
            if abs(change) < abs(x) * flint.arb(2) ** (10 - arithmetic.bits):
                break
        return exact_value(x)


def _behind(X: flint.arb, sigma: int) -> tuple[Fraction, Fraction]:
    """A point just behind X, with room for the rounding of X to doubles; or X's own end."""
    end = upper_end(X) if sigma > 0 else lower_end(X)
    return end + sigma * max(abs(end) / 2**45, Fraction(1, 2**400)), end


def _ends(root: Fraction, x: Fraction, step: float, sigma: int, bits: int) -> Sequence[Fraction]:
    """Candidates for the far end: a small fraction of a step before the root, then farther back."""
    if not math.isfinite(step):
        return ()
    whole = abs(root - x)
    margin = max(Fraction(step) / 2**16, abs(root) / 2 ** (bits - 16), Fraction(1, 2**1000))
    ends = [root + sigma * margin, root + sigma * margin * 2**12]
    return [*ends, root + sigma * whole / 256, root + sigma * whole / 4]
