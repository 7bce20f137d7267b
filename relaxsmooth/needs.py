"""Layer 7: a setting with everything one theorem asks for: convexity, R, L, its own class.

L0 and L1 of a setting are constants of the Hessian class.  A theorem of the local-Lipschitz class
reads them as constants of that class, (c L0, c L1) with c = 1/log 2: the gradient difference is at
most (L0 + L1 g)(e^{L1 r} - 1)/L1, and for r <= 1/(c L1) that is at most c (L0 + L1 g) r exactly
when e^{1/c} - 1 <= 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from typing import Any, TypeVar

from relaxsmooth.problem import Problem
from relaxsmooth.setting import Setting
from relaxsmooth.smoothness.convexity import Distance, convexity, distance, least_L
from relaxsmooth.theorem import Assumption, Inequality, Theorem
from relaxsmooth.verdict import Status, Verdict

T = TypeVar("T")
LOCAL_FACTOR = Fraction(1443, 1000)  # at least 1/log 2 = 1.442695...


def equipped(setting: Setting, theorem: Theorem | Inequality) -> Setting:
    """The setting with the values and decisions that this theorem needs beyond the usual ones."""
    for assumption in theorem.assumptions:
        if assumption not in setting.decided:
            setting = _DECIDE[assumption](setting)
    if isinstance(theorem, Theorem) and theorem.measure.is_gap:
        setting = replace(setting, values={**setting.values, "eps_f": setting.epsilon})
    return setting


def _with(
    setting: Setting, assumption: Assumption, verdict: Verdict, **values: Fraction | None
) -> Setting:
    known = {name: value for name, value in values.items() if value is not None}
    return replace(
        setting,
        values={**setting.values, **known},
        decided={**setting.decided, assumption: verdict},
    )


def _convex(setting: Setting) -> Setting:
    return _with(setting, Assumption.CONVEX, _facts(setting.problem)[0])


def _minimiser(setting: Setting) -> Setting:
    verdict, found = _facts(setting.problem)
    if found is None:  # a minimiser is only sought where f is convex
        return _with(setting, Assumption.MINIMISER, verdict)
    return _with(setting, Assumption.MINIMISER, found.verdict, R=found.R)


def _smooth(setting: Setting) -> Setting:
    L, verdict = _lipschitz(setting.problem)
    return _with(setting, Assumption.SMOOTH, verdict, L=L)


def _smooth_below(setting: Setting) -> Setting:
    """On the line L = L0 + L1 M on {f <= f(x0)}: f can be continued from there with the same L,
    without going below it, and a method that never climbs does not see the difference."""
    L, verdict = _lipschitz(setting.problem)
    M, member = setting.values.get("M"), setting.decided[Assumption.HESSIAN_CLASS]
    if setting.problem.dimension == 1 and M is not None and member.status is Status.PROVED:
        below = setting.values["L0"] + setting.values["L1"] * M
        if L is None or below < L:
            reason = f"|f''| <= L0 + L1 M = {below} where f <= f(x0)"
            verdict, L = Verdict(verdict.claim, Status.PROVED, reason, {"L": below}), below
    return _with(setting, Assumption.SMOOTH_BELOW, verdict, L=L)


def _local_lipschitz(setting: Setting) -> Setting:
    member = setting.decided[Assumption.HESSIAN_CLASS]
    L0, L1 = (LOCAL_FACTOR * setting.values[name] for name in ("L0", "L1"))
    reason = f"{member.reason}; the Hessian class implies it with ({L0}, {L1}), a factor 1/log 2"
    verdict = Verdict(member.claim, member.status, reason, member.witness)
    return _with(setting, Assumption.LOCAL_LIPSCHITZ, verdict, L0=L0, L1=L1)


_DECIDE: dict[Assumption, Callable[[Setting], Setting]] = {
    Assumption.CONVEX: _convex,
    Assumption.MINIMISER: _minimiser,
    Assumption.SMOOTH: _smooth,
    Assumption.SMOOTH_BELOW: _smooth_below,
    Assumption.LOCAL_LIPSCHITZ: _local_lipschitz,
}


# --- decided once for a problem, whatever its constants -------------------------------------------


def _once(decide: Callable[[Problem], T]) -> Callable[[Problem], T]:
    """Remembered by what the decision reads; the problem itself is passed on, since some kinds know
    more than their formula (`smoothness.sloped`)."""
    known: dict[Any, T] = {}

    @wraps(decide)
    def decided(problem: Problem) -> T:
        read = (type(problem), problem.key, problem.objective, problem.variables, problem.start)
        if read not in known:
            known[read] = decide(problem)
        return known[read]

    return decided


@_once
def _facts(problem: Problem) -> tuple[Verdict, Distance | None]:
    verdict = convexity(problem)
    return verdict, distance(problem) if verdict.status is Status.PROVED else None


@_once
def _lipschitz(problem: Problem) -> tuple[Fraction | None, Verdict]:
    return least_L(problem)
