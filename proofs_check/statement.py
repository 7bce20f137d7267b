"""Writing statements: exponential polynomials as Python expressions, or read from a Formula.

    L0, L1, g, h = variables("L0 L1 g h")
    statement([L0 >= 0, 10 * L0 * h <= 1, 10 * L1 * g * h <= 1], 1 - (5 * L0 + 4 * L1 * g) * h > 0)

The result is the plain data that the kernel reads.  Nothing here is trusted: what a certificate
proves is what the data say, and `shown` prints that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofs_check import kernel
from relaxsmooth.formula import Formula, topological


class NotExponentialPolynomial(ValueError):
    """The expression is no sum of c x^a e^<b,x>; clear its denominators or name its parts."""


@dataclass(frozen=True, eq=False)
class Term:
    """An exponential polynomial in named variables; comparisons make relations."""

    names: tuple[str, ...]
    f: kernel.Function

    def _other(self, other: Term | Fraction | int) -> kernel.Function:
        if isinstance(other, Term):
            if other.names != self.names:
                raise NotExponentialPolynomial(f"variables {other.names} are not {self.names}")
            return other.f
        if isinstance(other, bool) or not isinstance(other, int | Fraction):
            raise NotExponentialPolynomial(f"{other!r} is not exact; write it as a Fraction")
        return kernel.product(Fraction(other), [], len(self.names))

    def __add__(self, other: Term | Fraction | int) -> Term:
        return Term(self.names, kernel.plus(self.f, self._other(other)))

    def __mul__(self, other: Term | Fraction | int) -> Term:
        return Term(self.names, kernel.times(self.f, self._other(other)))

    def __pow__(self, a: int) -> Term:
        if type(a) is not int or a < 0:
            raise NotExponentialPolynomial(f"the power {a!r} is no natural number")
        return Term(self.names, kernel.product(Fraction(1), [self.f] * a, len(self.names)))

    def __truediv__(self, other: Fraction | int) -> Term:
        return self * (1 / Fraction(other))

    def __neg__(self) -> Term:
        return self * -1

    def __sub__(self, other: Term | Fraction | int) -> Term:
        return self + -1 * (self * 0 + other)

    def __rsub__(self, other: Term | Fraction | int) -> Term:
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def __ge__(self, other: Term | Fraction | int) -> Compared:
        return Compared(">=", self - other)

    def __gt__(self, other: Term | Fraction | int) -> Compared:
        return Compared(">", self - other)

    def __le__(self, other: Term | Fraction | int) -> Compared:
        return Compared(">=", -(self - other))

    def __lt__(self, other: Term | Fraction | int) -> Compared:
        return Compared(">", -(self - other))

    def equals(self, other: Term | Fraction | int) -> Compared:
        return Compared("=", self - other)

    def __str__(self) -> str:
        return shown_function(kernel.written(self.f, len(self.names)), self.names)


@dataclass(frozen=True)
class Compared:
    """term > 0, term >= 0 or term = 0."""

    relation: str
    term: Term

    def __bool__(self) -> bool:
        raise TypeError("a relation has no truth value; write two of them for a < b < c")

    def written(self) -> list[Any]:
        return [self.relation, kernel.written(self.term.f, len(self.term.names))]


def variables(names: str | Sequence[str]) -> tuple[Term, ...]:
    """One term for each name."""
    listed = tuple(names.split() if isinstance(names, str) else names)
    size = 2 * len(listed) + 1
    return tuple(
        Term(listed, {tuple(int(i == j) for j in range(size)): Fraction(1)})
        for i in range(len(listed))
    )


def exp(term: Term) -> Term:
    """e^(<b, x> + b_0)."""
    n = len(term.names)
    rates: list[int | Fraction] = [0] * (n + 1)
    for k, c in term.f.items():
        if sum(k[:n]) > 1 or any(k[n:]):
            raise NotExponentialPolynomial(f"e^({term}) is not e^(<b, x> + b_0)")
        rates[k.index(1) if any(k) else n] = c
    return Term(term.names, {(*[0] * n, *rates): Fraction(1)})


def statement(hypotheses: Iterable[Compared], goal: Compared) -> dict[str, Any]:
    """The plain data of: for all real values, the hypotheses imply the goal."""
    given = list(hypotheses)
    for compared in given:
        goal.term._other(compared.term)  # the same variables
    return {
        "variables": list(goal.term.names),
        "hypotheses": [compared.written() for compared in given],
        "goal": goal.written(),
    }


def contradiction(*hypotheses: Compared) -> dict[str, Any]:
    """The plain data of: the hypotheses cannot hold together (they imply 0 > 0)."""
    return statement(hypotheses, hypotheses[0].term * 0 > 0)


def from_formula(formula: Formula, names: Sequence[str]) -> Term:
    """The same exponential polynomial, read from the formula that relaxsmooth counts with."""
    symbols = dict(zip(names, variables(names), strict=True))
    one = next(iter(symbols.values())) ** 0
    read: dict[Formula, Term] = {}
    for node in topological((formula,)):
        args = [read[arg] for arg in node.args]
        match node.op:
            case "number":
                read[node] = one * node.data
            case "symbol" if node.data in symbols:
                read[node] = symbols[node.data]
            case "add":
                read[node] = sum(args[1:], args[0])
            case "mul":
                product = one
                for arg in args:
                    product = product * arg
                read[node] = product
            case "pow" if node.data.denominator == 1:
                read[node] = args[0] ** int(node.data)
            case "exp":
                read[node] = exp(args[0])
            case "cosh":
                read[node] = (exp(args[0]) + exp(-args[0])) / 2
            case "sinh":
                read[node] = (exp(args[0]) - exp(-args[0])) / 2
            case _:
                raise NotExponentialPolynomial(f"{node} in {formula}, of variables {list(names)}")
    return read[formula]


def shown(data: dict[str, Any]) -> str:
    """The statement as a line of text, read from the data that the kernel reads."""
    names = data["variables"]
    relations = [*data["hypotheses"], data["goal"]]
    *given, goal = [f"{shown_function(f, names)} {relation} 0" for relation, f in relations]
    return f"for all {', '.join(names)}: " + (f"{' and '.join(given)} => " if given else "") + goal


def shown_function(terms: list[Any], names: Sequence[str]) -> str:
    text = " + ".join(_shown_term(*term, names=names) for term in terms) or "0"
    return text.replace("+ -", "- ")


def _shown_term(c: str, a: list[int], rates: Sequence[str] = (), *, names: Sequence[str]) -> str:
    factors = [x if i == 1 else f"{x}^{i}" for x, i in zip(names, a, strict=True) if i]
    if rates:
        factors.append(f"e^({_shown_rate(rates, names)})")
    sign, size = ("-", c[1:]) if c[0] == "-" else ("", c)
    return sign + "*".join(factors if size == "1" and factors else [size, *factors])


def _shown_rate(rates: Sequence[str], names: Sequence[str]) -> str:
    linear = [x if b == "1" else f"{b}*{x}" for x, b in zip(names, rates, strict=False) if b != "0"]
    constant = [rates[-1]] if rates[-1] != "0" else []
    return " + ".join(linear + constant).replace("+ -", "- ")
