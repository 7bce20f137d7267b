"""Layer 6: worst_steps(rule, epsilon, L0, L1, Delta), the worst T_eps.

Exact where no path that turns is worse (`step`); infinite where a member cycles (`lower`); else
lower: a path that never turns, or one that the search found; upper: every turn's cost (`turns`),
or the relaxation (`relax`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting import INFINITE
from relaxsmooth.formula import FormulaError
from relaxsmooth.interpolation.signs import sign
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import upper_end
from relaxsmooth.update import UpdateRule
from relaxsmooth.verdict import Status, Verdict
from relaxsmooth.worstcase import path as paths
from relaxsmooth.worstcase.answer import Rational, Tell, balance, silent
from relaxsmooth.worstcase.lower import affordable, best_path, cycle
from relaxsmooth.worstcase.path import Path
from relaxsmooth.worstcase.question import NO_STEP, Question, constants, exact
from relaxsmooth.worstcase.relax import steps_excluded
from relaxsmooth.worstcase.step import OneStep, least_decrease, never_turns
from relaxsmooth.worstcase.turns import Turns

MOST_WRITTEN = 200  # steps of a path that is written out
MOST_SEARCHED = 64  # steps of a path that turns, or 4 more than one that never turns
MOST_STEPS = 2**20  # up to which an upper value is looked for where the relaxation has none


@dataclass(frozen=True)
class WorstSteps:
    """sup over the class of T_eps: lower <= value <= upper (upper None: unknown, possibly infinite;
    both math.inf: infinite, proved by a cycle)."""

    question: Question
    epsilon: Fraction
    lower: int | float
    upper: int | float | None
    because: str
    path: Path | None = None

    @property
    def exact(self) -> bool:
        return self.lower == self.upper

    @property
    def infinite(self) -> bool:
        """Whether a member with T_eps = infinity is proved."""
        return self.lower == INFINITE

    @property
    def problem(self) -> Problem | None:
        """A function with T_eps >= lower; None where its path is too long to be written."""
        return None if self.path is None else self.path.problem

    @property
    def verdict(self) -> Verdict:
        shown = "unknown" if self.upper is None else self.upper
        claim = f"the worst T at eps = {self.epsilon} is at least {self.lower}, at most {shown}"
        if self.infinite:
            claim = f"the worst T at eps = {self.epsilon} is infinite"
        status = Status.PROVED if self.exact else Status.UNDECIDED
        return Verdict(claim, status, self.because, {"lower": self.lower, "upper": self.upper})


def worst_steps(
    rule: UpdateRule,
    epsilon: Rational,
    L0: Rational,
    L1: Rational,
    Delta: Rational,
    *,
    convex: bool = False,
    progress: Tell | None = None,
) -> WorstSteps:
    """The worst T_eps, the first k with |f'(x_k)| <= eps, over the class as in `worst_case`.

    Where no path that turns is worse it is exact: ceil((Delta - psi(eps))/D(eps)).  Raises as
    `worst_case`, and FormulaError on epsilon <= 0.
    """
    eps = exact("epsilon", epsilon)
    if eps <= 0:
        raise FormulaError(f"epsilon = {eps} must be positive; give a tolerance such as 1/100")
    question = Question(rule, *constants(L0, L1, Delta), convex, eps)
    tell = progress or silent
    spare = _sign_of_spare(question, eps)
    if spare is None:
        raise FormulaError(f"psi({eps}) is Delta to 4096 bits; move epsilon or Delta")
    if spare <= 0:
        reason = "psi(eps) >= Delta: every x_0 has |f'(x_0)| <= eps"
        return WorstSteps(question, eps, 0, 0, reason)
    why = never_turns(question, eps, eps) if question.has_steps(eps) else NO_STEP
    if not why:
        T = _ceiling(question, eps)
        path = _strict(question, eps, T)
        because = "a path that never turns is the worst: T = ceil((Delta - psi(eps))/D(eps))"
        return WorstSteps(question, eps, T, T, because, path)
    forever = cycle(question, eps)
    if forever is not None:
        reason = "a step is as long as 2 u or longer: x_0, x_1, x_0, ... with f' = g, -g, g, ..."
        if forever.x[0] == forever.x[1]:
            reason = f"the step has length 0 at |f'| = {forever.g[0]}: x_0 stays where it is"
        return WorstSteps(question, eps, INFINITE, INFINITE, reason, forever)
    return _enclosed_steps(question, eps, why, tell)


def _sign_of_spare(question: Question, eps: Fraction) -> int | None:
    """The sign of Delta - psi(eps): in balls, or by algebra on a tie."""
    seen = question.at(question.Delta - question.psi, eps)
    if seen > 0 or seen < 0:
        return 1 if seen > 0 else -1
    return sign((question.Delta - question.psi).subs({"g": eps}))


def _ceiling(question: Question, eps: Fraction) -> int:
    """ceil((Delta - psi(eps))/D(eps)): the first N with N D + psi >= Delta."""
    ratio = (question.Delta - question.psi) / OneStep(question).level_step
    exact = ratio.subs({"g": eps}).value
    if exact is not None:
        return -(-exact.numerator // exact.denominator)
    bits, most = question.bits, 50 * question.bits
    while bits < most:
        with ball(bits).active():  # ceil() rounds to the working precision
            whole = question.at(ratio, eps, bits=bits).ceil().unique_fmpz()
        if whole is not None:
            return int(whole)
        bits *= 2
    raise FormulaError(f"(Delta - psi)/D at eps = {eps} is a whole number to {bits} bits; move eps")


def _strict(question: Question, eps: Fraction, T: int) -> Path | None:
    """The path with |f'(x_k)| > eps for k < T, at a gradient norm between eps and the worst."""
    if T < 1 or T > MOST_WRITTEN:
        return None
    equation = balance(question, T - 1)
    for k in range(1, 40):
        g = eps * (1 + Fraction(1, 2**k))
        path = paths.staying(question, g, T - 1) if question.at(equation, g) <= 0 else None
        # flat parts, where a step is irrational, cost more than the equation says
        if path is not None and affordable(question, path):
            return path
    return None


