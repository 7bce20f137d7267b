"""Layer 7: a lower bound is a game, and an upper bound is what ends it.

"Complexity of fixed-step GD >= B" means: for every step h the adversary has a
function of the class on which T_eps >= B.  `play` lets h run over a sweep and
answers each h with its hard instance; `tuned_upper_bound` proves, for one h and
every function of the class on the line, T_eps <= U.  U < B refutes the bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting import Count, count
from relaxsmooth.formula import Formula, evaluate
from relaxsmooth.problem import Problem
from relaxsmooth.problems.hard import ext, ramp
from relaxsmooth.rounding import lower_end, round_down, round_up
from relaxsmooth.symbols import M, h_star
from relaxsmooth.theorems import inequalities
from relaxsmooth.updates import rule

BITS = 192
SWEEP = (
    *(Fraction(k, 8) for k in (1, 2, 4, 6, 7)),
    Fraction(63, 64),
    Fraction(65, 64),
    Fraction(2),
)
TUNINGS = (Fraction(7, 8), Fraction(511, 512))  # h in units of h*(M)


@dataclass(frozen=True)
class Move:
    """One step size, the adversary's answer, and the certified count on it."""

    h: Fraction
    hard: Problem
    count: Count


@dataclass(frozen=True)
class TunedBound:
    """T_eps <= bound for every f of the class on the line, at step h; least decrease per step."""

    h: Fraction
    bound: Fraction
    least_decrease: Fraction
    pieces: int


def largest_safe_step(values: Mapping[str, Fraction]) -> Any:
    """h*(M) as a ball."""
    return evaluate(h_star(M), values, ball(BITS))


def answer(h: Fraction, values: Mapping[str, Fraction]) -> Problem:
    """The adversary's function for the step h: EXT at or above h*(M), a RAMP below.

    Below h*(M) the ramp's slope is s eps with s^2 h <= h*(M), so that its count
    (Delta - 15 s^2 eps^2/(16 L0))/(s^2 eps^2 h) stays above the repaired bound.
    """
    limit = lower_end(largest_safe_step(values))
    if h >= limit:
        return ext(values["L0"], values["L1"], values["M"])
    s = 1 + round_down(min(Fraction(1, 100), (limit / h - 1) / 4))
    return ramp(values["eps"], s, values["L0"], values["Delta"])


def play(values: Mapping[str, Fraction], sweep: Sequence[Fraction] = SWEEP) -> list[Move]:
    """One move per step size of the sweep (in units of h*(M)), each counted rigorously."""
    limit = lower_end(largest_safe_step(values))
    moves = []
    for part in sweep:
        h = round_down(part * limit)
        hard = answer(h, values)
        moves.append(Move(h, hard, count(hard, rule("gd").with_parameters(h=h), values["eps"])))
    return moves


def tuned_upper_bound(values: Mapping[str, Fraction]) -> TunedBound:
    """The best proven upper bound over steps h < h*(M): Delta / (least decrease of one step).

    The decrease is the one-step inequality of the line, Phi(s0) - Phi(|s0 - h g|),
    minimised over eps <= g <= M by ball branch and bound.
    """
    limit = lower_end(largest_safe_step(values))
    return min((_at_step(round_down(t * limit), values) for t in TUNINGS), key=lambda b: b.bound)


def _at_step(h: Fraction, values: Mapping[str, Fraction]) -> TunedBound:
    decrease = inequalities()["one-step-line"].left.subs(
        {"L0": values["L0"], "L1": values["L1"], "h": h}
    )
    least, pieces = least_value(decrease, "g", values["eps"], values["M"])
    bound = values["Delta"] / least if least > 0 else Fraction(10) ** 300
    return TunedBound(h, round_up(bound), least, pieces)


def least_value(
    f: Formula, name: str, low: Fraction, high: Fraction, slack: Fraction = Fraction(1, 1000)
) -> tuple[Fraction, int]:
    """A certified lower bound of min f on [low, high], within `slack` of the best value seen.

    Mean-value form on pieces halved geometrically; 0 < low < high.
    """
    a, slope = ball(BITS), f.diff(name)
    best = min(lower_end(evaluate(f, {name: x}, a)) for x in (low, high))
    stack, certified, pieces = [(low, high)], None, 0
    while stack:
        left, right = stack.pop()
        value = _piece_minimum(f, slope, name, left, right, a)
        best = min(best, lower_end(evaluate(f, {name: left}, a)))
        if value is not None and value >= best * (1 - slack):
            certified = value if certified is None else min(certified, value)
            pieces += 1
            continue
        if pieces + len(stack) > 20_000:
            return Fraction(0), pieces
        middle = round_down((left + right) / 2 if right < 2 * left else _geometric(left, right))
        stack += [(middle, right), (left, middle)]
    return round_down(certified or Fraction(0)), pieces


def _geometric(left: Fraction, right: Fraction) -> Fraction:
    middle = left
    while middle * middle < left * right:
        middle *= 2
    return middle if middle < right else (left + right) / 2


def _piece_minimum(
    f: Formula, slope: Formula, name: str, left: Fraction, right: Fraction, a: Any
) -> Fraction | None:
    """f(left) + slope([left, right]) * [0, right - left], or None where it is not finite."""
    with a.active():
        piece = a.number(left).union(a.number(right))
        value = evaluate(f, {name: left}, a)
        rate = evaluate(slope, {name: piece}, a)
        moved = value + rate * a.number(right - left).union(a.number(Fraction(0)))
    return lower_end(moved) if moved.is_finite() else None
