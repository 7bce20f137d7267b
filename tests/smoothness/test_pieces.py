"""Cutting a function into pieces: generators, cuts, continuity, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.smoothness import NotDecidable, pieces
from relaxsmooth.text import parse

DECIDED = {  # text: (number of pieces, smoothness, generators)
    "x^4 - x": (1, "C2", {"x"}),
    "cosh(2x)": (1, "C2", {"exp"}),
    "log(1 + exp(x))": (1, "C2", {"exp"}),
    "tanh(x/3)": (1, "C2", {"exp"}),
    "log(1 + x^2)": (1, "C2", {"x"}),
    "|x|^3": (2, "C2", {"x"}),
    "|x|^(5/2)": (2, "C2", {"root"}),
    "(x^2)^(5/4)": (2, "C2", {"root"}),
    "|x^2 - 2|^3": (3, "C2", {"x"}),
    "max(x, 0)^2": (2, "C1,1", {"x"}),
    "|x|": (2, "not C1", {"x"}),
    "min(exp(x), 2)": (2, "not C1", {"exp", "x"}),
    "max(x, x^2, -1)": (3, "not C1", {"x"}),
    "exp(3*|x|) - 3*|x|": (2, "C2", {"exp"}),
    "piecewise(|x| <= 1/3, 3x^2/2 + 1/6, e^(3*|x|)/(3e))": (3, "C2", {"exp", "x"}),
    "piecewise(|x| <= 1, (6x^2 - x^4)/4, 2*|x| - 3/4)": (3, "C2", {"x"}),
    "piecewise(x <= log(2), exp(x), 2x + 2 - 2log(2))": (2, "C1,1", {"exp", "x"}),
    "piecewise(x < 0, x^2, x^2)": (1, "C2", {"x"}),
    "|x^3 - x - 1|*(x^3 - x - 1)": (2, "C1,1", {"x"}),
    "max(|x|, 1)^2": (3, "not C1", {"x"}),
}


@pytest.mark.parametrize("text", DECIDED)
def test_a_function_is_cut_where_it_changes(text):
    found = pieces(parse(text))
    number, smoothness, kinds = DECIDED[text]
    assert len(found.parts) == number
    assert found.smoothness == smoothness
    assert {p.generator.kind for p in found.parts if not p.is_affine} <= kinds


@pytest.mark.parametrize("text", DECIDED)
def test_the_pieces_agree_with_the_formula_at_points_of_every_piece(text):
    """f' and f'' of the pieces against the symbolic derivatives of the formula, by balls."""
    found = pieces(parse(text))
    arithmetic = ball(128)
    for k in range(-40, 41):
        x = Fraction(2 * k + 1, 14)
        part = next(
            p for p in found.parts if p.high is None or p.high.enclosure(64) > ball(64).number(x)
        )
        expected = evaluate(found.derivatives, {"x": x}, arithmetic)
        with arithmetic.active():
            v = part.generator.v_ball(arithmetic.number(x))
            for ratio, value in zip((part.slope, part.curvature), expected, strict=True):
                assert ratio.ball(v).overlaps(value)
                assert (ratio.ball(v) - value).rad() < 1e-20


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x*exp(x)", "occurs beside"),
        ("x^2 + exp(x)", "occurs beside"),
        ("exp(x^2)", "not affine"),
        ("exp(x) + exp(x + 1)", "not multiples"),
        ("exp(x) + exp(sqrt(2)*x)", "not affine"),
        ("log(x)", "no value at"),
        ("x^(5/2)", "no value at"),
        ("sqrt(x)", "no value at"),
        ("1/x", "no value at x = 0"),
        ("1/(x^2 - 2)", "no value at"),
        (
            "(x^2 - 1)/(x - 1)",
            "no value at x = 1",
        ),  # removable, but not as written
        ("log(x^2)", "no value at x = 0"),
        ("exp(x)*log(1 + exp(x))", "not rational"),
        ("sqrt(2)*x^2", "not rational"),
        ("x^2 + y^2", "one variable"),
        ("piecewise(x^2 <= 2, exp(x), x)", "transcendental"),
        ("piecewise(x <= 100000, exp(x), 0)", "transcendental"),
        ("|x - exp(x)|", "occurs beside"),
        ("x^5000 - x", "degree over"),
        ("(x + 1)^4000*(x^2 + 3)^900", "degree over"),
        ("exp(1000x) + exp(x/1000)", "degree over"),
        ("|x|^(5/2) + |x|^(7001/3000)", "degree over|order"),
    ],
)
def test_what_is_outside_is_refused_and_says_why(text, why):
    with pytest.raises(NotDecidable, match=why):
        pieces(parse(text))


@pytest.mark.parametrize(
    ("text", "what", "at"),
    [
        ("|x - 2|", "f'", 2),
        ("piecewise(x < 0, x^2, x^2 + 1)", "f", 0),
        ("piecewise(x < 0, x^2, x <= 0, 5, x^2)", "f", 0),  # one point off
        ("piecewise(x < 1/3, x^2, x <= 1/3, 1/9 + 1e-30, x^2)", "f", Fraction(1, 3)),
        ("max(0, x) + x^2", "f'", 0),
    ],
)
def test_a_jump_of_f_or_of_its_slope_is_found(text, what, at):
    (kink,) = pieces(parse(text)).kinks
    assert (kink.what, kink.at.exact) == (what, at)


def test_false_twin_constants_that_nearly_match_are_a_jump():
    """PAPER1 with its core lowered by 1e-60 is discontinuous; as printed it is C^2."""
    right = "piecewise(|x| <= 1/3, 3x^2/2 + 1/6, e^(3*|x|)/(3e))"
    assert pieces(parse(right)).smoothness == "C2"
    wrong = "piecewise(|x| <= 1/3, 3x^2/2 + 1/6 - 1e-60, e^(3*|x|)/(3e))"
    assert [k.what for k in pieces(parse(wrong)).kinks] == ["f", "f"]


def test_a_cut_at_a_logarithm_is_a_point_with_a_name():
    (jump,) = pieces(parse("piecewise(x <= log(2), exp(x), 2x + 2 - 2log(2))")).jumps
    assert str(jump).startswith("log(2) (about 0.693")
