"""Test functions of two and more variables, members and functions that are in no class.

Himmelblau and the separable sum are members.  x²y², (xy - 1)², (w1 w2 w3 - 1)² and Rosenbrock's
function are in the class for no (L0, L1): along a curve the gradient stays bounded while the
Hessian does not, though deep linear networks motivate the 2020 paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from relaxsmooth.formula import Formula, FormulaError, add, formula, symbol
from relaxsmooth.problem import Problem, problem
from relaxsmooth.text import parse

SQUARES = "a sum of squares, 0 at "
FLAT = "never a member; its witness curve has ∇f bounded and ∇²f unbounded"


def separable(
    terms: Sequence[Formula],
    start: Sequence[Fraction | int],
    key: str,
    lowest: Fraction | int | None = None,
    because: str = "",
) -> Problem:
    """f(x) = sum_i f_i(x_i), each term a formula in x."""
    if any(term.symbols - {"x"} for term in terms):
        raise FormulaError("every term must be a formula in x alone; rename its variable")
    names = tuple(f"x{i + 1}" for i in range(len(terms)))
    parts = [term.subs({"x": symbol(name)}) for term, name in zip(terms, names, strict=True)]
    point = tuple(formula(c) for c in start)
    found = None if lowest is None else formula(lowest)
    return Problem(key, add(*parts), names, point, "separable sum", "", found, because)


def rosenbrock(b: Fraction | int = 100, key: str = "") -> Problem:
    """f = (1 - x)² + b (y - x²)², b > 0."""
    if b <= 0:
        raise FormulaError(f"b = {b} must be positive; try 100")
    x, y = symbol("x"), symbol("y")
    return Problem(
        key or f"rosenbrock({b})",
        (1 - x) ** 2 + Fraction(b) * (y - x**2) ** 2,
        ("x", "y"),
        (formula(-1), formula(1)),
        "Rosenbrock's function: " + FLAT,
        "",
        formula(0),
        SQUARES + "(1, 1)",
    )


def _squares(text: str, start: Sequence[int], key: str, at: str, title: str) -> Problem:
    found = problem(text, start, key)
    return Problem(
        key, found.objective, found.variables, found.start, title, "", formula(0), SQUARES + at
    )


PROBLEMS = (
    separable(
        [parse("x^4"), parse("cosh(x)")],
        (2, 1),
        "separable",
        1,
        "x^4 >= 0 and cosh >= 1, both at 0",
    ),
    _squares("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", (0, 0), "himmelblau", "(3, 2)", "Himmelblau"),
    rosenbrock(1, "rosenbrock"),
    _squares("x^2*y^2", (1, 2), "x2y2", "(0, 0)", FLAT),
    _squares("(x*y - 1)^2", (2, 2), "product", "(1, 1)", FLAT),
    _squares("(w1*w2*w3 - 1)^2", (2, 2, 2), "product3", "(1, 1, 1)", FLAT),
)
