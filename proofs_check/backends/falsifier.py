"""A vectorised search for points: thousands of samples in floating point, hits confirmed exactly.

Samples mix magnitudes, small rationals and near ties between variables, since a false statement
about ratios usually fails where two quantities are almost equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from proofs_check import kernel
from proofs_check.evidence import Change, Point, families, hypotheses_hold, mutant, refutes

SAMPLES, TRIED = 16_000, 6
SIMPLE = np.array(
    [0.0, 0.0, 1, 1, 2, 3, 5, 10, 1 / 2, 1 / 3, 1 / 4, 1 / 10, 9 / 10, 1.1, 0.01, 100]
)
DIGITS = (1, 20, 10**3, 10**6, 10**12)


class Sampler:
    """Samples of one statement; each function's terms are evaluated once."""

    def __init__(self, data: Mapping[str, Any], seed: int = 0, anywhere: bool = False) -> None:
        self.data, size = data, SAMPLES
        n, hypotheses, _ = kernel.read_statement(data)
        if anywhere:
            hypotheses = [h for h in hypotheses if h[0] == "="]
        self.x = drawn(n, hypotheses, np.random.default_rng(seed), size)

    def terms(self, relation: Any) -> np.ndarray:
        n = len(self.data["variables"])
        rows = [np.zeros(self.x.shape[1])]
        with np.errstate(all="ignore"):
            for c, powers, *rates in relation[1]:
                row = np.full(self.x.shape[1], float(Fraction(c)))
                for x, a in zip(self.x, powers, strict=True):
                    row = row * x**a if a else row
                if rates:
                    b = [float(Fraction(q)) for q in rates[0]]
                    row = row * np.exp(np.minimum(b[n] + b[:n] @ self.x, 300.0))
                rows.append(row)
        return np.array(rows)

    def truth(self, relation: Any, strictly: bool) -> np.ndarray:
        """Where it holds; strictly: with a margin for rounding."""
        terms = self.terms(relation)
        total, size = terms.sum(0), np.abs(terms).sum(0)
        if relation[0] == "=":
            return np.abs(total) <= 1e-9 * size + 1e-300
        margin = 1e-9 * size if strictly else -1e-12 * size
        return total >= margin if relation[0] == ">=" or not strictly else total > margin

    def points(self, allowed: np.ndarray) -> Iterator[Point]:
        """Simple rationals near the samples that are allowed, the tamest samples first."""
        found = np.flatnonzero(allowed)
        with np.errstate(all="ignore"):
            wild = np.abs(np.log10(np.abs(self.x[:, found]) + 1e-3)).sum(0)
        order = found[np.argsort(wild)]
        spread = np.linspace(0, 0.9 * len(order), TRIED).astype(int)[: len(order)]
        for i in dict.fromkeys(order[spread]):
            for digits in DIGITS:
                yield tuple(Fraction(float(v)).limit_denominator(digits) for v in self.x[:, i])
            yield tuple(Fraction(float(v)) for v in self.x[:, i])

    def counterexample(self, data: Mapping[str, Any], allowed: np.ndarray) -> Point | None:
        n = len(data["variables"])
        for point in self.points(allowed):
            if len(point) == n and confirmed(data, moved := on_equalities(data, point)):
                return moved
        return None


def confirmed(data: Mapping[str, Any], point: Point) -> bool:
    """Exactly, in the kernel's arithmetic."""
    try:
        return refutes(data, point)
    except kernel.Rejected:  # an exponent out of range
        return False


def on_equalities(data: Mapping[str, Any], point: Point) -> Point:
    """The point with each polynomial equality solved exactly, for the last variable it can be."""
    n, hypotheses, _ = kernel.read_statement({**data, "goal": [">", []]})
    x = list(point)
    for e in (e for relation, e in hypotheses if relation == "=" and not has_rates(e)):
        i = next((i for i in reversed(range(n)) if {k[i] for k in e} == {0, 1}), None)
        if i is not None:
            rest = sum((c * at(k, x, i) for k, c in e.items() if not k[i]), Fraction(0))
            slope = sum((c * at(k, x, i) for k, c in e.items() if k[i]), Fraction(0))
            x[i] = -rest / slope if slope else x[i]
    return tuple(x)


