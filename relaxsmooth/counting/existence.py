"""Whether f has a value at an iterate and does not jump there: its gradient's formula need not say.

piecewise(x <= 0, x, x + 5) has the slope 1, and no derivative at 0; sqrt(u) may cancel in f'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import flint

from relaxsmooth.arithmetic import (
    EXACT,
    OPEN_EXACT,
    BallArithmetic,
    NotExact,
    OpenBalls,
    Undecided,
    ball,
    opened,
)
from relaxsmooth.counting.line import conditions, undecided_condition
from relaxsmooth.domain import restrictions
from relaxsmooth.evaluation import evaluate
from relaxsmooth.expand import difference
from relaxsmooth.formula import Formula, FormulaError, topological
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness import NotDecidable
from relaxsmooth.smoothness.exponential import is_zero
from relaxsmooth.smoothness.pieces import pieces

CUT_BITS = 1024


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
    open_cases = _that_may_jump(f, problem.at(x), opened(arithmetic))
    return not open_cases or (
        exact is not None and _agree(problem, open_cases, exact, opened(arithmetic))
    )


def cases_meet(f: Formula, at: Mapping[str, flint.arb], arithmetic: BallArithmetic) -> bool:
    """Certain: no case of f jumps on the box."""
    return not _that_may_jump(f, at, opened(arithmetic))


def _that_may_jump(f: Formula, at: Mapping[str, flint.arb], balls: OpenBalls) -> list[Formula]:
    """The piecewise nodes with an open condition that are not known to be continuous; one whose
    conditions are decided strictly on the box is a single branch around it."""
    cases = (node for node in topological((f,)) if node.op == "piecewise")
    return [n for n in cases if undecided_condition(n, at, balls) and not never_jumps(n)]


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
    if len(case.symbols) != 1:
        return False
    try:
        return not any(kink.what == "f" for kink in pieces(case).kinks)
    except (NotDecidable, FormulaError):
        return _meets_at_its_cuts(case)


def _meets_at_its_cuts(case: Formula) -> bool:
    """x <= c_1, x <= c_2, ... with c_1 < c_2 < ..., of constants such as log(2) - 1, and values
    that are equal at them by algebra."""
    (name,) = case.symbols
    values, cuts = [*case.args[2::3], case.args[-1]], case.args[1::3]
    if any(x.op != "symbol" for x in case.args[:-1:3]) or any(c.symbols for c in cuts):
        return False
    if not all(evaluate(b - a, {}, ball(CUT_BITS)) > 0 for a, b in pairwise(cuts)):
        return False
    at_cuts = zip(cuts, pairwise(values), strict=True)
    try:
        return all(
            difference(*(v.subs({name: c}) for v in around)).value == 0 for c, around in at_cuts
        )
    except (FormulaError, ArithmeticError):
        return False
