"""Edge: rows, findings and counts as text, CSV, LaTeX and JSON.  Nothing here computes."""

from relaxsmooth.report.latex import to_latex
from relaxsmooth.report.record import SCHEMA, document, to_json
from relaxsmooth.report.rows import COLUMNS, row_table, to_csv
from relaxsmooth.report.table import Table
from relaxsmooth.report.values import exact, shown

__all__ = [
    "COLUMNS",
    "SCHEMA",
    "Table",
    "document",
    "exact",
    "row_table",
    "shown",
    "to_csv",
    "to_json",
    "to_latex",
]
