"""The one place that imports torch; every other module of this folder takes it from here.

`torch` has the type Any on purpose: types are checked alike with and without it installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

from relaxsmooth.networks.errors import TorchMissing

Tensor: TypeAlias = Any


def _imported() -> Any:
    try:
        return import_module("torch")
    except ModuleNotFoundError:
        raise TorchMissing(
            "relaxsmooth.networks needs torch, which is not installed; "
            "install it with: pip install 'relaxsmooth[torch]'"
        ) from None


torch: Any = _imported()
nn: Any = torch.nn


def is_meta(tensor: Tensor) -> bool:
    """Whether the tensor has a shape but no data (then nothing about it can be decided)."""
    return bool(tensor.device.type == "meta")


def wide(device: Any) -> Any:
    """The dtype for norms and other scalars: float64, or float32 where a device has no more."""
    return torch.float32 if torch.device(device).type == "mps" else torch.float64


def to_float(value: Any) -> float:
    """A number as a float; nan for a tensor without data."""
    return float("nan") if isinstance(value, torch.Tensor) and is_meta(value) else float(value)
