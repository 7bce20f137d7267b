"""Several variables, and rules with memory or search: steps in balls, doubling the precision."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting.record import Count, Stretch
from relaxsmooth.counting.walk import Progress
from relaxsmooth.formula import evaluate
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule
from relaxsmooth.verdict import Status


def count_in_space(
    problem: Problem,
    rule: UpdateRule,
    epsilon: Fraction,
    limit: int,
    trace: bool,
    progress: Progress | None,
) -> Count:
    bits = 128
    while True:
        found = _by_balls(problem, rule, epsilon, min(limit, 200_000), bits)
        if found.exact or found.reason.startswith("limit") or bits >= 4096:
            return found
        bits *= 2


def _by_balls(
    problem: Problem, rule: UpdateRule, epsilon: Fraction, limit: int, bits: int
) -> Count:
    arithmetic = ball(bits)
    x: list[Any] = list(evaluate(problem.start, {}, arithmetic))
    state = rule.initial(problem, x, arithmetic)
    target = arithmetic.number(epsilon)
    for k in range(limit + 1):
        with arithmetic.active():
            norm = arithmetic.norm(problem.slope(x, arithmetic))
        arrived = arithmetic.at_most(norm, target)
        how = (Stretch(f"balls of {bits} bits", k),)
        if arrived is Status.PROVED:
            return Count(k, k, how, tuple(x), norm, "arrival certified")
        if arrived is Status.UNDECIDED or not norm.is_finite():
            return Count(k, None, how, tuple(x), norm, "the enclosures are too wide to tell")
        if k < limit:
            x, state = rule.step(problem, x, state, arithmetic)
    return Count(limit + 1, None, how, tuple(x), norm, f"limit reached after {limit} single steps")
