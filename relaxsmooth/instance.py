"""Layer 7: one upper bound against one problem: hypotheses, parameters, count, verdict.

    every hypothesis decided -> the theorem's own step sizes, exactly -> T_eps counted
    rigorously -> T_eps <= bound compared in balls, with precision doubled while undecided.

PROVED speaks of this instance (this f, x0, eps); it never proves the theorem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting import Count, count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, TooLong, number
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import exact_value, upper_end
from relaxsmooth.row import Row
from relaxsmooth.setting import Setting
from relaxsmooth.smoothness import NotDecidable
from relaxsmooth.smoothness.landscape import landscape
from relaxsmooth.theorem import Condition, Inequality, Kind, Theorem
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status, Verdict, weakest

BITS = 128
MOST_BITS = 2048
LARGEST_LIMIT = 10**18  # steps: beyond it a count that does not arrive stays UNDECIDED

LOWEST_UNKNOWN = (
    "the step needs f* exactly, and no closed form of it is known (--f-star declares a rational "
    "one in several variables)"
)
NOTHING_GIVEN: Mapping[str, Fraction] = {}

Progress = Callable[[str], None]


def verify_instance(
    theorem: Theorem,
    setting: Setting,
    parameters: Mapping[str, Fraction] | None = None,
    progress: Progress | None = None,
    least_steps: int = 0,
) -> Row:
    """The verdict of an upper bound on one problem at one eps.

    parameters: rule parameters that replace the theorem's prescription, where its bound is
    stated for any value of them; elsewhere another value is INAPPLICABLE.
    least_steps: so far the count goes on beyond the bound.
    """
    check_first_hit(theorem)
    steps, failed = step_sizes(theorem, setting, parameters or {})
    at = {**setting.values, **{k: v.value for k, v in steps.items() if v.value is not None}}
    if failed is not None:
        return Row(theorem.key, setting.problem.key, failed, values=at)
    bound = setting.substitute(theorem.bound.subs(steps))
    known = finite(bound)
    if known is None:
        reason = f"the bound has no value to {MOST_BITS} bits at these constants"
        open_ = Verdict(theorem.key, Status.UNDECIDED, reason)
        return Row(theorem.key, setting.problem.key, open_, values=at)
    problem = knowing_the_lowest(theorem, setting)
    if problem is None:
        open_ = Verdict(theorem.key, Status.UNDECIDED, LOWEST_UNKNOWN)
        return Row(theorem.key, setting.problem.key, open_, values=at)
    limit = min(max(int(upper_end(known)) + 2, 1, least_steps), LARGEST_LIMIT)
    tell = None if progress is None else (lambda k: progress(f"{theorem.key}: step {k:,}"))
    counted = count(
        problem, rule(theorem.rule).with_parameters(**steps), setting.epsilon, limit=limit,
        progress=tell,
    )  # fmt: skip
    verdict, value = compare(theorem, counted, bound, setting)
    measured = counted.latest if counted.latest is not None else counted.earliest
    return Row(
        theorem.key, setting.problem.key, verdict, "<=", measured, value, counted, at, steps,
        theorem.finding,
    )  # fmt: skip


def knowing_the_lowest(theorem: Theorem, setting: Setting) -> Problem | None:
    """The problem with f* as a formula where the rule's step needs it; None where it has none.

    On the line it is derived, as the hypotheses are: a declared one would be believed by the step
    alone.
    """
    problem = setting.problem
    if "gap" not in rule(theorem.rule).size.symbols:
        return problem
    found = None
    if problem.dimension == 1:
        with suppress(NotDecidable):
            found = landscape(problem).lowest
    if found is not None:
        known = found.written if found.finite else None
        return None if known is None else replace(problem, lowest=known)
    if problem.lowest is not None:
        return problem
    try:
        return replace(problem, lowest=number(exact_value(setting.lowest(BITS))))
    except ValueError:
        return None


def check_first_hit(theorem: Theorem) -> None:
    """FormulaError where the theorem is no upper bound on T_eps."""
    if theorem.kind is Kind.UPPER and theorem.is_first_hit:
        return
    other = "verify_lower" if theorem.kind is not Kind.UPPER else "verify_along"
    raise FormulaError(
        f"{theorem.key} is no upper bound on T_eps but states {theorem.claim()}; use {other}"
    )


def finite(bound: Formula) -> Any:
    """A ball of the bound, at as many bits as its differences need; None where none is finite."""
    bits = BITS
    while bits <= MOST_BITS:
        found = evaluate(bound, {}, ball(bits))
        if found.is_finite():
            return found
        bits *= 2
    return None


def step_sizes(
    theorem: Theorem, setting: Setting, parameters: Mapping[str, Fraction]
) -> tuple[dict[str, Formula], Verdict | None]:
    """The rule's parameters, and the verdict that ends the matter where a hypothesis fails."""
    failed = failed_hypothesis(theorem, setting)
    if failed is None:
        failed = undefined(theorem, setting)
    if failed is not None:
        return {}, failed
    used = rule(theorem.rule)
    used.with_parameters(**{n: v for n, v in parameters.items() if n in used.parameters})
    steps = {**_prescribed(theorem, setting, parameters), **_given(parameters)}
    try:
        theorem.bound.subs(steps)
        failed = failed_prescription(theorem, setting, parameters)
        if failed is None:
            failed = failed_condition(theorem.conditions, setting.substitute, steps)
    except TooLong as error:
        failed = Verdict(theorem.key, Status.UNDECIDED, f"a formula of the theorem: {error}")
    return steps, failed


