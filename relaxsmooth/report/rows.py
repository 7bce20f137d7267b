"""Rows of a verification as a table, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from relaxsmooth.report.table import Table
from relaxsmooth.report.values import exact, shown
from relaxsmooth.verdict import Status

if TYPE_CHECKING:
    from relaxsmooth.row import Row

COLUMNS = {
    "theorem": "left",
    "problem": "left",
    "counted": "right",
    "bound": "right",
    "ratio": "right",
    "verdict": "left",
}


def row_table(rows: Sequence[Row]) -> Table:
    """theorem | problem | counted | bound | ratio | verdict."""
    return Table(COLUMNS, [row_cells(row) for row in rows])


def row_cells(row: Row) -> tuple[str, ...]:
    relation = "" if row.bound is None else f"{row.relation} "
    return (
        row.theorem,
        row.problem,
        counted(row),
        f"{relation}{shown(row.bound)}",
        ratio(row),
        verdict(row),
    )


def ratio(row: Row) -> str:
    """measured/bound to three digits."""
    if row.ratio is None:
        return "-"
    return f"{row.ratio:.3g}" if row.ratio or not row.measured else "<1e-308"


def counted(row: Row) -> str:
    """T_eps, or the interval it is known to lie in; the tightest left/right of an inequality."""
    c = row.counted
    if c is None:
        return shown(row.measured)
    if c.exact:
        return shown(c.earliest)
    return f"[{shown(c.earliest)}, {'?' if c.latest is None else shown(c.latest)}]"


def verdict(row: Row) -> str:
    recorded = row.verdict.status is Status.REFUTED and row.finding
    return f"{row.verdict.status.name}{' (recorded)' if recorded else ''}"


def to_csv(rows: Sequence[Row]) -> str:
    """One line per row: exact numbers, reals as midpoint and radius."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CELLS)
    for row in rows:
        writer.writerow(["" if (cell := read(row)) is None else cell for read in CELLS.values()])
    return out.getvalue()


def _middle(value: Any) -> Any:
    written = exact(value)
    return written["mid"] if isinstance(written, dict) else written


def _radius(value: Any) -> Any:
    written = exact(value)
    return written["rad"] if isinstance(written, dict) else None if written is None else "0"


def _pairs(mapping: Mapping[str, Any]) -> str:
    return "; ".join(f"{name} = {_middle(value)}" for name, value in mapping.items())


CELLS: Mapping[str, Callable[[Row], Any]] = {
    "theorem": lambda row: row.theorem,
    "problem": lambda row: row.problem,
    "measured": lambda row: _middle(row.measured),
    "earliest": lambda row: exact(row.counted.earliest) if row.counted else None,
    "latest": lambda row: exact(row.counted.latest) if row.counted else None,
    "relation": lambda row: row.relation,
    "bound": lambda row: _middle(row.bound),
    "bound_radius": lambda row: _radius(row.bound),
    "ratio": lambda row: None if row.ratio is None else f"{row.ratio:.6g}",
    "status": lambda row: row.verdict.status.name,
    "recorded_finding": lambda row: row.finding,
    "reason": lambda row: row.verdict.reason,
    "how": lambda row: ", ".join(map(str, row.counted.how)) if row.counted else None,
    "values": lambda row: _pairs(row.values),
    "parameters": lambda row: _pairs(row.parameters),
    "witness": lambda row: _pairs(row.verdict.witness),
}
