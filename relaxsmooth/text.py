"""Layer 2: formulas as text, read by a grammar of our own and written back in it.

Text is data: it is never evaluated as Python.  `parse` reads

    x^4 - 2x^2 + x/3        |x|^3       exp(-x) + log(1 + e^x)
    piecewise(x <= -1, -2x - 1, x < 1, x^2, 2x - 1)      norm(x, y)

with numbers taken exactly (0.3 is 3/10, 1e-4 is 1/10000).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial

from relaxsmooth.domain import (
    always_read,
    always_restricted,
    check_constants,
    is_positive_for,
    restrictions,
)
from relaxsmooth.formula import (
    FUNCTIONS,
    Formula,
    FormulaError,
    add,
    euclidean_norm,
    exp,
    function,
    maximum,
    minimum,
    mul,
    number,
    piecewise,
    power,
    symbol,
)

LONGEST_TEXT = 10_000
DEEPEST_NESTING = 60
LONGEST_NUMBER = 4_000  # digits; Python itself stops reading and printing integers at 4300
LARGEST_EXPONENT = 4_000  # of 1e4000

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"\s*(?:({_NUMBER})|([A-Za-z][A-Za-z0-9_]*)|(\*\*|<=|>=|[-+*/^(),<>|]))", re.ASCII
)
_EXACT = re.compile(rf"\s*([+-]?)\s*({_NUMBER})\s*(?:/\s*({_NUMBER}))?\s*", re.ASCII)
_NAMED = {name: (name,) for name in FUNCTIONS} | {"ln": ("log",)}
_MANY = {"min": minimum, "max": maximum}


def parse_number(text: str, what: str = "number") -> Fraction:
    """An exact rational from 1/160, 1e-4, 0.3 or 7.

    Raises FormulaError naming the text, the rule and what to write instead.
    """
    match = _EXACT.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if match is None:
        raise FormulaError(
            f"{what} {_shorten(text)} is not an exact number; write it like 1/160, 1e-4 or 0.3"
        )
    sign, top, bottom = match.groups()
    value = _rational(top)
    if bottom is not None:
        divisor = _rational(bottom)
        if divisor == 0:
            raise FormulaError(f"{what} {_shorten(text)} divides by zero; give another denominator")
        value /= divisor
    return Fraction(number(-value if sign == "-" else value).data)


def parse_point(text: str, what: str = "point") -> tuple[Fraction, ...]:
    """Comma-separated exact coordinates, such as 3 or 1/2,-1."""
    return tuple(parse_number(part, f"{what} coordinate") for part in text.split(","))


def parse(text: str, variables: Sequence[str] | None = None, *, positive: bool = False) -> Formula:
    """The formula a text denotes; with `variables` given, any other name is refused.

    positive: the names are positive, as the letters of a bound are; then what cancels may cancel.
    """
    if len(text) > LONGEST_TEXT:
        raise FormulaError(
            f"the formula has {len(text)} characters, more than {LONGEST_TEXT}; write a shorter one"
        )
    return _Parser(text, variables, positive).whole()


def _rational(digits: str) -> Fraction:
    mantissa, _, exponent = digits.lower().partition("e")
    if len(mantissa) > LONGEST_NUMBER:
        raise FormulaError(
            f"number {_shorten(digits)} has over {LONGEST_NUMBER} digits; write a shorter one"
        )
    size = exponent.lstrip("+-0")  # leading zeros first: 1e0000000000999999999 is no small number
    if len(size) > 4 or int(size or 0) > LARGEST_EXPONENT:
        raise FormulaError(
            f"the exponent of {_shorten(digits)} exceeds {LARGEST_EXPONENT}; write a smaller one"
        )
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)


def _with_positive_letters(u: Formula) -> bool:
    """u > 0 by its form where its letters are positive."""
    base = u.args[0] if u.op == "pow" and u.data == 2 else u
    return is_positive_for(base, base.symbols)


def _condition(u: Formula, what: str) -> str:
    if what == "quotient":
        return f"{u.args[0]} is not 0" if u.op == "pow" and u.data == 2 else f"{u} > 0"
    return f"{u} > 0" if what == "log" else f"{u} >= 0"


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


class _Parser:
    """Precedence climbing: sums, products (2x counts as one), signs, powers, atoms."""

    def __init__(self, text: str, variables: Sequence[str] | None, positive: bool) -> None:
        self.text = text
        self.variables = variables
        self.positive = positive
        self.tokens = list(self._tokenise(text))
        self.at = 0
        self.depth = 0
        self.in_bars = False  # directly inside | |, where the next bar closes
        self.typed: dict[Formula, None] = {}  # logarithms and powers, as they were typed

    def _tokenise(self, text: str) -> list[tuple[str, str, int]]:
        tokens, position = [], 0
        end = len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                bad = text[position:].lstrip(" \t\n\r\f\v")[0]
                raise FormulaError(
                    f"character {bad!r} in formula {_shorten(text)} has no meaning; "
                    "use numbers, names, + - * / ^ ( ) | | and the named functions"
                )
            kind = ("number", "name", "sign")[(match.lastindex or 1) - 1]
            tokens.append(
                (kind, match.group(match.lastindex or 1), match.start(match.lastindex or 1))
            )
            position = match.end()
        return tokens

    def fail(self, reason: str, remedy: str) -> FormulaError:
        where = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        return FormulaError(
            f"formula {_shorten(self.text)}, position {where + 1}: {reason}; {remedy}"
        )

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at][:2] if self.at < len(self.tokens) else ("end", "the end")

    def take(self, *signs: str) -> str | None:
        kind, value = self.peek()
        if kind == "sign" and value in signs:
            self.at += 1
            return value
        return None

    def expect(self, sign: str) -> None:
        if self.take(sign) is None:
            raise self.fail(
                f"found {_shorten(self.peek()[1])} where {sign!r} belongs", f"add {sign!r}"
            )

    def whole(self) -> Formula:
        if not self.tokens:
            raise FormulaError("the formula is empty; write one such as x^4 - 2x^2")
        result = self.sum()
        if self.peek()[0] != "end":
            raise self.fail(
                f"{_shorten(self.peek()[1])} is not expected here", "remove it or add an operator"
            )
        self.keep_domain(result, self.typed)
        return result

    def note(self, made: Formula) -> Formula:
        self.typed[made] = None
        return made

    def keep_domain(self, result: Formula, typed: Iterable[Formula]) -> None:
        """Refuse what cancels and takes its domain along: x/x, 0 log(x) and e^(2 log x) would
        have values where what was typed has none."""
        kept, nodes = set(always_restricted(result)), set(always_read(result))
        logs = {u for u, what in kept if what == "log"}
        for part in typed:
            if not part.symbols:
                check_constants(part, f"formula {_shorten(self.text)}")
            if part.op == "piecewise" and restrictions(part) and part not in nodes:
                raise self.vanished(part, "its cases do")
            for u, what in always_restricted(part):
                square = u.op == "pow" and u.data % 2 == 0
                held = (u, what) in kept or u in logs or (square and u.args[0] in logs)
                if what == "log":
                    held = held or {(u, "root"), (u**2, "quotient")} <= kept
                if not held and not (self.positive and _with_positive_letters(u)):
                    raise self.vanished(part, _condition(u, what))

    def guarded(self) -> Formula:
        """A part of a piecewise that need not be read: what cancels in it is its own matter."""
        before = dict(self.typed)
        value = self.sum()
        self.keep_domain(value, [part for part in self.typed if part not in before])
        self.typed = before
        return value

    def vanished(self, part: Formula, where: str) -> FormulaError:
        return FormulaError(
            f"formula {_shorten(self.text)}: {_shorten(str(part))} has a value only where {where}, "
            "and it cancels; write the formula without it, or with it where it does not cancel"
        )

    def sum(self) -> Formula:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise self.fail(
                f"nested deeper than {DEEPEST_NESTING} levels", "write a flatter formula"
            )
        terms = [self.product()]  # added at once: term by term is quadratic in their number
        while sign := self.take("+", "-"):
            term = self.product()
            terms.append(term if sign == "+" else -term)
        self.depth -= 1
        return add(*terms) if len(terms) > 1 else terms[0]

    def product(self) -> Formula:
        factors = [self.signed()]
        while True:
            if sign := self.take("*", "/"):
                factor = self.signed()
                factors.append(factor if sign == "*" else self.note(power(factor, -1)))
            elif self.starts_factor():
                factors.append(self.power())  # 2x, 2(x + 1), (x + 1)(x - 1), 2|x|
            else:
                return mul(*factors) if len(factors) > 1 else factors[0]

    def starts_factor(self) -> bool:
        """Whether a product goes on without a sign."""
        kind, value = self.peek()
        return kind == "name" or value == "(" or (value == "|" and not self.in_bars)

    def signed(self) -> Formula:
        negative = False
        while sign := self.take("+", "-"):
            negative ^= sign == "-"
        value = self.power()
        return -value if negative else value

    def power(self) -> Formula:
        base = self.atom()
        if self.take("^", "**") is None:
            return base
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise self.fail(
                f"nested deeper than {DEEPEST_NESTING} levels", "write a flatter formula"
            )
        exponent = self.signed()
        self.depth -= 1
        if base == exp(1):
            return exp(exponent)
        if exponent.value is None:  # b^u is e^(u log b)
            self.note(function("log", base))
        return self.note(power(base, exponent))

    def atom(self) -> Formula:
        kind, value = self.peek()
        if kind == "number":
            self.at += 1
            return number(_rational(value))
        if kind == "name":
            self.at += 1
            return self.named(value)
        if self.take("("):
            return self.enclosed(")", self.sum)
        if self.take("|"):
            return function("abs", self.enclosed("|", self.sum))
        raise self.fail(
            f"{_shorten(value)} is not expected here", "write a number, a variable or a function"
        )

    def enclosed(self, closing: str, read: Callable[[], Formula]) -> Formula:
        outer, self.in_bars = self.in_bars, closing == "|"
        inner = read()
        self.expect(closing)
        self.in_bars = outer
        return inner

    def named(self, name: str) -> Formula:
        calls = (*_NAMED, *_MANY, "norm", "piecewise")
        if name in calls:
            return self.call(name)
        if name == "e":
            return exp(1)
        if self.variables is not None and name not in self.variables:
            allowed = ", ".join(self.variables)
            self.at -= 1
            raise self.fail(
                f"{_shorten(name)} is not a variable ({allowed}) or function", f"use {allowed}"
            )
        if name.lower() == "pi" and self.variables is None:  # as a variable it would mislead
            self.at -= 1
            raise self.fail("pi is no constant here", "write a rational close to it")
        if len(name) > 30:
            raise self.fail(f"name {_shorten(name)} is longer than 30 characters", "shorten it")
        if self.peek() == ("sign", "("):
            functions = ", ".join(calls)
            raise self.fail(
                f"{name!r} is not a function ({functions})", f"for a product write {name}*("
            )
        return symbol(name)

    def call(self, name: str) -> Formula:
        self.expect("(")
        read = self.cases if name == "piecewise" else partial(self.arguments, name)
        return self.enclosed(")", read)

    def arguments(self, name: str) -> Formula:
        args = [self.sum()]
        while self.take(","):
            args.append(self.sum())
        if name in _MANY:
            return _MANY[name](*args)
        if name == "norm":
            return euclidean_norm(args)
        if len(args) != 1:
            raise self.fail(f"{name} has {len(args)} arguments", f"give {name} exactly one")
        return self.note(function(_NAMED[name][0], args[0]))

    def cases(self) -> Formula:
        found: list[tuple[Formula, str, Formula, Formula]] = []
        while True:
            left = self.guarded() if found else self.sum()
            relation = self.take("<=", "<", ">=", ">")
            if relation is None:
                if not found:
                    raise self.fail("piecewise has no condition", "write piecewise(x <= 0, a, b)")
                return self.chosen(found, left)
            right = self.guarded() if found else self.sum()
            self.expect(",")
            value = self.guarded()
            self.expect(",")
            a, b = (left, right) if relation in ("<=", "<") else (right, left)
            found.append((a, relation.replace(">", "<"), b, value))

    def chosen(
        self, cases: Sequence[tuple[Formula, str, Formula, Formula]], otherwise: Formula
    ) -> Formula:
        """The piecewise; one whose later conditions have no value somewhere must not fold."""
        made = piecewise(*cases, otherwise=otherwise)
        if any(restrictions(side) for a, _, b, _ in cases[1:] for side in (a, b)):
            args = [part for a, _, b, value in cases for part in (a, b, value)]
            self.note(Formula("piecewise", (*args, otherwise), tuple(case[1] for case in cases)))
        else:
            self.note(made)
        return made


# --- writing ---------------------------------------------------------------------------------

_SUM, _PRODUCT, _POWER, _ATOM = range(4)


def to_text(root: Formula) -> str:
    """The formula in the grammar of `parse`: parse(to_text(f)) is f up to the order of terms."""
    return _write(root)[0]


def _write(node: Formula) -> tuple[str, int]:
    op, args = node.op, node.args
    if op == "number":
        level = _ATOM if node.data.denominator == 1 and node.data >= 0 else _SUM
        return str(node.data), level
    if op == "symbol":
        return node.data, _ATOM
    if op == "add":
        terms = [_write(arg)[0] for arg in args]
        text = terms[0] + "".join(f" - {t[1:]}" if t[0] == "-" else f" + {t}" for t in terms[1:])
        return text, _SUM
    if op == "mul":
        return _write_product(args)
    if op == "pow":
        if node.data < 0:
            return _write_product(args=(node,))
        if node.data == Fraction(1, 2):
            return f"sqrt({_write(args[0])[0]})", _ATOM
        exponent = str(node.data) if node.data.denominator == 1 else f"({node.data})"
        return f"{_wrapped(args[0], _ATOM)}^{exponent}", _POWER
    if op == "piecewise":
        parts = []
        for i, relation in enumerate(node.data):
            a, b, value = (_write(arg)[0] for arg in args[3 * i : 3 * i + 3])
            parts.append(f"{a} {relation} {b}, {value}")
        return f"piecewise({', '.join(parts)}, {_write(args[-1])[0]})", _ATOM
    return f"{op}({', '.join(_write(arg)[0] for arg in args)})", _ATOM


def _wrapped(node: Formula, level: int) -> str:
    text, found = _write(node)
    return text if found >= level else f"({text})"


def _write_product(args: Sequence[Formula]) -> tuple[str, int]:
    sign, above, below = "", [], []
    for arg in args:
        if arg.op == "number":
            sign = "-" if arg.data < 0 else ""
            top, bottom = abs(arg.data.numerator), arg.data.denominator
            above += [str(top)] if top != 1 else []
            below += [str(bottom)] if bottom != 1 else []
        elif arg.op == "pow" and arg.data < 0:
            below.append(
                _wrapped(
                    Formula("pow", arg.args, -arg.data) if arg.data != -1 else arg.args[0], _POWER
                )
            )
        else:
            above.append(_wrapped(arg, _POWER))
    text = sign + ("*".join(above) or "1")
    if below:
        text += "/" + (below[0] if len(below) == 1 else "(" + "*".join(below) + ")")
    return text, _SUM if sign else _PRODUCT
