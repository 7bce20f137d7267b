"""Layer 4: between two neighbours, every u that matters passes through one level c.

u goes from u_i to c at slope +-1, stays at c, and goes to u_j at slope +-1.  The lower tent is
c = (u_i + u_j - d)/2, the upper c = (u_i + u_j + d)/2; for convex f (u does not decrease) they
are c = u_i and c = u_j.  All 1-Lipschitz u with these ends lie between the two, s increases, so
the increments f_j - f_i of members are exactly the closed interval between the two integrals.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from relaxsmooth.expand import expanded, negative
from relaxsmooth.formula import Formula, number
from relaxsmooth.interpolation.levels import ZERO_LEVEL, Chart, Level


@dataclass(frozen=True)
class Through:
    """u on [x_i, x_j] from the level `left` over `middle` to `right`; flat: level-length there."""

    chart: Chart
    left: Level
    middle: Level
    right: Level
    flat: Formula
    ways: tuple[int, int]  # slope of u before and after the flat part

    @cached_property
    def increment(self) -> Formula:
        """The integral of s(u) from x_i to x_j: (P(c) - P(u_i))/slope + s(c) flat + ..."""
        P, (first, last) = self.chart.potential, self.ways
        total = number(0)
        if first:
            total += expanded(number(first), P(self.middle) + negative(P(self.left)))
        if self.flat.value != 0:
            height = self.chart.gradient(self.middle)
            total += expanded(height, expanded(number(1 / self.chart.unit), self.flat))
        if last:
            total += expanded(number(last), P(self.right) + negative(P(self.middle)))
        return total


@dataclass(frozen=True)
class Gap:
    """Two neighbouring data: levels left and right, `reach` = their distance in units of levels."""

    chart: Chart
    left: Level
    right: Level
    reach: Fraction
    convex: bool = False

    @cached_property
    def excess(self) -> Level:
        """|u_i - u_j| - d in units of levels: a member exists iff this is at most 0."""
        return (self.right - self.left).size - Level(self.reach)

    @cached_property
    def falls(self) -> bool:
        """Whether u decreases, which a convex f forbids."""
        return (self.right - self.left).sign < 0

    @cached_property
    def lowest(self) -> Through:
        """The u of the least increment."""
        if self.convex:
            return self.through(self.left)
        return self._tent(-1)

    @cached_property
    def highest(self) -> Through:
        """The u of the greatest increment."""
        if self.convex:
            return self.through(self.right)
        return self._tent(1)

    @cached_property
    def level_zero(self) -> Through | None:
        """u as near to 0 as it can be, where that differs in sign from neither of the two ends."""
        if not self.chart.crosses_zero:
            return None
        if self.lowest.middle.sign >= 0 or self.highest.middle.sign <= 0:
            return None
        return self.through(ZERO_LEVEL)

    def through(self, c: Level) -> Through:
        """For c between the two extremal levels."""
        up, down = (c - self.left).sign, (self.right - c).sign
        spent = (c - self.left).size + (self.right - c).size
        flat = (Level(self.reach) - spent).formula
        return Through(self.chart, self.left, c, self.right, flat, (up, down))

    def _tent(self, side: int) -> Through:
        middle = (self.left + self.right + Level(side * self.reach)).times(Fraction(1, 2))
        return Through(self.chart, self.left, middle, self.right, number(0), (side, -side))
