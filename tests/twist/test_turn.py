"""No 2-cycle in the plane below K = 27/8: the certificate, what it rests on, and false twins."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product

import flint
import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.problems.twist import record
from relaxsmooth.turn import LEAST, POLYGON, Polygon, along, circulation, largest, least_K
from relaxsmooth.verdict import Status

F = Fraction
KNOWN = record()
M_OF_RECORD = KNOWN.m / KNOWN.slope  # e^m


def test_no_cycle_has_a_smaller_K():
    assert least_K().status is Status.PROVED
    assert math.pi < LEAST < KNOWN.K


@pytest.mark.parametrize(
    ("K", "polygon"),
    [
        (F(339, 100), POLYGON),  # in doubles the integral at m = 0 is +0.004
        (F(7, 2), POLYGON),
        (LEAST, Polygon(POLYGON.corners[::-1])),  # the other way round
        (LEAST, Polygon(tuple((-x, y) for x, y in POLYGON.corners))),
        (LEAST, replace(POLYGON, scale=2000)),
        (LEAST, Polygon(((-200, 500), (200, 500), (200, 100), (-200, 100)))),
    ],
)
def test_false_twin_nothing_is_proved_of_larger_K_or_by_other_polygons(K, polygon):
    assert least_K(K, polygon).status is Status.UNDECIDED


def test_false_twin_the_shipped_function_allows_its_own_K():
    """On TWIST the integral is 0, so that the bound for its K and m must not be negative."""
    with ball(64).active():
        m = F(math.log(M_OF_RECORD))
        assert circulation(POLYGON, KNOWN.K, m - F(1, 10**6), m + F(1, 10**6), 20) > 0


def w_of(z: tuple[F, F]) -> tuple[float, float]:
    gx, gy = (float(g / KNOWN.m) for g in KNOWN.spline.gradient(*z))
    return math.log(math.hypot(gx, gy)), math.atan2(gy, gx)


def test_w_of_the_shipped_function_stays_within_its_distance_of_both_ends():
    """(1), at points round the segment; TWIST turns through the angle 0 or pi: reflected to 0."""
    draw = random.Random(1)
    L = float(KNOWN.L)
    turned = abs(w_of((F(0), F(1, 10)))[1]) > math.pi / 2
    for _ in range(300):
        z = F(draw.randint(-500, 500), 1000), F(draw.randint(-900, 900), 1000)
        r, phi = w_of(z)
        phi = math.remainder(math.pi - phi, 2 * math.pi) if turned else phi
        assert r <= 0
        for end in (1, -1):
            far = math.hypot(r + math.log(M_OF_RECORD), phi - end * math.pi / 2)
            assert far <= L * math.hypot(z[0], z[1] - end) + 1e-9


def test_below_pi_the_angle_alone_decides():
    for K in (F(3), F(0), F(-1)):
        assert least_K(K).status is Status.PROVED
        assert least_K(K).reason.startswith("the angle")


def test_every_m_is_covered(monkeypatch):
    seen = []

    def recorded(polygon, K, low, high, pieces):
        seen.append((low, high))
        return flint.arb(-1)

    monkeypatch.setattr("relaxsmooth.turn.circulation", recorded)
    least_K.__wrapped__()
    ends = sorted(set(seen))
    assert ends[0][0] == 0 and ends[-1][1] >= math.log(LEAST / math.pi)
    assert all(a[1] == b[0] for a, b in pairwise(ends))


def searched(R: float, T: float, angle: float, m: float) -> float:
    """The largest component by trying angles and both ends of r, in doubles."""
    best = -1.0
    for i in range(601):
        phi = max(math.pi / 2 - R, -math.pi / 2 - T)
        phi += (min(math.pi / 2 + R, T - math.pi / 2) - phi) * i / 600
        reach = min(R**2 - (phi - math.pi / 2) ** 2, T**2 - (phi + math.pi / 2) ** 2)
        if reach >= 0:
            for r in (min(0.0, -m + math.sqrt(reach)), -m - math.sqrt(reach)):
                best = max(best, math.exp(r) * math.cos(phi - angle))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_component_is_that_of_a_search(seed):
    draw = random.Random(seed)
    R, angle = draw.uniform(0.1, 3), draw.uniform(-4, 4)
    T, m = math.pi - R + draw.uniform(0.05, 1), draw.uniform(0, 0.05)
    with ball(64).active():
        at_most = float(largest(*map(flint.arb, (R, T, angle, m, m))))
    best = searched(R, T, angle, m)
    assert best <= at_most <= best + 0.03


def test_no_point_of_a_piece_and_no_m_of_a_range_has_a_larger_component():
    low, high = F(18, 1000), F(36, 1000)
    with ball(64).active():
        pieces = list(along(POLYGON, LEAST, low, high, 10))
    for piece in pieces:
        a, b = ([float(c) for c in end] for end in piece.ends)
        angle = math.atan2(b[1] - a[1], b[0] - a[0])
        for part, m in product((0.02, 0.98), (float(low), float(high))):
            x, y = (s + (t - s) * part for s, t in zip(a, b, strict=True))
            L = float(LEAST) / 2 * math.exp(-m)
            R, T = (L * math.hypot(x, y - end) for end in (1, -1))
            assert searched(R, T, angle, m) <= float(piece.most)
    gone = sum(float(piece.length) for piece in pieces)
    sides = pairwise([*POLYGON.corners, POLYGON.corners[0]])
    assert gone == pytest.approx(sum(math.dist(a, b) for a, b in sides) / POLYGON.scale)
