"""Layer 3: functions on the line that are in the class for no (L0, L1), shown by a sequence.

Let f' and f'' be sums of waves of whole multiples of one angle q(x) -> oo.
exactly    where q(x) = theta + 2 pi n, theta a multiple of pi/2, every sine and cosine is 0 or
           +-1: there f' and f'' are sums of c x^j e^{ax}, and f'' outgrows 1 + |f'|
           (or, for one L1, |f''| - L1|f'| -> oo)
by signs   f' = P (A(q) + o(1)) and f'' = Q (B(q) + o(1)), P and Q the fastest powers, Q -> oo;
           A has opposite signs at two angles and B no zero between them: then f' = 0 between
           q = theta_1 + 2 pi n and theta_2 + 2 pi n for every large n, and |f''| >= c Q there
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, add, mul, number, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import in_digits, lower_end, round_down
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.line_cover import both_sides
from relaxsmooth.smoothness.rewrite import common_divisor
from relaxsmooth.smoothness.wave_tails import Slopes
from relaxsmooth.smoothness.waves import (
    UNIT,
    Amplitude,
    Angle,
    Power,
    Waves,
    angle_formula,
    power_formula,
)

QUARTERS = ("", "pi/2 + ", "pi + ", "3*pi/2 + ")
LINE: Angle = (((Fraction(0), 1), Fraction(1)),)  # q(x) = x, where nothing oscillates
SAMPLES = 48  # angles looked at for each wave of A, in floats
WIDTH = 2.0**-30  # of [theta_1, theta_2]
BITS = 128
Group = Mapping[Angle, Amplitude]
Still = Mapping[Power, Fraction]


@dataclass(frozen=True, eq=False)
class WaveSequence:
    """Points x_n -> oo (side 1) or -oo (side -1) where f'' outgrows 1 + |f'|, or L0 + L1|f'|.

    shown: where they are, as q(x) = middle + 2 pi n or near it; facts: what a person checks there.
    """

    problem: Problem
    side: int
    angle: Formula
    middle: Fraction
    shown: str
    facts: str
    L1: Fraction | None = None
    kind: ClassVar[str] = "sequence"

    def describe(self, names: Sequence[str]) -> str:
        which = "(L0, L1)" if self.L1 is None else f"L0 at L1 = {self.L1}"
        return f"{self.shown}: {self.facts}: no {which} fits"

    def point(self, n: Fraction) -> tuple[Fraction, ...]:
        """A rational close to where q(x) = middle + 2 pi n, n whole."""
        (x,) = self.problem.variables
        bits = BITS + 3 * int(n).bit_length()
        arithmetic = ball(bits)
        with arithmetic.active():
            goal = arithmetic.number(self.middle) + 2 * arb.pi() * int(n)

        def beyond(y: Fraction) -> bool:
            return bool(evaluate(self.angle, {x: self.side * y}, arithmetic) > goal)

        low, high = Fraction(0), Fraction(1)
        while not beyond(high):  # q -> oo
            low, high = high, 2 * high
        for _ in range(bits // 2):
            m = (low + high) / 2
            low, high = (low, m) if beyond(m) else (m, high)
        return (self.side * high,)


def outgrowing_sequence(problem: Problem) -> WaveSequence | None:
    """A sequence on which f'' outgrows 1 + |f'|, one with f' = 0 preferred; None if none is found.

    NotDecidable where f' is no sum of waves.
    """
    found = _best_at_quarters(problem, None)
    sides = zip((1, -1), both_sides(problem) if found is None else (), strict=False)
    return found or next(
        (s for side, of in sides if (s := _between_signs(problem, side, of))), None
    )


def refuting_sequence(problem: Problem, L1: Fraction) -> WaveSequence | None:
    """A sequence on which |f''| - L1|f'| -> oo, for every L1 where that is possible; else None."""
    try:
        return outgrowing_sequence(problem) or _best_at_quarters(problem, L1)
    except NotDecidable:
        return None


# --- exactly -----------------------------------------------------------------------------------


def _best_at_quarters(problem: Problem, L1: Fraction | None) -> WaveSequence | None:
    sides = zip((1, -1), both_sides(problem), strict=True)
    found = [pair for side, of in sides for pair in _at_quarters(problem, side, of, L1)]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _at_quarters(
    problem: Problem, side: int, of: Slopes, L1: Fraction | None
) -> Iterator[tuple[tuple[bool, Power, int], WaveSequence]]:
    """(rank, sequence) for every multiple of pi/2 that serves."""
    angles = [*of.first.angles, *of.second.angles]
    base = common_angle(angles) if angles else LINE
    if base is None:
        return
    for r, theta in enumerate(QUARTERS if angles else ("",)):
        slope, entry = (_at_quarter(w, base, r) for w in (of.first, of.second))
        if not _outgrows(slope, entry, L1):
            continue
        x = problem.variables[0]
        q, f1, f2 = (
            _seen(side, x, f) for f in (angle_formula(base, x), _sum(slope, x), _sum(entry, x))
        )
        if angles:
            where = f"where {q} = {theta}2*pi*n, n -> oo"
        else:
            where = f"as {x} -> {'oo' if side == 1 else '-oo'}"
        facts = f"f' = {side * f1} and f'' = {f2}"
        middle = lower_end(ball(64).number(Fraction(r, 2)) * arb.pi())
        found = WaveSequence(problem, side, q, middle, where, facts, L1)
        yield (bool(slope), max(slope, default=UNIT), -side), found


