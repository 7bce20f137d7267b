"""Worst cases on the line: known values, functions that prove them, and false twins."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness import membership
from relaxsmooth.smoothness.landscape import landscape
from relaxsmooth.text import parse
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status
from relaxsmooth.worstcase import (
    Question,
    answer,
    lower,
    path,
    relax,
    step,
    turns,
    worst_case,
    worst_steps,
)
from relaxsmooth.worstcase.floats import Floats
from relaxsmooth.worstcase.space import HIGHER, SAME, in_space

F = Fraction


def gd(h):
    return rule("gd").with_parameters(h=F(h))


CLIPPED = rule("clipped").with_parameters(eta=F(1, 10), gamma=F(5))
RULES = [
    CLIPPED,
    rule("clipped").with_parameters(eta=F(1), gamma=F(1, 5)),
    rule("relaxed").with_parameters(L0=1, L1=2, theta=F(1, 2)),
    rule("normalized").with_parameters(eta=F(1, 20), beta=F(1, 2)),
    rule("vankov").with_parameters(L0=1, L1=2),
    gd(F(1, 20)),
]


# --- L1 = 0: the values that are known -----------------------------------------------------------


@pytest.mark.parametrize("h", [F(1, 2), F(1)])
@pytest.mark.parametrize("L", [F(1), F(7, 3)])
def test_gd_on_smooth_functions_has_the_known_worst_case(h, L):
    """4 L Delta/(2 + n (4h - h^2)), in any dimension, for h L <= 1."""
    for n in range(1, 51):
        found = worst_case(gd(h / L), n, L, 0, 2)
        known = 4 * L * 2 / (2 + n * (4 * h - h**2))
        assert found.verdict.status is Status.PROVED
        assert (found.formula**2).value == known  # exactly
        assert found.lower**2 <= known <= found.upper**2
        assert found.gap < F(1, 10**12) * found.lower


def test_at_three_halves_the_line_is_easier_than_the_plane():
    """n = 1: 16/23 = 0.6957 on the line, 32/37 = 0.8649 in the plane."""
    found = worst_case(gd(F(3, 2)), 1, 1, 0, 1)
    assert (found.formula**2).value == F(16, 23)
    h = F(3, 2)
    assert F(16, 23) < 4 / (2 + 4 * h - h**3) == F(32, 37)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_line_and_plane_differ_between_one_and_root_three_over_l(n):
    """The certified upper value on the line is below the value in the plane; equal up to 1/L."""
    for h in (F(1, 2), F(1), F(101, 100), F(3, 2), F(31, 20)):
        found = worst_case(gd(h), n, 1, 0, 1, budget=0)
        plane, says = in_space(found.question, n)
        square = (plane**2).value
        assert square == 4 / (2 + n * (4 * h - h ** (2 if h <= 1 else 3)))
        if h <= 1:
            assert (found.formula**2).value == square and says is SAME
        else:
            assert found.upper**2 < square and says is HIGHER
    assert in_space(worst_case(gd(F(7, 4)), 1, 1, 0, 1, budget=0).question, 1) is None


@pytest.mark.parametrize("h", [F(1, 4), F(1)])
def test_gd_on_convex_functions_has_the_known_worst_case(h):
    """2 L Delta/(2 n h + 1) for h L <= 1 (Taylor, Hendrickx, Glineur)."""
    found = worst_case(gd(h), 5, 1, 0, 1, convex=True)
    assert (found.formula**2).value == 2 / (10 * h + 1)


def test_beyond_three_minus_sqrt_two_one_step_along_a_straight_u_is_worse():
    """n = 1: 2 (h-1)^2 L Delta exceeds 4/(2 + 4h - h^2) from h = 3 - sqrt 2 = 1.5858 on."""
    below, above = (
        worst_case(gd(F(158, 100)), 1, 1, 0, 1),
        worst_case(gd(F(8, 5)), 1, 1, 0, 1, budget=0),
    )
    assert below.verdict.status is Status.PROVED
    assert above.lower**2 <= F(72, 100) < above.upper**2  # 2 (3/5)^2
    assert above.upper < (1 + F(1, 10**9)) * above.lower
    assert above.count.earliest > 1


@pytest.mark.parametrize(
    ("n", "h"),
    [
        (2, F(8, 5)),
        pytest.param(3, F(17, 10), marks=pytest.mark.slow),
        pytest.param(3, F(9, 5), marks=pytest.mark.slow),
        pytest.param(10, F(9, 5), marks=pytest.mark.slow),
    ],
)
def test_turns_are_closed_too(n, h):
    """Between 3 - sqrt 2 and 2: never turning, turning late or at once, whichever is worst."""
    found = worst_case(gd(h), n, 1, 0, 1, budget=0)
    assert found.gap < found.lower / 10**9
    assert found.count.earliest == n + 1
    stay = math.sqrt(4 / (2 + n * (4 * h - h**2)))
    at_once = math.sqrt(2) * float(h - 1) ** n
    assert float(found.upper) > max(stay, at_once) * (1 - 1e-9)
    for g, depth, us in random_depths(found.question, n, 200, seed=n):
        assert depth > 1 or g <= float(found.upper) * (1 + 1e-9), us


def test_convex_functions_beyond_one_over_l_have_the_known_worst_case():
    """2 L Delta max{1/(2 n h + 1), (1 - h)^(2n)} (Taylor, Hendrickx, Glineur)."""
    for n in (1, 3):
        found = worst_case(gd(F(9, 5)), n, 1, 0, 1, convex=True, budget=0)
        known = 2 * max(F(1) / (2 * n * F(9, 5) + 1), F(4, 5) ** (2 * n))
        assert found.lower**2 <= known <= found.upper**2
        assert found.gap < found.lower / 10**9


def test_false_twin_a_turn_that_is_too_dear_is_caught(monkeypatch):
    """With one step of room too much for every turn, a value below the true one is "proved"."""
    question = Question(gd(F(9, 5)), F(1), F(0), F(1))
    truth = worst_case(gd(F(9, 5)), 2, 1, 0, 1, budget=0)
    assert not turns.excluded_by_turns(question, truth.lower, 2)
    right = turns.Turns._turning_levels

    def dear(self, steps):
        return ((j, t * F(3, 2)) for j, t in right(self, steps))

    monkeypatch.setattr(turns.Turns, "_turning_levels", dear)
    assert turns.excluded_by_turns(question, truth.lower, 2)  # and its function refutes it
    assert truth.count.earliest == 3


# --- the function is the certificate -----------------------------------------------------------


def assert_curvature_within_limits(f, used, L0, L1):
    """|f''| <= L0 + L1 |f'| at points on both sides of the path, between the knots too."""
    derivatives, span = (f.gradient[0], f.hessian[0][0]), max(used.x) - min(used.x)
    for k in range(50):
        x = min(used.x) + F(2 * k - 20, 79) * span
        slope, curvature = (evaluate(h, {"x": x}, ball(128)) for h in derivatives)
        assert not abs(curvature) > L0 + L1 * abs(slope)


