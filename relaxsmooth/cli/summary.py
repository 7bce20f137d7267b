"""Verdicts for people: reasons, what the statuses mean, and the exit status they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from relaxsmooth.cli.errors import Exit
from relaxsmooth.cli.screen import paint, say

if TYPE_CHECKING:
    from relaxsmooth.row import Row
    from relaxsmooth.verdict import Status

CLOSING = {
    Exit.AS_RECORDED: "As recorded: nothing new is refuted and nothing is undecided.",
    Exit.REFUTED: "Refuted, and not on record (exit status 1).",
    Exit.UNDECIDED: "Something is undecided, or nothing applied (exit status 3).",
}


def status_of(rows: Sequence[Row]) -> Exit:
    """The exit status of rows without an audit."""
    from relaxsmooth.verify import Report

    return Exit(Report(rows, []).exit_status) if rows else Exit.UNDECIDED


def show_reasons(rows: Sequence[Row]) -> None:
    """One line for each distinct reason why a row is neither PROVED nor CONSISTENT."""
    from relaxsmooth.verdict import Status

    held = (Status.PROVED, Status.CONSISTENT)
    groups: dict[tuple[Status, str, str], list[Row]] = {}
    for row in rows:
        if row.verdict.status not in held:
            key = (row.verdict.status, row.problem, row.verdict.reason)
            groups.setdefault(key, []).append(row)
    if groups:
        say()
    for (status, problem, reason), same in groups.items():
        names = same[0].theorem if len(same) == 1 else f"{len(same)} rows"
        say(f"{paint(status.name)} {names} on {problem}: {reason}")
        if status is Status.REFUTED and same[0].verdict.witness:
            say(f"    witness: {pairs(same[0].verdict.witness)}")


def show_meanings(statuses: Iterable[Status], end: Exit) -> None:
    """How often each status occurs and what it means; then the exit status in words."""
    from relaxsmooth.verdict import SEVERITY

    seen = list(statuses)
    say()
    for status in reversed(SEVERITY):
        if status in seen:
            say(f"{paint(status.name)} {seen.count(status)}: {status.value}")
    say(CLOSING[end])


def pairs(values: Mapping[str, Any]) -> str:
    """name = value, ...; exact where that is short."""
    from relaxsmooth.report import shown

    return ", ".join(f"{name} = {shown(value)}" for name, value in values.items())
