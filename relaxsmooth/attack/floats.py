"""f' = s(u) in plain doubles: value, gap, gradient bound and iterates, for the inner loop only."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from relaxsmooth.members import Profile


class Line:
    """f on the line, from u cut at its zeros (so that f is monotone between knots)."""

    def __init__(self, u: Profile, L0: float, L1: float) -> None:
        self.L0, self.L1 = L0, L1
        self.knots, self.values, self.slopes = _cut(u)
        self.heights = [0.0]
        for i, (t0, t1) in enumerate(pairwise(self.knots)):
            self.heights.append(self.heights[-1] + self._rise(i + 1, i, t1 - t0))
        zeros = [h for h, v in zip(self.heights, self.values, strict=True) if v == 0]
        falls = self.slopes[0] < 0 or (self.slopes[0] == 0 and self.values[0] > 0)
        falls |= self.slopes[-1] < 0 or (self.slopes[-1] == 0 and self.values[-1] < 0)
        self.lowest = -math.inf if falls or not zeros else min(zeros)

    def u(self, x: float) -> float:
        piece = bisect_right(self.knots, x)
        i = max(piece - 1, 0)
        return self.values[i] + self.slopes[piece] * (x - self.knots[i])

    def s(self, u: float) -> float:
        """The gradient that belongs to u."""
        if self.L1 == 0:
            return self.L0 * u
        try:
            return math.copysign(self.L0 / self.L1 * math.expm1(self.L1 * abs(u)), u)
        except OverflowError:
            return math.copysign(math.inf, u)

    def slope(self, x: float) -> float:
        return self.s(self.u(x))

    def value(self, x: float) -> float:
        piece = bisect_right(self.knots, x)
        i = max(piece - 1, 0)
        return self.heights[i] + self._rise(piece, i, x - self.knots[i])

    def gap(self, x: float) -> float:
        return self.value(x) - self.lowest

    def _rise(self, piece: int, i: int, d: float) -> float:
        """f(t_i + d) - f(t_i) along a piece."""
        v, b = self.values[i], self.slopes[piece]
        if b == 0:
            return self.s(v) * d
        return (self._potential(v + b * d) - self._potential(v)) / b

    def _potential(self, u: float) -> float:
        a = self.L1 * abs(u)
        if a < 1e-3:
            return self.L0 * u * u / 2 * (1 + a / 3 + a * a / 12)
        try:
            return self.L0 / self.L1**2 * (math.expm1(a) - a)
        except OverflowError:
            return math.inf

    def largest_slope(self, x0: float) -> float:
        """sup |f'| on {f <= f(x0)}: at a knot below that level, or where f crosses it."""
        level = self.value(x0)
        found = abs(self.slope(x0))
        for v, h in zip(self.values, self.heights, strict=True):
            if h <= level:
                found = max(found, abs(self.s(v)))
        for (a, ha), (b, hb) in pairwise(zip(self.knots, self.heights, strict=True)):
            if (ha <= level) != (hb <= level):
                found = max(found, abs(self.slope(self._crossing(a, b, level))))
        for end, side in ((self.knots[0], -1.0), (self.knots[-1], 1.0)):
            far = end + side * max(1.0, abs(end) * 2.0**-40)  # else far = end in doubles
            while self.value(far) <= level and abs(far - end) < 1e12 * max(1.0, abs(end)):
                far = end + 2 * (far - end)
            if self.value(end) <= level < self.value(far):
                found = max(found, abs(self.slope(self._crossing(end, far, level))))
        return found

    def distance(self, x: float) -> float:
        """To the nearest minimiser that is a knot (all that matters where u rises)."""
        zeros = zip(self.knots, self.values, self.heights, strict=True)
        return min(
            (abs(x - t) for t, v, h in zeros if v == 0 and h == self.lowest), default=math.nan
        )

    def largest_curvature(self) -> float:
        """sup |f''|; infinite where u rises for ever and L1 > 0."""
        found = 0.0
        for i, b in enumerate(self.slopes):
            ends = [self.values[j] for j in (i - 1, i) if 0 <= j < len(self.values)]
            outer = i in (0, len(self.slopes) - 1) and b != 0 and self.L1 > 0
            top = math.inf if outer else max(abs(self.s(v)) for v in ends)
            found = max(found, abs(b) * (self.L0 + (self.L1 * top if self.L1 else 0.0)))
        return found

    def _crossing(self, a: float, b: float, level: float) -> float:
        below = self.value(a) <= level
        for _ in range(60):
            middle = (a + b) / 2
            if (self.value(middle) <= level) == below:
                a = middle
            else:
                b = middle
        return a


Point = float | complex


class Plane:
    """f_u(x) + f_v(y), a point written as x + iy and a gradient alike: abs is the norm."""

    def __init__(self, first: Line, second: Line) -> None:
        self.parts = first, second
        self.lowest = first.lowest + second.lowest

    def slope(self, x: Point) -> complex:
        first, second = self.parts
        return complex(first.slope(x.real), second.slope(x.imag))

    def value(self, x: Point) -> float:
        first, second = self.parts
        return first.value(x.real) + second.value(x.imag)

    def gap(self, x: Point) -> float:
        return self.value(x) - self.lowest

    def distance(self, x: Point) -> float:
        first, second = self.parts
        return math.hypot(first.distance(x.real), second.distance(x.imag))

    def largest_curvature(self) -> float:
        return max(part.largest_curvature() for part in self.parts)


def against(g: Point, step: float) -> Point:
    """The move of this length along -g."""
    return -math.copysign(step, g) if isinstance(g, float) else -g * (step / abs(g))


Length = Callable[[float, float], float]  # (g, gap) -> the length of a step


def first_hit(line: Line | Plane, x: Any, epsilon: float, length: Length, limit: int) -> int | None:
    """T_eps in doubles; None beyond the limit or off the numbers."""
    for k in range(limit + 1):
        g = line.slope(x)
        if abs(g) <= epsilon:
            return k
        step = length(abs(g), math.nan)
        if not step < math.inf:
            return None
        x += against(g, step)
    return None


def _cut(u: Profile) -> tuple[list[float], list[float], list[float]]:
    """Knots, values and slopes of u, with one more knot wherever u crosses 0."""
    given = [(float(t), float(v)) for t, v in zip(u.knots, u.values, strict=True)]
    slopes = [float(b) for b in u.slopes]
    cut, rates = [], [slopes[0]]
    if slopes[0] * given[0][1] > 0:  # the left tail crosses
        cut.append((given[0][0] - given[0][1] / slopes[0], 0.0))
        rates.append(slopes[0])
    for i, (t, v) in enumerate(given):
        if i and given[i - 1][1] * v < 0:
            cut.append((t - v / slopes[i], 0.0))
            rates.append(slopes[i])
        cut.append((t, v))
        rates.append(slopes[i + 1])
    if slopes[-1] * given[-1][1] < 0:  # the right tail crosses
        cut.append((given[-1][0] - given[-1][1] / slopes[-1], 0.0))
        rates.append(slopes[-1])
    return [t for t, _ in cut], [v for _, v in cut], rates
