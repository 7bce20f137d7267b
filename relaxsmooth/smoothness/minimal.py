"""Layer 3: the least L0 for a given L1, exactly.

    L0*(L1) = max{0, sup_x |f''(x)| - L1 |f'(x)|}

On a piece |f''| - L1|f'| is s f'' - t L1 f' with signs s, t that change only at zeros of f''
(where it has no maximum) and of f'.  So its supremum is at a zero of f', at a zero of
f''' -+ L1 f'', at an end of the piece, or in a limit: finitely many numbers, algebraic or
rational in some e^q (at a rational end of a piece in e^{a x + b}).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq_poly

from relaxsmooth.formula import Formula, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.algebraic import (
    Algebraic,
    RealRoot,
    rational_root,
    to_fmpq,
    to_fraction,
)
from relaxsmooth.smoothness.generator import NotDecidable, Point
from relaxsmooth.smoothness.pieces import Kink, Piece, Pieces, pieces
from relaxsmooth.smoothness.ratio import PoleError, Ratio, distinct, samples

Function = Formula | Problem | Pieces
STATIONARY, END, CONSTANT = "f' = 0", "an end", "constant"
CRITICAL = {1: "f''' = L1 f''", -1: "f''' = -L1 f''"}


def in_pieces(f: Function) -> Pieces:
    """The pieces of a formula, of a one-dimensional problem, or themselves."""
    if isinstance(f, Pieces):
        return f
    if isinstance(f, Problem):
        if f.dimension != 1:
            raise NotDecidable(f"{f.key} has {f.dimension} variables; one is decided here")
        f = f.objective
    return pieces(f)


@dataclass(frozen=True, eq=False)
class Place:
    """Where a supremum is: inside a piece (`root`, a value of v) or at an end (`side`).

    side: 0 for the end at x = low, 1 for x = high; None inside.  rule says which equation
    the place solves: STATIONARY, CRITICAL[s t], END, or CONSTANT where |f''| - L1|f'| has
    one value up to infinity (the point is then one of many).
    """

    piece: Piece
    root: RealRoot | None
    side: int | None
    rule: str

    @property
    def point(self) -> Point | None:
        """The point, or None for a limit at infinity."""
        if self.side is None:
            assert self.root is not None
            return self.piece.point(self.root)
        return (self.piece.low, self.piece.high)[self.side]

    def trial(self, k: int) -> Fraction:
        """Rationals that approach the place from inside the piece as k grows."""
        p = self.point
        if p is None:
            return Fraction(2**k if self.side else -(2**k))
        if self.side is None and p.exact is not None:  # first the point, then beside it
            return p.exact + (Fraction((-1) ** k, 2**k) if k else 0)
        return p.near(k, 0 if self.side is None else 2 if self.side == 0 else -2)

    def mirrored(self, axis: Fraction) -> Place | None:
        """The place at 2 axis - x on the same piece, None on the axis or where v is not x."""
        if self.root is None or self.side is not None or self.piece.generator.kind != "x":
            return None
        if Algebraic.at(self.root) == axis:
            return None
        middle = to_fmpq(2 * axis)
        reflected = self.root.polynomial(fmpq_poly([middle, -1])).numer()
        root = RealRoot(reflected, middle - self.root.high, middle - self.root.low)
        return Place(self.piece, root, None, self.rule)

    def __str__(self) -> str:
        p = self.point
        if self.rule == CONSTANT:
            return f"x = {p} and on a half-line around it"
        if p is None:
            return "x -> +oo" if self.side else "x -> -oo"
        return f"x = {p}"


@dataclass(frozen=True, eq=False)
class MinimalL0:
    """L0*(L1) with its certificate.

    value: exact, None for +infinity; places: where |f''| - L1|f'| attains it (attained) or
    tends to it; empty when the supremum is negative, so that L0* = 0 by L0 >= 0 alone.
    """

    function: Pieces
    L1: Fraction
    value: Algebraic | None
    attained: bool
    places: tuple[Place, ...]
    kink: Kink | None = None

    @property
    def finite(self) -> bool:
        return self.value is not None

    @property
    def smoothness(self) -> str:
        """ "C2"; "C1,1": then this is about the limit class; "not C1": no class at all."""
        return self.function.smoothness

    def where(self) -> str:
        """The certificate in words."""
        if self.kink is not None:
            return str(self.kink)
        if not self.places:
            return "|f''| <= L1|f'| everywhere"
        at = ", ".join(str(place) for place in self.places)
        if self.value is None:
            return f"|f''| - L1|f'| is unbounded near {at}"
        return f"attained at {at}" if self.attained else f"approached as {at}"

    def __str__(self) -> str:
        value = "infinity" if self.value is None else str(self.value)
        return f"L0*({self.L1}) = {value}, {self.where()}"


def minimal_L0(f: Function, L1: Fraction | int) -> MinimalL0:
    """The least L0 >= 0 with |f''| <= L0 + L1|f'| everywhere; L1 >= 0 exact.

    Raises NotDecidable when f' is not piecewise rational in one generator.
    """
    L1 = checked(L1, "L1")
    function = in_pieces(f)
    if function.kinks:
        return MinimalL0(function, L1, None, True, (), function.kinks[0])
    found: list[tuple[Algebraic, Place]] = []
    for value, place in candidates(function, L1):
        if value is None:
            return MinimalL0(function, L1, None, False, (place,))
        found.append((value, place))
    best = _largest(found)
    if not best or best[0][0] < 0:
        return MinimalL0(function, L1, Algebraic.rational(0), False, ())
    attained = [place for _, place in best if place.point is not None]
    places = attained or [place for _, place in best]
    axis = symmetry_axis(function)
    if axis is not None:
        places += [m for m in (place.mirrored(axis) for place in places) if m is not None]
    return MinimalL0(function, L1, best[0][0], bool(attained), tuple(_once(places)))


def checked(value: Fraction | int, name: str) -> Fraction:
    """An exact number >= 0."""
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise ValueError(f"{name} = {value!r} is not exact; write a Fraction such as 1/10")
    if value < 0:
        raise ValueError(f"{name} = {value} must be >= 0; give a nonnegative rational")
    return Fraction(value)


def symmetry_axis(function: Pieces) -> Fraction | None:
    """A c with |f'(2c - x)| = |f'(x)|: any for a polynomial, c = 0 by the form of f otherwise."""
    first, x = function.parts[0], function.variable
    if len(function.parts) == 1 and first.generator.kind == "x" and first.slope.bottom.degree() < 1:
        p = first.slope.top
        if p.degree() < 1:
            return None
        c = -p[p.degree() - 1] / (p.degree() * p[p.degree()])  # the mean of its roots
        q = p(fmpq_poly([2 * c, -1]))
        return to_fraction(c) if q in (p, -p) else None
    even = function.objective.subs({x: -symbol(x)}) is function.objective
    return Fraction(0) if even else None


def candidates(function: Pieces, L1: Fraction) -> Iterator[tuple[Algebraic | None, Place]]:
    """Every value that can be the supremum, with its place; None stands for +infinity.

    Of a symmetric function the right half is enough.
    """
    axis = symmetry_axis(function)
    middle = Point.rational(axis) if axis is not None else None
    for piece in function.parts:
        if piece.is_affine or (
            middle and piece.high is not None and piece.high.compare(middle) <= 0
        ):
            continue  # an affine piece has |f''| - L1|f'| <= 0
        halved = middle is not None and (piece.low is None or piece.low.compare(middle) < 0)
        for side in (1,) if halved else (0, 1):
            yield _at_end(piece, side, L1)
        for place in _critical(piece, L1):
            assert place.root is not None
            if not halved or place.point.compare(middle) >= 0:  # type: ignore[union-attr,arg-type]
                yield excess(piece, L1, place.root), place


def _critical(piece: Piece, L1: Fraction) -> Iterator[Place]:
    """Zeros of f' and of f''' -+ L1 f'' inside the piece (derivatives in v have the same zeros)."""
    low, high = piece.v_range
    third = piece.curvature.derivative
    second = piece.slope.derivative * L1
    equations = {STATIONARY: piece.slope, CRITICAL[1]: third - second}
    if L1:
        equations[CRITICAL[-1]] = third + second
    for rule, equation in equations.items():
        for root in equation.zeros(low, high):
            yield Place(piece, root, None, rule)


def excess(piece: Piece, L1: Fraction, root: RealRoot) -> Algebraic:
    """|f''| - L1|f'| where v = root."""
    s = piece.curvature.at(root).sign
    t = piece.slope.at(root).sign
    return signed_excess(piece, L1, s or 1, t).at(root)


