"""Layer 6: paths that turn, by global optimisation in floats.

Maximise min_k |u_k| over members with f(x_0) - f* <= Delta.  Starts: the path that never turns,
cycles u, -u, u, ..., paths along one straight u (both sides of one valley), and what differential
evolution finds for few steps; each is polished by Nelder and Mead.  Only proposals come out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from relaxsmooth.worstcase.floats import Floats
from relaxsmooth.worstcase.question import Question

FEW = 5  # steps, up to which differential evolution runs
GRID = 400
MOST_TURNS = 12  # steps around the last valley
FARTHEST = 1e3  # first levels of a straight u, in units of the last one
MOST_GROWN = 6  # families that are refined
LARGEST = 700.0  # L1 |u|, so that e^(L1 |u|) is a double


def proposals(
    question: Question, steps: int, seed: int, budget: int, tell: Callable[[str], None]
) -> list[list[float]]:
    """Paths u_0, ..., u_N, best first; budget: evaluations of the depth for the global search."""
    real = Floats(question)
    found = [*_families(real, steps)]
    if steps <= FEW and budget > 0:
        found += _global(real, steps, seed, budget, tell)
    ranked = sorted(found, key=lambda us: -_merit(real, us))[:6]
    tell(f"polishing {len(ranked)} paths")
    if steps <= 12 and budget > 0:
        ranked += [_polished(real, us, budget // 10) for us in ranked[:3]]
    kept = [us for us in ranked if us[0] > 0]
    return sorted(kept, key=lambda us: -_merit(real, us))


def _merit(real: Floats, us: Sequence[float]) -> float:
    """min |u_k|, less what the path overdraws: its depth beyond Delta, its slopes beyond 1."""
    try:
        if not all(map(math.isfinite, real.places([*us, us[-1]]))):
            return -math.inf  # the rule has no step there
        depth, bad = real.depth(us)
    except (OverflowError, ValueError, StopIteration):
        return -math.inf
    if real.L1 * max(map(abs, us)) > LARGEST:
        return -math.inf
    Delta = float(real.question.Delta)
    over = max(0.0, depth / Delta - 1)
    scale = real.u(float(real.question.cap))
    return min(map(abs, us)) - scale * 10 * over - 10 * bad


def _families(real: Floats, steps: int) -> Iterator[list[float]]:
    top = real.u(float(real.question.cap)) * (1 - 1e-12)
    best: dict[str, tuple[float, list[float]]] = {}
    for i in range(1, GRID + 1):
        a = top * i / GRID
        for name, us in (
            ("stay", [a] * (steps + 1)),
            ("cycle", [a * (-1) ** k for k in range(steps + 1)]),
            ("straight", _straight(real, a, steps)),
        ):
            merit = _merit(real, us)
            if name not in best or merit > best[name][0]:
                best[name] = merit, us
    stay = best["stay"][1][0]
    for j in range(1, min(steps, MOST_TURNS)):
        paths = [_turning_last(real, stay * (0.8 + i / 60), steps, j) for i in range(36)]
        us = max(paths, key=lambda path: _merit(real, path))
        best[f"turn {j}"] = _merit(real, us), us
    ranked = sorted(best.items(), key=lambda item: -item[1][0])
    for name, (merit, us) in ranked[:MOST_GROWN]:
        if merit > 0:
            yield _grown(real, us, name)


def _straight(real: Floats, a: float, steps: int) -> list[float]:
    """u_k along u(x) = a + x: both sides of one valley; a cycle from where |u| would grow."""
    us = [a]
    for _ in range(steps):
        u = us[-1]
        over = real.length(abs(u)) - abs(u)  # the step ends at level `over` on the other side
        us.append(-min(over, abs(u)) * math.copysign(1, u) if u else 0.0)
    return us


def _turning_last(real: Floats, a: float, steps: int, j: int) -> list[float]:
    """u = a, ..., a, then b, -(l(b) - b), ...: j steps along a straight u that ends at level a."""
    from scipy.optimize import brentq

    def over(b: float) -> float:
        return abs(_straight(real, b, j)[-1]) - a

    low, high = a, FARTHEST * a
    b = high
    with suppress(ValueError, RuntimeError):  # where the step has no value in between
        b = brentq(over, low, high, rtol=1e-15) if over(low) < 0 < over(high) else high
    return [a] * (steps - j) + _straight(real, b, j)


def _grown(real: Floats, us: list[float], name: str) -> list[float]:
    """A better member of the same family near the best grid point: scaled along one number."""
    width = 1 / 30 if name.startswith("turn") else 2 / GRID
    low, high = us[0] * (1 - width), us[0] * (1 + width)
    steps = len(us) - 1

    def member(a: float) -> list[float]:
        if name == "straight":
            return _straight(real, a, steps)
        if name.startswith("turn"):
            return _turning_last(real, a, steps, int(name.split()[1]))
        return [math.copysign(a, u) for u in us]

    for _ in range(60):  # golden section on the merit
        a, b = low + 0.382 * (high - low), low + 0.618 * (high - low)
        if _merit(real, member(a)) < _merit(real, member(b)):
            low = a
        else:
            high = b
    return max((us, member(low), member(high)), key=lambda path: _merit(real, path))


def _global(
    real: Floats, steps: int, seed: int, budget: int, tell: Callable[[str], None]
) -> list[list[float]]:
    from scipy.optimize import differential_evolution

    top = real.u(float(real.question.cap))
    bounds = [(0.0, top), *[(-top, top)] * steps]
    rounds = max(1, budget // (15 * len(bounds)))

    def say(x: Any, convergence: float) -> None:
        tell(f"differential evolution, min |u| = {min(map(abs, x)):.6g}")

    found = differential_evolution(
        lambda x: -max(_merit(real, list(x)), -1e6), bounds, maxiter=rounds, popsize=15, tol=1e-10,
        rng=seed, polish=False, callback=say,
    )  # fmt: skip
    return [_polished(real, list(found.x), budget // 5)]


def _polished(real: Floats, us: list[float], budget: int) -> list[float]:
    from scipy.optimize import minimize

    found = minimize(
        lambda x: -max(_merit(real, list(x)), -1e6), us, method="Nelder-Mead",
        options={"maxfev": max(budget, 50), "xatol": 1e-13, "fatol": 1e-13, "adaptive": True},
    )  # fmt: skip
    better = list(map(float, found.x))
    return better if _merit(real, better) > _merit(real, us) else us
