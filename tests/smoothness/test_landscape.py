"""f*, Delta and M: exact values, limits, several components, and M <= psi^-1(Delta)."""

from __future__ import annotations

import random
from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, log, number
from relaxsmooth.problem import Problem, problem
from relaxsmooth.smoothness import NotDecidable, landscape, minimal_L0
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status

F = Fraction
EXT = "(2/9)*(exp(3*|x|) - 3*|x| - 1)"
PAPER1 = "piecewise(|x| <= 1/3, 3x^2/2 + 1/6, e^(3*|x|)/(3e))"
PAPER2 = "piecewise(|x| <= 1, (6x^2 - x^4)/4, 2*|x| - 3/4)"


def on(text: str, start: Formula | Fraction | int) -> Problem:
    return problem(text, [start])


EXACT = [  # text, x0, f*, attained, Delta, M
    ("x^4", F(3, 2), 0, True, F(81, 16), F(27, 2)),
    ("x^4", F(-3, 2), 0, True, F(81, 16), F(27, 2)),
    ("(x^2 - 1)^2", 2, 0, True, 9, 24),
    ("(x^2 - 1)^2", 1, 0, True, 0, 0),
    ("cosh(x)", log(number(3)), 1, True, F(2, 3), F(4, 3)),
    (EXT, log(number(4)) / 3, 0, True, None, 2),
    (EXT, -log(number(4)) / 3, 0, True, None, 2),
    (PAPER1, F(1, 3) + log(number(5)) / 3, F(1, 6), True, F(3, 2), 5),
    (PAPER2, 5, 0, True, F(37, 4), 2),
    ("x/(1 + x^2)", 0, F(-1, 2), True, F(1, 2), 1),
    ("x/(1 + x^2)", -2, F(-1, 2), True, F(1, 10), F(12, 25)),
    ("1/(1 + x^2)", 0, 0, False, 1, None),
    ("tanh(x)", 0, -1, False, 1, 1),
    ("log(1 + exp(x))", log(number(3)), 0, False, None, F(3, 4)),
    ("|x|", -3, 0, True, 3, 1),
    ("|x|^(5/2)/(5/2)", 4, 0, True, F(64, 5), 8),
    ("7", 2, 7, True, 0, 0),
    ("x^6 - x", F(5, 4), None, True, None, F(8863, 512)),
]


@pytest.mark.parametrize(("text", "x0", "lowest", "attained", "Delta", "M"), EXACT)
def test_rational_answers_are_exact(text, x0, lowest, attained, Delta, M):
    land = landscape(on(text, x0))
    for quantity, expected in ((land.lowest, lowest), (land.Delta, Delta), (land.M, M)):
        if expected is not None:
            assert quantity.exact == expected
            with flint.ctx.workprec(400):
                exact = flint.arb(flint.fmpq(F(expected).numerator, F(expected).denominator))
            assert quantity.enclosure(100).contains(exact)
    assert land.lowest.attained is attained
    assert land.bounded_below.status is Status.PROVED


def test_a_limit_that_is_a_logarithm_is_named():
    land = landscape(on("log(cosh(x)) - x", 0))
    assert str(land.lowest.formula) == "log(1/2)"
    assert not land.lowest.attained
    half = evaluate(parse("log(1/2)"), {}, ball(256))
    assert land.lowest.enclosure(200).overlaps(half)


def test_a_limit_without_a_closed_form_is_enclosed():
    """The tail integral: log(1 + e^{-x}) (written so that no rule folds it) tends to 0."""
    from relaxsmooth.smoothness.limits import _beyond, _measure
    from relaxsmooth.smoothness.pieces import pieces

    for text, side, germ, value in [
        ("log(1 + exp(x))", 0, "0", "0"),
        ("log(cosh(x)) - x", 1, "+oo", "-log(2)"),
        ("1/(1 + x^2)", 1, "+oo", "0"),
        ("1/(1 + x^2)", 0, "-oo", "0"),
        ("x/(1 + |x|)", 1, "+oo", "1"),
        ("x/(1 + |x|)", 0, "-oo", "-1"),
        ("tanh(x)", 0, "0", "-1"),
        ("-3/(1 + |x|)^(1/2)", 1, "+oo", "0"),
    ]:
        piece = pieces(parse(text)).parts[-1 if side else 0]
        order, _ = piece.slope.reduced.germ(germ)
        weight, m = _measure(piece)
        for bits in (53, 200):
            found = _beyond(piece, side, "x", order, m, weight, bits)
            assert found.overlaps(evaluate(parse(value), {}, ball(400)))
            assert found.rad() < flint.arb(2) ** -bits


@pytest.mark.parametrize("text", ["x^3", "-x^2", "x - exp(x)", "3x", "x^5 - x^4"])
def test_unbounded_below_is_an_answer(text):
    land = landscape(on(text, 1))
    assert str(land.lowest) == "-infinity"
    assert str(land.Delta) == "infinity"
    assert land.bounded_below.status is Status.REFUTED
    assert "-infinity as x ->" in land.lowest.reason


def test_an_infinite_M_is_an_answer():
    land = landscape(on("x^3", 1))
    assert str(land.M) == "infinity"
    assert "as x -> -oo" in land.M.reason
    assert landscape(on("3x", 1)).M.exact == 3


