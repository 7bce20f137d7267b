"""Layer 3: a derived real number: exact where algebraic, a ball at any precision, or infinite.

f*, Delta and M are such numbers.  Of several the least or greatest is taken by balls first
and exactly where balls cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import flint
from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.smoothness.algebraic import Algebraic, decimal
from relaxsmooth.smoothness.exponential import is_zero

TIE_BITS = 192


@dataclass(frozen=True, eq=False)
class Quantity:
    """A real number or +-infinity, with where it comes from.

    infinite: 0, or the sign of the infinity; attained: None where ties leave it undecided;
    algebraic, formula: the exact value in the one or the other form, where known.
    """

    enclose: Callable[[int], arb]
    algebraic: Algebraic | None = None
    formula: Formula | None = None
    infinite: int = 0
    attained: bool | None = True
    reason: str = ""

    @staticmethod
    def of(value: Algebraic | Fraction | int, reason: str = "", attained: bool = True) -> Quantity:
        exact = value if isinstance(value, Algebraic) else Algebraic.rational(value)
        return Quantity(exact.enclosure, exact, None, 0, attained, reason)

    @staticmethod
    def constant(value: Formula, reason: str = "", attained: bool = True) -> Quantity:
        """The number a formula without symbols is."""
        if value.value is not None:
            return Quantity.of(value.value, reason, attained)
        return Quantity(_balls(value), None, value, 0, attained, reason)

    @staticmethod
    def infinity(sign: int, reason: str) -> Quantity:
        return Quantity(lambda bits: sign * arb.pos_inf(), None, None, sign, False, reason)

    @cached_property
    def exact(self) -> Fraction | None:
        """The value where it is known to be rational."""
        return self.algebraic.as_fraction() if self.algebraic is not None else None

    @property
    def finite(self) -> bool:
        return self.infinite == 0

    def enclosure(self, bits: int = 128) -> arb:
        """A ball that contains the value; about `bits` bits, absolute below 1, relative above."""
        return self.enclose(bits)

    def compare(self, other: Quantity) -> int | None:
        """The sign of self - other; None where balls and exact forms cannot tell."""
        if self.infinite or other.infinite:
            return (self.infinite > other.infinite) - (self.infinite < other.infinite)
        for bits in (64, TIE_BITS):
            a, b = self.enclose(bits), other.enclose(bits)
            if a < b or a > b:
                return -1 if a < b else 1
        if self.algebraic is not None and other.algebraic is not None:
            return self.algebraic.compare(other.algebraic)
        return 0 if self._equals(other) else None

    def _equals(self, other: Quantity) -> bool:
        """Whether both are the same constant by their exact forms (False: not known)."""
        left, right = self.written, other.written
        if left is None or right is None:
            return False
        return left is right or bool(is_zero(left - right))

    @cached_property
    def written(self) -> Formula | None:
        """The value as a constant formula, where one is known."""
        if self.formula is not None or self.algebraic is None:
            return self.formula
        return self.algebraic.formula

    def __str__(self) -> str:
        if self.infinite:
            return "infinity" if self.infinite > 0 else "-infinity"
        if self.algebraic is not None:
            return str(self.algebraic)
        about = decimal(self.enclose(64))
        return f"{self.formula} (about {about})" if self.formula is not None else f"about {about}"


def _balls(value: Formula) -> Callable[[int], arb]:
    def enclose(bits: int) -> arb:
        precision = bits + 32
        while True:
            found: arb = evaluate(value, {}, ball(precision))
            if accurate(found, bits) or precision > 32 * (bits + 32):
                return found
            precision *= 2

    return enclose


def accurate(x: arb, bits: int) -> bool:
    """Whether the radius is at most 2^-bits max(1, |x|)."""
    return bool(x.is_finite() and x.rad() <= x.abs_upper().max(arb(1)) * arb(2) ** -bits)


def least(found: Sequence[Quantity]) -> Quantity:
    """The minimum of several numbers."""
    return _extreme(found, -1)


def greatest(found: Sequence[Quantity]) -> Quantity:
    """The maximum of several numbers."""
    return _extreme(found, 1)


def _extreme(found: Sequence[Quantity], side: int) -> Quantity:
    best: list[Quantity] = []
    for value in found:
        orders = [value.compare(other) for other in best]
        if any(order == -side for order in orders):
            continue
        best = [b for b, order in zip(best, orders, strict=True) if order != side] + [value]
    if len(best) == 1:
        return best[0]
    return _tied(best, side)


def _tied(best: Sequence[Quantity], side: int) -> Quantity:
    """Several numbers of which none is known to be beyond the others."""
    first = best[0]
    reason = "; ".join(dict.fromkeys(b.reason for b in best if b.reason))
    if all(b.compare(first) == 0 for b in best[1:]):
        return replace(first, attained=any(b.attained for b in best), reason=reason)

    def enclose(bits: int) -> arb:
        result = best[0].enclose(bits)
        with flint.ctx.workprec(bits + 32):
            for other in best[1:]:
                value = other.enclose(bits)
                result = result.max(value) if side > 0 else result.min(value)
        return result

    attained = True if all(b.attained for b in best) else None
    return Quantity(enclose, None, None, 0, attained, reason)


def difference(a: Quantity, b: Quantity, reason: str = "") -> Quantity:
    """a - b; infinite when one of them is."""
    if a.infinite or b.infinite:
        return Quantity.infinity(a.infinite - b.infinite, reason or b.reason)
    if a.exact is not None and b.exact is not None:
        return Quantity.of(a.exact - b.exact, reason)
    if a.algebraic is not None and b.exact is not None:
        return Quantity.of(a.algebraic - b.exact, reason)

    def enclose(bits: int) -> arb:
        x, y = a.enclose(bits + 8), b.enclose(bits + 8)
        with flint.ctx.workprec(bits + 64):
            return x - y

    return Quantity(enclose, None, None, 0, True, reason)
