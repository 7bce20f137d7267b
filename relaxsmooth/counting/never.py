"""T_eps = infinity, proved: sets that the iterates cannot leave and on which |f'| > eps.

cycle     T^p(x) = x by simplification, at x_0 as a symbolic constant or around x_k
ray       sigma f' > eps on the whole ray ahead of x: every step goes farther into it
growth    T' < 0 on two opposite rays, each mapped into the other (oscillation that grows)
trap      T^p(I) inside I for an interval I that holds an iterate (an attracting cycle)
(A repeated rational point is noticed while stepping.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import flint

from relaxsmooth.arithmetic import FLOAT, BallArithmetic, ball
from relaxsmooth.compiled import NotCompiled, iterate
from relaxsmooth.counting.existence import cases_meet
from relaxsmooth.counting.line import Line, mean_value, undecided_condition
from relaxsmooth.counting.rays import sign_beyond
from relaxsmooth.counting.signs import Undetermined, resolve, sign_of
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, absolute, topological
from relaxsmooth.rounding import lower_end, upper_end

LONGEST_SYMBOLIC = 4
LONGEST_CYCLE = 64
LARGEST_FORMULA = 200
TRANSIENT = 4096
LARGEST_EXPONENT = 100_000
CLOSE, CANDIDATES = 1e-3, 3  # a return this close is worth a certificate
RADII = (-2, -3, -4, -6, -10, -14, -18, -24, -30)  # relative, as powers of 2


def symbolic_cycle(
    line: Line, start: Formula, X: flint.arb, arithmetic: BallArithmetic
) -> str | None:
    """T^p(start) simplifies to start, with |f'(x_k)| > eps and every branch decided in balls.

    start: x_0 as a constant such as log(3), or the symbol x itself, in X: then T^p is the identity
    around x_k (steps of constant length that cancel).
    """
    x = start
    for p in range(1, LONGEST_SYMBOLIC + 1):
        at = {line.name: evaluate(x, {line.name: X}, arithmetic)}

        def sign(F: Formula, at: dict[str, flint.arb] = at) -> int:
            return sign_of(evaluate(F, at, arithmetic))

        try:
            sigma = sign(line.slope)
            if sigma == 0 or sign(resolve(line.excess(sigma), sign)) <= 0:
                return None
            if any(sign(resolve(u, sign)) <= 0 for u in line.domain_on(sigma, sign)):
                return None
            x = resolve(line.step(sigma), sign).subs({line.name: x})
        except (FormulaError, ArithmeticError):  # undetermined, or a number too long to write
            return None
        if x is start:
            return f"x_(k+{p}) = x_k by simplification: a cycle with |f'| > eps on it"
        if len(topological((x,))) > LARGEST_FORMULA:
            return None
    return None


def runs_away(line: Line, X: flint.arb, sigma: int, arithmetic: BallArithmetic) -> str | None:
    """sigma f' > eps and s >= 0 ahead of X, in the direction of the step: the iterates stay."""
    if not _moderate(X):
        return None
    a = lower_end(X) if sigma < 0 else upper_end(X)
    if _far_slope(line, a, sigma, -sigma, arithmetic) is None:
        return None
    where = f"[{_about(a)}, infinity)" if sigma < 0 else f"(-infinity, {_about(a)}]"
    return f"|f'| > eps on {where}, and every step there goes farther into it"


def _far_slope(
    line: Line, a: Fraction, sigma: int, direction: int, arithmetic: BallArithmetic
) -> Formula | None:
    """s on the ray from a, where sigma f' > eps and s >= 0 are proved on it."""

    def sign(F: Formula) -> int:
        return sign_beyond(F, line.name, a, direction, arithmetic)

    try:
        s = resolve(line.drift(sigma), sign)
        ahead = sign(resolve(line.excess(sigma), sign)) > 0
        # else f, f' or s may have no value there
        ahead = ahead and all(sign(resolve(u, sign)) > 0 for u in line.domain_on(sigma, sign))
    except Undetermined:
        return None
    # 0 is "undecided" and "zero" at once: only a length that is 0 by its form stays in place
    still = s.value == 0
    forward = still or sign_beyond(s, line.name, a, direction, arithmetic, strict=False) > 0
    return s if ahead and forward else None


def grows(line: Line, X: flint.arb, sigma: int, arithmetic: BallArithmetic) -> str | None:
    """T maps [a, infinity) into (-infinity, b] and that into [a, infinity), X in one of them.

    With T' < 0 on each ray it is enough that T(a) <= b and T(b) >= a (a and b exact rationals,
    read sigma-wise when X is on the left).
    """
    if not _moderate(X):
        return None
    a = lower_end(X) if sigma > 0 else upper_end(X)
    image = evaluate(line.step(sigma), {line.name: a}, arithmetic)
    if not _moderate(image) or sign_of(image - arithmetic.number(a)) != -sigma:
        return None
    b = upper_end(image) if sigma > 0 else lower_end(image)
    back = evaluate(line.step(-sigma), {line.name: b}, arithmetic)
    if sign_of(back - arithmetic.number(a)) != sigma:
        return None
    for end, side in ((a, sigma), (b, -sigma)):
        s = _far_slope(line, end, side, side, arithmetic)
        if s is None:
            return None
        rise = (line.x - side * s).diff(line.name)
        if sign_beyond(rise, line.name, end, side, arithmetic) >= 0:
            return None
    low, high = sorted((a, b))
    return (
        f"T decreases on x >= {_about(high)} and on x <= {_about(low)} and maps each of the "
        "two rays into the other, |f'| > eps on both"
    )


