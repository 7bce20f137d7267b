"""Statements about the class itself, attacked by searching small functions.

closed-under-sums   f, g in the class for some constants, then so is f + g     (quartic forms)
sums-on-the-line    the same in one variable                      (powers, exponentials and waves)
sums-double-L0      f, g (L0, L1)-smooth, then f + g is (2 L0, L1)-smooth      (drawn members)
deep-linear         (w1 ... wn - y)^2 is in the class for some constants
A hit has PROVED members and a REFUTED sum: for every (L0, L1) by a curve or a sequence, or at one
exact point.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count as integers

from relaxsmooth.arithmetic import ball
from relaxsmooth.attack.lines import pairs_of_functions
from relaxsmooth.constants import certified_L0, decide_membership
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, absolute
from relaxsmooth.members import member
from relaxsmooth.problem import Problem, problem
from relaxsmooth.smoothness import NotDecidable, membership
from relaxsmooth.smoothness.line_cover import fitting_slope
from relaxsmooth.smoothness.several_variables import membership_nd, no_class
from relaxsmooth.text import to_text
from relaxsmooth.verdict import Status, Verdict

ONE = Fraction(1)
LEVELS = tuple(Fraction(2) ** k for k in range(9))  # L0 of a drawn function on the line
POINTS = tuple(Fraction(k, 4) for k in range(-12, 13))  # where a drawn sum is looked at
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """Members whose membership the statement assumes, and the function it then speaks of."""

    members: tuple[Problem, ...]
    result: Problem
    constants: Mapping[str, Fraction]


@dataclass(frozen=True)
class ClassClaim:
    """statement; trials: what a seed tries, in order; refute: REFUTED where the result fails."""

    key: str
    statement: str
    trials: Callable[[random.Random], Iterator[Trial]]
    refute: Callable[[Trial], Verdict]
    assume: Callable[[Trial, Problem], Verdict]


@dataclass(frozen=True)
class ClassOutcome:
    """verdict; trial: the counterexample; members, result: what was decided about its parts."""

    claim: ClassClaim
    verdict: Verdict
    tried: int
    trial: Trial | None = None
    members: tuple[Verdict, ...] = ()
    result: Verdict | None = None


def attack_class(
    claim: ClassClaim, seed: int = 0, trials: int = 2000, tell: Tell = lambda text: None
) -> ClassOutcome:
    """The first trial whose members are PROVED and whose result is REFUTED."""
    for tried, trial in zip(range(1, trials + 1), claim.trials(random.Random(seed)), strict=False):
        tell(f"{claim.key}: {tried} functions")
        result = _quietly(lambda trial=trial: claim.refute(trial))  # type: ignore[misc]
        if result is None or result.status is not Status.REFUTED:
            continue
        members = []
        for f in trial.members:
            found = _quietly(lambda trial=trial, f=f: claim.assume(trial, f))  # type: ignore[misc]
            if found is None or found.status is not Status.PROVED:
                break
            members.append(found)
        else:
            verdict = Verdict(claim.key, Status.REFUTED, result.reason, result.witness)
            return ClassOutcome(claim, verdict, tried, trial, tuple(members), result)
    verdict = Verdict(claim.key, Status.CONSISTENT, f"{trials} trials refute nothing")
    return ClassOutcome(claim, verdict, trials)


def _quietly(decide: Callable[[], Verdict]) -> Verdict | None:
    try:
        return decide()
    except (NotDecidable, FormulaError):
        return None


# --- the trials --------------------------------------------------------------------------------


def _sum(f: Problem, g: Problem) -> Problem:
    return Problem("f + g", f.objective + g.objective, f.variables, f.start)


def _forms(draw: random.Random) -> Iterator[Trial]:
    """Pairs of quartic forms a x^4 + b x^2 y^2 + c y^4, coefficients growing slowly."""
    for trial in integers():
        size = 1 + trial // 50
        f, g = (_form([draw.randint(-size, size) for _ in range(3)]) for _ in range(2))
        if f is not None and g is not None:
            yield Trial((f, g), _sum(f, g), {})


def _form(coefficients: list[int]) -> Problem | None:
    if 0 in (coefficients[0], coefficients[2]):  # not even a form in two variables, or degenerate
        return None
    terms = zip(coefficients, ("x^4", "x^2*y^2", "y^4"), strict=True)
    return problem(" + ".join(f"({c})*{term}" for c, term in terms))


def _some_constants(trial: Trial, f: Problem) -> Verdict:
    return membership_nd(f, certified_L0(f, ONE), ONE)


def _line_pairs(draw: random.Random) -> Iterator[Trial]:
    """Pairs of functions on the line."""
    for f, g in pairs_of_functions(draw):
        yield Trial((f, g), _sum(f, g), {})


def _line_constants(trial: Trial, f: Problem) -> Verdict:
    """PROVED with an L1 that fits the growth of f, and the first L0 = 1, 2, 4, ... that will do."""
    L1 = fitting_slope(f)
    if L1 is None:
        raise NotDecidable(f"no L1 is seen to fit the growth of {f.key}")
    for L0 in LEVELS:
        verdict = decide_membership(f, L0, L1)
        if verdict.status is Status.PROVED:
            break
    return replace(verdict, witness={**verdict.witness, "L0": L0, "L1": L1})


def _drawn_pairs(draw: random.Random) -> Iterator[Trial]:
    """Two valleys with a shift between them: where one rises the other falls."""
    for trial in integers():
        shift = Fraction(draw.randint(0, 4 * (1 + trial // 20)), 4)
        L1 = Fraction(draw.choice((1, 2, 0)))
        f = member(ONE, L1, [-shift], [0], tails=(1, 1), start=0)
        g = member(ONE, L1, [shift], [0], tails=(1, 1), start=0)
        yield Trial((f, g), _sum(f, g), {"L0": ONE, "L1": L1})


def _double_L0(trial: Trial) -> Verdict:
    """|f''| > 2 L0 + L1 |f'| at a rational point, in balls; UNDECIDED where no point shows it."""
    f, a = trial.result, ball()
    L0, L1 = 2 * trial.constants["L0"], trial.constants["L1"]
    claim = f"f + g is ({L0}, {L1})-smooth"
    excess = absolute(f.hessian[0][0]) - L1 * absolute(f.gradient[0]) - L0
    for x in POINTS:
        value = evaluate(excess, {"x": x}, a)
        if value > 0:
            reason = f"at x = {x}: |f''| - {L1}|f'| - {L0} = {value.str(8, radius=False)}"
            return Verdict(claim, Status.REFUTED, reason, {"x": x})
    return Verdict(claim, Status.UNDECIDED, f"no violation at {len(POINTS)} points")


