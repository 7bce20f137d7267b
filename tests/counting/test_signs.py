"""Certified signs on intervals and rays never contradict a sample; bounds of norms are bounds."""

from __future__ import annotations

import random
from fractions import Fraction

import flint
import numpy
import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.counting.rays import sign_beyond
from relaxsmooth.counting.signs import Undetermined, resolve, sign_of, sign_on
from relaxsmooth.counting.spectral import spectral_bound
from relaxsmooth.evaluation import evaluate
from relaxsmooth.text import parse

BALLS = ball(128)
TEXTS = (
    "x^2 - 2x + 3/2",
    "x^3 - 3x",
    "exp(x) - 3x",
    "cosh(x) - 2",
    "x^2*exp(-x) - 1/10",
    "1/(1 + exp(-x)) - 1/2",
    "tanh(x) - x/4",
    "log(1 + x^2) - sqrt(1 + x^2)/2",
    "x^4 - 5x^2 + 4",
    "sinh(x) - 2x",
    "x/2 - sin(x) cos(x)",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_certified_sign_is_the_sign_of_every_sample(text):
    draw, F = random.Random(3), parse(text)
    decided = 0
    for _ in range(40):
        a = Fraction(draw.randint(-80, 80), 16)
        b = a + Fraction(draw.randint(1, 40), 16)
        found = sign_on(F, "x", a, b, BALLS)
        decided += found != 0
        for i in range(21):
            at = sign_of(evaluate(F, {"x": a + (b - a) * i / 20}, BALLS))
            assert found in (0, at)
    assert decided > 10


@pytest.mark.parametrize("text", TEXTS)
def test_a_certified_sign_on_a_ray_is_the_sign_of_every_sample(text):
    F = parse(text)
    decided = 0
    for a in (Fraction(k, 4) for k in range(-24, 25)):
        for direction in (1, -1):
            found = sign_beyond(F, "x", a, direction, BALLS)
            decided += found != 0
            for t in (0, Fraction(1, 7), 1, 3, 10, 40, 300):
                assert found in (0, sign_of(evaluate(F, {"x": a + direction * t}, BALLS)))
    assert decided > 0 or text in ("x^2*exp(-x) - 1/10", "log(1 + x^2) - sqrt(1 + x^2)/2")


def test_false_twin_a_sign_that_changes_is_never_certified():
    """x² - c² on intervals that hold c, however closely they end behind it."""
    for exponent in (1, 10, 40, 90):
        beyond = 1 + Fraction(1, 2**exponent)
        assert sign_on(parse("x^2 - 1"), "x", Fraction(0), beyond, BALLS) == 0
        assert sign_on(parse("x^2 - 1"), "x", beyond, Fraction(9), BALLS) == 1


def test_a_jump_is_not_bridged_by_monotonicity():
    """F' > 0 on both branches and F > 0 at both ends, but F < 0 in between."""
    F = parse("piecewise(x < 1, x + 1, x - 5/2)")
    assert sign_on(F, "x", Fraction(0), Fraction(3), BALLS) == 0


def test_a_branch_is_chosen_only_where_its_sign_is_proved():
    F = parse("min(x, 2 - x) + |x|")

    def on(a, b):
        return resolve(F, lambda G: sign_on(G, "x", Fraction(a), Fraction(b), BALLS))

    assert on(Fraction(1, 10), Fraction(9, 10)) is parse("2x")
    assert on(2, 3).value == 2
    with pytest.raises(Undetermined):
        on(Fraction(1, 2), 2)


def test_the_spectral_bound_is_a_sharp_bound():
    draw = numpy.random.default_rng(5)
    for size in (1, 2, 3, 6):
        for _ in range(10):
            matrix = draw.normal(size=(size, size))
            with BALLS.active():
                bound = spectral_bound([[flint.arb(float(x)) for x in row] for row in matrix])
            true = numpy.linalg.norm(matrix, 2)
            assert true * (1 - 1e-13) <= float(bound) <= true * (1 + 1e-9)


def test_the_spectral_bound_covers_every_matrix_in_the_balls():
    draw = numpy.random.default_rng(6)
    for size in (2, 3):
        centre = draw.normal(size=(size, size))
        with BALLS.active():
            bound = float(
                spectral_bound([[flint.arb(float(x), 0.1) for x in row] for row in centre])
            )
        for _ in range(200):
            inside = centre + draw.choice([-0.1, 0.1], size=(size, size))
            assert numpy.linalg.norm(inside, 2) <= bound
