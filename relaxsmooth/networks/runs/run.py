"""The whole plan of a preset: tuned counts, training curves with probes, the theorems' check.

A job is one seed and one start; jobs share nothing, so they may run in processes of their own.
Everything in a job that takes time is kept under a name of its own, so that a run that was killed
does again only what the last checkpoint lacks.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from math import isinf
from pathlib import Path
from typing import Any

from relaxsmooth.networks.backend import torch
from relaxsmooth.networks.descent import Run
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.runs.hardware import dtype_of, environment, usable
from relaxsmooth.networks.runs.presets import Budget, Preset, budget, preset
from relaxsmooth.networks.runs.probes import probes
from relaxsmooth.networks.runs.setup import Setup, load, prepared
from relaxsmooth.networks.runs.store import PARTS, RESULTS, Store
from relaxsmooth.networks.runs.theorems import constants_of, record, row_record
from relaxsmooth.networks.runs.trial import EVERY, Trial, as_run, run_trial
from relaxsmooth.networks.runs.worker import Job, Tell, in_processes
from relaxsmooth.networks.tensors import Vector
from relaxsmooth.networks.tuning import Tuned, tune
from relaxsmooth.networks.verification import THEOREMS

Parameters = dict[str, float]
THREADS = 1  # small networks: a second thread waits more than it works
PAPER = "large-clipped", "small-plain", "small-clipped"  # the settings of the paper's figures
CONTROLS = "short-clipped", "normalized"


@dataclass(frozen=True)
class Wanted:
    """What the user asked for; dtype: float32, float64 or bfloat16."""

    preset: str
    budget: str = "2m"
    seed: int = 0
    data: str = ""
    device: str = "cpu"
    dtype: str = "float32"


def run(
    wanted: Wanted, folder: Path, tell: Tell, resume: bool = False,
    workers: int | None = None, every: float = EVERY,
) -> Path:  # fmt: skip
    """Run the preset into the folder; with `resume`, go on with what is there.

    workers: processes, by default two where there are two cores and the plan is long; they do
    not change the numbers.  every: seconds between two checkpoints.  Raises NetworkError on an
    unknown preset, budget, device or dtype, on missing data, and on a folder that holds another
    run or has one at work.
    """
    chosen, store = preset(wanted.preset), Store(folder)
    plan = budget(chosen, wanted.budget)
    usable(wanted.device)
    dtype_of(wanted.dtype)
    if resume and (folder / RESULTS).is_file() and store.json(RESULTS):
        begin(store, wanted, plan, load(chosen, wanted.data).provenance, resume)
        return folder
    provenance = load(chosen, wanted.data).provenance
    if store.exists and not resume:
        begin(store, wanted, plan, provenance, resume)
    with store.alone():
        begin(store, wanted, plan, provenance, resume)
        clock = time.monotonic()
        starts = chosen.within(plan).starts
        jobs = [(wanted.seed + s, start.name) for s in plan.seeds for start in starts]
        open_ = [job for job in jobs if store.json(part(*job)) is None]
        if (number := processes(wanted, plan, workers)) > 1 and len(open_) > 1:
            in_processes(folder, open_, number, every, tell)
        else:
            for job in open_:
                continued(folder, job, every, tell)
        parts = [store.json(part(*job)) for job in jobs]
        store.write_json(RESULTS, {"parts": parts, "last_seconds": time.monotonic() - clock})
    return folder


def processes(wanted: Wanted, plan: Budget, workers: int | None) -> int:
    if workers is not None:
        return workers
    return min(2, os.cpu_count() or 1) if wanted.device == "cpu" and plan.seconds > 60 else 1


def continued(folder: Path, job: Job, every: float, tell: Tell) -> None:
    """One job of the run in the folder, from wherever it is, to its part of the results."""
    store = Store(folder)
    settings = store.settings()
    wanted = Wanted(**{f.name: settings[f.name] for f in fields(Wanted)})
    whole = preset(wanted.preset)
    plan = budget(whole, wanted.budget)
    chosen = whole.within(plan)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True, warn_only=wanted.device != "cpu")
    seed, start = job
    data = load(chosen, wanted.data)
    setup = prepared(chosen, data, seed, wanted.device, dtype_of(wanted.dtype))
    clock = time.process_time()
    work = Work(chosen, plan, setup, seed, start, store, tell, every)
    store.write_json(part(*job), {**work.done(), "cpu_seconds": time.process_time() - clock})


def part(seed: int, start: str, what: str = "") -> str:
    """The file of one job's results: parts/s0-default.json."""
    return f"{PARTS}/{'-'.join([f's{seed}', start, *([what] if what else [])])}.json"


