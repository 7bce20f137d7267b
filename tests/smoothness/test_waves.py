"""Sums of waves on the line: the ring, the tails, membership, sequences without a class, and f*."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise

import mpmath
import pytest

from relaxsmooth.arithmetic import FLOAT, ball
from relaxsmooth.attack.lines import pairs_of_functions
from relaxsmooth.constants import certified_L0, decide_membership, is_in_no_class
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.problem import problem
from relaxsmooth.rounding import upper_end
from relaxsmooth.smoothness import NotDecidable, minimal_L0, wave_sequences
from relaxsmooth.smoothness import line_cover as covers
from relaxsmooth.smoothness import waves as ring
from relaxsmooth.smoothness.box_lowest import lowest_nd
from relaxsmooth.smoothness.box_witness import Witness
from relaxsmooth.smoothness.convexity import convexity, least_L
from relaxsmooth.smoothness.line_cover import LineCover, fitting_slope, line_cover, recheck_line
from relaxsmooth.smoothness.several_variables import membership_nd, no_class, recheck_nd
from relaxsmooth.smoothness.wave_sequences import outgrowing_sequence, refuting_sequence
from relaxsmooth.smoothness.wave_tails import Slopes, nonnegative_beyond, slopes, tail_start
from relaxsmooth.smoothness.waves import Waves, lower_terms, wave_formula, waves
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status

REALS = ball(256)
TEXTS = (
    "sin(x)^3 cos(2x)",
    "exp(x/2) sin(exp(x) - x) + x^2",
    "cosh(x) cos(x^2 + 1) - 3 sin(-x)",
    "(x sin(3x) - cos(x)^2)^2",
    "-exp(x) + sin(exp(x/2))",
    "exp(-x) cos(x + 2) sin(x + 2)",
)
POINTS = [Fraction(k, 7) for k in range(1, 30, 4)]


def at(f: Formula, x: Fraction):
    return evaluate(f, {"x": x}, REALS)


def apart(f: Formula, w: Waves) -> bool:
    """Whether f and w certainly differ at a point."""
    return any(not at(f, x).overlaps(at(wave_formula(w, "x"), x)) for x in POINTS)


# --- the ring and its bounds -------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
def test_a_formula_and_its_waves_are_the_same_function(text):
    f = parse(text)
    assert not apart(f, waves(f, "x"))
    assert not apart(f.diff("x"), waves(f.diff("x"), "x"))


def test_false_twin_a_wrong_sign_in_a_product_of_waves_is_caught(monkeypatch):
    right = ring._product

    def wrong(power, a, u, b, v):
        first, second = right(power, a, u, b, v)
        yield first
        yield (*second[:3], -second[3])

    monkeypatch.setattr(ring, "_product", wrong)
    f = parse(TEXTS[2])
    assert apart(f, waves(f, "x"))


def below(w: Waves) -> bool:
    """Whether w >= sum of its lower terms at every point tried."""
    bound = wave_formula(Waves({(p, ()): (c, Fraction(0)) for p, c in lower_terms(w).items()}), "x")
    return all(not at(wave_formula(w, "x"), x) < at(bound, x) for x in POINTS)


@pytest.mark.parametrize("text", TEXTS)
def test_the_lower_terms_are_below(text):
    assert below(waves(parse(text), "x"))


def test_false_twin_an_amplitude_that_is_too_small_is_caught(monkeypatch):
    monkeypatch.setattr(ring, "amplitude", lambda value: max(map(abs, value)))
    assert not all(below(waves(parse(t), "x")) for t in ("-3 sin(x) - 3 cos(x)", "sin(x) + cos(x)"))


@pytest.mark.parametrize(
    "text", ["sin(sin(x))", "sin(1/x)", "exp(x^2)", "log(2 + cos(x))", "x^(1/2)"]
)
def test_what_is_no_sum_of_waves_is_refused_by_name(text):
    with pytest.raises(NotDecidable, match=r"is no sum|a wave of a wave|is not e\^"):
        waves(parse(text), "x")


def test_a_sum_of_powers_is_nonnegative_only_beyond_its_largest_root():
    one, x, x2 = ((Fraction(0), j) for j in range(3))
    terms = {x2: Fraction(1), x: Fraction(-3), one: Fraction(2)}  # (x - 1)(x - 2)
    assert nonnegative_beyond(terms, Fraction(4))
    assert not nonnegative_beyond(terms, Fraction(199, 100))
    fast = {(Fraction(1), 0): Fraction(1), x2: Fraction(-2)}  # e^x - 2x^2, which falls at first
    assert not nonnegative_beyond(fast, Fraction(1, 4))
    assert nonnegative_beyond(fast, Fraction(3))


# --- membership --------------------------------------------------------------------------------

MEMBERS = (
    ("sin(x)", "1", "0"),
    pytest.param("3 sin(2x) + x", "12", "0", marks=pytest.mark.slow),
    ("x^2 + sin(x)/3", "5/2", "1"),
    ("-exp(x) + sin(exp(x/2))", "1", "2"),
    ("x^4 - cos(x^2)", "64", "1"),
    ("exp(sin(x))", "3", "0"),
    ("log(2 + sin(x))", "5/4", "0"),
    pytest.param("sin(x) + sin(2x)/2", "14/5", "0", marks=pytest.mark.slow),
    pytest.param("x exp(x)", "1", "2", marks=pytest.mark.slow),
)


@pytest.mark.parametrize(("text", "L0", "L1"), MEMBERS)
def test_members_are_proved_and_proved_again(text, L0, L1):
    f, L0, L1 = problem(text), Fraction(L0), Fraction(L1)
    verdict = membership_nd(f, L0, L1)
    assert verdict.status is Status.PROVED
    assert recheck_nd(verdict.witness["certificate"]).status is Status.PROVED
    assert not any(violated(text, x, L0, L1) for x in range(-8, 9, 4))


@pytest.mark.parametrize(("text", "L0", "L1"), MEMBERS)
def test_false_twin_a_smaller_L0_is_refuted_at_a_point_seen_by_differences(text, L0, L1):
    L0, L1 = Fraction(L0) / 25, Fraction(L1)
    verdict = membership_nd(problem(text), L0, L1)
    assert verdict.status is Status.REFUTED
    assert violated(text, verdict.witness["x"][0], L0, L1)


def violated(text: str, x: Fraction, L0: Fraction, L1: Fraction) -> bool:
    """|f''| > L0 + L1|f'| by central differences of f, whose error is below 1e-20."""
    f, h = parse(text), Fraction(1, 2**100)
    with ball(600).active():
        low, here, high = (evaluate(f, {"x": x + k * h}, ball(600)) for k in (-1, 0, 1))
        first, second = (high - low) * 2**99, (high - 2 * here + low) * 2**200
        return float(abs(second)) > float(L0) + float(L1) * float(abs(first)) + 1e-12


