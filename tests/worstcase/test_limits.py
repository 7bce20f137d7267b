"""Worst cases where a hypothesis, a precision or a float ends: signs, sizes and scales."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from relaxsmooth.formula import FormulaError
from relaxsmooth.text import parse
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status
from relaxsmooth.worstcase import (
    Question,
    answer,
    path,
    relax,
    step,
    turns,
    worst_case,
    worst_steps,
)

F = Fraction


def gd(h):
    return rule("gd").with_parameters(h=F(h))


@pytest.mark.parametrize("size", ["-1/g", "-1/g^2", "-1"])
def test_a_step_that_climbs_has_no_proof(size):
    """From u = sqrt 2 on x^2/2, Delta = 1, every step leads up: the gradient norm never falls."""
    climbs = UpdateRule("own", parse(size), {}, "")
    found = worst_case(climbs, 3, 1, 0, 1, budget=0)
    assert found.upper**2 >= 2  # f = x^2/2 from sqrt 2
    question = Question(climbs, F(1), F(0), F(1))
    assert step.never_turns(question, F(1, 10), F(1, 10))
    assert turns.Turns(question, F(1, 10), F(1, 10)).not_shown
    assert relax.steps_excluded(question, F(1, 10)) is None


def test_more_than_2_to_the_53_steps_are_counted():
    found = worst_steps(gd(F(1, 10**20)), F(1, 10), 1, 1, 1)
    balance = answer.balance(found.question, found.upper)
    assert found.exact
    assert found.upper > 2**53
    assert found.question.at(balance, F(1, 10), bits=600) >= 0
    before = answer.balance(found.question, found.upper - 1)
    assert found.question.at(before, F(1, 10), bits=600) < 0


@pytest.mark.parametrize("c", [F(1, 10**12), F(1, 10**20)])
def test_small_functions_are_scaled_large_ones(c):
    """c^2 f(x/c): L0 stays, Delta becomes c^2 Delta, gradients c g; L1 <= 1 hardly counts then."""
    small = worst_case(gd(F(7, 4)), 2, 1, 1, c**2, budget=0)
    large = worst_case(gd(F(7, 4)), 2, 1, 0, 1, budget=0)
    assert small.upper >= c * large.lower
    assert float(small.lower / c) == pytest.approx(float(large.lower), rel=1e-6)
    tiny = worst_case(gd(1), 2, 1, c**2, 1)
    assert float(tiny.lower) == pytest.approx(math.sqrt(F(1, 2)), rel=1e-9)
    assert tiny.verdict.status is Status.PROVED


def test_a_step_beyond_every_fraction_has_no_path():
    question = Question(UpdateRule("own", parse("exp(exp(g))"), {}, ""), F(1), F(1), F(100))
    assert path.staying(question, question.cap, 2) is None
    assert next(path.returning(question, question.cap), None) is None


def test_a_step_size_that_may_jump_is_refused():
    """At |f'| = 1/2 + it steps g/2, 8 times where D = 7/64; D(1/2) with h = 1 would say T = 5."""
    jumps = UpdateRule("own", parse("piecewise(g <= 1/2, 1, 1/2)"), {}, "")
    assert worst_steps(gd(F(1, 2)), F(1, 2), 1, 0, 1).upper == 8
    with pytest.raises(FormulaError, match="piecewise, so it may jump; write it with min"):
        worst_steps(jumps, F(1, 2), 1, 0, 1)


def test_a_cycle_just_below_the_cap_is_found():
    """Candidates above psi^-1(Delta) cost more than Delta; they do not take the place of others."""
    assert worst_steps(gd(2), F(141421356, 10**8), 1, 0, 1).infinite


@pytest.mark.parametrize("eps", [F(3, 10), F(4, 5)])
def test_a_pole_of_the_step_size_is_no_error(eps):
    """1/(g - 1)^2 is infinite at g = 1, which both the search and the exact candidates meet."""
    assert worst_steps(UpdateRule("own", parse("1/(g - 1)^2"), {}, ""), eps, 1, 0, 1).infinite
