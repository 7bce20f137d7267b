"""Layer 1: the one evaluator of formulas: what a formula is at a point or on a box.

`evaluate` reads a formula in any arithmetic; `read_at` says through which nodes it is read at a
point, and `specialise` resolves the cases that a box decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import Arithmetic, ExactArithmetic, NotExact
from relaxsmooth.formula import Formula, FormulaError, piecewise, remake, topological


def evaluate(
    root: Formula | Sequence[Formula], values: Mapping[str, Any], arithmetic: Arithmetic
) -> Any:
    """Read a formula (or several at once, sharing work) in an arithmetic.

    values: a number of that arithmetic (or an exact rational) for every free symbol.
    Where a condition is undecided the result is the hull of all branches it may take.
    """
    roots = (root,) if isinstance(root, Formula) else tuple(root)
    with arithmetic.active():
        done = _values(topological(roots), values, arithmetic)
    return done[root] if isinstance(root, Formula) else [done[node] for node in roots]


class _Values(dict[Formula, Any]):
    """Values of nodes; a node without one (1/0, irrational in EXACT) raises when asked for.

    So a branch that is not taken need not have a value: x log x is 0 at 0 by a piecewise.
    """

    def __init__(self) -> None:
        self.errors: dict[Formula, ArithmeticError] = {}

    def __missing__(self, node: Formula) -> Any:
        raise self.errors[node]


def _values(order: Iterable[Formula], values: Mapping[str, Any], arithmetic: Arithmetic) -> _Values:
    done = _Values()
    for node in order:
        try:
            done[node] = _value(node, values, done, arithmetic)
        except ArithmeticError as error:
            done.errors[node] = error
    return done


def _value(
    node: Formula, values: Mapping[str, Any], done: Mapping[Formula, Any], a: Arithmetic
) -> Any:
    op, args = node.op, node.args
    if op == "number":
        return a.number(node.data)
    if op == "symbol":
        if node.data not in values:
            raise FormulaError(
                f"symbol {node.data} has no value; give one of {sorted(values)} or add it"
            )
        given = values[node.data]
        if isinstance(given, int | Fraction):
            return a.number(Fraction(given))
        if isinstance(a, ExactArithmetic):  # numpy's integers wrap, and floats round
            raise FormulaError(f"{node.data} = {given!r} is not exact; give a fraction such as 1/3")
        return given
    if op == "add":
        total = done[args[0]]
        for arg in args[1:]:
            total = total + done[arg]
        return total
    if op == "mul":
        product = done[args[0]]
        for arg in args[1:]:
            product = product * done[arg]
        return product
    if op == "pow":
        return a.power(done[args[0]], node.data)
    if op == "piecewise":
        return a.hull(_branches(node, done, a))
    if op in ("min", "max"):
        operands = [done[arg] for arg in args]
        return a.minimum(operands) if op == "min" else a.maximum(operands)
    return a.apply(op, done[args[0]])


def _branches(node: Formula, done: Mapping[Formula, Any], a: Arithmetic) -> Iterable[Any]:
    """Values of the branches that may be taken, in order, up to the first certain one."""
    for i, relation in enumerate(node.data):
        low, high = (done[arg] for arg in node.args[3 * i : 3 * i + 2])
        if _is_nan(low) or _is_nan(high):  # no comparison, no value
            yield low + high
            return
        may_hold, may_fail = a.possibilities(low, high, relation == "<")
        if may_hold:
            yield done[node.args[3 * i + 2]]
        if not may_fail:
            return
    yield done[node.args[-1]]


def _is_nan(value: Any) -> bool:
    """Whether a ball is not a number (doubles and rationals say so themselves)."""
    asked = getattr(value, "is_nan", None)
    return bool(asked is not None and asked())


def read_at(
    root: Formula, values: Mapping[str, Any], arithmetic: Arithmetic
) -> dict[Formula, bool]:
    """The nodes through which `root` is read at a point: True where certainly, False where a
    condition that is open there may pass them by.  Nothing folds."""
    with arithmetic.active():
        done = _values(topological((root,)), values, arithmetic)
        read: dict[Formula, bool] = {}
        todo = [(root, True)]
        while todo:
            node, certain = todo.pop()
            if read.get(node, False) or (node in read and not certain):
                continue
            read[node] = certain
            if node.op == "piecewise":
                todo.extend(_read_cases(node, certain, done, arithmetic))
            else:
                todo.extend((arg, certain) for arg in node.args)
    return read


def _read_cases(
    node: Formula, certain: bool, done: Mapping[Formula, Any], a: Arithmetic
) -> Iterable[tuple[Formula, bool]]:
    for i, relation in enumerate(node.data):
        low, high, value = node.args[3 * i : 3 * i + 3]
        yield low, certain
        yield high, certain
        try:
            ends = done[low], done[high]
        except NotExact:  # it has a value, and another arithmetic can tell
            raise
        except ArithmeticError:  # no comparison: nothing behind it is read
            return
        if any(map(_is_nan, ends)):
            return
        may_hold, may_fail = a.possibilities(*ends, relation == "<")
        if may_hold:
            yield value, certain and not may_fail
        if not may_fail:
            return
        certain = certain and not may_hold
    yield node.args[-1], certain


def specialise(root: Formula, values: Mapping[str, Any], arithmetic: Arithmetic) -> Formula:
    """The formula with every abs, min, max and piecewise that is decided on `values` resolved.

    On the box `values` of balls the result equals the formula at every point.
    """
    order = topological((root,))
    with arithmetic.active():
        done = _values(order, values, arithmetic)
        made: dict[Formula, Formula] = {}
        for node in order:
            try:
                made[node] = _resolved(node, made, done, arithmetic)
            except (FormulaError, ArithmeticError):  # no value, in a branch that is not taken
                made[node] = node
    return made[root]


def _resolved(
    node: Formula, made: Mapping[Formula, Formula], done: Mapping[Formula, Any], a: Arithmetic
) -> Formula:
    if node.op == "abs":
        zero, u = a.number(Fraction(0)), done[node.args[0]]
        if not a.possibilities(zero, u)[1]:
            return made[node.args[0]]
        if not a.possibilities(u, zero)[1]:
            return -made[node.args[0]]
    if node.op == "piecewise":
        return _resolved_cases(node, made, done, a)
    if node.op in ("min", "max"):
        for first in node.args:
            pairs = [(first, other) if node.op == "min" else (other, first) for other in node.args]
            if all(p is q or not a.possibilities(done[p], done[q])[1] for p, q in pairs):
                return made[first]
    return remake(node, [made[arg] for arg in node.args]) if node.args else node


def _resolved_cases(
    node: Formula, made: Mapping[Formula, Formula], done: Mapping[Formula, Any], a: Arithmetic
) -> Formula:
    cases: list[tuple[Formula, str, Formula, Formula]] = []
    for i, relation in enumerate(node.data):
        low, high, value = node.args[3 * i : 3 * i + 3]
        may_hold, may_fail = a.possibilities(done[low], done[high], relation == "<")
        if not may_fail:
            return piecewise(*cases, otherwise=made[value])
        if may_hold:
            cases.append((made[low], relation, made[high], made[value]))
    return piecewise(*cases, otherwise=made[node.args[-1]])
