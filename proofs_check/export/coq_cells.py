"""Coq: a proof by cells (one variable, polynomials), as identities that Coq multiplies out.

The line is cut at the certificate's points.  On a piece [a, b] where some relation f has no root,
Bernstein's coefficients show its sign:  s f = c + sum w_k (x - a)^k (b - x)^(n - k), c > 0, w >= 0.
Where the deciding relations share one root, the root of an irreducible d, f = d^m u with u of one
sign, and d < 0, d = 0, d > 0 are three cases.  Each step is a statement with a `handelman` proof,
which the kernel can check as well; the lemma joins them by linear arithmetic (lra).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import comb, floor
from typing import Any

from flint import fmpq, fmpq_poly

from proofs_check import kernel
from proofs_check.export.coq_identity import coq_name, function, lemma, number, stated
from proofs_check.kernel import Function
from proofs_check.reduction import divided
from proofs_check.search.cells import simplest

ZERO, ONE = Fraction(0), Fraction(1)
X, ONE_KEY = (1, 0, 0), (0, 0, 0)  # of a Function in one variable
MOST_CUTS = 60
Poly = tuple[Fraction, ...]  # c_0, c_1, ..., the last one is not 0
End = Fraction | None  # None is infinity
Piece = tuple[dict[str, Any], dict[str, Any]]  # a statement and its identity


class TooFine(ValueError):
    """The line was cut too often: the certificate does not prove the statement."""


# --- the sign of a polynomial without a root on an interval ------------------------------------
def ends(low: End, high: End) -> list[Function]:
    """x - low >= 0 and high - x >= 0, as far as they are finite."""
    at_low = [] if low is None else [{X: ONE} | ({ONE_KEY: -low} if low else {})]
    return at_low + ([] if high is None else [{X: -ONE} | ({ONE_KEY: high} if high else {})])


def positive(p: Poly, low: End, high: End) -> list[Any] | None:
    """The terms of an identity p = c + sum w_k (x - low)^k (high - x)^l, c > 0 and w >= 0."""
    if len(p) < 2 or (low is None and high is None):
        weights = [(p[0], [0, 0])] if len(p) == 1 else [(Fraction(-1), [0, 0])]
    elif low is None or high is None:
        at, sign = (low, 1) if low is not None else (high, -1)
        weights = [(c * sign**k, [k, 0]) for k, c in enumerate(shifted(p, at or ZERO))]
    else:
        weights = bernstein(p, low, high)
    if weights[0][0] <= 0 or min(w for w, _ in weights) < 0:
        return None
    return [[str(w), [0] * k + [1] * other, []] for w, (k, other) in weights if w]


def shifted(p: Poly, at: Fraction) -> list[Fraction]:
    """The coefficients of p in powers of x - at."""
    return [
        sum((comb(i, k) * p[i] * at ** (i - k) for i in range(k, len(p))), ZERO)
        for k in range(len(p))
    ]


def bernstein(p: Poly, low: Fraction, high: Fraction) -> list[tuple[Fraction, list[int]]]:
    """The least Bernstein coefficient c, then the weights of (x - low)^k (high - x)^(n - k)."""
    n, side = len(p) - 1, high - low
    local = [c * side**k for k, c in enumerate(shifted(p, low))]
    b = [
        sum((Fraction(comb(k, i), comb(n, i)) * local[i] for i in range(k + 1)), ZERO)
        for k in range(n + 1)
    ]
    least = min(b)
    rest = [((c - least) * comb(n, k) / side**n, [k, n - k]) for k, c in enumerate(b)]
    return [(least, [0, 0]), *rest]


def poly(f: Function) -> Poly:
    return tuple(f.get((i, 0, 0), ZERO) for i in range(max((k[0] for k in f), default=-1) + 1))


def scaled(f: Function, sign: int) -> Function:
    return f if sign > 0 else {k: -c for k, c in f.items()}


def multiplicity(f: Function, d: Function) -> tuple[int, Function]:
    """(m, u) with f = d^m u, and u not divisible by d."""
    m = 0
    while (quotient := divided(f, d)) is not None:
        f, m = quotient, m + 1
    return m, f


# --- one statement ---------------------------------------------------------------------------
class Cells:
    """The pieces of one statement, and the tactics that join them.

    pieces: statements with their identities, in the order in which they are needed.
    """

    def __init__(self, data: Mapping[str, Any], points: Sequence[str]) -> None:
        _, hypotheses, goal = kernel.read_statement(data)
        self.names, self.x = list(data["variables"]), coq_name(data["variables"][0], 0)
        self.relations = [*hypotheses, goal]
        self.whole = kernel.product(ONE, [f for _, f in self.relations if f], 1)
        self.chain = kernel.sturm(self.whole)
        lead = self.whole[max(self.whole)]
        self.bound = sum((abs(c / lead) for c in self.whole.values()), ONE)  # Cauchy
        self.points = [*map(Fraction, points)]
        self.pieces: list[Piece] = []
        self.cuts = 0
        self.tactics = self.closed(None, None)

    def text(self, f: Function) -> str:
        return function(kernel.written(f, 1), [self.x])

    def closed(self, low: End, high: End) -> list[str]:
        """The cell as one, or cut in two."""
        size = len(self.pieces)
        steps = self.by_one_sign(low, high) or self.by_one_root(low, high)
        if steps:
            bounds = zip("AB", (low, high), strict=True)
            known = [name for name, end in bounds if end is not None]
            where = zip(known, ends(low, high), strict=True)
            return [*(f"assert ({n} : 0 <= {self.text(e)}) by lra." for n, e in where), *steps]
        del self.pieces[size:]
        self.cuts += 1
        if self.cuts > MOST_CUTS:
            raise TooFine("the line is cut again and again; is the statement true?")
        middle = self.cut(low, high)
        return [
            f"destruct (Rle_or_lt {self.x} {number(str(middle))}) as [? | ?].",
            *block(self.closed(low, middle)),
            *block(self.closed(middle, high)),
        ]

    def cut(self, low: End, high: End) -> Fraction:
        """The middle one of the certificate's points in the cell, or else about its middle."""
        inside = [x for x in self.points if (low is None or x > low) and (high is None or x < high)]
        if inside:
            return inside[len(inside) // 2]
        if low is None or high is None:
            return self.outermost(low, high)
        width = high - low
        parts = (simplest(low + i * width / 16, high - (10 - i) * width / 16) for i in range(1, 10))
        return next(x for x in parts if kernel.sign_at(self.whole, x))

    def outermost(self, low: End, high: End) -> Fraction:
        """A point beyond the end of an unbounded cell from which on some relation decides."""
        start, way = (Fraction(high or 0), -1) if low is None else (low, 1)
        for j in range(64):
            x, size = Fraction(floor(start + way * 2**j)), len(self.pieces)
            decided = self.by_one_sign(None, x) if low is None else self.by_one_sign(x, None)
            del self.pieces[size:]
            if decided and kernel.sign_at(self.whole, x):
                return x
        raise TooFine("no relation decides beyond all roots")

    def by_one_sign(self, low: End, high: End) -> list[str]:
        """A hypothesis that fails throughout, or a goal that holds throughout."""
        for i, (relation, f) in enumerate(self.relations):
            is_goal = i == len(self.relations) - 1
            for sign in (1, -1) if f else (0,):
                if kernel.holds((relation, {}), sign) == is_goal:
                    shown = self.of_sign(f, sign, low, high) if f else []
                    if shown is not None:
                        return [*shown, "lra."]
        return []

    def of_sign(self, f: Function, sign: int, low: End, high: End) -> list[str] | None:
        """0 < sign f on the cell, if an identity shows it."""
        found = positive(poly(scaled(f, sign)), low, high)
        if found is None:
            return None
        given = [(">=", e) for e in ends(low, high)]
        bounds = [name for name, end in (("A", low), ("B", high)) if end is not None]
        return [self.step(given, (">", scaled(f, sign)), found, [], bounds)]

    def step(
        self, given: Sequence[kernel.Relation], goal: kernel.Relation,
        found: list[Any], multipliers: list[Any], proofs: Sequence[str],
    ) -> str:  # fmt: skip
        """A new piece, applied to proofs of what it supposes."""
        *suppose, conclude = ([sign, kernel.written(f, 1)] for sign, f in (*given, goal))
        data = {"variables": self.names, "hypotheses": suppose, "goal": conclude}
        identity = {"factor": [["1", [], []]], "terms": found, "multipliers": multipliers}
        self.pieces.append((data, identity))
        n = len(self.pieces)
        return f"assert (P{n} := {{name}}_{n} {' '.join([self.x, *proofs])})."

    def by_one_root(self, low: End, high: End) -> list[str]:
        """One root only in the cell, that of d: the cases d < 0, d = 0, d > 0."""
        if self.roots(self.chain, low, high) != 1:
            return []
        d = self.factor(low, high)
        cases = [self.case(d, sign, low, high) for sign in (-1, 0, 1)]
        if not all(cases):
            return []
        start = f"destruct (Rtotal_order {self.text(d)} 0) as [D | [D | D]]."
        return [start, *(line for case in cases for line in block(case))]

    def roots(self, chain: list[Function], low: End, high: End) -> int:
        left = -self.bound if low is None else low
        right = self.bound if high is None else high
        return kernel.roots(chain, left, right) if left < right else 0

    def factor(self, low: End, high: End) -> Function:
        """The irreducible factor with the root in the cell."""
        whole = fmpq_poly([fmpq(c.numerator, c.denominator) for c in poly(self.whole)])
        for found, _ in whole.numer().factor()[1]:
            d = {(i, 0, 0): Fraction(int(c)) for i, c in enumerate(found.coeffs()) if c}
            if self.roots(kernel.sturm(d), low, high):
                return d
        raise TooFine("no factor has the root")

    def case(self, d: Function, sign: int, low: End, high: End) -> list[str]:
        """Where d has this sign: a hypothesis fails or the goal holds, since f = d^m u."""
        for i, (relation, f) in enumerate(self.relations):
            if not f:
                continue
            is_goal, (m, u) = i == len(self.relations) - 1, multiplicity(f, d)
            if m and not sign:
                shown = [self.step([("=", d)], ("=", f), [], [[0, multiplier(d, m, u)]], ["D"])]
                if kernel.holds((relation, {}), 0) == is_goal:
                    return [*shown, "lra."]
                self.pieces.pop()
                continue
            for side in (1, -1):
                if kernel.holds((relation, {}), side * sign**m) == is_goal:
                    known = self.of_sign(u, side, low, high)
                    if known:
                        return [*known, *self.through(d, m, sign, u, side), "lra."]
        return []

    def through(self, d: Function, m: int, sign: int, u: Function, side: int) -> list[str]:
        """0 < (sign d)^m (side u), which is f up to its sign."""
        if not m:
            return []
        given = [(">", scaled(d, sign)), (">", scaled(u, side))]
        goal = kernel.product(ONE, [given[0][1]] * m + [given[1][1]], 1)
        direction = f"assert (E : 0 < {self.text(given[0][1])}) by lra."
        u_proof = f"P{len(self.pieces)}"
        identity = [["1", [0] * m + [1], []]]
        return [direction, self.step(given, (">", goal), identity, [], ["E", u_proof])]


def multiplier(d: Function, m: int, u: Function) -> list[Any]:
    """d^(m - 1) u."""
    return kernel.written(kernel.product(ONE, [d] * (m - 1) + [u], 1), 1)


def block(lines: Sequence[str]) -> list[str]:
    return [f"{'{ ' if i == 0 else '  '}{line}" for i, line in enumerate(lines)] + ["}"]


def cells_lemma(name: str, data: Mapping[str, Any], points: Sequence[str]) -> str:
    """The pieces as lemmas, and the lemma that joins them."""
    made = Cells(data, points)
    head, hypotheses = stated(name, data)
    tactics = (f"  {line.replace('{name}', name)}" for line in made.tactics)
    parts = [lemma(f"{name}_{i}", *piece) for i, piece in enumerate(made.pieces, start=1)]
    body = [*head, "Proof.", f"  intros {' '.join([made.x, *hypotheses])}.", *tactics, "Qed.", ""]
    return "\n".join([*parts, "\n".join(body)])