def _as_drawn(trial: Trial, f: Problem) -> Verdict:
    return membership(f, trial.constants["L0"], trial.constants["L1"])


def _nets(draw: random.Random) -> Iterator[Trial]:
    """(w1 ... wn - y)^2, depth 1 first, targets drawn."""
    for depth in integers(1):
        weights = "*".join(f"w{i + 1}" for i in range(depth))
        for _ in range(3):
            target = Fraction(draw.randint(0, 4), draw.choice((1, 2)))
            yield Trial((), problem(f"({weights} - {target})^2"), {})


def _no_class(trial: Trial) -> Verdict:
    return no_class(trial.result)


CLAIMS = {
    claim.key: claim
    for claim in (
        ClassClaim(
            "closed-under-sums",
            "if f and g are (L0, L1)-smooth for some constants, so is f + g",
            _forms, _no_class, _some_constants,
        ),
        ClassClaim(
            "sums-on-the-line",
            "if f and g on the line are (L0, L1)-smooth for some constants, so is f + g",
            _line_pairs, _no_class, _line_constants,
        ),
        ClassClaim(
            "sums-double-L0",
            "if f and g are (L0, L1)-smooth, f + g is (2 L0, L1)-smooth (true at L1 = 0)",
            _drawn_pairs, _double_L0, _as_drawn,
        ),
        ClassClaim(
            "deep-linear",
            "the loss (w1 ... wn - y)^2 of a deep linear net is (L0, L1)-smooth for some constants",
            _nets, _no_class, _some_constants,
        ),
    )
}  # fmt: skip


def lines(found: ClassOutcome) -> list[str]:
    """What was found, for people, with the commands that decide it again."""
    shown = [f"statement    {found.claim.statement}", f"tried        {found.tried} functions"]
    trial = found.trial
    if trial is None or found.result is None:
        return shown
    shown += ["", "counterexample"]
    for name, f, verdict in zip("fg", trial.members, found.members, strict=False):
        shown.append(f"  {name:<10} {to_text(f.objective)}")
        shown.append(f"  {'':<10} {verdict.status.name}: {verdict.claim.split(' is ', 1)[-1]}")
    shown.append(f"  {'f + g' if trial.members else 'f':<10} {to_text(trial.result.objective)}")
    shown.append(f"  {'':<10} {found.result.status.name}: {found.result.reason}")
    shown += ["", "check it with"]
    decided = (*found.members, found.result)
    for f, verdict in zip((*trial.members, trial.result), decided, strict=True):
        pair = _constants(trial, f, verdict)
        shown.append(f'  relaxsmooth certify {pair}-- "{to_text(f.objective)}"')
    return shown


def _constants(trial: Trial, f: Problem, verdict: Verdict) -> str:
    """The pair that was decided: assumed by the statement, or found for this function."""
    if trial.constants:
        L0 = trial.constants["L0"] * (2 if f is trial.result else 1)
        return f"--L0 {L0} --L1 {trial.constants['L1']} "
    found = verdict.witness
    return f"--L0 {found['L0']} --L1 {found['L1']} " if "L0" in found else ""
