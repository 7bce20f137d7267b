"""Every upper bound attacked in turn, over runs of any length and over long ones.

The state is the states of the single attacks by name; a campaign that is stopped goes on with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from relaxsmooth.attack.records import LONG, Record, record_of
from relaxsmooth.attack.run import Budget, Outcome, State, attack, resume
from relaxsmooth.attack.target import Target
from relaxsmooth.formula import FormulaError
from relaxsmooth.theorem import Kind
from relaxsmooth.theorems import theorems

SCHEMA = "relaxsmooth-campaign/1"
LENGTHS = (1, LONG)


def targets() -> Iterator[Target]:
    """Every shipped upper bound, undivided."""
    for theorem in theorems().values():
        if theorem.kind is Kind.UPPER:
            for least in LENGTHS:
                yield Target(theorem, least_steps=least)


def campaign(
    seed: int = 0,
    budget: Budget | None = None,
    states: Mapping[str, Any] | None = None,
    save: Callable[[Mapping[str, Any]], None] = lambda document: None,
    tell: Callable[[str], None] = lambda text: None,
) -> Iterator[Outcome]:
    """One outcome a target; `states` is the document that `save` was given last."""
    held = _attacks(states)
    for target in targets():
        name = f"{target.theorem.key}/{target.least_steps}"
        begun = resume(held[name], target, seed) if name in held else None

        def keep(state: State, name: str = name) -> None:
            held[name] = state.record()
            save({"schema": SCHEMA, "attacks": held})

        yield attack(target, seed, budget or Budget(), begun, keep, tell)


def _attacks(document: Mapping[str, Any] | None) -> dict[str, Any]:
    if document is None:
        return {}
    attacks = document.get("attacks")
    if document.get("schema") != SCHEMA or not isinstance(attacks, dict):
        raise FormulaError("the state is no state of a campaign; give another file, or delete it")
    return dict(attacks)


def found_by(outcomes: list[Outcome]) -> list[Record]:
    """What of it belongs on record."""
    shown = [outcome.shown for outcome in outcomes if outcome.shown is not None]
    return [record for record in map(record_of, shown) if record is not None]


@dataclass(frozen=True)
class Effort:
    """What was spent on a theorem, runs of any length and long ones together."""

    functions: int = 0
    seconds: float = 0.0  # of CPU time

    def __str__(self) -> str:
        return f"{self.functions:,} in {self.seconds / 60:.0f} min"


def efforts(document: Mapping[str, Any]) -> dict[str, Effort]:
    """By theorem what a campaign's state says was tried; FormulaError where a bound fell in it."""
    spent: dict[str, Effort] = {}
    for name, state in _attacks(document).items():
        theorem = name.partition("/")[0]
        if state["hit"] is not None:
            raise FormulaError(f"the campaign broke {theorem}: see it with `attack {theorem}`")
        held = spent.get(theorem, Effort())
        spent[theorem] = Effort(
            held.functions + int(state["evaluations"]), held.seconds + float(state["cpu_seconds"])
        )
    return spent
