"""Layer 3: an update rule is one formula for the step size.

    x_{k+1} = x_k - s(g_k) ∇f(x_k),      g_k = ‖∇f(x_k)‖,

with s in the symbols g (gradient norm), gap (f(x) - f*) where the rule knows
f*, and the rule's own parameters.  Rules with memory (heavy ball) or with a
search (Armijo) refine `step`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from relaxsmooth.arithmetic import Arithmetic, ball
from relaxsmooth.domain import is_positive_for, restricted, restrictions
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import (
    ZERO,
    Formula,
    FormulaError,
    formula,
    maximum,
    minimum,
    mul,
    symbol,
    topological,
)
from relaxsmooth.problem import Problem

GRADIENT_NORM = symbol("g")


@dataclass(frozen=True)
class UpdateRule:
    """A rule and, once bound by `with_parameters`, its exact parameters.

    size: s(g); parameters: names the paper uses -> exact value (None while free).
    """

    key: str
    size: Formula
    parameters: Mapping[str, Formula | None]
    title: str = ""
    source: str = ""

    def with_parameters(self, **values: Formula | Fraction | int) -> UpdateRule:
        """The same rule at these exact parameter values (each > 0; L1 = 0 is the smooth class)."""
        unknown = set(values) - set(self.parameters)
        if unknown:
            raise FormulaError(
                f"rule {self.key} has no parameter {sorted(unknown)[0]}; "
                f"it has {', '.join(self.parameters) or 'none'}"
            )
        given = {name: formula(value) for name, value in values.items()}
        for name, value in given.items():
            if name == "L1" and value.value == 0:
                self._check_smooth_limit()
            elif not value.symbols and not known_value(value) > 0:
                raise FormulaError(
                    f"{name} = {value} must be positive; give a positive step parameter"
                )
        return replace(self, parameters={**self.parameters, **given})

    def _check_smooth_limit(self) -> None:
        try:
            self.size.subs({"L1": formula(0)})
        except FormulaError:
            raise FormulaError(
                f"rule {self.key} has no step at L1 = 0, where s = {self.size} divides by L1; "
                "give L1 > 0, or use gd"
            ) from None

    @property
    def missing(self) -> tuple[str, ...]:
        """Parameters that have no value yet."""
        return tuple(name for name, value in self.parameters.items() if value is None)

    @cached_property
    def bound_size(self) -> Formula:
        """s(g) with the parameters' values substituted."""
        if self.missing:
            raise FormulaError(
                f"rule {self.key} needs a value for {self.missing[0]}; give --{self.missing[0]}"
            )
        values = {name: value for name, value in self.parameters.items() if value is not None}
        return substituted(self.size, values)

    @cached_property
    def length(self) -> Formula:
        """‖x_{k+1} - x_k‖ = s(g) g, multiplied into min and max so that neither overflows."""
        return _times(self.bound_size, GRADIENT_NORM)

    def initial(self, problem: Problem, x: Sequence[Any], arithmetic: Arithmetic) -> Any:
        """The state before the first step (None: no memory)."""
        return None

    def step(
        self, problem: Problem, x: Sequence[Any], state: Any, arithmetic: Arithmetic
    ) -> tuple[list[Any], Any]:
        """One step from x (d numbers of the arithmetic); returns (x_{k+1}, state)."""
        slope = problem.slope(x, arithmetic)
        with arithmetic.active():
            if all(si == 0 for si in slope):  # stationary: every step stays
                return list(x), state
            if not self.bound_size.symbols:  # constant: no norm, so EXACT need not take a root
                size = evaluate(self.bound_size, {}, arithmetic)
                return [xi - size * si for xi, si in zip(x, slope, strict=True)], state
            g = arithmetic.norm(slope)
            length = evaluate(self.length, self.known(problem, x, g, arithmetic), arithmetic)
            # direction first: ∇f/g has norm 1, so gradients of 1e300 and 1e-300 both step right
            return [xi - length * (si / g) for xi, si in zip(x, slope, strict=True)], state

    def known(
        self, problem: Problem, x: Sequence[Any], g: Any, arithmetic: Arithmetic
    ) -> dict[str, Any]:
        """Values of the symbols that s may mention."""
        values = {"g": g}
        if "gap" in self.size.symbols:
            lowest = evaluate(self.lowest_of(problem), {}, arithmetic)
            values["gap"] = problem.value(x, arithmetic) - lowest
        return values

    def lowest_of(self, problem: Problem) -> Formula:
        """f*, for a rule whose step uses it."""
        if problem.lowest is None:
            raise FormulaError(
                f"rule {self.key} needs f* of {problem.key}; declare it with --f-star"
            )
        return problem.lowest

    def map(self, problem: Problem) -> tuple[Formula, ...]:
        """x -> x_{k+1} as formulas in the variables (rules without memory only)."""
        known = {"g": problem.gradient_norm}
        if "gap" in self.size.symbols:
            known["gap"] = problem.objective - self.lowest_of(problem)
        size = self.bound_size.subs(known)
        return tuple(
            symbol(name) - size * slope
            for name, slope in zip(problem.variables, problem.gradient, strict=True)
        )


def known_value(constant: Formula) -> Any:
    """The rational, or a ball around a constant such as log(3): both can be compared."""
    return evaluate(constant, {}, ball()) if constant.value is None else constant.value


def _times(size: Formula, g: Formula) -> Formula:
    """size * g, moved inside min, max and sums (g >= 0)."""
    if size.op == "min":
        return minimum(*(_times(part, g) for part in size.args))
    if size.op == "max":
        return maximum(*(_times(part, g) for part in size.args))
    return mul(size, g) if size is not ZERO else ZERO


def substituted(size: Formula, values: Mapping[str, Formula | Fraction]) -> Formula:
    """The step size at these values; FormulaError where a root, logarithm or quotient in it cancels
    that has no value for some g, as (L1 - 1) sqrt(g - 2) at L1 = 1."""
    found = size.subs(values)
    kept = set(restrictions(found))
    for u, what in restricted(topological((size,))):
        left = u.subs(values)
        exists = is_positive_for(left, ["g"]) if left.symbols else known_value(left) > 0
        if what == "root" and not left.symbols:
            exists = exists or left.value == 0
        if not exists and left not in kept:
            relation = ">=" if what == "root" else ">"
            raise FormulaError(
                f"the step size {size} needs {u} {relation} 0, which cancels at these parameters; "
                "write the step without it"
            )
    return found
