"""No 2-cycle in the plane below K = 27/8: the certificate, what it rests on, and false twins."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.problems.twist import record
from relaxsmooth.turn import LEAST, POLYGON, Polygon, circulation, largest, least_K
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


def test_the_reflected_polygon_proves_the_same():
    """y -> -y exchanges p and q, and the components of ∇f with them."""
    reflected = Polygon(tuple((x, -y) for x, y in POLYGON.corners))
    with ball(64).active():
        first, second = (circulation(P, LEAST, F(0), F(1, 1000), 50) for P in (POLYGON, reflected))
        assert abs(float(first) - float(second)) < 1e-3


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_component_is_that_of_a_search(seed):
    draw = random.Random(seed)
    R, angle = draw.uniform(0.1, 3), draw.uniform(-4, 4)
    T, m = math.pi - R + draw.uniform(0.05, 1), draw.uniform(0, 0.05)
    with ball(64).active():
        at_most = float(largest(*map(flint.arb, (R, T, angle, m, m))))
    best = -1.0
    for i in range(601):
        phi = max(math.pi / 2 - R, -math.pi / 2 - T)
        phi += (min(math.pi / 2 + R, T - math.pi / 2) - phi) * i / 600
        reach = min(R**2 - (phi - math.pi / 2) ** 2, T**2 - (phi + math.pi / 2) ** 2)
        if reach >= 0:
            for r in (min(0.0, -m + math.sqrt(reach)), -m - math.sqrt(reach)):
                best = max(best, math.exp(r) * math.cos(phi - angle))
    assert best <= at_most <= best + 0.03