def test_the_exact_decision_and_the_waves_agree():
    for text in ("x^4", "cosh(2x)", "x^2 - x^3"):
        f, L1 = problem(text), Fraction(3)
        least = upper_end(minimal_L0(f, L1).value.enclosure(64))
        found = line_cover(f, least + Fraction(1, 50), L1)
        assert isinstance(found, LineCover)
        assert recheck_line(found).status is Status.PROVED
        assert isinstance(line_cover(f, least - Fraction(1, 50), L1), Witness)


@pytest.mark.slow
def test_drawn_functions_that_are_proved_show_no_violation():
    draw, proved = random.Random(5), 0
    for _, g in islice(pairs_of_functions(draw), 16):
        L1 = fitting_slope(g)
        if L1 is None:
            continue
        verdict = decide_membership(g, Fraction(64), L1)
        proved += verdict.status is Status.PROVED
        if verdict.status is Status.PROVED:
            first, second = g.gradient[0], g.hessian[0][0]
            for x in (Fraction(k, 2) for k in range(-12, 13)):
                here = abs(at(second, x)) - 64 - int(L1) * abs(at(first, x))
                assert not here > 0
    assert proved >= 3


def test_a_certificate_that_was_touched_is_not_proved_again():
    found = line_cover(problem("x^4 + sin(x^2)"), Fraction(35), Fraction(1))
    assert isinstance(found, LineCover)
    assert found.middle is not None
    assert recheck_line(found).status is Status.PROVED
    touched = ({"low": found.low / 4}, {"L0": Fraction(30)}, {"middle": None}, {"periodic": True})
    for change in touched:
        assert recheck_line(replace(found, **change)).status is Status.UNDECIDED


