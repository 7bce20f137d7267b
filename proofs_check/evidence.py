"""Evidence about a statement beside its proof: points at which it can be seen to have content.

witness         a rational point at which every hypothesis holds (the statement is not vacuous)
mutants         the statement with one thing changed, and a rational point that refutes it
counterexample  a rational point at which the hypotheses hold and the goal does not

A search finds the points; here they are checked, exactly: the sign of an exponential polynomial
at a rational point is the sign of sum c_q e^q, which the kernel decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

from proofs_check import kernel
from proofs_check.kernel import Function

Point = tuple[Fraction, ...]
FEWEST_MUTANTS = 5
FACTORS = tuple(
    Fraction(t) for t in ("99/100", "9/10", "1/2", "0", "-1", "-10", "-1000", "-10000000")
)
GROWN = tuple(Fraction(t) for t in ("101/100", "11/10", "2", "10", "1000", "10000000"))
LOOSER = tuple(Fraction(t) for t in ("2", "1/2", "-1"))
SHIFTS = tuple(Fraction(t) for t in ("1/1000", "1", "1000", "10000000"))


@dataclass(frozen=True)
class Change:
    """One change of one relation (place -1 is the goal).

    kind: "tighten" (coefficient of a term times `by`), "shift" (a constant), "drop", "drop all",
    "reverse" or "power".
    """

    kind: str
    place: int
    term: int = 0
    by: Fraction = Fraction(0)
    variable: int = 0

    def __str__(self) -> str:
        where = "goal" if self.place < 0 else f"hypothesis {self.place + 1}"
        more = {
            "tighten": f", term {self.term + 1} times {self.by}",
            "shift": f", by {self.by}",
            "power": f", term {self.term + 1}, power of variable {self.variable + 1} + {self.by}",
        }
        return f"{self.kind} {where}{more.get(self.kind, '')}"

    def data(self) -> list[Any]:
        return [self.kind, self.place, self.term, str(self.by), self.variable]

    @staticmethod
    def read(data: Sequence[Any]) -> Change:
        kind, place, term, by, variable = data
        return Change(kind, place, term, kernel.rational(by), variable)


def mutant(data: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """The statement with the change made."""
    if change.kind == "drop all":
        return {**data, "hypotheses": []}
    if change.kind == "drop":
        kept = [r for i, r in enumerate(data["hypotheses"]) if i != change.place]
        return {**data, "hypotheses": kept}
    relations = [*data["hypotheses"], data["goal"]]
    sign, terms = changed(relations[change.place], change)
    relations[change.place] = [sign, kernel.written(read_terms(terms), len(data["variables"]))]
    return {**data, "hypotheses": relations[:-1], "goal": relations[-1]}


def changed(relation: Sequence[Any], change: Change) -> tuple[str, list[Any]]:
    """The relation with the change made, its terms not collected."""
    sign, terms = relation
    terms = list(terms)
    if change.kind == "reverse":
        terms = [[str(-Fraction(c)), *rest] for c, *rest in terms]
        sign = {">": ">=", ">=": ">", "=": ">"}[sign]
    elif change.kind == "tighten":
        c, *rest = terms[change.term]
        terms[change.term] = [str(Fraction(c) * change.by), *rest]
    elif change.kind == "shift":
        terms.append([str(change.by), [0] * len(terms[0][1])])  # a relation has a term
    elif change.kind == "power":
        c, powers, *rates = terms[change.term]
        powers = [a + int(change.by) * (i == change.variable) for i, a in enumerate(powers)]
        terms[change.term] = [c, powers, *rates]
    return sign, terms


def families(data: Mapping[str, Any]) -> Iterator[tuple[bool, list[Change]]]:
    """(must one of them be refuted?, changes of one kind from small to large)."""
    goal, given = data["goal"][1], data["hypotheses"]
    first, *coefficients = needed(goal) or [[]]
    *coefficients, shift = coefficients or [[]]
    if goal:
        yield True, first
    for k, family in enumerate(coefficients):
        yield True, family
        yield False, [Change("tighten", -1, k, Fraction(by)) for by in (-1, 3)]
        yield False, [Change("tighten", -1, k, Fraction(by)) for by in (-10, 30)]
    yield False, [Change("drop all", 0)]
    for i in range(len(given)):
        yield False, [Change("reverse", i)]
    if goal:
        yield True, shift
        yield False, [Change("shift", -1, 0, -SHIFTS[-1])]
    for i in range(len(given)):
        yield False, [Change("drop", i)]
    for k, (_, powers, *_rates) in enumerate(goal):
        for v in range(len(powers)):
            ways = [Fraction(1), *([Fraction(-1)] if powers[v] else [])]
            yield False, [Change("power", -1, k, by, v) for by in ways]
    for i, (_, terms) in enumerate(given):
        for k in range(len(terms)):
            yield False, [Change("tighten", i, k, by) for by in LOOSER]
        yield False, [Change("shift", i, 0, by) for by in SHIFTS[1:]]


def needed(goal: Sequence[Any]) -> list[list[Change]]:
    """The families that must have a refuted one: the goal reversed, a coefficient, a constant."""
    if not goal:
        return []
    grown = [by for pair in zipped() for by in pair]
    return [
        [Change("reverse", -1)],
        *([Change("tighten", -1, k, by) for by in grown] for k in range(len(goal))),
        [Change("shift", -1, 0, -by) for by in SHIFTS],
    ]


def zipped() -> Iterator[tuple[Fraction, ...]]:
    for i, factor in enumerate(FACTORS):
        yield (factor, GROWN[i]) if i < len(GROWN) else (factor,)


# --- exact truth at a point --------------------------------------------------------------------


def value(f: Function, point: Point) -> Function:
    """f at a point: the sum of c_q e^q that is left."""
    n, total = len(point), dict[tuple[Any, ...], Fraction]()
    for k, c in f.items():
        for x, a in zip(point, k, strict=False):
            if a:
                c *= x if a == 1 else x**a
        rate = k[-1]
        if any(k[n:]):
            rate += sum(b * x for b, x in zip(k[n:-1], point, strict=True) if b)
        total[rate,] = total[rate,] + c if (rate,) in total else c
    return {k: c for k, c in total.items() if c}


def holds(relation: Sequence[Any], point: Point) -> bool:
    """Whether the relation holds at the point, exactly."""
    sign, terms = relation
    if any(len(term) > 2 for term in terms):
        return kernel.holds((sign, {}), kernel.constant_sign(value(read_terms(terms), point)))
    return kernel.holds((sign, {}), polynomial_sign(terms, point))


def polynomial_sign(terms: Sequence[Any], point: Point) -> int:
    """The sign of a polynomial, over the integers: its value times a common denominator > 0."""
    tops, bottoms = [x.numerator for x in point], [x.denominator for x in point]
    highest = [max(column) for column in zip(*(powers for _, powers in terms), strict=True)]
    read = [fraction(c) for c, _ in terms]
    common, total = lcm(*(q for _, q in read)), 0
    for (p, q), (_, powers) in zip(read, terms, strict=True):
        part = p * (common // q)
        for x, y, a, most in zip(tops, bottoms, powers, highest, strict=True):
            part *= x**a * y ** (most - a)
        total += part
    return (total > 0) - (total < 0)


@lru_cache(maxsize=4096)
def fraction(text: str) -> tuple[int, int]:
    return Fraction(text).as_integer_ratio()


def read_terms(terms: Sequence[Any]) -> Function:
    """The function; unlike in a statement, two terms may be alike."""
    parts = [
        {(*a, *(map(Fraction, b[0]) if b else [0] * (len(a) + 1))): Fraction(c)}
        for c, a, *b in terms
    ]
    return kernel.plus(*parts)


def hypotheses_hold(data: Mapping[str, Any], point: Point) -> bool:
    if len(point) != len(data["variables"]):
        raise ValueError(f"a point of {len(point)} numbers for {len(data['variables'])} variables")
    return all(holds(relation, point) for relation in data["hypotheses"])


def refutes(data: Mapping[str, Any], point: Point) -> bool:
    """Whether the hypotheses hold at the point and the goal does not."""
    return hypotheses_hold(data, point) and not holds(data["goal"], point)


class Truths:
    """The hypotheses of a statement at points, each decided once for all mutants."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.given = [(sign, read_terms(terms)) for sign, terms in data["hypotheses"]]
        self.known: dict[tuple[int, str], bool] = {}

    def holds(self, i: int, point: Point) -> bool:
        key = i, str(point)  # the hash of a Fraction costs more
        if key not in self.known:
            sign, f = self.given[i]
            self.known[key] = kernel.holds((sign, {}), kernel.constant_sign(value(f, point)))
        return self.known[key]

    def refuted(self, change: Change, point: Point) -> bool:
        """Whether the point refutes the statement with the change made."""
        if len(point) != len(self.data["variables"]):
            raise ValueError(f"a point of {len(point)} numbers at {change}")
        given, goal, place = self.data["hypotheses"], self.data["goal"], change.place
        kept = [] if change.kind == "drop all" else [i for i in range(len(given)) if i != place]
        if place < 0:
            goal = changed(goal, change)
        elif not change.kind.startswith("drop") and not holds(changed(given[place], change), point):
            return False
        return not holds(goal, point) and all(self.holds(i, point) for i in kept)


