"""Layer 6: the least decrease of one step, and when a path that never turns is the worst.

A step of length d = size(g) g from u > 0 (u = u(g)) to a point with |u| >= e.  s increases, so
f decreases least along the lower tent through the two ends, and least over the end v of the step

    v = u - d           where |u - d| >= e:   D = P(u) - P(|u - d|)      (u falls all the way)
    v = e               elsewhere:            D = P(u) + P(e) - 2 P((u + e - d)/2)

because dD/dv = s(v) - s(bottom) >= 0 while v > 0, and past 0 the deepest v is the best.  P is
even, so the second line is also right where the tent reaches below 0.  For convex f the u that
falls at once and then stays gives D = P(u) - P(e) + s(e)(d - u + e) in place of the second line.

Theorem.  Let N D_e(u) + P(e) > Delta for all e <= u <= u(psi^-1(Delta)), D_e > 0.  Then on every f
of the class with f(x_0) - f* <= Delta some k <= N has |f'(x_k)| < s(e): each step from a point with
|u| >= e to another lowers f by D_e at least, so that f(x_k) <= f(x_0), P(u_k) <= Delta, and the
last point has f - f* >= P(e).
Conversely the function with u = e at x_k = x_0 - k d(e) and tents between has N D_e(e) + P(e).
So if D_e(u) >= D_e(e) for these u, the worst case solves N D_e(e) + P(e) = Delta exactly.

Lemma (`monotone`).  If l(e) <= l(u) and l(u) < u + e, then D_e(u) >= D_e(e), where l(e) < 2e.
Tents: if u - d >= e the slope is at least s(e) over a length d(u) >= d(e).  Else D(u, e, d) has
dD/du = s(u) - s(bottom) >= 0 and dD/dd = s(bottom) >= 0 as long as the bottom (u + e - d)/2 >= 0,
which holds on the straight line from (e, d(e)) to (u, d(u)); on it u - e <= d too.  Convex:
P(u) - P(e) >= s(e)(u - e), so D_e(u) >= s(e) d(u).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from relaxsmooth.expand import flat, negative
from relaxsmooth.formula import Formula, absolute, mul
from relaxsmooth.least import least_value
from relaxsmooth.worstcase.question import E, G, Question

MOST_BOXES = 30_000
SLACK = Fraction(1, 100)  # between the least decrease that is proved and the least one seen


@dataclass(frozen=True)
class OneStep:
    """The formulas of one step, in g (the point) and e (the level that is kept)."""

    question: Question

    @cached_property
    def u(self) -> Formula:
        return self.question.level

    @cached_property
    def u_e(self) -> Formula:
        return self.u.subs({"g": E})

    @cached_property
    def through(self) -> Formula:
        """P(u) - P(|u - d|)."""
        q = self.question
        return q.psi - q.potential(self.u - q.length)

    @cached_property
    def kept(self) -> Formula:
        """From u to e on the same side."""
        q = self.question
        if q.convex:
            return q.psi - q.psi.subs({"g": E}) + E * (q.length - self.u + self.u_e)
        bottom = (self.u + self.u_e - q.length) / 2
        return q.psi + q.psi.subs({"g": E}) - 2 * q.potential(bottom)

    @cached_property
    def level_step(self) -> Formula:
        """D_e(e) in g = e: the decrease of a step of a path that never turns."""
        q = self.question
        if q.convex:
            return q.length * G
        return 2 * q.psi - 2 * q.potential(self.u - q.length / 2)

    @cached_property
    def moves(self) -> Formula:
        """|u - d| - e: the first line applies where this is >= 0."""
        return absolute(self.u - self.question.length) - self.u_e

    @cached_property
    def turning(self) -> Formula:
        """d - u - e: the step can end on the other side where this is >= 0."""
        return self.question.length - self.u - self.u_e

    @cached_property
    def slope_of_length(self) -> Formula:
        """l'(g); of a quotient n/d as (n' d - n d')/d^2, multiplied out: g/(L0 + L1 g) would lose
        log2(L1 g/L0) bits and boxes of g would have to be as narrow."""
        length = self.question.length
        factors = length.args if length.op == "mul" else (length,)
        below = [u for u in factors if u.op == "pow" and u.data == -1 and u.symbols]
        if not below:
            return length.diff("g")
        n, d = mul(*(u for u in factors if u not in below)), mul(*(u.args[0] for u in below))
        return flat(n.diff("g") * d + negative(n * d.diff("g"))) / d**2


def never_turns(question: Question, low: Fraction, high: Fraction) -> str:
    """Empty if D_e(u) >= D_e(e) for e in [low, high] (thin), u up to the cap, proved; or why not.

    Boxes of g are decided by the lemma or by the value of D_e, and cut in two while undecided.
    """
    one = OneStep(question)
    e = question.at(G, low).union(question.at(G, high))
    if not question.at(one.turning, e, e) < 0:
        return "the step is not shown to be shorter than 2 u at this gradient norm"
    least = question.at(one.level_step, e)
    short = question.at(question.length, e)
    if not short > 0:
        return "the step is not shown to be positive at this gradient norm"
    grows = True  # whether d(u) >= d(e) was seen by a derivative >= 0 all the way from e
    work = [(low, max(question.cap, high))]
    for _ in range(MOST_BOXES):
        if not work:
            return ""
        a, b = work.pop()
        box = question.at(G, a).union(question.at(G, b))
        rising = grows and question.at(one.slope_of_length, box).lower() >= 0
        longer = rising or question.at(question.length, box) >= short
        if _decided(one, box, e, least, longer):
            grows = rising
            continue
        if b - a < low / 10**12:
            return "it is not shown that a longer first step lowers f by as much"
        middle = (a + b) / 2 if b < 4 * a else 2 * a
        work += [(middle, b), (a, middle)]
    return f"not decided with {MOST_BOXES} boxes"


def least_decrease(question: Question, e: Fraction) -> Fraction:
    """At or below the least P(u) - P(|u - d|) <= D_e(u) over e <= u; 0 where none is proved."""
    least, _ = least_value(OneStep(question).through, "g", e, max(question.cap, e), SLACK)
    return max(least, Fraction(0))


def _decided(one: OneStep, box: Any, e: Any, least: Any, longer: bool) -> bool:
    """Whether D_e(u) >= D_e(e) on the whole box."""
    q = one.question
    turning = q.at(one.turning, box, e)
    if longer and turning < 0:
        return True
    values = []
    if not q.at(one.moves, box, e) < 0:
        values.append(q.at(one.through, box, e))
    if not turning >= 0:
        values.append(q.at(one.kept, box, e))
    return all(value >= least for value in values)
