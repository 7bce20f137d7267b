"""The kernel against an adversary: false statements with drawn proofs, and data made to break it.

Here the statement is drawn together with its proof, so that many proofs are well formed; whatever
is accepted is tried at a grid of exact points.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest
from kernel_examples import claimed

from proofs_check import kernel
from proofs_check.evidence import refutes

COEFFICIENTS = [Fraction(x) for x in ("-2", "-1", "-1/2", "1/2", "1", "1", "2", "3")]
RATES = ["0", "0", "0", "1", "-1", "1/2"]
POINTS = ["0", "1", "-1", "1/2", "2", "-3", "5"]
GRID = [Fraction(x) for x in ("-3", "-1", "-1/2", "0", "1/4", "1/2", "1", "3/2", "2", "7")]
SIGNS = [">", ">=", "="]


class Adversary:
    """Draws statements with proofs that have the right shape."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)

    def function(self, n: int, terms: int = 3, exponentials: bool = True) -> kernel.Function:
        f: kernel.Function = {}
        for _ in range(self.draw.randint(0, terms)):
            powers = [self.draw.choice([0, 0, 0, 1, 1, 2]) for _ in range(n)]
            some = exponentials and self.draw.random() < 0.3
            rates = [Fraction(self.draw.choice(RATES)) * some for _ in range(n + 1)]
            f = kernel.plus(f, {(*powers, *rates): self.draw.choice(COEFFICIENTS)})
        return f

    def written(self, n: int, terms: int = 3, exponentials: bool = True) -> list[Any]:
        return kernel.written(self.function(n, terms, exponentials), n)

    def linear(self, n: int) -> list[Any]:
        """An end of a range: open, closed, of one point, and often in conflict with another."""
        i, zero = self.draw.randrange(n), (0,) * (2 * n + 1)
        x = (*zero[:i], 1, *zero[i + 1 :])
        f = {x: self.draw.choice([Fraction(1), Fraction(-1), Fraction(2)])}
        f = kernel.plus(f, {zero: Fraction(self.draw.choice(["0", "1", "-1", "1/2", "2"]))})
        return [self.draw.choice(SIGNS), kernel.written(f, n)]

    def tree(self, n: int, size: int, depth: int) -> list[Any]:
        """A tree of steps over n variables and `size` hypotheses."""
        draw = self.draw
        rule = draw.choice(["sign", "leaf", "using", "times", "split", "rise", "fall"])
        if depth == 0 or rule in ("sign", "leaf") or (rule == "using" and not size):
            return draw.choice([["sign"], ["sign"], ["leaf"]])
        parts = [self.tree(n, size, depth - 1) for _ in range(2)]
        if rule == "using":
            return [rule, draw.randrange(size), draw.choice(["1", "2", "1/2", "-1"]), parts[0]]
        if rule == "times":
            return [rule, [draw.choice(["0", "1", "-1"]) for _ in range(n)], parts[0]]
        at = [draw.choice(POINTS)] if rule == "split" else []
        return [rule, draw.randrange(n), *at, *parts]

    def contact(self, n: int, size: int) -> tuple[list[Any], list[Any]]:
        """A goal and its parts s^m q."""
        total, parts = kernel.Function(), []
        for _ in range(self.draw.randint(1, 2)):
            s, m, q = self.function(n, 2, False), self.draw.randint(0, 3), self.function(n, 2)
            written = [kernel.written(f, n) for f in (s, q)]
            parts.append([written[0], m, written[1], self.tree(n, size, 2)])
            total = kernel.plus(total, kernel.product(Fraction(1), [s] * m + [q], n))
        return kernel.written(total, n), ["contact", parts]

    def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        draw, n = self.draw, self.draw.choice([1, 1, 2])
        kind = draw.choice(["tree", "tree", "contact", "cells", "handelman"])
        n = 1 if kind == "cells" else n
        given = [
            self.linear(n)
            if draw.random() < 0.7
            else [draw.choice(SIGNS), self.written(n, 2, kind != "cells")]
            for _ in range(draw.randint(0, 3))
        ]
        goal, proof = self.written(n, 3, kind != "cells"), Any
        if kind == "contact":
            goal, proof = self.contact(n, len(given))
        elif kind == "tree":
            proof = self.tree(n, len(given), draw.randint(0, 4))
        elif kind == "cells":
            proof = sorted({draw.choice(POINTS) for _ in range(draw.randint(0, 4))}, key=Fraction)
        else:
            goal, proof = self.identity(n, given)
        data = {
            "variables": ["x", "y"][:n],
            "hypotheses": given,
            "goal": [draw.choice([">", ">=", ">=", "="]), goal],
        }
        return data, claimed(data, "tree" if kind == "contact" else kind, proof)

    def identity(self, n: int, given: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """A goal that is a sum of products and of multiples, of inequalities too."""
        draw, size = self.draw, len(given)
        terms = [
            [
                draw.choice(["1", "1/2", "0", "-1"]),
                [draw.randrange(size) for _ in range(draw.randint(0, 2))] if size else [],
                [self.written(n, 2)] * draw.randint(0, 1),
            ]
            for _ in range(draw.randint(0, 2))
        ]
        multipliers = [[draw.randrange(size), self.written(n, 2)]] if size else []
        hypotheses = [kernel.function(f, n) for _, f in given]
        parts = [
            kernel.product(
                Fraction(weight),
                [hypotheses[i] for i in used] + [kernel.function(s, n) for s in (*roots, *roots)],
                n,
            )
            for weight, used, roots in terms
        ]
        parts += [kernel.times(kernel.function(m, n), hypotheses[j]) for j, m in multipliers]
        factor = [["1", [], []]]
        proof = {"factor": factor, "terms": terms, "multipliers": multipliers}
        return kernel.written(kernel.plus(*parts), n), proof


def attack(seed: int, count: int) -> dict[str, int]:
    """How many of the drawn proofs are accepted, by kind; none of them may be refuted."""
    adversary, accepted = Adversary(seed), dict[str, int]()
    for _ in range(count):
        data, certificate = adversary.pair()
        try:
            kernel.check(data, certificate)
        except kernel.Rejected:
            continue
        points = product(GRID, repeat=len(data["variables"]))
        assert not any(refutes(data, x) for x in points), (data, certificate)
        accepted[certificate["kind"]] = accepted.get(certificate["kind"], 0) + 1
    return accepted


def test_no_drawn_proof_of_a_false_statement_is_accepted():
    accepted = attack(0, 800)
    assert set(accepted) == {"tree", "cells", "handelman"} and min(accepted.values()) > 10


@pytest.mark.parametrize(
    ("name", "weaker"),
    [
        ("lower_bound", lambda f, box: Fraction(0)),
        ("sign_of_terms", lambda f, box: True),
        ("roots", lambda chain, low, high: 0),
        ("face", lambda f, i, at: {}),
    ],
)
def test_a_hole_would_be_found(monkeypatch, name, weaker):
    """The false twin: the same draws refute a kernel with one check left out."""
    monkeypatch.setattr(kernel, name, weaker)
    with pytest.raises(AssertionError):
        attack(0, 800)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_none_in_forty_thousand(seed):
    assert sum(attack(seed, 10_000).values()) > 1000


# --- data made to break it ------------------------------------------------------------------------

ONES = [["1", [int(i == j) for j in range(4)]] for i in (3, 2, 1, 0)]
FLAT = {"variables": list("abcd"), "hypotheses": [[">=", ONES]], "goal": [">=", ONES]}
LINE = {"variables": ["x"], "hypotheses": [], "goal": [">=", [["1", [0]], ["1", [2]]]]}
DENSE = [[">", [[str(3 * i + j), [i]] for i in range(1, 100)]] for j in range(3)]
THIN = [[">", [["1", [0]], [str(j + 1), [99]]]] for j in range(8)]


def identity_of(terms: list[Any]) -> dict[str, Any]:
    return {"factor": [["1", [], []]], "terms": terms, "multipliers": []}


def nested(depth: int) -> list[Any]:
    proof = ["sign"]
    for _ in range(depth):
        proof = ["times", ["0"], proof]
    return proof


@pytest.mark.parametrize(
    ("data", "kind", "proof", "reason"),
    [
        (FLAT, "handelman", identity_of([["1", [], [ONES] * 40]]), "too many terms"),
        (FLAT, "handelman", identity_of([["1", [0] * 90, []]]), "too many terms"),
        (FLAT, "handelman", identity_of([["1", [0] * 2000, []]]), "too many factors"),
        (FLAT, "tree", ["contact", [[ONES, 98, ONES, ["sign"]]]], "contact|negative|terms"),
        ({**LINE, "hypotheses": DENSE}, "cells", [], "too many terms"),
        ({**LINE, "hypotheses": THIN}, "cells", [], "the degree is too high"),
        (LINE, "tree", nested(5000), "RecursionError"),
        (LINE, "tree", float("nan"), "no such step"),
        (LINE, "cells", [float("inf")], "not exact"),
        (LINE, "cells", ["٣"], "not exact"),
        (LINE, "cells", ["1\n"], "not exact"),
        (LINE, "cells", ["-0"], "lowest terms"),
        (LINE, "cells", ["1" * 3000], "not exact"),
        (LINE, "cells", [True], "not exact"),
        (LINE, "cells", {"0": "1"}, "not a list"),
        (LINE, "tree", ["using", True, "1", ["sign"]], "natural"),
        (LINE, "tree", ["using", -1, "1", ["sign"]], "natural"),
        (LINE, {}, [], "unhashable"),
        ({**LINE, "goal": [["1"], []]}, "cells", [], "none of"),
        ({**LINE, "goal": [">=", [["1", [True]]]]}, "cells", [], "natural"),
        ({**LINE, "goal": [">=", [["1", [2.0]]]]}, "cells", [], "natural"),
        ({**LINE, "goal": [">=", [["1", [0]], ["1", [0]]]]}, "cells", [], "canonical"),
        ({**LINE, "goal": [">=", [["1", [0], ["0", "0"]]]]}, "cells", [], "canonical"),
        ({**LINE, "more": 1}, "cells", [], "three entries"),
        ({**LINE, "variables": "x"}, "cells", [], "not a list"),
    ],
)
def test_hostile_data_are_rejected(data, kind, proof, reason):
    with pytest.raises(kernel.Rejected, match=reason):
        kernel.check(data, claimed(data, kind, proof))


@pytest.mark.parametrize("junk", [None, 1, "", [], [[]], {1: 2}, object(), float("nan"), b"x"])
def test_junk_in_either_place_is_rejected(junk):
    for pair in ((junk, {}), (LINE, junk), (junk, junk)):
        with pytest.raises(kernel.Rejected):
            kernel.check(*pair)
