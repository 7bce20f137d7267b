"""Who is asked about a statement, what they say now, and what they are recorded to have said.

An opinion is recorded under the hash of its statement and the version of its back end; an edited
statement has none.  Recorded opinions save time: a back end that is asked by name is asked again,
and one that does not say again what is recorded for it is reported.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofs_check import backends, kernel
from proofs_check.backends import NAMES, Opinion
from proofs_check.store import FOLDER

FILE = FOLDER / "opinions.json"
SOLVERS = {"z3", "cvc5"}  # one voice together: one translation, and no proof that can be checked
ENOUGH = 2
Recorded = dict[str, dict[str, tuple[str, str]]]  # statement hash -> back end -> (version, answer)


def voices(names: Iterable[str]) -> int:
    """How many independent opinions these are; one SMT solver alone is none."""
    said = set(names)
    solvers = said & SOLVERS
    others = len(said - SOLVERS)
    return others + bool(solvers and (others or len(solvers) > 1))


@dataclass(frozen=True)
class Voice:
    """An opinion, and whether it is only recorded."""

    opinion: Opinion
    recorded: bool = False


@dataclass
class Tally:
    """What one back end said in a run."""

    answers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@dataclass
class Panel:
    """The back ends of a run: those asked, and the recorded opinions of the others."""

    asked: tuple[str, ...] = ()
    recorded: Recorded = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    said: Recorded = field(default_factory=dict)
    put: set[str] = field(default_factory=set)  # the statements of this run
    lost: list[str] = field(default_factory=list)  # recorded opinions that were not said again
    wrong: list[str] = field(default_factory=list)  # "proved", and a counterexample is exact
    used: Counter[str] = field(default_factory=Counter)  # recorded opinions that stand

    def __post_init__(self) -> None:
        self.absent = tuple(name for name in self.asked if not backends.available(name))
        self.live = tuple(name for name in self.asked if name not in self.absent)

    def opinions(
        self, data: Mapping[str, Any], entry: Mapping[str, Any], name: str, others: Iterable[str]
    ) -> dict[str, Voice]:
        """By back end. While too few have spoken, the others are asked as well."""
        key = kernel.statement_hash(data)
        self.put.add(key)
        known = self.recorded.get(key, {})
        found = {who: Voice(Opinion(a), True) for who, (_, a) in known.items() if who in NAMES}
        for who in self.live:
            found[who] = Voice(self.ask(who, key, data, entry))
            self.compare(who, known, found[who].opinion, name)
        for who in others:
            proved = [n for n, v in found.items() if v.opinion.answer == "proved"]
            missing = who not in found and voices(proved) < ENOUGH
            if missing and backends.available(who):
                found[who] = Voice(self.ask(who, key, data, entry))
        self.used.update(who for who, voice in found.items() if voice.recorded)
        return found

    def ask(self, who: str, key: str, data: Mapping[str, Any], entry: Mapping[str, Any]) -> Opinion:
        """The opinion now; it is counted, timed, and kept for the record."""
        start, tally = time.perf_counter(), self.tallies.setdefault(who, Tally())
        opinion = answer(who, data, entry)
        tally.seconds += time.perf_counter() - start
        tally.answers[opinion.answer] += 1
        if opinion.answer != "undecided":
            self.said.setdefault(key, {})[who] = backends.version(who), opinion.answer
        return opinion

    def compare(
        self, who: str, known: Mapping[str, tuple[str, str]], now: Opinion, name: str
    ) -> None:
        if who in known and known[who][1] != now.answer:
            version, before = known[who]
            self.lost.append(
                f"{name}: {who} {version} is recorded to have said {before!r}; "
                f"{who} {backends.version(who)} says {now.answer!r}"
            )


def answer(who: str, data: Mapping[str, Any], entry: Mapping[str, Any]) -> Opinion:
    """What the back end says; one that fails has said nothing."""
    try:
        return backends.backend(who)(data, entry)
    except Exception as error:  # other people's programs fail in their own ways
        return Opinion.undecided(f"failed: {type(error).__name__}: {error!s:.80}")


# --- the record -------------------------------------------------------------------------------


def load(path: Path = FILE) -> Recorded:
    """The recorded opinions; ValueError names what is wrong with the file."""
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {key: {who: read(said) for who, said in row.items()} for key, row in data.items()}
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path.name} is not a record of opinions ({error}); "
            "remove it and run: python -m proofs_check --backend all --record"
        ) from error


def read(said: Any) -> tuple[str, str]:
    version, answer = said
    if not isinstance(version, str) or answer not in ("proved", "refuted"):
        raise ValueError(f"{said!r:.60} is not a version and 'proved' or 'refuted'")
    return version, answer


def save(panel: Panel, path: Path = FILE, keep: Iterable[str] | None = None) -> int:
    """Writes what the back ends of the run said over what was recorded; how many opinions."""
    rows = {key: dict(row) for key, row in panel.recorded.items() if keep is None or key in keep}
    for key in panel.put & rows.keys():
        for who in panel.live:
            rows[key].pop(who, None)
    for key, said in panel.said.items():
        rows[key] = dict(sorted((rows.get(key, {}) | said).items()))
    lines = [
        f"{json.dumps(key)}: {json.dumps(row, separators=(',', ':'))}"
        for key, row in sorted(rows.items())
        if row
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return sum(map(len, rows.values()))
