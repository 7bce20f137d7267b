"""Layer 8: the audit of the 2020 paper, found by computing and not by reciting.

Each finding runs the tool on the paper's own objects (as recalled: the statements
carry their provenance) and reports what came out, with exact witnesses and the repair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import formula, number
from relaxsmooth.game import TunedBound, tuned_upper_bound
from relaxsmooth.instance import decide
from relaxsmooth.problems.hard import paper1, paper2
from relaxsmooth.rounding import round_up, upper_end
from relaxsmooth.smoothness import membership, minimal_L0
from relaxsmooth.source import Known
from relaxsmooth.symbols import psi
from relaxsmooth.theorems import theorems
from relaxsmooth.theorems.zhang2020 import REMARK5_FIXED
from relaxsmooth.verdict import Status, Verdict

PRINTED = "zhang2020-theorem4"
# (L0, L1, M, eps) tried for item 4, mildest first; Delta = 10 psi(M)
GRID = tuple((Fraction(1), Fraction(10) ** k, Fraction(2), Fraction(1, 10**6)) for k in range(1, 7))


@dataclass(frozen=True)
class Finding:
    """What is wrong in a printed statement: the verdict with its witness, and the repair.

    recorded: whether this finding is part of the record, so that finding it again is no news.
    """

    key: str
    statement: str
    verdict: Verdict
    repair: str
    known: Known = Known.RECALLED
    recorded: bool = True


def audit(progress: Callable[[str], None] | None = None) -> list[Finding]:
    """Every finding on the paper's lower bound and its remark."""
    found = []
    for step in (first_hard_function, second_hard_function, fixed_gap, printed_constant, remark5):
        if progress:
            progress(step.__name__.replace("_", " "))
        found.append(step())
    return found


def first_hard_function() -> Finding:
    """The exponential hard function has minimal L0 = L1, so it needs L0 >= L1."""
    slopes = [Fraction(1), Fraction(2), Fraction(7, 2), Fraction(100)]
    minimal = {L1: minimal_L0(paper1(L1).objective, L1).value for L1 in slopes}
    if any(value != L1 for L1, value in minimal.items()):
        return _nothing("theorem4-first-function", "minimal L0 of the first hard function", minimal)
    L1 = Fraction(2)
    inside = membership(paper1(L1), L1, L1)
    outside = membership(paper1(L1), Fraction(1), L1)
    reason = (
        f"minimal L0 = L1 at L1 = {', '.join(map(str, slopes))}; with (L0, L1) = (1, 2), which the "
        f"theorem allows, |f''| exceeds L0 + L1|f'| at the witness; (2, 2) is {inside.status.name}"
    )
    return Finding(
        "theorem4-first-function",
        "Theorem 4, first hard function: in the class for every L0 >= 1, L1 >= 1",
        Verdict("first hard function in the class", outside.status, reason, outside.witness),
        "take (L0/L1^2)(e^{L1|x|} - L1|x| - 1): log M + 1 becomes log(1 + L1 M/L0)",
    )


def second_hard_function() -> Finding:
    """The quartic hard function has minimal L0 = 3 eps for every L1, so it needs eps <= L0/3."""
    targets = [Fraction(1, 100), Fraction(1, 3), Fraction(2)]
    slopes = [Fraction(1), Fraction(50)]
    minimal = {(e, L1): minimal_L0(paper2(e).objective, L1).value for e in targets for L1 in slopes}
    if any(value != 3 * eps for (eps, _), value in minimal.items()):
        return _nothing("theorem4-second-function", "minimal L0 of the second function", minimal)
    L0, L1 = Fraction(1), Fraction(1)
    at_limit = membership(paper2(L0 / 3), L0, L1)
    beyond = membership(paper2(L0 / 3 + Fraction(1, 10**9)), L0, L1)
    reason = (
        f"minimal L0 = 3 eps at eps = {', '.join(map(str, targets))} and L1 = 1, 50; "
        f"eps = L0/3 is {at_limit.status.name}, eps = L0/3 + 1e-9 is {beyond.status.name}"
    )
    return Finding(
        "theorem4-second-function",
        "Theorem 4, second hard function: in the class for every eps",
        Verdict("second hard function in the class", beyond.status, reason, beyond.witness),
        "state eps <= L0/3, or use a ramp of width 3 s eps/(2 L0): it also gains a factor 4",
    )


