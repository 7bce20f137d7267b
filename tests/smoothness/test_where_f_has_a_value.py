"""f as it is written decides where it has a value, also where a case folds that away."""

import pytest

from relaxsmooth.formula import FormulaError, exp, log
from relaxsmooth.problem import problem
from relaxsmooth.smoothness import NotDecidable, membership
from relaxsmooth.smoothness.box_lowest import lowest_nd
from relaxsmooth.smoothness.classes import RelaxedSmooth
from relaxsmooth.smoothness.landscape import landscape
from relaxsmooth.smoothness.membership import violation
from relaxsmooth.smoothness.pieces import pieces
from relaxsmooth.smoothness.radial_exact import exact_L0
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status


@pytest.mark.parametrize(
    "f",
    [
        "max(x,0)^3*sqrt(x)", "max(x,0)^3*sqrt(x+1)", "max(x,0)^3/(x+1)", "|x|^3/x",
        "exp(piecewise(x <= 3, 2*log(x), log(x^2)))", "(x-1)*|x-1| + max(x^2, (x^2-1)/(x-1) - 100)",
        "(x^2-2)*|x^2-2| + (x^4-4)/(x^2-2)", "(x^2)^(3/2)/sqrt(x^2)", "(|x|-x)^2*sqrt(|x|-2)",
        "max(x,0)^3/|x+1|", "max(x,0)^3*sqrt(piecewise(x <= 0, x, 1))", "max(x,0)^3/min(x+1,1)",
        "max(x,0)^3/max(x+1,-x-1)", "(|x|-x)^3/|x-1|",
        "max(x,0)^3/(1+max(-x,0)-2*max(-x-3,0))",
        "piecewise(x <= 0, 0, max(-x,0)^3*sqrt(x-5) + x^3)",
        "piecewise(x <= 0, 0, (|x|-x)^3/(x-2) + x^3)",
        "piecewise(x <= 0, 0, x <= 1, max(x,0)^3, 3*x-2-max(1-x,0)^2*log(2-x))",
        "|x| + piecewise(x <= 0, 0, (|x|-x)^3/(x-2)+x^3)",
        "piecewise(x<=0,0,x^2+exp(1/|x-2|)*exp(-1/|x-2|)-1)",
        "x^2+sqrt(x^2)/|x|", "x^2+(x^2)^(3/2)/|x|", "x^2+exp(1/|x|)*exp(-1/|x|)",
        "x^2+(|x|-x)^3/(|x|-x+|x-1|)", "x^2+(|x|-x)^2/(|x|-x+|x-1|)",
    ],
)  # fmt: skip
def test_a_case_does_not_hide_where_f_has_no_value(f):
    """On one of its branches each is 0 or a power of x; a value is missing all the same."""
    with pytest.raises(NotDecidable, match="has no value at x = "):
        membership(problem(f), 1000, 1)


def test_a_constant_of_a_case_needs_a_value_too():
    with pytest.raises(NotDecidable, match="has no value"):
        membership(problem("max(x,0)^3*sqrt(piecewise(x <= 0, e-3, 1))"), 1000, 1)


@pytest.mark.parametrize(
    "f",
    [
        "|x|^(5/2)", "(x^2)^(3/2)", "max(x,0)^(5/2)", "piecewise(x <= 0, 0, x^(5/2))",
        "piecewise(x <= 1, x^2/2, log(x) + 1/2)", "piecewise(x <= 1, x^2, 2 - 1/x + (x - 1))",
        "|x|^3/(1 + |x|)", "x^2 + max(x, 1)/max(x, 1)",
        "piecewise(x <= 1, x^2/2, log(max(x,0)) + 1/2)", "piecewise(x <= 0, 0, x^5/max(x,0)^2)",
        "piecewise(x < 0, x^2, sqrt(x) <= 3, x^2, 18*x-81)",
    ],
)  # fmt: skip
def test_false_twin_branches_that_are_not_taken_need_no_value(f):
    assert membership(problem(f), 1000, 1).status is Status.PROVED


@pytest.mark.parametrize(
    "f",
    [
        "norm(x,y)^3/norm(x,y)", "(x^2+y^2)^(5/2)*(x^2+y^2)^(-3/2)",
        "norm(x,y)^2*(norm(x,y)-2)/(norm(y,x)-2)",
        "(norm(x,y)-norm(y,x))*log(x^2+y^2-4)+x^2+y^2",
        "(sqrt(x^2+y^2+1)-sqrt(1+y^2+x^2))*log(x^2+y^2-4)+x^2+y^2",
        "piecewise(-1 <= x^2+y^2, max(-1-norm(x,y),0)^3/(norm(x,y)-2)+norm(x,y)^3, 0)",
        "2*(1/x + y^2) - 2/x + x^2", "2*(log(x-3) + y^2) - 2*log(x-3) + x^2",
    ],
)  # fmt: skip
def test_radial_and_separable_forms_keep_where_f_has_no_value(f):
    assert exact_L0(problem(f), 0) is None
    assert exact_L0(problem("norm(x,y)^3"), 1) is not None


@pytest.mark.parametrize("f", ["piecewise(x <= 0, 1, x - 5) + y^2",
                               "piecewise(x^2+y^2 <= 0, -7, x^2+y^2)"])  # fmt: skip
def test_the_lowest_value_of_a_part_that_jumps_is_not_read_at_its_cuts(f):
    """It would be 1 (f(1, 1) = -3) and 0 (f(0, 0) = -7)."""
    with pytest.raises(NotDecidable):
        lowest_nd(problem(f))


@pytest.mark.parametrize("f", ["x^2 + log(e - 3)", "x^2 + sqrt(sqrt(2)*sqrt(2) - 2 - 1e-1000)"])
def test_a_constant_without_a_value_is_refused_also_where_no_problem_is_built(f):
    with pytest.raises(FormulaError, match="has no real value"):
        pieces(parse(f))
    with pytest.raises(FormulaError, match="has no real value"):
        problem(f)


def test_a_class_needs_constants_that_are_certainly_not_negative():
    below = parse("e - 2.71828182845904523536028747135266249775724709370")
    for L0 in (log(exp(1) - 3), below, parse("-sqrt(2)")):
        with pytest.raises(FormulaError, match=r"L0( =|:) "):
            RelaxedSmooth(L0, 1)
    assert RelaxedSmooth(parse("e - 2"), parse("0")).L1.value == 0


def test_a_witness_at_a_tie_reads_the_derivatives_on_both_sides():
    """f = 9 x^2 through a max and a min that tie at 0: f'' = 18, and one branch says 32."""
    found = violation(pieces(parse("(max(2*x,x)+min(2*x,x))^2")), 0, 1, 1)
    assert found.lower() <= 17


def test_a_limit_in_which_large_terms_cancel_ends():
    f = problem("2*(log(x^2+x+1) - log(x^2+1)) + (x^10+x^8+1)/(x^2+1) - x^8")
    found = landscape(f).lowest.enclosure(64)
    assert found.is_finite() and found.rad() < 1e-9