def failed_hypothesis(theorem: Theorem | Inequality, setting: Setting) -> Verdict | None:
    """INAPPLICABLE naming the first assumption on f that fails, UNDECIDED where it is open."""
    for assumption in theorem.rests_on:
        if assumption not in setting.decided:
            raise FormulaError(
                f"{theorem.key} needs '{assumption.value}', which this setting did not decide; "
                "use needs.equipped(setting, theorem)"
            )
        found = setting.decided[assumption]
        if found.status in (Status.PROVED, Status.CONSISTENT):
            continue
        open_ = found.status is Status.UNDECIDED
        status = Status.UNDECIDED if open_ else Status.INAPPLICABLE
        reason = f"{assumption.value}: {found.reason}"
        return Verdict(theorem.key, status, reason, found.witness)
    return None


def undefined(theorem: Theorem, setting: Setting) -> Verdict | None:
    """INAPPLICABLE where a step size or the bound has no value, as 1/L1 at L1 = 0 or h*(0)."""
    try:
        setting.substitute(theorem.bound.subs(_prescribed(theorem, setting)))
    except TooLong as error:
        return Verdict(theorem.key, Status.UNDECIDED, f"a formula of the theorem: {error}")
    except FormulaError as error:
        reason = f"a formula of the theorem has no value here: {error}"
    else:
        return None
    for c in theorem.conditions:  # the hypothesis that rules it out, where one does
        with suppress(FormulaError):
            failed = failed_condition((c,), setting.substitute, {})
            if failed is not None:
                return failed
    return Verdict(theorem.key, Status.INAPPLICABLE, reason)


def failed_prescription(
    theorem: Theorem, setting: Setting, parameters: Mapping[str, Fraction]
) -> Verdict | None:
    """INAPPLICABLE where a given parameter is not the one the theorem is about."""
    prescribed = _prescribed(theorem, setting, parameters)
    for name, value in parameters.items():
        if name == "N":
            reason = f"it is about every N, and N = {value} was given"
            return Verdict(theorem.key, Status.INAPPLICABLE, reason)
        if name in ("L0", "L1"):  # the class was decided at those of the setting
            if value != setting.values[name]:
                reason = f"it is about {name} = {setting.values[name]}, and {value} was given"
                return Verdict(theorem.key, Status.INAPPLICABLE, reason)
            continue
        kept = prescribed.get(name, rule(theorem.rule).parameters.get(name))  # or its default
        free = name in theorem.bound.symbols or (name not in prescribed and name in theorem.letters)
        if free or kept is None:
            continue  # the statement is a formula in it
        if decide(kept, number(value))[0] is not Status.PROVED or (
            decide(number(value), kept)[0] is not Status.PROVED
        ):
            reason = f"it is about {name} = {kept}, and {name} = {value} was given"
            return Verdict(theorem.key, Status.INAPPLICABLE, reason)
    return None


