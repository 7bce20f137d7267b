"""Layer 3: a problem is one symbolic objective; everything else about it is derived.

f : R^d -> R,   start x_0,   gradient and Hessian by symbolic differentiation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from relaxsmooth.arithmetic import Arithmetic, Undecided, opened
from relaxsmooth.domain import (
    check_constants,
    kept_to_domain,
    restricted,
    restrictions,
)
from relaxsmooth.evaluation import evaluate, read_at
from relaxsmooth.formula import Formula, FormulaError, euclidean_norm, formula
from relaxsmooth.text import parse

LONGEST_SHOWN = 2000  # characters of a formula on the screen


@dataclass(frozen=True)
class Problem:
    """min f(x) over R^d from x_0.

    objective: f in the symbols `variables`; start: x_0, exact (rationals, or constant
    formulas such as log(3)); lowest: f* as a constant formula where it is declared, with
    `lowest_because` saying why it is true; otherwise f* is derived where that is possible.
    """

    key: str
    objective: Formula
    variables: tuple[str, ...]
    start: tuple[Formula, ...]
    title: str = ""
    source: str = ""
    lowest: Formula | None = None
    lowest_because: str = ""
    constants: Mapping[str, Fraction] = field(default_factory=dict)  # e.g. the known minimal L0

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", tuple(map(formula, self.start)))
        if self.lowest is not None:
            object.__setattr__(self, "lowest", formula(self.lowest))
        unknown = self.objective.symbols - set(self.variables)
        if unknown:
            raise FormulaError(
                f"problem {self.key}: symbol {sorted(unknown)[0]} in f is not a variable; "
                f"use {', '.join(self.variables)} or give it a number"
            )
        check_constants(self.objective, f"problem {self.key}")
        if len(self.start) != len(self.variables):
            raise FormulaError(
                f"problem {self.key}: x0 has {len(self.start)} coordinates but f has "
                f"{len(self.variables)} variables; give one coordinate per variable"
            )

    @property
    def dimension(self) -> int:
        return len(self.variables)

    @cached_property
    def shown(self) -> str:
        """f for people: its formula, or its name where that is too long to read."""
        text = str(self.objective)
        return text if len(text) <= LONGEST_SHOWN else f"{self.key}: {self.title}"

    @cached_property
    def gradient(self) -> tuple[Formula, ...]:
        """(df/dx_1, ..., df/dx_d), with no value where f has none."""
        f = self.objective
        return tuple(kept_to_domain(f.diff(name), f) for name in self.variables)

    @cached_property
    def hessian(self) -> tuple[tuple[Formula, ...], ...]:
        """The d x d matrix of second derivatives, rows of formulas."""
        return tuple(tuple(g.diff(name) for name in self.variables) for g in self.gradient)

    @cached_property
    def gradient_norm(self) -> Formula:
        """‖∇f(x)‖ (Euclidean)."""
        return euclidean_norm(self.gradient)

    def at(self, x: Sequence[Any]) -> dict[str, Any]:
        """The values {variable: coordinate} for `evaluate`."""
        return dict(zip(self.variables, x, strict=True))

    def value(self, x: Sequence[Any], arithmetic: Arithmetic) -> Any:
        """f(x), in the arithmetic."""
        return evaluate(self.objective, self.at(x), arithmetic)

    def is_outside(self, x: Sequence[Any], arithmetic: Arithmetic) -> bool:
        """Whether f has no value at x: what a root is taken of is < 0, of a logarithm <= 0.

        Branches that are not taken at x do not count.  Raises Undecided where a ball cannot tell.
        """
        for u, strict, certain, value in self.needed(x, arithmetic):
            if value > 0 or (not strict and value >= 0):
                continue
            if certain and (value < 0 or (strict and value <= 0)):
                return True
            raise Undecided(f"whether {u} is positive at x is undecided in {arithmetic.name}")
        return False

    def needed(
        self, x: Sequence[Any], arithmetic: Arithmetic
    ) -> Iterator[tuple[Formula, bool, bool, Any]]:
        """(u, strict, certain, u(x)): f has a value at x only if u(x) > 0 (not strict: >= 0);
        not certain: unless a condition that is open at x passes it by."""
        if not restrictions(self.objective):
            return
        at = self.at(x)
        for node, certain in read_at(self.objective, at, arithmetic).items():
            for u, what in restricted((node,)):
                yield u, what != "root", certain, evaluate(u, at, arithmetic)

    def slope(self, x: Sequence[Any], arithmetic: Arithmetic) -> list[Any]:
        """∇f(x), in the arithmetic; on a tie of two cases the hull of both sides."""
        return evaluate(self.gradient, self.at(x), opened(arithmetic))

    def from_start(self, *start: Formula | Fraction | int) -> Problem:
        """The same objective from another x_0."""
        from dataclasses import replace

        return replace(self, start=tuple(formula(c) for c in start))


def problem(
    text: str, start: Sequence[Fraction | int | Formula] | None = None, key: str = ""
) -> Problem:
    """A problem from text such as "x^4 - 2x^2 + x/3" and an exact starting point.

    Variables are taken in alphabetical order (x1, x2, ..., x10 by number);
    without a start, x_0 = (1, ..., 1).
    Raises FormulaError on text that is not a formula.
    """
    objective = parse(text)
    variables = tuple(sorted(objective.symbols, key=_natural)) or ("x",)
    point = (
        tuple(formula(c) for c in start) if start is not None else (formula(1),) * len(variables)
    )
    return Problem(key or text, objective, variables, point)


def _natural(name: str) -> tuple[str, int]:
    digits = len(name) - len(name.rstrip("0123456789"))
    return (name[:-digits], int(name[-digits:])) if digits else (name, 0)
