"""Layer 3: the exact frontier L1 -> L0*(L1), and the closed form of its branches.

L0* is a supremum of functions affine and decreasing in L1, so it is convex and decreasing.
On a branch the place of the supremum solves d/dv (s f'' - t L1 f') = 0, so (L0, L1) is on
the discriminant of s f'' - t L1 f' - L0 in v; or it solves f' = 0 (L0 is constant), or it is
an end of a piece (L0 is affine in L1).  x^4: L1^2 L0 = 16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import flint
from flint import fmpz_mpoly_ctx

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, add, mul, number, symbol
from relaxsmooth.smoothness.algebraic import Algebraic
from relaxsmooth.smoothness.exponential import is_zero
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.minimal import (
    CONSTANT,
    END,
    STATIONARY,
    Function,
    MinimalL0,
    Place,
    excess,
    in_pieces,
    minimal_L0,
)
from relaxsmooth.smoothness.pieces import Pieces
from relaxsmooth.smoothness.ratio import Ratio
from relaxsmooth.verdict import Status, Verdict

LARGEST_DEGREE = 12  # closed forms are sought up to this degree in v
LONGEST_TEXT = 400
SPREAD = Fraction(1, 10**6)
BITS = 256


@dataclass(frozen=True, eq=False)
class Threshold:
    """The least slope: L0*(L1) is finite for L1 > value, and at value iff attained.

    value None: for no L1 at all (then f is in no class); reason says where f'' outgrows f'.
    """

    value: Algebraic | None
    attained: bool
    reason: str

    def __str__(self) -> str:
        if self.value is None:
            return f"no L1: {self.reason}"
        return f"L1 {'>=' if self.attained else '>'} {self.value}: {self.reason}"


@dataclass(frozen=True)
class Branch:
    """A closed form near one L1: equation = 0 in the symbols L0, L1; L0 solved where linear.

    above: it holds on some [L1, L1 + d), where the frontier turns or touches, not known below.
    """

    equation: Formula
    L0: Formula | None
    text: str
    above: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False)
class Frontier:
    """L1 -> L0*(L1) of one function."""

    function: Pieces

    def __call__(self, L1: Fraction | int) -> MinimalL0:
        return minimal_L0(self.function, L1)

    def sample(self, slopes: Sequence[Fraction | int]) -> list[MinimalL0]:
        """L0* at each slope."""
        return [self(L1) for L1 in slopes]

    def closed_form(self, L1: Fraction | int) -> Branch | None:
        """The branch that holds at L1; None where L0* is infinite or no closed form is found."""
        return _branch(self(L1))

    def threshold(self) -> Threshold:
        """The least L1 for which L0*(L1) is finite."""
        return _threshold(self)

    def shape(self, slopes: Sequence[Fraction | int]) -> Verdict:
        """Decreasing and convex on these slopes, decided by balls and exact comparisons."""
        return _shape(self.function, self.sample(sorted(Fraction(s) for s in slopes)))


def frontier(f: Function) -> Frontier:
    """The frontier of a formula or one-dimensional problem; raises NotDecidable like pieces."""
    return Frontier(in_pieces(f))


# --- closed forms -----------------------------------------------------------------------------


def _branch(least: MinimalL0, tied: bool = False) -> Branch | None:
    """tied: a tie of places with different |f'|, or a constant stretch, has no branch here."""
    if least.value is None:
        return None
    if not least.places:
        return _solved(number(0))
    place = least.places[0]
    if not _slopes_agree(least.places):
        return None if tied else _beside(least)
    found = None if place.rule == CONSTANT and place.point is not None else _of_place(least, place)
    if found is None or (len(least.places) > 1 and not _holds_around(found, least)):
        return None if tied else _beside(least)
    return found


def _holds_around(branch: Branch, least: MinimalL0) -> bool:
    """Of several places with one |f'| the first need not rule: a line may touch a curve."""
    for L1 in (least.L1 * (1 + SPREAD) or SPREAD, least.L1 * (1 - SPREAD)):
        value = minimal_L0(least.function, L1).value
        if value is not None:
            at = branch.equation.subs({"L1": L1})
            if not evaluate(at, {"L0": value.enclosure(BITS)}, ball(2 * BITS)).contains(0):
                return False
    return True


