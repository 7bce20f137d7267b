"""A member of the class is what it says: f' = s(u), |f''| <= L0 + L1|f'|, f* attained."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, maximum
from relaxsmooth.members import (
    Profile,
    antiderivative,
    gradient_of,
    least_L0,
    lowest_value,
    member,
    u_of,
)
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness import membership, minimal_L0
from relaxsmooth.strategies import members, positives, profiles, rationals
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status

REALS = ball(256)
HALF = settings(max_examples=2 * settings.default.max_examples // 5)
CONSTANTS = st.tuples(positives(), st.one_of(positives(), st.just(Fraction(0))))
F = Fraction


def scaled(u: Profile, L1: Fraction) -> Profile:
    """u in units of 1/L1, as `member` takes it."""
    unit = 1 / L1 if L1 else F(1)
    return Profile(tuple(unit * t for t in u.knots), tuple(unit * v for v in u.values), u.tails)


def built(u: Profile, L0: Fraction, L1: Fraction) -> Problem:
    return member(L0, L1, u.knots, u.values, u.tails)


def at(f: Any, x: Fraction) -> Any:
    return evaluate(f, {"x": x}, REALS)


def agree(a: Any, b: Any) -> bool:
    """Whether two balls of 256 bits are one number as far as they tell, and tell 30 digits."""
    with REALS.active():
        gap = abs(a - b).upper()
        return bool(a.overlaps(b) and gap <= (1 + abs(a)).upper() / 10**30)


# --- f' = s(u) -------------------------------------------------------------------------------


@HALF
@given(profiles(), CONSTANTS, rationals(-9, 9, 7))
def test_the_derivative_is_s_of_u(u: Profile, constants: tuple[F, F], z: Fraction) -> None:
    L0, L1 = constants
    u = scaled(u, L1)
    x = z / (L1 or 1)
    f = built(u, L0, L1)
    assert agree(at(f.gradient[0], x), at(gradient_of(u.at(x), L0, L1), x))
    assert agree(at(u_of(f, L0, L1), x), at(u.formula, x))


def test_a_derivative_with_another_constant_is_noticed() -> None:
    f = member(1, 1, [0], [0], (1, 1))
    assert not agree(at(f.gradient[0], F(1)), at(gradient_of(F(1), F(101, 100), 1), F(1)))
    assert not agree(at(f.gradient[0], F(1)), at(gradient_of(F(1) + F(1, 10**9), 1, 1), F(1)))


@HALF
@given(profiles(), CONSTANTS)
def test_f_is_continuously_differentiable_across_its_pieces(
    u: Profile, constants: tuple[F, F]
) -> None:
    L0, L1 = constants
    objective = built(scaled(u, L1), L0, L1).objective
    for f in (objective, objective.diff("x")):
        if f.op == "piecewise":
            pieces, cuts = [*f.args[2::3], f.args[-1]], f.args[1::3]
            for left, right, cut in zip(pieces, pieces[1:], cuts, strict=False):
                assert agree(at(left, cut.data), at(right, cut.data))


# --- |f''| <= L0 + L1|f'| ----------------------------------------------------------------------


def inequality(f: Problem, x: Any, L0: Fraction, L1: Fraction) -> Status:
    """|f''| <= L0 + L1|f'| on a point or a ball x."""
    g, h = evaluate([f.gradient[0], f.hessian[0][0]], {"x": x}, REALS)
    with REALS.active():
        limit = REALS.number(L0) + REALS.number(L1) * REALS.apply("abs", g)
        return REALS.at_most(REALS.apply("abs", h), limit)


def boxes(u: Profile, reach: Fraction, count: int = 40) -> list[Any]:
    """Balls that cover the knots and `reach` on either side."""
    low, high = u.knots[0] - reach, u.knots[-1] + reach
    ends = [REALS.number(low + (high - low) * F(i, count)) for i in range(count + 1)]
    with REALS.active():
        return [a.union(b) for a, b in pairwise(ends)]


@HALF
@given(profiles(), CONSTANTS, st.lists(rationals(-9, 9, 7), min_size=3, max_size=3))
def test_the_inequality_of_the_class_is_nowhere_violated(
    u: Profile, constants: tuple[F, F], z: list[Fraction]
) -> None:
    L0, L1 = constants
    u = scaled(u, L1)
    f = built(u, L0, L1)
    unit = 1 / (L1 or F(1))
    places = [*boxes(u, 5 * unit), *(c * unit for c in z)]
    assert Status.REFUTED not in {inequality(f, x, L0, L1) for x in places}


