"""Layer 6: an upper value for every rule, certified: each step pays its own least decrease.

V_0(u) = P(u),  V_{j+1}(u) = max(P(u), min over v of D(u, v) + V_j(|v|)),  |u|, |v| >= e, with
D(u, v) the least decrease of a step of length d = l(u) from u > 0 to v.  On a member with
|u_k| >= e for k <= N and f(x_0) - f* <= Delta, V_N(u_0) <= Delta; so if V_N > Delta on all u the
worst case is below s(e).  Steps over the same ground are not made to agree: it may be too large.

u and v run over cells of width w.  |u - v| <= d is convex, and on it dD/du = s(u) - s(B) >= 0 and
dD/dv = s(v) - s(B) >= 0, B <= min(u, v) the bottom of the tent (convex f: s(u) - s(v) and
s'(v)(d - u + v), on 0 <= u - v <= d).  So D is least at the lower corner of a pair of cells where
that corner is possible for all d; elsewhere every term is bounded by itself.
P and s are tabulated from balls and rounded outward to doubles; a sum of a few doubles is lowered
by 2^-48 of the sum of sizes, which is more than its roundings can lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import flint
import numpy as np

from relaxsmooth.worstcase.question import Question

CELLS = 400
FINE = 4  # units per cell; the table has two points per unit
SLACK = 2.0**-48
LARGEST = 150_000  # table points
SETTLE = 100  # steps after which every step adds nearly the same
WORK = 160_000_000  # pairs of cells in the steps that are made one by one
Table = Any  # an array of doubles


@dataclass(frozen=True)
class Grid:
    """Everything in whole units, w = FINE units; tables at half units."""

    first: int  # e, in cells
    shortest: Table  # l over each cell, from below
    longest: Table
    low: Table  # P from below and from above
    high: Table
    s_low: Table
    s_high: Table
    unit: tuple[float, float]

    @property
    def corners(self) -> Table:
        """Lower ends of the cells of u > 0."""
        return FINE * (self.first + np.arange(len(self.shortest)))


def excluded(question: Question, g: Fraction, steps: int, cells: int = CELLS) -> bool:
    """Proved: every member with f(x_0) - f* <= Delta has |f'(x_k)| < g for some k <= steps."""
    if question.at(question.psi - question.Delta, g) > 0:
        return True
    known = _positive_costs(question, g, cells)
    if known is None:
        return False
    costs, floor = known
    value = floor
    for _ in range(steps):
        value = np.maximum(floor, _stepped(costs, value))
    return bool(value.min() > _beyond(question))


def steps_excluded(question: Question, g: Fraction, cells: int = CELLS) -> int | None:
    """An N with `excluded(question, g, N)`; None where no positive decrease is proved.

    Beyond the steps that are made one by one P is left out: W -> min D + W is monotone and commutes
    with constants, so if it adds c > 0 to W everywhere, m times it adds m c at least.
    """
    known = _positive_costs(question, g, cells)
    if known is None:
        return None
    costs, floor = known
    value, enough, rounds = floor, _beyond(question), WORK // costs.size
    for steps in range(rounds):
        if value.min() > enough:
            return steps
        value = np.maximum(floor, _stepped(costs, value))
    for _ in range(SETTLE):
        value = _stepped(costs, value)
    after = _stepped(costs, value)
    possible = np.isfinite(after)
    if not possible.any():
        return rounds + SETTLE + 1
    after, before = after[possible], value[possible]
    gain = float((after - before - SLACK * (np.abs(after) + np.abs(before))).min())
    if not gain > 0:
        return None
    left = Fraction(enough) - Fraction(float(value.min()))
    return rounds + SETTLE + max(0, ceil(left / Fraction(gain))) + 1


def _positive_costs(question: Question, g: Fraction, cells: int) -> tuple[Table, Table] | None:
    """D over pairs of cells and P over cells, from below; None where D is not shown positive."""
    grid = _grid(question, g, cells)
    if grid is None:
        return None
    with np.errstate(all="ignore"):  # an overflow makes a cost that is not > 0: nothing is proved
        costs = _costs(question, grid)
    return (costs, grid.low[2 * grid.corners]) if (costs > 0).all() else None


def _stepped(costs: Table, value: Table) -> Table:
    """min over v of D(u, v) + V(v), from below."""
    total = costs + value[None, :]
    size = np.where(np.isfinite(total), np.abs(total), 0)
    return (total - SLACK * size).min(axis=1)


def _beyond(question: Question) -> float:
    """A double above Delta."""
    return float(question.Delta) * (1 + 2.0**-50)


# --- the table -------------------------------------------------------------------------------


def _grid(question: Question, g: Fraction, cells: int) -> Grid | None:
    with flint.ctx.workprec(96):
        bottom, top = (question.at(question.level, x) for x in (g, question.cap))
        wanted = (bottom / ((top - bottom) / cells)).mid()
        first = int(wanted.floor().fmpq().p) if wanted < 2 * cells else 2 * cells
        first = max(1, first)
        unit = (bottom / (FINE * first)).lower()  # e is at or just above the lattice point
        if not unit > 0:
            return None
        count = int((top / unit / FINE).upper().ceil().fmpq().p) - first
        if count < 1:
            return None
        lengths = [_lengths(question, unit * FINE * (first + i), unit) for i in range(count)]
        if any(pair is None for pair in lengths):
            return None
        shortest, longest = np.array(lengths, dtype=np.int64).T
        reach = 2 * (2 * FINE * (first + count + 1) + int(longest.max()))
        if reach > LARGEST:
            return None
        P, slope = _tabulated(question, unit / 2, reach)
    ends = _down(unit), _up(unit)
    return Grid(first, shortest, longest, *_outward(P), *_outward(slope), ends)