def _of_place(least: MinimalL0, place: Place) -> Branch | None:
    piece = place.piece
    if place.point is None:
        return _limit_branch(place, least)
    assert place.root is not None
    s = piece.curvature.at(place.root).sign or 1
    t = piece.slope.at(place.root).sign
    if place.rule in (STATIONARY, END) or t == 0 or piece.slope.as_constant is not None:
        return _fixed_branch(piece.curvature.at(place.root), piece.slope.at(place.root), s, t)
    return _critical_branch(least, place, s, t)


def _limit_branch(place: Place, least: MinimalL0) -> Branch | None:
    """At infinity: the limits of |f''| and |f'|, when both are finite."""
    germ = place.piece.generator.ends()[1 if place.side else 0]
    ends = [r.reduced.germ(germ) for r in (place.piece.curvature, place.piece.slope)]
    if any(order < 0 for order, _ in ends):
        return None  # they cancel at this L1 only
    curvature, slope = (abs(c) if order == 0 else Fraction(0) for order, c in ends)
    return _solved(curvature - slope * symbol("L1"))


def _slopes_agree(places: Sequence[Place]) -> bool:
    """One place, or several with one |f'|, such as mirror images: L0* turns at this L1 else."""
    if len(places) == 1:
        return True
    if any(p.point is None or p.root is None or p.rule == CONSTANT for p in places):
        return False
    first, *others = (abs(p.piece.slope.at(p.root)) for p in places if p.root is not None)
    try:
        return all(first.enclosure(BITS).overlaps(o.enclosure(BITS)) for o in others) and all(
            first == o for o in others
        )
    except NotDecidable:
        return False


def _beside(least: MinimalL0) -> Branch | None:
    """The branch just above L1, if it meets L0*(L1): by convexity it holds in between."""
    right = _branch(minimal_L0(least.function, least.L1 + SPREAD), tied=True)
    if right is None or right.L0 is None or least.value is None:
        return None
    if "L1" in right.L0.diff("L1").symbols:  # convexity tells of lines only
        return None
    here, at = least.value.formula, right.L0.subs({"L1": least.L1})
    if here is None or not (at is here or (at - here).value == 0 or is_zero(at - here)):
        return None
    return replace(right, above=True)


def _fixed_branch(curvature: Algebraic, slope: Algebraic, s: int, t: int) -> Branch | None:
    """L0 = |f''| - L1|f'| at a point that does not move."""
    a, b = curvature.formula, slope.formula
    if a is not None and b is not None:
        return _solved(s * a - t * b * symbol("L1"))
    if t == 0 and curvature.quotient is None:
        p = abs(curvature).minimal_polynomial
        L0 = symbol("L0")
        equation = add(*(int(p[k]) * L0**k for k in range(p.degree() + 1)))
        return Branch(equation, None, f"L0 = {abs(curvature)}")
    return None


def _solved(L0: Formula) -> Branch:
    return Branch(symbol("L0") - L0, L0, f"L0 = {L0}")


def _critical_branch(least: MinimalL0, place: Place, s: int, t: int) -> Branch | None:
    """The factor of the discriminant that vanishes at (L0*, L1) and beside it."""
    piece = place.piece
    for factor in _discriminant_factors(piece.curvature * s, piece.slope * t):
        if all(_vanishes(factor, near) for near in (least, *_neighbours(least, place))):
            return _as_branch(factor)
    return None


def _neighbours(least: MinimalL0, place: Place) -> list[MinimalL0]:
    """The frontier slightly beside L1, where the same kind of place still attains it."""
    found = []
    for L1 in (least.L1 * (1 + SPREAD), least.L1 * (1 - SPREAD)):
        near = minimal_L0(least.function, L1)
        if near.value is not None and any(
            p.rule == place.rule and p.piece is place.piece for p in near.places
        ):
            found.append(near)
    return found


