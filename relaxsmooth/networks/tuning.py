"""Tuned step sizes: the best of a grid that is widened until the best lies inside it.

A comparison of methods at the edge of a grid compares the grids.  One choice of parameters
serves all seeds: the least total count over them, with the counts of each seed beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise, product

from relaxsmooth.networks.descent import Run, descend
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.problem import NetworkProblem

Choice = tuple[float, ...]
Descend = Callable[[NetworkProblem, str, dict[str, float], float, int], Run]
MOST_WIDENINGS = 12
MOST_BLIND = 2  # of a grid on which nothing arrived; 1 where it has several parameters


@dataclass(frozen=True)
class Tuned:
    """The best parameters of a rule, its runs by seed, and whether both ends of each grid lost.

    tried: total count by parameters (infinity where a seed did not arrive).
    """

    rule: str
    parameters: dict[str, float]
    runs: tuple[Run, ...]
    interior: bool
    tried: Mapping[Choice, float] = field(default_factory=dict)

    @property
    def counts(self) -> tuple[int | None, ...]:
        """T_eps of each seed."""
        return tuple(run.count for run in self.runs)

    @property
    def losses(self) -> tuple[float, ...]:
        """f at the hit, of each seed."""
        return tuple(run.loss for run in self.runs)


def tune(
    problems: Sequence[NetworkProblem],
    key: str,
    grids: Mapping[str, Sequence[float]],
    epsilon: float,
    most: int,
    *,
    factor: float = 2.0,
    progress: Callable[[str], None] | None = None,
    run: Descend = descend,
) -> Tuned:
    """The parameters of rule `key` with the least total T_eps over the problems (one a seed).

    grids: for each parameter increasing positive values, two at least.  All of the first grid is
    tried; it is widened by `factor` at an end where the best lies (12 times at most), and then
    the neighbours of the best are tried; at all ends where nothing arrived (twice, or once where
    there are several parameters), and then everything is.  run: what makes one run, such as one
    that is kept on disk.
    """
    _check(problems, grids, factor)
    names = list(grids)
    axes = [list(grids[name]) for name in names]
    runs: dict[Choice, tuple[Run, ...]] = {}
    best: Choice = min(product(*axes), key=partial(_from_middle, axes))
    asked = list(product(*axes))
    for round_ in range(MOST_WIDENINGS + 1):
        for choice in sorted(asked, key=partial(_from_middle, axes)):
            if choice not in runs:
                limit = _worst_allowed(runs.get(best, ()), most)
                parameters = dict(zip(names, choice, strict=True))
                runs[choice] = _runs(problems, key, parameters, epsilon, limit, run)
                if progress is not None:
                    progress(f"{key} {parameters}: {_total(runs[choice])}")
            if _total(runs[choice]) < _total(runs[best]):
                best = choice
        blind = math.isinf(_total(runs[best]))
        if round_ == (MOST_BLIND - (len(axes) > 1) if blind else MOST_WIDENINGS):
            break
        _widen(axes, _all_ends(axes) if blind else _edges(axes, best), factor)
        asked = list(product(*axes)) if blind else _neighbours(axes, best)
        if runs.keys() >= set(asked):
            break
    inside = not _edges(axes, best) and runs.keys() >= set(_neighbours(axes, best))
    inside = inside and math.isfinite(_total(runs[best]))
    parameters = dict(zip(names, best, strict=True))
    return Tuned(key, parameters, runs[best], inside, {c: _total(r) for c, r in runs.items()})


def _runs(
    problems: Sequence[NetworkProblem],
    key: str,
    parameters: dict[str, float],
    epsilon: float,
    limit: int,
    run: Descend,
) -> tuple[Run, ...]:
    """The runs by seed, up to the first that does not arrive within the limit."""
    done: list[Run] = []
    for problem in problems:
        done.append(run(problem, key, parameters, epsilon, limit))
        if done[-1].count is None:
            break
    return tuple(done)


def _from_middle(axes: Sequence[Sequence[float]], choice: Choice) -> float:
    """How far from the middle of the grids: what arrives early limits all later runs."""
    return sum(abs(a.index(c) - (len(a) - 1) / 2) for a, c in zip(axes, choice, strict=True))


def _worst_allowed(runs: Sequence[Run], most: int) -> int:
    """Steps after which a seed cannot be part of a better total."""
    total = _total(runs)
    return min(most, int(total)) if runs and math.isfinite(total) else most


def _total(runs: Sequence[Run]) -> float:
    return sum(math.inf if run.count is None else run.count for run in runs)


def _edges(axes: Sequence[Sequence[float]], best: Choice) -> list[tuple[int, int]]:
    """(axis, -1 or +1) for every end of a grid at which the best lies."""
    found = [(i, -1) for i, axis in enumerate(axes) if best[i] == axis[0]]
    return found + [(i, 1) for i, axis in enumerate(axes) if best[i] == axis[-1]]


def _neighbours(axes: Sequence[Sequence[float]], best: Choice) -> list[Choice]:
    """The best and all choices one step away from it, in one parameter or in several."""
    near = [
        axis[max(axis.index(b) - 1, 0) : axis.index(b) + 2]
        for axis, b in zip(axes, best, strict=True)
    ]
    return list(product(*near))


def _all_ends(axes: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    return [(i, side) for i in range(len(axes)) for side in (-1, 1)]


def _widen(axes: list[list[float]], ends: Sequence[tuple[int, int]], factor: float) -> None:
    """Add one value beyond each of these ends."""
    for i, side in ends:
        if side < 0:
            axes[i].insert(0, axes[i][0] / factor)
        else:
            axes[i].append(axes[i][-1] * factor)


def _check(
    problems: Sequence[NetworkProblem], grids: Mapping[str, Sequence[float]], factor: float
) -> None:
    if not problems:
        raise NetworkError("there is no problem to tune on; give one a seed")
    if not factor > 1:
        raise NetworkError(f"factor = {factor} must exceed 1; try 2")
    for name, grid in grids.items():
        increasing = all(a < b for a, b in pairwise(grid))
        if len(grid) < 2 or not increasing or not grid[0] > 0:
            raise NetworkError(
                f"the grid of {name} is {list(grid)}; give two or more increasing positive values"
            )
