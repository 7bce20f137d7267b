"""Exponential polynomials in python-flint's own types: read, differentiated, evaluated in balls.

    f(x) = sum_k c_k x^(a_k) e^(<b_k, x> + b_k0)   as   {(a_1..a_n, b_1..b_n, b_0): c},  all fmpq

No line is shared with the kernel: an error there is not repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq

Function = dict[tuple[Any, ...], fmpq]
Point = Sequence[fmpq]
FIRST_BITS, MOST_BITS = 64, 1 << 15
ZERO = fmpq(0)


class Undecided(Exception):
    """Neither proved nor refuted by this method."""


class Relation(NamedTuple):
    """f > 0, f >= 0 or f = 0."""

    sign: str
    f: Function

    def holds_at_sign(self, s: int) -> bool:
        return s > 0 or (s == 0 and self.sign == ">=") if self.sign != "=" else s == 0


class Statement(NamedTuple):
    n: int
    given: list[Relation]
    goal: Relation


def number(text: Any) -> fmpq:
    """A rational number written as p or p/q; ValueError for anything else."""
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]+(/[0-9]+)?", text):
        raise ValueError(f"{text!r:.40} is not a rational number")
    top, _, bottom = text.partition("/")
    return fmpq(int(top), int(bottom or 1))


def index(value: Any, limit: int) -> int:
    """One of 0..limit-1, never counted from the end; ValueError otherwise."""
    if type(value) is not int or not 0 <= value < limit:
        raise ValueError(f"{value!r:.40} is no index below {limit}")
    return value


def statement(data: Mapping[str, Any]) -> Statement:
    n = len(data["variables"])
    given = [Relation(sign, function(terms, n)) for sign, terms in data["hypotheses"]]
    return Statement(n, given, Relation(data["goal"][0], function(data["goal"][1], n)))


def function(terms: Sequence[Any], n: int) -> Function:
    read = (
        ((*map(power_of, a), *(map(number, b[0]) if b else [ZERO] * (n + 1))), number(c))
        for c, a, *b in terms
    )
    f = total(read)
    if any(len(key) != 2 * n + 1 for key in f):
        raise ValueError("a term has the wrong number of exponents")
    return f


def power_of(a: Any) -> int:
    return index(a, 1 << 20)


def total(terms: Iterable[tuple[tuple[Any, ...], fmpq]]) -> Function:
    """The sum of terms, like ones collected, zeros left out."""
    f: Function = {}
    for key, c in terms:
        f[key] = f[key] + c if key in f else c
    return {key: c for key, c in f.items() if c != 0}


def combination(f: Function, scale: fmpq, g: Function) -> Function:
    """f + scale g"""
    return total([*f.items(), *((key, scale * c) for key, c in g.items())])


def with_rates(f: Function, rates: Sequence[fmpq]) -> Function:
    """f e^(<rates, (x, 1)>), for n + 1 rates."""
    n = len(rates) - 1
    return {(*k[:n], *(b + r for b, r in zip(k[n:], rates, strict=True))): c for k, c in f.items()}


def slope(f: Function, i: int) -> Function:
    """The derivative in x_i, from the two parts of the product rule."""
    terms = []
    for k, c in f.items():
        b = k[len(k) // 2 + i]
        terms.append((k, c * b))
        if k[i]:
            terms.append(((*k[:i], k[i] - 1, *k[i + 1 :]), c * k[i]))
    return total(terms)


def pinned(f: Function, i: int, x: fmpq) -> Function:
    """f with x_i = x; its exponent and its rate move into the constants."""
    terms = []
    for k, c in f.items():
        key, j = list(k), i + len(k) // 2
        key[-1] = key[-1] + key[j] * x
        c *= fmpq_power(x, key[i])
        key[i], key[j] = 0, ZERO
        terms.append((tuple(key), c))
    return total(terms)


def fmpq_power(x: fmpq, a: int) -> fmpq:
    return x**a if a else fmpq(1)


def ball_power(x: arb, a: int) -> arb:
    """{y^a : y in x}; arb's own ** is nan on balls that contain 0."""
    if a % 2 == 0 and a and x.contains(0):
        return arb(0).union(product_of(x.abs_upper(), a))
    return product_of(x, a)


def product_of(x: arb, a: int) -> arb:
    result = arb(1)
    for _ in range(a):
        result *= x
    return result


def value(f: Function, x: Sequence[arb]) -> arb:
    """A ball that contains f at every point of the box x."""
    n, sum_of_terms = len(x), arb(0)
    for k, c in f.items():
        term = arb(c)
        for y, a in zip(x, k, strict=False):
            if a:
                term *= ball_power(y, a)
        rate = arb(k[-1])
        for y, b in zip(x, k[n:], strict=False):
            if b != 0:
                rate += arb(b) * y
        sum_of_terms += term * rate.exp() if any(b != 0 for b in k[n:]) else term
    return sum_of_terms


def constant_sign(f: Function) -> int:
    """The sign of sum_q c_q e^q, distinct rational q: 0 only if there is no term (Lindemann)."""
    if len(f) < 2:
        return sum((c > 0) - (c < 0) for c in f.values())
    return settled(lambda: value(f, ()))


def settled(ball: Callable[[], arb]) -> int:
    """The sign of a number that is not 0, its precision doubled until it shows."""
    bits = FIRST_BITS
    while bits <= MOST_BITS:
        with ctx.workprec(bits):
            y = ball()
            if y > 0 or y < 0:
                return 1 if y > 0 else -1
        bits *= 2
    raise Undecided(f"a constant is too close to 0 at {MOST_BITS} bits")


def sign_at(f: Function, point: Point) -> int:
    """The exact sign of f at a rational point: that of the sum of c_q e^q that is left."""
    n, left = len(point), dict[tuple[Any, ...], fmpq]()
    for k, c in f.items():
        q = k[-1]
        for i, x in enumerate(point):
            if k[i]:
                c *= x ** k[i]
            if k[n + i] != 0:
                q += k[n + i] * x
        left[q,] = left.get((q,), ZERO) + c
    return constant_sign({key: c for key, c in left.items() if c != 0})


def holds(relation: Relation, point: Point) -> bool:
    return relation.holds_at_sign(sign_at(relation.f, point))


def refutes(asked: Statement, point: Point) -> bool:
    """Whether the hypotheses hold at the rational point and the goal does not, exactly."""
    return all(holds(r, point) for r in asked.given) and not holds(asked.goal, point)
