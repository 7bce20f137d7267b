"""A certificate read again with python-flint: identities of fmpq_mpoly, trees of boxes in balls.

Every function returns, for f where the hypotheses hold, True if f > 0 is shown, False if f >= 0
is, and raises Undecided (or whatever a malformed proof causes) if neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import lcm
from typing import Any, NamedTuple

from flint import Ordering, arb, ctx, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from proofs_check.backends.flint_numbers import (
    ZERO,
    Function,
    Relation,
    Statement,
    Undecided,
    combination,
    constant_sign,
    function,
    index,
    number,
    pinned,
    slope,
    value,
    with_rates,
)

LEAF_BOXES = 400
MOST_DEGREE = 200


def proved(asked: Statement, certificate: Mapping[str, Any]) -> bool:
    """Whether the certificate proves the statement; may also raise."""
    proof = certificate["proof"]
    if certificate["kind"] == "handelman":
        return identity(asked, proof)
    if certificate["kind"] == "tree" and asked.goal.sign != "=":
        box = [side_of(asked, i) for i in range(asked.n)]
        return follow(asked.goal.f, box, asked.given, proof) or asked.goal.sign == ">="
    return False


# --- identities ------------------------------------------------------------------------------


class Ring:
    """Polynomials in x_1..x_n and E_0..E_n, E_i = e^(x_i/d_i), x_0 = 1, over Q.

    A function is a pair (p, k): p E^(-k s), with one vector s of shifts, so that no power in p is
    negative.
    """

    def __init__(self, n: int, functions: Sequence[Function]) -> None:
        self.n, keys = n, [k for f in functions for k in f]
        rates = list(zip(*(k[n:] for k in keys), strict=True)) or [()] * (n + 1)
        self.scale = [lcm(1, *(int(b.q) for b in column)) for column in rates]
        lowest = [
            min((b * d for b in c), default=ZERO) for c, d in zip(rates, self.scale, strict=True)
        ]
        self.shift = [max(0, -int(low.p)) for low in lowest]
        names = [f"x{i}" for i in range(n)] + [f"E{i}" for i in range(n + 1)]
        self.ring = fmpq_mpoly_ctx.get(names, Ordering.lex)
        self.unit = self.ring.from_dict({(*[0] * n, *self.shift): 1})

    def read(self, f: Function) -> tuple[fmpq_mpoly, int]:
        table = {}
        for k, c in f.items():
            rates = zip(k[self.n :], self.scale, self.shift, strict=True)
            table[(*k[: self.n], *(int((b * d).p) + s for b, d, s in rates))] = c
        return self.ring.from_dict(table), int(any(self.shift))

    def times(self, f: tuple[fmpq_mpoly, int], g: tuple[fmpq_mpoly, int]) -> tuple[fmpq_mpoly, int]:
        if sum(map(sum, (f[0].degrees(), g[0].degrees()))) > MOST_DEGREE:
            raise Undecided("the degree is too high")
        return f[0] * g[0], f[1] + g[1]

    def plus(self, f: tuple[fmpq_mpoly, int], g: tuple[fmpq_mpoly, int]) -> tuple[fmpq_mpoly, int]:
        k = max(f[1], g[1])
        return f[0] * self.unit ** (k - f[1]) + g[0] * self.unit ** (k - g[1]), k

    def constant(self, c: fmpq) -> tuple[fmpq_mpoly, int]:
        return self.ring.constant(c), 0


class Cone(NamedTuple):
    total: tuple[fmpq_mpoly, int]
    positive: bool


def identity(asked: Statement, proof: Mapping[str, Any]) -> bool:
    """factor * goal = terms + sum of multiples of equalities, in the ring."""
    n = asked.n
    multipliers = [(index(j, len(asked.given)), function(m, n)) for j, m in proof["multipliers"]]
    if any(asked.given[j].sign != "=" for j, _ in multipliers):
        return False
    read = [function(s, n) for part in ("factor", "terms") for _, _, r in proof[part] for s in r]
    hypotheses = [r.f for r in asked.given]
    ring = Ring(n, [*hypotheses, asked.goal.f, *read, *(m for _, m in multipliers)])
    factor, terms = (cone(ring, asked, proof[part]) for part in ("factor", "terms"))
    right = terms.total
    for j, m in multipliers:
        right = ring.plus(right, ring.times(ring.read(m), ring.read(hypotheses[j])))
    left = ring.times(factor.total, ring.read(asked.goal.f))
    minus = ring.times(ring.constant(fmpq(-1)), right)
    same = not ring.plus(left, minus)[0]
    return same and concludes(asked.goal.sign, factor, terms, bool(proof["terms"]))


def concludes(sign: str, factor: Cone, terms: Cone, any_term: bool) -> bool:
    if sign == ">":
        return terms.positive
    return factor.positive and (sign == ">=" or not any_term)


def cone(ring: Ring, asked: Statement, terms: Sequence[Any]) -> Cone:
    """sum of weights >= 0 times hypotheses times squares; positive if one of them surely is."""
    sum_of_terms, positive = ring.constant(ZERO), False
    for weight, indices, roots in terms:
        c = number(weight)
        if c < 0:
            raise Undecided("a negative weight")
        part, used = ring.constant(c), [asked.given[index(i, len(asked.given))] for i in indices]
        for f in (*(r.f for r in used), *(function(s, ring.n) for s in roots for _ in "ab")):
            part = ring.times(part, ring.read(f))
        sum_of_terms = ring.plus(sum_of_terms, part)
        positive |= bool(c > 0 and not roots and all(r.sign == ">" for r in used))
    return Cone(sum_of_terms, positive)


# --- trees ------------------------------------------------------------------------------------


class Side(NamedTuple):
    """The range of a variable; None is infinity, open: the end does not belong to it."""

    low: fmpq | None = None
    high: fmpq | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def inner(self) -> Side:
        return Side(self.low, self.high, True, True)

    @property
    def positive(self) -> bool:
        return self.low is not None and (self.low > 0 or bool(self.low == 0 and self.low_open))


Box = list[Side]
Bounded = list[tuple[fmpq, fmpq]]


def side_of(asked: Statement, i: int) -> Side:
    """What the hypotheses that are linear in x_i alone say of it."""
    side = Side()
    for sign, f in asked.given:
        others = [k for k in f if any(k[:i]) or any(k[i + 1 :]) or k[i] > 1]
        slopes = [(c, k) for k, c in f.items() if k[i] == 1]
        if len(slopes) == 1 and not others:
            c = slopes[0][0]
            rest = sum((d for k, d in f.items() if k[i] == 0), ZERO)
            side = tightened(side, -rest / c, sign, upper=bool(c < 0))
    return side


def tightened(side: Side, end: fmpq, sign: str, upper: bool) -> Side:
    is_open = sign == ">"
    low, high = side.low, side.high
    below = low is None or end > low or (end == low and is_open)
    above = high is None or end < high or (end == high and is_open)
    if below and (sign == "=" or not upper):
        side = side._replace(low=end, low_open=is_open)
    if above and (sign == "=" or upper):
        side = side._replace(high=end, high_open=is_open)
    return side


def follow(f: Function, box: Box, given: list[Relation], proof: Any) -> bool:
    step, *rest = proof
    if not isinstance(proof, list) or step not in STEPS:
        raise Undecided("no such step")
    return STEPS[step](f, box, given, *rest)


def replaced(box: Box, i: int, side: Side) -> Box:
    return [*box[:i], side, *box[i + 1 :]]


def by_signs(f: Function, box: Box, given: list[Relation]) -> bool:
    """Each product of powers has one sign on the box, and its constant has the same."""
    n, positive = len(box), False
    constants: dict[tuple[Any, ...], Function] = {}
    for k, c in f.items():
        constants.setdefault(k[:-1], {})[k[-1:]] = c
    for k, constant in constants.items():
        sign, strict = constant_sign(constant), True
        for side, a in zip(box, k[:n], strict=True):
            if a % 2 and not (side.low is not None and side.low >= 0):
                if side.high is None or side.high > 0:
                    raise Undecided("a power without a sign")
                sign = -sign
            strict &= not a or side.positive
        if sign < 0:
            raise Undecided("a negative term")
        positive |= strict
    return positive


def by_balls(f: Function, box: Box, given: list[Relation]) -> bool:
    """f > 0 on the closed box, halved until balls show it."""
    waiting, used = [bounded(box)], 0
    while waiting:
        part, used = waiting.pop(), used + 1
        if used > LEAF_BOXES:
            raise Undecided("too many boxes")
        if not lower(f, part) > 0:
            waiting += halves(part)
    return True


def bounded(box: Box) -> Bounded:
    ends = [(s.low, s.high) for s in box if s.low is not None and s.high is not None]
    if len(ends) < len(box):
        raise Undecided("an unbounded box")
    return ends


def lower(f: Function, box: Bounded) -> arb:
    """A ball below which f does not fall on the box: the better of two forms."""
    with ctx.workprec(128):
        middle = [arb((low + high) / 2) for low, high in box]
        reach = [arb((high - low) / 2) * arb(0, 1) for low, high in box]
        whole = [m + r for m, r in zip(middle, reach, strict=True)]
        mean = value(f, middle)
        for i, r in enumerate(reach):
            mean += value(slope(f, i), whole) * r
        plain = value(f, whole)
        return plain if plain > mean.lower() else mean


def halves(box: Bounded) -> list[Bounded]:
    widths = [high - low for low, high in box]
    i = widths.index(max(widths))
    low, high = box[i]
    middle = (low + high) / 2
    return [[*box[:i], side, *box[i + 1 :]] for side in ((low, middle), (middle, high))]


def by_hypothesis(
    f: Function, box: Box, given: list[Relation], j: Any, weight: Any, rest: Any
) -> bool:
    h, c = given[index(j, len(given))], number(weight)
    if c < 0 and h.sign != "=":
        raise Undecided("a negative weight")
    return follow(combination(f, -c, h.f), box, given, rest)


def by_factor(f: Function, box: Box, given: list[Relation], rates: Any, rest: Any) -> bool:
    return follow(with_rates(f, [*map(number, rates), ZERO]), box, given, rest)


def by_halves(
    f: Function, box: Box, given: list[Relation], axis: Any, at: Any, left: Any, right: Any
) -> bool:
    i, x = index(axis, len(box)), number(at)
    side = box[i]
    below = follow(f, replaced(box, i, side._replace(high=x, high_open=False)), given, left)
    above = follow(f, replaced(box, i, side._replace(low=x, low_open=False)), given, right)
    return below and above


def monotone(f: Function, box: Box, axis: Any, start: Any, rest: Any, rises: bool) -> bool:
    """The derivative has one sign inside, and f >= 0 at the end from which it grows.

    The hypotheses are not used below this step: they need not hold along the way.
    """
    i = index(axis, len(box))
    side = box[i]
    end, is_open = (side.low, side.low_open) if rises else (side.high, side.high_open)
    if end is None:
        raise Undecided("no end to start from")
    at_end = follow(pinned(f, i, end), replaced(box, i, Side(end, end)), [], start)
    growth = combination({}, fmpq(1 if rises else -1), slope(f, i))
    grows = follow(growth, replaced(box, i, side.inner), [], rest)
    return at_end or (grows and is_open)


def by_contact(f: Function, box: Box, given: list[Relation], parts: Any) -> bool:
    """f = sum s^m q with q >= 0 and s^m >= 0."""
    n, positive = len(box), False
    read = [(function(s, n), index(m, 100), function(q, n), p) for s, m, q, p in parts]
    ring = Ring(n, [f, *(g for s, _, q, _ in read for g in (s, q))])
    rest = ring.times(ring.constant(fmpq(-1)), ring.read(f))
    for s, m, q, proof in read:
        if m % 2:
            nonnegative_affine(s, box)
        positive |= follow(q, box, given, proof) and m == 0
        part = ring.read(q)
        for _ in range(m):
            part = ring.times(part, ring.read(s))
        rest = ring.plus(rest, part)
    if rest[0]:
        raise Undecided("the parts do not add up")
    return positive


def nonnegative_affine(s: Function, box: Box) -> None:
    """s >= 0 on the box: exactly where s is affine, else s > 0 in balls."""
    n = len(box)
    if any(sum(k[:n]) > 1 or any(b != 0 for b in k[n:]) for k in s):
        by_balls(s, box, [])
        return
    least = ZERO
    for k, c in s.items():
        i = next((i for i in range(n) if k[i]), None)
        end = fmpq(1) if i is None else box[i].low if c > 0 else box[i].high
        if end is None:
            raise Undecided("an odd power without a sign")
        least += c * end
    if least < 0:
        raise Undecided("an odd power of a negative number")


STEPS: dict[str, Callable[..., bool]] = {
    "sign": by_signs,
    "leaf": by_balls,
    "using": by_hypothesis,
    "times": by_factor,
    "split": by_halves,
    "rise": lambda f, box, _, i, start, rest: monotone(f, box, i, start, rest, rises=True),
    "fall": lambda f, box, _, i, start, rest: monotone(f, box, i, start, rest, rises=False),
    "contact": by_contact,
}
