"""Exponential ladder: differentiate away, one rate after the other, until every term is >= 0.

Multiplying by e^(-<b,x>) makes the part with rate b a polynomial; each derivative then lowers its
degree.  `height` counts what is left, so every ladder ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, product
from math import exp, prod
from typing import Any

from proofs_check import kernel
from proofs_check.kernel import Box, End, Function

FAR = (0.0, 0.01, 0.1, 0.3, 0.7, 1.0, 1.7, 3.0, 6.0, 12.0, 25.0)
NEAR = (0.0, 1e-3, 0.02, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.98, 1.0)


def climb(f: Function, box: Box, strict: bool, fuel: int = 400) -> Any | None:
    """A tree of sign, times, rise and fall that proves f >= 0 (f > 0 if strict) on the box."""
    return Ladder(fuel).climb(f, box, strict)


class Ladder:
    """One search, of at most `fuel` functions."""

    def __init__(self, fuel: int) -> None:
        self.fuel = fuel

    def climb(self, f: Function, box: Box, strict: bool) -> Any | None:
        self.fuel -= 1
        if by_sign(f, box, strict):
            return ["sign"]
        if self.fuel < 0 or not plausible(f, box):
            return None
        for rates in shifts(f, len(box)):
            shifted = kernel.times(f, {(*[0] * len(box), *rates, 0): Fraction(1)})
            proof = self.step(shifted, box, strict)
            if proof is not None:
                return ["times", [str(b) for b in rates], proof] if any(rates) else proof
        return None

    def step(self, f: Function, box: Box, strict: bool) -> Any | None:
        """Up or down one variable: f at the end, and the slope away from it."""
        for i, (low, high) in enumerate(box):
            slope = kernel.derivative(f, i)
            if not slope or height(slope, len(box)) >= height(f, len(box)):
                continue
            for way, end, direction in (("rise", low, 1), ("fall", high, -1)):
                if end is not None:
                    away = {k: c * direction for k, c in slope.items()}
                    proof = self.from_end(f, away, box, i, end, strict)
                    if proof is not None:
                        return [way, i, *proof]
        return None

    def from_end(
        self, f: Function, away: Function, box: Box, i: int, end: End, strict: bool
    ) -> tuple[Any, Any] | None:
        """Proofs at the end and of the slope; one of the two is strict if f has to be > 0."""
        pinned, (low, high) = End(end.at, False), box[i]
        inside = kernel.replaced(box, i, low and End(low.at, True), high and End(high.at, True))
        at_end, on_face = kernel.face(f, i, end.at), kernel.replaced(box, i, pinned, pinned)
        plans = [(True, False), (False, True)][: 1 + end.is_open] if strict else [(False, False)]
        for starts, grows in plans:
            start = self.climb(at_end, on_face, starts)
            slope = self.climb(away, inside, grows) if start is not None else None
            if slope is not None:
                return start, slope
        return None


def by_sign(f: Function, box: Box, strict: bool) -> bool:
    try:
        return kernel.sign_of_terms(f, box) or not strict
    except kernel.Rejected:
        return False


def shifts(f: Function, n: int) -> list[tuple[Fraction | int, ...]]:
    """Minus each of the rates, smallest first: the next derivative may lower that part."""
    choices = {tuple(-b for b in k[n:-1]) for k in f} | {(0,) * n}
    return sorted(choices, key=lambda rates: (sum(abs(b) for b in rates), rates))


def height(f: Function, n: int) -> int:
    """Sum over the rates of 1 + the degree of the polynomial that goes with it."""
    degrees: dict[tuple[Any, ...], int] = {}
    for k in f:
        degrees[k[n:-1]] = max(degrees.get(k[n:-1], 0), 1 + sum(k[:n]))
    return sum(degrees.values())


def plausible(f: Function, box: Box, strict: bool = False) -> bool:
    """Whether f >= 0, but for rounding, at sample points of the box (f > 0 if strict)."""
    margin = 1e-11 if strict else -1e-11
    return all(value >= margin * size for value, size in map(terms_at(f), samples(box)))


def samples(box: Box, size: int = 500) -> Iterator[tuple[float, ...]]:
    axes = [axis(low, high) for low, high in box]
    return islice(product(*axes), size)


def axis(low: End | None, high: End | None) -> list[float]:
    """Sample points of one variable; its ends only where they belong to the range."""
    if low and high:
        shares = NEAR[low.is_open : len(NEAR) - high.is_open]
        return [float(low.at + (high.at - low.at) * Fraction(s)) for s in shares]
    end = low or high
    if end:
        sign = 1 if low else -1
        return [float(end.at) + sign * s for s in FAR[end.is_open :]]
    return [-s for s in reversed(FAR)] + list(FAR[1:])


def terms_at(f: Function) -> Any:
    """x -> (f(x), the sum of the absolute values of its terms), in floating point."""

    def at(x: tuple[float, ...]) -> tuple[float, float]:
        n, terms = len(x), []
        for k, c in f.items():
            rate = float(k[-1]) + sum(float(b) * y for b, y in zip(k[n:], x, strict=False))
            powers = prod(y**a for y, a in zip(x, k, strict=False))
            terms.append(float(c) * powers * exp(min(rate, 700.0)))
        return sum(terms), sum(map(abs, terms))

    return at
