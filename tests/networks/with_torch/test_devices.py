"""Every public entry point on the meta device, in low and high precision; test_cuda.py: on CUDA.

The entry points are those of `relaxsmooth.networks.__all__`, called with arguments chosen by
name: a new one is tested unasked, and one whose arguments are unknown here fails.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
import torch
from test_models import SMALL, small

import relaxsmooth.networks as networks
from relaxsmooth.formula import formula
from relaxsmooth.networks import Curvature, NetworkProblem, spectral_norm
from relaxsmooth.networks.curvature import Curvature as CurvatureClass

EMPTY = inspect.Parameter.empty
RESULTS = {"SpectralNorm", "Secant"}  # records that entry points return: nothing to run


def problem_on(device, dtype=torch.float32, name="mlp-small"):
    module, loss, batch = small(name, dtype=dtype)
    problem = NetworkProblem(module, loss, [batch], lowest=formula(0))
    return problem.to(device=device)


def arguments(device):
    """A value for each parameter name that a public entry point may ask for."""
    problem = problem_on(device)
    module = problem.module
    for p in module.parameters():
        p.grad = torch.ones_like(p)
    gradient = problem.gradient(problem.start)
    collector = networks.Collector(problem, hessian=1)
    collector(0, problem.start, problem.start - gradient, gradient)
    return {
        "module": module,
        "loss": problem.loss,
        "batches": problem.batches,
        "data": problem.start.data,
        "params": module.parameters(),
        "lr": 0.1,
        "gamma": 0.5,
        "beta": 0.5,
        "problem": problem,
        "problems": [problem],
        "x": problem.start,
        "step": 0.1 * gradient,
        "gradient": gradient,
        "draw": lambda: NetworkProblem(module, problem.loss, problem.batches, weights=[1.0]),
        "radii": [1e-2, 1e-1],
        "product": lambda v: 2 * v,
        "start": problem.start.data,
        "key": "clipped",
        "parameters": {"eta": 0.1, "gamma": 0.5},
        "grids": {"eta": [0.1, 0.2], "gamma": [0.1, 0.2]},
        "epsilon": 0.1,
        "most": 2,
        "collected": [collector],
        "found": None,
        "name": "mlp-small",
        "factor": 2.0,
    }


def required(entry):
    known = inspect.signature(entry).parameters.values()
    return [p.name for p in known if p.default is EMPTY and p.kind is not p.VAR_KEYWORD]


def call(name, device):
    """Run one entry point; an optimizer takes a step, a class that computes is constructed."""
    entry, known = getattr(networks, name), arguments(device)
    if name in ("verify_network", "constants"):
        return on_points(entry, known, device)
    asked = required(entry)
    missing = [n for n in asked if n not in known]
    assert not missing, f"{name} asks for {missing}: add a value for it to `arguments`"
    more = {"inputs": 4, "classes": 2} if name == "build" else {}
    known["start"] = known["start"] if name == "norm_of" else None
    if name == "build":
        with torch.device(device):
            return entry("mlp-small", **more)
    made = entry(**{n: known[n] for n in asked})
    if hasattr(made, "step") and hasattr(made, "param_groups"):
        made.step()
    if isinstance(made, CurvatureClass):
        return made.product(known["x"])
    return made


def on_points(entry, known, device):
    """The verification needs numbers: without data its refusal is one clear error."""
    from relaxsmooth.networks.errors import NetworkError
    from relaxsmooth.networks.fitting import points
    from relaxsmooth.networks.verification import Constants

    if entry is networks.verify_network:
        values = {"L0": 1.0, "L1": 1.0, "M": 1.0, "Delta": 1.0}
        return entry(known["problem"], Constants(values, points([1.0], [1.0])), 0.1, 2)
    if device != "meta":
        return entry(known["problem"], known["collected"])
    with pytest.raises(NetworkError, match="saw no point with numbers"):
        entry(known["problem"], known["collected"])
    return None


ENTRIES = [n for n in networks.__all__ if n not in RESULTS and callable(getattr(networks, n))]


@pytest.mark.parametrize("name", ENTRIES)
def test_every_public_entry_point_runs_on_the_meta_device(name):
    call(name, "meta")


def test_the_list_of_entry_points_is_the_public_one():
    assert set(ENTRIES) | RESULTS | {"TORCH"} >= set(networks.__all__)


def test_false_twin_a_stray_cpu_tensor_is_found_on_meta():
    stray = torch.randn(4, 3)
    problem = problem_on("meta")
    with pytest.raises((RuntimeError, NotImplementedError)):
        NetworkProblem(problem.module, lambda m, b: (m(b[0]) * stray).sum(), problem.batches)


@pytest.mark.parametrize("model", SMALL)
def test_every_model_runs_on_the_meta_device(model):
    problem = problem_on("meta", name=model)
    assert spectral_norm(problem, problem.start).dimension == problem.dimension
    assert set(problem.split(problem.current())) == set(problem.shapes)
    problem.load(problem.start)
    assert problem.value(problem.start).device.type == "meta"
    assert problem.gradient(problem.start).data.shape == problem.start.data.shape
    block = Curvature(problem, problem.start).block([next(iter(problem.shapes))])
    assert block.product(problem.start).data.device.type == "meta"


@pytest.mark.parametrize("optimizer", [networks.ClippedGD, networks.NormalizedGD])
@pytest.mark.parametrize("foreach", [False, True])
def test_the_optimizers_step_on_the_meta_device_with_every_option(optimizer, foreach):
    problem = problem_on("meta")
    parameters = list(problem.module.parameters())
    made = optimizer(parameters, 0.5, 0.1, momentum=0.9, weight_decay=0.1, foreach=foreach)
    for _ in range(2):
        made.zero_grad()
        problem.loss(problem.module, problem.batches[0]).backward()
        made.step()
    assert made.last_norm.device.type == "meta"
    assert all(made.state[p]["momentum_buffer"].device.type == "meta" for p in parameters)


@pytest.mark.parametrize("model", SMALL)
def test_float64_agrees_with_float32_and_bfloat16_stays_near(model):
    wide = problem_on("cpu", torch.float64, model)
    exact = wide.gradient(wide.start).data
    for dtype, allowed in ((torch.float32, 1e-4), (torch.bfloat16, 0.3)):
        narrow = wide.to(dtype=dtype)
        found = narrow.gradient(narrow.start).data
        assert found.dtype == dtype
        assert (found.double() - exact).norm() <= allowed * exact.norm()
        product = Curvature(narrow, narrow.start).product(narrow.start)
        assert product.data.isfinite().all() and product.data.dtype == dtype


# --- what the sources must not do ----------------------------------------------------------------

FOLDER = Path(networks.__file__).parent
SOURCES = sorted(FOLDER.rglob("*.py"))
FORWARD_MODE = {"jvp", "jacfwd", "hessian", "forward_ad", "make_dual", "linearize"}


def forward_mode_names(source):
    tree = ast.parse(source)
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names |= {alias.name for node in imported for alias in node.names}
    names |= {part for node in imported for part in (node.module or "").split(".")}
    return names & FORWARD_MODE


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_reverse_over_forward_is_never_used(path):
    """torch 2.13: the gradient of a jvp is silently wrong through norms in training mode."""
    assert forward_mode_names(path.read_text(encoding="utf-8")) <= {"hessian"}
    assert "torch.func.hessian" not in path.read_text(encoding="utf-8")


def test_false_twin_reverse_over_forward_is_found():
    source = "import torch\ng = torch.func.grad(lambda x: torch.func.jvp(f, (x,), (v,))[1])"
    assert forward_mode_names(source) == {"jvp"}
    assert forward_mode_names("from torch.autograd.forward_ad import make_dual")


def test_torch_is_imported_in_one_place_of_the_package_only():
    import relaxsmooth

    found = []
    for path in sorted(Path(relaxsmooth.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "torch" for name in names):
                found.append(path.name)
    assert found == []  # backend.py takes it by import_module, so that its absence is one line
    assert 'import_module("torch")' in (FOLDER / "backend.py").read_text(encoding="utf-8")
