"""At a tie of two cases a derivative is read on both sides: no gradient is invented there."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import EXACT, NotExact, ball, opened
from relaxsmooth.counting import count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import problem
from relaxsmooth.smoothness.convexity import distance
from relaxsmooth.text import parse
from relaxsmooth.updates import rule

F = Fraction

# f, x0, h, eps, and the true T (None: f has no derivative at some iterate)
TIES = [
    ("max(x,0) - max(-x,0) + x^2", (0,), F(1, 4), F(1, 100), None),  # x + x^2: T > 0
    ("piecewise(x < 0, x^2 + x, x <= 0, 0, x^2 + x)", (0,), F(1, 4), F(1, 100), None),
    ("max(x,0) - max(-x,0) + x^2 + y^2", (0, 0), F(1, 4), F(1, 100), None),
    ("piecewise(x^2 <= 0, 5*x, x^2/2)", (1,), 1, F(1, 2), 1),
    ("piecewise(x^2 <= 0, 0, x)", (1,), 1, F(1, 2), None),
    ("piecewise(x - 1 <= 0, piecewise(1 - x <= 0, 1, x), x)", (2,), 1, F(1, 2), None),
    ("piecewise((x-1)^2 <= 0, 0, (x-1) + (y-1)^2)", (2, 1), 1, F(1, 2), None),
    ("piecewise(x^2 <= 0, 1, (exp(x) - 1)/x)", (0,), 1, F(1, 4), None),
    ("max(2*x, x)", (0,), 1, F(3, 2), None),
    ("max(x, 2*x)", (0,), 1, F(3, 2), None),
    ("abs(x)", (0,), F(1, 4), F(1, 2), None),
]


@pytest.mark.parametrize(("text", "x0", "h", "eps", "T"), TIES)
def test_nothing_false_is_proved_at_a_tie(text, x0, h, eps, T):
    f = problem(text, [F(c) for c in x0])
    found = count(f, rule("gd").with_parameters(h=F(h)), eps, limit=500)
    assert not found.infinite
    if T is None:
        assert found.latest is None
    else:
        assert found.earliest <= T and (found.latest is None or found.latest >= T)


@pytest.mark.parametrize(
    ("text", "x0", "h", "T"),
    [
        ("piecewise(x <= -1, -2x - 1, x < 1, x^2, 2x - 1)", 4, F(1), 2),  # Huber, through x = 1
        ("abs(x)^3", 1, F(1, 3), 1),
        ("abs(x)^3", 0, F(1, 3), 0),
        ("max(x,0)^2", 1, F(1, 2), 1),
    ],
)
def test_smooth_joints_are_decided_as_ever(text, x0, h, T):
    found = count(problem(text, [F(x0)]), rule("gd").with_parameters(h=h), F(1, 2))
    assert (found.earliest, found.latest) == (T, T)


def test_numbers_are_compared_as_ever_and_branches_on_both_sides():
    sign = parse("abs(x)").diff("x")
    for a in (EXACT, ball(64)):
        one = a.number(F(1))
        assert opened(a).at_most(one, one) is a.at_most(one, one)
        assert opened(a).less_than(one, one) is a.less_than(one, one)
    assert evaluate(sign, {"x": F(0)}, ball(64)) == 1  # one of the two
    both = evaluate(sign, {"x": F(0)}, opened(ball(64)))
    assert both.contains(1) and both.contains(-1)
    with pytest.raises(NotExact):
        evaluate(sign, {"x": F(0)}, opened(EXACT))


# --- other places where balls or regions were believed too much -------------------------------


def clipped(eta, gamma):
    return rule("clipped").with_parameters(eta=eta, gamma=gamma)


def test_no_stretch_is_skipped_through_points_where_f_has_no_value():
    """sqrt(x^2 - 1) in a ball that contains (-1, 1) was read on its domain: T = 246 PROVED."""
    found = count(problem("x + (x^2-1)^(3/2)/100", [F(2)]), clipped(F(1, 10), F(1, 4)), F(1, 2))
    assert found.earliest == 41 and found.latest is None
    assert "leaves the domain of f, where x^2 - 1 >= 0" in found.reason


def test_a_region_behind_the_iterate_covers_nothing():
    """x_0 is unclipped by 2^-61; the step of the other side of the threshold was taken."""
    x0, eta, gamma = 1 - F(1, 2**60), F(1, 2**40), 1 - F(1, 2**61)
    eps = (x0 - eta * gamma) * (1 - eta) ** 2
    assert x0 * (1 - eta) ** 3 > eps  # |f'(x_3)|, so T > 3
    found = count(problem("x^2/2", [x0]), clipped(eta, gamma), eps)
    assert (found.earliest, found.latest) == (4, 4)


def test_giant_iterates_and_tolerances_end():
    gd = rule("gd")
    assert count(problem("exp(x)", [F(10**12)]), gd.with_parameters(h=F(1)), F(1, 100)).latest
    far = problem("x^2/2", [F(10) ** 500])
    for eps, T in ((F(10) ** 400, 2186), (F(1), 10928)):
        assert count(far, gd.with_parameters(h=F(19, 10)), eps).latest == T


def test_a_step_without_a_value_at_0_and_a_variable_called_g():
    gd = rule("gd")
    f = problem("x^2/2 + x*(log(x^2) - 2*log(x))", [F(1)])
    assert count(f, gd.with_parameters(h=F(1, 2)), F(1, 10)).latest == 4
    assert count(problem("g^2/(1+g)", [F(0)]), gd.with_parameters(h=F(1, 10)), F(1, 4)).latest == 0


def test_parameters_that_are_constants_have_a_sign_and_zero_is_zero():
    with pytest.raises(FormulaError, match="must be positive"):
        rule("gd").with_parameters(h=parse("log(1/2)"))
    momentum = rule("clipped_momentum")
    assert momentum.with_parameters(beta=parse("0")).parameters["beta"].value == 0


def test_a_start_on_a_tie_is_no_minimiser():
    """f = x^2 + x, f'(0) = 1; read on one branch f' was 0 there, and R = 0."""
    assert distance(problem("max(x,0) - max(-x,0) + x^2", [F(0)])).R != 0
