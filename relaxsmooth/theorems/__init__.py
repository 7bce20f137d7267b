"""Layer 6: theorems, one paper a file, found by folder."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from relaxsmooth.theorem import Inequality, Theorem


@cache
def theorems() -> dict[str, Theorem]:
    """Every theorem of every file in this folder, by key."""
    found = [t for m in _modules() for t in getattr(m, "THEOREMS", ())]
    return _by_key(found)


@cache
def inequalities() -> dict[str, Inequality]:
    """Every inequality of every file in this folder, by key."""
    return _by_key([i for m in _modules() for i in getattr(m, "INEQUALITIES", ())])


def _modules() -> list[object]:
    return [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]


def _by_key(records: list[Any]) -> dict[str, Any]:
    keys = [record.key for record in records]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"key {min(twice)!r} is declared twice; rename one of the two records")
    return dict(zip(keys, records, strict=True))
