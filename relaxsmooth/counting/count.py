"""count(problem, rule, eps): T_eps, certified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import flint

from relaxsmooth.arithmetic import ball, opened
from relaxsmooth.counting.existence import exists
from relaxsmooth.counting.line import line
from relaxsmooth.counting.many import count_in_space, is_plain
from relaxsmooth.counting.one import STARVED, Outcome, Runner
from relaxsmooth.counting.record import Count
from relaxsmooth.counting.walk import Progress, Walk
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import ZERO, FormulaError
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule

METHODS = ("auto", "skip", "abel", "compiled", "balls")
ALL = frozenset(("skip", "abel", "compiled", "never"))
BALL_STEPS = 200_000  # of one attempt, a few seconds
LOOP_STEPS = 10**10  # in compiled loops, a minute or two
PRECISIONS = (128, 256, 512, 1024, 2048, 4096)
EXACT_BITS = 50_000  # of a rational iterate, where only exact arithmetic can decide a tie
LONGEST_EXACT = 5_000  # steps


@dataclass(frozen=True)
class Attempt:
    """One way to run: what to try when the one before could not decide."""

    bits: int
    tiers: frozenset[str]
    order: int = 3
    exact_bits: int = 512


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
    """earliest <= T_eps <= latest for `rule` on `problem` from its start, both certified.

    limit: at most so many steps are taken one by one (stretches covered at once are free);
    method: "auto", or one of METHODS to allow only that tier besides single steps in balls;
    progress: called with k now and then.  Never guesses: what is not decided is said so.
    """
    epsilon = Fraction(epsilon)
    _check(epsilon, limit, method)
    if all(part is ZERO for part in problem.gradient):  # s(g) need not have a value at g = 0
        return _stationary(problem)
    if problem.dimension > 1 or not is_plain(rule):
        found = count_in_space(problem, rule, epsilon, limit, trace, progress)
    else:
        found = _on_line(problem, rule, epsilon, limit, method, trace, progress)
    return found if found.exact else _outside(problem, found)


def _outside(problem: Problem, found: Count) -> Count:
    """The same count, saying so where the iterates left the domain of f."""
    for u, strict, certain, value in problem.needed(found.point, ball(PRECISIONS[0])):
        if certain and (value < 0 or (strict and value <= 0)):
            where = f"{u} {'>' if strict else '>='} 0"
            left = f"x_{found.earliest} leaves the domain of f, where {where}"
            return replace(found, reason=left)
    return found


def _stationary(problem: Problem) -> Count:
    arithmetic = ball(PRECISIONS[0])
    point = tuple(evaluate(problem.start, {}, arithmetic))
    start = [c.value for c in problem.start]
    exact = None if None in start else start
    if not exists(problem, point, exact, arithmetic):  # type: ignore[arg-type]
        return Count(0, None, (), point, flint.arb(0), "f may have no value, or jump, at x_0")
    return Count(0, 0, (), point, flint.arb(0), "∇f = 0 on every piece of f")


def _check(epsilon: Fraction, limit: int, method: str) -> None:
    if epsilon <= 0:
        raise FormulaError(f"epsilon = {epsilon} must be positive; give a tolerance such as 1/100")
    if limit < 0:
        raise FormulaError(f"limit = {limit} must be at least 0; give a number of steps")
    if method not in METHODS:
        raise FormulaError(f"method {method!r} is not one of {', '.join(METHODS)}; choose one")


def _attempts(method: str) -> Iterator[Attempt]:
    """Other tiers first, then more bits; exact rationals decide ties that no ball can."""
    if method != "auto":
        tiers = frozenset() if method == "balls" else frozenset((method,))
        for bits in PRECISIONS[:3]:
            yield Attempt(bits, tiers, order=3 if bits < 512 else 5)
        return
    yield Attempt(128, ALL)
    yield Attempt(256, ALL - {"compiled"}, order=5)
    yield Attempt(256, ALL - {"abel"})
    yield Attempt(128, frozenset(("skip", "never")), exact_bits=EXACT_BITS)
    for bits in PRECISIONS[1:]:
        tiers = ALL - {"compiled"} if bits > 256 else frozenset(("skip", "never"))
        yield Attempt(bits, tiers, order=5)


def _on_line(
    problem: Problem,
    rule: UpdateRule,
    epsilon: Fraction,
    limit: int,
    method: str,
    trace: bool,
    progress: Progress | None,
) -> Count:
    formulas = line(problem, rule, epsilon)
    best: Count | None = None
    for attempt in _attempts(method):
        if best is not None and _hopeless(attempt, best):
            continue
        if best is not None and best.reason == STARVED and "abel" not in attempt.tiers:
            continue  # a number of steps beyond 2^80 is not walked
        arithmetic = opened(ball(attempt.bits))
        start = problem.start[0]
        walk = Walk(
            arithmetic,
            evaluate(start, {}, arithmetic),
            start.value,
            trace=[] if trace else None,
            progress=progress,
        )
        runner = Runner(
            problem,
            formulas,
            walk,
            start,
            attempt.tiers,
            min(limit, LOOP_STEPS),
            BALL_STEPS,
            attempt.order,
            attempt.exact_bits,
        )
        outcome = runner.run()
        best = _better(best, _as_count(outcome, runner))
        if best.exact or outcome.reason.startswith("limit"):
            break
    assert best is not None
    return best


def _hopeless(attempt: Attempt, best: Count) -> bool:
    """Whether single steps alone cannot reach the place where it was undecided."""
    alone = not attempt.tiers & {"abel", "compiled"}
    longest = LONGEST_EXACT if attempt.exact_bits == EXACT_BITS else BALL_STEPS
    if attempt.bits > 512:
        longest //= 10
    single = sum(s.steps for s in best.how if not s.how.startswith("skipped"))
    return alone and single > longest


def _as_count(outcome: Outcome, runner: Runner) -> Count:
    walk = runner.walk
    return Count(
        outcome.earliest,
        outcome.latest,
        tuple(walk.how),
        (walk.x,),
        runner.norm,
        outcome.reason,
        tuple(walk.trace or ()),
    )


def _better(old: Count | None, new: Count) -> Count:
    """Both are proved, so the intersection is; shown is the run that knows more."""
    if old is None or new.exact:
        return new
    earliest = max(old.earliest, new.earliest)
    known = [c.latest for c in (old, new) if c.latest is not None]
    shown = new if new.latest is not None or old.latest is None else old
    return Count(
        earliest,
        min(known) if known else None,
        shown.how,
        shown.point,
        shown.norm,
        shown.reason,
        shown.trace,
    )
