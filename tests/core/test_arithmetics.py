"""EXACT is exact or declines, FLOAT never proves, a ball decides only what is certain."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import EXACT, FLOAT, FloatArithmetic, NotExact, ball
from relaxsmooth.bridge import to_sympy
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, exp, log, piecewise, symbol
from relaxsmooth.strategies import formulas, points, positives, rationals
from relaxsmooth.verdict import Status

X = symbol("x")
FLOATS = st.one_of(
    st.floats(), st.sampled_from((0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e308))
)


# --- float -----------------------------------------------------------------------------------


def claims(arithmetic: FloatArithmetic, a: float, b: float) -> set[Status]:
    return {arithmetic.at_most(a, b), arithmetic.less_than(a, b), arithmetic.at_most(b, a)}


@given(FLOATS, FLOATS)
def test_a_float_never_proves(a: float, b: float) -> None:
    assert Status.PROVED not in claims(FLOAT, a, b)


def test_a_float_that_proves_is_noticed() -> None:
    class Proves(FloatArithmetic):
        yes = Status.PROVED

    assert Status.PROVED in claims(Proves(), 1.0, 2.0)


@given(FLOATS)
def test_a_nan_decides_nothing(a: float) -> None:
    assert claims(FLOAT, a, math.nan) == {Status.UNDECIDED}


@given(formulas(("x", "y")), st.tuples(FLOATS, FLOATS))
def test_a_float_reading_never_raises(f: Formula, point: tuple[float, float]) -> None:
    """Overflow is inf and an undefined value is nan, also for inf and nan on the way in."""
    assert isinstance(evaluate(f, dict(zip("xy", point, strict=True)), FLOAT), float)


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1.0])
def test_a_norm_neither_overflows_nor_vanishes(scale: float) -> None:
    assert FLOAT.norm([3 * scale, 4 * scale]) == pytest.approx(5 * scale, rel=1e-15)


# --- exact -----------------------------------------------------------------------------------


@settings(max_examples=settings.default.max_examples // 2)
@given(formulas(("x", "y")), points(2))
def test_exact_agrees_with_sympy_rationals(f: Formula, point: tuple[Fraction, Fraction]) -> None:
    try:
        value = evaluate(f, dict(zip("xy", point, strict=True)), EXACT)
    except ArithmeticError:  # irrational, or undefined: EXACT declines
        return
    exact = {
        name: sympy.Rational(c.numerator, c.denominator)
        for name, c in zip("xy", point, strict=True)
    }
    constant = f.subs(dict(zip("xy", point, strict=True)))
    assert constant.value in (value, None)
    there = to_sympy(f).subs({sympy.Symbol(name, real=True): c for name, c in exact.items()})
    assert sympy.nsimplify(there - sympy.Rational(value.numerator, value.denominator)) == 0


@given(rationals(), rationals(), st.sampled_from([24, 53, 128]))
def test_exact_values_lie_in_their_balls(a: Fraction, b: Fraction, bits: int) -> None:
    f = (X - b) ** 3 / 7 + abs_of(X) * 3
    enclosure = evaluate(f, {"x": a}, ball(bits))
    value = evaluate(f, {"x": a}, EXACT)
    with ball(2000).active():
        assert enclosure.contains(flint.arb(flint.fmpq(value.numerator, value.denominator)))


def abs_of(u: Formula) -> Formula:
    return piecewise((u, "<", 0, -u), otherwise=u)


@pytest.mark.parametrize("name", ["exp", "log", "cosh", "sinh", "tanh", "sqrt", "sin", "cos"])
def test_exact_declines_an_irrational_value(name: str) -> None:
    with pytest.raises(NotExact, match="irrational"):
        EXACT.apply(name, Fraction(2))


def test_a_branch_that_is_not_taken_need_not_have_a_value() -> None:
    f = piecewise((X, "<=", 0, X), otherwise=exp(-1 / X))
    assert evaluate(f, {"x": Fraction(-2)}, EXACT) == -2
    assert evaluate(f, {"x": Fraction(0)}, EXACT) == 0
    with pytest.raises(NotExact):
        evaluate(f, {"x": Fraction(1)}, EXACT)
    with pytest.raises(ZeroDivisionError):
        evaluate(1 / X, {"x": Fraction(0)}, EXACT)


# --- balls -----------------------------------------------------------------------------------


def decide(a: Any, b: Any, bits: int) -> Status:
    arithmetic = ball(bits)
    with arithmetic.active():
        return arithmetic.at_most(evaluate(a, {}, arithmetic), evaluate(b, {}, arithmetic))


@given(rationals(), rationals(), st.sampled_from([24, 53, 128]))
def test_a_ball_decides_as_the_rationals_do(a: Fraction, b: Fraction, bits: int) -> None:
    arithmetic = ball(bits)
    with arithmetic.active():
        for name in ("at_most", "less_than"):
            status = getattr(arithmetic, name)(arithmetic.number(a), arithmetic.number(b))
            truth = getattr(EXACT, name)(a, b)
            assert status in (truth, Status.UNDECIDED)
            assert status is truth or abs(a - b) < Fraction(1, 10**6)


def test_more_bits_decide_what_fewer_leave_open() -> None:
    tiny = Fraction(1, 10**30)
    a, b = exp(X).subs({"x": 1}), exp(X).subs({"x": 1}) + tiny
    assert decide(a, b, 64) is Status.UNDECIDED
    assert decide(a, b, 256) is Status.PROVED
    assert decide(b, a, 256) is Status.REFUTED


def test_an_undefined_ball_decides_nothing() -> None:
    arithmetic = ball(64)
    undefined = evaluate(log(X), {"x": Fraction(-1)}, arithmetic)
    assert arithmetic.at_most(undefined, flint.arb(1)) is Status.UNDECIDED
    assert arithmetic.possibilities(flint.arb(1), undefined) == (True, True)


@given(positives())
def test_the_precision_of_others_is_left_alone(value: Fraction) -> None:
    before = flint.ctx.prec
    evaluate(exp(X), {"x": value / 10**6}, ball(333))
    assert flint.ctx.prec == before


def test_a_ball_of_too_few_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="bits = 8 must be at least 24; try 128"):
        ball(8)


def test_an_undefined_part_makes_min_and_max_undefined_in_either_order() -> None:
    """Python's min(-1, nan) is -1 and min(nan, -1) is nan."""
    for extremum in (FLOAT.minimum, FLOAT.maximum):
        assert math.isnan(extremum([-1.0, math.nan])) and math.isnan(extremum([math.nan, -1.0]))
    assert FLOAT.minimum([-1.0, 2.0]) == -1 and FLOAT.maximum([-1.0, 2.0]) == 2
