"""Layer 8: one lower bound on one set of constants, as the game it is.

The adversary answers every step size of a sweep.  Where an answer falls short of the
claim, a tuned step with a proven upper bound below the claim refutes it for good.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import Formula, evaluate, formula, number
from relaxsmooth.game import Move, play, tuned_upper_bound
from relaxsmooth.instance import decide, failed_condition
from relaxsmooth.plane import play_in_the_plane
from relaxsmooth.problems.twist import record
from relaxsmooth.rounding import round_up, upper_end
from relaxsmooth.row import Row
from relaxsmooth.symbols import psi
from relaxsmooth.theorem import Assumption, Theorem
from relaxsmooth.verdict import Status, Verdict, weakest


def case(L0: str, L1: str, M: str, eps: str, gaps: int = 10) -> dict[str, Fraction]:
    """Constants with Delta = gaps * psi(M), rounded up: the rule psi(M) <= Delta holds."""
    values = {"L0": Fraction(L0), "L1": Fraction(L1), "M": Fraction(M), "eps": Fraction(eps)}
    gap = upper_end(evaluate(psi(formula(values["M"])), values, ball()))
    return {**values, "Delta": round_up(gaps * gap), "K": record().K}


LOWER_CASES: tuple[tuple[str, str, str, str], ...] = (
    ("1", "1", "10", "1/100"),
    ("1", "2", "100", "1/100"),
    ("4", "1", "2", "1/10"),
    ("1", "100", "50", "1/1000"),
    ("1", "1000000", "2", "1/1000000"),
)


def verify_lower(
    theorem: Theorem, values: Mapping[str, Fraction], progress: Callable[[str], None] | None = None
) -> Row:
    """The verdict of a lower bound for fixed-step GD at these constants."""
    name = ", ".join(f"{k} = {values[k]}" for k in ("L0", "L1", "M", "eps"))
    if progress:
        progress(f"{theorem.key} at {name}")
    claimed = theorem.bound.subs(values)
    bound = evaluate(claimed, {}, ball())
    failed = failed_condition(theorem.conditions, lambda f: f.subs(values), {})
    if failed is not None:
        return Row(theorem.key, name, failed, ">=", bound=bound, values=values)
    pending = Verdict(theorem.key, Status.UNDECIDED, "not played yet")
    row = Row(theorem.key, name, pending, ">=", bound=bound, values=values)
    if Assumption.SEVERAL_DIMENSIONS in theorem.assumptions:
        return _in_the_plane(theorem, row, claimed)
    moves = play(values)
    least = min(m.count.earliest for m in moves)
    short = [m for m in moves if _falls_short(m, claimed)]
    if not short:
        return _held(theorem, row, moves, least)
    return _ended_by_upper_bound(theorem, row, short)


def _falls_short(move: Move, claimed: Formula) -> bool:
    if move.count.infinite:
        return False
    return decide(claimed, number(int(move.count.earliest)))[0] is not Status.PROVED


def _held(theorem: Theorem, row: Row, moves: Sequence[Move], least: float) -> Row:
    reason = (
        f"at {len(moves)} step sizes up to 2 h*(M) the adversary's function needs at least that"
    )
    verdict = Verdict(theorem.key, Status.CONSISTENT, reason)
    return Row(row.theorem, row.problem, verdict, ">=", least, row.bound, values=row.values)


def _ended_by_upper_bound(theorem: Theorem, row: Row, short: Sequence[Move]) -> Row:
    tuned = tuned_upper_bound(row.values)
    status, _ = decide(number(tuned.bound), theorem.bound.subs(row.values), strict=True)
    if status is Status.PROVED:
        reason = (
            f"h = {float(tuned.h):.6g} reaches eps within {float(tuned.bound):.6g} steps on "
            "every function of the class on the line"
        )
        witness = {"h": tuned.h, "proven upper bound": tuned.bound}
        verdict = Verdict(theorem.key, Status.REFUTED, reason, witness)
        return Row(
            row.theorem, row.problem, verdict, ">=", tuned.bound, row.bound, values=row.values,
            finding=theorem.finding,
        )  # fmt: skip
    reason = (
        f"the hard function for h = {float(short[0].h):.6g} needs {short[0].count.earliest} steps"
    )
    verdict = Verdict(theorem.key, Status.UNDECIDED, reason)
    return Row(
        row.theorem,
        row.problem,
        verdict,
        ">=",
        short[0].count.earliest,
        row.bound,
        values=row.values,
    )


def _in_the_plane(theorem: Theorem, row: Row, claimed: Formula) -> Row:
    """The game with TWIST; its answers are certified functions."""
    moves = play_in_the_plane(row.values)
    least = min(m.count.earliest for m in moves)
    if any(_falls_short(m, claimed) for m in moves):
        verdict = Verdict(theorem.key, Status.UNDECIDED, f"one answer needs {least} steps only")
    else:
        twisted = sum(m.hard.key.startswith("twist") for m in moves)
        reason = (
            f"at {len(moves)} step sizes the adversary's function needs at least that; "
            f"{twisted} of them cycle on TWIST, K = {float(row.values['K']):.6g} certified"
        )
        verdict = Verdict(theorem.key, weakest([Status.CONSISTENT, record().status]), reason)
    return Row(row.theorem, row.problem, verdict, ">=", least, row.bound, values=row.values)
