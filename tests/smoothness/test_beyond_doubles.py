"""Numbers beyond doubles, infinite slopes, poles at cuts: an answer or one clear refusal."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.problem import problem
from relaxsmooth.smoothness.classes import RelaxedSmooth, Smooth
from relaxsmooth.smoothness.convexity import distance
from relaxsmooth.verdict import Status

F = Fraction


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("sin(x)", "--L1", "1e400"), 3),
        (("sin(x)", "--L0", "1e400", "--L1", "1"), 0),
        (("1e400*sin(x)", "--L1", "1"), None),
        (("x^4", "--L1", "1", "--box=-1e400,1e400"), None),
        (("(e^20000 - 5)*x", "--L0", "0", "--L1", "1"), None),
        (("1/|x|", "--L0", "1", "--L1", "1"), 1),
        (("piecewise(x <= 0, x^2, log(x))", "--L0", "1", "--L1", "1"), 1),
        (("piecewise(x >= 2, 4*x - 4, sqrt(1 - x) <= 1, x^2, 0)", "--L0", "2", "--L1", "1"), 3),
        (("x^4+x*y+y^4", "--L0", "1e400", "--L1", "1"), None),
        (("x^4+x*y+y^4", "--L0", "1", "--L1", "1", "--box", "-1e400,1e400;0,1"), None),
    ],
)
def test_certify_answers_or_refuses(run, words, status):
    result = run("certify", *words)
    assert result.exit_code in ((0, 1, 2, 3) if status is None else (status,)), result.output


def test_a_picture_beyond_doubles_is_refused(run):
    result = run("certify", "x^4", "--L1", "1e400", "--plot", "f.png")
    assert result.exit_code == 2 and "beyond" in result.stderr


def test_an_infinite_slope_is_no_crash(run):
    result = run("verify", "--function", "sqrt(|x|)", "--x0", "1", "--epsilon", "1/10",
                 "--L0", "2", "--L1", "1", "--theorem", "zhang2020-theorem3")  # fmt: skip
    assert result.exit_code == 3, result.output


@pytest.mark.parametrize("text", ["x*abs(x) + y^2", "max(x,0)^2 + y^2"])
def test_a_second_derivative_that_jumps_is_not_of_class_C2_in_the_plane_either(run, text):
    f = problem(text)
    assert Smooth(2).contains(f).status is Status.REFUTED
    assert RelaxedSmooth(2, 1).contains(f).status is Status.REFUTED
    result = run("certify", text, "--L0", "2", "--L1", "0")
    assert result.exit_code == 0 and "in the limit class" in result.stdout


@pytest.mark.parametrize("words", [("--L1", "0"), ()])
def test_the_least_constant_of_such_a_function_is_that_of_the_limit_class(run, words):
    result = run("certify", "max(x,0)^2", *words)
    assert result.exit_code == 0 and "in the limit class" in result.stdout, result.stdout


@pytest.mark.parametrize("text", ["|x|", "max(-x, 2*x)"])
def test_a_minimiser_at_a_kink_is_not_denied(text):
    assert distance(problem(text, [F(3)])).verdict.status is Status.UNDECIDED


def test_a_limit_in_which_both_terms_grow_has_no_closed_branch(run):
    """e^x - x - e^-x at L1 = 1: beside it L0* is 1.0001 - 2 sqrt(1.0001^2 - 1), or infinite."""
    result = run("certify", "e^x - x - e^(-x)", "--L1", "1")
    assert "frontier: L0 = 1 beside" not in result.stdout
