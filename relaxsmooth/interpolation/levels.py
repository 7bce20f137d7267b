"""Layer 4: values of u as exact numbers, and s(u), P(u) in the three shapes of the class.

    L0, L1 > 0   u = sign(g) log(1 + L1|g|/L0)/L1,  s = sign(u)(L0/L1)(e^{L1|u|} - 1),
                 P = (L0/L1^2)(e^{L1|u|} - L1|u| - 1)
    L1 = 0       u = g/L0,  s = L0 u,  P = L0 u^2/2
    L0 = 0       u = log(g)/L1 where g > 0,  s = e^{L1 u},  P = e^{L1 u}/L1

f is in the class iff f' = s(u) with |u'| <= 1 (theory 0.2), and P' = s.  A `Level` is L1 u (u
itself when L1 = 0): a rational and a sum of logarithms of rationals, which is 0 only where the
rational is 0 and the logarithms cancel, since log R is transcendental for R != 1 (Lindemann).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Protocol

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.expand import expanded, negative
from relaxsmooth.formula import ONE, Formula, FormulaError, add, exp, log, mul, number

Logs = tuple[tuple[Fraction, Fraction], ...]  # (E, c) with E > 1 and c != 0, in order of E


@dataclass(frozen=True)
class Level:
    """q + sum of c log(E)."""

    q: Fraction
    logs: Logs = ()

    @staticmethod
    def log(E: Fraction) -> Level:
        if E == 1:
            return Level(Fraction(0))
        return Level(Fraction(0), ((E, Fraction(1)) if E > 1 else (1 / E, Fraction(-1)),))

    def __add__(self, other: Level) -> Level:
        found = dict(self.logs)
        for E, c in other.logs:
            found[E] = found.get(E, Fraction(0)) + c
        return Level(self.q + other.q, tuple(sorted((E, c) for E, c in found.items() if c)))

    def __neg__(self) -> Level:
        return self.times(Fraction(-1))

    def __sub__(self, other: Level) -> Level:
        return self + (-other)

    def times(self, factor: Fraction) -> Level:
        return Level(factor * self.q, tuple((E, factor * c) for E, c in self.logs))

    @cached_property
    def sign(self) -> int:
        """Exact: q and the logarithm R of a rational; of opposite signs, the bits are doubled,
        which must end because q + log R = 0 only as q = 0, R = 1."""
        R = prod((E ** int(2 * c) for E, c in self.logs), start=Fraction(1))  # c is a half integer
        a, b = (self.q > 0) - (self.q < 0), (R > 1) - (R < 1)
        if a * b >= 0:
            return a or b
        bits = 64
        while True:
            found = evaluate(self.formula, {}, ball(bits))
            if found > 0 or found < 0:
                return 1 if found > 0 else -1
            bits *= 2

    @cached_property
    def formula(self) -> Formula:
        return add(number(self.q), *(c * log(number(E)) for E, c in self.logs))

    @cached_property
    def factor(self) -> Formula:
        """The product of the E^c."""
        return mul(ONE, *(number(E) ** c for E, c in self.logs))

    @cached_property
    def exp(self) -> Formula:
        """e^q and the product of the E^c."""
        return self.factor * exp(number(self.q))

    @property
    def size(self) -> Level:
        return self if self.sign >= 0 else -self


ZERO_LEVEL = Level(Fraction(0))


class Chart(Protocol):
    """The maps g -> level, level -> s, level -> P; unit: level per length (L1, or 1)."""

    @property
    def L0(self) -> Fraction: ...
    @property
    def L1(self) -> Fraction: ...
    @property
    def crosses_zero(self) -> bool: ...  # whether g may change its sign
    @property
    def unit(self) -> Fraction: ...
    def level(self, g: Fraction) -> Level: ...
    def gradient(self, at: Level) -> Formula: ...
    def potential(self, at: Level) -> Formula: ...
    def ramp(self, at: Level, way: int, distance: Formula, side: int) -> Formula: ...


@dataclass(frozen=True)
class Relaxed:
    """L0, L1 > 0."""

    L0: Fraction
    L1: Fraction
    crosses_zero = True

    @property
    def unit(self) -> Fraction:
        return self.L1

    def level(self, g: Fraction) -> Level:
        size = Level.log(1 + self.L1 * abs(g) / self.L0)
        return size if g >= 0 else -size

    def gradient(self, at: Level) -> Formula:
        return expanded(number(at.sign * self.L0 / self.L1), at.size.exp - 1)

    def potential(self, at: Level) -> Formula:
        return self._potential(at.size.exp, at.size.formula)

    def _potential(self, exponential: Formula, size: Formula) -> Formula:
        return expanded(number(self.L0 / self.L1**2), exponential + negative(size) - 1)

    def ramp(self, at: Level, way: int, distance: Formula, side: int) -> Formula:
        """P(u(x)), u = at + way (x - anchor) of sign `side`; distance = x - anchor."""
        start = at if side > 0 else -at
        rise = expanded(number(side * way * self.L1), distance)
        return self._potential(start.factor * exp(start.q + rise), start.formula + rise)


@dataclass(frozen=True)
class Smooth:
    """L1 = 0: u = g/L0."""

    L0: Fraction
    L1: Fraction = Fraction(0)
    crosses_zero = True

    @property
    def unit(self) -> Fraction:
        return Fraction(1)

    def level(self, g: Fraction) -> Level:
        return Level(g / self.L0)

    def gradient(self, at: Level) -> Formula:
        return number(self.L0 * at.q)

    def potential(self, at: Level) -> Formula:
        return number(self.L0 / 2 * at.q**2)

    def ramp(self, at: Level, way: int, distance: Formula, side: int) -> Formula:
        return self.L0 / 2 * (at.q + way * distance) ** 2


@dataclass(frozen=True)
class Exponential:
    """L0 = 0 < L1 and g > 0 everywhere: u = log(g)/L1."""

    L1: Fraction
    L0: Fraction = Fraction(0)
    crosses_zero = False

    @property
    def unit(self) -> Fraction:
        return self.L1

    def level(self, g: Fraction) -> Level:
        return Level.log(g)

    def gradient(self, at: Level) -> Formula:
        return at.exp

    def potential(self, at: Level) -> Formula:
        return at.exp / self.L1

    def ramp(self, at: Level, way: int, distance: Formula, side: int) -> Formula:
        return at.factor / self.L1 * exp(at.q + expanded(number(way * self.L1), distance))


def chart(L0: Fraction | int, L1: Fraction | int) -> Chart:
    """The shape of the class at (L0, L1), not both 0."""
    l0, l1 = Fraction(L0), Fraction(L1)
    for name, value in (("L0", l0), ("L1", l1)):
        if value < 0:
            raise FormulaError(f"{name} = {value} must not be negative; give {name} >= 0")
    if l1 == 0:
        return Smooth(l0)
    return Relaxed(l0, l1) if l0 else Exponential(l1)
