"""Layer 1: a symbolic formula over a closed vocabulary.

A `Formula` is an immutable node of a shared graph: equal formulas are one
object.  Its vocabulary is `VOCABULARY` and nothing else, so everything that
reads formulas (evaluation, derivatives, compilation, text, LaTeX, proofs) is
a table over the same few operations.  The paper's formulas, the functions a
user types and the update rules are all written in it, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias
from weakref import WeakValueDictionary

from relaxsmooth.arithmetic import EXACT, NotExact

FUNCTIONS = ("abs", "exp", "log", "sqrt", "cosh", "sinh", "tanh", "sin", "cos")
VOCABULARY = ("number", "symbol", "add", "mul", "pow", "min", "max", "piecewise", *FUNCTIONS)
LARGEST_BITS = 14_000  # of a rational constant: every constant can be printed (4300 digits)
LARGEST_POWER = 100_000  # a larger constant exponent is a typing error, not a formula

Numeric: TypeAlias = "Formula | Fraction | int"


class FormulaError(ValueError):
    """The formula cannot be built; the message names the value, the rule and what to do."""


class TooLong(FormulaError):
    """A constant on the way needs more bits than are written: no statement about it is decided."""


class Formula:
    """One node: an operation, its arguments, and the number, name or exponent it carries.

    add/mul have two or more arguments; pow carries a rational exponent;
    piecewise has arguments (a, b, value)* + otherwise and carries the relations:
    the first value whose a <= b (or a < b) holds.
    """

    __slots__ = ("__weakref__", "args", "data", "op")
    _shared: ClassVar[WeakValueDictionary[tuple[Any, ...], Formula]] = WeakValueDictionary()

    op: str
    args: tuple[Formula, ...]
    data: Any

    def __new__(cls, op: str, args: tuple[Formula, ...] = (), data: Any = None) -> Formula:
        # integers, not Fractions: hash(-1) = hash(-2), and at the end of the interpreter the
        # dictionary still compares such keys when the module of Fraction is already gone
        key = (op, args, data.as_integer_ratio() if isinstance(data, Fraction) else data)
        node = cls._shared.get(key)
        if node is None:
            if op not in VOCABULARY:
                raise FormulaError(f"operation {op!r} is not in the vocabulary {VOCABULARY}")
            node = object.__new__(cls)
            object.__setattr__(node, "op", op)
            object.__setattr__(node, "args", args)
            object.__setattr__(node, "data", data)
            cls._shared[key] = node
        return node

    def __setattr__(self, name: str, value: object = None) -> None:
        raise AttributeError("a Formula is immutable")

    __delattr__ = __setattr__

    def __reduce__(self) -> tuple[Any, ...]:
        """As a flat list of nodes, so that a deep or shared formula pickles in linear time."""
        order = topological((self,))
        place = {node: i for i, node in enumerate(order)}
        nodes = tuple((n.op, tuple(place[arg] for arg in n.args), n.data) for n in order)
        return _from_nodes, (nodes,)

    def __copy__(self) -> Formula:
        return self

    def __deepcopy__(self, memo: object) -> Formula:
        return self

    def __add__(self, other: Numeric) -> Formula:
        return add(self, formula(other))

    def __mul__(self, other: Numeric) -> Formula:
        return mul(self, formula(other))

    def __radd__(self, other: Numeric) -> Formula:
        return add(formula(other), self)

    def __rmul__(self, other: Numeric) -> Formula:
        return mul(formula(other), self)

    def __neg__(self) -> Formula:
        return mul(formula(-1), self)

    def __sub__(self, other: Numeric) -> Formula:
        return add(self, -formula(other))

    def __rsub__(self, other: Numeric) -> Formula:
        return add(formula(other), -self)

    def __truediv__(self, other: Numeric) -> Formula:
        return mul(self, power(formula(other), -1))

    def __rtruediv__(self, other: Numeric) -> Formula:
        return mul(formula(other), power(self, -1))

    def __pow__(self, exponent: Numeric) -> Formula:
        return power(self, exponent)

    def __bool__(self) -> bool:
        raise TypeError("a Formula has no truth value; compare it in an arithmetic")

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        from relaxsmooth.text import to_text

        return to_text(self)

    @property
    def value(self) -> Fraction | None:
        """The rational number this is, or None."""
        return self.data if self.op == "number" else None

    @property
    def symbols(self) -> frozenset[str]:
        """Names of the free symbols."""
        return _symbols(self)

    def subs(self, mapping: Mapping[str, Numeric]) -> Formula:
        """The formula with symbols replaced, all at once, simplified on the way."""
        chosen = {name: formula(value) for name, value in mapping.items()}
        made: dict[Formula, Formula] = {}
        for node in topological((self,)):  # not `rebuild`: -x at x = -x must not become -x again
            if node.op == "symbol":
                made[node] = chosen.get(node.data, node)
            else:
                made[node] = remake(node, [made[arg] for arg in node.args])
        return made[self]

    def diff(self, name: str) -> Formula:
        """The derivative in one symbol.

        On a tie of cases its formula follows one branch, which need not be a one-sided derivative;
        read it in `arithmetic.opened`, which takes both sides.
        """
        return _derivative(self, name)


def _from_nodes(nodes: Iterable[tuple[str, tuple[int, ...], Any]]) -> Formula:
    """The last of `nodes`, each written as (op, places of its arguments, data)."""
    made: list[Formula] = []
    for op, places, data in nodes:
        made.append(Formula(op, tuple(made[i] for i in places), data))
    return made[-1]


# --- building: constants fold, like terms and powers of one base meet ------------------------


def number(value: Fraction | int) -> Formula:
    return Formula("number", (), _limited(Fraction(value)))


def _limited(value: Fraction) -> Fraction:
    """The value, refused on the way to a size at which sums of fractions take seconds."""
    size = max(value.numerator.bit_length(), value.denominator.bit_length())
    if size > LARGEST_BITS:
        raise TooLong(
            f"a constant needs {size} bits, over {LARGEST_BITS}; give numbers with fewer digits"
        )
    return value


def _shown(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def symbol(name: str) -> Formula:
    return Formula("symbol", (), name)


def formula(value: Numeric) -> Formula:
    """A Formula from a Formula or a rational; a float is refused, since it hides its rounding."""
    if isinstance(value, Formula):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise FormulaError(f"{value!r} is not exact; write it as a Fraction, such as 1/10")
    return number(value)


ZERO, ONE = number(0), number(1)


def _split(term: Formula) -> tuple[Fraction, Formula]:
    """term = coefficient * rest."""
    if term.op == "number":
        return term.data, ONE
    if term.op == "mul" and term.args[0].op == "number":
        rest = term.args[1:]
        return term.args[0].data, rest[0] if len(rest) == 1 else Formula("mul", rest)
    return Fraction(1), term


def add(*terms: Formula) -> Formula:
    collected: dict[Formula, Fraction] = {}
    for term in terms:
        for part in term.args if term.op == "add" else (term,):
            coefficient, rest = _split(part)
            collected[rest] = _limited(collected.get(rest, Fraction(0)) + coefficient)
    parts = tuple(_scaled(c, rest) for rest, c in collected.items() if c)
    return ZERO if not parts else parts[0] if len(parts) == 1 else Formula("add", parts)


def _scaled(c: Fraction, rest: Formula) -> Formula:
    """mul(number(c), rest) for a rest that came out of `_split`, without looking into it again."""
    if rest is ONE:
        return number(c)
    if c == 1:
        return rest
    return Formula("mul", (number(c), *(rest.args if rest.op == "mul" else (rest,))))


def mul(*factors: Formula) -> Formula:
    coefficient, exponents = Fraction(1), dict[Formula, Fraction]()
    for factor in factors:
        for part in factor.args if factor.op == "mul" else (factor,):
            if part.op == "number":
                coefficient = _limited(coefficient * part.data)
                continue
            base, exponent = (part.args[0], part.data) if part.op == "pow" else (part, Fraction(1))
            whole = exponent.denominator == 1 and exponents.get(base, exponent).denominator == 1
            if base in exponents and not whole:  # u^(1/2) u^(1/2) is not u where u < 0
                base, exponent = part, Fraction(1)
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
    if coefficient == 0:
        return ZERO
    parts = tuple(power(base, e) for base, e in exponents.items() if e)
    if any(part.op == "number" for part in parts):
        return mul(number(coefficient), *parts)
    if not parts:
        return number(coefficient)
    if coefficient == 1:
        return parts[0] if len(parts) == 1 else Formula("mul", parts)
    return Formula("mul", (number(coefficient), *parts))


def power(base: Formula, exponent: Numeric) -> Formula:
    """base^exponent: a rational exponent stays a power, any other is exp(exponent log base)."""
    wanted = formula(exponent)
    if wanted.value is None:
        return function("exp", wanted * function("log", base))
    e = wanted.value
    if e in (0, 1):
        return base if e else ONE
    if abs(e) > LARGEST_POWER or e.denominator.bit_length() > 60:
        raise FormulaError(
            f"exponent {_shown(e)} is not within {LARGEST_POWER} or has too many digits; "
            "write a simpler one"
        )
    if base.op == "number":
        return _number_power(base, e)
    if base.op == "pow" and e.denominator == 1 and _same_domain(base, e):
        return power(base.args[0], base.data * e)
    if base.op == "mul" and e.denominator == 1:
        return mul(*(power(factor, e) for factor in base.args))
    if base.op == "abs" and e.denominator == 1 and e % 2 == 0:
        return power(base.args[0], e)
    return Formula("pow", (base,), e)


def _same_domain(base: Formula, e: Fraction) -> bool:
    """Whether (u^r)^e is u^(r e): sqrt(u)^2 is u only where u >= 0."""
    root = base.data.denominator > 1
    return not root or (base.data * e).denominator > 1 or is_nonnegative(base.args[0])


def is_nonnegative(u: Formula) -> bool:
    """Nonnegative by its form: squares, absolute values, exponentials, and sums of these."""
    if u.op in ("add", "mul", "max"):
        return all(is_nonnegative(part) for part in u.args)
    if u.op == "number":
        return bool(u.data >= 0)
    return u.op in ("abs", "exp", "cosh") or _is_square(u)


def _number_power(base: Formula, e: Fraction) -> Formula:
    if base.data == 0 and e < 0:
        raise FormulaError(f"division by zero in 0^({_shown(e)}); remove the zero denominator")
    size = max(base.data.numerator.bit_length(), base.data.denominator.bit_length())
    if base.data not in (0, 1, -1) and size * abs(e) > LARGEST_BITS:
        raise TooLong(
            f"the power with exponent {e} has over {LARGEST_BITS} bits; write a smaller one"
        )
    try:
        return number(EXACT.power(base.data, e))
    except NotExact:
        if base.data < 0:
            raise FormulaError(
                f"({_shown(base.data)})^({_shown(e)}) is not real; keep the base >= 0"
            ) from None
        return Formula("pow", (base,), e)


def function(name: str, argument: Formula) -> Formula:
    """One of FUNCTIONS of a formula; exact values and exp(log u) = u fold."""
    if name == "sqrt":
        return power(argument, Fraction(1, 2))
    if argument.op == "number":
        try:
            return number(EXACT.apply(name, argument.data))
        except NotExact:
            if name == "log" and argument.data <= 0:
                raise FormulaError(
                    f"log({_shown(argument.data)}) is not real; keep it > 0"
                ) from None
    coefficient, rest = _split(argument)
    if name == "exp" and rest.op == "log":  # exp(c log u) = u^c on u > 0
        return power(rest.args[0], coefficient)
    if name == "log" and argument.op == "exp":
        return argument.args[0]
    if name in ("abs", "cosh", "cos") and coefficient < 0:  # even functions
        return function(name, -argument)
    if name == "sin" and coefficient < 0:
        return -function(name, -argument)
    if name == "abs" and is_nonnegative(argument):
        return argument
    return Formula(name, (argument,))


def _is_square(node: Formula) -> bool:
    return node.op == "pow" and (node.data.denominator == 2 or node.data % 2 == 0)


def minimum(*values: Numeric) -> Formula:
    return _extremum("min", values)


def maximum(*values: Numeric) -> Formula:
    return _extremum("max", values)


def _extremum(op: str, values: Iterable[Numeric]) -> Formula:
    nodes = dict.fromkeys(formula(value) for value in values)
    constants = [node.data for node in nodes if node.op == "number"]
    rest = tuple(node for node in nodes if node.op != "number")
    if constants:
        rest = (number(min(constants) if op == "min" else max(constants)), *rest)
    return rest[0] if len(rest) == 1 else Formula(op, rest)


def piecewise(*cases: tuple[Numeric, str, Numeric, Numeric], otherwise: Numeric) -> Formula:
    """The value of the first case (a, "<=" or "<", b, value) whose relation holds."""
    args: list[Formula] = []
    relations: list[str] = []
    for a, relation, b, value in cases:
        if relation not in ("<=", "<"):
            raise FormulaError(f"relation {relation!r} must be <= or <; swap the two sides")
        args += [formula(a), formula(b), formula(value)]
        relations.append(relation)
    last = formula(otherwise)
    if not relations or all(value is last for value in args[2::3]):
        return last
    return Formula("piecewise", (*args, last), tuple(relations))


def absolute(u: Numeric) -> Formula:
    return function("abs", formula(u))


def exp(u: Numeric) -> Formula:
    return function("exp", formula(u))


def log(u: Numeric) -> Formula:
    return function("log", formula(u))


def sin(u: Numeric) -> Formula:
    return function("sin", formula(u))


def cos(u: Numeric) -> Formula:
    return function("cos", formula(u))


def sqrt(u: Numeric) -> Formula:
    return function("sqrt", formula(u))


def euclidean_norm(components: Sequence[Formula]) -> Formula:
    """sqrt(sum of squares); |u| for one component."""
    if len(components) == 1:
        return absolute(components[0])
    return sqrt(add(*(c**2 for c in components)))


BUILD: Mapping[str, Callable[..., Formula]] = {
    "add": add,
    "mul": mul,
    "min": minimum,
    "max": maximum,
}


def remake(node: Formula, args: Sequence[Formula]) -> Formula:
    """The same operation on other arguments, simplified."""
    if node.op in ("number", "symbol"):
        return node
    if node.op == "pow":
        return power(args[0], node.data)
    if node.op == "piecewise":
        cases = [
            (args[3 * i], r, args[3 * i + 1], args[3 * i + 2]) for i, r in enumerate(node.data)
        ]
        return piecewise(*cases, otherwise=args[-1])
    return BUILD[node.op](*args) if node.op in BUILD else function(node.op, args[0])


# --- walking: iterative, so a deep formula cannot exhaust the stack --------------------------


@lru_cache(maxsize=4096)
def topological(roots: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """Every node once, arguments before the nodes that use them."""
    order: dict[Formula, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if node in order:
            continue
        if ready:
            order[node] = None
        else:
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args))
    return tuple(order)


@lru_cache(maxsize=4096)
def _symbols(root: Formula) -> frozenset[str]:
    return frozenset(node.data for node in topological((root,)) if node.op == "symbol")


def rebuild(root: Formula, replace: Callable[[Formula], Formula | None]) -> Formula:
    """Bottom-up copy; `replace` is asked of each remade node and may return another."""
    made: dict[Formula, Formula] = {}
    for node in topological((root,)):
        new = remake(node, [made[arg] for arg in node.args]) if node.args else node
        swapped = replace(new)
        made[node] = new if swapped is None else swapped
    return made[root]


@lru_cache(maxsize=4096)
def _derivative(root: Formula, name: str) -> Formula:
    slopes: dict[Formula, Formula] = {}
    moving: set[Formula] = set()  # nodes that contain the symbol
    for node in topological((root,)):
        own = node.op == "symbol" and node.data == name
        if own or not moving.isdisjoint(node.args):
            moving.add(node)
        slopes[node] = _slope(node, name, slopes) if node in moving else ZERO
    return slopes[root]


def _slope(node: Formula, name: str, d: Mapping[Formula, Formula]) -> Formula:
    """One rule of differential calculus; d holds the slopes of the arguments."""
    args = node.args
    if node.op == "symbol":
        return ONE
    if node.op == "add":
        return add(*(d[arg] for arg in args))
    if node.op == "mul":
        return add(*(mul(*args[:i], d[arg], *args[i + 1 :]) for i, arg in enumerate(args)))
    if node.op == "pow":
        return node.data * power(args[0], node.data - 1) * d[args[0]]
    if node.op in ("min", "max"):
        rest, slope = args[-1], d[args[-1]]
        for i in range(len(args) - 2, -1, -1):  # max(u, v, w) = max(u, max(v, w))
            low, high = (args[i], rest) if node.op == "min" else (rest, args[i])
            slope = piecewise((low, "<=", high, d[args[i]]), otherwise=slope)
            rest = Formula(node.op, args[i:])
        return slope
    if node.op == "piecewise":
        cases = [
            (args[3 * i], relation, args[3 * i + 1], d[args[3 * i + 2]])
            for i, relation in enumerate(node.data)
        ]
        return piecewise(*cases, otherwise=d[args[-1]])
    u = args[0]
    outer = {
        "abs": lambda: piecewise((u, "<", ZERO, -1), otherwise=1),
        "exp": lambda: node,
        "log": lambda: u**-1,
        "cosh": lambda: function("sinh", u),
        "sinh": lambda: function("cosh", u),
        "tanh": lambda: 1 - node**2,
        "sin": lambda: function("cos", u),
        "cos": lambda: -function("sin", u),
    }
    return outer[node.op]() * d[u]
