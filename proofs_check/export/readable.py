"""Certificates as a person would write them: identities, ladders of derivatives, roots and signs.

`reading` gives lines (depth, text); a Style says how a function and a name are written, so that
the same reading is LaTeX for an appendix and plain text for a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofs_check import kernel
from proofs_check.kernel import Box, End, Function
from proofs_check.statement import shown_function

Line = tuple[int, str]


def plain_power(base: str, a: int) -> str:
    return base if a == 1 else f"{base}^{a}"


def plain_math(text: str) -> str:
    return text


@dataclass(frozen=True)
class Style:
    """How to write: a function from its terms, a power, a formula in a sentence."""

    function: Callable[[list[Any], Sequence[str]], str]
    power: Callable[[str, int], str] = plain_power
    math: Callable[[str], str] = plain_math
    times: str = " "


TEXT = Style(shown_function)


def written_order(term: Sequence[Any]) -> tuple[bool, int, list[int]]:
    """Positive terms first, then by degree, then in the order of the variables."""
    return term[0][0] == "-", sum(term[1]), [-a for a in term[1]]


class Reader:
    """One statement, its variables' names as the style writes them, and the style."""

    def __init__(self, data: Mapping[str, Any], style: Style, names: Sequence[str]) -> None:
        self.n, self.hypotheses, self.goal = kernel.read_statement(data)
        self.style, self.names = style, list(names)

    def text(self, f: Function) -> str:
        """Its positive terms first, as in 1 - 10 L0 h."""
        terms = kernel.written(f, self.n)
        return self.style.function(sorted(terms, key=written_order), self.names)

    def factor(self, f: Function, a: int = 1) -> str:
        bare = len(f) == 1 and max(f.values()) == 1 and sum(*f) == 1
        return self.style.power(self.text(f) if bare else f"({self.text(f)})", a)

    # --- identities ---
    def identity(self, proof: Mapping[str, Any]) -> Iterator[Line]:
        left, right = self.cone(proof["factor"]), self.cone(proof["terms"])
        right += [self.multiple(j, m) for j, m in proof["multipliers"]]
        goal, f = self.text(self.goal[1]), self.goal[1]
        if left == ["1"] and right in ([goal], [f"({goal})"]):
            yield 0, "It is one of the hypotheses."
            return
        whole = " + ".join(left)
        if left == ["1"] or not left or not f:
            made = goal if left else "0"
        else:
            made = f"{whole if len(left) == 1 else f'({whole})'}{self.style.times}({goal})"
        yield 0, self.style.math(f"{made} = {' + '.join(right) or '0'}")
        if not left or not f:
            yield 0, "The right side is positive: the hypotheses cannot hold together."

    def multiple(self, j: int, m: Any) -> str:
        """m times an equality, which is 0."""
        by = self.factor(kernel.function(m, self.n))
        equality = f"({self.text(self.hypotheses[j][1])})"
        return equality if by == "(1)" else f"{by}{self.style.times}{equality}"

    def cone(self, terms: Sequence[Any]) -> list[str]:
        return [self.product(*term) for term in terms]

    def product(self, weight: str, indices: Sequence[int], roots: Sequence[Any]) -> str:
        factors = [
            self.factor(self.hypotheses[i][1], a) for i, a in sorted(Counter(indices).items())
        ]
        squares = Counter(str(root) for root in roots)
        by_text = {str(root): root for root in roots}
        for key, a in squares.items():
            factors.append(self.factor(kernel.function(by_text[key], self.n), 2 * a))
        number = self.style.function([[weight, [0] * self.n]], self.names)
        return self.style.times.join(factors if weight == "1" and factors else [number, *factors])

    # --- trees ---
    def ladder(self, f: Function, box: Box, proof: Any, depth: int = 0) -> Iterator[Line]:
        math, text = self.style.math, self.text(f)
        match proof:
            case ["sign"]:
                yield depth, f"{math(text)}: every term is nonnegative."
            case ["leaf"]:
                yield depth, f"{math(text)}: interval arithmetic on the box decides."
            case ["using", j, weight, rest]:
                (_, h), scalar = self.hypotheses[j], Fraction(weight)
                left = kernel.plus(f, kernel.product(-scalar, [h], self.n))
                part = self.product(weight, [j], [])
                yield depth, f"{math(f'{text} = {part} + ({self.text(left)})')}, and:"
                yield from self.ladder(left, box, rest, depth + 1)
            case ["times", rates, rest]:
                key = (*[0] * self.n, *map(Fraction, rates), Fraction(0))
                grown = kernel.times(f, {key: Fraction(1)})
                by = self.text({key: Fraction(1)})
                yield depth, f"{math(text)}: multiply by {math(f'{by} > 0')}."
                yield from self.ladder(grown, box, rest, depth + 1)
            case ["split", axis, point, below, above]:
                x, at = self.names[axis], self.number(point)
                yield depth, f"{math(text)}: below and above {math(f'{x} = {at}')}."
                middle = End(Fraction(point), False)
                low, high = box[axis]
                left_box = kernel.replaced(box, axis, low, middle)
                right_box = kernel.replaced(box, axis, middle, high)
                yield from self.ladder(f, left_box, below, depth + 1)
                yield from self.ladder(f, right_box, above, depth + 1)
            case ["rise" | "fall" as way, axis, at_end, slope]:
                yield from self.monotone(f, box, way == "rise", axis, (at_end, slope), depth)
            case ["contact", parts]:
                yield depth, f"{math(text)} is the sum of"
                for root, order, quotient, inner in parts:
                    s, q = (kernel.function(g, self.n) for g in (root, quotient))
                    power = f"{self.factor(s, order)}{self.style.times}" if order else ""
                    yield depth, math(f"{power}({self.text(q)})")
                    yield from self.ladder(q, box, inner, depth + 1)

    def monotone(
        self, f: Function, box: Box, rises: bool, axis: int, proofs: tuple[Any, Any], depth: int
    ) -> Iterator[Line]:
        low, high = box[axis]
        end, x, math = low if rises else high, self.names[axis], self.style.math
        if end is None:
            raise kernel.Rejected("no end to start from")
        way, sign = ("grows", 1) if rises else ("falls", -1)
        at = math(f"{x} = {self.number(str(end.at))}")
        yield depth, f"{math(self.text(f))} {way} in {math(x)}, and is nonnegative at {at}."
        start = kernel.face(f, axis, end.at)
        if start and proofs[0] == ["sign"]:
            yield depth + 1, f"There: {math(self.text(start))}."
        elif start:
            yield depth + 1, "There:"
            pinned = kernel.replaced(box, axis, end, end)
            yield from self.ladder(start, pinned, proofs[0], depth + 2)
        away = kernel.product(Fraction(sign), [kernel.derivative(f, axis)], self.n)
        yield depth + 1, f"{'The' if rises else 'Minus the'} derivative in {math(x)}:"
        yield from self.ladder(away, box, proofs[1], depth + 2)

    def number(self, text: str) -> str:
        return self.style.function([[text, [0] * self.n]], self.names)

    # --- cells ---
    def cells(self, points: Sequence[str]) -> Iterator[Line]:
        math, x = self.style.math, self.names[0]
        for _, f in (*self.hypotheses, self.goal):
            if f and (shown := self.factored(f)):
                yield 0, math(f"{self.text(f)} = {shown}")
        where = ", ".join(math(self.number(p)) for p in points)
        cut = f"The real roots are separated by {math(x)} = {where}" if points else "One real root"
        yield 0, f"{cut}; at each root and between any two, a hypothesis fails or the goal holds."

    def factored(self, f: Function) -> str:
        """The product of its irreducible factors, or "" where that says nothing new."""
        from proofs_check.search.cells import dense

        p = dense(f)
        scale, found = p.numer().factor()
        if len(f) == 1 or sum(a for _, a in found) < 2:
            return ""
        factors = [
            self.factor({(i, 0, 0): Fraction(int(c)) for i, c in enumerate(q.coeffs()) if c}, a)
            for q, a in found
        ]
        number = str(Fraction(int(scale), int(p.denom())))
        bare = number in ("1", "-1") and factors
        sign = "-" if number[0] == "-" else ""
        return self.style.times.join(
            [sign + factors[0], *factors[1:]] if bare else [self.number(number), *factors]
        )


def reading(
    data: Mapping[str, Any], certificate: Mapping[str, Any], style: Style = TEXT,
    names: Sequence[str] | None = None,
) -> list[Line]:  # fmt: skip
    """The lines of a certificate, in the style; an indented line belongs to the one above it."""
    reader = Reader(data, style, names or data["variables"])
    proof = certificate["proof"]
    match certificate["kind"]:
        case "handelman":
            return list(reader.identity(proof))
        case "cells":
            return list(reader.cells(proof))
        case _:
            box = [kernel.side(reader.n, reader.hypotheses, i) for i in range(reader.n)]
            return list(reader.ladder(reader.goal[1], box, proof))
