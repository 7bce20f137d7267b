"""Layer 1: balls to rationals, always outward, so that a rounded constant stays valid.

lower_end(b) <= x <= upper_end(b)      for every x in the ball b.
"""

from __future__ import annotations

from fractions import Fraction

import flint


def exact_value(x: flint.arb) -> Fraction:
    """The dyadic rational an exact ball holds; ValueError where it is not finite."""
    if not x.is_exact() or not x.is_finite():
        raise ValueError(f"{x} is not one finite number; take its lower() or upper() end")
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def lower_end(x: flint.arb) -> Fraction:
    return exact_value(x.lower())


def upper_end(x: flint.arb) -> Fraction:
    return exact_value(x.upper())


def in_digits(x: Fraction, digits: int = 6) -> str:
    """For messages: a few digits, of numbers beyond doubles too."""
    if not x or 1e-300 < abs(x) < 1e300:
        return f"{float(x):.{digits}g}"
    with flint.ctx.workprec(64):
        return str(flint.arb(flint.fmpq(x.numerator, x.denominator)).str(digits, radius=False))


def round_up(x: Fraction, bits: int = 30) -> Fraction:
    """The smallest dyadic >= x with `bits` significant bits (x itself where it is short)."""
    return _round(x, bits, up=True)


def round_down(x: Fraction, bits: int = 30) -> Fraction:
    """The largest dyadic <= x with `bits` significant bits."""
    return _round(x, bits, up=False)


def _round(x: Fraction, bits: int, up: bool) -> Fraction:
    if x == 0:
        return x
    size = abs(x.numerator).bit_length() - x.denominator.bit_length()
    unit = Fraction(2) ** (size - bits)
    scaled = x / unit
    whole = (
        -(-scaled.numerator // scaled.denominator) if up else scaled.numerator // scaled.denominator
    )
    return whole * unit


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The rational of least denominator in [low, high], 0 < low < high (Stern-Brocot)."""
    whole = low.numerator // low.denominator
    if whole == low or whole + 1 <= high:
        return Fraction(whole if whole == low else whole + 1)
    return whole + 1 / simplest_between(1 / (high - whole), 1 / (low - whole))
