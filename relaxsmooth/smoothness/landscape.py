"""Layer 3: what a theorem asks of a problem on the line, derived with certificates.

    f* = inf f,      Delta = f(x_0) - f*,      M = sup{ |f'(x)| : f(x) <= f(x_0) }.

Between two neighbours among the zeros of f' and f'' and the cuts, f and |f'| are monotone.
So f* is among finitely many values and limits, and on each such interval the part below
the level f(x_0) ends where f crosses it: |f'| is largest at one of its ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import flint
from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, add, exp
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.algebraic import RealRoot, rational_root, to_fmpq
from relaxsmooth.smoothness.generator import LINE, NotDecidable, Point
from relaxsmooth.smoothness.limits import limit, slope_at, slope_limit, value_at
from relaxsmooth.smoothness.minimal import in_pieces, symmetry_axis
from relaxsmooth.smoothness.pieces import Piece, Pieces, rational_between, sort_points
from relaxsmooth.smoothness.quantity import Quantity, accurate, difference, greatest, least
from relaxsmooth.smoothness.ratio import distinct, samples
from relaxsmooth.smoothness.rewrite import as_ratio, generator_of
from relaxsmooth.verdict import Status, Verdict

MOST_BITS = 1 << 14


@dataclass(frozen=True, eq=False)
class Landscape:
    """f*, Delta and M of a one-dimensional problem; each says whether it is exact, and why."""

    problem: Problem
    lowest: Quantity
    Delta: Quantity
    M: Quantity

    @property
    def bounded_below(self) -> Verdict:
        """The 2020 paper, assumption 1: f >= f* > -infinity."""
        status = Status.PROVED if self.lowest.finite else Status.REFUTED
        witness = {"f*": self.lowest}
        return Verdict(f"{self.problem.key} is bounded below", status, self.lowest.reason, witness)

    def __str__(self) -> str:
        return f"f* = {self.lowest}, Delta = {self.Delta}, M = {self.M}"


def landscape(problem: Problem) -> Landscape:
    """f*, Delta and M of a problem in one variable.

    Raises NotDecidable outside the decided family, and where f jumps.
    """
    return _landscape(problem.objective, in_pieces(problem), problem.start[0], problem.key, problem)


def _landscape(
    f: Formula, function: Pieces, start: Formula, key: str, problem: Problem
) -> Landscape:
    try:
        lowest = lowest_value(function)
    except NotDecidable as reason:
        raise NotDecidable(f"{key}: {reason}") from None
    x0 = _Start(function, start)
    Delta = difference(x0.level, lowest, f"f(x0) - f*, x0 = {start}")
    return Landscape(problem, lowest, Delta, _largest_slope(function, x0))


def lowest_value(function: Pieces) -> Quantity:
    """inf f over the line: the least of the values at zeros of f', at cuts, and in the limits.

    Raises NotDecidable where f jumps: the value at the cut, or a one-sided limit, may be less.
    """
    for kink in function.kinks:
        if kink.what == "f":
            raise NotDecidable(str(kink))
    x, parts = function.variable, function.parts
    found = [limit(parts[0], 0, x), limit(parts[-1], 1, x)]
    for piece in parts:
        if not piece.is_affine:
            for root in piece.slope.zeros(*piece.v_range):
                p = piece.point(root)
                found.append(value_at(piece.formula, p, x, f"f'({p}) = 0"))
        if piece.high is not None:
            found.append(value_at(piece.formula, piece.high, x, f"at the cut x = {piece.high}"))
    return least(found)


# --- the start --------------------------------------------------------------------------------


class _Start:
    """x_0: its ball, the point it is where that is known, its piece, f(x_0) and |f'(x_0)|."""

    def __init__(self, function: Pieces, start: Formula) -> None:
        self.formula, self.x = start, function.variable
        self.point = _as_point(start, function)
        self.piece = next(p for p in function.parts if p.high is None or self.side(p.high) <= 0)
        if self.point is not None:
            self.level = value_at(self.piece.formula, self.point, self.x)
            self.steepness = slope_at_start(self.piece, self.point, self.x)
        else:
            self.level = Quantity.constant(self.piece.formula.subs({self.x: start}))
            slope = self.piece.formula.diff(self.x).subs({self.x: start})
            self.steepness = _size(Quantity.constant(slope))
        self.steepness = replace(self.steepness, reason=f"|f'(x0)|, x0 = {start}")

    def ball(self, bits: int) -> arb:
        found: arb = evaluate(self.formula, {}, ball(bits))
        return found

    def side(self, p: Point) -> int:
        """The sign of x_0 - p."""
        if self.point is not None:
            return self.point.compare(p)
        bits = 64
        while bits <= MOST_BITS:
            here, there = self.ball(bits), p.enclosure(bits)
            if here < there or here > there:
                return -1 if here < there else 1
            bits *= 2
        raise NotDecidable(f"x0 = {self.formula} could not be told from {p}; give it as a rational")


