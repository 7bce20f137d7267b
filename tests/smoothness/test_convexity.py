"""Convexity, minimisers and Lipschitz gradients, with certificates and witnesses."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.problem import problem
from relaxsmooth.problems import shipped
from relaxsmooth.smoothness.convexity import convexity, distance, least_L
from relaxsmooth.verdict import Status

F = Fraction


@pytest.mark.parametrize(
    "key",
    [
        "ext",
        "paper1",
        "paper2",
        "ramp",
        "quartic",
        "softplus",
        "logistic",
        "quadratic",
        "cubed_norm",
    ],
)
def test_a_convex_problem_is_proved_convex(key):
    assert convexity(shipped(key)).status is Status.PROVED


@pytest.mark.parametrize("key", ["double_well", "himmelblau", "rosenbrock", "product", "product3"])
def test_a_problem_that_is_not_has_a_witness(key):
    found = convexity(shipped(key))
    assert found.status is Status.REFUTED and "x" in found.witness


def test_false_twin_a_slightly_concave_piece_is_found():
    flat = problem("piecewise(x <= 0, x^2, x <= 1, 0, (x - 1)^2)", [2])
    bent = problem("piecewise(x <= 0, x^2, x <= 1, -x^2*(x - 1)^2/10^9, (x - 1)^2)", [2])
    assert convexity(flat).status is Status.PROVED
    assert convexity(bent).status is Status.REFUTED


@pytest.mark.parametrize(
    ("text", "x0", "R"),
    [
        ("(x - 1)^4", [F(5, 2)], F(3, 2)),
        ("piecewise(x <= 0, x^2, x <= 1, 0, (x - 1)^2)", [3], 2),  # the nearest minimiser
        ("piecewise(x <= 0, x^2, x <= 1, 0, (x - 1)^2)", [-3], 3),
        ("x^2 + y^2", [3, 4], 5),
        ("(x - 3)^2 + (x + y)^2", [3, 1], 4),
        ("x^4 + y^4 - 4x", [1, 2], 2),
    ],
)
def test_the_distance_to_a_minimiser_is_exact_where_it_is_rational(text, x0, R):
    assert distance(problem(text, x0)).R == R


def test_the_distance_is_rounded_up_and_close():
    R = distance(problem("x^2 + x^4 + exp(x) - x", [F(1)])).R  # the minimiser is 0
    assert R is not None and 1 <= R < F(1001, 1000)
    R = distance(problem("x^4/4 - 2x", [F(0)])).R  # at 2^(1/3)
    assert R is not None and (R - F(1, 10**8)) ** 3 < 2 <= R**3


def test_no_minimiser_is_refuted_on_the_line():
    assert distance(shipped("softplus")).verdict.status is Status.REFUTED
    assert distance(shipped("exp")).R is None


@pytest.mark.parametrize(
    ("key", "L"), [("ramp", 1), ("softplus", F(1, 4)), ("log_cosh", 1), ("paper2", F(3, 100))]
)
def test_the_least_L_is_exact_on_the_line(key, L):
    assert least_L(shipped(key))[0] == L


@pytest.mark.parametrize("key", ["quartic", "cosh", "fourth_power_3d"])
def test_an_unbounded_hessian_is_refuted(key):
    L, verdict = least_L(shipped(key))
    assert L is None and verdict.status is Status.REFUTED


def test_the_distance_of_a_flat_start_is_zero():
    flat = problem("piecewise(x <= 0, x^2, x <= 1, 0, (x - 1)^2)", [F(1, 2)])
    assert distance(flat).R == 0
