"""Layer 8: one lower bound on one set of constants, as the game it is.

PROVED: at these constants the adversary's answers cover every h > 0 and each forces the claimed
number of steps.  REFUTED: one tuned step arrives earlier on every function of the class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

from relaxsmooth.formula import Formula, FormulaError, number
from relaxsmooth.game import Move, gap_of, lower_bound, tuned_upper_bound
from relaxsmooth.instance import decide, failed_condition, finite
from relaxsmooth.plane import play_in_the_plane
from relaxsmooth.problems.twist import record
from relaxsmooth.rounding import in_digits, round_up
from relaxsmooth.row import Row
from relaxsmooth.symbols import DELTA, EPS, M, psi
from relaxsmooth.theorem import Assumption, Condition, Kind, Theorem
from relaxsmooth.verdict import Status, Verdict, weakest


def case(L0: str, L1: str, M: str, eps: str, gaps: int = 10) -> dict[str, Fraction]:
    """Constants with Delta = gaps * psi(M), rounded up: the rule psi(M) <= Delta holds."""
    values = {"L0": Fraction(L0), "L1": Fraction(L1), "M": Fraction(M), "eps": Fraction(eps)}
    return {**values, "Delta": round_up(gaps * gap_of(values)), "K": record().K}


THE_CLASS = {Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS, Assumption.GRADIENT_BOUND}
PLAYED = {*THE_CLASS, Assumption.ONE_DIMENSIONAL, Assumption.SEVERAL_DIMENSIONS}
LOWER_CASES: tuple[tuple[str, str, str, str], ...] = (
    ("1", "1", "10", "1/100"),
    ("1", "2", "100", "1/100"),
    ("4", "1", "2", "1/10"),
    ("1", "100", "50", "1/1000"),
    ("1", "1000000", "2", "1/1000000"),
)


def check_lower(theorem: Theorem) -> None:
    """FormulaError where the theorem is no lower bound for fixed-step GD: the game is played on the
    whole class, for every h, and about T_eps."""
    plain = theorem.is_first_hit and theorem.phase is None and not theorem.prescription
    played = plain and THE_CLASS <= set(theorem.assumptions) <= PLAYED
    if theorem.kind is not Kind.LOWER or theorem.rule != "gd" or not played:
        raise FormulaError(
            f"{theorem.key} is no lower bound for fixed-step GD but states {theorem.claim()}; use "
            "verify_instance or verify_along"
        )


def verify_lower(
    theorem: Theorem, values: Mapping[str, Fraction], progress: Callable[[str], None] | None = None
) -> Row:
    """The verdict of a lower bound for fixed-step GD at these constants."""
    check_lower(theorem)
    for letter, value in values.items():
        if not isinstance(value, Fraction | int):
            raise FormulaError(f"{letter} = {value!r} is not exact; give a fraction")
    values = {letter: Fraction(value) for letter, value in values.items()}
    name = ", ".join(f"{k} = {values[k]}" for k in ("L0", "L1", "M", "eps"))
    if progress:
        progress(f"{theorem.key} at {name}")
    try:
        claimed = theorem.bound.subs(values)
    except FormulaError as error:  # a power whose exponent cannot be written
        open_ = Verdict(theorem.key, Status.UNDECIDED, f"the bound is not written out: {error}")
        return Row(theorem.key, name, open_, ">=", values=values)
    bound = finite(claimed)
    failed = failed_condition(theorem.conditions, lambda f: f.subs(values), {})
    if failed is not None:
        return Row(theorem.key, name, failed, ">=", bound=bound, values=values)
    planar = Assumption.SEVERAL_DIMENSIONS in theorem.assumptions
    failed = None if planar else _impossible(theorem, values)
    if failed is not None:
        return Row(theorem.key, name, failed, ">=", bound=bound, values=values)
    if decide(claimed, number(0))[0] is Status.PROVED:
        nothing = Verdict(theorem.key, Status.PROVED, "the bound is not positive here")
        return Row(theorem.key, name, nothing, ">=", bound=bound, values=values)
    pending = Verdict(theorem.key, Status.UNDECIDED, "not played yet")
    row = Row(theorem.key, name, pending, ">=", bound=bound, values=values)
    if planar:
        return _in_the_plane(theorem, row, claimed)
    return _decided(theorem, row, claimed)


def _impossible(theorem: Theorem, values: Mapping[str, Fraction]) -> Verdict | None:
    """INAPPLICABLE where no function has these constants (psi(M) <= Delta), whatever is printed."""
    needed = (Condition(EPS, M, strict=True), Condition(psi(M), DELTA))
    failed = failed_condition(needed, lambda f: f.subs(values), {})
    return None if failed is None else replace(failed, claim=theorem.key)


def _decided(theorem: Theorem, row: Row, claimed: Formula) -> Row:
    """PROVED by the adversary's answers to every h, REFUTED by one tuned step, or in between."""
    low = lower_bound(row.values)
    if low.steps is not None and decide(claimed, number(low.steps))[0] is Status.PROVED:
        verdict = Verdict(theorem.key, Status.PROVED, low.reason)
        return replace(row, verdict=verdict, measured=low.steps)
    high = tuned_upper_bound(row.values)
    # in more dimensions the class is larger; a recorded finding says that it is about d = 1
    on_line = Assumption.ONE_DIMENSIONAL in theorem.assumptions or theorem.finding
    if on_line and decide(number(high.steps), claimed, strict=True)[0] is Status.PROVED:
        reason = (
            f"h = {in_digits(high.h, 6)} reaches eps within {in_digits(high.bound)} steps on "
            "every function of the class on the line"
        )
        witness = {"h": high.h, "proven upper bound": high.steps}
        verdict = Verdict(theorem.key, Status.REFUTED, reason, witness)
        return replace(row, verdict=verdict, measured=high.steps, finding=theorem.finding)
    known = "no certified lower bound" if low.steps is None else f"at least {low.steps}"
    reason = f"the best step needs {known} and at most {high.steps} steps ({low.reason})"
    verdict = Verdict(theorem.key, Status.UNDECIDED, reason)
    return replace(row, verdict=verdict, measured=low.steps)


def _falls_short(move: Move, claimed: Formula) -> bool:
    if move.count.infinite:
        return False
    return decide(claimed, number(int(move.count.earliest)))[0] is not Status.PROVED


def _in_the_plane(theorem: Theorem, row: Row, claimed: Formula) -> Row:
    """The game with TWIST; its answers are certified functions."""
    if row.values["K"] != record().K:
        raise FormulaError(
            f"K = {row.values['K']} is not that of the certified function, {record().K}; leave it"
        )
    moves = play_in_the_plane(row.values)
    least = min(m.count.earliest for m in moves)
    if any(_falls_short(m, claimed) for m in moves):
        verdict = Verdict(theorem.key, Status.UNDECIDED, f"one answer needs {least} steps only")
    else:
        twisted = sum(m.hard.key.startswith("twist") for m in moves)
        reason = (
            f"at {len(moves)} step sizes the adversary's function needs at least that; "
            f"{twisted} of them cycle on TWIST, K = {in_digits(row.values['K'], 6)} certified"
        )
        verdict = Verdict(theorem.key, weakest([Status.CONSISTENT, record().status]), reason)
    return Row(row.theorem, row.problem, verdict, ">=", least, row.bound, values=row.values)
