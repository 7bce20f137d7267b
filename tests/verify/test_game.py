"""Lower bounds as games, the upper bounds that end them, and the equivalence."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from relaxsmooth.arithmetic import EXACT, ball
from relaxsmooth.counting import count
from relaxsmooth.equivalence import first_negative, verify_equivalence
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import symbol
from relaxsmooth.game import (
    answers,
    at_step,
    forced,
    largest_safe_step,
    least_decrease,
    lower_bound,
    tuned_upper_bound,
)
from relaxsmooth.least import least_value
from relaxsmooth.lower import case, verify_lower
from relaxsmooth.problems import shipped
from relaxsmooth.problems.hard import paper1
from relaxsmooth.problems.zigzag import zigzag
from relaxsmooth.rounding import lower_end, round_down, round_up, upper_end
from relaxsmooth.setting import settle
from relaxsmooth.smoothness import landscape, membership
from relaxsmooth.text import parse
from relaxsmooth.theorem import Kind
from relaxsmooth.theorems import theorems
from relaxsmooth.theorems.class_inequalities import CLIPPED_IN_UNITS, NORMALIZED_IN_UNITS
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status
from relaxsmooth.worstcase import worst_steps

SMALL = case("1", "2", "100", "1/100")
FAMOUS = case("1", "1000000", "2", "1/1000000")


def values(L1M, share, gaps=10):
    """L0 = 1, M = 2, eps = share M, Delta = gaps psi(M), and L1 from L1 M/L0."""
    return case("1", str(Fraction(L1M) / 2), "2", str(2 * Fraction(share)), gaps)


TABLE = [
    pytest.param("1/100", "1/10", marks=pytest.mark.slow), ("1", "1/2"), ("1000000", "1/10"),
]  # fmt: skip


@pytest.mark.parametrize(("L1M", "share"), TABLE)
def test_both_ends_of_the_complexity_are_certified_and_close(L1M, share):
    at = values(L1M, share)
    low, high = lower_bound(at), tuned_upper_bound(at)
    assert low.steps is not None
    assert low.steps <= high.steps <= low.steps * Fraction(107, 100) + 1


def test_the_adversary_answers_every_step_size_with_members():
    found = lower_bound(SMALL)
    assert found.answers[0].low == 0 and found.answers[-1].high is None
    assert all(a.high == b.low for a, b in pairwise(found.answers))
    for answer in found.answers:
        assert membership(answer.example, SMALL["L0"], SMALL["L1"]).status is Status.PROVED


@pytest.mark.parametrize("dropped", [0, 2, -1])
def test_false_twin_a_gap_between_the_intervals_is_found(dropped):
    moves = list(answers(SMALL))
    del moves[dropped]
    found = lower_bound(SMALL, moves)
    assert found.steps is None and "no answer to h" in found.reason


def test_false_twin_a_hard_function_outside_the_class_is_rejected():
    moves = list(answers(SMALL))
    moves[1] = replace(moves[1], example=paper1(3))  # its least L0 is 3, and L0 = 1 here
    found = lower_bound(SMALL, moves)
    assert found.steps is None and "not in the class" in found.reason


@pytest.mark.parametrize("place", [0, -1])
def test_false_twin_a_function_beyond_its_interval_is_rejected(place):
    moves = list(answers(SMALL))
    if place:  # EXT at a step below h*(M), where it converges
        earlier = [replace(moves[-2], high=moves[-2].high * Fraction(9, 10))]
        moves = moves[:-2] + earlier + [replace(moves[-1], low=earlier[0].high)]
    else:  # a zigzag at a step above h*(c)
        moves = [replace(moves[0], high=moves[-1].low * 10**6), moves[-1]]
    found = lower_bound(SMALL, moves)
    assert found.steps is None and "needs h" in found.reason


def test_false_twin_one_step_too_many_is_rejected():
    moves = list(answers(SMALL))
    moves[3] = replace(moves[3], steps=moves[3].steps + 1)
    assert "does not force" in lower_bound(SMALL, moves).reason


@pytest.mark.parametrize("share", ["1", pytest.param("1/2", marks=pytest.mark.slow)])
@pytest.mark.parametrize("L1M", ["1/100", "1", "1000"])
def test_a_zigzag_keeps_its_gradient_for_the_steps_it_claims(L1M, share):
    at = values(L1M, "1/3", gaps=2)
    h = round_down(Fraction(share) * lower_end(largest_safe_step(at)), 20)
    c = at["eps"] * Fraction(1001, 1000)
    N = min(forced(c, h, at), 5)
    hard = zigzag(c, h, N, at["L0"], at["L1"])
    found = count(hard, rule("gd").with_parameters(h=h), at["eps"])
    assert found.earliest >= N
    land = landscape(hard)
    assert land.M.exact == c
    assert ball().number(at["Delta"]) >= land.Delta.enclosure(128)


@pytest.mark.parametrize("key", ["quartic", "tilted_well", "softplus", "log_cosh", "ext", "zigzag"])
@pytest.mark.parametrize(
    "share",
    [Fraction(31, 32), *(pytest.param(Fraction(k, 4), marks=pytest.mark.slow) for k in (1, 3))],
)
def test_no_function_takes_longer_than_the_upper_bound(key, share):
    setting = settle(shipped(key), Fraction(1, 20))
    h = round_down(share * lower_end(largest_safe_step(setting.values)))
    found = count(setting.problem, rule("gd").with_parameters(h=h), setting.epsilon)
    assert found.latest is not None
    assert found.latest <= at_step(h, setting.values).steps


@pytest.mark.parametrize(("L1M", "share"), TABLE)
def test_the_least_decrease_is_certified_and_close(L1M, share):
    at = values(L1M, share)
    h = round_down(Fraction(7, 10) * lower_end(largest_safe_step(at)))
    least, _ = least_decrease(h, at)
    L0, L1, M, eps = (float(at[n]) for n in ("L0", "L1", "M", "eps"))

    def u(g):
        return math.log1p(L1 * g / L0) / L1

    def height(d):
        return L0 / L1**2 * (math.expm1(L1 * abs(d)) - L1 * abs(d))

    seen = []
    for k in range(2001):
        g = eps * (M / eps) ** (k / 2000)
        end = u(g) - float(h) * g
        fall = height(u(g)) - height(end)
        if abs(end) < u(eps):
            fall = height(u(g)) + height(u(eps)) - 2 * height((end + u(eps)) / 2)
        seen.append(fall)
    assert 0.995 * min(seen) <= float(least) <= min(seen) * (1 + 1e-6)


@pytest.mark.parametrize(("L1M", "share"), [("1", "1/10"), ("1/10", "1/3")])
def test_the_worst_case_of_one_step_size_is_the_zigzag(L1M, share):
    """The general search for worst cases, which knows no M, finds the same number of steps."""
    at = values(L1M, share, gaps=3)
    h = round_down(Fraction(7, 10) * lower_end(largest_safe_step(at)))
    gd = rule("gd").with_parameters(h=h)
    found = worst_steps(gd, at["eps"], at["L0"], at["L1"], at["Delta"])
    assert found.lower == found.upper == forced(at["eps"], h, at)


def test_no_step_at_or_above_the_largest_safe_one_is_tuned():
    assert at_step(round_up(upper_end(largest_safe_step(SMALL))), SMALL) is None


@pytest.mark.parametrize("key", ["theorem4-line", "theorem4-line-sharp"])
@pytest.mark.parametrize("factor", [Fraction(2), Fraction(8)])
def test_false_twin_the_bound_times_2_falls(key, factor):
    theorem = theorems()[key]
    assert verify_lower(theorem, SMALL).verdict.status is Status.PROVED
    twin = replace(theorem, bound=factor * theorem.bound)
    assert verify_lower(twin, SMALL).verdict.status is Status.REFUTED


def test_false_twin_three_per_thousand_more_than_the_sharp_bound_is_refuted():
    theorem = theorems()["theorem4-line-sharp"]
    for factor, expected in (("1001/1000", Status.REFUTED), ("10001/10000", Status.UNDECIDED)):
        twin = replace(theorem, bound=Fraction(factor) * theorem.bound)
        assert verify_lower(twin, SMALL).verdict.status is expected


def test_the_literal_theorem_is_refuted_with_both_numbers_certified():
    row = verify_lower(theorems()["zhang2020-theorem4"], FAMOUS)
    assert row.verdict.status is Status.REFUTED
    assert row.finding == "theorem4-as-printed"
    assert isinstance(row.measured, int)
    assert row.bound > row.measured
    assert row.ratio == pytest.approx(0.482, abs=0.005)


def test_the_tuned_bound_is_just_above_the_repaired_lower_bound():
    tuned = tuned_upper_bound(FAMOUS)
    lower = evaluate(theorems()["theorem4-line"].bound, FAMOUS, ball())
    assert lower < tuned.steps < lower * Fraction(1001, 1000).numerator / 1000


def test_a_lower_bound_whose_hypothesis_fails_does_not_apply():
    values = {**SMALL, "Delta": Fraction(1)}  # psi(100) > 1
    for key in ("theorem4-line", "zhang2020-theorem4"):
        row = verify_lower(theorems()[key], values)
        assert row.verdict.status is Status.INAPPLICABLE
        assert "Delta" in row.verdict.reason


@pytest.mark.slow
def test_no_function_has_psi_of_M_above_delta_even_where_the_bound_is_not_positive():
    """psi(100) = 95.4 at Delta = 1: there is no such function, and nothing to be PROVED."""
    at = {**case("1", "1", "100", "50"), "Delta": Fraction(1)}
    for key in ("zhang2020-theorem4", "theorem4-line", "theorem4-line-sharp"):
        assert verify_lower(theorems()[key], at).verdict.status is Status.INAPPLICABLE


@pytest.mark.parametrize("L1", ["1", "1/10000000000"])
def test_an_eps_close_to_M_still_has_its_zigzags(L1):
    """h*(c) exceeds h*(M) by a share of about L1 (M - c)/L0: h1 needs as many bits."""
    at = case("1", L1, "1", f"{10**14 - 1}/{10**14}")
    low, high = lower_bound(at), tuned_upper_bound(at)
    assert low.steps == high.steps == 5


def test_a_gap_of_many_steps_is_answered_to_the_last_digits():
    at = {**case("1", "1/1000000", "1", "1/2"), "Delta": Fraction(10**40)}
    assert verify_lower(theorems()["theorem4-line-sharp"], at).verdict.status is Status.PROVED


def test_the_plane_claim_is_never_more_than_consistent():
    row = verify_lower(theorems()["theorem4-plane"], SMALL)
    assert row.verdict.status is Status.CONSISTENT
    assert "step sizes the adversary" in row.verdict.reason


@pytest.mark.parametrize(
    ("text", "low", "high", "least"),
    [("x^2 - 2x + 3", "1/2", "4", 2), ("x + 1/x", "1/8", "100", 2), ("|x - 1| + x", "1/2", "3", 1)],
)
def test_least_value_is_certified_and_close(text, low, high, least):
    found, _ = least_value(parse(text), "x", Fraction(low), Fraction(high))
    assert least * Fraction(99, 100) <= found <= least


def test_rounding_up_never_goes_down():
    for k in range(1, 200):
        x = Fraction(10**12 + k, 7 * k + 1)
        assert x <= round_up(x, 20) <= x * (1 + Fraction(1, 2**18))


def test_the_equivalence_is_proved_with_its_exact_constants():
    assert verify_equivalence().verdict.status is Status.PROVED


@pytest.mark.parametrize("low", ["501/1000", "3/4"])
def test_false_twin_a_larger_left_constant_has_a_witness(low):
    gap = NORMALIZED_IN_UNITS - Fraction(low) * CLIPPED_IN_UNITS
    t = first_negative(gap)
    assert t is not None
    assert evaluate(gap, {"g": t}, EXACT) < 0


def test_a_polynomial_without_negative_values_has_no_witness():
    assert first_negative((symbol("t") - 3) ** 2) is None
    assert first_negative((symbol("t") - 3) ** 2 - Fraction(1, 10**40)) is not None


def test_lower_bounds_are_all_for_fixed_step_gd():
    assert {t.rule for t in theorems().values() if t.kind is Kind.LOWER} == {"gd"}
