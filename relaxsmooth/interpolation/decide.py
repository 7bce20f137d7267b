"""Layer 4: interpolation by the class on the line, decided exactly (theory 0.2).

    (x_i, f_i, g_i) belong to an (L0, L1)-smooth f
        iff |u_i - u_j| <= |x_i - x_j| and f_j - f_i lies in the interval of the two tents,
        for neighbours i, j (for convex f: u does not decrease, and the tents are monotone).

L1 = 0: the interpolation conditions of L-smooth functions on the line.  L0 = 0: f' keeps its
sign or vanishes everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.expand import difference, flat
from relaxsmooth.formula import Formula, FormulaError, formula, number
from relaxsmooth.interpolation.build import Mix, Node, X, lowest, mix, objective
from relaxsmooth.interpolation.data import Datum, Row, rows
from relaxsmooth.interpolation.intervals import Gap
from relaxsmooth.interpolation.levels import Chart, Level, chart
from relaxsmooth.interpolation.signs import sign
from relaxsmooth.problem import Problem
from relaxsmooth.verdict import Status, Verdict

Rational = Fraction | int
BITS = 256


@dataclass(frozen=True)
class Interpolation:
    """verdict; the function where PROVED (if it was asked for); the pair and slack where REFUTED.

    pair: places of the two neighbours in the data.  rule, with slack > 0: |u_i - u_j| exceeds
    |x_i - x_j| by it ("u"), u decreases ("convex"), f_j - f_i is outside `interval`, which holds
    its ends ("f"), or f' must be constant and is not ("line").  With L0 = 0 neighbours of different
    signs ("sign") miss by no number.
    """

    verdict: Verdict
    problem: Problem | None = None
    pair: tuple[int, int] | None = None
    rule: str = ""
    slack: Formula | None = None
    interval: tuple[Formula, Formula] | None = None

    def __str__(self) -> str:
        return str(self.verdict)


def interpolate(
    data: Iterable[Datum],
    L0: Rational,
    L1: Rational,
    *,
    convex: bool = False,
    given: str = "g",
    function: bool = True,
) -> Interpolation:
    """Decide whether some (L0, L1)-smooth f on the line has f(x_i) = f_i and f'(x_i) = g_i.

    data: triples (x_i, f_i, g_i); given="u" reads the third as u_i = sign(g) log(1+L1|g|/L0)/L1.
    f_i = None everywhere asks about the gradients only.  function=False builds no function.
    Raises FormulaError on floats, repeated x_i, negative constants or an unknown `given`.
    """
    if given not in ("g", "u"):
        raise FormulaError(f"given = {given!r} is not known; choose g or u")
    question = Question(rows(data), _constant("L0", L0), _constant("L1", L1), convex, given)
    if question.L0 == 0 == question.L1 and given == "u":
        raise FormulaError("given = 'u' has no meaning where L0 = L1 = 0; give g")
    if question.L0 == 0 and (question.L1 == 0 or (given == "g" and question.changes_sign)):
        return _without_L0(question)
    return _decided(question, function)


def _constant(name: str, value: Rational) -> Fraction:
    found = formula(value).value
    if found is None:
        raise FormulaError(f"{name} = {value} is not rational; give a fraction such as 1/3")
    return found


@dataclass(frozen=True)
class Question:
    """The data and the class."""

    rows: Sequence[Row]
    L0: Fraction
    L1: Fraction
    convex: bool
    given: str

    @property
    def claim(self) -> str:
        kind = "a convex" if self.convex else "an"
        return (
            f"{len(self.rows)} data belong to {kind} (L0, L1)-smooth function on the line "
            f"with L0 = {self.L0}, L1 = {self.L1}"
        )

    @property
    def changes_sign(self) -> bool:
        """Whether not all g_i have one strict sign."""
        return len({(row.g > 0) - (row.g < 0) for row in self.rows} | {0}) != 2 or any(
            row.g == 0 for row in self.rows
        )

    @property
    def mirrored(self) -> bool:
        """L0 = 0 with f' < 0: f(-x) has f' > 0, is in the class and convex where f is."""
        return self.L0 == 0 and self.given == "g" and self.rows[0].g < 0

    def nodes(self, used: Chart) -> list[Node]:
        side = -1 if self.mirrored else 1
        found = [
            Node(side * row.x, row.f if row.f is not None else number(0), self.level(used, row))
            for row in self.rows
        ]
        return found[::side]

    def level(self, used: Chart, row: Row) -> Level:
        if self.given == "u":
            return Level(used.unit * row.g)
        return used.level(abs(row.g) if self.L0 == 0 else row.g)


def _decided(question: Question, function: bool) -> Interpolation:
    used = chart(question.L0, question.L1)
    nodes = question.nodes(used)
    places = [row.place for row in question.rows][:: -1 if question.mirrored else 1]
    gaps = [
        Gap(used, a.level, b.level, used.unit * (b.x - a.x), question.convex)
        for a, b in pairwise(nodes)
    ]
    for i, gap in enumerate(gaps):
        pair = (places[i], places[i + 1])
        if gap.excess.sign > 0:
            return _refuted(question, pair, "u", gap.excess.formula / used.unit)
        if question.convex and gap.falls:
            return _refuted(question, pair, "convex", (gap.left - gap.right).formula / used.unit)
    known = question.rows[0].f is not None
    for i, gap in enumerate(gaps if known else ()):
        wrong = _outside(gap, difference(nodes[i + 1].f, nodes[i].f))
        if wrong == "undecided":
            return _undecided(question, (places[i], places[i + 1]))
        if wrong is not None:
            found = _refuted(question, (places[i], places[i + 1]), "f", wrong)
            return replace(found, interval=(gap.lowest.increment, gap.highest.increment))
    return _accepted(question, used, nodes, gaps, known, function)


def _outside(gap: Gap, increment: Formula) -> Any:
    """How far the increment is outside its interval; None inside, "undecided" on a tie."""
    ends = (
        difference(gap.lowest.increment, increment),
        difference(increment, gap.highest.increment),
    )
    for slack in ends:
        side = sign(slack)
        if side is None:
            return "undecided"
        if side > 0:
            return slack
    return None


def _accepted(
    question: Question, used: Chart, nodes: list[Node], gaps: list[Gap], known: bool,
    function: bool,
) -> Interpolation:  # fmt: skip
    rules = "|u_i - u_j| <= |x_i - x_j|" + (" and u does not decrease" if question.convex else "")
    if known:
        rules += ", and every increment of f lies between the two extremal integrals of s(u)"
    verdict = Verdict(question.claim, Status.PROVED, f"for all neighbours {rules}")
    if not function:
        return Interpolation(verdict)
    if not known:  # f along the lower u
        nodes = _summed(nodes, gaps)
    mixes = [
        mix(gap, difference(b.f, a.f) if known else None)
        for gap, (a, b) in zip(gaps, pairwise(nodes), strict=True)
    ]
    if any(m is None for m in mixes):
        return _undecided(question, None)
    return Interpolation(verdict, _problem(question, used, nodes, [m for m in mixes if m]))


def _summed(nodes: list[Node], gaps: list[Gap]) -> list[Node]:
    found = nodes[:1]
    for node, gap in zip(nodes[1:], gaps, strict=True):
        found.append(Node(node.x, found[-1].f + gap.lowest.increment, node.level))
    return found


def _problem(question: Question, used: Chart, nodes: list[Node], mixes: list[Mix]) -> Problem:
    f = objective(used, nodes, mixes)
    if question.mirrored:
        f = f.subs({"x": -X})
    low = lowest(used, nodes, mixes)
    return Problem(
        key=f"interpolant of {len(nodes)} data in ({question.L0}, {question.L1})",
        objective=f,
        variables=("x",),
        start=(number(question.rows[-1].x),),
        title="f' = s(u), u 1-Lipschitz through the data",
        lowest=low,
        lowest_because="" if low is None else "u has its zeros next to data, f its minima there",
        constants={"L0": question.L0, "L1": question.L1},
    )


def _refuted(question: Question, pair: tuple[int, int], rule: str, slack: Formula) -> Interpolation:
    why = {
        "u": "|u_i - u_j| exceeds |x_i - x_j|",
        "convex": "f' decreases",
        "f": "f_j - f_i is outside the interval of the two extremal integrals",
        "line": "f' is the same everywhere, and f_j - f_i is not g (x_j - x_i)",
    }[rule]
    enclosed = evaluate(slack, {}, ball(BITS))
    witness = {"pair": pair, "slack": enclosed}
    reason = f"data {pair[0]} and {pair[1]}: {why}"
    verdict = Verdict(question.claim, Status.REFUTED, reason, witness, -enclosed)
    return Interpolation(verdict, None, pair, rule, slack)


def _undecided(question: Question, pair: tuple[int, int] | None) -> Interpolation:
    where = "a pair of data" if pair is None else f"data {pair[0]} and {pair[1]}"
    reason = (
        f"{where}: an increment equals an end of its interval to 4096 bits, and no rule of "
        "algebra decides a sum of exponentials and logarithms; move f by any amount"
    )
    return Interpolation(Verdict(question.claim, Status.UNDECIDED, reason), None, pair, "f")


# --- L0 = 0 and a gradient of both signs, or L0 = L1 = 0 --------------------------------------


def _without_L0(question: Question) -> Interpolation:
    """f' is constant (L1 = 0), or vanishes everywhere because it vanishes somewhere.

    With L1 > 0 neighbours of one strict sign are joined by members: the pair that is not has two
    signs, or two zeros and f that differ.
    """
    chart(question.L0, question.L1)  # refuses negative constants
    first = question.rows[0]
    for a, b in pairwise(question.rows):
        pair = (a.place, b.place)
        if question.L1 and _side(a.g) != _side(b.g):
            return _refuted_without_L0(question, pair, None)
        if not question.L1 and b.g != a.g:
            return _refuted_without_L0(question, pair, number(abs(b.g - a.g)))
        if a.g == b.g and a.f is not None and b.f is not None and not (question.L1 and a.g):
            rise = number(a.g * (b.x - a.x))
            off = difference(b.f, a.f + rise)
            if sign(off) is None:
                return _undecided(question, pair)
            if sign(off):
                slack = off if sign(off) == 1 else flat(-off)
                return replace(_refuted(question, pair, "line", slack), interval=(rise, rise))
    reason = "f' is the same at all data, and f is linear through them"
    start = first.f if first.f is not None else number(0)
    f = start + first.g * (X - first.x)
    problem = Problem(
        f"line through {len(question.rows)} data", f, ("x",), (number(question.rows[-1].x),),
        lowest=start if first.g == 0 else None,
        lowest_because="f is constant" if first.g == 0 else "",
    )  # fmt: skip
    return Interpolation(Verdict(question.claim, Status.PROVED, reason), problem)


def _side(g: Fraction) -> int:
    return (g > 0) - (g < 0)


def _refuted_without_L0(
    question: Question, pair: tuple[int, int], slack: Formula | None
) -> Interpolation:
    reason = (
        f"data {pair[0]} and {pair[1]}: with L0 = 0 a gradient that vanishes or changes its sign "
        "vanishes everywhere" if question.L1 else
        f"data {pair[0]} and {pair[1]}: with L0 = L1 = 0 the gradient is constant"
    )  # fmt: skip
    witness: dict[str, Any] = {"pair": pair}
    if slack is not None:
        witness["|g_i - g_j|"] = slack
    verdict = Verdict(question.claim, Status.REFUTED, reason, witness)
    return Interpolation(verdict, None, pair, "sign" if question.L1 else "line", slack)
