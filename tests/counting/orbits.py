"""An independent count: mpmath at 300 bits, each gradient and step written out by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import mpmath

from relaxsmooth.problem import Problem, problem
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule

BITS = 300
ESCAPED = "escaped"
Real = mpmath.mpf


def real(value: Fraction) -> Real:
    return mpmath.mpf(value.numerator) / value.denominator


@dataclass(frozen=True)
class Case:
    """One problem, rule and eps, with its derivative and step size for mpmath."""

    text: str
    slope: Callable[[Real], Real]
    rule: UpdateRule
    size: Callable[[Real], Real]
    start: Fraction
    epsilon: Fraction

    @property
    def problem(self) -> Problem:
        return problem(self.text, [self.start])

    def orbit_count(self, limit: int) -> int | str | None:
        """T, None when it exceeds the limit, ESCAPED when the iterates grow without bound."""
        with mpmath.workprec(BITS):
            x, epsilon = real(self.start), real(self.epsilon)
            for k in range(limit + 1):
                slope = self.slope(x)
                if abs(slope) <= epsilon:
                    return k
                x -= self.size(abs(slope)) * slope
                if abs(x) > 1e40:
                    return ESCAPED
        return None

    def norm_at(self, k: int) -> Real:
        """|f'(x_k)|."""
        with mpmath.workprec(BITS):
            x = real(self.start)
            for _ in range(k):
                slope = self.slope(x)
                x -= self.size(abs(slope)) * slope
            return abs(self.slope(x))


def _polynomial(draw: random.Random) -> tuple[str, Callable[[Real], Real]]:
    degree = draw.choice((2, 4, 4, 6))
    c = [Fraction(draw.randint(-5, 5), draw.randint(1, 4)) for _ in range(degree)]
    c.append(Fraction(draw.randint(1, 4)))
    text = " + ".join(f"({a})*x^{i}" for i, a in enumerate(c) if i)
    return text, lambda x: sum(i * real(a) * x ** (i - 1) for i, a in enumerate(c) if i)


def _function(draw: random.Random) -> tuple[str, Callable[[Real], Real]]:
    a = Fraction(draw.randint(1, 6), draw.randint(1, 4))
    A = real(a)
    return draw.choice(
        (
            _polynomial(draw),
            _polynomial(draw),
            (f"cosh({a}*x)", lambda x: A * mpmath.sinh(A * x)),
            (f"log(1 + exp({a}*x)) - x/5", lambda x: A / (1 + mpmath.exp(-A * x)) - real(FIFTH)),
            (
                f"exp({a}*|x|) - {a}*|x| - 1",
                lambda x: mpmath.sign(x) * A * mpmath.expm1(A * abs(x)),
            ),
            (f"log(cosh({a}*x))", lambda x: A * mpmath.tanh(A * x)),
            (
                "piecewise(x < -1, -2x - 3/4, x <= 1, (6x^2 - x^4)/4, 2x - 3/4)",
                lambda x: 2 * mpmath.sign(x) if abs(x) > 1 else 3 * x - x**3,
            ),
        )
    )


FIFTH = Fraction(1, 5)


def _rule(draw: random.Random) -> tuple[UpdateRule, Callable[[Real], Real]]:
    h = Fraction(1, draw.choice((2, 5, 20, 160, 500)))
    c = Fraction(draw.randint(1, 8), draw.randint(1, 8))
    H, C = real(h), real(c)
    return draw.choice(
        (
            (rule("gd").with_parameters(h=h), lambda g: H),
            (rule("clipped").with_parameters(eta=h, gamma=c), lambda g: min(H, H * C / g)),
            (rule("normalized").with_parameters(eta=h, beta=c), lambda g: H / (g + C)),
            (
                rule("relaxed").with_parameters(theta=h, L0=c, L1=Fraction(2)),
                lambda g: H / (C + 2 * g),
            ),
        )
    )


def cases(seed: int, number: int) -> list[Case]:
    """Random problems on the line with random rules, the same for the same seed."""
    draw = random.Random(seed)
    found = []
    with mpmath.workprec(BITS):
        for _ in range(number):
            text, slope = _function(draw)
            chosen, size = _rule(draw)
            start = Fraction(draw.randint(-60, 60), draw.randint(1, 20))
            epsilon = Fraction(1, draw.choice((3, 10, 100, 1000, 10**5)))
            found.append(Case(text, slope, chosen, size, start, epsilon))
    return found
