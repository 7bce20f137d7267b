"""The report of a run: figures, tables in Markdown, LaTeX and JSON, with their provenance."""

from relaxsmooth.networks.report.write import write_report

__all__ = ["write_report"]
