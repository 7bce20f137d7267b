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
from relaxsmooth.attack.measures import ratio_in_floats
from relaxsmooth.attack.target import Target
from relaxsmooth.theorem import Assumption

RANDOM_STARTS = 24  # designs of one chunk before it climbs
CLIMB = 120  # evaluations of one climb
KEPT = 5  # candidates of one chunk that are worth confirming
RANGES = {  # of a coordinate, log-uniform
    "a": (1e-4, 12.0),
    "climb": (1.0, 6.0),
    "M": (1.0, 30.0),
    "x": (1e-3, 1e3),
    "f": (1e-3, 1e3),
    "far": (0.1, 300.0),
    "target": (1e-3, 1.0),
    "side": (0.1, 300.0),
    "tilt": (1e-3, 1.0),
}
PARAMETERS = {  # rule parameter: its range in natural units, and the grid of the seeds
    "theta": ((0.02, 1.25), (0.03, 0.1, 0.3, 0.7)),
    "gamma": ((1e-3, 1e3), (1.0, 100.0)),
    "beta": ((1e-2, 1e3), (1.0, 100.0)),
    "armijo gamma": ((0.02, 0.98), (0.5, 0.9)),
    "armijo beta": ((0.02, 0.98), (0.5, 0.9)),
}
ANY_PARAMETER = ((5e-3, 2.5), (0.03, 0.1, 0.3, 0.7))


def of_parameter(target: Target, name: str) -> tuple[tuple[float, float], tuple[float, ...]]:
    """(range, grid) of a free parameter's coordinate."""
    return PARAMETERS.get(f"{target.rule.key} {name}", PARAMETERS.get(name, ANY_PARAMETER))


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
    """The ratio of a design in doubles (to the undivided bound); None where it has none."""
    instance = build(target, design)
    if instance is None:
        return None
    measured = ratio_in_floats(target, instance)
    if measured is None or measured[1] < target.least_steps:
        return None
    return Candidate(measured[0], measured[1], design)


# --- chunks ------------------------------------------------------------------------------------


def explore(target: Target, seed: int, chunk: int) -> Found:
    """The work of one chunk."""
    return _seeds(target) if chunk == 0 else _climb(target, random.Random(f"{seed}/{chunk}"), chunk)


def seeds(target: Target) -> Iterator[Design]:
    """The extremal constructions on a coarse grid, those that are easiest to read first."""
    names = [f"c_{name}" for name in target.free]
    coordinates = [of_parameter(target, name)[1] for name in target.free]
    units = [{}] if target.covariant else [{"x": x} for x in (1.0, 1e-2, 1e2)]
    slopes = (0.0, 1.0) if target.is_smooth else (1.0, 0.1, 1e-3, 3.0)
    for shape in _shapes(target):
        for a, chosen, unit in product(slopes, product(*coordinates), units):
            yield {"a": a, **shape, **dict(zip(names, chosen, strict=True)), **unit}


def _shapes(target: Target) -> Iterator[Design]:
    """A ramp has three knots however long it is; a path has two more for every step."""
    least = target.least_steps
    valleys = [
        {"family": "wedge", "mirror": mirror, "far": far, "target": goal}
        for mirror, far, goal in product((0.0, 1.0), (0.5, 1.0, 10.0), (0.9, 0.3, 0.03))
    ]
    if target.is_convex:
        yield from valleys
        return
    longer = sorted({min(least - 1, LONGEST), 12, LONGEST})
    yield from ({"family": "path", "steps": n} for n in (0, 1, 4) if n >= least - 1)
    yield from ({"family": "ramp", "steps": max(n, least)} for n in (30, 1000))
    yield from ({"family": "path", "steps": n} for n in longer if n > 4 or n == least - 1)
    yield from valleys  # where a step that is too long goes to and fro


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
    start = best[0].design if best else {}
    names = [n for n in start if (n in RANGES and start[n] > 0) or n.startswith("c_")]
    if names:
        tried: list[Candidate] = []

        def loss(point: list[float]) -> float:
            design = {**start, **dict(zip(names, map(_exp, point), strict=True))}
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


def _exp(x: float) -> float:
    """e^x, kept far inside the doubles: an expansion of the simplex may ask for e^1000."""
    return math.exp(min(max(x, -300.0), 300.0))


def _nelder_mead(loss: object, start: list[float]) -> None:
    from scipy.optimize import minimize

    options = {"maxfev": CLIMB, "xatol": 1e-4, "fatol": 1e-9}
    minimize(loss, start, method="Nelder-Mead", options=options)


def _drawn(target: Target, draw: random.Random) -> Design:
    family = draw.choice(_choices(target))
    smooth = target.is_smooth and draw.random() < 0.7
    design: Design = {"family": family, "a": 0.0 if smooth else log_uniform(draw, *RANGES["a"])}
    if family == "random":
        design["seed"] = draw.randrange(10**9)
    else:
        design["mirror"] = 0.0 if target.needs_M else draw.choice((0.0, 0.0, 1.0))
    if family in ("wedge", "separable"):
        names = ("far", "target") if family == "wedge" else ("far", "target", "side", "tilt")
        design |= {name: log_uniform(draw, *RANGES[name]) for name in names}
    if family in ("path", "ramp"):
        design["steps"] = draw.choice((0, 1, 2, 3, 5, 8, 13, 21, 34, LONGEST))
    if family == "ramp":
        design["steps"] *= draw.choice((1, 10, 100))
    if family == "path" and draw.random() < 0.3:
        design["climb"] = log_uniform(draw, *RANGES["climb"])
    if target.needs_M and draw.random() < 0.5:
        design["M"] = log_uniform(draw, *RANGES["M"])
    if not target.covariant:
        design["x"], design["f"] = (log_uniform(draw, *RANGES[name]) for name in ("x", "f"))
    for name in target.free:
        design[f"c_{name}"] = log_uniform(draw, *of_parameter(target, name)[0])
    return design


def _choices(target: Target) -> tuple[str, ...]:
    if target.is_convex:
        return ("wedge", "wedge", "random")
    plane = Assumption.ONE_DIMENSIONAL not in target.theorem.assumptions and not target.is_smooth
    return ("path", "path", "ramp", "random", *(("separable",) if plane else ()))


def log_uniform(draw: random.Random, low: float, high: float) -> float:
    return math.exp(draw.uniform(math.log(low), math.log(high)))


def _inside(design: Design) -> Design:
    """Coordinates kept where doubles still mean something."""
    wide = {"a": (1e-6, 30.0), "climb": (1.0, 50.0), "M": (1.0, 1e6), "target": (1e-9, 1.0)}
    kept = {
        name: min(max(value, wide[name][0]), wide[name][1]) if name in wide else value
        for name, value in design.items()
    }
    return {k: min(max(v, 1e-6), 1e6) if k.startswith("c_") else v for k, v in kept.items()}
