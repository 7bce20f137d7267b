"""relaxsmooth list: what there is, by key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from relaxsmooth.cli.errors import Refused, unknown_name
from relaxsmooth.cli.options import Command
from relaxsmooth.cli.screen import say, show_table

if TYPE_CHECKING:
    from relaxsmooth.report import Table

WIDEST = 60  # characters of a formula in a table


@click.command("list", cls=Command)
@click.argument("what", required=False)
def command(what: str | None) -> None:
    """List theorems, inequalities, rules and problems (or one of the four: `list rules`)."""
    if what is not None and what not in KINDS:
        raise Refused(unknown_name("list", what, KINDS))
    for kind in KINDS if what is None else (what,):
        if what is None:
            say(f"\n{kind}")
        show_table(KINDS[kind]())


def _theorems() -> Table:
    from relaxsmooth.report import Table
    from relaxsmooth.theorems import theorems

    rows = [
        (t.key, t.kind.name.lower(), t.rule, t.title, str(t.source), _known(t.known.value))
        for t in theorems().values()
    ]
    return Table(_left("theorem", "bound", "rule", "title", "source", "known"), rows)


def _inequalities() -> Table:
    from relaxsmooth.report import Table
    from relaxsmooth.theorems import inequalities

    rows = [(i.key, i.title, str(i.source), _known(i.known.value)) for i in inequalities().values()]
    return Table(_left("inequality", "title", "source", "known"), rows)


def _rules() -> Table:
    from relaxsmooth.report import Table
    from relaxsmooth.updates import rules

    rows = [
        (r.key, ", ".join(r.parameters) or "-", _cut(str(r.size)), r.title, r.source)
        for r in rules().values()
    ]
    return Table(_left("rule", "parameters", "step size", "title", "source"), rows)


def _problems() -> Table:
    from relaxsmooth.problems import problems
    from relaxsmooth.report import Table

    rows = [
        (p.key, _cut(str(p.objective)), _cut(", ".join(map(str, p.start))), p.title)
        for p in problems().values()
    ]  # fmt: skip
    return Table(_left("problem", "f", "x0", "title"), rows)


KINDS: dict[str, Callable[[], Table]] = {
    "theorems": _theorems,
    "inequalities": _inequalities,
    "rules": _rules,
    "problems": _problems,
}


def _left(*headings: str) -> dict[str, str]:
    return dict.fromkeys(headings, "left")


def _known(text: str) -> str:
    """The mark alone: [P], [S], [M] or [D]; `cite` spells it out."""
    return text.split(" ")[0]


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
