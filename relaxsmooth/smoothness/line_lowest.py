"""Layer 3: bounds of f* = inf f on the line, f with waves: two tails and a middle, or a period."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import ONE, Formula, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import simplest_between, upper_end
from relaxsmooth.smoothness.box_charts import Chart
from relaxsmooth.smoothness.box_cover import Clock, search
from relaxsmooth.smoothness.box_descent import float_minimisers
from relaxsmooth.smoothness.box_fields import refuse_cases
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
    (x,), f = problem.variables, problem.objective
    for end, along in zip(("oo", "-oo"), _sides(f, x) or (), strict=False):
        if _falls(along):
            return None, Fraction(0), f"f -> -oo as {x} -> {end}"
    highest = _best_value(problem)
    scale = max(abs(highest), Fraction(1, 1000))
    for level in _levels(highest, scale):
        reason = at_least(f, x, level, clock)
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


def at_least(f: Formula, x: str, level: Fraction, clock: Clock) -> str | None:
    """Why f >= level on the whole line, for f without cases, or None."""
    for low, high, beyond in _middles(f, x, level):
        if low == high:
            return "every wave at its least, on the whole line"
        chart = Chart("the middle", (x,), ((low, high),), ONE, (), (), ())
        done = search(Floor(chart, f, level), chart.box, clock.part(Fraction(1, 4)))
        if done.complete:
            return f"{done.leaves} boxes on [{low}, {high}], {beyond}"
    return None


def _middles(f: Formula, x: str, level: Fraction) -> list[tuple[Fraction, Fraction, str]]:
    """Intervals that are enough: between the tails, or one period."""
    found = []
    sides = _sides(f, x)
    if sides is not None:
        right, left = (least_start([lower_terms(w + constant(-level))]) for w in sides)
        if right is not None and left is not None:
            found.append((-left, right, "every wave at its least beyond"))
    length = period((f,), x)
    if length is not None:
        found.append((Fraction(0), length, "one period"))
    return found


def _sides(f: Formula, x: str) -> tuple[Waves, Waves] | None:
    """f along x >= 0 and along x <= 0; None where f is no sum of waves."""
    try:
        return waves(f, x), waves(f.subs({x: -symbol(x)}), x)
    except NotDecidable:
        return None


def _falls(f: Waves) -> bool:
    """f -> -oo: its fastest power grows, with a negative factor whatever the waves are."""
    terms = lower_terms(f.scaled(Fraction(-1)))
    fastest = max(f.powers, default=UNIT)
    return fastest > UNIT and terms.get(fastest, Fraction(0)) > 0


def _best_value(problem: Problem) -> Fraction:
    """A rational >= f at the best point that floats found."""
    points = [tuple(Fraction(c) for c in x) for x in float_minimisers(problem)]
    values = (evaluate(problem.objective, problem.at(x), ball(BITS)) for x in points)
    known = [upper_end(value) for value in values if value.is_finite()]
    if not known:
        raise NotDecidable(f"{problem.key} has no value where it was sampled")
    return min(known)
