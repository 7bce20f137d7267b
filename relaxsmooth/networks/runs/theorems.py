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
from relaxsmooth.networks.verification import Constants, NetworkRow, lower_bound, verify_network

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


def verified(
    problem: NetworkProblem, start: Vector, traces: Mapping[str, Columns], eps: float, most: int
) -> tuple[Constants, list[NetworkRow]]:
    """Theorems 3 and 6 and the bound of normalized GD from this start, at most `most` steps each.

    The constants cover both methods' curves; M is the largest ‖∇f‖ on them.
    """
    there = copy.copy(problem)
    there.start = start
    found = seen(traces)
    line = upper_envelope(found)
    norms = np.concatenate([trace["slice_norm"] for trace in traces.values()])
    values = {
        "L0": line.L0,
        "L1": line.L1,
        "M": float(np.nanmax(norms)),
        "Delta": float(there.value(start)) - lower_bound(there),
    }
    known = Constants(values, found, line.flags)
    return known, verify_network(there, known, eps, most)


def record(known: Constants, rows: Sequence[NetworkRow]) -> dict[str, Any]:
    """As JSON."""
    return {
        "constants": dict(known.values),
        "flags": list(known.flags),
        "points": len(known.points),
        "rows": [
            {
                "theorem": row.theorem,
                "verdict": row.verdict.status.name,
                "reason": row.verdict.reason,
                "bound": row.bound,
                "count": row.count,
                "parameters": dict(row.parameters),
            }
            for row in rows
        ],
    }
