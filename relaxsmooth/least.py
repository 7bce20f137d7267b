"""Layer 2: a certified lower bound of the least value of a formula on an interval."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, formula
from relaxsmooth.rounding import lower_end, round_down

BITS = 256
MOST_PIECES = 20_000


def least_value(
    f: Formula,
    name: str,
    low: Fraction,
    high: Fraction,
    slack: Fraction = Fraction(1, 1000),
    inside: tuple[Formula, Formula, Formula] | None = None,
) -> tuple[Fraction, int]:
    """A certified lower bound of min f >= 0 on [low, high], within `slack` of the best value seen;
    0 where nothing is proved (as wherever f < 0 is seen).

    Mean-value form on pieces halved geometrically; 0 < low < high.  inside = (F, e, w), e concave:
    F >= f takes the place of f where |e| < w, which is only used on pieces where that is certain.
    """
    search = _Search(f, name, inside)
    best = min(search.seen(x) for x in (low, high))
    stack, certified, pieces = [(low, high)], None, 0
    while stack:
        left, right = stack.pop()
        best = min(best, search.seen(left), search.seen(right))
        if best < 0:
            return Fraction(0), pieces
        value = search.piece_minimum(left, right, best * (1 - slack))
        if value is not None and value >= best * (1 - slack):
            certified = value if certified is None else min(certified, value)
            pieces += 1
            continue
        if pieces + len(stack) > MOST_PIECES:
            return Fraction(0), pieces
        middle = (left + right) / 2 if right < 2 * left else _geometric(left, right)
        middle = round_down(middle, 60)
        stack += [(middle, right), (left, middle)]
    return round_down(certified or Fraction(0)), pieces


class _Search:
    """f (or F where the gate is certainly open) at points and on pieces, in balls."""

    def __init__(
        self, f: Formula, name: str, inside: tuple[Formula, Formula, Formula] | None
    ) -> None:
        self.f, self.name, self.a = f, name, ball(BITS)
        self.slope, self.known = f.diff(name), dict[Fraction, Fraction]()
        self.other = None if inside is None else inside[0]
        self.other_slope = None if inside is None else inside[0].diff(name)
        self.end, self.edge = (formula(0), formula(0)) if inside is None else inside[1:]
        self.width: Any = evaluate(self.edge, {}, self.a)

    def seen(self, x: Fraction) -> Fraction:
        """A value at or just below the function at x; -1 where it has none."""
        if x not in self.known:
            which = self.other if self.other is not None and self.is_inside(x, x) else self.f
            value = evaluate(which, {self.name: x}, self.a)
            self.known[x] = lower_end(value) if value.is_finite() else Fraction(-1)
        return self.known[x]

    def is_inside(self, left: Fraction, right: Fraction) -> bool:
        """|e| < w on the piece, certainly: e is concave, so its least value is at an end."""
        a = self.a
        with a.active():
            piece = a.number(left).union(a.number(right))
            ends = [evaluate(self.end, {self.name: x}, a) for x in (left, right)]
            whole = ends[0] if left == right else evaluate(self.end, {self.name: piece}, a)
            return bool(whole < self.width) and all(e > -self.width for e in ends)

    def piece_minimum(self, left: Fraction, right: Fraction, enough: Fraction) -> Fraction | None:
        """A lower bound on the piece: of f <= F where that is enough, else of F where it is F."""
        found = self.mean_value(self.f, self.slope, left, right)
        if found is not None and found >= enough:
            return found
        if self.other is not None and self.other_slope is not None and self.is_inside(left, right):
            return self.mean_value(self.other, self.other_slope, left, right)
        return found

    def mean_value(
        self, f: Formula, slope: Formula, left: Fraction, right: Fraction
    ) -> Fraction | None:
        """f(left) + f'([left, right]) [0, right - left]; None where it is not finite."""
        a = self.a
        with a.active():
            piece = a.number(left).union(a.number(right))
            value = evaluate(f, {self.name: left}, a)
            rate = evaluate(slope, {self.name: piece}, a)
            moved = value + rate * a.number(right - left).union(a.number(Fraction(0)))
        return lower_end(moved) if moved.is_finite() else None


def _geometric(left: Fraction, right: Fraction) -> Fraction:
    middle = left
    while middle * middle < left * right:
        middle *= 2
    return middle if middle < right else (left + right) / 2
