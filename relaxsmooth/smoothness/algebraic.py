"""Layer 3: real algebraic numbers, and rational functions of one e^q, exactly.

    value = N(alpha)/D(alpha),   alpha the only root of p in [low, high],

with N, D, p integer polynomials and p square-free; or alpha = e^q, q rational.  Balls decide
first; what balls cannot decide (a value that is zero, two values that are equal) is decided
by greatest common divisors and minimal polynomials, or by Lindemann's theorem, so every
comparison of two such numbers has an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isinf, isqrt

import flint
from flint import arb, fmpq, fmpq_poly, fmpz_poly

from relaxsmooth.formula import Formula, number
from relaxsmooth.smoothness.exponential import (
    Exponential,
    Quotient,
    agree,
    read_polynomial,
    written,
)
from relaxsmooth.smoothness.roots import (
    FIRST_BITS,
    RealRoot,
    isolated_roots,
    linear,
    rational_root,
    to_fmpq,
    to_fraction,
)

__all__ = [
    "FIRST_BITS",
    "Algebraic",
    "RealRoot",
    "compare_roots",
    "decimal",
    "nearest_root",
    "rational_root",
    "real_roots",
    "show",
    "to_fmpq",
    "to_fraction",
]

READABLE_DEGREE = 8  # minimal polynomials up to here are computed for printing,
READABLE_LENGTH = 160  # and written out when they have so few characters
DIGITS = 13


@dataclass(frozen=True, eq=False)
class Algebraic:
    """top(alpha)/bottom(alpha); bottom(alpha) != 0, alpha algebraic or an `Exponential`."""

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
        if isinstance(self.root, Exponential):  # rational only if top/bottom is constant
            lead = fmpq(self.top[self.bottom.degree()], self.bottom.leading_coefficient())
            same = self.top * lead.q == self.bottom * lead.p
            return to_fraction(lead) if same else None
        r, _ = self.canonical
        return to_fraction(r[0]) if r.degree() < 1 else None

    @cached_property
    def quotient(self) -> Quotient | None:
        """The value as a quotient of exponential sums, where alpha = e^q or the value rational."""
        q = self.root.q if isinstance(self.root, Exponential) else Fraction(0)
        exact = self.as_fraction() if q == 0 else None
        if q:
            return read_polynomial(self.top, q), read_polynomial(self.bottom, q)
        return None if exact is None else ({q: exact} if exact else {}, {q: Fraction(1)})

    @property
    def formula(self) -> Formula | None:
        """The value as a constant formula, where alpha = e^q or the value is rational."""
        exact = self.as_fraction()
        if exact is not None:
            return number(exact)
        if not isinstance(self.root, Exponential):
            return None
        top, bottom = fmpq_poly(self.top), fmpq_poly(self.bottom)
        shared = top.gcd(bottom) * bottom.leading_coefficient()
        q = self.root.q
        return written(top // shared, q) / written(bottom // shared, q)

    @cached_property
    def minimal_polynomial(self) -> fmpz_poly:
        """The irreducible integer polynomial of the value, content 1, leading coefficient > 0."""
        r, q = self.canonical
        if r.degree() < 1:
            return linear(fmpq(r[0]))
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
        mine, others = self.quotient, other.quotient
        if mine is not None or others is not None:  # one is transcendental
            same = mine is not None and others is not None and agree(mine, others)
            return 0 if same else self._separated(other, None)
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
        if isinstance(self.root, Exponential):
            return str(self.formula)
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


# --- roots in order -------------------------------------------------------------------------


def real_roots(
    p: fmpz_poly, low: RealRoot | None = None, high: RealRoot | None = None
) -> list[RealRoot]:
    """All real roots of p strictly between low and high (None: unbounded), in increasing order."""
    if p.degree() < 1:
        return []
    inside = [
        root
        for root in isolated_roots(p)
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
        if not roots or target.is_nan():
            raise ArithmeticError("the number is no real root of the polynomial")
        near = [root for root in roots if root.enclosure(bits).overlaps(target)]
        if len(near) == 1:
            return near[0]
        bits *= 2


# --- writing ----------------------------------------------------------------------------------


def decimal(x: arb, digits: int = DIGITS) -> str:
    """A rounded decimal of the midpoint: for people, never for decisions."""
    middle = float(x.mid())
    if isinf(middle) or (middle == 0 and x.mid() != 0):  # beyond the floats
        return str(x.mid().str(digits, radius=False))
    return f"{middle:.{digits}g}"


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
