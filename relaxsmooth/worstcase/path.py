"""Layer 6: an exact path, the function that has it, and the proof by counting.

x_k and g_k are rational, u_k = sign(g_k) log(1 + L1|g_k|/L0)/L1; the function is the interpolant
along the extremal tents, exact, with f(x_0) = 0.
"""

from __future__ import annotations

import math
from bisect import bisect, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import flint

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting import Count, count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.expand import negative
from relaxsmooth.formula import Formula, absolute, add, number
from relaxsmooth.interpolation import Level, chart
from relaxsmooth.interpolation.build import Mix, Node, lowest, objective
from relaxsmooth.interpolation.intervals import Gap, Through
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import lower_end, round_down, round_up, upper_end
from relaxsmooth.worstcase.question import Question

BITS = 512
LARGEST = 4096  # bits of a gradient norm
COUNTED = 5_000  # steps up to which T > N is confirmed on the function


@dataclass(frozen=True)
class Path:
    """x_0, ..., x_N and f'(x_0), ..., f'(x_N), exact; margin: half the width of the flat parts
    around every x_k, where the length of a step is irrational (0 where it is rational)."""

    question: Question
    x: tuple[Fraction, ...]
    g: tuple[Fraction, ...]
    margin: Fraction = Fraction(0)

    @property
    def steps(self) -> int:
        return len(self.x) - 1

    @property
    def least(self) -> Fraction:
        """min over k of |f'(x_k)|."""
        return min(map(abs, self.g))

    @property
    def is_cycle(self) -> bool:
        """x_0, x_1, x_0, ... with gradients of both signs, and no flat parts asked for."""
        return self.margin == 0 and len(set(self.x)) == 2 and self.g[0] * self.g[1] < 0

    @cached_property
    def levels(self) -> dict[Fraction, Level]:
        """The level of u at every x that is prescribed, from left to right."""
        used = chart(self.question.L0, self.question.L1)
        found: dict[Fraction, Level] = {}
        for x, g in zip(self.x, self.g, strict=True):
            for place in {x - self.margin, x + self.margin}:
                found[place] = used.level(g)
        if self.is_cycle:  # so that u is flat around x_1, and no corner is at an iterate
            found[self.x[1] + (self.x[1] - self.x[0]) / 128] = found[self.x[1]]
        return dict(sorted(found.items()))

    @cached_property
    def gaps(self) -> list[Gap]:
        q = self.question
        used = chart(q.L0, q.L1)
        pairs = pairwise(self.levels.items())
        return [Gap(used, u, v, used.unit * (y - x), q.convex) for (x, u), (y, v) in pairs]

    @cached_property
    def chosen(self) -> list[Through]:
        """u between the prescribed places: flat around every x_k, else the tents that leave f(x_0)
        as small as it can be, the lower ones left of x_0 and the upper ones right of it.

        In a cycle of two points only the part next to x_0 is steep: f(x_0) - f* is psi as well.
        """
        start = self.x[0] - self.margin
        if self.is_cycle:
            return [gap.through(self.levels[self.x[1]]) for gap in self.gaps]
        centres = {x - self.margin for x in self.x} if self.margin else set()
        found = []
        for place, gap in zip(self.levels, self.gaps, strict=False):
            tent = gap.lowest if place < start else gap.highest
            found.append(gap.through(gap.left) if place in centres else tent)
        return found

    def wrong(self) -> str:
        """Why no member has these gradients, or the rule not these x_k; empty if all is well."""
        for gap in self.gaps:
            if gap.excess.sign > 0 or (self.question.convex and gap.falls):
                return "u is not 1-Lipschitz"
        for (x, g), (y, _) in pairwise(zip(self.x, self.g, strict=True)):
            exact = self.question.exact_length(abs(g))
            side = 1 if g > 0 else -1
            if exact is None:
                excess = self.question.length - abs(y - x)
                drift = self.question.at(self.steps * absolute(excess) - self.margin, abs(g))
                if not drift < 0 or side * (x - y) < 0:
                    return "x_k leaves its flat part"
            elif y != x - side * exact:
                return "x_{k+1} is not x_k - s f'(x_k)"
        return ""

    @cached_property
    def problem(self) -> Problem:
        """The member with f(x_0) = 0 and the smallest f(x_0) - f* that has this path."""
        q, used = self.question, chart(self.question.L0, self.question.L1)
        places, chosen = list(self.levels), self.chosen
        start = places.index(self.x[0] - self.margin)
        heights: list[Formula] = [number(-self.g[0] * self.margin)]  # u is flat up to x_0
        for through in chosen[:start][::-1]:
            heights.insert(0, add(heights[0], negative(through.increment)))
        for through in chosen[start:]:
            heights.append(add(heights[-1], through.increment))
        nodes = [Node(x, f, self.levels[x]) for x, f in zip(places, heights, strict=True)]
        mixes = [Mix(through, through, number(0)) for through in chosen]
        return Problem(
            key=f"worst of ({q.L0}, {q.L1}) for {q.rule.key}, {self.steps} steps",
            objective=objective(used, nodes, mixes),
            variables=("x",),
            start=(number(self.x[0]),),
            title=f"the hardest function found for {self.steps} steps of {q.rule.title}",
            lowest=lowest(used, nodes, mixes),
            lowest_because="f rises wherever u > 0 and falls wherever u < 0",
            constants={"L0": q.L0, "L1": q.L1},
        )

    @cached_property
    def gap(self) -> Any:
        """A ball around f(x_0) - f*."""
        assert self.problem.lowest is not None
        return -evaluate(self.problem.lowest, {}, ball(BITS + self.question.bits))

    def counted(self, limit: int = COUNTED) -> Count:
        """T at a gradient norm just below the least one: T > N proves the path."""
        below = self.least * (1 - Fraction(1, 2**30))
        return count(self.problem, self.question.rule, below, limit=limit)


