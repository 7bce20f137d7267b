"""The Abel function of x+ = x - s(x), as a formal series in the number of derivatives.

Phi(x) - Phi(x - s(x)) = 1 is solved by Phi' = p = q/s, q = 1 - s'/2 - (s s'' + s'^2)/12 - ...
Write Q_j = s^{j+1} p^{(j)}; then Q_0 = q and Q_{j+1} = s Q_j' - (j+1) s' Q_j, polynomials in
s, s', s'', ..., and Taylor at x with Lagrange's remainder gives exactly

    Phi(x) - Phi(x - s) = sum_{j=1}^{J} (-1)^{j+1} Q_{j-1}/j!  +  (-1)^J s^{J+1} p^{(J)}(xi)/(J+1)!.

The weight of a monomial is its number of derivatives.  The terms of weight w of q are chosen to
cancel the weight w of the sum; what is left over has weight >= the order, with exact coefficients.
Source: Julia's equation and the iterative logarithm (Ecalle 1974); the algebra is done below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any

Monomial = tuple[int, ...]  # exponents of s, s', s'', ...
Polynomial = dict[Monomial, Fraction]


def weight(monomial: Monomial) -> int:
    return sum(i * e for i, e in enumerate(monomial))


@cache
def abel(order: int) -> tuple[Polynomial, Polynomial, int]:
    """(q with weights < order, what Phi(x) - Phi(x - s) - 1 leaves, J): the remainder is apart."""
    J = order + 1
    q: Polynomial = {(): Fraction(1)}
    for w in range(1, order):
        rest = _residual(q, J)
        q = _add(q, {m: -c for m, c in rest.items() if weight(m) == w}, Fraction(1))
    return q, _residual(q, J), J


def value(polynomial: Mapping[Monomial, Fraction], jets: Sequence[Any], number: Any) -> Any:
    """The polynomial at jets = (s, s', s'', ...), in any arithmetic; number: Fraction -> value."""
    total = number(Fraction(0))
    for monomial, coefficient in polynomial.items():
        term = number(coefficient)
        for jet, exponent in zip(jets, monomial, strict=False):
            for _ in range(exponent):
                term = term * jet
        total = total + term
    return total


def highest(polynomial: Mapping[Monomial, Fraction]) -> int:
    """The highest derivative that occurs."""
    return max((len(m) - 1 for m in polynomial if m), default=0)


def _residual(q: Polynomial, J: int) -> Polynomial:
    """sum_{j=1}^{J} (-1)^{j+1} Q_{j-1}/j! - 1."""
    total: Polynomial = {(): Fraction(-1)}
    Q = q
    for j in range(1, J + 1):
        total = _add(total, Q, Fraction((-1) ** (j + 1), factorial(j)))
        Q = _next(Q, j)
    return total


def _next(Q: Polynomial, j: int) -> Polynomial:
    """s Q' - j s' Q."""
    result = {_raised(monomial, 1): -j * c for monomial, c in Q.items()}
    for monomial, c in Q.items():
        for i, exponent in enumerate(monomial):
            if exponent:
                lowered = list(monomial)
                lowered[i] -= 1
                moved = _raised(_raised(tuple(lowered), i + 1), 0)
                result = _add(result, {moved: c * exponent}, Fraction(1))
    return result


def _raised(monomial: Monomial, i: int) -> Monomial:
    longer = list(monomial) + [0] * (i + 1 - len(monomial))
    longer[i] += 1
    return _trimmed(longer)


def _trimmed(exponents: list[int]) -> Monomial:
    while exponents and exponents[-1] == 0:
        exponents.pop()
    return tuple(exponents)


def _add(a: Polynomial, b: Mapping[Monomial, Fraction], factor: Fraction) -> Polynomial:
    result = dict(a)
    for monomial, c in b.items():
        key = _trimmed(list(monomial))
        result[key] = result.get(key, Fraction(0)) + factor * c
        if result[key] == 0:
            del result[key]
    return result
