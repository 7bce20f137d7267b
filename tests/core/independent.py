"""An independent reader of formulas: mpmath at 600 bits, sharing nothing with our evaluator.

`reference(f, x)` is f(x) with an error below `tolerance`; Undefined where f has no real value,
TooLarge where 600 bits no longer say anything (exp of 1e9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import mpmath

from relaxsmooth.formula import Formula

BITS = 600
LARGEST = 10**6  # arguments of exp and base-2 logarithms of powers beyond this are left alone
CONTEXT = mpmath.mp.clone()
CONTEXT.prec = BITS
WIDE = mpmath.mp.clone()  # in which distances to balls are exact enough to compare with radii
WIDE.prec = 4 * BITS


class Undefined(ArithmeticError):
    """The formula has no real value at this point."""


class TooLarge(ArithmeticError):
    """A value is too large (or too small) for a 600-bit computation to be worth anything."""


@dataclass
class Reading:
    """One walk over a tree at one point; `scale` is the largest intermediate value met."""

    values: Mapping[str, Fraction]
    scale: Any = 1

    def of(self, node: Formula) -> Any:
        value = self._of(node)
        if not CONTEXT.isfinite(value):
            raise Undefined(node.op)
        self.scale = max(self.scale, abs(value))
        return value

    def _of(self, node: Formula) -> Any:
        if node.op == "number":
            return _mpf(node.data)
        if node.op == "symbol":
            return _mpf(self.values[node.data])
        if node.op == "piecewise":
            return self._branch(node)
        args = [self.of(arg) for arg in node.args]
        if node.op == "pow":
            return _power(args[0], node.data)
        if node.op in ("add", "mul"):
            return CONTEXT.fsum(args) if node.op == "add" else CONTEXT.fprod(args)
        if node.op in ("min", "max"):
            return (min if node.op == "min" else max)(args)
        return _function(node.op, args[0])

    def _branch(self, node: Formula) -> Any:
        for i, relation in enumerate(node.data):
            a, b = self.of(node.args[3 * i]), self.of(node.args[3 * i + 1])
            if a < b or (relation == "<=" and a == b):
                return self.of(node.args[3 * i + 2])
        return self.of(node.args[-1])


def reference(root: Formula, values: Mapping[str, Fraction]) -> tuple[Any, Any]:
    """(value, tolerance): 600 bits, and 100 of them given up to rounding at the largest scale."""
    reading = Reading(values)
    value = reading.of(root)
    return value, reading.scale * CONTEXT.mpf(2) ** (100 - BITS)


def _mpf(value: Fraction) -> Any:
    return CONTEXT.mpf(value.numerator) / value.denominator


def _power(base: Any, exponent: Fraction) -> Any:
    if (base < 0 and exponent.denominator > 1) or (base == 0 and exponent < 0):
        raise Undefined("pow")
    if base == 0:
        return CONTEXT.mpf(0)
    if abs(CONTEXT.log(abs(base), 2) * _mpf(exponent)) > LARGEST:
        raise TooLarge("pow")
    if exponent.denominator == 1:
        return base ** int(exponent)
    return CONTEXT.exp(CONTEXT.log(base) * _mpf(exponent))


def _function(name: str, u: Any) -> Any:
    if name == "abs":
        return abs(u)
    if name == "log":
        if u <= 0:
            raise Undefined("log")
        return CONTEXT.log(u)
    if abs(u) > LARGEST:
        raise TooLarge(name)
    return getattr(CONTEXT, name)(u)


def holds(enclosure: flint.arb, value: Any, tolerance: Any) -> bool:
    """Whether the ball contains the value (up to the error of the value itself)."""
    if not enclosure.is_finite():
        return True  # nan and infinite radius claim nothing
    distance = abs(WIDE.mpf(value) - _exact(enclosure.mid()))
    return bool(distance <= _exact(enclosure.rad()) + WIDE.mpf(tolerance))


def _exact(x: flint.arb) -> Any:
    mantissa, exponent = x.man_exp()
    return WIDE.ldexp(WIDE.mpf(int(mantissa)), int(exponent))
