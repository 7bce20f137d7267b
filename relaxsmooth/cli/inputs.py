"""How values are read: exact numbers, exact points, names, and places to write to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import click

from relaxsmooth.cli.errors import Refused, shorten


@dataclass
class Exact(click.ParamType):  # type: ignore[type-arg]
    """An exact rational: 1/160, 1e-4, 0.3; positive, or >= 0, or any."""

    at_least_zero: bool = False
    any_sign: bool = False
    name: str = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        from relaxsmooth.formula import FormulaError
        from relaxsmooth.text import parse_number

        if isinstance(value, Fraction):
            return value
        what = param.opts[0] if param is not None else "number"
        try:
            number = parse_number(value, what)
        except FormulaError as error:
            raise Refused(str(error)) from None
        if self.any_sign or number > 0 or (number == 0 and self.at_least_zero):
            return number
        rule = "at least 0" if self.at_least_zero else "positive"
        raise Refused(f"{what} {shorten(value)} must be {rule}; give a positive number")


@dataclass
class Point(click.ParamType):  # type: ignore[type-arg]
    """Comma-separated exact coordinates: 3 or 1/2,-1."""

    name: str = "point"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Fraction, ...]:
        from relaxsmooth.formula import FormulaError
        from relaxsmooth.text import parse_point

        if isinstance(value, tuple):
            return value
        try:
            return parse_point(value, param.opts[0] if param is not None else "point")
        except FormulaError as error:
            raise Refused(str(error)) from None


@dataclass
class Box(click.ParamType):  # type: ignore[type-arg]
    """One interval per variable: -10,10 or -10,10;0,5."""

    name: str = "box"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[Fraction, ...], ...]:
        if isinstance(value, tuple):
            return value
        sides = tuple(Point().convert(side, param, ctx) for side in value.split(";"))
        for side in sides:
            if len(side) != 2 or side[0] >= side[1]:
                shown = ",".join(map(str, side))
                raise Refused(
                    f"--box side {shorten(shown)} is not low,high with low < high; "
                    "write one per variable, as -10,10 or -10,10;0,5"
                )
        return sides


@dataclass
class Bits(click.ParamType):  # type: ignore[type-arg]
    """A precision in bits between 24 and 100000."""

    name: str = "bits"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if not (value.isascii() and value.isdigit() and len(value) <= 6):
            raise Refused(f"--bits {shorten(value)} is not a whole number; try 128")
        if not 24 <= int(value) <= 100_000:
            raise Refused(f"--bits {value} must be between 24 and 100000; try 128")
        return int(value)


@dataclass
class Steps(click.ParamType):  # type: ignore[type-arg]
    """A number of steps, 1 (or 0) to 10^18: 1000000 or 1e6."""

    name: str = "steps"
    at_least_zero: bool = False

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = Exact(self.at_least_zero).convert(value, param, ctx)
        if number.denominator != 1 or number > 10**18:
            what = param.opts[0] if param is not None else "steps"
            raise Refused(f"{what} {shorten(str(value))} is no whole number up to 1e18; try 1e6")
        return int(number)


@dataclass
class OneOf(click.ParamType):  # type: ignore[type-arg]
    """One of a few words."""

    words: tuple[str, ...]
    name: str = "word"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.words:
            what = param.opts[0] if param is not None else self.name
            raise Refused(
                f"{what} {shorten(value)} is not known; choose one of {', '.join(self.words)}"
            )
        return str(value)
