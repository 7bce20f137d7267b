"""A problem is its objective: gradient and Hessian follow, bad data is refused by name."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from relaxsmooth.arithmetic import EXACT, FLOAT, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, exp, log, symbol
from relaxsmooth.problem import Problem, problem
from relaxsmooth.strategies import formulas, points
from relaxsmooth.text import parse

X, Y = symbol("x"), symbol("y")


def test_everything_is_derived_from_the_objective() -> None:
    f = problem("x^3 y + exp(y)", [1, 2])
    assert f.variables == ("x", "y")
    assert f.dimension == 2
    assert f.gradient == (parse("3 x^2 y"), parse("x^3 + exp(y)"))
    assert f.hessian[0][1] is f.hessian[1][0] is parse("3 x^2")
    assert f.slope([1, 0], EXACT) == [0, 2]
    assert f.value([Fraction(2), Fraction(0)], EXACT) == 1


@given(formulas(("x", "y")), points(2))
def test_the_hessian_is_symmetric(f: object, point: tuple[Fraction, ...]) -> None:
    """Off its kinks; there the two orders may choose different sides."""
    drawn = Problem("drawn", f, ("x", "y"), (X.subs({"x": 1}),) * 2)  # type: ignore[arg-type]
    away = [c + Fraction(1, 10007) * (i + 1) for i, c in enumerate(point)]
    mixed = evaluate([drawn.hessian[0][1], drawn.hessian[1][0]], drawn.at(away), ball(128))
    with ball(128).active():
        assert mixed[0].overlaps(mixed[1]) or not all(m.is_finite() for m in mixed)


def test_variables_are_in_natural_order_and_the_start_is_one_by_default() -> None:
    f = problem("x10 + x2 + x1 + a")
    assert f.variables == ("a", "x1", "x2", "x10")
    assert [c.value for c in f.start] == [1, 1, 1, 1]
    assert problem("7").variables == ("x",)


def test_the_start_may_be_a_constant_formula() -> None:
    f = problem("exp(x) - x").from_start(log(X.subs({"x": 3})))
    assert f.start == (log(parse("3")),)
    assert evaluate(f.start[0], {}, FLOAT) == pytest.approx(1.0986122886681098)


def test_bad_data_is_refused_by_name() -> None:
    with pytest.raises(FormulaError, match="x0 has 1 coordinates but f has 2 variables; give"):
        problem("x y", [1])
    with pytest.raises(FormulaError, match="symbol z in f is not a variable; use x, y"):
        Problem("p", X * Y * symbol("z"), ("x", "y"), (X, Y))
    with pytest.raises(FormulaError, match=r"0\.5 is not exact"):
        problem("x^2", [0.5])  # type: ignore[list-item]
    with pytest.raises(FormulaError, match="'gamma' is not a function"):
        problem("gamma(x)")


def test_two_problems_of_one_text_are_equal_and_do_not_change() -> None:
    assert problem("x^2 + 1") == problem("x^2 + 1")
    assert problem("x^2") != problem("x^2", [2])
    with pytest.raises(AttributeError):
        problem("x").objective = exp(X)  # type: ignore[misc]
