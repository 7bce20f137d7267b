"""Layer 3: polynomials that are in the class for no (L0, L1), shown by a curve.

On a rational curve x(t), t -> +oo, exact substitution gives the growth orders of ∇f and ∇²f.
If an entry of ∇²f grows faster than 1 + ‖∇f‖, no (L0, L1) fits.  The search is small: powers
of t in each coordinate, and coordinates solved from a factor of ∇f that is linear in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import ClassVar

from flint import fmpq, fmpq_poly

from relaxsmooth.formula import add, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.algebraic import to_fraction
from relaxsmooth.smoothness.box_fields import Poly, algebra, fields
from relaxsmooth.smoothness.generator import NotDecidable

MOST_VARIABLES = 5
MOST_CURVES, FEWEST_CURVES = 4_000, 50
WORK = 400_000  # curves times terms, some seconds


@dataclass(frozen=True, eq=False)
class Rational:
    """top(t)/bottom(t), reduced, bottom monic."""

    top: fmpq_poly
    bottom: fmpq_poly

    @staticmethod
    def of(top: fmpq_poly, bottom: fmpq_poly) -> Rational:
        common = top.gcd(bottom)
        top, bottom = top // common, bottom // common
        lead = bottom[bottom.degree()]
        return Rational(top / lead, bottom / lead)

    @property
    def order(self) -> int | None:
        """The growth order as t -> oo; None for 0."""
        return None if self.top.degree() < 0 else int(self.top.degree() - self.bottom.degree())

    @property
    def is_constant(self) -> bool:
        return self.bottom.degree() == 0 and self.top.degree() <= 0

    def __call__(self, t: Fraction) -> Fraction:
        at = fmpq(t.numerator, t.denominator)
        return to_fraction(self.top(at)) / to_fraction(self.bottom(at))

    def __str__(self) -> str:
        top = _written(self.top)
        if self.bottom.degree() == 0:
            return top
        bottom = _written(self.bottom)
        top = f"({top})" if " " in top else top
        return f"{top}/({bottom})" if " " in bottom else f"{top}/{bottom}"


def _written(p: fmpq_poly) -> str:
    t = symbol("t")
    terms = [to_fraction(p[n]) * t**n for n in reversed(range(len(p.coeffs())))]
    return str(add(*terms)) if terms else "0"


T = fmpq_poly([0, 1])
ONE = fmpq_poly([1])
SIMPLE = tuple(
    Rational.of(fmpq_poly(top), fmpq_poly(bottom))
    for top, bottom in (
        ([0, 1], [1]), ([0], [1]), ([1], [1]), ([0, -1], [1]), ([1], [0, 1]), ([0, 0, 1], [1]),
        ([-1], [1]), ([2], [1]), ([1], [0, 0, 1]),
    )
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """x(t) and, on it, ∇f and the entry (i, j) of ∇²f that outgrows it."""

    x: tuple[Rational, ...]
    gradient: tuple[Rational, ...]
    entry: Rational
    at: tuple[int, int]

    kind: ClassVar[str] = "curve"

    @property
    def shown(self) -> tuple[str, ...]:
        """x(t), for a witness."""
        return tuple(map(str, self.x))

    @property
    def slope_order(self) -> int | None:
        """The growth order of ‖∇f‖; None where ∇f = 0 along the curve."""
        return max((g.order for g in self.gradient if g.order is not None), default=None)

    def describe(self, names: Sequence[str]) -> str:
        where = ", ".join(f"{n} = {c}" for n, c in zip(names, self.x, strict=True))
        i, j = self.at
        slope = f"({', '.join(map(str, self.gradient))})"
        entry = f"d2f/d{names[i]}d{names[j]} = {self.entry}"
        return f"on {where}: ∇f = {slope} and {entry}, t -> oo: no (L0, L1) fits"

    def point(self, t: Fraction) -> tuple[Fraction, ...]:
        return tuple(c(t) for c in self.x)


def outgrowing_curve(problem: Problem) -> Curve | None:
    """A curve on which ∇²f outgrows 1 + ‖∇f‖, ∇f = 0 preferred, then bounded; None if none found.

    NotDecidable where f is not a polynomial.
    """
    ring = algebra(fields(problem))
    if ring.atoms:
        raise NotDecidable(f"{problem.key} is not a polynomial; curves are tried on polynomials")
    best: Curve | None = None
    terms = sum(len(p) for p in (*ring.gradient, *(h for row in ring.hessian for h in row)))
    most = max(FEWEST_CURVES, min(MOST_CURVES, WORK // max(terms, 1)))
    for tried, x in enumerate(_curves(ring.gradient, problem.dimension)):
        curve = _outgrows(x, ring.gradient, ring.hessian)
        if curve is not None and (best is None or _rank(curve) < _rank(best)):
            best = curve
        found = best is not None and _rank(best) == (0, 0)
        if found or tried >= most:
            break
    return best


def refuting_curve(problem: Problem) -> Curve | None:
    """`outgrowing_curve`, None also where f is not a polynomial."""
    try:
        return outgrowing_curve(problem)
    except NotDecidable:
        return None


def _rank(curve: Curve) -> tuple[int, int]:
    order = curve.slope_order
    return (0, 0) if order is None else (1, 0) if order <= 0 else (2, order)


def _outgrows(
    x: tuple[Rational, ...], gradient: Sequence[Poly], hessian: Sequence[Sequence[Poly]]
) -> Curve | None:
    slopes = tuple(substituted(g, x) for g in gradient)
    limit = max((g.order for g in slopes if g.order is not None), default=0)
    found: Curve | None = None
    for i, row in enumerate(hessian):
        for j in range(i, len(row)):
            entry = substituted(row[j], x)
            higher = entry.order is not None and entry.order > max(limit, 0)
            if higher and (found is None or (entry.order or 0) > (found.entry.order or 0)):
                found = Curve(x, slopes, entry, (i, j))
    return found


def substituted(p: Poly, x: Sequence[Rational]) -> Rational:
    """p(x(t)), exactly."""
    if p.is_zero():
        return Rational(fmpq_poly([0]), ONE)
    degrees = [int(n) for n in p.degrees()]
    powers = [
        [c.top**e * c.bottom ** (n - e) for e in range(n + 1)]
        for c, n in zip(x, degrees, strict=True)
    ]
    top = fmpq_poly([0])
    for exponents, coefficient in p.terms():
        term = fmpq_poly([coefficient])
        for row, e in zip(powers, exponents, strict=True):
            term *= row[int(e)]
        top += term
    bottom = ONE
    for c, n in zip(x, degrees, strict=True):
        bottom = bottom * c.bottom**n
    return Rational.of(top, bottom)


def _curves(gradient: Sequence[Poly], d: int) -> Iterator[tuple[Rational, ...]]:
    """Solved curves first (they make ∇f vanish), then powers of t in each coordinate."""
    if d > MOST_VARIABLES:
        return
    choices = SIMPLE if d <= 3 else SIMPLE[:4]
    for factor in _factors(gradient):
        for j in range(d):
            if factor.degrees()[j] == 1:
                yield from _solved(factor, j, d, choices)
    for x in product(choices, repeat=d):
        if not all(c.is_constant for c in x):
            yield x


def _factors(gradient: Sequence[Poly]) -> list[Poly]:
    """Irreducible factors of the components of ∇f, common ones first."""
    found: dict[str, list[Poly]] = {}
    for g in gradient:
        if not g.is_zero():
            for factor, _ in g.factor()[1]:
                found.setdefault(str(factor), []).append(factor)
    return [group[0] for group in sorted(found.values(), key=len, reverse=True)]


def _solved(
    factor: Poly, j: int, d: int, choices: Sequence[Rational]
) -> Iterator[tuple[Rational, ...]]:
    """Curves with x_j = -B/A where the factor is A x_j + B and the other coordinates are simple."""
    A = factor.derivative(j)
    zero = Rational.of(fmpq_poly([0]), ONE)
    for others in product(choices, repeat=d - 1):
        x = [*others[:j], zero, *others[j:]]
        if all(c.is_constant for c in others) and d > 1:
            continue
        bottom, top = substituted(A, x), substituted(factor, x)
        if bottom.top.degree() >= 0:
            x[j] = Rational.of(-top.top * bottom.bottom, top.bottom * bottom.top)
            yield tuple(x)
