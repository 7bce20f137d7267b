"""Layer 3: bounds of f* = inf f on the line, f with waves: two tails and a middle, or a period."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import Formula, evaluate, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import simplest_between, upper_end
from relaxsmooth.smoothness.box_charts import core
from relaxsmooth.smoothness.box_cover import Clock, search
from relaxsmooth.smoothness.box_descent import float_minimisers
from relaxsmooth.smoothness.box_fields import fields, refuse_cases
from relaxsmooth.smoothness.box_tests import Floor
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.line_cover import is_line, period
from relaxsmooth.smoothness.wave_tails import least_start
from relaxsmooth.smoothness.waves import UNIT, Waves, constant, lower_terms, waves

BITS = 192
TOLERANCE = Fraction(1, 2**24)  # relative width of the enclosure of f*
Found = tuple[Fraction | None, Fraction, str]


def lowest_on_line(problem: Problem, clock: Clock) -> Found:
    """(lowest, highest, reason) with lowest <= f* <= highest; lowest None: inf f = -infinity."""
    if not is_line(problem):
        raise NotDecidable("not a function on the line with waves")
    refuse_cases(problem)
    sides = _sides(problem)
    for side, f in zip((1, -1), sides or (), strict=False):
        if _falls(f):
            to = "oo" if side > 0 else "-oo"
            return None, Fraction(0), f"f -> -oo as {problem.variables[0]} -> {to}"
    highest = _best_value(problem)
    scale = max(abs(highest), Fraction(1, 1000))
    for level in _levels(highest, scale):
        reason = _above(problem, level, sides, clock)
        if reason is not None:
            return level, highest, reason
    raise NotDecidable("no lower bound of f was certified on the line")


def _levels(highest: Fraction, scale: Fraction) -> Sequence[Fraction]:
    """Lower bounds to try: the shortest number close to the best value, then a little less."""
    near = highest - TOLERANCE * scale
    short = [Fraction(0)] if near <= 0 <= highest else []
    if highest < 0:
        short = [-simplest_between(-highest, -near)]
    elif near > 0:
        short = [simplest_between(near, highest)]
    return [*short, near, highest - 2**8 * TOLERANCE * scale, highest - 2**16 * TOLERANCE * scale]


def _sides(problem: Problem) -> tuple[Waves, Waves] | None:
    """f along x >= 0 and along x <= 0; None where f is no sum of waves."""
    (x,), f = problem.variables, problem.objective
    try:
        return waves(f, x), waves(f.subs({x: -symbol(x)}), x)
    except NotDecidable:
        return None


def _falls(f: Waves) -> bool:
    """f -> -oo: its fastest power grows, with a negative factor whatever the waves are."""
    terms = lower_terms(f.scaled(Fraction(-1)))
    fastest = max(f.powers, default=UNIT)
    return fastest > UNIT and terms.get(fastest, Fraction(0)) > 0


def _above(
    problem: Problem, level: Fraction, sides: tuple[Waves, Waves] | None, clock: Clock
) -> str | None:
    """Why f >= level on the whole line, or None."""
    for low, high, beyond in _middles(problem, level, sides):
        if low == high:
            return "every wave at its least, on the whole line"
        chart = core(fields(problem), ((low, high),))
        done = search(Floor(chart, problem.objective, level), chart.box, clock.part(Fraction(1, 4)))
        if done.complete:
            return f"{done.leaves} boxes on [{low}, {high}], {beyond}"
    return None


def _middles(
    problem: Problem, level: Fraction, sides: tuple[Waves, Waves] | None
) -> list[tuple[Fraction, Fraction, str]]:
    """Intervals that are enough: between the tails, or one period."""
    found = []
    if sides is not None:
        starts = [least_start([lower_terms(f + constant(-level))]) for f in sides]
        if starts[0] is not None and starts[1] is not None:
            found.append((-starts[1], starts[0], "every wave at its least beyond"))
    length = period(problem.objective, problem.variables[0])
    if length is not None:
        found.append((Fraction(0), length, "one period"))
    return found


def _best_value(problem: Problem) -> Fraction:
    """A rational >= f at the best point that floats found."""
    points = [tuple(Fraction(c) for c in x) for x in float_minimisers(problem)]
    return min(_value(problem.objective, problem.at(x)) for x in points)


def _value(f: Formula, at: dict[str, Fraction]) -> Fraction:
    return upper_end(evaluate(f, at, ball(BITS)))
