"""Layer 3: f on the line, cut into pieces on which f' and f'' are rational in one generator.

At each cut f and f' are checked to be continuous, exactly; f'' may jump there (C^{1,1}),
which is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from flint import arb

from relaxsmooth.arithmetic import EXACT, NotExact, ball
from relaxsmooth.domain import check_constants
from relaxsmooth.evaluation import evaluate
from relaxsmooth.expand import difference
from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.smoothness.algebraic import Algebraic, RealRoot, rational_root
from relaxsmooth.smoothness.cutting import (
    Cell,
    cells,
    check_domain,
    rational_between,
    sort_points,
)
from relaxsmooth.smoothness.exponential import LARGEST_EXPONENT, exponential_root, is_zero
from relaxsmooth.smoothness.generator import LINE, Generator, NotDecidable, Point
from relaxsmooth.smoothness.ratio import PoleError, Ratio
from relaxsmooth.smoothness.rewrite import as_ratio, generator_of, normal_form

__all__ = ["Kink", "Piece", "Pieces", "cells", "pieces", "rational_between", "sort_points"]


@dataclass(frozen=True, eq=False)
class Piece:
    """f, f', f'' on (low, high); f' and f'' are functions of v = generator."""

    low: Point | None
    high: Point | None
    formula: Formula
    generator: Generator
    slope: Ratio
    curvature: Ratio

    @property
    def is_affine(self) -> bool:
        return self.steepness is not None

    @cached_property
    def steepness(self) -> Algebraic | None:
        """The slope of an affine piece, which may be irrational; None where f' is not constant."""
        constant = self.slope.as_constant
        if constant is not None:
            return Algebraic.rational(constant)
        if self.generator.a != 0:
            return None
        root = exponential_root(self.generator.b)
        if root is None:
            raise NotDecidable(
                f"e^({self.generator.b}) is beyond e^{LARGEST_EXPONENT}; write a smaller constant"
            )
        return self.slope.at(root)

    @cached_property
    def v_range(self) -> tuple[RealRoot | None, RealRoot | None]:
        """The range of v, lower end first (None: unbounded)."""
        low, high = (self._v_at(side) for side in (0, 1))
        return (low, high) if self.generator.a > 0 else (high, low)

    def _v_at(self, side: int) -> RealRoot | None:
        """v at the end: the limit 0 of an exponential, None where it is unbounded."""
        p = (self.low, self.high)[side]
        if p is None:
            return rational_root(0) if self.generator.ends()[side] == "0" else None
        root = p.seen_from(self.generator)
        if root is None and not self.is_affine:
            raise NotDecidable(
                f"{self.generator.formula('x')} is transcendental at the cut x = {p} "
                f"and no e^q with rational |q| <= {LARGEST_EXPONENT}"
            )
        return root

    def v_end(self, side: int) -> RealRoot | None:
        """v at x = low (side 0) or x = high (side 1)."""
        return self._v_at(side)

    def point(self, root: RealRoot) -> Point:
        return Point.of(self.generator, root)


@dataclass(frozen=True, eq=False)
class Kink:
    """A cut where f or f' jumps: `what` is "f" or "f'"; values left and right in words."""

    at: Point
    what: str
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.what} jumps at x = {self.at}, from {self.left} to {self.right}"


@dataclass(frozen=True, eq=False)
class Pieces:
    """A function of one variable, piece by piece.

    smoothness: "C2", or "C1,1" when f'' jumps somewhere; kinks: where f is not C^1 (none
    for members of any class).
    """

    objective: Formula
    variable: str
    parts: tuple[Piece, ...]
    kinks: tuple[Kink, ...]
    jumps: tuple[Point, ...]

    @property
    def smoothness(self) -> str:
        return "not C1" if self.kinks else "C1,1" if self.jumps else "C2"

    @cached_property
    def derivatives(self) -> tuple[Formula, Formula]:
        """f' and f'' of the formula as given, for independent evaluation."""
        first = self.objective.diff(self.variable)
        return first, first.diff(self.variable)


@lru_cache(maxsize=256)
def pieces(f: Formula) -> Pieces:
    """Cut f into pieces; raises NotDecidable when f is outside the decided family."""
    if len(f.symbols) > 1:
        raise NotDecidable(f"{f} has variables {', '.join(sorted(f.symbols))}; give one variable")
    check_constants(f, "f")
    (x,) = f.symbols or {"x"}
    found = cells(f, x)
    intervals = [_piece(cell, x) for cell in found if not cell.is_point]
    merged: list[Piece] = []
    kinks: list[Kink] = []
    jumps: list[Point] = []
    points = [cell for cell in found if cell.is_point]
    for piece, point in zip(intervals, [None, *points], strict=True):
        if point is None:
            merged.append(piece)
            continue
        left = merged[-1]
        kink = _kink(left, point, piece, x)
        if kink is None and _continues(left, piece):
            merged[-1] = Piece(
                left.low, piece.high, left.formula, left.generator, left.slope, left.curvature
            )
            continue
        if kink is not None:
            kinks.append(kink)
        elif _curvature_jumps(left, piece):
            assert point.low is not None
            jumps.append(point.low)
        merged.append(piece)
    return Pieces(f, x, tuple(merged), tuple(kinks), tuple(jumps))