@pytest.mark.parametrize(
    "used",
    [*RULES[:3], *(pytest.param(r, marks=pytest.mark.slow) for r in RULES[3:])],
    ids=lambda r: f"{r.key}-{r.parameters}",
)
def test_the_function_is_a_member_with_this_delta_on_which_the_rule_is_this_slow(used):
    found = worst_case(used, 6, 1, 2, 2)
    assert found.verdict.status is Status.PROVED
    assert found.upper - found.lower < F(1, 10**12)
    assert found.count.earliest == 7  # |f'(x_k)| > (1 - 2^-30) lower for all k <= 6
    f = found.problem
    assert evaluate(f.objective - f.lowest, {"x": F(0)}, ball(128)) <= 2
    assert_curvature_within_limits(f, found.path, 1, 2)


@pytest.mark.parametrize("convex", [False, True])
@pytest.mark.parametrize("L1", [F(0), F(2), pytest.param(F(1, 3), marks=pytest.mark.slow)])
def test_the_exact_decider_and_the_landscape_agree_with_the_function(convex, L1):
    """Independent of u and of tents: membership, Delta and convexity from the formula alone."""
    f = worst_case(CLIPPED, 3, 1, L1, 1, convex=convex).problem
    assert membership(f.objective, 1, L1).status is Status.PROVED
    assert membership(f.objective, F(999, 1000), L1).status is Status.REFUTED
    Delta = landscape(Problem("again", f.objective, ("x",), f.start)).Delta.enclosure(128)
    assert Delta <= 1
    assert Delta > 1 - 1e-12
    if convex:
        values = [evaluate(f.hessian[0][0], {"x": F(k, 7)}, ball(64)) for k in range(-20, 20)]
        assert not any(value < 0 for value in values)


