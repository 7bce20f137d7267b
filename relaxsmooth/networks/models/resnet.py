"""ResNet for 32x32 images, He et al. 2016: 3 stages of n blocks, 6n + 2 layers (n = 3: ResNet20).

norm: batch, group or none; activation: relu or gelu (finite differences of gradients are wrong
on relu's kinks, and second derivatives miss them: gelu is the control).  Shortcuts have no
parameters (the paper's option A: every second pixel, new channels zero).
"""

from __future__ import annotations

from typing import Any

from relaxsmooth.networks.backend import Tensor, nn
from relaxsmooth.networks.errors import NetworkError

NORMS = ("batch", "group", "none")
ACTIVATIONS: dict[str, Any] = {"relu": nn.functional.relu, "gelu": nn.functional.gelu}
GROUPS = 4


def activation_of(name: str) -> Any:
    if name not in ACTIVATIONS:
        raise NetworkError(
            f"activation {name!r} is not known; choose one of {', '.join(ACTIVATIONS)}"
        )
    return ACTIVATIONS[name]


def _norm(kind: str, channels: int) -> Any:
    if kind not in NORMS:
        raise NetworkError(f"norm {kind!r} is not known; choose one of {', '.join(NORMS)}")
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(GROUPS, channels) if kind == "group" else nn.Identity()


class Block(nn.Module):  # type: ignore[misc]
    """x + two 3x3 convolutions, each normed, with the activation between and after."""

    def __init__(self, inputs: int, channels: int, stride: int, norm: str, activation: str) -> None:
        super().__init__()
        bias = norm == "none"
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, padding=1, bias=bias)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.norm1, self.norm2 = _norm(norm, channels), _norm(norm, channels)
        self.activation, self.stride = activation_of(activation), stride
        self.added = channels - inputs

    def forward(self, x: Tensor) -> Tensor:
        inside = self.norm2(self.conv2(self.activation(self.norm1(self.conv1(x)))))
        kept = x[:, :, :: self.stride, :: self.stride] if self.stride > 1 else x
        if self.added:
            kept = nn.functional.pad(kept, (0, 0, 0, 0, 0, self.added))
        return self.activation(kept + inside)


class ResNet(nn.Module):  # type: ignore[misc]
    """images (batch, channels, height, width) -> scores (batch, classes)."""

    def __init__(
        self,
        channels: int = 3,
        classes: int = 10,
        width: int = 16,
        blocks: int = 3,
        norm: str = "batch",
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, padding=1, bias=norm == "none")
        self.norm, self.activation = _norm(norm, width), activation_of(activation)
        stages, inputs = [], width
        for stage in range(3):
            for i in range(blocks):
                stride = 2 if stage and not i else 1
                stages.append(Block(inputs, width * 2**stage, stride, norm, activation))
                inputs = width * 2**stage
        self.blocks = nn.Sequential(*stages)
        self.linear = nn.Linear(inputs, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.activation(self.norm(self.conv(x))))
        return self.linear(x.mean(dim=(2, 3)))
