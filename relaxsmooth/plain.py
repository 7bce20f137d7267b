"""Layer 8: one upper bound against one problem by plain steps in one arithmetic.

No skipping, no compiled enclosures, no doubling of precision: x_0, x_1, x_2, ... as they come.
FLOAT proves nothing (CONSISTENT at best); EXACT and ball(bits) prove, or say why they cannot.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import EXACT, FLOAT, Arithmetic, NotExact, Undecided
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.instance import (
    LOWEST_UNKNOWN,
    check_first_hit,
    knowing_the_lowest,
    step_sizes,
)
from relaxsmooth.problem import Problem
from relaxsmooth.row import Row
from relaxsmooth.setting import Setting
from relaxsmooth.theorem import Theorem
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status, Verdict, weakest

MOST_STEPS = 200_000  # a few seconds of balls
MOST_FLOAT_STEPS = 10**8  # about a second of machine code
MOST_BITS = 20_000  # of an exact coordinate: on x^4 its digits triple each step


@dataclass(frozen=True)
class Arrival:
    """The first k with ‖∇f(x_k)‖ <= eps as this arithmetic sees it; None with the reason."""

    k: int | None
    reason: str


def verify_plainly(
    theorem: Theorem,
    setting: Setting,
    arithmetic: Arithmetic,
    parameters: Mapping[str, Fraction] | None = None,
) -> Row:
    """The verdict of an upper bound as far as plain steps in this arithmetic can tell."""
    check_first_hit(theorem)
    steps, failed = step_sizes(theorem, setting, parameters or {})
    key, problem = theorem.key, setting.problem
    if failed is not None:
        return Row(key, problem.key, failed, values=setting.values)
    bound = setting.substitute(theorem.bound.subs(steps))
    bound_rule = rule(theorem.rule).with_parameters(**steps)
    stepped = knowing_the_lowest(theorem, setting)
    if stepped is None:
        open_ = Verdict(key, Status.UNDECIDED, LOWEST_UNKNOWN)
        return Row(key, problem.key, open_, values=setting.values)
    arrival = first_arrival(stepped, bound_rule, setting.epsilon, arithmetic)
    verdict, value = _compared(theorem, setting, arrival, bound, arithmetic)
    return Row(
        key, problem.key, verdict, "<=", arrival.k, value, None, setting.values, steps,
        theorem.finding,
    )  # fmt: skip


def _compared(
    theorem: Theorem, setting: Setting, arrival: Arrival, bound: Formula, a: Arithmetic
) -> tuple[Verdict, Any]:
    claim = f"{theorem.key} on {setting.problem.key} at eps = {setting.epsilon}"
    try:
        value = evaluate(bound, {}, a)
    except NotExact as error:
        return Verdict(claim, Status.UNDECIDED, f"the bound is not rational: {error}"), None
    if arrival.k is None:
        return Verdict(claim, Status.UNDECIDED, arrival.reason), value
    if a is FLOAT and not (math.isfinite(value) and 0 < a.number(setting.epsilon) < math.inf):
        return Verdict(claim, Status.UNDECIDED, "the bound or eps is beyond doubles"), value
    status = a.at_most(a.number(Fraction(arrival.k)), value)
    reason = f"{a.name} arrives at k = {arrival.k}"
    assumed = weakest(setting.decided[h].status for h in theorem.rests_on)
    if status is Status.PROVED:  # no better known than the hypotheses on f
        status = assumed
    elif status is Status.REFUTED and a is not FLOAT and assumed is not Status.PROVED:
        reason += ", beyond the bound: it or the declared f* is wrong"
        return Verdict(claim, Status.UNDECIDED, reason), value
    if status is Status.REFUTED and a is FLOAT:  # rounding may have moved either side
        reason += ", beyond the bound, which floats cannot refute; repeat in balls"
        return Verdict(claim, Status.UNDECIDED, reason), value
    return Verdict(claim, status, reason, dict(setting.values)), value


def first_arrival(
    problem: Problem, rule: UpdateRule, epsilon: Fraction, arithmetic: Arithmetic
) -> Arrival:
    """Step until the gradient norm is certainly (in floats: seemingly) at most eps."""
    if arithmetic is FLOAT:
        return _in_floats(problem, rule, epsilon)
    try:
        return _step_by_step(problem, rule, epsilon, arithmetic)
    except NotExact as error:
        return Arrival(None, f"an iterate is not rational: {error}; use balls")
    except Undecided as error:
        return Arrival(None, str(error))


def _step_by_step(problem: Problem, rule: UpdateRule, epsilon: Fraction, a: Arithmetic) -> Arrival:
    x = list(evaluate(problem.start, {}, a))
    state = rule.initial(problem, x, a)
    for k in range(MOST_STEPS):
        status = _is_stationary(problem.slope(x, a), epsilon, a)
        if status is Status.PROVED:
            return Arrival(k, "")
        if status is Status.UNDECIDED:
            return Arrival(None, f"‖∇f(x_{k})‖ <= eps is undecided in {a.name}; give more bits")
        if a is EXACT and _bits(x) > MOST_BITS:
            return Arrival(None, f"x_{k} has over {MOST_BITS} bits; use balls")
        x, state = rule.step(problem, x, state, a)
    return Arrival(None, f"not there after {MOST_STEPS} steps; leave --arithmetic out")


def _is_stationary(slope: Sequence[Any], epsilon: Fraction, a: Arithmetic) -> Status:
    with a.active():
        if a is EXACT:  # squares: the norm itself may be irrational
            return a.at_most(sum(s * s for s in slope), epsilon**2)
        return a.at_most(a.norm(slope), a.number(epsilon))


def _bits(x: Sequence[Fraction]) -> int:
    return max(c.denominator.bit_length() for c in x)


def _in_floats(problem: Problem, rule: UpdateRule, epsilon: Fraction) -> Arrival:
    from relaxsmooth.compiled import iterate

    run = iterate(rule.map(problem), problem.gradient_norm, problem.variables)
    start = [float(c) for c in evaluate(problem.start, {}, FLOAT)]
    goal = FLOAT.number(epsilon)
    k, x = run(start, goal, MOST_FLOAT_STEPS)
    if FLOAT.at_most(FLOAT.norm(problem.slope(x, FLOAT)), goal) is Status.CONSISTENT:
        return Arrival(k, "")
    return Arrival(None, f"floats have not arrived at k = {k}")
