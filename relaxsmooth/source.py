"""Layer 2: where a statement comes from and how we know it; references.bib is the truth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files


class Known(Enum):
    """How the printed form of a statement is known to us."""

    PAPER = "[P] read in the paper"
    RESTATED = "[S] read in a text that restates the paper"
    RECALLED = "[M] recalled, constants provisional"
    DERIVED = "[D] derived here"


@dataclass(frozen=True)
class Source:
    """A bib key and the place in it, such as ("zhang2020", "Theorem 4")."""

    key: str
    locator: str = ""

    def __str__(self) -> str:
        return f"{self.key}, {self.locator}" if self.locator else self.key


@cache
def bibliography() -> dict[str, str]:
    """Every BibTeX entry of references.bib by its key."""
    text = files("relaxsmooth").joinpath("references.bib").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=@)", text.strip())
    return {re.match(r"@\w+\{([^,]+),", e).group(1): e.strip() for e in entries}  # type: ignore[union-attr]


def bibtex(key: str) -> str:
    """The BibTeX entry of a key; KeyError names the known keys."""
    if key not in bibliography():
        raise KeyError(
            f"bib key {key!r} is unknown; use one of {', '.join(sorted(bibliography()))}"
        )
    return bibliography()[key]
