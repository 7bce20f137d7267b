"""Layer 6: what a path that turns must pay, at least.

Let l > 0 be non-decreasing with l(u) < 2u on [e, u(cap)].  A step from u > 0 turns when it ends at
-w, w >= e.  Then w <= l(u) - u (u is 1-Lipschitz), the valley between is below, and all later
points stay between x_k and x_{k+1}: steps are shorter than 2w < 2u.

Lemma.  From a point of level w with room b >= w (the level there is at most b) r further points of
level >= e need b >= B_r, where B_0 = e and B_r = min(l(e) + B_{r-1}, k(B_{r-1})) with
k(B) = inf{w : l(w) - w >= B}.  A step that stays on the side moves l(w) >= l(e) towards the point
across the valley and loses as much room; a step across arrives with room l(w) - w at most.

So a path with k steps that do not turn and a turn at step k + 1 = N - j + 1 has u_k >= t_j =
k(B_{j-1}), and, as f(x_k) - f* >= P(u_k),
    f(x_0) - f* >= k D_e + P(t_j)       and, for k >= 1,       (k-1) D_e + min_u D(u, t_j) + P(t_j),
D_e the least decrease of a step that does not turn (D_e(e), if no longer one is less), and D(u, v)
growing with v.  Convex f: u does not grow before the turn, so k s(t_j) l(t_j) + P(t_j).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any

from relaxsmooth.formula import Formula, symbol
from relaxsmooth.worstcase.question import G, Question
from relaxsmooth.worstcase.step import OneStep

MOST_BOXES = 3_000
MOST_LEVELS = 300
Holds = Callable[[Any, Fraction], bool]  # on a box of g, given its left end
T = symbol("t")  # the gradient norm of level t_j


class NotShown(Exception):
    """A hypothesis of the lemma is not proved for this rule."""


def excluded_by_turns(question: Question, g: Fraction, steps: int) -> bool:
    """Proved: no member with f(x_0) - f* <= Delta has |f'(x_k)| >= g for all k <= steps, whether
    the path turns or not."""
    return Turns(question, g, g).exclude(steps)


class Turns:
    """The lemma for gradient norms e in [low, high] (thin), on [low, cap]."""

    def __init__(self, question: Question, low: Fraction, high: Fraction) -> None:
        self.question, self.low, self.high = question, low, high
        self.cap = max(question.cap, high)
        self.e = question.at(G, low).union(question.at(G, high))
        self.one = OneStep(question)
        self.decrease = question.at(self.one.level_step, self.e)
        self._levels: list[Fraction] = []
        self._room: Any = question.at(question.level, self.e)  # B_{j-1}; None: beyond the cap

    def exclude(self, steps: int) -> bool:
        """Proved: every path of so many steps needs f(x_0) - f* > Delta, turning or not."""
        Delta = self.question.Delta_ball
        straight_on = steps * self.decrease + self.question.at(self.question.psi, self.low)
        return bool(straight_on > Delta) and self.cost_more(steps)

    def cost_more(self, steps: int) -> bool:
        """Proved: every path of so many steps that turns needs f(x_0) - f* > Delta."""
        try:
            cheapest = self.cheapest(steps)
        except NotShown:
            return False
        return cheapest is None or bool(cheapest > self.question.Delta_ball)

    def cheapest(self, steps: int) -> Any:
        """A ball whose lower end is below f(x_0) - f* of every path of so many steps that turns;
        None when no such path can have P(u_k) <= Delta.  Raises NotShown."""
        if self.not_shown:
            raise NotShown(self.not_shown)
        found = None
        for j, t in self._turning_levels(steps):
            cost = self._cost(j, t, steps)
            found = cost if found is None else found.min(cost)
        return found

    # -- hypotheses

    @cached_property
    def not_shown(self) -> str:
        """The first hypothesis that is not proved; empty if all are."""
        q = self.question
        if not q.at(q.length, self.e) > 0:
            return "l is not shown to be positive"
        grows, within = self.one.slope_of_length, q.length - 2 * q.level
        hypotheses: tuple[tuple[Holds, str], ...] = (
            (lambda box, a: q.at(grows, box).lower() >= 0, "l is not shown to grow"),
            (lambda box, a: bool(q.at(within, box) < 0), "a step is longer than 2 u"),
            (self._kept_enough, "a long step without a turn lowers f by less"),
        )
        return next((why for holds, why in hypotheses if not self._everywhere(holds)), "")

    def _kept_enough(self, box: Any, a: Fraction) -> bool:
        """D_e(u) >= D_e(e) for steps that do not turn, by the lemma of `step` or by value."""
        q = self.question
        if q.at(self.one.turning, box, self.e) < 0:
            return True
        rises = q.at(self._slope_of_kept, box, self.e) >= 0  # then least at the left end
        return bool(q.at(self.one.kept, a if rises else box, self.e) >= self.decrease)

    @cached_property
    def _slope_of_kept(self) -> Formula:
        return self.one.kept.diff("g")

    def _everywhere(self, holds: Holds) -> bool:
        work, seen = [(self.low, self.cap)], 0
        while work:
            a, b = work.pop()
            seen += 1
            if holds(self._box(a, b), a):
                continue
            if b - a < self.low / 10**9 or seen > MOST_BOXES:
                return False
            work += _halves(a, b)
        return True

    def _box(self, a: Fraction, b: Fraction) -> Any:
        return self.question.at(G, a).union(self.question.at(G, b))

    # -- the levels t_j

    def _turning_levels(self, steps: int) -> Iterator[tuple[int, Fraction]]:
        """(j, g of a level at or below t_j), while that is at most the cap."""
        q = self.question
        while len(self._levels) < steps and self._room is not None:
            if len(self._levels) == MOST_LEVELS:
                raise NotShown(f"a step can turn at more than {MOST_LEVELS} levels")
            t = self.preimage(self._room)
            if t is None:
                self._room = None
            else:
                self._levels.append(t)
                self._room = (self._room + q.at(q.length, self.e)).min(q.at(q.level, t))
        return enumerate(self._levels[:steps], start=1)

    def preimage(self, room: Any) -> Fraction | None:
        """g with l - u < room for all smaller g in [low, cap]; None if it is so up to the cap."""
        q, spare = self.question, self.spare
        work = [(self.low, self.cap)]
        for _ in range(MOST_BOXES):
            if not work:
                return None
            a, b = work.pop()
            box = self._box(a, b)
            rising = q.at(self.slope_of_spare, box).lower() >= 0
            at = q.at(G, b) if rising else box
            if q.at(spare, at) < room:
                continue
            if b - a < self.low / 10**14:
                return a
            work += _halves(a, b)
        raise NotShown("the levels at which a step can turn are not isolated")

    @cached_property
    def spare(self) -> Formula:
        """l - u: the deepest level on the other side."""
        return self.question.length - self.question.level

    @cached_property
    def slope_of_spare(self) -> Formula:
        return self.spare.diff("g")

    # -- the cost of a turn

    def _cost(self, j: int, t: Fraction, steps: int) -> Any:
        """A lower bound (as a ball) of f(x_0) - f* with the turn at step N - j + 1."""
        q, k = self.question, steps - j
        depth = q.at(q.psi, t)
        if q.convex:
            return k * q.at(q.length * G, t) + depth
        plain = k * self.decrease + depth
        if k == 0 or plain > q.Delta_ball:
            return plain
        return ((k - 1) * self.decrease + self._least_before(t) + depth).max(plain)

    def _least_before(self, t: Fraction) -> Any:
        """min of D(u, v) over u and v >= t_j, over one step that does not turn, from below.

        It is D(u, t_j) where u - d <= t_j; elsewhere u >= t_j along the whole step: t_j d at least.
        """
        q = self.question
        u_t = q.level.subs({"g": T})
        bottom = (q.level + u_t - q.length) / 2
        decrease = (q.psi + q.psi.subs({"g": T}) - 2 * q.potential(bottom)).subs({"t": t})
        possible, beyond = (
            f.subs({"t": t}) for f in (q.level + q.length - u_t, q.level - q.length - u_t)
        )
        above = q.at(q.length, self.e) * q.at(G, t)
        slope = decrease.diff("g")
        wanted = 2 * self.decrease  # more than this is not needed
        least, work = wanted, [(self.low, self.cap)]
        for _ in range(MOST_BOXES):
            if not work:
                break
            a, b = work.pop()
            box = self._box(a, b)
            if q.at(possible, box) < 0:
                continue
            if not q.at(beyond, box) < 0:
                least = least.min(above)
            if q.at(slope, box).lower() >= 0:
                least = least.min(q.at(decrease, a))
            elif not q.at(decrease, box) > wanted:
                work += _halves(a, b)
        else:
            return self.decrease
        return least.max(self.decrease)


def _halves(a: Fraction, b: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Right half below the left one on the stack: boxes are taken from left to right."""
    middle = (a + b) / 2 if b < 4 * a else 2 * a
    return [(middle, b), (a, middle)]
