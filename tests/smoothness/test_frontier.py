"""The exact frontier: closed forms, thresholds, convexity."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.members import member
from relaxsmooth.smoothness import frontier, minimal_L0
from relaxsmooth.smoothness.frontier import _shape
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status

F = Fraction


@pytest.mark.parametrize(
    ("text", "L1", "closed"),
    [
        ("x^4", 1, "L1^2*L0 = 16"),
        ("x^4", F(1, 9), "L1^2*L0 = 16"),
        ("x^6", 1, "L1^4*L0 = 1536"),
        ("log(1 + exp(x))", F(1, 3), "4*L0 = (L1 - 1)^2"),
        ("log(1 + exp(x))", 0, "4*L0 = (L1 - 1)^2"),
        ("log(1 + exp(x))", 2, "L0 = 0"),
        ("log(cosh(x))", F(1, 2), "L0 = 1"),
        ("cosh(3x)", 3, "L0 = 9"),
        ("|x|^3/3", 1, "L1*L0 = 1"),
        ("|x|^(5/2)/(5/2)", 1, "2*L1*L0^2 = 1"),
        ("(x^2 - 1)^2", 1, "27*L1^2*L0^2 - 432*L0 = 64*L1^4 + 576*L1^2 + 1728"),
        ("(x^2 - 1)^2", 5, "L0 = 8"),
        ("max(x, 0)^2 + x", F(1, 2), "L0 = 2 - L1"),
        ("exp(2x)", 2, "L0 = 0"),
        ("piecewise(|x| <= 1, (6x^2 - x^4)/4, 2*|x| - 3/4)", 7, "L0 = 3"),
        ("3x", 1, "L0 = 0"),
    ],
)
def test_the_branch_has_its_closed_form(text, L1, closed):
    assert str(frontier(parse(text)).closed_form(L1)) == closed


@pytest.mark.parametrize(
    "text", ["x^4", "x^6", "log(1 + exp(x))", "x^4 - 2x^2 + x/3", "tanh(x)", "x^5 - 3x^2 + x"]
)
def test_the_closed_form_vanishes_on_the_frontier_and_not_beside_it(text):
    curve = frontier(parse(text))
    for L1 in (F(1, 3), F(2, 3)):
        branch = curve.closed_form(L1)
        value = curve(L1).value
        at = parse(str(branch.equation.subs({"L1": L1})))
        assert evaluate(at, {"L0": value.enclosure(200)}, ball(256)).contains(0)
        beside = value.enclosure(200) * F(1001, 1000).numerator / 1000
        assert not evaluate(at, {"L0": beside}, ball(256)).contains(0)
        if branch.L0 is not None:
            assert branch.L0.subs({"L1": L1}).value == value.as_fraction()


def test_no_closed_form_is_offered_where_there_is_none():
    assert frontier(parse("cosh(x)")).closed_form(F(1, 2)) is None  # L0* is infinite
    assert frontier(parse("x^20 - x^7 + x")).closed_form(1) is None  # above the sought degree


@pytest.mark.parametrize(
    ("text", "value", "attained"),
    [
        ("x^4", 0, False),
        ("x^2", 0, True),
        ("cosh(3x)", 3, True),
        ("exp(x) + exp(-2x)", 2, True),
        ("log(1 + exp(x))", 0, True),
        ("exp(x/2) - x", F(1, 2), True),
        ("exp(2x) + exp(x)", 2, True),
        ("exp(2x) - exp(x)", 2, False),
    ],
)
def test_the_least_slope(text, value, attained):
    """e^{2x} - e^x: f'' - 2f' = e^x is unbounded, so L1 = 2 is not enough; with + it is."""
    least = frontier(parse(text)).threshold()
    assert (least.value, least.attained) == (value, attained)


def test_no_slope_helps_where_curvature_outgrows_the_gradient():
    for text in ("|x|^(3/2)", "|x|"):
        assert frontier(parse(text)).threshold().value is None


def test_the_least_slope_separates_finite_from_infinite():
    for text in ("x^4", "cosh(3x)", "exp(2x) - exp(x)", "exp(x) + exp(-2x)", "x^3"):
        curve = frontier(parse(text))
        least = curve.threshold()
        t = least.value.as_fraction()
        assert curve(t).finite == least.attained
        assert curve(t + F(1, 1000)).finite
        if t > 0:
            assert not curve(t - F(1, 1000)).finite


SLOPES = [F(k, 3) for k in range(16)]


