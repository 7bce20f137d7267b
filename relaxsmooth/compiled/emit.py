"""The few machine operations on doubles that everything here is written in."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from relaxsmooth.formula import FormulaError


class NotCompiled(FormulaError):
    """The formula has a part that machine code does not cover; evaluate it in balls instead."""


def nearest(value: Fraction) -> float:
    """The double nearest to a rational, refused outside the normal range."""
    try:
        found = value.numerator / value.denominator  # correctly rounded by Python
    except OverflowError:
        found = math.inf
    if value and not 2.0**-900 < abs(found) < 2.0**900:
        raise NotCompiled(
            f"constant {str(value)[:20]}... is outside 2^-900..2^900, beyond doubles; "
            "rescale the problem, or evaluate it in balls"
        )
    return found


def above(value: Fraction) -> float:
    """A double >= a nonnegative rational."""
    try:
        found = value.numerator / value.denominator
    except OverflowError:
        raise NotCompiled(
            "an error bound overflows; evaluate the formula in balls instead"
        ) from None
    return found if Fraction(found) >= value else math.nextafter(found, math.inf)


class Emitter:
    """Arithmetic on doubles (or, with lanes = 2, on pairs of doubles at once)."""

    def __init__(self, builder: Any, lanes: int = 1) -> None:
        from llvmlite import ir

        self.ir = ir
        self.builder = builder
        self.lanes = lanes
        self.scalar = ir.DoubleType()
        self.double = self.scalar if lanes == 1 else ir.VectorType(self.scalar, lanes)
        word = ir.IntType(64)
        self.word = word if lanes == 1 else ir.VectorType(word, lanes)

    def _splat(self, kind: Any, value: Any) -> Any:
        return self.ir.Constant(kind, value if self.lanes == 1 else [value] * self.lanes)

    def constant(self, value: float) -> Any:
        return self._splat(self.double, value)

    def integer(self, value: int) -> Any:
        return self._splat(self.word, value)

    def add(self, a: Any, b: Any) -> Any:
        return self.builder.fadd(a, b)

    def sub(self, a: Any, b: Any) -> Any:
        return self.builder.fsub(a, b)

    def mul(self, a: Any, b: Any) -> Any:
        return self.builder.fmul(a, b)

    def div(self, a: Any, b: Any) -> Any:
        return self.builder.fdiv(a, b)

    def intrinsic(self, name: str, a: Any) -> Any:
        full = f"llvm.{name}.f64" if self.lanes == 1 else f"llvm.{name}.v{self.lanes}f64"
        module = self.builder.module
        if full not in module.globals:
            self.ir.Function(module, self.ir.FunctionType(self.double, [self.double]), full)
        return self.builder.call(module.globals[full], [a])

    def abs(self, a: Any) -> Any:
        return self.intrinsic("fabs", a)

    def sqrt(self, a: Any) -> Any:
        return self.intrinsic("sqrt", a)  # correctly rounded, IEEE 754

    def compare(self, relation: str, a: Any, b: Any) -> Any:
        """False when a or b is nan."""
        return self.builder.fcmp_ordered(relation, a, b)

    def select(self, condition: Any, a: Any, b: Any) -> Any:
        return self.builder.select(condition, a, b)

    def least(self, a: Any, b: Any) -> Any:
        return self.select(self.compare("<", a, b), a, b)

    def greatest(self, a: Any, b: Any) -> Any:
        return self.select(self.compare(">", a, b), a, b)

    def only_if(self, condition: Any, a: Any) -> Any:
        """a, or nan where the condition fails: a nan stops every loop."""
        return self.select(condition, a, self.constant(math.nan))
