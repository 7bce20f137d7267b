"""Models by name: `build("lstm", vocabulary=10_000, seed=0)`; standard sizes and small ones.

Weights are drawn on the CPU from the seed, whatever the device, and the global generator is
left alone; `scaled` makes the large-gradient starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from relaxsmooth.networks.backend import torch
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.models.lstm import LSTMLanguageModel, cross_entropy, regularised
from relaxsmooth.networks.models.plain import MLP, DeepLinear, classification, half_squares
from relaxsmooth.networks.models.resnet import ResNet
from relaxsmooth.networks.models.transformer import Transformer

__all__ = [
    "MLP",
    "MODELS",
    "DeepLinear",
    "LSTMLanguageModel",
    "ModelSize",
    "ResNet",
    "Transformer",
    "build",
    "classification",
    "cross_entropy",
    "half_squares",
    "regularised",
    "scaled",
]


@dataclass(frozen=True)
class ModelSize:
    """make(**sizes) is the module; loss(module, batch) its loss; data: text, images or vectors."""

    make: Callable[..., Any]
    loss: Callable[[Any, Any], Any]
    data: str
    sizes: Mapping[str, Any] = field(default_factory=dict)


def _of_sizes(kind: Any) -> Callable[..., Any]:
    """A module that takes its layer sizes as one sequence, from inputs, hidden, layers, classes."""

    def make(inputs: int, hidden: int, layers: int, classes: int, **more: Any) -> Any:
        return kind([inputs, *[hidden] * (layers - 1), classes], **more)

    return make


MODELS: dict[str, ModelSize] = {
    "lstm": ModelSize(  # the paper's: no dropout
        LSTMLanguageModel,
        cross_entropy,
        "text",
        {"embedding": 200, "hidden": 512, "layers": 2},
    ),
    "lstm-small": ModelSize(
        LSTMLanguageModel, cross_entropy, "text", {"embedding": 32, "hidden": 64, "layers": 2}
    ),
    "resnet20": ModelSize(
        ResNet, classification, "images", {"width": 16, "blocks": 3, "norm": "batch"}
    ),
    "resnet-small": ModelSize(
        ResNet,
        classification,
        "images",
        {"width": 4, "blocks": 1, "norm": "group", "activation": "gelu"},
    ),
    "transformer": ModelSize(
        Transformer, cross_entropy, "text", {"width": 256, "layers": 6, "heads": 8}
    ),
    "transformer-small": ModelSize(
        Transformer, cross_entropy, "text", {"width": 32, "layers": 2, "heads": 2, "context": 64}
    ),
    "mlp": ModelSize(_of_sizes(MLP), classification, "images", {"hidden": 256, "layers": 3}),
    "mlp-small": ModelSize(_of_sizes(MLP), classification, "images", {"hidden": 16, "layers": 2}),
    "deep-linear": ModelSize(
        _of_sizes(DeepLinear), half_squares, "vectors", {"hidden": 8, "layers": 3}
    ),
}


def build(name: str, *, seed: int = 0, **sizes: Any) -> Any:
    """The model of this name, with sizes that complete or replace its own.

    text models need vocabulary=; the others inputs= or channels=, and classes=.
    """
    if name not in MODELS:
        raise NetworkError(f"model {name!r} is not known; choose one of {', '.join(MODELS)}")
    size = MODELS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return size.make(**{**size.sizes, **sizes})
        except TypeError as error:
            raise NetworkError(
                f"model {name!r}: {error}; see relaxsmooth.networks.models"
            ) from None


def scaled(module: Any, factor: float, only: str = "") -> Any:
    """The same module, its parameters whose name contains `only` multiplied by the factor."""
    found = [p for name, p in module.named_parameters() if only in name]
    if not found:
        raise NetworkError(f"no parameter has {only!r} in its name; give a part of one")
    with torch.no_grad():
        for p in found:
            p.mul_(factor)
    return module
