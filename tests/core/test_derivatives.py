"""The derivative is the one that sympy finds, and the one that central differences see."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from independent import CONTEXT, TooLarge, Undefined, holds, reference

from relaxsmooth.arithmetic import EXACT, ball
from relaxsmooth.bridge import from_sympy, to_sympy
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, exp, function, maximum, mul, symbol
from relaxsmooth.strategies import formulas, rationals
from relaxsmooth.text import parse

BITS = 200
STEP = Fraction(1, 2**150)
X = symbol("x")

SMOOTH = (
    "x^4 - 2x^2 + x/3",
    "x^5/7 - x^(-2)",
    "exp(-x^2)",
    "log(1 + exp(x))",
    "sqrt(1 + x^2)",
    "x^(7/3)",
    "cosh(3x) sinh(x/2)",
    "tanh(x)^3",
    "sin(x^2) - cos(3x)/x",
    "exp(sin(x)) cos(exp(x/2))",
    "exp(sinh(x)/5)",
    "log(cosh(x))",
    "x exp(x)/(1 + x^2)",
    "x^x",
    "1/(2 + x)^(1/2)",
    "(exp(x) - x - 1)/x^2",
    "exp(exp(x/2))",
    "sqrt(x) log(x)^2",
    "(x^2 + 1)^(-3/4) tanh(2x)",
)
KINKED = (
    "|x^3 - 2x|",
    "max(x, x^2, 1/2)",
    "min(exp(x), 3 - x)",
    "|x - 1|^3",
    "max(|x|, 2 - x^2) x",
    "piecewise(x <= 1/3, x^2, 2 < x, exp(x), x^3)",
    "|sinh(x) - 1/2| max(1, x)",
)
PLACES = (Fraction(1, 7), Fraction(3, 5), Fraction(13, 10), Fraction(9, 4))


def disagreement(derivative: Formula, other: Formula, x: Fraction) -> bool:
    """Whether `derivative` at 200 bits certainly differs from `other` at 600 bits."""
    value, tolerance = reference(other, {"x": x})
    enclosure = evaluate(derivative, {"x": x}, ball(BITS))
    assert enclosure.is_finite()
    return not holds(enclosure, value, tolerance)


def by_sympy(f: Formula) -> Formula:
    return from_sympy(sympy.diff(to_sympy(f), sympy.Symbol("x", real=True)))


@pytest.mark.parametrize("text", SMOOTH)
def test_the_derivatives_are_those_of_sympy(text: str) -> None:
    f = parse(text)
    for derivative, other in (
        (f.diff("x"), by_sympy(f)),
        (f.diff("x").diff("x"), by_sympy(by_sympy(f))),
    ):
        assert not [x for x in PLACES if disagreement(derivative, other, x)]


def differs(derivative: Formula, f: Formula, x: Fraction) -> bool:
    """Whether `derivative` is certainly not the slope that differences of f show at x.

    The error of the central difference at h is below its change from 2h (plus rounding).
    """
    one, two = (_central(f, x, h) for h in (STEP, 2 * STEP))
    error = abs(one[0] - two[0]) + one[1] + two[1]
    return not holds(evaluate(derivative, {"x": x}, ball(BITS)), one[0], error)


def _central(f: Formula, x: Fraction, h: Fraction) -> tuple[object, object]:
    (above, e), (below, d) = reference(f, {"x": x + h}), reference(f, {"x": x - h})
    width = CONTEXT.mpf(2 * h.numerator) / h.denominator
    return (above - below) / width, (e + d) / width


@pytest.mark.parametrize("text", SMOOTH + KINKED)
def test_the_derivatives_are_those_of_central_differences(text: str) -> None:
    f = parse(text)
    assert not [x for x in PLACES if differs(f.diff("x"), f, x)]


@given(formulas(("x",)), rationals(-3, 3, 97))
def test_any_drawn_formula_has_the_slope_of_its_differences(f: Formula, x: Fraction) -> None:
    x += Fraction(1, 10007)  # away from the kinks, which lie at simple numbers
    try:
        assert not differs(f.diff("x"), f, x)
    except (Undefined, TooLarge, FormulaError):
        return  # no value there, or a constant of the derivative outgrew its limit


TWINS = {
    "exp(x)^2 without chain rule": (exp(2 * X), exp(2 * X)),
    "tanh' = 1 - tanh": (function("tanh", X), 1 - function("tanh", X)),
    "cosh' = -sinh": (function("cosh", X), -function("sinh", X)),
    "cos' = sin": (function("cos", X), function("sin", X)),
    "(x^3)' = 3x^3": (X**3, 3 * X**3),
    "(f g)' = f' g'": (mul(X**2, exp(X)), mul(2 * X, exp(X))),
    "off by 2^-140": (X**2, 2 * X + Fraction(1, 2**140)),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_wrong_derivative_is_seen_both_ways(name: str) -> None:
    f, wrong = TWINS[name]
    assert differs(wrong, f, PLACES[1])
    assert disagreement(wrong, by_sympy(f), PLACES[1])


def test_at_a_kink_the_derivative_is_one_of_the_two_slopes() -> None:
    for text, slopes in (("|x|", {-1, 1}), ("max(x, 2x)", {1, 2}), ("min(0, x)", {0, 1})):
        value = evaluate(parse(text).diff("x"), {"x": Fraction(0)}, ball(64))
        assert int(value.mid().fmpq().p) in slopes


def test_the_derivative_in_another_symbol_is_zero() -> None:
    assert parse("x^2 + exp(x)").diff("y").value == 0


def test_a_maximum_of_many_has_a_derivative() -> None:
    """Not by recursion over its operands."""
    f = maximum(*(i * X - i * i for i in range(1, 1200)))
    assert evaluate(f.diff("x"), {"x": Fraction(401, 2)}, EXACT) == 100
