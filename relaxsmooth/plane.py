"""Layer 7: the game of Theorem 4 in two dimensions and more, where the logarithm disappears.

With M' = min{M, L1 Delta/gap} the adversary answers a fixed step h by
    RAMP   h < h1 = min{K/(L1 M'), h*(M')}: T_eps >= (Delta - 15 s^2 eps^2/(16 L0))/(s^2 eps^2 h)
    TWIST  K/(L1 M') <= h < h*(M'), made for M'' = K/(L1 h) <= M': a cycle, T_eps = infinity
    EXT    h >= h*(M'): GD cycles or diverges, T_eps = infinity
The gradient on TWIST's cycle is 2L/(L1 h) > L M'/log(1 + L1 M'/L0), L > 1, so that it exceeds
eps once eps log(1 + L1 M'/L0) <= M'.  As s -> 1 every h has T_eps >= (Delta - ...)/(eps^2 h1).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting import count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import formula
from relaxsmooth.game import BITS, SWEEP, Move
from relaxsmooth.problem import Problem
from relaxsmooth.problems.hard import ext, ramp
from relaxsmooth.problems.twist import record, twist
from relaxsmooth.rounding import lower_end, round_down, round_up, upper_end
from relaxsmooth.row import Row
from relaxsmooth.symbols import h_star
from relaxsmooth.theorems.zhang2020 import PLANE_M
from relaxsmooth.turn import LEAST, least_K
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Verdict, weakest

KEY = "twist-record"
ABOVE = (Fraction(65, 64), Fraction(2))  # in units of h*(M')
TWISTED = (Fraction(1), Fraction(2))  # of K/(L1 M'), those below h*(M')


def play_in_the_plane(values: Mapping[str, Fraction]) -> list[Move]:
    """One move per step size: below h1, from K/(L1 M') up to h*(M'), and above; all counted."""
    reached = lower_end(evaluate(PLANE_M, values, ball(BITS)))
    cycle = values["K"] / (values["L1"] * reached)
    safe = evaluate(h_star(formula(reached)), values, ball(BITS))
    low, high = lower_end(safe), upper_end(safe)
    limit = min(cycle, low)
    moves = [_below(round_down(part * limit), limit, values) for part in SWEEP if part < 1]
    moves += [_cycling(t * cycle, values) for t in TWISTED if t * cycle < low]
    beyond = ext(values["L0"], values["L1"], reached)
    return moves + [_move(round_up(t * high), beyond, values) for t in ABOVE]


def _below(h: Fraction, limit: Fraction, values: Mapping[str, Fraction]) -> Move:
    s = 1 + round_down(min(Fraction(1, 100), (limit / h - 1) / 4))
    return _move(h, ramp(values["eps"], s, values["L0"], values["Delta"]), values)


def _cycling(h: Fraction, values: Mapping[str, Fraction]) -> Move:
    """TWIST made for M'' = K/(L1 h), counted where it is least work: at L1 = L, M'' = m.

    Under x = c z, f -> a f the iterates correspond and gradients scale with M: the count for
    (h, eps) is that of the unscaled function for (K/(L m), eps m/M'').
    """
    known = record()
    size = values["K"] / (values["L1"] * h)
    unscaled = _unscaled()
    gd = rule("gd").with_parameters(h=unscaled.constants["h"])
    return Move(h, unscaled, count(unscaled, gd, values["eps"] * known.m / size))


@cache
def _unscaled() -> Problem:
    return twist(record().L, record().m, "twist")


def _move(h: Fraction, hard: Problem, values: Mapping[str, Fraction]) -> Move:
    return Move(h, hard, count(hard, rule("gd").with_parameters(h=h), values["eps"]))


def verify_twist() -> Row:
    """K of the shipped function, PROVED by its certificates, and a K that no 2-cycle beats."""
    known = record()
    parts = (*known.verdicts, least_K())
    reason = "; ".join(f"{v.claim}: {v.status.name} ({v.reason})" for v in parts)
    verdict = Verdict(
        "GD cycles on TWIST at h = K/(L1 M); no function of the plane with L0 = 0 and ‖∇f‖ <= M "
        f"everywhere has a 2-cycle at h < {LEAST}/(L1 M)",
        weakest(v.status for v in parts),
        reason,
    )
    return Row(KEY, "TWIST: K of the certified cycle", verdict, ">=", known.K, LEAST)
