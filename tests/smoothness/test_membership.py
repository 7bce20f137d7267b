"""The least L0 and membership: known values, tangency, witnesses, and a second decision."""

from __future__ import annotations

import random
from fractions import Fraction
from time import process_time

import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import problem
from relaxsmooth.smoothness import (
    NotDecidable,
    lemma2,
    membership,
    minimal_L0,
    pieces,
    recheck,
)
from relaxsmooth.smoothness.membership import Certificate, first_violation, violation
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status

F = Fraction
PAPER1 = "piecewise(|x| <= 1/{0}, {0}*x^2/2 + 1/(2*{0}), e^({0}*|x|)/({0}*e))"
PAPER2 = "piecewise(|x| <= 1, ({0}/4)*(6x^2 - x^4), 2*{0}*|x| - 3*{0}/4)"
EXT = "({0}/{1}^2)*(exp({1}*|x|) - {1}*|x| - 1)"
TAKEZAWA = "{0}*{1}^2*x^4/72 + {0}*x^2/4"
RAMP = (  # f' = s eps (3u - u^3)/2, u = x/w, and s eps sign(x) outside
    "piecewise(|x| <= {w}, {c}*(3x^2/(4*{w}) - x^4/(8*{w}^3)), {c}*|x| - 3*{c}*{w}/8)"
)

KNOWN = [  # theory.md, section 4 and 2.1; rigour.md
    ("x^4", 1, 16),
    ("x^4", 10, F(16, 100)),
    ("x^6", 1, 1536),
    ("x^6", 2, 96),
    ("(x^2 - 1)^2", 3, 8),
    ("cosh(x)", 1, 1),
    ("cosh(3x)", 3, 9),
    ("exp(2x)", 2, 0),
    ("exp(2x)", 5, 0),
    ("log(1 + exp(x))", F(1, 3), F(1, 9)),
    ("log(1 + exp(x))", 0, F(1, 4)),
    ("log(1 + exp(x))", 1, 0),
    ("log(1 + exp(2x))", 2, 0),
    ("log(cosh(x))", 1, 1),
    ("log(cosh(x))", 0, 1),
    ("|x|^3/3", 2, F(1, 2)),
    ("x^4/4", 2, 1),
    ("|x|^5/5", 3, 1),
    (TAKEZAWA.format(3, 5), 5, F(3, 2)),
    (TAKEZAWA.format(7, 2), 2, F(7, 2)),
    (EXT.format(2, 3), 3, 2),
    (EXT.format(1, 7), 7, 1),
    (PAPER1.format(3), 3, 3),
    (PAPER1.format(1000000), 1000000, 1000000),
    (PAPER2.format("(1/10)"), 1, F(3, 10)),
    (PAPER2.format("(1/10)"), 50, F(3, 10)),
    (PAPER2.format("(1/10)"), 0, F(3, 10)),
    (RAMP.format(w="(3/8)", c="(1/4)"), 1, 1),
    ("x^2", 1, 2),
    ("7", 0, 0),
    ("-4x + 1", 2, 0),
]


@pytest.mark.parametrize(("text", "L1", "L0"), KNOWN)
def test_the_least_L0_is_the_known_value_exactly(text, L1, L0):
    least = minimal_L0(parse(text), L1)
    assert least.value == L0
    assert least.value.as_fraction() == L0


@pytest.mark.parametrize(("text", "L1", "L0"), KNOWN)
def test_the_least_L0_is_proved_and_anything_below_it_refuted(text, L1, L0):
    f = parse(text)
    verdict = membership(f, L0, L1)
    assert verdict.status is Status.PROVED
    assert recheck(verdict.witness["certificate"]).status is Status.PROVED
    if L0 > 0:
        below = membership(f, L0 - F(1, 10**30), L1)
        assert below.status is Status.REFUTED
        x = below.witness["x"]
        assert isinstance(x, Fraction)
        assert violation(pieces(f), x, L0 - F(1, 10**30), F(L1), 600) > 0


def test_powers_have_the_closed_form():
    """|x|^p/p: ((p - 2)/L1)^(p - 2), compared through the square where p is half an integer."""
    for p in (F(5, 2), F(7, 2), F(3), F(9, 2), F(4)):
        for L1 in (F(1), F(1, 7), F(5)):
            least = minimal_L0(parse(f"|x|^({p})/({p})"), L1)
            square = ((p - 2) / L1) ** int(2 * (p - 2))
            ball_ = least.value.enclosure(200)
            assert (ball_ * ball_).contains(evaluate(parse(f"{square}"), {}, ball(300)))


def test_the_double_well_has_a_quadratic_L0():
    least = minimal_L0(parse("(x^2 - 1)^2"), 1)
    assert least.value.text == "8 + 64*sqrt(3)/9"
    assert [str(place) for place in least.places] == [
        "x = -1 - 2*sqrt(3)/3 (about -2.154700538379)",
        "x = 1 + 2*sqrt(3)/3 (about 2.154700538379)",
    ]


