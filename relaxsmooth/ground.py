"""Layer 5: f*, Delta and M of a problem as the theorems use them: exact and on the safe side.

    Delta >= f(x0) - f*,      M >= sup{‖∇f(x)‖ : f(x) <= f(x0)}.

On the line both are derived exactly where f' is decided so.  With waves, and in several
variables, f* is declared in the problem's record with its reason, or enclosed; for a member
M <= psi^-1(Delta), which is at most L1 Delta + sqrt(L1^2 Delta^2 + 2 L0 Delta).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint

from relaxsmooth.arithmetic import EXACT, NotExact, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import ZERO
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import lower_end, round_up, upper_end
from relaxsmooth.smoothness import NotDecidable
from relaxsmooth.smoothness.box_landscape import landscape_nd
from relaxsmooth.smoothness.landscape import landscape
from relaxsmooth.smoothness.line_cover import is_line
from relaxsmooth.smoothness.quantity import Quantity
from relaxsmooth.symbols import DELTA, psi_inverse_bound
from relaxsmooth.verdict import Status, Verdict

BITS = 128


@dataclass(frozen=True)
class Ground:
    """Delta and M (None: infinite or unknown), f* as balls, and how each is known."""

    bounded_below: Verdict
    Delta: Fraction | None = None
    M: Fraction | None = None
    because: Mapping[str, str] = field(default_factory=dict)
    lowest: Callable[[int], Any] = lambda bits: flint.arb("nan")  # nothing is known
    least_M: Fraction | None = None  # a certified lower bound of the supremum itself


def ground(problem: Problem, L0: Fraction, L1: Fraction) -> Ground:
    """The ground of a problem whose constants are (L0, L1)."""
    if problem.dimension == 1:
        try:
            return _on_the_line(problem)
        except NotDecidable as reason:
            if problem.lowest is None and not is_line(problem):
                return Ground(_unknown(problem, str(reason)))
    if problem.lowest is None:
        return _in_space(problem, L0, L1)
    return _declared(problem, L0, L1)


def _on_the_line(problem: Problem) -> Ground:
    land = landscape(problem)
    Delta, why_Delta = _above(land.Delta)
    M, why_M = _above(land.M)
    lower = lower_end(land.M.enclosure(BITS)) if land.M.finite else None
    because = {"Delta": why_Delta, "M": why_M}
    return Ground(land.bounded_below, Delta, M, because, land.lowest.enclosure, lower)


def _in_space(problem: Problem, L0: Fraction, L1: Fraction) -> Ground:
    """f* by its form, by an exact structure, or by branch and bound over R^d."""
    land = landscape_nd(problem, L0, L1)
    if land.lowest is None or land.lowest.lowest is None:
        return Ground(land.bounded_below, because=land.because)
    low, high = land.lowest.lowest, land.lowest.highest

    def lowest(bits: int) -> Any:
        a = ball(bits)
        with a.active():
            return a.number(low).union(a.number(high))

    return Ground(land.bounded_below, land.Delta, land.M, land.because, lowest)


def _above(q: Quantity) -> tuple[Fraction | None, str]:
    """A rational at or above the quantity: itself where it is rational."""
    if not q.finite:
        return None, q.reason
    if q.exact is not None:
        return q.exact, "exact"
    return round_up(upper_end(q.enclosure(BITS))), f"{q}, rounded up"


def _declared(problem: Problem, L0: Fraction, L1: Fraction) -> Ground:
    if problem.lowest is None:
        return Ground(_unknown(problem, "f* is not derived in several variables; give --f-star"))
    reason = problem.lowest_because
    proved = bool(reason) and "declared" not in reason
    status = Status.PROVED if proved else Status.CONSISTENT
    below = Verdict(f"{problem.key} is bounded below", status, reason, {"f*": problem.lowest})
    try:
        Delta, why = _gap(problem)
    except NotDecidable as unknown:
        return Ground(_unknown(problem, str(unknown)))
    if Delta < 0:
        claim = f"f* = {problem.lowest} is the least value of {problem.key}"
        wrong = Verdict(claim, Status.REFUTED, "f(x0) is below it", {"x0": problem.start})
        return Ground(wrong)
    values = {"L0": L0, "L1": L1, "Delta": Delta}
    M = round_up(upper_end(evaluate(psi_inverse_bound(DELTA), values, ball(BITS))))
    known = "" if proved or not reason else f", from the f* that is {reason}"
    because = {"Delta": why + known, "M": f"psi^-1(Delta), an upper bound{known}"}

    def lowest(bits: int) -> Any:
        return evaluate(problem.lowest, {}, ball(bits))  # type: ignore[arg-type]

    return Ground(below, Delta, M, because, lowest)


def _gap(problem: Problem) -> tuple[Fraction, str]:
    start = [c.value for c in problem.start]
    lowest = problem.lowest if problem.lowest is not None else ZERO
    try:
        if None not in start:
            return problem.value(start, EXACT) - evaluate(lowest, {}, EXACT), "exact"
        # x0 = log(3) makes e^x0 rational
        gap = problem.objective.subs(problem.at(problem.start)) - lowest
        return evaluate(gap, {}, EXACT), "exact"
    except ZeroDivisionError:
        raise NotDecidable(f"f has no value at x0 = {', '.join(map(str, start))}") from None
    except NotExact:
        a = ball(BITS)
        with a.active():
            here = problem.value(evaluate(problem.start, {}, a), a) - evaluate(lowest, {}, a)
        if not here.is_finite():
            raise NotDecidable(f"f(x0) - f* = {here} is not known to be finite") from None
        return round_up(upper_end(here)), f"{here.str(12)}, rounded up"


def _unknown(problem: Problem, reason: str) -> Verdict:
    return Verdict(f"{problem.key} is bounded below", Status.UNDECIDED, reason)
