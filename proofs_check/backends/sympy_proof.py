"""A certificate read again with sympy: identities expanded, derivatives by diff, signs by term.

follow() returns True if f > 0 is shown where the hypotheses hold in the box, False if f >= 0 is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sympy import QQ, Add, Expr, Integer, Mul, diff, exp, ring

from proofs_check.backends import sympy_line
from proofs_check.backends.sympy_numbers import (
    Key,
    Relation,
    Statement,
    Terms,
    Undecided,
    collected,
    constant_sign,
    expression,
    in_sympy,
    natural,
    number,
    polynomial,
    read,
    variables,
)

End = tuple[Fraction, bool] | None  # (where, open?), None: unbounded
Box = list[tuple[End, End]]


def proved(asked: Statement, certificate: Mapping[str, Any]) -> bool:
    """Whether the certificate proves the statement; may also raise."""
    kind, proof = certificate["kind"], certificate["proof"]
    if kind == "handelman":
        return identity(asked, proof)
    if kind != "tree" or asked.goal.sign == "=":
        return False
    goal = expression(asked.goal.terms, asked.n)
    positive = Walk(asked.n).follow(goal, ranges(asked), asked.given, proof)
    return positive or asked.goal.sign == ">="


# --- identities ------------------------------------------------------------------------------


class Algebra:
    """The functions of one identity: sparse polynomials where they can be, else expressions."""

    def __init__(self, asked: Statement, others: Sequence[Terms]) -> None:
        self.n = asked.n
        everything = [*(r.terms for r in asked.relations), *others]
        self.sparse = all(polynomial(f) for f in everything)
        self.ring = ring([f"x{i}" for i in range(self.n)] or ["unused"], QQ)[0]

    def make(self, f: Terms) -> Any:
        if not self.sparse:
            return expression(f, self.n)
        table = {a or (0,): QQ(c.numerator, c.denominator) for (a, _), c in f.items()}
        return self.ring.from_dict(table)

    def number(self, c: Fraction) -> Any:
        return self.ring(QQ(c.numerator, c.denominator)) if self.sparse else in_sympy(c)

    def is_zero(self, f: Any) -> bool:
        return not f if self.sparse else not collected(f, self.n)


def identity(asked: Statement, proof: Mapping[str, Any]) -> bool:
    """factor * goal - terms - sum of multiples of equalities expands to 0."""
    multiples = [
        (asked.given[natural(j, len(asked.given))], read(m, asked.n))
        for j, m in proof["multipliers"]
    ]
    squares = [
        read(s, asked.n) for side in ("factor", "terms") for part in proof[side] for s in part[2]
    ]
    if any(e.sign != "=" for e, _ in multiples):
        return False
    algebra = Algebra(asked, [*squares, *(m for _, m in multiples)])
    factor, factor_positive = cone(algebra, asked, proof["factor"])
    terms, terms_positive = cone(algebra, asked, proof["terms"])
    rest = factor * algebra.make(asked.goal.terms) - terms
    for e, m in multiples:
        rest -= algebra.make(m) * algebra.make(e.terms)
    if not algebra.is_zero(rest):
        return False
    equal = factor_positive and not proof["terms"]
    return {">": terms_positive, ">=": factor_positive, "=": equal}[asked.goal.sign]


def cone(algebra: Algebra, asked: Statement, parts: Sequence[Any]) -> tuple[Any, bool]:
    """sum of weight * hypotheses * squares, weight >= 0, and whether a part is positive."""
    total, positive = algebra.number(Fraction(0)), False
    for weight, indices, roots in parts:
        c = number(weight)
        if c < 0:
            raise Undecided("a negative weight")
        used = [asked.given[natural(i, len(asked.given))] for i in indices]
        part = algebra.number(c)
        for h in used:
            part *= algebra.make(h.terms)
        for root in roots:
            part *= algebra.make(read(root, asked.n)) ** 2
        total += part
        positive = positive or (c > 0 and not roots and all(h.sign == ">" for h in used))
    return total, positive


# --- trees ------------------------------------------------------------------------------------


def ranges(asked: Statement) -> Box:
    """The range of each variable by the hypotheses of first degree in it alone."""
    return [range_of(asked, i) for i in range(asked.n)]


def range_of(asked: Statement, i: int) -> tuple[End, End]:
    zero = (Fraction(0),) * (asked.n + 1)
    unit: Key = (tuple(int(i == j) for j in range(asked.n)), zero)
    one: Key = ((0,) * asked.n, zero)
    lows: list[tuple[Fraction, bool]] = []
    highs: list[tuple[Fraction, bool]] = []
    for r in asked.given:
        if unit in r.terms and set(r.terms) <= {unit, one}:
            c = r.terms[unit]
            end = -r.terms.get(one, Fraction(0)) / c, r.sign == ">"
            lows += [end] * (c > 0 or r.sign == "=")
            highs += [end] * (c < 0 or r.sign == "=")
    tightest = min(highs, key=lambda end: (end[0], not end[1])) if highs else None
    return (max(lows) if lows else None), tightest


class Walk:
    """The steps of a tree, over n variables."""

    def __init__(self, n: int) -> None:
        self.n, self.x = n, variables(n)

    def follow(self, f: Expr, box: Box, given: list[Relation], proof: Any) -> bool:
        name, *rest = proof
        if isinstance(proof, list) and name in ("rise", "fall"):
            return self.monotone(f, box, name == "rise", *rest)
        steps: dict[str, Callable[..., bool]] = {
            "sign": self.signs,
            "leaf": self.leaf,
            "using": self.using,
            "times": self.times,
            "split": self.split,
            "contact": self.contact,
        }
        return steps[name](f, box, given, *rest)

    def signs(self, f: Expr, box: Box, given: list[Relation]) -> bool:
        """Every term is a positive constant times powers that are not negative on the box."""
        groups: dict[Any, dict[Fraction, Fraction]] = {}
        for (a, b), c in collected(f, self.n).items():
            groups.setdefault((a, b[:-1]), {})[b[-1]] = c
        positive = False
        for (a, _), constants in groups.items():
            if constant_sign(constants) < 0:
                raise Undecided("a negative term")
            lows = [box[i][0] for i in range(self.n) if a[i]]
            odd = [box[i][0] for i in range(self.n) if a[i] % 2]
            if any(low is None or low[0] < 0 for low in odd):
                raise Undecided("an odd power of what may be negative")
            positive |= all(low is not None and low > (Fraction(0), False) for low in lows)
        return positive

    def leaf(self, f: Expr, box: Box, given: list[Relation]) -> bool:
        """One variable: the same question about the interval, put to sympy_line."""
        if self.n != 1:
            raise Undecided("a leaf in several variables")
        sides = [(s, r) for s, r in zip((1, -1), box[0], strict=True) if r]
        zero, one = (Fraction(0),) * 2, Fraction(1)
        within = [
            Relation(">=", {((1,), zero): one * s, ((0,), zero): -s * r[0]}) for s, r in sides
        ]
        within = [Relation(r.sign, {k: c for k, c in r.terms.items() if c}) for r in within]
        wanted = Statement(1, within, Relation(">", collected(f, 1)))
        if not sympy_line.decide(wanted)[0]:
            raise Undecided("not positive on a leaf")
        return True

    def using(self, f: Expr, box: Box, given: list[Relation], j: Any, w: Any, rest: Any) -> bool:
        h, c = given[natural(j, len(given))], number(w)
        if c < 0 and h.sign != "=":
            raise Undecided("a negative weight")
        return self.follow(f - in_sympy(c) * expression(h.terms, self.n), box, given, rest)

    def times(self, f: Expr, box: Box, given: list[Relation], rates: Any, rest: Any) -> bool:
        read = [in_sympy(number(r)) for r in rates]
        rate = Add(*(r * y for r, y in zip(read, self.x, strict=True)))
        return self.follow(exp(rate) * f, box, given, rest)

    def split(
        self, f: Expr, box: Box, given: list[Relation], axis: Any, at: Any, left: Any, right: Any
    ) -> bool:
        i, middle = natural(axis, self.n), (number(at), False)
        low, high = box[i]
        below = self.follow(f, [*box[:i], (low, middle), *box[i + 1 :]], given, left)
        above = self.follow(f, [*box[:i], (middle, high), *box[i + 1 :]], given, right)
        return below and above

    def monotone(self, f: Expr, box: Box, rises: bool, axis: Any, start: Any, rest: Any) -> bool:
        """f >= 0 at the end x_i = c and f' (or -f') >= 0 inside; without the hypotheses."""
        i = natural(axis, self.n)
        end = box[i][0 if rises else 1]
        if end is None:
            raise Undecided("no end to start from")
        face, pin = f.subs(self.x[i], in_sympy(end[0])), (end[0], False)
        at_end = self.follow(face, [*box[:i], (pin, pin), *box[i + 1 :]], [], start)
        low, high = (side and (side[0], True) for side in box[i])
        growth = diff(f, self.x[i]) * (1 if rises else -1)
        grows = self.follow(growth, [*box[:i], (low, high), *box[i + 1 :]], [], rest)
        return at_end or (grows and end[1])

    def contact(self, f: Expr, box: Box, given: list[Relation], parts: Any) -> bool:
        """f = sum s^m q, q >= 0, and s >= 0 where m is odd."""
        total, positive = Integer(0), False
        for root, order, quotient, proof in parts:
            s, q = (expression(read(t, self.n), self.n) for t in (root, quotient))
            m = natural(order, 100)
            if m % 2:
                self.affine(read(root, self.n), box)
            positive |= self.follow(q, box, given, proof) and m == 0
            total += Mul(s**m, q)
        if collected(f - total, self.n):
            raise Undecided("the parts do not add up")
        return positive

    def affine(self, s: Terms, box: Box) -> None:
        """s >= 0 on the box, for s of the first degree."""
        least = Fraction(0)
        for (a, b), c in s.items():
            if sum(a) > 1 or any(b):
                raise Undecided("an odd power of what is not of the first degree")
            end = box[a.index(1)][0 if c > 0 else 1] if any(a) else (Fraction(1), False)
            if end is None:
                raise Undecided("an odd power without a sign")
            least += c * end[0]
        if least < 0:
            raise Undecided("an odd power of a negative number")
