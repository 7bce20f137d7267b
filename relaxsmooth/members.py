"""Layer 3: exact members of the one-dimensional class, each from a 1-Lipschitz function u.

    f' = s(u(x)),   s(u) = sign(u) (L0/L1)(e^{L1|u|} - 1)   (L0 u when L1 = 0),   |u'| <= 1.

Then |f''| = (L0 + L1|f'|)|u'| <= L0 + L1|f'|, and every C^1 member of the class on the line
arises in this way (theory 0.2).  Here u is piecewise linear with rational knots, so f is
piecewise exponential and known exactly: with P(u) = (L0/L1^2)(e^{L1|u|} - L1|u| - 1), P' = s,
it is P(u(x))/b + constant where u has slope b != 0, and linear where u is constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from relaxsmooth.formula import (
    ZERO,
    Formula,
    FormulaError,
    Numeric,
    absolute,
    add,
    exp,
    formula,
    log,
    maximum,
    minimum,
    number,
    piecewise,
    symbol,
)
from relaxsmooth.problem import Problem

Rational = Fraction | int

X = symbol("x")


@dataclass(frozen=True)
class Profile:
    """u(x), linear between the points (knots[i], values[i]) and of slope tails beyond the ends.

    knots strictly increasing; tails = (slope left of the first knot, slope right of the last).
    """

    knots: tuple[Fraction, ...]
    values: tuple[Fraction, ...]
    tails: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))

    def __post_init__(self) -> None:
        if not self.knots or len(self.knots) != len(self.values):
            raise FormulaError(
                f"u has {len(self.knots)} knots and {len(self.values)} values; "
                "give at least one knot, and one value for each"
            )
        for left, right in pairwise(self.knots):
            if left >= right:
                raise FormulaError(
                    f"knots {left}, {right} of u do not increase; list them from left to right"
                )

    @property
    def slopes(self) -> tuple[Fraction, ...]:
        """u' on the pieces, from the left tail to the right one."""
        points = pairwise(zip(self.knots, self.values, strict=True))
        inner = tuple((v1 - v0) / (t1 - t0) for (t0, v0), (t1, v1) in points)
        return (self.tails[0], *inner, self.tails[1])

    @property
    def anchors(self) -> tuple[int, ...]:
        """For every piece the place of the knot at its left end (the left tail: its right end)."""
        return (0, *range(len(self.knots)))

    def at(self, x: Rational) -> Fraction:
        """u(x), exactly."""
        piece = sum(t <= x for t in self.knots)
        i = self.anchors[piece]
        return self.values[i] + self.slopes[piece] * (x - self.knots[i])

    def cut_at_zeros(self) -> Profile:
        """The same u with a knot where it is 0 (s has another formula on either side) or turns."""
        zeros = []
        ends = (None, *self.knots, None)
        for piece, slope in enumerate(self.slopes):
            if slope:
                i, (low, high) = self.anchors[piece], ends[piece : piece + 2]
                zero = self.knots[i] - self.values[i] / slope
                if (low is None or low < zero) and (high is None or zero < high):
                    zeros.append(zero)
        turns = [
            t for t, a, b in zip(self.knots, self.slopes, self.slopes[1:], strict=False) if a != b
        ]
        zeros += [t for t, v in zip(self.knots, self.values, strict=True) if v == 0]
        knots = tuple(sorted({*turns, *zeros})) or self.knots[:1]
        return Profile(knots, tuple(self.at(t) for t in knots), self.tails)

    @property
    def formula(self) -> Formula:
        """u as a formula in x."""
        return _cases(self, [_line(self, piece) for piece in range(len(self.slopes))])


# --- from u to f -----------------------------------------------------------------------------