def test_false_twin_a_tail_that_begins_too_early_lets_a_violation_through(monkeypatch):
    f, L0, L1 = problem("x^4 + sin(x^2)"), Fraction(20), Fraction(1)  # the least L0 is about 34.5
    assert isinstance(line_cover(f, L0, L1), Witness)
    monkeypatch.setattr(covers, "tail_start", lambda of, L0, L1: Fraction(1, 8))
    wrong = line_cover(f, L0, L1)
    monkeypatch.undo()
    assert isinstance(wrong, LineCover)
    assert recheck_line(wrong).status is Status.UNDECIDED


def test_what_is_not_decided_says_why_once():
    verdict = membership_nd(problem("sin(sqrt(1 + x^2))"), Fraction(1), Fraction(1))
    assert verdict.status is Status.UNDECIDED
    assert "sqrt(1 + x^2) is no sum" in verdict.reason
    inside = membership_nd(problem("sin(sqrt(1 + x^2))"), Fraction(2), Fraction(1), box=((-3, 3),))
    assert inside.status is Status.PROVED


@pytest.mark.parametrize("text", ["log(-exp(x)) + sin(x)", "log(cos(x) - 2) + x", "log(sin(x))"])
def test_a_function_that_is_nowhere_or_not_everywhere_defined_is_never_proved(text):
    """f' of the first is 1 + cos(x), although f has no value."""
    assert membership_nd(problem(text), Fraction(100), Fraction(2)).status is not Status.PROVED


def test_the_tails_need_the_right_slope():
    f = parse("-exp(x) + sin(exp(x/2))")
    for L1, fits in (("1", False), ("5/4", False), ("13/10", True), ("2", True)):
        assert (tail_start(slopes(f, "x", 1), Fraction(2), Fraction(L1)) is not None) is fits
    assert certified_L0(problem("-exp(x) + sin(exp(x/2))"), Fraction(2)) < Fraction(1, 8)


# --- no class at all ---------------------------------------------------------------------------

OUTSIDE = (
    "sin(exp(x/2))",
    "sin(x^2)",
    pytest.param("cos(x^3)", marks=pytest.mark.slow),
    "x sin(x)",
    pytest.param("x^2 sin(x)", marks=pytest.mark.slow),
    "sin(exp(-x)) + x",
    "exp(x) sin(x)",
    "x^2 + x sin(3x)",
)
INSIDE = (
    "sin(x)",
    "-exp(x) + sin(exp(x/2))",
    "x^4 - cos(x^2)",
    "exp(x) + sin(exp(x/2))",
    "x^2 + cos(x)",
)


def growth(text: str) -> list[float]:
    """|f''|/(1 + |f'|) close to x_n of the sequence, n = 4, 4^2, ..."""
    f = problem(text)
    found = outgrowing_sequence(f)
    points = [found.point(Fraction(4**k))[0] for k in range(1, 7)]
    return [float(abs(at(f.hessian[0][0], x)) / (1 + abs(at(f.gradient[0], x)))) for x in points]


@pytest.mark.parametrize("text", OUTSIDE)
def test_functions_of_no_class_are_refuted_by_a_sequence(text):
    verdict = no_class(problem(text))
    assert verdict.status is Status.REFUTED
    assert verdict.reason.endswith("no (L0, L1) fits")
    assert is_in_no_class(problem(text))
    ratios = growth(text)
    assert all(b > min(1.5 * a, 1e6) for a, b in pairwise(ratios))


def test_huge_constants_are_refuted_at_one_point_too():
    verdict = membership_nd(problem("sin(x^2)"), Fraction(10) ** 30, Fraction(10) ** 3)
    assert verdict.status is Status.REFUTED
    assert verdict.witness["x"][0] ** 2 > 10**29


