"""Families of hard functions, each a recipe from a design (a few numbers) to an exact instance.

path    u is s^-1(g) at every iterate and dips by half a step in between: the least decrease that
        steps on a path without turning can have (theory 0.2); with no step it is EXT, one valley
ramp    u constant: every step starts from the same gradient, few knots, long runs
wedge   u rises, then is constant: convex, from any distance
random  u through random points
separable  two wedges, one in each of two variables
A design lives in units of the gradient: L0 = 1 and u = 1 there, unless the statement fixes units.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from relaxsmooth.attack.floats import Line, Plane
from relaxsmooth.attack.instance import Instance
from relaxsmooth.attack.target import Numbers, Target
from relaxsmooth.formula import FormulaError
from relaxsmooth.members import Profile
from relaxsmooth.rounding import simplest_between

Design = dict[str, Any]
LONGEST = 48  # tents of a path: what people still read, and the exact decider decides in seconds

# a rule parameter in natural units at gradient g: what its coordinate in a design multiplies
NATURAL: Mapping[tuple[str, str], Callable[[float, float, float, Mapping[str, float]], float]] = {
    ("gd", "h"): lambda L0, L1, g, p: 1 / (L0 + L1 * g),
    ("clipped", "eta"): lambda L0, L1, g, p: 1 / (L0 + L1 * g),
    ("clipped", "gamma"): lambda L0, L1, g, p: g,
    ("normalized", "beta"): lambda L0, L1, g, p: g,
    ("normalized", "eta"): lambda L0, L1, g, p: p["beta"] / (L0 + L1 * p["beta"]),
    ("armijo", "eta0"): lambda L0, L1, g, p: 1 / (L0 + L1 * g),
}


@dataclass(frozen=True)
class Scene:
    """What all families begin with: constants, the level of u, the rule's parameters."""

    L0: Fraction
    L1: Fraction
    level: Fraction
    eps: Fraction
    free: Mapping[str, Fraction]
    slack: float  # relative: steps of the drawing are that much shorter than the rule's

    @property
    def g(self) -> float:
        return slope_of(float(self.level), float(self.L0), float(self.L1))

    def constants(self, Delta: float = math.nan, M: float = math.nan) -> dict[str, float]:
        return {
            "L0": float(self.L0), "L1": float(self.L1), "eps": float(self.eps),
            "Delta": Delta, "M": M,
        }  # fmt: skip


def _pure(L0: float, L1: float, g: float, known: Mapping[str, float]) -> float:
    return 1.0


def slope_of(u: float, L0: float, L1: float) -> float:
    return L0 * u if L1 == 0 else L0 / L1 * math.expm1(L1 * u)


def nice(x: float, rel: float = 1e-2) -> Fraction:
    """The shortest rational within `rel` of x > 0."""
    return between(x * (1 - rel), x * (1 + rel))


def between(low: float, high: float) -> Fraction:
    """The rational in [low, high] that is shortest to write, of the simplest and the decimals."""
    if not 0 < low <= high < math.inf:
        raise FormulaError(f"no positive rational between {low} and {high}")
    found = simplest_between(Fraction(low), Fraction(high))
    for digits in range(1, 8):
        decimal = Fraction(f"{(low + high) / 2:.{digits}g}")
        if low <= decimal <= high:
            return min(decimal, found, key=_digits)
    return found


def _digits(x: Fraction) -> int:
    """Digits to read; the zeros of 1/1000 are none."""
    return sum(len(str(part).rstrip("0")) for part in (x.numerator, x.denominator))


def scene(target: Target, design: Design) -> Scene:
    """Constants and parameters from the design's coordinates a = L1 u, x, f and c_<parameter>."""
    slack, rel = design.get("slack", 1e-4), design.get("rel", 1e-2)
    level, L0 = nice(design.get("x", 1.0), rel), nice(design.get("f", 1.0), rel)
    a = design.get("a", 0.0)
    L1 = nice(a, rel) / level if a > 0 else Fraction(0)
    g = slope_of(float(level), float(L0), float(L1))
    free: dict[str, Fraction] = {}
    for name in sorted(target.free, key=lambda n: n == "eta"):  # eta is in units of beta
        unit = NATURAL.get((target.rule.key, name), _pure)
        known = {k: float(v) for k, v in {**free, **target.given}.items()}
        free[name] = nice(design[f"c_{name}"] * unit(float(L0), float(L1), g, known), rel)
    return Scene(L0, L1, level, between(g * (1 - 10 * slack), g * (1 - 8 * slack)), free, slack)