def member(
    L0: Rational,
    L1: Rational,
    knots: Sequence[Rational],
    values: Sequence[Rational],
    tails: tuple[Rational, Rational] = (0, 0),
    start: Rational | None = None,
    key: str = "",
) -> Problem:
    """The (L0, L1)-smooth f on the line with f' = s(u), u through (knots, values) with these tails.

    member(L0, L1, [0], [0], tails=(1, 1)) is (L0/L1^2) phi(L1|x|).  x_0 is one unit beyond the
    last knot unless given; f = 0 at the first zero of u (at the first knot if there is none).
    Raises FormulaError when L0 <= 0, L1 < 0, knots do not increase or u is not 1-Lipschitz.
    """
    _check_constants(L0, L1)
    left, right = _exact(tails)
    u = Profile(_exact(knots), _exact(values), (left, right))
    _check_lipschitz(u)
    x0 = u.knots[-1] + 1 if start is None else Fraction(start)
    points = ", ".join(f"({t}, {v})" for t, v in zip(u.knots, u.values, strict=True))
    shape = f"{points} with slopes {u.tails[0]} and {u.tails[1]} beyond"
    lowest = lowest_value(u, L0, L1)
    return Problem(
        key=key or f"member of ({L0}, {L1}) from u through {shape}",
        objective=antiderivative(u, L0, L1),
        variables=("x",),
        start=(number(x0),),
        title=f"f' = s(u) with u through {shape}",
        lowest=lowest,
        lowest_because="" if lowest is None else "f falls while u < 0 and rises while u > 0",
        constants={"L0": Fraction(L0), "L1": Fraction(L1)},
    )


def antiderivative(u: Profile, L0: Rational, L1: Rational) -> Formula:
    """f in the symbol x with f' = s(u), whether or not u is 1-Lipschitz; C^1, exact constants."""
    cut = u.cut_at_zeros()
    heights = _heights(cut, L0, L1)
    return _cases(
        cut, [_primitive(cut, piece, heights, L0, L1) for piece in range(len(cut.slopes))]
    )


def lowest_value(u: Profile, L0: Rational, L1: Rational) -> Formula | None:
    """f* of `antiderivative(u)`: its least value at a zero of u; None when f is unbounded below."""
    (left, right), first, last = u.tails, u.values[0], u.values[-1]
    if left < 0 or right < 0 or (left == 0 and first > 0) or (right == 0 and last < 0):
        return None
    cut = u.cut_at_zeros()
    heights = zip(_heights(cut, L0, L1), cut.values, strict=True)
    return minimum(*(height for height, value in heights if value == 0))


def gradient_of(u: Numeric, L0: Rational, L1: Rational) -> Formula:
    """s(u) = sign(u)(L0/L1)(e^{L1|u|} - 1), the gradient that belongs to u."""
    if L1 == 0:
        return L0 * formula(u)
    size = Fraction(L0) / L1 * (exp(L1 * absolute(u)) - 1)
    return piecewise((u, "<", 0, -size), otherwise=size)


def u_of(problem: Problem, L0: Rational, L1: Rational) -> Formula:
    """u = sign(f') log(1 + L1|f'|/L0)/L1: f is in the class iff u is 1-Lipschitz."""
    _check_constants(L0, L1)
    if problem.dimension != 1:
        raise FormulaError(
            f"problem {problem.key} has {problem.dimension} variables, but u is defined on the "
            "line; restrict f to a line first"
        )
    (g,) = problem.gradient
    if L1 == 0:
        return g / L0
    size = log(1 + Fraction(L1) / L0 * absolute(g)) / L1
    return piecewise((g, "<", 0, -size), otherwise=size)


def least_L0(u: Profile, L0: Rational, L1: Rational) -> Formula:
    """The least constant L0* for which `antiderivative(u)` is (L0*, L1)-smooth with this same L1.

    On a piece of slope b: |f''| - L1|f'| = L0 (1 - (1 - |b|) e^{L1|u|}), largest at min|u|.
    """
    if L1:
        _check_lipschitz(u)  # a slope above 1 is in no class with this L1 on a half-line
    cut = u.cut_at_zeros()
    excess: list[Formula] = [ZERO]
    for piece, slope in enumerate(cut.slopes):
        nearest = min(abs(cut.values[i]) for i in _ends(cut, piece))
        excess.append(L0 * (1 - (1 - abs(slope)) * exp(number(L1 * nearest))))
    return maximum(*excess)


# --- pieces ----------------------------------------------------------------------------------


def _ends(u: Profile, piece: int) -> tuple[int, ...]:
    """Places of the knots at the ends of a piece."""
    return tuple(i for i in (piece - 1, piece) if 0 <= i < len(u.knots))


def _line(u: Profile, piece: int, scale: Rational = 1) -> Formula:
    """scale * u on a piece, as k x + d."""
    i, slope = u.anchors[piece], u.slopes[piece]
    return scale * slope * X + scale * (u.values[i] - slope * u.knots[i])


