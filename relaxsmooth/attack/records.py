"""The tightest instances on record, one a line of the tightness table; verified, never believed.

relaxsmooth/tightness.json holds exact rationals only: for a theorem and a least number of steps the
instance, and the ratio measured/bound that was proved on it, rounded down to six digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from math import floor
from typing import Any

from relaxsmooth.attack.confirm import Confirmed, confirm
from relaxsmooth.attack.instance import Instance, from_record, to_record
from relaxsmooth.attack.target import Target
from relaxsmooth.formula import FormulaError
from relaxsmooth.text import parse_number
from relaxsmooth.theorem import Kind
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status, Verdict

SCHEMA = "relaxsmooth-tightness/1"
FILE = "tightness.json"
DIGITS = 6
LONG = 20  # steps of a long run


@dataclass(frozen=True)
class Record:
    """measured/bound >= ratio on the instance, over at least `least_steps` steps."""

    theorem: str
    least_steps: int
    ratio: Fraction
    steps: int
    instance: Instance

    @property
    def target(self) -> Target:
        return Target(theorems()[self.theorem], least_steps=self.least_steps)


def records() -> list[Record]:
    """The shipped records."""
    return read(files("relaxsmooth").joinpath(FILE).read_text(encoding="utf-8"))


def read(text: str) -> list[Record]:
    """The records of a document; FormulaError where it is none."""
    try:
        document = json.loads(text)
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']!r}")
        return [_record(entry) for entry in document["records"]]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise FormulaError(
            f"the tightness records are damaged ({error}); make them again with `attack --all`"
        ) from None


def _record(entry: Mapping[str, Any]) -> Record:
    key = str(entry["theorem"])
    if key not in theorems() or theorems()[key].kind is not Kind.UPPER:
        raise ValueError(f"no upper bound {key!r}")
    return Record(
        key, int(entry["least_steps"]), parse_number(entry["ratio"], "ratio"),
        int(entry["steps"]), from_record(entry["instance"]),
    )  # fmt: skip


def write(found: Iterable[Record]) -> str:
    """The document of these records, sorted."""
    entries = [
        {
            "theorem": r.theorem,
            "least_steps": r.least_steps,
            "ratio": str(r.ratio),
            "steps": r.steps,
            "instance": to_record(r.instance),
        }
        for r in sorted(found, key=lambda r: (r.theorem, r.least_steps))
    ]
    return json.dumps({"schema": SCHEMA, "records": entries}, indent=1) + "\n"


def record_of(found: Confirmed) -> Record | None:
    """A record of what was confirmed; None where no ratio is proved, or one below 10^-6."""
    target = found.target
    if found.ratio is None or found.steps < target.least_steps:
        return None
    ratio = Fraction(floor(found.ratio * 10**DIGITS), 10**DIGITS)
    if ratio == 0:
        return None
    return Record(
        target.theorem.key, target.least_steps, ratio, int(found.steps), found.instance
    )  # fmt: skip


def better(old: Iterable[Record], new: Iterable[Record]) -> list[Record]:
    """For every theorem and length the record of the larger ratio (the shorter one of equals)."""
    best: dict[tuple[str, int], Record] = {}
    for record in (*old, *new):
        key = record.theorem, record.least_steps
        held = best.get(key)
        if held is None or _rank(record) > _rank(held):
            best[key] = record
    return list(best.values())


def _rank(record: Record) -> tuple[Fraction, int, int]:
    knots, digits = record.instance.size
    return record.ratio, -knots, -digits


def verify_record(record: Record) -> tuple[Verdict, Confirmed]:
    """PROVED when the instance is a member and its ratio, proved again, reaches the record."""
    found = confirm(record.target, record.instance)
    claim = f"{record.theorem}: measured/bound >= {float(record.ratio):.6f}"
    if found.ratio is None:
        reason = f"{found.member.status.name} member, {found.row.verdict.status.name} bound"
        return Verdict(claim, Status.REFUTED, reason), found
    if found.ratio < record.ratio or found.steps < record.least_steps:
        reason = f"the proved ratio is {float(found.ratio):.6f} over {found.steps} steps"
        return Verdict(claim, Status.REFUTED, reason), found
    return Verdict(claim, Status.PROVED, found.row.verdict.reason), found
