"""Edge: the same formula as a sympy expression, and as LaTeX in the paper's letters.

to_sympy(f) has real symbols; from_sympy reads the closed vocabulary only, node by node (nothing
is sympified, no text is evaluated), and refuses everything else.  sympy is imported when used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from relaxsmooth.formula import (
    FUNCTIONS,
    Formula,
    FormulaError,
    add,
    exp,
    function,
    maximum,
    minimum,
    mul,
    number,
    piecewise,
    power,
    symbol,
    topological,
)
from relaxsmooth.problem import Problem, problem
from relaxsmooth.symbols import LETTERS
from relaxsmooth.text import to_text

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}")
_ALLOWED = ", ".join(("powers", "Min", "Max", "Piecewise", *FUNCTIONS))
_RESERVED = {*FUNCTIONS, "ln", "min", "max", "norm", "piecewise", "e"}


# --- to sympy --------------------------------------------------------------------------------


def to_sympy(root: Formula) -> Any:
    """A sympy expression in real symbols that equals the formula wherever it is defined."""
    made: dict[Formula, Any] = {}
    for node in topological((root,)):
        made[node] = _to_sympy(node, [made[arg] for arg in node.args])
    return made[root]


def _to_sympy(node: Formula, args: Sequence[Any]) -> Any:
    import sympy

    if node.op == "number":
        return sympy.Rational(node.data.numerator, node.data.denominator)
    if node.op == "symbol":
        return sympy.Symbol(node.data, real=True)
    if node.op == "pow":
        return sympy.Pow(args[0], sympy.Rational(node.data.numerator, node.data.denominator))
    if node.op == "piecewise":
        compare = {"<=": sympy.Le, "<": sympy.Lt}
        cases = [
            (args[3 * i + 2], compare[relation](args[3 * i], args[3 * i + 1]))
            for i, relation in enumerate(node.data)
        ]
        return sympy.Piecewise(*cases, (args[-1], True))
    return _functions()[node.op](*args)


@cache
def _functions() -> Mapping[str, Any]:
    import sympy

    named = {"add": sympy.Add, "mul": sympy.Mul, "min": sympy.Min, "max": sympy.Max}
    return (
        named
        | {name: getattr(sympy, name) for name in FUNCTIONS if name != "abs"}
        | {"abs": sympy.Abs}
    )


# --- from sympy ------------------------------------------------------------------------------


def from_sympy(expression: Any) -> Formula:
    """The formula of a sympy expression over the closed vocabulary.

    Raises FormulaError for a float, for complex, infinite or special constants, and for every
    function outside the vocabulary.
    """
    import sympy

    if not isinstance(expression, sympy.Basic):
        raise FormulaError(
            f"{expression!r:.60} is not a sympy expression; read text with relaxsmooth.text.parse"
        )
    made: dict[Any, Formula] = {}
    for part in sympy.postorder_traversal(expression):
        if isinstance(part, sympy.Expr) and part not in made:
            made[part] = _from_sympy(part, made)
    if expression not in made:
        raise FormulaError(f"{expression!s:.60} is not a real expression; give one such as x**2")
    return made[expression]


def _from_sympy(part: Any, made: Mapping[Any, Formula]) -> Formula:
    import sympy

    if isinstance(part, sympy.Rational):
        return number(Fraction(int(part.p), int(part.q)))
    if isinstance(part, sympy.Symbol):
        return _named(part)
    if part is sympy.E:
        return exp(number(1))
    if isinstance(part, sympy.Piecewise):
        return _cases(part, made)
    build = _builders().get(part.func)
    if build is None:
        remedy = "write it as a Rational" if part.is_Float else f"use + - * / and {_ALLOWED}"
        raise FormulaError(
            f"{part!s:.60} ({part.func.__name__}) is not in the vocabulary; {remedy}"
        )
    return build(*(made[arg] for arg in part.args))


@cache
def _builders() -> Mapping[Any, Callable[..., Formula]]:
    import sympy

    table: dict[Any, Callable[..., Formula]] = {
        sympy.Add: add,
        sympy.Mul: mul,
        sympy.Pow: power,
        sympy.Min: minimum,
        sympy.Max: maximum,
    }
    for name in FUNCTIONS:
        if name != "sqrt":  # sympy.sqrt is a power
            table[_functions()[name]] = _one_argument(name)
    return table


def _one_argument(name: str) -> Callable[..., Formula]:
    return lambda u: function(name, u)


def _named(part: Any) -> Formula:
    if not _NAME.fullmatch(part.name) or part.name in _RESERVED:
        raise FormulaError(
            f"symbol {part.name!r:.60} is not a name (letters, digits, _) or means something else; "
            "rename it"
        )
    return symbol(part.name)


def _cases(part: Any, made: Mapping[Any, Formula]) -> Formula:
    import sympy

    cases: list[tuple[Formula, str, Formula, Formula]] = []
    for value, condition in part.args:
        if condition is sympy.true:
            return piecewise(*cases, otherwise=made[value])
        if not isinstance(condition, sympy.Le | sympy.Lt | sympy.Ge | sympy.Gt):
            raise FormulaError(
                f"condition {condition!s:.60} is not one of <= < >= >; split it into such cases"
            )
        a, b = condition.lts, condition.gts  # the smaller and the larger side
        relation = "<=" if isinstance(condition, sympy.Le | sympy.Ge) else "<"
        cases.append((made[a], relation, made[b], made[value]))
    raise FormulaError(f"{part!s:.60} has no value elsewhere; add a last case with True")


def problem_from_sympy(expression: Any, start: Sequence[Any] | None = None) -> Problem:
    """A problem from a sympy expression and x_0 (rationals, formulas or sympy constants)."""
    import sympy

    point = None
    if start is not None:
        point = [from_sympy(c) if isinstance(c, sympy.Basic) else c for c in start]
    return problem(to_text(from_sympy(expression)), point)


# --- LaTeX -----------------------------------------------------------------------------------


def latex(root: Formula) -> str:
    r"""LaTeX with the paper's letters: L0 is L_0, Delta is \Delta, eps is \varepsilon."""
    import sympy

    names = {
        sympy.Symbol(name, real=True): LETTERS[name].latex for name in root.symbols & set(LETTERS)
    }
    return str(sympy.latex(to_sympy(root), symbol_names=names))
