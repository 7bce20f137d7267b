"""Layer 3: real algebraic numbers, exactly.

    value = N(alpha)/D(alpha),   alpha the only root of p in [low, high],

with N, D, p integer polynomials and p square-free.  Balls decide first; what
balls cannot decide (a value that is zero, two values that are equal) is decided
by greatest common divisors and minimal polynomials, so every comparison of two
algebraic numbers has an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import isqrt

import flint
from flint import arb, fmpq, fmpq_poly, fmpz_poly

FIRST_BITS = 64
ISOLATION_BITS = 192
READABLE_DEGREE = 8  # minimal polynomials up to here are computed for printing,
READABLE_LENGTH = 160  # and written out when they have so few characters
DIGITS = 13


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


# --- roots ------------------------------------------------------------------------------------


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
        return common.degree() > 0 and _changes_sign(common, self.low, self.high)

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
            return _linear(self.low)
        parts = [part for part, _ in self.polynomial.factor()[1]]
        (mine,) = [part for part in parts if _changes_sign(part, self.low, self.high)]
        return mine if mine.leading_coefficient() > 0 else -mine


def rational_root(value: Fraction | int) -> RealRoot:
    exact = to_fmpq(value)
    return RealRoot(_linear(exact), exact, exact)


def real_roots(
    p: fmpz_poly, low: RealRoot | None = None, high: RealRoot | None = None
) -> list[RealRoot]:
    """All real roots of p strictly between low and high (None: unbounded), in increasing order."""
    if p.degree() < 1:
        return []
    bare = square_free(p)
    with flint.ctx.workprec(ISOLATION_BITS):  # rounds the ends of the balls as little as Arb did
        found = [_isolated(bare, z.real) for z, _ in bare.complex_roots() if z.imag == 0]
    inside = [
        root
        for root in found
        if (low is None or compare_roots(low, root) < 0)
        and (high is None or compare_roots(root, high) < 0)
    ]
    return sorted(inside, key=lambda root: root.low)  # disjoint, so their left ends sort them


def compare_roots(a: RealRoot, b: RealRoot) -> int:
    """The sign of a - b."""
    if a.high < b.low or b.high < a.low:
        return -1 if a.high < b.low else 1
    return Algebraic.at(a).compare(Algebraic.at(b))


def nearest_root(p: fmpz_poly, enclosure: Callable[[int], arb]) -> RealRoot:
    """The root of p that a number known to be a root of p is; `enclosure` gives its balls."""
    roots, bits = real_roots(p), FIRST_BITS
    while True:
        target = enclosure(bits)
        near = [root for root in roots if root.enclosure(bits).overlaps(target)]
        if len(near) == 1:
            return near[0]
        bits *= 2


def _isolated(p: fmpz_poly, x: arb) -> RealRoot:
    """The root of p in the ball x, which holds no other (Arb's isolation)."""
    low, high = x.lower().fmpq(), x.upper().fmpq()
    for guess in (low, high, _simplest(low, high)):
        if p(guess) == 0:
            return RealRoot(p, guess, guess)
    if not _changes_sign(p, low, high):
        raise ArithmeticError(f"the root of {p} near {x} is not isolated; report this polynomial")
    return RealRoot(p, low, high)


def _simplest(low: fmpq, high: fmpq) -> fmpq:
    """The fraction of least denominator in [low, high]."""
    whole = low.ceil()
    if whole <= high:
        return fmpq(whole)
    floor = low.floor()
    return floor + 1 / _simplest(1 / (high - floor), 1 / (low - floor))


def _linear(value: fmpq) -> fmpz_poly:
    return fmpz_poly([-value.p, value.q])


def _changes_sign(p: fmpz_poly, low: fmpq, high: fmpq) -> bool:
    return bool((p(low) < 0) != (p(high) < 0)) and p(low) != 0 and p(high) != 0


def _hull(low: fmpq, high: fmpq) -> arb:
    return arb(low).union(arb(high))


# --- numbers ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Algebraic:
    """top(alpha)/bottom(alpha), a real algebraic number; bottom(alpha) != 0."""

    top: fmpz_poly
    bottom: fmpz_poly
    root: RealRoot

    @staticmethod
    def rational(value: Fraction | int) -> Algebraic:
        exact = to_fmpq(value)
        return Algebraic(fmpz_poly([exact.p]), fmpz_poly([exact.q]), rational_root(0))

    @staticmethod
    def at(root: RealRoot) -> Algebraic:
        """The root itself."""
        if root.rational is not None:
            return Algebraic.rational(root.rational)
        return Algebraic(fmpz_poly([0, 1]), fmpz_poly([1]), root)

    def enclosure(self, bits: int = 128) -> arb:
        """A ball of at least `bits` accurate bits (exactly 0 when the value is 0)."""
        precision = bits + 32
        while True:
            value = self._ball(precision)
            if value.rel_accuracy_bits() >= bits:
                return value
            if value.contains(0) and precision > 2 * FIRST_BITS and self.sign == 0:
                return arb(0)
            precision *= 2

    def _ball(self, bits: int) -> arb:
        x = self.root.enclosure(bits)
        with flint.ctx.workprec(bits + 32):
            return self.top(x) / self.bottom(x)

    @cached_property
    def sign(self) -> int:
        """-1, 0 or 1, exactly."""
        value = self._ball(FIRST_BITS)
        if value > 0 or value < 0:
            return 1 if value > 0 else -1
        return self.root.sign_of(self.top) * self.root.sign_of(self.bottom)

    @cached_property
    def canonical(self) -> tuple[fmpq_poly, fmpz_poly]:
        """(r, q): the value is r(alpha), q irreducible with q(alpha) = 0, deg r < deg q."""
        q = self.root.factor
        field_polynomial = fmpq_poly(q)
        top, bottom = (fmpq_poly(p) % field_polynomial for p in (self.top, self.bottom))
        if bottom.degree() > 0:
            unit, inverse, _ = bottom.xgcd(field_polynomial)
            return top * inverse / unit[0] % field_polynomial, q
        return top / bottom[0], q

    def as_fraction(self) -> Fraction | None:
        """The rational number this is, or None when it is irrational."""
        if self.root.rational is not None:
            at = self.root.low
            return to_fraction(fmpq(self.top(at)) / fmpq(self.bottom(at)))
        r, _ = self.canonical
        return to_fraction(r[0]) if r.degree() < 1 else None

    @cached_property
    def minimal_polynomial(self) -> fmpz_poly:
        """The irreducible integer polynomial of the value, content 1, leading coefficient > 0."""
        r, q = self.canonical
        if r.degree() < 1:
            return _linear(fmpq(r[0]))
        if r == fmpq_poly([0, 1]):
            return q
        d, power, modulus = q.degree(), r, fmpq_poly(q)
        columns = []
        for _ in range(d):  # multiplication by the value on 1, x, ..., x^(d-1) modulo q
            columns.append([power[i] for i in range(d)])
            power = power * fmpq_poly([0, 1]) % modulus
        p = flint.fmpq_mat(d, d, [entry for row in columns for entry in row]).minpoly().numer()
        p = p // p.content()
        return p if p.leading_coefficient() > 0 else -p

    def compare(self, other: Algebraic | Fraction | int) -> int:
        """The sign of self - other, exactly."""
        if not isinstance(other, Algebraic):
            value = to_fmpq(other)
            return Algebraic(
                value.q * self.top - value.p * self.bottom, self.bottom, self.root
            ).sign
        if self.root is other.root:
            top = self.top * other.bottom - other.top * self.bottom
            return Algebraic(top, self.bottom * other.bottom, self.root).sign
        return self._separated(other, 4 * FIRST_BITS) or self._settled(other)

    def _separated(self, other: Algebraic, most_bits: int | None) -> int:
        """The sign of self - other once balls are apart; 0 when they are not at most_bits."""
        bits = FIRST_BITS
        while most_bits is None or bits <= most_bits:
            a, b = self.enclosure(bits), other.enclosure(bits)
            if a < b or a > b:
                return -1 if a < b else 1
            bits *= 2
        return 0

    def _settled(self, other: Algebraic) -> int:
        """The sign of self - other when their balls are very close."""
        rational = self.as_fraction(), other.as_fraction()
        if rational[1] is not None:
            return self.compare(rational[1])
        if rational[0] is not None:
            return -other.compare(rational[0])
        p = self.minimal_polynomial
        if p != other.minimal_polynomial:
            return self._separated(other, None)
        return compare_isolated(p, self, other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Algebraic | Fraction | int):
            return NotImplemented
        return self.compare(other) == 0

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Algebraic | Fraction | int) -> bool:
        return self.compare(other) < 0

    def __le__(self, other: Algebraic | Fraction | int) -> bool:
        return self.compare(other) <= 0

    def __gt__(self, other: Algebraic | Fraction | int) -> bool:
        return self.compare(other) > 0

    def __ge__(self, other: Algebraic | Fraction | int) -> bool:
        return self.compare(other) >= 0

    def __neg__(self) -> Algebraic:
        return Algebraic(-self.top, self.bottom, self.root)

    def __abs__(self) -> Algebraic:
        return -self if self.sign < 0 else self

    def __sub__(self, other: Fraction | int) -> Algebraic:
        value = to_fmpq(other)
        return Algebraic(
            value.q * self.top - value.p * self.bottom, value.q * self.bottom, self.root
        )

    def __float__(self) -> float:
        return float(self.enclosure(60))

    def as_root(self) -> RealRoot:
        """The value as an isolated root of its minimal polynomial."""
        exact = self.as_fraction()
        if exact is not None:
            return rational_root(exact)
        return nearest_root(self.minimal_polynomial, self.enclosure)

    @cached_property
    def text(self) -> str:
        """The exact value in words: a rational, radicals, or a root of a polynomial."""
        exact = self.as_fraction()
        if exact is not None:
            return str(exact)
        degree = self.root.factor.degree()
        if degree > READABLE_DEGREE:
            return f"a rational function of a root of degree {degree}"
        p = self.minimal_polynomial
        if p.degree() == 2:
            return _radical(p, self)
        low, high = _short_isolation(p, self)
        shown = show(p)
        named = shown if len(shown) <= READABLE_LENGTH else f"a polynomial of degree {p.degree()}"
        return f"root of {named} in [{low}, {high}]"

    def __str__(self) -> str:
        about = "" if self.as_fraction() is not None else f" (about {decimal(self.enclosure(64))})"
        return self.text + about

    def __repr__(self) -> str:
        return f"<{self}>"


