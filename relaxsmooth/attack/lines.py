"""Functions on the line for statements about the class: a power or exponential, and a wave of one.

f = +-P1(x),      g = +-P2(x) +- sin(P3(x))  or cos,      P = x^j or e^{ax}
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from relaxsmooth.formula import ONE, Formula, cos, exp, sin, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.text import to_text

X = symbol("x")
RATES = (Fraction(1), Fraction(1, 2), Fraction(2))
POWERS = (1, 2, 3, 4)
FACTORS = (Fraction(1), Fraction(-1))


def pairs_of_functions(draw: random.Random) -> Iterator[tuple[Problem, Problem]]:
    """Pairs without end; half of the time P2 = P1, so that a sum can lose what both grow by."""
    while True:
        first, second = _grown(draw), _grown(draw)
        second = draw.choice((first, second))
        wave = draw.choice((sin, cos))(_grown(draw))
        f, g, h = (draw.choice(FACTORS) * part for part in (first, second, wave))
        yield on_the_line(f), on_the_line(g + h)


def on_the_line(f: Formula) -> Problem:
    return Problem(to_text(f), f, ("x",), (ONE,))


def _grown(draw: random.Random) -> Formula:
    """A power or an exponential, one as likely as the other."""
    if draw.random() < 0.5:
        return exp(draw.choice(RATES) * X)
    return X ** draw.choice(POWERS)
