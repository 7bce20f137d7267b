"""Several variables without a certificate: bounded boxes halved in balls, and points tried exactly.

A box is done where a hypothesis certainly fails or the goal certainly holds.  What touches is left
undecided: balls cannot prove an inequality that is attained.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import product
from random import Random

from flint import fmpq

from proofs_check.backends.flint_numbers import (
    Function,
    Relation,
    Statement,
    Undecided,
    refutes,
    sign_at,
    slope,
)
from proofs_check.backends.flint_proof import Bounded, bounded, halves, lower, side_of

MOST_BOXES, GRID, DRAWN = 1000, 500, 500
SHORT = [fmpq(p, q) for p, q in ((0, 1), (1, 1), (2, 1), (1, 2), (10, 1), (1, 10), (3, 1), (1, 3))]
SHORT += [fmpq(p, q) for p, q in ((-1, 1), (9, 10), (100, 1), (1, 100), (-2, 1), (5, 1), (-1, 2))]


def covered(asked: Statement) -> bool | tuple[fmpq, ...]:
    """True if the boxes prove it, a point that refutes it, or False."""
    try:
        waiting = deque([bounded([side_of(asked, i) for i in range(asked.n)])])
    except Undecided:
        return False
    for _ in range(MOST_BOXES):
        if not waiting:
            return True
        part = waiting.popleft()
        if not done(asked, part):
            point = tuple((low + high) / 2 for low, high in part)
            if refutes(asked, point):
                return point
            waiting += halves(part)
    return False


def done(asked: Statement, box: Bounded) -> bool:
    return true_on(asked.goal, box) or any(false_on(r, box) for r in asked.given)


def true_on(relation: Relation, box: Bounded) -> bool:
    return relation.sign != "=" and bool(lower(relation.f, box) > 0)


def false_on(relation: Relation, box: Bounded) -> bool:
    negated = {k: -c for k, c in relation.f.items()}
    below = bool(lower(negated, box) > 0)
    return below or (relation.sign == "=" and bool(lower(relation.f, box) > 0))


# --- points -----------------------------------------------------------------------------------


def counterexample(asked: Statement) -> tuple[fmpq, ...] | None:
    """A rational point that refutes the statement, among short rationals."""
    return next((x for x in points(asked) if refutes(asked, x)), None)


def points(asked: Statement) -> Iterator[tuple[fmpq, ...]]:
    columns = [column(asked, i) for i in range(asked.n)]
    size = max(2, int(GRID ** (1 / max(1, asked.n))))
    for x in product(*(c[:size] for c in columns)):
        yield moved(asked, x)
    draw = Random(1)
    for _ in range(DRAWN):
        yield moved(asked, tuple(draw.choice(c) for c in columns))


def column(asked: Statement, i: int) -> list[fmpq]:
    """Short rationals, those from the ends of the range of x_i on first."""
    side = side_of(asked, i)
    if side.low is not None and side.high is not None:
        step = (side.high - side.low) / 8
        return [side.low, side.high, *(side.low + k * step for k in (4, 2, 6, 1, 7, 3, 5))]
    if side.low is not None:
        return [side.low + abs(x) for x in dict.fromkeys(map(abs, SHORT))]
    return [side.high - abs(x) for x in SHORT] if side.high is not None else SHORT


def moved(asked: Statement, x: tuple[fmpq, ...]) -> tuple[fmpq, ...]:
    """The point with each equality that is affine in a variable solved for it."""
    for sign, f in asked.given:
        if sign == "=" and sign_at(f, x) != 0 and all(k[-1] == 0 for k in f):
            x = solved(f, asked.n, x)
    return x


def solved(f: Function, n: int, x: tuple[fmpq, ...]) -> tuple[fmpq, ...]:
    for i in reversed(range(n)):
        if all(k[i] <= 1 and not any(b != 0 for b in k[n:]) for k in f):
            rate = exactly(slope(f, i), x)
            if rate != 0:
                return (*x[:i], x[i] - exactly(f, x) / rate, *x[i + 1 :])
    return x


def exactly(f: Function, x: tuple[fmpq, ...]) -> fmpq:
    """A polynomial at a rational point."""
    sum_of_terms = fmpq(0)
    for k, c in f.items():
        for y, a in zip(x, k, strict=False):
            c = c * y**a if a else c
        sum_of_terms += c
    return sum_of_terms
