"""Layer 3: the numbers N/D with N, D finite sums of c_j e^{q_j}, c_j and q_j rational.

By Lindemann and Weierstrass the e^{q_j} at distinct algebraic q_j are linearly independent over
the algebraic numbers: such a sum is 0 iff, like terms gathered, no term is left.  So e^q with
q != 0 is the root of no polynomial but 0, and every comparison of these numbers has an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import flint
from flint import arb, fmpq_poly, fmpz_poly

from relaxsmooth.formula import Formula, add, exp
from relaxsmooth.smoothness.roots import RealRoot, rational_root, to_fmpq, to_fraction

Sum = dict[Fraction, Fraction]  # q -> c, no c is 0: the sum of c e^q
Quotient = tuple[Sum, Sum]

LARGEST_EXPONENT = 10_000  # e^q is compared through its rational ends, of 1.45 |q| bits
MOST_TERMS = 2_000


@dataclass(frozen=True, eq=False)
class Exponential(RealRoot):
    """e^q with q != 0 rational, where an isolated root may stand; its only polynomial is 0."""

    q: Fraction = Fraction(1)

    def enclosure(self, bits: int) -> arb:
        """A ball of `bits` accurate bits around e^q."""
        with flint.ctx.workprec(bits + 32 + int(abs(self.q)).bit_length()):
            return arb(to_fmpq(self.q)).exp()

    def is_root_of(self, p: fmpz_poly) -> bool:
        """Lindemann: e^q is transcendental."""
        return bool(p.degree() < 0)

    @property
    def factor(self) -> fmpz_poly:  # type: ignore[override]
        raise ArithmeticError(f"e^({self.q}) is transcendental: no integer polynomial vanishes")


def exponential_root(q: Fraction) -> RealRoot | None:
    """e^q, or None when q is too large to be handled."""
    if q == 0:
        return rational_root(1)
    if abs(q) > LARGEST_EXPONENT:
        return None
    with flint.ctx.workprec(64 + int(abs(q)).bit_length()):
        x = arb(to_fmpq(q)).exp()
        low, high = x.lower().fmpq(), x.upper().fmpq()
    return Exponential(fmpz_poly([]), low, high, q=q)


# --- sums and their quotients -----------------------------------------------------------------


def read_polynomial(p: fmpz_poly, q: Fraction) -> Sum:
    """p(e^q)."""
    return {k * q: Fraction(int(p[k])) for k in range(p.degree() + 1) if p[k] != 0}


def plus(a: Sum, b: Sum, factor: int = 1) -> Sum:
    """a + factor b, like terms gathered."""
    result = dict(a)
    for q, c in b.items():
        total = result.pop(q, Fraction(0)) + factor * c
        if total:
            result[q] = total
    return result


def times(a: Sum, b: Sum) -> Sum:
    """a b, like terms gathered."""
    result: Sum = {}
    for q, c in a.items():
        result = plus(result, {p + q: c * d for p, d in b.items()})
    return result


def agree(a: Quotient, b: Quotient) -> bool:
    """Whether a = b, exactly."""
    return not plus(times(a[0], b[1]), times(b[0], a[1]), -1)


def as_quotient(f: Formula) -> Quotient | None:
    """A constant formula in +, -, *, / and exp of rationals as such a quotient, else None."""
    if f.value is not None:
        return ({Fraction(0): f.value} if f.value else {}), {Fraction(0): Fraction(1)}
    if f.op == "exp" and f.args[0].value is not None:
        return {f.args[0].value: Fraction(1)}, {Fraction(0): Fraction(1)}
    combine = _COMBINE.get(f.op)
    parts = [as_quotient(arg) for arg in f.args] if combine or f.op == "pow" else []
    found = [part for part in parts if part is not None]
    if not found or len(found) < len(parts):
        return None
    if combine is None:
        return _power(found[0], f.data)
    result = found[0]
    for part in found[1:]:
        result = combine(result, part)
        if max(map(len, result)) > MOST_TERMS:
            return None
    return result


def _added(a: Quotient, b: Quotient) -> Quotient:
    if a[1] == b[1]:
        return plus(a[0], b[0]), a[1]
    return plus(times(a[0], b[1]), times(b[0], a[1])), times(a[1], b[1])


def _multiplied(a: Quotient, b: Quotient) -> Quotient:
    return times(a[0], b[0]), times(a[1], b[1])


_COMBINE: dict[str, Callable[[Quotient, Quotient], Quotient]] = {
    "add": _added,
    "mul": _multiplied,
}


def _power(a: Quotient, exponent: Fraction) -> Quotient | None:
    """a^n for small integers n; None for a root, or for a division by 0."""
    if exponent.denominator > 1 or abs(exponent) > 8 or (exponent < 0 and not a[0]):
        return None
    base = a if exponent > 0 else (a[1], a[0])
    result = base
    for _ in range(abs(int(exponent)) - 1):
        result = _multiplied(result, base)
    return result


def is_zero(f: Formula) -> bool | None:
    """Whether a constant formula is 0; None when it is no quotient of exponential sums."""
    found = as_quotient(f)
    return None if found is None else not found[0]


def written(p: fmpq_poly, q: Fraction) -> Formula:
    """p(e^q) as a constant formula, positive terms first."""
    terms = [(to_fraction(p[k]), k * q) for k in range(p.degree(), -1, -1) if p[k] != 0]
    return add(*(c * exp(power) for c, power in sorted(terms, key=lambda term: term[0] < 0)))
