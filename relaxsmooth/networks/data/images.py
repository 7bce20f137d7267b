"""Images: Fashion-MNIST as Debian packages it, scikit-learn's digits, a user's own CIFAR-10."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.data import cifar
from relaxsmooth.networks.data.record import DataError, Images, Known, Provenance, digest

FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")
FASHION = Known(
    "MIT (Expat)",
    "Debian: apt-get install dataset-fashion-mnist",
    "14410854cf7a289477dcfc7df3f8ec24741e281cdcc425ede0d9a748ca630214",
)
FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
DIGITS = Known("BSD-3-Clause", "the package scikit-learn, load_digits")
HELD_OUT = 10  # one training image in HELD_OUT validates
Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]


def fashion_mnist(folder: Path | None = None) -> Images:
    """60,000 + 10,000 grey images of 28 x 28; DataError where the package is not installed."""
    names = [f"{s}-{k}-ubyte" for s in ("train", "t10k") for k in ("images-idx3", "labels-idx1")]
    contents = [unpacked(folder or FASHION_FOLDER, name) for name in names]
    arrays = [idx(content, name) for content, name in zip(contents, names, strict=True)]
    for place, images, labels in zip(names[::2], arrays[::2], arrays[1::2], strict=True):
        if images.ndim != 3 or labels.shape != images.shape[:1] or labels.max(initial=0) > 9:
            raise DataError(
                f"{place}: images of shape {images.shape}, labels of shape {labels.shape} up to "
                f"{labels.max(initial=0)}; they must be n images with n labels from 0 to 9"
            )
    train, test = [
        (images[:, None], labels.astype(np.int64))
        for images, labels in zip(arrays[::2], arrays[1::2], strict=True)
    ]
    splits = {**held_out(train), "test": test}
    provenance = FASHION.provenance("fashion-mnist", digest(*contents), {})
    return Images(splits, FASHION_CLASSES, provenance)


def unpacked(folder: Path, name: str) -> bytes:
    """The content of name or name.gz."""
    for path, opened in ((folder / name, Path.open), (folder / f"{name}.gz", gzip.open)):
        if path.is_file():
            try:
                with opened(path, "rb") as file:
                    return bytes(file.read())
            except (OSError, EOFError) as error:
                raise DataError(f"{path} cannot be read ({error}); install it again") from None
    raise DataError(f"{folder / name}[.gz] is not there; {FASHION.origin}")


def idx(content: bytes, name: str) -> NDArray[np.uint8]:
    """The array of an idx file: two zero bytes, type 8 (unsigned byte), rank, sizes, data."""
    if len(content) < 4 or content[:3] != b"\0\0\x08" or not 1 <= content[3] <= 4:
        raise DataError(f"{name} is no idx file of bytes (it starts {content[:4]!r})")
    rank = content[3]
    sizes = np.frombuffer(content[4 : 4 + 4 * rank].ljust(4 * rank, b"\0"), ">u4").tolist()
    data = np.frombuffer(content[4 + 4 * rank :], np.uint8)
    expected = int(np.prod(sizes, dtype=object))
    if data.size != expected:
        raise DataError(f"{name} announces {expected} bytes and holds {data.size}; it is cut")
    return data.reshape(sizes)


def digits() -> Images:
    """1,797 grey images of 8 x 8, there wherever scikit-learn is."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise DataError("scikit-learn is not installed; pip install 'relaxsmooth[torch]'") from None
    found = load_digits()
    images = (found.images * (255 / 16)).round().astype(np.uint8)[:, None]
    order = np.random.default_rng(0).permutation(len(images))  # writers come in blocks
    images, labels = images[order], found.target[order].astype(np.int64)
    cut = len(images) * 5 // 6
    splits = {**held_out((images[:cut], labels[:cut])), "test": (images[cut:], labels[cut:])}
    provenance = DIGITS.provenance("digits", digest(images.tobytes()), {})
    return Images(splits, tuple("0123456789"), provenance)


def cifar10(folder: Path) -> Images:
    """A user's CIFAR-10, its binary or its Python version: 50,000 + 10,000 colour, 32 x 32."""
    train, test, sha256, remarks = cifar.read(folder)
    provenance = Provenance("cifar-10", "as stated by its owner", str(folder), sha256, remarks)
    return Images({**held_out(train), "test": test}, cifar.CLASSES, provenance)


def held_out(train: Labelled) -> dict[str, Labelled]:
    """Every HELD_OUT-th image validates."""
    images, labels = train
    aside = np.arange(len(images)) % HELD_OUT == HELD_OUT - 1
    return {
        "train": (images[~aside], labels[~aside]),
        "valid": (images[aside], labels[aside]),
    }
