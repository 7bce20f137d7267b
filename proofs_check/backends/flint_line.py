"""One variable, decided without a certificate: every zero located, every cell of the line tried.

polynomials    irreducible factors, whose roots Arb isolates
exponentials   Rolle: divide f by one e^(bx), differentiate, locate the zeros of that first; between
               them f e^(-bx) is monotone.  Each such step removes a term of one factor; a zero that
               f shares with its derivative is found only where it is rational.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from flint import arb, ctx, fmpq, fmpz_poly

from proofs_check.backends.flint_numbers import (
    ZERO,
    Function,
    Relation,
    Statement,
    Undecided,
    constant_sign,
    sign_at,
    slope,
    value,
    with_rates,
)

MOST_STEPS, MOST_ORDER = 160, 60
ONE = fmpq(1)


@dataclass(eq=False)
class Zero:
    """The only zero of f in the open interval ]low, high[, a change of sign; or low = high."""

    f: Function
    low: fmpq
    high: fmpq
    of: set[int] = field(default_factory=set)  # the relations whose functions vanish here

    @property
    def exact(self) -> bool:
        return bool(self.low == self.high)

    def cut(self, x: fmpq) -> None:
        """Learns on which side of x it lies; nothing if x is outside."""
        if self.low < x < self.high:
            s = sign_at(self.f, [x])
            if s == 0:
                self.low = self.high = x
            elif s == sign_at(self.f, [self.low]):
                self.low = x
            else:
                self.high = x

    def refine(self) -> None:
        quarter = (self.high - self.low) / 4
        self.cut(simplest(self.low + quarter, self.high - quarter))


def simplest(low: fmpq, high: fmpq) -> fmpq:
    """The rational of least denominator in [low, high]: exact zeros are met, numbers stay short."""
    if low <= 0 <= high:
        return ZERO
    if high < 0:
        return -simplest(-high, -low)
    whole = fmpq(low.ceil())
    if whole <= high:
        return whole
    below = fmpq(low.floor())
    return below + 1 / simplest(1 / (high - below), 1 / (low - below))


# --- the zeros of one function ----------------------------------------------------------------


def zeros(f: Function) -> list[Zero]:
    """All zeros of f != 0, in order; their intervals do not overlap."""
    if all(b == 0 and q == 0 for _, b, q in f):
        found = [z for p in factors(f) for z in roots(p)]
        return separated(found)
    return by_rolle(f)


def factors(f: Function) -> list[fmpz_poly]:
    """The irreducible factors over Q, without the constant."""
    return [p for p, _ in integers(f).factor()[1]]


def integers(f: Function) -> fmpz_poly:
    scale = ONE
    for c in f.values():
        scale *= c.q
    column = {int(a): (c * scale).p for (a, _, _), c in f.items()}
    return fmpz_poly([column.get(i, 0) for i in range(max(column) + 1)])


def as_function(p: fmpz_poly) -> Function:
    return {(a, ZERO, ZERO): fmpq(c) for a, c in enumerate(p.coeffs()) if c}


def roots(p: fmpz_poly) -> list[Zero]:
    """The real roots of an irreducible polynomial, each with a change of sign around it."""
    f = as_function(p)
    if p.degree() == 1:
        x = fmpq(-p[0], p[1])
        return [Zero(f, x, x)]
    bits = 64
    while bits <= 1 << 14:
        with ctx.workprec(bits):
            found: list[Any] = p.complex_roots()  # the imaginary part is exactly 0 iff real
            balls = [z.real for z, _ in found if z.imag == 0]
            ends = [(rational(x.lower()), rational(x.upper())) for x in balls]
        if all(sign_at(f, [a]) * sign_at(f, [b]) < 0 for a, b in ends) and disjoint(ends):
            return [Zero(f, a, b) for a, b in ends]
        bits *= 2
    raise Undecided("roots that are too close")


def disjoint(ends: list[tuple[fmpq, fmpq]]) -> bool:
    return all(a[1] <= b[0] for a, b in pairwise(sorted(ends, key=lambda end: end[0])))


def rational(x: arb) -> fmpq:
    """The midpoint of a ball, exactly; the ends that Arb returns carry a last rounding."""
    mantissa, exponent = x.mid().man_exp()
    scale = fmpq(2) ** int(abs(exponent))
    return fmpq(mantissa) * scale if exponent >= 0 else fmpq(mantissa) / scale


def by_rolle(f: Function, order: int = 0) -> list[Zero]:
    if order > MOST_ORDER:
        raise Undecided("too many derivatives")
    rates = {b for _, b, _ in f}
    lowest = min(rates, key=lambda b: (max(k[0] for k in f if k[1] == b), abs(b)))
    moved = with_rates(f, [-lowest, ZERO])
    reduced = slope(moved, 0)
    if not reduced:
        return []  # f = c e^(bx)
    turns = zeros(reduced)
    signs = [end_sign(moved, -1), *(sign_at_zero(moved, z) for z in turns), end_sign(moved, 1)]
    found = [Zero(moved, z.low, z.high) for z, s in zip(turns, signs[1:], strict=False) if s == 0]
    for i, (s, t) in enumerate(pairwise(signs)):
        if s * t < 0:
            low = turns[i - 1].high if i else beyond(moved, turns[0].low if turns else ZERO, -1)
            high = turns[i].low if i < len(turns) else beyond(moved, low if turns else ZERO, 1)
            found.append(bracket(moved, low, high))
    return sorted(found, key=lambda z: z.low)


def bracket(f: Function, low: fmpq, high: fmpq) -> Zero:
    """The zero between two points of opposite signs, met exactly if it is a short rational."""
    zero = Zero(f, low, high)
    for _ in range(6):
        zero.refine()
    return zero


def end_sign(f: Function, way: int) -> int:
    """The sign of f near +infinity or -infinity: that of the term that grows fastest."""
    b, a = max((k[1] * way, k[0]) for k in f)
    leading = {k[2:]: c for k, c in f.items() if k[0] == a and k[1] * way == b}
    return constant_sign(leading) * (-1 if way < 0 and a % 2 else 1)


def beyond(f: Function, start: fmpq, way: int) -> fmpq:
    """A point on that side of start where f has its final sign and is monotone from start on."""
    wanted, step = end_sign(f, way), ONE
    while sign_at(f, [start + way * step]) != wanted:
        step *= 2
        if step > 1 << 40:
            raise Undecided("a zero too far out")
    return start + way * step


def sign_at_zero(f: Function, zero: Zero) -> int:
    """The sign of f at a zero of another function; its interval shrinks until f has one sign."""
    for _ in range(MOST_STEPS):
        if zero.exact:
            return sign_at(f, [zero.low])
        with ctx.workprec(128):
            y = enclosed(f, zero.low, zero.high)
        if y > 0 or y < 0:
            return 1 if y > 0 else -1
        zero.refine()
    raise Undecided("a function and its derivative vanish together, or nearly")


def enclosed(f: Function, low: fmpq, high: fmpq) -> arb:
    """f on [low, high], by the mean value form."""
    middle, reach = arb((low + high) / 2), arb((high - low) / 2)
    box = middle + reach * arb(0, 1)
    return value(f, [middle]) + value(slope(f, 0), [box]) * (box - middle)


# --- the cells of several functions -----------------------------------------------------------


def separated(found: list[Zero]) -> list[Zero]:
    """In order and strictly apart: intervals that only touch would hide a cell."""
    for _ in range(MOST_STEPS):
        ordered = joined(found)
        close = [(a, b) for a, b in pairwise(ordered) if not a.high < b.low]
        if not close:
            return ordered
        for pair in close:
            for one, other in (pair, pair[::-1]):
                one.cut(other.low)
                one.cut(other.high)
                if not one.exact:
                    one.refine()
        found = ordered
    raise Undecided("two zeros coincide, or nearly")


def joined(found: list[Zero]) -> list[Zero]:
    """In order, zeros at the same rational point made one."""
    kept: dict[object, Zero] = {}
    for zero in found:
        one = kept.setdefault(zero.low if zero.exact else zero, zero)
        one.of |= zero.of
    return sorted(kept.values(), key=lambda z: z.low + z.high)


def merged(relations: list[Relation]) -> list[Zero]:
    """The zeros of all functions, each once, with the list of those that vanish there."""
    known: dict[object, list[Zero]] = {}
    for j, relation in enumerate(relations):
        for key, part in parts(relation.f):
            if key not in known:
                known[key] = zeros(part)
            for zero in known[key]:
                zero.of.add(j)
    return separated([zero for found in known.values() for zero in found])


def parts(f: Function) -> Iterator[tuple[object, Function]]:
    """Functions whose zeros are those of f: common irreducible factors are told apart once."""
    if all(b == 0 and q == 0 for _, b, q in f):
        for p in factors(f) if f else ():
            yield tuple(map(int, p.coeffs())), as_function(p)
    else:
        lead = f[max(f)]
        yield tuple(sorted((k, c / lead) for k, c in f.items())), f


def samples(found: list[Zero]) -> list[fmpq]:
    """A point in each cell between the zeros."""
    if not found:
        return [ZERO]
    between = [simplest_inside(a.high, b.low) for a, b in pairwise(found)]
    first, last = fmpq(found[0].low.floor()) - 1, fmpq(found[-1].high.ceil()) + 1
    return [first, *between, last]


def simplest_inside(low: fmpq, high: fmpq) -> fmpq:
    third = (high - low) / 3
    return simplest(low + third, high - third)


def decide(asked: Statement) -> tuple[bool, fmpq | None]:
    """(true, None) or (false, a rational point that refutes it, if there is one); Undecided."""
    relations = [*asked.given, asked.goal]
    found = merged(relations)
    points = samples(found)
    signs = [[sign_at(r.f, [x]) for r in relations] for x in points]
    for x, row in zip(points, signs, strict=True):
        if fails(relations, row):
            return False, x
    for zero, row in zip(found, signs, strict=False):  # row: the cell on its left
        if fails(relations, [0 if j in zero.of else s for j, s in enumerate(row)]):
            return False, zero.low if zero.exact else None
    return True, None


def fails(relations: list[Relation], signs: list[int]) -> bool:
    *given, goal = (r.holds_at_sign(s) for r, s in zip(relations, signs, strict=True))
    return all(given) and not goal
