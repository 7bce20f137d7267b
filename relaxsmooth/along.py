"""Layer 8: measures along a trajectory: averages of gradient norms, best and last gaps.

    m_N = measure of x_0, ..., x_{N-1} (of x_N for the last gap), enclosed in balls.

A bound in N is compared with m_N at every N up to a horizon; a bound on a count says m_N <= eps for
every N >= bound, and is compared with the last N at which m_N > eps.  Precision is raised while
anything is undecided.  PROVED speaks of this f, x0 and the N that were walked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

from relaxsmooth.arithmetic import EXACT, BallArithmetic, NoStep, NotExact, Undecided, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, TooLong, number
from relaxsmooth.instance import (
    BITS,
    LOWEST_UNKNOWN,
    finite,
    knowing_the_lowest,
    step_sizes,
)
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import exact_value, upper_end
from relaxsmooth.row import Row
from relaxsmooth.setting import Setting
from relaxsmooth.theorem import Kind, Measure, Theorem
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status, Verdict, weakest

HORIZON = 400  # the largest N at which a bound in N is compared
MOST_BITS = 20_000
STEPS_AFTER = 100  # after the first small gap, where f is known never to rise
MOST_STEPS = 20_000  # of a bound on a count, a few seconds
LOST = Fraction(
    1, 2**64
)  # of eps: closer to a stationary point than this, precision may end a walk

Progress = Callable[[str], None]


# --- the measure -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """N, an enclosure of m_N, and of the gradient norm at the last iterate it is about."""

    N: int
    value: Any
    norm: Any


def measured(
    measure: Measure, problem: Problem, bound_rule: UpdateRule, a: BallArithmetic, lowest: Any
) -> Iterator[Mark]:
    """m_1, m_2, ... (m_0, m_1, ... for the last gap), each a ball that contains it."""
    x = list(evaluate(problem.start, {}, a))
    state = bound_rule.initial(problem, x, a)
    collect = _collector(measure, problem, a, lowest)
    first = 0 if measure is Measure.LAST_GAP else 1
    k = 0
    while True:
        with a.active():
            norm = a.norm(problem.slope(x, a))
            yield Mark(k + first, collect(x, norm), norm)
        x, state = _step(problem, bound_rule, x, state, norm, a)
        k += 1


def _step(
    problem: Problem, bound_rule: UpdateRule, x: list[Any], state: Any, norm: Any, a: BallArithmetic
) -> tuple[list[Any], Any]:
    """One step; where ∇f may vanish on the ball only the length of the step is known."""
    moved, after = bound_rule.step(problem, x, state, a)
    known = all(c.is_finite() for c in moved) or not (norm.is_finite() and norm.contains(0))
    if known or not bound_rule.length.symbols <= {"g"}:
        return moved, after
    with a.active():
        values = {"g": norm.abs_upper().union(a.number(Fraction(0)))}
        longest = evaluate(bound_rule.length, values, a).abs_upper()
        return [c + longest.union(-longest) for c in x], after


def _collector(
    measure: Measure, problem: Problem, a: BallArithmetic, lowest: Any
) -> Callable[[list[Any], Any], Any]:
    """(x_k, ‖∇f(x_k)‖) -> the measure of the iterates so far."""
    seen: list[Any] = []  # what was summed or the best so far, and how many

    def gap(x: list[Any]) -> Any:
        return problem.value(x, a) - lowest

    def best(value: Any) -> Any:
        seen[:] = [a.minimum([*seen, value])]
        return seen[0]

    def average(values: list[Any]) -> list[Any]:
        sums, count = seen or ([0] * len(values), 0)
        seen[:] = [[s + v for s, v in zip(sums, values, strict=True)], count + 1]
        return [s / seen[1] for s in seen[0]]

    return {
        Measure.MIN_GRAD: lambda x, norm: best(norm),
        Measure.AVG_GRAD: lambda x, norm: average([norm])[0],
        Measure.AVG_GRAD_SQ: lambda x, norm: average([norm**2])[0],
        Measure.BEST_GAP: lambda x, norm: best(gap(x)),
        Measure.LAST_GAP: lambda x, norm: gap(x),
        Measure.AVG_ITERATE_GAP: lambda x, norm: gap(average(x)),
    }[measure]


def target(theorem: Theorem, setting: Setting) -> Formula:
    """What a count is about: eps_f, eps, or eps^2 for an average of squares."""
    power = 2 if theorem.measure is Measure.AVG_GRAD_SQ else 1
    return number(setting.epsilon**power)


# --- a verification ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One theorem on one setting with its steps and bound, all constants substituted."""

    theorem: Theorem
    setting: Setting
    problem: Problem
    steps: Mapping[str, Formula]
    bound: Formula
    tell: Progress | None = None
    first: int = 1  # the least N at which a bound in N is compared

    @property
    def plans_ahead(self) -> bool:
        """Whether the step size depends on the number of steps."""
        return any("N" in f.symbols for f in self.steps.values())

    def rule(self, N: int) -> UpdateRule:
        steps = {name: f.subs({"N": N}) for name, f in self.steps.items()}
        return rule(self.theorem.rule).with_parameters(**steps)

    def marks(self, N: int, bits: int) -> Iterator[Mark]:
        """m_1, m_2, ... of the rule that is meant for N steps."""
        a = ball(bits)
        lowest = self.setting.lowest(bits) if self.theorem.measure.is_gap else None
        return measured(self.theorem.measure, self.problem, self.rule(N), a, lowest)


