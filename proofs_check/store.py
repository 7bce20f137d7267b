"""Committed certificates: one JSON file per claim, its entries keyed by the statement's hash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "certificates"
STATUSES = FOLDER / "statuses.json"
NOT_ENTRIES = (STATUSES.name, "opinions.json")


def load(folder: Path = FOLDER) -> dict[str, Any]:
    """Every entry by statement hash, over all files."""
    entries: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name not in NOT_ENTRIES:
            entries |= read(path)
    return entries


def read(path: Path) -> dict[str, Any]:
    """The entries of one file; ValueError names a file that is not a table of entries."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is not JSON: {error}; restore it, or use --find") from error
    if not isinstance(found, dict) or not all(isinstance(e, dict) for e in found.values()):
        raise ValueError(f"{path.name} is no table of entries; restore it, or use --find")
    return found


def save(key: str, entries: Mapping[str, Any], folder: Path = FOLDER) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{key}.json"
    lines = [f"{json.dumps(h)}: {json.dumps(e, separators=(',', ':'))}" for h, e in entries.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def statuses(path: Path = STATUSES) -> dict[str, str]:
    """The status that each claim had when it was committed."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def save_statuses(found: Mapping[str, str], path: Path = STATUSES) -> None:
    path.write_text(json.dumps(dict(sorted(found.items())), indent=1) + "\n", encoding="utf-8")
