"""Layer 5: L0 and L1 of a problem: checked when given, derived from the frontier when not.

    L0*(L1) = sup_x ‖∇²f(x)‖ - L1‖∇f(x)‖ is the least L0; any L0 >= L0*(L1) is valid.

With no L1 given, the point of the frontier is taken that makes L0/eps^2 + L1/eps, the shape
of every bound for clipping, smallest on a grid of powers of two.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import round_up, upper_end
from relaxsmooth.smoothness import Algebraic, NotDecidable, membership, minimal_L0
from relaxsmooth.smoothness.frontier import frontier
from relaxsmooth.smoothness.line_cover import fitting_slope, is_line
from relaxsmooth.smoothness.radial_exact import exact_L0
from relaxsmooth.smoothness.several_variables import bounds_nd, membership_nd, no_class
from relaxsmooth.verdict import Status, Verdict

SLOPES = tuple(Fraction(2) ** k for k in range(-5, 9))
UNIT_SLOPE = Fraction(1)  # where the frontier is known by branch and bound only
LEAST_L0 = Fraction(1, 1000)  # the theorems ask L0 > 0; used where L0*(L1) = 0


def class_constants(
    problem: Problem, epsilon: Fraction, L0: Fraction | None = None, L1: Fraction | None = None
) -> tuple[Fraction, Fraction, Verdict]:
    """(L0, L1, verdict of membership): as given, else from the problem's record, else derived.

    Raises FormulaError where nothing can be derived and the user must give L0 and L1.
    """
    known = problem.constants
    if L0 is None and L1 is None and known.get("L0", 0) > 0 and "L1" in known:
        L0, L1 = known["L0"], known["L1"]
    if None in (L0, L1) and is_in_no_class(problem):  # any pair serves to say why
        L0, L1 = L0 or Fraction(1), L1 or Fraction(1)
    if L1 is None:
        L1 = _best_slope(problem, epsilon, L0)
    if L0 is None:
        L0 = certified_L0(problem, L1)
    return L0, L1, decide_membership(problem, L0, L1)


def is_in_no_class(problem: Problem) -> bool:
    """Whether f is certainly (L0, L1)-smooth for no L0, L1."""
    if problem.dimension == 1:
        with suppress(NotDecidable):
            return frontier(problem).threshold().value is None
    return no_class(problem).status is Status.REFUTED


def decide_membership(problem: Problem, L0: Fraction, L1: Fraction) -> Verdict:
    """f is (L0, L1)-smooth: exactly where that is possible, else by branch and bound."""
    if problem.dimension == 1:
        try:
            return membership(problem, L0, L1)
        except NotDecidable as reason:
            if not is_line(problem):
                claim = f"{problem.key} is (L0, L1)-smooth with L0 = {L0}, L1 = {L1}"
                return Verdict(claim, Status.UNDECIDED, str(reason))
    return membership_nd(problem, L0, L1)


def certified_L0(problem: Problem, L1: Fraction) -> Fraction:
    """A rational L0 >= L0*(L1): exactly that where it is known, else by branch and bound."""
    try:
        return _above(least_L0(problem, L1), problem, L1)
    except NotDecidable:
        try:
            bounds = bounds_nd(problem, L1)
        except NotDecidable as reason:
            raise FormulaError(
                f"L0 of {problem.key} at L1 = {L1} cannot be derived ({reason}); give --L0 and --L1"
            ) from None
    if bounds.upper is None:
        raise FormulaError(
            f"L0 of {problem.key} at L1 = {L1} cannot be derived ({bounds.reason}); "
            "give --L0 and --L1"
        )
    return max(bounds.upper, LEAST_L0)


def least_L0(problem: Problem, L1: Fraction) -> Algebraic | None:
    """L0*(L1), exactly; None for +infinity.  Raises NotDecidable where it is not known exactly."""
    if problem.dimension == 1:
        return minimal_L0(problem, L1).value
    found = exact_L0(problem, L1)
    if found is None:
        raise NotDecidable(f"the least L0 of {problem.key} is not known exactly")
    return found.value


def _best_slope(problem: Problem, epsilon: Fraction, L0: Fraction | None) -> Fraction:
    """The L1 on the grid with the smallest L0/eps^2 + L1/eps (or that a given L0 allows)."""
    best: tuple[Fraction, Fraction] | None = None
    for slope in _slopes(problem):
        try:
            least = least_L0(problem, slope)
        except NotDecidable:
            return fitting_slope(problem) or UNIT_SLOPE
        if least is None or (L0 is not None and least > L0):
            continue
        cost = _above(least, problem, slope) / epsilon**2 + slope / epsilon
        if best is None or cost < best[0]:
            best = cost, slope
    if best is None:
        raise FormulaError(
            f"no L1 up to {_slopes(problem)[-1]} makes {problem.key} (L0, L1)-smooth; "
            "give --L0 and --L1, or see `relaxsmooth certify` for the reason"
        )
    return best[1]


def _slopes(problem: Problem) -> tuple[Fraction, ...]:
    """The grid, or multiples of the least slope of the frontier where that is beyond the grid."""
    if problem.dimension == 1:
        with suppress(NotDecidable):
            least = frontier(problem).threshold().value
            exact = least.as_fraction() if least is not None else None
            if exact is not None and exact > SLOPES[-1]:
                return exact, 2 * exact, 4 * exact
    return SLOPES


def _above(least: Algebraic | None, problem: Problem, L1: Fraction) -> Fraction:
    """A rational L0 >= L0*(L1): itself where it is rational and positive."""
    if least is None:
        raise FormulaError(
            f"no L0 makes {problem.key} (L0, L1)-smooth with L1 = {L1}; give a larger --L1"
        )
    exact = least.as_fraction()
    if exact is not None:
        return exact if exact > 0 else LEAST_L0
    return round_up(upper_end(least.enclosure(128)))
