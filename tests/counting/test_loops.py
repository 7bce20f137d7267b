"""The compiled loops: the same floats as Python, and enclosures in both directions of T."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.compiled import enclose, iterate
from relaxsmooth.counting import count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import problem
from relaxsmooth.text import parse
from relaxsmooth.updates import rule

EVERYWHERE = (-10.0, 10.0, math.inf, math.inf)


def test_float_loops_round_as_python_does():
    """Bit for bit: nothing is reassociated or fused into one rounding."""
    k, (x,) = iterate((parse("x - x^3/40"),), parse("|4*x^3|"), ("x",))([1.5], 1e-3, 10**6)
    y, steps = 1.5, 0
    while abs(4.0 * (y * (y * y))) > 1e-3:
        y, steps = y + -(1 / 40) * (y * (y * y)), steps + 1
    assert (k, x) == (steps, y)


def test_float_loops_take_several_variables_and_every_operation():
    step = (parse("x - min(x, 1/4)/2"), parse("y - tanh(y)/4 + 0*sqrt(cosh(x))"))
    k, point = iterate(step, parse("norm(x, y)"), ("x", "y"))([3.0, -2.0], 1e-6, 10**6)
    assert 0 < k < 200
    assert math.hypot(*point) <= 1e-6


def test_float_loops_stop_at_infinity_and_at_the_limit():
    run = iterate((parse("x - x^3"),), parse("|x^3|"), ("x",))
    assert run([3.0], 1e-3, 10**6)[0] < 20
    assert run([0.5], 1e-30, 77)[0] == 77


@pytest.mark.parametrize(
    ("text", "increasing", "start"),
    [
        ("x - x^3/40", True, 1.5),
        ("x - sinh(x)/9", True, 2.0),
        ("x - 3*tanh(x)/2", False, 0.3),
        ("x/(1 + x^2/50)", True, 3.0),
        ("log(1 + exp(x)) - 1/5", True, 1.0),
    ],
)
def test_enclosures_contain_the_orbit_in_both_directions(text, increasing, start):
    step, judge = parse(text), ball(400)
    taken, low, high = enclose(step, "x", increasing)(start, start, EVERYWHERE, 300)
    assert taken == 300
    with judge.active():
        x = flint.arb(start)
        for _ in range(taken):
            x = flint.arb(evaluate(step, {"x": x}, judge).mid())  # T contracts: 400 bits suffice
        assert flint.arb(low) <= x <= flint.arb(high)
        assert high - low < 1e-12


def test_the_loop_stops_inside_its_region():
    run = enclose(parse("x - 1/8"), "x", True)
    assert run(1.0, 1.0, (0.5, 1.0, math.inf, math.inf), 100)[0] in (3, 4)
    assert run(2.0, 2.0, (0.5, 1.0, math.inf, math.inf), 100)[0] == 0
    assert run(1.0, 1.0, (-1.0, 1.0, -0.3, 0.4), 100)[0] == 4  # may not enter ]-0.3, 0.4[


@pytest.mark.parametrize(
    ("text", "h"), [("cosh(x)", Fraction(19, 10)), ("x^2 + x^4", Fraction(19, 20))]
)
def test_a_zigzag_around_the_minimiser_is_compiled_and_agrees(text, h):
    bowl = problem(text, [Fraction(1, 10)])
    update, epsilon = rule("gd").with_parameters(h=h), Fraction(1, 10**12)
    compiled, balls = (count(bowl, update, epsilon, method=m) for m in ("compiled", "balls"))
    assert compiled.earliest == compiled.latest == balls.earliest == balls.latest
    assert any(stretch.how == "compiled enclosures" for stretch in compiled.how)


def test_a_wave_is_counted_in_balls_where_the_compiled_loop_declines():
    f, h = problem("2 - cos(x)", [Fraction(1)]), Fraction(1, 100)
    found = count(f, rule("gd").with_parameters(h=h), Fraction(1, 1000))
    x, steps = 1.0, 0
    while abs(math.sin(x)) > 1e-3:
        x, steps = x - float(h) * math.sin(x), steps + 1
    assert found.exact
    assert found.earliest == steps
    assert all("compiled" not in stretch.how for stretch in found.how)
