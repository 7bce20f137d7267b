"""Presets: which network, which data, which starts, and how much work a budget buys.

A budget is a plan, not a clock: the same preset, budget and seed do the same steps on every
machine, so that a killed run can be resumed to the same numbers.  The plans are sized to half of
the named time on two idle CPU cores; a slower machine takes longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from relaxsmooth.networks.errors import NetworkError

Grids = Mapping[str, Mapping[str, tuple[float, ...]]]


@dataclass(frozen=True)
class Start:
    """Initial weights: those whose name contains `only` are multiplied by `factor`."""

    name: str
    factor: float = 1.0
    only: str = ""


@dataclass(frozen=True)
class Budget:
    """How much is done.

    seeds: weights and slices, one each.  cap: most steps of a tuning trial; theorem: of a run
    with a theorem's own steps.  curve: steps of a training curve; every: rows between two
    probes.  factor: ratio of neighbours in a step grid.  rows: share of the preset's rows.
    eps: in units of the preset's.  hessian: spectral norms too; minibatch: the stochastic
    protocol too.
    """

    seconds: int
    seeds: tuple[int, ...]
    cap: int
    theorem: int
    curve: int
    every: int
    factor: float = 2.0
    rows: float = 1.0
    eps: float = 1.0
    hessian: bool = False
    minibatch: bool = False


@dataclass(frozen=True)
class Preset:
    """What is trained, and where its step grids begin.

    rows x length tokens (text), or `rows` images averaged over pooled x pooled pixels.
    eps: the target gradient norm, far below the plateau of the start.  steps, thresholds: in the
    middle of the first step grids, which are widened until the best lies inside.
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
    step: float = 1.0
    threshold: float = 0.5
    budgets: Mapping[str, Budget] = field(default_factory=dict)

    def within(self, plan: Budget) -> Preset:
        """The preset at the size that the plan affords."""
        return replace(self, rows=max(round(self.rows * plan.rows), 2), eps=self.eps * plan.eps)

    def grids(self, factor: float) -> Grids:
        """First grids: steps; clipping thresholds; lengths and offsets of normalized GD."""
        steps, levels = (
            (middle / factor, middle, middle * factor) for middle in (self.step, self.threshold)
        )
        return {
            "gd": {"h": steps},
            "clipped": {"eta": steps, "gamma": levels},
            "normalized": {"eta": tuple(s * self.threshold for s in steps), "beta": levels},
        }


SHORT = Budget(10, (0,), 120, 40, 32, 4, factor=4.0, rows=1 / 4, eps=2.0, hessian=True)
MEDIUM = Budget(120, (0,), 600, 600, 120, 8)
LONG = Budget(900, (0, 1, 2), 1500, 1500, 200, 10, hessian=True, minibatch=True)


def budgets(short: Any = (), medium: Any = (), **longer: Any) -> dict[str, Budget]:
    """The three plans, with other figures for the two longer ones, and for each."""
    return {
        "10s": replace(SHORT, **dict(short)),
        "2m": replace(MEDIUM, **{**longer, **dict(medium)}),
        "15m": replace(LONG, **longer),
    }


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
            step=16,
            threshold=1 / 4,
            budgets=budgets(medium={"rows": 1 / 2}),
        ),
        Preset(
            "transformer-text",
            "pre-norm transformer language model, full batch",
            "transformer-small",
            {},
            "text",
            rows=32,
            length=16,
            eps=0.05,
            starts=(Start("default"), Start("large", 3.0)),
            step=1,
            budgets=budgets(),
        ),
        Preset(
            "resnet-images",
            "ResNet20 with batch normalization on images, full batch",
            "resnet20",
            {"width": 4},
            "images",
            rows=64,
            pooled=2,
            eps=0.05,
            starts=(Start("default"), Start("large", 8.0, "linear.weight")),
            step=1 / 2,
            budgets=budgets(medium={"rows": 3 / 4}, cap=200, theorem=100, curve=60, every=6),
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
            step=1 / 2,
            budgets=budgets(cap=2000, theorem=5000),
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
            step=8,
            threshold=1 / 4,
            budgets=budgets(),
        ),
        Preset(
            "resnet-images-standard",
            "ResNet20 of width 16 on 2,048 images (for a GPU)",
            "resnet20",
            {"width": 16},
            "images",
            rows=2048,
            eps=0.05,
            step=1 / 2,
            budgets=budgets(),
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
