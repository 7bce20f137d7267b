"""The whole plan of a preset: tuned counts, training curves with probes, the theorems' check.

Everything that takes time is a trial with a trace of its own, so a run that was killed does
again only what the last checkpoint of one trial lacks.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from math import isinf
from pathlib import Path
from typing import Any

from relaxsmooth.networks.backend import torch
from relaxsmooth.networks.descent import Run
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.runs.presets import Budget, Preset, budget, preset
from relaxsmooth.networks.runs.probes import probes
from relaxsmooth.networks.runs.setup import Setup, load, prepared
from relaxsmooth.networks.runs.store import Store
from relaxsmooth.networks.runs.theorems import record, verified
from relaxsmooth.networks.runs.trial import Trial, as_run, run_trial
from relaxsmooth.networks.tensors import Vector
from relaxsmooth.networks.tuning import Tuned, tune

Tell = Callable[[str], None]
Parameters = dict[str, float]
THREADS = 1  # two cores that others use too: a second thread waits more than it works
PACKAGES = "torch", "numpy", "scipy", "safetensors"


@dataclass(frozen=True)
class Wanted:
    """What the user asked for; dtype: float32, float64 or bfloat16."""

    preset: str
    budget: str = "2m"
    seed: int = 0
    data: str = ""
    device: str = "cpu"
    dtype: str = "float32"


def run(wanted: Wanted, folder: Path, tell: Tell, resume: bool = False) -> Path:
    """Run the preset into the folder; with `resume`, go on with what is there.

    Raises NetworkError on an unknown preset, budget, device or dtype, on missing data, and on a
    folder that holds another run.
    """
    chosen, store = preset(wanted.preset), Store(folder)
    plan = budget(chosen, wanted.budget)
    device, dtype = usable(wanted.device), dtype_of(wanted.dtype)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True, warn_only=device != "cpu")
    data = load(chosen, wanted.data)
    begin(store, wanted, plan, data.provenance, resume)
    clock, results = time.monotonic(), []
    for seed in plan.seeds:
        tell(f"{chosen.name}, seed {wanted.seed + seed}")
        setup = prepared(chosen, data, wanted.seed + seed, device, dtype)
        results += list(one_seed(chosen, plan, setup, wanted.seed + seed, store, tell))
    store.write_json("results.json", {"seeds": results, "seconds": time.monotonic() - clock})
    return folder


def one_seed(
    chosen: Preset, plan: Budget, setup: Setup, seed: int, store: Store, tell: Tell
) -> Iterator[dict[str, Any]]:
    """For each start: tuned counts of the rules, then the training curves at these steps."""
    eps = chosen.eps * plan.eps
    for name, start in setup.starts.items():
        kept = partial(kept_run, store, tell, seed, name, start)
        best = {
            rule: tune([setup.problem], rule, grids, eps, plan.cap, run=kept)
            for rule, grids in chosen.grids.items()
        }
        made = list(curves(plan, setup, seed, name, best, store, tell))
        tell(f"the theorems from the {name} start")
        full = [c["key"] for c in made if c["mode"] == "full"]
        traces = {key: trace for key in full if (trace := store.trace(key)) is not None}
        known, rows = verified(setup.problem, start, traces, eps, plan.cap)
        yield {
            "seed": seed,
            "start": name,
            "eps": eps,
            "tuned": {rule: tuning_record(found) for rule, found in best.items()},
            "curves": made,
            "theorems": record(known, rows),
        }


# --- tuned counts ------------------------------------------------------------------------------


def kept_run(
    store: Store, tell: Tell, seed: int, name: str, start: Vector,
    problem: NetworkProblem, rule: str, parameters: Parameters, eps: float, most: int,
) -> Run:  # fmt: skip
    """One run of a step grid, kept on disk."""
    trial = Trial(
        trial_key("tune", seed, name, rule, parameters, most), rule, parameters, most, eps
    )
    return as_run(trial, run_trial(problem, start, trial, store, tell=tell))


def trial_key(
    kind: str, seed: int, start: str, rule: str, parameters: Parameters, steps: int
) -> str:
    """A file name: tune-s0-default-clipped-eta4-gamma0.25-k600."""
    letters = [f"{name}{value:g}" for name, value in parameters.items()]
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


# --- training curves ---------------------------------------------------------------------------


def settings(best: Mapping[str, Tuned]) -> dict[str, tuple[str, Parameters]]:
    """The paper's three: large steps with clipping, small ones without and with.

    Small is the best step of GD; large is the best eta of clipped GD, or twice the small one.
    """
    small, clipped = best["gd"].parameters["h"], best["clipped"].parameters
    large = max(clipped["eta"], 2 * small)
    return {
        "large-clipped": ("clipped", {"eta": large, "gamma": clipped["gamma"]}),
        "small-plain": ("gd", {"h": small}),
        "small-clipped": ("clipped", {"eta": small, "gamma": clipped["gamma"]}),
    }


def curves(
    plan: Budget, setup: Setup, seed: int, start: str,
    best: Mapping[str, Tuned], store: Store, tell: Tell,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The traces of the three settings, full-batch, and stochastic where the budget has it."""
    probe, watch = probes(setup, plan, seed)
    for name, (rule, parameters) in settings(best).items():
        for mode in ("full", *(["minibatch"] if plan.minibatch else [])):
            key = trial_key(f"curve-{name}-{mode}", seed, start, rule, parameters, plan.curve)
            trial = Trial(key, rule, parameters, plan.curve, every=plan.every)
            run_trial(
                setup.problem, setup.starts[start], trial, store, probe=probe, watch=watch,
                tell=tell, stream=setup.stream if mode == "minibatch" else None,
            )  # fmt: skip
            yield {
                "setting": name,
                "mode": mode,
                "rule": rule,
                "parameters": parameters,
                "key": key,
            }


# --- the record of a run -----------------------------------------------------------------------


def begin(store: Store, wanted: Wanted, plan: Budget, provenance: Any, resume: bool) -> None:
    """Write run.json, or compare it with what is asked now."""
    asked = {**asdict(wanted), "data_sha256": provenance.sha256}
    if not store.exists:
        if resume:
            store.settings()  # says that there is none
        store.folder.mkdir(parents=True, exist_ok=True)
        record = {
            **asked,
            "plan": asdict(plan),
            "provenance": asdict(provenance),
            "versions": {name: version(name) for name in ("relaxsmooth", *PACKAGES)},
            "python": platform.python_version(),
            "hardware": hardware(wanted.device),
            "threads": THREADS,
        }
        store.write_settings(record)
        return
    found = store.settings()
    if not resume:
        raise NetworkError(
            f"{store.folder} holds a run already; add --resume to go on with it, or choose "
            "another --out"
        )
    for name, value in asked.items():
        if found.get(name) != value:
            raise NetworkError(
                f"{store.folder} was started with {name} = {found.get(name)!r}, not {value!r}; "
                "resume it as it was started, or choose another --out"
            )


def hardware(device: str) -> str:
    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    return platform.processor() or platform.machine()


def usable(name: str) -> str:
    """The device, if this torch and this machine have it."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise NetworkError(f"device {name!r} is not known; choose cpu, cuda or mps") from None
    there = {
        "cpu": lambda: True,
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
    }
    if device.type not in there:
        raise NetworkError(f"device {name!r} is not supported; choose cpu, cuda or mps")
    if not there[device.type]():
        raise NetworkError(f"device {name!r} is not there (torch finds none); choose cpu")
    return name


def dtype_of(name: str) -> Any:
    known = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}
    if name not in known:
        raise NetworkError(f"dtype {name!r} is not known; choose one of {', '.join(known)}")
    return known[name]
