"""Layer 8: an inequality of the class measured on pairs of points of one problem.

For rational x and y = x -+ h∇f(x) every letter is a ball, so each pair is decided;
a pair whose two sides agree to 2^-200 is counted as an attained equality.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint

from relaxsmooth.arithmetic import BallArithmetic, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, TooLong
from relaxsmooth.instance import failed_hypothesis
from relaxsmooth.row import Row
from relaxsmooth.setting import Setting
from relaxsmooth.theorem import Assumption, Inequality
from relaxsmooth.verdict import Status, Verdict, weakest

BITS = 256
EQUAL = Fraction(1, 2**200)  # two sides that agree to this are taken as equal, and said to be
STEPS = tuple(Fraction(k, 8) for k in (1, 3, 8, 16, 24))  # h in units of 1/(L0 + L1 g)
RADII = (Fraction(1, 8), Fraction(1, 2), Fraction(1023, 1024))  # r in units of 1/L1, below c = 1
HALF_GRID = 6

Letters = Mapping[str, Any]


def check_pairs(inequality: Inequality, setting: Setting) -> Row:
    """left <= right at every pair of a grid: CONSISTENT at best, REFUTED with the pair."""
    failed = failed_hypothesis(inequality, setting)
    if failed is None:
        failed = _undefined(inequality, setting)
    if failed is not None:
        return Row(inequality.key, setting.problem.key, failed, values=setting.values)
    arithmetic, pairs, equal = ball(BITS), 0, 0
    assumed = weakest(setting.decided[a].status for a in inequality.rests_on)
    tightest = flint.arb(0)
    for point, letters in _pairs(inequality, setting, arithmetic):
        status, left, right = _decide(inequality, letters, arithmetic)
        pairs += 1
        if status is Status.REFUTED and assumed is not Status.PROVED:
            reason = f"{left.str(9)} against {right.str(9)}: it or what was declared is wrong"
            return _row(
                inequality,
                setting,
                Verdict(inequality.key, Status.UNDECIDED, reason, point),
                left / right,
            )
        equal += status is Status.CONSISTENT
        if status in (Status.REFUTED, Status.UNDECIDED):
            verdict = Verdict(
                inequality.key, status, f"{left.str(9)} against {right.str(9)}", point
            )
            return _row(inequality, setting, verdict, left / right)
        if left > 0 and right > 0 and left / right > tightest:  # negative sides say nothing
            tightest = left / right
    if not pairs:
        none = Verdict(inequality.key, Status.INAPPLICABLE, "no pair meets the conditions")
        return _row(inequality, setting, none, None)
    reason = f"{pairs} pairs decided in balls of {BITS} bits, {equal} of them equalities"
    return _row(inequality, setting, Verdict(inequality.key, Status.CONSISTENT, reason), tightest)


def _undefined(inequality: Inequality, setting: Setting) -> Verdict | None:
    """INAPPLICABLE where a side has no value for these constants, as 1/L1 at L1 = 0."""
    sides = [inequality.left, inequality.right]
    try:
        for side in (*sides, *(s for c in inequality.conditions for s in (c.left, c.right))):
            setting.substitute(side)
    except TooLong as error:
        reason = f"a formula of the inequality: {error}"
        return Verdict(inequality.key, Status.UNDECIDED, reason)
    except FormulaError as error:
        reason = f"a formula of the inequality has no value here: {error}"
        return Verdict(inequality.key, Status.INAPPLICABLE, reason)
    return None


def _row(inequality: Inequality, setting: Setting, verdict: Verdict, ratio: Any) -> Row:
    return Row(
        inequality.key, setting.problem.key, verdict, "<=", ratio, flint.arb(1),
        values=setting.values,
    )  # fmt: skip


def _decide(inequality: Inequality, letters: Letters, a: BallArithmetic) -> tuple[Status, Any, Any]:
    """PROVED or REFUTED at this pair, CONSISTENT for an equality to 2^-200; with both sides."""
    left, right = evaluate([inequality.left, inequality.right], letters, a)
    with a.active():
        status = a.at_most(left, right)
        if status is Status.UNDECIDED:
            distance = a.apply("abs", left - right)
            if distance < a.number(EQUAL) * (1 + a.apply("abs", right)):
                return Status.CONSISTENT, left, right
        return status, left, right


def _pairs(
    inequality: Inequality, setting: Setting, a: BallArithmetic
) -> Iterator[tuple[dict[str, str], Letters]]:
    """(description, letters) of every pair that certainly meets the inequality's conditions."""
    for described, letters in _all_pairs(inequality, setting, a):
        sides = [
            (*evaluate([c.left, c.right], letters, a), c.strict) for c in inequality.conditions
        ]
        if all(not a.possibilities(low, high, strict)[1] for low, high, strict in sides):
            yield described, letters


