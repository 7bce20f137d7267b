"""Lower bounds as games, the upper bounds that end them, and the equivalence."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import EXACT, ball
from relaxsmooth.equivalence import first_negative, verify_equivalence
from relaxsmooth.formula import evaluate, symbol
from relaxsmooth.game import answer, largest_safe_step, least_value, play, tuned_upper_bound
from relaxsmooth.lower import case, verify_lower
from relaxsmooth.rounding import lower_end, round_up
from relaxsmooth.smoothness import membership
from relaxsmooth.text import parse
from relaxsmooth.theorem import Kind
from relaxsmooth.theorems import theorems
from relaxsmooth.theorems.class_inequalities import CLIPPED_IN_UNITS, NORMALIZED_IN_UNITS
from relaxsmooth.verdict import Status

SMALL = case("1", "2", "100", "1/100")
FAMOUS = case("1", "1000000", "2", "1/1000000")


def test_the_adversary_answers_with_members_of_the_class():
    limit = lower_end(largest_safe_step(SMALL))
    for part in (Fraction(1, 8), Fraction(9, 10), Fraction(999, 1000), Fraction(3, 2)):
        hard = answer(part * limit, SMALL)
        assert membership(hard, SMALL["L0"], SMALL["L1"]).status is Status.PROVED


def test_every_move_reaches_the_repaired_bound():
    bound = evaluate(theorems()["theorem4-line"].bound, SMALL, ball())
    moves = play(SMALL)
    assert all(m.count.exact for m in moves)
    assert all(m.count.infinite or bound <= m.count.earliest for m in moves)
    assert [m.count.infinite for m in moves][-2:] == [True, True]  # EXT beyond h*(M)


def test_false_twin_the_bound_times_two_falls_short():
    from dataclasses import replace

    twin = replace(theorems()["theorem4-line"], bound=2 * theorems()["theorem4-line"].bound)
    assert verify_lower(theorems()["theorem4-line"], SMALL).verdict.status is Status.CONSISTENT
    assert verify_lower(twin, SMALL).verdict.status is not Status.CONSISTENT


def test_the_literal_theorem_is_refuted_with_both_numbers_certified():
    row = verify_lower(theorems()["zhang2020-theorem4"], FAMOUS)
    assert row.verdict.status is Status.REFUTED
    assert row.finding == "theorem4-as-printed"
    assert isinstance(row.measured, Fraction)
    assert row.bound > ball().number(row.measured)
    assert row.ratio == pytest.approx(0.482, abs=0.005)


def test_the_tuned_bound_is_above_the_repaired_lower_bound():
    tuned = tuned_upper_bound(FAMOUS)
    lower = evaluate(theorems()["theorem4-line"].bound, FAMOUS, ball())
    assert ball().number(tuned.bound) > lower
    assert ball().number(tuned.bound) < 2 * lower


def test_a_lower_bound_whose_hypothesis_fails_does_not_apply():
    values = {**SMALL, "Delta": Fraction(1)}  # psi(100) > 1
    row = verify_lower(theorems()["theorem4-line"], values)
    assert row.verdict.status is Status.INAPPLICABLE
    assert "Delta" in row.verdict.reason


def test_the_plane_claim_is_never_more_than_consistent():
    row = verify_lower(theorems()["theorem4-plane"], SMALL)
    assert row.verdict.status is Status.CONSISTENT
    assert "recorded claim" in row.verdict.reason


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
