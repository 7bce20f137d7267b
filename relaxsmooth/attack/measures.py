"""How close an instance comes to its bound, in doubles: measure/bound, whatever the measure.

T_eps <= bound                      T_eps/bound
m_N <= target for every N >= bound  (last N with m_N > target)/bound
m_N <= bound(N) for every N         the largest m_N/bound(N)

A run that does not arrive, or leaves the doubles, counts as one that breaks the bound: exact
arithmetic judges it (`confirm`), and a search that dropped it would miss every cycle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Any

from relaxsmooth.attack.floats import Line, Plane, against, first_hit
from relaxsmooth.attack.instance import Instance
from relaxsmooth.attack.target import LONGEST_RUN, Numbers, Target
from relaxsmooth.needs import LOCAL_FACTOR
from relaxsmooth.theorem import Assumption, Measure

SMALLEST_BOUND = 1e-280  # a bound that is 0 or negative is broken by any measure
HUGE = 1e300
MOST_BACKTRACKS = 200

Ratio = tuple[float, int]


def ratio_in_floats(target: Target, instance: Instance) -> Ratio | None:
    """(measure/bound, number of steps it is about) of a drawn instance; None where none is seen."""
    assert instance.u is not None
    known = {name: float(value) for name, value in instance.constants.items()}
    line: Line | Plane = Line(instance.u, known["L0"], known["L1"])
    x0: Any = float(instance.start[0])
    if instance.v is not None:
        line = Plane(line, Line(instance.v, known["L0"], known["L1"]))  # type: ignore[arg-type]
        x0 = complex(x0, float(instance.start[1]))
    run = Run(target, instance, line, x0, letters(target, line, instance, x0))
    if not 0 < run.known["Delta"] < math.inf:
        return None
    if target.theorem.is_first_hit:
        return run.first_hit()
    return run.last_above() if target.theorem.bounds_a_count else run.largest_value()


def letters(target: Target, line: Line | Plane, instance: Instance, x0: Any) -> dict[str, float]:
    """Every constant the theorem may mention, as `needs` derives them."""
    known = {name: float(value) for name, value in instance.constants.items()}
    known |= {"Delta": line.gap(x0), "eps_f": known["eps"]}
    if target.is_convex:
        known["R"] = line.distance(x0)
    if target.is_smooth:
        known["L"] = line.largest_curvature()
    if Assumption.LOCAL_LIPSCHITZ in target.theorem.assumptions:
        known |= {name: float(LOCAL_FACTOR) * known[name] for name in ("L0", "L1")}
    return known


@dataclass
class Run:
    """One trajectory in doubles."""

    target: Target
    instance: Instance
    line: Line | Plane
    x0: Any
    known: dict[str, float]

    def numbers(self, N: int = 1) -> Numbers:
        free = {name: float(value) for name, value in self.instance.parameters.items()}
        known = {**self.known, "N": float(N)}
        numbers = self.target.read(known, free)
        return replace(numbers, bound=self.target.bound_at(known, free))

    def first_hit(self) -> Ratio | None:
        numbers, divide = self.numbers(), float(self.target.divide)
        if not numbers.applies or not math.isfinite(numbers.bound):
            return None
        enough = 3 * max(numbers.bound, 0.0) * max(1.0, 1 / divide)
        limit = int(min(LONGEST_RUN, max(enough + 2, self.target.least_steps)))
        if self.target.reads_values:
            points = enumerate(self.points(numbers, limit + 1, 0.0))
            hits = (k for k, x in points if abs(self.line.slope(x)) <= self.known["eps"])
            steps = next(hits, None)
        else:
            length = self.target.length(numbers)
            steps = first_hit(self.line, self.x0, self.known["eps"], length, limit)
        if steps is None:  # T_eps > limit, which tells nothing below the bound
            steps = limit + 1
            if not self.target.is_broken_at(_over(steps, numbers.bound)):
                return None
        return _over(steps, numbers.bound), steps

    def last_above(self) -> Ratio | None:
        """The claim is broken as soon as some N >= bound has m_N above the target."""
        numbers = self.numbers()
        if not numbers.applies or not math.isfinite(numbers.bound):
            return None
        goal = self.known["eps"] ** (2 if self.target.theorem.measure is Measure.AVG_GRAD_SQ else 1)
        last = max(1, math.ceil(numbers.bound / float(self.target.divide)))
        if last > LONGEST_RUN:
            return None
        above = 0
        for N, value in self.measures(self.numbers(last), last):
            if not value <= goal:
                above = N
        return _over(above, numbers.bound), above

    def largest_value(self) -> Ratio | None:
        """Over N from the least number of steps on."""
        best: Ratio | None = None
        least = self.target.least_steps
        planned = "N" in self.target.rule.parameters
        phase = self.phase()
        horizon = self.target.horizon
        for N, value in self.measures(self.numbers(horizon), horizon, phase):
            numbers = self.numbers(N)
            if not (numbers.applies and math.isfinite(numbers.bound)) or planned:
                break
            if least <= N and (best is None or _over(value, numbers.bound) > best[0]):
                best = _over(value, numbers.bound), N
        for N in (2**j for j in range(horizon.bit_length()) if 2**j >= least) if planned else ():
            numbers = self.numbers(N)
            if not (numbers.applies and math.isfinite(numbers.bound)):
                continue
            value = dict(self.measures(numbers, N))[N]
            if best is None or _over(value, numbers.bound) > best[0]:
                best = _over(value, numbers.bound), N
        return best

    def phase(self) -> float:
        phase = self.target.theorem.phase
        if phase is None:
            return 0.0
        exact = {n: Fraction(v) for n, v in self.known.items() if n in phase.symbols}
        value = phase.subs(exact).value
        return math.nan if value is None else float(value)

    def measures(
        self, numbers: Numbers, last: int, phase: float = 0.0
    ) -> Iterator[tuple[int, float]]:
        """(N, m_N) for N = 1, ..., last, while every gradient is at least `phase`."""
        measure = self.target.theorem.measure
        points = self.points(numbers, last + 1, phase)
        if measure is Measure.AVG_ITERATE_GAP:
            sums = accumulate(points)
            yield from ((N, self.line.gap(s / N)) for N, s in zip(range(1, last + 1), sums))  # noqa: B905
            return
        if measure is Measure.LAST_GAP:
            yield from ((k, self.line.gap(x)) for k, x in enumerate(points) if k)
            return
        of, combine = _PARTS[measure]
        parts = accumulate((of(self.line, x) for x in points), combine)
        average = combine is _plus
        for N, total in zip(range(1, last + 1), parts):  # noqa: B905
            yield N, total / N if average else total

    def points(self, numbers: Numbers, count: int, phase: float) -> Iterator[Any]:
        """x_0, x_1, ..."""
        x, length = self.x0, self.target.length(numbers)
        for _ in range(count):
            yield x
            g = self.line.slope(x)
            if abs(g) < phase or g == 0 or not math.isfinite(abs(x)):
                if abs(g) < phase:
                    return
                continue
            step = length(abs(g), self.line.gap(x))
            if self.target.rule.key == "armijo":
                step = self.backtracked(numbers, x, g, step)
            x += against(g, step)

    def backtracked(self, numbers: Numbers, x: Any, g: Any, step: float) -> float:
        """Armijo: the first trial that decreases f enough."""
        beta, gamma = numbers.parameters["beta"], numbers.parameters["gamma"]
        value = self.line.value(x)
        for _ in range(MOST_BACKTRACKS):
            if self.line.value(x + against(g, step)) <= value - gamma * step * abs(g):
                break
            step *= beta
        return step


def _over(value: float, bound: float) -> float:
    """value/bound, kept inside the doubles."""
    found = value / max(bound, SMALLEST_BOUND)
    return found if found < HUGE else HUGE


def _plus(a: float, b: float) -> float:
    return a + b


_Parts = tuple[Callable[[Any, Any], float], Callable[[float, float], float]]
_PARTS: dict[Measure, _Parts] = {
    Measure.MIN_GRAD: (lambda line, x: abs(line.slope(x)), min),
    Measure.AVG_GRAD: (lambda line, x: abs(line.slope(x)), _plus),
    Measure.AVG_GRAD_SQ: (lambda line, x: abs(line.slope(x)) ** 2, _plus),
    Measure.BEST_GAP: (lambda line, x: line.gap(x), min),
}
