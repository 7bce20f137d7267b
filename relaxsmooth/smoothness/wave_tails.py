"""Layer 3: |f''| <= L0 + L1|f'| for every x >= X, for f' and f'' that are sums of waves.

For any signs s, t:  L0 + L1|f'| - s f'' >= L0 + L1 t f' - s f'', a sum of waves.  With every
wave at its least it is a sum of c x^j e^{ax} (`lower_terms`).  Divided by its fastest term
every other one falls from some x on, so one evaluation at X bounds it for all x >= X.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import Formula, symbol
from relaxsmooth.smoothness.waves import Power, Waves, constant, lower_terms, power_at, waves

BITS = 96
FIRST, LAST = -4, 12  # X is sought among 2^k
HALVINGS = 4  # of the interval between two of these, so that less is left for balls
Terms = Mapping[Power, Fraction]


@dataclass(frozen=True, eq=False)
class Slopes:
    """f' and f'' of y -> f(side y), y >= 0."""

    first: Waves
    second: Waves


def slopes(f: Formula, x: str, side: int) -> Slopes:
    """NotDecidable where f' or f'' is no sum of waves."""
    first = f.subs({x: side * symbol(x)}).diff(x)
    return Slopes(waves(first, x), waves(first.diff(x), x))


def tail_start(of: Slopes, L0: Fraction, L1: Fraction) -> Fraction | None:
    """An X >= 0 beyond which the inequality holds, the least that was found; None: not shown."""
    found = Fraction(0)
    for s in (1, -1):
        start = least_start(_margins(of, L0, L1, s))
        if start is None:
            return None
        found = max(found, start)
    return found


def tail_holds(of: Slopes, L0: Fraction, L1: Fraction, X: Fraction, bits: int = BITS) -> bool:
    """Whether the inequality is shown for every x >= X."""
    return all(
        any(nonnegative_beyond(terms, X, bits) for terms in _margins(of, L0, L1, s))
        for s in (1, -1)
    )


def _margins(of: Slopes, L0: Fraction, L1: Fraction, s: int) -> list[Terms]:
    """Lower bounds of L0 + L1 t f' - s f'' for t = 1, -1, 0."""
    bases = (constant(L0) + of.second.scaled(Fraction(-s)) + of.first.scaled(L1 * t)
             for t in ((1, -1, 0) if L1 else (0,)))  # fmt: skip
    return [lower_terms(base) for base in bases]


def least_start(choices: list[Terms]) -> Fraction | None:
    """The least X found beyond which one of the sums is >= 0."""
    found = [_start(terms) for terms in choices]
    return min((X for X in found if X is not None), default=None)


def _start(terms: Terms) -> Fraction | None:
    if nonnegative_beyond(terms, Fraction(0)):
        return Fraction(0)
    if terms[max(terms)] < 0:
        return None
    grid = (Fraction(2) ** k for k in range(FIRST, LAST + 1))
    high = next((X for X in grid if nonnegative_beyond(terms, X)), None)
    if high is None:
        return None
    low = high / 2 if high > Fraction(2) ** FIRST else Fraction(0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if nonnegative_beyond(terms, middle):
            high = middle
        else:
            low = middle
    return high


def nonnegative_beyond(terms: Terms, X: Fraction, bits: int = BITS) -> bool:
    """Whether sum of c x^j e^{ax} >= 0 is shown for every x >= X >= 0."""
    negative = {power: -c for power, c in terms.items() if c < 0}
    if not negative:
        return True
    fastest = max(terms)
    if fastest in negative or (X == 0 and fastest[1]):
        return False
    if any(_turn(power, fastest) > X for power in negative):
        return False
    arithmetic = ball(bits)
    with arithmetic.active():
        x = arithmetic.number(X)
        total = sum(
            arithmetic.number(c) * power_at(power, x) for power, c in negative.items()
        ) / power_at(fastest, x)
        return bool(total <= arithmetic.number(terms[fastest]))


def _turn(power: Power, fastest: Power) -> Fraction:
    """The x from which on the quotient x^{j - i} e^{(a - b) x} of the two falls."""
    (a, j), (b, i) = power, fastest
    return Fraction(j - i) / (b - a) if a < b else Fraction(0)
