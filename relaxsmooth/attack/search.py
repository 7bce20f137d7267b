"""The search: designs in, the worst ratio counted/bound out, all in doubles.

Chunk 0 tries the extremal constructions; every later chunk starts from random designs and climbs
(Nelder-Mead) from the best of them.  A chunk depends on the seed and its number only, so that
interrupted and resumed, or run on several cores, the search gives the same answer.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from relaxsmooth.attack.families import LONGEST, Design, build
from relaxsmooth.attack.floats import Line, first_hit
from relaxsmooth.attack.instance import Instance
from relaxsmooth.attack.target import Target

RANDOM_STARTS = 24  # designs of one chunk before it climbs
CLIMB = 120  # evaluations of one climb
LONGEST_RUN = 20_000  # steps in doubles
KEPT = 5  # candidates of one chunk that are worth confirming
RANGES = {  # of a coordinate, log-uniform
    "a": (1e-4, 12.0),
    "climb": (1.0, 6.0),
    "M": (1.0, 30.0),
    "x": (1e-3, 1e3),
    "f": (1e-3, 1e3),
}
PARAMETER_RANGE = {"theta": (0.02, 1.25), "gamma": (1e-3, 1e3), "beta": (1e-2, 1e3)}
ANY_PARAMETER = (5e-3, 2.5)


@dataclass(frozen=True)
class Candidate:
    """A design, what it gave in doubles, and who found it.  Ordered by its ratio."""

    ratio: float
    steps: int
    design: Design
    chunk: int = 0

    def __lt__(self, other: Candidate) -> bool:
        return (self.ratio, -self.chunk) < (other.ratio, -other.chunk)


@dataclass(frozen=True)
class Found:
    """What one chunk did: its number of evaluations and its best candidates, best first."""

    chunk: int
    evaluations: int
    best: tuple[Candidate, ...]


def evaluate(target: Target, design: Design) -> Candidate | None:
    """T_eps/bound of a design in doubles (of the undivided bound); None where it has none."""
    instance = build(target, design)
    if instance is None:
        return None
    measured = ratio_in_floats(target, instance)
    if measured is None or measured[1] < target.least_steps:
        return None
    return Candidate(measured[0], measured[1], design)


def ratio_in_floats(target: Target, instance: Instance) -> tuple[float, int] | None:
    """(T_eps/bound, T_eps) of a drawn instance."""
    assert instance.u is not None
    known = {name: float(value) for name, value in instance.constants.items()}
    line = Line(instance.u, known["L0"], known["L1"])
    x0 = float(instance.start[0])
    known["Delta"] = line.gap(x0)
    if not 0 < known["Delta"] < math.inf:
        return None
    free = {name: float(value) for name, value in instance.parameters.items()}
    numbers = target.read(known, free)
    if not numbers.applies or not 0 < numbers.bound < math.inf:
        return None
    limit = min(LONGEST_RUN, int(3 * numbers.bound) + 2)
    steps = first_hit(line, x0, known["eps"], target.length(numbers), limit)
    return None if steps is None else (steps / numbers.bound, steps)


# --- chunks ------------------------------------------------------------------------------------


def explore(target: Target, seed: int, chunk: int) -> Found:
    """The work of one chunk."""
    return _seeds(target) if chunk == 0 else _climb(target, random.Random(f"{seed}/{chunk}"), chunk)


def seeds(target: Target) -> Iterator[Design]:
    """The extremal constructions on a coarse grid, those that are easiest to read first."""
    names = [f"c_{name}" for name in target.free]
    coordinates = [_grid(name) for name in target.free]
    units = [{}] if target.covariant else [{"x": x} for x in (1.0, 1e-2, 1e2)]
    for family, steps in _lengths(target.least_steps):
        for a, chosen, unit in product((1.0, 0.1, 1e-3, 3.0), product(*coordinates), units):
            free = dict(zip(names, chosen, strict=True))
            yield {"family": family, "a": a, "steps": steps, **free, **unit}


def _lengths(least: int) -> list[tuple[str, int]]:
    """A ramp has three knots however long it is; a path has two more for every step."""
    short = [("path", n) for n in (0, 1, 4) if n >= least - 1]
    ramps = [("ramp", max(n, least)) for n in (30, 1000)]
    longer = sorted({min(least - 1, LONGEST), 12, LONGEST})
    return [*short, *ramps, *(("path", n) for n in longer if n > 4 or n == least - 1)]


def _grid(name: str) -> tuple[float, ...]:
    if name in ("gamma", "beta"):
        return (1.0, 100.0)
    return (0.03, 0.1, 0.3, 0.7)


def _seeds(target: Target) -> Found:
    best: list[Candidate] = []
    evaluations = 0
    for design in seeds(target):
        evaluations += 1
        best = _kept(best, evaluate(target, design))
        if best and target.is_broken_at(best[0].ratio):
            break  # simplest first: the rest would only be larger
    return Found(0, evaluations, tuple(best))


def _kept(best: list[Candidate], new: Candidate | None) -> list[Candidate]:
    return best if new is None else heapq.nlargest(KEPT, [*best, new])


def _climb(target: Target, draw: random.Random, chunk: int) -> Found:
    best: list[Candidate] = []
    for _ in range(RANDOM_STARTS):
        best = _kept(best, evaluate(target, _drawn(target, draw)))
    evaluations = RANDOM_STARTS
    if best:
        start = best[0].design
        names = [name for name in start if name in RANGES or name.startswith("c_")]
        tried: list[Candidate] = []

        def loss(point: list[float]) -> float:
            design = {**start, **dict(zip(names, map(math.exp, point), strict=True))}
            found = evaluate(target, _inside({**design, "rel": 1e-5, "slack": 1e-6}))
            if found is None:
                return 0.0
            tried.append(found)
            return -found.ratio

        _nelder_mead(loss, [math.log(start[name]) for name in names])
        evaluations += CLIMB
        for found in tried:
            best = _kept(best, found)
    return Found(chunk, evaluations, tuple(replace(c, chunk=chunk) for c in best))


def _nelder_mead(loss: object, start: list[float]) -> None:
    from scipy.optimize import minimize

    options = {"maxfev": CLIMB, "xatol": 1e-4, "fatol": 1e-9}
    minimize(loss, start, method="Nelder-Mead", options=options)


def _drawn(target: Target, draw: random.Random) -> Design:
    family = draw.choice(("path", "path", "ramp", "random"))
    design: Design = {"family": family, "a": _log_uniform(draw, *RANGES["a"])}
    if family == "random":
        design["seed"] = draw.randrange(10**9)
    else:
        design["steps"] = draw.choice((0, 1, 2, 3, 5, 8, 13, 21, 34, LONGEST))
        if family == "ramp":
            design["steps"] *= draw.choice((1, 10, 100))
        design["mirror"] = draw.choice((0.0, 0.0, 1.0))
    if family == "path" and draw.random() < 0.3:
        design["climb"] = _log_uniform(draw, *RANGES["climb"])
    if target.needs_M and draw.random() < 0.5:
        design["M"] = _log_uniform(draw, *RANGES["M"])
    if not target.covariant:
        design["x"], design["f"] = (_log_uniform(draw, *RANGES[name]) for name in ("x", "f"))
    for name in target.free:
        design[f"c_{name}"] = _log_uniform(draw, *PARAMETER_RANGE.get(name, ANY_PARAMETER))
    return design


def _log_uniform(draw: random.Random, low: float, high: float) -> float:
    return math.exp(draw.uniform(math.log(low), math.log(high)))


def _inside(design: Design) -> Design:
    """Coordinates kept where doubles still mean something."""
    wide = {"a": (1e-6, 30.0), "climb": (1.0, 50.0), "M": (1.0, 1e6)}
    kept = {
        name: min(max(value, wide[name][0]), wide[name][1]) if name in wide else value
        for name, value in design.items()
    }
    return {k: min(max(v, 1e-6), 1e6) if k.startswith("c_") else v for k, v in kept.items()}
