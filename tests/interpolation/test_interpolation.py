"""Data of members are accepted, data pushed out are refused with the slack that was pushed."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError
from relaxsmooth.interpolation import interpolate
from relaxsmooth.interpolation import intervals as tents
from relaxsmooth.interpolation.intervals import Gap
from relaxsmooth.interpolation.levels import Level, chart
from relaxsmooth.members import Profile, antiderivative
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness import membership
from relaxsmooth.strategies import profiles, rationals
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status

F = Fraction
BALL = ball(128)
CLASSES = [(F(1), F(1)), (F(3), F(1, 2)), (F(1, 7), F(10)), (F(2), F(0))]


def drawn_profile(draw: random.Random, unit: F, convex: bool) -> Profile:
    knots, values = [F(draw.randint(-8, 8), 4) * unit], [F(draw.randint(-8, 8), 4) * unit]
    for _ in range(draw.randint(1, 4)):
        length = F(draw.randint(1, 12), 4) * unit
        slope = F(draw.randint(0 if convex else -4, 4), 4)
        knots.append(knots[-1] + length)
        values.append(values[-1] + slope * length)
    return Profile(tuple(knots), tuple(values), (F(1), F(1)))


def data_of(u: Profile, L0: F, L1: F, places: list[F]) -> list[tuple[object, ...]]:
    """(x, f(x), u(x)), f exact."""
    f = antiderivative(u, L0, L1)
    return [(x, f.subs({"x": x}), u.at(x)) for x in places]


def drawn_data(draw: random.Random, convex: bool) -> tuple[list[tuple[object, ...]], F, F]:
    L0, L1 = draw.choice(CLASSES)
    unit = 1 / L1 if L1 else F(1)
    u = drawn_profile(draw, unit, convex)
    places = sorted({F(draw.randint(-24, 48), 8) * unit for _ in range(draw.randint(2, 4))})
    return data_of(u, L0, L1, places), L0, L1


def gap_of(data: list[tuple[object, ...]], i: int, L0: F, L1: F, convex: bool) -> Gap:
    used = chart(L0, L1)
    (x, _, u), (y, _, v) = data[i : i + 2]
    return Gap(used, Level(used.unit * u), Level(used.unit * v), used.unit * (y - x), convex)


def pushed(
    draw: random.Random, data: list[tuple[object, ...]], L0: F, L1: F, convex: bool
) -> tuple[list[tuple[object, ...]], int, F]:
    """One datum moved past an end of its interval by a rational push; its pair."""
    i = draw.randrange(len(data) - 1)
    push = F(draw.randint(1, 99), 10 ** draw.randint(0, 12))
    (x, f, u), (y, _, v) = data[i : i + 2]
    if draw.random() < 0.5:
        gap = gap_of(data, i, L0, L1, convex)
        ends = (gap.highest.increment + push, gap.lowest.increment - push)
        moved = (y, f + draw.choice(ends), v)
        later = data[i + 2 :]
    else:
        reach = y - x + push
        moved, later = (y, None, u + (reach if convex else draw.choice((reach, -reach)))), []
    kept = data[: i + 1] if moved[1] is not None else [(x, None, u)]
    return [*kept, moved, *later], (i if moved[1] is not None else 0), push


def run(cases: int, seed: int) -> None:
    draw = random.Random(seed)
    done = 0
    while done < cases:
        convex = draw.random() < 0.3
        data, L0, L1 = drawn_data(draw, convex)
        if len(data) < 2:
            continue
        done += 1
        found = interpolate(data, L0, L1, convex=convex, given="u", function=False)
        assert found.verdict.status is Status.PROVED, (data, L0, L1)
        wrong, i, push = pushed(draw, data, L0, L1, convex)
        found = interpolate(wrong, L0, L1, convex=convex, given="u", function=False)
        assert found.verdict.status is Status.REFUTED
        assert found.pair == (i, i + 1)
        assert found.slack is not None
        assert found.slack.value == push  # exactly


def test_members_pass_and_pushed_data_fail_by_the_push():
    run(30, seed=1)


@pytest.mark.slow
def test_ten_thousand_members_pass_and_ten_thousand_pushed_data_fail():
    run(10_000, seed=2026)


def test_false_twin_swapped_tents_refuse_members(monkeypatch):
    monkeypatch.setattr(Gap, "lowest", property(lambda gap: gap._tent(1)))
    monkeypatch.setattr(Gap, "highest", property(lambda gap: gap._tent(-1)))
    with pytest.raises(AssertionError):
        run(30, seed=1)


def test_false_twin_a_wrong_potential_is_caught(monkeypatch):
    """P without its term -L1|u|."""
    wrong = tents.Through.increment.func

    def halved(through):
        return wrong(through) * F(99, 100)

    monkeypatch.setattr(tents.Through, "increment", property(halved))
    with pytest.raises(AssertionError):
        run(30, seed=1)


# --- the intervals against quadrature ----------------------------------------------------------


@pytest.mark.parametrize("convex", [False, True])
@pytest.mark.parametrize(
    ("u", "v", "d"), [(1, 0.5, 2), (0.25, -0.5, 3), (-1, 0.5, 2), (-2, -1.5, 1)]
)
def test_the_ends_are_the_integrals_of_the_extremal_u(u, v, d, convex):
    if convex and v < u:
        u, v = v, u
    x = np.linspace(0, d, 200_001)
    cones = np.array([u - x, v - (d - x)]), np.array([u + x, v + (d - x)])
    low, high = cones[0].max(axis=0), cones[1].min(axis=0)
    if convex:
        low, high = np.maximum(u, v - (d - x)), np.minimum(v, u + x)
    L0, L1 = 3, 2
    s = [np.sign(w) * L0 / L1 * np.expm1(L1 * np.abs(w)) for w in (low, high)]
    gap = Gap(chart(L0, L1), Level(F(L1) * F(u)), Level(F(L1) * F(v)), F(L1) * d, convex)
    for through, values in zip((gap.lowest, gap.highest), s, strict=True):
        exact = float(evaluate(through.increment, {}, BALL).mid())
        assert exact == pytest.approx(np.trapezoid(values, x), rel=1e-8, abs=1e-8)


# --- the function that is returned -------------------------------------------------------------


def passes(f: Problem, data, L0, L1) -> None:
    """f takes the values, its gradients too, and |f''| <= L0 + L1|f'| at many points."""
    for x, value, g in data:
        if value is not None:
            assert evaluate(f.objective - value, {"x": x}, BALL).contains(0)
        assert evaluate(f.gradient[0] - g, {"x": x}, BALL).contains(0)
    low, high = data[0][0] - 2, data[-1][0] + 2
    for k in range(41):
        x = low + (high - low) * F(2 * k + 1, 83)
        slope, curvature = (evaluate(h, {"x": x}, BALL) for h in (f.gradient[0], f.hessian[0][0]))
        excess = abs(curvature) - (BALL.number(F(L0)) + BALL.number(F(L1)) * abs(slope))
        assert not excess > 0


