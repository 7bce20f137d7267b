"""What a count says: earliest <= T_eps <= latest, how it was obtained, and where it ended.

T_eps = first k >= 0 with ‖∇f(x_k)‖ <= eps, infinity if there is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from relaxsmooth.verdict import Status

INFINITE = math.inf


@dataclass(frozen=True)
class Stretch:
    """`steps` consecutive iterations and the method that covered them."""

    how: str
    steps: int

    def __str__(self) -> str:
        return f"{self.how} {self.steps}"


@dataclass(frozen=True)
class Mark:
    """One point of a trace: k, an enclosure of x_k, an enclosure of ‖∇f(x_k)‖."""

    k: int
    x: tuple[Any, ...]
    norm: Any


@dataclass(frozen=True)
class Count:
    """earliest <= T_eps <= latest, both certified; latest is None where nothing is known.

    T_eps = infinity, proved: both are math.inf and `reason` is the certificate.
    point, norm: enclosures of x_T and ‖∇f(x_T)‖ (or of the last iterate that was examined).
    """

    earliest: int | float
    latest: int | float | None
    how: tuple[Stretch, ...]
    point: tuple[Any, ...]
    norm: Any
    reason: str
    trace: tuple[Mark, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether T_eps is known (infinity, proved, included)."""
        return self.earliest == self.latest

    @property
    def infinite(self) -> bool:
        """Whether T_eps = infinity is proved."""
        return self.earliest == INFINITE

    @property
    def status(self) -> Status:
        """PROVED when T_eps is known, else UNDECIDED."""
        return Status.PROVED if self.exact else Status.UNDECIDED

    def __str__(self) -> str:
        stretches = ", ".join(str(stretch) for stretch in self.how)
        if self.exact:
            shown = "infinity" if self.infinite else self.earliest
            return f"T = {shown} ({self.reason}; {stretches or 'no step'})"
        upper = "?" if self.latest is None else self.latest
        return f"{self.earliest} <= T <= {upper} ({self.reason}; {stretches or 'no step'})"
