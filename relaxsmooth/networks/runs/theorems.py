"""The theorems on what a run saw: constants from its curves, then the theorems' own steps."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.fitting import Points, points, upper_envelope
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.tensors import Vector
from relaxsmooth.networks.verification import Constants, lower_bound, verify_network

Columns = Mapping[str, NDArray[Any]]


def seen(traces: Mapping[str, Columns]) -> Points:
    """(‖∇f‖, L, r) at the probed rows of the curves: along the steps, and the Hessian's norm."""
    g, L, r, where = list[float](), list[float](), list[float](), list[str]()
    for key, trace in traces.items():
        for name, label in (("smoothness", "step"), ("hessian_upper", "Hessian")):
            if name not in trace:
                continue
            rows = np.flatnonzero(np.isfinite(trace[name]) & np.isfinite(trace["slice_norm"]))
            radius = trace["step_length"] if name == "smoothness" else np.zeros(len(trace["step"]))
            g += trace["slice_norm"][rows].tolist()
            L += trace[name][rows].tolist()
            r += radius[rows].tolist()
            where += [f"{key}, x_{int(k)}, {label}" for k in trace["step"][rows]]
    return points(g, L, r, where)


def constants_of(
    problem: NetworkProblem, start: Vector, traces: Mapping[str, Columns]
) -> Constants:
    """Constants that cover every method's full-batch curve from this start, segments included.

    M: the largest ‖∇f‖ at their iterates; Delta = f(x_0) - lowest.
    """
    found = seen(traces)
    line = upper_envelope(found)
    values = {
        # the theorems need L0 > 0; a larger one covers the points as well
        "L0": max(line.L0, float(found.L.min())),
        "L1": line.L1,
        "M": max(float(np.nanmax(finite(trace["gradient_norm"]))) for trace in traces.values()),
        "Delta": float(problem.value(start)) - lower_bound(problem),
    }
    return Constants(values, found, line.flags)


def finite(values: NDArray[Any]) -> NDArray[Any]:
    return values[np.isfinite(values)]


def row_record(
    problem: NetworkProblem, start: Vector, known: Constants, theorem: str, eps: float, most: int
) -> dict[str, Any]:
    """One theorem with its own steps from this start, at most `most` of them, as JSON."""
    there = copy.copy(problem)
    there.start = start
    (row,) = verify_network(there, known, eps, most, (theorem,))
    run = row.run
    return {
        "theorem": row.theorem,
        "verdict": row.verdict.status.name,
        "reason": row.verdict.reason,
        "bound": row.bound,
        "count": row.count,
        "loss": None if run is None else run.loss,
        "steps": None if run is None else run.steps,
        "last_norm": None if run is None else run.norms[-1],
        "parameters": dict(row.parameters),
    }


def record(known: Constants, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """As JSON."""
    return {
        "constants": dict(known.values),
        "flags": list(known.flags),
        "points": len(known.points),
        "rows": list(rows),
    }
