"""One run of one rule on a network: x_{k+1} = x_k - s(‖∇f(x_k)‖) ∇f(x_k), until ‖∇f‖ <= eps.

The core's own rule takes the steps.  The trace has one row a point x_k: `step`, `loss`,
`gradient_norm` (before the step), and columns of the probes, nan where none was taken.  A
checkpoint holds the point and the trace so far, so that a killed trial goes on where it was:
what a row contains does not depend on when checkpoints were written.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.backend import torch
from relaxsmooth.networks.descent import Run, bound_rule
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.runs.store import Store
from relaxsmooth.networks.tensors import TORCH, Vector

EVERY = 10.0  # seconds between two checkpoints
BLOWN_UP = 1e6  # a gradient norm that many times the first one ends a trial
Probe = Callable[["Point", Vector], Mapping[str, float]]  # (at x_k, x_{k+1}) -> columns
Watch = Callable[["Point"], Mapping[str, float]]
HIT, CAPPED, DIVERGED, BROKEN = "hit", "capped", "diverged", "broken"
Row = dict[str, float]


@dataclass(frozen=True)
class Trial:
    """What is run: rule with exact parameters, at most `steps` steps, stop at eps (0: never).

    below: a point with ‖∇f‖ <= eps ends the trial only where f is at most this, so that the
    plateau on which training starts is no hit.  every: rows between two probes.  key: name of
    its trace.
    """

    key: str
    rule: str
    parameters: Mapping[str, float]
    steps: int
    eps: float = 0.0
    every: int = 0
    below: float = math.inf


@dataclass(frozen=True)
class Point:
    """f and ∇f at x, computed once; it stands for the problem in the core's rules."""

    problem: NetworkProblem
    x: Vector
    k: int
    loss: float
    gradient: Vector

    lowest = None
    key = "a network at one point"

    def slope(self, x: Any, arithmetic: object) -> list[Vector]:
        return [self.gradient]

    @property
    def norm(self) -> float:
        return float(TORCH.norm([self.gradient]))


@dataclass
class Trace:
    """The rows so far, one list a column."""

    columns: dict[str, list[float]] = field(default_factory=dict)
    rows: int = 0

    def add(self, values: Mapping[str, float]) -> None:
        for name in {**self.columns, **values}:
            column = self.columns.setdefault(name, [math.nan] * self.rows)
            column.append(float(values.get(name, math.nan)))
        self.rows += 1

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        return {name: np.array(column, np.float64) for name, column in self.columns.items()}


def run_trial(
    problem: NetworkProblem,
    start: Vector,
    trial: Trial,
    store: Store,
    *,
    probe: Probe | None = None,
    watch: Watch | None = None,
    tell: Callable[[str], None] | None = None,
    stream: Callable[[int], Any] | None = None,
    breaks: Callable[[Row], bool] | None = None,
    every: float = EVERY,
) -> dict[str, NDArray[Any]]:
    """The trace of the trial, from the store where it is finished, else run to its end.

    stream(k): the minibatch of step k, for the stochastic protocol; then `loss` and
    `gradient_norm` are those of the minibatch.  breaks(row): whether the trial ends with this row.
    """
    done = store.trace(trial.key)
    if done is not None:
        return done
    x, trace = _resumed(store, trial, start)
    written, told = time.monotonic(), 0.0
    bound = bound_rule(trial.rule, **trial.parameters)
    while True:
        k = trace.rows
        point = evaluated(on_batch(problem, stream(k)) if stream else problem, x, k)
        row: Row = {"step": point.k, "loss": point.loss, "gradient_norm": point.norm}
        end = _end(trial, trace, row)
        following = x if end else Vector(bound.step(point, [x], None, TORCH)[0][0].data)  # type: ignore[arg-type]
        if trial.every and point.k % trial.every == 0:
            row |= dict(watch(point)) if watch else {}
            row |= dict(probe(point, following)) if probe and not end else {}
        trace.add(row)
        if not end and breaks and breaks(row):
            end = BROKEN
        if end:
            break
        x = following
        now = time.monotonic()
        if now - written >= every:
            store.write_partial(trial.key, _tensors(x, trace))
            written = now
        if tell and now - told >= 1:
            told, norm = now, row["gradient_norm"]
            tell(f"{trial.key}: step {trace.rows} of {trial.steps}, ‖∇f‖ = {norm:.3g}")
    columns: dict[str, NDArray[Any]] = dict(trace.arrays())
    store.write_trace(trial.key, {**columns, "outcome": np.array(end)})
    return {**columns, "outcome": np.array(end)}


def on_batch(problem: NetworkProblem, batch: Any) -> NetworkProblem:
    """The same network on another batch, without the checks of a new problem."""
    other = copy.copy(problem)
    other.batches, other.weights = [batch], [1.0]
    return other


def evaluated(problem: NetworkProblem, x: Vector, k: int) -> Point:
    """f and ∇f at x in one pass."""
    value, gradient = problem.value_and_gradient(x)
    return Point(problem, x, k, float(value), gradient)


def as_run(trial: Trial, trace: Mapping[str, NDArray[Any]]) -> Run:
    """The finished trial as the record that step grids compare."""
    outcome, steps = str(trace["outcome"]), int(trace["step"][-1])
    return Run(
        trial.rule, dict(trial.parameters), steps if outcome == HIT else None,
        float(trace["loss"][-1]), steps, outcome == DIVERGED,
        tuple(trace["gradient_norm"].tolist()), tuple(trace["loss"].tolist()),
    )  # fmt: skip


def _end(trial: Trial, trace: Trace, row: Mapping[str, float]) -> str:
    """Why the trial ends at this row, or ""."""
    norm = row["gradient_norm"]
    first = trace.columns.get("gradient_norm", [norm])[0]
    if norm <= trial.eps and row["loss"] <= trial.below:
        return HIT
    if not math.isfinite(row["loss"]) or not math.isfinite(norm) or norm > BLOWN_UP * first:
        return DIVERGED
    return CAPPED if row["step"] >= trial.steps else ""


def _tensors(x: Vector, trace: Trace) -> dict[str, Any]:
    columns = {f"column.{name}": torch.from_numpy(a) for name, a in trace.arrays().items()}
    return {"x": x.data.cpu(), **columns}


def _resumed(store: Store, trial: Trial, start: Vector) -> tuple[Vector, Trace]:
    """The point and the rows of the last checkpoint, or the start and none."""
    found = store.partial(trial.key)
    if found is None:
        return start, Trace()
    x = found.pop("x").to(device=start.data.device)
    columns = {name.removeprefix("column."): t.tolist() for name, t in found.items()}
    if x.shape != start.data.shape or x.dtype != start.data.dtype:
        raise NetworkError(
            f"the checkpoint of {trial.key} has {x.numel()} parameters of {x.dtype}, the network "
            f"{start.data.numel()} of {start.data.dtype}; remove it, or choose another --out"
        )
    return Vector(x), Trace(columns, len(columns["step"]))
