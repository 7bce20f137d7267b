"""Layer 6: worst_case(rule, steps, L0, L1, Delta) and worst_steps(rule, epsilon, L0, L1, Delta).

lower: a function, exact, on which exact arithmetic and counting prove the value.  upper: the
theorem of `step` where its hypothesis is proved in balls (then the two meet in one equation), the
cost of every turn (`turns`), the certified relaxation of `relax`, or psi^-1(Delta).  Where they do
not meet both are given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from relaxsmooth.counting import Count
from relaxsmooth.formula import Formula, FormulaError, number
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule
from relaxsmooth.verdict import Status, Verdict
from relaxsmooth.worstcase import path as paths
from relaxsmooth.worstcase.path import Path
from relaxsmooth.worstcase.question import Question
from relaxsmooth.worstcase.step import OneStep, never_turns
from relaxsmooth.worstcase.turns import NotShown, Turns, excluded_by_turns

Rational = Fraction | int
Tell = Callable[[str], None]
DIGITS = 15  # of a lower value
COUNTED = 64  # steps, up to which the rigorous counter runs on the function
BUDGET = 4_000  # evaluations of the global search
ROUNDS = 14  # bisections of the upper value


def _silent(what: str) -> None:
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
            f"the worst min over k <= {self.steps} of |f'(x_k)| lies between {float(self.lower)!r} "
            f"and {float(self.upper)!r}"
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
    question = Question(rule, Fraction(L0), Fraction(L1), Fraction(Delta), convex)
    tell = progress or _silent
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
        return "the step is longer than 2 u at every gradient norm that Delta allows"
    low, high = question.root(equation, *bracket)
    lower = _rounded_down(question, equation, low)
    why = never_turns(question, lower, high)
    if why and not _turns_cost_more(question, lower, high, steps):
        return why
    path = paths.staying(question, lower, steps)
    if path is None or not _affordable(question, path, lower, steps):
        return "the function that attains it was not built"
    because = (
        "a path that never turns is the worst: f'(x_k) is the same for all k, and every other "
        "path between such gradients lowers f by as much or more (proved in balls)"
    )
    found = _formula(question, steps)
    return WorstCase(question, steps, lower, high, path, because, equation, found)


def _turns_cost_more(question: Question, low: Fraction, high: Fraction, steps: int) -> bool:
    """Whether every path that turns needs more than Delta at the root, proved."""
    try:
        cheapest = Turns(question, low, high).cheapest(steps)
    except NotShown:
        return False
    return cheapest is None or bool(cheapest > question.Delta_ball)


def _affordable(question: Question, path: Path, g: Fraction, steps: int) -> bool:
    """Whether f(x_0) - f* <= Delta on the function of the path, proved."""
    if path.margin == 0:  # N D(g) + psi(g), in closed form
        return bool(question.at(balance(question, steps), g) <= 0)
    return bool(path.gap <= question.at(number(question.Delta), g))


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
    return (Fraction(0), high) if not question.at(equation, high) <= 0 else None


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
    best = _best_path(question, steps, seed, budget, tell)
    upper, reason = _upper(question, steps, best.least, tell)
    if upper < best.least:
        raise AssertionError("a proved upper value is below a proved lower one; report this")
    because = f"paths that turn compete ({why}); {reason}"
    return WorstCase(question, steps, best.least, upper, best, because)


def _best_path(question: Question, steps: int, seed: int, budget: int, tell: Tell) -> Path:
    from relaxsmooth.worstcase.search import proposals

    found: list[Path] = []
    for us in proposals(question, steps, seed, budget, tell):
        exact = _exact(question, us)
        if exact is not None:
            found.append(exact)
    if not found:
        raise FormulaError(
            f"no function was found for rule {question.rule.key}: its steps are irrational and "
            "its worst paths turn; give a rule with rational steps at rational g"
        )
    return max(found, key=lambda path: path.least)


def _exact(question: Question, us: list[float]) -> Path | None:
    """An exact path near the floats that Delta affords, proved; pulled in a little if need be."""
    for pull in (0.0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4):
        scaled = [u * (1 - pull) for u in us]
        if len({abs(u) for u in us}) == 1 and scaled == [scaled[0]] * len(us):
            g = Fraction(paths.gradient(question, scaled[0])).limit_denominator(10**12)
            path = paths.staying(question, g, len(us) - 1)
        else:
            path = paths.followed(question, scaled)
        if path is not None and path.gap <= question.at(number(question.Delta), path.least):
            return path
    return None


def _upper(question: Question, steps: int, lower: Fraction, tell: Tell) -> tuple[Fraction, str]:
    """The least g that is excluded, between the lower value and psi^-1(Delta)."""
    from relaxsmooth.worstcase.relax import excluded

    for k in (12, 11, 10, 9, 8, 6):  # just above the lower value, where the two often meet
        near = lower * (1 + Fraction(1, 10**k))
        if near < question.cap and excluded_by_turns(question, near, steps):
            return near, "every path that turns, and every one that does not, costs more than Delta"
    low, high = lower, question.cap
    reason = "no member with f(x_0) - f* <= Delta has a larger gradient at x_0"
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


# --- the worst number of steps -----------------------------------------------------------------


@dataclass(frozen=True)
class WorstSteps:
    """sup over the class of T_eps: lower <= value <= upper (None: unknown, possibly infinite)."""

    question: Question
    epsilon: Fraction
    lower: int
    upper: int | None
    because: str
    path: Path | None = None

    @property
    def exact(self) -> bool:
        return self.lower == self.upper

    @property
    def problem(self) -> Problem | None:
        """A function with T_eps >= lower; None where its path is too long to be written."""
        return None if self.path is None else self.path.problem

    @property
    def verdict(self) -> Verdict:
        shown = "unknown" if self.upper is None else self.upper
        claim = f"the worst T at eps = {self.epsilon} is at least {self.lower}, at most {shown}"
        status = Status.PROVED if self.exact else Status.UNDECIDED
        return Verdict(claim, status, self.because, {"lower": self.lower, "upper": self.upper})


MOST_WRITTEN = 200  # steps of a path that is written out


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

    Where no path that turns is worse it is exact: ceil((Delta - psi(eps))/D(eps)).
    """
    eps = Fraction(epsilon)
    if eps <= 0:
        raise FormulaError(f"epsilon = {eps} must be positive; give a tolerance such as 1/100")
    question = Question(rule, Fraction(L0), Fraction(L1), Fraction(Delta), convex)
    tell = progress or _silent
    if question.at(question.Delta - question.psi, eps) <= 0:
        reason = "psi(eps) >= Delta: every x_0 has |f'(x_0)| <= eps"
        return WorstSteps(question, eps, 0, 0, reason)
    why = never_turns(question, eps, eps)
    if not why:
        T = _ceiling(question, eps)
        path = _strict(question, eps, T)
        because = "a path that never turns is the worst: T = ceil((Delta - psi(eps))/D(eps))"
        return WorstSteps(question, eps, T, T, because, path)
    return _enclosed_steps(question, eps, why, tell)


