"""Derivatives end where the function does, and counts say when they leave."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import FLOAT, ball
from relaxsmooth.counting import count
from relaxsmooth.domain import is_positive, positive_parts
from relaxsmooth.problem import problem
from relaxsmooth.text import parse
from relaxsmooth.updates import rule


@pytest.mark.parametrize("text", ["1 + exp(x)", "cosh(x)", "1 + x^2", "2 + |x|", "3*exp(-x)"])
def test_positive_by_form(text):
    assert is_positive(parse(text))
    assert positive_parts(parse(f"log({text})")) == ()


@pytest.mark.parametrize("text", ["x", "1 - x^2", "x^2", "|x|", "1 + x"])
def test_not_positive_by_form(text):
    assert not is_positive(parse(text))


def test_the_slope_of_a_logarithm_has_no_value_left_of_zero():
    f = problem("log(x)", [1])
    assert f.slope([Fraction(2)], ball())[0] == Fraction(1, 2).numerator / ball().number(
        Fraction(2)
    )
    assert not f.slope([Fraction(-2)], ball())[0].is_finite()
    assert f.slope([-2.0], FLOAT)[0] != f.slope([-2.0], FLOAT)[0]  # nan


def test_gd_on_a_logarithm_leaves_its_domain_and_says_so():
    found = count(
        problem("log(x)", [1]), rule("gd").with_parameters(h=Fraction(3, 2)), Fraction(1, 9)
    )
    assert found.latest is None
    assert "leaves the domain" in found.reason


def test_false_twin_the_same_steps_inside_the_domain_are_counted():
    found = count(
        problem("x - log(x)", [3]), rule("gd").with_parameters(h=Fraction(1)), Fraction(1, 9)
    )
    assert found.exact
