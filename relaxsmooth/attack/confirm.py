"""A candidate confirmed: membership exactly, T_eps rigorously, the bound in balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.along import verify_along
from relaxsmooth.arithmetic import ball
from relaxsmooth.attack.instance import Instance
from relaxsmooth.attack.target import Target
from relaxsmooth.instance import verify_instance
from relaxsmooth.needs import equipped
from relaxsmooth.rounding import lower_end, round_down, upper_end
from relaxsmooth.row import Row
from relaxsmooth.setting import Setting, settle
from relaxsmooth.theorem import Assumption
from relaxsmooth.verdict import Status, Verdict


@dataclass(frozen=True)
class Confirmed:
    """An instance with the rigorous row of the attacked claim, and the setting it was read in."""

    target: Target
    instance: Instance
    setting: Setting
    row: Row

    @property
    def member(self) -> Verdict:
        return self.setting.decided[Assumption.HESSIAN_CLASS]

    @property
    def breaks_the_bound(self) -> bool:
        """A member (PROVED) whose measure exceeds the bound (PROVED): a counterexample."""
        proved = self.member.status is Status.PROVED and self.steps >= self.target.least_steps
        return proved and self.row.verdict.status is Status.REFUTED

    @property
    def steps(self) -> float:
        """How many steps the comparison is about."""
        if self.row.counted is not None:
            return self.row.counted.earliest
        if self.target.theorem.bounds_a_count:
            return 0 if self.row.measured is None else int(self.row.measured) - 1
        return int(self.row.verdict.witness.get("N", 0))

    @property
    def ratio(self) -> Fraction | None:
        """A proved lower bound of measure/(undivided bound); None where nothing is proved."""
        row, decided = self.row, (Status.PROVED, Status.REFUTED)
        if self.member.status is not Status.PROVED or row.measured is None:
            return None
        if row.counted is None and row.verdict.status not in decided:
            return None
        with ball().active():
            bound = upper_end(row.bound * ball().number(self.target.divide))
        if bound <= 0:
            return None
        if not self.target.theorem.bounds_a_count:
            return round_down(lower_end(row.measured) / bound)
        return None if self.steps == float("inf") else round_down(int(self.steps) / bound)


def confirm(target: Target, instance: Instance) -> Confirmed:
    """Every hypothesis decided and T_eps counted, from the exact instance alone."""
    given = {
        name: instance.constants[name] for name in ("L0", "L1", "M") if name in instance.constants
    }
    setting = settle(instance.problem, instance.epsilon, given)
    steps = {**instance.parameters, **target.given}
    setting = equipped(setting, target.claim)
    if target.claim.is_first_hit:
        row = verify_instance(target.claim, setting, steps, least_steps=target.least_steps)
    else:
        row = verify_along(
            target.claim, setting, steps, horizon=target.horizon, first=target.least_steps
        )
    return Confirmed(target, instance, setting, row)