def _continues(left: Piece, right: Piece) -> bool:
    return left.generator == right.generator and left.slope.same_as(right.slope)


def _piece(cell: Cell, x: str) -> Piece:
    first = normal_form(cell.formula.diff(x))
    v = generator_of(first, x)
    slope = as_ratio(first, v, x).reduced
    if slope.as_constant is not None:
        v = LINE
    curvature = (slope.derivative * v.rate).reduced
    piece = Piece(cell.low, cell.high, cell.formula, v, slope, curvature)
    _check_domain(piece, cell, x)
    return piece


def _check_domain(piece: Piece, cell: Cell, x: str) -> None:
    """f is defined and differentiable throughout the open interval."""
    check_domain(cell.formula, cell, x)
    if not piece.is_affine:
        poles = slope_poles(piece)
        if poles:
            raise NotDecidable(f"f' has a pole at {x} = {piece.point(poles[0])}")


def slope_poles(piece: Piece) -> list[RealRoot]:
    return piece.slope.poles(*piece.v_range)


# --- continuity at the cuts -------------------------------------------------------------------


def _kink(left: Piece, cut: Cell, right: Piece, x: str) -> Kink | None:
    """The jump of f or f' at the cut, or None when both are continuous there, exactly."""
    p = cut.low
    assert p is not None
    values = [_value_at(f, p, x) for f in (left.formula, cut.formula, right.formula)]
    for other in (values[0], values[2]):
        if not _same_value(values[1], other, p):
            return Kink(p, "f", str(values[0]), str(values[2]))
    slopes = [_limit(piece.slope, piece, side) for piece, side in ((left, 1), (right, 0))]
    if slopes[0] is None or slopes[1] is None or slopes[0] != slopes[1]:
        return Kink(p, "f'", *("infinity" if s is None else str(s) for s in slopes))
    return None


def _curvature_jumps(left: Piece, right: Piece) -> bool:
    a, b = (_limit(p.curvature, p, side) for p, side in ((left, 1), (right, 0)))
    if a is None or b is None:
        return not (a is None and b is None)
    return a != b


def _limit(r: Ratio, piece: Piece, side: int) -> Algebraic | None:
    """The one-sided limit of r at a finite end of the piece; None where it is infinite."""
    constant = r.as_constant
    if constant is not None:
        return Algebraic.rational(constant)
    root = piece.v_end(side)
    assert root is not None
    try:
        return r.at(root)
    except PoleError:
        return None


def _value_at(f: Formula, p: Point, x: str) -> Algebraic | Formula:
    """f(p): an algebraic number where f is rational in a generator that names p, else a formula."""
    if p.formula is not None:
        try:
            at = f.subs({x: p.formula})
        except FormulaError as error:
            raise NotDecidable(f"{f} has no value at the cut {x} = {p}: {error}") from None
        return Algebraic.rational(at.value) if at.value is not None else at
    try:
        v = generator_of(f, x)
        root = p.seen_from(v)
        if root is not None:
            return as_ratio(f, v, x).at(root)
    except (NotDecidable, PoleError):
        pass
    return f


def _same_value(a: Algebraic | Formula, b: Algebraic | Formula, p: Point) -> bool:
    """Whether two values at p agree; NotDecidable when neither balls nor rules can tell."""
    if a is b or (isinstance(a, Algebraic) and isinstance(b, Algebraic) and a == b):
        return True
    if isinstance(a, Algebraic) and isinstance(b, Algebraic):
        return False
    same = _same_constants(a, b)
    if same is not None:
        return same
    bits = 64
    while bits <= 512:
        here, there = (_ball(value, p, bits) for value in (a, b))
        if not here.overlaps(there):
            return False
        bits *= 2
    if isinstance(a, Formula) and isinstance(b, Formula):
        apart = difference(a, b)
        if apart.value == 0 or _rational(apart) == 0:
            return True
    raise NotDecidable(f"f could not be shown to be continuous at x = {p}")


def _same_constants(a: Algebraic | Formula, b: Algebraic | Formula) -> bool | None:
    """Equality of two quotients of exponential sums; None when one of them is none."""
    left, right = (v.formula if isinstance(v, Algebraic) else v for v in (a, b))
    return None if left is None or right is None else is_zero(left - right)


def _rational(f: Formula) -> Fraction | None:
    """The exact value of a constant formula, where the rules of the vocabulary give one."""
    try:
        value: Fraction = evaluate(normal_form(f), {}, EXACT)
        return value
    except (NotExact, ValueError):
        return None


def _ball(value: Algebraic | Formula, p: Point, bits: int) -> arb:
    if isinstance(value, Algebraic):
        return value.enclosure(bits)
    found: arb = evaluate(value, {name: p.enclosure(bits) for name in value.symbols}, ball(bits))
    return found