def _sign(u: Profile, piece: int) -> int:
    """Sign of u inside a piece without zeros (0 where u vanishes on it)."""
    inside = u.values[u.anchors[piece]] + sum(u.values[i] for i in _ends(u, piece))
    if inside == 0:  # a tail from a zero, or a piece on which u = 0
        inside = u.slopes[piece] * (-1 if piece == 0 else 1)
    return (inside > 0) - (inside < 0)


def _times(factor: Rational, f: Formula) -> Formula:
    """factor * f with the rational multiplied into a sum, so that constants meet."""
    return add(*(factor * part for part in f.args)) if f.op == "add" else factor * f


def _potential(size: Formula, L0: Rational, L1: Rational) -> Formula:
    """P = (L0/L1^2)(e^{L1|u|} - L1|u| - 1) for size = L1|u|; L0 u^2/2 for size = |u| if L1 = 0."""
    if L1 == 0:
        return Fraction(L0) / 2 * size**2
    return _times(Fraction(L0) / L1**2, exp(size) + _times(-1, size) - 1)


def _potential_at(value: Fraction, L0: Rational, L1: Rational) -> Formula:
    """P(value), a constant formula."""
    return _potential(number((L1 or 1) * abs(value)), L0, L1)


def _gradient_at(value: Fraction, L0: Rational, L1: Rational) -> Formula:
    """s(value), a constant formula."""
    if L1 == 0:
        return number(L0 * value)
    size = Fraction(L0) / L1 if value >= 0 else -Fraction(L0) / L1
    return _times(size, exp(number(L1 * abs(value))) - 1)


@lru_cache(maxsize=64)
def _heights(cut: Profile, L0: Rational, L1: Rational) -> list[Formula]:
    """f at the knots, 0 at the first zero of u."""
    heights = [ZERO]
    points = pairwise(zip(cut.knots, cut.values, strict=True))
    for slope, ((t0, v0), (t1, v1)) in zip(cut.slopes[1:-1], points, strict=True):
        if slope == 0:
            rise = _times(t1 - t0, _gradient_at(v0, L0, L1))
        else:
            change = _potential_at(v1, L0, L1) + _times(-1, _potential_at(v0, L0, L1))
            rise = _times(1 / slope, change)
        heights.append(heights[-1] + rise)
    base = next((h for h, v in zip(heights, cut.values, strict=True) if v == 0), ZERO)
    return [height + _times(-1, base) for height in heights]


def _primitive(
    cut: Profile, piece: int, heights: Sequence[Formula], L0: Rational, L1: Rational
) -> Formula:
    """f on one piece: P(u)/b + constant, or s(v)(x - t) + constant where u is constant."""
    i, slope = cut.anchors[piece], cut.slopes[piece]
    if slope == 0:
        return _gradient_at(cut.values[i], L0, L1) * (X - cut.knots[i]) + heights[i]
    size = _line(cut, piece, (L1 or 1) * _sign(cut, piece))
    change = _potential(size, L0, L1) + _times(-1, _potential_at(cut.values[i], L0, L1))
    return _times(1 / slope, change) + heights[i]


def _cases(u: Profile, pieces: Sequence[Formula]) -> Formula:
    """pieces[0] up to the first knot, then pieces[1], ..., pieces[-1] beyond the last one."""
    cases = [(X, "<=", number(t), f) for t, f in zip(u.knots, pieces, strict=False)]
    return piecewise(*cases, otherwise=pieces[-1])


# --- what is refused -------------------------------------------------------------------------


def _exact(values: Sequence[Rational]) -> tuple[Fraction, ...]:
    for value in values:
        formula(value)  # refuses a float, which hides its rounding
    return tuple(Fraction(value) for value in values)


def _check_constants(L0: Rational, L1: Rational) -> None:
    if L0 <= 0:
        raise FormulaError(f"L0 = {L0} must be positive; u measures the gradient in units of L0/L1")
    if L1 < 0:
        raise FormulaError(f"L1 = {L1} must not be negative; 0 is the smooth class")


def _check_lipschitz(u: Profile) -> None:
    where = ["left of the first knot", *(f"right of {t}" for t in u.knots)]
    for slope, place in zip(u.slopes, where, strict=True):
        if abs(slope) > 1:
            raise FormulaError(
                f"u has slope {slope} {place}, but u must be 1-Lipschitz; "
                "bring its values closer or its knots apart"
            )