@dataclass(frozen=True)
class Finding:
    """What a run says: status, reason, both sides at the tightest N, and the witness."""

    status: Status
    reason: str
    measured: Any = None
    bound: Any = None
    witness: Mapping[str, Any] | None = None


def verify_along(
    theorem: Theorem,
    setting: Setting,
    parameters: Mapping[str, Fraction] | None = None,
    progress: Progress | None = None,
    horizon: int | None = None,
    first: int = 1,
) -> Row:
    """The verdict of a bound on any measure on one problem (for T_eps: `verify_instance`).

    A bound in N is compared at N = first, first + 1, ..., up to `horizon`; without one until the
    bound is below the target, and up to HORIZON.
    """
    if theorem.kind is not Kind.UPPER or theorem.is_first_hit:
        other = "verify_instance" if theorem.kind is Kind.UPPER else "verify_lower"
        raise FormulaError(f"{theorem.key} states {theorem.claim()}; use {other}")
    steps, failed = step_sizes(theorem, setting, parameters or {})
    problem = knowing_the_lowest(theorem, setting)
    if failed is None and problem is None:
        failed = Verdict(theorem.key, Status.UNDECIDED, LOWEST_UNKNOWN)
    if failed is not None or problem is None:
        assert failed is not None
        return Row(theorem.key, setting.problem.key, failed, values=setting.values)
    bound = setting.substitute(theorem.bound.subs(steps))
    task = Task(theorem, setting, problem, steps, bound, progress, first)
    try:
        found = _count(task) if theorem.bounds_a_count else _values(task, horizon)
    except (TooLong, NoStep) as error:
        found = Finding(Status.UNDECIDED, str(error))
    verdict = _judged(task, found)
    values = {**setting.values, **{k: v.value for k, v in steps.items() if v.value is not None}}
    return Row(
        theorem.key, setting.problem.key, verdict, "<=", found.measured, found.bound, None, values,
        steps, theorem.finding,
    )  # fmt: skip


def _judged(task: Task, found: Finding) -> Verdict:
    """No better known than the hypotheses on f."""
    theorem, setting = task.theorem, task.setting
    claim = f"{theorem.key} on {setting.problem.key} at eps = {setting.epsilon}"
    assumed = weakest(setting.decided[a].status for a in theorem.rests_on)
    status, reason = found.status, found.reason
    if status is Status.PROVED:
        status = assumed
    elif status is Status.REFUTED and assumed is not Status.PROVED:
        status, reason = Status.UNDECIDED, f"{reason}: it or what was declared is wrong"
    witness = dict(found.witness or {})
    if status is Status.REFUTED:
        witness |= {"x0": ", ".join(str(c) for c in setting.problem.start), **setting.values}
    return Verdict(claim, status, reason, witness)


# --- bounds in N -------------------------------------------------------------------------------


def _values(task: Task, horizon: int | None) -> Finding:
    """m_N <= bound(N) at N = 1, 2, ..., or at powers of two where the steps depend on N."""
    last = max(horizon or _horizon(task), task.first)
    planned = [2**j for j in range(last.bit_length()) if task.first <= 2**j < last] + [last]
    tightest = Finding(Status.INAPPLICABLE, "no N: ‖∇f(x_0)‖ is below the phase of the claim")
    for N in planned if task.plans_ahead else [last]:
        found = _sharpened(lambda bits, N=N: _compared(task, N, bits), N)  # type: ignore[misc]
        if found.status not in (Status.PROVED, Status.INAPPLICABLE):
            return found
        tightest = found if tightest.status is Status.INAPPLICABLE else _tighter(tightest, found)
    return tightest


