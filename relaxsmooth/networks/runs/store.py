"""The folder of a run: run.json, traces/KEY.npz, partial/KEY.safetensors; no pickle anywhere.

Every file is written beside its place and then renamed, so that a kill at any moment leaves
either the old content or the new one.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.errors import NetworkError

Columns = Mapping[str, NDArray[Any]]
RUN, TRACES, PARTIAL = "run.json", "traces", "partial"


def write_whole(path: Path, content: bytes) -> None:
    """The content on disk under its final name, or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


class Store:
    """One run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # --- run.json ----------------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        return (self.folder / RUN).is_file()

    def settings(self) -> dict[str, Any]:
        """What the run was started with, and its provenance; NetworkError where it is not one."""
        path = self.folder / RUN
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NetworkError(
                f"{self.folder} holds no run ({RUN} is not there); give the folder that "
                "`relaxsmooth networks run --out` wrote"
            ) from None
        except (OSError, ValueError) as error:
            raise NetworkError(f"{path} cannot be read ({error!s:.80})") from None
        if not isinstance(found, dict) or not {"preset", "budget", "seed"} <= found.keys():
            raise NetworkError(f"{path} is not the record of a run; give another folder")
        return found

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        self.write_json(RUN, settings)

    def write_json(self, name: str, data: Mapping[str, Any]) -> None:
        text = json.dumps(data, indent=1, sort_keys=True) + "\n"
        write_whole(self.folder / name, text.encode())

    # --- traces ------------------------------------------------------------------------------

    def trace_path(self, key: str) -> Path:
        return self.folder / TRACES / f"{key}.npz"

    def trace(self, key: str) -> dict[str, NDArray[Any]] | None:
        """The columns of a finished trial; None where it is not finished."""
        path = self.trace_path(key)
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise NetworkError(
                f"{path} is no trace ({error!s:.60}); remove it and resume the run"
            ) from None

    def write_trace(self, key: str, columns: Columns) -> None:
        out = BytesIO()
        ordered: dict[str, Any] = dict(sorted(columns.items()))
        np.savez(out, **ordered)
        write_whole(self.trace_path(key), out.getvalue())
        self.partial_path(key).unlink(missing_ok=True)

    def traces(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Every finished trial of the run by key."""
        keys = sorted(path.stem for path in (self.folder / TRACES).glob("*.npz"))
        return {key: trace for key in keys if (trace := self.trace(key)) is not None}

    # --- checkpoints of an unfinished trial ----------------------------------------------------

    def partial_path(self, key: str) -> Path:
        return self.folder / PARTIAL / f"{key}.safetensors"

    def partial(self, key: str) -> dict[str, Any] | None:
        """The tensors of the last checkpoint; None where there is none that can be read."""
        from safetensors import SafetensorError
        from safetensors.torch import load

        path = self.partial_path(key)
        if not path.is_file():
            return None
        try:
            return dict(load(path.read_bytes()))
        except (SafetensorError, OSError):
            return None  # the trial then starts again: same numbers, some minutes more

    def write_partial(self, key: str, tensors: Mapping[str, Any]) -> None:
        from safetensors.torch import save

        write_whole(self.partial_path(key), save({k: t.contiguous() for k, t in tensors.items()}))
