"""Layer 6: worst_case(rule, steps, L0, L1, Delta), the worst gradient norm after so many steps.

lower: a function, exact, on which exact arithmetic and counting prove the value.  upper: the
theorem of `step` where its hypothesis is proved in balls (then the two meet in one equation), the
cost of every turn (`turns`), the certified relaxation of `relax`, or psi^-1(Delta).  Where they do
not meet both are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting import Count
from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule
from relaxsmooth.verdict import Status, Verdict
from relaxsmooth.worstcase import path as paths
from relaxsmooth.worstcase.lower import affordable, best_path
from relaxsmooth.worstcase.path import Path
from relaxsmooth.worstcase.question import NO_STEP, Question, constants
from relaxsmooth.worstcase.step import OneStep, never_turns
from relaxsmooth.worstcase.turns import Turns, excluded_by_turns

Rational = Fraction | int
Tell = Callable[[str], None]
DIGITS = 15  # of a lower value
COUNTED = 64  # steps, up to which the rigorous counter runs on the function
BUDGET = 4_000  # evaluations of the global search
ROUNDS = 14  # bisections of the upper value


def digits(value: Fraction, up: bool) -> str:
    """A decimal at or above (below) it, as close as a double; 20 digits beyond the doubles."""
    with suppress(OverflowError):
        near = float(value)
        if near or not value:
            shown = Fraction(repr(near))
            if (shown < value) if up else (shown > value):
                near = math.nextafter(near, math.inf if up else -math.inf)
            return repr(near)
    with ball(96).active():
        return str(ball(96).number(value).str(20, radius=False))


def silent(what: str) -> None:
    del what


@dataclass(frozen=True)
class WorstCase:
    """sup over the class of min over k <= steps of |f'(x_k)|: lower <= value <= upper.

    lower, upper: rationals, both certified.  equation: where not None, the value is the root g of
    this formula in g, exactly, and lower and upper enclose it.  formula: the value where it has a
    closed form (L1 = 0).  path: the exact iterates and gradients; problem: the function.
    """

    question: Question
    steps: int
    lower: Fraction
    upper: Fraction
    path: Path
    because: str
    equation: Formula | None = None
    formula: Formula | None = None

    @property
    def problem(self) -> Problem:
        """The function that attains `lower`, from x_0, with f(x_0) = 0."""
        return self.path.problem

    @property
    def trajectory(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """(x_k, f'(x_k)) on it, exact (x_k to 2^-100 where the step is irrational)."""
        return tuple(zip(self.path.x, self.path.g, strict=True))

    @cached_property
    def count(self) -> Count | None:
        """T on the function at a gradient norm 2^-30 below `lower`: more than `steps`."""
        return self.path.counted() if self.steps <= COUNTED else None

    @property
    def gap(self) -> Fraction:
        return self.upper - self.lower

    @property
    def verdict(self) -> Verdict:
        """PROVED: the root of the equation, or enclosed to a relative 1e-9; else UNDECIDED."""
        claim = (
            f"the worst min over k <= {self.steps} of |f'(x_k)| lies between "
            f"{digits(self.lower, up=False)} and {digits(self.upper, up=True)}"
        )
        known = self.equation is not None or self.gap <= self.lower / 10**9
        status = Status.PROVED if known else Status.UNDECIDED
        witness = {"lower": self.lower, "upper": self.upper}
        return Verdict(claim, status, self.because, witness, self.gap)


def worst_case(
    rule: UpdateRule,
    steps: int,
    L0: Rational,
    L1: Rational,
    Delta: Rational,
    *,
    convex: bool = False,
    seed: int = 0,
    budget: int = BUDGET,
    progress: Tell | None = None,
) -> WorstCase:
    """The worst min over k <= steps of |f'(x_k)| over (L0, L1)-smooth f on the line with
    f(x_0) - f* <= Delta, for a rule that is one step-size formula in g.

    budget: evaluations of the search for paths that turn (0: only the known families); seed: of it.
    Raises FormulaError on L0 <= 0, L1 < 0, Delta <= 0, steps < 1 and rules of another kind.
    """
    if not isinstance(steps, int) or steps < 1:
        raise FormulaError(f"steps = {steps} must be a whole number of at least 1")
    question = Question(rule, *constants(L0, L1, Delta), convex)
    tell = progress or silent
    tell("the path that never turns")
    closed = _closed(question, steps)
    if isinstance(closed, WorstCase):
        return closed
    return _searched(question, steps, closed, seed, budget, tell)


# --- paths that do not turn --------------------------------------------------------------------


def balance(question: Question, steps: int) -> Formula:
    """N D(g) + psi(g) - Delta: what N steps at gradient norm g need, less what there is."""
    return steps * OneStep(question).level_step + question.psi - question.Delta


def _closed(question: Question, steps: int) -> WorstCase | str:
    """The root of the balance, where the theorem of `step` applies to it; else why it does not."""
    equation = balance(question, steps)
    bracket = _largest_sign_change(question, equation)
    if bracket is None:
        return "no gradient norm is found at which as many steps as this need Delta or more"
    low, high = question.root(equation, *bracket)
    lower = _rounded_down(question, equation, low)
    if not question.has_steps(lower):
        return NO_STEP
    why = never_turns(question, lower, high)
    if why and not Turns(question, lower, high).cost_more(steps):
        return why
    path = paths.staying(question, lower, steps)
    if path is None or not _stays_affordable(question, path, lower, steps):
        return "the function that attains it was not built"
    because = (
        "a path that never turns is the worst: f'(x_k) is the same for all k, and every other "
        "path between such gradients lowers f by as much or more (proved in balls)"
    )
    found = _formula(question, steps)
    return WorstCase(question, steps, lower, high, path, because, equation, found)


def _stays_affordable(question: Question, path: Path, g: Fraction, steps: int) -> bool:
    if path.margin == 0:  # N D(g) + psi(g), in closed form
        return bool(question.at(balance(question, steps), g) <= 0)
    return affordable(question, path)


def _largest_sign_change(question: Question, equation: Formula) -> tuple[Fraction, Fraction] | None:
    """g < h with equation <= 0 at g and >= 0 at h, h as large as a grid of ratio 5/4 finds."""
    high = question.cap
    if not question.at(equation, high) >= 0:
        return None
    while high > question.cap / 10**12:
        low = high * Fraction(4, 5)
        if question.at(equation, low) <= 0:
            return low, high
        high = low
    return None


def _rounded_down(question: Question, equation: Formula, low: Fraction) -> Fraction:
    """A decimal of DIGITS digits at or below `low` at which the balance is still <= 0."""
    scale = Fraction(10) ** (DIGITS - len(str(low.numerator // low.denominator or "")))
    while low * scale < 10 ** (DIGITS - 1):
        scale *= 10
    short = Fraction(int(low * scale)) / scale
    return short if question.at(equation, short) <= 0 else low


def _formula(question: Question, steps: int) -> Formula | None:
    """sqrt(Delta/(N c + 1/(2 L0))) where L1 = 0 and the step is proportional to g."""
    size = question.rule.bound_size
    if question.L1 or size.symbols:
        return None
    c = OneStep(question).level_step.subs({"g": 1})
    inverse = steps * c + Fraction(1, 2) / question.L0
    return (question.Delta / inverse) ** Fraction(1, 2)


# --- paths that turn ---------------------------------------------------------------------------


def _searched(
    question: Question, steps: int, why: str, seed: int, budget: int, tell: Tell
) -> WorstCase:
    best = best_path(question, steps, seed, budget, tell)
    upper, reason = _upper(question, steps, best.least, tell)
    if upper < best.least:
        raise AssertionError("a proved upper value is below a proved lower one; report this")
    because = f"paths that turn compete ({why}); {reason}"
    return WorstCase(question, steps, best.least, upper, best, because)


def _upper(question: Question, steps: int, lower: Fraction, tell: Tell) -> tuple[Fraction, str]:
    """The least g that is excluded, between the lower value and psi^-1(Delta)."""
    from relaxsmooth.worstcase.relax import excluded

    reason = "no member with f(x_0) - f* <= Delta has a larger gradient at x_0"
    if not question.has_steps(min(lower, question.cap)):
        return question.cap, reason
    for k in (12, 11, 10, 9, 8, 6):  # just above the lower value, where the two often meet
        near = lower * (1 + Fraction(1, 10**k))
        if near < question.cap and excluded_by_turns(question, near, steps):
            return near, "every path that turns, and every one that does not, costs more than Delta"
    low, high = lower, question.cap
    for _ in range(ROUNDS):
        if high - low <= low / 10**9:
            break
        middle = _short((low + high) / 2)
        tell(f"upper value, between {float(low):.6g} and {float(high):.6g}")
        if excluded_by_turns(question, middle, steps) or excluded(question, middle, steps):
            high, reason = middle, "the least decrease of every step excludes more"
        else:
            low = middle
    return high, reason


def _short(g: Fraction) -> Fraction:
    return g.limit_denominator(10**12) if g > Fraction(1, 1000) else g
