"""Layer 6: the numbers of one verification, each exact and each with how it is known.

    L0, L1 (class), Delta >= f(x0) - f*, M >= sup of ‖∇f‖ on {f <= f(x0)}, eps.

Irrational values are rounded to nearby rationals in the direction in which the
theorems stay valid (L0, Delta and M upward), so that every bound below is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.constants import class_constants
from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.ground import Ground, ground
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import in_digits
from relaxsmooth.theorem import Assumption
from relaxsmooth.verdict import Status, Verdict


@dataclass(frozen=True)
class Setting:
    """A problem, eps, the exact constants by letter, and why each is valid."""

    problem: Problem
    epsilon: Fraction
    values: Mapping[str, Fraction]
    reasons: Mapping[str, str]
    decided: Mapping[Assumption, Verdict]
    ground: Ground

    def substitute(self, formula: Formula) -> Formula:
        """The formula with every known letter replaced by its exact value."""
        return formula.subs({k: v for k, v in self.values.items() if k in formula.symbols})

    def lowest(self, bits: int) -> Any:
        """f* as a ball of `bits` bits."""
        return self.ground.lowest(bits)


CONSTANTS = ("L0", "L1", "M")


def settle(
    problem: Problem, epsilon: Fraction, given: Mapping[str, Fraction] | None = None
) -> Setting:
    """Decide the hypotheses on f and derive every constant that is not given.

    given: exact L0, L1, M chosen by the user; each is then checked, not believed.
    Raises FormulaError on eps <= 0 or a negative constant.
    """
    chosen = dict(given or {})
    unknown = sorted(set(chosen) - set(CONSTANTS))
    if unknown:
        raise FormulaError(
            f"{unknown[0]} is no constant that can be given; use {', '.join(CONSTANTS)}"
        )
    for name, value in {"eps": epsilon, **chosen}.items():
        if not isinstance(value, Fraction | int):
            raise FormulaError(f"{name} = {value!r} is not exact; give a fraction such as 1/3")
        if value < 0 or (value == 0 and name != "L1"):
            raise FormulaError(f"{name} = {value} must be positive; give a positive number")
    L0, L1, member = class_constants(problem, epsilon, chosen.get("L0"), chosen.get("L1"))
    floor = ground(problem, L0, L1)
    values = {"eps": epsilon, "L0": L0, "L1": L1}
    proved = member.status is Status.PROVED
    known = member.reason if proved else f"{member.status.name}: {member.reason}"
    reasons = {"eps": "given", "L0": known, "L1": "given" if "L1" in chosen else "chosen"}
    if floor.Delta is not None:
        values["Delta"], reasons["Delta"] = floor.Delta, floor.because["Delta"]
    bounded = _gradient_bound(floor, chosen.get("M"))
    if bounded.status is Status.PROVED and floor.M is not None:
        values["M"] = chosen.get("M", floor.M)
        reasons["M"] = "given" if "M" in chosen else floor.because["M"]
    return Setting(
        problem, epsilon, values, reasons, _decided(problem, member, floor, bounded), floor
    )


def _decided(
    problem: Problem, member: Verdict, floor: Ground, bounded: Verdict
) -> dict[Assumption, Verdict]:
    return {
        Assumption.HESSIAN_CLASS: member,
        Assumption.BOUNDED_BELOW: floor.bounded_below,
        Assumption.GRADIENT_BOUND: bounded,
        Assumption.ONE_DIMENSIONAL: _dimension(problem, problem.dimension == 1, "d = 1"),
        Assumption.SEVERAL_DIMENSIONS: _dimension(problem, problem.dimension >= 2, "d >= 2"),
    }


def _dimension(problem: Problem, holds: bool, claim: str) -> Verdict:
    status = Status.PROVED if holds else Status.REFUTED
    return Verdict(claim, status, f"d = {problem.dimension}")


def _gradient_bound(floor: Ground, M: Fraction | None) -> Verdict:
    """sup of ‖∇f‖ on {f <= f(x0)} <= M, for the M given or the derived one."""
    claim = "sup of ‖∇f‖ on the sublevel set is at most M"
    if floor.M is None:
        if floor.bounded_below.status is Status.UNDECIDED:
            return Verdict(claim, Status.UNDECIDED, floor.bounded_below.reason)
        if floor.bounded_below.status is not Status.REFUTED and floor.Delta is None:
            return Verdict(claim, Status.UNDECIDED, floor.because.get("Delta", "Delta is unknown"))
        return Verdict(claim, Status.REFUTED, floor.because.get("M", floor.bounded_below.reason))
    if M is None or M >= floor.M:
        return Verdict(claim, Status.PROVED, floor.because["M"])
    if floor.least_M is not None and floor.least_M > M:
        reason = f"M = {M} is below the supremum, {in_digits(floor.M, 9)}"
        return Verdict(claim, Status.REFUTED, reason)
    reason = f"only sup <= {in_digits(floor.M, 9)} is known, and M = {M} is smaller"
    return Verdict(claim, Status.UNDECIDED, reason)