@pytest.mark.parametrize(
    "text",
    ["x^4", "log(1 + exp(x))", "(x^2 - 1)^2", "cosh(x)", "x^5 - 3x^2 + x", "tanh(x)",
     "exp(x) + exp(-2x)",
     "|x|^(5/2)", "x^4 - 2x^2 + x/3"],
)  # fmt: skip
def test_the_frontier_is_convex_and_decreasing(text):
    assert frontier(parse(text)).shape(SLOPES).status is Status.PROVED


def test_false_twin_a_curve_that_is_not_convex_is_refuted():
    """The samples of two different functions in one list: a step down, then flat, then down."""
    f, g = parse("3x^2/2"), parse("x^2")
    a = [minimal_L0(f, 0), minimal_L0(f, 1), minimal_L0(g, 2), minimal_L0(g, 3)]
    assert _shape(a[0].function, a).status is Status.REFUTED
    assert _shape(a[0].function, [minimal_L0(g, 0), minimal_L0(f, 1)]).status is Status.REFUTED


def test_samples_follow_the_hyperbola():
    slopes = [F(1, 2), F(1), F(7, 3)]
    values = [least.value for least in frontier(parse("x^4")).sample(slopes)]
    assert values == [16 / s**2 for s in slopes]


VALLEY = (
    "piecewise(x <= -1, (1-e)*(x+1) + e - 2, x <= 0, exp(-x) + x - 1, x <= 2, exp(x) - x - 1,"
    " (e^2-1)*(x-2) + e^2 - 3)"
)


@pytest.mark.parametrize(
    ("text", "L1", "closed"), [("max(x,0)^2 - x", 0, "L0 = 2"), (VALLEY, 1, "L0 = 1")]
)
def test_where_places_tie_the_branch_above_is_given(text, L1, closed):
    """The leftmost of the places gave L0 = 2 - L1, and e + (1 - e) L1, which hold at L1 alone."""
    curve = frontier(parse(text))
    branch = curve.closed_form(L1)
    assert str(branch) == closed and branch.above
    for more in (F(1, 10**9), F(1, 10), F(1)):
        assert branch.L0.subs({"L1": L1 + more}).value == curve(L1 + more).value.as_fraction()


def test_mirror_images_are_no_tie():
    assert not frontier(parse("x^4")).closed_form(1).above


@pytest.mark.parametrize("seed", range(12))
def test_a_branch_holds_beside_its_slope(seed):
    """On members at their own L1, where many places attain L0*."""
    draw = random.Random(seed)
    knots = sorted({F(draw.randint(-8, 8), 2) for _ in range(3)})
    values = [F(0)]
    for a, b in pairwise(knots):
        values.append(values[-1] + (b - a) * draw.choice((-1, 0, 1)))
    L0, L1 = F(draw.randint(1, 3)), F(1, draw.randint(1, 3))
    made = member(L0, L1, knots, values, (draw.choice((-1, 0, 1)), draw.choice((-1, 0, 1))))
    curve = frontier(made)
    branch = curve.closed_form(L1)
    if branch is None:
        return
    sides = (1,) if branch.above else (1, -1)
    for near in (L1 + side * F(1, 10**7) for side in sides):
        here = curve(near).value
        at = evaluate(branch.equation.subs({"L1": near}), {"L0": here.enclosure(300)}, ball(300))
        assert at.contains(0), (str(branch), near)


def test_a_line_that_touches_a_curve_is_no_branch():
    """The end at x = -3 has |f'| as large as x^4 at -2, and lies below 16/L1^2 on both sides."""
    text = "piecewise(x <= -3, 37 - 32*(x+3) + 24*(x+3)^2, x <= -1, 1 - 4*(x+1) + 7*(x+1)^2, x^4)"
    branch = frontier(parse(text)).closed_form(1)
    assert branch is None or str(branch) != "L0 = 48 - 32*L1"


def test_a_branch_above_is_not_said_to_hold_for_good():
    text = (
        "piecewise(x <= 2, x^2/4, x <= 5/2, (x-2)^2 + (x-2) + 1, 3/2*(x-5/2)^2 + 2*(x-5/2) + 7/4)"
    )
    curve = frontier(parse(text))
    branch = curve.closed_form(1)
    assert branch.above and str(branch) == "L0 = 2 - L1"
    assert curve(2).value.as_fraction() == F(1, 2) != branch.L0.subs({"L1": 2}).value
