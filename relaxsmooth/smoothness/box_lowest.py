"""Layer 3: bounds of f* in several variables, each proved.

In this order: f - c is nonnegative by its form and 0 at a rational point (f* = c exactly);
quadratic, separable and radial f exactly; f convex by its form, with its minimiser enclosed in
a small box; f polynomial, by branch and bound over R^d; f >= c by its form alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from relaxsmooth.arithmetic import EXACT, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import ONE, FormulaError, formula
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import lower_end, upper_end
from relaxsmooth.smoothness.algebraic import to_fmpq, to_fraction
from relaxsmooth.smoothness.box_charts import Chart, balanced_weights, scalar_charts
from relaxsmooth.smoothness.box_convex import is_convex, is_nonnegative
from relaxsmooth.smoothness.box_cover import Budget, Clock, search
from relaxsmooth.smoothness.box_descent import float_minimisers
from relaxsmooth.smoothness.box_fields import fields
from relaxsmooth.smoothness.box_matrix import is_positive_semidefinite
from relaxsmooth.smoothness.box_tests import Floor
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.landscape import lowest_value
from relaxsmooth.smoothness.line_lowest import lowest_on_line
from relaxsmooth.smoothness.pieces import pieces
from relaxsmooth.smoothness.radial_exact import quadratic_data, radial_profile, separable_terms
from relaxsmooth.smoothness.sloped import Sloped

BITS = 192
TOLERANCE = Fraction(1, 2**24)  # relative width of an enclosure of f* found by branch and bound
ROUNDINGS = (1, 2, 3, 4, 6, 10, 100)
RADII = tuple(Fraction(2) ** k for k in (-12, -8, -4, 0, 4))
TRIAL_BOXES, FACE_BOXES = 300, 4_000
BUDGET = Budget(20_000, 10.0)


@dataclass(frozen=True)
class Lowest:
    """lowest <= f* <= highest, and why; the infimum is -infinity where lowest is None."""

    lowest: Fraction | None
    highest: Fraction
    reason: str


def lowest_nd(problem: Problem, budget: Budget = BUDGET) -> Lowest:
    """Bounds of f*, or NotDecidable with the reasons of every route."""
    clock, reasons = budget.clock(), []
    for route in (
        _on_a_slope,
        _attained_by_form,
        _on_the_line,
        _quadratic,
        _separable,
        _radial,
        _convex,
        _by_branch_and_bound,
        _by_form,
    ):
        try:
            return route(problem, clock)
        except NotDecidable as reason:
            reasons.append(str(reason))
    raise NotDecidable(f"f* of {problem.key} is not known: {'; '.join(dict.fromkeys(reasons))}")


def _on_a_slope(problem: Problem, clock: Clock) -> Lowest:
    """A spline on a slope that flattens: the limit of its tail."""
    if not isinstance(problem, Sloped) or not problem.is_lowest():
        raise NotDecidable("it is no spline that stays above the end of its slope")
    reason = "the limit of the tail as x -> infinity; the spline stays above it"
    return Lowest(problem.floor, problem.floor, reason)


def _on_the_line(problem: Problem, clock: Clock) -> Lowest:
    """A function of one variable with waves."""
    return Lowest(*lowest_on_line(problem, clock))


def _exact_value(problem: Problem, x: Sequence[Fraction]) -> Fraction | None:
    try:
        return Fraction(evaluate(problem.objective, problem.at(x), EXACT))
    except ArithmeticError:
        return None


def _at(x: Sequence[Fraction]) -> str:
    return f"({', '.join(map(str, x))})"


def _level(problem: Problem, x: Sequence[Fraction]) -> Fraction:
    """A rational at or above f(x)."""
    value = evaluate(problem.objective, problem.at(x), ball(BITS))
    if not value.is_finite():
        raise NotDecidable(f"f has no value at {_at(x)}")
    return upper_end(value)


# --- by its form -------------------------------------------------------------------------------


def _floors(problem: Problem) -> Iterator[Fraction]:
    """Numbers c with f - c >= 0 by its form: the declared f*, then 0."""
    for c in (problem.lowest, formula(0)):
        if c is not None and c.value is not None and is_nonnegative(problem.objective - c):
            yield c.value


def rational_candidates(problem: Problem) -> Iterator[tuple[Fraction, ...]]:
    """Short rational points: 0, (1, ..., 1), and near the float minimisers."""
    yield (Fraction(0),) * problem.dimension
    yield (Fraction(1),) * problem.dimension
    for x in float_minimisers(problem):
        for n in ROUNDINGS:
            yield tuple(Fraction(round(c * n), n) for c in x)


def _attained_by_form(problem: Problem, clock: Clock) -> Lowest:
    for c in _floors(problem):
        for x in rational_candidates(problem):
            if _exact_value(problem, x) == c:
                return Lowest(c, c, f"f - {c} >= 0 by its form, and 0 at {_at(x)}")
    raise NotDecidable("not a constant plus terms that are >= 0 by their form and 0 together")


def _by_form(problem: Problem, clock: Clock) -> Lowest:
    for c in _floors(problem):
        x = [Fraction(v) for v in float_minimisers(problem)[0]]
        return Lowest(c, _level(problem, x), f"f - {c} >= 0 by its form")
    raise NotDecidable("not >= 0 by its form")


# --- exact structures ----------------------------------------------------------------------------


def _quadratic(problem: Problem, clock: Clock) -> Lowest:
    A, b = quadratic_data(problem)
    x = solution(A, b)
    if x is None or not is_positive_semidefinite(A):
        why = "b is not in the range of A" if x is None else "A has a negative direction"
        return Lowest(None, Fraction(0), f"f is quadratic and {why}: inf f = -infinity")
    value = _exact_value(problem, x)
    if value is None:
        raise NotDecidable("f has irrational coefficients")
    return Lowest(value, value, f"A is positive semidefinite and A x = b at {_at(x)}")


def solution(A: Sequence[Sequence[Fraction]], b: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """Some x with A x = b, from the reduced echelon form of (A b); None where there is none."""
    d = len(b)
    joined = [[to_fmpq(v) for v in (*row, c)] for row, c in zip(A, b, strict=True)]
    reduced, rank = flint.fmpq_mat(joined).rref()
    x = [Fraction(0)] * d
    for i in range(rank):
        pivot = next(j for j in range(d + 1) if reduced[i, j] != 0)
        if pivot == d:
            return None
        x[pivot] = to_fraction(reduced[i, d])
    return tuple(x)


def _separable(problem: Problem, clock: Clock) -> Lowest:
    terms = separable_terms(problem)
    origin = dict.fromkeys(problem.variables, 0)
    try:
        rest = sum((term.subs(origin) for term in terms), formula(0))
        constant = problem.objective.subs(origin) - rest
    except FormulaError as why:
        raise NotDecidable(f"f has no value at 0: {why}") from None
    if constant.value is None:
        raise NotDecidable("the constant term is not rational")
    parts = [lowest_value(pieces(term)) for term in terms if term.symbols]
    for part in parts:
        if not part.finite:
            reason = f"f is separable and one term is unbounded: {part.reason}"
            return Lowest(None, Fraction(0), reason)
    reason = "f is separable, and each term has its least value on the line"
    exact = [part.exact for part in parts]
    if None not in exact:
        total = sum((value for value in exact if value is not None), constant.value)
        return Lowest(total, total, reason)
    balls = [part.enclosure(BITS) for part in parts]
    low, high = (sum(map(end, balls), constant.value) for end in (lower_end, upper_end))
    return Lowest(low, high, reason)


def _radial(problem: Problem, clock: Clock) -> Lowest:
    profile, centre = radial_profile(problem)
    least = lowest_value(pieces(profile))
    around = f" around {_at(centre)}" if any(centre) else ""
    reason = f"f is radial{around} with F(r) = {profile}: {least.reason}"
    if not least.finite:
        return Lowest(None, Fraction(0), reason)
    if least.exact is not None:
        return Lowest(least.exact, least.exact, reason)
    value = least.enclosure(BITS)
    return Lowest(lower_end(value), upper_end(value), reason)


# --- convex -----------------------------------------------------------------------------------


def _convex(problem: Problem, clock: Clock) -> Lowest:
    """f >= f(x) on the boundary of a box around x, so the infimum is that over the box, and there
    f(y) >= f(x) + <∇f(x), y - x> >= f(x) - radius ‖∇f(x)‖_1."""
    if not is_convex(problem.objective, problem.variables):
        raise NotDecidable("not convex by its form")
    arithmetic = ball(BITS)
    wanted = [problem.objective, *fields(problem).gradient]
    for x in float_minimisers(problem):
        center = tuple(Fraction(c) for c in x)
        value, *slope = evaluate(wanted, problem.at(center), arithmetic)
        for radius in RADII:
            if not all(part.is_finite() for part in (value, *slope)):
                break  # on the edge of the domain, or at a kink
            if higher_around(problem, center, radius, upper_end(value)):
                with arithmetic.active():
                    fall = to_fmpq(radius) * sum((g.abs_upper() for g in slope), flint.arb(0))
                    lowest = lower_end(value - fall)
                shown = ", ".join(f"{c:.6g}" for c in x)
                reason = f"f is convex, and higher on the boundary of a box around ({shown})"
                return Lowest(lowest, upper_end(value), reason)
    raise NotDecidable("convex, but no box around the minimiser was certified")


def higher_around(
    problem: Problem, center: Sequence[Fraction], radius: Fraction, level: Fraction
) -> bool:
    """f >= level on all 2d faces of the box, by balls."""
    clock = Budget(FACE_BOXES, 5.0).clock()
    for i in range(len(center)):
        for s in (1, -1):
            box = tuple(
                (c - radius, c + radius) if j != i else (c + s * radius, c + s * radius)
                for j, c in enumerate(center)
            )
            chart = Chart("a face", problem.variables, box, ONE, (), (), ())
            if not search(Floor(chart, problem.objective, level), box, clock).complete:
                return False
    return True


# --- branch and bound -------------------------------------------------------------------------


def _by_branch_and_bound(problem: Problem, clock: Clock) -> Lowest:
    """f >= c on R^d with c just below the best value found."""
    scalar_charts(problem, Fraction(1), (1,) * problem.dimension)  # NotDecidable surfaces here
    points = [tuple(Fraction(c) for c in x) for x in float_minimisers(problem)]
    highest, x = min((_level(problem, x), x) for x in points)
    R = Fraction(2) ** max(2, int(max(map(abs, x))).bit_length() + 1)
    scale = max(abs(highest), Fraction(1, 1000))
    weights = _fitting_weights(problem, R, highest - scale, clock)
    for share in (1, 2**8, 2**16):
        level = highest - share * TOLERANCE * scale
        charts = scalar_charts(problem, R, weights)
        done = [search(Floor(chart, F, level), chart.box, clock) for chart, F in charts]
        if all(outcome.complete for outcome in done):
            boxes = sum(outcome.leaves for outcome in done)
            reason = f"branch and bound in balls over R^{problem.dimension}: {boxes} boxes"
            return Lowest(level, highest, reason)
    raise NotDecidable("no lower bound was certified by branch and bound")


def _fitting_weights(
    problem: Problem, R: Fraction, level: Fraction, clock: Clock
) -> tuple[int, ...]:
    """Weights for which the leading form is positive at infinity, seen on the faces."""
    for weights in balanced_weights(problem.dimension):
        faces = [(c, F) for c, F in scalar_charts(problem, R, weights) if c.face is not None]
        tried = (search(Floor(c, F, level), c.box, clock, TRIAL_BOXES) for c, F in faces)
        if all(outcome.complete for outcome in tried):
            return weights
    raise NotDecidable("f was not seen to be bounded below at infinity")