def staying(question: Question, g: Fraction, steps: int) -> Path | None:
    """x_k = k d, f'(x_k) = -g: the path that never turns, for u(g) kept throughout."""
    d = question.exact_length(g)
    margin = Fraction(0)
    if d is None:
        near = _nearly(question, g, steps)
        if near is None:
            return None
        d, margin = near
    path = Path(
        question, tuple(k * d for k in range(steps + 1)), (-g,) * (steps + 1), margin
    )  # fmt: skip
    return path if not path.wrong() else None


def returning(question: Question, g: Fraction) -> Iterator[Path]:
    """x_0 = 0, x_1 = -l(g), x_2 = 0 with f' = g, -g, g: a cycle, where u is 1-Lipschitz.

    First with flat parts, on which the counter sees that x_2 = x_0; they need l(g) > 2 u(g)."""
    d, least = question.exact_length(g), Fraction(0)
    if d is None:
        near = _nearly(question, g, 2)
        if near is None:
            return
        d, least = near
    for margin in (d / 128, d / 2**20, least):
        path = Path(question, (Fraction(0), -d, Fraction(0)), (g, -g, g), margin)
        if not path.wrong():
            yield path


def _nearly(question: Question, g: Fraction, steps: int) -> tuple[Fraction, Fraction] | None:
    """A rational near an irrational step, and the margin that forgives the difference; None where
    the step is beyond every fraction."""
    with ball(BITS + question.bits).active():  # ends of balls are rounded to this precision
        length = question.at(question.length, g)
        if not length.abs_upper() < flint.arb(2) ** LARGEST:
            return None
        d = lower_end(length)
    return round_down(d, 120), d * (steps + 1) / 2**100


