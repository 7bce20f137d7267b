"""Layer 7: the fixed-step game on the line, certified for every step size h > 0.

Complexity of fixed-step GD = inf over h of sup over f of T_eps, for f in the (L0, L1)-class on the
line with f(x0) - f* <= Delta and |f'| <= M on {f <= f(x0)}; psi(M) <= Delta, eps < M.

Lower.  The adversary answers whole intervals of h:
    ZIGZAG(c, h), c slightly above eps, for h <= h1: every iterate has gradient c and each step
    lowers f by tent(c, h), the least that the class allows, which increases in h <= h*(c).  So
    T_eps >= 1 + floor((Delta - psi(c))/tent(c, h1)) for all of (0, h1].
    EXT from f'(x0) = M for h >= h1 >= h*(M): |u| -> h|f'| - |u| does not fall, because
    h* decreases; so T_eps = infinity for all of [h1, infinity).
Upper.  While |f'(x_k)|, |f'(x_{k+1})| >= eps a step with h < h*(M) lowers f by at least
    least(h) = min over eps <= g <= M of the decrease below; the last such iterate lies psi(eps)
    above f*.  So T_eps <= 1 + floor((Delta - psi(eps))/least(h)) for every f.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Any

from relaxsmooth.arithmetic import FLOAT, ball
from relaxsmooth.counting import Count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, number
from relaxsmooth.least import least_value
from relaxsmooth.problem import Problem
from relaxsmooth.problems.hard import ext
from relaxsmooth.problems.zigzag import zigzag
from relaxsmooth.rounding import in_digits, lower_end, round_down, round_up, upper_end
from relaxsmooth.smoothness import membership
from relaxsmooth.symbols import EPS, G, H, M, descent_over, distance_to_zero, h_star, psi, tent
from relaxsmooth.theorems import inequalities
from relaxsmooth.verdict import Status

BITS = 256
MOST_BITS = 2**15
SWEEP = (  # step sizes in units of a largest safe one, where a game is sampled
    *(Fraction(k, 8) for k in (1, 2, 4, 6, 7)),
    Fraction(63, 64),
    Fraction(65, 64),
    Fraction(2),
)
SHARES = (Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1))
SLACK = Fraction(1, 2000)  # between the certified least decrease and the least one seen

Values = Mapping[str, Fraction]


def gap_of(values: Values) -> Fraction:
    """psi(M), rounded up: its difference loses log2((L0/(L1 M))^2) bits."""
    bits = BITS
    while bits <= MOST_BITS:
        found = evaluate(psi(M), values, ball(bits))
        if found.rel_accuracy_bits() > 60:
            return upper_end(found)
        bits *= 2
    raise FormulaError(
        f"psi(M) is not known to {MOST_BITS} bits where L1 M/L0 is as small; give L1 M/L0 > 1e-4000"
    )


def largest_safe_step(values: Values, bits: int = BITS) -> Any:
    """h*(M) as a ball."""
    return evaluate(h_star(M), values, ball(bits))


def _above_safe(values: Values, bits: int) -> Fraction:
    """A rational at or above h*(M), to about `bits` bits."""
    precision = max(BITS, bits + 64)
    with ball(precision).active():
        return round_up(upper_end(largest_safe_step(values, precision)), bits)


def _room_bits(values: Values) -> int:
    """Bits of h that tell h*(M) from h*(c), for every c up to the middle of [eps, M]."""
    known = {**values, "g": (values["eps"] + values["M"]) / 2}
    share = evaluate(h_star(G) / h_star(M) - 1, known, ball(MOST_BITS))
    return int(1 / lower_end(share)).bit_length() + 1 if share > 0 else 0


# --- the adversary ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """One hard function for every h in (low, high] and the steps it forces; None: infinity.

    shape: "zigzag" (gradient c at every iterate) or "ext"; example: the same function, with few
    periods, at h = high (or low).
    """

    low: Fraction
    high: Fraction | None
    shape: str
    steps: int | None
    c: Fraction
    example: Problem


@dataclass(frozen=True)
class Move:
    """One step size, the adversary's answer to it, and the certified count on it."""

    h: Fraction
    hard: Problem
    count: Count


@dataclass(frozen=True)
class LowerBound:
    """T_eps >= steps for some f of the class, whatever h > 0 is; None: it is not certified."""

    steps: int | None
    answers: tuple[Answer, ...]
    reason: str


