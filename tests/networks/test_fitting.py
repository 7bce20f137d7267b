"""Fits of (L0, L1): planted constants are found, wrong ones refuted, weak evidence flagged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.fitting import (
    bootstrap,
    correlation,
    least_squares_line,
    partial_correlation,
    points,
    power_model,
    quantile_line,
    refute,
    stability,
    upper_envelope,
)
from relaxsmooth.verdict import Status

RNG = np.random.default_rng(0)
G = np.exp(RNG.uniform(-4, 3, 200))
NOISE = np.exp(RNG.normal(0, 0.1, 200))


def planted(L0=2.0, L1=3.0, p=1.0, noise=NOISE):
    return points(G, (L0 + L1 * G**p) * noise)


pairs = st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(0, 1e3)), min_size=1, max_size=30)


@given(pairs)
def test_every_point_lies_below_the_envelope_and_some_touch_it(drawn):
    g, L = zip(*drawn, strict=True)
    p = points(g, L)
    line = upper_envelope(p)
    slack = line.at(p.g) - p.L
    assert line.L0 >= 0 and line.L1 >= 0
    assert slack.min() >= -1e-9 * (1 + p.L.max())
    assert slack.min() <= 1e-6 * (1 + p.L.max())


def test_the_envelope_of_a_line_is_the_line():
    line = upper_envelope(planted(noise=1.0))
    assert (pytest.approx(2, rel=1e-6), pytest.approx(3, rel=1e-6)) == (line.L0, line.L1)


def test_no_cheaper_line_lies_above_all_points():
    """The programme is optimal: brute force over all pairs of points finds nothing less."""
    p = points(G[:25], (2 + 3 * G[:25]) * NOISE[:25])
    line = upper_envelope(p)
    cost = line.L0 + line.L1 * p.g.mean()
    for i in range(25):
        for j in range(i):
            L1 = (p.L[i] - p.L[j]) / (p.g[i] - p.g[j])
            L0 = p.L[i] - L1 * p.g[i]
            if L0 >= 0 and L1 >= 0 and (L0 + L1 * p.g >= p.L - 1e-12).all():
                assert L0 + L1 * p.g.mean() >= cost - 1e-9


def test_the_quantile_line_has_its_share_of_points_below():
    p = planted()
    for tau in (0.5, 0.9):
        line = quantile_line(p, tau)
        assert (line.at(p.g) + 1e-9 >= p.L).mean() == pytest.approx(tau, abs=0.02)


def test_least_squares_intervals_hold_the_planted_constants():
    line = least_squares_line(points(G, 2 + 3 * G + RNG.normal(0, 0.3, 200)), resamples=300)
    for (low, high), truth in ((line.L0_interval, 2), (line.L1_interval, 3)):
        assert low <= truth <= high and high - low < 0.15


@pytest.mark.slow
def test_least_squares_intervals_cover_as_often_as_they_say():
    rng, hits = np.random.default_rng(3), 0
    for i in range(200):
        p = points(G, 2 + 3 * G + rng.normal(0, 0.3, 200))
        low, high = least_squares_line(p, 200, level=0.9, block=1, seed=i).L1_interval
        hits += low <= 3 <= high
    assert 167 <= hits <= 195  # within 3 standard deviations of 180


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say():
    """Independent samples of a planted exponent: nine of ten 90 % intervals, give or take."""
    rng, hits = np.random.default_rng(1), 0
    for i in range(40):
        g = np.exp(rng.uniform(-3, 3, 60))
        p = points(g, (0.5 + g**1.5) * np.exp(rng.normal(0, 0.2, 60)))
        low, high = power_model(p, resamples=60, level=0.9, block=1, seed=i).exponent_interval
        hits += low <= 1.5 <= high
    assert hits >= 29  # below it with probability 1e-3 if the coverage were 0.9


@pytest.mark.parametrize(
    "truth", [2.2, *(pytest.param(p, marks=pytest.mark.slow) for p in (0.5, 1.0))]
)
def test_the_exponent_is_found_with_its_interval(truth):
    found = power_model(planted(L0=0.5, p=truth))
    assert found.exponent == pytest.approx(truth, abs=0.15)
    assert found.exponent_interval[0] <= truth <= found.exponent_interval[1]
    assert found.residual == pytest.approx(0.1, rel=0.2)


def test_false_twin_the_exponent_2_excludes_1():
    low, _ = power_model(planted(L0=0.5, p=2.0)).exponent_interval
    assert low > 1.5


def test_a_pair_is_refuted_with_the_witness_and_never_proved():
    p = planted(noise=1.0)
    assert refute(2.0, 3.0, p).status is Status.CONSISTENT
    found = refute(2.0, 2.9, p)
    assert found.status is Status.REFUTED
    assert found.witness["L"] > found.witness["allowed"] == 2 + 2.9 * found.witness["g"]
    assert refute(1e9, 1e9, p).status is Status.CONSISTENT


def test_a_gradient_difference_may_exceed_the_line_by_the_growth_over_its_distance():
    """(L0 + L1 g)(e^{L1 r} - 1)/(L1 r): for r = 1/L1 a factor e - 1."""
    far = points([1.0], [5 * 1.7], r=[1 / 3])
    assert refute(2.0, 3.0, far).status is Status.CONSISTENT
    assert refute(2.0, 3.0, points([1.0], [5 * 1.73], r=[1 / 3])).status is Status.REFUTED
    assert refute(2.0, 3.0, points([1.0], [5 * 1.01])).status is Status.REFUTED
    assert refute(2.0, 3.0, points([1.0], [5 * 1.01]), rounding=0.1).status is Status.CONSISTENT


def test_the_envelope_is_never_refuted_on_its_own_points():
    p = planted()
    line = upper_envelope(p)
    assert refute(line.L0, line.L1, p).status is Status.CONSISTENT


def test_use_outside_the_definitions_range_is_flagged():
    p = points(G, 2 + 3 * G, r=np.full(200, 1.0))
    assert any("L1 r > 1 at 200 of 200" in flag for flag in upper_envelope(p).flags)
    near = points(G, 2 + 3 * G, r=np.full(200, 0.01))
    assert upper_envelope(near).flags == ()


def test_a_narrow_range_and_few_points_are_flagged():
    found = upper_envelope(points([1.0, 1.5, 2.0], [1.0, 1.2, 1.4])).flags
    assert any("factor 2 only" in flag for flag in found)
    assert any("3 points only" in flag for flag in found)


def test_an_l1_that_is_one_over_the_radius_is_called_out():
    artefact = {r: points(G, G / r) for r in (0.01, 0.1, 1.0)}
    found = stability(artefact)
    assert found.trend == pytest.approx(-1, abs=1e-6)
    assert any("measures the probe" in flag for flag in found.flags)
    honest = stability({r: points(G, 2 + 0.5 * G) for r in (0.01, 0.1, 1.0)})
    assert honest.flags == () and honest.spread == pytest.approx(1)


def test_correlation_with_and_without_its_control():
    """L = 2/step with step = b/g (clipping at the edge of stability): all of it is the step."""
    step = 0.3 / G
    p = points(G, 2 / step * NOISE)
    assert correlation(p, resamples=50).value > 0.99
    assert abs(partial_correlation(p, step * np.exp(RNG.normal(0, 0.01, 200)))) < 0.3
    independent = points(G, np.exp(RNG.normal(0, 1, 200)))
    low, high = correlation(independent, resamples=200).interval
    assert low < 0 < high


def test_the_bootstrap_keeps_neighbours_together():
    p = points(np.arange(1.0, 28.0), np.arange(27.0))

    def runs(q):
        return np.array([(np.diff(q.g) == 1).mean()])

    assert bootstrap(p, runs, 50, block=9).mean() > 0.9 > 0.3 > bootstrap(p, runs, 50, 1).mean()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: points([1.0], [1.0, 2.0]), "give pairs"),
        (lambda: points([1.0, np.nan], [1.0, 1.0]), "g of point 1 is nan"),
        (lambda: quantile_line(planted(), 1.5), "tau = 1.5"),
        (lambda: power_model(points([1.0, 2.0], [1.0, 2.0])), "2 points with g, L > 0"),
        (lambda: bootstrap(planted(), lambda p: p.g, 1, 999), "block = 999"),
        (lambda: refute(-1, 1, planted()), "L0 = -1, L1 = 1 must be >= 0"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(NetworkError, match=message):
        make()
