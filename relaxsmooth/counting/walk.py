"""The state of one run: k, an enclosure of x_k, and how the steps so far were covered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import BallArithmetic
from relaxsmooth.counting.record import Mark, Stretch

LONGEST_TRACE = 1024
MOST_STRETCHES = 24
GIANT = 2**256  # iterates beyond this times max(1, |x_0|) are left alone: exp of them is too big
LEFT = "limit: the iterates grew 2^256-fold without a proof that they never arrive"
Progress = Callable[[int], None]


@dataclass
class Walk:
    """Mutable on purpose: one run advances one walk; nothing in it grows with k."""

    arithmetic: BallArithmetic
    x: Any
    exact: Any = None  # x as rationals, where it is still short enough to carry
    k: int = 0
    how: list[Stretch] = field(default_factory=list)
    trace: list[Mark] | None = None
    progress: Progress | None = None
    stride: int = 1
    largest: Any = None

    def moved(self, how: str, steps: int, x: Any, exact: Any = None) -> None:
        """x_{k + steps} is in x; neighbouring stretches of one method are one stretch."""
        self.k += steps
        self.x, self.exact = x, exact
        if self.how and self.how[-1].how == how:
            self.how[-1] = Stretch(how, self.how[-1].steps + steps)
        else:
            self.how.append(Stretch(how, steps))
            if len(self.how) > MOST_STRETCHES:
                self.how = _summed(self.how)
        if self.progress is not None:
            self.progress(self.k)

    def gone(self, x: Iterable[Any]) -> bool:
        """Whether some coordinate has grown past GIANT max(1, |x_0|)."""
        x = tuple(x)
        if self.largest is None:
            self.largest = GIANT * max([1, *(abs(c).upper() for c in x)])
        return any(abs(c) > self.largest for c in x)

    def mark(self, x: tuple[Any, ...], norm: Any) -> None:
        """Keep this iterate in the trace; a long trace is thinned to every second mark."""
        if self.trace is None or (self.trace and self.k < self.trace[-1].k + self.stride):
            return
        self.trace.append(Mark(self.k, x, norm))
        if len(self.trace) > LONGEST_TRACE:
            del self.trace[1::2]
            self.stride *= 2


def _summed(stretches: list[Stretch]) -> list[Stretch]:
    """One entry per method: a run of many short stretches keeps a short record."""
    total: dict[str, int] = {}
    for stretch in stretches:
        total[stretch.how] = total.get(stretch.how, 0) + stretch.steps
    return [Stretch(how, steps) for how, steps in total.items()]


def short(value: Fraction, bits: int) -> bool:
    """Whether a rational is short enough to carry along."""
    return max(value.numerator.bit_length(), value.denominator.bit_length()) <= bits
