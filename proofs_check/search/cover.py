"""Covers: boxes are split until each is closed by interval arithmetic, a ladder, or a contact."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from proofs_check import kernel
from proofs_check.kernel import Box, End, Function, Relation
from proofs_check.search.ladder import axis, climb, plausible, samples, terms_at


class Exhausted(Exception):
    """The search met its limit, or a point where the goal fails."""


def subdivide(statement: kernel.Statement, limit: int = 2000) -> Any | None:
    """A tree for the goal, from at most `limit` boxes; None if there is none so small."""
    n, hypotheses, (relation, f) = statement
    if relation == "=":
        return None
    box = [kernel.side(n, hypotheses, i) for i in range(n)]
    if refuted(statement, box):
        return None
    search = Cover(hypotheses, limit)
    try:
        return search.touching(f, box, relation == ">")
    except Exhausted:
        return None


def refuted(statement: kernel.Statement, box: Box) -> bool:
    """Whether a sample point of the box refutes the goal, with some margin for rounding."""
    (_, hypotheses, (_, f)), margin = statement, 1e-9
    value, given = terms_at(f), [terms_at(h) for r, h in hypotheses if r != "="]
    inside = (x for x in samples(box, 4000) if all(h(x)[0] > margin * h(x)[1] for h in given))
    equalities = any(r == "=" for r, _ in hypotheses)
    return not equalities and any(value(x)[0] < -margin * value(x)[1] for x in inside)


class Cover:
    """One search: the hypotheses that a leaf may use, and how many boxes are left."""

    def __init__(self, hypotheses: list[Relation], limit: int) -> None:
        self.hypotheses, self.limit = hypotheses, limit

    def touching(self, f: Function, box: Box, strict: bool) -> Any | None:
        """First split where f may touch 0 inside, and take out factors that cannot be negative."""
        quotient, powers = (f, []) if strict else without_powers(f, box)
        if powers:
            proof = self.touching(quotient, box, strict)
            return None if proof is None else in_contact(quotient, powers, proof, len(box))
        for point in touch_points(f, box):
            low, high = box[0]
            middle = End(point, False)
            left = self.touching(f, [(low, middle)], strict)
            right = self.touching(f, [(middle, high)], strict) if left is not None else None
            return None if right is None else ["split", 0, str(point), left, right]
        ladder = climb(f, box, strict) if len(box) > 1 else None
        return self.prove(f, box, strict) if ladder is None else ladder

    def prove(self, f: Function, box: Box, strict: bool, depth: int = 0) -> Any | None:
        self.limit -= 1 if bounded(box) else 50 * len(box)
        if self.limit < 0 or depth > 60 or self.fails(f, box, strict):
            raise Exhausted
        for method in (self.leaf, self.ladder, self.outside, self.monotone):
            proof = method(f, box, strict)
            if proof is not None:
                return proof
        i, point = split_point(f, box)
        low, high = box[i]
        below = kernel.replaced(box, i, low, End(point, False))
        above = kernel.replaced(box, i, End(point, False), high)
        left = self.prove(f, below, strict, depth + 1)
        return ["split", i, str(point), left, self.prove(f, above, strict, depth + 1)]

    def fails(self, f: Function, box: Box, strict: bool) -> bool:
        """Whether, at the middle of the box, the hypotheses hold and the goal does not."""
        if not bounded(box):
            return False
        middle = [(low.at + high.at) / 2 for low, high in box if low and high]
        pinned: Box = [(End(x, False), End(x, False)) for x in middle]
        if self.leaf(f, pinned, strict):
            return False
        values = [(r, kernel.enclosure(h, [(x, x) for x in middle])) for r, h in self.hypotheses]
        holds = all(low > 0 if r != "=" else low == high == 0 for r, (low, high) in values)
        return holds and (bound(negative(f), pinned) or 0) > 0

    def leaf(self, f: Function, box: Box, strict: bool) -> Any | None:
        low = bound(f, box)
        return ["leaf"] if low is not None and (low > 0 or (low == 0 and not strict)) else None

    def ladder(self, f: Function, box: Box, strict: bool) -> Any | None:
        """In a part of the range: of two variables only if unbounded, since most will fail."""
        small = free(box) == 1 or (free(box) == 2 and not bounded(box))
        return climb(f, box, strict, fuel=60) if small else None

    def outside(self, f: Function, box: Box, strict: bool) -> Any | None:
        """A hypothesis that fails in the whole box, with a weight that makes up for f < 0."""
        low = bound(f, box)
        for j, (relation, h) in enumerate(self.hypotheses if low is not None else []):
            for sign in (1, -1) if relation == "=" else (1,):
                height = bound({k: -sign * c for k, c in h.items()}, box)
                if height is not None and height > 0 and low is not None:
                    weight = sign * Fraction(2) ** max(0, (int(-low / height) + 1).bit_length())
                    without = kernel.plus(f, {k: -weight * c for k, c in h.items()})
                    if self.leaf(without, box, strict):
                        return ["using", j, str(weight), ["leaf"]]
        return None

    def monotone(self, f: Function, box: Box, strict: bool) -> Any | None:
        """Down to a face, if f does not fall along one variable."""
        for i, (low, high) in enumerate(box if bounded(box) else []):
            for way, end, direction in (("rise", low, 1), ("fall", high, -1)):
                away = {k: c * direction for k, c in kernel.derivative(f, i).items()}
                slope = self.slope(away, box) if away and low != high else None
                if slope is not None and end is not None:
                    pinned = kernel.replaced(box, i, End(end.at, False), End(end.at, False))
                    face = self.on_face(kernel.face(f, i, end.at), pinned, strict)
                    return None if face is None else [way, i, face, slope]
        return None

    def slope(self, f: Function, box: Box) -> Any | None:
        """In one leaf, or by a ladder if the slope vanishes somewhere."""
        proof = self.leaf(f, box, False)
        if proof is None and 1 < free(box) < 4 and plausible(f, box):
            proof = climb(f, box, False, fuel=20)
        return proof

    def on_face(self, f: Function, box: Box, strict: bool) -> Any | None:
        """The hypotheses need not hold on the face, so it is proved without them."""
        alone = Cover([], 50)
        try:
            proof = alone.prove(f, box, strict) if plausible(f, box, strict) else None
        except Exhausted:
            proof = None
        self.limit -= 50 - alone.limit
        return proof


def free(box: Box) -> int:
    """How many variables are not held at one value."""
    return sum(low is None or low != high for low, high in box)


def bounded(box: Box) -> bool:
    return all(low and high for low, high in box)


def bound(f: Function, box: Box) -> Fraction | None:
    try:
        return kernel.lower_bound(f, box)
    except kernel.Rejected:
        return None


def split_point(f: Function, box: Box) -> tuple[int, Fraction]:
    """The middle of the variable along which f may vary most; an unbounded one is cut first."""
    for i, (low, high) in enumerate(box):
        if low is None or high is None:
            at = low.at if low else high.at if high else Fraction(0)
            outward = max(abs(at), Fraction(1))
            return i, at + (outward if low else -outward if high else 0)
    sides = [(low.at, high.at) for low, high in box if low and high]
    variation = []
    for i, (a, b) in enumerate(sides):
        slope = kernel.enclosure(kernel.derivative(f, i), sides)
        variation.append((b - a) * max(map(abs, slope)))
    i = variation.index(max(variation))
    return i, sum(sides[i], Fraction(0)) / 2


def touch_points(f: Function, box: Box) -> list[Fraction]:
    """A simple rational inside the range of one variable where f = 0 exactly, if one is seen."""
    if len(box) != 1:
        return []
    (low, high), value = box[0], terms_at(f)
    xs = axis(low, high)
    for a, b, c in zip(xs, xs[1:], xs[2:], strict=False):
        if value((b,))[0] <= min(value((a,))[0], value((c,))[0]):
            guess = Fraction(lowest(lambda x: value((x,))[0], a, c)).limit_denominator(64)
            inside = (low is None or low.at < guess) and (high is None or guess < high.at)
            if inside and not kernel.face(f, 0, guess):
                return [guess]
    return []


def lowest(value: Callable[[float], float], a: float, c: float) -> float:
    """The minimiser of a function with one valley in [a, c], by thirds."""
    for _ in range(60):
        left, right = a + (c - a) / 3, c - (c - a) / 3
        a, c = (a, right) if value(left) < value(right) else (left, c)
    return (a + c) / 2


def factors(f: Function, n: int) -> list[tuple[Function, int]]:
    """The irreducible factors over Q, where e^(x_i/d) counts as a variable; units are left out."""
    if not f:
        return []
    rates = [sorted({Fraction(k[n + i]) for k in f}) for i in range(n + 1)]
    units = [lcm(*(b.denominator for b in column)) for column in rates]
    lowest = [column[0] for column in rates]
    ring = fmpq_mpoly_ctx.get([f"z{i}" for i in range(2 * n + 1)], Ordering.lex)
    terms = {}
    for k, c in f.items():
        scaled = [int((b - low) * d) for b, low, d in zip(k[n:], lowest, units, strict=True)]
        terms[(*k[:n], *scaled)] = fmpq(c.numerator, c.denominator)
    found = []
    for p, m in ring.from_dict(terms).factor()[1]:
        s = {
            (
                *map(int, k[:n]),
                *(Fraction(int(b), d) for b, d in zip(k[n:], units, strict=True)),
            ): Fraction(int(c.p), int(c.q))
            for k, c in p.to_dict().items()
        }
        if any(any(k[:n]) for k in s) or len(s) > 1:
            found.append((s, int(m)))
    return found


def negative(f: Function) -> Function:
    return {k: -c for k, c in f.items()}


def without_powers(f: Function, box: Box) -> tuple[Function, list[tuple[Function, int]]]:
    """q and the [s, m] with f = q prod s^m, where s^m >= 0 and s may vanish in the box."""
    quotient, powers = f, []
    for s, m in factors(f, len(box)):
        low, high = bound(s, box), bound(negative(s), box)
        if high is not None and high >= 0:
            s, low = negative(s), high
        order = m if low is not None and low >= 0 else m - m % 2
        if order and (low is None or low <= 0):
            powers.append((s, order))
            for _ in range(order):
                quotient = divided(quotient, s)
    return quotient, powers


def divided(f: Function, s: Function) -> Function:
    """f / s, exactly: leading terms in turn."""
    quotient: Function = {}
    top = max(s)
    while f:
        key = tuple(a - b for a, b in zip(max(f), top, strict=True))
        part = {key: f[max(f)] / s[top]}
        quotient, f = kernel.plus(quotient, part), kernel.plus(f, negative(kernel.times(part, s)))
    return quotient


def in_contact(q: Function, powers: list[tuple[Function, int]], proof: Any, n: int) -> Any:
    """The contact steps that multiply the powers onto q, outermost first."""
    for s, m in powers:
        proof = ["contact", [[kernel.written(s, n), m, kernel.written(q, n), proof]]]
        q = kernel.product(Fraction(1), [s] * m + [q], n)
    return proof