@dataclass(frozen=True)
class Work:
    """One job: one seed, one start."""

    preset: Preset
    plan: Budget
    setup: Setup
    seed: int
    name: str
    store: Store
    tell: Tell
    every: float = EVERY

    @property
    def start(self) -> Vector:
        return self.setup.starts[self.name]

    def done(self) -> dict[str, Any]:
        """Tuned counts of the rules, the curves at these steps, the theorems' check."""
        problem, eps = self.setup.problem, self.preset.eps
        value, gradient = problem.value_and_gradient(self.start)
        first = float((gradient * gradient) ** 0.5)
        below = float(value) / 2  # a plateau's small gradients are no hit
        if first <= eps:
            self.tell(f"‖∇f(x_0)‖ = {first:.3g} <= eps = {eps:g} from the {self.name} start")
        best = {
            rule: tune(
                [problem], rule, grids, eps, self.plan.cap, factor=self.plan.factor,
                run=partial(self.kept, below=below),
            )
            for rule, grids in self.preset.grids(self.plan.factor).items()
        }  # fmt: skip
        curves = list(self.curves(settings(best)))
        return {
            "seed": self.seed,
            "start": self.name,
            "eps": eps,
            "dimension": problem.dimension,
            "start_loss": float(value),
            "start_norm": first,
            "theorem_eps": eps * self.plan.theorem_eps,
            "tuned": {rule: tuning_record(found) for rule, found in best.items()},
            "curves": curves,
            "theorems": self.theorems([c["key"] for c in curves if c["mode"] == "full"]),
        }

    def kept(
        self, problem: NetworkProblem, rule: str, parameters: Parameters, eps: float, most: int,
        below: float,
    ) -> Run:  # fmt: skip
        """One run of a step grid, kept on disk."""
        key = trial_key("tune", self.seed, self.name, rule, parameters, most)
        trial = Trial(key, rule, parameters, most, eps, below=below)
        return as_run(trial, run_trial(problem, self.start, trial, self.store, **self.common))

    @property
    def common(self) -> dict[str, Any]:
        return {"tell": self.tell, "every": self.every}

    def curves(self, chosen: Mapping[str, tuple[str, Parameters]]) -> Iterator[dict[str, Any]]:
        """The traces of the settings, full-batch, and of the paper's three stochastic too."""
        # the Hessian is a control of the full-batch curves: those of minibatches go without
        by_mode = {
            "full": probes(self.setup, self.plan, self.seed),
            "minibatch": probes(self.setup, replace(self.plan, hessian=0), self.seed),
        }
        for name, (rule, parameters) in chosen.items():
            stochastic = self.plan.minibatch and name in PAPER
            for mode in ("full", *(["minibatch"] if stochastic else [])):
                probe, watch = by_mode[mode]
                kind = f"curve-{name}-{mode}"
                key = trial_key(kind, self.seed, self.name, rule, parameters, self.plan.curve)
                trial = Trial(key, rule, parameters, self.plan.curve, every=self.plan.every)
                run_trial(
                    self.setup.problem, self.start, trial, self.store, probe=probe, watch=watch,
                    stream=self.setup.stream if mode == "minibatch" else None, **self.common,
                )  # fmt: skip
                made = {"setting": name, "mode": mode, "rule": rule, "key": key}
                yield {**made, "parameters": parameters}

    def theorems(self, keys: list[str]) -> dict[str, Any]:
        """The theorems with their own steps, each kept under its name."""
        traces = {key: found for key in keys if (found := self.store.trace(key)) is not None}
        known = constants_of(self.setup.problem, self.start, traces)
        rows = []
        for theorem in THEOREMS:
            name = part(self.seed, self.name, theorem)
            row = self.store.json(name)
            if row is None:
                self.tell(f"{theorem} with its own steps, {self.name} start, seed {self.seed}")
                row = row_record(
                    self.setup.problem, self.start, known, theorem,
                    self.preset.eps * self.plan.theorem_eps, self.plan.theorem, self.store,
                    f"theorem-{theorem}-s{self.seed}-{self.name}", **self.common,
                )  # fmt: skip
                self.store.write_json(name, row)
            rows.append(row)
        return record(known, rows)


