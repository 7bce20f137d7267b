"""Where a run takes place: device, dtype, and what is recorded of both."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from relaxsmooth.networks.backend import torch
from relaxsmooth.networks.errors import NetworkError

PACKAGES = "relaxsmooth", "torch", "numpy", "scipy", "safetensors"


def environment(device: str) -> dict[str, Any]:
    """Versions and hardware, as JSON."""
    versions = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return {
        "versions": versions,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "hardware": hardware(device),
        "cores": os.cpu_count(),
    }


def hardware(device: str) -> str:
    """The name of the GPU, or of the processor."""
    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def usable(name: str) -> str:
    """The device, if this torch and this machine have it."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise NetworkError(f"device {name!r} is not known; choose cpu, cuda or mps") from None
    count = {
        "cpu": lambda: 1,
        "cuda": torch.cuda.device_count,
        "mps": lambda: int(torch.backends.mps.is_available()),
    }
    if device.type not in count:
        raise NetworkError(f"device {name!r} is not supported; choose cpu, cuda or mps")
    if (device.index or 0) >= count[device.type]():
        raise NetworkError(f"device {name!r} is not there (torch finds none); choose cpu")
    return name


def dtype_of(name: str) -> Any:
    known = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}
    if name not in known:
        raise NetworkError(f"dtype {name!r} is not known; choose one of {', '.join(known)}")
    return known[name]
