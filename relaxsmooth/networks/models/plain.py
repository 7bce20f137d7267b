"""Fully connected networks, and the deep linear network, which is in the class for no (L0, L1).

f(W_1, ..., W_n) = mean ‖W_n ... W_1 x - y‖²/2: along W_2 W_1 = y (n = 2), or along 0 in all
factors but one (n >= 3), the gradient vanishes while the Hessian grows (theory: (w1 w2 - 1)²).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from relaxsmooth.networks.backend import Tensor, nn
from relaxsmooth.networks.models.resnet import activation_of


class MLP(nn.Module):  # type: ignore[misc]
    """inputs (batch, ...), flattened -> scores (batch, sizes[-1])."""

    def __init__(self, sizes: Sequence[int], activation: str = "gelu") -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.activation = activation_of(activation)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


class DeepLinear(nn.Module):  # type: ignore[misc]
    """x -> W_n ... W_1 x without biases."""

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(a, b, bias=False) for a, b in pairwise(sizes)))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.flatten(1))


def classification(module: Any, batch: Any) -> Tensor:
    """Mean cross-entropy of (inputs, classes)."""
    inputs, classes = batch
    return nn.functional.cross_entropy(module(inputs), classes)


def half_squares(module: Any, batch: Any) -> Tensor:
    """Mean over the batch of ‖module(x) - y‖²/2."""
    inputs, targets = batch
    return (module(inputs) - targets).pow(2).sum(dim=1).mean() / 2
