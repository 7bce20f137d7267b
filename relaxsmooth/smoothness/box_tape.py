"""Layer 3: formulas as a straight-line program on balls, the inner loop of branch and bound.

A tape gives what `evaluate` gives in ball arithmetic (a test compares them), several times
faster: the graph is flattened once, and constants are converted once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint
from flint import arb

from relaxsmooth.arithmetic import BallArithmetic, ball
from relaxsmooth.formula import Formula, FormulaError, topological

BITS = 64
CONSTANT_BITS = 192
Step = tuple[Callable[..., Any], int, int]  # the function, its slots; second slot -1: one argument


class Tape:
    """`tape(values)` is the list of values of `formulas`; run it inside a working precision."""

    __slots__ = ("_constants", "_outputs", "_program", "names")

    def __init__(self, formulas: Sequence[Formula], names: Sequence[str]) -> None:
        """names: the symbols, in the order in which their values will be given."""
        self.names = tuple(names)
        order = topological(tuple(formulas))
        constants = [node for node in order if node.op == "number"]
        self._constants = [_constant(node.data) for node in constants]
        slots = dict.fromkeys(order, -1)
        for node in order:
            if node.op == "symbol":
                slots[node] = _position(node.data, self.names)
        first = len(self.names)
        slots.update({node: first + i for i, node in enumerate(constants)})
        self._program: list[Step] = []
        free = first + len(constants)
        for node in order:
            if node.op not in ("number", "symbol"):
                self._program.extend(_steps(node, slots, free + len(self._program)))
                slots[node] = free + len(self._program) - 1
        self._outputs = [slots[formula] for formula in formulas]

    def __call__(self, values: Sequence[arb]) -> list[arb]:
        v = [*values, *self._constants]
        push = v.append
        for f, i, j in self._program:
            push(f(v[i], v[j]) if j >= 0 else f(v[i]) if j == -1 else f(v))
        return [v[slot] for slot in self._outputs]


def _constant(value: Fraction) -> arb:
    with flint.ctx.workprec(CONSTANT_BITS):
        return arb(flint.fmpq(value.numerator, value.denominator))


def _position(name: str, names: Sequence[str]) -> int:
    if name not in names:
        raise FormulaError(f"symbol {name} has no slot; the tape knows {', '.join(names)}")
    return names.index(name)


def _steps(node: Formula, slots: dict[Formula, int], free: int) -> list[Step]:
    """The steps of one node; the last one leaves its value in the last slot."""
    args = [slots[arg] for arg in node.args]
    if node.op in ("add", "mul", "min", "max"):
        f = _BINARY[node.op]
        steps, left = [], args[0]
        for right in args[1:]:
            steps.append((f, left, right))
            left = free + len(steps) - 1
        return steps
    if node.op == "pow":
        return [(_power(node.data), args[0], -1)]
    if node.op == "piecewise":
        return [(_piecewise(node, args), 0, -2)]
    return [(lambda x, name=node.op: _ARITHMETIC.apply(name, x), args[0], -1)]


_ARITHMETIC: BallArithmetic = ball(BITS)  # only its methods: the working precision is the caller's
_BINARY: dict[str, Callable[[arb, arb], arb]] = {
    "add": operator.add,
    "mul": operator.mul,
    "min": lambda a, b: a.min(b),
    "max": lambda a, b: a.max(b),
}


def _power(exponent: Fraction) -> Callable[[arb], arb]:
    if exponent == 2:
        return square
    if exponent == -1:
        return _inverse
    if exponent.denominator == 1 and exponent > 0:
        n = int(exponent)
        return lambda x: _integer_power(x, n)
    return lambda x: _ARITHMETIC.power(x, exponent)


def _inverse(x: arb) -> arb:
    return 1 / x


def square(x: arb) -> arb:
    """x², which is >= 0 also where the ball holds both signs."""
    low = x.abs_lower()
    if low > 0:
        return x * x
    high = x.abs_upper()
    return arb(0).union(high * high)


def _integer_power(x: arb, n: int) -> arb:
    if n % 2 == 0:
        half = square(x)
        return half if n == 2 else _integer_power(half, n // 2)
    return x if n == 1 else x * square(x) if n == 3 else x * _integer_power(x, n - 1)


def _piecewise(node: Formula, args: Sequence[int]) -> Callable[[list[arb]], arb]:
    def value(v: list[arb]) -> arb:
        found: list[arb] = []
        for i, relation in enumerate(node.data):
            low, high, branch = (v[slot] for slot in args[3 * i : 3 * i + 3])
            may_hold, may_fail = _ARITHMETIC.possibilities(low, high, relation == "<")
            if may_hold:
                found.append(branch)
            if not may_fail:
                return _ARITHMETIC.hull(found)
        return _ARITHMETIC.hull([*found, v[args[-1]]])

    return value
