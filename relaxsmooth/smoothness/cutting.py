"""Layer 3: the line cut at the zeros of everything that abs, min, max and piecewise compare.

Each difference is a rational function of its own generator, so its zeros are exact points and
its sign between them is that at one rational.  What is left on a cell has no cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, cmp_to_key
from typing import TypeAlias

from relaxsmooth.arithmetic import ball
from relaxsmooth.domain import always_read, check_constants
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, exp, mul, remake, topological
from relaxsmooth.smoothness.algebraic import RealRoot, rational_root, to_fraction
from relaxsmooth.smoothness.generator import Generator, NotDecidable, Point
from relaxsmooth.smoothness.ratio import PoleError, Ratio, shortest_inside
from relaxsmooth.smoothness.rewrite import as_ratio, generator_of, normal_form
from relaxsmooth.smoothness.roots import ends

MOST_CELLS = 200
MOST_BITS = 4096


Waiting: TypeAlias = tuple[tuple[Formula, Formula], ...]  # (as written, its argument by now)


@dataclass(frozen=True, eq=False)
class Cell:
    """An open interval (low, high), None meaning unbounded, or the one point low = high."""

    low: Point | None
    high: Point | None
    formula: Formula
    waiting: Waiting = ()  # logs, roots and quotients with cases in what they are taken of

    @property
    def is_point(self) -> bool:
        return self.low is not None and self.low is self.high

    @cached_property
    def sample(self) -> Fraction:
        """A short rational strictly inside the interval."""
        return rational_between(self.low, self.high)

    def holds(self, p: Point) -> bool:
        """Whether p lies strictly inside."""
        return (self.low is None or self.low.compare(p) < 0) and (
            self.high is None or p.compare(self.high) < 0
        )


def rational_between(low: Point | None, high: Point | None) -> Fraction:
    """A short rational strictly between two points (None: unbounded)."""
    bits = 32
    while True:
        left = ends(low.enclosure(bits), bits)[1] if low is not None else None
        right = ends(high.enclosure(bits), bits)[0] if high is not None else None
        if left is None or right is None:
            if left is None and right is None:
                return Fraction(0)
            outside = left.floor() + 1 if left is not None else right.ceil() - 1  # type: ignore[union-attr]
            return Fraction(int(outside))
        if left < right:
            return to_fraction(shortest_inside(left, right))
        bits *= 2


def cells(f: Formula, x: str, low: Point | None = None) -> list[Cell]:
    """f without cases on each open interval and at each cut, in order along x > low."""
    done: list[Cell] = []
    whole = Cell(low, None, f)
    todo = [replace(whole, waiting=check_read(f, whole, x))]
    while todo:
        cell = todo.pop()
        node = _undecided(*(u for _, u in cell.waiting), cell.formula)
        if node is not None:
            todo.extend(reversed(_decided(cell, node, x)))
        else:
            normal = replace(cell, formula=normal_form(cell.formula))
            # sqrt(x^2) has become |x|
            (done if _undecided(normal.formula) is None else todo).append(normal)
        if len(done) + len(todo) > MOST_CELLS:
            raise NotDecidable(f"more than {MOST_CELLS} pieces")
    return done


def _undecided(*formulas: Formula) -> Formula | None:
    """An innermost abs, min, max or piecewise that is read whatever holds; of what waits first.

    Not one in a branch: f may fold there, and whether it has a value is asked where it is chosen.
    """
    for f in formulas:
        read = set(always_read(f))
        for node in topological((f,)):
            if node in read and node.op in ("abs", "min", "max", "piecewise"):
                return node
    return None


def _may_lack_a_value(node: Formula) -> bool:
    power = node.op == "pow" and (node.data < 0 or node.data.denominator > 1)
    return power or node.op == "log"


def _decided(cell: Cell, node: Formula, x: str) -> list[Cell]:
    """The cell cut at the zeros of what the node compares, with the node resolved on each part."""
    differences = [normal_form(d) for d in _compared(node)]
    ratios = [as_ratio(d, generator_of(d, x), x) for d in differences]
    vs = [generator_of(d, x) for d in differences]
    parts = [cell] if cell.is_point else cut(cell, vs, ratios)
    if len(parts) > MOST_CELLS:
        raise NotDecidable(f"more than {MOST_CELLS} pieces")
    result = []
    for part in parts:
        signs = [
            _sign_on(part, d, v, r, x) for d, v, r in zip(differences, vs, ratios, strict=True)
        ]
        chosen = _chosen(node, signs)
        waiting = _resumed(cell.waiting, part, x, node, chosen)
        for operand in (*_read(node), chosen):
            waiting = (*waiting, *check_read(operand, part, x))
        try:
            resolved = _with(part.formula, node, chosen)
        except FormulaError as error:
            raise NotDecidable(f"f has no value: {error}") from None
        result.append(Cell(part.low, part.high, resolved, tuple(dict.fromkeys(waiting))))
    return result


def _read(node: Formula) -> Sequence[Formula]:
    """What is compared: f has no value where one of these has none."""
    return node.args[:2] if node.op == "piecewise" else node.args


def _with(f: Formula, node: Formula, new: Formula) -> Formula:
    """f with a node that is always read replaced; branches of a piecewise stay as they are."""
    read, made = set(always_read(f)), dict[Formula, Formula]()
    for n in topological((f,)):
        if n is node:
            made[n] = new
        elif n in read and n.op == "piecewise":
            made[n] = Formula("piecewise", (*(made[a] for a in n.args[:2]), *n.args[2:]), n.data)
        elif n in read:
            made[n] = remake(n, [made[arg] for arg in n.args]) if n.args else n
    return made[f]


def _compared(node: Formula) -> list[Formula]:
    """The differences whose signs decide the node, or the first condition of a piecewise."""
    args = node.args
    if node.op == "abs":
        return [_same_sign(args[0])]
    if node.op == "piecewise":
        return [_same_sign(args[1] - args[0])]
    return [_same_sign(b - a) for i, a in enumerate(args) for b in args[i + 1 :]]


def _same_sign(d: Formula) -> Formula:
    """d, or e^d - 1 where d is a sum with logarithms of constants (x - log 2 becomes e^x/2 - 1)."""
    constant_logs = any(node.op == "log" and not node.symbols for node in topological((d,)))
    if d.op != "add" or not constant_logs:
        return d
    return mul(*(exp(term) for term in d.args)) - 1


def _chosen(node: Formula, signs: Sequence[int]) -> Formula:
    """The branch that the signs of `_compared(node)` select."""
    args = node.args
    if node.op == "abs":
        return args[0] if signs[0] >= 0 else -args[0]
    if node.op == "piecewise":
        if signs[0] > 0 or (signs[0] == 0 and node.data[0] == "<="):
            return args[2]
        return args[3] if len(args) == 4 else Formula("piecewise", args[3:], node.data[1:])
    order = iter(signs)
    ahead = [0] * len(args)
    for i in range(len(args)):
        for j in range(i + 1, len(args)):
            ahead[i if next(order) >= 0 else j] += 1  # i <= j
    place = ahead.index(len(args) - 1 if node.op == "min" else 0)
    return args[place]


def cut(cell: Cell, vs: Sequence[Generator], ratios: Sequence[Ratio]) -> list[Cell]:
    """The cell minus the zeros and poles of the differences, as intervals and points."""
    points: list[Point] = []
    for v, ratio in zip(vs, ratios, strict=True):
        if v.a == 0:  # a constant
            continue
        low, _ = _domain(v)
        for root in [*ratio.zeros(low, None), *ratio.poles(low, None)]:
            p = Point.of(v, root)
            if cell.holds(p) and all(p.compare(other) != 0 for other in points):
                points.append(p)
    points = sort_points(points)
    bounds = [cell.low, *points, cell.high]
    parts = [Cell(bounds[0], bounds[1], cell.formula)]
    for p, after in zip(points, bounds[2:], strict=True):
        parts += [Cell(p, p, cell.formula), Cell(p, after, cell.formula)]
    return parts


def sort_points(points: Sequence[Point]) -> list[Point]:
    return sorted(points, key=cmp_to_key(Point.compare))


def _domain(v: Generator) -> tuple[RealRoot | None, None]:
    """v > 0 for exponentials and roots."""
    return (None if v.kind == "x" else rational_root(0)), None


def _sign_on(part: Cell, d: Formula, v: Generator, r: Ratio, x: str) -> int:
    """The constant sign of a difference on a part (0: zero there)."""
    if r.is_zero:
        return 0
    if not part.is_point:
        return sign_at(d, part.sample, x)
    assert part.low is not None
    root = part.low.seen_from(v)
    if root is not None:
        try:
            return r.at(root).sign
        except PoleError:
            raise NotDecidable(f"{d} is compared at its pole {x} = {part.low}") from None
    bits = 64  # v is no root of a polynomial there, so the difference is not zero
    while True:
        at = evaluate(d, {x: part.low.enclosure(bits)}, ball(bits))
        if at > 0 or at < 0:
            return 1 if at > 0 else -1
        bits = _doubled(bits, f"the sign of {d} at {x} = {part.low}")


def sign_at(d: Formula, at: Fraction, x: str) -> int:
    """The sign of a formula that is not zero at a rational, by balls."""
    bits = 64
    while True:
        value = evaluate(d, {x: at}, ball(bits))
        if value.is_nan():
            raise NotDecidable(f"{d} has no value at {x} = {at}")
        if value > 0 or value < 0:
            return 1 if value > 0 else -1
        bits = _doubled(bits, f"the sign of {d} at {x} = {at}")


def _doubled(bits: int, what: str) -> int:
    if bits >= MOST_BITS:
        raise NotDecidable(f"{what} is not separated from zero at {MOST_BITS} bits")
    return 2 * bits


# --- where f has a value -------------------------------------------------------------------------


def check_read(f: Formula, cell: Cell, x: str) -> Waiting:
    """Every log, root and quotient of f has a value on the cell, as f is written; else
    NotDecidable.

    Asked before anything folds: 0 sqrt(x), x^3/x and exp(2 log x) would lose where they have
    none.  Those with cases in their arguments are returned: they wait until these are resolved;
    branches wait until they are chosen.
    """
    parts = [node for node in always_read(f) if _may_lack_a_value(node)]
    return tuple(_later(((node, node.args[0]) for node in parts), cell, x))


def _later(parts: Iterable[tuple[Formula, Formula]], cell: Cell, x: str) -> Waiting:
    """Those whose arguments have cases; the others are checked on the cell."""
    found = []
    for node, u in parts:
        normal = u if _undecided(u) is not None else normal_form(u)
        if _undecided(normal) is not None:
            found.append((node, normal))
        else:
            _check_value(node, normal, cell, x)
    return tuple(found)


def _resumed(waiting: Waiting, part: Cell, x: str, node: Formula, chosen: Formula) -> Waiting:
    """What waited, with one more case resolved."""
    try:
        return _later([(w, _with(u, node, chosen)) for w, u in waiting], part, x)
    except FormulaError as error:  # a constant without a value has appeared
        raise NotDecidable(f"f has no value: {error}") from None


def _check_value(node: Formula, u: Formula, cell: Cell, x: str) -> None:
    if x not in u.symbols:
        _check_constant(node, u)
        return
    root = node.op == "pow" and node.data.denominator > 1
    v = generator_of(u, x)
    ratio = as_ratio(u, v, x)
    for part in [cell] if cell.is_point else cut(cell, [v], [ratio]):
        sign = _sign_on(part, u, v, ratio, x)
        if sign > 0 or (root and sign == 0 and node.data > 0):
            continue
        if sign < 0 and node.op == "pow" and not root:
            continue
        where = part.low if part.is_point else part.sample
        raise NotDecidable(f"{node} has no value at {x} = {where}")


def _check_constant(node: Formula, u: Formula) -> None:
    """A log, root or quotient of a constant, that of a case for instance, has a value."""
    try:
        check_constants(remake(node, [u]), "f")
    except FormulaError as error:
        raise NotDecidable(f"{node} has no value: {error}") from None


def check_domain(f: Formula, cell: Cell, x: str) -> None:
    """f without cases is defined and differentiable on the open interval; else NotDecidable."""
    for node in topological((f,)):
        if node.op == "log" or (node.op == "pow" and node.data.denominator > 1):
            _check_positive(node, cell, x)
        elif node.op == "pow" and node.data < 0:
            _check_nonzero(node, cell, x)


def _check_positive(node: Formula, cell: Cell, x: str) -> None:
    """The argument of a log or root is positive on the cell, exactly."""
    u = node.args[0]
    if x not in u.symbols:
        return
    v = generator_of(u, x)
    ratio = as_ratio(u, v, x)
    inside = len(cut(cell, [v], [ratio])) > 1
    if inside or ratio.is_zero or sign_at(u, cell.sample, x) < 0:
        raise NotDecidable(f"{node} is not defined and differentiable on the whole line")


def _check_nonzero(node: Formula, cell: Cell, x: str) -> None:
    """A denominator has no zero in the cell, also where f could be continued across it."""
    u = node.args[0]
    v = generator_of(u, x)
    parts = cut(cell, [v], [as_ratio(u, v, x)])
    if len(parts) > 1:
        raise NotDecidable(f"{node} has a pole at {x} = {parts[1].low}")