def _discriminant_factors(curvature: Ratio, slope: Ratio) -> list[Any]:
    """Irreducible factors, in L0 and L1, of the discriminant in v of curvature - L1 slope - L0."""
    context = fmpz_mpoly_ctx.get(("v", "L0", "L1"), flint.Ordering.lex)
    _, L0, L1 = context.gens()
    (a, b), (c, d) = curvature.integers, slope.integers
    if max(p.degree() for p in (a, b, c, d)) > LARGEST_DEGREE:
        return []
    shared = b.gcd(d)  # the common denominator, taken once
    A, C, left, right = (_lifted(p, context) for p in (a, c, b // shared, d // shared))
    whole = A * right - L1 * C * left - L0 * left * _lifted(d, context)
    factors = whole.discriminant("v").factor()[1]
    return [factor for factor, _ in factors if factor.degrees()[1] > 0]


def _lifted(p: flint.fmpz_poly, context: Any) -> Any:
    return context.from_dict({(k, 0, 0): p[k] for k in range(p.degree() + 1) if p[k] != 0})


def _vanishes(factor: Any, least: MinimalL0) -> bool:
    """Whether the factor is zero at (L0*(L1), L1), exactly."""
    assert least.value is not None
    p = _at_slope(factor, least.L1)
    value = least.value
    with flint.ctx.workprec(256):
        if not p(value.enclosure(192)).contains(0):
            return False
    top = value.top, value.bottom
    n = p.degree()
    lifted = sum((int(p[k]) * top[0] ** k * top[1] ** (n - k) for k in range(n + 1)), 0 * top[0])
    return value.root.sign_of(lifted) == 0


def _at_slope(factor: Any, L1: Fraction) -> flint.fmpz_poly:
    """The factor as an integer polynomial in L0 at a rational L1."""
    top, bottom = L1.numerator, L1.denominator
    high = int(max(j for _, _, j in factor.to_dict()))
    coefficients: dict[int, int] = {}
    for (_, *powers), c in factor.to_dict().items():
        i, j = map(int, powers)
        coefficients[i] = coefficients.get(i, 0) + int(c) * top**j * bottom ** (high - j)
    return flint.fmpz_poly([coefficients.get(i, 0) for i in range(max(coefficients) + 1)])


def _as_branch(factor: Any) -> Branch:
    """The equation with the powers of L0 on the left, highest first."""
    L0 = symbol("L0")
    terms = {(int(i), int(j)): Fraction(int(c)) for (_, i, j), c in factor.to_dict().items()}
    lead = 1 if terms[max(terms)] > 0 else -1
    rows: dict[int, dict[int, Fraction]] = {}
    for (i, j), c in sorted(terms.items(), reverse=True):
        rows.setdefault(i, {})[j] = lead * c
    right = _univariate({j: -c for j, c in rows.pop(0, {}).items()})
    rows_left = [(L0**i, _univariate(row, expanded=True)) for i, row in rows.items()]
    left = add(*(_times(power, row) for power, row in rows_left))
    linear = _univariate(rows[1]) if set(rows) == {1} else None
    solved = right / linear if linear is not None else None
    text = f"{left} = {right}"
    if len(text) > LONGEST_TEXT:
        text = (
            f"a polynomial equation of degree {max(rows)} in L0, {max(j for _, j in terms)} in L1"
        )
    return Branch(left - right, solved, text)


def _times(power: Formula, row: Formula) -> Formula:
    """row * power, term by term."""
    return add(*(mul(term, power) for term in (row.args if row.op == "add" else (row,))))


def _univariate(row: Mapping[int, Fraction], expanded: bool = False) -> Formula:
    """A polynomial in L1; a perfect power such as (L1 - 1)^2 is shown as one."""
    L1 = symbol("L1")
    if not row:
        return number(0)
    if not expanded:
        p = flint.fmpz_poly([int(row.get(k, 0)) for k in range(max(row) + 1)])
        content, parts = p.factor()
        if len(parts) == 1 and parts[0][1] > 1:
            base = add(*(int(c) * L1**k for k, c in _descending(parts[0][0])))
            return int(content) * base ** int(parts[0][1])
    return add(*(mul(number(c), L1**j) for j, c in sorted(row.items(), reverse=True)))


def _descending(p: flint.fmpz_poly) -> list[tuple[int, int]]:
    return [(k, int(p[k])) for k in range(p.degree(), -1, -1)]


# --- the least slope --------------------------------------------------------------------------


def _threshold(curve: Frontier) -> Threshold:
    """sup over the ends where |f''| -> infinity of lim |f''|/|f'|."""
    if curve.function.kinks:
        return Threshold(None, False, str(curve.function.kinks[0]))
    worst, reason = Fraction(0), "f'' is bounded"
    for piece in curve.function.parts:
        for side, point in enumerate((piece.low, piece.high)):
            if piece.is_affine:
                continue
            name = f"x -> {point}" if point else "x -> +oo" if side else "x -> -oo"
            ratio = _ratio_at(curve, piece, side)
            if ratio is None:
                return Threshold(None, False, f"|f''|/|f'| and |f''| are unbounded as {name}")
            if ratio[0] and (ratio[1] > worst or reason == "f'' is bounded"):
                worst = max(worst, ratio[1])
                reason = f"|f''| is unbounded and |f''|/|f'| -> {ratio[1]} as {name}"
    return Threshold(Algebraic.rational(worst), curve(worst).finite, reason)


def _ratio_at(curve: Frontier, piece: Any, side: int) -> tuple[bool, Fraction] | None:
    """(whether f'' is unbounded, lim |f''|/|f'|) at an end; None where that limit is infinite."""
    point = (piece.low, piece.high)[side]
    if point is not None:  # f' is continuous there, so an infinite f'' outgrows it
        place = piece.v_end(side)
        bounded = place is not None and place.sign_of(piece.curvature.integers[1]) != 0
        return (False, Fraction(0)) if bounded else None
    germ = piece.generator.ends()[side]
    if piece.curvature.reduced.germ(germ)[0] >= 0:
        return False, Fraction(0)
    order, c = (piece.curvature * piece.slope**-1).reduced.germ(germ)
    if order < 0:
        return None
    return True, abs(c) if order == 0 else Fraction(0)


# --- its shape --------------------------------------------------------------------------------


def _shape(function: Pieces, points: Sequence[MinimalL0]) -> Verdict:
    claim = f"L1 -> L0*(L1) of {function.objective} falls and is convex on {len(points)} slopes"
    finite = [p for p in points if p.value is not None]
    if points[len(points) - len(finite) :] != finite:
        return Verdict(claim, Status.REFUTED, "it is infinite beyond a finite value")
    for a, b in pairwise(finite):
        if b.value > a.value:  # type: ignore[operator]
            return Verdict(claim, Status.REFUTED, f"it rises from L1 = {a.L1} to {b.L1}")
    for a, b, c in zip(finite, finite[1:], finite[2:], strict=False):
        excess = _chord_excess(a, b, c)
        if excess is None:
            reason = f"the chord from L1 = {a.L1} to {c.L1} meets the curve, as far as balls tell"
            return Verdict(claim, Status.UNDECIDED, reason)
        if excess < 0:
            return Verdict(claim, Status.REFUTED, f"it is above its chord at L1 = {b.L1}")
    return Verdict(claim, Status.PROVED, "every value and every chord compared exactly")


def _chord_excess(a: MinimalL0, b: MinimalL0, c: MinimalL0) -> int | None:
    """The sign of chord - curve at the middle slope; None when irrational values cannot be told."""
    t = (b.L1 - a.L1) / (c.L1 - a.L1)
    values = [p.value for p in (a, b, c)]
    exact = [v.as_fraction() if v is not None else None for v in values]
    if None not in exact:
        gap = (1 - t) * exact[0] + t * exact[2] - exact[1]  # type: ignore[operator]
        return (gap > 0) - (gap < 0)
    for bits in (64, 256):
        with flint.ctx.workprec(bits + 32):
            x, y, z = (v.enclosure(bits) for v in values if v is not None)
            weights = [flint.fmpq(w.numerator, w.denominator) for w in (1 - t, t)]
            gap = weights[0] * x + weights[1] * z - y
            if gap > 0 or gap < 0:
                return 1 if gap > 0 else -1
    return _supported(a, b, c)


def _supported(a: MinimalL0, b: MinimalL0, c: MinimalL0) -> int | None:
    """0 when the line L1 -> |f''| - L1|f'| at the place of b is below the curve at a and c."""
    place = b.places[0] if b.places and b.attained else None
    if place is None or place.root is None or a.value is None or c.value is None:
        return None
    lines = [excess(place.piece, p.L1, place.root) for p in (a, c)]
    return 0 if a.value >= lines[0] and c.value >= lines[1] else None
