"""The numbers of a report: counts, correlations with and without controls, exponents, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relaxsmooth.networks.runs.store import Store

Summary = dict[str, Any]


def summary(settings: Mapping[str, Any], results: Mapping[str, Any], store: Store) -> Summary:
    """Everything that the tables print, as JSON."""
    return {"settings": dict(settings), "seeds": results["seeds"]}


def markdown(found: Summary) -> str:
    """The report as a page."""
    rows = [
        f"| {s['seed']} | {s['start']} | {rule} | {t['count']} | {t['loss']:.4g} | "
        f"{t['interior']} |"
        for s in found["seeds"]
        for rule, t in s["tuned"].items()
    ]
    head = (
        "| seed | start | rule | T_eps | loss there | optimum interior |\n|---|---|---|---|---|---|"
    )
    return "\n".join([head, *rows, ""])


def latex(found: Summary) -> str:
    """The counts as a tabular."""
    rows = [
        rf"{s['seed']} & {s['start']} & {rule} & {t['count']} \\"
        for s in found["seeds"]
        for rule, t in s["tuned"].items()
    ]
    return "\n".join([r"\begin{tabular}{llll}", *rows, r"\end{tabular}", ""])
