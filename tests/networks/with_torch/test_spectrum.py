"""The spectral norm: right on ties and clusters, inside its interval, wrong products refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from test_models import SMALL, small

from relaxsmooth.networks import (
    Curvature,
    NetworkProblem,
    Vector,
    curvature,
    layer_norms,
    spectral_norm,
)
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.lanczos import a_priori, least_component, outer_end
from relaxsmooth.networks.spectrum import norm_of

SPECTRA = {
    "tie": [10, -10, *np.linspace(-3, 3, 500)],
    "near tie": [10, -9.9, *np.linspace(-9, 9, 500)],
    "negative": [1, -10, *np.linspace(-1, 1, 300)],
    "dense": list(np.linspace(-1, 1, 400)),
    "cluster": list(1 - np.logspace(-6, 0, 300)),
    "rank one": [5, *[0] * 200],
    "zero": [0] * 50,
    "one": [-3],
}


def norm_of_diagonal(values, seed=0, **options):
    d = torch.tensor(values, dtype=torch.float64)
    start = torch.randn(len(values), generator=torch.Generator().manual_seed(seed)).double()
    return norm_of(lambda v: d * v, start, **options)


def hessian(problem, x):
    c = Curvature(problem, x)
    rows = [c.product(Vector(e)).data for e in torch.eye(problem.dimension, dtype=problem.dtype)]
    return torch.stack(rows)


def problem_of(name, dtype=torch.float64, **options):
    module, loss, batch = small(name, dtype=dtype)
    return NetworkProblem(module, loss, [batch], **options)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_norm_is_right_on_both_signs_ties_and_clusters(name):
    values = SPECTRA[name]
    truth = max(abs(v) for v in values)
    found = norm_of_diagonal(values)
    assert found.converged and found.lower <= truth * (1 + 1e-12) <= found.upper * (1 + 1e-9)
    assert truth - found.lower <= 1e-3 * truth


def test_false_twin_a_norm_wrong_by_5_percent_lies_outside_the_interval():
    found = norm_of_diagonal(SPECTRA["near tie"], within=0.01)
    assert not found.lower <= 0.95 * 10 <= found.upper
    assert not found.lower <= 1.05 * 10 <= found.upper


def power_iteration(values, steps=100, tolerance=1e-3):
    """PyHessian's rule: v <- H v/‖H v‖ until the Rayleigh quotient moves by less than 1e-3."""
    d = torch.tensor(values, dtype=torch.float64)
    v = torch.randn(len(values), generator=torch.Generator().manual_seed(0)).double()
    before = None
    for _ in range(steps):
        v = v / v.norm()
        now = (v @ (d * v)).item()
        if before is not None and abs(now - before) / (abs(now) + 1e-6) < tolerance:
            break
        before, v = now, d * v
    return now


def test_power_iteration_is_wrong_where_lanczos_is_right():
    assert abs(abs(power_iteration(SPECTRA["tie"])) - 10) > 1
    assert norm_of_diagonal(SPECTRA["tie"]).lower == pytest.approx(10, rel=1e-3)


def test_both_ends_are_found_with_their_residuals():
    found = norm_of_diagonal([7, -2, *np.linspace(-1, 1, 200)], both=True)
    assert found.largest.value == pytest.approx(7, rel=1e-3)
    assert found.smallest.value == pytest.approx(-2, abs=7e-3)
    assert found.smallest.outer <= -2 and found.largest.outer >= 7


def test_the_probabilistic_bound_misses_no_more_often_than_its_level():
    """At level 1/2 over 300 starts: the truth lies above the bound in at most half of them."""
    values = [*np.linspace(0, 1, 100), 1.05]
    misses = 0
    for seed in range(300):
        found = norm_of_diagonal(values, seed, level=0.5, most=6, tolerance=1e-9)
        misses += found.upper < 1.05
    assert 0 < misses <= 150


def test_the_outer_bound_is_sharper_than_the_a_priori_one_of_kuczynski_and_wozniakowski():
    d = torch.tensor(SPECTRA["dense"], dtype=torch.float64)
    from relaxsmooth.networks.lanczos import Lanczos, ends

    process = Lanczos(lambda v: d * v, torch.ones(400, dtype=torch.float64))
    for _ in range(30):
        process.extend()
    alpha, beta = process.coefficients()
    low, high = ends(alpha, beta)
    outer = outer_end(alpha, beta, 400, 1e-3)
    eps = a_priori(30, 400, 1e-3)
    published = (math.log(1.648 * 20 / 1e-3) / (2 * 30 - 1)) ** 2
    assert 0 < eps <= published
    assert 1 <= outer <= high.value + eps * (high.value - low.value) / (1 - 2 * eps)


@pytest.mark.parametrize("n", [2, 3, 10, 1000])
def test_the_least_component_has_its_probability(n):
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(20_000, n, generator=generator).double()
    squares = (drawn[:, 0] / drawn.norm(dim=1)) ** 2
    share = (squares < least_component(n, 0.1)).double().mean().item()
    assert share == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 20_000))