def answers(values: Values, shares: Sequence[Fraction] = SHARES) -> tuple[Answer, ...]:
    """ZIGZAG on intervals that end at these shares of h1 (a rational at or above h*(M)), then EXT.

    c is as close above eps, and h1 to h*(M), as keeps the loss below a fraction of one step.
    """
    eps, highest = values["eps"], values["M"]
    bits = 20 + forced(eps, _above_safe(values, 53), values).bit_length()
    h1 = _above_safe(values, bits + 10 + _room_bits(values))
    c = min((1 + Fraction(1, 2**bits)) * eps, (eps + highest) / 2)
    found, low = [], Fraction(0)
    for share in shares:
        high = h1 if share == 1 else round_up(share * h1, bits)
        found.append(_zigzag(low, high, c, values))
        low = high
    beyond = ext(values["L0"], values["L1"], values["M"])
    found.append(Answer(low, None, "ext", None, values["M"], beyond))
    return tuple(found)


def _zigzag(low: Fraction, high: Fraction, c: Fraction, values: Values) -> Answer:
    return Answer(
        low, high, "zigzag", forced(c, high, values), c,
        zigzag(c, high, 3, values["L0"], values["L1"]),
    )  # fmt: skip


def forced(c: Fraction, h: Fraction, values: Values) -> int:
    """1 + floor((Delta - psi(c))/tent(c, h)), rounded down: steps that ZIGZAG(c, h) forces."""
    a = ball(BITS)
    room, per_step = evaluate(
        [values["Delta"] - psi(G), tent(G, H)], {**values, "g": c, "h": h}, a
    )  # fmt: skip
    with a.active():
        periods = lower_end(room / per_step) if per_step > 0 and room > 0 else Fraction(-1)
    return 1 + max(floor(periods), -1)


def lower_bound(values: Values, moves: Sequence[Answer] | None = None) -> LowerBound:
    """The least number of steps over all answers, once they are checked to cover every h > 0."""
    if moves is None:
        return _played(_constants(values))
    wrong = _gap(moves) or next((why for m in moves if (why := _flaw(m, values))), None)
    if wrong is not None:
        return LowerBound(None, tuple(moves), wrong)
    steps = min(m.steps for m in moves if m.steps is not None)
    reason = (
        f"for every h <= {in_digits(moves[-1].low, 6)} a zigzag with the gradient "
        f"{in_digits(moves[0].c, 6)} at every iterate, beyond it EXT, which never arrives"
    )
    return LowerBound(steps, tuple(moves), reason)


def _constants(values: Values) -> tuple[tuple[str, Fraction], ...]:
    return tuple((name, Fraction(values[name])) for name in ("L0", "L1", "M", "Delta", "eps"))


@lru_cache(maxsize=32)
def _played(constants: tuple[tuple[str, Fraction], ...]) -> LowerBound:
    values = dict(constants)
    try:
        return lower_bound(values, answers(values))
    except FormulaError as error:  # constants that no zigzag of a writable size tells apart
        return LowerBound(None, (), str(error))


def _gap(moves: Sequence[Answer]) -> str | None:
    """Where the intervals do not cover (0, infinity); None where they do."""
    reached = Fraction(0)
    for move in moves:
        if move.low > reached:
            return f"no answer to h between {in_digits(reached, 9)} and {in_digits(move.low, 9)}"
        if move.high is None:
            return None
        reached = max(reached, move.high)
    return f"no answer to h > {in_digits(reached, 9)}"


def _flaw(move: Answer, values: Values) -> str | None:
    """Why the answer is not valid on its whole interval, or None."""
    member = membership(move.example, values["L0"], values["L1"])
    if member.status is not Status.PROVED:
        return f"the {move.shape} is not in the class: {member.reason}"
    limit = h_star(G).subs({**values, "g": move.c})
    if move.shape == "ext":
        if move.c > values["M"] or gap_of({**values, "M": move.c}) > values["Delta"]:
            return "EXT from f'(x0) = c needs c <= M and psi(c) <= Delta"
        if not _at_most(limit, number(move.low)):
            return f"EXT needs h >= h*(c), and it answers h = {in_digits(move.low, 9)}"
        return None
    if move.high is None or not _at_most(number(move.high), limit):
        return f"a zigzag needs h <= h*(c) = {evaluate(limit, {}, ball()).str(9, radius=False)}"
    if not values["eps"] < move.c <= values["M"]:
        return f"a zigzag needs eps < c <= M, and c = {in_digits(move.c, 9)}"
    if move.steps is None or move.steps > forced(move.c, move.high, values):
        return f"the zigzag on h <= {in_digits(move.high, 9)} does not force {move.steps} steps"
    return None


def _at_most(one: Formula, other: Formula) -> bool:
    """Certain: one <= other, of constants."""
    pairs = (evaluate([one, other], {}, ball(bits)) for bits in (BITS, 8 * BITS, MOST_BITS))
    return any(low <= high for low, high in pairs)


# --- the best step ------------------------------------------------------------------------------


