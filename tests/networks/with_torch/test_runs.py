"""Runs that are killed and resumed give the numbers of runs that were not; refusals are named."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from test_models import small

from relaxsmooth.cli import main
from relaxsmooth.formula import formula
from relaxsmooth.networks import Curvature, NetworkProblem, Secant
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.fitting import points
from relaxsmooth.networks.models import MODELS, build
from relaxsmooth.networks.report import write_report
from relaxsmooth.networks.runs import presets, trial
from relaxsmooth.networks.runs.presets import PRESETS, Budget
from relaxsmooth.networks.runs.probes import measured
from relaxsmooth.networks.runs.run import Wanted, run
from relaxsmooth.networks.runs.setup import micro_batches
from relaxsmooth.networks.runs.store import Store
from relaxsmooth.networks.runs.theorems import row_record
from relaxsmooth.networks.runs.trial import Trial, run_trial
from relaxsmooth.networks.verification import THEOREMS, Constants

TINY = Budget(1, (0,), 6, 3, 12, 2, factor=4.0, rows=1 / 8, eps=40.0, hessian=4)
WANTED = Wanted("mlp-images", "tiny", data="digits")


@pytest.fixture
def tiny(monkeypatch):
    """A plan of a second, beside the real ones."""
    small = replace(PRESETS["mlp-images"], budgets={"tiny": TINY})
    monkeypatch.setitem(presets.PRESETS, "mlp-images", small)


def silent(what):
    """No progress."""


def traces(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "traces").glob("*.npz"))}


class Killed(BaseException):
    """What a kill is, in one process."""


def killer(after):
    """A watch that ends the process, so to say, when it is called for the n-th time."""
    calls = iter(range(10**9))

    def write_partial(store, key, tensors, honest=Store.write_partial):
        honest(store, key, tensors)
        if next(calls) == after:
            raise Killed

    return write_partial


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_has_the_same_traces(tiny, tmp_path, monkeypatch):
    run(WANTED, tmp_path / "whole", silent)
    for after in (0, 7):
        with monkeypatch.context() as patch:
            patch.setattr(Store, "write_partial", killer(after))
            with pytest.raises(Killed):
                run(WANTED, tmp_path / "killed", silent, resume=True, every=0)
    assert list((tmp_path / "killed" / "partial").glob("*.safetensors"))
    run(WANTED, tmp_path / "killed", silent, resume=True, every=0)
    assert traces(tmp_path / "killed") == traces(tmp_path / "whole")
    assert len(traces(tmp_path / "whole")) > 20
    written = write_report(tmp_path / "whole")
    assert {path.suffix for path in written} == {".md", ".tex", ".json", ".png"}
    found = json.loads(written[2].read_text(encoding="utf-8"))
    statuses = {row["verdict"] for p in found["parts"] for row in p["theorems"]["rows"]}
    assert statuses <= {"CONSISTENT", "REFUTED", "INAPPLICABLE", "UNDECIDED"}
    assert found["settings"]["provenance"]["sha256"] and found["settings"]["versions"]["torch"]
    for path in written:
        assert str(tmp_path).encode() not in path.read_bytes()


def bowl(tmp_path):
    """A trial on a small network, its store and a problem."""
    module, loss, batch = small("mlp-small")
    problem = NetworkProblem(module, loss, [batch])
    store = Store(tmp_path)
    store.write_settings({"preset": "p", "budget": "b", "seed": 0})
    return problem, store, Trial("t", "clipped", {"eta": 0.5, "gamma": 0.25}, 9)


def test_a_trial_that_is_killed_goes_on_where_it_was(tmp_path, monkeypatch):
    problem, store, asked = bowl(tmp_path / "whole")
    run_trial(problem, problem.start, asked, store)
    problem, killed, asked = bowl(tmp_path / "killed")
    for after in (0, 3):
        with monkeypatch.context() as patch:
            patch.setattr(Store, "write_partial", killer(after))
            with pytest.raises(Killed):
                run_trial(problem, problem.start, asked, killed, every=0)
    assert len(killed.partial("t")["column.step"]) == 5  # 1 row, then 4 more
    run_trial(problem, problem.start, asked, killed, every=0)
    assert traces(tmp_path / "killed") == traces(tmp_path / "whole") != {}


def theorem_row(tmp_path, theorem, every=trial.EVERY):
    """One theorem on a small network, its runs kept in a store; constants that its path breaks."""
    module, loss, batch = small("mlp-small")
    problem = NetworkProblem(module, loss, [batch], lowest=formula(0), key="mlp-small")
    store = Store(tmp_path)
    store.write_settings({"preset": "p", "budget": "b", "seed": 0})
    known = Constants({"L0": 0.2, "L1": 0.2, "M": 0.3, "Delta": 3.0}, points([1.0], [0.1]))
    return row_record(problem, problem.start, known, theorem, 0.05, 60, store, theorem, every=every)


@pytest.mark.parametrize("theorem", THEOREMS)
def test_a_theorem_that_is_killed_in_a_long_run_goes_on_where_it_was(
    theorem, tmp_path, monkeypatch
):
    """In its last round, so that earlier runs are read from disk."""
    whole = theorem_row(tmp_path / "whole", theorem)
    assert whole["rounds"] > 1 and whole["steps"] > 20
    for after in (whole["steps"] // 2, 3):
        with monkeypatch.context() as patch:
            patch.setattr(Store, "write_partial", killer(after))
            with pytest.raises(Killed):
                theorem_row(tmp_path / "killed", theorem, every=0)
    partial = list((tmp_path / "killed" / "partial").glob("*.safetensors"))
    assert len(partial) == 1
    assert theorem_row(tmp_path / "killed", theorem, every=0) == whole
    assert traces(tmp_path / "killed") == traces(tmp_path / "whole")
    assert len(traces(tmp_path / "whole")) == whole["rounds"]


def test_a_plateau_is_no_hit(tmp_path):
    """eps above every gradient norm: only the loss tells the plateau from a minimum."""
    problem, store, asked = bowl(tmp_path)
    anywhere = run_trial(problem, problem.start, replace(asked, key="a", eps=1e3), store)
    assert str(anywhere["outcome"]) == trial.HIT and len(anywhere["step"]) == 1
    low = float(problem.value(problem.start)) * 0.9
    below = replace(asked, key="b", eps=1e3, below=low, steps=200)
    lower = run_trial(problem, problem.start, below, store)
    assert str(lower["outcome"]) == trial.HIT and len(lower["step"]) > 1
    assert lower["loss"][-1] <= low < lower["loss"][-2]


def test_a_torn_file_is_computed_again(tmp_path):
    problem, store, asked = bowl(tmp_path)
    first = run_trial(problem, problem.start, asked, store, every=0)
    store.write_partial("t", {"x": problem.start.data})
    for path in (store.trace_path("t"), store.partial_path("t")):
        path.write_bytes(path.read_bytes()[:40])
    again = run_trial(problem, problem.start, asked, store)
    assert np.array_equal(first["gradient_norm"], again["gradient_norm"])


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    problem, store, asked = bowl(tmp_path)
    store.write_partial("t", {"x": problem.start.data, "column.step": torch.arange(1.0)})
    store.write_settings({"preset": "p", "budget": "b", "seed": 1})
    with pytest.raises(NetworkError, match="checkpoint of another run"):
        run_trial(problem, problem.start, asked, store)


def test_false_twin_a_changed_point_changes_the_trace(tmp_path):
    """What the comparison of traces would see if a checkpoint lost a bit."""
    problem, store, asked = bowl(tmp_path)
    honest = run_trial(problem, problem.start, asked, store)
    other = Store(tmp_path / "other")
    moved = trial.Vector(problem.start.data * (1 + 2**-20))
    assert not np.array_equal(honest["loss"], run_trial(problem, moved, asked, other)["loss"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lstm"], "preset 'lstm' is not known"),
        (["mlp-images", "--budget", "3m"], "budget '3m' is not known"),
        (["mlp-images", "--device", "tpu9"], "device 'tpu9' is not known"),
        (["mlp-images", "--device", "cuda:99"], "device 'cuda:99' is not there"),
        (["mlp-images", "--dtype", "int8"], "dtype 'int8' is not known"),
        (["mlp-images", "--data", "nowhere"], "image data 'nowhere' is no folder"),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path):
    done = CliRunner().invoke(main, ["networks", "run", *words, "--out", str(tmp_path / "o")])
    assert done.exit_code == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_a_folder_of_another_run_is_refused(tiny, tmp_path):
    out = ["--out", str(tmp_path)]
    (tmp_path / "run.json").write_text('{"preset": "lstm-text", "budget": "2m", "seed": 0}')
    words = ["networks", "run", "mlp-images", "--budget", "tiny", "--data", "digits", *out]
    assert "holds a run already" in CliRunner().invoke(main, words).stderr
    resumed = CliRunner().invoke(main, [*words, "--resume"]).stderr
    assert "was started with preset = 'lstm-text'" in resumed
    assert "is not finished" in CliRunner().invoke(main, ["networks", "report", *out[1:]]).stderr


@pytest.mark.slow
def test_ten_kills_of_a_real_process_lose_nothing(tmp_path):
    """kill -9 at seeded moments, with two workers three times; then the traces of a run in peace.

    Each worker is a process that loads torch, which is most of the time of this test.
    """
    random = Random(5)

    def command(out, workers=1):
        words = ["networks", "run", "mlp-images", "--budget", "10s", "--data", "digits"]
        more = ["--workers", str(workers), "--checkpoint", "0.2", "--resume", "--out", str(out)]
        return [sys.executable, "-m", "relaxsmooth", *words, *more]

    begun = time.monotonic()
    subprocess.run(command(tmp_path / "whole"), check=True, capture_output=True)
    whole = time.monotonic() - begun
    for i in range(10):
        words = command(tmp_path / "killed", 2 if i in (1, 4, 7) else 1)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.1, 0.6) * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command(tmp_path / "killed"), check=True, capture_output=True)
    assert traces(tmp_path / "killed") == traces(tmp_path / "whole")


# --- precision and sizes -------------------------------------------------------------------------


def probed(folder, column):
    """The column of every curve at the rows where a probe was taken."""
    kept = [trace for key, trace in Store(folder).traces().items() if key.startswith("curve")]
    return np.concatenate([trace[column][np.isfinite(trace["slice_norm"])] for trace in kept])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_a_run_in_another_precision_is_resumed_and_reported(dtype, tiny, tmp_path):
    words = ["networks", "run", "mlp-images", "--budget", "tiny", "--data", "digits"]
    more = ["--dtype", dtype, "--workers", "1", "--out", str(tmp_path)]
    for resume in ([], ["--resume"]):
        done = CliRunner().invoke(main, [*words, *more, *resume])
        assert done.exit_code == 0, done.output
    assert len(write_report(tmp_path)) > 4
    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert all(np.isfinite(part["start_norm"]) for part in found["parts"])
    lost = np.isnan(probed(tmp_path, "smoothness_0.001"))
    # differences over 0.001 are rounding in bfloat16, and none is in float64
    assert lost.all() if dtype == "bfloat16" else not lost.any()
    assert np.isfinite(probed(tmp_path, "hessian_lower")).all()


def test_a_checkpoint_in_bfloat16_keeps_every_bit(tmp_path, monkeypatch):
    module, loss, batch = small("mlp-small", dtype=torch.bfloat16)
    problem = NetworkProblem(module, loss, [batch])
    asked = Trial("t", "clipped", {"eta": 0.5, "gamma": 0.25}, 9)
    whole, killed = Store(tmp_path / "whole"), Store(tmp_path / "killed")
    run_trial(problem, problem.start, asked, whole)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write_partial", killer(4))
        with pytest.raises(Killed):
            run_trial(problem, problem.start, asked, killed, every=0)
    assert killed.partial("t")["x"].dtype == torch.bfloat16
    run_trial(problem, problem.start, asked, killed, every=0)
    assert traces(tmp_path / "killed") == traces(tmp_path / "whole")


def test_a_slope_of_rounding_is_not_recorded():
    lost = Secant(1.0, 1.0, 0.1, floor=2.0)
    assert np.isnan(measured(lost)) and measured(replace(lost, floor=0.5)) == 1.0


STANDARD = ["lstm-text-standard", "resnet-images-standard"]


@pytest.mark.slow
@pytest.mark.parametrize("name", STANDARD)
def test_the_standard_sizes_have_gradients_and_hessian_products(name):
    """On shapes alone, in full; in numbers, on two rows."""
    whole = standard(name, PRESETS[name].rows, "meta")
    assert whole.gradient(whole.start).data.shape == (whole.dimension,)
    image = Curvature(whole, whole.start).product(whole.start).data
    assert image.shape == (whole.dimension,) and whole.dimension > 200_000
    few = standard(name, 2)
    curvature = Curvature(few, few.start)
    image = curvature.product(few.gradient(few.start)).data
    assert torch.isfinite(image).all() and image.abs().max() > 0
    # what the preset's title and plan say of memory: bytes of the graph a row
    assert 2e6 < curvature.graph_bytes / 2 < 11e6


def standard(name, rows, device="cpu"):
    """The problem of a standard preset on random data, in its micro-batches."""
    chosen = PRESETS[name]
    generator = torch.Generator().manual_seed(0)
    if chosen.kind == "text":
        sizes = {"vocabulary": 6000}
        tokens = torch.randint(6000, (chosen.length, rows), generator=generator)
        batch = tokens, tokens.flip(0)
    else:
        sizes = {"channels": 1, "classes": 10}
        images = torch.randn(rows, 1, 28, 28, generator=generator)
        batch = images, torch.randint(10, (rows,), generator=generator)
    module = build(chosen.model, **{**chosen.sizes, **sizes}).to(device)
    parts = micro_batches(tuple(part.to(device) for part in batch), chosen.micro)
    return NetworkProblem(module, MODELS[chosen.model].loss, parts)


def test_micro_batches_share_the_rows():
    images, classes = torch.arange(10.0)[:, None], torch.arange(10)
    cut = micro_batches((images, classes), 4)
    assert [len(part[0]) for part in cut] == [4, 4, 2]
    assert torch.equal(torch.cat([part[1] for part in cut]), classes)
    assert micro_batches((images, classes), 0) == [(images, classes)]
