"""How one value is written: short for the eye (`shown`), whole for the record (`exact`).

exact: a rational is a string "1/160"; a real is {"mid": "1.41421356", "rad": "3e-9"}, an
interval that contains it; infinity is "infinity".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import flint

from relaxsmooth.formula import Formula

DIGITS = 30  # of a recorded midpoint
LONGEST_WHOLE = 10**16  # whole numbers below are shown with every digit
SHORTEST, LONGEST = 1e-4, 1e7  # decimals in between are shown without an exponent


def shown(value: Any, digits: int = 7) -> str:
    """The value for the eye: rationals as they are where short, else `digits` digits."""
    if value is None:
        return "-"
    if isinstance(value, int | Fraction):
        return _rational(Fraction(value), digits)
    if isinstance(value, float):
        return _decimal(value, digits)
    if isinstance(value, flint.arb):
        return _ball(value, digits)
    if isinstance(value, tuple):
        return f"({', '.join(shown(part, digits) for part in value)})"
    return str(value)


def _rational(value: Fraction, digits: int) -> str:
    if value.denominator == 1 and abs(value) < LONGEST_WHOLE:
        return str(value)
    text = str(value) if value.denominator < 10**12 and abs(value) < LONGEST_WHOLE else ""
    if text and len(text) <= 12:
        return text
    return _ball(flint.arb(flint.fmpq(value.numerator, value.denominator)), digits)


def _ball(x: flint.arb, digits: int) -> str:
    if not x.is_finite():
        return "infinity" if x > 0 else "unknown"
    known = int(max(x.rel_accuracy_bits(), 0) * 0.30103)  # digits that the radius leaves
    if known < 1 and not x.is_exact():
        return f"{x.mid().str(3, radius=False)} +/- {x.rad().str(3, radius=False)}"
    digits = min(digits, max(known, 1))
    middle = float(x.mid())
    if math.isfinite(middle) and (middle or x == 0):
        return _decimal(middle, digits)
    return str(x.mid().str(digits, radius=False)).replace("e+", "e")  # beyond the doubles


def _decimal(x: float, digits: int) -> str:
    if math.isinf(x):
        return "infinity" if x > 0 else "-infinity"
    if x == 0 or SHORTEST <= abs(x) < LONGEST:
        text = f"{x:.{digits}g}"
        return text if "e" not in text else f"{x:.0f}"
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def exact(value: Any) -> Any:
    """The value as JSON that loses nothing: see the module's first lines."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return "infinity" if value == math.inf else repr(value)
    if isinstance(value, int | Fraction):
        return str(value)
    if isinstance(value, flint.arb):
        return _interval(value)
    if isinstance(value, Formula):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): exact(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [exact(part) for part in value]
    return _real(value) if hasattr(value, "enclosure") else str(value)


def _real(value: Any) -> Any:
    """An algebraic number or a point of the line: its rational, or an interval and its name."""
    rational = value.as_fraction() if hasattr(value, "as_fraction") else value.exact
    if rational is not None:
        return str(rational)
    return {**_interval(value.enclosure()), "exact": str(value)}


def _interval(x: flint.arb) -> dict[str, str]:
    if not x.is_finite():
        return {"mid": "nan", "rad": "inf"}
    middle, radius, exponent = (int(n) for n in x.mid_rad_10exp(DIGITS))
    return {"mid": _scientific(middle, exponent), "rad": _scientific(radius, exponent)}


def _scientific(n: int, exponent: int) -> str:
    """n * 10^exponent without trailing zeros."""
    if n == 0:
        return "0"
    digits = str(abs(n)).rstrip("0")
    exponent += len(str(abs(n))) - len(digits)
    point = exponent + len(digits)  # position of the decimal point after the first digit
    sign = "-" if n < 0 else ""
    if -4 < point <= 21:
        return sign + _plain(digits, exponent)
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1}"


def _plain(digits: str, exponent: int) -> str:
    if exponent >= 0:
        return digits + "0" * exponent
    padded = digits.rjust(1 - exponent, "0")
    return f"{padded[:exponent]}.{padded[exponent:]}"