@HALF
@given(profiles(), CONSTANTS, rationals(-9, 9, 7))
def test_the_curvature_is_the_slope_of_u_times_its_limit(
    u: Profile, constants: tuple[F, F], z: Fraction
) -> None:
    L0, L1 = constants
    u = scaled(u, L1)
    x = (z + F(1, 10007)) / (L1 or 1)  # off the knots
    f = built(u, L0, L1)
    slope = u.slopes[sum(t <= x for t in u.knots)]
    g, h = evaluate([f.gradient[0], f.hessian[0][0]], {"x": x}, REALS)
    with REALS.active():
        limit = REALS.number(L0) + REALS.number(L1) * REALS.apply("abs", g)
        assert agree(h, REALS.number(slope) * limit)


def test_a_u_of_slope_101_over_100_is_caught() -> None:
    u = Profile((F(0), F(1)), (F(0), F(101, 100)), (F(1), F(1)))
    with pytest.raises(FormulaError, match="slope 101/100 right of 0, but u must be 1-Lipschitz"):
        built(u, F(1), F(1))
    twin = Problem("twin", antiderivative(u, 1, 1), ("x",), (parse("1"),))
    assert inequality(twin, F(1, 2), F(1), F(1)) is Status.REFUTED
    assert Status.REFUTED in {inequality(twin, x, F(1), F(1)) for x in boxes(u, F(0), 600)}
    assert inequality(twin, F(2), F(1), F(1)) is not Status.REFUTED  # slope 1 there


@HALF
@given(members(L1=0))
def test_the_exact_decider_accepts_every_smooth_member(f: Problem) -> None:
    L0 = f.constants["L0"]
    assert membership(f.objective, L0, 0).status is Status.PROVED


@HALF
@given(profiles(), positives())
def test_the_exact_decider_finds_the_least_constant(u: Profile, L0: Fraction) -> None:
    found = minimal_L0(antiderivative(u, L0, 0), 0).value
    assert found is not None
    assert found == least_L0(u, L0, 0).value


STEEP = rationals(F(1, 8), 1, 8)


@HALF
@given(rationals(), STEEP, STEEP, positives(), positives())
def test_the_exact_decider_agrees_on_members_that_turn_at_their_minimum(
    t: Fraction, left: Fraction, right: Fraction, L0: Fraction, L1: Fraction
) -> None:
    """e^{L1 u} is rational at the knot t, so that these members are decidable with L1 > 0."""
    f = member(L0, L1, [t], [0], (left, right)).objective
    least = least_L0(Profile((t,), (F(0),), (left, right)), L0, L1).value
    assert least == L0 * max(left, right)
    assert membership(f, L0, L1).status is Status.PROVED
    assert minimal_L0(f, L1).value == least
    assert membership(f, least * F(99, 100), L1).status is Status.REFUTED


def test_the_exact_decider_refutes_a_slope_of_101_over_100() -> None:
    u = Profile((F(0),), (F(0),), (F(1), F(101, 100)))
    assert membership(antiderivative(u, 1, 1), 1, 1).status is Status.REFUTED
    inside = Profile((F(0), F(1)), (F(0), F(101, 100)), (F(1), F(1)))
    assert membership(antiderivative(inside, 1, 1), 1, 1).status is Status.REFUTED


