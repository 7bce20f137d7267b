"""Layer 6: one line of the table: what was claimed, what was measured, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from relaxsmooth.counting import Count
from relaxsmooth.formula import Formula
from relaxsmooth.verdict import Verdict


@dataclass(frozen=True)
class Row:
    """A verdict with the two sides it compares.

    measured `relation` bound: T_eps <= bound for an upper bound, T_eps >= bound for a lower
    one, the tightest left/right <= 1 for an inequality; counted: how the count was obtained,
    where there is one; finding: key of the recorded finding that explains a refutation.
    """

    theorem: str
    problem: str
    verdict: Verdict
    relation: str = "<="
    measured: Any = None
    bound: Any = None
    counted: Count | None = None
    values: Mapping[str, Fraction] = field(default_factory=dict)
    parameters: Mapping[str, Formula] = field(default_factory=dict)
    finding: str = ""

    @property
    def ratio(self) -> float | None:
        """measured/bound as a float, for the eye; None where a side is missing or infinite."""
        if self.measured is None or self.bound is None:
            return None
        try:
            return float(self.measured) / float(self.bound)
        except (OverflowError, ZeroDivisionError):  # beyond the doubles, or a bound of 0
            return None
