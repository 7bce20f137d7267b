"""Layer 6: the numbers of one verification, each exact and each with how it is known.

    L0, L1 (class), Delta >= f(x0) - f*, M >= sup of ‖∇f‖ on {f <= f(x0)}, eps.

Irrational values are rounded to nearby rationals in the direction in which the
theorems stay valid (L0, Delta and M upward), so that every bound below is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import Arithmetic, ball
from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import round_up, upper_end
from relaxsmooth.smoothness import Landscape, class_membership, least_L0, survey
from relaxsmooth.theorem import Assumption
from relaxsmooth.verdict import Status, Verdict

BITS = 128
SLOPES = tuple(Fraction(2) ** k for k in range(-4, 9))  # candidates for L1 when none is given


@dataclass(frozen=True)
class Setting:
    """A problem, eps, the exact constants by letter, and why each is valid."""

    problem: Problem
    epsilon: Fraction
    values: Mapping[str, Fraction]
    reasons: Mapping[str, str]
    decided: Mapping[Assumption, Verdict]
    landscape: Landscape

    def substitute(self, formula: Formula) -> Formula:
        """The formula with every known letter replaced by its exact value."""
        return formula.subs({k: v for k, v in self.values.items() if k in formula.symbols})

    def lowest(self, arithmetic: Arithmetic) -> Any:
        """f* in a ball arithmetic."""
        return self.landscape.lowest.enclosure(arithmetic)


def settle(
    problem: Problem, epsilon: Fraction, given: Mapping[str, Fraction] | None = None
) -> Setting:
    """Decide the hypotheses on f and derive every constant that is not given.

    given: exact L0, L1, M chosen by the user; each is then checked, not believed.
    Raises FormulaError on eps <= 0 or a negative constant.
    """
    chosen = dict(given or {})
    for name, value in {"eps": epsilon, **chosen}.items():
        if value < 0 or (value == 0 and name != "L1"):
            raise FormulaError(f"{name} = {value} must be positive; give a positive number")
    slope, limit, member = _class(problem, epsilon, chosen)
    land = survey(problem, limit, slope)
    decided = {
        Assumption.HESSIAN_CLASS: member,
        Assumption.BOUNDED_BELOW: land.bounded_below,
        Assumption.ONE_DIMENSIONAL: _dimension(problem, problem.dimension == 1, "d = 1"),
        Assumption.SEVERAL_DIMENSIONS: _dimension(problem, problem.dimension >= 2, "d >= 2"),
    }
    values, reasons = {"eps": epsilon, "L0": limit, "L1": slope}, {"L0": member.reason}
    if land.Delta is not None:
        values["Delta"], reasons["Delta"] = _above(land.Delta)
    decided[Assumption.GRADIENT_BOUND] = _gradient_bound(land, chosen, values, reasons)
    return Setting(problem, epsilon, values, reasons, decided, land)