def _ceiling(question: Question, eps: Fraction) -> int:
    """ceil((Delta - psi(eps))/D(eps)): the first N with N D + psi >= Delta."""
    ratio = (question.Delta - question.psi) / OneStep(question).level_step
    exact = ratio.subs({"g": eps}).value
    if exact is not None:
        return -(-exact.numerator // exact.denominator)
    bits = 192
    while bits < 10_000:
        whole = question.at(ratio, eps, bits=bits).ceil().unique_fmpz()
        if whole is not None:
            return int(whole)
        bits *= 2
    raise FormulaError(f"(Delta - psi)/D at eps = {eps} is a whole number to {bits} bits; move eps")


def _strict(question: Question, eps: Fraction, T: int) -> Path | None:
    """The path with |f'(x_k)| > eps for k < T, at a gradient norm between eps and the worst."""
    if T < 1 or T > MOST_WRITTEN:
        return None
    if T == 1:
        return paths.staying(question, eps, 0)
    equation = balance(question, T - 1)
    for k in range(1, 40):
        g = eps * (1 + Fraction(1, 2**k))
        if question.at(equation, g) <= 0:
            return paths.staying(question, g, T - 1)
    return None


def _enclosed_steps(question: Question, eps: Fraction, why: str, tell: Tell) -> WorstSteps:
    """Lower by the families of paths at fixed eps; upper by the relaxation, in doubling N."""
    from relaxsmooth.worstcase.relax import excluded

    lower, path = 0, None
    steps = 1
    while steps <= MOST_WRITTEN:
        best = _best_path(question, steps, 0, 0, tell)
        if best.least <= eps:
            break
        lower, path = steps + 1, best
        steps *= 2
    upper: int | None = None
    steps = max(lower, 1)
    while steps <= 2**20 and upper is None:
        tell(f"upper value, {steps} steps")
        if excluded(question, eps, steps):
            upper = steps
        steps *= 2
    return WorstSteps(question, eps, lower, upper, f"paths that turn compete ({why})", path)
