"""Any module with a loss is a problem: nothing is changed, micro-batches add up, errors speak."""

from __future__ import annotations

import copy
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_models import SMALL, small

from relaxsmooth.networks import Curvature, NetworkProblem, Vector, spectral_norm
from relaxsmooth.networks.errors import NetworkError

nn = torch.nn


def rows(n=6, features=4):
    x = torch.randn(n, features, generator=torch.Generator().manual_seed(0)).double()
    return x, torch.arange(n) % 3


def classify(module, batch):
    return nn.functional.cross_entropy(module(batch[0]), batch[1])


class Recurrent(nn.Module):
    """torch's own LSTM, whose fused kernels have no second derivative on CUDA."""

    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(4, 3), nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(self.lstm(x)[0])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        return self.linear(self.layer(x[None])[0])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


def normed():
    return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.GELU(), nn.Linear(5, 3))


FOREIGN = {"nn.LSTM": Recurrent, "attention": Attention, "tied": Tied, "batch norm": normed}


def foreign(name):
    torch.manual_seed(0)
    return NetworkProblem(FOREIGN[name]().double(), classify, [rows()])


@pytest.mark.parametrize("name", FOREIGN)
def test_torchs_own_modules_have_gradients_and_hessian_products(name):
    problem = foreign(name)
    x, n = problem.start, problem.dimension
    v = Vector(torch.randn(n, generator=torch.Generator().manual_seed(1)).double())
    t = 1e-5 / v.data.norm()
    slope = (problem.value(x + t * v) - problem.value(x - t * v)) / (2 * t)
    torch.testing.assert_close(problem.gradient(x) * v, slope, rtol=1e-6, atol=1e-9)
    bent = (problem.gradient(x + t * v) - problem.gradient(x - t * v)).data / (2 * t)
    product = Curvature(problem, x).product(v).data
    torch.testing.assert_close(product, bent, rtol=1e-4, atol=1e-6)


def test_a_tied_parameter_is_one_parameter():
    assert foreign("tied").dimension == 4 * 4 + 4 + 4


@pytest.mark.parametrize("name", FOREIGN)
def test_parameters_buffers_and_gradients_of_the_module_are_left_alone(name):
    problem = foreign(name)
    before = copy.deepcopy(problem.module.state_dict())
    problem.value_and_gradient(2.0 * problem.start)
    spectral_norm(problem, problem.start, most=4)
    for key, value in problem.module.state_dict().items():
        assert torch.equal(value, before[key]), key
    assert all(p.grad is None for p in problem.module.parameters())


def test_load_writes_the_point_and_current_reads_it():
    problem = foreign("tied")
    x = 0.5 * problem.start
    problem.load(x)
    assert torch.equal(problem.current().data, x.data)


def test_frozen_parameters_stay_out_of_x():
    module = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3)).double()
    module[0].weight.requires_grad_(False)
    problem = NetworkProblem(module, classify, [rows()])
    assert problem.dimension == 5 + 15 + 3 and "0.weight" not in problem.shapes


@settings(max_examples=10)
@given(cuts=st.sets(st.integers(1, 5)))
def test_micro_batches_add_up_to_the_whole(cuts):
    x, y = rows()
    ends = [0, *sorted(cuts), 6]
    pieces = [(x[a:b], y[a:b]) for a, b in pairwise(ends)]
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)).double()
    whole, cut = (NetworkProblem(module, classify, b) for b in ([(x, y)], pieces))
    (f, df), (g, dg) = (p.value_and_gradient(p.start) for p in (whole, cut))
    torch.testing.assert_close(f, g, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(df.data, dg.data, rtol=1e-12, atol=1e-14)


def test_false_twin_equal_weights_on_unequal_pieces_are_another_function():
    x, y = rows()
    module = nn.Linear(4, 3).double()
    pieces = [(x[:1], y[:1]), (x[1:], y[1:])]
    right = NetworkProblem(module, classify, pieces)
    wrong = NetworkProblem(module, classify, pieces, weights=[0.5, 0.5])
    assert abs(right.value(right.start) - wrong.value(wrong.start)) > 1e-3


@pytest.mark.parametrize("name", SMALL)
def test_the_same_point_gives_the_same_bits(name):
    module, loss, batch = small(name, dtype=torch.float32)
    problem = NetworkProblem(module, loss, [batch])
    first, second = (problem.value_and_gradient(problem.start) for _ in range(2))
    assert torch.equal(first[0], second[0]) and torch.equal(first[1].data, second[1].data)


def test_batches_may_be_mappings_and_single_tensors():
    x, y = rows()
    module = nn.Linear(4, 3).double()
    plain = NetworkProblem(module, classify, [(x, y)])
    mapped = NetworkProblem(
        module, lambda m, b: nn.functional.cross_entropy(m(b["x"]), b["y"]), [{"x": x, "y": y}]
    )
    assert torch.equal(plain.value(plain.start), mapped.value(mapped.start))
    single = NetworkProblem(module, lambda m, b: (m(b) ** 2).mean(), [x])
    assert single.to(dtype=torch.float32).batches[0].dtype == torch.float32


def bad(message, module=None, loss=classify, batches=None, **options):
    with pytest.raises(NetworkError, match=message):
        NetworkProblem(
            nn.Linear(4, 3).double() if module is None else module,
            loss,
            [rows()] if batches is None else batches,
            **options,
        )


def test_bad_problems_are_refused_in_one_line():
    bad("has no trainable parameter", module=nn.ReLU())
    bad("there is no batch", batches=[])
    bad("2 weights for 1 batches", weights=[1, 2])
    bad("the loss has shape \\(6, 3\\)", loss=lambda m, b: m(b[0]))
    mixed = nn.Sequential(nn.Linear(4, 3).double(), nn.Linear(3, 3))
    bad("parameter 1.weight is torch.float32 on cpu", module=mixed)
    bad("no tensor with rows", batches=[3], loss=lambda m, b: m(rows()[0]).sum())


def test_a_random_loss_is_refused():
    torch.manual_seed(0)
    noisy = nn.Sequential(nn.Linear(4, 30), nn.Dropout(), nn.Linear(30, 3)).double()
    bad("remove the randomness, for dropout by module.eval\\(\\)", module=noisy)
    assert NetworkProblem(noisy.eval(), classify, [rows()]).dimension == 243
