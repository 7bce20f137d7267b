"""One variable: the step map and its parts as formulas, and one certified step of it.

x+ = T(x) = x - sigma s(x),   sigma = sign f'(x),   s = size(|f'|) |f'|   (the step's length).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import flint

from relaxsmooth.arithmetic import BallArithmetic
from relaxsmooth.counting.signs import read_on, switches
from relaxsmooth.counting.tidy import tidied
from relaxsmooth.domain import always_read, is_positive, restricted
from relaxsmooth.evaluation import evaluate
from relaxsmooth.expand import negative
from relaxsmooth.formula import ZERO, Formula, symbol, topological
from relaxsmooth.problem import Problem
from relaxsmooth.update import GRADIENT_NORM, UpdateRule


@dataclass(frozen=True)
class Line:
    """A problem in one variable with a rule that is one formula."""

    name: str
    slope: Formula
    length: Formula
    gap: Formula | None
    map: Formula
    epsilon: Fraction
    objective: Formula = ZERO

    @cached_property
    def x(self) -> Formula:
        return symbol(self.name)

    def drift(self, sigma: int) -> Formula:
        """s(x) where sigma f'(x) > 0."""
        return _cached_drift(self.length, self.slope, self.gap, sigma)

    def step(self, sigma: int) -> Formula:
        """T(x) where sigma f'(x) > 0."""
        return _cached_step(self, sigma)

    def domain(self, sigma: int) -> tuple[Formula, ...]:
        """What must be positive for f, f' and s to have a value, and where f cannot jump: balls
        of roots are cut to theirs, and f' may have lost a condition of f."""
        return _cached_domain(self, sigma)

    def domain_on(self, sigma: int, sign: Callable[[Formula], int]) -> tuple[Formula, ...]:
        """`domain` without the cases that hold nowhere on a region; `sign` proves signs there."""
        known = self.domain(sigma)
        if not known or not any(switches(part) for part in self._parts(sigma)):
            return known
        read = chain.from_iterable(read_on(part, sign) for part in self._parts(sigma))
        return _must_be_positive(self, read)

    def _parts(self, sigma: int) -> tuple[Formula, ...]:
        return self.objective, self.slope, self.drift(sigma)

    def excess(self, sigma: int) -> Formula:
        """sigma f'(x) - eps: positive before arrival."""
        return _cached_excess(self, sigma)

    def image(self, sigma: int, X: flint.arb, arithmetic: BallArithmetic) -> flint.arb:
        """An enclosure of T(X), where sigma f' > 0 on X."""
        return mean_value(self.step(sigma), self.name, X, arithmetic)


def line(problem: Problem, rule: UpdateRule, epsilon: Fraction) -> Line:
    """The formulas of one run; constants that are formulas, such as log(3), stay exact."""
    gap = None
    if "gap" in rule.size.symbols:
        gap = problem.objective - rule.lowest_of(problem)
    slope, step = (tidied(F) for F in (problem.gradient[0], rule.map(problem)[0]))
    length = tidied(rule.length, positive=GRADIENT_NORM)
    f = problem.objective
    return Line(problem.variables[0], slope, length, gap, step, epsilon, f)


@lru_cache(maxsize=256)
def _cached_step(line: Line, sigma: int) -> Formula:
    return line.x - sigma * line.drift(sigma)


@lru_cache(maxsize=256)
def _cached_domain(line: Line, sigma: int) -> tuple[Formula, ...]:
    return _must_be_positive(line, topological(line._parts(sigma)))


def _must_be_positive(line: Line, nodes: Iterable[Formula]) -> tuple[Formula, ...]:
    """What the nodes ask for: their logarithms, roots and quotients, and no jump of f."""
    read = dict.fromkeys(nodes)
    # the cases of f' that are surely asked; of other conditions of f none may be open
    shown = {_conditions(node) for node in always_read(line.slope) if node.op == "piecewise"}
    cases = (n for n in topological((line.objective,)) if n.op == "piecewise" and n in read)
    lost = [
        low - high for node in cases if _conditions(node) not in shown for low, high in _pairs(node)
    ]
    found = [*(u for u, _ in restricted(read)), *(u**2 for u in lost)]
    # log(-1 - u^2) marks the end of a domain (`kept_to_domain`), on a branch of its own
    return tuple(dict.fromkeys(u for u in found if not is_positive(negative(u))))


def _pairs(node: Formula) -> list[tuple[Formula, Formula]]:
    """(a, b) of every condition of a piecewise."""
    return [(node.args[3 * i], node.args[3 * i + 1]) for i in range(len(node.data))]


def _conditions(node: Formula) -> tuple[Any, ...]:
    """The conditions in order: f and f' with the same ones are in the same case."""
    return (*_pairs(node), node.data)


@lru_cache(maxsize=256)
def _cached_excess(line: Line, sigma: int) -> Formula:
    return sigma * line.slope - line.epsilon


@lru_cache(maxsize=256)
def _cached_drift(length: Formula, slope: Formula, gap: Formula | None, sigma: int) -> Formula:
    known = {"g": sigma * slope}
    return length.subs(known if gap is None else {**known, "gap": gap})


def mean_value(T: Formula, name: str, X: flint.arb, arithmetic: BallArithmetic) -> flint.arb:
    """T(X) inside T(m) + T'(X)(X - m): no blow-up by 1 + h|f''| per step.

    The form needs T continuous on X and T' almost everywhere inside T'(X).  Only an undecided
    piecewise can break that; then, or where T' is not finite, T is read on X directly.
    """
    with arithmetic.active():
        if X.is_exact():
            return evaluate(T, {name: X}, arithmetic)
        m = flint.arb(X.mid())
        if not undecided_condition(T, {name: X}, arithmetic):
            slope = evaluate(T.diff(name), {name: X}, arithmetic)
            found = evaluate(T, {name: m}, arithmetic) + slope * (X - m)
            if found.is_finite():
                return found
        return evaluate(T, {name: X}, arithmetic)


def undecided_condition(
    T: Formula, values: Mapping[str, flint.arb], arithmetic: BallArithmetic
) -> bool:
    """Whether some condition of a piecewise in T is open on the box: T may jump there."""
    for low, high, strict in conditions(T):
        ends = evaluate((low, high), values, arithmetic)
        if all(arithmetic.possibilities(ends[0], ends[1], strict)):
            return True
    return False


@lru_cache(maxsize=1024)
def conditions(T: Formula) -> tuple[tuple[Formula, Formula, bool], ...]:
    """(a, b, strict) of every condition a <= b (a < b) of a piecewise in T."""
    return tuple(_each_condition(topological((T,))))


def _each_condition(nodes: Iterable[Formula]) -> Iterable[tuple[Formula, Formula, bool]]:
    for node in nodes:
        if node.op == "piecewise":
            for i, relation in enumerate(node.data):
                yield node.args[3 * i], node.args[3 * i + 1], relation == "<"
