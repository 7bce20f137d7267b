"""Smoothness measured by gradient differences, the paper's Appendix H and its controls.

    L(x, d) = max over points a of ‖∇f(x + a d) - ∇f(x)‖/(a ‖d‖)       along the step d,
    L_r(x)  = ‖∇f(x + r u) - ∇f(x)‖/r                                    at a fixed radius r.

`clean`: one fixed slice and chunks, the same mean for both gradients, a in {1/6, ..., 5/6}.
`as published` (the authors' program): the midpoint (or i/(n + 1)), L from the *sum* over the
chunks but ‖∇f‖ from their mean, chunk lengths drawn again between the two gradients.
Along its own step, gradient descent at the edge of stability has L about 2/(effective step)
whatever the function: the radii, and the Hessian norm, are the controls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from relaxsmooth.networks.backend import Tensor, to_float, torch
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.spectrum import uniform_direction
from relaxsmooth.networks.tensors import TORCH, Vector

CLEAN_POINTS = (1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6)
MIDPOINT = (0.5,)


@dataclass(frozen=True)
class Secant:
    """L, ‖∇f(x)‖, the distance probed, and below what L is rounding: `floor`."""

    smoothness: float
    gradient_norm: float
    distance: float
    floor: float
    each: tuple[float, ...] = ()

    @property
    def is_rounding(self) -> bool:
        """Whether the difference of the gradients is lost in their rounding."""
        return not self.smoothness > self.floor  # a step of length 0 gives nan


def secant_smoothness(
    problem: NetworkProblem,
    x: Vector,
    step: Vector,
    points: Sequence[float] = CLEAN_POINTS,
    gradient: Vector | None = None,
) -> Secant:
    """L(x, step) by the clean protocol; `gradient` is ∇f(x) where it is known already."""
    _check_points(points)
    here = problem.gradient(x) if gradient is None else gradient
    length = TORCH.norm([step])
    found = [_quotient(problem, x, x + a * step, here) for a in points]
    return _secant(found, here, length, min(points), problem)


def published_smoothness(
    draw: Callable[[], NetworkProblem], x: Vector, step: Vector, points: Sequence[float] = MIDPOINT
) -> Secant:
    """L(x, step) as published; `draw()` is the slice cut into chunks of freshly drawn lengths.

    The batches of each drawn problem are its chunks, with weight 1 each (f is their sum).
    """
    _check_points(points)
    first = draw()
    if set(first.weights) != {1.0}:
        raise NetworkError(
            f"{first.key}: the published L sums over its {len(first.batches)} chunks; "
            "give each the weight 1"
        )
    here = first.gradient(x)
    length = TORCH.norm([step])
    found = [_quotient(draw(), x, x + a * step, here) for a in points]
    mean = (1 / len(first.batches)) * here
    return _secant(found, mean, length, min(points), first)


def radius_smoothness(
    problem: NetworkProblem,
    x: Vector,
    radii: Sequence[float],
    *,
    directions: int = 1,
    seed: int = 0,
    gradient: Vector | None = None,
) -> dict[float, Secant]:
    """L_r(x) for each radius: the largest over -∇f and `directions` random unit directions."""
    if not radii or min(radii) <= 0:
        raise NetworkError(f"radii = {list(radii)} must be positive; try 1e-3, 1e-2, 1e-1")
    here = problem.gradient(x) if gradient is None else gradient
    rays = [-_unit(here)]
    for i in range(directions):
        rays.append(_unit(Vector(uniform_direction(problem, seed + i).data.to(problem.dtype))))
    result = {}
    for r in radii:
        found = [_quotient(problem, x, x + r * u, here) for u in rays]
        result[r] = _secant(found, here, r, 1.0, problem)
    return result


def gradient_norms(problem: NetworkProblem, gradient: Vector) -> dict[str, float]:
    """‖∇f‖ of each parameter."""
    parts = problem.split(gradient)
    return {name: to_float(TORCH.norm([part.reshape(-1)])) for name, part in parts.items()}


def _unit(v: Vector) -> Vector:
    norm = TORCH.norm([v])
    return v / torch.where(norm == 0, torch.ones_like(norm), norm)


def _quotient(problem: NetworkProblem, x: Vector, y: Vector, here: Vector) -> float:
    """‖∇f(y) - ∇f(x)‖/‖y - x‖ for y as it is rounded."""
    return to_float(TORCH.norm([problem.gradient(y) - here]) / TORCH.norm([y - x]))


def rounding_floor(problem: NetworkProblem, g: float, distance: float) -> float:
    """Below this a quotient of gradients of norm g may be their rounding."""
    return 4 * float(torch.finfo(problem.dtype).eps) * g / distance if distance > 0 else math.inf


def _secant(
    found: Sequence[float], here: Vector, length: Tensor | float, least: float, p: NetworkProblem
) -> Secant:
    g, distance = to_float(TORCH.norm([here])), to_float(length)
    floor = rounding_floor(p, g, least * distance)
    return Secant(max(found), g, distance, floor, tuple(found))


def _check_points(points: Sequence[float]) -> None:
    if not points or not all(0 < a <= 1 for a in points):
        raise NetworkError(f"points = {list(points)} must lie in (0, 1]; try 1/6, ..., 5/6")
