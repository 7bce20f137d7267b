"""Layer 3: the variable v in which f' is rational, and the points of the line it can name.

    v = x,      v = e^{a x + b},      v = (a x + b)^{1/q}      (a, b rational, a != 0, q >= 2).

A point of the line is an algebraic x, or (log v - b)/a with an algebraic v != 1; by
Lindemann's theorem the second kind is transcendental, so the kinds never meet.  With a = 0
the exponential is the constant e^b, for functions such as (e - 1) x.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint
from flint import arb, fmpq_poly

from relaxsmooth.formula import Formula, exp, log, number, power, symbol
from relaxsmooth.smoothness.algebraic import (
    FIRST_BITS,
    Algebraic,
    RealRoot,
    decimal,
    nearest_root,
    rational_root,
    to_fmpq,
)
from relaxsmooth.smoothness.exponential import exponential_root
from relaxsmooth.smoothness.ratio import Ratio


class NotDecidable(ValueError):
    """The function is outside what is decided exactly here; the message says why."""


@dataclass(frozen=True)
class Generator:
    """v(x); kind is "x", "exp" or "root"."""

    kind: str
    a: Fraction = Fraction(1)
    b: Fraction = Fraction(0)
    q: int = 1

    @property
    def rate(self) -> Ratio:
        """dv/dx as a function of v."""
        if self.kind == "x":
            return Ratio.constant(1)
        if self.kind == "exp":
            return Ratio.monomial(1) * self.a
        return Ratio.monomial(1 - self.q) * (self.a / self.q)

    def x_as_ratio(self) -> Ratio | None:
        """x as a rational function of v (None when it is not one)."""
        if self.kind == "exp":
            return None
        return (Ratio.monomial(self.q) + Ratio.constant(-self.b)) * (1 / self.a)

    def formula(self, x: str) -> Formula:
        u = self.a * symbol(x) + self.b
        return (
            u
            if self.kind == "x"
            else exp(u)
            if self.kind == "exp"
            else power(u, Fraction(1, self.q))
        )

    def x_ball(self, v: arb) -> arb:
        """An enclosure of x, at the working precision."""
        if self.kind == "exp":
            v = v.log()
        elif self.kind == "root":
            v = flint.arb(1) * v if self.q == 1 else _power(v, self.q)
        return (v - to_fmpq(self.b)) / to_fmpq(self.a)

    def v_ball(self, x: arb) -> arb:
        u = x * to_fmpq(self.a) + to_fmpq(self.b)
        if self.kind == "x":
            return u
        return u.exp() if self.kind == "exp" else u.root(self.q)

    def ends(self) -> tuple[str, str]:
        """The germs of v at x = -oo and x = +oo ("?" where the line leaves the domain)."""
        if self.kind == "x":
            return "-oo", "+oo"
        low, high = ("0", "+oo") if self.kind == "exp" else ("?", "+oo")
        return (low, high) if self.a > 0 else (high, low)


LINE = Generator("x")


def _power(v: arb, n: int) -> arb:
    result = v
    for _ in range(n - 1):
        result = result * v
    return result


@dataclass(frozen=True, eq=False)
class Point:
    """The x with v(x) = `root`; generator LINE for an algebraic x."""

    generator: Generator
    root: RealRoot

    @staticmethod
    def rational(x: Fraction | int) -> Point:
        return Point(LINE, rational_root(x))

    @staticmethod
    def of(generator: Generator, root: RealRoot) -> Point:
        """In canonical form: an algebraic x is named by itself."""
        if generator.kind == "x":
            return Point(LINE, root)
        if generator.kind == "exp":
            if root.is_root_of(flint.fmpz_poly([-1, 1])):
                return Point.rational(-generator.b / generator.a)
            if generator.a < 0:  # e^{-u} = w names the same point as e^u = 1/w
                up = Generator("exp", -generator.a, -generator.b)
                return Point(up, Ratio.monomial(-1).at(root).as_root())
            return Point(generator, root)
        ratio = generator.x_as_ratio()
        assert ratio is not None
        return Point(LINE, ratio.at(root).as_root())

    @cached_property
    def exact(self) -> Fraction | None:
        """x where it is rational."""
        return Algebraic.at(self.root).as_fraction() if self.generator.kind == "x" else None

    @cached_property
    def formula(self) -> Formula | None:
        """x as a constant formula, where it is rational or the logarithm of a rational."""
        v = Algebraic.at(self.root).as_fraction()
        if v is None or self.generator.kind == "x":
            return None if v is None else number(v)
        return (log(number(v)) - self.generator.b) / self.generator.a

    def enclosure(self, bits: int = 128) -> arb:
        """A ball around x of about `bits` accurate bits."""
        precision = bits
        while True:
            v = self.root.enclosure(precision + 16)
            with flint.ctx.workprec(precision + 32):
                x = self.generator.x_ball(v)
            if x.rel_accuracy_bits() >= bits or x.is_zero():
                return x
            precision *= 2

    def near(self, k: int, steps: int = 0) -> Fraction:
        """The multiple of 2^-k nearest to x (to within one), plus `steps` of them."""
        if self.exact is not None and (self.exact * 2**k).denominator == 1:
            return self.exact + Fraction(steps, 2**k)
        with flint.ctx.workprec(k + 64):
            scaled = (self.enclosure(k + 32) * 2**k).mid().fmpq()
        return Fraction(int((scaled + flint.fmpq(1, 2)).floor()) + steps, 2**k)

    def compare(self, other: Point) -> int:
        """The sign of self - other, exactly."""
        if self.generator == other.generator:
            order = Algebraic.at(self.root).compare(Algebraic.at(other.root))
            return order if self.generator.a > 0 else -order
        bits = FIRST_BITS
        while True:
            a, b = self.enclosure(bits), other.enclosure(bits)
            if a < b or a > b:
                return -1 if a < b else 1
            if bits == 4 * FIRST_BITS and self._meets(other):
                return 0
            bits *= 2

    def _meets(self, other: Point) -> bool:
        """Equality of two logarithms log(v)/a = log(w)/c, that is v^{c/a} = w, on one centre."""
        moved = self.seen_from(other.generator)
        return moved is not None and Algebraic.at(moved) == Algebraic.at(other.root)

    def seen_from(self, to: Generator) -> RealRoot | None:
        """v(x) in another generator as an algebraic number or e^q, q rational; None otherwise."""
        here = self.generator
        if to.kind == "exp" and to.a == 0:
            return exponential_root(to.b)
        if here.kind == "x":
            return self._algebraic_seen_from(to)
        if to.kind != "exp" or to.b / to.a != here.b / here.a:
            return None
        ratio = to.a / here.a  # e^{a'x+b'} = (e^{ax+b})^{a'/a}
        power = Ratio.monomial(ratio.numerator).at(self.root)
        if ratio.denominator == 1:
            return power.as_root()
        return self._lookup(power, fmpq_poly([0, 1]), ratio.denominator, to)

    def _algebraic_seen_from(self, to: Generator) -> RealRoot | None:
        if to.kind == "x":
            return self.root
        if to.kind == "exp":
            x = self.exact
            return exponential_root(to.a * x + to.b) if x is not None else None
        affine = fmpq_poly([-to_fmpq(to.b) / to_fmpq(to.a), 1 / to_fmpq(to.a)])
        return self._lookup(Algebraic.at(self.root), affine, to.q, to)

    def _lookup(self, y: Algebraic, affine: fmpq_poly, q: int, to: Generator) -> RealRoot:
        """The positive w with affine(w^q) = y, among the roots of the polynomial it satisfies."""
        p = fmpq_poly(y.minimal_polynomial)(affine(fmpq_poly([0, 1]) ** q)).numer()

        def ball(bits: int) -> arb:
            x = self.enclosure(bits)
            with flint.ctx.workprec(bits):
                return to.v_ball(x)

        if y.as_fraction() is not None and p(0) == 0 and p.degree() == q:
            return rational_root(0)
        try:
            return nearest_root(p, ball)
        except ArithmeticError:
            raise NotDecidable(f"{to.formula('x')} has no real value at x = {self}") from None

    def __str__(self) -> str:
        if self.generator.kind == "x":
            return str(Algebraic.at(self.root))
        return f"{self.logarithm()} (about {decimal(self.enclosure(64))})"

    def logarithm(self) -> str:
        """(log v - b)/a in words."""
        a, b = self.generator.a, self.generator.b
        inner = Algebraic.at(self.root).text
        top = f"log({inner})" if b == 0 else f"(log({inner}) {'-' if b > 0 else '+'} {abs(b)})"
        if a == 1:
            return top
        return f"{top}/{a}" if a.denominator == 1 else f"{1 / a}*{top}"
