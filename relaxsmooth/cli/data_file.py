"""Data (x, f, f') as people and programs write them: one datum a line, or one an option."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from relaxsmooth.cli.errors import Refused, shorten

Triple = tuple[Fraction, Any, Fraction]  # (x, f, g); f a constant formula, or None
UNKNOWN = "?"
HEADERS = (["x", "f", "g"], ["x", "g"])
MOST_BYTES = 10**7


def read_data(place: str | None) -> list[Triple]:
    """The data of a file; # begins a comment, and a first line that names the columns is one."""
    if place is None:
        return []
    lines = [line.partition("#")[0].strip() for line in _text(place).splitlines()]
    kept = [(i, line) for i, line in enumerate(lines, 1) if line]
    if kept and [word.lower() for word in _fields(kept[0][1])] in HEADERS:
        kept = kept[1:]
    return [read_datum(line, f"line {i} of {shorten(place)}") for i, line in kept]


def _text(place: str) -> str:
    name = f"--data {shorten(place)}"
    try:
        with Path(place).open("rb") as file:
            found = file.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise Refused(f"{name} is longer than 10 MB; give a shorter file")
        return found.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(
            f"{name} is no text in UTF-8; give a file such as one of numpy.savetxt"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(f"{name} cannot be read: {reason}; give another file") from None


def _fields(line: str) -> list[str]:
    return [word.strip() for word in line.split(",")] if "," in line else line.split()


def read_datum(line: str, where: str) -> Triple:
    from relaxsmooth.formula import FormulaError
    from relaxsmooth.text import parse, parse_number

    fields = _fields(line)
    if len(fields) == 2:
        fields.insert(1, UNKNOWN)
    if len(fields) != 3:
        raise Refused(
            f"{where} has {len(fields)} entries, and a datum is x,f,g or x,g (no comma inside f); "
            "write one such as 1,3/2,2 or 1,?,2"
        )
    x, f, g = fields
    try:
        value = None if f == UNKNOWN else parse(f)
        found = parse_number(x, "x"), value, parse_number(g, "g")
    except FormulaError as error:
        raise Refused(f"{where}: {error}") from None
    if value is not None and value.symbols:
        name = sorted(value.symbols)[0]
        raise Refused(f"{where}: f = {shorten(f)} contains {name}; give a constant such as 3/2")
    return found