def test_the_sequence_of_the_known_sum_is_exact():
    found = outgrowing_sequence(problem("sin(exp(x/2))"))
    assert found.describe("x") == (
        "where exp(x/2) = pi/2 + 2*pi*n, n -> oo: f' = 0 and f'' = -exp(x)/4: no (L0, L1) fits"
    )
    with mpmath.workdps(50):
        t = mpmath.pi / 2 + 2 * mpmath.pi * 7
        x = 2 * mpmath.log(t)
        first, second = (mpmath.diff(lambda x: mpmath.sin(mpmath.exp(x / 2)), x, n) for n in (1, 2))
        assert abs(first) < 1e-20
        assert abs(second + t**2 / 4) < 1e-15


@pytest.mark.parametrize("text", INSIDE)
def test_false_twin_members_have_no_such_sequence(text):
    assert outgrowing_sequence(problem(text)) is None
    assert no_class(problem(text)).status is Status.UNDECIDED
    assert fitting_slope(problem(text)) is not None


def test_false_twin_a_curvature_that_vanishes_with_the_slope_proves_nothing():
    """By signs, f'' must keep away from 0 where f' = 0."""
    f, slope = problem("x"), waves(parse("x cos(x) + 1"), "x")
    for second, proves in (("x^2 sin(x) + x", True), ("x^2 cos(x) + x", False), ("sin(x)", False)):
        fields = Slopes(slope, waves(parse(second), "x"))
        assert (wave_sequences._between_signs(f, 1, fields) is not None) is proves


@pytest.mark.parametrize(
    ("text", "L1", "outside"),
    [
        ("-exp(x) + sin(exp(x/2))", "1", True),
        ("-exp(x) + sin(exp(x/2))", "6/5", True),
        ("-exp(x) + sin(exp(x/2))", "5/4", False),
        ("x exp(x)", "1", True),
        ("exp(x) + x^2", "1", False),
        ("exp(2x) + x^3", "1", True),
    ],
)
def test_one_slope_is_refuted_where_the_curvature_outgrows_it(text, L1, outside):
    assert (refuting_sequence(problem(text), Fraction(L1)) is not None) is outside


# --- the least value ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "least"),
    [("sin(x)", -1), ("x^2 + sin(x)", "-0.2324655751824"), ("exp(sin(x))", "0.36787944117"),
     pytest.param("2 + sin(x) cos(x)", "1.5", marks=pytest.mark.slow)],
)  # fmt: skip
def test_the_least_value_is_enclosed(text, least):
    found = lowest_nd(problem(text))
    a, b = float(found.lowest), float(found.highest)
    samples = min(evaluate(parse(text), {"x": k / 50}, FLOAT) for k in range(-350, 350))
    assert b - a < 1e-5 * (1 + abs(a))
    assert a <= samples < b + 1e-3
    assert a - 1e-9 <= float(least) <= b + 1e-9


def test_a_function_that_falls_without_end_is_seen():
    assert lowest_nd(problem("-exp(x) + sin(exp(x/2))")).lowest is None
    with pytest.raises(NotDecidable):
        lowest_nd(problem("x sin(x)"))


@pytest.mark.parametrize(
    ("text", "status", "L"),
    [
        ("x^2 + sin(x)", "PROVED", 3),
        ("x^2/2 + sin(x)", "PROVED", 2),
        ("x^2/3 + sin(x)", "REFUTED", "5/3"),
        ("exp(sin(x))", "REFUTED", None),
    ],
)
def test_convexity_and_the_lipschitz_constant_of_the_slope(text, status, L):
    f = problem(text)
    assert convexity(f).status is Status[status]
    assert L is None or least_L(f)[0] == Fraction(L)


def test_a_slope_that_grows_has_no_period():
    """f' = x (cos x - 1/2): with 1/2 for every cos x nothing would be left that grows."""
    f = problem("x*sin(x) + cos(x) - x^2/4", [1])
    assert covers.period((f.objective.diff("x"),), "x") is None
    assert isinstance(line_cover(f, Fraction(20), Fraction(2)), str | Witness)
    assert membership_nd(f, 20, 2).status is Status.REFUTED
    wave = problem("sin(x)*cos(2x)", [1])
    assert covers.period((wave.objective.diff("x"),), "x") >= 6  # 2 pi


