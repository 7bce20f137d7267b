"""Layer 3: problems made from a spline on a slope, which know the structure of their formula.

    F(x, y) = size/stretch f(stretch x, stretch y),   f = bump - c X(x)

with X(x) = x up to the end of the bump, then X' = 1 - (4/5) L^2 t^2 for t <= 1/(2L)
and (4/5) e^{1/2 - L t} beyond.  Membership and inf f are decided by the cells of the spline,
and by hand on the rest of the plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.problem import Problem
from relaxsmooth.rounding import round_up
from relaxsmooth.smoothness.spline import Spline
from relaxsmooth.verdict import Status, Verdict

TAIL = Fraction(19, 15)  # X(infinity) - end in units of 1/L: 1/2 - 1/30 + 4/5


@dataclass(frozen=True, kw_only=True)
class Sloped(Problem):
    """The objective is F; L is the rate of the tail."""

    spline: Spline
    L: Fraction
    size: Fraction
    stretch: Fraction

    def member(self, L0: Fraction, L1: Fraction) -> Verdict:
        """‖∇²F‖ <= L0 + L1‖∇F‖, by the cells and on the tail."""
        from relaxsmooth.smoothness.spline_cover import relaxed

        claim = f"{self.key} is (L0, L1)-smooth with L0 = {L0}, L1 = {L1}"
        slope, constant = L1 / self.stretch, L0 / (self.size * self.stretch)
        if 4 * self.spline.slope * (self.L - slope) > 5 * constant:
            x = (self.spline.x[-1] + 1 / (2 * self.L)) / self.stretch
            reason = "|X''| - L1 X' is largest on the tail at the joint of its pieces"
            return Verdict(claim, Status.REFUTED, reason, {"x": (x, Fraction(0))})
        found = relaxed(self.spline, slope, constant)
        witness = dict(found.witness)
        if "x" in witness:
            witness["x"] = tuple(c / self.stretch for c in witness["x"])
        return Verdict(claim, found.status, found.reason, witness)

    @property
    def floor(self) -> Fraction:
        """-c X(infinity): inf F where the bump is not lower; not attained."""
        end = self.spline.x[-1] + TAIL / self.L
        return -self.spline.slope * end * self.size / self.stretch

    def is_lowest(self) -> bool:
        """Whether F >= floor on the bump, certainly."""
        from relaxsmooth.smoothness.spline_cover import least_value

        return self.size / self.stretch * least_value(self.spline) >= self.floor

    def least_L0(self, L1: Fraction, gap: Fraction) -> tuple[Fraction, Fraction, Verdict | None]:
        """lower <= L0*(L1) <= upper <= (1 + gap) lower by bisection, and what refutes below."""
        zero = self.member(Fraction(0), L1)
        if zero.status is Status.PROVED:
            return Fraction(0), Fraction(0), None
        low, high, below = Fraction(0), self.size * self.stretch, zero
        while self.member(high, L1).status is not Status.PROVED:
            high *= 2
        while high > (1 + gap) * low:
            middle = round_up((low + high) / 2, 24)
            found = self.member(middle, L1)
            if found.status is Status.PROVED:
                high = middle
            elif found.status is Status.REFUTED:
                low, below = middle, found
            else:
                break
        return low, high, below
