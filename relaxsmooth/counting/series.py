"""Truncated power series over balls as an arithmetic: one evaluation gives all derivatives.

evaluate(F, {x: series(X, n)}, Series(n)) has the coefficients F^(i)(X)/i!, i < n, as balls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from relaxsmooth.arithmetic import BallArithmetic


class NotSmooth(ArithmeticError):
    """The formula has a kink or a condition, so it has no power series here."""


@dataclass(frozen=True)
class Series:
    """Series of `length` coefficients in balls."""

    balls: BallArithmetic
    length: int

    @contextmanager
    def active(self) -> Iterator[None]:
        cap = flint.ctx.cap
        with self.balls.active():
            flint.ctx.cap = self.length
            try:
                yield
            finally:
                flint.ctx.cap = cap

    def variable(self, X: flint.arb) -> flint.arb_series:
        """X + t."""
        return flint.arb_series([X, flint.arb(1)], prec=self.length)

    def number(self, value: Fraction) -> flint.arb_series:
        return flint.arb_series([self.balls.number(value)], prec=self.length)

    def power(self, base: Any, exponent: Fraction) -> Any:
        if exponent < 0:
            return 1 / self.power(base, -exponent)
        if exponent.denominator == 1:
            return _whole_power(base, int(exponent))
        if exponent.denominator == 2:
            return _whole_power(base.sqrt(), int(2 * exponent))
        return (base.log() * self.number(exponent)).exp()

    def apply(self, function: str, value: Any) -> Any:
        if function in ("exp", "log", "sqrt", "sin", "cos"):
            return getattr(value, function)()
        if function == "abs":
            raise NotSmooth("abs")
        big = value.exp()
        small = 1 / big
        if function == "tanh":
            return (big - small) / (big + small)
        return (big + small if function == "cosh" else big - small) * flint.arb(0.5)

    def minimum(self, values: Sequence[Any]) -> Any:
        raise NotSmooth("min or max")

    maximum = minimum

    def possibilities(self, a: Any, b: Any, strict: bool = False) -> tuple[bool, bool]:
        raise NotSmooth("piecewise")

    def hull(self, values: Iterable[Any]) -> Any:
        raise NotSmooth("piecewise")


def _whole_power(base: Any, n: int) -> Any:
    result = None
    while n:
        if n & 1:
            result = base if result is None else result * base
        n >>= 1
        if n:
            base = base * base
    return result
