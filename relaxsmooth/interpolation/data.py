"""Layer 4: the data of an interpolation question, read and refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from relaxsmooth.arithmetic import EXACT, NotExact, ball
from relaxsmooth.evaluation import evaluate, specialise
from relaxsmooth.expand import flat
from relaxsmooth.formula import Formula, FormulaError, formula

Datum = Sequence[Any]  # (x, f, g): x and g rational; f rational, a constant formula, or None


@dataclass(frozen=True)
class Row:
    """One datum, exact; `place` is where it stood in the list that was given."""

    x: Fraction
    f: Formula | None
    g: Fraction
    place: int


def rows(data: Iterable[Datum]) -> list[Row]:
    """The data from left to right."""
    found = sorted((_row(i, datum) for i, datum in enumerate(data)), key=lambda row: row.x)
    if not found:
        raise FormulaError("no data; give at least one triple (x, f, g)")
    for a, b in pairwise(found):
        if a.x == b.x:
            raise FormulaError(
                f"data {a.place} and {b.place} are both at x = {a.x}; give each point once"
            )
    known = [row.f is not None for row in found]
    if any(known) and not all(known):
        missing = found[known.index(False)]
        raise FormulaError(
            f"datum {missing.place} has no f, but others have; give f everywhere or nowhere"
        )
    return found


def _row(place: int, datum: Datum) -> Row:
    if len(datum) != 3:
        raise FormulaError(f"datum {place} has {len(datum)} entries; give (x, f, g)")
    x, f, g = datum
    value = None if f is None else _constant(place, formula(f))
    return Row(_rational(place, "x", x), value, _rational(place, "g", g), place)


def _constant(place: int, f: Formula) -> Formula:
    """f with its decided cases resolved, multiplied out."""
    if f.symbols:
        name = sorted(f.symbols)[0]
        raise FormulaError(f"f of datum {place} contains {name}; give a constant")
    if not any(evaluate(f, {}, ball(bits)).is_finite() for bits in (256, 1024, 4096)):
        raise FormulaError(
            f"f of datum {place} = {f} is not seen to have a real value; give a real constant"
        )
    for arithmetic in (EXACT, ball(256)):
        with suppress(NotExact):
            return flat(specialise(f, {}, arithmetic))
    return f


def _rational(place: int, name: str, value: Any) -> Fraction:
    found = formula(value).value
    if found is None:
        raise FormulaError(f"{name} of datum {place} is {value}; give a rational number")
    return found