CASES = [
    ([(0, 0, 1), (1, F(3, 2), 2), (3, 2, -1)], 1, 1),
    ([(0, 0, -1), (3, F(1, 9), 1)], 1, 1),
    ([(0, 0, -1), (3, F(-1), 1)], 1, 1),
    ([(0, 0, -1), (3, F(1), 1)], 1, 1),
    ([(0, 0, 1), (1, F(3, 2), 2), (3, 2, -1)], 2, 0),
    ([(0, 0, 1), (1, F(3, 2), 2)], 0, 1),
    ([(0, 0, -1), (1, F(-3, 2), -2), (4, -10, -2)], 0, 1),
    ([(0, None, 1), (1, None, 2), (3, None, -1)], 1, 1),
    ([(0, 5, 0)], 1, 1),
]


@pytest.mark.parametrize(("data", "L0", "L1"), CASES)
def test_the_function_takes_the_data_and_is_a_member(data, L0, L1):
    found = interpolate(data, L0, L1)
    assert found.verdict.status is Status.PROVED
    passes(found.problem, data, L0, L1)


@pytest.mark.parametrize(("data", "L0", "L1"), CASES)
def test_beyond_the_data_u_has_slope_one(data, L0, L1):
    """The first and the last piece: f' = s(u), u = u_end +- t; they make f bounded below."""
    slope = interpolate(data, L0, L1).problem.gradient[0]
    sign = -1 if L0 == 0 and data[0][2] < 0 else 1  # with f' < 0, L0 = 0 it is -f' that grows
    for end, side in ((data[0], -sign), (data[-1], sign)):
        for t in (F(1, 7), F(5, 2), F(9)):
            found = evaluate(slope, {"x": end[0] + side * sign * t}, BALL)
            assert float(found) == pytest.approx(_s(_u(end[2], L0, L1) + side * t, L0, L1, end[2]))


