"""Layer 3: certified bounds of L0*(L1) = sup_x ‖∇²f(x)‖ - L1‖∇f(x)‖ in several variables.

Below by a rational point, above by a cover at slightly more; exact where one variable decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.problem import Problem
from relaxsmooth.rounding import in_digits, lower_end, round_up, simplest_between, upper_end
from relaxsmooth.smoothness.algebraic import Algebraic
from relaxsmooth.smoothness.box_charts import Box, check_box
from relaxsmooth.smoothness.box_cover import Budget, Clock
from relaxsmooth.smoothness.box_curves import refuting_curve
from relaxsmooth.smoothness.box_proof import BUDGET, Cover, cover, fitting_plan
from relaxsmooth.smoothness.box_witness import Witness, excess_at, likely_points
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.line_cover import LineCover, is_line, line_cover
from relaxsmooth.smoothness.minimal import checked
from relaxsmooth.smoothness.radial_exact import ExactL0, exact_L0
from relaxsmooth.smoothness.sloped import Sloped
from relaxsmooth.smoothness.wave_sequences import WaveSequence, refuting_sequence

MOST_IMPROVEMENTS = 6  # of the lower bound, at one width of the gap


@dataclass(frozen=True, eq=False)
class Bounds:
    """lower <= L0*(L1) <= upper (None: not bounded); exact where one variable decides it.

    at: a rational point where ‖∇²f‖ - L1‖∇f‖ >= lower; certificate: why upper is valid.
    """

    problem: Problem
    L1: Fraction
    lower: Fraction
    upper: Fraction | None
    exact: Algebraic | None
    at: tuple[Fraction, ...] | None
    certificate: Cover | LineCover | ExactL0 | WaveSequence | None
    reason: str

    @property
    def jumps(self) -> str:
        """Where a second derivative jumps, so that f is C^1,1 and not C^2; else empty."""
        return self.certificate.jumps if isinstance(self.certificate, ExactL0) else ""

    def __str__(self) -> str:
        if self.exact is not None:
            return f"L0*({self.L1}) = {self.exact}"
        upper = "infinity" if self.upper is None else in_digits(self.upper, 8)
        return f"{in_digits(self.lower, 8)} <= L0*({self.L1}) <= {upper}"


def bounds_nd(
    problem: Problem,
    L1: Fraction | int,
    *,
    gap: Fraction = Fraction(1, 1000),
    box: Box | None = None,
    budget: Budget = BUDGET,
) -> Bounds:
    """Certified bounds of L0*(L1), upper <= (1 + gap) lower where the budget allows.

    Each widening of the gap (by 8) is tried until one is PROVED; none: upper is None.
    """
    L1 = checked(L1, "L1")
    check_box(problem, box)
    if isinstance(problem, Sloped) and box is None:
        return _sloped_bounds(problem, L1, gap)
    exact = exact_L0(problem, L1) if box is None else None
    if exact is not None:
        return _exact_bounds(exact)
    found = [excess_at(problem, x, L1) for x in likely_points(problem, L1, box)[:3]]
    finite = [w for w in found if w.excess.is_finite()]
    if not finite:
        reason = f"∇²f of {problem.key} has no value where it was sampled"
        return Bounds(problem, L1, Fraction(0), None, None, None, None, reason)
    best = max(finite, key=_lower)
    lower = max(Fraction(0), lower_end(best.excess))
    sequence = refuting_sequence(problem, L1) if box is None and problem.dimension == 1 else None
    curve = refuting_curve(problem) if box is None and problem.dimension > 1 else None
    escape = sequence or curve
    if escape is not None:
        reason = escape.describe(problem.variables)
        return Bounds(problem, L1, lower, None, None, best.x, sequence, reason)
    return _squeezed(problem, L1, lower, best, gap, box, budget.clock())


def _sloped_bounds(problem: Sloped, L1: Fraction, gap: Fraction) -> Bounds:
    low, high, below = problem.least_L0(L1, gap)
    at = None if below is None else below.witness.get("x")
    reason = "by the Bernstein coefficients of a spline"
    return Bounds(problem, L1, low, high, None, at, None, reason)


def _squeezed(
    problem: Problem,
    L1: Fraction,
    lower: Fraction,
    best: Witness,
    gap: Fraction,
    box: Box | None,
    clock: Clock,
) -> Bounds:
    """From a lower bound, the least (1 + gap 8^k) lower that is PROVED."""
    reason, plan, on_line = "", None, is_line(problem, box)
    for width in (gap, 8 * gap, 64 * gap, 512 * gap):
        for _ in range(MOST_IMPROVEMENTS):
            upper = round_up(lower * (1 + width) or gap, 24)
            part = clock.part(Fraction(1, 2))
            try:
                plan = None if on_line else plan or fitting_plan(problem, upper, L1, box, clock)
            except NotDecidable as why:
                return Bounds(problem, L1, lower, None, None, best.x, None, str(why))
            answer = (
                line_cover(problem, upper, L1, part)
                if on_line
                else cover(problem, upper, L1, box, part, plan)
            )
            if not isinstance(answer, Witness):
                break
            nearby = likely_points(problem, L1, box, near=answer.x)[0]
            best = max(answer, excess_at(problem, nearby, L1), key=lambda w: _lower(w))
            lower = max(lower, lower_end(best.excess))
        if isinstance(answer, LineCover) and answer.middle is None and lower > 0:
            upper, answer = _shortened(answer, lower)
        if isinstance(answer, Cover | LineCover):
            return Bounds(problem, L1, lower, upper, None, best.x, answer, f"by {answer}")
        reason = answer if isinstance(answer, str) else "L0* looks infinite"
    return Bounds(problem, L1, lower, None, None, best.x, None, reason)


def _shortened(found: LineCover, lower: Fraction) -> tuple[Fraction, LineCover]:
    """The same with the shortest L0 above the lower bound, where no part is left to balls."""
    short = simplest_between(lower, found.L0)
    again = line_cover(found.problem, short, found.L1)
    return (short, again) if isinstance(again, LineCover) else (found.L0, found)


def _lower(found: Witness) -> float:
    return float(found.excess.lower()) if found.excess.is_finite() else float("-inf")


def _exact_bounds(exact: ExactL0) -> Bounds:
    if exact.value is None:
        return Bounds(exact.problem, exact.L1, Fraction(0), None, None, None, exact, exact.reason)
    rational = exact.value.as_fraction()
    near = exact.value.enclosure(64)
    low, high = (rational, rational) if rational is not None else (lower_end(near), upper_end(near))
    return Bounds(
        exact.problem, exact.L1, max(low, Fraction(0)), high, exact.value, None, exact, exact.reason
    )
