"""Presets: which network, which data, which starts, and how much work a budget buys.

A budget is a plan, not a clock: the same preset, budget and seed do the same steps on every
machine, so that a killed run can be resumed to the same numbers.  The plans are sized for two
CPU cores; a slower machine takes longer, and the run says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from relaxsmooth.networks.errors import NetworkError


@dataclass(frozen=True)
class Start:
    """Initial weights: those whose name contains `only` are multiplied by `factor`."""

    name: str
    factor: float = 1.0
    only: str = ""


@dataclass(frozen=True)
class Budget:
    """seeds; cap: most steps of a tuning trial; curve: steps of a training curve, `every`: rows
    between two probes; eps: in units of the preset's; hessian: spectral norms too; minibatch: the
    stochastic protocol too."""

    seconds: int
    seeds: tuple[int, ...]
    cap: int
    curve: int
    every: int
    eps: float = 1.0
    hessian: bool = False
    minibatch: bool = False


@dataclass(frozen=True)
class Preset:
    """What is trained, and where its step grids begin.

    rows x length tokens (text), or `rows` images of side `side` averaged over `pooled` pixels.
    eps: the target gradient norm, below the plateau of the start; grids: by rule and parameter
    the first values tried, widened until the best lies inside.
    """

    name: str
    title: str
    model: str
    sizes: Mapping[str, Any]
    kind: str  # "text" or "images"
    rows: int
    length: int = 0
    pooled: int = 1
    eps: float = 0.02
    starts: tuple[Start, ...] = (Start("default"),)
    grids: Mapping[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)
    budgets: Mapping[str, Budget] = field(default_factory=dict)


def around(step: float, threshold: float = 0.5) -> dict[str, dict[str, tuple[float, ...]]]:
    """First grids: steps; clipping thresholds; lengths and offsets of normalized GD."""
    steps = step / 2, step, 2 * step
    levels = threshold / 2, threshold, 2 * threshold
    return {
        "gd": {"h": steps},
        "clipped": {"eta": steps, "gamma": levels},
        "normalized": {"eta": tuple(s * threshold for s in steps), "beta": levels},
    }


TINY = Budget(10, (0,), 60, 20, 5, eps=12.0, hessian=True)
TWO_MINUTES = Budget(120, (0,), 600, 120, 8)
FIFTEEN_MINUTES = Budget(900, (0, 1, 2), 1000, 240, 8, hessian=True, minibatch=True)
BUDGETS = {"10s": TINY, "2m": TWO_MINUTES, "15m": FIFTEEN_MINUTES}

PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "lstm-text",
            "LSTM language model, full batch",
            "lstm-small",
            {"layers": 1, "hidden": 64, "embedding": 32},
            "text",
            rows=64,
            length=16,
            eps=0.02,
            starts=(Start("default"), Start("large", 12.0, "weight_hh")),
            grids=around(4, 1 / 4),
            budgets=BUDGETS,
        ),
        Preset(
            "transformer-text",
            "pre-norm transformer language model, full batch",
            "transformer-small",
            {},
            "text",
            rows=32,
            length=32,
            eps=0.05,
            starts=(Start("default"), Start("large", 4.0, "qkv.weight")),
            grids=around(1),
            budgets=BUDGETS,
        ),
        Preset(
            "resnet-images",
            "ResNet20 with batch normalization on images, full batch",
            "resnet20",
            {"width": 4},
            "images",
            rows=128,
            pooled=2,
            eps=0.05,
            starts=(Start("default"), Start("large", 8.0, "linear.weight")),
            grids=around(1 / 2),
            budgets=BUDGETS,
        ),
        Preset(
            "mlp-images",
            "a small fully connected network on images, full batch",
            "mlp-small",
            {},
            "images",
            rows=128,
            pooled=2,
            eps=0.02,
            starts=(Start("default"), Start("large", 6.0, "layers.0.weight")),
            grids=around(1 / 2),
            budgets=BUDGETS,
        ),
        Preset(
            "lstm-text-standard",
            "the paper's language model: 2 layers, embedding 200, hidden 512 (for a GPU)",
            "lstm",
            {},
            "text",
            rows=256,
            length=70,
            eps=0.02,
            starts=(Start("default"),),
            grids=around(8, 1 / 4),
            budgets=BUDGETS,
        ),
        Preset(
            "resnet-images-standard",
            "ResNet20 of width 16 on 2,048 images (for a GPU)",
            "resnet20",
            {"width": 16},
            "images",
            rows=2048,
            eps=0.05,
            starts=(Start("default"),),
            grids=around(1 / 2),
            budgets=BUDGETS,
        ),
    )
}


def preset(name: str) -> Preset:
    if name not in PRESETS:
        raise NetworkError(f"preset {name!r} is not known; choose one of {', '.join(PRESETS)}")
    return PRESETS[name]


def budget(chosen: Preset, name: str) -> Budget:
    if name not in chosen.budgets:
        raise NetworkError(
            f"budget {name!r} is not known; choose one of {', '.join(chosen.budgets)}"
        )
    return chosen.budgets[name]
