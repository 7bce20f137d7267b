"""Layer 0: the number systems in which one formula is read.

FLOAT      IEEE doubles, for plots and guesses: never says PROVED.
EXACT      rationals; raises NotExact instead of rounding.
ball(bits) midpoint-radius enclosures by Arb (python-flint): every value
           contains the true one, so a decided comparison is a proof.

A comparison returns a Status; `possibilities` gives the pair (may hold, may
fail), both True exactly when the enclosures are too wide to tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Protocol

import flint

from relaxsmooth.verdict import Status


class NotExact(ArithmeticError):
    """The value is not rational, so EXACT declines; use ball(bits)."""


class Undecided(ArithmeticError):
    """A method cannot go on: a comparison is undecided at this precision; double the bits."""


class NoStep(Undecided):
    """The rule accepts no step, and more bits would not help; the message says why."""


class Arithmetic(Protocol):
    """What a formula needs of a number system; + - * / and int powers are the numbers' own."""

    @property
    def name(self) -> str: ...

    def number(self, value: Fraction) -> Any: ...
    def power(self, base: Any, exponent: Fraction) -> Any: ...
    def apply(self, function: str, value: Any) -> Any: ...
    def minimum(self, values: Sequence[Any]) -> Any: ...
    def maximum(self, values: Sequence[Any]) -> Any: ...
    def hull(self, values: Iterable[Any]) -> Any: ...
    def norm(self, vector: Sequence[Any]) -> Any: ...
    def possibilities(self, a: Any, b: Any, strict: bool = False) -> tuple[bool, bool]: ...
    def at_most(self, a: Any, b: Any) -> Status: ...
    def less_than(self, a: Any, b: Any) -> Status: ...
    def active(self) -> Any: ...


class _Comparing:
    """Status of a <= b and of a < b from the pair (may hold, may fail)."""

    yes: Status = Status.PROVED

    def possibilities(self, a: Any, b: Any, strict: bool = False) -> tuple[bool, bool]:
        holds = bool(a < b if strict else a <= b)
        return holds, not holds

    def _status(self, a: Any, b: Any, strict: bool) -> Status:
        may_hold, may_fail = self.possibilities(a, b, strict)
        if may_hold and may_fail:
            return Status.UNDECIDED
        return self.yes if may_hold else Status.REFUTED

    def at_most(self, a: Any, b: Any) -> Status:
        return self._status(a, b, strict=False)

    def less_than(self, a: Any, b: Any) -> Status:
        return self._status(a, b, strict=True)

    def minimum(self, values: Sequence[Any]) -> Any:
        return min(values)

    def maximum(self, values: Sequence[Any]) -> Any:
        return max(values)

    def hull(self, values: Iterable[Any]) -> Any:
        (value,) = values  # a decided condition leaves one branch
        return value

    @contextmanager
    def active(self) -> Iterator[None]:
        yield


class FloatArithmetic(_Comparing):
    """IEEE doubles: overflow is inf, an undefined value is nan, a nan decides nothing."""

    name = "float"
    yes = Status.CONSISTENT

    def number(self, value: Fraction) -> float:
        try:
            return value.numerator / value.denominator
        except OverflowError:
            return math.inf if value > 0 else -math.inf

    def power(self, base: float, exponent: Fraction) -> float:
        try:
            if exponent.denominator == 1:
                return float(base ** int(exponent))
            return math.pow(base, float(exponent))
        except OverflowError:
            return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
        except ZeroDivisionError:
            return math.inf
        except ValueError:
            return math.nan

    def apply(self, function: str, value: float) -> float:
        if function == "abs":
            return abs(value)
        try:
            return float(getattr(math, function)(value))
        except OverflowError:
            return -math.inf if function == "sinh" and value < 0 else math.inf
        except ValueError:
            return -math.inf if function == "log" and value == 0 else math.nan

    def minimum(self, values: Sequence[float]) -> float:
        return math.nan if any(map(math.isnan, values)) else min(values)

    def maximum(self, values: Sequence[float]) -> float:
        return math.nan if any(map(math.isnan, values)) else max(values)

    def norm(self, vector: Sequence[float]) -> float:
        return math.hypot(*vector)  # scales first: neither 1e300 nor 1e-300 is lost

    def possibilities(self, a: float, b: float, strict: bool = False) -> tuple[bool, bool]:
        if math.isnan(a) or math.isnan(b):
            return True, True
        return super().possibilities(a, b, strict)

    def hull(self, values: Iterable[float]) -> float:
        found = list(values)
        return found[0] if len(found) == 1 else math.nan


