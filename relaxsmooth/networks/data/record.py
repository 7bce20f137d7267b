"""What a data set is: arrays by split, and where they come from. Nothing is downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "valid", "test")


class DataError(ValueError):
    """The data are not there, or not what they should be; the message says what to do."""


@dataclass(frozen=True)
class Provenance:
    """Name, licence, where a copy comes from, sha256 of the raw content, and remarks."""

    name: str
    licence: str
    origin: str
    sha256: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text:
    """Token numbers by split, int64 (n,), below len(vocabulary); `words` gives the text back."""

    splits: Mapping[str, NDArray[np.int64]]
    vocabulary: tuple[str, ...]
    provenance: Provenance

    def words(self, split: str, count: int = 20) -> str:
        """The first tokens of a split as text."""
        return " ".join(self.vocabulary[i] for i in self.splits[split][:count])


@dataclass(frozen=True)
class Images:
    """Grey or colour images by split, uint8 (n, channels, height, width), and labels int64 (n,)."""

    splits: Mapping[str, tuple[NDArray[np.uint8], NDArray[np.int64]]]
    classes: tuple[str, ...]
    provenance: Provenance

    def standardized(self, split: str, side: int = 0) -> NDArray[np.float32]:
        """(x - mean)/deviation with the figures of the training split, padded to side x side."""
        train = self.splits["train"][0].astype(np.float32)
        shift = train.mean(axis=(0, 2, 3), keepdims=True)
        scale = train.std(axis=(0, 2, 3), keepdims=True)
        x = (self.splits[split][0] - shift) / np.where(scale > 0, scale, 1)
        return padded(x.astype(np.float32), side)


def padded(x: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Zeros around each image up to side x side; 0 leaves it as it is."""
    height, width = x.shape[2:]
    if side and side < max(height, width):
        raise DataError(f"images of {height}x{width} do not fit into {side}x{side}; ask for more")
    rows, columns = max(side - height, 0), max(side - width, 0)
    margins = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))
    return np.pad(x, ((0, 0), (0, 0), *margins))


def digest(*contents: bytes) -> str:
    """sha256 of the contents, one after the other."""
    total = hashlib.sha256()
    for content in contents:
        total.update(content)
    return total.hexdigest()


@dataclass(frozen=True)
class Known:
    """A published data set: what its content is known to be, to be compared with a copy."""

    licence: str
    origin: str
    sha256: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)

    def provenance(self, name: str, sha256: str, found: Mapping[str, Any]) -> Provenance:
        """The record of a copy; a difference from the published one is a remark."""
        remarks = []
        if self.sha256 and sha256 != self.sha256:
            remarks.append(f"sha256 {sha256[:12]}... is not the {self.sha256[:12]}... known here")
        for what, size in self.sizes.items():
            if found[what] != size:
                remarks.append(f"{found[what]} {what}, the published set has {size}")
        return Provenance(name, self.licence, self.origin, sha256, tuple(remarks))
