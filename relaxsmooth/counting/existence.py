"""Whether f has a value at an iterate and does not jump there: its gradient's formula need not say.

piecewise(x <= 0, x, x + 5) has the slope 1, and no derivative at 0; sqrt(u) may cancel in f'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

import flint

from relaxsmooth.arithmetic import EXACT, OPEN_EXACT, BallArithmetic, NotExact, OpenBalls, Undecided
from relaxsmooth.counting.line import conditions, undecided_condition
from relaxsmooth.domain import restrictions
from relaxsmooth.formula import Formula, FormulaError, evaluate, topological
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness import NotDecidable
from relaxsmooth.smoothness.exponential import is_zero
from relaxsmooth.smoothness.pieces import pieces


class _WholeRoots(OpenBalls):
    """Balls in which a root of what may be negative has no value (elsewhere it is cut to >= 0)."""

    def apply(self, function: str, value: flint.arb) -> flint.arb:
        if function == "sqrt" and not value >= 0:
            return flint.arb("nan")
        return super().apply(function, value)

    def _root_power(self, base: flint.arb, exponent: Fraction) -> flint.arb:
        return super()._root_power(base, exponent) if base >= 0 else flint.arb("nan")


def exists(
    problem: Problem,
    box: Sequence[flint.arb],
    exact: Sequence[Fraction] | None,
    arithmetic: BallArithmetic,
) -> bool:
    """Certain: f has a value on the whole box (at `exact` where given), and no case of f jumps."""
    f = problem.objective
    x = [arithmetic.number(c) for c in exact] if exact is not None else box
    if restrictions(f) and not _has_value(problem, x, exact, arithmetic):
        return False
    if not conditions(f):
        return True
    at, balls = problem.at(x), OpenBalls(arithmetic.bits)
    cases = [node for node in topological((f,)) if node.op == "piecewise"]
    # a case whose conditions are decided strictly is one smooth branch around the box
    open_cases = [node for node in cases if undecided_condition(node, at, balls)]
    return all(map(never_jumps, open_cases)) or (
        exact is not None and _agree(problem, open_cases, exact, balls)
    )


def _has_value(
    problem: Problem,
    x: Sequence[flint.arb],
    exact: Sequence[Fraction] | None,
    arithmetic: BallArithmetic,
) -> bool:
    if evaluate(problem.objective, problem.at(x), _WholeRoots(arithmetic.bits)).is_finite():
        return True
    if exact is None:
        return False
    try:  # on the edge of a domain, where a ball says nothing
        return not problem.is_outside(exact, EXACT)
    except (NotExact, Undecided, ZeroDivisionError):
        return False


def _agree(
    problem: Problem, open_cases: Sequence[Formula], x: Sequence[Fraction], balls: OpenBalls
) -> bool:
    """The cases that meet at a rational point have one value there, exactly."""
    at = problem.at(x)
    try:
        evaluate(problem.objective, at, OPEN_EXACT)
        return True
    except (NotExact, ZeroDivisionError):
        pass
    try:
        for node in open_cases:
            first, *others = (value.subs(at) for value in _meeting(node, at, balls))
            if not all(is_zero(first - other) for other in others):
                return False
    except (FormulaError, NotExact, ZeroDivisionError):
        return False
    return True


def _meeting(node: Formula, at: dict[str, Fraction], balls: OpenBalls) -> Iterator[Formula]:
    """The values of the cases whose conditions may hold on either side of the point."""
    for i, relation in enumerate(node.data):
        low, high, value = node.args[3 * i : 3 * i + 3]
        a, b = evaluate((low, high), at, balls)
        may_hold, may_fail = balls.possibilities(a, b, relation == "<")
        if may_hold:
            yield value
        if not may_fail:
            return
    yield node.args[-1]


@lru_cache(maxsize=256)
def never_jumps(case: Formula) -> bool:
    """A piecewise of one variable is continuous, decided exactly; False where it is not decided."""
    try:
        return len(case.symbols) == 1 and not any(kink.what == "f" for kink in pieces(case).kinks)
    except (NotDecidable, FormulaError):
        return False
