"""Layer 3: isolated real roots of integer polynomials, refined to any precision.

Arb isolates all complex roots; a real root has an imaginary part that is exactly zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
from flint import arb, fmpq, fmpz_poly

FIRST_BITS = 64
ISOLATION_BITS = 192


def to_fmpq(value: Fraction | int) -> fmpq:
    exact = Fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def to_fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def square_free(p: fmpz_poly) -> fmpz_poly:
    """p without repeated factors and without content."""
    if p.degree() < 1:
        return p
    bare = p // p.gcd(p.derivative())
    return bare // bare.content()


@dataclass(frozen=True, eq=False)
class RealRoot:
    """The only root of the square-free `polynomial` in [low, high]; low = high: that rational."""

    polynomial: fmpz_poly
    low: fmpq
    high: fmpq
    _finest: list[arb] = field(default_factory=list, repr=False)

    @property
    def rational(self) -> Fraction | None:
        """The root where isolation found it to be rational (None says nothing)."""
        return to_fraction(self.low) if self.low == self.high else None

    def enclosure(self, bits: int) -> arb:
        """A ball of `bits` accurate bits around the root, by interval Newton steps."""
        with flint.ctx.workprec(bits + 32):
            if self.low == self.high:
                return arb(self.low)
            if not self._finest:
                self._finest.append(_hull(self.low, self.high))
            if self._finest[0].rel_accuracy_bits() < bits:
                self._finest[0] = self._refined(self._finest[0], bits)
            return self._finest[0]

    def _refined(self, x: arb, bits: int) -> arb:
        slope = self.polynomial.derivative()
        precision = 64
        while x.rel_accuracy_bits() < bits:
            with flint.ctx.workprec(precision):
                steepness, middle = slope(x), x.mid()
                if slope(middle).contains(0) and precision < 4096:  # rounding, not width
                    precision *= 2
                    continue
                if steepness.contains(0):
                    better = self._bisected(x)
                else:
                    better = x.intersection(middle - self.polynomial(middle) / steepness)
                if 4 * better.rad() > 3 * x.rad():  # rounding has eaten the gain
                    precision *= 2
                x = better
                precision = max(precision, min(2 * x.rel_accuracy_bits(), bits) + 64)
        return x

    def _bisected(self, x: arb) -> arb:
        low, high = x.lower().fmpq(), x.upper().fmpq()
        low, high = max(low, self.low), min(high, self.high)
        middle = (low + high) / 2
        at_low, at_middle = self.polynomial(low), self.polynomial(middle)
        if at_middle == 0:
            return arb(middle)
        if at_low == 0:
            return arb(low)
        return _hull(low, middle) if (at_low < 0) != (at_middle < 0) else _hull(middle, high)

    def is_root_of(self, p: fmpz_poly) -> bool:
        """Whether p(alpha) = 0, exactly."""
        if self.low == self.high:
            return bool(p(self.low) == 0)
        common = self.polynomial.gcd(p)  # its roots in [low, high]: alpha, simple, or none
        return common.degree() > 0 and changes_sign(common, self.low, self.high)

    def sign_of(self, p: fmpz_poly) -> int:
        """The sign of p(alpha): by balls, and by the exact zero test where these cannot tell."""
        bits = FIRST_BITS
        while True:
            x = self.enclosure(bits)
            with flint.ctx.workprec(bits + 32):
                value = p(x)
            if value > 0 or value < 0:
                return 1 if value > 0 else -1
            if bits == 2 * FIRST_BITS and self.is_root_of(p):
                return 0
            bits *= 2

    @cached_property
    def factor(self) -> fmpz_poly:
        """The irreducible polynomial of alpha, content 1 and leading coefficient > 0."""
        if self.low == self.high:
            return linear(self.low)
        parts = [part for part, _ in self.polynomial.factor()[1]]
        (mine,) = [part for part in parts if changes_sign(part, self.low, self.high)]
        return mine if mine.leading_coefficient() > 0 else -mine


def rational_root(value: Fraction | int) -> RealRoot:
    exact = to_fmpq(value)
    return RealRoot(linear(exact), exact, exact)


def isolated_roots(p: fmpz_poly) -> list[RealRoot]:
    """All real roots of p, in no order."""
    bare = square_free(p)
    with flint.ctx.workprec(ISOLATION_BITS):  # rounds the ends of the balls as little as Arb did
        roots: Any = bare.complex_roots()
        return [_isolated(bare, z.real) for z, _ in roots if z.imag == 0]


def _isolated(p: fmpz_poly, x: arb) -> RealRoot:
    """The root of p in the ball x, which holds no other (Arb's isolation)."""
    low, high = x.lower().fmpq(), x.upper().fmpq()
    lead = p.leading_coefficient()
    whole = (x * lead).unique_fmpz()  # the denominator of a rational root divides `lead`
    guesses = [low, high] if whole is None else [low, high, fmpq(whole, lead)]
    for guess in guesses:
        if p(guess) == 0:
            return RealRoot(p, guess, guess)
    if not changes_sign(p, low, high):
        raise ArithmeticError(f"the root of {p} near {x} is not isolated; report this polynomial")
    return RealRoot(p, low, high)


def ends(x: arb, bits: int) -> tuple[fmpq, fmpq]:
    """The ends of a ball, outward to `bits` bits (arb rounds them to the working precision)."""
    with flint.ctx.workprec(bits):
        return x.lower().fmpq(), x.upper().fmpq()


def linear(value: fmpq) -> fmpz_poly:
    return fmpz_poly([-value.p, value.q])


def changes_sign(p: fmpz_poly, low: fmpq, high: fmpq) -> bool:
    return bool((p(low) < 0) != (p(high) < 0)) and p(low) != 0 and p(high) != 0


def _hull(low: fmpq, high: fmpq) -> arb:
    return arb(low).union(arb(high))
