"""Presets: which network, which data, which starts, and how much work a budget buys.

A budget is a plan, not a clock: the same preset, budget and seed do the same steps on every
machine, so that a killed run can be resumed to the same numbers.  The plans are sized for two
idle CPU cores; a slower machine takes longer.
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
    eps: in units of the preset's; theorem_eps: in units of that, for the theorems, whose own
    steps are small and whose bounds grow as 1/eps^2.  hessian: most Hessian products of a
    spectral norm (0: none is taken); minibatch: the stochastic protocol too.  changes: other
    figures of the preset, such as a smaller network.
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
    theorem_eps: float = 4.0
    hessian: int = 0
    minibatch: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Preset:
    """What is trained, and where its step grids begin.

    rows x length tokens (text), or `rows` images averaged over pooled x pooled pixels, in
    micro-batches of `micro` (0: one batch), each with batch-norm statistics of its own.
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
    micro: int = 0
    eps: float = 0.02
    starts: tuple[Start, ...] = (Start("default"),)
    step: float = 1.0
    threshold: float = 0.5
    budgets: Mapping[str, Budget] = field(default_factory=dict)

    def within(self, plan: Budget) -> Preset:
        """The preset at the size that the plan affords."""
        rows = max(round(self.rows * plan.rows), 2)
        return replace(self, rows=rows, eps=self.eps * plan.eps, **plan.changes)

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


SHORT = Budget(10, (0,), 30, 30, 20, 4, 4.0, rows=1 / 2, theorem_eps=1.0, hessian=4)
MEDIUM = Budget(120, (0,), 600, 600, 120, 8)
LONG = Budget(900, (0, 1, 2), 600, 1200, 120, 8, hessian=40, minibatch=True)


# Of the standard sizes, for a GPU with 0.05 s a gradient (a guess: they have not run on one).
# Memory of a Hessian product's graph: 10 MB a row of the LSTM, 2.3 MB an image.
STANDARD = {
    "2m": replace(MEDIUM, cap=30, theorem=30, curve=40, every=8, rows=1 / 8),
    "15m": replace(MEDIUM, seconds=900, cap=200, theorem=200, every=12, hessian=12),
    "4h": replace(LONG, seconds=14_400, cap=3000, theorem=3000, curve=300, every=20),
}


ONE = {"starts": (Start("default"),)}  # a short plan of what costs most


def budgets(short: Any = (), long: Any = (), **longer: Any) -> dict[str, Budget]:
    """The three plans, with other figures for the short one, for both longer ones, for the long."""
    return {
        "10s": replace(SHORT, **dict(short)),
        "2m": replace(MEDIUM, **longer),
        "15m": replace(LONG, **{**longer, **dict(long)}),
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
            rows=32,
            length=16,
            eps=0.02,
            starts=(Start("default"), Start("large", 12.0, "weight_hh")),
            step=16,
            threshold=1 / 4,
            budgets=budgets(short={"cap": 40, "eps": 8.0, "changes": {"length": 4, **ONE}}),
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
            starts=(Start("default"), Start("large", 2.0)),
            step=1 / 2,
            budgets=budgets(
                short={"eps": 30.0, "changes": {"length": 8, "sizes": {"layers": 1}, **ONE}},
                theorem=300,
            ),
        ),
        Preset(
            "resnet-images",
            "ResNet20 with batch normalization on images, full batch",
            "resnet20",
            {"width": 4},
            "images",
            rows=48,
            pooled=2,
            eps=0.05,
            starts=(Start("default"), Start("large", 8.0, "linear.weight")),
            step=1 / 2,
            budgets=budgets(
                short={
                    "rows": 1 / 3,
                    "cap": 20,
                    "eps": 16.0,
                    "changes": {"sizes": {"width": 4, "blocks": 1}, **ONE},
                },
                long={"theorem": 100, "rows": 1.0},
                rows=3 / 4,
                cap=200,
                theorem=40,
                curve=60,
                every=6,
            ),
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
            budgets=budgets(
                short={"rows": 1 / 4, "eps": 12.0, "cap": 40, "curve": 32}, theorem=5000
            ),
        ),
        Preset(
            "lstm-text-standard",
            "the paper's language model: 2 layers, embedding 200, hidden 512 (for a GPU; 3 GB)",
            "lstm",
            {},
            "text",
            rows=256,
            length=70,
            eps=0.05,
            step=8,
            threshold=1 / 4,
            budgets=STANDARD,
        ),
        Preset(
            "resnet-images-standard",
            "ResNet20 of width 16 on 2,048 images (for a GPU; 2 GB)",
            "resnet20",
            {"width": 16},
            "images",
            rows=2048,
            micro=512,
            eps=0.05,
            step=1 / 2,
            budgets=STANDARD,
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
