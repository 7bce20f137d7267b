"""Layer 3: f*, Delta and M in several variables, each with a proof that it is on the safe side.

    lowest <= f* <= highest,      Delta >= f(x_0) - f*,      M = psi^-1(Delta) rounded up.

Where lowest is not attained or only enclosed, Delta is a little larger than the gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.arithmetic import EXACT, NotExact, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import formula
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import round_up, upper_end
from relaxsmooth.smoothness.algebraic import to_fmpq
from relaxsmooth.smoothness.box_cover import Budget
from relaxsmooth.smoothness.box_lowest import BITS, BUDGET, Lowest, lowest_nd
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.symbols import psi
from relaxsmooth.verdict import Status, Verdict


@dataclass(frozen=True, eq=False)
class LandscapeNd:
    """Lowest, and rational Delta and M that are large enough (None: not known or infinite)."""

    problem: Problem
    lowest: Lowest | None
    Delta: Fraction | None
    M: Fraction | None
    because: Mapping[str, str]

    @property
    def bounded_below(self) -> Verdict:
        """The 2020 paper, assumption 1: f >= f* > -infinity."""
        claim = f"{self.problem.key} is bounded below"
        if self.lowest is None:
            return Verdict(claim, Status.UNDECIDED, self.because["lowest"])
        proved = self.lowest.lowest is not None
        status = Status.PROVED if proved else Status.REFUTED
        return Verdict(claim, status, self.lowest.reason, {"f* >=": self.lowest.lowest})


def landscape_nd(
    problem: Problem, L0: Fraction, L1: Fraction, budget: Budget = BUDGET
) -> LandscapeNd:
    """f*, Delta and M of a member with constants (L0, L1)."""
    try:
        lowest = lowest_nd(problem, budget)
    except NotDecidable as reason:
        return LandscapeNd(problem, None, None, None, {"lowest": str(reason)})
    because = {"lowest": lowest.reason}
    if lowest.lowest is None:
        return LandscapeNd(problem, lowest, None, None, because)
    try:
        Delta, because["Delta"] = _gap(problem, lowest.lowest)
    except NotDecidable as reason:
        because["Delta"] = str(reason)
        return LandscapeNd(problem, lowest, None, None, because)
    M, because["M"] = largest_slope(Delta, L0, L1)
    return LandscapeNd(problem, lowest, Delta, M, because)


def _gap(problem: Problem, lowest: Fraction) -> tuple[Fraction, str]:
    """f(x0) - lowest: exactly where f(x0) is rational, else rounded up."""
    start = [c.value for c in problem.start]
    try:
        if None not in start:
            return problem.value(start, EXACT) - lowest, "f(x0) - f*, exactly"
    except NotExact:
        pass
    except ZeroDivisionError:
        raise NotDecidable(f"f has no value at x0 = {', '.join(map(str, start))}") from None
    at_start = problem.value(evaluate(problem.start, {}, ball(BITS)), ball(BITS))
    if not at_start.is_finite():
        raise NotDecidable(f"f(x0) = {at_start} is not known to be finite")
    return round_up(upper_end(at_start) - lowest), "f(x0) - f*, rounded up"


def largest_slope(Delta: Fraction, L0: Fraction, L1: Fraction) -> tuple[Fraction | None, str]:
    """g with psi(g) >= Delta, so that ‖∇f(x)‖ <= g wherever f(x) <= f(x0) (gap inequality)."""
    reason = "‖∇f‖ <= psi^-1(Delta) on the sublevel set, rounded up"
    if Delta == 0:
        return Fraction(0), reason
    if L0 == 0 and L1 == 0:
        return None, "L0 = L1 = 0: f is affine"
    high = Fraction(1)
    while not _psi_reaches(high, Delta, L0, L1):
        high *= 2
    low = Fraction(0)
    while high - low > high / 2**30:
        middle = (low + high) / 2
        low, high = (low, middle) if _psi_reaches(middle, Delta, L0, L1) else (middle, high)
    return round_up(high), reason


def _psi_reaches(g: Fraction, Delta: Fraction, L0: Fraction, L1: Fraction) -> bool:
    """psi(g) >= Delta, certainly."""
    if L1 == 0:
        return g**2 >= 2 * L0 * Delta
    if L0 == 0:
        return g >= L1 * Delta
    for bits in (BITS, 4 * BITS, 16 * BITS):  # psi cancels where L1 g/L0 is tiny
        value = evaluate(psi(formula(g)), {"L0": L0, "L1": L1}, ball(bits))
        if value >= to_fmpq(Delta) or value < to_fmpq(Delta):
            return bool(value >= to_fmpq(Delta))
    return False