def _u(g, L0, L1):
    if L1 == 0 or L0 == 0:
        return g / L0 if L0 else np.log(abs(g)) / L1
    return np.sign(g) * np.log1p(L1 * abs(g) / L0) / L1


def _s(u, L0, L1, g):
    u = float(u)
    if L1 == 0 or L0 == 0:
        return L0 * u if L0 else np.sign(g) * np.exp(L1 * u)
    return np.sign(u) * L0 / L1 * np.expm1(L1 * abs(u))


def test_the_convex_function_is_convex():
    data = [(0, 0, -1), (2, F(-1, 3), F(1, 2)), (3, F(2, 5), 1)]
    found = interpolate(data, 1, 1, convex=True)
    assert found.verdict.status is Status.PROVED
    passes(found.problem, data, 1, 1)
    curvature = found.problem.hessian[0][0]
    assert all(evaluate(curvature, {"x": F(k, 17)}, BALL) >= 0 for k in range(-20, 80))


@settings(max_examples=10)
@given(profiles(), st.lists(rationals(-6, 6, 7), min_size=2, max_size=4, unique=True))
def test_what_is_returned_is_proved_a_member_by_the_exact_decider(u, places):
    """L1 = 0: piecewise polynomials, which the decider of the class takes without help."""
    data = data_of(u, F(2), F(0), sorted(places))
    found = interpolate(data, 2, 0, given="u")
    assert found.verdict.status is Status.PROVED
    assert membership(found.problem.objective, 2, 0).status is Status.PROVED
    passes(found.problem, [(x, f, 2 * g) for x, f, g in data], 2, 0)


def test_the_lowest_value_is_that_of_the_function():
    found = interpolate([(0, 0, -1), (3, F(1, 9), 1), (5, F(1, 3), -1)], 1, 1)
    low = evaluate(found.problem.lowest, {}, BALL)
    values = [evaluate(found.problem.objective, {"x": F(k, 64)}, BALL) for k in range(-640, 640)]
    assert not any(value < low for value in values)
    assert min(float(v.mid()) for v in values) == pytest.approx(float(low.mid()), abs=1e-3)


# --- edges -------------------------------------------------------------------------------------


def test_the_classical_condition_on_the_line():
    """L1 = 0: f_j - f_i >= (g_i + g_j) d/2 - L d^2/4 + (g_i - g_j)^2/(4L), and its mirror."""
    g, h, d, L = F(1), F(-1, 3), F(2), F(3)
    least = (g + h) * d / 2 - L * d**2 / 4 + (g - h) ** 2 / (4 * L)
    accepted = interpolate([(0, 0, g), (d, least, h)], L, 0)
    assert accepted.verdict.status is Status.PROVED
    refused = interpolate([(0, 0, g), (d, least - F(1, 10**30), h)], L, 0)
    assert refused.slack.value == F(1, 10**30)


def test_an_end_of_the_interval_is_inside():
    gap = Gap(chart(1, 1), Level(F(1)), Level(F(1, 2)), F(2))
    for end in (gap.lowest.increment, gap.highest.increment):
        found = interpolate([(0, 0, 1), (2, end, F(1, 2))], 1, 1, given="u")
        assert found.verdict.status is Status.PROVED
    with_g = Gap(chart(1, 1), Level.log(F(3)), Level.log(F(2)), F(2))
    data = [(0, 0, 2), (2, with_g.lowest.increment, 1)]
    assert interpolate(data, 1, 1).verdict.status is Status.PROVED


def test_a_tie_that_no_rule_decides_is_undecided():
    """log 6 = log 2 + log 3 is not among the rules by which terms meet."""
    gap = Gap(chart(1, 1), Level.log(F(3)), Level.log(F(1, 2)), F(2))
    nearly = gap.lowest.increment + parse("log(6) - log(2) - log(3)")
    found = interpolate([(0, 0, 2), (2, nearly, -1)], 1, 1)
    assert found.verdict.status is Status.UNDECIDED
    assert "4096 bits" in found.verdict.reason


@pytest.mark.parametrize(
    ("data", "L1", "status"),
    [
        ([(0, 0, 0), (1, 0, 0)], 1, Status.PROVED),
        ([(0, 0, 0), (1, 0, 1)], 1, Status.REFUTED),
        ([(0, 0, -1), (1, 0, 1)], 1, Status.REFUTED),
        ([(0, 0, 1), (1, 1, 1)], 0, Status.PROVED),
        ([(0, 0, 1), (1, 2, 1)], 0, Status.REFUTED),
    ],
)
def test_without_L0(data, L1, status):
    assert interpolate(data, 0, L1).verdict.status is status


