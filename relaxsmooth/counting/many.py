"""Runs in several variables, and of rules with memory or search: the precision is the judge.

Euclid   plain rules: balls B(m, r) with a certified bound of ‖DT‖
Plain    any rule: its own `step`, in balls
Rationals are carried along while they are short: they decide ties and repeat exactly in cycles.
A run whose enclosures become too wide is repeated with twice the bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import flint

from relaxsmooth.arithmetic import EXACT, BallArithmetic, NoStep, NotExact, Undecided, ball, opened
from relaxsmooth.counting.existence import exists
from relaxsmooth.counting.record import INFINITE, Count
from relaxsmooth.counting.space import Euclid, length
from relaxsmooth.counting.walk import LEFT, Progress, Walk, short
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule
from relaxsmooth.verdict import Status

PRECISIONS = (128, 256, 512, 1024, 2048, 4096)
BALL_STEPS = 50_000  # of one run, some ten seconds
EXACT_BITS, TIE_BITS, TIE_STEPS = 512, 50_000, 2_000
RETURNS = 1e-9  # relative distance of a return that is worth a certificate
TRAPS = 6  # certificates tried in one run
WIDE = "the enclosures are too wide to tell"


def is_plain(rule: UpdateRule) -> bool:
    """Whether the rule is its step-size formula and nothing else: no memory, no search."""
    kind = type(rule)
    return kind.step is UpdateRule.step and kind.initial is UpdateRule.initial


def count_in_space(
    problem: Problem,
    rule: UpdateRule,
    epsilon: Fraction,
    limit: int,
    trace: bool,
    progress: Progress | None,
) -> Count:
    """earliest <= T_eps <= latest by single steps."""
    best: Count | None = None
    for bits, exact_bits in (
        (128, EXACT_BITS),
        (128, TIE_BITS),
        *((b, 512) for b in PRECISIONS[1:]),
    ):
        if exact_bits == TIE_BITS and best is not None and best.earliest > TIE_STEPS:
            continue
        run = Run(problem, rule, epsilon, min(limit, BALL_STEPS), opened(ball(bits)), exact_bits)
        run.walk.trace, run.walk.progress = [] if trace else None, progress
        found = run.count()
        best = found if best is None else _later(best, found)
        if best.exact or best.reason.startswith("limit"):
            break
    assert best is not None
    return best


def _later(old: Count, new: Count) -> Count:
    """Both lower bounds are proved; nothing else is known while no run is exact."""
    return new if new.exact else replace(new, earliest=max(old.earliest, new.earliest))


@dataclass
class Plain:
    """x and the rule's state, in balls."""

    problem: Problem
    rule: UpdateRule
    arithmetic: BallArithmetic
    x: list[flint.arb]
    state: Any = None

    def __post_init__(self) -> None:
        self.state = self.rule.initial(self.problem, self.x, self.arithmetic)

    @property
    def box(self) -> list[flint.arb]:
        return self.x

    def norm(self) -> flint.arb:
        with self.arithmetic.active():
            return self.arithmetic.norm(self.problem.slope(self.x, self.arithmetic))

    def step(self) -> None:
        self.x, self.state = self.rule.step(self.problem, self.x, self.state, self.arithmetic)