@pytest.mark.parametrize(
    ("text", "L1", "where"),
    [
        ("cosh(x)", F(1, 2), "unbounded near x -> +oo"),
        ("x^4", 0, "unbounded near x -> +oo"),
        ("|x|^(3/2)", 5, "unbounded near x = 0"),
        ("exp(x)", F(99, 100), "unbounded near x -> +oo"),
        ("exp(-x)", F(99, 100), "unbounded near x -> -oo"),
        ("x^3 + x^2", 0, "unbounded near x -> +oo"),
        (PAPER1.format(2), 1, "unbounded near x -> +oo"),
        ("|x|", 1, "f' jumps at x = 0"),
        ("log(1 + exp(x))", 3, "approached as x -> -oo"),
        ("log(1 + x^2)", F(1, 5), "attained at x = 0"),
        (EXT.format(2, 3), 3, "on a half-line around it"),
    ],
)
def test_the_place_of_the_supremum_is_named(text, L1, where):
    assert where in minimal_L0(parse(text), L1).where()


def test_no_class_is_refuted_at_rational_points():
    for text in ("|x|^(3/2)", "cosh(2x)", "exp(x)", "x^4"):
        verdict = membership(parse(text), 10**6, F(1, 10) if text != "x^4" else 0)
        assert verdict.status is Status.REFUTED
        assert isinstance(verdict.witness["x"], Fraction)


@pytest.mark.parametrize(
    "text",
    [
        "|x|",
        "max(x, x^2)",
        "piecewise(x < 0, x^2, x^2 + 1/1000)",
        "piecewise(x < 1, x^2, x <= 1, 2, x^2)",
    ],
)
def test_a_jump_is_refuted_by_two_rational_points(text):
    verdict = membership(parse(text), 1000, 30)
    assert verdict.status is Status.REFUTED
    assert verdict.witness["x"] < verdict.witness["y"]
    assert verdict.witness["excess"] > 0


def test_a_function_with_a_jump_of_curvature_is_in_the_limit_class_only():
    verdict = membership(parse("max(x, 0)^2"), 2, 1)
    assert verdict.status is Status.PROVED
    assert "limit class" in verdict.claim
    assert "C^1,1" in verdict.reason
    assert membership(parse("max(x, 0)^2"), F(19, 10), 0).status is Status.REFUTED


def test_a_witness_never_rests_on_the_pieces():
    """False twin: a wrong supremum (too large) cannot produce a REFUTED."""
    least = minimal_L0(parse("x^4"), 1)
    for place in least.places:
        assert not violation(least.function, place.trial(20), F(16), F(1), 400) > 0


@pytest.mark.parametrize("text", ["max(0, x^2)", "min(3, 3/(1 + x^2))"])
def test_a_witness_is_found_beside_a_point_where_the_formula_hesitates(text):
    """At x = 0 both branches tie and the symbolic f'' may be that of the wrong one."""
    L0 = minimal_L0(parse(text), 3).value.as_fraction()
    verdict = membership(parse(text), L0 - F(1, 10**6), 3)
    assert verdict.status is Status.REFUTED
    assert verdict.witness["x"] != 0


def test_recheck_refutes_a_false_certificate():
    least = minimal_L0(parse("x^4"), 1)
    assert recheck(Certificate(least, F(16))).status is Status.PROVED
    assert recheck(Certificate(least, F(16) - F(1, 10**40))).status is Status.REFUTED


def random_function(rng: random.Random) -> str:
    kind = rng.randrange(5)
    c = [f"({rng.randint(-9, 9)}/{rng.randint(1, 5)})" for _ in range(8)]
    degree = rng.randint(2, 7)
    if kind == 0:
        return " + ".join(f"{c[k]}*x^{k}" for k in range(degree + 1))
    if kind == 1:
        n = rng.randint(1, 3)
        return f"exp({n}x) + {c[0]}*exp(x/2) + exp(-x) + {c[1]}*x"
    if kind == 2:
        return f"{c[0]}*|x|^3 + {c[1]}*x^2 + |x - 1|^4 + {c[2]}*x"
    if kind == 3:
        return f"log(1 + exp({rng.randint(1, 3)}x)) + {c[0]}*tanh(x) + {c[1]}*x"
    return f"({c[0]}*x + {c[1]})/(1 + x^2) + {c[2]}*x"


