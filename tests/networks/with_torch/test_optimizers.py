"""ClippedGD and NormalizedGD: torch's clipping where it is right, and right where it is not."""

from __future__ import annotations

import copy
import io

import pytest
import torch

from relaxsmooth.networks import ClippedGD, NormalizedGD
from relaxsmooth.networks.errors import NetworkError

PATHS = pytest.mark.parametrize("foreach", [False, True])
EXTRAS = pytest.mark.parametrize("extra", [{}, {"momentum": 0.9, "weight_decay": 1e-2}])


def network(dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    module = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 2))
    return module.to(dtype)


def data(dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    draw = [torch.randn(20, n, generator=generator, dtype=torch.float64) for n in (5, 2)]
    return [tensor.to(dtype) for tensor in draw]


def loss_of(module):
    x, y = data(next(module.parameters()).dtype)
    return ((module(x) - y) ** 2).mean()


def backward(module, optimizer):
    optimizer.zero_grad()
    loss_of(module).backward()


def furthest(a, b):
    return max(
        (p - q).abs().max().item() for p, q in zip(a.parameters(), b.parameters(), strict=True)
    )


def against_torch(gamma, max_norm, eps, foreach=False, extra=None, dtype=torch.float64, steps=50):
    """The largest distance to clip_grad_norm_ + SGD over the steps, and how many were clipped."""
    ours, theirs = network(dtype), network(dtype)
    extra = extra or {}
    a = ClippedGD(ours.parameters(), 0.5, gamma, eps=eps, foreach=foreach, **extra)
    b = torch.optim.SGD(theirs.parameters(), 0.5, **extra)
    worst, clipped = 0.0, 0
    for _ in range(steps):
        backward(ours, a)
        a.step()
        backward(theirs, b)
        clipped += torch.nn.utils.clip_grad_norm_(theirs.parameters(), max_norm).item() > max_norm
        b.step()
        worst = max(worst, furthest(ours, theirs))
    return worst, clipped


@PATHS
@EXTRAS
def test_clipped_gd_is_clip_grad_norm_and_sgd_step_for_step(foreach, extra):
    worst, clipped = against_torch(0.3, 0.3, 1e-6, foreach, extra)
    assert 0 < clipped < 50 and worst < 1e-13


def test_in_float32_the_two_differ_by_rounding_only():
    worst, clipped = against_torch(0.3, 0.3, 1e-6, dtype=torch.float32)
    assert 0 < clipped < 50 and worst < 50 * torch.finfo(torch.float32).eps


def test_false_twin_a_slightly_wrong_threshold_is_seen():
    assert against_torch(0.3, 0.303, 1e-6)[0] > 1e-3


def test_without_eps_it_is_the_rule_of_the_paper():
    """torch divides by ‖g‖ + 1e-6: one step of length 1/2 gamma is 1e-6/‖g‖ shorter."""
    p, q = (torch.nn.Parameter(torch.zeros(2, dtype=torch.float64)) for _ in range(2))
    for parameter in (p, q):
        parameter.grad = torch.tensor([0.3, 0.4], dtype=torch.float64)
    ClippedGD([p], lr=0.5, gamma=0.1).step()
    ClippedGD([q], lr=0.5, gamma=0.1, eps=1e-6).step()
    assert p.norm().item() == pytest.approx(0.05, rel=1e-15)
    assert 1 - (q.norm() / p.norm()).item() == pytest.approx(2e-6, rel=1e-3)


@PATHS
@pytest.mark.parametrize("make", [ClippedGD, NormalizedGD])
@pytest.mark.parametrize(
    ("size", "dtype"),
    [
        (1e20, torch.float32),
        (3e38, torch.float32),
        (1e155, torch.float64),
        (1e308, torch.float64),
        (3e38, torch.bfloat16),
        (6e4, torch.float16),
    ],
)
def test_huge_gradients_give_a_finite_step_in_the_right_direction(foreach, make, size, dtype):
    p = torch.nn.Parameter(torch.zeros(4, dtype=dtype))
    p.grad = size * torch.tensor([1, -1, 0.5, 0], dtype=dtype)
    before = p.grad.clone()
    make([p], 1.0, 1.0, foreach=foreach).step()
    wanted = torch.tensor([-2 / 3, 2 / 3, -1 / 3, 0], dtype=torch.float64)
    torch.testing.assert_close(p.double(), wanted, rtol=2 * torch.finfo(dtype).eps, atol=0)
    assert torch.equal(p.grad, before)  # the gradient itself is not scaled


def test_false_twin_the_plain_norm_overflows_there():
    p = torch.nn.Parameter(torch.zeros(4))
    p.grad = 1e20 * torch.tensor([1, -1, 0.5, 0])
    torch.nn.utils.clip_grad_norm_([p], 1.0)
    assert (p.grad**2).sum() == 0 or not p.grad.isfinite().all()


@PATHS
@pytest.mark.parametrize("make", [ClippedGD, NormalizedGD])
def test_a_zero_gradient_is_a_zero_step(foreach, make):
    p = torch.nn.Parameter(torch.ones(3))
    p.grad = torch.zeros(3)
    make([p], 1.0, 1.0, foreach=foreach).step()
    assert torch.equal(p, torch.ones(3))


@PATHS
def test_param_groups_have_their_own_steps_and_one_norm(foreach):
    p, q, idle = (torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(3))
    p.grad, q.grad = torch.tensor([3.0]).double(), torch.tensor([4.0]).double()
    groups = [{"params": [p]}, {"params": [q, idle], "lr": 0.1, "gamma": 10.0}]
    optimizer = ClippedGD(groups, lr=1.0, gamma=1.0, foreach=foreach)
    optimizer.step()
    assert optimizer.last_norm.item() == 5
    assert (p.item(), q.item()) == (pytest.approx(-3 / 5), pytest.approx(-0.4))
    assert idle.item() == 0


def test_normalized_gd_is_its_formula():
    p = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    p.grad = torch.tensor([0.3, 0.4], dtype=torch.float64)
    NormalizedGD([p], lr=0.2, beta=0.1).step()
    assert p.tolist() == pytest.approx([-0.2 / 0.6 * 0.3, -0.2 / 0.6 * 0.4])


@EXTRAS
@pytest.mark.parametrize("make", [ClippedGD, NormalizedGD])
def test_a_saved_state_continues_as_if_never_stopped(make, extra):
    def steps(module, optimizer, count):
        for _ in range(count):
            backward(module, optimizer)
            optimizer.step()

    module = network()
    optimizer = make(module.parameters(), 0.5, 0.3, **extra)
    steps(module, optimizer, 5)
    other, saved = copy.deepcopy(module), io.BytesIO()
    torch.save(optimizer.state_dict(), saved)
    saved.seek(0)
    fresh = make(other.parameters(), 9.0, 9.0)
    fresh.load_state_dict(torch.load(saved, weights_only=True))
    steps(module, optimizer, 5)
    steps(other, fresh, 5)
    assert furthest(module, other) == 0


def test_a_closure_is_evaluated_with_gradients_and_its_loss_returned():
    module = network()
    optimizer = ClippedGD(module.parameters(), 0.5, 0.3)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(module)
        loss.backward()
        return loss

    before = loss_of(module).item()
    assert optimizer.step(closure).item() == before
    assert loss_of(module).item() < before


def test_a_learning_rate_schedule_moves_lr():
    p = torch.nn.Parameter(torch.zeros(1))
    optimizer = ClippedGD([p], lr=1.0, gamma=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    for wanted in (-1.0, -1.5, -1.75):
        p.grad = torch.ones(1) * 100
        optimizer.step()
        schedule.step()
        assert p.item() == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lr": -1, "gamma": 1}, "ClippedGD: lr = -1 must be a finite number > 0"),
        ({"lr": 1, "gamma": 0}, "gamma = 0 must be a finite number > 0"),
        ({"lr": 1, "gamma": float("nan")}, "gamma = nan must be"),
        ({"lr": "1", "gamma": 1}, "lr = '1' must be"),
        ({"lr": 1, "gamma": 1, "momentum": -0.1}, "momentum = -0.1 must be a finite number >= 0"),
    ],
)
def test_a_bad_parameter_is_named(given, message):
    with pytest.raises(NetworkError, match=message):
        ClippedGD([torch.nn.Parameter(torch.zeros(1))], **given)