def test_a_long_path_is_quick_and_proved():
    found = worst_case(gd(1), 1000, 1, 0, 1)
    assert found.verdict.status is Status.PROVED
    assert found.path.wrong() == ""
    assert (found.formula**2).value == F(4, 2 + 3000)


# --- upper values ------------------------------------------------------------------------------


def random_depths(question, steps, cases, seed):
    """(min |g_k|, f(x_0) - f*) of random paths of members."""
    real, draw = Floats(question), random.Random(seed)
    top = real.u(float(question.cap))
    for _ in range(cases):
        us = [draw.uniform(0.05, 1) * top]
        for _ in range(steps):
            u = us[-1]
            d = real.length(abs(u))
            low, high = u - d, u + d
            if question.convex:
                low, high = (low, u) if u > 0 else (u, high)
            us.append(draw.choice([low, high, draw.uniform(low, high), u]))
        depth, bad = real.depth(us)
        if bad < 1e-12:
            yield real.s(min(map(abs, us))), depth, us


@pytest.mark.parametrize("convex", [False, True])
@pytest.mark.parametrize("used", [gd(F(1, 2)), gd(F(1, 4)), CLIPPED])
def test_no_random_member_exceeds_the_worst_case(used, convex):
    found = worst_case(used, 3, 1, 2, 1, convex=convex, budget=0)
    tried = 0
    for g, depth, us in random_depths(found.question, 3, 400, seed=4):
        if depth <= 1:
            tried += 1
            assert g <= float(found.upper) * (1 + 1e-9), us
    assert tried > 10


def test_false_twin_a_wrong_constant_in_the_closed_form_is_caught(monkeypatch):
    """With D larger than it is, the function that is built shows more than the claimed value."""
    right = step.OneStep.level_step.func
    monkeypatch.setattr(step.OneStep, "level_step", property(lambda one: F(3, 2) * right(one)))
    claimed = answer.balance(Question(CLIPPED, F(1), F(2), F(1)), 5)
    question = Question(CLIPPED, F(1), F(2), F(1))
    _, high = question.root(claimed, F(0), question.cap)
    monkeypatch.undo()
    truth = path.staying(question, high * F(101, 100), 5)
    assert truth.gap < 1  # a member that beats the claimed upper value
    assert truth.counted().earliest == 6


def test_false_twin_a_function_beyond_delta_is_refused(monkeypatch):
    """With D smaller than it is, the path costs more than Delta, and the ball says so."""
    question = Question(CLIPPED, F(1), F(2), F(1))
    worst = worst_case(CLIPPED, 5, 1, 2, 1)
    too_much = path.staying(question, worst.upper * F(1001, 1000), 5)
    assert not too_much.gap <= 1


def test_the_relaxation_excludes_only_what_is_impossible():
    question = Question(gd(F(8, 5)), F(1), F(0), F(1))
    lower = worst_case(gd(F(8, 5)), 1, 1, 0, 1, budget=0).lower
    assert not relax.excluded(question, lower, 1, cells=30)
    assert relax.excluded(question, lower * F(6, 5), 1, cells=30)
    known = Question(CLIPPED, F(1), F(2), F(1))
    worst = worst_case(CLIPPED, 4, 1, 2, 1)
    assert not relax.excluded(known, worst.lower, 4, cells=30)
    assert relax.excluded(known, worst.upper * F(11, 10), 4, cells=30)


@pytest.mark.slow
def test_a_step_beyond_two_u_never_gets_below_the_start():
    found = worst_case(gd(F(5, 2)), 4, 1, 0, 1, budget=0)
    assert float(found.upper) == pytest.approx(math.sqrt(2), rel=1e-12)
    assert found.gap < F(1, 10**9)
    assert found.count.infinite


# --- T_eps -------------------------------------------------------------------------------------


def test_the_worst_number_of_steps_is_attained_and_not_exceeded():
    found = worst_steps(CLIPPED, F(3, 5), 1, 2, 1)
    assert found.exact
    counted = found.path.question.rule, found.problem
    assert found.verdict.status is Status.PROVED
    from relaxsmooth import count

    assert count(counted[1], counted[0], F(3, 5)).earliest >= found.lower
    below = worst_case(CLIPPED, found.upper, 1, 2, 1)
    assert below.upper <= F(3, 5) < worst_case(CLIPPED, found.lower - 1, 1, 2, 1).upper


