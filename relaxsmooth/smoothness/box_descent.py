"""Layer 3: where a minimiser of f probably is, in floats: a guess that others certify."""

from __future__ import annotations

from typing import Any

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.box_fields import Fields, fields, pairs
from relaxsmooth.smoothness.box_witness import sampled

STARTS, STEPS, KEPT = 60, 80, 4


def float_minimisers(problem: Problem, seed: int = 1) -> list[tuple[float, ...]]:
    """End points of damped Newton descents from x_0 and from random points, lowest first."""
    import numpy as np

    of, rng = fields(problem), np.random.default_rng(seed)
    start = np.array([evaluate(c, {}, FLOAT) for c in problem.start])
    scales = 2.0 ** rng.integers(-2, 5, (STARTS, 1))
    points = np.concatenate([start[None, :], scales * rng.standard_normal((STARTS, of.d))])
    values = _values(problem, points)
    damping = np.full(len(points), 1e-3)
    for _ in range(STEPS):
        trial = points - _steps(of, points, damping)
        new = _values(problem, trial)
        better = new <= values
        points = np.where(better[:, None], trial, points)
        values = np.where(better, new, values)
        damping = np.clip(damping * np.where(better, 0.25, 8.0), 1e-12, 1e12)
    order = np.argsort(np.where(np.isfinite(values), values, np.inf), kind="stable")
    return [tuple(map(float, points[k])) for k in order[:KEPT]]


def _values(problem: Problem, points: Any) -> Any:
    import numpy as np

    (f,) = sampled([problem.objective], problem.variables, points)
    return np.where(np.isnan(f), np.inf, f)


def _steps(of: Fields, points: Any, damping: Any) -> Any:
    """(|H| + damping)^-1 ∇f, with |H| the matrix of absolute eigenvalues; 0 where undefined."""
    import numpy as np

    columns = sampled([*of.gradient, *of.upper], of.names, points)
    g = np.stack(columns[: of.d], axis=1)
    H = np.zeros((len(points), of.d, of.d))
    for (i, j), column in zip(pairs(of.d), columns[of.d :], strict=True):
        H[:, i, j] = H[:, j, i] = column
    good = np.isfinite(g).all(axis=1) & np.isfinite(H).all(axis=(1, 2))
    H[~good], g = np.eye(of.d), np.where(good[:, None], g, 0.0)
    values, vectors = np.linalg.eigh(H)
    coefficients = np.einsum("nij,ni->nj", vectors, g) / (np.abs(values) + damping[:, None])
    return np.einsum("nij,nj->ni", vectors, coefficients)
