"""Gradient differences: exact on quadratics, both protocols, rounding flagged."""

from __future__ import annotations

import pytest
import torch
from test_models import small

from relaxsmooth.networks import (
    NetworkProblem,
    Vector,
    gradient_norms,
    published_smoothness,
    radius_smoothness,
    secant_smoothness,
)
from relaxsmooth.networks.errors import NetworkError


class Point(torch.nn.Module):
    def __init__(self, *x, dtype=torch.float64):
        super().__init__()
        self.x = torch.nn.Parameter(torch.tensor(x, dtype=dtype))


def quadratic(dtype=torch.float64):
    """f = (3 x² + y²)/2 from (1, 1)."""
    a = torch.tensor([3.0, 1.0], dtype=dtype)
    return NetworkProblem(Point(1.0, 1.0, dtype=dtype), lambda m, c: (c * m.x**2).sum() / 2, [a])


def quartic():
    """f = x⁴/4 from 1: the secant quotient of x³ from 1 at 1 + s is 3 + 3 s + s²."""
    one = torch.ones(1, dtype=torch.float64)
    return NetworkProblem(Point(1.0), lambda m, c: (c * m.x**4).sum() / 4, [one])


def vector(*values):
    return Vector(torch.tensor(values, dtype=torch.float64))


def test_along_an_axis_of_a_quadratic_it_is_the_curvature():
    problem = quadratic()
    assert secant_smoothness(problem, problem.start, vector(0.1, 0)).smoothness == pytest.approx(3)
    found = secant_smoothness(problem, problem.start, vector(0, 0.1))
    assert found.smoothness == pytest.approx(1)
    assert found.gradient_norm == pytest.approx(10**0.5) and found.distance == pytest.approx(0.1)


def test_the_clean_protocol_takes_the_largest_over_its_points():
    problem = quartic()
    found = secant_smoothness(problem, problem.start, vector(0.6))
    assert found.smoothness == pytest.approx(3 + 3 * 0.5 + 0.25)
    assert found.each == pytest.approx([3 + 3 * s + s * s for s in (0.1, 0.2, 0.3, 0.4, 0.5)])
    middle = secant_smoothness(problem, problem.start, vector(0.6), points=(0.5,))
    assert middle.smoothness == pytest.approx(3 + 0.9 + 0.09)


def test_as_published_l_is_the_sum_over_chunks_and_the_norm_their_mean():
    one = torch.ones(1, dtype=torch.float64)

    def draw(weights=(1.0,) * 6):
        loss = lambda m, c: (c * m.x**4).sum() / 4  # noqa: E731
        return NetworkProblem(Point(1.0), loss, [one] * 6, weights=weights)

    problem = quartic()
    clean = secant_smoothness(problem, problem.start, vector(0.6), points=(0.5,))
    published = published_smoothness(draw, problem.start, vector(0.6))
    assert published.smoothness == pytest.approx(6 * clean.smoothness)
    assert published.gradient_norm == pytest.approx(clean.gradient_norm)
    with pytest.raises(NetworkError, match="sums over its 6 chunks"):
        published_smoothness(lambda: draw((1 / 6,) * 6), problem.start, vector(0.6))


def test_chunks_drawn_again_are_seen_by_the_published_protocol():
    """Different chunks for the two gradients: L has a term 1/distance that is no curvature."""
    scales = iter([1.0, 1.1, 1.0, 1.1])

    def draw():
        c = torch.tensor([next(scales)], dtype=torch.float64)
        return NetworkProblem(Point(1.0), lambda m, c: (c * m.x).sum(), [c], weights=[1])

    found = published_smoothness(draw, vector(1.0), vector(1e-3))
    assert found.smoothness == pytest.approx(0.1 / 5e-4)


def test_at_fixed_radii_a_quadratic_has_one_smoothness():
    problem = quadratic()
    found = radius_smoothness(problem, problem.start, [1e-3, 1e-1], directions=20)
    for r, secant in found.items():
        assert 2.9 < secant.smoothness <= 3 + 1e-9 and secant.distance == r
    assert len(found[1e-3].each) == 21


def test_a_radius_below_the_rounding_is_flagged():
    problem = quadratic(torch.float32)
    found = radius_smoothness(problem, problem.start, [1e-7, 1e-1])
    assert found[1e-7].is_rounding and not found[1e-1].is_rounding


def test_the_norm_of_each_layer():
    module, loss, batch = small("mlp-small")
    problem = NetworkProblem(module, loss, [batch])
    g = problem.gradient(problem.start)
    total = sum(n**2 for n in gradient_norms(problem, g).values()) ** 0.5
    assert total == pytest.approx(g.data.norm().item())


def test_bad_radii_and_points_are_named():
    problem = quadratic()
    with pytest.raises(NetworkError, match="radii = \\[0\\] must be positive"):
        radius_smoothness(problem, problem.start, [0])
    with pytest.raises(NetworkError, match="points = \\[2\\] must lie in"):
        secant_smoothness(problem, problem.start, vector(1, 1), points=[2])