def _all_pairs(
    inequality: Inequality, setting: Setting, a: BallArithmetic
) -> Iterator[tuple[dict[str, str], Letters]]:
    problem = setting.problem
    with a.active():
        known = {k: a.number(v) for k, v in setting.values.items()} | {"c": flint.arb(1)}
        for x, f_x, slope, g in _points(inequality, setting, a):
            at_x = {**known, "g": g, "gap": f_x - setting.lowest(BITS)}
            for h in _steps(inequality, g, known, a):
                y = [xi - h * si for xi, si in zip(x, slope, strict=True)]
                shown = {"x": _text(x), "h": h.str(8, radius=False)}
                yield shown, at_x | _two_points(problem, x, f_x, slope, y, a) | {"h": abs(h)}


def _points(
    inequality: Inequality, setting: Setting, a: BallArithmetic
) -> Iterator[tuple[list[Any], Any, list[Any], Any]]:
    """x, f(x), ∇f(x), ‖∇f(x)‖ at points of a line through the start with ∇f(x) != 0."""
    problem = setting.problem
    start = [evaluate(s, {}, a) for s in problem.start]
    highest = problem.value(start, a)
    inside = Assumption.GRADIENT_BOUND in inequality.assumptions  # then only f(x) <= f(x0)
    for i in range(-HALF_GRID, HALF_GRID + 1):
        x = [s * flint.fmpq(i, HALF_GRID) + flint.fmpq(1, 7 + j) for j, s in enumerate(start)]
        f_x, slope = problem.value(x, a), problem.slope(x, a)
        g = a.norm(slope)
        if g > 0 and (f_x <= highest or not inside):
            yield x, f_x, slope, g


def _steps(inequality: Inequality, g: Any, known: Letters, a: BallArithmetic) -> Iterator[Any]:
    """Steps h along -∇f: in units of 1/(L0 + L1 g), or (both ways) of 1/(L1 g)."""
    letters = inequality.left.symbols | inequality.right.symbols
    if "decrease" in letters:
        yield from (a.number(s) / (known["L0"] + known["L1"] * g) for s in STEPS)
    else:
        for radius in RADII:
            yield a.number(radius) / (known["L1"] * g)
            yield -a.number(radius) / (known["L1"] * g)


def _two_points(
    problem: Any, x: Sequence[Any], f_x: Any, slope: Sequence[Any], y: Sequence[Any],
    a: BallArithmetic,
) -> dict[str, Any]:  # fmt: skip
    """The letters that compare x and y."""
    f_y, slope_y = problem.value(y, a), problem.slope(y, a)
    move = [yi - xi for xi, yi in zip(x, y, strict=True)]
    inner = sum((s * m for s, m in zip(slope, move, strict=True)), flint.arb(0))
    return {
        "r": a.norm(move),
        "g_y": a.norm(slope_y),
        "difference": a.norm([p - q for p, q in zip(slope_y, slope, strict=True)]),
        "rise": f_y - f_x - inner,
        "decrease": f_x - f_y,
    }


def _text(x: Sequence[Any]) -> str:
    return ", ".join(xi.str(8, radius=False) for xi in x)