def _enclosed_steps(question: Question, eps: Fraction, why: str, tell: Tell) -> WorstSteps:
    path: Path | None = None

    def longer(T: int) -> bool:
        nonlocal path
        tell(f"lower value, {T} steps")
        if not 1 < T <= MOST_WRITTEN:
            return False
        with suppress(FormulaError):  # irrational steps are not searched
            found = best_path(question, T - 1, 0, 0, tell)
            path = found if found.least > eps else path
            return found.least > eps
        return False

    never = _never_turning(question, eps)
    lower = _last(longer, never, max(MOST_SEARCHED, never + 4))
    path = path or _strict(question, eps, lower)
    tell(f"upper value, from {lower} steps")
    upper = None if why == NO_STEP else _least_excluded(question, eps, lower)
    known = "no upper value is proved"
    if upper is not None:
        known = "the least decrease of every step, and what every turn costs, exclude more"
    return WorstSteps(
        question, eps, lower, upper, f"paths that turn compete ({why}); {known}", path
    )


def _never_turning(question: Question, eps: Fraction) -> int:
    """T >= this by a path that never turns, since D is continuous; at least 1 as Delta > psi."""
    decrease = question.at(OneStep(question).level_step, eps)
    if not (decrease > 0 and _continues(question, eps)):
        return 1
    return max(1, _ceiling(question, eps))


def _continues(question: Question, eps: Fraction) -> bool:
    """The step has a value at eps and just above it: roots in balls are cut to their domain."""
    return any(
        question.has_step(eps, eps * (1 + Fraction(1, 2**k))) for k in (1, 4, 10, 20, 40, 80)
    )


def _least_excluded(question: Question, eps: Fraction, lower: int) -> int | None:
    """An N >= lower with T <= N, proved: by the relaxation, or else by the least decrease of one
    step, and then by what every turn must pay."""
    enough = steps_excluded(question, eps) or _alike(question, eps)
    beyond = max(MOST_STEPS, lower + 1) if enough is None else max(enough, lower)
    turns = Turns(question, eps, eps)
    upper = _last(lambda N: not turns.exclude(N), lower - 1, beyond) + 1
    return None if enough is None and upper >= beyond else upper


def _alike(question: Question, eps: Fraction) -> int | None:
    """An N with N min D + psi(eps) > Delta."""
    least = least_decrease(question, eps)
    room = upper_end(question.at(question.Delta - question.psi, eps))
    return floor(room / least) + 1 if least else None


def _last(holds: Callable[[int], bool], known: int, fails: int) -> int:
    """An N in [known, fails) where `holds` holds (taken for granted at `known`) and not at N + 1
    (nor at `fails`): by doubled strides, then by halving."""
    stride = 1
    while fails - known > 1:
        trial = min(known + stride, (known + fails) // 2)
        if holds(trial):
            known, stride = trial, 2 * stride
        else:
            fails = trial
    return known
