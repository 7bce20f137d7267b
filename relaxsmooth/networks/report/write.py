"""Everything that `networks report` writes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.report.figures import figures
from relaxsmooth.networks.report.tables import latex, markdown, summary
from relaxsmooth.networks.runs.store import RESULTS, Store, write_whole


def resume_command(settings: Mapping[str, Any], folder: Path) -> str:
    """What goes on with the run, with every option that is not the default."""
    words = ["relaxsmooth", "networks", "run", str(settings["preset"])]
    for name, usual in (("budget", None), ("seed", 0), ("data", ""), ("device", "cpu"),
                        ("dtype", "float32")):  # fmt: skip
        if settings.get(name, usual) != usual:
            words += [f"--{name}", str(settings[name])]
    return shlex.join([*words, "--out", str(folder), "--resume"])


def write_report(folder: Path) -> list[Path]:
    """report.json, report.md, tables.tex and the figures, in DIR/report; their paths.

    Raises NetworkError where the folder holds no finished run.
    """
    store = Store(folder)
    settings = store.settings()
    results = store.json(RESULTS)
    if results is None:
        raise NetworkError(
            f"the run in {folder} is not finished; go on with: {resume_command(settings, folder)}"
        )
    found = summary(settings, results, store)
    for part in found["parts"]:
        for curve in part["curves"]:
            if store.trace(curve["key"]) is None:
                raise NetworkError(
                    f"the trace {curve['key']} of {folder} cannot be read; remove "
                    f"{folder / RESULTS}, then: {resume_command(settings, folder)}"
                )
    pictures = dict(figures(found, store))
    texts = {
        "report.md": markdown(found, list(pictures)),
        "tables.tex": latex(found),
        "report.json": json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n",
    }
    contents = {**{name: text.encode() for name, text in texts.items()}, **pictures}
    place = folder / "report"
    for name, content in contents.items():
        write_whole(place / name, content)
    return [place / name for name in contents]
