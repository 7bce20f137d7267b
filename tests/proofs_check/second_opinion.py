"""A second reader of certificates that shares nothing with the kernel: balls at 300 bits.

`proves(statement, certificate)` follows each proof by evaluation: identities at random points,
leaves at sample points, roots by isolation.  It can be fooled by a bad sample; the kernel cannot.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from random import Random
from typing import Any

from flint import arb, ctx, fmpq, fmpz_poly

BITS = 300
TINY = arb(2) ** -150
Terms = list[tuple[arb, list[int], list[Fraction]]]
Ends = tuple[Fraction | None, Fraction | None]


def number(text: str) -> arb:
    q = Fraction(text)
    return arb(fmpq(q.numerator, q.denominator))


def read(data: Any, n: int) -> Terms:
    return [
        (number(c), a, [Fraction(q) for q in b[0]] if b else [Fraction(0)] * (n + 1))
        for c, a, *b in data
    ]


def at(f: Terms, x: list[Fraction]) -> arb:
    total = arb(0)
    for c, a, b in f:
        rate = b[-1] + sum(q * y for q, y in zip(b, x, strict=False))
        for y, i in zip(x, a, strict=True):
            c = c * number(str(y)) ** i
        total += c * number(str(rate)).exp()
    return total


def slope(f: Terms, i: int) -> Terms:
    lower = [(c * a[i], [*a[:i], a[i] - 1, *a[i + 1 :]], b) for c, a, b in f if a[i]]
    return lower + [(c * number(str(b[i])), a, b) for c, a, b in f if b[i]]


def proves(statement: Any, certificate: Any) -> bool:
    with ctx.workprec(BITS):
        method = {"handelman": identity, "tree": tree, "cells": cells}[certificate["kind"]]
        return method(statement, certificate["proof"])


def close(a: arb, b: arb) -> bool:
    return bool(abs(a - b) < TINY * (1 + abs(a) + abs(b)))


def random_points(n: int, count: int = 3) -> list[list[Fraction]]:
    draw = Random(7)
    return [[Fraction(draw.randint(-40, 40), 16) for _ in range(n)] for _ in range(count)]


def identity(statement: Any, proof: Any) -> bool:
    n, given, (relation, goal) = (
        len(statement["variables"]),
        statement["hypotheses"],
        statement["goal"],
    )
    weights = [Fraction(w) for w, _, _ in [*proof["factor"], *proof["terms"]]]
    strict = {
        side: any(
            Fraction(w) > 0 and not s and all(given[i][0] == ">" for i in used)
            for w, used, s in proof[side]
        )
        for side in ("factor", "terms")
    }
    wanted = {
        ">=": strict["factor"],
        ">": strict["terms"],
        "=": strict["factor"] and not proof["terms"],
    }
    if min(weights, default=0) < 0 or not wanted[relation]:
        return False
    if any(given[j][0] != "=" for j, _ in proof["multipliers"]):
        return False
    for x in random_points(n):
        h = [at(read(f, n), x) for _, f in given]
        left, right = (cone(proof[side], h, x) for side in ("factor", "terms"))
        for j, m in proof["multipliers"]:
            right += at(read(m, n), x) * h[j]
        if not close(left * at(read(goal, n), x), right):
            return False
    return True


def cone(terms: Any, h: list[arb], x: list[Fraction]) -> arb:
    total = arb(0)
    for weight, used, squares in terms:
        value = number(weight)
        for i in used:
            value *= h[i]
        for s in squares:
            value *= at(read(s, len(x)), x) ** 2
        total += value
    return total


def tree(statement: Any, proof: Any) -> bool:
    n = len(statement["variables"])
    given = [(r, read(f, n)) for r, f in statement["hypotheses"]]
    relation, goal = statement["goal"]
    box = [range_of(i, n, statement["hypotheses"]) for i in range(n)]
    return relation != "=" and follows(read(goal, n), box, given, proof, relation == ">")


def range_of(i: int, n: int, hypotheses: Any) -> Ends:
    low: Fraction | None = None
    high: Fraction | None = None
    unit = [int(i == j) for j in range(n)]
    for relation, f in hypotheses:
        terms = {tuple(a): Fraction(c) for c, a, *b in f if not b}
        if len(terms) == len(f) and set(terms) <= {tuple(unit), (0,) * n} and tuple(unit) in terms:
            c, end = terms[tuple(unit)], -terms.get((0,) * n, Fraction(0)) / terms[tuple(unit)]
            if c > 0 or relation == "=":
                low = end if low is None else max(low, end)
            if c < 0 or relation == "=":
                high = end if high is None else min(high, end)
    return low, high


def follows(f: Terms, box: list[Ends], given: Any, proof: Any, strict: bool) -> bool:
    """Whether the steps of the proof give f >= 0 at the sample points of each box they end in."""
    rule, *rest = proof
    n = len(box)
    if rule in ("sign", "leaf"):
        return all(at(f, x) > -TINY for x in inside(box)) and (rule == "sign" or finite(box))
    if rule == "using":
        j, weight, inner = rest
        (relation, h), w = given[j], Fraction(weight)
        minus = [(-c * number(weight), a, b) for c, a, b in h]
        return (w >= 0 or relation == "=") and follows(f + minus, box, given, inner, strict)
    if rule == "times":
        rates = [Fraction(q) for q in rest[0]]
        moved = [(c, a, [p + q for p, q in zip(b, [*rates, 0], strict=True)]) for c, a, b in f]
        return follows(moved, box, given, rest[1], strict)
    if rule == "split":
        i, point, left, right = rest
        halves = (box[i][0], Fraction(point)), (Fraction(point), box[i][1])
        boxes = [[*box[:i], half, *box[i + 1 :]] for half in halves]
        return all(
            follows(f, b, given, p, strict) for b, p in zip(boxes, (left, right), strict=True)
        )
    if rule in ("rise", "fall"):
        i, start, inner = rest
        end = box[i][rule == "fall"]
        if end is None:
            return False
        away = [(c if rule == "rise" else -c, a, b) for c, a, b in slope(f, i)]
        face = [*box[:i], (end, end), *box[i + 1 :]]
        return follows(f, face, [], start, False) and follows(away, box, [], inner, False)
    if rule == "contact":
        return all(part_follows(part, box, given, n) for part in rest[0]) and all(
            close(at(f, x), sum((part_at(part, x) for part in rest[0]), arb(0)))
            for x in random_points(n)
        )
    return False


def part_follows(part: Any, box: list[Ends], given: Any, n: int) -> bool:
    s, m, q, proof = part
    even = m % 2 == 0 or all(at(read(s, n), x) > -TINY for x in inside(box))
    return even and follows(read(q, n), box, given, proof, False)


def part_at(part: Any, x: list[Fraction]) -> arb:
    s, m, q, _ = part
    return at(read(s, len(x)), x) ** m * at(read(q, len(x)), x)


def finite(box: list[Ends]) -> bool:
    return all(end is not None for side in box for end in side)


def inside(box: list[Ends]) -> list[list[Fraction]]:
    return [list(x) for x in product(*(sample(*side) for side in box))]


def sample(low: Fraction | None, high: Fraction | None) -> list[Fraction]:
    if low is not None and high is not None:
        return [low + (high - low) * Fraction(i, 4) for i in range(5)] if low < high else [low]
    if low is None and high is None:
        return [Fraction(x) for x in (-9, -1, 0, 1, 9)]
    at, way = (low, 1) if low is not None else (high, -1)
    return [(at or Fraction(0)) + way * Fraction(x) for x in (0, "1/8", 1, 3, 9)]


def cells(statement: Any, points: Any) -> bool:
    """The product of all polynomials has at most one root between neighbours, none at a point."""
    functions = [f for _, f in [*statement["hypotheses"], statement["goal"]] if f]
    whole = fmpz_poly([1])
    for f in functions:
        scale = max(Fraction(c).denominator for c, _ in f)
        for c, _ in f:
            scale *= Fraction(c).denominator
        column = {a[0]: int(Fraction(c) * scale) for c, a in f}
        whole *= fmpz_poly([column.get(i, 0) for i in range(max(column) + 1)])
    roots = [z.real for z, _ in whole.complex_roots() if z.imag == 0]
    at_points = [number(p) for p in points]
    if any(whole(int(Fraction(p))) == 0 for p in points if Fraction(p).denominator == 1):
        return False
    ordered = all(a < b for a, b in pairwise(at_points))
    bounds = [arb(-(10**9)), *at_points, arb(10**9)]
    separated = all(sum(1 for r in roots if a < r < b) <= 1 for a, b in pairwise(bounds))
    return ordered and separated
