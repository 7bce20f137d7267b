"""Several variables: x_k in a Euclidean ball B(m, r), moved by the mean-value form.

T(B(m, r)) is inside B(mid T(m), L r + ‖rad T(m)‖),   L >= ‖DT‖_2 on a ball around the iterates.
L is certified once on a wider ball and used while the iterates stay in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import flint

from relaxsmooth.arithmetic import BallArithmetic
from relaxsmooth.counting.line import undecided_condition
from relaxsmooth.counting.spectral import root, spectral_bound
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule

LOOK_AHEAD = 8  # steps for which one bound of ‖DT‖ is meant to serve
LARGEST_GROWTH = 1.5  # of r per step; a larger one is worth a bound on the smaller ball


@dataclass
class Euclid:
    """The map T, the ball B(m, r), and where the present bound L holds."""

    problem: Problem
    rule: UpdateRule
    arithmetic: BallArithmetic
    m: list[flint.arb]
    r: flint.arb
    centre: list[flint.arb] = field(default_factory=list)
    reach: flint.arb = field(default_factory=lambda: flint.arb(-1))
    bound: flint.arb = field(default_factory=lambda: flint.arb(0))

    @classmethod
    def around(
        cls, problem: Problem, rule: UpdateRule, arithmetic: BallArithmetic, x: Sequence[flint.arb]
    ) -> Euclid:
        """The smallest ball around a box."""
        found = cls(problem, rule, arithmetic, [], flint.arb(0))
        found.place(x)
        return found

    def place(self, x: Sequence[flint.arb]) -> None:
        """Go on from this box."""
        with self.arithmetic.active():
            self.m = [flint.arb(c.mid()) for c in x]
            self.r = flint.arb(length([c.rad() for c in x]).upper())

    @cached_property
    def map(self) -> tuple[Formula, ...]:
        return self.rule.map(self.problem)

    @cached_property
    def jacobian(self) -> tuple[Formula, ...]:
        return tuple(T.diff(name) for T in self.map for name in self.problem.variables)

    @property
    def box(self) -> list[flint.arb]:
        """A box that contains B(m, r)."""
        return [flint.arb(c, self.r) for c in self.m]

    def norm(self) -> flint.arb:
        """‖∇f‖ over the box."""
        with self.arithmetic.active():
            return self.arithmetic.norm(self.problem.slope(self.box, self.arithmetic))

    def step(self) -> None:
        """B(m, r) <- a ball that contains T(B(m, r)); r is not finite where that is lost."""
        with self.arithmetic.active():
            if not self.covered():
                self.look_around()
            if self.bound.is_finite():
                image = evaluate(self.map, self.problem.at(self.m), self.arithmetic)
                carried = self.bound * self.r
            else:  # a kink or a condition that is open on the box: read T on it directly
                image = evaluate(self.map, self.problem.at(self.box), self.arithmetic)
                carried = flint.arb(0)
            self.m = [flint.arb(y.mid()) for y in image]
            self.r = flint.arb((carried + length([y.rad() for y in image])).upper())

    def covered(self) -> bool:
        """Whether B(m, r) lies in the ball on which the bound holds."""
        if not self.centre:
            return False
        gap = length([a - b for a, b in zip(self.m, self.centre, strict=True)])
        return bool(gap + self.r <= self.reach)

    def look_around(self) -> None:
        """Bound ‖DT‖ on a ball a few steps wide, or on B(m, r) alone where that fails."""
        image = evaluate(self.map, self.problem.at(self.m), self.arithmetic)
        step = length([a - b for a, b in zip(image, self.m, strict=True)])
        self.centre = list(self.m)
        for reach in (LOOK_AHEAD * step + self.r, self.r):
            self.reach = flint.arb(reach.upper())
            self.bound = self.bound_on([flint.arb(c, self.reach) for c in self.m])
            if self.bound <= LARGEST_GROWTH:
                return

    def bound_on(self, box: Sequence[flint.arb]) -> flint.arb:
        at = self.problem.at(box)
        if any(undecided_condition(T, at, self.arithmetic) for T in self.map):
            return flint.arb("inf")
        entries = evaluate(self.jacobian, at, self.arithmetic)
        d = self.problem.dimension
        return spectral_bound([entries[i * d : (i + 1) * d] for i in range(d)])


def length(vector: Sequence[Any]) -> flint.arb:
    """An upper bound of the Euclidean length."""
    return root(sum((flint.arb(v) ** 2 for v in vector), flint.arb(0)))
