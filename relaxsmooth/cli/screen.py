"""What people see: tables in colour on a terminal, plain text in a pipe, progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from relaxsmooth.report import Table

COLOURS = {
    "PROVED": "green",
    "REFUTED": "red",
    "CONSISTENT": "cyan",
    "UNDECIDED": "yellow",
    "INAPPLICABLE": "bright_black",
}


def say(text: str = "") -> None:
    click.echo(text)


def say_aside(text: str) -> None:
    """On standard error: standard output may hold a document."""
    click.echo(text, err=True)


def show_table(table: Table) -> None:
    """The table: framed and coloured on a terminal, aligned plain text elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        click.echo(str(table))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table as Framed
    from rich.text import Text

    framed = Framed(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, side in table.columns.items():
        framed.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for row in table.rows:
        framed.add_row(*(Text(cell, style=_colour(cell)) for cell in row))
    Console().print(framed)


def _colour(cell: str) -> str:
    return COLOURS.get(cell.split(" ")[0], "").replace("bright_black", "dim")


def paint(status: str, text: str | None = None) -> str:
    """The text in the colour of a status (click drops the colour in a pipe)."""
    return click.style(status if text is None else text, fg=COLOURS.get(status))


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what is being decided; nothing unless on a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what: bar.update(task, description=str(what))