@dataclass(frozen=True)
class TunedBound:
    """T_eps <= bound for every f of the class on the line, at step h; least decrease per step."""

    h: Fraction
    bound: Fraction
    least_decrease: Fraction
    pieces: int  # 0: not by branch and bound, but h = 1/(L0 + L1 M), which lowers f by h eps^2/2

    @property
    def steps(self) -> int:
        """The bound as a number of steps."""
        return floor(self.bound)


# u of the end point if the slope falls all the way, and the valley if it rises to eps at the end
_END = distance_to_zero(G) - H * G
_VALLEY = (_END + distance_to_zero(EPS)) / 2
# Phi(u(g)) + Phi(u(eps)) - 2 Phi(valley): the slope falls and rises to eps.  By convexity of Phi
# it is at least the one-step decrease Phi(u(g)) - Phi(end).
BOTH_ABOVE = psi(G) + psi(EPS) - 2 * descent_over(_VALLEY)


def tuned_upper_bound(values: Values) -> TunedBound:
    """The best proven upper bound: h is tuned in floats, and the least decrease at it certified.

    Raises FormulaError on constants that are not positive, and on eps >= M (there T_eps = 0).
    """
    for name in ("L0", "L1", "M", "Delta", "eps"):
        value = values[name]
        if not isinstance(value, Fraction | int) or value <= 0:
            raise FormulaError(f"{name} = {value} must be positive and exact; give a fraction")
    if values["eps"] >= values["M"]:
        raise FormulaError(f"eps = {values['eps']} must be below M = {values['M']}; T_eps is 0")
    return _tuned(_constants(values))


@lru_cache(maxsize=32)
def _tuned(constants: tuple[tuple[str, Fraction], ...]) -> TunedBound:
    values = dict(constants)
    plain = _plain(values)
    h = round_down(Fraction(_best_share(values)) * lower_end(largest_safe_step(values)), 40)
    found = at_step(h, values)
    return plain if found is None or found.bound > plain.bound else found


def _plain(values: Values) -> TunedBound:
    """T_eps <= 2 (L0 + L1 M) Delta/eps^2 at h = 1/(L0 + L1 M), theorem `gd`: always known."""
    h = 1 / (values["L0"] + values["L1"] * values["M"])
    least = h * values["eps"] ** 2 / 2
    return TunedBound(h, values["Delta"] / least, least, 0)


def at_step(h: Fraction, values: Values, slack: Fraction = SLACK) -> TunedBound | None:
    """T_eps <= 1 + (Delta - psi(eps))/least(h), certified; None where no decrease is."""
    if not h < lower_end(largest_safe_step(values)):
        return None
    least, pieces = least_decrease(h, values, slack)
    if least <= 0:
        return None
    room = upper_end(evaluate(values["Delta"] - psi(EPS), values, ball(BITS)))
    steps = 1 + round_up(room / least, 60) if room >= 0 else Fraction(0)  # else |f'(x_0)| <= eps
    return TunedBound(h, steps, least, pieces)


def least_decrease(h: Fraction, values: Values, slack: Fraction = SLACK) -> tuple[Fraction, int]:
    """A certified lower bound of least(h): min of the decrease over eps <= g <= M."""
    known = {"L0": values["L0"], "L1": values["L1"], "eps": values["eps"], "h": h}
    single = inequalities()["one-step-line"].left.subs(known)
    both, end = BOTH_ABOVE.subs(known), _END.subs(known)
    edge = distance_to_zero(EPS).subs(known)
    return least_value(single, "g", values["eps"], values["M"], slack, (both, end, edge))


def _best_share(values: Values) -> float:
    """The h in units of h*(M) with the largest least(h), in floats: a guess.  Units: L0 = M = 1."""
    import numpy as np

    L0, m = 1.0, 1.0
    L1 = FLOAT.number(values["L1"] * values["M"] / values["L0"])
    eps = FLOAT.number(values["eps"] / values["M"])
    if not (1e-150 < L1 < 1e150 and eps > 1e-150):
        return 0.5
    g = np.exp(np.linspace(np.log(eps), np.log(m), 4001))

    def u(s: Any) -> Any:
        return np.log1p(L1 * s / L0) / L1

    def height(d: Any) -> Any:  # Phi
        z = L1 * np.abs(d)
        short = z**2 * (1 / 2 + z / 6 + z**2 / 24)
        return L0 / L1**2 * np.where(z < 1e-3, short, np.expm1(z) - z)

    def least(share: float) -> float:
        end = u(g) - share * 2 * u(m) / m * g
        single = height(u(g)) - height(end)
        both = height(u(g)) + height(u(eps)) - 2 * height((end + u(eps)) / 2)
        return float(np.where(np.abs(end) >= u(eps), single, both).min())

    width, best = 0.5, 0.5
    for _ in range(6):  # a grid around the best so far, ever finer
        grid = best + width * np.linspace(-1, 1, 41)
        best = max((s for s in grid if 0 < s < 1), key=least)
        width /= 12
    return float(best)
