"""TWIST: a function of the plane without critical points on which GD cycles, h = K/(L1 M).

    F(x, y) = (M/L1)(L/m) f(L1 x/L, L1 y/L),   f = -c X(x) + sum_ij d_ij B_i(x) E_j(y)

The bump is a C^2 spline (`smoothness.spline`), even in y; X(x) = x up to the right end of the
bump and then flattens exponentially, X' = 1 - (4/5) L^2 t^2 for t <= 1/(2L) and
(4/5) e^{1/2 - L t} beyond, so that |X''| <= L X' and F is bounded below.
The record states L and m; then

    ‖∇²F‖ <= L1‖∇F‖ (L0 = 0),   0 < ‖∇F‖ <= M,   F(x_0) - inf F = gap M/L1,

and GD from x_0 = (0, L/L1) steps to (0, -L/L1) and back at h = K/(L1 M), K = 2 L m/f_y(0, 1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise

from relaxsmooth.formula import (
    Formula,
    FormulaError,
    absolute,
    add,
    exp,
    formula,
    piecewise,
    symbol,
)
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.sloped import TAIL, Sloped
from relaxsmooth.smoothness.spline import Spline, pieces
from relaxsmooth.verdict import Status, Verdict, weakest

Exact = Fraction | int
Piece = tuple[tuple[Fraction, ...], list[list[Fraction]]]
ZERO, ONE = Fraction(0), Fraction(1)
GAP = 6  # F(x_0) - inf F <= GAP M/L1


@dataclass(frozen=True)
class Twist:
    """f with the constants it is claimed to have: ‖∇²f‖ <= L‖∇f‖ and ‖∇f‖ <= m."""

    spline: Spline
    L: Fraction
    m: Fraction

    @cached_property
    def slope(self) -> Fraction:
        """f_y(0, 1), the gradient norm on the cycle."""
        return self.spline.at(ZERO, ONE, 0, 1)

    @cached_property
    def K(self) -> Fraction:
        """GD cycles at h = K/(L1 M)."""
        return 2 * self.L * self.m / self.slope

    @cached_property
    def lowest(self) -> Fraction:
        """inf f = -c X(infinity), not attained."""
        return -self.spline.slope * (self.spline.x[-1] + TAIL / self.L)

    @cached_property
    def gap(self) -> Fraction:
        """(F(x_0) - inf F) L1/M."""
        return (self.spline.at(ZERO, ONE) - self.lowest) * self.L / self.m

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The four statements that make it a hard function, each decided exactly."""
        from relaxsmooth.smoothness.spline_cover import bounded, relaxed

        tail = "outside the bump |X''| <= L X', with equality on the exponential tail"
        return (
            _with_reason(relaxed(self.spline, self.L), tail),
            _with_reason(bounded(self.spline, self.m), "outside the bump ‖∇f‖ <= c"),
            cycle(self),
            _lowest(self),
        )

    @property
    def status(self) -> Status:
        return weakest(v.status for v in self.verdicts)


def _with_reason(v: Verdict, more: str) -> Verdict:
    return Verdict(v.claim, v.status, f"{v.reason}; {more}", v.witness)


def cycle(twist: Twist) -> Verdict:
    """∇f(0, 1) = (0, g), ∇f(0, -1) = (0, -g): the step h = 2/g maps each point to the other."""
    spline = twist.spline
    (ax, ay), (bx, by) = (spline.gradient(ZERO, y) for y in (ONE, -ONE))
    held = ax == bx == 0 and ay == -by and ay > 0
    status = Status.PROVED if held else Status.REFUTED
    witness = {"gradients": ((ax, ay), (bx, by))}
    return Verdict("(0, 1) -> (0, -1) -> (0, 1) is a cycle", status, "exact gradients", witness)


def _lowest(twist: Twist) -> Verdict:
    """The bump stays above -c X(infinity), and c > 0."""
    from relaxsmooth.smoothness.spline_cover import least_value

    low = least_value(twist.spline)
    held = twist.spline.slope > 0 and low > twist.lowest and twist.gap <= GAP
    status = Status.PROVED if held else Status.UNDECIDED
    reason = f"f >= {float(low):.6g} on the bump by its Bernstein coefficients"
    claim = f"inf f = {twist.lowest}, not attained, and F(x0) - inf F <= {GAP} M/L1"
    return Verdict(claim, status, reason)


