"""The certified sign of a formula in one variable on an interval, and the branch that it chooses.

sign_on   F < 0 or F > 0 at every point of [a, b], by balls, monotonicity, bisection; 0: undecided
resolve   the one smooth branch of a formula with abs, min, max or piecewise, where signs decide it
read_on   the nodes through which a formula may be read there
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint

from relaxsmooth.arithmetic import BallArithmetic
from relaxsmooth.domain import reached
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, remake, topological

PIECES = 192


def sign_of(value: Any) -> int:
    """+1, -1, or 0 where a ball contains zero or is not a number."""
    return 1 if value > 0 else -1 if value < 0 else 0


def hull(a: Fraction, b: Fraction, arithmetic: BallArithmetic) -> flint.arb:
    return arithmetic.number(a).union(arithmetic.number(b))


def sign_on(F: Formula, name: str, a: Fraction, b: Fraction, arithmetic: BallArithmetic) -> int:
    """The strict sign of F on [a, b], or 0.

    F has this sign at a, b and every midpoint that is looked at.  On each piece either the ball
    value has it too, or F' has a sign (then F is monotone between two ends of that sign); a piece
    with neither is halved.
    """
    ends = {sign_of(evaluate(F, {name: end}, arithmetic)) for end in (a, b)}
    sign = ends.pop()
    if ends or sign == 0:
        return 0
    smooth = not switches(F)  # else F may jump: no argument by monotonicity
    todo = [(a, b)]
    for _ in range(PIECES):
        if not todo:
            return sign
        left, right = todo.pop()
        piece = {name: hull(left, right, arithmetic)}
        here = sign_of(evaluate(F, piece, arithmetic))
        if here == sign:
            continue
        middle = (left + right) / 2
        if here or sign_of(evaluate(F, {name: middle}, arithmetic)) != sign:
            return 0
        if not (smooth and sign_of(evaluate(F.diff(name), piece, arithmetic))):
            todo += [(middle, right), (left, middle)]
    return 0


@lru_cache(maxsize=1024)
def switches(root: Formula) -> tuple[Formula, ...]:
    """The differences whose signs choose the branches of abs, min, max and piecewise."""
    found: dict[Formula, None] = {}
    for node in topological((root,)):
        if node.op == "abs":
            found[node.args[0]] = None
        elif node.op in ("min", "max"):
            for i, one in enumerate(node.args):
                for other in node.args[i + 1 :]:
                    found[one - other] = None
        elif node.op == "piecewise":
            for i in range(len(node.data)):
                found[node.args[3 * i] - node.args[3 * i + 1]] = None
    return tuple(found)


class Undetermined(FormulaError):
    """A branch could not be chosen on the whole region."""


def resolve(root: Formula, sign: Callable[[Formula], int]) -> Formula:
    """The one smooth branch of a formula on a region, where sign(F) = +1, -1 proves F's sign there.

    Raises Undetermined where a difference that chooses a branch has no proven strict sign.
    """
    made: dict[Formula, Formula] = {}

    def decided(F: Formula) -> int:
        found = sign(F)
        if found == 0:
            raise Undetermined(f"the sign of {F} is not decided on the region")
        return found

    def branch(node: Formula) -> Formula:
        if not switches(node):
            return node
        if node not in made:
            made[node] = _branch(node, branch, decided)
        return made[node]

    return branch(root)


@lru_cache(maxsize=1024)
def _difference(a: Formula, b: Formula) -> Formula:
    return a - b


def _branch(
    node: Formula, branch: Callable[[Formula], Formula], decided: Callable[[Formula], int]
) -> Formula:
    if node.op == "abs":
        inner = branch(node.args[0])
        return inner if decided(inner) > 0 else -inner
    if node.op == "piecewise":
        for i in range(len(node.data)):
            a, b = (branch(arg) for arg in node.args[3 * i : 3 * i + 2])
            gap = _difference(a, b)
            if node.data[i] == "<=" if gap.value == 0 else decided(gap) < 0:  # strict: both agree
                return branch(node.args[3 * i + 2])
        return branch(node.args[-1])
    args = [branch(arg) for arg in node.args]
    if node.op not in ("min", "max"):
        return remake(node, args) if args else node
    best, sense = args[0], 1 if node.op == "min" else -1
    for other in args[1:]:
        gap = _difference(best, other)
        if gap.value != 0 and sense * decided(gap) > 0:
            best = other
    return best


def read_on(root: Formula, sign: Callable[[Formula], int]) -> Iterator[Formula]:
    """The nodes through which `root` may be read on a region, where sign(F) proves F's sign.

    The signs hold where the conditions have a value, which is for the caller to prove: they are
    among the nodes.
    """
    return reached(root, lambda node: _cases_on(node, sign))


def _cases_on(node: Formula, sign: Callable[[Formula], int]) -> Iterator[Formula]:
    for i, relation in enumerate(node.data):
        low, high, value = node.args[3 * i : 3 * i + 3]
        yield from (low, high)
        gap = _difference(low, high)
        tie = -1 if relation == "<=" else 1
        side = tie if gap.value == 0 else _sign_of_resolved(gap, sign)
        if side == 0:
            yield from node.args[3 * i + 2 :]
            return
        if side < 0:
            yield value
            return
    yield node.args[-1]


def _sign_of_resolved(F: Formula, sign: Callable[[Formula], int]) -> int:
    try:
        return sign(resolve(F, sign))
    except (FormulaError, ArithmeticError):
        return 0