def compare_isolated(p: fmpz_poly, a: Algebraic, b: Algebraic) -> int:
    """The sign of a - b for two roots of the same irreducible p."""
    root_a, root_b = (nearest_root(p, value.enclosure) for value in (a, b))
    if root_a.low == root_b.low:  # one isolation of one polynomial: the same interval
        return 0
    return -1 if root_a.low < root_b.low else 1


def largest(values: Iterable[Algebraic]) -> Algebraic:
    """The maximum, exactly."""
    best: Algebraic | None = None
    for value in values:
        if best is None or value > best:
            best = value
    if best is None:
        raise ValueError("the maximum of no values does not exist; give at least one")
    return best


# --- writing ----------------------------------------------------------------------------------


def decimal(x: arb, digits: int = DIGITS) -> str:
    """A rounded decimal of the midpoint: for people, never for decisions."""
    return f"{float(x.mid()):.{digits}g}"


def show(p: fmpz_poly, letter: str = "t") -> str:
    """The integer polynomial, highest power first, in the grammar of `text.parse`."""
    parts = []
    for k in range(p.degree(), -1, -1):
        c = int(p[k])
        if c:
            unit = letter if k == 1 else f"{letter}^{k}"
            size = str(abs(c)) if k == 0 else unit if abs(c) == 1 else f"{abs(c)}*{unit}"
            parts.append(f"{'-' if c < 0 else '+'} {size}")
    text = " ".join(parts) or "+ 0"
    return text[2:] if text[0] == "+" else f"-{text[2:]}"


