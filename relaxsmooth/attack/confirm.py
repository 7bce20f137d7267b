"""A candidate confirmed: membership exactly, T_eps rigorously, the bound in balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.attack.instance import Instance
from relaxsmooth.attack.target import Target
from relaxsmooth.instance import verify_instance
from relaxsmooth.rounding import round_down, upper_end
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
        """A member (PROVED) whose T_eps exceeds the bound (PROVED): a counterexample."""
        proved = self.member.status is Status.PROVED
        long = self.row.counted is not None and self.row.counted.earliest >= self.target.least_steps
        return proved and long and self.row.verdict.status is Status.REFUTED

    @property
    def ratio(self) -> Fraction | None:
        """A proved lower bound of T_eps over the undivided bound; None where nothing is proved."""
        counted = self.row.counted
        if counted is None or counted.infinite or self.member.status is not Status.PROVED:
            return None
        with ball().active():
            bound = self.row.bound * ball().number(self.target.divide)
        return round_down(int(counted.earliest) / upper_end(bound))


def confirm(target: Target, instance: Instance) -> Confirmed:
    """Every hypothesis decided and T_eps counted, from the exact instance alone."""
    given = {
        name: instance.constants[name] for name in ("L0", "L1", "M") if name in instance.constants
    }
    setting = settle(instance.problem, instance.epsilon, given)
    steps = {**instance.parameters, **target.given}
    return Confirmed(target, instance, setting, verify_instance(target.claim, setting, steps))