def fixed_gap() -> Finding:
    """With Delta fixed, psi(M) <= Delta bounds M: the printed bound with M -> infinity is false."""
    start = {name: Fraction(1) for name in ("L0", "L1", "Delta")} | {"eps": Fraction(1, 100)}
    upper, lower = theorems()["gd-no-M"].bound, theorems()[PRINTED].bound
    for k in range(1, 200):
        values = {**start, "M": Fraction(2) ** k}
        if decide(upper.subs(values), lower.subs(values), strict=True)[0] is Status.PROVED:
            break
    else:
        return _nothing("theorem4-fixed-gap", "Theorem 4 with M free of Delta", start)
    gap_needed = evaluate(psi(formula(values["M"])), values, ball())
    proven, claimed = (evaluate(f, values, ball()) for f in (upper, lower))
    reason = (
        f"a gradient norm M needs a gap psi(M) = {gap_needed.str(6, radius=False)} > Delta = 1, so "
        f"no function has this M; GD with h = 1/(L0 + L1 psi^-1(Delta)) needs at most "
        f"{proven.str(8, radius=False)} steps and {claimed.str(8, radius=False)} are claimed"
    )
    return Finding(
        "theorem4-fixed-gap",
        "Theorem 4 as printed: complexity grows like M/log M for every M > 1, at fixed Delta",
        Verdict("Theorem 4 with M free of Delta", Status.REFUTED, reason, values),
        "add psi(M) <= Delta; in Delta alone the best step needs (L0 Delta + L1^2 Delta^2)/eps^2",
    )


def printed_constant() -> Finding:
    """In d = 1 a tuned step certifiably beats the printed lower bound, Delta = 10 psi(M)."""
    lower = theorems()[PRINTED].bound
    beaten = []
    for values in _with_large_gap(GRID):
        tuned = tuned_upper_bound(values)
        status, _ = decide(number(tuned.steps), lower.subs(values), strict=True)
        if status is Status.PROVED:
            beaten.append((values, tuned))
    if not beaten:
        return _nothing("theorem4-as-printed", "Theorem 4 as printed, d = 1", {"grid": len(GRID)})
    return _beaten(*beaten[-1], mildest=beaten[0][0])


def _beaten(
    values: Mapping[str, Fraction], tuned: TunedBound, mildest: Mapping[str, Fraction]
) -> Finding:
    claimed = evaluate(theorems()[PRINTED].bound, values, ball())
    ratio = tuned.steps / claimed
    reason = (
        f"d = 1, Delta = 10 psi(M): GD with h = {float(tuned.h):.6g} reaches eps in at most "
        f"{float(tuned.steps):.6g} steps on every function of the class, and "
        f"{claimed.str(6, radius=False)} are claimed "
        f"(ratio {ratio.str(3, radius=False)}); with L1 = 10, ..., 10^6 it fails from "
        f"L1 = {mildest['L1']} on"
    )
    witness = {**values, "h": tuned.h, "proven upper bound": tuned.steps, "claimed": claimed}
    return Finding(
        "theorem4-as-printed",
        "Theorem 4 as printed, d = 1, even with Delta large",
        Verdict("Theorem 4 as printed", Status.REFUTED, reason, witness),
        "as eps -> 0 it exceeds the repaired bound iff L1 M/L0 > (e M)^4 - 1; in d = 1 true with "
        "L1 M (Delta - 15 eps^2/(16 L0))/(2 eps^2 log(1 + L1 M/L0)); in d >= 2 theorem4-plane "
        "implies the printed one, up to lower order, where Delta >= 6 M/L1",
    )


def _with_large_gap(grid: Any) -> Iterator[dict[str, Fraction]]:
    for L0, L1, M, eps in grid:
        values = {"L0": L0, "L1": L1, "M": M, "eps": eps}
        gap = evaluate(psi(formula(M)), values, ball())
        yield {**values, "Delta": round_up(10 * upper_end(gap))}


def remark5() -> Finding:
    """L1 M/log M is not defined at M = 1 and exceeds every bound near it."""
    values = {"L0": Fraction(1), "L1": Fraction(1), "Delta": Fraction(1), "eps": Fraction(1, 100)}
    upper = theorems()["gd"].bound
    near = {**values, "M": Fraction(1001, 1000)}
    status, _ = decide(upper.subs(near), REMARK5_FIXED.subs(near), strict=True)
    proven, claimed = (evaluate(f, near, ball()) for f in (upper, REMARK5_FIXED))
    reason = (
        f"at M = 1001/1000 it says {claimed.str(6, radius=False)} steps where "
        f"h = 1/(L0 + L1 M) needs at most {proven.str(6, radius=False)}; at M = 1 it divides by 0"
    )
    answer = Status.REFUTED if status is Status.PROVED else Status.UNDECIDED
    return Finding(
        "remark5-small-M",
        "Remark 5: fixed-step GD needs about (L1 M/log M + L0) Delta/eps^2 steps",
        Verdict("Remark 5 for M near 1", answer, reason, near),
        "read log(1 + L1 M/L0), with psi(M) <= Delta: the gain is at most 4 (1 + L1^2 Delta/L0)",
        Known.PAPER,
    )


def _nothing(key: str, claim: str, seen: Any) -> Finding:
    """The audit did not reproduce a recorded finding: that is news, and it fails `verify`."""
    verdict = Verdict(claim, Status.CONSISTENT, f"the recorded finding was not reproduced: {seen}")
    return Finding(key, claim, verdict, "", recorded=False)