def _lengths(question: Question, u: Any, unit: Any) -> tuple[int, int] | None:
    """l >= 0 over the cell that starts at u, in units, outward."""
    low, high = _s(question, u), _s(question, u + unit * FINE)
    cell = low.union(high)
    if question.at(question.length.diff("g"), cell).lower() >= 0:
        d = question.at(question.length, low).union(question.at(question.length, high))
    else:
        d = question.at(question.length, cell)
    d = d / unit
    if not d.is_finite() or not d >= 0 or not d < LARGEST:
        return None
    return int(d.lower().floor().fmpq().p), int(d.upper().ceil().fmpq().p)


def _tabulated(question: Question, step: Any, points: int) -> tuple[Table, Table]:
    """P and s at the multiples of a step, as doubles within 2^-51 of the values."""
    potentials, slopes = [0.0], [0.0]
    with flint.ctx.workprec(96 + _lost(step * _arb(question.L1))):
        L0, L1 = _arb(question.L0), _arb(question.L1)
        for k in range(1, points):
            u = step * k
            s = L0 / L1 * (L1 * u).expm1() if question.L1 else L0 * u
            P = (s - L0 * u) / L1 if question.L1 else s * u / 2
            if P.rel_accuracy_bits() < 55:
                raise ArithmeticError("the potential is not known to 55 bits; report this")
            potentials.append(float(P))
            slopes.append(float(s))
    return np.array(potentials), np.array(slopes)


def _lost(z: Any) -> int:
    """The bits that e^z - 1 - z loses."""
    return max(0, -int((z.log() / flint.arb(2).log()).lower().floor().fmpq().p)) if z > 0 else 0


def _outward(table: Table) -> tuple[Table, Table]:
    """Below and above: float() of a ball is within an ulp of its middle, 2^-52 of the value."""
    return table * (1 - 2.0**-49), table * (1 + 2.0**-49)


def _s(question: Question, u: Any) -> Any:
    L0, L1 = _arb(question.L0), _arb(question.L1)
    return L0 / L1 * (L1 * u).expm1() if question.L1 else L0 * u


def _arb(x: Fraction) -> Any:
    return flint.arb(flint.fmpq(x.numerator, x.denominator))


def _down(x: Any) -> float:
    return float(np.nextafter(float(x.lower()), -np.inf))


def _up(x: Any) -> float:
    return float(np.nextafter(float(x.upper()), np.inf))


# --- the least decrease over pairs of cells ----------------------------------------------------


def _costs(question: Question, grid: Grid) -> Table:
    """D from below for each cell of u (rows) and of |v| (columns); inf where none is possible."""
    u, w = grid.corners[:, None], grid.corners[None, :]
    cost = _convex if question.convex else _tents
    return np.minimum(cost(grid, u, w), cost(grid, u, -w - FINE))


def _tents(grid: Grid, u: Table, v: Table) -> Table:
    """P(u) + P(v) - 2 P((u + v - d)/2)."""
    short, long = grid.shortest[:, None], grid.longest[:, None]
    possible = (u - v - FINE <= long) & (v - FINE - u <= long)
    corner = np.abs(u - v) <= short
    ends = u + v - long, u + v - short  # twice the bottom at the lower corner
    bottom = np.maximum(np.abs(ends[0]), np.abs(ends[1]))
    highest = np.minimum(ends[1] + 2 * FINE, 2 * np.minimum(u, v) + 2 * FINE)
    anywhere = np.maximum(np.abs(ends[0]), np.abs(highest))
    at = np.where(corner, np.abs(v), _nearest(v))
    far = np.where(corner, bottom, anywhere)
    cost = _sum(_at(grid.low, u), _at(grid.low, at), -2 * grid.high[far])
    return np.where(possible, cost, np.inf)


def _convex(grid: Grid, u: Table, v: Table) -> Table:
    """P(u) - P(v) + s(v)(d - u + v)."""
    short, long = grid.shortest[:, None], grid.longest[:, None]
    possible = (u - v - FINE <= long) & (v <= u)
    corner = u - v <= short
    farthest = np.maximum(np.abs(v), np.abs(v + FINE))
    flat = np.where(v >= 0, np.where(corner, short - u + v, 0), long - u + v + FINE)
    flat = np.where(corner & (v < 0), long - u + v, flat)
    slope = np.where(v >= 0, _at(grid.s_low, np.abs(v)), -_at(grid.s_high, np.abs(v)))
    along = slope * flat * np.where(slope * flat >= 0, *grid.unit)
    at = np.where(corner, np.abs(v), farthest)
    cost = _sum(_at(grid.low, u), -_at(grid.high, at), along)
    return np.where(possible, cost, np.inf)


def _nearest(v: Table) -> Table:
    """min |v| over the cell from v."""
    return np.where(v >= 0, v, -v - FINE)


def _at(table: Table, u: Table) -> Table:
    return table[2 * u]


def _sum(*terms: Table) -> Table:
    """The sum, lowered below the exact one."""
    size = sum(np.abs(term) for term in terms)
    return sum(terms) - SLACK * size
