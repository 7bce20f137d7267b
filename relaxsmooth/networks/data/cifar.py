"""CIFAR-10 from a user's folder.  The Python version is a pickle, which this does not load: the
opcodes are read one by one (pickletools), nothing is built, and the bytes and labels are taken."""

from __future__ import annotations

import hashlib
import pickletools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.data.record import DataError, digest

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5")
PIXELS = 3 * 32 * 32
# md5 of the files of the published Python version
PUBLISHED = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41d9bdf6b33a7a0b5ea7a6a4",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]


def read(folder: Path) -> tuple[Labelled, Labelled, str, tuple[str, ...]]:
    """(train, test, sha256, remarks) of the binary version (*.bin) or the Python one."""
    names = (*BATCHES, "test_batch")
    for ending, reader in ((".bin", from_binary), ("", from_opcodes)):
        paths = [folder / f"{name}{ending}" for name in names]
        lacking = [path.name for path in paths if not path.is_file()]
        if not lacking:
            contents = [path.read_bytes() for path in paths]
            parts = [reader(c, path) for c, path in zip(contents, paths, strict=True)]
            remarks = () if ending else compared(dict(zip(names, contents, strict=True)))
            images, labels = (np.concatenate(found) for found in zip(*parts[:-1], strict=True))
            return (images, labels), parts[-1], digest(*contents), remarks
        if len(lacking) < len(names):
            raise DataError(f"{folder} lacks {', '.join(lacking)}; unpack CIFAR-10 again")
    raise DataError(
        f"{folder} holds no CIFAR-10; give the folder with data_batch_1.bin ... test_batch.bin "
        "or data_batch_1 ... test_batch"
    )


def compared(contents: dict[str, bytes]) -> tuple[str, ...]:
    """A remark for each file that is not the published one."""
    return tuple(
        f"{name} is not the published file (md5 differs)"
        for name, content in contents.items()
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != PUBLISHED[name]
    )


def from_binary(content: bytes, path: Path) -> Labelled:
    """Rows of one label and PIXELS bytes."""
    if not content or len(content) % (PIXELS + 1):
        raise DataError(f"{path} has {len(content)} bytes, no multiple of {PIXELS + 1}; it is cut")
    rows = np.frombuffer(content, np.uint8).reshape(-1, PIXELS + 1)
    return labelled(rows[:, 1:], rows[:, 0].astype(np.int64), path)


def from_opcodes(content: bytes, path: Path) -> Labelled:
    """The one long string of pixels, and the whole numbers that follow the key `labels`."""
    pixels, labels, inside = b"", list[int](), False
    try:
        for opcode, value, _ in pickletools.genops(content):
            if isinstance(value, str | bytes):
                raw = value.encode("latin-1", "replace") if isinstance(value, str) else value
                inside = raw == b"labels" if len(raw) < PIXELS else inside
                pixels = max(pixels, raw, key=len)
            elif (
                inside and type(value) is int and opcode.name.startswith(("BININT", "INT", "LONG"))
            ):
                labels.append(value)
            elif inside and labels and opcode.name in ("APPENDS", "SETITEM", "SETITEMS"):
                inside = False
    except (ValueError, UnicodeError) as error:
        raise DataError(f"{path} is no pickle of CIFAR-10 ({error!s:.60})") from None
    if not labels or len(pixels) != PIXELS * len(labels):
        raise DataError(f"{path} has {len(pixels)} pixel bytes for {len(labels)} labels")
    rows = np.frombuffer(pixels, np.uint8).reshape(-1, PIXELS)
    return labelled(rows, np.array(labels, np.int64), path)


def labelled(rows: NDArray[np.uint8], labels: NDArray[np.int64], path: Path) -> Labelled:
    wrong = labels[(labels < 0) | (labels >= len(CLASSES))]
    if wrong.size:
        raise DataError(f"{path} has the label {wrong[0]}; a label is 0 to {len(CLASSES) - 1}")
    return rows.reshape(-1, 3, 32, 32), labels