@pytest.mark.parametrize(
    ("data", "constants", "words"),
    [
        ([], (1, 1), "no data"),
        ([(0, 0)], (1, 1), "has 2 entries"),
        ([(0, 0, 1), (0, 1, 1)], (1, 1), "both at x = 0"),
        ([(0, 0, 0.5)], (1, 1), "0.5 is not exact"),
        ([(0, 0, 1), (1, None, 1)], (1, 1), "datum 1 has no f"),
        ([(0, 0, 1)], (-1, 1), "L0 = -1 must not be negative"),
        ([(0, 0, 1)], (1, -1), "L1 = -1 must not be negative"),
    ],
)
def test_bad_data_is_refused_by_name(data, constants, words):
    with pytest.raises(FormulaError, match=words):
        interpolate(data, *constants)


def test_neighbours_suffice():
    """Not neighbours, but all pairs: whatever passes has |u_i - u_j| <= |x_i - x_j| for all."""
    draw = random.Random(5)
    data, L0, L1 = drawn_data(draw, convex=False)
    assert interpolate(data, L0, L1, given="u").verdict.status is Status.PROVED
    assert all(abs(v - u) <= y - x for (x, _, u), (y, _, v) in pairwise(data))


# --- L0 = 0, and ties written in other ways ------------------------------------------------------


def test_with_L0_zero_the_pair_is_the_one_of_two_signs():
    found = interpolate([(0, None, 1), (1, None, 2), (2, None, -1)], 0, 1)
    assert found.pair == (1, 2) and found.rule == "sign" and found.slack is None
    assert interpolate([(0, None, 1), (1, None, 2)], 0, 1).verdict.status is Status.PROVED
    zero = interpolate([(0, None, 1), (1, None, 0)], 0, 1)
    assert zero.pair == (0, 1) and zero.verdict.status is Status.REFUTED


def test_with_L0_zero_neighbours_of_one_sign_are_never_the_pair():
    """(0, 0, 1) and (1, 3/2, 2) are joined by a member, whatever comes after."""
    found = interpolate([(0, 0, 1), (1, F(3, 2), 2), (2, 0, -1)], 0, 1)
    assert found.pair == (1, 2) and found.rule == "sign" and found.interval is None
    assert interpolate([(0, 0, 1), (1, F(3, 2), 2)], 0, 1).verdict.status is Status.PROVED


@pytest.mark.parametrize(
    "f",
    [
        "((log(2)+log(3)+log(5)+log(7))^8+log(11))^8",
        "(log(2)+log(3)+log(5)+log(7))^7*(log(11)+log(13)+log(17))^7",
        "exp(1-900*log(123456789))",
    ],
)
def test_a_constant_that_would_be_too_long_multiplied_out_is_left_as_it_is(f):
    assert interpolate([(0, 0, 1), (1, parse(f), 2)], 1, 1).verdict.status is Status.REFUTED


def test_a_line_that_misses_says_what_its_increment_must_be():
    flat = interpolate([(0, 1, 0), (1, 2, 0)], 0, 1)
    assert flat.rule == "line" and [end.value for end in flat.interval] == [0, 0]
    sloped = interpolate([(0, 1, 1), (2, 4, 1)], 0, 0)
    assert [end.value for end in sloped.interval] == [2, 2] and sloped.slack.value == 1
    assert interpolate([(0, 1, 1), (2, 3, 1)], 0, 0).verdict.status is Status.PROVED


def test_u_has_no_meaning_where_both_constants_are_zero():
    with pytest.raises(FormulaError, match="no meaning where L0 = L1 = 0"):
        interpolate([(0, 0, 1), (1, 1, 1)], 0, 0, given="u")


@pytest.mark.parametrize(
    "f",
    [
        "4*exp(1/2) - 5",
        "4*sqrt(exp(1)) - 5",
        "2*exp(log(2) + 1/2) - 5",
        "exp(1/2 - 2*log(1/2)) - 5",
    ],
)
def test_a_tie_is_decided_however_e_is_written(f):
    data = [(0, 0, 1), (1, parse(f), 1)]
    assert interpolate(data, 1, 1).verdict.status is Status.PROVED
    above = [(0, 0, 1), (1, parse(f"{f} + 1/10^100"), 1)]
    below = [(0, 0, 1), (1, parse(f"{f} - 1/10^100"), 1)]
    outcomes = {interpolate(d, 1, 1).verdict.status for d in (above, below)}
    assert outcomes == {Status.PROVED, Status.REFUTED}
