"""The models: the own LSTM cell is torch's, shapes, seeds, second derivatives."""

from __future__ import annotations

import pytest
import torch

from relaxsmooth.networks import Curvature, NetworkProblem, Vector
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.models import MODELS, build, regularised, scaled, softmax
from relaxsmooth.networks.models.lstm import LSTMLayer
from relaxsmooth.networks.models.resnet import NORMS
from relaxsmooth.networks.models.softmax import mean_cross_entropy

SMALL = ("lstm-small", "resnet-small", "transformer-small", "mlp-small", "deep-linear")


def tokens(seed=0, time=6, batch=3):
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randint(0, 11, (time, batch), generator=generator) for _ in range(2))


def images(seed=0, rows=4):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, 1, 8, 8, generator=generator), torch.arange(rows) % 3


def vectors(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(5, 4, generator=generator), torch.randn(5, 3, generator=generator)


DATA = {"text": tokens, "images": images, "vectors": vectors}
DIMENSIONS = {
    "text": {"vocabulary": 11},
    "images": {"channels": 1, "classes": 3},
    "vectors": {"inputs": 4, "classes": 3},
}


def small(name, seed=0, dtype=torch.float64):
    """A small model with data: (module, loss, batch)."""
    size = MODELS[name]
    sizes = {"inputs": 64, "classes": 3} if "mlp" in name else DIMENSIONS[size.data]
    batch = DATA[size.data]()
    floats = tuple(t.to(dtype) if t.is_floating_point() else t for t in batch)
    return build(name, seed=seed, **sizes).to(dtype), size.loss, floats


def test_the_own_cell_is_torchs_lstm():
    torch.manual_seed(0)
    theirs, ours = torch.nn.LSTM(5, 7).double(), LSTMLayer(5, 7).double()
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(ours, name).data.copy_(getattr(theirs, f"{name}_l0"))
    x, h, c = (torch.randn(*shape).double() for shape in ((9, 3, 5), (1, 3, 7), (1, 3, 7)))
    wanted, (h_wanted, c_wanted) = theirs(x, (h, c))
    got, (h_got, c_got) = ours(x, (h[0], c[0]))
    for a, b in ((got, wanted), (h_got, h_wanted[0]), (c_got, c_wanted[0])):
        torch.testing.assert_close(a, b, rtol=1e-13, atol=1e-14)


def test_the_cross_entropy_is_torchs_with_both_derivatives():
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).double().requires_grad_()
    y = torch.tensor([0, 3, 1, 1, 2])
    wanted = torch.nn.functional.cross_entropy(z, y)
    torch.testing.assert_close(mean_cross_entropy(z, y), wanted)
    assert torch.autograd.gradcheck(lambda z: mean_cross_entropy(z, y), [z])
    assert torch.autograd.gradgradcheck(lambda z: mean_cross_entropy(z, y), [z])
    huge = mean_cross_entropy(1000 * z, y)
    torch.testing.assert_close(huge, torch.nn.functional.cross_entropy(1000 * z, y))


def test_false_twin_a_second_derivative_wrong_by_one_percent_is_found(monkeypatch):
    kind = softmax._CrossEntropyGradient
    honest = kind.backward
    wrong = staticmethod(lambda ctx, u: honest(ctx, 1.01 * u))
    monkeypatch.setattr(kind, "backward", wrong)
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).double().requires_grad_()
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradgradcheck(lambda z: mean_cross_entropy(z, torch.arange(5) % 4), [z])


def test_the_standard_language_model_has_the_published_size():
    model = build("lstm", vocabulary=10_000)
    shapes = {n: tuple(p.shape) for n, p in model.named_parameters()}
    assert shapes["layers.0.weight_hh"] == (2048, 512)
    assert shapes["layers.1.weight_ih"] == (800, 512)  # the last layer has 200: tied softmax
    assert "decoder.weight" not in shapes and shapes["embedding.weight"] == (10_000, 200)


def test_resnet20_has_20_layers_and_the_published_number_of_parameters():
    model = build("resnet20", channels=3, classes=10)
    layers = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 20
    assert sum(p.numel() for p in model.parameters()) == 269_722  # 0.27 M in He et al., Table 6


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_every_resnet_variant_runs(norm, activation):
    model = build("resnet-small", channels=1, classes=3, norm=norm, activation=activation)
    assert model(images()[0]).shape == (4, 3)


def test_a_position_never_sees_later_tokens():
    module, _, (inputs, _) = small("transformer-small")
    changed = inputs.clone()
    changed[4:] = (changed[4:] + 1) % 11
    a, b = module(inputs)[0], module(changed)[0]
    torch.testing.assert_close(a[:4], b[:4], rtol=0, atol=1e-12)
    assert (a[4:] - b[4:]).abs().max() > 1e-3


def test_activation_regularisers_are_the_published_ones():
    module, loss, batch = small("lstm-small")
    _, h, _ = module(batch[0])
    extra = 2 * (h**2).mean() + ((h[1:] - h[:-1]) ** 2).mean()
    torch.testing.assert_close(regularised(module, batch) - loss(module, batch), extra)


@pytest.mark.parametrize("name", SMALL)
def test_a_hessian_product_is_the_derivative_of_the_gradient(name):
    module, loss, batch = small(name)
    problem = NetworkProblem(module, loss, [batch])
    x = problem.start
    v = Vector(torch.randn(problem.dimension, generator=torch.Generator().manual_seed(2)).double())
    t = 1e-4 / v.data.norm()
    ahead, back = (problem.gradient(x + s * v) for s in (t, -t))
    product = Curvature(problem, x).product(v)
    torch.testing.assert_close(product.data, ((ahead - back) / (2 * t)).data, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", SMALL)
def test_a_seed_fixes_the_weights_and_leaves_the_global_generator_alone(name):
    before = torch.random.get_rng_state()
    a, b, c = (small(name, seed)[0] for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    same = [torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True)]
    other = [torch.equal(p, q) for p, q in zip(a.parameters(), c.parameters(), strict=True)]
    assert all(same) and not all(other)


def test_a_large_gradient_start_scales_what_it_names():
    plain, large = build("lstm-small", vocabulary=11), build("lstm-small", vocabulary=11)
    scaled(large, 12.0, "weight_hh")
    for (name, p), q in zip(plain.named_parameters(), large.parameters(), strict=True):
        assert torch.equal(q, p * 12 if "weight_hh" in name else p)
    with pytest.raises(NetworkError, match="no parameter has 'weights' in its name"):
        scaled(large, 2.0, "weights")


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("gpt", {}, "model 'gpt' is not known; choose one of lstm"),
        ("lstm", {}, "missing 1 required positional argument: 'vocabulary'"),
        ("resnet20", {"norm": "layer"}, "norm 'layer' is not known; choose one of batch"),
        ("mlp", {"inputs": 2, "classes": 2, "activation": "x"}, "activation 'x' is not known"),
        ("transformer", {"vocabulary": 9, "heads": 7}, "width 256 is no multiple of 7 heads"),
    ],
)
def test_bad_sizes_are_named(name, sizes, message):
    with pytest.raises(NetworkError, match=message):
        build(name, **sizes)
