"""exp, log and sinh of one double with a proven relative error: no system library is trusted.

Each kernel is a reduction to a small interval and a Taylor polynomial by Horner's rule.  Its
error constant is not chosen: `horner_error` runs the standard rounding recurrence in exact
rationals, and the constants below add the reduction's own errors, term by term.

u = 2^-53; round to nearest; every intermediate below stays in the normal range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from math import factorial
from typing import Any

from relaxsmooth.compiled.emit import Emitter

U = Fraction(1, 2**53)
EXP_RANGE = 700.0  # |a| beyond this is answered by nan


def horner(m: Emitter, coefficients: Sequence[Fraction], x: Any) -> Any:
    """c0 + x (c1 + x (c2 + ...)), each coefficient the nearest double."""
    result = m.constant(float(coefficients[-1]))
    for c in reversed(coefficients[:-1]):
        result = m.add(m.mul(x, result), m.constant(float(c)))
    return result


def horner_error(coefficients: Sequence[Fraction], radius: Fraction) -> Fraction:
    """sup over |x| <= radius of |computed - exact| for `horner`.

    With q = fl(fl(x q') + c): |fl(x q') - x p'| <= R e' + u R Q', and the sum rounds by at most
    u Q, the coefficient by |fl(c) - c|; Q bounds the computed |q|.
    """
    error = abs(Fraction(float(coefficients[-1])) - coefficients[-1])
    size = abs(coefficients[-1]) + error
    for c in reversed(coefficients[:-1]):
        error = radius * error + U * radius * size + abs(Fraction(float(c)) - c)
        exact_size = radius * size * (1 + U) + abs(Fraction(float(c)))
        size = exact_size * (1 + U)
        error += U * size
    return error


# --- exp(a) = 2^k e^r, k = round(a/ln 2), |r| <= 0.36 ------------------------------------------

R = Fraction(36, 100)
EXP_SERIES = tuple(Fraction(1, factorial(n)) for n in range(14))
LN2_HIGH = Fraction(math.floor(math.log(2) * 2**32), 2**32)  # 32 bits: k LN2_HIGH is exact
# ln 2 between these two rationals (its first 40 decimals); their difference is below 1e-40
LN2 = Fraction(6931471805599453094172321214581765680755, 10**40)
SHIFT = 1.5 * 2**52
# r is off by u |r| (last subtraction), by u 2^-22 (rounding and representation of k LN2_LOW);
# then Horner; then the tail r^14/14! (1 + r + ...); relative to e^r >= e^-0.36 > 0.697.
EXP_ERROR = (
    horner_error(EXP_SERIES, R) / Fraction(697, 1000)
    + U * (R + Fraction(1, 2**20)) * (1 + U)
    + R**14 / factorial(14) / (1 - R) / Fraction(697, 1000)
)
EXP_ERROR = EXP_ERROR / (1 - EXP_ERROR)  # relative to the computed value


def exp_point(m: Emitter, a: Any) -> Any:
    """v with |v - e^a| <= EXP_ERROR v for |a| <= 700, nan elsewhere.

    k LN2_HIGH has at most 32 + 10 bits, so it is exact.  r1 = a - k LN2_HIGH is exact: for k = 0
    it is a; else |a| >= 1/4, both terms are multiples of 2^-54 and |r1| < 1/2.  2^k is normal.
    """
    shift = m.constant(SHIFT)
    shifted = m.add(m.mul(a, m.constant(1 / math.log(2))), shift)
    k = m.sub(shifted, shift)
    high = m.sub(a, m.mul(k, m.constant(float(LN2_HIGH))))
    r = m.sub(high, m.mul(k, m.constant(float(LN2 - LN2_HIGH))))
    b = m.builder
    whole = b.sub(b.bitcast(shifted, m.word), b.bitcast(shift, m.word))
    scale = b.bitcast(b.shl(b.add(whole, m.integer(1023)), m.integer(52)), m.double)
    value = m.mul(horner(m, EXP_SERIES, r), scale)
    return m.only_if(m.compare("<=", m.abs(a), m.constant(EXP_RANGE)), value)


# --- log(a) = k ln 2 + 2 artanh(s), s = f/(2 + f), f = m - 1, m = 2^-k a in [sqrt(1/2), sqrt 2] --

Z = Fraction(3, 100)  # s^2 <= ((sqrt 2 - 1)/(sqrt 2 + 1))^2 = 0.0294...
LOG_SERIES = tuple(Fraction(1, 2 * n + 1) for n in range(12))
# log m = 2 s S(s^2): s is off by 2 roundings (2u), amplified by s/((1 - s^2) artanh s) <= 1.04;
# s^2 by one more, times z S'/S <= 0.02; then Horner relative to S >= 1, the tail, the product.
LOG_ERROR = (
    U * 2 * (1 + U) * Fraction(104, 100)
    + U * Fraction(2, 100) * 2
    + horner_error(LOG_SERIES, Z)
    + Z**12 / 25 / (1 - Z)
    + 2 * U
)
LOG_ERROR = LOG_ERROR / (1 - LOG_ERROR)
LOG2_ERROR = 3 * U  # of fl(k LN2): representation and product
ROOT_HALF_BITS = 0x3FE6A09E667F3BCC


def log_point(m: Emitter, a: Any) -> tuple[Any, Any, Any]:
    """(v, |k ln 2|, |log m|) for 2^-1000 <= a <= 2^1000, v = nan elsewhere.

    |v - log a| <= u |v| + LOG2_ERROR |k ln 2| + LOG_ERROR |log m|.  f = m - 1 is exact (Sterbenz).
    """
    b = m.builder
    bits = b.bitcast(a, m.word)
    k = b.ashr(b.sub(bits, m.integer(ROOT_HALF_BITS)), m.integer(52))
    mantissa = b.bitcast(b.sub(bits, b.shl(k, m.integer(52))), m.double)
    f = m.sub(mantissa, m.constant(1.0))
    s = m.div(f, m.add(m.constant(2.0), f))
    low = m.mul(m.add(s, s), horner(m, LOG_SERIES, m.mul(s, s)))
    high = m.mul(b.sitofp(k, m.double), m.constant(float(LN2)))
    inside = b.and_(
        m.compare(">=", a, m.constant(2.0**-1000)), m.compare("<=", a, m.constant(2.0**1000))
    )
    return m.only_if(inside, m.add(high, low)), m.abs(high), m.abs(low)


# --- sinh(a) = a S(a^2) for |a| <= 1 -------------------------------------------------------------

SINH_SERIES = tuple(Fraction(1, factorial(2 * n + 1)) for n in range(10))
# a^2 is off by u, times z S'/S <= 1/3; then Horner relative to S >= 1, the tail, the product
SINH_ERROR = (
    U * Fraction(1, 3) * 2
    + horner_error(SINH_SERIES, Fraction(1))
    + Fraction(2, factorial(21))
    + 2 * U
)
SINH_ERROR = SINH_ERROR / (1 - SINH_ERROR)


def sinh_small(m: Emitter, a: Any) -> Any:
    """v with |v - sinh a| <= SINH_ERROR |v| + (underflow) for |a| <= 1."""
    return m.mul(a, horner(m, SINH_SERIES, m.mul(a, a)))