@cache
def record() -> Twist:
    """The certified function with the least K known to us."""
    return read(files("relaxsmooth").joinpath("twist.json").read_text(encoding="utf-8"))


def read(text: str) -> Twist:
    """A Twist from its JSON text: knots, slope, L and m as rationals, coefficients as integers."""
    data = json.loads(text)
    x, y = (tuple(Fraction(t) for t in data[name]) for name in ("x", "y"))
    rows = tuple(tuple(int(c) for c in row) for row in data["coefficients"])
    spline = Spline(int(data["degree"]), x, y, Fraction(data["slope"]), rows, int(data["scale"]))
    return Twist(spline, Fraction(data["L"]), Fraction(data["m"]))


# --- as a problem -------------------------------------------------------------------------------


def twist(L1: Exact, M: Exact, key: str = "") -> Problem:
    """F for these constants, from x_0 = (0, L/L1)."""
    for name, value in {"L1": L1, "M": M}.items():
        if value <= 0:
            raise FormulaError(f"{name} = {value} must be positive; give a positive number")
    L1, M = Fraction(L1), Fraction(M)
    known = record()
    stretch = L1 / known.L
    x, y = stretch * symbol("x"), absolute(stretch * symbol("y"))
    lowest = M / (known.m * stretch) * known.lowest
    return Sloped(
        spline=known.spline,
        L=known.L,
        size=M / known.m,
        stretch=stretch,
        lowest=formula(lowest),
        lowest_because="the limit as x -> infinity; the bump stays above it (not attained)",
        key=key or f"twist({L1},{M})",
        objective=M / (known.m * stretch) * objective(known, x, y),
        variables=("x", "y"),
        start=(formula(0), formula(1 / stretch)),
        title="TWIST: no critical point, and GD cycles at h = K/(L1 M)",
        source="relaxsmooth; no logarithm in zhang2020, Theorem 4, in the plane",
        constants={"L1": L1, "M": M, "K": known.K, "h": known.K / (L1 * M)},
    )


def objective(known: Twist, x: Formula, y: Formula) -> Formula:
    """f in formulas for x and |y|."""
    s = known.spline
    in_x = [basis(x, *piece) for piece in pieces(s.x, s.degree)]
    in_y = pieces(s.full_y, s.degree)
    folded = [_even(y, in_y, j) for j in range(s.half)]
    rows = []
    for B, row in zip(in_x, s.coefficients, strict=True):
        rows.append(B * add(*(d * E for d, E in zip(row, folded, strict=True))))
    return Fraction(1, s.scale) * add(*rows) - s.slope * flattened(x, s.x[-1], known.L)


def _even(y: Formula, in_y: list[Piece], j: int) -> Formula:
    """E_j for y >= 0: the B-spline and its mirror image, once each, where they do not vanish."""
    some = {j: in_y[j], len(in_y) - 1 - j: in_y[-1 - j]}
    return add(*(basis(y, knots, parts) for knots, parts in some.values() if knots[-1] > 0))


def basis(t: Formula, knots: tuple[Fraction, ...], polynomials: list[list[Fraction]]) -> Formula:
    """One B-spline in t: its polynomials (in t - the left knot of each piece), 0 outside."""
    cases: list[tuple[Formula, str, Exact, Formula]] = [(t, "<=", knots[0], formula(0))]
    for (left, right), poly in zip(pairwise(knots), polynomials, strict=True):
        cases.append((t, "<=", right, _horner(poly, t - left)))
    return piecewise(*cases, otherwise=0)


def _horner(poly: list[Fraction], u: Formula) -> Formula:
    value = formula(poly[-1])
    for c in reversed(poly[:-1]):
        value = value * u + c
    return value


def flattened(x: Formula, end: Fraction, L: Fraction) -> Formula:
    """X: x up to `end`, then X' = 1 - (4/5) L^2 t^2 for t = x - end <= 1/(2L), then as e^{-Lt}."""
    t = x - end
    bend = end + t - Fraction(4, 15) * L**2 * t**3
    tail = end + TAIL / L - Fraction(4, 5) / L * exp(Fraction(1, 2) - L * t)
    return piecewise((x, "<=", end, x), (x, "<=", end + 1 / (2 * L), bend), otherwise=tail)


def __getattr__(name: str) -> tuple[Problem, ...]:
    """PROBLEMS, made when it is first asked for: its formula takes a third of a second."""
    if name != "PROBLEMS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = (twist(1, 1, key="twist"),)
    return found