# --- path --------------------------------------------------------------------------------------


def path(target: Target, design: Design) -> Instance | None:
    """`steps` steps down to the last valley; the first level is `climb` times the others."""
    place = scene(target, design)
    N = int(design.get("steps", 0))
    levels = [place.level] * (N + 1)
    levels[0] = (
        place.level * max(nice(design.get("climb", 1.0), design.get("rel", 1e-2)), Fraction(1))
        if N
        else levels[0]
    )
    return _settled(target, design, place, lambda d: _tents(levels, d, design), levels)


def ramp(target: Target, design: Design) -> Instance | None:
    """`steps` steps on one slope, then the last valley."""
    place = scene(target, design)
    N = int(design.get("steps", 1))

    def draw(length: Callable[[Fraction], Fraction]) -> Profile:
        flat = N * length(place.level)
        ends = (Fraction(0), place.level, place.level + flat)
        return Profile(ends, (Fraction(0), place.level, place.level), _tails(design))

    return _settled(target, design, place, draw, [place.level])


def _tails(design: Design) -> tuple[Fraction, Fraction]:
    return (Fraction(1) if design.get("mirror", 0.0) > 0.5 else Fraction(0)), Fraction(0)


def _tents(
    levels: list[Fraction], length: Callable[[Fraction], Fraction], design: Design
) -> Profile:
    """From the last iterate (beside the valley at 0) back to the first one, far right."""
    knots, values = [Fraction(0), levels[-1]], [Fraction(0), levels[-1]]
    for upper, lower in zip(levels[-2::-1], levels[:0:-1], strict=True):
        d = length(upper)
        dip = max(abs(upper - lower), d) - abs(upper - lower)
        if dip < 0 or d < abs(upper - lower):
            raise FormulaError("the levels differ by more than a step")
        bottom = (upper + lower - d) / 2
        knots += [knots[-1] + (lower - bottom), knots[-1] + d]
        values += [bottom, upper]
    return Profile(tuple(knots), tuple(values), _tails(design))


def _settled(
    target: Target, design: Design, place: Scene,
    draw: Callable[[Callable[[Fraction], Fraction]], Profile], levels: list[Fraction],
) -> Instance | None:  # fmt: skip
    """The drawing for the rule's own steps, which may depend on the gap Delta of the drawing."""
    L0, L1 = float(place.L0), float(place.L1)
    highest = slope_of(float(max(levels)), L0, L1)
    M = between(highest * (1 + 1e-9), highest * (1 + 1e-4)) * nice(design.get("M", 1.0))
    Delta = highest**2 / (2 * L0 + L1 * highest) * max(design.get("steps", 1.0), 1.0)
    for _ in range(40):
        known = place.constants(Delta, float(M)) | {"L": float(place.L0), "N": 1.0}
        numbers = target.read(known, _floats(place.free))
        if not numbers.applies:
            return None
        u = draw(partial(_step, target, numbers, place))
        gap = Line(u, L0, L1).gap(float(u.knots[-1]))
        settled = abs(gap - Delta) <= 1e-7 * gap or "Delta" not in target.theorem.letters
        Delta = gap
        if settled:
            break
    constants = {"L0": place.L0, "L1": place.L1, "eps": place.eps}
    if target.needs_M:
        if Line(u, L0, L1).largest_slope(float(u.knots[-1])) > float(M):
            return None  # f rises steeply on the far side of the valley
        constants["M"] = M
    return Instance(str(design["family"]), (u.knots[-1],), constants, u, "", place.free)


def _step(target: Target, numbers: Numbers, place: Scene, level: Fraction) -> Fraction:
    g = slope_of(float(level), float(place.L0), float(place.L1))
    d = target.length(numbers)(g, math.nan)
    return between(d * (1 - 2 * place.slack), d * (1 - place.slack))