def followed(question: Question, us: Sequence[float]) -> Path | None:
    """An exact path near the floats u_0, ..., u_N: g_k rational in the window that the earlier
    points leave; None where a window is empty or the step is irrational."""
    from relaxsmooth.worstcase.floats import Floats

    real = Floats(question)
    xs: list[Fraction] = [Fraction(0)]
    gs: list[Fraction] = []
    known: dict[Fraction, Fraction] = {}
    places: list[Fraction] = []  # the keys of `known`, from left to right
    for k, u in enumerate(us):
        x = xs[-1]
        g = known[x] if x in known else _inside(question, x, places, known, real.s(u))
        if g is None or g == 0:
            return None
        gs.append(g)
        if x not in known:
            known[x] = g
            insort(places, x)
        if k + 1 < len(us):
            d = question.exact_length(abs(g))
            if d is None:
                return None
            xs.append(x - (d if g > 0 else -d))
    path = Path(question, tuple(xs), tuple(gs))
    return path if not path.wrong() else None


def _inside(
    question: Question, x: Fraction, places: Sequence[Fraction],
    known: Mapping[Fraction, Fraction], wanted: float,
) -> Fraction | None:  # fmt: skip
    """A short rational nearest to `wanted` among the gradients that x may have."""
    window = _window(question, x, places, known)
    if not math.isfinite(wanted):
        return None
    target = short(wanted, 10**9)
    return target if window is None else _nearest(window, target)


def short(x: float, size: int) -> Fraction:
    """The rational nearest to x with a denominator up to `size`, or size/|x| where |x| < 1."""
    exact = Fraction(x)
    return exact.limit_denominator(size if abs(exact) >= 1 or not exact else int(size / abs(exact)))


def _nearest(window: tuple[Any, Any], target: Fraction) -> Fraction | None:
    """The target, or a point just inside the window: by 2^-46 of its size, or half its width, so
    that the windows of later points stay open."""
    if not all(end.is_finite() for end in window):
        return None
    with ball(BITS).active():
        widest = flint.arb(2) ** LARGEST  # far beyond every target; e^(10^300) is no fraction
        low = upper_end(window[0].max(-widest))
        high = lower_end(window[1].min(widest))
    if low > high:
        return None
    near = 2 * abs(target) + 1  # only the part around the target counts
    low = target - near if low < target - near <= high else low
    high = target + near if low <= target + near < high else high
    inside = min((high - low) / 2, (abs(low) + abs(high)) / 2**46)
    if low + inside <= target <= high - inside:  # as it is: a path may return to where it was
        return target
    nearest = min(max(target, low + inside), high - inside)
    bits = 40 if inside == 0 else 8 + (max(abs(low), abs(high)) / inside).__ceil__().bit_length()
    rounded = round_up(nearest, bits)
    return rounded if low <= rounded <= high else nearest


def _window(
    question: Question, x: Fraction, places: Sequence[Fraction],
    known: Mapping[Fraction, Fraction],
) -> tuple[Any, Any] | None:  # fmt: skip
    """Balls around the least and the greatest g that u 1-Lipschitz (and monotone) allows at x.

    The nearest place on either side decides, since u keeps the rules at all others already.
    """
    a, i = ball(BITS + question.bits), bisect(places, x)
    with a.active():
        lows, highs = [], []
        for y in places[max(i - 1, 0) : i + 1]:
            u, r = _u(question, known[y], a), a.number(abs(x - y))
            right = x > y
            lows.append(u if question.convex and right else u - r)
            highs.append(u if question.convex and not right else u + r)
        if not lows:
            return None
        return _s(question, a.maximum(lows), a), _s(question, a.minimum(highs), a)


def _u(question: Question, g: Fraction, a: Any) -> Any:
    size = a.number(abs(g) / question.L0)
    if question.L1:
        size = (1 + a.number(question.L1) * size).log() / a.number(question.L1)
    return size if g >= 0 else -size


def _s(question: Question, u: Any, a: Any) -> Any:
    size = a.apply("abs", u)
    L0, L1 = a.number(question.L0), a.number(question.L1)
    size = L0 / L1 * (L1 * size).expm1() if question.L1 else L0 * size
    return size if u >= 0 else -size


def gradient(question: Question, u: float) -> float:
    from relaxsmooth.worstcase.floats import Floats

    return Floats(question).s(u)
