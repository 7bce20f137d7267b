"""Layer 3: tensor-product splines in the plane, evaluated exactly.

    f(x, y) = -c x + sum_ij d_ij B_i(x) B_j(y),   even in y

with B-splines on simple rational knots: a bump of compact support on a slope, C^(p-1).
`spline_cover` proves inequalities about f on all of its support.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from relaxsmooth.arithmetic import ball

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Spline:
    """The spline of these rational knots (x from left to right, y from 0 up), even in y.

    coefficients[i][j] = d_ij * scale: i counts the B-splines on the knots of x, j those on
    -y, ..., y from the lowest up to the middle.
    """

    degree: int
    x: tuple[Fraction, ...]
    y: tuple[Fraction, ...]
    slope: Fraction
    coefficients: tuple[tuple[int, ...], ...]
    scale: int

    def __post_init__(self) -> None:
        for name, knots in (("x", self.x), ("y", self.full_y)):
            if any(a >= b for a, b in pairwise(knots)):
                raise ValueError(f"the knots of {name} do not increase; list them in order")
        if self.y[0] != 0:
            raise ValueError(f"the knots of y start at {self.y[0]}; start them at 0")
        rows, columns = len(self.x) - self.degree - 1, self.half
        if len(self.coefficients) != rows or any(len(r) != columns for r in self.coefficients):
            raise ValueError(f"these knots need {rows} rows of {columns} coefficients")

    @property
    def full_y(self) -> tuple[Fraction, ...]:
        return (*(-t for t in reversed(self.y)), *self.y[1:])

    @property
    def half(self) -> int:
        return (len(self.full_y) - self.degree) // 2

    def coefficient(self, i: int, j: int) -> int:
        """d_ij * scale for any B-spline in y, in the lower or the upper half."""
        return self.coefficients[i][min(j, len(self.full_y) - self.degree - 2 - j)]

    def at(self, x: Fraction, y: Fraction, in_x: int = 0, in_y: int = 0) -> Fraction:
        """d^(a+b) f/dx^a dy^b at a point, exactly (at a knot: from the right)."""
        if y < 0:
            return (-1) ** in_y * self.at(x, -y, in_x, in_y)
        bx, by = (
            _values(knots, self.degree, t, n)
            for knots, t, n in ((self.x, x, in_x), (self.full_y, y, in_y))
        )
        total = sum((u * v * self.coefficient(i, j) for i, u in bx for j, v in by), Fraction(0))
        line = -self.slope * (x if in_x == 0 else 1) if in_x <= 1 and in_y == 0 else Fraction(0)
        return total / self.scale + line

    def gradient(self, x: Fraction, y: Fraction) -> tuple[Fraction, Fraction]:
        """∇f, exactly."""
        return self.at(x, y, 1, 0), self.at(x, y, 0, 1)


def exceeds(spline: Spline, x: Fraction, y: Fraction, L1: Fraction, L0: Fraction = ZERO) -> bool:
    """Whether ‖∇²f‖ > L0 + L1‖∇f‖ at this point, certainly.

    ‖∇²f‖ = |a| + |b| with a half the trace and b the traceless part; roots as balls.
    """
    xx, xy, yy = (spline.at(x, y, a, b) for a, b in ((2, 0), (1, 1), (0, 2)))
    squares = ((xx - yy) / 2) ** 2 + xy**2, sum(g * g for g in spline.gradient(x, y))
    arithmetic = ball(256)
    with arithmetic.active():
        b, g = (arithmetic.apply("sqrt", arithmetic.number(Fraction(q))) for q in squares)
        excess = arithmetic.number(abs(xx + yy) / 2 - L0) + b - arithmetic.number(L1) * g
        return bool(excess > 0)


def pieces(
    knots: Sequence[Fraction], p: int
) -> list[tuple[tuple[Fraction, ...], list[list[Fraction]]]]:
    """Every B-spline on these knots: its p + 2 knots, and its polynomial in t - left per piece."""
    t = tuple(knots)
    found = []
    for i in range(len(t) - p - 1):
        own = t[i : i + p + 2]
        found.append((own, [piece(own, n) for n in range(p + 1)]))
    return found


@lru_cache(maxsize=4096)
def piece(own: tuple[Fraction, ...], n: int) -> list[Fraction]:
    """The B-spline on its own p + 2 knots on [t_n, t_(n+1)], a polynomial in x - t_n (ascending).

    The Cox-de Boor recursion; 0 where n is not one of its pieces.
    """
    p = len(own) - 2
    if not 0 <= n <= p:
        return [ZERO] * (p + 1)
    if p == 0:
        return [ONE]
    left, right = piece(own[:-1], n), piece(own[1:], n - 1)
    rising = _times_linear(left, own[n] - own[0], own[-2] - own[0])
    falling = _times_linear(right, own[n] - own[-1], own[1] - own[-1])
    return [a + b for a, b in zip(rising, falling, strict=True)]


def _values(
    knots: tuple[Fraction, ...], p: int, t: Fraction, order: int
) -> list[tuple[int, Fraction]]:
    """(i, the derivative of B_(i,p) at t) for the B-splines that live there."""
    if not knots[0] <= t < knots[-1]:
        return []
    n = max(i for i, knot in enumerate(knots) if knot <= t)
    out = []
    for i in range(max(0, n - p), min(n, len(knots) - p - 2) + 1):
        poly = piece(knots[i : i + p + 2], n - i)
        for _ in range(order):
            poly = [k * c for k, c in enumerate(poly)][1:]
        out.append((i, sum((c * (t - knots[n]) ** k for k, c in enumerate(poly)), ZERO)))
    return out


def _times_linear(poly: list[Fraction], constant: Fraction, width: Fraction) -> list[Fraction]:
    """poly (u + constant)/width."""
    low = [c * constant / width for c in poly] + [Fraction(0)]
    high = [Fraction(0)] + [c / width for c in poly]
    return [a + b for a, b in zip(low, high, strict=True)]