def failed_condition(
    conditions: tuple[Condition, ...],
    substitute: Callable[[Formula], Formula],
    steps: Mapping[str, Formula],
) -> Verdict | None:
    """INAPPLICABLE naming the first relation between parameters that fails."""
    for c in conditions:
        left, right = (substitute(side.subs(steps)) for side in (c.left, c.right))
        status, _ = decide(left, right, c.strict)
        if status is not Status.PROVED:
            answer = Status.UNDECIDED if status is Status.UNDECIDED else Status.INAPPLICABLE
            return Verdict(str(c), answer, f"needs {c}: {left} against {right}")
    return None


def decide(left: Formula, right: Formula, strict: bool = False) -> tuple[Status, Any]:
    """left <= right (or <) for constant formulas: balls of doubled precision, then equality."""
    bits = BITS
    while True:
        a = ball(bits)
        low, high = evaluate([left, right], {}, a)
        status = a.less_than(low, high) if strict else a.at_most(low, high)
        if status is not Status.UNDECIDED or bits >= MOST_BITS:
            return status, high - low
        if (left - right).value == 0:
            return (Status.REFUTED if strict else Status.PROVED), high - low
        bits *= 2


def compare(
    theorem: Theorem, counted: Count, bound: Formula, setting: Setting
) -> tuple[Verdict, Any]:
    """T_eps <= bound for a count known to lie in [earliest, latest]."""
    value = finite(bound)
    assumed = weakest(setting.decided[a].status for a in theorem.rests_on)
    claim = f"{theorem.key} on {setting.problem.key} at eps = {setting.epsilon}"
    if counted.latest is not None and not counted.infinite:
        within = decide(number(int(counted.latest)), bound)[0]
        if within is Status.PROVED:
            reason = f"T_eps {_shown(counted)} is at most {value.str(8, radius=False)}"
            return Verdict(claim, assumed, reason, margin=value - counted.latest), value
    beyond = Status.PROVED
    if not counted.infinite:
        beyond = decide(bound, number(int(counted.earliest)), strict=True)[0]
    if beyond is Status.PROVED and assumed is not Status.PROVED:
        reason = f"T_eps {_shown(counted)} exceeds the bound: it or the declared f* is wrong"
        return Verdict(claim, Status.UNDECIDED, reason), value
    if beyond is Status.PROVED:
        reason = f"T_eps {_shown(counted)} exceeds {value.str(8, radius=False)}"
        witness = {"x0": ", ".join(str(c) for c in setting.problem.start), **setting.values}
        return Verdict(claim, Status.REFUTED, reason, witness), value
    return Verdict(claim, Status.UNDECIDED, f"T_eps {_shown(counted)}, bound {value}"), value


def _shown(counted: Count) -> str:
    if counted.exact:
        return "= infinity" if counted.infinite else f"= {counted.earliest}"
    return f"in [{counted.earliest}, {'?' if counted.latest is None else counted.latest}]"


def _prescribed(
    theorem: Theorem, setting: Setting, parameters: Mapping[str, Fraction] = NOTHING_GIVEN
) -> dict[str, Formula]:
    """A prescribed step may speak of a given parameter: eta = 1/(9 (L0 + gamma L1))."""
    given = _given(parameters)
    return {n: setting.substitute(f).subs(given) for n, f in theorem.prescription.items()}


def _given(parameters: Mapping[str, Fraction]) -> dict[str, Formula]:
    return {name: number(value) for name, value in parameters.items()}