def trial_key(
    kind: str, seed: int, start: str, rule: str, parameters: Parameters, steps: int
) -> str:
    """A file name: tune-s0-default-clipped-eta4-gamma0.25-k600."""
    letters = [f"{name}{value!r}" for name, value in parameters.items()]
    return "-".join([kind, f"s{seed}", start, rule, *letters, f"k{steps}"])


def tuning_record(found: Tuned) -> dict[str, Any]:
    """As JSON: the parameters tried with their counts, the best, and whether it is interior."""
    names = list(found.parameters)
    return {
        "tried": [
            {**dict(zip(names, choice, strict=True)), "count": None if isinf(total) else int(total)}
            for choice, total in sorted(found.tried.items())
        ],
        "count": found.counts[0],
        "loss": found.losses[0],
        "best": found.parameters,
        "interior": found.interior,
    }


def settings(best: Mapping[str, Tuned]) -> dict[str, tuple[str, Parameters]]:
    """The paper's three (large steps with clipping, small ones without and with), and controls.

    Small is the best step of GD; large is the best eta of clipped GD, or twice the small one.
    Controls: the large step clipped to a quarter of the length, and normalized GD.
    """
    small, clipped = best["gd"].parameters["h"], best["clipped"].parameters
    large, gamma = max(clipped["eta"], 2 * small), clipped["gamma"]
    return {
        "large-clipped": ("clipped", {"eta": large, "gamma": gamma}),
        "small-plain": ("gd", {"h": small}),
        "small-clipped": ("clipped", {"eta": small, "gamma": gamma}),
        "short-clipped": ("clipped", {"eta": large, "gamma": gamma / 4}),
        "normalized": ("normalized", best["normalized"].parameters),
    }


def begin(store: Store, wanted: Wanted, plan: Budget, provenance: Any, resume: bool) -> None:
    """Write run.json, or compare it with what is asked now."""
    asked = {**asdict(wanted), "data_sha256": provenance.sha256}
    if not store.exists:
        others = [p.name for p in store.folder.glob("*") if not p.name.startswith(".")]
        if others:
            raise NetworkError(
                f"{store.folder} holds {sorted(others)[0]} but no run; choose another --out"
            )
        store.write_settings(
            {
                **asked,
                "plan": asdict(plan),
                "provenance": asdict(provenance),
                "threads": THREADS,
                **environment(wanted.device),
            }
        )
        return
    found = store.settings()
    if not resume:
        raise NetworkError(
            f"{store.folder} holds a run already; add --resume to go on with it, or choose "
            "another --out"
        )
    planned = json.loads(json.dumps(asdict(plan)))
    if found.get("plan", planned) != planned:
        raise NetworkError(
            f"{store.folder} was started with another plan for this budget, by relaxsmooth "
            f"{found.get('versions', {}).get('relaxsmooth', '?')}; finish it with that one, or "
            "choose another --out"
        )
    for name, value in asked.items():
        if found.get(name) != value:
            raise NetworkError(
                f"{store.folder} was started with {name} = {found.get(name)!r}, not {value!r}; "
                "resume it as it was started, or choose another --out"
            )