def _moderate(X: flint.arb) -> bool:
    """Whether the ends can be written as fractions: e^(10^12) would fill the memory."""
    return bool(abs(X) < flint.arb(2) ** LARGEST_EXPONENT)


def _about(x: Fraction) -> str:
    """Six digits of a rational of any size (a diverging iterate is soon beyond the doubles)."""
    return str(ball(64).number(x).str(6, radius=False))


@dataclass(frozen=True)
class Trap:
    """T^p(I) inside I, with |f'| > eps on I, T(I), ..., T^{p-1}(I)."""

    interval: flint.arb
    period: int
    how: str

    @property
    def reason(self) -> str:
        shown = self.interval.str(8)
        return f"T^{self.period} maps {shown} {self.how}, with |f'| > eps on its images"


def find_trap(line: Line, X: flint.arb, arithmetic: BallArithmetic) -> Trap | None:
    """An attracting cycle, guessed by floats and certified in balls."""
    try:
        run = iterate((line.map,), absolute(line.slope), (line.name,))
    except NotCompiled:
        return None
    epsilon = FLOAT.number(line.epsilon)
    if not math.isfinite(epsilon) or not math.isfinite(float(X.mid())):
        return None
    steps, point = run([float(X.mid())], epsilon, TRANSIENT)
    if steps < TRANSIENT:
        return None
    x, tried = point, 0
    for p in range(1, LONGEST_CYCLE + 1):
        steps, x = run(x, epsilon, 1)
        if abs(x[0] - point[0]) <= CLOSE * abs(point[0]):
            trap = _certified_trap(line, point[0], p, arithmetic)
            tried += 1
            if trap is not None or tried == CANDIDATES:
                return trap
    return None


def _certified_trap(
    line: Line, centre: float, period: int, arithmetic: BallArithmetic
) -> Trap | None:
    for exponent in RADII:
        with arithmetic.active():
            radius = abs(flint.arb(centre)) * flint.arb(2) ** exponent
            interval = flint.arb(centre, radius.upper())
            image = _orbit(line, interval, period, arithmetic)
            if image is None:
                continue
            if interval.contains_interior(image):
                return Trap(interval, period, "strictly into itself")
            doubled = 2 * period  # a decreasing T^p has an increasing square
            if _ends_move_inward(line, interval, doubled, arithmetic):
                return Trap(interval, doubled, "into itself (its ends move inward)")
    return None


def _orbit(line: Line, X: flint.arb, period: int, arithmetic: BallArithmetic) -> flint.arb | None:
    """T^period(X), or None where |f'| > eps is not certain on the way."""
    for _ in range(period):
        sigma = _moving(line, X, arithmetic)
        if sigma == 0:
            return None
        X = line.image(sigma, X, arithmetic)
        if not X.is_finite():
            return None
    return X


def _moving(line: Line, X: flint.arb, arithmetic: BallArithmetic) -> int:
    """The sign of f' on X where |f'| > eps is certain, else 0."""
    slope = mean_value(line.slope, line.name, X, arithmetic)
    sigma = sign_of(slope)
    if not sigma * slope > arithmetic.number(line.epsilon):
        return 0
    values = evaluate(line.domain(sigma), {line.name: X}, arithmetic)
    if not all(sign_of(value) > 0 for value in values):
        return 0
    return sigma if cases_meet(line.objective, {line.name: X}, arithmetic) else 0


def _ends_move_inward(line: Line, X: flint.arb, period: int, arithmetic: BallArithmetic) -> bool:
    """T is monotone on X, T(X), ..., increasing over the period, and both ends of X move inward.

    Then T^period(X) is inside X, however weakly the cycle attracts: the ends are followed as
    points, and the sets between are the hulls of their images.
    """
    first = low, high = flint.arb(X.lower()), flint.arb(X.upper())
    rising = True
    for _ in range(period):
        between = low.union(high)
        sigma = _moving(line, between, arithmetic)
        if sigma == 0:
            return False
        step = line.step(sigma)
        if undecided_condition(step, {line.name: between}, arithmetic):
            return False
        direction = sign_of(evaluate(step.diff(line.name), {line.name: between}, arithmetic))
        if direction == 0:
            return False
        rising = rising == (direction > 0)
        low, high = (line.image(sigma, end, arithmetic) for end in (low, high))
    return bool(rising and low >= first[0] and high <= first[1])