@dataclass(frozen=True)
class Evidence:
    """What the committed points show."""

    witness: Point | None
    killed: tuple[tuple[Change, Point], ...]
    counterexample: Point | None
    doubts: tuple[str, ...]


def examined(data: Mapping[str, Any], entry: Mapping[str, Any], empty: bool = False) -> Evidence:
    """The committed points, each checked; `doubts` says what is missing."""
    counterexample = point_of(entry.get("counterexample"))
    if counterexample is not None and refutes(data, counterexample):
        return Evidence(None, (), counterexample, ())
    witness = point_of(entry.get("witness"))
    doubts = []
    if not empty and (witness is None or not hypotheses_hold(data, witness)):
        doubts.append("no point is known at which its hypotheses hold")
    listed = [(Change.read(change), point_of(at)) for change, at in entry.get("mutants", ())]
    truths = Truths(data)
    killed = [(c, at) for c, at in listed if at is not None and truths.refuted(c, at)]
    if not empty:  # that a case cannot occur has no goal to weaken
        doubts += missing(data, [change for change, _ in killed])
    return Evidence(witness, tuple(killed), None, tuple(doubts))


def missing(data: Mapping[str, Any], killed: Sequence[Change]) -> list[str]:
    found = {(change.kind, change.term, change.by) for change in killed if change.place < 0}
    doubts = [
        f"a mutant survives: {family[-1]}"
        for family in needed(data["goal"][1])
        if not any((change.kind, change.term, change.by) in found for change in family)
    ]
    if len({*killed}) < FEWEST_MUTANTS:
        doubts.append(f"only {len({*killed})} mutants are known to be killed")
    return doubts


def point_of(data: Any) -> Point | None:
    return None if data is None else tuple(kernel.rational(x) for x in data)


def shown_point(data: Mapping[str, Any], point: Point | None) -> str:
    pairs = zip(data["variables"], point or (), strict=False)
    return ", ".join(f"{name} = {x}" for name, x in pairs)
