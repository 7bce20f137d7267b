"""TWIST: the certificates, the cycle, and false twins of each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from relaxsmooth.arithmetic import EXACT, ball
from relaxsmooth.counting import count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import symbol
from relaxsmooth.plane import verify_twist
from relaxsmooth.problems.twist import GAP, Twist, cycle, flattened, record, twist
from relaxsmooth.smoothness.spline import exceeds
from relaxsmooth.smoothness.spline_cover import bounded, relaxed
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status

F = Fraction
KNOWN = record()
SCALED = twist(3, F(1, 5))
POINTS = [(F(3, 7), F(-5, 7)), (F(0), F(1)), (F(-31, 9), F(2, 5)), (F(2), F(1)), (F(-9), F(9))]


def test_every_certificate_of_the_record_holds():
    assert [v.status for v in KNOWN.verdicts] == [Status.PROVED] * 4
    assert verify_twist().verdict.status is Status.PROVED
    assert F(314, 100) < KNOWN.K < 4 and KNOWN.gap <= GAP


def test_false_twin_a_constant_3_percent_smaller_is_refuted_at_a_point():
    found = relaxed(KNOWN.spline, KNOWN.L * F(97, 100))
    assert found.status is Status.REFUTED
    assert exceeds(KNOWN.spline, *found.witness["x"], KNOWN.L * F(97, 100))
    found = bounded(KNOWN.spline, KNOWN.m * F(97, 100))
    assert found.status is Status.REFUTED
    assert (
        sum(g * g for g in KNOWN.spline.gradient(*found.witness["x"]))
        > KNOWN.m**2 * F(97, 100) ** 2
    )


def test_false_twin_a_wrong_sign_is_caught():
    rows = [list(row) for row in KNOWN.spline.coefficients]
    places = ((i, j) for i, row in enumerate(rows) for j in range(len(row)))
    row, column = max(places, key=lambda at: abs(rows[at[0]][at[1]]))
    rows[row][column] *= -1
    wrong = replace(KNOWN.spline, coefficients=tuple(map(tuple, rows)))
    assert relaxed(wrong, KNOWN.L).status is Status.REFUTED


def test_false_twin_one_changed_digit_beside_the_cycle_breaks_it():
    i = next(i for i, x in enumerate(KNOWN.spline.x) if x == 0) - 2 + 1
    rows = [list(row) for row in KNOWN.spline.coefficients]
    column = min(range(len(rows[i])), key=lambda j: abs(_middle(j) + 1))
    rows[i][column] += 1
    moved = Twist(replace(KNOWN.spline, coefficients=tuple(map(tuple, rows))), KNOWN.L, KNOWN.m)
    assert cycle(moved).status is Status.REFUTED


def _middle(j: int) -> Fraction:
    """The middle knot of the j-th B-spline in y."""
    return KNOWN.spline.full_y[j + 2]


@pytest.mark.slow
@pytest.mark.parametrize(("x", "y"), POINTS)
def test_the_formula_is_the_spline(x, y):
    p = SCALED
    stretch = 3 / KNOWN.L
    value, slope = (g(([x, y]), EXACT) for g in (p.value, p.slope))
    size = F(1, 5) / KNOWN.m
    assert value == size / stretch * KNOWN.spline.at(stretch * x, stretch * y)
    assert slope == [size * g for g in KNOWN.spline.gradient(stretch * x, stretch * y)]


def test_the_tail_flattens_exponentially_and_twice_differentiably():
    end, a = KNOWN.spline.x[-1], ball(200)
    X = flattened(symbol("x"), end, KNOWN.L)
    for t in (F(0), 1 / (2 * KNOWN.L)):  # both pieces agree at each joint, to the second derivative
        for f in (X, X.diff("x"), X.diff("x").diff("x")):
            sides = [evaluate(f, {"x": end + t + s * F(1, 10**40)}, a) for s in (-1, 1)]
            with a.active():
                assert abs(sides[0] - sides[1]) < a.number(F(1, 10**38))
    slope = X.diff("x")
    for t in (F(1, 4), F(1, 2), F(3, 4), F(5)):  # |X''| <= L X', with equality on the tail
        at = {"x": end + t / KNOWN.L + F(1, 10**40)}
        bend, rise = (evaluate(f, at, a) for f in (slope.diff("x"), slope))
        with a.active():
            slack = a.number(KNOWN.L) * rise + bend
            assert slack > 0 if t < F(1, 2) else abs(slack) < a.number(F(1, 10**38))
    far = evaluate(-KNOWN.spline.slope * X, {"x": F(1000)}, a)
    with a.active():
        assert abs(far - a.number(KNOWN.lowest)) < a.number(F(1, 10**50))


def test_gd_cycles_and_a_perturbed_start_or_step_does_not():
    p = SCALED
    h = p.constants["h"]
    gd = rule("gd").with_parameters(h=h)
    x = [c.value for c in p.start]
    there, _ = gd.step(p, x, None, EXACT)
    back, _ = gd.step(p, there, None, EXACT)
    assert there == [0, -x[1]] and back == x
    assert count(p, gd, F(1, 10)).infinite
    aside = [x[0] + F(1, 10**6), x[1]]
    assert gd.step(p, gd.step(p, aside, None, EXACT)[0], None, EXACT)[0] != aside
    shorter = rule("gd").with_parameters(h=h * F(99, 100))
    assert shorter.step(p, x, None, EXACT)[0] != there


def test_the_page_and_the_row_show_the_certified_constant():
    page = (Path(__file__).parents[2] / "docs" / "twist.md").read_text(encoding="utf-8")
    row = verify_twist()
    rounded_up = -(-KNOWN.K * 10**4 // 1) / 10**4
    assert f"{float(KNOWN.K):.6f} " in page and f"| {float(rounded_up)} |" in page
    assert row.measured == KNOWN.K and row.relation == ">="
