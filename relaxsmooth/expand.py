"""Layer 2: constants multiplied out, so that like terms meet (q - (log E + q) = -log E)."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from functools import reduce
from itertools import product
from math import comb

from relaxsmooth.formula import Formula, FormulaError, add, exp, log, mul, number, power, remake

LARGEST_POWER = 1_000  # of a rational that is taken out of an exponent
LARGEST_SUM = 9  # powers of sums below it are multiplied out
MOST_TERMS = 500  # of a product that is multiplied out


def terms(value: Formula) -> tuple[Formula, ...]:
    return value.args if value.op == "add" else (value,)


def flat(value: Formula) -> Formula:
    """The formula with products of sums multiplied out, also inside exp, and one form of what is
    equal: e^(q + c log R) as R^c e^q, (e^q)^c as e^(c q), log(1/R) as -log(R) for R > 1."""
    if value.op == "add":
        return add(*map(flat, value.args))
    if value.op == "mul":
        return reduce(expanded, map(flat, value.args))
    if value.op == "pow" and value.args[0].op == "exp":
        return flat(exp(value.data * value.args[0].args[0]))
    if value.op == "pow" and value.args[0].op == "add" and value.data in range(2, LARGEST_SUM):
        base, n = flat(value.args[0]), int(value.data)
        if comb(len(terms(base)) + n - 1, n) <= MOST_TERMS:
            return reduce(expanded, [base] * n)
    if value.op == "log" and value.args[0].value is not None and 0 < value.args[0].value < 1:
        return negative(log(number(1 / value.args[0].value)))
    if value.op != "exp":
        return value
    parts = [(_of_log(part), part) for part in terms(flat(value.args[0]))]
    rest = remake(value, [add(*(part for found, part in parts if found is None))])
    return reduce(expanded, (found for found, _ in parts if found is not None), rest)


def _of_log(part: Formula) -> Formula | None:
    """R^c, where the part of an exponent is c log(R) with rational c and R."""
    c, u = (part.args[0].value, part.args[1]) if len(part.args) == 2 else (Fraction(1), part)
    if part.op not in ("mul", "log") or u.op != "log" or c is None:
        return None
    if u.args[0].value is None or abs(c) > LARGEST_POWER:
        return None
    with suppress(FormulaError):  # too long to be written
        return power(u.args[0], c)
    return None


def expanded(a: Formula, b: Formula) -> Formula:
    """a b, multiplied out one level, where that leaves at most MOST_TERMS terms."""
    if min(len(terms(a)), len(terms(b))) > 1 and len(terms(a)) * len(terms(b)) > MOST_TERMS:
        return mul(a, b)
    return add(*(mul(s, t) for s, t in product(terms(a), terms(b))))


def negative(value: Formula) -> Formula:
    return expanded(number(-1), value)


def difference(a: Formula, b: Formula) -> Formula:
    """a - b, multiplied out."""
    return flat(a + negative(b))