@pytest.mark.parametrize("f", ["sin(x)", "x^2 + exp(x)", "sin(x) + x^2"])
def test_a_function_that_jumps_where_its_slope_does_not_is_never_proved(f):
    jumping = problem(f"piecewise(x <= 0, {f}, 1 + {f})", [1])
    assert membership_nd(jumping, 100, 8).status is not Status.PROVED
    whole = line_cover(problem(f, [1]), Fraction(100), Fraction(8))
    assert isinstance(whole, LineCover) and recheck_line(whole).status is Status.PROVED
    assert recheck_line(replace(whole, problem=jumping)).status is not Status.PROVED


# --- where the formula of f'' says nothing about f ---------------------------------------------


@pytest.mark.parametrize(
    ("convex", "concave_somewhere"),
    [
        # 1/x < 0 where the function has no value
        ("x*log(x) + cos(y)^2 + 2*y^2", "x*log(x) + cos(y)^2"),
        # -x^2 holds at 0 alone
        ("piecewise(x < 0, x^2, x <= 0, -x^2, x^2) + y^2", "piecewise(x < 0, x^2, -x^2) + y^2"),
        (
            "piecewise(x < 0, x^2, x <= 0, -x^2, x^2) + cos(x)/100",
            "piecewise(x < 0, x^2, x <= 0, -x^2, x^2) + 9*cos(x)",
        ),
    ],
)
def test_a_convex_function_is_not_refuted_by_a_formula_that_is_not_its_own(
    convex, concave_somewhere
):
    assert convexity(problem(convex)).status is Status.UNDECIDED
    assert convexity(problem(concave_somewhere)).status is Status.REFUTED


def test_a_case_that_holds_at_one_point_refutes_no_membership():
    text = "piecewise(x < 0, cos(x), x <= 0, 1 - 1000*x^2, cos(x))"
    assert membership_nd(problem(text), 100, 1).status is Status.UNDECIDED
    wide = text.replace("<= 0", "<= 1/8")  # on an interval it does
    assert membership_nd(problem(wide), 100, 1).status is Status.REFUTED


def test_the_convexity_of_a_logarithm_with_waves_asks_where_it_is_defined():
    assert convexity(problem("x^2 + log(2 + sin(x))/9")).status is Status.PROVED
    for nowhere in ("sin(x) - 2", "sin(x)^2 + cos(x)^2 - 2"):
        assert convexity(problem(f"x^2 + log({nowhere})/9")).status is Status.UNDECIDED


def test_a_function_without_values_has_no_least_value():
    with pytest.raises(NotDecidable, match="no value where it was sampled"):
        lowest_nd(problem("log(sin(x) - 2)"))


@pytest.mark.parametrize(
    "nowhere",
    [
        "sqrt(sin(2)*x - x*sin(2) - 1)",  # the root of -1, and its derivative cancels
        "(exp(1)*x - x*exp(1) - 1)^(1/3)",
        "1/(sin(2)*x - x*sin(2))",
        "x*sqrt(sin(2)*x - x*sin(2) - 1)",
    ],
)
@pytest.mark.parametrize("f", ["cos(x) + x^2", "x*y + cos(x + y)", "log(2 + sin(x))"])
def test_a_root_or_quotient_that_is_not_defined_is_not_lost_with_its_derivative(f, nowhere):
    lost = problem(f"{f} + {nowhere}")
    box = ((Fraction(-2), Fraction(2)),) * lost.dimension
    assert membership_nd(problem(f), 100, 2).status is Status.PROVED
    assert membership_nd(lost, 100, 2).status is not Status.PROVED
    assert membership_nd(lost, 100, 2, box=box).status is not Status.PROVED
    assert convexity(lost).status is not Status.PROVED


@pytest.mark.parametrize(("c", "status"), [("1/2", "UNDECIDED"), ("2", "PROVED")])
def test_a_root_is_defined_on_the_whole_period(c, status):
    """(c + sin x)^(5/2): balls that cut a root to its domain see nothing of c + sin x < 0."""
    assert membership_nd(problem(f"({c} + sin(x))^(5/2)"), 200, 1).status is Status[status]


@pytest.mark.parametrize(("low", "status"), [(-2, "UNDECIDED"), (-1, "PROVED")])
def test_a_root_may_begin_at_the_edge_of_a_box(low, status):
    box = ((Fraction(low), Fraction(1)),)
    assert membership_nd(problem("(x + 1)^(5/2)"), 100, 1, box=box).status is Status[status]