@pytest.mark.parametrize("name", SMALL)
def test_on_a_network_it_is_the_norm_of_the_full_matrix(name):
    problem = problem_of(name)
    found = spectral_norm(problem, problem.start, both=True)
    assert found.converged and found.checked <= 0.2 * found.lower
    if problem.dimension > 1100:  # the others: the full matrix would take the minute
        assert name in ("lstm-small", "transformer-small", "resnet-small")
        return
    values = torch.linalg.eigvalsh(hessian(problem, problem.start))
    truth = values.abs().max().item()
    assert truth * (1 - 1e-3) <= found.lower <= truth * (1 + 1e-9) <= found.upper * (1 + 1e-8)
    assert found.smallest.outer <= values[0].item() and values[-1].item() <= found.largest.outer


def test_layer_norms_are_the_norms_of_the_diagonal_blocks():
    problem = problem_of("deep-linear")
    full = hessian(problem, problem.start)
    found, at = layer_norms(problem, problem.start), 0
    for name, size in problem.sizes.items():
        block = full[at : at + size, at : at + size]
        truth = torch.linalg.matrix_norm(block, 2).item()
        assert found[name].lower == pytest.approx(truth, rel=1e-3)
        assert found[name].dimension == size
        at += size
    assert max(f.lower for f in found.values()) < torch.linalg.matrix_norm(full, 2).item()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_lower_precision_gives_the_same_norm_to_its_rounding(dtype):
    wide = problem_of("mlp-small")
    exact = spectral_norm(wide, wide.start).lower
    narrow = problem_of("mlp-small").to(dtype=dtype)
    found = spectral_norm(narrow, narrow.start)
    assert found.lower == pytest.approx(exact, rel=1e-3 + 8 * torch.finfo(dtype).eps)


def test_micro_batches_retained_or_rebuilt_give_one_hessian():
    module, loss, (x, y) = small("mlp-small")
    pieces = [(x[:1], y[:1]), (x[1:], y[1:])]
    whole, cut = NetworkProblem(module, loss, [(x, y)]), NetworkProblem(module, loss, pieces)
    v = Vector(torch.randn(whole.dimension, generator=torch.Generator().manual_seed(0)).double())
    wanted = Curvature(whole, whole.start).product(v).data
    for retain in (True, False):
        c = Curvature(cut, cut.start, retain=retain)
        torch.testing.assert_close(c.product(v).data, wanted)
        assert c.retained == retain and (c.retained_bytes > 0) == retain
    tight = NetworkProblem(module, loss, pieces, memory=1)
    assert not Curvature(tight, tight.start).retained


def test_the_stated_bytes_grow_with_the_batch_and_are_those_of_the_graph():
    module, loss, (x, y) = small("mlp-small")
    sizes = []
    for copies in (1, 10):
        batch = (x.repeat(copies, 1, 1, 1), y.repeat(copies))
        problem = NetworkProblem(module, loss, [batch])
        sizes.append(Curvature(problem, problem.start).graph_bytes)
    assert 5 * sizes[0] < sizes[1] <= 10 * sizes[0]


# --- false twins: operators that are not a Hessian ------------------------------------------------


def test_false_twin_an_asymmetric_product_is_refused():
    matrix = torch.randn(50, 50, generator=torch.Generator().manual_seed(0)).double()
    with pytest.raises(NetworkError, match="not those of a symmetric matrix"):
        norm_of(lambda v: matrix @ v, torch.ones(50).double())


def test_false_twin_an_in_place_edit_is_seen(monkeypatch):
    """b_ih and b_hh share one tensor as gradient: scaled in place, it is scaled twice."""
    honest = curvature.filled

    def edited(found, like):
        if not any(d is not None and d.requires_grad for d in found):
            for d in found:
                d.mul_(2)
            found = [d / 2 for d in found]
        return honest(found, like)

    problem = problem_of("lstm-small")
    monkeypatch.setattr(curvature, "filled", edited)
    with pytest.raises(NetworkError, match="gradient changed in place"):
        spectral_norm(problem, problem.start)


def test_products_leave_the_gradient_and_the_vector_as_they_were():
    problem = problem_of("lstm-small")
    c = Curvature(problem, problem.start)
    v = problem.start
    before = [v.data.clone(), c.gradient.data.clone()]
    first, second = c.product(v), c.product(v)
    assert torch.equal(first.data, second.data)
    assert torch.equal(v.data, before[0]) and torch.equal(c.gradient.data, before[1])
    torch.testing.assert_close(c.gradient.data, problem.gradient(problem.start).data)


def test_a_function_with_constant_gradients_has_norm_zero():
    module = torch.nn.Linear(3, 1).double()
    problem = NetworkProblem(module, lambda m, x: m(x).mean(), [torch.ones(2, 3).double()])
    assert spectral_norm(problem, problem.start).upper == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": 0}, "tolerance = 0 must lie between 0 and 1"),
        ({"level": 1}, "level = 1 must lie between 0 and 1"),
        ({"most": 0}, "most = 0 must be at least 1"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(NetworkError, match=message):
        norm_of_diagonal([1, 2], **options)


def test_an_unknown_layer_is_named():
    problem = problem_of("deep-linear")
    with pytest.raises(NetworkError, match="has no parameter 'head'"):
        layer_norms(problem, problem.start, ["head"])


def test_a_nan_is_refused():
    with pytest.raises(NetworkError, match="not finite"):
        norm_of(lambda v: v * math.nan, torch.ones(4).double())
