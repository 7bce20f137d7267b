"""From a preset and a seed to problems: the training slice, the validation slice, the starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from relaxsmooth.formula import ZERO
from relaxsmooth.networks.backend import torch
from relaxsmooth.networks.data import DataError, Images, Text, image_data, text_data
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.models import MODELS, build, scaled
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.runs.presets import Preset, Start
from relaxsmooth.networks.tensors import Vector

Batch = tuple[Any, Any]
SLICES = 4  # minibatches of the stochastic protocol; the first one is the full-batch slice


@dataclass(frozen=True)
class Setup:
    """problem: the fixed training slice; valid: the validation slice; starts by name.

    stream(k): the minibatch of step k of the stochastic protocol, drawn by (seed, k).
    """

    problem: NetworkProblem
    valid: NetworkProblem
    starts: Mapping[str, Vector]
    stream: Callable[[int], Batch]
    data: Text | Images


def load(preset: Preset, data: str) -> Text | Images:
    """The preset's data: found, or of the given name or folder."""
    try:
        return text_data(data) if preset.kind == "text" else image_data(data)
    except DataError as error:
        raise NetworkError(str(error)) from None


def prepared(preset: Preset, data: Text | Images, seed: int, device: str, dtype: Any) -> Setup:
    """The problems of one seed on a device; weights are drawn on the CPU, then moved."""
    if isinstance(data, Text):
        train, valid, stream, sizes = _text(preset, data, seed)
    else:
        train, valid, stream, sizes = _images(preset, data, seed)
    loss = MODELS[preset.model].loss

    def module(start: Start) -> Any:
        made = build(preset.model, seed=seed, **{**preset.sizes, **sizes})
        if start.factor != 1:
            scaled(made, start.factor, start.only)
        return made.to(device=device, dtype=dtype)

    def problem(batch: Batch, key: str) -> NetworkProblem:
        made = module(Start("default"))
        batches = micro_batches(_moved(batch, device, dtype), preset.micro)
        return NetworkProblem(made, loss, batches, key=key, lowest=ZERO)

    whole = problem(train, preset.name)
    starts = {
        start.name: NetworkProblem(module(start), loss, whole.batches).start
        for start in preset.starts
    }
    return Setup(
        whole,
        problem(valid, f"{preset.name}, validation"),
        starts,
        lambda k: _moved(stream(k), device, dtype),
        data,
    )


def micro_batches(batch: Batch, rows: int) -> list[Batch]:
    """The batch cut into parts of so many rows; 0: one part."""
    inputs, targets = batch
    if not rows:
        return [batch]
    return list(zip(inputs.split(rows), targets.split(rows), strict=True))


def _moved(batch: Batch, device: str, dtype: Any) -> Batch:
    inputs, targets = batch
    kind = dtype if inputs.is_floating_point() else None
    return inputs.to(device=device, dtype=kind), targets.to(device=device)


Slices = tuple[Batch, Batch, Callable[[int], Batch], dict[str, Any]]


def _text(preset: Preset, data: Text, seed: int) -> Slices:
    """Rows of consecutive tokens; words that the fixed slice lacks are one type, as <unk>."""
    count = preset.rows * preset.length
    train, valid = data.splits["train"], data.splits["valid"]
    if len(train) < SLICES * count + 1 or len(valid) < count + 1:
        raise NetworkError(
            f"{data.provenance.name} has {len(train)} training and {len(valid)} validation "
            f"tokens; {preset.name} needs {SLICES * count + 1} and {count + 1}: take more text"
        )
    offset = seed * count % (len(train) - SLICES * count)
    used = train[offset : offset + SLICES * count + 1]
    types = np.unique(used[: count + 1])
    place = np.full(len(data.vocabulary), len(types), np.int64)
    place[types] = np.arange(len(types))

    def batch(tokens: Any, first: int) -> Batch:
        cut = torch.from_numpy(place[tokens[first : first + count + 1]])
        shape = preset.rows, preset.length
        return cut[:-1].view(shape).T.contiguous(), cut[1:].view(shape).T.contiguous()

    def stream(k: int) -> Batch:
        return batch(used, count * _drawn(seed, k, SLICES))

    return batch(used, 0), batch(valid, 0), stream, {"vocabulary": len(types) + 1}


def _images(preset: Preset, data: Images, seed: int) -> Slices:
    """Images drawn from the training split by the seed, standardized, averaged over pixels."""
    labels = {split: data.splits[split][1] for split in ("train", "valid")}
    available = min(len(labels["train"]) // SLICES, len(labels["valid"]))
    if available < 2:
        raise NetworkError(f"{data.provenance.name} has too few images; take a larger set")
    rows = min(preset.rows, available)
    order = np.random.default_rng(seed).permutation(len(labels["train"]))

    def batch(split: str, chosen: Any) -> Batch:
        images = torch.from_numpy(data.standardized(split, rows=chosen))
        if preset.pooled > 1 and images.shape[-1] >= 7 * preset.pooled:
            images = torch.nn.functional.avg_pool2d(images, preset.pooled)
        return images, torch.from_numpy(labels[split][chosen])

    def stream(k: int) -> Batch:
        first = rows * _drawn(seed, k, SLICES)
        return batch("train", order[first : first + rows])

    train, valid = batch("train", order[:rows]), batch("valid", np.arange(rows))
    classes = {"classes": len(data.classes)}
    shape = train[0].shape
    if preset.model.startswith("mlp"):
        return train, valid, stream, {"inputs": int(np.prod(shape[1:])), **classes}
    return train, valid, stream, {"channels": int(shape[1]), **classes}


def _drawn(seed: int, k: int, count: int) -> int:
    """A number below `count` for step k: a counter, no state that a checkpoint would need."""
    return int(np.random.default_rng([seed, k]).integers(count))
