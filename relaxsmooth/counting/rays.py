"""The certified sign of a formula in one variable on a whole ray, by sufficient tests.

polynomials   all coefficients of F(a + t) have one sign, so F(a + t) has it for t >= 0
otherwise     interval arithmetic with infinite ends, of F or of its first derivatives
0 means: not decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import flint

from relaxsmooth.arithmetic import BallArithmetic
from relaxsmooth.counting.signs import switches
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula

INFINITY = flint.arb("inf")
DEPTH = 3  # derivatives that are looked at


def sign_beyond(
    F: Formula,
    name: str,
    a: Fraction,
    direction: int,
    arithmetic: BallArithmetic,
    strict: bool = True,
    depth: int = DEPTH,
) -> int:
    """The sign of F(a + direction t) for all t >= 0, or 0; not strict: F may vanish.

    Where F itself is not decided: F(a) has a sign, and F' leads away from zero on the ray.
    """
    for arithmetic_of_rays, start in (
        (_POLYNOMIALS, flint.fmpq_poly([_fmpq(a), direction])),
        (_Rays(arithmetic), _ray(a, direction, arithmetic)),
    ):
        try:
            value = evaluate(F, {name: start}, arithmetic_of_rays)  # type: ignore[arg-type]
        except _NotCovered:
            continue
        sign = arithmetic_of_rays.sign(value, strict)
        if sign:
            return sign
    if depth == 0 or switches(F):
        return 0
    end = evaluate(F, {name: a}, arithmetic)
    here = 1 if end > 0 else -1 if end < 0 else 0
    if here == 0:
        return 0
    rise = sign_beyond(F.diff(name), name, a, direction, arithmetic, False, depth - 1)
    return here if rise * direction == here else 0


class _NotCovered(ArithmeticError):
    """This reading has no value for the formula."""


def _fmpq(value: Fraction) -> flint.fmpq:
    return flint.fmpq(value.numerator, value.denominator)


class _Reading:
    """What `evaluate` needs, where a formula must be smooth: no kink, no condition."""

    def active(self) -> Any:
        from contextlib import nullcontext

        return nullcontext()

    def possibilities(self, a: Any, b: Any, strict: bool = False) -> tuple[bool, bool]:
        raise _NotCovered("a condition")

    def minimum(self, values: Sequence[Any]) -> Any:
        raise _NotCovered("min")

    maximum = minimum

    def hull(self, values: Iterable[Any]) -> Any:
        (value,) = values
        return value


class _Polynomials(_Reading):
    """Polynomials in t with rational coefficients."""

    def number(self, value: Fraction) -> flint.fmpq_poly:
        return flint.fmpq_poly([_fmpq(value)])

    def power(self, base: flint.fmpq_poly, exponent: Fraction) -> flint.fmpq_poly:
        if exponent.denominator > 1 or exponent < 0 or exponent * base.degree() > 400:
            raise _NotCovered("not a polynomial")
        return base ** int(exponent)

    def apply(self, function: str, value: Any) -> Any:
        raise _NotCovered(function)

    def sign(self, value: flint.fmpq_poly, strict: bool) -> int:
        coefficients = list(value.coeffs())
        if not coefficients or (strict and coefficients[0] == 0):
            return 0
        if all(c >= 0 for c in coefficients):
            return 1
        return -1 if all(c <= 0 for c in coefficients) else 0


_POLYNOMIALS = _Polynomials()


class _Interval:
    """[low, high] with ends that may be infinite; 0 times infinity is 0 (a limit of points)."""

    __slots__ = ("high", "low")

    def __init__(self, low: flint.arb, high: flint.arb) -> None:
        if low.is_nan() or high.is_nan():
            raise _NotCovered("undefined")
        self.low, self.high = low.lower(), high.upper()

    def __add__(self, other: _Interval) -> _Interval:
        return _Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, other: _Interval) -> _Interval:
        ends = [
            flint.arb(0) if p == 0 or q == 0 else p * q
            for p in (self.low, self.high)
            for q in (other.low, other.high)
        ]
        if any(end.is_nan() for end in ends):
            raise _NotCovered("undefined")
        return _Interval(
            min((end.lower() for end in ends), key=_order),
            max((end.upper() for end in ends), key=_order),
        )


def _order(end: flint.arb) -> Any:
    return _Order(end)


class _Order:
    """A total order of exact ends, infinite ones included."""

    __slots__ = ("end",)

    def __init__(self, end: flint.arb) -> None:
        self.end = end

    def __lt__(self, other: _Order) -> bool:
        return bool(self.end < other.end)


class _Rays(_Reading):
    """Intervals with infinite ends, in balls of the given precision."""

    def __init__(self, arithmetic: BallArithmetic) -> None:
        self.balls = arithmetic

    def active(self) -> Any:
        return self.balls.active()

    def number(self, value: Fraction) -> _Interval:
        ball = self.balls.number(value)
        return _Interval(ball, ball)

    def power(self, base: _Interval, exponent: Fraction) -> _Interval:
        if exponent < 0:
            below = self.power(base, -exponent)
            if not below.low > 0:
                raise _NotCovered("a denominator that may vanish")
            return _Interval(
                1 / below.high if below.high.is_finite() else flint.arb(0), 1 / below.low
            )
        if base.low >= 0:
            return _Interval(*(self._end(end, exponent) for end in (base.low, base.high)))
        if exponent.denominator > 1:
            raise _NotCovered("a root of a negative number")
        if exponent % 2 == 1:
            return _Interval(*(self._end(end, exponent) for end in (base.low, base.high)))
        mirrored = _Interval(-base.high, -base.low)
        if mirrored.low >= 0:
            return self.power(mirrored, exponent)
        top = max((-base.low, base.high), key=_order)
        return _Interval(flint.arb(0), self._end(top, exponent))

    def _end(self, end: flint.arb, exponent: Fraction) -> flint.arb:
        if end.is_finite():
            return self.balls.power(end, exponent)
        return end if end > 0 or exponent % 2 == 1 else -end

    def apply(self, function: str, value: _Interval) -> _Interval:
        low, high = value.low, value.high
        if function == "abs":
            raise _NotCovered("abs")
        if function == "cosh" and low < 0:
            low, high = (-high, -low) if high <= 0 else (flint.arb(0), max(-low, high, key=_order))
        if function in ("sin", "cos"):
            return self._wave(function, low, high)
        if function in ("log", "sqrt") and not low > 0:
            raise _NotCovered("the edge of a domain")
        return _Interval(*(self._image(function, end) for end in (low, high)))

    def _wave(self, function: str, low: flint.arb, high: flint.arb) -> _Interval:
        """Between two finite ends as a ball; [-1, 1] on a ray."""
        if not (low.is_finite() and high.is_finite()):
            return _Interval(flint.arb(-1), flint.arb(1))
        image = self.balls.apply(function, low.union(high))
        return _Interval(image, image)

    def _image(self, function: str, end: flint.arb) -> flint.arb:
        """An increasing function at an end."""
        if end.is_finite():
            return getattr(end, function)()
        if end > 0:
            return flint.arb(1) if function == "tanh" else INFINITY
        limits = {"exp": flint.arb(0), "tanh": flint.arb(-1)}
        return limits.get(function, -INFINITY)

    def sign(self, value: _Interval, strict: bool) -> int:
        if value.low > 0 or (value.low >= 0 and not strict):
            return 1
        return -1 if value.high < 0 or (value.high <= 0 and not strict) else 0


def _ray(a: Fraction, direction: int, arithmetic: BallArithmetic) -> _Interval:
    with arithmetic.active():
        end = arithmetic.number(a)
        return _Interval(end, INFINITY) if direction > 0 else _Interval(-INFINITY, end)