RATIONAL = {  # the only rational point of each function, and its value there (Lindemann)
    "exp": (0, 1), "log": (1, 0), "cosh": (0, 1), "sinh": (0, 0), "tanh": (0, 0), "sin": (0, 0),
    "cos": (0, 1),
}  # fmt: skip


def _short(value: Fraction) -> str:
    """A rational in a message: Python refuses to write integers of over 4300 digits."""
    long = max(value.numerator.bit_length(), value.denominator.bit_length()) > 200
    return "a long rational" if long else str(value)


class ExactArithmetic(_Comparing):
    """Rational numbers; an irrational value raises NotExact."""

    name = "exact"

    def number(self, value: Fraction) -> Fraction:
        return value

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        if exponent.denominator == 1:
            return base ** int(exponent)
        if base < 0:
            raise NotExact(f"({_short(base)})^({exponent}) is not real")
        n = exponent.denominator
        root = Fraction(_integer_root(base.numerator, n), _integer_root(base.denominator, n))
        if root**n != base:
            raise NotExact(f"({_short(base)})^({exponent}) is irrational")
        return root**exponent.numerator

    def apply(self, function: str, value: Fraction) -> Fraction:
        if function == "abs":
            return abs(value)
        if function == "sqrt":
            return self.power(value, Fraction(1, 2))
        point, image = RATIONAL[function]
        if value != point:
            raise NotExact(f"{function}({_short(value)}) is irrational")
        return Fraction(image)

    def norm(self, vector: Sequence[Fraction]) -> Fraction:
        if len(vector) == 1:
            return abs(vector[0])
        return self.power(sum((v * v for v in vector), Fraction(0)), Fraction(1, 2))


@dataclass(frozen=True)
class BallArithmetic(_Comparing):
    """Arb balls of `bits` bits: the result contains the value at every point of the input."""

    bits: int

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"ball({self.bits})"

    @contextmanager
    def active(self) -> Iterator[None]:
        with flint.ctx.workprec(self.bits):
            yield

    def number(self, value: Fraction) -> flint.arb:
        return flint.arb(flint.fmpq(value.numerator, value.denominator))

    def power(self, base: flint.arb, exponent: Fraction) -> flint.arb:
        if exponent.denominator > 1:
            return self._root_power(base, exponent)
        if exponent < 0:
            return 1 / self.power(base, -exponent)
        n = int(exponent)
        if _is_thin(base):
            return _product(base, n)
        low, high = base.lower(), base.upper()
        if n % 2 == 0:  # even in x: read it on |x|, whose lower end is 0 when x has both signs
            low, high = base.abs_lower(), base.abs_upper()
        return _product(low, n).union(_product(high, n))

    def _root_power(self, base: flint.arb, exponent: Fraction) -> flint.arb:
        if exponent < 0:
            return 1 / self._root_power(base, -exponent)
        root = (
            self.apply("sqrt", base) if exponent.denominator == 2 else _ends(_root, base, exponent)
        )
        return self.power(root, Fraction(exponent.numerator)) if exponent.denominator == 2 else root

    def apply(self, function: str, value: flint.arb) -> flint.arb:
        if function == "abs":  # abs(arb) keeps both signs: take the ends
            return value.abs_lower().union(value.abs_upper())
        if function == "sqrt" and value.lower() < 0 <= value.upper():
            return flint.arb(0).union(value.upper().sqrt())  # on the domain of the root
        method = getattr(flint.arb, function)
        if _is_thin(value):
            return method(value)
        if function in ("sin", "cos"):
            return _wave(function, value)
        if function == "cosh":  # even, increasing in |x|
            value = self.apply("abs", value)
        return method(value.lower()).union(method(value.upper()))  # increasing

    def minimum(self, values: Sequence[flint.arb]) -> flint.arb:
        result = values[0]
        for value in values[1:]:
            result = result.min(value)
        return result

    def maximum(self, values: Sequence[flint.arb]) -> flint.arb:
        result = values[0]
        for value in values[1:]:
            result = result.max(value)
        return result

    def hull(self, values: Iterable[flint.arb]) -> flint.arb:
        first, *others = values
        for value in others:
            first = first.union(value)
        return first

    def norm(self, vector: Sequence[flint.arb]) -> flint.arb:
        if len(vector) == 1:
            return self.apply("abs", vector[0])
        return self.apply("sqrt", sum((self.power(v, Fraction(2)) for v in vector), flint.arb(0)))

    def possibilities(self, a: flint.arb, b: flint.arb, strict: bool = False) -> tuple[bool, bool]:
        holds, fails = (a < b, a >= b) if strict else (a <= b, a > b)
        return not fails, not holds


