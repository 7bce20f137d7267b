"""The bridge to sympy keeps values and reads the closed vocabulary; LaTeX has paper letters."""

from __future__ import annotations

import re
import subprocess
import sys
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from independent import TooLarge, Undefined, reference

from relaxsmooth.bridge import from_sympy, latex, problem_from_sympy, to_sympy
from relaxsmooth.formula import Formula, FormulaError, symbol
from relaxsmooth.problem import problem
from relaxsmooth.strategies import formulas, points
from relaxsmooth.symbols import LETTERS
from relaxsmooth.text import parse

x, y = sp.symbols("x y", real=True)


def changed(f: Formula, g: Formula, point: tuple[Fraction, ...]) -> bool:
    """Whether g certainly has another value than f where f is defined."""
    values = dict(zip("xy", point, strict=True))
    try:
        value, tolerance = reference(f, values)
    except (Undefined, TooLarge):
        return False
    other, error = reference(g, values)
    return bool(abs(value - other) > tolerance + error)


@given(formulas(("x", "y"), 6), points(2))
def test_there_and_back_keeps_the_value(f: Formula, point: tuple[Fraction, ...]) -> None:
    try:
        back = from_sympy(to_sympy(f))
    except FormulaError as error:  # sympy folds an undefined constant into nan, I or (-1)^(1/3)
        assert re.search("not in the vocabulary|not real|division by zero", str(error))
        return
    assert not changed(f, back, point)


def test_a_changed_formula_is_noticed() -> None:
    assert changed(parse("x - y"), parse("y - x"), (Fraction(1), Fraction(2)))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (x**4 - 2 * x**2 + x / 3, "x^4 - 2x^2 + x/3"),
        (sp.exp(-x) + sp.log(1 + sp.exp(x)), "exp(-x) + log(1 + exp(x))"),
        (sp.E**x + sp.E, "exp(x) + e"),
        (sp.Abs(x) ** 3 + sp.sqrt(1 + y**2), "|x|^3 + sqrt(1 + y^2)"),
        (sp.Max(x, y, 1) - sp.Min(x, 0), "max(1, x, y) - min(0, x)"),
        (sp.cosh(x) * sp.sinh(y) / sp.tanh(x), "cosh(x) sinh(y)/tanh(x)"),
        (sp.Piecewise((x, x > 0), (0, True)), "piecewise(0 < x, x, 0)"),
        (sp.Piecewise((1, x <= y), (2, x < 3), (3, True)), "piecewise(x <= y, 1, x < 3, 2, 3)"),
        (sp.Piecewise((x, x >= y), (0, True)), "piecewise(y <= x, x, 0)"),
        (sp.log(x, 2), "log(x)/log(2)"),
        (sp.Integer(3), "3"),
    ],
)
def test_a_sympy_expression_is_read(expression: sp.Expr, text: str) -> None:
    given_, wanted = from_sympy(expression), parse(text)
    assert to_sympy(given_) == to_sympy(wanted)
    assert not changed(given_, wanted, (Fraction(2, 3), Fraction(5, 7)))


OUTSIDE = [
    sp.tan(x),
    x * 1.5,
    sp.Float(2),
    sp.pi * x,
    sp.oo,
    -sp.oo,
    sp.nan,
    sp.zoo,
    sp.I * x,
    sp.sign(x),
    sp.Heaviside(x),
    sp.floor(x),
    sp.gamma(x),
    sp.Function("f")(x),
    sp.Integral(x, x),
    sp.Sum(x, (x, 1, 2)),
    sp.Derivative(sp.Function("f")(x), x),
    sp.Piecewise((x, x > 0)),
    sp.Piecewise((x, sp.And(x > 0, x < 1)), (0, True)),
    sp.Piecewise((x, sp.Eq(x, 0)), (0, True)),
    sp.Eq(x, 1),
    x > 0,
    sp.Symbol("__import__('os')"),
    sp.Symbol("a b"),
    sp.Symbol("exp"),
    sp.Symbol("e"),
    sp.Matrix([1]),
    "x**2",
    3,
    None,
]


@pytest.mark.parametrize("expression", OUTSIDE, ids=lambda e: str(e)[:30])
def test_what_is_outside_the_vocabulary_is_refused(expression: object) -> None:
    with pytest.raises(FormulaError) as caught:
        from_sympy(expression)
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)


def test_a_problem_from_sympy_is_the_problem_from_text() -> None:
    by_hand = problem("x^4 - 2x^2 + x/3", [Fraction(3, 2)])
    from_expression = problem_from_sympy(x**4 - 2 * x**2 + x / 3, [sp.Rational(3, 2)])
    assert from_expression.start == by_hand.start
    assert to_sympy(from_expression.objective) == to_sympy(by_hand.objective)
    with pytest.raises(FormulaError, match=r"Float.*write it as a Rational"):
        problem_from_sympy(x**2, [sp.Float(0.5)])


# --- LaTeX ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2 L0 Delta/eps^2", r"\frac{2 \Delta L_0}{\varepsilon^{2}}"),
        ("min(eta, gamma eta/g)", r"\min\left(\eta, \frac{\eta \gamma}{g}\right)"),
        ("beta + theta", r"\beta + \theta"),
        ("|x1|", r"\left|{x_{1}}\right|"),
        ("sqrt(1 + x^2)", r"\sqrt{x^{2} + 1}"),
        ("exp(-x)/3", r"\frac{e^{- x}}{3}"),
    ],
)
def test_latex_has_the_letters_of_the_paper(text: str, written: str) -> None:
    assert latex(parse(text)) == written


@pytest.mark.parametrize("name", LETTERS)
def test_every_declared_letter_is_written_as_declared(name: str) -> None:
    assert latex(symbol(name)) == LETTERS[name].latex


def test_sympy_is_imported_only_when_it_is_used() -> None:
    code = "import sys, relaxsmooth.bridge; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
