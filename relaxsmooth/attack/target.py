"""What is attacked: an upper bound, divided by a constant; its formulas in doubles."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from relaxsmooth.arithmetic import ball
from relaxsmooth.compiled import values
from relaxsmooth.counting.many import is_plain
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, mul
from relaxsmooth.symbols import ETA0, LETTERS, G
from relaxsmooth.theorem import Assumption, Kind, Theorem
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule

LARGEST_DIVISOR = Fraction(10**100)
LONGEST_RUN = 20_000  # steps in doubles
MOST_IN_N = 1_000  # steps from which on a bound in N is judged: every N up to twice that is walked
HORIZON = 64  # the largest N at which a bound in N is compared, or twice the least one asked for
CONSTANTS = ("L0", "L1", "Delta", "eps", "M", "R", "L", "eps_f", "N")


def check_divisor(divide: Fraction) -> None:
    """FormulaError where doubles cannot hold what the divided bound is compared with."""
    if not 1 / LARGEST_DIVISOR < divide < LARGEST_DIVISOR:
        raise FormulaError("--divide must be positive, from 1e-100 to 1e100; try 23/20")


@dataclass(frozen=True)
class Numbers:
    """One reading of the theorem in doubles: step parameters, the bound, whether it applies."""

    parameters: Mapping[str, float]
    bound: float
    applies: bool


@dataclass(frozen=True)
class Target:
    """measure <= bound/divide, at rule parameters that are given, prescribed, or free to search.

    given: rule parameters fixed by the user; least_steps: only runs of at least so many steps
    count (short runs are often tight for a dull reason: T_eps >= 1).
    """

    theorem: Theorem
    divide: Fraction = Fraction(1)
    given: Mapping[str, Fraction] = field(default_factory=dict)
    least_steps: int = 1

    def __post_init__(self) -> None:
        if self.theorem.kind is not Kind.UPPER:
            raise FormulaError(f"{self.theorem.key} is no upper bound")
        if not (is_plain(self.rule) or self.reads_values):
            raise FormulaError(
                f"rule {self.theorem.rule} has a memory, and the search needs a rule whose step "
                "depends on the iterate alone; choose one of `relaxsmooth list rules` without"
            )
        check_divisor(self.divide)
        most = LONGEST_RUN if self.theorem.bounds_a_count else MOST_IN_N
        if self.least_steps > most:
            raise FormulaError(
                f"--least-steps {self.least_steps} is beyond {most}, the longest run that the "
                f"search of {self.theorem.key} judges; give at most {most}"
            )
        _ = self._compiled  # a parameter without a value is said at once

    def __reduce__(self) -> tuple[type[Target], tuple[object, ...]]:
        """Without what is compiled: a process of its own compiles again."""
        return Target, (self.theorem, self.divide, dict(self.given), self.least_steps)

    @property
    def horizon(self) -> int:
        """The largest N at which a bound in N is compared."""
        return max(HORIZON, 2 * self.least_steps)

    @property
    def name(self) -> str:
        by = "" if self.divide == 1 else f", its bound divided by {self.divide}"
        return f"{self.theorem.key}{by}"

    @cached_property
    def claim(self) -> Theorem:
        """The statement that a counterexample must break."""
        return replace(self.theorem, bound=self.theorem.bound / self.divide, finding="")

    def is_broken_at(self, ratio: float) -> bool:
        """Whether T_eps/(undivided bound) = ratio breaks the claim, with room for rounding."""
        return ratio * float(self.divide) > 1 + 1e-9

    @property
    def rule(self) -> UpdateRule:
        return rule(self.theorem.rule)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Rule parameters that the bound is stated for any value of."""
        own = set(self.theorem.bound.symbols) & set(self.rule.parameters)
        return tuple(sorted(own - set(CONSTANTS) - set(self.given)))

    @property
    def reads_values(self) -> bool:
        """Whether a step depends on values of f: Polyak's, or Armijo's search."""
        return bool({"gap", "accepted"} & self.rule.size.symbols)

    @property
    def needs_M(self) -> bool:
        return Assumption.GRADIENT_BOUND in self.theorem.assumptions

    @property
    def is_convex(self) -> bool:
        return Assumption.CONVEX in self.theorem.assumptions

    @property
    def is_smooth(self) -> bool:
        """Whether the statement is about L-smooth functions, where L1 = 0 is the hardest."""
        found = set(self.theorem.assumptions)
        return bool(found & {Assumption.SMOOTH, Assumption.SMOOTH_BELOW})

    @cached_property
    def covariant(self) -> bool:
        """Whether L0 = 1 and a unit of x can be chosen without loss."""
        return self.theorem.scaling == ""

    def read(self, constants: Mapping[str, float], free: Mapping[str, float]) -> Numbers:
        """The undivided theorem at these constants, in doubles."""
        known = {**constants, **free, **{k: float(v) for k, v in self.given.items()}}
        names, run = self._compiled
        found = run([known.get(name, math.nan) for name in names])
        count = len(self._parameters)
        sides = found[count + 1 :]
        strict = [c.strict for c in self.theorem.conditions]
        holds = all(
            left < right or (left == right and not s)
            for left, right, s in zip(sides[::2], sides[1::2], strict, strict=True)
        )
        positive = all(p > 0 for p in found[:count])
        parameters = dict(zip(self._parameters, found[:count], strict=True))
        return Numbers(parameters, found[count], holds and positive)

    def bound_at(self, known: Mapping[str, float], free: Mapping[str, float]) -> float:
        """The undivided bound at these constants without cancellation: in balls, then rounded."""
        given = {name: float(value) for name, value in self.given.items()}
        known = {**known, **free, **given}
        exact = {name: Fraction(v) for name, v in known.items() if math.isfinite(v)}
        bound = self._bound
        try:
            value = evaluate(bound, {n: exact[n] for n in bound.symbols}, ball())
        except (KeyError, ArithmeticError):
            return math.nan
        return float(value) if value.is_finite() else math.nan

    def length(self, numbers: Numbers) -> Callable[[float, float], float]:
        """(g, gap) -> the length of the step (of the first trial, where the rule searches)."""
        run, parameters = self._length, list(numbers.parameters.values())
        return lambda g, gap: run([g, gap, *parameters])[0]

    @property
    def _parameters(self) -> dict[str, Formula]:
        """Every parameter of the rule as a formula in the letters."""
        chosen = {**self.rule.parameters, **self.theorem.prescription}
        free = {name: LETTERS[name].formula for name in (*self.free, *self.given)}
        chosen = {name: free.get(name, value) for name, value in chosen.items()}
        missing = [name for name, value in chosen.items() if value is None]
        if missing:
            raise FormulaError(
                f"rule {self.rule.key} needs a value for {missing[0]}; give --{missing[0]}"
            )
        return {name: value for name, value in chosen.items() if value is not None}

    @cached_property
    def _bound(self) -> Formula:
        return self.theorem.bound.subs(self._parameters)

    @cached_property
    def _compiled(self) -> tuple[tuple[str, ...], Callable[[list[float]], list[float]]]:
        parameters, bound = self._parameters, self._bound
        sides = [s.subs(parameters) for c in self.theorem.conditions for s in (c.left, c.right)]
        roots = (*parameters.values(), bound, *sides)
        names = tuple(sorted(set().union(*(root.symbols for root in roots))))
        return names, values(roots, names)  # type: ignore[return-value]

    @cached_property
    def _length(self) -> Callable[[list[float]], list[float]]:
        size = self.rule.size.subs({"accepted": ETA0})
        return values((mul(size, G),), ("g", "gap", *self._parameters))  # type: ignore[return-value]
