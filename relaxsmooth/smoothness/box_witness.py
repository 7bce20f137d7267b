"""Layer 3: an exact rational point where ‖∇²f‖ > L0 + L1‖∇f‖, found by floats, shown by balls.

At a rational x with a rational direction v: |v'H v| > (L0 + L1 ‖g‖) v'v, decided in balls of
doubled precision.  Floats only say where to look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb

from relaxsmooth.arithmetic import FLOAT, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, topological
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.box_charts import Box
from relaxsmooth.smoothness.box_fields import Fields, cases_of, fields, pairs
from relaxsmooth.smoothness.box_tests import eigenvectors

BITS, MOST_BITS = 128, 1024
SAMPLES, ROUNDS, KEPT, CLOUD = 4000, 80, 10, 24
SHAPES = (1.0, 1.0, 0.1, 0.01)  # of the random steps, in each coordinate
SCALES = tuple(2.0**k for k in range(-6, 7))
BESIDE = Fraction(1, 2**20)
FARTHEST = 1e6  # |x_i| up to here is searched
GRIDS = (1, 2, 4, 10, 100, 1000, 2**16, 2**24)  # x is rounded to multiples of 1/n, short ones first


@dataclass(frozen=True)
class Witness:
    """x with |v'H v|/v'v - L1‖g‖ >= excess (a ball); v is the direction of the curvature."""

    x: tuple[Fraction, ...]
    v: tuple[Fraction, ...]
    excess: arb


def excess_at(problem: Problem, x: Sequence[Fraction], L1: Fraction, bits: int = BITS) -> Witness:
    """A ball with a lower bound of ‖H‖ - L1‖g‖ at a rational point, by a Rayleigh quotient.

    With cases, around the point: a case that holds at x alone has its own formula of f'' there.
    """
    of = fields(problem)
    arithmetic = ball(bits)
    wanted = [problem.objective, *of.gradient, *of.upper]
    radius = Fraction(1, 2 ** (bits // 2)) if cases_of(problem) else Fraction(0)
    with arithmetic.active():
        around = arithmetic.number(-radius).union(arithmetic.number(radius))
        near = [arithmetic.number(c) + around for c in x]
    f, *values = evaluate(wanted, dict(zip(of.names, near, strict=True)), arithmetic)
    g, h = values[: of.d], values[of.d :]
    if not f.is_finite():  # f is not defined at x: no witness
        return Witness(tuple(x), (), arb("nan"))
    eigenvalues, vectors = eigenvectors([float(v) for v in h], of.d)
    k = max(range(of.d), key=lambda j: abs(eigenvalues[j]))
    v = tuple(Fraction(float(vectors[j, k])) for j in range(of.d))
    with arithmetic.active():
        direction = [arithmetic.number(c) for c in v]
        quadratic, length = arb(0), sum((c * c for c in direction), arb(0))
        for (i, j), entry in zip(pairs(of.d), h, strict=True):
            quadratic += entry * direction[i] * direction[j] * (1 if i == j else 2)
        curvature = arithmetic.apply("abs", quadratic) / length
        return Witness(tuple(x), v, curvature - arithmetic.number(L1) * arithmetic.norm(g))


def shortest_violation(
    problem: Problem, x: Sequence[Fraction], L0: Fraction, L1: Fraction, box: Box | None = None
) -> Witness | None:
    """`violating` at the shortest rounding of x that violates; beside x where cases may meet."""
    tried = [[Fraction(round(c * n), n) for c in x] for n in GRIDS] + [list(x)]
    if cases_of(problem):
        tried += [[c + s * BESIDE for c in x] for s in (1, -1)]
    for near in tried:
        found = violating(problem, _inside(near, box), L0, L1)
        if found is not None:
            return found
    return None


def violating(
    problem: Problem, x: Sequence[Fraction], L0: Fraction, L1: Fraction
) -> Witness | None:
    """The witness at x, or None when balls do not confirm a violation there."""
    bits = BITS
    while bits <= MOST_BITS:
        found = excess_at(problem, x, L1, bits)
        with ball(bits).active():
            left = found.excess - ball(bits).number(L0)
        if left > 0 or left < 0:
            return found if left > 0 else None
        bits *= 2
    return None


# --- looking for it, in floats ------------------------------------------------------------------


FARTHEST_DOUBLE = 1e300


def sampled(formulas: Sequence[Formula], names: Sequence[str], points: Any) -> list[Any]:
    """The formulas at the rows of an array of points: floats, for guesses only."""
    import numpy as np

    columns = dict(zip(names, points.T, strict=True))
    done: dict[Formula, Any] = {}
    with np.errstate(all="ignore"):
        for node in topological(tuple(formulas)):
            done[node] = _array(node, [done[arg] for arg in node.args], columns)
    return [np.broadcast_to(done[f], points.shape[:1]) for f in formulas]


def _array(node: Formula, args: list[Any], columns: dict[str, Any]) -> Any:
    import numpy as np

    if node.op == "number":
        return np.float64(FLOAT.number(node.data))
    if node.op == "symbol":
        return columns[node.data]
    if node.op == "pow":
        return args[0] ** (int(node.data) if node.data.denominator == 1 else float(node.data))
    if node.op == "piecewise":
        value = args[-1]
        for i in reversed(range(len(node.data))):
            a, b, branch = args[3 * i : 3 * i + 3]
            value = np.where(a < b if node.data[i] == "<" else a <= b, branch, value)
        return value
    many = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}
    if node.op in many:
        value = args[0]
        for other in args[1:]:
            value = many[node.op](value, other)
        return value
    return getattr(np, node.op)(args[0])


def float_excess(of: Fields, L1: Fraction, points: Any) -> Any:
    """‖H‖ - L1‖g‖ at each row, -inf where it has no value."""
    import numpy as np

    values = sampled([*of.gradient, *of.upper], of.names, points)
    g, h = np.stack(values[: of.d], axis=1), values[of.d :]
    H = np.empty((len(points), of.d, of.d))
    for (i, j), column in zip(pairs(of.d), h, strict=True):
        H[:, i, j] = H[:, j, i] = column
    good = np.isfinite(H).all(axis=(1, 2)) & np.isfinite(g).all(axis=1)
    excess = np.full(len(points), -math.inf)
    if good.any():
        curvature = np.abs(np.linalg.eigvalsh(H[good])).max(axis=1)
        with np.errstate(all="ignore"):
            excess[good] = curvature - FLOAT.number(L1) * np.sqrt((g[good] ** 2).sum(axis=1))
    return np.where(np.isnan(excess), -math.inf, excess)


def likely_points(
    problem: Problem,
    L1: Fraction,
    box: Box | None = None,
    near: Sequence[Fraction] | None = None,
    seed: int = 1,
) -> list[tuple[Fraction, ...]]:
    """Rational points where ‖H‖ - L1‖g‖ looks largest, best first (a seeded random search).

    near: search around this point alone.
    """
    return list(_likely(fields(problem), L1, box, None if near is None else tuple(near), seed))


@lru_cache(maxsize=64)
def _likely(
    of: Fields, L1: Fraction, box: Box | None, near: tuple[Fraction, ...] | None, seed: int
) -> tuple[tuple[Fraction, ...], ...]:
    import numpy as np

    rng = np.random.default_rng(seed)
    if near is None:
        points = _spread(of.d, box, rng)
        best = points[np.argsort(-float_excess(of, L1, points))[:KEPT]]
    else:
        best = np.array([[float(c) for c in near]])
    radius = np.full(len(best), 0.25 if near is None else 0.01)
    for _ in range(ROUNDS):
        steps = rng.standard_normal((len(best), CLOUD, of.d)) * rng.choice(SHAPES, (CLOUD, of.d))
        steps *= radius[:, None, None] * (0.01 + np.abs(best))[:, None, :]
        clouds = np.concatenate([best[:, None, :], _clipped(best[:, None, :] + steps, box)], axis=1)
        values = float_excess(of, L1, clouds.reshape(-1, of.d)).reshape(len(best), -1)
        chosen = values.argmax(axis=1)
        radius *= np.where(chosen == 0, 0.6, 1.3)
        best = clouds[np.arange(len(best)), chosen]
    order = np.argsort(-float_excess(of, L1, best))
    return tuple(_rational(best[k], box) for k in order)


def nearest_guess(
    problem: Problem, L0: Fraction, L1: Fraction, box: Box | None = None, seed: int = 1
) -> tuple[Fraction, ...] | None:
    """The sampled point nearest to 0 where floats see a violation, if any."""
    import numpy as np

    of = fields(problem)
    points = _spread(of.d, box, np.random.default_rng(seed))
    violating_points = points[float_excess(of, L1, points) > 1.000001 * FLOAT.number(L0)]
    if not len(violating_points):
        return None
    return _rational(min(violating_points, key=lambda x: float((x**2).sum())), box)


def _spread(d: int, box: Box | None, rng: Any) -> Any:
    """Points of a box, or of R^d at many scales: the same in all coordinates, or each its own."""
    import numpy as np

    if box is not None:
        low, high = (np.array([_double(side[k]) for side in box]) for k in (0, 1))
        return low + (high - low) * rng.random((SAMPLES, d))
    scales = np.array(SCALES)[rng.integers(0, len(SCALES), (SAMPLES, d))]
    scales[: SAMPLES // 2] = scales[: SAMPLES // 2, :1]
    points = scales * rng.standard_normal((SAMPLES, d))
    points[0] = 0
    axis = rng.integers(0, d, SAMPLES // 8)  # some points on the axes, where gradients often vanish
    points[np.arange(1, len(axis) + 1)] *= np.eye(d)[axis]
    return points


def _double(end: Fraction) -> float:
    """Guesses stay inside the doubles."""
    return min(max(FLOAT.number(end), -FARTHEST_DOUBLE), FARTHEST_DOUBLE)


def _clipped(points: Any, box: Box | None) -> Any:
    import numpy as np

    if box is None:
        return np.clip(points, -FARTHEST, FARTHEST)
    low, high = ([_double(side[k]) for side in box] for k in (0, 1))
    return np.clip(points, low, high)


def _rational(point: Any, box: Box | None) -> tuple[Fraction, ...]:
    """Near the float point, and inside the box."""
    return _inside([Fraction(round(float(c) * GRIDS[-1]), GRIDS[-1]) for c in point], box)


def _inside(x: Sequence[Fraction], box: Box | None) -> tuple[Fraction, ...]:
    if box is None:
        return tuple(x)
    return tuple(min(max(c, a), b) for c, (a, b) in zip(x, box, strict=True))
