"""The parts of branch and bound: tapes, charts, tests on boxes, matrices, floors, convexity."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import EXACT, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import formula
from relaxsmooth.problem import problem
from relaxsmooth.problems import problems, shipped
from relaxsmooth.smoothness import box_tests
from relaxsmooth.smoothness.box_bounds import bounds_nd
from relaxsmooth.smoothness.box_charts import atom_of_ratio, core, scalar_charts, whole_space
from relaxsmooth.smoothness.box_convex import is_convex, is_nonnegative
from relaxsmooth.smoothness.box_cover import Budget, as_sides, search
from relaxsmooth.smoothness.box_fields import BOUNDED, fields
from relaxsmooth.smoothness.box_landscape import landscape_nd, largest_slope
from relaxsmooth.smoothness.box_lowest import lowest_nd
from relaxsmooth.smoothness.box_matrix import (
    is_certainly_positive_definite,
    is_positive_semidefinite,
    norm_at_most,
    spectral_norm,
)
from relaxsmooth.smoothness.box_tape import Tape
from relaxsmooth.smoothness.box_tests import Curvature, Floor
from relaxsmooth.smoothness.box_witness import excess_at
from relaxsmooth.verdict import Status

F = Fraction
HALF = settings(max_examples=settings.default.max_examples // 2)
FEW = settings(max_examples=settings.default.max_examples // 4)  # times the number of forms
MANY = [
    "x^4 - 2x^2*y + y^7/3", "exp(-x) + log(1 + exp(x*y))", "sqrt(1 + x^2) + 1/(3 + y)",
    "tanh(x) - cosh(y)*sinh(x - y)", "piecewise(x < 0, x^2, y <= x, y^3, x*y)",
    "max(x, y, 1/2) - min(x, y^2)", "abs(x - y)^3 + norm(x, y)",
]  # fmt: skip
small = st.fractions(-2, 2, max_denominator=16)


def hull(centre: Fraction, radius: Fraction) -> flint.arb:
    a = ball(96)
    with a.active():
        return a.number(centre - radius).union(a.number(centre + radius))


# --- tapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", MANY)
@given(x=small, y=small, r=st.sampled_from([F(0), F(1, 100), F(1, 3)]), s=small, t=small)
@HALF
def test_a_tape_encloses_the_formula_at_every_point_of_the_box(text, x, y, r, s, t):
    f = problem(text).objective
    inside = {"x": x + r * s / 2, "y": y + r * t / 2}
    point = evaluate(f, inside, ball(160))
    with ball(64).active():
        (value,) = Tape([f], ("x", "y"))([hull(x, r), hull(y, r)])
        assert not value.is_finite() or value.overlaps(point)
    assert value.is_finite() or r or not point.is_finite()


def test_a_tape_refuses_a_symbol_it_does_not_know():
    with pytest.raises(ValueError, match="symbol y has no slot"):
        Tape([problem("x + y").objective], ("x",))


# --- matrices ----------------------------------------------------------------------------------

entries = st.integers(-3, 3).map(F)


@given(a=entries, b=entries, c=entries)
def test_semidefinite_of_two_by_two_is_by_minors(a, b, c):
    assert is_positive_semidefinite([[a, b], [b, c]]) == (a >= 0 and c >= 0 and a * c >= b * b)


@given(st.lists(entries, min_size=6, max_size=6), st.integers(0, 9))
def test_norm_at_most_agrees_with_the_exact_eigenvalue(v, c):
    matrix = [[v[0], v[1], v[2]], [v[1], v[3], v[4]], [v[2], v[4], v[5]]]
    assert norm_at_most(matrix, F(c)) == (spectral_norm(matrix) <= c)


def test_a_ball_matrix_is_definite_only_if_all_its_members_are():
    near = flint.arb(1).union(flint.arb("1.01"))
    assert is_certainly_positive_definite(flint.arb_mat(2, 2, [near, 0, 0, near]))
    wide = flint.arb(-1).union(flint.arb(1))
    assert not is_certainly_positive_definite(flint.arb_mat(2, 2, [near, wide, wide, near]))
    assert not is_certainly_positive_definite(flint.arb_mat(2, 2, [near, 2, 2, near]))


# --- charts ------------------------------------------------------------------------------------

CHARTED = ["himmelblau", "phase_retrieval", "logistic_ridge"]


@pytest.mark.parametrize("weights", [(1, 1), (2, 3)])
@given(x=st.fractions(-100, 100), y=st.fractions(-100, 100))
@HALF
def test_every_point_of_the_plane_is_in_a_chart(weights, x, y):
    """Up to x -> -x where f is even."""
    for key in CHARTED:
        charts = whole_space(fields(shipped(key)), F(4), weights)
        even = key == "phase_retrieval"
        for point in [(x, y), (-x, -y)] if even else [(x, y)]:
            if any(_contains(chart, point) for chart in charts):
                break
        else:
            raise AssertionError(f"{x}, {y} of {key} is in no chart")


def _contains(chart, x) -> bool:
    if chart.face is None:
        return all(a <= c <= b for c, (a, b) in zip(x, chart.box, strict=True))
    i, s = chart.face
    if x[i] * s <= 0:
        return False
    size = [abs(c) ** F(1, w) if w == 1 else float(abs(c)) ** (1 / w)
            for c, w in zip(x, chart.weights, strict=True)]  # fmt: skip
    return size[i] >= 1 / float(chart.box[0][1]) - 1e-9 and size[i] >= max(map(float, size)) - 1e-9


@pytest.mark.parametrize("key", CHARTED)
@pytest.mark.parametrize("weights", [(1, 1), (2, 3)])
def test_a_chart_reads_the_same_gradient_and_hessian(key, weights):
    """u^(N + lift) ∂f/∂x_k and u^N H_ij at y are those of f at x(y)."""
    of, a = fields(shipped(key)), ball(200)
    for chart in whole_space(of, F(4), weights):
        y = [F(1, 7), F(-2, 5)] if chart.face else [F(3, 2), F(-1, 3)]
        test = Curvature(chart, F(1), F(1))
        x = dict(zip(of.names, chart.point(y), strict=True))
        with a.active():
            values = test.read([a.number(c) for c in y])
            expected = evaluate([*of.gradient, *of.upper], x, a)
            powers = [*chart.lifts, *[0] * len(of.upper)]
            for got, wanted, lift in zip(values[1:], expected, powers, strict=True):
                scale = values[0] * a.number(y[0]) ** lift if chart.face else values[0]
                assert got.overlaps(scale * wanted) and got.rad() < 1e-15


@pytest.mark.parametrize("T", BOUNDED)
@given(q=small, u=st.fractions(0, 1), width=st.fractions(0, 1), k=st.integers(0, 3), p=small)
@example(q=F(0), u=F(2, 705342122), width=F(1), k=1, p=F(0))  # a quotient of unbounded radius
@HALF
def test_a_bounded_function_of_a_ratio_holds_up_to_infinity(T, q, u, width, k, p):
    a, r = ball(64), F(1, 8)
    with a.active():
        found = atom_of_ratio(T, hull(q, r), a.number(u).union(a.number(u + width)), k)
        at, top = u + width, q + r * p / 2
        if at > 0:
            assert found.overlaps(getattr(a.number(top) / a.number(at) ** k, T)())
        assert found.lower() >= -1.00000001 and found.upper() <= 1.00000001


def test_false_twin_a_wave_that_is_read_as_0_at_infinity_proves_what_is_false(monkeypatch):
    of = fields(problem("x^2 + y^2 + sin(3x)"))  # d2f/dx2 = 2 - 9 sin(3x), up to 11
    faces = [chart for chart in whole_space(of, F(4), (1, 1)) if chart.face is not None]

    def accepted() -> bool:
        tests = [(Curvature(chart, F(6), F(1, 100)), chart.box) for chart in faces]
        return all(search(test, box, Budget(3000, None).clock()).complete for test, box in tests)

    assert not accepted()
    monkeypatch.setattr(box_tests, "atom_of_ratio", lambda *given: flint.arb(0))
    assert accepted()


# --- the curvature test on boxes ----------------------------------------------------------------


@pytest.mark.parametrize("key", [*CHARTED, "rosenbrock"])
def test_what_a_box_test_accepts_holds_at_its_points(key):
    """Soundness, on boxes of all charts: exact points of accepted boxes satisfy the inequality."""
    p = shipped(key)
    L1 = F(1)
    L0 = F(2) if "logistic" in key else F(20) if key != "himmelblau" else F(150)
    accepted = 0
    for chart in whole_space(fields(p), F(4), (1, 1)):
        test = Curvature(chart, L0, L1)
        for i in range(6):
            for j in range(6):
                box = tuple(
                    (a + (b - a) * F(n, 6), a + (b - a) * F(n + 1, 6))
                    for n, (a, b) in zip((i, j), chart.box, strict=True)
                )
                with flint.ctx.workprec(64):
                    holds = test.examine(as_sides(box)).holds
                for s, t in ((F(1, 9), F(8, 9)), (F(1, 2), F(1, 3)), (F(1), F(1))):
                    y = [box[0][0] + s * (box[0][1] - box[0][0]),
                         box[1][0] + t * (box[1][1] - box[1][0])]  # fmt: skip
                    if holds:
                        excess = excess_at(p, chart.point(y), L1).excess
                        assert not excess > int(L0)
                        accepted += 1
    assert accepted > 20


@pytest.mark.parametrize("sign", [1, -1])
def test_a_box_is_refused_when_only_a_corner_violates(sign):
    """|f''| = 12x² exceeds 12 beyond x = 1, which the midpoint 4/5 does not see: either sign."""
    of = fields(problem(f"{sign}*x^4 + y^2/10"))
    with flint.ctx.workprec(64):
        for end, holds in ((F(11, 10), False), (F(9, 10), True)):
            box = ((F(1, 2), end), (F(0), F(1)))
            assert Curvature(core(of, box), F(12), F(0)).examine(as_sides(box)).holds is holds


def test_a_constant_hessian_is_accepted_exactly_above_its_norm():
    of, box = fields(problem("(x + y)^2/2")), ((F(0), F(1)), (F(0), F(1)))
    with flint.ctx.workprec(64):
        for L0, holds in (
            (F(19, 10), False),
            (F(201, 100), True),
        ):  # ‖H‖ = 2
            assert Curvature(core(of, box), L0, F(0)).examine(as_sides(box)).holds is holds


@given(u=st.fractions(F(1, 99), F(1, 8)), v=st.fractions(-1, 1), s=st.fractions(0, 1))
@HALF
def test_the_least_slope_on_a_face_is_below_the_slope_at_its_points(u, v, s):
    """u^N ‖∇f‖ at a point of the box [0, 1/8] x [v - 1/9, v + 1/9] of every face."""
    of = fields(problem("x^4 + y^2 + x*y"))
    box = ((F(0), F(1, 8)), (v - F(1, 9), v + F(1, 9)))
    with ball(128).active():
        for chart in whole_space(of, F(8), (1, 2))[1:]:
            assert any(chart.lifts)
            test = Curvature(chart, F(1), F(1))
            least = test._least_slope(test.read([hull(F(1, 16), F(1, 16)), hull(v, F(1, 9))])[1:3],
                                      as_sides(box)[0][1])  # fmt: skip
            y = [u, v + (2 * s - 1) / 9]
            x = dict(zip(of.names, chart.point(y), strict=True))
            sigma = test.read([ball(128).number(c) for c in y])[0]
            assert not least > sigma * ball(128).norm(evaluate(list(of.gradient), x, ball(128)))


def test_false_twin_a_box_with_a_violation_is_never_accepted():
    """At L0 below the supremum the box around the maximum is refused at every size."""
    found = bounds_nd(shipped("himmelblau"), F(1), gap=F(1, 10))
    chart = whole_space(fields(shipped("himmelblau")), F(8), (1, 1))[0]
    test = Curvature(chart, found.lower * F(999, 1000), F(1))
    for k in range(0, 40, 3):
        r = F(1, 2**k)
        with flint.ctx.workprec(64):
            answer = test.examine(as_sides(tuple((c - r, c + r) for c in found.at)))
        assert not answer.holds


# --- f*, Delta, M --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("x^4 + y^4 - 4x*y", -2),
        ("2x^2 - 1.05x^4 + x^6/6 + x*y + y^2", 0),  # weights (1, 3) at infinity
        ("exp(x + y) + x^2 + y^2 - x", None),
        ("x^4 - 2x^2 + cosh(y)", 0),
        ("(x^2 + y^2)^2 - 2(x^2 + y^2)", -1),
        ("(x - y)^2 + (x - y)", F(-1, 4)),
        ("log(exp(x) + exp(-x) + exp(y) + exp(-2y))", None),
    ],
)
def test_the_infimum_is_enclosed(text, least):
    found = lowest_nd(problem(text))
    assert found.lowest <= found.highest <= found.lowest + F(1, 10**5)
    if least is not None:
        assert found.lowest <= least <= found.highest


def test_an_infimum_that_is_not_attained_is_bounded_by_the_form():
    found = lowest_nd(problem("(x*y - 1)^2 + x^2*y^4"), Budget(500, None))  # -> 0 as x = 1/y -> oo
    assert found.lowest == 0 < found.highest and "by its form" in found.reason


@pytest.mark.parametrize("text", ["x^2 - y^2", "x + y", "x^3 + y^2", "-(x^2 + y^2)^2"])
def test_unbounded_functions_are_seen(text):
    assert lowest_nd(problem(text)).lowest is None
    verdict = landscape_nd(problem(text), F(1), F(1)).bounded_below
    assert verdict.status is Status.REFUTED


def test_a_convex_infimum_is_not_above_the_true_one():
    """f = e^s + 2e^-s + (x - y)^2, s = x + y, has f* = 2 sqrt 2 at an irrational point."""
    found, a = lowest_nd(problem("exp(x + y) + 2exp(-x - y) + (x - y)^2")), ball(600)
    with a.active():
        true = a.apply("sqrt", a.number(F(8)))
        assert a.number(found.lowest) < true < a.number(found.highest)


def test_an_unknown_infimum_is_undecided():
    land = landscape_nd(problem("x*y*exp(x) + sinh(y)"), F(1), F(1))
    assert land.bounded_below.status is Status.UNDECIDED and land.Delta is None


def test_false_twin_a_floor_above_the_infimum_is_never_covered():
    p = problem("x^4 + y^4 - 4x*y")  # f* = -2
    for level in (F(-1999, 1000), F(-2) + F(1, 10**9)):
        outcomes = [
            search(Floor(chart, f, level), chart.box, Budget(3000, None).clock())
            for chart, f in scalar_charts(p, F(4), (1, 1))
        ]
        assert not all(outcome.complete for outcome in outcomes)


@given(Delta=st.fractions(F(1, 100), 100), L0=st.fractions(0, 9), L1=st.fractions(0, 9))
@example(Delta=F(1, 100), L0=F(89, 10), L1=F(1, 4856356029494815254373460))  # psi cancels
@HALF
def test_largest_slope_is_the_inverse_of_psi(Delta, L0, L1):
    from relaxsmooth.symbols import psi

    M, _ = largest_slope(Delta, L0, L1)
    if L0 == L1 == 0:
        assert M is None
    elif L0 and L1:
        at = evaluate(psi(formula(M)), {"L0": L0, "L1": L1}, ball(2048))
        just_below = evaluate(psi(formula(M * (1 - F(1, 2**20)))), {"L0": L0, "L1": L1}, ball(2048))
        with ball(256).active():
            wanted = ball(256).number(Delta)
            assert at >= wanted > just_below
    else:
        assert (L1 * Delta if L0 == 0 else 0) <= M and M**2 * (L1 == 0) <= 2 * L0 * Delta * 2


def test_sampled_slopes_of_the_sublevel_set_are_below_M():
    p = shipped("himmelblau")
    land, a = landscape_nd(p, F(150), F(1)), ball(128)
    for i in range(-20, 21):
        for j in range(-20, 21):
            x = [F(i, 4), F(j, 4)]
            if p.value(x, EXACT) <= 170:
                g = evaluate(p.gradient_norm, p.at(x), a)
                assert not g > int(land.M) + 1


# --- forms ---------------------------------------------------------------------------------------

CONVEX = [
    "x^2 + (x - y)^4", "log(1 + exp(x - 2y))", "log(cosh(x + y)) + abs(x)", "norm(x, y, 1)^3",
    "exp(x^2 + y^2)", "max(x, -y, x + y)", "log(exp(x) + 3exp(-y) + 1)", "(1 + x^2 + y^2)^(3/2)",
    "cosh(x - y) + 3x",
]  # fmt: skip
NOT_CONVEX = ["x*y", "x^3", "(x^2 + y^2)^(1/4)", "-x^2", "tanh(x)", "log(1 + x^2)",
              "exp(-x^2)", "(x^2 - 1)^2", "sqrt(1 + x^4)", "min(x, y)", "log(exp(x^2) + 1)",
              "abs(x^2 - 1)"]  # fmt: skip


@pytest.mark.parametrize("text", CONVEX)
@given(a=small, b=small, c=small, d=small)
@FEW
def test_forms_called_convex_are_midpoint_convex(text, a, b, c, d):
    f, names = problem(text).objective, ("x", "y")
    assert is_convex(f, names)
    ends = [evaluate(f, {"x": x, "y": y}, ball(128)) for x, y in ((a, b), (c, d))]
    middle = evaluate(f, {"x": (a + c) / 2, "y": (b + d) / 2}, ball(128))
    with ball(128).active():
        assert not middle > (ends[0] + ends[1]) / 2


@pytest.mark.parametrize("text", NOT_CONVEX)
def test_false_twins_other_forms_are_not_called_convex(text):
    assert not is_convex(problem(text).objective, ("x", "y"))


@pytest.mark.parametrize("text", [*CONVEX, *NOT_CONVEX, "x^2*y^4 + exp(x)", "log(2 + x^2)", "x"])
@given(x=small, y=small)
@FEW
def test_forms_called_nonnegative_are(text, x, y):
    f = problem(text).objective
    if is_nonnegative(f):
        assert not evaluate(f, {"x": x, "y": y}, ball(128)) < 0


def test_the_form_of_a_sum_with_a_negative_term_is_not_nonnegative():
    for text in ("x^2 - 1", "x^2 + x", "log(1/2 + x^2)", "sinh(x)", "x*y", "-abs(x)"):
        assert not is_nonnegative(problem(text).objective)


@pytest.mark.slow
def test_landscape_of_every_shipped_problem_in_several_variables():
    for p in problems().values():
        if p.dimension > 1:
            land = landscape_nd(p, F(20), F(1))
            assert land.bounded_below.status is Status.PROVED
            assert land.Delta > 0 and land.M > 0