def _outgrows(slope: Still, entry: Still, L1: Fraction | None) -> bool:
    """|f''| is faster than 1 + |f'|; or |f''| - L1|f'| -> oo, read off its fastest power."""
    if not entry or max(entry) <= UNIT:
        return False
    if L1 is None or not slope:
        return max(entry) > max(slope, default=UNIT)
    s, t = (1 if terms[max(terms)] > 0 else -1 for terms in (entry, slope))
    excess = {p: s * entry.get(p, 0) - L1 * t * slope.get(p, 0) for p in {*entry, *slope}}
    fastest = max((p for p, c in excess.items() if c), default=UNIT)
    return fastest > UNIT and excess[fastest] > 0


def _at_quarter(w: Waves, base: Angle, r: int) -> dict[Power, Fraction]:
    """w where the base angle is r pi/2 mod 2 pi: no waves are left."""
    found: dict[Power, Fraction] = {}
    for (power, angle), (c, s) in w.terms.items():
        k = 0 if not angle else int(angle[0][1] / base[0][1])
        turn = k * r % 4
        value = (c, s, -c, -s)[turn]
        found[power] = found.get(power, Fraction(0)) + value
    return {power: c for power, c in found.items() if c}


def common_angle(angles: Sequence[Angle]) -> Angle | None:
    """The q of which every angle is a whole positive multiple, where q -> oo; else None."""
    if not angles:
        return None
    first = angles[0]
    ratios = [angle[0][1] / first[0][1] for angle in angles]
    for angle, ratio in zip(angles, ratios, strict=True):
        if angle != tuple((power, ratio * k) for power, k in first):
            return None
    unit = common_divisor(ratios)
    return tuple((p, unit * k) for p, k in first) if first[0][0] > UNIT else None


def _sum(terms: Mapping[Power, Fraction], x: str) -> Formula:
    return add(*(mul(number(c), power_formula(p, x)) for p, c in terms.items()), number(0))


def _seen(side: int, x: str, f: Formula) -> Formula:
    """A formula in y = side x, in x."""
    return f.subs({x: side * symbol(x)})


# --- by signs ----------------------------------------------------------------------------------


def _between_signs(problem: Problem, side: int, of: Slopes) -> WaveSequence | None:
    """Two angles between which the fastest part of f' changes sign, and f'' does not vanish."""
    if not of.first.terms or not of.second.terms:
        return None
    P, Q = of.first.powers[0], of.second.powers[0]
    A, B = of.first.group(P), of.second.group(Q)
    base = common_angle([angle for group in (A, B) for angle in group if angle])
    if base is None or Q <= UNIT or not any(A):
        return None
    for low, high in _sign_changes(A, base):
        size = _least_size(B, base, low, high)
        signs = [_bounded(A, base, arb(theta)) for theta in (low, high)]
        if size is None or not (signs[0] > 0 > signs[1] or signs[0] < 0 < signs[1]):
            continue
        return _crossing(problem, side, base, (low, high), (P, Q), size)
    return None


def _crossing(
    problem: Problem,
    side: int,
    base: Angle,
    between: tuple[float, float],
    powers: tuple[Power, Power],
    size: Fraction,
) -> WaveSequence:
    x = problem.variables[0]
    q = _seen(side, x, angle_formula(base, x))
    P, Q = (_seen(side, x, power_formula(power, x)) for power in powers)
    low, high = between
    where = f"between {q} = {low:.9f} + 2*pi*n and {high:.9f} + 2*pi*n, n -> oo"
    facts = (
        f"the fastest part of f', waves times {P}, changes sign, so f' = 0 at some x_n, and there "
        f"|f''| >= {in_digits(size, 4)} {Q} (1 + o(1))"
    )
    return WaveSequence(problem, side, q, (Fraction(low) + Fraction(high)) / 2, where, facts)


def _sign_changes(A: Group, base: Angle) -> Iterator[tuple[float, float]]:
    """Short intervals of angles at whose ends floats see opposite signs."""
    largest = max(abs(c) for pair in A.values() for c in pair) or 1
    A = {angle: (c / largest, s / largest) for angle, (c, s) in A.items()}  # for the floats
    count = SAMPLES * max(_multiple(angle, base) for angle in A)
    grid = [2 * math.pi * k / count for k in range(count + 1)]
    for low, high in pairwise(grid):
        a, b = low - WIDTH / 2, high + WIDTH / 2
        if _float(A, base, a) * _float(A, base, b) >= 0:
            continue
        while b - a > WIDTH:
            m = (a + b) / 2
            a, b = (a, m) if _float(A, base, a) * _float(A, base, m) <= 0 else (m, b)
        yield a - WIDTH, b + WIDTH


def _float(group: Group, base: Angle, theta: float) -> float:
    ks = ((_multiple(angle, base) * theta, value) for angle, value in group.items())
    return sum(float(c) * math.cos(at) + float(s) * math.sin(at) for at, (c, s) in ks)


def _multiple(angle: Angle, base: Angle) -> int:
    return int(angle[0][1] / base[0][1]) if angle else 0


def _bounded(group: Group, base: Angle, theta: arb) -> arb:
    """sum of c cos(k theta) + s sin(k theta) over a ball of angles."""
    a = ball(BITS)
    with a.active():
        total = arb(0)
        for angle, (c, s) in group.items():
            at = theta * _multiple(angle, base)
            total += a.number(c) * a.apply("cos", at) + a.number(s) * a.apply("sin", at)
        return total


def _least_size(group: Group, base: Angle, low: float, high: float) -> Fraction | None:
    """A positive lower bound of |B| on [low, high], or None."""
    value = _bounded(group, base, arb(low).union(arb(high)))
    size = value.abs_lower()
    return round_down(lower_end(size), 20) if size > 0 else None