def test_a_sparse_gradient_is_refused():
    p = torch.nn.Parameter(torch.zeros(3))
    p.grad = torch.zeros(3).to_sparse()
    with pytest.raises(NetworkError, match="a sparse gradient has no step here"):
        ClippedGD([p], 1.0, 1.0).step()


def test_mixed_dtypes_step_together_by_one_norm():
    p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    q = torch.nn.Parameter(torch.zeros(1, dtype=torch.bfloat16))
    p.grad, q.grad = torch.tensor([3.0]).double(), torch.tensor([4.0]).bfloat16()
    ClippedGD([p, q], lr=1.0, gamma=1.0, foreach=True).step()
    assert p.item() == pytest.approx(-0.6) and q.item() == pytest.approx(-0.8, rel=1e-2)


@pytest.mark.parametrize("more", [{"momentum": 0.9}, {"weight_decay": 1e-4}, {}])
def test_a_schedule_may_pass_through_zero(more):
    """The direction s(g)/lr does not depend on lr; divided by lr = 0 it was nan."""
    for make in (
        lambda p: ClippedGD(p, lr=0.1, gamma=1.0, **more),
        lambda p: NormalizedGD(p, lr=0.1, beta=1.0, **more),
    ):
        x = torch.nn.Parameter(torch.tensor([3.0, -4.0]))
        optimizer = make([x])
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: k / 2)
        for _ in range(3):
            optimizer.zero_grad()
            (x**2).sum().backward()
            optimizer.step()
            schedule.step()
        assert torch.isfinite(x).all() and x.abs().sum() < 7
