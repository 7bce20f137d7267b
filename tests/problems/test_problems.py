"""Every shipped problem: its derivatives, its declared constants, its declared f*, all decided."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import EXACT, NotExact, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, formula
from relaxsmooth.problem import Problem, problem
from relaxsmooth.problems import problems, shipped
from relaxsmooth.problems.exponentials import cosh, log_cosh, softplus
from relaxsmooth.problems.hard import ext, paper1, paper2, ramp
from relaxsmooth.problems.logistic import logistic
from relaxsmooth.problems.phase import phase_retrieval
from relaxsmooth.problems.plane import rosenbrock, separable
from relaxsmooth.problems.powers import norm_power, takezawa
from relaxsmooth.problems.quadratics import quadratic
from relaxsmooth.smoothness import NotDecidable, membership, minimal_L0
from relaxsmooth.smoothness.landscape import landscape
from relaxsmooth.smoothness.several_variables import exact_L0, lowest_nd, membership_nd
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status

F = Fraction
SHIPPED = problems()
KNOWN = [key for key, p in SHIPPED.items() if "L0" in p.constants]
DECLARED = [key for key, p in SHIPPED.items() if p.lowest is not None]
BITS = 200


def on_line(p: Problem) -> bool:
    return p.dimension == 1


@pytest.mark.parametrize("key", SHIPPED)
def test_every_problem_is_found_under_its_key_with_a_title(key):
    p = SHIPPED[key]
    assert p.key == key and p.title and shipped(key) is p
    assert bool(p.lowest_because) == (p.lowest is not None)


def test_an_unknown_problem_names_the_known_ones():
    with pytest.raises(FormulaError, match="'spam' is not known; choose one of cosh, "):
        shipped("spam")


def interval(c: Fraction, h: Fraction, a):
    return a.number(c - h).union(a.number(c + h))


@pytest.mark.parametrize(
    ("key", "order"),
    [
        pytest.param(key, order, marks=pytest.mark.slow if (key, order) == ("twist", 2) else ())
        for key in SHIPPED
        for order in (1, 2)
    ],
)
def test_derivatives_enclose_their_difference_quotients(key, order):
    """(F(x + h e_k) - F(x - h e_k))/2h is a value of dF/dx_k between: no tolerance is needed."""
    p, h, a = SHIPPED[key], F(1, 2**60), ball(BITS)
    values = [p.objective] if order == 1 else list(p.gradient)
    rows = (
        [[g] for g in p.gradient]
        if order == 1
        else [list(row) for row in zip(*p.hessian, strict=True)]
    )
    with a.active():
        x = [F(3 + 2 * i, 7) for i in range(p.dimension)]
        for k, name in enumerate(p.variables):
            ends = [p.at([c + s * h * (i == k) for i, c in enumerate(x)]) for s in (1, -1)]
            high, low = (evaluate(values, at, a) for at in ends)
            wide = {**p.at(x), name: interval(x[k], h, a)}
            for above, below, slope in zip(high, low, evaluate(rows[k], wide, a), strict=True):
                quotient = (above - below) / a.number(2 * h)
                assert slope.overlaps(quotient) and slope.rad() < 1e-12 and quotient.rad() < 1e-30


def test_false_twin_a_wrong_gradient_is_seen():
    p, a = problem("x^4"), ball(BITS)
    with a.active():
        h = F(1, 2**60)
        quotient = (p.value([1 + h], a) - p.value([1 - h], a)) / a.number(2 * h)
        assert not (evaluate(problem("x^4 + x/10^9").gradient[0], {"x": interval(F(1), h, a)}, a)
                    .overlaps(quotient))  # fmt: skip


@pytest.mark.parametrize("key", KNOWN)
def test_declared_constants_are_proved_and_least(key):
    p = SHIPPED[key]
    L0, L1 = p.constants["L0"], p.constants["L1"]
    verdict = membership(p, L0, L1) if on_line(p) else membership_nd(p, L0, L1)
    least = minimal_L0(p, L1).value if on_line(p) else exact_L0(p, L1).value
    assert verdict.status is Status.PROVED and least == L0


@pytest.mark.parametrize("key", [key for key in KNOWN if SHIPPED[key].constants["L0"] > 0])
def test_false_twin_a_smaller_constant_is_refuted(key):
    p = SHIPPED[key]
    L0, L1 = p.constants["L0"] * (1 - F(1, 10**6)), p.constants["L1"]
    verdict = membership(p, L0, L1) if on_line(p) else membership_nd(p, L0, L1)
    assert verdict.status is Status.REFUTED


@pytest.mark.parametrize("key", DECLARED)
def test_declared_f_star_is_the_infimum(key):
    p = SHIPPED[key]
    if on_line(p):
        found = landscape(p).lowest
        assert found.exact == p.lowest.value
    else:
        found = lowest_nd(p)
        assert found.lowest == found.highest == p.lowest.value


@pytest.mark.parametrize("key", ["quartic", "phase_retrieval", "quadratic", "separable"])
def test_false_twin_a_wrong_f_star_is_seen(key):
    wrong = replace(SHIPPED[key], lowest=formula(F(-1, 10**9)))
    found = landscape(wrong).lowest.exact if on_line(wrong) else lowest_nd(wrong).lowest
    assert found != wrong.lowest.value


@pytest.mark.slow
def test_logistic_regression_has_a_certified_infimum_that_is_not_declared():
    found = lowest_nd(shipped("logistic_ridge"))
    assert 0 < found.highest - found.lowest < F(1, 10**10)


@pytest.mark.parametrize("key", ["ext", "ext_steep", "paper1", "paper2", "ramp"])
def test_declared_M_and_Delta_of_the_hard_instances(key):
    p = SHIPPED[key]
    land = landscape(p)
    with ball(BITS).active():
        off = land.M.enclosure(BITS) - ball(BITS).number(p.constants["M"])
    assert off.contains(0) and off.rad() < 1e-50
    if "Delta" in p.constants:
        assert land.Delta.exact == p.constants["Delta"]


# --- the hard instances -------------------------------------------------------------------------


def cycle_step(p: Problem) -> UpdateRule:
    """GD with h = h*(M) = 2 log(1 + L1 M/L0)/(L1 M)."""
    M = p.constants["M"]
    return rule("gd").with_parameters(h=2 * p.start[0] / M)


@pytest.mark.parametrize(("L0", "L1", "M"), [(1, 1, 2), (F(1, 3), 7, 5), (100, F(1, 9), 1)])
def test_gd_cycles_on_ext_at_its_largest_stable_step(L0, L1, M):
    p, a = ext(L0, L1, M), ball(BITS)
    (x,) = evaluate(p.start, {}, a)
    (slope,) = p.slope([x], a)
    (y,) = cycle_step(p).step(p, [x], None, a)[0]
    with a.active():
        assert (slope - M).contains(0) and (y + x).contains(0) and y.rad() < 1e-40


def test_the_first_function_is_no_member_when_L0_is_below_L1():
    assert membership(paper1(7), F(7), F(7)).status is Status.PROVED
    assert membership(paper1(7), F(6), F(7)).status is Status.REFUTED


@pytest.mark.parametrize("L1", [0, 1, 50])
def test_the_second_function_needs_three_eps_for_every_slope(L1):
    assert minimal_L0(paper2(F(1, 5)), L1).value == F(3, 5)


@pytest.mark.parametrize("L1", [0, 1, 50])
def test_the_ramp_has_the_least_width_its_constant_allows(L1):
    p = ramp(F(1, 10), 2, F(3), 4)
    assert minimal_L0(p, L1).value == 3
    assert landscape(p).Delta.exact == 4


def test_ramp_counts_about_delta_over_s_squared_eps_squared_h():
    """GD moves by h s eps per step on the slope, and f falls by h (s eps)^2."""
    p = ramp(F(1, 10), 1, F(1), 2)
    gd = rule("gd").with_parameters(h=F(1, 2))
    x = [p.start[0].value]
    after, _ = gd.step(p, x, None, EXACT)
    assert p.value(x, EXACT) - p.value(after, EXACT) == F(1, 2) * F(1, 100)


# --- families -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "d", "L1"), [(3, 1, 2), (4, 3, 5), (5, 2, 1), (F(7, 2), 1, 1)])
def test_powers_of_the_norm(p, d, L1):
    power = norm_power(p, d, L1)
    if "L0" not in power.constants:
        assert p == F(7, 2)  # (3/2)^(3/2) is irrational
        return
    least = minimal_L0(power, L1).value if d == 1 else exact_L0(power, F(L1)).value
    assert least == power.constants["L0"] == F(p - 2, L1) ** (p - 2)


@pytest.mark.parametrize("a", [F(1, 3), -2])
def test_scaled_exponential_families(a):
    for build in (cosh, log_cosh, softplus):
        p = build(a)
        assert minimal_L0(p, p.constants["L1"]).value == p.constants["L0"]


def test_takezawa_scales_with_its_constants():
    assert minimal_L0(takezawa(7, F(1, 2)), F(1, 2)).value == F(7, 2)


def test_quadratic_declares_f_star_only_where_it_is_finite():
    saddle = quadratic([[1, 2], [2, 1]], [0, 0], [1, 1])
    assert saddle.lowest is None
    bowl = quadratic([[2, 1], [1, 2]], [3, 0], [0, 0])
    assert lowest_nd(bowl).lowest == bowl.lowest.value == -3


def test_logistic_loss_at_zero_is_log_two():
    a = ball(BITS)
    value = shipped("logistic").value([F(0), F(0)], a)
    with a.active():
        assert (value - a.apply("log", a.number(F(2)))).contains(0)


def test_phase_retrieval_vanishes_at_both_signs():
    p = phase_retrieval([(1, 2), (3, -1), (1, 1)], (F(1, 2), -1), (1, 1))
    assert p.value([F(1, 2), F(-1)], EXACT) == p.value([F(-1, 2), F(1)], EXACT) == 0
    assert p.value([F(1), F(1)], EXACT) > 0


def test_never_members_are_refuted_with_small_witnesses():
    for key in ("rosenbrock", "x2y2", "product", "product3"):
        verdict = membership_nd(shipped(key), F(10), F(1))
        assert verdict.status is Status.REFUTED and "no (L0, L1) fits" in verdict.reason


BAD = [
    (lambda: ext(0, 1, 1), "L0 = 0 must be positive"),
    (lambda: ext(1, 1, -2), "M = -2 must be positive"),
    (lambda: paper1(1, F(1, 2)), "M = 1/2 must be at least 1"),
    (lambda: paper2(1, 1), "Delta = 1 is below 5 eps/4"),
    (lambda: ramp(1, 1, 1, F(1, 2)), r"Delta = 1/2 is below 15 s\^2 eps\^2/\(16 L0\) = 15/16"),
    (lambda: norm_power(2, 3), "p = 2, d = 3 must satisfy p > 2"),
    (lambda: cosh(0), "a = 0 makes f constant"),
    (lambda: quadratic([[1, 2], [0, 1]], [0, 0], [0, 0]), "A is not symmetric"),
    (lambda: quadratic([[1]], [0, 0], [0, 0]), "A must be 2 x 2"),
    (lambda: logistic([(1, 2)], [1, 1]), "1 feature rows and 2 labels"),
    (lambda: logistic([(1, 2)], [2]), "labels must be 1 or -1"),
    (lambda: phase_retrieval([], (1, 2), (0, 0)), "must have length 2"),
    (lambda: rosenbrock(-1), "b = -1 must be positive"),
    (lambda: separable([problem("y").objective], [1], "k"), "must be a formula in x alone"),
]


@pytest.mark.parametrize(("build", "message"), BAD)
def test_bad_input_names_the_value_and_the_rule(build, message):
    with pytest.raises(FormulaError, match=message):
        build()


def test_every_start_has_a_value_and_a_slope_that_is_not_zero():
    for p in SHIPPED.values():
        a = ball(BITS)
        x = evaluate(p.start, {}, a)
        assert p.value(x, a).is_finite()
        with a.active():
            assert p.key == "himmelblau" or a.norm(p.slope(x, a)) > 0


def test_exact_evaluation_declines_or_agrees_with_balls():
    for p in SHIPPED.values():
        x = [F(2)] * p.dimension
        try:
            exact = p.value(x, EXACT)
        except NotExact:
            continue
        with ball(BITS).active():
            assert p.value(x, ball(BITS)).overlaps(ball(BITS).number(exact))


def test_functions_outside_the_decided_family_say_so():
    with pytest.raises(NotDecidable):
        minimal_L0(problem("exp(x^2)"), 1)