@settings(max_examples=settings.default.max_examples // 4)
@given(members(pieces=4))
def test_the_exact_decider_proves_every_member(f: Problem) -> None:
    """Also where a knot is no zero of u, so that e^{L1 u} is transcendental there."""
    verdict = membership(f.objective, f.constants["L0"], f.constants["L1"])
    assert verdict.status is Status.PROVED


def test_the_least_constant_is_attained_where_u_is_nearest_to_zero() -> None:
    u = Profile((F(0), F(2)), (F(1), F(2)), (F(1), F(1, 2)))
    wanted = maximum(parse("1"), parse("1 - e/2"), parse("1 - e^2/2"), 0)
    assert agree(at(least_L0(u, 1, 1), F(0)), at(wanted, F(0)))
    bent = Profile(  # steeper away from its zero: u' = 1/2 on 1/10 <= u <= 1/5, and 1/4 elsewhere
        (F(0), F(2, 5), F(3, 5)), (F(0), F(1, 10), F(1, 5)), (F(1, 4), F(1, 4))
    )
    assert agree(at(least_L0(bent, 1, 1), F(0)), at(parse("1 - exp(1/10)/2"), F(0)))
    gentle = Profile((F(0),), (F(0),), (F(1, 2), F(1, 2)))
    assert least_L0(gentle, 3, 1).value == F(3, 2)


# --- f* ----------------------------------------------------------------------------------------


@HALF
@given(members(), rationals(-12, 12, 5))
def test_the_lowest_value_is_a_lower_bound_that_is_attained(f: Problem, z: Fraction) -> None:
    x = z / f.constants["L1"]
    assert f.lowest is not None
    with REALS.active():
        assert REALS.at_most(at(f.lowest, x), at(f.objective, x)) is not Status.REFUTED
    zeros = [cut.data for cut in f.objective.args[1::3] if at(f.gradient[0], cut.data).contains(0)]
    if f.objective.op == "piecewise":
        with REALS.active():
            lows = [at(f.objective, zero) for zero in zeros]
            assert any(low.overlaps(at(f.lowest, F(0))) for low in lows)


@pytest.mark.parametrize(
    ("knots", "values", "tails"),
    [
        ([0], [1], (0, 1)),  # f' > 0 far left
        ([0], [-1], (1, 0)),  # f' < 0 far right
        ([0], [0], (-1, 1)),
        ([0], [0], (1, -1)),
    ],
)
def test_a_function_unbounded_below_has_no_lowest_value(
    knots: list[int], values: list[int], tails: tuple[int, int]
) -> None:
    assert member(1, 1, knots, values, tails).lowest is None


def test_the_lowest_of_two_valleys_is_taken() -> None:
    """u is -, +, -, + with the second valley deeper: f* is its value there."""
    u = Profile((F(-1), F(1), F(4)), (F(1), F(-1), F(2)), (F(1), F(1)))
    lowest = lowest_value(u, 1, 1)
    f = antiderivative(u, 1, 1)
    assert agree(at(lowest, F(0)), at(f, F(-2)))
    assert agree(at(f, F(-2)), at(f, F(2)))
    deeper = Profile((F(-1), F(3), F(4)), (F(1), F(-3), F(-2)), (F(1), F(1)))
    g = antiderivative(deeper, 1, 1)
    assert agree(at(lowest_value(deeper, 1, 1), F(0)), at(g, F(6)))
    assert REALS.less_than(at(g, F(6)), at(g, F(-2))) is Status.PROVED


# --- known functions, scaling, refusals ------------------------------------------------------


@pytest.mark.parametrize(("L0", "L1"), [(1, 1), (3, F(1, 2)), (F(1, 7), 10)])
def test_the_line_gives_the_extremal_function(L0: F | int, L1: F | int) -> None:
    """(L0/L1^2)(e^{L1|x|} - L1|x| - 1), the function EXT of the theory."""
    f = member(L0, L1, [0], [0], tails=(1, 1))
    ext = parse("L0/L1^2 (exp(L1 |x|) - L1 |x| - 1)").subs({"L0": L0, "L1": L1})
    assert all(agree(at(f.objective, x), at(ext, x)) for x in (F(-3, 2), F(0), F(1, 7), F(5)))
    assert f.lowest is not None
    assert f.lowest.value == 0


def test_the_start_is_one_unit_beyond_the_last_knot_unless_given() -> None:
    assert member(1, 1, [0, 2], [0, 1]).start == (parse("3"),)
    assert member(1, 1, [0, 2], [0, 1], start=F(-1, 2)).start == (parse("-1/2"),)


def test_a_smooth_member_is_a_quadratic_spline() -> None:
    assert member(4, 0, [0], [0], tails=(1, 1)).objective is parse("piecewise(x <= 0, 2x^2, 2x^2)")


@HALF
@given(profiles(), positives(2), positives(2), positives(2), rationals(-5, 5, 5))
def test_members_scale_as_the_class_does(
    u: Profile, L0: Fraction, L1: Fraction, c: Fraction, z: Fraction
) -> None:
    """x = c z: f(c z) is the member of (c^2 L0, c L1) with knots and values divided by c."""
    u, z = scaled(u, L1), z / (L1 * c)
    stretched = Profile(tuple(t / c for t in u.knots), tuple(v / c for v in u.values), u.tails)
    f, g = antiderivative(u, L0, L1), antiderivative(stretched, c**2 * L0, c * L1)
    assert agree(at(f, c * z), at(g, z))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 1, [0], [0]), "L0 = 0 must be positive"),
        ((1, -1, [0], [0]), "L1 = -1 must not be negative"),
        ((1, 1, [], []), "0 knots and 0 values"),
        ((1, 1, [0, 1], [0]), "2 knots and 1 values"),
        ((1, 1, [1, 0], [0, 0]), "knots 1, 0 of u do not increase"),
        ((1, 1, [0, 0], [0, 0]), "do not increase"),
        ((1, 1, [0, 1], [0, 2]), "slope 2 right of 0"),
        ((1, 1, [0], [0], (-2, 0)), "slope -2 left of the first knot"),
        ((1, 1, [0], [0], (0, F(101, 100))), "slope 101/100 right of 0"),
        ((1, 1, [0.5], [0]), "0.5 is not exact"),
    ],
)
def test_what_is_no_member_is_refused_by_name(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(FormulaError, match=words):
        member(*arguments)


def test_u_needs_a_function_on_the_line() -> None:
    with pytest.raises(FormulaError, match="has 2 variables, but u is defined on the line"):
        u_of(Problem("p", parse("x y"), ("x", "y"), (parse("1"),) * 2), 1, 1)