def signed_excess(piece: Piece, L1: Fraction, s: int, t: int) -> Ratio:
    """s f'' - t L1 f' as a function of v."""
    return piece.curvature * s - piece.slope * (t * L1)


def _at_end(piece: Piece, side: int, L1: Fraction) -> tuple[Algebraic | None, Place]:
    """The limit of |f''| - L1|f'| at an end of the piece."""
    place = Place(piece, None, side, END)
    if place.point is None:
        return _at_infinity(place, piece.generator.ends()[side], L1)
    root = piece.v_end(side)
    assert root is not None
    try:
        return excess(piece, L1, root), Place(piece, root, side, END)
    except PoleError:  # f' is continuous there, so f'' alone is infinite
        return None, place


def _at_infinity(place: Place, germ: str, L1: Fraction) -> tuple[Algebraic | None, Place]:
    piece = place.piece
    s, t = piece.curvature.sign_near(germ), piece.slope.sign_near(germ)
    h = signed_excess(piece, L1, s, t).reduced
    if h.as_constant is not None:
        return Algebraic.rational(h.as_constant), _representative(piece, germ)
    order, c = h.germ(germ)
    if order < 0 and c > 0:
        return None, place
    # -1 stands for a limit -oo, which is never the supremum of something >= 0
    return Algebraic.rational(-1 if order < 0 else c if order == 0 else 0), place


def _representative(piece: Piece, germ: str) -> Place:
    """A point of the last cell of the piece, where f' and f'' keep their signs up to infinity."""
    low, high = piece.v_range
    zeros = distinct([*piece.slope.zeros(low, high), *piece.curvature.zeros(low, high)])
    cells = samples(zeros, low, high)
    v = cells[-1] if germ == "+oo" else cells[0]
    return Place(piece, rational_root(to_fraction(v)), None, CONSTANT)


def _largest(found: list[tuple[Algebraic, Place]]) -> list[tuple[Algebraic, Place]]:
    """The pairs with the largest value, exactly; balls discard most of them."""
    if not found:
        return []
    balls = [value.enclosure(64) for value, _ in found]
    floor = max(b.lower() for b in balls)
    best: list[tuple[Algebraic, Place]] = []
    for pair, enclosure in zip(found, balls, strict=True):
        if enclosure < floor:
            continue
        side = pair[0].compare(best[0][0]) if best else 1
        if side >= 0:
            best = [pair] if side > 0 else [*best, pair]
    return best


def _once(places: list[Place]) -> list[Place]:
    """Each point once, in order along the line."""
    kept: list[Place] = []
    for place in places:
        p = place.point
        if p is None or all(other.point is None or p.compare(other.point) for other in kept):
            kept.append(place)
    return sorted(kept, key=_position)


def _position(place: Place) -> float:
    p = place.point
    if p is None:
        return float("inf") if place.side else float("-inf")
    return float(p.enclosure(64).mid())
