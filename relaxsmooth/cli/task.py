"""What `verify` runs: the whole paper, some statements on one function, or one game."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from relaxsmooth.cli.errors import Refused, shorten, unknown_name
from relaxsmooth.cli.options import CONSTANTS

if TYPE_CHECKING:
    from relaxsmooth.arithmetic import Arithmetic
    from relaxsmooth.problem import Problem
    from relaxsmooth.verify import Report


def known_theorem(key: str | None) -> str | None:
    if key is None:
        return None
    from relaxsmooth.equivalence import KEY
    from relaxsmooth.theorems import inequalities, theorems

    known = [*theorems(), *inequalities(), KEY]
    if key not in known:
        raise Refused(unknown_name("theorem", key, known))
    return key


def run(
    tell: Callable[[str], None], problem: Problem | None, theorem: str | None,
    epsilon: Fraction | None, given: Mapping[str, Fraction], parameters: Mapping[str, Fraction],
    Delta: Fraction | None = None,
) -> Report:  # fmt: skip
    """The rows that were asked for; with nothing chosen, the whole paper and its audit."""
    keys = _keys(theorem, parameters)
    if Delta is not None or (theorem is not None and _is_lower(theorem)):
        return _play(tell, theorem, problem, epsilon, given, Delta)
    from relaxsmooth.verify import Report, verify, verify_paper

    if problem is None and theorem is None and epsilon is None and not given and not parameters:
        return verify_paper(progress=tell)
    rows = [
        row for key in keys for row in verify(problem, key, epsilon, given, parameters, tell)
    ]  # fmt: skip
    return Report(rows, [])


def plain_arithmetic(name: str, bits: int | None) -> Arithmetic | None:
    """The arithmetic of plain steps, None for the judge's own choice (balls, and faster ways)."""
    if bits is not None and name != "ball":
        raise Refused(f"--bits {bits} is a precision of balls, not of {name}; leave one out")
    from relaxsmooth.arithmetic import EXACT, FLOAT, ball

    if name == "ball":
        return None if bits is None else ball(bits)
    return EXACT if name == "exact" else FLOAT


def run_plainly(
    tell: Callable[[str], None], arithmetic: Arithmetic, problem: Problem | None,
    theorem: str | None, epsilon: Fraction | None, given: Mapping[str, Fraction],
    parameters: Mapping[str, Fraction],
) -> Report:  # fmt: skip
    """Upper bounds by plain steps in one arithmetic."""
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems

    upper = {k: t for k, t in theorems().items() if t.kind is Kind.UPPER and t.is_first_hit}
    if theorem is not None and theorem not in upper:
        raise Refused(
            f"--theorem {theorem} is no upper bound of T_eps, so plain steps in {arithmetic.name} "
            "do not apply; leave --arithmetic and --bits out"
        )
    fitting = _keys(theorem, parameters)
    keys = list(upper) if fitting == [None] else [k for k in fitting if k in upper]
    if not keys:
        options = ", ".join(f"--{name}" for name in parameters)
        raise Refused(
            f"no upper bound of T_eps has {options}, so plain steps in {arithmetic.name} do not "
            "apply; leave --arithmetic and --bits out"
        )
    from relaxsmooth.plain import verify_plainly
    from relaxsmooth.verify import Report, settings

    rows = []
    for setting in settings(problem, epsilon, given):
        for key in keys:
            tell(f"{key} on {setting.problem.key} in {arithmetic.name}")
            rows.append(verify_plainly(upper[key], setting, arithmetic, parameters))
    return Report(rows, [])


def _is_lower(theorem: str) -> bool:
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems

    return theorem in theorems() and theorems()[theorem].kind is Kind.LOWER


def _play(
    tell: Callable[[str], None], theorem: str | None, problem: Problem | None,
    epsilon: Fraction | None, given: Mapping[str, Fraction], Delta: Fraction | None,
) -> Report:  # fmt: skip
    """A lower bound is a game over constants: the adversary chooses the function."""
    if theorem is None or not _is_lower(theorem):
        raise Refused(
            f"--delta {Delta} belongs to a lower bound, such as --theorem theorem4-line; "
            "leave it out: f(x0) - f* is computed from the function"
        )
    if problem is not None:
        raise Refused(
            f"--theorem {theorem} is a lower bound, so the adversary chooses the function and "
            f"{shorten(problem.key)} is not needed; leave the function out"
        )
    from relaxsmooth.lower import case, verify_lower
    from relaxsmooth.theorems import theorems
    from relaxsmooth.verify import Report, verify

    if not given and epsilon is None and Delta is None:
        return Report(list(verify(theorem=theorem, progress=tell)), [])
    constants = {**given, "epsilon": epsilon}
    missing = [name for name in (*CONSTANTS, "epsilon") if constants.get(name) is None]
    if missing:
        raise Refused(
            f"--theorem {theorem} is a lower bound at constants L0, L1, M, eps, and --{missing[0]} "
            "is missing; give all four, or none"
        )
    if not constants["L1"]:
        raise Refused("--L1 0 leaves nothing to play for: a lower bound is about L1 > 0; give that")
    L0, L1, M, eps = (str(constants[name]) for name in (*CONSTANTS, "epsilon"))
    values = case(L0, L1, M, eps)
    if Delta is not None:
        values["Delta"] = Delta
    return Report([verify_lower(theorems()[theorem], values, tell)], [])


def _keys(theorem: str | None, parameters: Mapping[str, Fraction]) -> Sequence[str | None]:
    """The theorems whose rule has the parameters that were given (None: all)."""
    if not parameters:
        return [theorem]
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems
    from relaxsmooth.updates import rules

    def has_them(rule: str) -> bool:
        return set(parameters) <= set(rules()[rule].parameters)

    # a lower bound speaks of every step size: there is nothing to give it
    fitting = [k for k, t in theorems().items() if has_them(t.rule) and t.kind is Kind.UPPER]
    names = ", ".join(f"--{name}" for name in parameters)
    if theorem is None and not fitting:
        raise Refused(f"{names}: no rule has all of these parameters; see `relaxsmooth list rules`")
    if theorem is not None and theorem not in fitting:
        rule = (
            f"its rule is {theorems()[theorem].rule}" if theorem in theorems() else "it has no rule"
        )
        raise Refused(
            f"--theorem {theorem} has no parameter {names}: {rule}; see `relaxsmooth list rules`"
        )
    return fitting if theorem is None else [theorem]
