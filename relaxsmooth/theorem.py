"""Layer 5: a theorem is a record: hypotheses, prescribed parameters, and one bound formula.

Nothing here computes; `verify` reads these records against problems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import LETTERS


class Kind(Enum):
    """What a bound says of the measured quantity."""

    UPPER = "at most"
    LOWER = "at least, for every parameter of the method some function of the class"


class Measure(Enum):
    """Measures differ in kind and are never compared silently."""

    MIN_GRAD = "T_eps, the first k with ‖∇f(x_k)‖ <= eps"


class Assumption(Enum):
    """Hypotheses on the function, decided for each problem."""

    BOUNDED_BELOW = "f >= f* > -infinity"
    HESSIAN_CLASS = "f is C^2 and ‖∇²f‖ <= L0 + L1‖∇f‖"
    GRADIENT_BOUND = "sup of ‖∇f‖ on {f <= f(x0)} is at most M"
    ONE_DIMENSIONAL = "d = 1"
    SEVERAL_DIMENSIONS = "d >= 2"


@dataclass(frozen=True)
class Condition:
    """A hypothesis on the parameters: left <= right, or left < right when strict."""

    left: Formula
    right: Formula
    strict: bool = False

    def __str__(self) -> str:
        return f"{self.left} {'<' if self.strict else '<='} {self.right}"


@dataclass(frozen=True)
class Theorem:
    """One statement about the count T_eps of one update rule on one class.

    bound: formula in the letters of the paper; prescription: rule parameter -> formula
    (the theorem's own step sizes); kind UPPER or LOWER; scaling: "" when the bound is
    invariant under x = c z and f -> a f, else why it is not; finding: the key of the
    recorded finding when the statement as printed is known to fail, else "".
    """

    key: str
    title: str
    source: Source
    known: Known
    kind: Kind
    rule: str
    bound: Formula
    prescription: Mapping[str, Formula] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = (Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS)
    conditions: tuple[Condition, ...] = ()
    measure: Measure = Measure.MIN_GRAD
    scaling: str = ""
    finding: str = ""
    remark: str = ""

    def __post_init__(self) -> None:
        formulas = [self.bound, *self.prescription.values()]
        formulas += [side for c in self.conditions for side in (c.left, c.right)]
        unknown = set().union(*(f.symbols for f in formulas)) - set(LETTERS)
        if unknown:
            raise FormulaError(
                f"theorem {self.key}: letter {min(unknown)} is not declared; add it to symbols.py"
            )

    @property
    def letters(self) -> frozenset[str]:
        """Every letter that needs a value."""
        return frozenset().union(
            self.bound.symbols, *(f.symbols for f in self.prescription.values())
        )

    def statement(self) -> str:
        """The theorem as one line of text."""
        steps = ", ".join(f"{name} = {value}" for name, value in self.prescription.items())
        relation = "<=" if self.kind is Kind.UPPER else ">="
        scope = f" with {steps}" if steps else ""
        conditions = "".join(f"; {c}" for c in self.conditions)
        return f"{self.rule}{scope}: T_eps {relation} {self.bound}{conditions}"


@dataclass(frozen=True)
class Inequality:
    """left <= right for every pair of points x, y (or every x and step) of a function of the class.

    The letters g, g_y, r, difference, rise, gap, decrease, h are measured on a problem;
    conditions restrict the pairs, as r <= c/L1.
    """

    key: str
    title: str
    source: Source
    known: Known
    left: Formula
    right: Formula
    conditions: tuple[Condition, ...] = ()
    assumptions: tuple[Assumption, ...] = (Assumption.HESSIAN_CLASS,)
    sharp: str = ""

    def __str__(self) -> str:
        return f"{self.left} <= {self.right}"