def slope_at_start(piece: Piece, p: Point, x: str) -> Quantity:
    """|f'(p)|, also where v(p) is transcendental."""
    try:
        return slope_at(piece, p)
    except NotDecidable:
        return _size(value_at(piece.formula.diff(x), p, x))


def _size(q: Quantity) -> Quantity:
    if q.algebraic is not None:
        return Quantity.of(abs(q.algebraic))

    def enclose(bits: int) -> arb:
        arithmetic = ball(bits + 32)
        with arithmetic.active():
            size: arb = arithmetic.apply("abs", q.enclose(bits))
        return size

    return replace(q, enclose=enclose, formula=None)


def _as_point(start: Formula, function: Pieces) -> Point | None:
    """x_0 as a rational, or as the x with v(x) rational, such as log(3)."""
    if start.value is not None:
        return Point.rational(start.value)
    for piece in function.parts:
        v = piece.generator
        if v.kind == "exp":
            terms = start.args if start.op == "add" else (start,)
            at = exp(add(*(v.a * term for term in terms)) + v.b)  # e^{log 3} folds to 3
            if at.value is not None:
                return Point.of(v, rational_root(at.value))
    return None


# --- M ----------------------------------------------------------------------------------------


def _largest_slope(function: Pieces, x0: _Start) -> Quantity:
    axis = _axis_of_f(function)
    found = [x0.steepness]
    for arc in _arcs(function):
        mirror = axis is not None and arc.high is not None and arc.high.compare(axis) <= 0
        if axis is not None and mirror == (x0.side(axis) > 0):
            continue  # the half without x_0 mirrors the half with it
        found += arc.slopes_below(x0)
    return greatest(found)


def _axis_of_f(function: Pieces) -> Point | None:
    """A point about which f itself is symmetric."""
    c, first = symmetry_axis(function), function.parts[0]
    if c is None:
        return None
    if len(function.parts) == 1 and first.generator == LINE and first.slope.bottom.degree() < 1:
        p = first.slope.top
        if p(type(p)([2 * to_fmpq(c), -1])) != -p:
            return None  # f' is even about c, f is not
    return Point.rational(c)


def _arcs(function: Pieces) -> Iterator[_Arc]:
    """The intervals on which f and |f'| are monotone, without those where f is constant."""
    for piece in function.parts:
        if piece.is_affine:
            rising = piece.steepness.sign if piece.steepness is not None else 0
            if rising:
                yield _Arc(function, piece, piece.low, piece.high, int(rising > 0))
            continue
        low, high = piece.v_range
        nodes = _zeros(piece, low, high)
        signs = [piece.slope.at_rational(v) > 0 for v in samples(nodes, low, high)]
        points = sort_points([piece.point(root) for root in nodes])
        if piece.generator.a < 0:
            signs.reverse()
        ends = [piece.low, *points, piece.high]
        for a, b, rising in zip(ends, ends[1:], signs, strict=False):
            yield _Arc(function, piece, a, b, int(rising))


