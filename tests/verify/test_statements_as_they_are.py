"""A theorem is judged by what it states, at the constants that were decided."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.along import verify_along
from relaxsmooth.arithmetic import EXACT, FLOAT
from relaxsmooth.attack.lower import attack_lower
from relaxsmooth.counting import count
from relaxsmooth.formula import FormulaError, TooLong, number
from relaxsmooth.instance import verify_instance
from relaxsmooth.lower import case, verify_lower
from relaxsmooth.needs import equipped
from relaxsmooth.plain import verify_plainly
from relaxsmooth.problem import problem
from relaxsmooth.setting import settle
from relaxsmooth.theorems import theorems
from relaxsmooth.updates import rules
from relaxsmooth.verdict import Status

F = Fraction
QUARTIC = problem("x^4", [F(3, 2)])


@pytest.mark.parametrize(
    "key", ["vankov2024-clipped", "vankov2024-simple", "vankov2024-optimal", "relaxed-gd"]
)
@pytest.mark.parametrize("given", [{"L0": F(1, 1000), "L1": F(1, 1000)}, {"L0": F(1, 100)}])
def test_other_constants_than_those_decided_are_no_parameters(key, given):
    """Membership was decided at L0 = 1/16, L1 = 16; steps from other constants refute nothing."""
    setting = settle(QUARTIC, F(1, 100))
    row = verify_instance(theorems()[key], setting, given)
    assert row.verdict.status is Status.INAPPLICABLE
    assert "it is about L0 = 1/16" in row.verdict.reason
    same = {name: setting.values[name] for name in given}
    assert verify_instance(theorems()[key], setting, same).verdict.status is Status.PROVED


@pytest.mark.parametrize(
    "key", ["gorbunov2024-convex", "vankov2024-convex-simple", "theorem4-line"]
)
def test_only_an_upper_bound_on_T_is_judged_as_one(key):
    theorem = theorems()[key]
    setting = settle(problem("50x^2", [F(1, 1000)]), F(1, 1000), {"L1": F(1)})
    with pytest.raises(FormulaError, match=r"use verify_(along|lower)"):
        verify_instance(theorem, setting)
    with pytest.raises(FormulaError, match=r"use verify_(along|lower)"):
        verify_plainly(theorem, setting, EXACT)


@pytest.mark.parametrize("key", ["clip", "theorem4-line"])
def test_a_first_hit_or_a_lower_bound_is_not_judged_along_N(key):
    with pytest.raises(FormulaError, match=r"use verify_(instance|lower)"):
        verify_along(theorems()[key], settle(QUARTIC, F(1, 100)))


def test_a_hypothesis_that_was_not_decided_is_asked_for():
    theorem = theorems()["gorbunov2024-convex"]
    with pytest.raises(FormulaError, match="equipped"):
        verify_along(theorem, settle(QUARTIC, F(1, 100)))


def test_polyak_on_the_line_takes_an_irrational_lowest_value():
    """inf of e^x - 2x is 2 - 2 log 2."""
    theorem = theorems()["vankov2024-polyak"]
    row = verify_along(theorem, equipped(settle(problem("exp(x) - 2x", [3]), F(1, 10)), theorem))
    assert row.verdict.status is Status.PROVED


@pytest.mark.parametrize(
    "key", ["vankov2024-polyak", "vankov2024-polyak-sharper", "takezawa2024-polyak"]
)
@pytest.mark.parametrize("text", ["x^2", "x^2 - 1/3"])
def test_a_declared_lowest_value_on_the_line_is_not_believed_by_the_step(key, text):
    """f* = 1/2 declared for x^2: the hypotheses were decided at f* = 0, and the step was not."""
    wrong = replace(
        problem(text, [1]), lowest=number(F(1, 2)), lowest_because="declared with --f-star"
    )
    theorem = theorems()[key]
    row = verify_along(theorem, equipped(settle(wrong, F(1, 10), {"L1": F(1)}), theorem))
    assert row.verdict.status is Status.PROVED


@pytest.mark.parametrize("key", ["gd", "gd-line", "theorem3-sharper", "clip"])
def test_an_upper_bound_is_not_judged_as_a_lower_one(key):
    theorem = theorems()[key]
    with pytest.raises(FormulaError, match="no lower bound for fixed-step GD"):
        verify_lower(theorem, case("1", "1", "10", "1/100"))
    with pytest.raises(FormulaError, match="no lower bound for fixed-step GD"):
        attack_lower(theorem, evaluations=3)


def test_a_step_that_needs_more_than_2000_bits_is_no_overflow():
    found = count(problem("x^(3/2)", [1]), rules()["gd"].with_parameters(h=F(1, 100)), F(1, 1000))
    assert not found.exact and "leaves the domain" in found.reason


def test_a_constant_that_is_too_long_is_undecided_and_no_failed_hypothesis():
    tiny = settle(problem("x^2", [1]), F(1, 10**2150))
    row = verify_instance(theorems()["clip"], tiny)
    assert row.verdict.status is Status.UNDECIDED and "bits" in row.verdict.reason
    armijo = theorems()["armijo"]
    assert verify_along(armijo, equipped(tiny, armijo)).verdict.status is Status.UNDECIDED
    with pytest.raises(TooLong, match=r"needs 1428\d bits"):
        number(F(1, 10**4300))


def test_a_search_that_accepts_no_step_is_undecided_and_says_why():
    used = rules()["armijo"].with_parameters(beta=F(99999, 100000), eta0=100)
    found = count(problem("x^4", [1]), used, F(1, 10))
    assert not found.exact and "beta is close to 1" in found.reason
    armijo, setting = theorems()["armijo"], settle(problem("x^4", [1]), F(1, 10))
    given = {"beta": F(99999, 100000), "eta0": F(100)}
    row = verify_along(armijo, equipped(setting, armijo), given)
    assert row.verdict.status is Status.UNDECIDED and "beta is close to 1" in row.verdict.reason


def test_floats_judge_nothing_beyond_floats():
    row = verify_plainly(theorems()["gd"], settle(problem("x^2", [1]), F(1, 10**400)), FLOAT)
    assert row.verdict.status is Status.UNDECIDED


def test_a_declared_lowest_value_is_named_where_constants_rest_on_it():
    f = problem("exp(x-y) + x^2 + y^4 + sin(x)*y/9", [1, 1])
    declared = replace(f, lowest=number(1), lowest_because="declared with --f-star")
    setting = settle(declared, F(1, 10), {"L0": F(30), "L1": F(5)})
    assert all("declared" in setting.reasons[name] for name in ("Delta", "M"))
    assert setting.reasons["L0"].startswith("UNDECIDED")


def test_counts_of_ninety_digits_are_not_walked():
    """T = 1/(8 h x_T^2): needs 512 bits, and no attempt that goes step by step."""
    used = rules()["gd"].with_parameters(h=F(1, 10**92))
    found = count(problem("x^4", [F(10**30)]), used, F(1, 100))
    assert found.earliest == found.latest
    expected = 1 / (8 * 1e-92 * (0.01 / 4) ** (2 / 3))
    assert abs(found.latest / expected - 1) < 1e-9
