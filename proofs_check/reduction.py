"""From the formulas of relaxsmooth to the statements of the kernel.

    a <= b  with min, max, |.| and quotients   ->   one exponential polynomial >= 0 per case

Each min, max, |.| and piecewise is split into cases (its own inequalities join the hypotheses),
and quotients are cleared.  Clearing is right where the denominators are positive, so each of
them becomes an obligation of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from proofs_check import kernel
from proofs_check.kernel import Function
from proofs_check.statement import NotExponentialPolynomial, Term, exp, variables
from relaxsmooth.formula import Formula, formula, rebuild, remake, topological
from relaxsmooth.theorem import Condition

Key = tuple[tuple[tuple[Any, ...], Fraction], ...]


@dataclass(frozen=True)
class Relation:
    """left <= right, left < right or left = right."""

    left: Formula
    sign: str
    right: Formula

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"

    def subs(self, values: Mapping[str, Any]) -> Relation:
        return Relation(self.left.subs(values), self.sign, self.right.subs(values))

    @property
    def symbols(self) -> frozenset[str]:
        return self.left.symbols | self.right.symbols


def at_most(left: Any, right: Any) -> Relation:
    return Relation(formula(left), "<=", formula(right))


def below(left: Any, right: Any) -> Relation:
    return Relation(formula(left), "<", formula(right))


def equal(left: Any, right: Any) -> Relation:
    return Relation(formula(left), "=", formula(right))


def positive(*quantities: Any) -> tuple[Relation, ...]:
    return tuple(below(0, quantity) for quantity in quantities)


def within(u: Any, bound: Any) -> list[Relation]:
    """|u| <= bound, as two hypotheses rather than two cases."""
    return [at_most(-formula(u), bound), at_most(u, bound)]


def condition(given: Condition) -> Relation:
    """The hypothesis of a theorem of relaxsmooth."""
    return Relation(given.left, "<" if given.strict else "<=", given.right)


# --- quotients of exponential polynomials ------------------------------------------------------


@dataclass(frozen=True)
class Ratio:
    """top / product of bottom; each factor of the bottom counted with its multiplicity."""

    top: Term
    bottom: Counter[Key]

    def __add__(self, other: Ratio) -> Ratio:
        if not self.bottom and not other.bottom:
            return Ratio(self.top + other.top, self.bottom)
        common = self.bottom | other.bottom
        top = self._over(common) + other._over(common)
        return Ratio(top, common).reduced()

    def __mul__(self, other: Ratio) -> Ratio:
        if not self.bottom and not other.bottom:
            return Ratio(self.top * other.top, self.bottom)
        return Ratio(self.top * other.top, self.bottom + other.bottom).reduced()

    def _over(self, common: Counter[Key]) -> Term:
        top = self.top
        for factor in (common - self.bottom).elements():
            top = top * Term(top.names, dict(factor))
        return top

    def power(self, a: int) -> Ratio:
        if a >= 0:
            bottom = Counter({f: m * a for f, m in self.bottom.items() if a})
            return Ratio(self.top**a, bottom).reduced()
        if not self.top.f:
            raise NotExponentialPolynomial("division by zero")
        scale, factors = split(self.top)
        one = (self.top**0) / scale
        inverse = Ratio(Ratio(one, Counter())._over(self.bottom), Counter(factors)).reduced()
        return inverse.power(-a)

    def reduced(self) -> Ratio:
        top, bottom = self.top.f, Counter(self.bottom)
        for factor in list(self.bottom):
            while bottom[factor] and (quotient := divided(top, dict(factor))) is not None:
                top = quotient
                bottom[factor] -= 1
        return Ratio(Term(self.top.names, top), +bottom)


def split(term: Term) -> tuple[Fraction, list[Key]]:
    """A positive rational and factors: the variables that divide the term, and what is left."""
    n, f = len(term.names), term.f
    lowest = [min(k[i] for k in f) for i in range(n)]
    factors = [
        freeze({tuple(int(j == i) for j in range(2 * n + 1)): Fraction(1)})
        for i in range(n)
        for _ in range(lowest[i])
    ]
    rest = {(*(a - b for a, b in zip(k, lowest, strict=False)), *k[n:]): c for k, c in f.items()}
    scale = abs(rest[max(rest)])
    rest = {k: c / scale for k, c in rest.items()}
    if len(rest) > 1 or any(any(k) for k in rest) or min(rest.values()) < 0:
        factors.append(freeze(rest))
    return scale, factors


def freeze(f: Function) -> Key:
    return tuple(sorted(f.items()))


def normal(f: Function) -> Key:
    """f up to a positive factor, as the factors of denominators are written."""
    scale = abs(f[max(f)]) if f else 1
    return freeze({k: c / scale for k, c in f.items()})


def divided(f: Function, s: Function) -> Function | None:
    """f / s when s divides f, by leading terms; None otherwise."""
    quotient: Function = {}
    n = len(max(s)) // 2
    for _ in range(4 * len(f) + 4):
        if not f:
            return quotient
        key = tuple(a - b for a, b in zip(max(f), max(s), strict=True))
        if any(a < 0 for a in key[:n]):
            return None
        part = {key: f[max(f)] / s[max(s)]}
        quotient = kernel.plus(quotient, part)
        f = kernel.plus(f, {k: -c for k, c in kernel.times(part, s).items()})
    return None


@lru_cache(maxsize=4096)
def read(root: Formula, names: tuple[str, ...]) -> Ratio:
    """A formula without min, max, |.| and piecewise, as a quotient in the variables `names`."""
    symbols = dict(zip(names, variables(names), strict=True))
    one = next(iter(symbols.values())) ** 0
    made: dict[Formula, Ratio] = {}
    for node in topological((root,)):
        made[node] = _read(node, [made[arg] for arg in node.args], symbols, one)
    return made[root]


@lru_cache(maxsize=4096)
def difference(relation: Relation, names: tuple[str, ...]) -> Ratio:
    """right - left; a hypothesis recurs in each case of each obligation."""
    return read(relation.right - relation.left, names)


def _read(node: Formula, args: list[Ratio], symbols: Mapping[str, Term], one: Term) -> Ratio:
    match node.op:
        case "number":
            return Ratio(one * node.data, Counter())
        case "symbol" if node.data in symbols:
            return Ratio(symbols[node.data], Counter())
        case "add":
            total = args[0]
            for arg in args[1:]:
                total = total + arg
            return total
        case "mul":
            product = args[0]
            for arg in args[1:]:
                product = product * arg
            return product
        case "pow" if node.data.denominator == 1:
            return args[0].power(int(node.data))
        case "exp" if not args[0].bottom:
            return Ratio(exp(args[0].top), Counter())
        case "cosh" if not args[0].bottom:
            return Ratio((exp(args[0].top) + exp(-args[0].top)) / 2, Counter())
        case "sinh" if not args[0].bottom:
            return Ratio((exp(args[0].top) - exp(-args[0].top)) / 2, Counter())
        case "tanh" if not args[0].bottom:
            up = exp(2 * args[0].top)
            return Ratio(up - 1, Counter()) * Ratio(up + 1, Counter()).power(-1)
        case "log" if not args[0].bottom and len(args[0].top.f) == 1:
            ((key, c),) = args[0].top.f.items()
            n = len(one.names)
            if c == 1 and not any(key[:n]):
                terms = zip(key[n:], [*variables(one.names), one], strict=True)
                return Ratio(sum((b * x for b, x in terms), one * 0), Counter())
    raise NotExponentialPolynomial(f"{node}, in the variables {', '.join(symbols)}")


# --- cases ------------------------------------------------------------------------------------


def goals(goal: Relation) -> Iterator[Relation]:
    """max(a, b) <= c is a <= c and b <= c; |a| <= c is a <= c and -a <= c; min on the right."""
    if goal.sign == "=":  # max(a, b) = c is not a = c and b = c: its cases say what it is
        yield goal
        return
    if goal.left.op == "max":
        parts = [Relation(arg, goal.sign, goal.right) for arg in goal.left.args]
    elif goal.left.op == "abs":
        u = goal.left.args[0]
        parts = [Relation(u, goal.sign, goal.right), Relation(-u, goal.sign, goal.right)]
    elif goal.right.op == "min":
        parts = [Relation(goal.left, goal.sign, arg) for arg in goal.right.args]
    else:
        yield goal
        return
    yield from chain.from_iterable(goals(part) for part in parts)


def cases(relations: Sequence[Relation]) -> Iterator[tuple[tuple[Relation, ...], list[Relation]]]:
    """Every way to resolve the branches: (conditions of the case, the relations in it)."""
    nodes = topological(tuple(f for r in relations for f in (r.left, r.right)))
    branching = next((n for n in nodes if n.op in ("min", "max", "abs", "piecewise")), None)
    if branching is None:
        yield (), list(relations)
        return
    for given, value in branches(branching):
        swapped = [
            Relation(swap(r.left, branching, value), r.sign, swap(r.right, branching, value))
            for r in relations
        ]
        for further, resolved in cases([*given, *swapped]):
            more = tuple(resolved[: len(given)])
            yield (*more, *further), resolved[len(given) :]


def swap(root: Formula, node: Formula, value: Formula) -> Formula:
    if node not in nodes(root):
        return root
    return rebuild(root, lambda made: value if made is node else None)


@lru_cache(maxsize=4096)
def nodes(root: Formula) -> frozenset[Formula]:
    return frozenset(topological((root,)))


def branches(node: Formula) -> Iterator[tuple[list[Relation], Formula]]:
    """The cases of one node: they cover everything, and do not overlap."""
    if node.op == "abs":
        u = node.args[0]
        yield [at_most(0, u)], u
        yield [below(u, 0)], -u
    elif node.op == "piecewise":
        passed: list[Relation] = []
        for i, sign in enumerate(node.data):
            low, high, value = node.args[3 * i : 3 * i + 3]
            yield [*passed, Relation(low, sign, high)], value
            passed.append(Relation(high, "<" if sign == "<=" else "<=", low))
        yield passed, node.args[-1]
    else:
        for i, chosen in enumerate(node.args):  # the first one that is least (or greatest)
            before, after = node.args[:i], node.args[i + 1 :]
            if node.op == "min":
                yield (
                    [*(below(chosen, o) for o in before), *(at_most(chosen, o) for o in after)],
                    chosen,
                )
            else:
                yield (
                    [*(below(o, chosen) for o in before), *(at_most(o, chosen) for o in after)],
                    chosen,
                )


# --- statements -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reduced:
    """One statement of the kernel, and the formulas it was read from."""

    name: str
    data: dict[str, Any]
    hypotheses: tuple[Relation, ...]
    goal: Relation
    clears: bool = False  # that a denominator is positive, so that it can be cleared

    @cached_property
    def key(self) -> str:
        """The hash of the statement."""
        return kernel.statement_hash(self.data)


def reduce(
    name: str, names: str, hypotheses: Sequence[Relation], goal: Relation
) -> Iterator[Reduced]:
    """The statements of: where the hypotheses hold, so does the goal.

    ValueError when every case plainly contradicts itself: such an obligation says nothing.
    """
    seen: dict[str, None] = {}
    parts = list(goals(goal))
    occurs = False
    for i, part in enumerate(parts):
        label = name if len(parts) == 1 else f"{name}, part {i + 1}"
        split_cases = list(cases([*hypotheses, part]))
        for j, (given, relations) in enumerate(split_cases):
            case = label if len(split_cases) == 1 else f"{label}, case {j + 1}"
            before = [*relations[:-1], *given]
            for made in cleared(case, tuple(names.split()), before, relations[-1]):
                occurs = True
                if made.key not in seen and not plain_truth(made.data["goal"]):
                    seen[made.key] = None
                    yield made
    if not occurs:
        listed = "; ".join(map(str, hypotheses))
        raise ValueError(f"{name}: the hypotheses cannot hold together: {listed}; correct one")


def plain_truth(goal: Any) -> bool:
    """Whether the goal is true of rational numbers alone, such as 1/10 > 0 or 0 >= 0."""
    sign, terms = goal
    if any(any(powers) or rates for _, powers, *rates in terms):
        return False
    c = sum((Fraction(c) for c, *_ in terms), Fraction(0))
    return kernel.holds((sign, {}), int(c > 0) - int(c < 0))


def cleared(
    name: str, names: tuple[str, ...], hypotheses: Sequence[Relation], goal: Relation
) -> Iterator[Reduced]:
    """The statement itself, and before it that each denominator is positive.

    Nothing where the case plainly cannot occur, as with h >= 0 and -h > 0: such a pair counts
    only if it holds before clearing, or once the denominators have their own obligations.
    """
    pairs = [(r, difference(r, names)) for r in hypotheses]
    ratio = difference(goal, names)
    plain = [(r, q) for r, q in pairs if not q.bottom]
    if contradictory(plain):
        return
    needed = dict.fromkeys(f for _, q in (*pairs, (goal, ratio)) for f in q.bottom)
    given = unique([written(r, q) for r, q in plain])
    known = known_positive(pairs)
    for i, factor in enumerate(f for f in needed if f not in known):
        positive = [">", kernel.written(dict(factor), len(names))]
        shown = below(0, as_formula(dict(factor), names))
        yield Reduced(
            f"{name}, denominator {i + 1}",
            {"variables": list(names), "hypotheses": given, "goal": positive},
            tuple(r for r, _ in plain),
            shown,
            clears=True,
        )
    if not contradictory(pairs):
        data = {
            "variables": list(names),
            "hypotheses": unique([written(r, q) for r, q in pairs]),
            "goal": written(goal, ratio),
        }
        yield Reduced(name, data, tuple(hypotheses), goal)


def known_positive(pairs: Sequence[tuple[Relation, Ratio]]) -> set[Key]:
    """Tops of strict hypotheses; one with denominators counts once each of these is known.

    0 < x/y says nothing about x before y > 0 is known: 0 < x/y and 0 < y/x hold at (-1, -1).
    """
    known: set[Key] = set()
    strict = [q for r, q in pairs if r.sign == "<"]
    while found := {normal(q.top.f) for q in strict if known >= set(q.bottom)} - known:
        known |= found
    return known


def contradictory(pairs: Sequence[tuple[Relation, Ratio]]) -> bool:
    """Whether some h >= 0 and -h > 0, or a false relation of numbers, is among the tops."""
    seen: dict[Key, bool] = {}
    for relation, ratio in pairs:
        sign, f = relation.sign, ratio.top.f
        if sign != "=" and not any(map(any, f)):  # a number
            c = sum(f.values(), Fraction(0))
            if c < 0 or (sign == "<" and c == 0):
                return True
        elif sign != "=":
            key = normal(f)
            seen[key] = seen.get(key, False) or sign == "<"
    opposite = {freeze({k: -c for k, c in key}): strict for key, strict in seen.items()}
    return any(key in opposite and (strict or opposite[key]) for key, strict in seen.items())


def unique(relations: list[Any]) -> list[Any]:
    """Without repetitions and without 0 >= 0."""
    return [r for i, r in enumerate(relations) if r not in relations[:i] and r != [">=", []]]


def written(relation: Relation, ratio: Ratio) -> list[Any]:
    sign = {"<=": ">=", "<": ">", "=": "="}[relation.sign]
    return [sign, kernel.written(ratio.top.f, len(ratio.top.names))]


def as_formula(f: Function, names: Sequence[str]) -> Formula:
    """The same function as a formula."""
    from relaxsmooth.formula import add, exp, mul, number, symbol

    symbols, terms = [symbol(name) for name in names], []
    for k, c in f.items():
        powers = [x**a for x, a in zip(symbols, k, strict=False)]
        rate = add(number(k[-1]), *(x * b for x, b in zip(symbols, k[len(names) :], strict=False)))
        terms.append(mul(number(c), *powers, exp(rate)))
    return add(number(0), *terms)


def with_exp(root: Formula, argument: Formula, value: Formula) -> Formula:
    """The formula with e^argument replaced by a value; ValueError where there is none."""
    wanted = remake(Formula("exp", (argument,)), [argument])
    if wanted not in nodes(root):
        raise ValueError(f"{wanted} does not occur in {root}; nothing would be replaced")
    return swap(root, wanted, value)
