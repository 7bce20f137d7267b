"""A formula in plain doubles: fast, unrigorous, for plots, guesses and benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from relaxsmooth.compiled.emit import Emitter, nearest
from relaxsmooth.formula import Formula, topological

LIBM = ("exp", "log", "cosh", "sinh", "tanh", "sin", "cos")


def emit_floats(m: Emitter, roots: Sequence[Formula], values: Mapping[str, Any]) -> list[Any]:
    """The roots as machine doubles; work that they share is done once."""
    done: dict[Formula, Any] = {}
    for node in topological(tuple(roots)):
        done[node] = _node(m, node, values, done)
    return [done[root] for root in roots]


def _node(m: Emitter, node: Formula, values: Mapping[str, Any], done: Mapping[Formula, Any]) -> Any:
    if node.op == "number":
        return m.constant(nearest(node.data))
    if node.op == "symbol":
        return values[node.data]
    args = [done[arg] for arg in node.args]
    if node.op == "pow":
        return _power(m, args[0], node.data)
    if node.op == "piecewise":
        return _cases(m, node.data, args)
    if node.op in LIBM:
        return _libm(m, node.op, args[0])
    folded: dict[str, Callable[[Any, Any], Any]] = {
        "add": m.add,
        "mul": m.mul,
        "min": m.least,
        "max": m.greatest,
    }
    if node.op in folded:
        return reduce(folded[node.op], args)
    return m.abs(args[0]) if node.op == "abs" else m.sqrt(args[0])


def _libm(m: Emitter, name: str, a: Any) -> Any:
    module = m.builder.module
    found = module.globals.get(name)
    if found is None:
        kind = m.ir.FunctionType(m.scalar, [m.scalar])
        found = m.ir.Function(module, kind, name)
    return m.builder.call(found, [a])


def _power(m: Emitter, base: Any, exponent: Fraction) -> Any:
    if exponent < 0:
        return m.div(m.constant(1.0), _power(m, base, -exponent))
    if exponent.denominator == 1:
        return whole_power(m.mul, base, int(exponent))
    if exponent.denominator == 2:
        return whole_power(m.mul, m.sqrt(base), int(2 * exponent))
    return _libm(m, "exp", m.mul(m.constant(nearest(exponent)), _libm(m, "log", base)))


def whole_power(times: Callable[[Any, Any], Any], base: Any, n: int) -> Any:
    """base^n, n >= 1, by repeated squaring."""
    result = None
    while True:
        if n & 1:
            result = base if result is None else times(result, base)
        n >>= 1
        if not n:
            return result
        base = times(base, base)


def _cases(m: Emitter, relations: Sequence[str], args: Sequence[Any]) -> Any:
    result = args[-1]
    for i, relation in reversed(list(enumerate(relations))):
        holds = m.compare(relation, args[3 * i], args[3 * i + 1])
        result = m.select(holds, args[3 * i + 2], result)
    return result
