"""The folder of a run: no pickle anywhere.

run.json                 what was asked, and the provenance; written once
traces/KEY.npz           a finished trial
partial/KEY.safetensors  the last checkpoint of an unfinished one
parts/NAME.json          the results of one seed and start, or of one theorem on it
results.json             all of them; its presence says that the run is finished

Every file is written beside its place and then renamed, so that a kill at any moment leaves
either the old content or the new one.  A file that cannot be read counts as not there: what it
held is computed again, to the same numbers.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.errors import NetworkError

Columns = Mapping[str, NDArray[Any]]
RUN, RESULTS, LOCK = "run.json", "results.json", ".lock"
TRACES, PARTIAL, PARTS = "traces", "partial", "parts"


def write_whole(path: Path, content: bytes) -> None:
    """The content on disk under its final name, or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _locked(file: Any) -> bool:
    try:
        import fcntl
    except ImportError:  # not on this system: then it is the user who takes care
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


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

    def json(self, name: str) -> dict[str, Any] | None:
        """A file that `write_json` wrote; None where it is not there or torn."""
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    @property
    def identity(self) -> str:
        """Digest of run.json: a checkpoint with another one is of another run."""
        path = self.folder / RUN
        return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No second run in this folder; the lock ends with the process that holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("w") as file:
            if not _locked(file):
                raise NetworkError(
                    f"another run is at work in {self.folder}; wait for it, or choose another --out"
                )
            for left in self.folder.glob("*/.*.tmp"):  # what a kill left half written
                left.unlink(missing_ok=True)
            yield

    # --- traces ------------------------------------------------------------------------------

    def trace_path(self, key: str) -> Path:
        return self.folder / TRACES / f"{key}.npz"

    def trace(self, key: str) -> dict[str, NDArray[Any]] | None:
        """The columns of a finished trial; None where it is not finished, or torn."""
        unreadable = (
            OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, RuntimeError,
        )  # fmt: skip
        with suppress(*unreadable):
            content = BytesIO(self.trace_path(key).read_bytes())
            with np.load(content, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        return None

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
        """The tensors of the last checkpoint; None where there is none that can be read.

        NetworkError where it is of another run.
        """
        from safetensors import SafetensorError, safe_open

        path = self.partial_path(key)
        try:
            with safe_open(path, framework="pt") as file:
                names, of_run = list(file.keys()), (file.metadata() or {}).get("run")
                # copies: results may depend on how a tensor lies in memory
                found = {name: file.get_tensor(name).clone() for name in names}
        except (SafetensorError, OSError):
            return None  # the trial then starts again: same numbers, some minutes more
        if of_run != self.identity:
            raise NetworkError(
                f"{path} is a checkpoint of another run; remove it, or choose another --out"
            )
        return found

    def write_partial(self, key: str, tensors: Mapping[str, Any]) -> None:
        from safetensors.torch import save

        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        write_whole(self.partial_path(key), save(whole, {"run": self.identity}))
