"""Constants and boxes beyond doubles, roots of what is constant, and places far out."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import problem
from relaxsmooth.smoothness import membership, minimal_L0
from relaxsmooth.smoothness.classes import RelaxedSmooth, Variant
from relaxsmooth.smoothness.landscape import landscape
from relaxsmooth.verdict import Status

F = Fraction


@pytest.mark.parametrize(
    "words",
    [
        ("exp(x)", "--L1", "1/2", "--box", "700,1000"),
        ("sin(1e200*x)+cos(3*x)", "--L1", "1"),
        ("1e400*sin(x)*cos(y)", "--L1", "1"),
        ("log(x)", "--L1", "1", "--box", "1e-320,1e-310"),
        ("x^4+y^4", "--L1", "1", "--box", "-1e400,1e400;-1,1"),
        ("1e400*x^2*(sin(x)-cos(x))", "--L1", "1"),
        ("x^2 + sqrt(2*(x+1)-2*x)*x", "--L1", "1"),
        ("((x-1/2-(x-1))^(3/2))^(-2)", "--L1", "1"),
    ],
)
def test_nothing_beyond_doubles_is_an_error_of_the_program(run, words):
    result = run("certify", *words)
    assert result.exit_code in (0, 1, 3), result.stderr


def test_a_root_of_a_constant_that_is_not_folded_is_its_value():
    assert minimal_L0(problem("x^2*sqrt((x+1)^2-x^2-2*x)"), 1).value.as_fraction() == 2


def test_waves_with_giant_amplitudes_are_refuted_as_small_ones_are(run):
    result = run("certify", "1e400*x^2*(sin(x)-cos(x))", "--L1", "1")
    assert result.exit_code == 1 and "1.414e+400" in result.stdout


def test_a_witness_far_out_has_the_bits_that_exponentials_cancel():
    """|f''| - |f'| tends to 1/2 as e^x cancels: at x = 64 that needs 100 bits more."""
    f = problem("exp(x) - x/2 - exp(-x/10)")
    found = membership(f, F(499, 1000), 1)
    assert found.status is Status.REFUTED and "x" in found.witness
    assert membership(f, F(1, 2), 1).status is Status.PROVED


@pytest.mark.parametrize(
    ("text", "x0"), [("exp(x) - 2*x", 300), ("piecewise(x<=0, -x, exp(x)-2*x-1)", 1000)]
)
def test_a_level_is_crossed_far_out(text, x0):
    assert str(landscape(problem(text, [x0])).M).startswith(f"exp({x0}) - 2")


def test_the_local_Lipschitz_class_is_the_smooth_one_where_L1_is_zero():
    smooth = RelaxedSmooth(1, 0, Variant.LOCAL_LIPSCHITZ)
    assert smooth.contains(problem("x^2/2")).status is Status.PROVED
    assert smooth.contains(problem("x^2")).status is Status.REFUTED


def test_pi_is_refused_rather_than_read_as_a_variable():
    with pytest.raises(FormulaError, match="pi is no constant here"):
        problem("pi*x^2")
