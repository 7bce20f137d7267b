"""Runs of a rule on a network: counts to eps, the loss at the hit, and what a probe saw.

T_eps = the first k >= 0 with ‖∇f(x_k)‖ <= eps,      full-batch, one gradient a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from relaxsmooth.networks.backend import is_meta, to_float
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.fitting import Points, points
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.secant import CLEAN_POINTS, rounding_floor
from relaxsmooth.networks.spectrum import spectral_norm
from relaxsmooth.networks.tensors import TORCH, Vector
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule

Probe = Callable[[int, Vector, Vector, Vector], None]


@dataclass(frozen=True)
class Run:
    """rule and parameters; count: T_eps, None if not reached; loss: f at the hit (or last).

    steps: taken; diverged: a value was not finite; norms, losses: at x_0, x_1, ...
    """

    rule: str
    parameters: dict[str, float]
    count: int | None
    loss: float
    steps: int
    diverged: bool = False
    norms: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()

    @property
    def is_lost_in_rounding(self) -> bool:
        """Whether the last step changed neither f nor ‖∇f‖: x has not moved."""
        still = self.norms[-2:], self.losses[-2:]
        return all(len(pair) == 2 and pair[0] == pair[1] for pair in still)


class _Remembering:
    """The problem, with value and gradient of the latest point kept: one gradient a step."""

    def __init__(self, problem: NetworkProblem) -> None:
        self.problem, self.key, self.lowest = problem, problem.key, problem.lowest
        self._at: Any = None
        self._found: Any = None

    def both(self, x: Vector) -> tuple[Any, Vector]:
        if self._at is not x:
            self._at, self._found = x, self.problem.value_and_gradient(x)
        found: tuple[Any, Vector] = self._found
        return found

    def value(self, x: Any, arithmetic: object = None) -> Any:
        return self.both(x[0])[0] if x[0] is self._at else self.problem.value(x)

    def is_outside(self, x: Any, arithmetic: object = None) -> bool:
        """A network has a value everywhere."""
        return False

    def slope(self, x: Any, arithmetic: object = None) -> list[Vector]:
        return [self.both(x[0])[1]]


def bound_rule(key: str, **parameters: float) -> UpdateRule:
    """The rule at these parameters, each float taken exactly."""
    return rule(key).with_parameters(**{n: Fraction(v) for n, v in parameters.items()})


def descend(
    problem: NetworkProblem,
    key: str,
    parameters: dict[str, float],
    epsilon: float,
    most: int,
    *,
    probe: Probe | None = None,
    start: Vector | None = None,
) -> Run:
    """x_{k+1} = x_k - s(g_k) ∇f(x_k) until ‖∇f‖ <= epsilon, `most` steps or divergence.

    probe(k, x_k, x_{k+1}, ∇f(x_k)) is called after each step.
    """
    bound, known = bound_rule(key, **parameters), _Remembering(problem)
    point = [problem.start if start is None else start]
    target: Any = known  # the core's rules ask for slope, value, key and lowest only
    state = bound.initial(target, point, TORCH)
    blind = is_meta(point[0].data)  # no numbers: all steps are taken, none arrives
    norms: list[float] = []
    losses: list[float] = []
    for k in range(most + 1):
        value, gradient = known.both(point[0])
        g, loss = to_float(TORCH.norm([gradient])), to_float(value)
        norms.append(g)
        losses.append(loss)
        broken = not (blind or (math.isfinite(g) and math.isfinite(loss)))
        if broken or g <= epsilon or k == most:
            count = k if g <= epsilon and not broken else None
            return Run(key, parameters, count, loss, k, broken, tuple(norms), tuple(losses))
        after, state = bound.step(target, point, state, TORCH)
        if probe is not None:
            probe(k, point[0], after[0], gradient)
        point = after
    raise AssertionError("unreachable: the last k returns")


@dataclass
class Collector:
    """A probe: (‖∇f‖, L, r) at points of the segments x_k..x_{k+1}, and Hessian norms at x_k.

    every: probe each so many steps (0: never); hessian: the same for Hessian norms, whose
    probabilistic upper ends are kept, so that the constants cover them.
    """

    problem: NetworkProblem
    label: str = ""
    every: int = 1
    hessian: int = 0
    at: Sequence[float] = CLEAN_POINTS
    level: float = 0.999
    found: list[tuple[float, float, float, str]] = field(default_factory=list)
    largest: float = 0.0

    def __call__(self, k: int, x: Vector, y: Vector, gradient: Vector) -> None:
        g = to_float(TORCH.norm([gradient]))
        self.largest = max(self.largest, g)
        if self.every and k % self.every == 0:
            self._segment(k, x, y - x, gradient, g)
        if self.hessian and k % self.hessian == 0:
            norm = spectral_norm(self.problem, x, level=self.level)
            self._keep(g, norm.upper, 0.0, f"{self.label} x_{k}, Hessian")

    def _segment(self, k: int, x: Vector, step: Vector, gradient: Vector, g: float) -> None:
        if to_float(TORCH.norm([step])) == 0:
            return
        for a in self.at:
            place = x + a * step
            r = to_float(TORCH.norm([place - x]))  # not a ‖step‖: x + a step is rounded
            there = self.problem.gradient(place)
            norm = to_float(TORCH.norm([there]))
            self.largest = max(self.largest, norm)
            L = to_float(TORCH.norm([there - gradient])) / r if r > 0 else math.nan
            if rounding_floor(self.problem, max(g, norm), r) < L:
                self._keep(g, L, r, f"{self.label} x_{k} + {a:.3g} step")

    def _keep(self, g: float, L: float, r: float, where: str) -> None:
        if math.isfinite(g) and math.isfinite(L):
            self.found.append((g, L, r, where))

    def points(self) -> Points:
        """What was seen so far."""
        if not self.found:
            raise NetworkError(
                f"the probe {self.label!r} saw no point with numbers; give it a run that moves"
            )
        g, L, r, where = zip(*self.found, strict=True)
        return points(g, L, r, where)


def joined(*parts: Points) -> Points:
    """One set of points from several."""
    import numpy as np

    def together(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    where = tuple(name for part in parts for name in part.where)
    return Points(together("g"), together("L"), together("r"), where)
