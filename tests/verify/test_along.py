"""Bounds on averages and gaps: the measures themselves, verdicts, tightness, and false twins."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice

import flint
import pytest

from relaxsmooth.along import measured, verify_along
from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import number
from relaxsmooth.needs import LOCAL_FACTOR, equipped
from relaxsmooth.problem import problem
from relaxsmooth.problems import shipped
from relaxsmooth.setting import settle
from relaxsmooth.symbols import DELTA, N
from relaxsmooth.theorem import Assumption, Measure
from relaxsmooth.theorems import theorems
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status
from relaxsmooth.verify import one

F = Fraction

THEOREMS = theorems()
# g stays 1 for two steps of length 1 and then falls to 0: the worst case of GD at h = 1/L, N = 2
WORST = "piecewise(x <= -2, -5/4, x <= -1, (x + 2)^2/2 - 5/4, x <= -1/2, -x^2/2 - 1/4, x + x^2/2)"


def status(theorem, setting):
    return one(theorem, setting).verdict.status


@pytest.mark.parametrize(
    ("measure", "exact"),
    [
        (Measure.MIN_GRAD, [F(1), F(1, 2), F(1, 4)]),
        (Measure.AVG_GRAD, [F(1), F(3, 4), F(7, 12)]),
        (Measure.AVG_GRAD_SQ, [F(1), F(5, 8), F(7, 16)]),
        (Measure.BEST_GAP, [F(1, 2), F(1, 8), F(1, 32)]),
        (Measure.LAST_GAP, [F(1, 2), F(1, 8), F(1, 32)]),  # from N = 0 on
        (Measure.AVG_ITERATE_GAP, [F(1, 2), F(9, 32), F(49, 288)]),
    ],
)
def test_a_measure_is_what_it_says(measure, exact):
    halving, a = rule("gd").with_parameters(h=F(1, 2)), ball(128)  # x_k = 2^-k on x^2/2
    marks = list(islice(measured(measure, shipped("parabola"), halving, a, a.number(F(0))), 3))
    assert [m.N for m in marks] == [k + (measure is not Measure.LAST_GAP) for k in range(3)]
    for mark, value in zip(marks, exact, strict=True):
        with a.active():
            assert mark.value.contains(a.number(value)) and mark.value.rad() < 1e-30


def test_the_anchor_is_attained_and_falls_by_one_percent():
    setting = settle(problem(WORST, [0]), F(1, 2), {"L0": F(1), "L1": F(1)})
    anchor = THEOREMS["smooth-anchor"]
    row = one(anchor, setting)
    assert row.verdict.status is Status.PROVED and row.ratio == pytest.approx(1, abs=1e-12)
    assert "tightest at N = 2" in row.verdict.reason
    row = one(replace(anchor, bound=anchor.bound * F(995, 1000)), setting)
    assert row.verdict.status is Status.REFUTED  # 4 L Delta/(3N - 1) divided by 1.01
    assert row.verdict.witness["N"] == 2


@pytest.mark.parametrize("power", [2, 3])
def test_false_twin_a_faster_rate_is_refuted(power):
    setting = settle(shipped("short_ramp"), F(1, 20))
    armijo = THEOREMS["armijo"]
    assert status(armijo, setting) is Status.PROVED
    assert status(replace(armijo, bound=armijo.bound / N ** (power - 1)), setting) is Status.REFUTED


def test_false_twin_a_bound_on_the_last_gap_is_no_bound_on_the_average():
    setting = settle(shipped("ext_steep"), F(1, 10))
    linear = THEOREMS["lobanov2024-linear"]
    assert status(linear, setting) is Status.PROVED
    twin = replace(linear, phase=None, bound=linear.bound / 10, measure=Measure.AVG_ITERATE_GAP)
    assert status(twin, setting) is Status.REFUTED


def test_a_claim_about_a_phase_is_judged_in_it_only():
    setting = settle(shipped("ext_steep"), F(1, 10))
    linear = THEOREMS["lobanov2024-linear"]
    twin = replace(linear, bound=DELTA / 64 * (1 + 1 / N))
    assert "N = 1, ..., 7;" in one(linear, setting).verdict.reason
    assert status(twin, setting) is Status.REFUTED
    late = settle(shipped("quartic"), F(1, 10))
    row = one(linear, late)
    assert row.verdict.status is Status.INAPPLICABLE and "phase" in row.verdict.reason


def test_a_count_is_compared_to_the_last_step_above_the_target():
    setting = settle(shipped("short_ramp"), F(1, 4))
    t = THEOREMS["vankov2024-convex-optimal"]
    row = one(t, setting)
    assert row.verdict.status is Status.PROVED and row.measured == 85
    for count, expected in ((85, Status.PROVED), (84, Status.REFUTED)):
        assert status(replace(t, bound=number(count)), setting) is expected


def test_the_walk_stops_where_only_precision_ends_it():
    setting = settle(shipped("log_cosh"), F(1, 10))
    twin = replace(THEOREMS["vankov2024-polyak"], bound=DELTA * 10**6 / N)
    row = one(twin, setting)
    assert row.verdict.status is Status.PROVED
    assert "where ‖∇f‖ < 2^-64 eps" in row.verdict.reason


@pytest.mark.parametrize(
    ("function", "x0", "reason"),
    [
        ("(x^2 - 1)^2", [3], "f is convex: f'' = "),
        ("log(1 + exp(x))", [1], "f has a minimiser within R of x0: f' has no zero"),
        ("(x*y - 1)^2 + x^4 + y^4", [1, 1], "f is convex: v'∇²f v = "),
    ],
)
def test_a_convex_bound_does_not_apply_and_says_why(function, x0, reason):
    setting = settle(problem(function, x0), F(1, 2), {"L0": F(50), "L1": F(8)})
    row = one(THEOREMS["relaxed-convex"], setting)
    assert row.verdict.status is Status.INAPPLICABLE
    assert reason in row.verdict.reason


def test_a_declared_minimum_never_proves_nor_refutes():
    p = replace(shipped("parabola"), lowest=number(F(-1)), lowest_because="declared with --f-star")
    setting = settle(p, F(1, 10), {"L1": F(1)})
    setting = replace(
        setting,
        decided={
            **setting.decided,
            Assumption.BOUNDED_BELOW: replace(
                setting.decided[Assumption.BOUNDED_BELOW], status=Status.CONSISTENT
            ),
        },
    )
    armijo = THEOREMS["armijo"]
    assert status(armijo, setting) is Status.CONSISTENT
    assert status(replace(armijo, bound=armijo.bound / 10**6), setting) is Status.UNDECIDED


def test_the_factor_between_the_classes_is_the_least_up_to_rounding():
    least = 1 / flint.arb(2).log()
    assert least <= flint.arb(LOCAL_FACTOR.numerator) / LOCAL_FACTOR.denominator
    assert LOCAL_FACTOR - F(1, 1000) < F(1442695, 10**6)
    found = equipped(settle(shipped("parabola"), F(1)), THEOREMS["takezawa2024-polyak"])
    assert found.values["L0"] == LOCAL_FACTOR * settle(shipped("parabola"), F(1)).values["L0"]
    assert found.values["L"] == 1


def test_the_step_of_polyak_needs_the_exact_minimum():
    setting = settle(problem("x^4/4 - 2x", [2]), F(1, 10), {"L1": F(1)})
    row = one(THEOREMS["vankov2024-polyak"], setting)
    assert row.verdict.status is Status.UNDECIDED and "--f-star" in row.verdict.reason


def test_steps_planned_for_N_are_judged_at_that_N():
    setting = settle(shipped("quartic"), F(1, 2))
    t = THEOREMS["vankov2024-fixed-length-sharper"]
    guess = verify_along(t, equipped(setting, t), {"Rhat": F(3)})
    assert guess.verdict.status is Status.PROVED
    assert guess.parameters["Rhat"].value == 3
    assert status(replace(t, bound=t.bound / 20), setting) is Status.REFUTED


@pytest.mark.parametrize(
    ("function", "x0", "key", "epsilon"),
    [
        ("(x + y)^2", [1, 2], "smooth-anchor", F(1, 10)),  # equality of irrational norms at N = 1
        ("x^2/20", [1], "relaxed-convex", F(1, 20)),  # f(x0) - f* is the target itself
        ("|x|^3", [2], "armijo", F(1, 10)),
    ],
)
def test_a_tie_at_the_start_is_decided_exactly(function, x0, key, epsilon):
    setting = settle(problem(function, x0), epsilon, {"L1": F(1)} if "3" not in function else {})
    assert status(THEOREMS[key], setting) is Status.PROVED


def test_a_polynomial_of_several_variables_has_no_lipschitz_gradient():
    row = one(
        THEOREMS["smooth-anchor"], settle(shipped("himmelblau"), F(1), {"L0": F(90), "L1": F(4)})
    )
    assert row.verdict.status is Status.INAPPLICABLE
    assert "degree > 2" in row.verdict.reason or "L0 + L1" in row.verdict.reason


@pytest.mark.slow
def test_a_last_gap_is_walked_to_its_bound_unless_f_never_rises():
    setting = settle(shipped("short_ramp"), F(1, 4))
    falling = THEOREMS["vankov2024-convex-clipped"]
    row = one(falling, setting)
    assert row.verdict.status is Status.PROVED
    assert "walked to N = 248; then Theorem 3.1" in row.verdict.reason
    unknown = one(replace(falling, descends=""), setting)
    assert (
        unknown.verdict.status is Status.PROVED and "walked to N = 1670" in unknown.verdict.reason
    )
