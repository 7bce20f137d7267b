"""A table of text cells, and its plain form: columns two spaces apart, nothing cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """columns: heading -> "left" or "right"; rows: one cell per column."""

    columns: dict[str, str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        lines = [list(self.columns), *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        return "\n".join(self._line(line, widths) for line in lines)

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        padded = [
            cell.rjust(width) if side == "right" else cell.ljust(width)
            for cell, width, side in zip(cells, widths, self.columns.values(), strict=True)
        ]
        return "  ".join(padded).rstrip()
