"""Layer 3: rational functions R(v) = N(v)/D(v) of one variable over the rationals.

The small algebra below everything that is decided exactly in one variable:
f', f'' and f''' are such functions of one generator v on each piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import flint
from flint import fmpq, fmpq_poly, fmpz_poly

from relaxsmooth.smoothness.algebraic import (
    Algebraic,
    RealRoot,
    compare_roots,
    real_roots,
    to_fmpq,
    to_fraction,
)
from relaxsmooth.smoothness.roots import ends


class PoleError(ArithmeticError):
    """The rational function has a pole there."""


@dataclass(frozen=True, eq=False)
class Ratio:
    """top(v)/bottom(v); bottom is not the zero polynomial.  `reduced` is in lowest terms."""

    top: fmpq_poly
    bottom: fmpq_poly

    @staticmethod
    def constant(value: Fraction | int) -> Ratio:
        return Ratio(fmpq_poly([to_fmpq(value)]), fmpq_poly([1]))

    @staticmethod
    def monomial(exponent: int) -> Ratio:
        """v^exponent, of either sign."""
        power, one = fmpq_poly([0, 1]) ** abs(exponent), fmpq_poly([1])
        return Ratio(power, one) if exponent >= 0 else Ratio(one, power)

    def __add__(self, other: Ratio) -> Ratio:
        if self.bottom == other.bottom:
            return Ratio(self.top + other.top, self.bottom)
        top = self.top * other.bottom + other.top * self.bottom
        return Ratio(top, self.bottom * other.bottom).reduced

    def __neg__(self) -> Ratio:
        return Ratio(-self.top, self.bottom)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + -other

    def __mul__(self, other: Ratio | Fraction | int) -> Ratio:
        if not isinstance(other, Ratio):
            return Ratio(self.top * to_fmpq(other), self.bottom)
        return Ratio(self.top * other.top, self.bottom * other.bottom)

    def __pow__(self, n: int) -> Ratio:
        if n < 0:
            if self.is_zero:
                raise PoleError("division by a function that is zero everywhere")
            return Ratio(self.bottom**-n, self.top**-n)
        return Ratio(self.top**n, self.bottom**n)

    @property
    def is_zero(self) -> bool:
        return self.top.degree() < 0

    @cached_property
    def reduced(self) -> Ratio:
        """The same function in lowest terms, bottom with leading coefficient 1."""
        common = self.top.gcd(self.bottom)
        scale = self.bottom.leading_coefficient() / common.leading_coefficient()
        common = common * scale
        return Ratio(self.top // common, self.bottom // common)

    @cached_property
    def as_constant(self) -> Fraction | None:
        """The rational number this is everywhere, or None."""
        r = self.reduced
        return to_fraction(r.top[0]) if r.top.degree() < 1 and r.bottom.degree() < 1 else None

    @cached_property
    def derivative(self) -> Ratio:
        """dR/dv."""
        if self.bottom.degree() < 1:
            return Ratio(self.top.derivative(), self.bottom)
        top = self.top.derivative() * self.bottom - self.top * self.bottom.derivative()
        return Ratio(top, self.bottom * self.bottom).reduced

    def same_as(self, other: Ratio) -> bool:
        return bool(self.top * other.bottom == other.top * self.bottom)

    def flipped(self) -> Ratio:
        """R(-v)."""
        minus = fmpq_poly([0, -1])
        return Ratio(self.top(minus), self.bottom(minus))

    # --- values

    @cached_property
    def integers(self) -> tuple[fmpz_poly, fmpz_poly]:
        """Integer polynomials with the same quotient, in lowest terms."""
        r = self.reduced
        return r.top.numer() * r.bottom.denom(), r.bottom.numer() * r.top.denom()

    def at(self, root: RealRoot) -> Algebraic:
        """R(alpha); raises PoleError at a pole."""
        top, bottom = self.integers
        if root.sign_of(bottom) == 0:
            raise PoleError(f"pole at {Algebraic.at(root)}")
        return Algebraic(top, bottom, root)

    def at_rational(self, v: fmpq) -> fmpq:
        below = self.bottom(v)
        if below == 0:
            raise PoleError(f"pole at {v}")
        return self.top(v) / below

    def ball(self, v: flint.arb) -> flint.arb:
        """An enclosure at the working precision."""
        top, bottom = self.integers
        return top(v) / bottom(v)

    def zeros(self, low: RealRoot | None, high: RealRoot | None) -> list[RealRoot]:
        """Zeros strictly between low and high (none when R is zero everywhere)."""
        return real_roots(self.integers[0], low, high)

    def poles(self, low: RealRoot | None, high: RealRoot | None) -> list[RealRoot]:
        return real_roots(self.integers[1], low, high)

    def germ(self, end: str) -> tuple[int, Fraction]:
        """(k, c): R ~ c t^k as t -> 0+, t = v ("0"), 1/v ("+oo"), -1/v ("-oo"); (0, 0) if R = 0."""
        if self.is_zero:
            return 0, Fraction(0)
        if end == "-oo":
            return self.flipped().germ("+oo")
        (i, a), (j, b) = (_leading(p, end) for p in (self.top, self.bottom))
        return i - j, to_fraction(a / b)

    def sign_near(self, end: str) -> int:
        c = self.germ(end)[1]
        return (c > 0) - (c < 0)


def _leading(p: fmpq_poly, end: str) -> tuple[int, fmpq]:
    if end == "+oo":
        return -p.degree(), p.leading_coefficient()
    order = next(k for k in range(p.degree() + 1) if p[k] != 0)
    return order, p[order]


def distinct(roots: list[RealRoot]) -> list[RealRoot]:
    """The roots of several polynomials, sorted, each number once."""
    found: list[RealRoot] = []
    for root in sorted(roots, key=lambda r: r.low):
        for place in range(len(found), -1, -1):
            side = compare_roots(found[place - 1], root) if place else -1
            if side < 0:
                found.insert(place, root)
            if side <= 0:
                break
    return found


def samples(cuts: list[RealRoot], low: RealRoot | None, high: RealRoot | None) -> list[fmpq]:
    """One rational strictly inside each cell of (low, high) minus the sorted, distinct cuts."""
    return [between(a, b) for a, b in pairwise([low, *cuts, high])]


def between(a: RealRoot | None, b: RealRoot | None) -> fmpq:
    """A short rational strictly between two real numbers (None: unbounded)."""
    if a is None or b is None:
        if a is None and b is None:
            return fmpq(0)
        return fmpq(a.high.ceil() + 1) if a is not None else fmpq(b.low.floor() - 1)  # type: ignore[union-attr]
    bits = 32
    while True:
        left, right = ends(a.enclosure(bits), bits)[1], ends(b.enclosure(bits), bits)[0]
        if left < right:
            return shortest_inside(left, right)
        bits *= 2


def shortest_inside(low: fmpq, high: fmpq) -> fmpq:
    """A dyadic rational of few bits strictly inside (low, high)."""
    scale = fmpq(1)
    while True:
        guess = fmpq((low * scale).floor() + 1) / scale
        if guess < high:
            return guess
        scale *= 2
