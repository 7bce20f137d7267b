"""Ranges of parameters hold for constants such as log(3) too."""

from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import EXACT, NotExact, Undecided, ball
from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import problem
from relaxsmooth.text import parse
from relaxsmooth.updates import rules

F = Fraction


@pytest.mark.parametrize(
    ("rule", "name"), [("armijo", "beta"), ("armijo", "gamma"), ("clipped_momentum", "beta"),
                       ("clipped_momentum", "nu")],
)  # fmt: skip
def test_an_irrational_parameter_is_held_to_its_range(rule, name):
    key = rule if rule in rules() else next(k for k in rules() if "momentum" in k)
    with pytest.raises(FormulaError, match=f"{name} = log"):
        rules()[key].with_parameters(**{name: parse("log(3)")})
    assert rules()[key].with_parameters(**{name: parse("log(2)")}).parameters[name] is not None


def test_armijo_leaves_tiny_steps_to_balls():
    armijo = rules()["armijo"].with_parameters(eta0=F(10) ** 400)
    with pytest.raises(NotExact):
        armijo.with_parameters(beta=F(999, 1000)).step(
            problem("piecewise(x <= 0, x^2, x^2 + 1)"), [F(1)], None, EXACT
        )


def test_a_trial_on_the_edge_of_the_domain_is_undecided_and_beyond_it_outside():
    f = problem("x - sqrt(x)")
    with ball(64).active():
        zero = ball(64).number(F(1, 3)) * 3 - 1
    with pytest.raises(Undecided):
        f.is_outside([zero], ball(64))
    assert f.is_outside([F(-1)], EXACT) and not f.is_outside([F(0)], EXACT)
    logs = problem("piecewise(x <= 0, x^2, x^2 + x^3*log(x))")
    assert not logs.is_outside([F(-1)], EXACT), "that branch is not taken"
    assert problem("x - log(x)").is_outside([F(0)], EXACT)


@pytest.mark.parametrize("key", ["armijo", "clipped_momentum"])
def test_a_rational_just_below_one_is_in_range(key):
    near = 1 - F(1, 10**45)
    found = key if key in rules() else next(k for k in rules() if "momentum" in k)
    assert rules()[found].with_parameters(beta=near).parameters["beta"].value == near
