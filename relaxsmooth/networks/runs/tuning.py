"""Tuned step sizes: a grid of powers of two that grows until its best point is interior.

Every rule gets the same treatment: for each value of its second parameter (a threshold, an
offset) the step size runs over centre * 2^j; the grid is extended at an end while the best
count sits there, downwards while everything diverges, upwards while everything is too slow.
A trial is cut at twice the best count so far, since it can then no longer win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

Parameters = Mapping[str, Fraction]
CAPPED, DIVERGED = "capped", "diverged"
Arrival = int | str  # T_eps, or why eps was not reached
Runner = Callable[[Parameters, int], Arrival]  # (parameters, cap) -> arrival
WIDEST = 24  # powers of two on either side of the centre


@dataclass(frozen=True)
class Grid:
    """rule; letter of the step size; its centre; `fixed`: values of the other parameters."""

    rule: str
    letter: str
    centre: Fraction
    fixed: Mapping[str, Fraction]
    reach: int = 2  # the first grid is centre * 2^-reach ... centre * 2^reach

    def at(self, j: int) -> dict[str, Fraction]:
        return {self.letter: self.centre * Fraction(2) ** j, **self.fixed}


@dataclass(frozen=True)
class Tuned:
    """arrivals: power j -> T_eps, or why it was not reached within caps[j] steps.

    interior: the best step has one that is no better, or cut short, on either side.
    """

    grid: Grid
    arrivals: Mapping[int, Arrival]
    caps: Mapping[int, int]

    @property
    def best(self) -> int | None:
        """The power of the best step; None where no step reached eps."""
        reached = {j: a for j, a in self.arrivals.items() if isinstance(a, int)}
        return min(reached, key=lambda j: (reached[j], abs(j))) if reached else None

    @property
    def interior(self) -> bool:
        return self.best is not None and {self.best - 1, self.best + 1} <= set(self.arrivals)

    @property
    def count(self) -> int | None:
        found = None if self.best is None else self.arrivals[self.best]
        return found if isinstance(found, int) else None

    def parameters(self) -> dict[str, Fraction] | None:
        return None if self.best is None else self.grid.at(self.best)


def tuned(grid: Grid, run: Runner, cap: int) -> Tuned:
    """The arrivals on the grid, from the centre outwards, extended until the best is interior."""
    arrivals: dict[int, Arrival] = {}
    caps: dict[int, int] = {}
    found = Tuned(grid, arrivals, caps)
    wanted: int | None
    for wanted in sorted(range(-grid.reach, grid.reach + 1), key=lambda j: (abs(j), j)):
        _visit(wanted, grid, run, cap, arrivals, caps)
    while (wanted := _missing(found)) is not None and abs(wanted) <= WIDEST:
        _visit(wanted, grid, run, cap, arrivals, caps)
    return found


def _visit(
    j: int, grid: Grid, run: Runner, cap: int, arrivals: dict[int, Arrival], caps: dict[int, int]
) -> None:
    best = min((a for a in arrivals.values() if isinstance(a, int)), default=cap)
    caps[j] = min(cap, 2 * max(best, 1))
    arrivals[j] = run(grid.at(j), caps[j])


def _missing(found: Tuned) -> int | None:
    """The power to try next; None where the best is interior or no step helps."""
    low, high = min(found.arrivals), max(found.arrivals)
    if found.best is not None:
        return None if found.interior else low - 1 if found.best == low else high + 1
    if found.arrivals[low] == DIVERGED:
        return low - 1
    return high + 1 if found.arrivals[high] == CAPPED else None