def test_the_worst_number_of_steps_where_it_is_a_whole_number():
    """L1 = 0, h = 1: N c + 1/2 = Delta/eps^2 exactly: the bound is attained and T = N."""
    found = worst_steps(gd(1), F(1, 2), 1, 0, F(1, 4) * (F(1, 2) + 7 * F(3, 4)))
    assert found.exact
    assert found.lower == 7


def test_a_step_beyond_two_u_takes_for_ever():
    """h = 0.7 h*(2), but Delta = 3 psi(2) affords gradients of 5.8, where h > h*."""
    found = worst_steps(gd(F(14679, 227188)), F(2, 5), 1, 50, F(30672, 267967))
    assert found.verdict.status is Status.PROVED
    assert found.infinite
    assert found.path.counted().infinite
    assert found.path.gap <= ball(128).number(F(30672, 267967))
    assert_curvature_within_limits(found.problem, found.path, 1, 50)


def test_false_twin_no_cycle_where_steps_are_shorter_than_two_u():
    """The same rule and class with Delta = psi(2): h < h*(g) on all of the sublevel set."""
    Delta = F(2, 50) - F(1, 2500) * F(46151, 10000)  # log(101) = 4.61512
    assert lower.cycle(Question(gd(F(14679, 227188)), F(1), F(50), Delta), F(2, 5)) is None
    found = worst_steps(gd(F(14679, 227188)), F(2, 5), 1, 50, Delta)
    assert 1 <= found.lower <= found.upper < 10


def test_a_cycle_needs_steps_of_two_u_exactly():
    """L1 = 0: from h = 2/L0 on, and not a hair below."""
    assert worst_steps(gd(2), F(1, 2), 1, 0, 1).infinite
    below = Question(gd(2 - F(1, 10**6)), F(1), F(0), F(1))
    assert lower.cycle(below, F(1, 2)) is None


LATE = rule("relaxed").with_parameters(L0=1, L1=F(1, 100), theta=F(92, 53))


@pytest.mark.parametrize(
    ("used", "L1", "eps", "Delta", "least", "most"),
    [
        (LATE, F(0), F(1), F(300), 306, 306),
        (gd(F(1238, 7287)), F(50), F(292, 927), F(579263, 35239716), 2, 3),
        (gd(F(8, 5)), F(0), F(84, 100), F(1), 2, 2),  # one step along a straight u
    ],
)
def test_the_worst_number_of_steps_is_enclosed_where_paths_turn(used, L1, eps, Delta, least, most):
    found = worst_steps(used, eps, 1, L1, Delta)
    assert (found.lower, found.upper) == (least, most)
    assert found.path is None or found.path.least > eps
    assert found.path is None or found.path.gap <= ball(128).number(Delta)


def test_an_irrational_step_cycles_too():
    """s = 4/(1 + sqrt g): x_1 is irrational and x_2 = x_0 all the same."""
    used = UpdateRule("own", parse("4/(1 + sqrt(g))"), {}, "")
    found = worst_steps(used, F(1, 10), 1, 0, 1)
    assert found.infinite
    assert found.path.margin > 0
    assert found.path.wrong() == ""
    built_as_said(found.path)


def built_as_said(found: path.Path) -> None:
    """The function that is written has f(x_0) = 0, f'(x_k) = g_k, and f(x_0) - f* <= Delta."""
    f, a = found.problem, ball(256)
    for x, g in zip(found.x, found.g, strict=True):
        off = evaluate(f.gradient[0] - g, {"x": x}, a)
        assert off.contains(0) and off.rad() < 1e-30
    height = evaluate(f.objective, {"x": found.x[0]}, a)
    assert height.contains(0) and height.rad() < 1e-30
    assert -evaluate(f.lowest, {}, a) <= a.number(found.question.Delta)


NARROW = UpdateRule("own", parse("max(21/10 - 10000*(g-1)^2, 1/2)"), {}, "as long as 2 u at g = 1")