def _integer_root(n: int, k: int) -> int:
    return int(flint.fmpz(n).root(k))


def _is_thin(x: flint.arb) -> bool:
    """Thin balls go through Arb directly; wide ones by their ends, which loses nothing."""
    return x.is_exact() or x.rel_accuracy_bits() > 20


def _product(x: flint.arb, n: int) -> flint.arb:
    """x^n by squaring: python-flint's own x**n is nan as soon as x contains 0."""
    result = flint.arb(1)
    while n:
        if n & 1:
            result = result * x
        n >>= 1
        if n:
            x = x * x
    return result


def _root(x: flint.arb, exponent: Fraction) -> flint.arb:
    if x == 0:
        return flint.arb(0)
    return (x.log() * flint.fmpq(exponent.numerator, exponent.denominator)).exp()


def _ends(function: Any, x: flint.arb, *arguments: Any) -> flint.arb:
    """The image of an increasing function on [0, inf), cut to its domain."""
    if x.upper() < 0:
        return flint.arb("nan")
    low = x.lower() if x.lower() > 0 else flint.arb(0)
    return function(low, *arguments).union(function(x.upper(), *arguments))


def _wave(function: str, x: flint.arb) -> flint.arb:
    """The image of sin or cos: the ends, and -1 or 1 where a crest may lie between them.

    cos is (-1)^n at n pi; sin x = cos(x - pi/2).
    """
    if not x.is_finite():
        return flint.arb("nan")
    if x.rad() > 4:  # a whole period
        return flint.arb(0, 1)
    turns = x / flint.arb.pi() - (flint.arb(0.5) if function == "sin" else 0)
    first, last = (round(float(n)) for n in (turns.lower().ceil(), turns.upper().floor()))
    method = getattr(flint.arb, function)
    image = method(x.lower()).union(method(x.upper()))
    for n in range(first, min(last, first + 1) + 1):
        image = image.union(flint.arb(1 - 2 * (n % 2)))
    return image.min(flint.arb(1)).max(flint.arb(-1))


class _Open(_Comparing):
    """A tie may go either way: a derivative is read on both sides of it.

    On a tie the formula of f' follows one branch, whose slope is not f' where the branch holds at
    one point, and need not be where several kinks cancel: max(x, 0) - max(-x, 0) is x.
    """

    def possibilities(self, a: Any, b: Any, strict: bool = False) -> tuple[bool, bool]:
        return not a > b, not a < b

    def _status(self, a: Any, b: Any, strict: bool) -> Status:
        may_hold, may_fail = super().possibilities(a, b, strict)  # numbers are compared as ever
        if may_hold and may_fail:
            return Status.UNDECIDED
        return self.yes if may_hold else Status.REFUTED


class OpenExact(_Open, ExactArithmetic):
    """Rationals; branches that differ on a tie raise NotExact."""

    def hull(self, values: Iterable[Fraction]) -> Fraction:
        found = set(values)
        if len(found) > 1:
            raise NotExact("the branches differ on a tie")
        return found.pop()


class OpenBalls(_Open, BallArithmetic):
    """Balls; the hull of the branches on a tie."""


FLOAT = FloatArithmetic()
EXACT = ExactArithmetic()
OPEN_EXACT = OpenExact()


@cache
def _open_ball(bits: int) -> OpenBalls:
    return OpenBalls(bits)


def opened(arithmetic: Any) -> Any:
    """The arithmetic in which derivatives are read at a point (doubles stay as they are)."""
    if isinstance(arithmetic, BallArithmetic):
        return _open_ball(arithmetic.bits)
    return OPEN_EXACT if isinstance(arithmetic, ExactArithmetic) else arithmetic


@cache
def ball(bits: int = 128) -> BallArithmetic:
    """Ball arithmetic of `bits` bits (at least 24)."""
    if bits < 24:
        raise ValueError(f"bits = {bits} must be at least 24; try 128")
    return BallArithmetic(bits)
