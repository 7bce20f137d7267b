"""The theorems on what a run saw: constants from its curves, then the theorems' own steps.

The declared points are those of every full-batch curve from the start: along the steps, at the
fixed radii, the Hessian's norm; then those of the theorem's own runs, see verification.py.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.descent import Run
from relaxsmooth.networks.fitting import Points, allowed, points, upper_envelope
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.runs.store import Store
from relaxsmooth.networks.runs.trial import Point, Row, Trial, as_run, run_trial
from relaxsmooth.networks.secant import secant_smoothness
from relaxsmooth.networks.tensors import Vector
from relaxsmooth.networks.verification import (
    Asked,
    Constants,
    NetworkRow,
    lower_bound,
    verify_network,
)

Columns = Mapping[str, NDArray[Any]]
ROUNDS = 6  # runs of a theorem until its constants hold on its own path
MARGIN = 1.25  # L0, L1 and M above what the points ask for
EVERY = 10  # steps between two probes of a theorem's run
PLACES = {"smoothness_half": 0.5, "smoothness_whole": 1.0}  # of a step


def seen(traces: Mapping[str, Columns]) -> Points:
    """(‖∇f‖, L, r) at the probed rows of the curves, with the name of each."""
    g, L, r, where = list[float](), list[float](), list[float](), list[str]()
    for key, trace in traces.items():
        for name, radius, label in probed_columns(trace):
            rows = np.flatnonzero(np.isfinite(trace[name]) & np.isfinite(trace["slice_norm"]))
            g += trace["slice_norm"][rows].tolist()
            L += trace[name][rows].tolist()
            r += radius[rows].tolist()
            where += [f"{key}, x_{int(k)}, {label}" for k in trace["step"][rows]]
    return points(g, L, r, where)


def probed_columns(trace: Columns) -> Iterator[tuple[str, NDArray[Any], str]]:
    """(column, its distances, what it is)."""
    one = np.ones(len(trace["step"]))
    for name in trace:
        end = name.removeprefix("smoothness_")
        if name == "smoothness":
            yield name, trace["step_length"], "step"
        elif name == "hessian_lower":  # a certified lower end, near the norm where it converged
            yield name, 0 * one, "Hessian"
        elif end != name and end != "published":
            yield name, float(end) * one, f"radius {end}"


def constants_of(
    problem: NetworkProblem, start: Vector, traces: Mapping[str, Columns]
) -> Constants:
    """Constants that cover every method's full-batch curve from this start, segments included.

    M: the largest ‖∇f‖ at their iterates; Delta = f(x_0) - lowest.
    """
    found = seen(traces)
    line = upper_envelope(found)
    values = {
        "L0": line.L0,
        "L1": line.L1,
        "M": max(float(np.nanmax(finite(trace["gradient_norm"]))) for trace in traces.values()),
        "Delta": float(problem.value(start)) - lower_bound(problem),
    }
    return Constants(values, found, line.flags)


def finite(values: NDArray[Any]) -> NDArray[Any]:
    return values[np.isfinite(values)]


# --- the theorems' own runs ----------------------------------------------------------------------


def row_record(
    problem: NetworkProblem, start: Vector, known: Constants, theorem: str, eps: float, most: int,
    store: Store, name: str, **options: Any,
) -> dict[str, Any]:  # fmt: skip
    """One theorem with its own steps from this start, as JSON; its runs are kept as traces.

    most: steps of a run; name: of the traces; options: of run_trial.
    """
    there = copy.copy(problem)
    there.start = start

    def observe(asked: Asked) -> tuple[Run, Points | None]:
        return kept(there, asked, store, name, **options)

    (row,) = verify_network(
        there, known, eps, most, (theorem,), rounds=ROUNDS, margin=MARGIN, fit=True, observe=observe
    )
    return as_json(row)


def kept(
    problem: NetworkProblem, asked: Asked, store: Store, name: str, **options: Any
) -> tuple[Run, Points | None]:
    """One run of a theorem, resumed from its checkpoint; it ends where it breaks (L0, L1)."""
    values = asked.values

    def along(point: Point, following: Vector) -> Row:
        step = following - point.x
        found = secant_smoothness(
            problem, point.x, step, tuple(PLACES.values()), gradient=point.gradient
        )
        known = dict(zip(PLACES, found.each, strict=True))
        return {**known, "step_length": found.distance} if not found.is_rounding else {}

    def breaks(row: Row) -> bool:
        p = points_of({column: np.array([value]) for column, value in row.items()}, name)
        return p is not None and bool((allowed(values["L0"], values["L1"], p) < p.L).any())

    steps = repr((sorted(asked.parameters.items()), asked.eps)).encode()
    mark = hashlib.sha256(steps).hexdigest()[:8]  # theorem 6's h depends on M as well
    key = f"{name}-L0_{values['L0']:.9g}-L1_{values['L1']:.9g}-k{asked.most}-{mark}"
    trial = Trial(key, asked.rule, asked.parameters, asked.most, asked.eps, EVERY)
    trace = run_trial(
        problem, problem.start, trial, store, probe=along, breaks=breaks, **options
    )  # fmt: skip
    return as_run(trial, trace), points_of(trace, key)


def points_of(trace: Columns, key: str) -> Points | None:
    """(‖∇f(x_k)‖, L, r) on the segments of a theorem's run."""
    found = []
    for name, place in PLACES.items():
        if name in trace:
            rows = np.flatnonzero(np.isfinite(trace[name]) & np.isfinite(trace["gradient_norm"]))
            where = [f"{key}, x_{int(k)} + {place:g} step" for k in trace["step"][rows]]
            r = place * trace["step_length"][rows]
            found.append((trace["gradient_norm"][rows], trace[name][rows], r, where))
    if not sum(len(g) for g, *_ in found):
        return None
    g, L, r = (np.concatenate(column) for column in list(zip(*found, strict=True))[:3])
    return points(g, L, r, [where for *_, some in found for where in some])


# --- as JSON -------------------------------------------------------------------------------------


def as_json(row: NetworkRow) -> dict[str, Any]:
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
        "constants": dict(row.values),
        "rounds": row.rounds,
    }


def record(known: Constants, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "constants": dict(known.values),
        "flags": list(known.flags),
        "points": len(known.points),
        "rows": list(rows),
    }