def _horizon(task: Task) -> int:
    """The first power of two at which the bound is below the target, at most HORIZON."""
    N, a = 1, ball(BITS)
    goal = a.number(target(task.theorem, task.setting).value)  # type: ignore[arg-type]
    while HORIZON > N:
        bound = evaluate(task.bound, {"N": Fraction(N)}, a)  # q^N as a rational could fill pages
        if a.at_most(bound, goal) is Status.PROVED:
            break
        N *= 2
    return min(N, HORIZON)


def _sharpened(attempt: Callable[[int], Finding], N: int) -> Finding:
    """The attempt at more and more bits while it is undecided."""
    found = Finding(Status.UNDECIDED, "not tried")
    for bits in (BITS, BITS + N // 2, 2 * (BITS + N), 8 * (BITS + N), 32 * (BITS + N)):
        if bits > MOST_BITS:
            break
        found = attempt(bits)
        if found.status is not Status.UNDECIDED:
            break
    return found


def _compared(task: Task, last: int, bits: int) -> Finding:
    """One trajectory at one precision: the claim at every N <= last (at `last` where planned)."""
    a, phase = ball(bits), _phase(task, bits)
    negligible = a.number(task.setting.epsilon * LOST)
    tightest, seen, close, lost = None, 0, False, False
    for mark in _until_undecided(task.marks(last, bits)):
        if mark is None or last < mark.N:
            lost = mark is None
            break
        inside = phase is None or a.at_most(phase, mark.norm) is Status.PROVED
        if not inside and task.theorem.measure is not Measure.LAST_GAP:
            break
        if task.first <= mark.N and (last == mark.N or not task.plans_ahead):
            found = _at(task, mark, a)
            lost = found.status is Status.UNDECIDED
            if lost:
                break
            if found.status is Status.REFUTED:
                return found
            seen = mark.N
            tightest = _tighter(tightest, found)
        if not inside:
            break
        close = close or bool(mark.norm < negligible)
    if lost and not close:
        return Finding(Status.UNDECIDED, f"undecided after N = {seen} at {bits} bits")
    if tightest is None:
        return Finding(Status.INAPPLICABLE, "no N: ‖∇f(x_0)‖ is below the phase of the claim")
    one = task.plans_ahead or seen == task.first
    walked = f"N = {seen}" if one else f"N = {task.first}, ..., {seen}"
    end = ", where ‖∇f‖ < 2^-64 eps" if lost else ""
    return replace(tightest, reason=f"{walked}{end}; tightest {tightest.reason}")


def _until_undecided(marks: Iterator[Mark]) -> Iterator[Mark | None]:
    """The marks, and None where the next step is undecided at this precision."""
    try:
        yield from marks
    except NoStep:
        raise
    except Undecided:
        yield None


def _tighter(old: Finding | None, new: Finding) -> Finding:
    return new if old is None or _ratio(new) >= _ratio(old) else old


def _at(task: Task, mark: Mark, a: BallArithmetic) -> Finding:
    bound = evaluate(task.bound, {"N": Fraction(mark.N)}, a)
    status = a.at_most(mark.value, bound)
    exact = _rational(task, mark.N) if status is Status.UNDECIDED else None
    if exact is not None:  # a tie with a rational bound
        status = a.at_most(mark.value, a.number(exact))
    if status is Status.UNDECIDED and mark.N == 1:
        status = _tie_of_the_first_norm(task)
    shown = f"{mark.value.str(8, radius=False)} against {bound.str(8, radius=False)}"
    reason = f"at N = {mark.N}: {shown}"
    if status is Status.REFUTED:
        reason = f"{task.theorem.measure.value} exceeds the bound {reason}"
    return Finding(status, reason, mark.value, bound, {"N": mark.N})


def _rational(task: Task, N: int) -> Fraction | None:
    """The bound where it is a rational of a length that can be written."""
    try:
        return task.bound.subs({"N": N}).value
    except FormulaError:
        return None


def _tie_of_the_first_norm(task: Task) -> Status:
    """‖∇f(x_0)‖ <= bound(1) where both squares are rational, decided exactly."""
    squared = (task.bound.subs({"N": 1}) ** 2).value
    if task.theorem.measure not in (Measure.MIN_GRAD, Measure.AVG_GRAD) or squared is None:
        return Status.UNDECIDED
    start = _rational_start(task)
    if start is None:
        return Status.UNDECIDED
    try:
        norm = sum((g**2 for g in task.problem.slope(start, EXACT)), Fraction(0))
    except (NotExact, ZeroDivisionError):
        return Status.UNDECIDED
    return EXACT.at_most(norm, squared)


def _rational_start(task: Task) -> list[Fraction] | None:
    start = [c.value for c in task.problem.start]
    return None if None in start else start  # type: ignore[return-value]


def _phase(task: Task, bits: int) -> Any:
    if task.theorem.phase is None:
        return None
    return evaluate(task.setting.substitute(task.theorem.phase.subs(task.steps)), {}, ball(bits))


def _ratio(found: Finding) -> float:
    if found.measured is None or not float(found.bound):
        return 0.0
    return float(found.measured) / float(found.bound)


# --- bounds on a count -----------------------------------------------------------------------


def _count(task: Task) -> Finding:
    """The last N with m_N > eps, and whether N + 1 <= ceil(bound)."""
    bound = finite(task.bound)
    if bound is None:
        return Finding(Status.UNDECIDED, "the bound has no value at these constants")
    needed = max(1, ceil(upper_end(bound)))
    last = min(needed, MOST_STEPS)
    if task.plans_ahead and last < needed:  # a shorter plan is another method
        reason = f"steps planned for N >= {needed} are more than {MOST_STEPS}, the limit"
        return Finding(Status.UNDECIDED, reason, None, bound)
    return _sharpened(lambda bits: _counted(task, last, needed, bound, bits), last)


def _counted(task: Task, last: int, needed: int, bound: Any, bits: int) -> Finding:
    """T = 1 + the last N <= `last` with m_N > eps, in one run at one precision."""
    a = ball(bits)
    goal = a.number(target(task.theorem, task.setting).value)  # type: ignore[arg-type]
    T, more = None, _walked_after(task.theorem)
    for mark in _until_undecided(task.marks(last, bits)):
        if mark is None:
            return Finding(Status.UNDECIDED, f"a step is undecided at {bits} bits", None, bound)
        if last < mark.N:
            break
        status = a.at_most(mark.value, goal)
        about_start = 0 if task.theorem.measure is Measure.LAST_GAP else 1
        if status is Status.UNDECIDED and about_start >= mark.N:
            status = _tie_at_the_start(task)
        if task.tell is not None and mark.N % 1000 == 0:
            task.tell(f"{task.theorem.key}: step {mark.N:,}")
        if status is Status.UNDECIDED:
            return Finding(status, f"m_{mark.N} <= eps is undecided at {bits} bits", None, bound)
        if status is Status.REFUTED:
            T = None
        elif T is None:
            T = mark.N
        if T is not None and more is not None and T + more <= mark.N:
            break
    return _reached(task, T, last, needed, bound)


def _walked_after(theorem: Theorem) -> int | None:
    """How far to walk on once m_N <= eps: not at all for a minimum; None: up to the bound."""
    if theorem.measure in (Measure.MIN_GRAD, Measure.BEST_GAP):
        return 0
    return STEPS_AFTER if theorem.measure is Measure.LAST_GAP and theorem.descends else None


def _tie_at_the_start(task: Task) -> Status:
    """f(x_0) - f* <= eps_f where both are rational, decided exactly."""
    problem = task.problem
    if not task.theorem.measure.is_gap:
        return Status.UNDECIDED
    start = _rational_start(task)
    if start is None:
        return Status.UNDECIDED
    try:
        lowest = exact_value(task.setting.lowest(BITS))
        value = problem.value(start, EXACT)
    except (NotExact, ValueError, ZeroDivisionError):
        return Status.UNDECIDED
    return EXACT.at_most(value - lowest, task.setting.epsilon)


def _reached(task: Task, T: int | None, last: int, needed: int, bound: Any) -> Finding:
    name, shown = task.theorem.measure.value, bound.str(8, radius=False)
    if T is None and last < needed:
        reason = f"{name} is not there after {last} steps, the limit; the bound is {shown}"
        return Finding(Status.UNDECIDED, reason, None, bound)
    if T is None:
        reason = f"{name} is still above the target at N = {last}, and the bound is {shown}"
        return Finding(Status.REFUTED, reason, last + 1, bound, {"N": last})
    more, reason = _walked_after(task.theorem), f"{name} is at most the target from N = {T} on"
    if task.plans_ahead:  # every N has steps of its own
        reason = f"with steps planned for N = {last}, {name} is at most the target at N = {T}"
    if more == 0:
        return Finding(Status.PROVED, f"{reason}; the bound is {shown}", T, bound)
    walked = f"walked to N = {last if more is None else min(last, T + more)}"
    if more is None and last < needed:
        return Finding(Status.UNDECIDED, f"{reason}, {walked}; the bound is {shown}", T, bound)
    end = f"; then {task.theorem.descends}" if more is not None else ""
    return Finding(Status.PROVED, f"{reason}, {walked}{end}; the bound is {shown}", T, bound)
