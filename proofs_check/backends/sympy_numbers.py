"""Statements as sympy objects: sparse polynomials over Q, or expressions with exp(<b, x> + b_0).

Everything here runs in the worker process, where sympy computes with Python's own integers:
left alone it would hand its polynomials to python-flint, and agree with it for that reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Any, NamedTuple

from sympy import Add, Expr, Mul, Rational, Symbol, expand, symbols
from sympy import exp as exponential

Key = tuple[tuple[int, ...], tuple[Fraction, ...]]  # powers of x_1..x_n; rates b_1..b_n, b_0
Terms = dict[Key, Fraction]


class Undecided(Exception):
    """Neither proved nor refuted by this method."""


class Relation(NamedTuple):
    sign: str
    terms: Terms

    def met(self, s: int) -> bool:
        """Whether a function of sign s satisfies it."""
        return {">": s > 0, ">=": s >= 0, "=": s == 0}[self.sign]


class Statement(NamedTuple):
    n: int
    given: list[Relation]
    goal: Relation

    @property
    def relations(self) -> list[Relation]:
        return [*self.given, self.goal]


def number(text: Any) -> Fraction:
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]+(/[0-9]+)?", text):
        raise ValueError(f"{text!r:.40} is not a rational number")
    return Fraction(text)


def natural(value: Any, limit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < limit:
        raise ValueError(f"{value!r:.40} is no natural number below {limit}")
    return value


def statement(data: Mapping[str, Any]) -> Statement:
    n = len(data["variables"])
    *given, goal = (
        Relation(sign, read(terms, n)) for sign, terms in [*data["hypotheses"], data["goal"]]
    )
    return Statement(n, given, goal)


def read(written: Sequence[Any], n: int) -> Terms:
    terms: Terms = {}
    for c, powers, *rates in written:
        a = tuple(natural(i, 10**6) for i in powers)
        b = tuple(number(q) for q in rates[0]) if rates else (Fraction(0),) * (n + 1)
        if (len(a), len(b)) != (n, n + 1):
            raise ValueError("a term has the wrong number of exponents")
        terms[a, b] = terms.get((a, b), Fraction(0)) + number(c)
    return {key: c for key, c in terms.items() if c}


def polynomial(terms: Terms) -> bool:
    return not any(any(b) for _, b in terms)


# --- as expressions ---------------------------------------------------------------------------


@lru_cache
def variables(n: int) -> tuple[Symbol, ...]:
    return tuple(symbols(f"x1:{n + 1}", real=True))


def in_sympy(q: Fraction) -> Rational:
    return Rational(q.numerator, q.denominator)


def expression(terms: Terms, n: int) -> Expr:
    x = variables(n)
    return Add(
        *(
            in_sympy(c)
            * Mul(*(y**i for y, i in zip(x, a, strict=True)))
            * exponential(Add(*(in_sympy(q) * y for q, y in zip(b, (*x, 1), strict=True))))
            for (a, b), c in terms.items()
        )
    )


def collected(f: Expr, n: int) -> Terms:
    """The terms of an expression, expanded by sympy."""
    terms: Terms = {}
    for part in Add.make_args(expand(f, power_exp=False, deep=True)):
        c, key = one_term(part, n)
        terms[key] = terms.get(key, Fraction(0)) + c
    return {key: c for key, c in terms.items() if c}


def one_term(part: Expr, n: int) -> tuple[Fraction, Key]:
    """c x^a e^(<b, x> + b_0), from a product."""
    x, c = variables(n), Fraction(1)
    a, b = [0] * n, [Fraction(0)] * (n + 1)
    for factor in Mul.make_args(part):
        if factor.is_Rational:
            c *= Fraction(int(factor.p), int(factor.q))
        elif factor in x or (factor.is_Pow and factor.base in x):
            a[x.index(factor.as_base_exp()[0])] += int(factor.as_base_exp()[1])
        else:
            rate = exponent(factor)
            for i, y in enumerate(x):
                b[i] += fraction(rate.coeff(y))
            b[n] += fraction(rate.as_coeff_Add()[0])
    return c, (tuple(a), tuple(b))


def exponent(factor: Expr) -> Expr:
    """r where the factor is e^r."""
    if not (factor.func is exponential or factor == exponential(1)):
        raise Undecided(f"{factor} is no exponential polynomial")
    return expand(factor.as_base_exp()[1] if factor != exponential(1) else 1)


def fraction(q: Expr) -> Fraction:
    return Fraction(int(q.p), int(q.q))


# --- signs ------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def exp_bounds(q: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """low <= e^q <= high: Taylor at q/2^k <= 1/2, squared k times, rounded outward."""
    if q < 0:
        low, high = exp_bounds(-q, bits)
        return 1 / high, 1 / low
    k = max(0, (2 * q.numerator // q.denominator).bit_length())
    z, term, low, count = q / 2**k, Fraction(1), Fraction(0), bits // 4 + 8
    for i in range(1, count + 1):
        low, term = low + term, term * z / i
    ends = low, low + 2 * term  # what is left out is at most 2 z^count/count!, as z <= 1/2
    scale = 1 << (bits + 4 * k + 40)
    for squared in range(k + 1):
        ends = Fraction(floor(ends[0] * scale), scale), Fraction(ceil(ends[1] * scale), scale)
        ends = (ends[0] ** 2, ends[1] ** 2) if squared < k else ends
    return ends


def constant_sign(constants: Mapping[Fraction, Fraction]) -> int:
    """The sign of sum_q c_q e^q: 0 only if every c_q is (Lindemann)."""
    left = {q: c for q, c in constants.items() if c}
    for bits in (60, 120, 240, 480, 960, 1920):
        low, high = constant_bounds(left, bits)
        if low > 0 or high < 0 or not left:
            return (low > 0) - (high < 0)
    raise Undecided("a constant is too close to 0")


def constant_bounds(constants: Mapping[Fraction, Fraction], bits: int) -> tuple[Fraction, Fraction]:
    low = high = Fraction(0)
    for q, c in constants.items():
        ends = [c * e for e in exp_bounds(q, bits)]
        low, high = low + min(ends), high + max(ends)
    return low, high


def sign_at(terms: Terms, point: Sequence[Fraction]) -> int:
    constants: dict[Fraction, Fraction] = {}
    for (a, b), c in terms.items():
        for x, i in zip(point, a, strict=True):
            c *= x**i
        q = b[-1] + sum((r * x for r, x in zip(b, point, strict=False)), Fraction(0))
        constants[q] = constants.get(q, Fraction(0)) + c
    return constant_sign(constants)


def refutes(asked: Statement, point: Sequence[Fraction]) -> bool:
    *given, goal = (r.met(sign_at(r.terms, point)) for r in asked.relations)
    return all(given) and not goal
