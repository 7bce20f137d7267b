"""Armijo backtracking: the first eta in eta0, beta eta0, beta² eta0, ... with

f(x - eta ∇f(x)) <= f(x) - gamma eta ‖∇f(x)‖²,      0 < beta < 1,  0 < gamma < 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import Arithmetic, NoStep, NotExact, Undecided
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, number, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule, known_value
from relaxsmooth.verdict import Status

HALF = number(Fraction(1, 2))
MOST_EXACT_BITS = 2_000  # of x and eta: longer rationals take long and say no more than balls
MOST_BACKTRACKS = 5_000  # 2^-5000: past every scale of a double


@dataclass(frozen=True)
class Armijo(UpdateRule):
    """Its `size` is the accepted eta, a symbol of its own: no formula in g alone gives it."""

    def with_parameters(self, **values: Formula | Fraction | int) -> UpdateRule:
        bound = super().with_parameters(**values)
        for name in ("beta", "gamma"):
            value = bound.parameters[name]
            if value is not None and not known_value(value) < 1:
                raise FormulaError(f"{name} = {value} must be below 1; try 1/2")
        return bound

    def step(
        self, problem: Problem, x: Sequence[Any], state: Any, arithmetic: Arithmetic
    ) -> tuple[list[Any], Any]:
        """One step; raises Undecided where the test cannot be decided at this precision."""
        _refuse_long(x)
        slope = problem.slope(x, arithmetic)
        value = problem.value(x, arithmetic)
        eta, beta, gamma = (self._parameter(name, arithmetic) for name in ("eta0", "beta", "gamma"))
        with arithmetic.active():
            if all(si == 0 for si in slope):
                return list(x), state
            for _ in range(MOST_BACKTRACKS):
                trial = [xi - eta * si for xi, si in zip(x, slope, strict=True)]
                # (gamma eta s) s: the square of 1e300 would overflow, of 1e-300 vanish
                wanted = value - sum(
                    (gamma * eta * si * si for si in slope[1:]), gamma * eta * slope[0] * slope[0]
                )
                outside = problem.is_outside(trial, arithmetic)  # there f is read as +infinity
                if not outside and self._accepts(
                    problem.value(trial, arithmetic), wanted, eta, arithmetic
                ):
                    return trial, state
                eta = eta * beta
                _refuse_long((eta,))
        raise NoStep(
            f"Armijo accepted no step of {MOST_BACKTRACKS} on {problem.key}: f is not "
            "differentiable there, eta0 is far too large, or beta is close to 1"
        )

    def _parameter(self, name: str, arithmetic: Arithmetic) -> Any:
        value = self.parameters[name]
        if value is None:
            raise FormulaError(f"rule {self.key} needs a value for {name}; give --{name}")
        return evaluate(value, {}, arithmetic)

    def _accepts(self, new: Any, wanted: Any, eta: Any, arithmetic: Arithmetic) -> bool:
        status = arithmetic.at_most(new, wanted)
        if status is Status.UNDECIDED:
            raise Undecided(
                f"the Armijo test at eta = {eta} is undecided in {arithmetic.name}: "
                f"f(x - eta ∇f) = {new} against {wanted}; repeat with more bits"
            )
        return status is not Status.REFUTED

    def map(self, problem: Problem) -> tuple[Formula, ...]:
        raise FormulaError(f"rule {self.key} searches for its step; it has no map, use `step`")


def _refuse_long(values: Sequence[Any]) -> None:
    """NotExact for rationals that are better judged in balls."""
    for v in values:
        if isinstance(v, Fraction) and v.denominator.bit_length() > MOST_EXACT_BITS:
            raise NotExact("a rational of this length is judged in balls")


RULES = (
    Armijo(
        key="armijo",
        size=symbol("accepted"),
        parameters={"eta0": None, "beta": HALF, "gamma": HALF},
        title="Armijo backtracking",
        source="armijo1966",
    ),
)
