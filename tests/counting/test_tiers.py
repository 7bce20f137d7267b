"""Every tier counts what an independent 300-bit iteration counts, and nothing else."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from functools import cache

import flint
import mpmath
import pytest
from orbits import ESCAPED, Case, cases

from relaxsmooth.arithmetic import ball
from relaxsmooth.compiled import enclose, loops
from relaxsmooth.counting import Count, count, drifting, julia
from relaxsmooth.problem import problem
from relaxsmooth.problems.hard import paper2
from relaxsmooth.text import parse
from relaxsmooth.updates import rule

QUARTIC = problem("x^4", [Fraction(3, 2)])
GD = rule("gd").with_parameters(h=Fraction(1, 160))
TIERS = ("auto", "compiled", "abel", "balls")
LIMIT = 600


@cache
def known_orbits(number: int) -> list[tuple[Case, int | str | None]]:
    return [(case, case.orbit_count(LIMIT)) for case in cases(seed=11, number=number)]


def agrees(found: Count, truth: int | str | None) -> bool:
    """Whether the certified bounds admit what the orbit shows within LIMIT."""
    lowest = truth if isinstance(truth, int) else LIMIT + 1
    if found.earliest > lowest and isinstance(truth, int):
        return False
    return found.latest is None or found.latest >= lowest


@pytest.mark.parametrize(
    ("number", "least"), [(6, 2), pytest.param(26, 13, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("method", TIERS)
def test_each_tier_agrees_with_an_independent_orbit(method, number, least):
    exact = 0
    for case, truth in known_orbits(number):
        if truth == ESCAPED and method != "auto":
            continue
        found = count(case.problem, case.rule, case.epsilon, method=method, limit=3 * LIMIT)
        assert agrees(found, truth), (case.text, case.rule.parameters, str(found), truth)
        exact += found.exact
    assert exact >= least


@pytest.mark.parametrize("method", ["compiled", "abel"])
@pytest.mark.parametrize(
    ("epsilon", "steps"), [(Fraction(1, 10**4), 23378), (Fraction(3, 10**7), 1124560)]
)
def test_published_counts_of_the_quartic(method, epsilon, steps):
    found = count(QUARTIC, GD, epsilon, method=method)
    assert (found.earliest, found.latest) == (steps, steps)


def around_the_turn(method: str, margin: Fraction, k: int = 2345) -> list[tuple]:
    """The counts for eps just below and just above |f'(x_k)| of the quartic: k + 1 and k."""
    case = Case(
        "x^4", lambda x: 4 * x**3, GD, lambda g: mpmath.mpf(1) / 160, Fraction(3, 2), Fraction(1)
    )
    norm = Fraction(mpmath.nstr(case.norm_at(k), 40))
    found = [count(QUARTIC, GD, norm * (1 + sign * margin), method=method) for sign in (-1, 1)]
    return [(c.earliest - k, c.latest - k) for c in found]


@pytest.mark.parametrize(
    ("method", "margin"), [("auto", 10**9), ("compiled", 10**9), ("abel", 10**6), ("balls", 10**25)]
)
def test_the_count_turns_exactly_at_the_gradient_norm(method, margin):
    assert around_the_turn(method, Fraction(1, margin)) == [(1, 1), (0, 0)]


def test_a_turn_too_sharp_for_the_tier_is_bracketed_not_guessed():
    assert around_the_turn("abel", Fraction(1, 10**12)) == [(0, 1), (0, 1)]


def test_compiled_enclosures_contain_the_orbit_and_false_twins_do_not(monkeypatch):
    step = parse("x - x^3/40")
    region = (0.001, 2.0, math.inf, math.inf)
    with ball(300).active():
        x = flint.arb(1.5)
        for _ in range(5000):
            x = x - x * x * x / 40
    _, low, high = enclose(step, "x", True)(1.5, 1.5, region, 5000)
    assert flint.arb(low) < x < flint.arb(high)

    honest = loops.emit_bounded
    enclose.cache_clear()

    def planted(m, root, values):
        v, b = honest(m, root, values)
        return v, m.mul(m.constant(1e-3), b)

    monkeypatch.setattr(loops, "emit_bounded", planted)
    _, low, high = enclose(step, "x", True)(1.5, 1.5, region, 5000)
    enclose.cache_clear()
    assert not (flint.arb(low) < x < flint.arb(high))