class Run:
    """One run at one precision."""

    def __init__(
        self,
        problem: Problem,
        rule: UpdateRule,
        epsilon: Fraction,
        limit: int,
        arithmetic: BallArithmetic,
        exact_bits: int,
    ) -> None:
        self.problem, self.rule, self.epsilon, self.limit = problem, rule, epsilon, limit
        self.arithmetic, self.exact_bits = arithmetic, exact_bits
        start = list(evaluate(problem.start, {}, arithmetic))
        self.plain = is_plain(rule)
        self.mover: Euclid | Plain = (
            Euclid.around(problem, rule, arithmetic, start)
            if self.plain
            else Plain(problem, rule, arithmetic, start)
        )
        self.walk = Walk(arithmetic, start, self.exact_start())
        self.saved: Any = None
        self.reference: tuple[int, list[float]] | None = None
        self.traps = TRAPS

    def exact_start(self) -> Any:
        """(x_0, state) in rationals, where both are rational."""
        values = [c.value for c in self.problem.start]
        if None in values:
            return None
        try:
            return values, self.rule.initial(self.problem, values, EXACT)
        except (NotExact, ZeroDivisionError):
            return None

    def count(self) -> Count:
        """Test and step until arrival, a proof that there is none, or a limit."""
        with self.arithmetic.active():
            return self._count()

    def _count(self) -> Count:
        walk = self.walk
        while True:
            norm = self.mover.norm()
            box = tuple(self.mover.box)
            walk.mark(box, norm)
            exact = None if walk.exact is None else walk.exact[0]
            if not exists(self.problem, box, exact, self.arithmetic):
                reason = f"f may have no value, or jump, at x_{walk.k}"
                return self.result(walk.k, None, norm, reason)
            arrived = self.arrived(norm)
            if arrived is not Status.PROVED and walk.gone(box):
                return self.result(walk.k, None, norm, LEFT)
            if arrived is Status.PROVED:
                return self.result(walk.k, walk.k, norm, "arrival certified")
            if arrived is Status.UNDECIDED:
                return self.result(walk.k, None, norm, WIDE)
            if walk.k >= self.limit:
                reason = f"limit reached after {walk.k} single steps"
                return self.result(walk.k + 1, None, norm, reason)
            try:
                reason = self.step()
            except NoStep as error:
                return self.result(walk.k + 1, None, norm, str(error))
            except Undecided:
                return self.result(walk.k + 1, None, norm, WIDE)
            if reason:
                return self.result(INFINITE, INFINITE, norm, reason)

    def result(
        self, earliest: int | float, latest: int | float | None, norm: Any, reason: str
    ) -> Count:
        walk = self.walk
        trace = tuple(walk.trace or ())
        return Count(earliest, latest, tuple(walk.how), tuple(self.mover.box), norm, reason, trace)

    def arrived(self, norm: flint.arb) -> Status:
        """‖∇f(x_k)‖ <= eps; a tie is decided in rationals, through the square."""
        if not norm.is_finite():
            return Status.UNDECIDED
        status = self.arithmetic.at_most(norm, self.arithmetic.number(self.epsilon))
        if status is Status.UNDECIDED and self.walk.exact is not None:
            try:
                slope = self.problem.slope(self.walk.exact[0], EXACT)
            except (NotExact, ZeroDivisionError):
                return status
            square = sum(s * s for s in slope)
            return Status.PROVED if square <= self.epsilon**2 else Status.REFUTED
        return status

    def step(self) -> str:
        """One step; the reason why T is infinite, if that has become clear."""
        walk, exact = self.walk, self.exact_image()
        if exact is None:
            self.mover.step()
        else:
            self.follow(exact)
        walk.moved(f"balls of {self.arithmetic.bits} bits", 1, self.mover.box, exact)
        if exact is not None:
            if exact == self.saved:
                return "a rational iterate is repeated exactly: a cycle with ‖∇f‖ > eps on it"
            if walk.k & (walk.k - 1) == 0:
                self.saved = exact
        return self.trapped(self.mover) if isinstance(self.mover, Euclid) else ""

    def exact_image(self) -> Any:
        if self.walk.exact is None:
            return None
        try:
            before, memory = self.walk.exact
            x, state = self.rule.step(self.problem, before, memory, EXACT)
        except (NotExact, ZeroDivisionError):
            return None
        return (x, state) if all(short(v, self.exact_bits) for v in _numbers((x, state))) else None

    def follow(self, exact: Any) -> None:
        """Put the enclosure around the rational iterate."""
        x, state = exact
        balls = [self.arithmetic.number(c) for c in x]
        if isinstance(self.mover, Euclid):
            self.mover.place(balls)
        else:
            self.mover.x = balls
            self.mover.state = _as_balls(state, self.arithmetic)

    def trapped(self, mover: Euclid) -> str:
        """A certificate that x_k is in an attracting cycle, tried when it comes back close."""
        k, here = self.walk.k, [float(c) for c in mover.m]
        if k >= 64 and k & (k - 1) == 0:
            self.reference = (k, here)
        elif self.reference is not None and self.traps and k - self.reference[0] <= 64:
            gap = math.dist(here, self.reference[1])
            if gap <= RETURNS * math.hypot(*here):
                self.traps -= 1
                return self.certified_trap(mover, k - self.reference[0])
        return ""

    def certified_trap(self, mover: Euclid, period: int) -> str:
        """T^p(B(m, rho)) strictly inside B(m, rho), ‖∇f‖ > eps on the way, x_k in B(m, rho)."""
        target = self.arithmetic.number(self.epsilon)
        for exponent in (-6, -10, -14, -18, -24):
            with self.arithmetic.active():
                rho = flint.arb((length(mover.m) * flint.arb(2) ** exponent).lower())
                trial = Euclid(self.problem, self.rule, self.arithmetic, list(mover.m), rho)
                for _ in range(period):
                    if not trial.norm() > target:
                        break
                    if not exists(self.problem, trial.box, None, self.arithmetic):
                        break
                    trial.step()
                else:
                    gap = length([a - b for a, b in zip(trial.m, mover.m, strict=True)])
                    if gap + trial.r < rho and mover.r < rho:
                        return f"T^{period} maps a ball around x_{self.walk.k} strictly into itself"
        return ""


def _numbers(value: Any) -> Iterable[Fraction]:
    """Every rational in a state, whatever its nesting."""
    if isinstance(value, Fraction | int):
        yield Fraction(value)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _numbers(part)


def _as_balls(value: Any, arithmetic: BallArithmetic) -> Any:
    """A rational state in balls, with the same nesting."""
    if isinstance(value, Fraction | int):
        return arithmetic.number(Fraction(value))
    if isinstance(value, list | tuple):
        return type(value)(_as_balls(part, arithmetic) for part in value)
    return value
