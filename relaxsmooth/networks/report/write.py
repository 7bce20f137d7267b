"""Everything that `networks report` writes."""

from __future__ import annotations

import json
from pathlib import Path

from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.report.tables import latex, markdown, summary
from relaxsmooth.networks.runs.store import Store, write_whole


def write_report(folder: Path) -> list[Path]:
    """report.json, report.md, tables.tex and the figures, in DIR/report; their paths.

    Raises NetworkError where the folder holds no finished run.
    """
    store = Store(folder)
    settings = store.settings()
    try:
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NetworkError(
            f"the run in {folder} is not finished; go on with: networks run "
            f"{settings['preset']} --budget {settings['budget']} --out {folder} --resume"
        ) from None
    found = summary(settings, results, store)
    place = folder / "report"
    texts = {
        "report.json": json.dumps(found, indent=1, sort_keys=True) + "\n",
        "report.md": markdown(found),
        "tables.tex": latex(found),
    }
    for name, text in texts.items():
        write_whole(place / name, text.encode())
    return [place / name for name in texts]
