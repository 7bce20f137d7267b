"""Edge: the same check on real networks and real data, with torch (the extra `torch`).

    problem       NetworkProblem(module, loss, batches): min f(x), x one flat Vector
    tensors       TORCH, Vector: the core's `rule.step(problem, [x], state, TORCH)` runs on them
    optimizers    ClippedGD, NormalizedGD: torch.optim.Optimizers by the rules' own formulas
    curvature     Curvature(problem, x).product(v): H v on a graph that is built once
    spectrum      spectral_norm(problem, x), layer_norms(problem, x): both ends, interval, cost
    secant        secant_smoothness along a step (clean and as published), radius_smoothness
    fitting       (L0, L1) from points: envelope, quantile, least squares, exponent (no torch)
    descent       descend(problem, rule, parameters, eps, most): counts; Collector: points on a path
    tuning        tune(problems, rule, grids, eps, most): step grids with interior optima
    verification  the theorems with constants fitted on a declared set of points
    models        lstm, resnet20, transformer, mlp, deep_linear, with presets
    data          data sets that a package ships or the user has (no torch)

Only this folder imports torch, and only when one of the names below is used; without torch each
of them says how to install it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "TORCH": "tensors",
    "Vector": "tensors",
    "ClippedGD": "optimizers",
    "NormalizedGD": "optimizers",
    "NetworkProblem": "problem",
    "Curvature": "curvature",
    "SpectralNorm": "spectrum",
    "layer_norms": "spectrum",
    "norm_of": "spectrum",
    "spectral_norm": "spectrum",
    "Secant": "secant",
    "Collector": "descent",
    "descend": "descent",
    "tune": "tuning",
    "constants": "verification",
    "verify_network": "verification",
    "build": "models",
    "scaled": "models",
    "gradient_norms": "secant",
    "published_smoothness": "secant",
    "radius_smoothness": "secant",
    "secant_smoothness": "secant",
}

__all__ = [*sorted(_WHERE)]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'relaxsmooth.networks' has no attribute {name!r}")
    value = getattr(import_module(f"relaxsmooth.networks.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
