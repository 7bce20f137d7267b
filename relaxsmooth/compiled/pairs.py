"""A formula as pairs: the float value v and a bound of |v - exact|, by running error analysis.

A `Pair` stands for

    |v - exact| <= rho |v| + e (1 + 2u)^N/G,      u = 2^-53,  G = 1 + 2^-30,

rho a rational known when compiling, e >= 0 a machine value or a rational (None: zero), N the
number of roundings made while computing e.  Every contribution enters e multiplied by G, so that
in the end (1 + 2u)^N/G < 1 pays for all roundings of the bound itself.  Every rule below adds,
for its own rounding (IEEE 754, to nearest),

    |fl(a op b) - (a op b)| <= u |fl(a op b)| + 2^-1022,

the last term for underflow, gradual or flushed to zero; it and the underflow of the bound's own
products are covered by TINY = 2^-800.  An overflow or an invalid operation makes v or e
non-finite, and then the bound too: every loop stops there, with no wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

from relaxsmooth.compiled.emit import Emitter, above

TINY = Fraction(1, 2**800)
GROWTH = 1 + Fraction(1, 2**30)  # G
MOST_ROUNDINGS = 2**20  # (1 + 2u)^N <= G with room to spare
ZERO = Fraction(0)


@dataclass(frozen=True)
class Pair:
    """|v - exact| <= rho |v| + e (1 + 2u)^N/G; e = None is 0, else it contains a TINY.

    constant: the double, when v is one.  |v| <= scale |base| (1 + 2u) up to underflow, where base
    is v itself or, for a constant times base, ready one product earlier.
    """

    v: Any
    rho: Fraction = ZERO
    e: Any = None
    roundings: int = 0
    constant: float | None = None
    scale: Fraction = Fraction(1)
    base: Any = None

    @property
    def size(self) -> tuple[Fraction, Any]:
        return (Fraction(1), self.v) if self.base is None else (self.scale, self.base)


def total(m: Emitter, errors: Iterable[Any]) -> Any:
    """The sum of error terms: None is zero, what is known when compiling is added then."""
    present = [e for e in errors if e is not None]
    known = sum((e for e in present if isinstance(e, Fraction)), ZERO)
    values = [e for e in present if not isinstance(e, Fraction)]
    if not values:
        return known if present else None
    found = reduce(m.add, values)
    return m.add(found, m.constant(above(known))) if known else found


def machine_value(m: Emitter, e: Any) -> Any:
    return m.constant(above(e)) if isinstance(e, Fraction) else e
