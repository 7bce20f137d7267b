"""Heavy ball with clipping, the general framework of B. Zhang et al. 2020.

    m+ = beta m + (1 - beta) ∇f(x),     m = ∇f(x_0) before the first step,
    x+ = x - nu c(‖m+‖) m+ - (1 - nu) c(‖∇f(x)‖) ∇f(x),     c(n) = min{eta, eta gamma/n}.

nu = 1 clips the momentum, beta = 0 gives clipped GD, in between is their "mixed clipping".
Their threshold is eta gamma here.  Recalled [M], not read: the definition above is what runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import Arithmetic
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import ONE, Formula, FormulaError, formula, minimum, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule, _times, known_value

eta, gamma, n = symbol("eta"), symbol("gamma"), symbol("n")
RANGES = {"beta": "0 <= beta < 1", "nu": "0 <= nu <= 1"}


@dataclass(frozen=True)
class ClippedMomentum(UpdateRule):
    """State: m.  Its `size` is c(n), in the norm n of what is clipped."""

    def with_parameters(self, **values: Formula | Fraction | int) -> UpdateRule:
        """0 is allowed for beta (no memory) and nu (clip the gradient only)."""
        for name, rule in RANGES.items():
            if name not in values:
                continue
            value = formula(values[name])
            known = known_value(value)
            if not ((known >= 0 and known < 1) or (value is ONE and name == "nu")):
                raise FormulaError(f"{name} = {value} breaks {rule}; try 1/2")
        zero = {
            name: formula(0)
            for name in RANGES
            if name in values and formula(values[name]).value == 0
        }
        rest = {name: value for name, value in values.items() if name not in zero}
        bound = super().with_parameters(**rest)
        return type(self)(
            self.key, self.size, {**bound.parameters, **zero}, self.title, self.source
        )

    def initial(self, problem: Problem, x: Sequence[Any], arithmetic: Arithmetic) -> Any:
        return problem.slope(x, arithmetic)

    def step(
        self, problem: Problem, x: Sequence[Any], state: Any, arithmetic: Arithmetic
    ) -> tuple[list[Any], Any]:
        slope = problem.slope(x, arithmetic)
        beta, nu = (self._value(name, arithmetic) for name in ("beta", "nu"))
        with arithmetic.active():
            m = [beta * mi + (1 - beta) * si for mi, si in zip(state, slope, strict=True)]
            moved = [xi - nu * ci for xi, ci in zip(x, self._clip(m, arithmetic), strict=True)]
            if nu == 1:
                return moved, m
            clipped = self._clip(slope, arithmetic)
            return [xi - (1 - nu) * ci for xi, ci in zip(moved, clipped, strict=True)], m

    def _clip(self, vector: Sequence[Any], arithmetic: Arithmetic) -> list[Any]:
        """c(‖v‖) v, as length times direction so that neither overflows."""
        if all(vi == 0 for vi in vector):
            return list(vector)
        norm = arithmetic.norm(vector)
        length = evaluate(_times(self.bound_size, n), {"n": norm}, arithmetic)
        return [length * (vi / norm) for vi in vector]

    def _value(self, name: str, arithmetic: Arithmetic) -> Any:
        value = self.parameters[name]
        if value is None:
            raise FormulaError(f"rule {self.key} needs a value for {name}; give --{name}")
        return evaluate(value, {}, arithmetic)

    def map(self, problem: Problem) -> tuple[Formula, ...]:
        raise FormulaError(f"rule {self.key} remembers its momentum; it has no map, use `step`")


RULES = (
    ClippedMomentum(
        key="clipped_momentum",
        size=minimum(eta, eta * gamma / n),
        parameters={"eta": None, "gamma": None, "beta": formula(Fraction(9, 10)), "nu": ONE},
        title="heavy ball with clipping",
        source="zhangb2020, Algorithm 1",
    ),
)
