"""Layer 4: the sign of a constant formula, proved or declined."""

from __future__ import annotations

from functools import reduce
from itertools import product

from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import Formula, add, evaluate, mul, number

PRECISIONS = (64, 128, 256, 1024, 4096)


def sign(value: Formula) -> int | None:
    """-1, 0 or 1; None where balls of 4096 bits contain 0 and no rule of algebra says it is 0.

    Like terms meet when a formula is built, so sums of c e^q with rational c and q are 0 only as
    the number 0 (Lindemann and Weierstrass); e^q beside a logarithm may stay undecided.
    """
    if value.value is not None:
        return (value.value > 0) - (value.value < 0)
    for bits in PRECISIONS:
        enclosure = evaluate(value, {}, ball(bits))
        if enclosure > 0:
            return 1
        if enclosure < 0:
            return -1
    return None


def terms(value: Formula) -> tuple[Formula, ...]:
    return value.args if value.op == "add" else (value,)


def flat(value: Formula) -> Formula:
    """The constant multiplied out, so that like terms meet."""
    if value.op == "add":
        return add(*map(flat, value.args))
    if value.op == "mul":
        return reduce(expanded, map(flat, value.args))
    return value


def expanded(a: Formula, b: Formula) -> Formula:
    """a b, multiplied out one level."""
    return add(*(mul(s, t) for s, t in product(terms(a), terms(b))))


def negative(value: Formula) -> Formula:
    return expanded(number(-1), value)


def difference(a: Formula, b: Formula) -> Formula:
    """a - b for constants, multiplied out."""
    return flat(a + negative(b))
