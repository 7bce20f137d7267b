"""Layer 4: the interpolating function, exactly.

Where an increment lies strictly inside its interval, f' is a convex combination of two extremal
f' that have the same sign everywhere: then |f''| <= (1-t)(L0 + L1|f1'|) + t(L0 + L1|f2'|)
= L0 + L1|f'|, so f is a member although sums of members need not be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from relaxsmooth.expand import difference, expanded, negative, terms
from relaxsmooth.formula import Formula, minimum, number, piecewise, symbol
from relaxsmooth.interpolation.intervals import Gap, Through
from relaxsmooth.interpolation.levels import Chart, Level
from relaxsmooth.interpolation.signs import sign

X = symbol("x")


@dataclass(frozen=True)
class Node:
    """One datum: x, f, the level of u; mirrored: the sign of f' was turned (L0 = 0, f' < 0)."""

    x: Fraction
    f: Formula
    level: Level


@dataclass(frozen=True)
class Mix:
    """(1 - weight) first + weight second on one gap."""

    first: Through
    second: Through
    weight: Formula


def mix(gap: Gap, increment: Formula | None) -> Mix | None:
    """The combination whose integral is the increment; None where a sign stays undecided."""
    low, high, zero = gap.lowest, gap.highest, gap.level_zero
    if increment is None or sign(difference(increment, low.increment)) == 0:
        return Mix(low, low, number(0))
    if sign(difference(increment, high.increment)) == 0:
        return Mix(high, high, number(0))
    first, second = low, high
    if zero is not None:
        side = sign(difference(increment, zero.increment))
        if side is None:
            return None
        first, second = (low, zero) if side <= 0 else (zero, high)
    span = difference(second.increment, first.increment)
    weight = difference(increment, first.increment) / span
    return Mix(first, second, weight)


def objective(chart: Chart, nodes: Sequence[Node], mixes: Sequence[Mix]) -> Formula:
    """f in the symbol x: the tails of slope u' = 1, and the gaps between."""
    cases = _tail(chart, nodes[0], left=True)
    for a, b, m in zip(nodes, nodes[1:], mixes, strict=False):
        cases += _gap(chart, a, b, m)
    cases += _tail(chart, nodes[-1], left=False)
    return _joined(cases)


Case = tuple[Formula, Formula]  # (right end, f up to it)


def _gap(chart: Chart, a: Node, b: Node, m: Mix) -> list[Case]:
    first = list(_pieces(chart, a, b, m.first))
    if m.first is m.second:
        return first
    second = list(_pieces(chart, a, b, m.second))
    both = (1 - m.weight) * _joined(first) + m.weight * _joined(second)
    return [(number(b.x), both)]


def _joined(cases: Sequence[Case]) -> Formula:
    """The last case has no right end; empty pieces are left out, equal neighbours made one."""
    *before, (_, last) = cases
    heads: list[Case] = []
    for end, f in before:
        if heads and heads[-1][1] == f:
            heads[-1] = end, f
        elif not heads or heads[-1][0] != end:
            heads.append((end, f))
    while heads and heads[-1][1] == last:
        heads.pop()
    return piecewise(*((*_up_to(end), f) for end, f in heads), otherwise=last)


def _up_to(end: Formula) -> tuple[Formula, str, Formula]:
    """x <= end, scaled so that logarithms have whole factors: e^end is rational then, and deciders
    of the class see that."""
    logs = [_factor(term) for term in terms(end) if term.value is None]
    scale = Fraction(lcm(*(c.denominator for c in logs)), gcd(*(c.numerator for c in logs)) or 1)
    return scale * X, "<=", expanded(number(scale), end)


def _factor(term: Formula) -> Fraction:
    """The rational factor of a term."""
    value = term.args[0].value if term.op == "mul" else None
    return Fraction(1) if value is None else value


def _pieces(chart: Chart, a: Node, b: Node, t: Through) -> Iterator[Case]:
    """The two ramps, cut where u = 0, and the flat part between them."""
    P, (first, last) = chart.potential, t.ways
    low, high = number(a.x), number(b.x)
    before = low + _length(chart, first, t.middle - t.left)
    after = high + _length(chart, -last, t.right - t.middle)
    height = a.f
    if first:
        yield from _ramp(chart, a, first, t.left, t.middle, before)
        height += expanded(number(first), P(t.middle) + negative(P(t.left)))
    if t.flat.value != 0:
        yield after, height + expanded(chart.gradient(t.middle), X + negative(before))
    if last:
        end = Node(b.x, a.f + t.increment, b.level)
        yield from _ramp(chart, end, last, t.middle, t.right, high)


def _length(chart: Chart, way: int, rise: Level) -> Formula:
    return rise.times(way / chart.unit).formula


def _ramp(
    chart: Chart, anchor: Node, way: int, start: Level, end: Level, until: Formula
) -> Iterator[Case]:
    """f where u is linear of slope `way` from one level to another, read from the anchor."""

    def piece(side: int) -> Formula:
        rise = chart.ramp(anchor.level, way, X - anchor.x, side)
        return expanded(number(way), rise + negative(chart.potential(anchor.level))) + anchor.f

    if chart.crosses_zero and start.sign * end.sign < 0:
        yield number(anchor.x) + _length(chart, -way, anchor.level), piece(start.sign)
        yield until, piece(end.sign)
    else:
        yield until, piece(start.sign or end.sign or 1)


def _tail(chart: Chart, node: Node, left: bool) -> list[Case]:
    """u' = 1 beyond the data; cut at the zero of u, if it is there."""
    level, side = node.level, -1 if left else 1
    far = level + Level(Fraction(side))
    if chart.crosses_zero and level.sign == -side:
        far = Level(Fraction(side))  # beyond the zero
    ends = (far, level) if left else (level, far)
    return list(_ramp(chart, node, 1, *ends, number(node.x)))


def lowest(chart: Chart, nodes: Sequence[Node], mixes: Sequence[Mix]) -> Formula | None:
    """f* = inf f: every local minimum is a zero of u next to a datum, at height f_i - P(u_i)."""
    P = chart.potential
    if not chart.crosses_zero:  # u' = 1 on the left: f falls to f_0 - P(u_0) there
        return nodes[0].f - P(nodes[0].level)
    found = []
    for i, node in enumerate(nodes):
        s = node.level.sign
        left, right = i == 0 or _reaches(mixes[i - 1], -1), i == len(nodes) - 1
        right = right or _reaches(mixes[i], 1)
        if s == 0 or (s > 0 and left) or (s < 0 and right):
            found.append(node.f + negative(P(node.level)))
    return minimum(*found) if found else None


def _reaches(m: Mix, side: int) -> bool:
    """Whether u of the gap has a value of this sign, or 0."""
    return all(
        any(side * level.sign >= 0 for level in (t.left, t.middle, t.right))
        for t in (m.first, m.second)
    )
