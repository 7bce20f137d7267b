"""A theorem is judged by what it states, at the constants that were decided."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.along import verify_along
from relaxsmooth.arithmetic import EXACT, FLOAT, ball
from relaxsmooth.attack.lower import attack_lower
from relaxsmooth.complexity import complexity
from relaxsmooth.counting import count
from relaxsmooth.formula import FormulaError, TooLong, maximum, number, symbol
from relaxsmooth.game import tuned_upper_bound
from relaxsmooth.instance import verify_instance
from relaxsmooth.lower import case, verify_lower
from relaxsmooth.needs import equipped
from relaxsmooth.plain import verify_plainly
from relaxsmooth.problem import Problem, problem
from relaxsmooth.setting import settle
from relaxsmooth.smoothness.several_variables import membership_nd
from relaxsmooth.symbols import DELTA, L0, L1, R0, G, M, N, psi_inverse_bound
from relaxsmooth.text import parse
from relaxsmooth.theorem import CONVEX_CLASS, Assumption, Condition, Inequality, Measure
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


def declared(text, start, lowest):
    return replace(
        problem(text, start), lowest=number(lowest), lowest_because="declared with --f-star"
    )


def test_a_declared_lowest_value_decides_nothing_wherever_it_is_read():
    """By Polyak's step, in a condition, or through M: each refuted a true statement."""
    polyak = replace(
        theorems()["gd"], key="own", rule="polyak", prescription={}, bound=50 * R0**2,
        assumptions=CONVEX_CLASS, conditions=(),
    )  # fmt: skip
    assert Assumption.BOUNDED_BELOW in polyak.rests_on
    wrong = declared("x^2 + y^2", [1, 1], F(1, 2))
    row = verify_instance(polyak, equipped(settle(wrong, F(1, 10)), polyak))
    assert row.verdict.status is Status.UNDECIDED
    small = replace(
        theorems()["gd"], key="own", bound=number(3), prescription={"h": number(F(1, 100))},
        assumptions=(Assumption.HESSIAN_CLASS,), conditions=(Condition(DELTA, number(1)),),
    )  # fmt: skip
    row = verify_instance(small, settle(declared("x^2 + y^2", [3, 3], F(17)), F(1, 10)))
    assert row.verdict.status is not Status.REFUTED
    assert {"Delta"} <= small.letters
    within = Inequality(
        "own", "", theorems()["gd"].source, theorems()["gd"].known, G, number(1),
        conditions=(Condition(symbol("gap"), number(F(1, 4))),),
    )  # fmt: skip
    assert Assumption.BOUNDED_BELOW in within.rests_on


def test_plain_steps_of_polyak_do_not_believe_a_declared_value_either():
    polyak = replace(
        theorems()["gd"], key="own", rule="polyak", prescription={}, bound=number(1),
        assumptions=(Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS), conditions=(),
    )  # fmt: skip
    setting = settle(declared("x^2/2", [1], F(-1, 2)), F(1, 10), {"L1": F(1)})
    for arithmetic in (EXACT, ball(128)):
        row = verify_plainly(polyak, setting, arithmetic)
        assert row.verdict.status is not Status.PROVED
    assert verify_instance(polyak, setting).verdict.status is Status.REFUTED


@pytest.mark.parametrize(
    "change",
    [
        {"measure": Measure.LAST_GAP},
        {"prescription": {"h": 1 / (L0 + L1 * M)}},
        {"assumptions": (*theorems()["theorem4-line"].assumptions, Assumption.CONVEX)},
    ],
)
def test_the_game_is_played_for_what_it_proves_alone(change):
    """A zigzag is not convex, and a prescribed step is one step."""
    other = replace(theorems()["theorem4-line"], **change)
    with pytest.raises(FormulaError, match="no lower bound for fixed-step GD"):
        verify_lower(other, case("1", "1", "10", "1/100"))


