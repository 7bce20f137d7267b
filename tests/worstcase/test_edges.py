"""Worst cases at the edge of what the theorems say: ties, poles, cycles, steps of length 0."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting import count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, number
from relaxsmooth.least import least_value
from relaxsmooth.rounding import lower_end
from relaxsmooth.smoothness import membership
from relaxsmooth.text import parse
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status
from relaxsmooth.worstcase import Question, worst_case, worst_steps
from relaxsmooth.worstcase.answer import _upper
from relaxsmooth.worstcase.step import OneStep
from relaxsmooth.worstcase.steps import _strict

F = Fraction


def own(text):
    return UpdateRule("own", parse(text, positive=True), {}, "")


def gd(h):
    return rule("gd").with_parameters(h=F(h))


# --- psi(eps) = Delta ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "convex"),
    [
        (own("1/(9*g^2)"), False),
        (gd(2), False),
        (gd(9), True),
        (rule("fixed_length").with_parameters(Rhat=F(3, 4), N=1), False),
    ],
)
def test_no_function_has_a_step_to_take_where_psi_of_eps_is_delta(used, convex):
    """eps^2/(2 L0) = Delta at eps = 1/3, which balls of 192 bits do not tell."""
    at_the_tie = worst_steps(used, F(1, 3), 1, 0, F(1, 18), convex=convex)
    assert at_the_tie.lower == at_the_tie.upper == 0
    above = worst_steps(used, F(1, 3), 1, 0, F(1, 18) + F(1, 10**60), convex=convex)
    assert above.lower >= 1


def test_delta_just_below_psi_of_eps_needs_no_step():
    with ball(400).active():
        below = lower_end(evaluate(parse("1/3 - log(4/3)"), {}, ball(400)))
    assert worst_steps(gd(2), F(1, 3), 1, 1, below).upper == 0
    assert worst_steps(gd(2), F(1, 3), 1, 1, below + F(1, 2**300)).lower >= 1


# --- steps that vanish, turn exactly, or have no value -------------------------------------------


@pytest.mark.parametrize(
    ("size", "delta"), [("(g-2)^2/(4+g^2)", F(10**6)), ("(g-2)^2/(4+g^2)", F(1000)), ("0", F(1))]
)
def test_a_step_of_length_zero_never_arrives(size, delta):
    found = worst_steps(own(size), F(1, 10) if size == "0" else F(1), 1, 0, delta)
    assert found.infinite and found.verdict.status is Status.PROVED
    assert "length 0" in found.because
    on_it = count(found.problem, found.question.rule, F(1, 10) if size == "0" else F(1))
    assert on_it.infinite


@pytest.mark.slow
def test_a_worst_T_beyond_the_search_is_no_upper_value():
    """At |f'| = sqrt(2) the step is exactly 2 u: a cycle, though T >= 2,200,040 is all that is
    found, and nothing was shown above it."""
    found = worst_steps(own("2-(g-sqrt(2))^2/(10*(1+g^2))"), F(1), 1, 0, F(2_200_000))
    assert found.lower > 2**20
    assert found.upper is None and found.verdict.status is Status.UNDECIDED


@pytest.mark.parametrize(
    "size",
    ["sqrt(4-g)/10", pytest.param("(2+sqrt((g-1)*(g-3/2)))/10", marks=pytest.mark.slow)],
)
def test_a_step_without_a_value_somewhere_proves_no_worst_T(size):
    """The second one ends just above eps = 1, where a path that never turns would need it."""
    found = worst_steps(own(size), F(1), 1, 0, F(100))
    assert found.verdict.status is Status.UNDECIDED
    if "3/2" in size:
        assert found.lower < 100  # and not the 525 of a path that no function has


@pytest.mark.parametrize(
    ("size", "delta"), [("(2+sqrt((g-2)*(g-201/100)))/10", 5), ("(1+sqrt(4-g))/10", F(82, 10))]
)
def test_a_member_may_come_to_where_the_rule_has_no_step(size, delta):
    """x^2/2 from 401/200 has f'(x_0) = 401/200, where the first rule ends; the cap of the second
    is 4.05.  Balls of roots are cut to their domain, and a box over the edge is finite."""
    found = worst_steps(own(size), F(1), 1, 0, F(delta))
    assert found.upper is None and found.verdict.status is Status.UNDECIDED
    assert "have a value at every gradient norm" in found.because


def test_false_twin_a_step_with_a_value_everywhere_is_settled():
    assert worst_steps(own("sqrt(4+g)/40"), F(1), 1, 0, F(5)).exact
    assert worst_steps(own("(1+sqrt(4-g))/10"), F(1), 1, 0, F(78, 10)).exact


def test_an_upper_value_is_not_claimed_where_the_rule_has_no_step():
    """From psi^-1(Delta) = 3.16 down to 3/2 it ends between 2 and 2.01; above 5/2 it does not."""
    question = Question(own("(2+sqrt((g-2)*(g-201/100)))/10"), F(1), F(0), F(5))
    assert _upper(question, 6, F(3, 2), lambda what: None)[0] == question.cap
    assert _upper(question, 6, F(5, 2), lambda what: None)[0] < question.cap


def test_a_tiny_L1_is_no_tie():
    assert worst_steps(gd(F(1, 2)), F(1, 10), 1, F(1, 10**700), 1).upper == 228


def test_a_least_value_is_not_claimed_where_f_has_none():
    assert least_value(parse("sqrt(4-x)"), "x", F(1), F(5)) == (0, 0)
    assert least_value(parse("sqrt(4-x)"), "x", F(1), F(3))[0] > F(99, 100)


# --- functions of cycles -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("h", "L0", "L1", "delta", "steps"),
    [(F(5, 4), 1, 1, 1, 3), (F(19, 10), 1, 1, F(1, 10), 2), (F(5), F(1, 2), 3, F(1, 10), 6)],
)
def test_the_function_of_a_cycle_is_certified_and_counted_to_infinity(h, L0, L1, delta, steps):
    found = worst_case(gd(h), steps, L0, L1, delta, budget=0)
    assert found.verdict.status is Status.PROVED
    assert found.count.infinite
    assert membership(found.problem, F(L0), F(L1)).status is Status.PROVED
    assert found.path.gap <= ball().number(F(delta))


def test_false_twin_a_shorter_step_is_no_cycle():
    found = worst_case(gd(F(1, 4)), 3, 1, 1, 1, budget=0)
    assert not found.path.is_cycle and not found.count.infinite
    assert found.count.earliest == 4


# --- the function that is written lies in the class that was asked about ------------------------


def test_a_written_path_costs_no_more_than_delta():
    """The flat parts around irrational steps cost more than the equation of the value says."""
    delta = F(243, 128) + F(1, 2**120)
    found = worst_steps(own("2-sqrt(2)"), F(1), 1, 0, delta)
    assert found.path is None or found.path.gap <= found.question.at(number(delta), F(1))
    assert _strict(found.question, F(1), found.lower) == found.path
    looser = worst_steps(own("2-sqrt(2)"), F(1), 1, 0, F(2) + F(1, 100))
    assert looser.path is not None


# --- scales, and the smooth limit ---------------------------------------------------------------


def test_the_slope_of_a_quotient_does_not_cancel():
    used = rule("relaxed").with_parameters(L0=F(1, 10**20), L1=1, theta=1)
    one = OneStep(Question(used, F(1, 10**20), F(1), F(1)))
    slope = one.question.at(one.slope_of_length, F(1)) * 10**20
    assert abs(float(slope) - 1) < 1e-9 and float(slope.rad()) < 1e-9
    assert worst_case(used, 3, F(1, 10**20), 1, 1, budget=0).verdict.status is Status.PROVED


@pytest.mark.parametrize("key", ["relaxed", "vankov_simple"])
def test_a_rule_with_L1_is_gd_in_the_smooth_class(key):
    theta = {"theta": 1} if key == "relaxed" else {}
    used = rule(key).with_parameters(L0=2, L1=0, **theta)
    known = worst_case(gd(F(1, 2)), 4, 2, 0, 1)
    assert worst_case(used, 4, 2, 0, 1).lower == known.lower


def test_a_rule_that_divides_by_L1_says_so():
    with pytest.raises(FormulaError, match="rule vankov has no step at L1 = 0"):
        rule("vankov").with_parameters(L0=1, L1=0)
    with pytest.raises(FormulaError, match="must be positive"):
        rule("relaxed").with_parameters(L0=0, L1=0, theta=1)


@pytest.mark.slow
def test_a_turned_down_question_keeps_its_reason():
    found = worst_steps(gd(F(19, 10)), F(1, 2), 1, 0, F(3))
    assert "paths that turn compete" in found.because
    assert found.upper is None or "exclude more" in found.because
    assert replace(found, upper=None).verdict.status is Status.UNDECIDED


@pytest.mark.parametrize("size", ["(L1-1)*sqrt(g-2)+1/10", "1/10+(L0-1)/(g-2)"])
def test_what_cancels_only_at_these_parameters_is_refused(size):
    """As typed, neither has a step at g = 2."""
    typed = UpdateRule("own", parse(size, positive=True), {"L0": number(1), "L1": number(1)}, "")
    with pytest.raises(FormulaError, match="cancels at these parameters"):
        worst_steps(typed, F(1), 1, 1, 5)


def test_false_twin_what_has_a_value_for_every_g_may_cancel():
    typed = UpdateRule(
        "own", parse("1/10+(L0-1)/(g+2)+(L0-1)/g", positive=True), {"L0": number(1)}, ""
    )
    assert typed.bound_size.value == F(1, 10)


def test_a_search_is_not_led_to_where_the_rule_has_no_step():
    """The length is nan for g > 4, and a path from there looked excellent."""
    found = worst_case(own("(1+sqrt(4-g))/10"), 3, 1, 0, F(82, 10))
    assert F(27, 10) < found.lower < found.upper and found.verdict.status is Status.UNDECIDED


def test_a_count_of_whole_steps_is_sought_with_the_bits_that_L1_asks_for():
    assert worst_steps(gd(F(1, 2)), F(1, 10), 1, F(1, 10**1000), 1).upper == 228
