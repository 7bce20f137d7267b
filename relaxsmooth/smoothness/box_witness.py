"""Layer 3: an exact rational point where ‖∇²f‖ > L0 + L1‖∇f‖, found by floats, shown by balls.

At a rational x with a rational direction v: |v'H v| > (L0 + L1 ‖g‖) v'v, decided in balls of
doubled precision.  Floats only say where to look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import Formula, evaluate, topological
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.box_charts import Box
from relaxsmooth.smoothness.box_fields import Fields, fields, pairs
from relaxsmooth.smoothness.box_tests import eigenvectors

BITS, MOST_BITS = 128, 1024
SAMPLES, ROUNDS, KEPT = 4000, 60, 6
SCALES = tuple(2.0**k for k in range(-6, 7))
GRID = 2**24  # witnesses are rounded to short dyadic rationals first


@dataclass(frozen=True)
class Witness:
    """x with |v'H v|/v'v - L1‖g‖ >= excess (a ball); v is the direction of the curvature."""

    x: tuple[Fraction, ...]
    v: tuple[Fraction, ...]
    excess: arb


def excess_at(problem: Problem, x: Sequence[Fraction], L1: Fraction, bits: int = BITS) -> Witness:
    """A ball with a lower bound of ‖H‖ - L1‖g‖ at a rational point, by a Rayleigh quotient."""
    of = fields(problem)
    arithmetic = ball(bits)
    values = evaluate([*of.gradient, *of.upper], dict(zip(of.names, x, strict=True)), arithmetic)
    g, h = values[: of.d], values[of.d :]
    eigenvalues, vectors = eigenvectors([float(v) for v in h], of.d)
    k = max(range(of.d), key=lambda j: abs(eigenvalues[j]))
    v = tuple(Fraction(float(row[k])) for row in vectors)
    with arithmetic.active():
        direction = [arithmetic.number(c) for c in v]
        quadratic, length = arb(0), sum((c * c for c in direction), arb(0))
        for (i, j), entry in zip(pairs(of.d), h, strict=True):
            quadratic += entry * direction[i] * direction[j] * (1 if i == j else 2)
        curvature = arithmetic.apply("abs", quadratic) / length
        return Witness(tuple(x), v, curvature - arithmetic.number(L1) * arithmetic.norm(g))


def violating(
    problem: Problem, x: Sequence[Fraction], L0: Fraction, L1: Fraction
) -> Witness | None:
    """The witness at x, or None when balls do not confirm a violation there."""
    bits = BITS
    while bits <= MOST_BITS:
        found = excess_at(problem, x, L1, bits)
        if found.excess > ball(bits).number(L0):
            return found
        if found.excess < ball(bits).number(L0):
            return None
        bits *= 2
    return None


# --- looking for it, in floats ------------------------------------------------------------------


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
        return np.float64(node.data.numerator / node.data.denominator)
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
        excess[good] = curvature - float(L1) * np.linalg.norm(g[good], axis=1)
    return excess


def likely_points(
    problem: Problem, L1: Fraction, box: Box | None = None, seed: int = 1
) -> list[tuple[Fraction, ...]]:
    """Rational points where ‖H‖ - L1‖g‖ looks largest, best first (a seeded random search)."""
    import numpy as np

    of, rng = fields(problem), np.random.default_rng(seed)
    points = _spread(of.d, box, rng)
    best = points[np.argsort(-float_excess(of, L1, points))[:KEPT]]
    radius = np.full(len(best), 0.25) * (1 + np.abs(best).max(axis=1))
    for _ in range(ROUNDS):
        clouds = best[:, None, :] + radius[:, None, None] * rng.standard_normal(
            (len(best), 24, of.d)
        )
        clouds = np.concatenate([best[:, None, :], _clipped(clouds, box)], axis=1)
        values = float_excess(of, L1, clouds.reshape(-1, of.d)).reshape(len(best), -1)
        chosen = values.argmax(axis=1)
        radius *= np.where(chosen == 0, 0.6, 1.3)
        best = clouds[np.arange(len(best)), chosen]
    order = np.argsort(-float_excess(of, L1, best))
    return [_rational(best[k], box) for k in order]


def _spread(d: int, box: Box | None, rng: Any) -> Any:
    import numpy as np

    if box is not None:
        low, high = (np.array([float(side[k]) for side in box]) for k in (0, 1))
        return low + (high - low) * rng.random((SAMPLES, d))
    scales = np.array(SCALES)[rng.integers(0, len(SCALES), SAMPLES)]
    points = scales[:, None] * rng.standard_normal((SAMPLES, d))
    points[0] = 0
    axis = rng.integers(0, d, SAMPLES // 8)  # some points on the axes, where gradients often vanish
    points[np.arange(1, len(axis) + 1)] *= np.eye(d)[axis]
    return points


def _clipped(points: Any, box: Box | None) -> Any:
    import numpy as np

    if box is None:
        return points
    low, high = ([float(side[k]) for side in box] for k in (0, 1))
    return np.clip(points, low, high)


def _rational(point: Any, box: Box | None) -> tuple[Fraction, ...]:
    """Near the float point, short where possible, and inside the box."""
    x = tuple(Fraction(round(float(c) * GRID), GRID) for c in point)
    if box is None:
        return x
    return tuple(min(max(c, a), b) for c, (a, b) in zip(x, box, strict=True))
