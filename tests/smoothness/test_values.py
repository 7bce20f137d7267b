"""Where f has no value nothing is proved of it: constants, and what cases compare."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import problem
from relaxsmooth.smoothness import NotDecidable, membership
from relaxsmooth.text import parse

F = Fraction


@pytest.mark.parametrize(
    "text",
    ["x^2 + log(e - 3)", "x^2 + sqrt(2 - e)", "sin(x) + log(e - 3)", "x^2 + y^2 + log(e - 3)"],
)
def test_a_constant_without_a_real_value_is_refused(text):
    with pytest.raises(FormulaError, match="has no real value"):
        problem(text)


@pytest.mark.parametrize(
    "text",
    [
        "max(x^2, sqrt(x) - 10)",
        "piecewise(sqrt(x) <= 1, x^2, 2x - 1)",
        "max(x^2, (x^2-1)/(x-1) - 100)",
        "exp(max(2*log(x), 2*log(x) - 1))",
    ],
)
def test_what_is_compared_must_have_a_value_too(text):
    """The branch that is not taken decides nothing, but f has no value where it has none."""
    with pytest.raises(NotDecidable):
        membership(problem(text), F(2), F(0))


def test_a_power_of_another_base_is_an_exponential_too():
    with pytest.raises(FormulaError, match="has a value only where x > 0"):
        parse("2^(2*log(x)/log(2))")
    assert str(parse("2^x")) == "exp(x*log(2))"