def _radical(p: fmpz_poly, value: Algebraic) -> str:
    """(-b ± sqrt(D))/(2a) with the squares taken out of D."""
    c, b, a = (int(p[i]) for i in range(3))
    square, free = _square_part(b * b - 4 * a * c)
    sign = 1 if value > Fraction(-b, 2 * a) else -1
    shift, scale = Fraction(-b, 2 * a), Fraction(sign * square, 2 * a)
    size = abs(scale)
    top = f"{size.numerator}*" if size.numerator != 1 else ""
    below = f"/{size.denominator}" if size.denominator != 1 else ""
    term = f"{top}sqrt({free}){below}"
    if shift == 0:
        return term if scale > 0 else f"-{term}"
    return f"{shift} {'+' if scale > 0 else '-'} {term}"


def _square_part(n: int) -> tuple[int, int]:
    """(s, m) with n = s^2 m; s collects the squares of primes below 1000 and a perfect rest."""
    s, m = 1, n
    for d in range(2, 1000):
        while m % (d * d) == 0:
            s, m = s * d, m // (d * d)
    root = isqrt(m)
    return (s * root, 1) if root * root == m else (s, m)


def _short_isolation(p: fmpz_poly, value: Algebraic) -> tuple[Fraction, Fraction]:
    """Decimal ends with few digits between which p has the one root `value`."""
    others = [Algebraic.at(root) for root in real_roots(p)]
    mine, scale = nearest_root(p, value.enclosure), 1
    others = [other for other in others if other.root.low != mine.low]
    while True:
        below = _floor(value, scale)
        low, high = Fraction(below, scale), Fraction(below + 1, scale)
        if all(other < low or other > high for other in others):
            return low, high
        scale *= 10


def _floor(value: Algebraic, scale: int) -> int:
    """The integer part of scale * value (value irrational)."""
    bits = FIRST_BITS
    while True:
        with flint.ctx.workprec(bits):
            whole = (value.enclosure(bits) * scale).floor().unique_fmpz()
        if whole is not None:
            return int(whole)
        bits *= 2
