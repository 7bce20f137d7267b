"""Layer 2: constants multiplied out, so that like terms meet (q - (log E + q) = -log E)."""

from __future__ import annotations

from functools import reduce
from itertools import product

from relaxsmooth.formula import Formula, add, mul, number, remake


def terms(value: Formula) -> tuple[Formula, ...]:
    return value.args if value.op == "add" else (value,)


def flat(value: Formula) -> Formula:
    """The formula with every product of sums multiplied out, also inside exp."""
    if value.op == "add":
        return add(*map(flat, value.args))
    if value.op == "mul":
        return reduce(expanded, map(flat, value.args))
    return remake(value, [flat(value.args[0])]) if value.op == "exp" else value


def expanded(a: Formula, b: Formula) -> Formula:
    """a b, multiplied out one level."""
    return add(*(mul(s, t) for s, t in product(terms(a), terms(b))))


def negative(value: Formula) -> Formula:
    return expanded(number(-1), value)


def difference(a: Formula, b: Formula) -> Formula:
    """a - b, multiplied out."""
    return flat(a + negative(b))
