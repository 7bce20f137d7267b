"""Layer 6: paths in floats, for the search: they propose, and prove nothing.

A path is u_0, ..., u_N (signed, u_0 > 0) with x_0 = 0, x_{k+1} = x_k - sign(u_k) l(|u_k|).  Of all
members with these u_k the one with the smallest f(x_0) - f* runs along the lower tents left of x_0
and along the upper ones right of it: f is then the largest possible at every point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.worstcase.question import Question


@dataclass(frozen=True)
class Floats:
    """The functions of the class and the rule, in floats."""

    question: Question

    @cached_property
    def L0(self) -> float:
        return float(self.question.L0)

    @cached_property
    def L1(self) -> float:
        return float(self.question.L1)

    def u(self, g: float) -> float:
        return math.log1p(self.L1 * g / self.L0) / self.L1 if self.L1 else g / self.L0

    def s(self, u: float) -> float:
        t = self.L1 * abs(u)
        size = self.L0 / self.L1 * math.expm1(min(t, 700.0)) if self.L1 else self.L0 * abs(u)
        return math.copysign(size, u)

    def P(self, u: float) -> float:
        t = self.L1 * abs(u)
        if t < 1e-5:
            return self.L0 * u * u / 2 * (1 + t / 3)
        return self.L0 / self.L1**2 * (math.expm1(t) - t) if t < 700 else math.inf

    @cached_property
    def _lengths(self) -> dict[float, float]:
        return {}

    def length(self, u: float) -> float:
        """The step from a point of this u > 0."""
        if u not in self._lengths:
            self._lengths[u] = float(evaluate(self.question.length, {"g": self.s(u)}, FLOAT))
        return self._lengths[u]

    def places(self, us: Sequence[float]) -> list[float]:
        xs = [0.0]
        for u in us[:-1]:
            xs.append(xs[-1] - math.copysign(self.length(abs(u)), u))
        return xs

    def depth(self, us: Sequence[float]) -> tuple[float, float]:
        """(f(x_0) - f* of the best member, by how much the u_k are not 1-Lipschitz)."""
        points = sorted(zip(self.places(us), us, strict=True))
        start = next(i for i, point in enumerate(points) if point == (0.0, us[0]))
        bad = 0.0
        deepest = 0.0
        for way in (-1, 1):
            side = points[start::way] if way > 0 else points[start::-1]
            drop, wrong = self._one_side([(-way * x, -way * u) for x, u in side])
            deepest, bad = max(deepest, drop), bad + wrong
        return deepest, bad

    def _one_side(self, points: Sequence[tuple[float, float]]) -> tuple[float, float]:
        """Seen so that x falls from the start: the deepest f below the start, and what is wrong."""
        f, deepest, bad = 0.0, 0.0, 0.0
        for (x, u), (y, v) in pairwise(points):
            d = x - y
            bad += max(0.0, abs(u - v) - d) + (max(0.0, v - u) if self.question.convex else 0.0)
            bottom = v if self.question.convex else min(u, v, (u + v - d) / 2)
            if u > 0 >= bottom:
                deepest = max(deepest, f + self.P(u))
            f += self.decrease(u, v, d)
            deepest = max(deepest, f)
        u = points[-1][1]
        return max(deepest, f + (self.P(u) if u > 0 else 0.0)), bad

    def decrease(self, u: float, v: float, d: float) -> float:
        """The least f(x) - f(x - d) between levels u at x and v at x - d."""
        if self.question.convex:
            return self.P(u) - self.P(v) + self.s(v) * max(0.0, d - (u - v))
        return self.P(u) + self.P(v) - 2 * self.P(min(u, v, (u + v - d) / 2))