def _zeros(piece: Piece, low: RealRoot | None, high: RealRoot | None) -> list[RealRoot]:
    return distinct([*piece.slope.zeros(low, high), *piece.curvature.zeros(low, high)])


@dataclass(frozen=True, eq=False)
class _Arc:
    """An interval of a piece on which f and |f'| are monotone; rising: 1 when f increases."""

    function: Pieces
    piece: Piece
    low: Point | None
    high: Point | None
    rising: int

    def slopes_below(self, x0: _Start) -> list[Quantity]:
        """Numbers whose maximum is sup |f'| over the part of the arc with f <= f(x_0)."""
        bottom, top = (1 - self.rising), self.rising  # sides: 0 at low, 1 at high
        if self._contains(x0):  # |f'(x_0)| on this side too: it may differ across a kink
            met = [side for side in (0, 1) if self._meets(x0, side)]
            return [self._slope(side) for side in {bottom, *met}]
        under = self._value(bottom).compare(x0.level)
        if under == 1:
            return []
        over = self._value(top).compare(x0.level)
        if over is not None and over <= 0:
            return [self._slope(bottom), self._slope(top)]
        if under == 0:
            return [self._slope(bottom)]
        crossing = self._exact_crossing(x0.level)
        if crossing is None:
            crossing = Quantity(lambda bits: self._slope_at_crossing(x0.level, bits))
        if under is None:  # the part may be empty
            crossing = Quantity(_with_zero(crossing.enclose))
        crossing = replace(crossing, reason="|f'| where f = f(x0) again")
        return [crossing, self._slope(bottom)] if under == -1 else [crossing]

    def _contains(self, x0: _Start) -> bool:
        """Whether x_0 is on the arc (at its bottom end it is the whole part below the level)."""
        return (self.low is None or x0.side(self.low) >= 0) and (
            self.high is None or x0.side(self.high) <= 0
        )

    def _meets(self, x0: _Start, side: int) -> bool:
        p = self._end(side)
        return p is not None and x0.side(p) == 0

    def _end(self, side: int) -> Point | None:
        return (self.low, self.high)[side]

    def _value(self, side: int) -> Quantity:
        p, x = self._end(side), self.function.variable
        return limit(self.piece, side, x) if p is None else value_at(self.piece.formula, p, x)

    def _slope(self, side: int) -> Quantity:
        p = self._end(side)
        if p is None:
            return slope_limit(self.piece, side)
        return slope_at(self.piece, p, f"|f'| at x = {p}")

    def _exact_crossing(self, level: Quantity) -> Quantity | None:
        """|f'| at the root of f - f(x_0), where f is rational in the generator of f'."""
        piece, x = self.piece, self.function.variable
        if level.exact is None:
            return None
        try:
            v = generator_of(piece.formula, x)
            if v != piece.generator and not piece.is_affine:
                return None
            difference_here = as_ratio(piece.formula - level.exact, v, x).reduced
            for root in difference_here.zeros(None if v == LINE else rational_root(0), None):
                p = Point.of(v, root)
                if not (self.low and p.compare(self.low) < 0) and not (
                    self.high and p.compare(self.high) > 0
                ):
                    return slope_at(piece, p)
        except NotDecidable:
            pass
        return None

    def _slope_at_crossing(self, level: Quantity, bits: int) -> arb:
        """|f'| over a bracket of the crossing; |f'| is monotone, so its ends enclose it."""
        target = bits
        while True:
            bracket = self._bracket(level, target)
            arithmetic = ball(2 * target + 64)
            slope = self.piece.formula.diff(self.function.variable)
            with arithmetic.active():
                ends = [self._read(slope, end, 2 * target + 64) for end in bracket]
                sizes = [arithmetic.apply("abs", end) for end in ends]
                value = sizes[0].union(sizes[1])
            if accurate(value, bits) or target > MOST_BITS:
                return value
            target *= 2

    def _read(self, f: Formula, at: Fraction | Point, bits: int) -> arb:
        x = at.enclosure(bits) if isinstance(at, Point) else at
        found: arb = evaluate(f, {self.function.variable: x}, ball(bits))
        return found

    def _bracket(self, level: Quantity, bits: int) -> tuple[Fraction | Point, Fraction | Point]:
        """Two points of the arc around the crossing, at most about 2^-bits apart."""
        read = _against(self, level, 2 * bits + 64)
        below = self._decided_end(1 - self.rising, -1, read)
        above = self._decided_end(self.rising, 1, read)
        if below is None or above is None:  # the level is that of an end, as far as balls tell
            side = 1 - self.rising if below is None else self.rising
            return self._bracket_at_end(side, above if below is None else below, bits, read)
        while abs(above - below) > Fraction(1, 2**bits):
            narrower = _shrunk(below, above, read)
            if narrower is None:
                break
            below, above = narrower
        return below, above

    def _decided_end(
        self, side: int, wanted: int, read: Callable[[Fraction], int]
    ) -> Fraction | None:
        """A rational inside the arc, towards one end, where f is certainly below or above."""
        p = self._end(side)
        inner: Fraction = rational_between(self.low, self.high)
        if read(inner) == wanted:
            return inner
        for k in range(400) if p is not None else (*range(64), *(2**j for j in range(6, 15))):
            if p is None:
                at: Fraction = inner + 2**k if side else inner - 2**k
            else:
                at = _halfway(inner, p, side, k)
            if read(at) == wanted:
                return at
            if p is not None:
                inner = at
        return None

    def _bracket_at_end(
        self, side: int, inner: Fraction | None, bits: int, read: Callable[[Fraction], int]
    ) -> tuple[Fraction | Point, Fraction | Point]:
        """The end and a rational near it between which the crossing lies."""
        p = self._end(side)
        if p is None or inner is None:
            raise NotDecidable("balls cannot tell f(x0) from f at the ends of an arc; move x0")
        wanted, inward = read(inner), 2 if side == 0 else -2
        for k in range(bits, 0, -4):
            at = p.near(k, inward)
            if (at - inner) * inward < 0 and read(at) == wanted:
                return p, at
        return p, inner


