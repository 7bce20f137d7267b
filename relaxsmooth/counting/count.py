"""count(problem, rule, eps): T_eps, certified."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting.record import Count, Stretch
from relaxsmooth.formula import FormulaError, evaluate
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule
from relaxsmooth.verdict import Status

METHODS = ("auto", "balls")
Progress = Callable[[int], None]


def count(
    problem: Problem,
    rule: UpdateRule,
    epsilon: Fraction,
    *,
    limit: int = 10**8,
    method: str = "auto",
    trace: bool = False,
    progress: Progress | None = None,
) -> Count:
    """earliest <= T_eps <= latest for `rule` on `problem` from its start."""
    if epsilon <= 0:
        raise FormulaError(f"epsilon = {epsilon} must be positive; give a positive tolerance")
    bits, best = 128, None
    while bits <= 4096:
        best = _by_balls(problem, rule, Fraction(epsilon), min(limit, 200_000), bits)
        if best.exact or best.latest is None and best.reason.startswith("limit"):
            return best
        bits *= 2
    return best


def _by_balls(
    problem: Problem, rule: UpdateRule, epsilon: Fraction, limit: int, bits: int
) -> Count:
    arithmetic = ball(bits)
    x = list(evaluate(problem.start, {}, arithmetic))
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
            return Count(k, None, how, tuple(x), norm, "enclosures too wide to tell")
        if k < limit:
            x, state = rule.step(problem, x, state, arithmetic)
    return Count(limit + 1, None, how, tuple(x), norm, "limit of steps reached")
