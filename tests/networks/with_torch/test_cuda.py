"""The same checks on the CPU and, with -m gpu, on CUDA: every entry point, products, norms, a run.

On the CPU they are ordinary tests, so that what -m gpu runs is known to be right.  Without a CUDA
device -m gpu fails, and says why (conftest.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_devices import ENTRIES, call, problem_on
from test_models import SMALL
from test_problem import Attention, Recurrent, classify, rows

from relaxsmooth.networks import (
    ClippedGD,
    Curvature,
    NetworkProblem,
    NormalizedGD,
    Vector,
    layer_norms,
    radius_smoothness,
    secant_smoothness,
    spectral_norm,
)

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
ROOT = Path(__file__).resolve().parents[3]
on_devices = pytest.mark.parametrize("device", DEVICES)


def direction(problem):
    drawn = torch.randn(problem.dimension, generator=torch.Generator().manual_seed(0))
    return Vector(drawn.to(problem.device, problem.dtype))


def close(found, wanted, **more):
    assert found.device != wanted.device or found.device.type == "cpu"
    torch.testing.assert_close(found.cpu(), wanted.cpu(), **{"rtol": 1e-9, "atol": 1e-11, **more})


@on_devices
@pytest.mark.parametrize("name", ENTRIES)
def test_every_public_entry_point_runs(name, device):
    call(name, device)


@on_devices
@pytest.mark.parametrize("model", SMALL)
def test_values_gradients_and_products_are_those_of_the_cpu(model, device):
    here = problem_on("cpu", torch.float64, model)
    there = here.to(device=device)
    close(there.value(there.start), here.value(here.start))
    close(there.gradient(there.start).data, here.gradient(here.start).data)
    found, wanted = (Curvature(p, p.start).product(direction(p)).data for p in (there, here))
    close(found, wanted)


@on_devices
@pytest.mark.parametrize("model", SMALL)
def test_spectral_norms_are_those_of_the_cpu(model, device):
    here = problem_on("cpu", torch.float64, model)
    there = here.to(device=device)
    wanted, found = (spectral_norm(p, p.start) for p in (here, there))
    assert found.lower == pytest.approx(wanted.lower, rel=1e-6)
    assert found.lower <= wanted.upper * (1 + 1e-9) and wanted.lower <= found.upper * (1 + 1e-9)
    name = next(iter(here.shapes))
    wanted, found = (layer_norms(p, p.start, [name])[name] for p in (here, there))
    assert found.lower == pytest.approx(wanted.lower, rel=1e-6)


@on_devices
def test_smoothness_along_a_step_and_at_radii_is_that_of_the_cpu(device):
    here = problem_on("cpu", torch.float64)
    there = here.to(device=device)
    found, wanted = (
        [
            secant_smoothness(p, p.start, 0.1 * direction(p)).smoothness,
            radius_smoothness(p, p.start, [1e-2])[1e-2].smoothness,
        ]
        for p in (there, here)
    )
    assert found == pytest.approx(wanted, rel=1e-6)


@on_devices
@pytest.mark.parametrize("module", [Recurrent, Attention])
def test_torchs_own_modules_have_hessian_products(module, device):
    """cuDNN's LSTM and fused attention have no second derivative: others are used."""
    torch.manual_seed(0)
    here = NetworkProblem(module().double().eval(), classify, [rows()])
    there = here.to(device=device)
    found, wanted = (Curvature(p, p.start).product(direction(p)).data for p in (there, here))
    close(found, wanted)


@on_devices
@pytest.mark.parametrize("foreach", [None, False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("optimizer", [ClippedGD, NormalizedGD])
def test_optimizers_step_as_on_the_cpu(optimizer, momentum, foreach, device):
    ends = []
    for where in (device, "cpu"):
        problem = problem_on(where, torch.float64)
        parameters = problem.module.parameters()
        made = optimizer(parameters, 0.5, 0.1, momentum=momentum, foreach=foreach)
        for _ in range(10):
            made.zero_grad()
            problem.loss(problem.module, problem.batches[0]).backward()
            made.step()
        ends.append(problem.current().data)
    close(*ends)


@pytest.mark.parametrize(
    "device", [pytest.param("cpu", marks=pytest.mark.slow), *DEVICES[1:]]
)  # -m slow must not ask for CUDA
def test_a_run_of_ten_seconds_and_its_report(device, tmp_path):
    """As a user starts it; the report says which device it was."""
    program = [sys.executable, "-W", "ignore", "-m", "relaxsmooth", "networks"]
    asked = ["run", "mlp-images", "--budget", "10s", "--device", device, "--data", "digits"]
    for words in ([*asked, "--out", str(tmp_path)], ["report", str(tmp_path)]):
        done = subprocess.run(
            [*program, *words], capture_output=True, text=True, timeout=300, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert found["settings"]["device"] == device and found["settings"]["hardware"]
    counts = [t["count"] for part in found["parts"] for t in part["tuned"].values()]
    assert len(counts) == 6 and all(counts)


def test_false_twin_a_hessian_product_wrong_by_a_millionth_is_not_close():
    problem = problem_on("cpu", torch.float64)
    product = Curvature(problem, problem.start).product(direction(problem)).data
    with pytest.raises(AssertionError, match="not close"):
        close(product * (1 + 1e-6), product)


@pytest.mark.slow
def test_without_a_cuda_device_gpu_tests_fail_and_say_why():
    """A skip would look like success: nothing of what was asked for has run."""
    hidden = {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "gpu", __file__,
         "-k", "radii"],
        cwd=ROOT, env={**os.environ, **hidden}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "asked for with -m gpu, but torch finds no CUDA device" in done.stdout
    assert "1 error" in done.stdout and "passed" not in done.stdout
