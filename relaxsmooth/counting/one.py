"""One variable: which tier takes the next stretch, and what a run of them proves.

skip      constant or affine step on a certified region, any number of steps at once
abel      slow smooth drift, any number of steps at once, to a fraction of a step
compiled  directed rounding in machine code where T is monotone
balls     one step at a time, everywhere
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import FLOAT, OPEN_EXACT, NotExact
from relaxsmooth.counting import drifting, loop, never, skip
from relaxsmooth.counting.existence import exists
from relaxsmooth.counting.line import Line, mean_value
from relaxsmooth.counting.record import INFINITE
from relaxsmooth.counting.region import Drift, drift_region, value_at
from relaxsmooth.counting.signs import sign_of
from relaxsmooth.counting.walk import LEFT, Walk, short
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.problem import Problem
from relaxsmooth.verdict import Status

WORTH_A_LEAP = 16
WORTH_COMPILING = 40  # steps: below, balls are done before the compiler is
WORTH_SKIPPING = 300_000  # steps: above, the Abel function is tried before the compiled loop
SPARE_BITS = 48  # beyond those of the number of steps
STARVED = "the number of steps needs more bits"
PATIENCE = 8  # steps after an undecided arrival, to bound T from above


@dataclass(frozen=True)
class Outcome:
    """What one run proved: earliest <= T <= latest (None: unknown)."""

    earliest: int | float
    latest: int | float | None
    reason: str


@dataclass
class Runner:
    """One attempt at given bits with given tiers."""

    problem: Problem
    line: Line
    walk: Walk
    start: Formula
    tiers: frozenset[str]
    limit: int
    ball_limit: int
    order: int = 3
    exact_bits: int = 512
    trap: never.Trap | None = None
    saved: Fraction | None = None
    pause: int = 1
    next_leap: int = 0
    warm: int = 50_000
    skip_ahead: int = 1
    balls: int = 0
    single: int = 0
    norm: Any = None
    pending: int | None = field(default=None)
    starved: bool = False  # of bits: single steps are smaller than the enclosures resolve

    def run(self) -> Outcome:
        """Test, leap or step, until arrival, a proof that there is none, or a limit."""
        with self.walk.arithmetic.active():
            return self._run()

    def _run(self) -> Outcome:
        self.saved = self.walk.exact
        while True:
            outcome = self.test()
            if outcome is not None:
                return outcome
            sigma = sign_of(self.slope)
            if sigma and self.pending is None and self.walk.k >= self.next_leap:
                before = self.walk.k
                reason = self.leap(sigma)
                if reason:
                    return Outcome(INFINITE, INFINITE, reason)
                self.schedule(self.walk.k - before)
                if self.walk.k > before:
                    continue
            reason = self.step(sigma)
            if reason and self.pending is None:  # else an earlier iterate may have arrived
                return Outcome(INFINITE, INFINITE, reason)

    def schedule(self, gained: int) -> None:
        """When to leap again: a leap ends at the end of a region, and one that gains little costs
        more than it saves."""
        if gained >= WORTH_A_LEAP:
            self.pause = 1
            self.next_leap = self.walk.k + self.skip_ahead
        else:
            self.next_leap = self.walk.k + self.pause
            self.pause = min(2 * self.pause, 4096)

    # -- arrival

    def test(self) -> Outcome | None:
        """Whether the run ends at this iterate."""
        walk, arithmetic = self.walk, self.walk.arithmetic
        self.slope = mean_value(self.line.slope, self.line.name, walk.x, arithmetic)
        with arithmetic.active():
            self.norm = arithmetic.apply("abs", self.slope)
        walk.mark((walk.x,), self.norm)
        known = walk.k if self.pending is None else self.pending
        if not self.exists():
            return Outcome(known, None, f"f may have no value, or jump, at x_{walk.k}")
        arrived = self.arrived()
        if arrived is not Status.PROVED and walk.gone((walk.x,)):
            return self.escaped(known)
        if arrived is Status.PROVED:
            return Outcome(known, walk.k, "arrival certified")
        if arrived is Status.UNDECIDED:
            if self.pending is None:
                self.pending = walk.k
            if not self.norm.is_finite() or walk.k >= self.pending + PATIENCE:
                return Outcome(self.pending, None, "the enclosures are too wide to tell")
        elif self.pending is None:
            known = walk.k + 1
        if self.starved:
            return Outcome(known, None, STARVED)
        if self.single >= self.limit or self.balls >= self.ball_limit:
            return Outcome(known, None, f"limit reached after {self.single} single steps")
        return None

    def exists(self) -> bool:
        walk = self.walk
        exact = None if walk.exact is None else (walk.exact,)
        return exists(self.problem, (walk.x,), exact, walk.arithmetic)

    def escaped(self, known: int) -> Outcome:
        """The iterates have grown past every measure: prove that they go on, or stop."""
        sigma = sign_of(self.slope)
        if sigma and self.pending is None and "never" in self.tiers:
            reason = never.grows(self.line, self.walk.x, sigma, self.walk.arithmetic)
            if reason:
                return Outcome(INFINITE, INFINITE, reason)
        return Outcome(known, None, LEFT)

    def arrived(self) -> Status:
        arithmetic = self.walk.arithmetic
        if not self.norm.is_finite():
            return Status.UNDECIDED
        status = arithmetic.at_most(self.norm, arithmetic.number(self.line.epsilon))
        if status is Status.UNDECIDED and self.walk.exact is not None:
            try:
                slope = evaluate(self.line.slope, {self.line.name: self.walk.exact}, OPEN_EXACT)
            except (NotExact, ZeroDivisionError):
                return status
            return Status.PROVED if abs(slope) <= self.line.epsilon else Status.REFUTED
        return status

    # -- one step

    def step(self, sigma: int) -> str:
        """One step in balls (and in rationals while they are short); a reason if it repeats."""
        walk, line = self.walk, self.line
        self.balls += 1
        self.single += 1
        exact = self.exact_image(sigma)
        if exact is not None:
            x = walk.arithmetic.number(exact)
        elif sigma:
            x = line.image(sigma, walk.x, walk.arithmetic)
        else:
            x = mean_value(line.map, line.name, walk.x, walk.arithmetic)
        walk.moved(f"balls of {walk.arithmetic.bits} bits", 1, x, exact)
        if exact is not None:
            if exact == self.saved:
                return "a rational point is repeated exactly: a cycle with |f'| > eps on it"
            if walk.k & (walk.k - 1) == 0:
                self.saved = exact
        if self.trap is not None and self.trap.interval.contains(x):
            return self.trap.reason
        return ""

    def exact_image(self, sigma: int) -> Fraction | None:
        if self.walk.exact is None or sigma == 0:
            return None
        try:
            found = evaluate(self.line.step(sigma), {self.line.name: self.walk.exact}, OPEN_EXACT)
        except (NotExact, ZeroDivisionError):
            return None
        return found if short(found, self.exact_bits) else None

    # -- many steps

    def leap(self, sigma: int) -> str:
        """Cover many steps if some tier can; the reason why T is infinite if that is proved."""
        walk, line, arithmetic = self.walk, self.line, self.walk.arithmetic
        proving = "never" in self.tiers
        # exact iterates that return are seen elsewhere; cuts at logarithms are in balls alone
        if walk.k == 0 and proving and self.exact_image(sigma) is None:
            reason = never.symbolic_cycle(line, self.start, walk.x, arithmetic)
            if reason:
                return reason
        stuck = self.pause >= 16 and walk.k >= 16
        if proving and stuck:
            reason = never.symbolic_cycle(line, line.x, walk.x, arithmetic)
            if reason:
                return reason
            self.trap = self.trap or never.find_trap(line, walk.x, arithmetic)
        region = drift_region(line, walk.x, sigma, arithmetic)
        if proving and (region == math.inf or (isinstance(region, Drift) and region.far_away)):
            reason = never.runs_away(line, walk.x, sigma, arithmetic)
            if reason:
                return reason
        if isinstance(region, Drift) and self.drift(region):
            return ""
        if stuck and self.trap is None:
            self.zigzag(sigma)
        return (never.grows(line, walk.x, sigma, arithmetic) or "") if proving else ""

    def drift(self, region: Drift) -> bool:
        walk, line, tiers = self.walk, self.line, self.tiers
        self.skip_ahead = 1
        if "skip" in tiers and (
            skip.skip_constant(walk, region, self.exact_bits)
            or skip.skip_affine(walk, line, region, self.exact_bits)
        ):
            return True
        ahead = predicted(line, region)
        if walk.trace is not None and ahead > 10_000:  # in halves, so that the trace has points
            region = region.up_to(walk.x)
            ahead = predicted(line, region)
        if ahead < (WORTH_A_LEAP if len(tiers) == 1 else WORTH_COMPILING):
            return False
        if self.slow_drift(region, ahead):
            return True
        return not self.starved and self.compiled_drift(region, ahead)

    def slow_drift(self, region: Drift, ahead: float) -> bool:
        """The Abel function, where the compiled loop is absent or would take long."""
        quick = self.compiling and ahead <= min(WORTH_SKIPPING, self.limit - self.single)
        if "abel" not in self.tiers or quick:
            return False
        if not (ahead > 0 and math.log2(ahead) < self.walk.arithmetic.bits - SPARE_BITS):
            self.starved = True
            return False
        self.skip_ahead = 4  # it stops two steps before the end of the region
        return drifting.advance(self.walk, self.line, region, self.order, ahead)

    def compiled_drift(self, region: Drift, ahead: float) -> bool:
        """The compiled loop to the end of the region, or until the drift is slow enough."""
        self.skip_ahead = 1
        monotone = loop.drift_loop(self.line, region, self.walk) if self.compiling else None
        if monotone is None:
            return False
        allowed = self.limit - self.single
        if "abel" in self.tiers and ahead > WORTH_SKIPPING:
            allowed, self.warm = min(allowed, self.warm), 2 * self.warm
            self.skip_ahead = 0  # the region goes on: the Abel function is tried again
        taken = loop.advance(self.walk, self.line, monotone, allowed)
        self.single += taken
        return taken > 0

    @property
    def compiling(self) -> bool:
        return "compiled" in self.tiers

    def zigzag(self, sigma: int) -> None:
        """Around a minimiser that the iterates pass at every step: by a power, or compiled."""
        walk, line = self.walk, self.line
        if not self.tiers & {"skip", "compiled"}:
            return
        monotone = loop.zigzag_loop(line, walk, sigma)
        if monotone is None:
            return
        inner = monotone.ends[2:]
        if "skip" in self.tiers and skip.skip_zigzag(
            walk, monotone.step, line.name, inner, self.exact_bits
        ):
            return
        if self.compiling:
            self.single += loop.advance(walk, line, monotone, self.limit - self.single)


def predicted(line: Line, region: Drift) -> float:
    """A rough guess of the number of steps to the far end: the integral of 1/s by a graded sum."""
    far, total, width = FLOAT.number(region.far), 0.0, FLOAT.number(region.near - region.far)
    if math.isinf(far) or math.isinf(width):
        return math.inf
    for _ in range(60):
        s = value_at(region.length, line.name, far + 0.75 * width)
        if not s > 0:
            return math.inf
        part = abs(width) / 2 / s
        total += part
        width /= 2
        if abs(width) < s or part < total / 1000:
            break
    return total