def test_at_a_kink_both_slopes_count():
    """f = e^{-x} + e^{-|x|} from 0: f' is 0 on the left of x0 and -2 on the right."""
    assert landscape(on("exp(-x) + exp(-|x|)", 0)).M.exact == 2


def test_a_jump_of_f_is_refused():
    with pytest.raises(NotDecidable, match="jumps"):
        landscape(on("piecewise(x < 0, x^2, x^2 + 1)", 2))


def scanned(
    problem_: Problem, x0: float, reach: float = 14.0, n: int = 40_001
) -> tuple[float, float]:
    """min f and max |f'| on the sublevel set by a plain float grid."""
    from relaxsmooth.arithmetic import FLOAT

    xs = [-reach + 2 * reach * k / (n - 1) for k in range(n)]
    f, g = problem_.objective, problem_.gradient[0]
    level = evaluate(f, {"x": x0}, FLOAT)
    values = [evaluate(f, {"x": x}, FLOAT) for x in xs]
    slopes = [
        abs(evaluate(g, {"x": x}, FLOAT)) for x, v in zip(xs, values, strict=True) if v <= level
    ]
    return min(values), max(slopes)


@pytest.mark.parametrize("cases", [4, pytest.param(16, marks=pytest.mark.slow)])
def test_random_landscapes_agree_with_a_float_scan(cases):
    rng = random.Random(11)
    for k in range(cases):
        c = [F(rng.randint(-8, 8), rng.randint(1, 4)) for _ in range(5)]
        text = [
            f"x^4 + ({c[0]})*x^3 + ({c[1]})*x^2 + ({c[2]})*x",
            f"exp(x) + exp(-x) + ({c[0]})*x",
            f"|x|^3/5 + max(x, 1)^2 - 2*max(x, 1) + ({c[1]})*x/9",
            f"({c[0]}*x + 1)/(1 + x^2) + x^2/4",
        ][k % 4]
        x0 = F(rng.randint(-8, 8), 4)
        land = landscape(on(text, x0))
        lowest, slope = scanned(land.problem, float(x0), n=4_001)
        assert float(land.lowest.enclosure(60)) == pytest.approx(lowest, abs=2e-4)
        assert float(land.lowest.enclosure(60)) <= lowest + 1e-9
        assert float(land.M.enclosure(60)) == pytest.approx(slope, rel=2e-2, abs=5e-2)
        assert float(land.M.enclosure(60)) >= slope - 1e-9


def test_balls_at_higher_precision_lie_inside_those_at_lower():
    for text, x0 in [
        ("x^4 - 2x^2 + x/3", 3),
        ("exp(x) + exp(-2x)", 1),
        ("log(1 + exp(x)) - x/3", 1),
    ]:
        land = landscape(on(text, x0))
        for quantity in (land.lowest, land.Delta, land.M):
            coarse = quantity.enclosure(60)
            for bits in (120, 500):
                fine = quantity.enclosure(bits)
                assert fine.overlaps(coarse)
                assert fine.rad() < flint.arb(2) ** (4 - bits)


def test_a_level_met_again_exactly_and_by_bracket_agree():
    """The crossing of x^4 - 3x^3 + x from 2 as an algebraic number and by bisection."""
    from relaxsmooth.smoothness.landscape import _arcs, _Start
    from relaxsmooth.smoothness.minimal import in_pieces

    p = on("x^4 - 3x^3 + x", F(1, 2))
    function = in_pieces(p)
    x0 = _Start(function, p.start[0])
    checked = 0
    for arc in _arcs(function):
        exact = arc._exact_crossing(x0.level)
        if exact is not None and not arc._contains(x0):
            assert arc._slope_at_crossing(x0.level, 150).overlaps(exact.enclosure(150))
            assert arc._slope_at_crossing(x0.level, 150).rad() < 1e-40
            checked += 1
    assert checked >= 1


def psi(g: flint.arb, L0: flint.arb, L1: Fraction) -> flint.arb:
    """theory.md, section 0: g/L1 - (L0/L1^2) log(1 + L1 g/L0)."""
    slope = flint.fmpq(L1.numerator, L1.denominator)
    return g / slope - (L0 / slope**2) * (1 + slope * g / L0).log()


@pytest.mark.parametrize(
    ("text", "x0", "L1"),
    [
        ("x^4", F(3, 2), F(1)),
        ("x^4 - 2x^2 + x/3", F(3), F(2)),
        ("(x^2 - 1)^2", F(2), F(1)),
        ("cosh(x)", F(2), F(1)),
        ("log(cosh(x))", F(3), F(1)),
        (EXT, F(2), F(3)),
        (PAPER1, F(1), F(3)),
        (PAPER2, F(4), F(1)),
        ("x^6 - x", F(5, 4), F(3)),
        ("exp(x) + exp(-2x)", F(1), F(2)),
    ],
)
def test_the_gap_inequality_bounds_M(text, x0, L1):
    """psi(M) <= Delta (so M <= psi^-1(Delta)); EXT has equality."""
    land = landscape(on(text, x0))
    with flint.ctx.workprec(200):
        value = psi(land.M.enclosure(150), minimal_L0(parse(text), L1).value.enclosure(150), L1)
        gap = land.Delta.enclosure(150)
        assert not value > gap
        if text == EXT:
            assert value.overlaps(gap)
            assert (value - gap).rad() < 1e-30
        else:
            assert value < gap
