"""Slow smooth drift: millions or 10^15 steps at once, to within a small fraction of a step.

x+ = x - s(x), s > 0 smooth on [a, b], x_0 in [a, b], and p = q/s the truncated Abel density of
julia.py.  While x_0, ..., x_n stay in [a, b]:

    integral of p over [x_n, x_0]  =  sum_{k<n} (1 + r(x_k))  =  n + E,     |E| <= sum |r(x_k)|.

Bound of E: on a piece I = [l, u] at most |I|/min s + 1 of the x_k lie (they decrease by at least
min s), each with |r| <= sup over x in I; r is evaluated as a ball from the jets of s on the piece
together with everything one step below it, where Taylor's remainder lives.
Integral: Taylor at the middle of each piece with Lagrange's remainder from the same jets.
Then x_n is recovered from the integral to a by one mean-value step, x_n in z + (...)/p.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any, cast

import flint

from relaxsmooth.arithmetic import Arithmetic, BallArithmetic
from relaxsmooth.counting.julia import abel, highest, value
from relaxsmooth.counting.line import Line
from relaxsmooth.counting.region import Drift
from relaxsmooth.counting.series import NotSmooth, Series
from relaxsmooth.counting.skip import whole_below
from relaxsmooth.counting.walk import Walk
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.rounding import lower_end, upper_end

DRIFTED = "Abel function"
FEWEST_TERMS = 28  # Taylor coefficients of p on a piece; more where n has many digits
MOST_PIECES = 3000
INTEGRAL_TOLERANCE = 1e-7  # of one piece, in steps
PIECE_TOLERANCE = 1e-3
FEWEST = 16
SHARP = 0.02  # an uncertainty of x_n below this fraction of a step is worth having


@dataclass(frozen=True)
class Span:
    """The integral of p over an interval, and a bound of sum |r(x_k)| for the x_k in it."""

    integral: flint.arb
    error: flint.arb

    def __add__(self, other: Span) -> Span:
        return Span(self.integral + other.integral, self.error + other.error)


@dataclass(frozen=True)
class Density:
    """p = q(s, s', ...)/s of some order, on an interval that the iterates move down."""

    length: Formula
    name: str
    order: int
    balls: BallArithmetic
    terms: int

    def jets(self, X: flint.arb, terms: int) -> tuple[flint.arb_series, list[Any]]:
        """p as a series with `terms` coefficients, and the derivatives s, s', ... on X."""
        q, residual, _ = abel(self.order)
        top = max(highest(residual), terms + highest(q)) + 1
        series = Series(self.balls, top)
        with series.active():
            s = evaluate(self.length, {self.name: series.variable(X)}, cast(Arithmetic, series))
            derivatives = [s]
            for _ in range(highest(q)):
                derivatives.append(derivatives[-1].derivative())
            p = value(q, derivatives, series.number) / s
            if p.prec < terms:  # a coefficient beyond the precision would read as zero
                raise NotSmooth(f"only {p.prec} of {terms} coefficients are known")
            return p, [s[i] * factorial(i) for i in range(highest(residual) + 1)]

    def span(self, low: Fraction, high: Fraction, floor: Fraction) -> Span | None:
        """Integral and error over [low, high]; nothing below `floor` is looked at."""
        whole = Span(flint.arb(0), flint.arb(0))
        todo = [(low, high)]
        for _ in range(MOST_PIECES):
            if not todo:
                return whole
            left, right = todo.pop()
            found = self.piece(left, right, floor)
            if found is None:
                if self.shorter_than_a_step(left, right):
                    return None  # halving no longer helps
                middle = (left + right) / 2
                todo += [(left, middle), (middle, right)]
                continue
            whole = whole + found
            if not whole.error < 1:
                return None
        return None

    def shorter_than_a_step(self, low: Fraction, high: Fraction) -> bool:
        s = evaluate(self.length, {self.name: high}, self.balls)
        return not 4 * self.balls.number(high - low) > s

    def piece(self, low: Fraction, high: Fraction, floor: Fraction) -> Span | None:
        """One Taylor model; None where the piece is too wide for it."""
        number = self.balls.number
        s = evaluate(self.length, {self.name: number(low).union(number(high))}, self.balls)
        if not (s > 0 and s.is_finite()):
            return None
        reach = max(floor, low - upper_end(s))  # one step below the piece
        try:
            wide, derivatives = self.jets(number(reach).union(number(high)), self.terms + 1)
        except (ValueError, ZeroDivisionError):  # s, or a part of it, may vanish on so wide a ball
            return None
        if not (self.gentle(derivatives) and derivatives[0] > 0):
            return None
        middle, radius = number((low + high) / 2), number((high - low) / 2)
        n = self.terms
        remainder = wide[n].abs_upper() * 2 * radius ** (n + 1) / (n + 1)
        visits = 2 * radius / derivatives[0].lower() + 1
        error = self.residual(wide, derivatives) * visits
        if not (remainder < INTEGRAL_TOLERANCE and error < PIECE_TOLERANCE):
            return None
        thin, _ = self.jets(middle, n)
        total = remainder.union(-remainder)
        for i in range(0, n, 2):
            total += thin[i] * 2 * radius ** (i + 1) / (i + 1)
        return Span(total, flint.arb(error.upper()))

    def gentle(self, derivatives: Sequence[flint.arb]) -> bool:
        """|s'| <= 1/4 and 3/4 <= q <= 5/4: see `advance`."""
        q = value(abel(self.order)[0], derivatives, self.balls.number)
        return bool(derivatives[1].abs_upper() <= 0.25 and q >= 0.75 and q <= 1.25)

    def residual(self, wide: flint.arb_series, derivatives: Sequence[flint.arb]) -> flint.arb:
        """sup |r|: what the algebra leaves, and Lagrange's term s^{J+1} p^{(J)}/(J+1)!."""
        _, left, J = abel(self.order)
        lagrange = derivatives[0].abs_upper() ** (J + 1) * wide[J].abs_upper() / (J + 1)
        return value(left, derivatives, self.balls.number).abs_upper() + lagrange

    def point(self, a: Fraction, high: Fraction, rest: flint.arb) -> flint.arb | None:
        """The x in [a, a + 4 s(a)] with integral of p over [a, x] = rest, enclosed.

        With z near x: x = z + (rest - integral to z)/p(xi), xi between them.
        """
        step = evaluate(self.length, {self.name: a}, self.balls)
        top = a + 4 * upper_end(step)
        if top > high:
            return None
        z = a + lower_end(flint.arb((rest * step).mid()))
        to_z = self.span(a, z, a)
        p, _ = self.jets(self.balls.number(a).union(self.balls.number(top)), 1)
        if to_z is None or not p[0].lower() * 4 * step.upper() > rest.upper():
            return None
        return self.balls.number(z) + (rest - to_z.integral) / p[0]


def advance(walk: Walk, line: Line, region: Drift, order: int, ahead: float) -> bool:
    """Move the walk to the last iterate but one or two in the region, where that is sharp.

    ahead: a guess of the number of steps.

    n is chosen with total - |E| >= n + 1.  Then x_0, ..., x_n are all in [a, b]: as long as they
    are, the integral of p from a to x_j is at least total - j - |E| >= 2 for j < n; were
    x_j - s(x_j) < a, then with |s'| <= 1/4 and q <= 5/4 that integral would be at most
    (5/4)/(3/4) < 2.
    """
    balls, sigma = walk.arithmetic, region.sigma
    s, x = region.length, line.x
    terms = 2 * max(FEWEST_TERMS // 2, int(math.log2(ahead) / 4))  # even: Lagrange's term is odd
    density = Density(s if sigma > 0 else s.subs({line.name: -x}), line.name, order, balls, terms)
    a = sigma * region.far
    with balls.active():
        X = sigma * walk.x
        low, high = lower_end(X), upper_end(X)
        if low <= a:
            return False
        try:
            span = density.span(a, high, a)
        except NotSmooth:
            return False
        if span is None or not span.error < SHARP:
            return False
        total = span.integral
        if high > low:  # x_0 is somewhere in between
            width = balls.number(high - low)
            total -= density.jets(X, 1)[0][0] * width.union(flint.arb(0))
        n = whole_below(total - span.error) - 1
        if n < FEWEST:
            return False
        rest = total - n + span.error.union(-span.error)
        found = density.point(a, low, rest)
        if found is None or not found.is_finite():
            return False
        walk.moved(DRIFTED, n, sigma * found)
    return True
