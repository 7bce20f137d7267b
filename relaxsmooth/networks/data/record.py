"""What a data set is: arrays by split, and where they come from. Nothing is downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
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

    def standardized(self, split: str, side: int = 0, rows: Any = None) -> NDArray[np.float32]:
        """(x - mean)/deviation with the figures of the training split, padded to side x side.

        rows: the images wanted, as an index; all by default.
        """
        images = self.splits[split][0]
        shift, scale = self.moments
        x = (images if rows is None else images[rows]) - shift
        return padded((x / scale).astype(np.float32), side)

    @cached_property
    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and deviation (1 where it is 0) by channel, from counts of the pixel values."""
        train = self.splits["train"][0]
        counts = np.array([histogram(train[:, c]) for c in range(train.shape[1])], np.float64)
        values, shares = np.arange(256.0), counts / counts.sum(axis=1, keepdims=True)
        mean = shares @ values
        deviation = np.sqrt((shares * (values - mean[:, None]) ** 2).sum(axis=1))
        shape = 1, -1, 1, 1
        return mean.reshape(shape), np.where(deviation > 0, deviation, 1).reshape(shape)


def histogram(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each value 0..255 occurs; in pieces, since bincount takes 8 bytes a pixel."""
    parts = (pixels[i : i + 1000].ravel() for i in range(0, len(pixels), 1000))
    total = np.zeros(256, np.int64)
    for part in parts:
        total += np.bincount(part, minlength=256)
    return total


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