def _halfway(inner: Fraction, p: Point, side: int, k: int) -> Fraction:
    """A rational strictly between, about in the middle: whatever the scale of x."""
    middle = (inner + p.near(k + 64)) / 2
    beyond = Point.rational(middle).compare(p)
    if middle != inner and beyond == (-1 if side else 1) and (middle > inner) == bool(side):
        return middle
    step = Point.rational(inner)
    return rational_between(step, p) if side else rational_between(p, step)


def _with_zero(enclose: Callable[[int], arb]) -> Callable[[int], arb]:
    def hull(bits: int) -> arb:
        with flint.ctx.workprec(bits + 32):
            return enclose(bits).union(arb(0))

    return hull


def _against(arc: _Arc, level: Quantity, bits: int) -> Callable[[Fraction], int]:
    """The sign of f - f(x_0) at a rational of the arc; 0 when the balls cannot tell."""
    target = level.enclose(bits)

    def read(at: Fraction) -> int:
        value = arc._read(arc.piece.formula, at, bits)
        with flint.ctx.workprec(bits):
            return 1 if value > target else -1 if value < target else 0

    return read


def _shrunk(
    below: Fraction, above: Fraction, read: Callable[[Fraction], int]
) -> tuple[Fraction, Fraction] | None:
    """A bracket at most half as wide, or None when the balls cannot tell; both ends decided."""
    middle = (below + above) / 2
    side = read(middle)
    if side:
        return (middle, above) if side < 0 else (below, middle)
    quarter = (above - below) / 4  # the level is met at the middle: pass it on both sides
    ends = middle - quarter, middle + quarter
    return ends if (read(ends[0]), read(ends[1])) == (-1, 1) else None