@pytest.mark.slow
def test_two_decisions_agree_on_400_random_cases():
    """minimal_L0 (critical points) against one rational point per cell, at and around L0*."""
    rng = random.Random(20200)
    done = {True: 0, False: 0}
    while sum(done.values()) < 400:
        f, L1 = parse(random_function(rng)), F(rng.randint(0, 12), rng.randint(1, 4))
        least = minimal_L0(f, L1)
        if least.value is None:
            assert first_violation(f, F(10**9), L1) is not None
            done[False] += 1
            continue
        exact = least.value.as_fraction()
        near = exact if exact is not None else F(float(least.value))
        for L0 in (near, near + F(1, 10**20), near * (1 - F(1, 10**8)) - F(1, 10**30)):
            if L0 < 0:
                continue
            inside = least.value <= L0
            assert (first_violation(f, L0, L1) is None) == inside
            assert membership(f, L0, L1).status is (Status.PROVED if inside else Status.REFUTED)
            done[inside] += 1
    assert min(done.values()) > 100


@pytest.mark.slow
def test_no_float_sample_exceeds_the_least_L0():
    """A naive scan of the formula, against the exact supremum, with its rounding error allowed."""
    rng = random.Random(7)
    for _ in range(40):
        f, L1 = parse(random_function(rng)), F(rng.randint(1, 8), 2)
        least = minimal_L0(f, L1)
        if least.value is None:
            continue
        worst = max(
            violation(least.function, F(k, 37), F(0), L1, 64).lower() for k in range(-200, 201)
        )
        assert float(worst) <= float(least.value) * (1 + 1e-12) + 1e-12
        if least.attained:
            x = least.places[0].trial(40)
            reached = float(violation(least.function, x, F(0), L1, 128).mid())
            assert reached == pytest.approx(float(least.value), rel=1e-6, abs=1e-9)


def test_scaling_laws():
    """f(cx): (c^2 L0, c L1); a f: (a L0, L1)."""
    for text, scaled, tripled in [
        ("x^4 - x^2", "(2x)^4 - (2x)^2", "3x^4 - 3x^2"),
        ("log(1 + exp(x))", "log(1 + exp(2x))", "3*log(1 + exp(x))"),
        ("tanh(x)", "tanh(2x)", "3*tanh(x)"),
    ]:
        base = minimal_L0(parse(text), F(1, 2)).value.enclosure(128)
        assert minimal_L0(parse(scaled), 1).value.enclosure(128).overlaps(4 * base)
        assert minimal_L0(parse(tripled), F(1, 2)).value.enclosure(128).overlaps(3 * base)


def test_reflections_and_shifts_change_nothing():
    for text, moved in [
        ("x^5 - 3x^2 + x", "(-x)^5 - 3x^2 - x"),
        ("x^4 - x", "(x - 3)^4 - (x - 3)"),
        ("exp(x) + exp(-2x)", "exp(-x) + exp(2x)"),
        ("|x|^3 + x", "|x - 1/3|^3 + x"),
    ]:
        assert minimal_L0(parse(text), 2).value == minimal_L0(parse(moved), 2).value


@pytest.mark.parametrize(("degree", "milliseconds"), [(4, 20), (10, 50), (20, 100), (40, 200)])
def test_certify_is_fast_including_its_words(degree, milliseconds):
    """From the text to the printed result, in the best of three fresh functions."""
    rng, times = random.Random(degree), []
    for _ in range(3):
        terms = [f"{rng.randint(-50, 50)}/{rng.randint(1, 50)}*x^{k}" for k in range(degree)]
        text = " + ".join([*terms, f"x^{degree}"])
        start = process_time()
        str(minimal_L0(parse(text), 1))
        times.append(1e3 * (process_time() - start))
    assert min(times) < milliseconds


# --- Lemma 2 ---------------------------------------------------------------------------------


def test_lemma_2_holds_for_random_polynomials():
    rng = random.Random(3)
    for degree in range(3, 13):
        text = " + ".join(f"{rng.randint(-9, 9)}*x^{k}" for k in range(degree)) + f" + 2x^{degree}"
        verdict = lemma2(parse(text), F(rng.randint(1, 9), 3))
        assert verdict.status is Status.PROVED
        m, c, start = (verdict.witness[name] for name in ("m", "c", "N"))
        assert m == degree - 2
        curvature = pieces(parse(text)).derivatives[1]
        for x in (start, start + 5, -start, -7 * start):
            size = abs(evaluate(curvature, {"x": x}, ball(128)))
            assert size >= evaluate(parse(f"{c / 2 * abs(x) ** m}"), {}, ball(128)).lower()


@pytest.mark.parametrize("text", ["x^2 - x", "5", "cosh(x)", "|x|^3", "1/(1 + x^2)"])
def test_lemma_2_does_not_apply_elsewhere(text):
    assert lemma2(parse(text)).status is Status.INAPPLICABLE


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(("L0", "L1"), [(-1, 1), (1, -1), (0.5, 1), (1, True)])
def test_constants_must_be_exact_and_nonnegative(L0, L1):
    with pytest.raises(ValueError, match=r"L0|L1"):
        membership(parse("x^2"), L0, L1)


def test_several_variables_are_refused_here():
    with pytest.raises(NotDecidable, match="variables"):
        membership(problem("x^2 + y^2"), 1, 1)
