"""A declared or unknown f* decides nothing; plans, bounds and tolerances without a value either."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth.formula import FormulaError, log, number
from relaxsmooth.ground import Ground
from relaxsmooth.instance import finite
from relaxsmooth.problem import problem
from relaxsmooth.report.latex import to_latex
from relaxsmooth.text import parse
from relaxsmooth.theorem import Assumption
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.verdict import Status, Verdict
from relaxsmooth.verify import verify

F = Fraction


def status(*words) -> Status:
    return next(iter(verify(*words))).verdict.status


@pytest.mark.parametrize("shift", [-1, -3])
@pytest.mark.parametrize("key", ["relaxed-convex", "vankov2024-convex-simple"])
def test_an_unknown_lowest_value_is_not_taken_for_zero(shift, key):
    """f* = 2 log 2 + shift: with 0 in its place the gap was too large, or too small."""
    f = problem(f"log(1+exp(x+y))+log(1+exp(-x-y))+{shift}".replace("+-", "-"), [F(1), F(1)])
    assert status(f, key, F(1, 10), {"L0": F(3), "L1": F(1)}) is Status.UNDECIDED


@pytest.mark.parametrize(("key", "declared"), [("relaxed-convex", -1), ("gap", "11/5")])
def test_a_declared_lowest_value_refutes_nothing(run, key, declared):
    """docs/trust.md: CONSISTENT at best, and never REFUTED.  f* = 2 log 2 is not derived."""
    f = "log(1+exp(x+y))+log(1+exp(-x-y))"
    result = run("verify", "--function", f, "--x0", "1,1", "--f-star", str(declared),
                 "--L0", "2", "--L1", "1", "--theorem", key, "--epsilon", "1/10")  # fmt: skip
    assert result.exit_code == 3, result.output
    assert "REFUTED" not in result.stdout and "UNDECIDED" in result.stdout


def test_a_declared_lowest_value_proves_nothing(run):
    f = "log(1+exp(x+y))+log(1+exp(-x-y))"
    result = run("verify", "--function", f, "--x0", "1,1", "--f-star", "9/4",
                 "--L0", "2", "--L1", "1", "--theorem", "relaxed-convex",
                 "--epsilon", "1/10")  # fmt: skip
    assert "PROVED" not in result.stdout, result.stdout


def test_every_claim_about_the_gap_rests_on_the_lowest_value():
    for t in theorems().values():
        if t.measure.is_gap or "Delta" in t.bound.symbols:
            assert Assumption.BOUNDED_BELOW in t.rests_on, t.key
    assert Assumption.BOUNDED_BELOW in inequalities()["gap"].rests_on
    lowest = Ground(Verdict("", Status.UNDECIDED, "")).lowest(64)
    assert not lowest.is_finite()


def test_a_plan_that_is_too_long_to_run_is_undecided_and_not_replaced_by_a_shorter_one():
    f = problem("x^2", [F(10)])
    (found,) = verify(f, "vankov2024-fixed-length", F(1, 1000), {"L0": F(2), "L1": F(1, 10)})
    assert found.verdict.status is Status.UNDECIDED
    assert "planned" in found.verdict.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("gd-line-any", "--epsilon", "1e-19"), ("clip", "--eta", "1e-45")], ids=str
)
def test_a_bound_whose_differences_cancel_is_evaluated_at_more_bits(run, words):
    result = run("verify", "--problem", "ext", "--theorem", *words)
    assert result.exit_code in (0, 3), result.output


def test_differences_that_cancel_get_more_bits_and_no_value_is_said():
    t = parse("1/(exp(1/10^60) - 1 - 1/10^60)")
    assert float(finite(t)) == pytest.approx(2e120)
    assert finite(1 / (log(number(6)) - log(number(2)) - log(number(3)))) is None


def test_an_underivable_L0_is_refused_by_name(run):
    result = run("verify", "--function", "sqrt(1+x^2)", "--x0", "1", "--theorem", "gd")
    assert result.exit_code == 2 and "give --L0 and --L1" in result.stderr


def test_a_tolerance_of_zero_is_refused_and_not_replaced():
    with pytest.raises(FormulaError, match="eps = 0 must be positive"):
        list(verify(problem("x^2", [F(1)]), "gd", F(0), {"L0": F(2), "L1": F(1)}))


def test_the_phase_of_a_theorem_is_part_of_its_latex():
    f = problem("x^2", [F(10)])
    rows = list(verify(f, "lobanov2024-linear", F(1, 10), {"L0": F(2), "L1": F(1)}))
    assert "while" in to_latex(rows, theorems(), str)
