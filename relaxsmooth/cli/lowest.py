"""f* on the command line: declared and then checked where that is possible, or derived."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from relaxsmooth.arithmetic import ball
from relaxsmooth.cli.errors import Refused, shorten
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, number
from relaxsmooth.problem import Problem
from relaxsmooth.verdict import Status

if TYPE_CHECKING:
    from relaxsmooth.smoothness.quantity import Quantity


def declare(problem: Problem, lowest: Fraction) -> Problem:
    """The problem with f* as declared; refused where f(x0) or the derived f* contradicts it."""
    a = ball()
    here = problem.value(evaluate(problem.start, {}, a), a)
    if a.less_than(here, a.number(lowest)) is Status.PROVED:
        raise Refused(
            f"--f-star {lowest} is above f(x0) = {here.str(8, radius=False)}, so it is not the "
            "lowest value; give a lower one"
        )
    found = _derived(problem)
    if found is not None and _differs(found, lowest):
        raise Refused(
            f"--f-star {lowest} is not the lowest value of f, which is {found}; leave --f-star out"
        )
    known = found is not None and found.exact == lowest
    because = "derived" if known else "declared with --f-star"
    return replace(problem, lowest=number(lowest), lowest_because=because)


def derive(problem: Problem, rule: str) -> Problem:
    """The problem with f* derived, for a rule that needs it as a formula."""
    if problem.lowest is not None:
        return problem
    found = _derived(problem)
    if found is not None and not found.finite:
        raise Refused(
            f"rule {rule} needs f* of {shorten(problem.key)}, which is {found}; take another rule"
        )
    value = None if found is None else _as_formula(found)
    if value is None:
        raise Refused(
            f"rule {rule} needs f* of {shorten(problem.key)}, which is not derived here; declare "
            "it with --f-star"
        )
    return replace(problem, lowest=value, lowest_because="derived")


def _derived(problem: Problem) -> Quantity | None:
    """f* where it is decided exactly; None elsewhere."""
    from relaxsmooth.smoothness import NotDecidable
    from relaxsmooth.smoothness.landscape import landscape
    from relaxsmooth.smoothness.quantity import Quantity

    if problem.dimension > 1:
        value = _exact_in_space(problem)
        return None if value is None else Quantity.of(value, "derived")
    try:
        return landscape(problem).lowest
    except NotDecidable:
        return None


def _exact_in_space(problem: Problem) -> Fraction | None:
    """f* in several variables, where it is one rational."""
    from relaxsmooth.smoothness import NotDecidable
    from relaxsmooth.smoothness.box_lowest import lowest_nd

    try:
        found = lowest_nd(replace(problem, lowest=None))
    except NotDecidable:
        return None
    return found.lowest if found.lowest is not None and found.lowest == found.highest else None


def _differs(found: Quantity, lowest: Fraction) -> bool:
    """Whether f* is certainly another number."""
    if not found.finite or found.exact is not None:
        return found.exact != lowest
    a = ball(256)
    return not found.enclosure(256).overlaps(a.number(lowest))


def _as_formula(found: Quantity) -> Formula | None:
    return number(found.exact) if found.exact is not None else found.written
