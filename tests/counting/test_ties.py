"""At a tie of two cases a derivative is read on both sides: no gradient is invented there."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import EXACT, NotExact, ball, opened
from relaxsmooth.counting import count
from relaxsmooth.formula import evaluate
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


def test_a_start_on_a_tie_is_no_minimiser():
    """f = x^2 + x, f'(0) = 1; read on one branch f' was 0 there, and R = 0."""
    assert distance(problem("max(x,0) - max(-x,0) + x^2", [F(0)])).R != 0
