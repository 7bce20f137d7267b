"""Data that a package ships or the user has: found where installed, never downloaded.

text_data()            king-james if installed, else pydoc (always there)
image_data()           fashion-mnist if installed, else digits
text_data("FOLDER")    a user's own PTB, WikiText or train/valid/test.txt
image_data("FOLDER")   a user's own CIFAR-10 or idx files
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from relaxsmooth.networks.data.images import cifar10, digits, fashion_mnist
from relaxsmooth.networks.data.record import DataError, Images, Provenance, Text
from relaxsmooth.networks.data.text import king_james, own_text, pydoc

__all__ = [
    "IMAGES",
    "TEXTS",
    "DataError",
    "Images",
    "Provenance",
    "Text",
    "image_data",
    "text_data",
]

TEXTS: dict[str, Callable[[], Text]] = {"king-james": king_james, "pydoc": pydoc}
IMAGES: dict[str, Callable[[], Images]] = {"fashion-mnist": fashion_mnist, "digits": digits}
Found = TypeVar("Found", Text, Images)


def text_data(name: str = "") -> Text:
    """The text of that name or folder; without one the first that is installed."""
    return chosen(name, TEXTS, own_text, "text")


def image_data(name: str = "") -> Images:
    """The images of that name or folder; without one the first that are installed."""
    return chosen(name, IMAGES, own_images, "image")


def own_images(folder: Path) -> Images:
    """CIFAR-10, or the four idx files of the MNIST family."""
    is_idx = any(folder.glob("train-images-idx3-ubyte*"))
    return fashion_mnist(folder) if is_idx else cifar10(folder)


def chosen(
    name: str, table: dict[str, Callable[[], Found]], own: Callable[[Path], Found], kind: str
) -> Found:
    if name in table:
        return table[name]()
    if name:
        if not Path(name).is_dir():
            raise DataError(
                f"{kind} data {name!r} is no folder and none of {', '.join(table)}; give one"
            )
        return own(Path(name))
    *first, last = table
    for key in first:
        try:
            return table[key]()
        except DataError:
            continue  # not installed: the last one always is
    return table[last]()
