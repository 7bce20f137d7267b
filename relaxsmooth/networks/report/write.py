"""Everything that `networks report` writes."""

from __future__ import annotations

import json
from pathlib import Path

from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.report.figures import figures
from relaxsmooth.networks.report.tables import latex, markdown, summary
from relaxsmooth.networks.runs.store import RESULTS, Store, write_whole


def write_report(folder: Path) -> list[Path]:
    """report.json, report.md, tables.tex and the figures, in DIR/report; their paths.

    Raises NetworkError where the folder holds no finished run.
    """
    store = Store(folder)
    settings = store.settings()
    results = store.json(RESULTS)
    if results is None:
        raise NetworkError(
            f"the run in {folder} is not finished; go on with: relaxsmooth networks run "
            f"{settings['preset']} --budget {settings['budget']} --out {folder} --resume"
        )
    found = summary(settings, results, store)
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
