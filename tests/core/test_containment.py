"""A ball contains the value: fuzzed at every precision against an independent 600-bit reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import flint
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from independent import TooLarge, Undefined, holds, reference

from relaxsmooth.arithmetic import BallArithmetic, ball
from relaxsmooth.evaluation import evaluate, specialise
from relaxsmooth.formula import (
    FUNCTIONS,
    Formula,
    absolute,
    exp,
    function,
    maximum,
    minimum,
    piecewise,
    symbol,
)
from relaxsmooth.strategies import formulas, points, rationals

PRECISIONS = tuple(ball(bits) for bits in (24, 31, 53, 64, 113, 256))
MORE = settings(max_examples=2 * settings.default.max_examples)
SEARCH = settings(max_examples=2_000, phases=[Phase.generate], derandomize=True, database=None)


@dataclass(frozen=True)
class Case:
    """A formula in x, y, a box with rational corners, and a point of the box."""

    formula: Formula
    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    share: tuple[Fraction, ...]

    @property
    def point(self) -> dict[str, Fraction]:
        ends = zip("xy", self.low, self.high, self.share, strict=True)
        return {name: a + (b - a) * t for name, a, b, t in ends}

    def box(self, arithmetic: BallArithmetic) -> dict[str, flint.arb]:
        with arithmetic.active():
            ends = zip("xy", self.low, self.high, strict=True)
            return {n: arithmetic.number(a).union(arithmetic.number(b)) for n, a, b in ends}


X, Y = symbol("x"), symbol("y")
POWERS = (
    Fraction(n) for n in (2, 3, 6, -1, -2, -3, Fraction(1, 2), Fraction(-1, 3), Fraction(5, 2))
)
SINGLE = (
    *(function(name, X) for name in FUNCTIONS),
    *(X**e for e in POWERS),
    *(X + Y, X - Y, X * Y, X / Y, X / 3),
    *(minimum(X, Y), maximum(X, Y), minimum(X, 1, Y)),
    *(piecewise((X, r, Y, 1 + X), otherwise=Y**2) for r in ("<", "<=")),
)  # every operation alone: a wrong line in an arithmetic is not hidden by what surrounds it


FUZZED = formulas(("x", "y"))


def cases(
    drawn: st.SearchStrategy[Formula] = FUZZED, thin: bool = False
) -> st.SearchStrategy[Case]:
    """Boxes of every size; a thin one is a single point."""
    shares = st.tuples(*[rationals(0, 1, 8)] * 2)
    built = st.builds(Case, drawn, points(2), points(2), shares)
    return built.map(lambda c: Case(c.formula, c.low, c.low, c.share)) if thin else built


def misses(case: Case, *arithmetics: BallArithmetic) -> list[str]:
    """The arithmetics whose ball on the box certainly does not contain the value at the point."""
    try:
        value, tolerance = reference(case.formula, case.point)
    except (Undefined, TooLarge):
        return []
    found = ((a.name, evaluate(case.formula, case.box(a), a)) for a in arithmetics)
    return [name for name, enclosure in found if not holds(enclosure, value, tolerance)]


@MORE
@given(cases(thin=True))
def test_a_ball_at_a_point_contains_the_value(case: Case) -> None:
    assert not misses(case, *PRECISIONS)


@given(cases(st.just(X)))
def test_every_operation_alone_is_enclosed_on_a_box(case: Case) -> None:
    singles = (replace(case, formula=single) for single in SINGLE)
    assert not [f"{f.formula} in {m}" for f in singles for m in misses(f, *PRECISIONS)]


@MORE
@given(cases())
def test_a_ball_on_a_box_contains_the_value_at_every_point(case: Case) -> None:
    assert not misses(case, *PRECISIONS)


def differs_from(special: Formula, case: Case) -> bool:
    """Whether `special` certainly has another value than the formula at the point of the box."""
    try:
        value, tolerance = reference(case.formula, case.point)
    except (Undefined, TooLarge):
        return False
    same, error = reference(special, case.point)
    return bool(abs(value - same) > tolerance + error)


@given(cases())
def test_a_formula_specialised_to_a_box_is_equal_on_it(case: Case) -> None:
    singles = (replace(case, formula=single) for single in SINGLE)
    for one in (case, *singles):
        assert not differs_from(specialise(one.formula, one.box(ball(64)), ball(64)), one)


def test_the_fuzz_is_not_vacuous() -> None:
    """Most drawn cases have a value and a finite ball; undecided branches do occur."""
    seen: Counter[str] = Counter()

    @settings(max_examples=80, derandomize=True, database=None)
    @given(cases())
    def count(case: Case) -> None:
        seen["all"] += 1
        seen["finite"] += bool(evaluate(case.formula, case.box(ball(64)), ball(64)).is_finite())
        special = specialise(case.formula, case.box(ball(64)), ball(64))
        seen["decided"] += special is not case.formula
        seen["kinked"] += bool({"abs", "min", "max", "piecewise"} & operations(special))

    count()
    assert seen["finite"] >= seen["all"] // 2
    assert seen["decided"] >= seen["all"] // 10
    assert seen["kinked"] >= seen["all"] // 10


def operations(f: Formula) -> set[str]:
    return {f.op}.union(*map(operations, f.args))


# --- false twins: arithmetics with one wrong line, each of which the fuzz must catch ----------


class RoundsExp(BallArithmetic):
    def apply(self, function: str, value: flint.arb) -> flint.arb:
        if function == "exp" and value.is_finite():
            return flint.arb(float(value.mid().exp().mid()))  # nearest double, no radius
        return super().apply(function, value)


class ForgetsZeroInAbs(BallArithmetic):
    def apply(self, function: str, value: flint.arb) -> flint.arb:
        if function == "abs":
            ends = (
                BallArithmetic.apply(self, "abs", end) for end in (value.lower(), value.upper())
            )
            return next(ends).union(next(ends))
        return super().apply(function, value)


class SquaresEnds(BallArithmetic):
    def power(self, base: flint.arb, exponent: Fraction) -> flint.arb:
        if exponent.denominator == 1 and exponent > 0:
            ends = (BallArithmetic.power(self, e, exponent) for e in (base.lower(), base.upper()))
            return next(ends).union(next(ends))
        return super().power(base, exponent)


class CoshOfEnds(BallArithmetic):
    def apply(self, function: str, value: flint.arb) -> flint.arb:
        if function == "cosh":
            return value.lower().cosh().union(value.upper().cosh())
        return super().apply(function, value)


class WaveOfEnds(BallArithmetic):
    def apply(self, function: str, value: flint.arb) -> flint.arb:
        if function in ("sin", "cos"):  # forgets the crest between the ends
            method = getattr(flint.arb, function)
            return method(value.lower()).union(method(value.upper()))
        return super().apply(function, value)


class TakesFirstBranch(BallArithmetic):
    def hull(self, values: Any) -> flint.arb:
        return next(iter(values))


class MinOfMidpoints(BallArithmetic):
    def minimum(self, values: Any) -> flint.arb:
        return min(values, key=lambda v: float(v.mid()))


class DecidesByMidpoint(BallArithmetic):
    def possibilities(self, a: flint.arb, b: flint.arb, strict: bool = False) -> tuple[bool, bool]:
        holds = bool(a.mid() < b.mid() if strict else a.mid() <= b.mid())
        return holds, not holds


class DropsRadiusOfNumbers(BallArithmetic):
    def number(self, value: Fraction) -> flint.arb:
        return super().number(value).mid()


TWINS = {  # and the operations of SINGLE on which each is wrong
    RoundsExp: {exp(X)},
    ForgetsZeroInAbs: {absolute(X)},
    SquaresEnds: {X**2, X**6},
    CoshOfEnds: {function("cosh", X)},
    WaveOfEnds: {function("sin", X), function("cos", X)},
    TakesFirstBranch: {f for f in SINGLE if f.op == "piecewise"},
    MinOfMidpoints: {minimum(X, Y)},
    DecidesByMidpoint: {f for f in SINGLE if f.op == "piecewise"},
    DropsRadiusOfNumbers: {X / 3},
}


@pytest.mark.parametrize("twin", TWINS)
def test_the_fuzz_catches_a_broken_arithmetic(twin: type[BallArithmetic]) -> None:
    wrong = TWINS[twin]
    assert wrong <= set(SINGLE)

    def caught(case: Case) -> bool:
        return any(misses(replace(case, formula=f), twin(64)) for f in wrong)

    assert find(cases(st.just(X)), caught, settings=SEARCH)


def test_specialising_to_a_smaller_box_is_caught() -> None:
    """The twin of `specialise`: it resolves on the centre of the box alone."""

    def differs(case: Case) -> bool:
        centre = {n: v.mid() for n, v in case.box(ball(64)).items()}
        return differs_from(specialise(absolute(X), centre, ball(64)), case)

    assert find(cases(st.just(absolute(X))), differs, settings=SEARCH)
