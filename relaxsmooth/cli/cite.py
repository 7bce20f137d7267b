"""relaxsmooth cite KEY: the exact statement, how it is known, and BibTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from relaxsmooth.cli.errors import Refused, unknown_name
from relaxsmooth.cli.options import Command
from relaxsmooth.cli.screen import say

if TYPE_CHECKING:
    from relaxsmooth.theorem import Inequality, Theorem


@click.command("cite", cls=Command)
@click.argument("key", required=False)
def command(key: str | None) -> None:
    """Print the exact statement of a theorem or inequality, and BibTeX.

    KEY is a theorem, an inequality (`relaxsmooth list` shows them) or a bib key.
    """
    from relaxsmooth.equivalence import KEY as EQUIVALENCE
    from relaxsmooth.source import bibliography
    from relaxsmooth.theorems import inequalities, theorems

    statements: dict[str, Theorem | Inequality] = {**inequalities(), **theorems()}
    keys = [*statements, EQUIVALENCE, *bibliography()]
    if key is None:
        raise Refused("cite needs a key; give one such as zhang2020-theorem3 or zhang2020")
    if key not in keys:
        raise Refused(unknown_name("key", key, keys))
    if key in statements:
        say("\n".join(_lines(statements[key])))
        say("\n" + bibliography()[statements[key].source.key])
        return
    if key == EQUIVALENCE:
        say(f"{key}: {_equivalence()}\n\n{bibliography()['zhang2020']}")
        return
    say(bibliography()[key])
    used = [s.key for s in statements.values() if s.source.key == key]
    say(f"\nstatements from it: {', '.join(used)}" if used else "\nno statement is taken from it")


def _equivalence() -> str:
    from relaxsmooth.theorems import class_inequalities as c

    low, high = c.EQUIVALENCE
    return (
        f"clipping and normalization\n\n  {low} h_c <= h_n <= {high} h_c for every g > 0\n\nwhere "
        "gamma eta_c = eta_n and eta_c = eta_n/beta; in units of eta_c and beta\n"
        f"  h_c = {c.CLIPPED_IN_UNITS}, h_n = {c.NORMALIZED_IN_UNITS}\n\n"
        "source: zhang2020 (the factors printed there are 1/2 and 2)\nknown: [D] derived here"
    )


def _lines(statement: Theorem | Inequality) -> list[str]:
    """Title, statement, hypotheses, provenance, one a line."""
    from relaxsmooth.theorem import Inequality

    lines = [f"{statement.key}: {statement.title}", "", *_claim(statement), "", "hypotheses"]
    lines += [f"  {assumption.value}" for assumption in statement.assumptions]
    lines += [f"  {condition}" for condition in statement.conditions]
    lines += ["", f"source: {statement.source}", f"known: {statement.known.value}"]
    notes = (
        {"sharp on": statement.sharp}
        if isinstance(statement, Inequality)
        else {
            "remark": statement.remark,
            "not scale-free": statement.scaling,
            "recorded finding": statement.finding,
        }
    )
    return lines + [f"{name}: {text}" for name, text in notes.items() if text]


def _claim(statement: Theorem | Inequality) -> list[str]:
    from relaxsmooth.theorem import Inequality

    if isinstance(statement, Inequality):
        return [f"  {statement.left} <= {statement.right}", "", *_letters(statement)]
    steps = [f"  {name} = {value}" for name, value in statement.prescription.items()]
    rule = f"rule: {statement.rule}, {statement.kind.value} ({statement.kind.name.lower()} bound)"
    return [rule, *steps, f"  {statement.claim()}", "", *_letters(statement)]


def _letters(statement: Theorem | Inequality) -> list[str]:
    """What each letter means, in the order of the paper's table."""
    from relaxsmooth.symbols import LETTERS
    from relaxsmooth.theorem import Inequality

    if isinstance(statement, Inequality):
        used = statement.left.symbols | statement.right.symbols
    else:
        used = statement.letters
    width = max((len(name) for name in used), default=0)
    return ["where", *(f"  {n.ljust(width)}  {LETTERS[n].meaning}" for n in LETTERS if n in used)]