def has_rates(e: kernel.Function) -> bool:
    return any(any(k[len(k) // 2 :]) for k in e)


def at(key: tuple[Any, ...], x: list[Fraction], without: int) -> Fraction:
    """The monomial at x, its variable `without` left out."""
    value = Fraction(1)
    for j, (y, a) in enumerate(zip(x, key, strict=False)):
        value *= y**a if j != without else 1
    return value


def drawn(n: int, hypotheses: list[Any], rng: np.random.Generator, size: int) -> np.ndarray:
    """n rows of samples; ends of ranges are hit exactly and nearly."""
    x = np.empty((n, size))
    for i in range(n):
        spread = rng.choice([0.5, 1.5, 4.0])
        x[i] = (
            10 ** rng.normal(0, 1, size) ** 1
            if spread < 1
            else 10 ** rng.uniform(-spread, spread, size)
        )
        simple = rng.random(size) < 0.35
        x[i, simple] = rng.choice(SIMPLE, simple.sum())
        if i:
            tied = rng.random(size) < 0.3
            other = rng.integers(0, i, size)
            ratio = rng.choice([1, 1.001, 0.999, 2, 0.5, 1.1, 0.1, 10], size)
            x[i, tied] = (x[other, np.arange(size)] * ratio)[tied]
        low, high = kernel.side(n, hypotheses, i)
        inside(x[i], low, high, rng)
        if low is None or low.at < 0:
            sign = rng.random(size) < 0.35
            x[i, sign] *= -1
    for _ in range(2):
        for relation, e in hypotheses:
            if relation == "=":
                solve(x, e, n)
    return x


def inside(x: np.ndarray, low: Any, high: Any, rng: np.random.Generator) -> None:
    """Moves a part of the samples into [low, high], some of them to its ends."""
    a = float(low.at) if low else None
    b = float(high.at) if high else None
    if a is not None and b is not None:
        chosen = rng.random(x.size) < 0.8
        share = rng.random(x.size)
        ends = rng.random(x.size)
        share = np.where(
            ends < 0.1, 1.0, np.where(ends < 0.2, 0.999, np.where(ends < 0.3, 0.0, share))
        )
        x[chosen] = (a + (b - a) * share)[chosen]
    elif a or b:
        chosen = rng.random(x.size) < 0.6
        end = a if a is not None else b or 0.0
        moved = end + (x if a is not None else -x)
        near = rng.random(x.size) < 0.3
        x[chosen] = np.where(near, end + (moved - end) * 1e-3, moved)[chosen]


def solve(x: np.ndarray, e: kernel.Function, n: int) -> None:
    """Solves an equality for the last variable in which it is linear."""
    for i in reversed(range(n)):
        if any(k[i] for k in e) and all(k[i] <= 1 and not k[n + i] for k in e):
            slope = np.zeros(x.shape[1])
            rest = np.zeros(x.shape[1])
            with np.errstate(all="ignore"):
                for k, c in e.items():
                    part = np.full(x.shape[1], float(c))
                    for j, y in enumerate(x):
                        part = part * y ** (0 if j == i else k[j])
                        part = part * np.exp(np.minimum(float(k[n + j]) * y, 300.0))
                    part = part * np.exp(float(k[-1]))
                    if k[i]:
                        slope += part
                    else:
                        rest += part
                x[i] = np.where(slope != 0, -rest / np.where(slope == 0, 1, slope), x[i])
            return


def falsify(data: Mapping[str, Any], seeds: int = 2) -> Point | None:
    """A rational point that refutes the statement, confirmed exactly, or None."""
    for seed in range(seeds):
        sampler = Sampler(data, seed)
        allowed = ~sampler.truth(data["goal"], False)
        for relation in data["hypotheses"]:
            allowed &= sampler.truth(relation, False)
        point = sampler.counterexample(data, allowed & np.isfinite(sampler.x).all(0))
        if point is not None:
            return point
    return None


def witness(data: Mapping[str, Any]) -> Point | None:
    """A rational point at which every hypothesis holds, confirmed exactly, or None."""
    for seed in range(3):
        sampler = Sampler(data, seed)
        for strictly in (True, False):
            allowed = np.isfinite(sampler.x).all(0)
            for relation in data["hypotheses"]:
                allowed &= sampler.truth(relation, strictly)
            for point in (on_equalities(data, p) for p in sampler.points(allowed)):
                try:
                    if hypotheses_hold(data, point):
                        return point
                except kernel.Rejected:
                    continue
    return None


def kill(data: Mapping[str, Any], known: Point | None, most: int = 6) -> list[tuple[Change, Point]]:
    """A refuted mutant of each family that must have one, and of others until there are `most`."""
    inside, outside = Mutants(data, known), Mutants(data, known, anywhere=True)
    killed: list[tuple[Change, Point]] = []
    for needed, family in families(data):
        if needed or len({change for change, _ in killed}) < most:
            hit = (inside if family[0].place < 0 else outside).killed(family)
            killed += [hit] if hit else []
    return killed


class Mutants:
    """Samples of one statement, on which its mutants are tried; anywhere: outside its box too."""

    def __init__(
        self, data: Mapping[str, Any], known: Point | None, anywhere: bool = False
    ) -> None:
        self.known = known
        self.data, self.sampler = data, Sampler(data, anywhere=anywhere)
        self.finite = np.isfinite(self.sampler.x).all(0)
        self.given = [self.sampler.truth(r, False) for r in data["hypotheses"]]

    def killed(self, family: list[Change]) -> tuple[Change, Point] | None:
        for change in family:
            made = mutant(self.data, change)
            if self.known is not None and confirmed(made, self.known):
                return change, self.known
            allowed = self.finite.copy()
            for i, truth in enumerate(self.given):
                if i != change.place and change.kind != "drop all":
                    allowed &= truth
            if change.place >= 0 and not change.kind.startswith("drop"):
                allowed &= self.sampler.truth(made["hypotheses"][change.place], False)
            for clearly in (False, True):  # first where the goal clearly fails
                wrong = allowed & ~self.sampler.truth(made["goal"], clearly)
                point = self.sampler.counterexample(made, wrong)
                if point is not None:
                    return change, point
        return None