@pytest.mark.parametrize(
    ("used", "eps", "L1"),
    [(gd(3), F(1, 10), 1), (gd(3), F(1, 10), 0), (NARROW, F(1, 2), 0), (gd(F(1, 15)), F(2, 5), 50)],
)
def test_a_cycle_is_built_with_the_gradients_that_it_says(used, eps, L1):
    """Its flat parts are flat: with tents there, GD left the cycle of NARROW after two steps."""
    found = worst_steps(used, eps, 1, L1, 1)
    assert found.infinite
    built_as_said(found.path)
    if found.path.margin:
        assert found.path.counted().infinite


def test_an_irrational_step_that_never_turns_is_built_with_its_gradients():
    used = UpdateRule("own", parse("1/(1 + sqrt(g))"), {}, "")
    found = worst_case(used, 3, 1, 1, 1)
    assert found.path.margin > 0
    built_as_said(found.path)


def test_balances_without_a_root_do_not_hang():
    """Convex, s = 1/g^2: every step lowers f by 1, so that ten of them need more than Delta = 1."""
    used = UpdateRule("own", parse("1/g^2"), {}, "")
    assert answer._closed(Question(used, F(1), F(0), F(1), True), 10) == (
        "no gradient norm is found at which as many steps as this need Delta or more"
    )


@pytest.mark.slow
def test_tiny_tolerances_and_constants_are_answered_or_refused_by_name():
    clipped = rule("clipped").with_parameters(eta=F(1, 10), gamma=F(1, 2))
    found = worst_steps(clipped, F(1, 10**60), 1, 2, 1)
    assert found.exact and found.lower > 10**100
    assert worst_case(gd(F(8, 5)), 1, 1, F(1, 10**100), 1, budget=0).lower > F(84, 100)
    with pytest.raises(FormulaError, match="epsilon is outside 1e-100"):
        worst_steps(gd(3), F(1, 10**400), 1, 0, 1)
    with pytest.raises(FormulaError, match="Delta is outside 1e-100"):
        worst_case(gd(F(8, 5)), 1, 1, 0, F(1, 10**400), budget=0)
    assert "e+349" in worst_case(gd(1), 1, 1, 0, F(10) ** 700).verdict.claim
    for values in ((0.5, 1, 1), (1, 0.5, 1), (1, 1, 0.5)):
        with pytest.raises(FormulaError, match=r"0\.5"):
            worst_case(gd(1), 1, *values)


def test_a_step_without_a_value_in_between_is_no_crash():
    used = UpdateRule("own", parse("sqrt((g-1)*(g-2))"), {}, "")
    found = worst_case(used, 3, 1, 0, 8, budget=0)
    assert found.path.wrong() == "" and found.lower <= found.upper


def test_negative_steps_are_not_compared_with_space():
    back = UpdateRule("own", parse("-1/4"), {}, "")
    assert in_space(Question(back, F(1), F(0), F(1)), 1) is None


def test_only_the_nearest_points_decide_where_a_path_can_go():
    """The window of many earlier points is that of the nearest two."""
    us = [0.5, 0.51, 0.49, 0.5, 0.52, -0.3, 0.4]
    question = Question(gd(F(1, 3)), F(1), F(1), F(3))
    found = path.followed(question, us)
    assert found is None or found.wrong() == ""


def test_a_window_beyond_every_fraction_is_cut():
    """A long step from a steep point allows gradients up to e^(10^300) at the next one."""
    question = Question(gd(F(68, 1719)), F(1), F(50), F(3, 2), convex=True)
    found = path.followed(question, [0.09, -13.0, 13.0])
    assert found is None or found.wrong() == ""
    assert worst_case(gd(F(68, 1719)), 4, 1, 50, F(3, 2), convex=True, budget=0).gap < F(1, 10**9)


def test_a_stationary_start_needs_no_step():
    assert worst_steps(gd(1), 2, 1, 0, 1).upper == 0


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((gd(1), 0, 1, 0, 1), "steps = 0"),
        ((gd(1), 1, 0, 0, 1), "L0 = 0 must be positive"),
        ((gd(1), 1, 1, -1, 1), "L1 = -1 must not be negative"),
        ((gd(1), 1, 1, 0, 0), "Delta = 0 must be positive"),
        ((rule("polyak"), 1, 1, 0, 1), "rule polyak is not one step-size formula in g"),
        ((rule("gd"), 1, 1, 0, 1), "needs a value for h"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, words):
    with pytest.raises(FormulaError, match=words):
        worst_case(*arguments)