def test_a_larger_class_is_not_refuted_by_a_bound_on_a_smaller_one():
    """Without M in the class EXT with a steep start never arrives; on the line alone no claim about
    every dimension falls."""
    line = theorems()["theorem4-line"]
    larger = replace(
        line, key="own", conditions=(), bound=number(10**9),
        assumptions=(Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS),
    )  # fmt: skip
    with pytest.raises(FormulaError, match="no lower bound for fixed-step GD"):
        verify_lower(larger, case("1", "1", "10", "1/100"))
    anywhere = replace(
        larger, assumptions=(*larger.assumptions, Assumption.GRADIENT_BOUND), finding=""
    )
    row = verify_lower(anywhere, case("1", "1", "10", "1/100"))
    assert row.verdict.status is Status.UNDECIDED


def test_the_game_takes_integers_and_refuses_floats():
    values = {"L0": 1, "L1": 1, "M": 10, "Delta": 100, "eps": 1}
    exact = {name: F(value) for name, value in values.items()}
    assert tuned_upper_bound(values) == tuned_upper_bound(exact)
    assert complexity(values).low.steps == complexity(exact).low.steps
    with pytest.raises(FormulaError, match="exact"):
        complexity({**values, "eps": 0.5})


def test_K_is_that_of_the_certified_function():
    values = {**case("1", "1", "10", "1/100"), "K": F(1)}
    with pytest.raises(FormulaError, match="certified function"):
        verify_lower(theorems()["theorem4-plane"], values)


def test_an_upper_number_of_steps_is_never_negative():
    values = {"L0": F(1), "L1": F(1), "M": F(1000), "eps": F(1), "Delta": F(1, 10)}
    assert tuned_upper_bound(values).steps == 0  # every x_0 has |f'(x_0)| <= eps
    for name, wrong in {"Delta": F(-1), "L1": F(0), "M": F(1), "eps": 0.5}.items():
        with pytest.raises(FormulaError):
            tuned_upper_bound({**values, name: wrong})


def test_a_phase_belongs_to_a_bound_in_N():
    with pytest.raises(FormulaError, match="leave the phase out"):
        replace(theorems()["gd"], phase=number(1))


def test_a_parameter_that_a_theorem_leaves_at_its_default_is_not_any_value():
    """With gamma = beta = 1/2 it is true, and about nothing else."""
    default = replace(
        theorems()["armijo"], prescription={"eta0": theorems()["armijo"].prescription["eta0"]},
        conditions=(), bound=2 * DELTA / N * maximum(L0, 2 * (L0 + L1 * psi_inverse_bound(DELTA))),
    )  # fmt: skip
    setting = settle(problem("x^2/2", [1]), F(1, 10), {"L0": F(1), "L1": F(1)})
    given = {"gamma": F(3, 4), "beta": F(1, 1000)}
    row = verify_along(default, equipped(setting, default), given)
    assert row.verdict.status is Status.INAPPLICABLE


@pytest.mark.parametrize("given", [{"l1": F(1)}, {"Delta": F(1)}, {"M": 4.5}, {"L0": True + 0.5}])
def test_constants_are_known_and_exact(given):
    with pytest.raises(FormulaError, match=r"no constant that can be given|is not exact"):
        settle(QUARTIC, F(1, 100), given)


def test_a_start_may_be_rational():
    made = Problem("own", parse("x^2"), ("x",), (F(1, 2),), lowest=F(0))
    assert made.start[0].value == F(1, 2) and made.lowest.value == 0


def test_a_box_is_checked():
    f = problem("x^2*y^2")
    for box in (((1, 0), (1, 0)), ((0, 1),), ((0.5, 1), (0, 1))):
        with pytest.raises(FormulaError, match="box"):
            membership_nd(f, 1, 1, box=box)


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


@pytest.mark.slow
def test_counts_of_ninety_digits_are_not_walked():
    """T = 1/(8 h x_T^2): needs 512 bits, and no attempt that goes step by step."""
    used = rules()["gd"].with_parameters(h=F(1, 10**92))
    found = count(problem("x^4", [F(10**30)]), used, F(1, 100))
    assert found.earliest == found.latest
    expected = 1 / (8 * 1e-92 * (0.01 / 4) ** (2 / 3))
    assert abs(found.latest / expected - 1) < 1e-9
