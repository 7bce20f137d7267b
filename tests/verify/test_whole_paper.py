"""The whole paper on the shipped problems: nothing undecided, nothing vacuous, twins refuted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.formula import FormulaError
from relaxsmooth.instance import verify_instance
from relaxsmooth.lower import LOWER_CASES
from relaxsmooth.pairs import check_pairs
from relaxsmooth.problem import problem
from relaxsmooth.setting import settle
from relaxsmooth.theorem import Assumption, Inequality, Kind
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.verdict import Status, Verdict
from relaxsmooth.verify import ALONG, SUITE, Report, Row, one, settings, verify

UPPER = {key: t for key, t in theorems().items() if t.kind is Kind.UPPER}


@pytest.fixture(scope="module")
def shipped():
    """The shipped settings, by problem."""
    return {s.problem.key: s for s in settings(None, None, None)}


@pytest.fixture(scope="module")
def along():
    """The shipped settings of the statements about averages and gaps, by problem."""
    return {s.problem.key: s for s in settings(None, None, None, ALONG)}


@pytest.fixture(scope="module")
def rows():
    """Rows of `relaxsmooth verify` for every theorem: four games and three problems fewer."""
    with pytest.MonkeyPatch.context() as patch:
        left_out = ("phase_retrieval", "quartic", "softplus")
        patch.setattr("relaxsmooth.verify.SUITE", [s for s in SUITE if s[0] not in left_out])
        patch.setattr("relaxsmooth.verify.LOWER_CASES", LOWER_CASES[-1:])
        return list(verify())


def as_recorded(rows):
    """Nothing undecided, only the recorded finding refuted, every upper bound proved somewhere."""
    found = {key: {r.verdict.status for r in rows if r.theorem == key} for key in UPPER}
    return (
        Report(rows, []).exit_status == 0
        and not [row for row in rows if row.verdict.status is Status.UNDECIDED]
        and {r.theorem for r in rows if r.verdict.status is Status.REFUTED}
        == {"zhang2020-theorem4"}
        and all(Status.PROVED in statuses for statuses in found.values())
    )


def test_the_rows_are_as_recorded(rows):
    assert as_recorded(rows)


@pytest.mark.parametrize("status", [Status.UNDECIDED, Status.REFUTED])
def test_false_twin_one_row_with_another_status_is_not_as_recorded(status, rows):
    other = replace(rows[-1], verdict=Verdict("claim", status, "planted"))
    assert rows[-1].verdict.status not in (Status.UNDECIDED, Status.REFUTED)
    assert not as_recorded([*rows[:-1], other])


@pytest.mark.slow
def test_every_row_of_the_command_is_as_recorded():
    rows = list(verify())
    assert as_recorded(rows)
    assert {r.problem for r in rows} > {key for key, *_ in SUITE}


@pytest.mark.parametrize("key", sorted({**theorems(), **inequalities()}))
def test_every_statement_applies_to_a_shipped_instance(key, rows):
    applied = [r for r in rows if r.theorem == key and r.verdict.status is not Status.INAPPLICABLE]
    assert applied, key


@pytest.mark.parametrize("key", sorted(UPPER))
def test_an_upper_bound_is_proved_on_every_problem_it_applies_to(key, rows):
    found = {r.verdict.status for r in rows if r.theorem == key} - {Status.INAPPLICABLE}
    assert found <= {Status.PROVED, Status.CONSISTENT}
    assert Status.PROVED in found


@pytest.mark.parametrize("key", sorted(UPPER))
def test_false_twin_the_bound_divided_by_50_is_refuted(key, shipped, along):
    twin = replace(UPPER[key], bound=UPPER[key].bound / 50)
    first_hit = [shipped[name] for name in ("ramp", "quartic")]
    found = (one(twin, setting) for setting in (first_hit if twin.is_first_hit else along.values()))
    assert any(row.verdict.status is Status.REFUTED for row in found)


# the factor by which the left side may grow before a shipped pair breaks the inequality
SHARP = {key for key, found in inequalities().items() if found.sharp}


@pytest.mark.parametrize("key", sorted(inequalities()))
def test_false_twin_a_stronger_inequality_is_refuted(key, shipped):
    found = inequalities()[key]
    factor = Fraction(101, 100) if key in SHARP else Fraction(5)
    twin = replace(found, left=found.left * factor)
    statuses = {check_pairs(twin, shipped[name]).verdict.status for name in ("ext", "tilted_well")}
    assert Status.REFUTED in statuses


def test_sharp_inequalities_are_attained_on_ext(rows):
    for key in SHARP:
        (row,) = [r for r in rows if r.theorem == key and r.problem == "ext"]
        assert row.ratio == pytest.approx(1, abs=0.06), key


def test_the_gap_gives_M_at_most_the_inverse_of_psi(shipped):
    for setting in shipped.values():
        if setting.problem.dimension == 1 and "M" in setting.values:
            row = check_pairs(inequalities()["gap"], setting)
            assert row.verdict.status is Status.CONSISTENT


def test_a_constant_below_the_frontier_does_not_apply_and_names_the_hypothesis():
    setting = settle(problem("x^4", [3]), Fraction(1, 10), {"L0": Fraction(15), "L1": Fraction(1)})
    row = verify_instance(theorems()["zhang2020-theorem3"], setting)
    assert row.verdict.status is Status.INAPPLICABLE
    assert "‖∇²f‖" in row.verdict.reason


def test_a_gradient_bound_below_the_supremum_does_not_apply():
    setting = settle(problem("x^4", [3]), Fraction(1, 10), {"M": Fraction(107)})  # 4*27 = 108
    assert setting.decided[Assumption.GRADIENT_BOUND].status is Status.REFUTED
    generous = settle(problem("x^4", [3]), Fraction(1, 10), {"M": Fraction(109)})
    assert generous.values["M"] == 109


def test_a_stationary_start_takes_no_step():
    setting = settle(problem("x^4", [0]), Fraction(1, 10), {"L1": Fraction(1)})
    row = verify_instance(theorems()["zhang2020-theorem3"], setting)
    assert row.measured == 0


def test_constants_of_the_quartic_are_exact():
    setting = settle(problem("x^4", [Fraction(3, 2)]), Fraction(1, 10), {"L1": Fraction(1)})
    shown = {name: setting.values[name] for name in ("L0", "Delta", "M")}
    assert shown == {"L0": 16, "Delta": Fraction(81, 16), "M": Fraction(27, 2)}


def test_user_parameters_replace_the_prescription():
    setting = settle(problem("x^4", [3]), Fraction(1, 10), {"L1": Fraction(1)})
    row = verify_instance(theorems()["clip"], setting, {"eta": Fraction(1, 100)})
    assert row.parameters["eta"].value == Fraction(1, 100)
    assert row.verdict.status is Status.PROVED


def test_parameters_out_of_range_do_not_apply():
    setting = settle(problem("x^4", [3]), Fraction(1, 10), {"L1": Fraction(1)})
    row = verify_instance(theorems()["clip"], setting, {"eta": Fraction(10)})
    assert row.verdict.status is Status.INAPPLICABLE


@pytest.mark.parametrize("bad", [Fraction(0), Fraction(-1, 10)])
def test_a_target_that_is_not_positive_is_refused(bad):
    with pytest.raises(FormulaError, match="must be positive"):
        settle(problem("x^4", [3]), bad)


def test_exit_statuses():
    def report(status, finding=""):
        verdict = Verdict("claim", status, "planted")
        return Report([Row("t", "p", verdict, finding=finding)], [])

    assert report(Status.PROVED).exit_status == 0
    assert report(Status.REFUTED).exit_status == 1
    assert report(Status.REFUTED, "recorded").exit_status == 0
    assert report(Status.UNDECIDED).exit_status == 3
    assert report(Status.INAPPLICABLE).exit_status == 3


def test_inequalities_are_never_called_proved(rows):
    proved = {r.theorem for r in rows if r.verdict.status is Status.PROVED}
    assert not proved & set(inequalities())
    assert all(isinstance(i, Inequality) for i in inequalities().values())
