"""The compiled pairs (v, e) contain the exact value; a planted smaller e does not."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.compiled import NotCompiled, kernels, pair
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, absolute, function, maximum, minimum, number, power, symbol
from relaxsmooth.text import parse

X = symbol("x")
JUDGE = ball(600)
SMOOTH = ("exp", "log", "cosh", "sinh", "tanh", "sqrt")


def random_formula(draw: random.Random, depth: int) -> Formula:
    if depth == 0 or draw.random() < 0.15:
        constant = Fraction(draw.randint(-40, 40), draw.randint(1, 30))
        return X if draw.random() < 0.7 or constant == 0 else number(constant)
    kind = draw.choice(("add", "add", "mul", "mul", "pow", "function", "function", "extreme"))
    left = random_formula(draw, depth - 1)
    if kind == "pow":
        return power(left, draw.choice((2, 3, 5, -1, -2, Fraction(3, 2), Fraction(1, 3))))
    if kind == "function":
        name = draw.choice(SMOOTH)
        inner = absolute(left) + Fraction(1, 7) if name in ("log", "sqrt") else left
        return function(name, inner)
    right = random_formula(draw, depth - 1)
    if kind == "extreme":
        return draw.choice((minimum, maximum))(left, right)
    return left + right if kind == "add" else left * right


def outside(root: Formula, x: float, scale: float = 1.0) -> bool | None:
    """Whether |v - exact| <= scale e fails for certain; None where e is not finite."""
    v, e = pair(root, "x")(x)
    if not (math.isfinite(v) and math.isfinite(e)):
        return None
    with JUDGE.active():
        exact = evaluate(root, {"x": flint.arb(x)}, JUDGE)
        if not exact.is_finite():
            return None
        return bool(abs(exact - flint.arb(v)) > flint.arb(e) * flint.arb(scale))


def survey(formulas: int, points: int, seed: int, scale: float = 1.0) -> tuple[int, int]:
    """(violations, decided points) over random formulas and random points."""
    draw = random.Random(seed)
    bad = decided = 0
    for _ in range(formulas):
        try:
            root = random_formula(draw, draw.randint(1, 4))
            pair(root, "x")
        except ValueError:  # the constants of this formula fold to something not real, or too large
            continue
        for _ in range(points):
            x = draw.uniform(-4, 4) * 2.0 ** draw.choice((0, 0, 0, 1, 4, -8, -30))
            found = outside(root, x, scale)
            bad += found is True
            decided += found is not None
    return bad, decided


@pytest.mark.parametrize("formulas", [40, pytest.param(120, marks=pytest.mark.slow)])
def test_pairs_contain_the_exact_value(formulas):
    bad, decided = survey(formulas=formulas, points=12, seed=1)
    assert bad == 0
    assert decided > 5 * formulas


def test_false_twin_a_thousandth_of_the_bound_is_caught():
    bad, decided = survey(formulas=30, points=12, seed=1, scale=1e-3)
    assert bad > decided / 10


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_a_wave_has_no_rigorous_machine_code_and_says_so(name):
    with pytest.raises(NotCompiled, match=f"{name} has no rigorous machine code"):
        pair(function(name, X), "x")


@pytest.mark.parametrize("name", ["exp", "log", "cosh", "sinh", "tanh", "sqrt"])
def test_kernels_keep_their_proven_error(name):
    draw = random.Random(7)
    root = function(name, X)
    for _ in range(400):
        size = 2.0 ** draw.uniform(-20, 9)
        x = size if name in ("log", "sqrt") else math.copysign(size, draw.random() - 0.5)
        assert outside(root, x) is False


def test_kernel_constants_are_a_few_roundings():
    assert kernels.EXP_ERROR < 5 * kernels.U
    assert kernels.LOG_ERROR < 7 * kernels.U
    assert kernels.SINH_ERROR < 7 * kernels.U


def test_ln_2_is_given_to_forty_decimals():
    with ball(200).active():
        gap = abs(flint.arb(2).log() - ball(200).number(kernels.LN2))
        assert gap < flint.arb(10) ** -40


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("1/(x - 1)", 1.0),
        ("log(x)", -1.0),
        ("sqrt(x - 2)", 1.0),
        ("exp(x)", 1e4),
        ("1/(1 + exp(x^2))", 1e3),
        ("min(3, exp(exp(x)))", 20.0),
        ("1/(x^9*x^9)", 1e200),
        ("tanh(x)", math.inf),
    ],
)
def test_an_invalid_or_overflowing_value_has_no_finite_bound(text, x):
    v, e = pair(parse(text), "x")(x)
    assert not (math.isfinite(v) and math.isfinite(e))


def test_an_undecided_piecewise_is_declined_by_name():
    with pytest.raises(NotCompiled, match="piecewise"):
        pair(parse("piecewise(x <= 0, x, 2x)"), "x")