def _floats(values: Mapping[str, Fraction]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


# --- convex ------------------------------------------------------------------------------------


def wedge(target: Target, design: Design) -> Instance | None:
    """u rises to the level at `a` in units of 1/L1, then is constant; x0 is `far` levels beyond."""
    place = scene(target, design)
    u = Profile((Fraction(0), place.level), (Fraction(0), place.level), _tails(design))
    x0 = place.level * nice(design.get("far", 1.0), design.get("rel", 1e-2))
    return _read_off(target, design, place, u, x0)


def _read_off(
    target: Target, design: Design, place: Scene, u: Profile, x0: Fraction
) -> Instance | None:
    """The instance from x0: its eps is `target` times the gradient (or the gap) there."""
    line = Line(u, float(place.L0), float(place.L1))
    measured = line.gap if target.theorem.measure.is_gap else lambda x: abs(line.slope(x))
    start = measured(float(x0))
    if not 0 < start < math.inf or not 0 < line.gap(float(x0)) < math.inf:
        return None
    eps = nice(design.get("target", 0.5) * start, design.get("rel", 1e-2))
    constants = {"L0": place.L0, "L1": place.L1, "eps": eps}
    if target.needs_M:
        M = line.largest_slope(float(x0))
        constants["M"] = between(M * (1 + 1e-9), M * (1 + 1e-4)) * nice(design.get("M", 1.0))
    return Instance(str(design["family"]), (x0,), constants, u, "", place.free)


# --- random ------------------------------------------------------------------------------------


def random_member(target: Target, design: Design) -> Instance | None:
    """u through a few points from the generator that the design seeds."""
    place = scene(target, design)
    draw = random.Random(int(design["seed"]))
    unit = place.level
    rises = (0, 1, 1, Fraction(1, 2)) if target.is_convex else (-1, 1, 1, 0, Fraction(-1, 2))
    knots, values = [Fraction(0)], [Fraction(0)]
    for _ in range(draw.randint(1, 6)):
        length = Fraction(draw.randint(1, 24), draw.choice((1, 2, 4, 8))) * unit
        knots.append(knots[-1] + length)
        values.append(values[-1] + length * draw.choice(rises))
    left = Fraction(draw.choice((0, 1))) if values[0] <= 0 else Fraction(1)
    right = Fraction(draw.choice((0, 1))) if values[-1] >= 0 else Fraction(1)
    u = Profile(tuple(knots), tuple(values), (left, right))
    x0 = Fraction(draw.randint(-16, 64), 8) * unit
    return _read_off(target, {**design, "target": draw.choice((0.99, 0.5, 0.1))}, place, u, x0)


def separable(target: Target, design: Design) -> Instance | None:
    """f_u(x) + f_v(y) with a ramp or a valley in each: two gradients share one step."""
    place = scene(target, design)
    rise, unit = place.level, place.level
    profiles, start = [], []
    for name in ("far", "side"):
        far = unit * nice(design.get(name, 1.0), design.get("rel", 1e-2))
        profiles.append(Profile((Fraction(0), rise), (Fraction(0), rise), _tails(design)))
        start.append(far)
        rise = unit * nice(design.get("tilt", 1.0), design.get("rel", 1e-2))
    L0, L1 = float(place.L0), float(place.L1)
    plane = Plane(*(Line(u, L0, L1) for u in profiles))
    x0 = complex(*map(float, start))
    measured = plane.gap if target.theorem.measure.is_gap else lambda x: abs(plane.slope(x))
    eps = nice(design.get("target", 0.5) * measured(x0), design.get("rel", 1e-2))
    constants = {"L0": place.L0, "L1": place.L1, "eps": eps}
    if target.needs_M:  # in the plane sup ‖∇f‖ is only known to be at most this
        gap = plane.gap(x0)
        M = L1 * gap + math.sqrt(L1 * L1 * gap * gap + 2 * L0 * gap)
        constants["M"] = between(M * (1 + 1e-8), M * (1 + 1e-4))
    first, second = profiles
    return Instance("separable", tuple(start), constants, first, "", place.free, second)


FAMILIES: Mapping[str, Callable[[Target, Design], Instance | None]] = {
    "path": path,
    "ramp": ramp,
    "wedge": wedge,
    "random": random_member,
    "separable": separable,
}


def build(target: Target, design: Design) -> Instance | None:
    """The instance of a design; None where the statement does not apply to it."""
    try:
        return FAMILIES[str(design["family"])](target, design)
    except (FormulaError, ZeroDivisionError, OverflowError):
        return None
