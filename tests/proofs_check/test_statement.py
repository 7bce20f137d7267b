"""Statements mean what they show, and refuse what they cannot say exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from kernel_examples import G, H, T, X, Y, phi

from proofs_check.statement import (
    NotExponentialPolynomial,
    contradiction,
    exp,
    from_formula,
    shown,
    statement,
    variables,
)
from relaxsmooth.formula import exp as formula_exp
from relaxsmooth.formula import function, log, number, symbol


def test_a_statement_is_shown_as_it_is_read():
    wanted = statement([G >= 0, 10 * G * H <= 1], Fraction(1, 2) < 1 - 4 * G * H)
    assert shown(wanted) == "for all L0, L1, g, h: g >= 0 and 1 - 10*g*h >= 0 => 1/2 - 4*g*h > 0"


def test_exponentials_are_shown_with_their_rates():
    shift = exp(T * Fraction(-1, 2) + 2) * T
    assert shown(statement([], shift > 0)) == "for all t: t*e^(-1/2*t + 2) > 0"
    assert shown(statement([], phi(T) >= 0)) == "for all t: -1 + e^(t) - t >= 0"
    assert str(exp(X - Y)) == "e^(x - 1*y)"


def test_the_empty_statement_is_a_contradiction():
    assert shown(contradiction(T > 0, T < 0)) == "for all t: t > 0 and -t > 0 => 0 > 0"


def test_comparisons_turn_the_right_way():
    assert (T <= 1).written() == (1 - T >= 0).written()
    assert (T < 1).written() == (1 - T > 0).written()
    assert (T >= 1).written() == (T - 1 >= 0).written()
    assert (2 - T / 2).equals(0).written() == ["=", [["2", [0]], ["-1/2", [1]]]]


def test_arithmetic_is_exact_and_closed():
    assert str((X + Y) ** 2) == "y^2 + 2*x*y + x^2"
    assert str(X - X) == "0"
    assert str(exp(X) * exp(-X)) == "1"
    assert str(exp(X + 1) ** 2) == "e^(2*x + 2)"


@pytest.mark.parametrize("wrong", [0.5, True, "1", None])
def test_what_is_not_exact_is_refused(wrong):
    with pytest.raises(NotExponentialPolynomial, match="is not exact"):
        X + wrong


@pytest.mark.parametrize(
    "make",
    [
        lambda: X**-1,
        lambda: X ** Fraction(1, 2),
        lambda: exp(X * Y),
        lambda: exp(X**2),
        lambda: exp(exp(X)),
        lambda: X + T,
        lambda: statement([T >= 0], X >= 0),
    ],
)
def test_what_is_no_exponential_polynomial_is_refused(make):
    with pytest.raises(NotExponentialPolynomial):
        make()


def test_a_relation_is_no_truth_value():
    with pytest.raises(TypeError, match="no truth value"):
        bool(T > 0)


# --- formulas --------------------------------------------------------------------------------
t, a = symbol("t"), symbol("a")


def test_a_formula_is_read_as_it_is_written():
    read = from_formula((1 + t) ** 2 - formula_exp(2 * t) * a / 3, ["t", "a"])
    x, y = variables("t a")
    assert read.f == ((1 + x) ** 2 - exp(2 * x) * y / 3).f


def test_hyperbolic_functions_are_exponentials():
    (x,) = variables("t")
    assert from_formula(function("cosh", t), ["t"]).f == ((exp(x) + exp(-x)) / 2).f
    assert from_formula(function("sinh", t), ["t"]).f == ((exp(x) - exp(-x)) / 2).f


@pytest.mark.parametrize("formula", [log(t), 1 / t, function("tanh", t), a, t ** Fraction(1, 2)])
def test_other_formulas_are_refused_by_name(formula):
    with pytest.raises(NotExponentialPolynomial):
        from_formula(formula, ["t"])


def test_a_constant_formula_is_read():
    assert str(from_formula(number(Fraction(2, 3)), ["t"])) == "2/3"