@pytest.mark.parametrize("wrong", [(0, 1), (1, 0, 1), (0, 2)])
def test_false_twin_a_wrong_abel_coefficient_is_caught(monkeypatch, wrong):
    """One coefficient of the density is off by half, the bound of its error is not: T moves."""
    honest = julia.abel

    def perturbed(order):
        q, left, J = honest(order)
        return {**q, wrong: q[wrong] * Fraction(3, 2)}, left, J

    monkeypatch.setattr(drifting, "abel", perturbed)
    assert around_the_turn("abel", Fraction(1, 10**6)) != [(1, 1), (0, 0)]


def test_the_abel_density_cancels_every_lower_weight():
    for order in (2, 3, 4, 5):
        _, left, _ = julia.abel(order)
        assert min(julia.weight(m) for m in left) >= order


def test_stretches_of_constant_steps_are_skipped_exactly():
    hard = paper2(Fraction(1, 10**8), Fraction(1))
    found = count(hard, rule("gd").with_parameters(h=Fraction(1, 2)), Fraction(1, 10**8))
    assert found.exact
    assert found.how[0].how == "skipped exactly"
    assert found.how[0].steps == 4999999937500000
    assert found.earliest == 5000000020152775


@pytest.mark.parametrize(
    "delta",
    [Fraction(29, 7), *(pytest.param(Fraction(d), marks=pytest.mark.slow) for d in ("3", "17/5"))],
)
def test_the_skip_agrees_with_single_steps_on_a_short_version(delta):
    hard = paper2(Fraction(1, 10), delta)
    gd = rule("gd").with_parameters(h=Fraction(1, 7))
    counts = {count(hard, gd, Fraction(1, 10), method=m).earliest for m in (*TIERS, "skip")}
    assert len(counts) == 1


def test_affine_steps_are_skipped_exactly():
    square = problem("x^2/2", [Fraction(3)])
    gd = rule("gd").with_parameters(h=Fraction(1, 10**12))
    found = count(square, gd, Fraction(1, 10**6))
    # (1 - h)^T 3 <= 1e-6
    with mpmath.workprec(200):
        h = mpmath.mpf(10) ** -12
        expected = int(mpmath.ceil(mpmath.log(3 * mpmath.mpf(10) ** 6) / -mpmath.log1p(-h)))
    assert found.exact
    assert found.earliest == expected


def test_a_slow_drift_of_5e9_steps_is_counted_exactly():
    found = count(QUARTIC, GD, Fraction(1, 10**12))
    assert found.exact
    assert found.earliest == 5039684176


@pytest.mark.parametrize("digits", [30, pytest.param(60, marks=pytest.mark.slow)])
def test_counts_of_40_digits_agree_with_the_asymptotic_expansion(digits):
    """v = 1/x² obeys v+ = v + 2c + 3c²/v + ..., c = 4h, so with v_0 = 10^6 and T up to 3e40

    T = (v_T - v_0 - (3c/2) log(v_T/v_0))/(2c) + O(c/v_0),     4 v_T^(-3/2) = eps.
    """
    gd = rule("gd").with_parameters(h=Fraction(1, 10))
    found = count(problem("x^4", [Fraction(1, 1000)]), gd, Fraction(1, 10**digits))
    with mpmath.workprec(400):
        c, first = mpmath.mpf(4) / 10, mpmath.mpf(10) ** 6
        last = (4 * mpmath.mpf(10) ** digits) ** (mpmath.mpf(2) / 3)
        expected = (last - first - 3 * c / 2 * mpmath.log(last / first)) / (2 * c)
        assert abs(expected - mpmath.nint(expected)) > 1e-3
        assert found.earliest == found.latest == int(mpmath.ceil(expected))


def test_a_zigzag_with_an_affine_step_is_skipped_exactly():
    delta = Fraction(1, 10**12)
    found = count(problem("x^2/2", [3]), rule("gd").with_parameters(h=2 - delta), Fraction(1, 1000))
    with mpmath.workprec(200):
        factor = 1 - mpmath.mpf(10) ** -12
        expected = int(mpmath.ceil(mpmath.log(mpmath.mpf(3000)) / -mpmath.log(factor)))
    assert found.earliest == found.latest == expected


def test_a_count_is_a_frozen_record():
    found = count(QUARTIC, GD, Fraction(1, 100))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.earliest = 0
