"""verify: the table, the findings, what was meant by each status, and the exit status."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from relaxsmooth import audit
from relaxsmooth.formula import number
from relaxsmooth.row import Row
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status, Verdict

QUARTIC = ("verify", "--problem", "quartic")
GD = (*QUARTIC, "--theorem", "gd")


@pytest.fixture
def small(monkeypatch):
    """The whole paper on one problem, one game and two findings."""
    monkeypatch.setattr("relaxsmooth.verify.SUITE", (("softplus", Fraction(1, 10), {}),))
    monkeypatch.setattr("relaxsmooth.verify.ALONG", ())
    monkeypatch.setattr("relaxsmooth.verify.LOWER_CASES", (("4", "1", "2", "1/10"),))
    found = [audit.first_hard_function(), audit.remark5()]
    monkeypatch.setattr("relaxsmooth.verify.audit", lambda progress: found)
    return found


def plant(monkeypatch, key: str, **changes):
    monkeypatch.setitem(theorems(), key, replace(theorems()[key], **changes))


def test_the_table_and_the_findings_of_the_paper(run, small):
    result = run("verify")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["theorem", "problem", "counted", "bound", "ratio", "verdict"]
    assert any(line.startswith("zhang2020-theorem3  ") for line in lines)
    assert "theorem4-first-function (recorded finding; [M] recalled" in result.stdout
    assert "witness  x = 0, |f''| - L1|f'| - L0 = 1" in result.stdout
    assert "REFUTED 2: fails, with a witness" in result.stdout
    assert lines[-1].startswith("As recorded")
    assert result.stderr == ""  # progress is for a terminal


def test_one_theorem_on_the_users_function(run):
    result = run(
        "verify", "--function", "x^4 - 2x^2 + x/3", "--x0", "3", "--epsilon", "1/100",
        "--L1", "2", "--theorem", "zhang2020-theorem3",
    )  # fmt: skip
    assert result.exit_code == 0
    assert "102" in result.stdout and "PROVED 1: holds, with a certificate" in result.stdout


def test_a_hypothesis_that_fails_is_named(run):
    result = run(*GD, "--L0", "15", "--L1", "1")
    assert result.exit_code == 3  # nothing applied
    assert "INAPPLICABLE gd on quartic: f is C^2 and" in result.stdout
    assert "L0* = 16" in result.stdout or "least L0" in result.stdout


def test_a_bound_on_M_that_is_too_small_is_found(run):
    result = run(*GD, "--M", "13")
    assert result.exit_code == 3
    assert "M = 13 is below the supremum, 13.5" in result.stdout


def test_a_new_refutation_gives_status_1(run, monkeypatch):
    plant(monkeypatch, "gd", bound=theorems()["gd"].bound / 10**6)
    result = run(*GD)
    assert result.exit_code == 1
    assert "REFUTED gd on quartic: T_eps in [5, ?] exceeds 2.986875" in result.stdout
    assert "Refuted, and not on record (exit status 1)." in result.stdout


def test_a_recorded_refutation_gives_status_0(run, monkeypatch):
    plant(monkeypatch, "gd", bound=theorems()["gd"].bound / 10**6, finding="planted")
    result = run(*GD)
    assert result.exit_code == 0
    assert "REFUTED (recorded)" in result.stdout


def test_a_new_finding_gives_status_1(run, small):
    small[0] = replace(small[0], recorded=False)
    assert run("verify").exit_code == 1


def test_undecided_gives_status_3(run):
    result = run(*GD, "--bits", "24")
    assert result.exit_code == 3
    assert "UNDECIDED 1: the enclosures are too wide to tell" in result.stdout


def test_undecided_never_hides_a_refutation(run, monkeypatch):
    refuted = Row("a", "f", Verdict("a", Status.REFUTED, "planted"))
    undecided = Row("b", "f", Verdict("b", Status.UNDECIDED, "planted"))
    monkeypatch.setattr("relaxsmooth.verify.verify", lambda *words: [undecided, refuted])
    assert run(*GD).exit_code == 1


def test_a_lower_bound_at_given_constants(run):
    constants = ("--L0", "4", "--L1", "1", "--M", "2", "--epsilon", "1/10")
    result = run("verify", "--theorem", "theorem4-line", *constants)
    assert result.exit_code == 0
    assert "L0 = 4, L1 = 1, M = 2, eps = 1/10" in result.stdout
    assert ">= 932.0289" in result.stdout


# --- parameters and arithmetics ----------------------------------------------------------------


def test_parameters_of_a_rule_select_its_theorems(run):
    result = run(*QUARTIC, "--eta", "1/100", "--gamma", "3")
    assert result.exit_code == 0
    assert "681" in result.stdout and "<= 5599845" in result.stdout


def test_a_theorem_is_not_judged_on_steps_it_does_not_prescribe(run):
    result = run(*QUARTIC, "--theorem", "zhang2020-theorem6", "--h", "1")
    assert result.exit_code == 3
    assert "it is about h = 1/59, and h = 1 was given" in result.stdout
    assert run(*QUARTIC, "--theorem", "zhang2020-theorem6", "--h", "1/59").exit_code == 0


@pytest.mark.parametrize(
    ("words", "status", "exit_status"),
    [
        (("--arithmetic", "ball"), "PROVED", 0),
        (("--arithmetic", "ball", "--bits", "128"), "PROVED", 0),
        (("--arithmetic", "float"), "CONSISTENT", 0),
        (("--arithmetic", "exact"), "UNDECIDED", 3),  # the digits of x^4 triple each step
    ],
)
def test_what_each_arithmetic_may_say(run, words, status, exit_status):
    result = run(*GD, *words)
    assert result.exit_code == exit_status
    assert result.stdout.splitlines()[1].endswith(status)


def test_exact_proves_where_the_iterates_stay_short(run):
    words = ("--function", "x^2/2", "--x0", "8", "--epsilon", "1/2", "--L0", "1", "--L1", "1")
    assert "PROVED 1" in run("verify", *words, "--theorem", "gd", "--arithmetic", "exact").stdout


def test_false_twin_floats_never_refute(run, monkeypatch):
    plant(monkeypatch, "gd", bound=number(1))
    result = run(*GD, "--arithmetic", "float")
    assert result.exit_code == 3
    assert "which floats cannot refute; repeat in balls" in result.stdout


# --- files -------------------------------------------------------------------------------------


def test_all_three_files_at_once(run):
    result = run(*GD, "--json", "a.json", "--latex", "a.tex", "--csv", "a.csv")
    assert result.exit_code == 0
    assert "json written to a.json" in result.stdout
    assert sorted(p.name for p in Path().iterdir()) == ["a.csv", "a.json", "a.tex"]
    assert r"\frac{2 \Delta \left(" in Path("a.tex").read_text()
    assert Path("a.csv").read_text().splitlines()[1].startswith("gd,quartic,195,195,195,<=,")


@pytest.mark.parametrize(("option", "start"), [("--latex", "% needs"), ("--csv", "theorem,")])
def test_standard_output_holds_one_format(run, option, start):
    assert run(*GD, option, "-").stdout.startswith(start)


@pytest.mark.parametrize(
    "parameters", [("--h", "1/20"), ("--eta", "1/100", "--gamma", "1"), ("--theta", "1/2")]
)
def test_plain_arithmetic_takes_the_theorems_with_the_parameters_that_were_given(run, parameters):
    ask = ("verify", "--function", "x^4", "--x0", "1", "--epsilon", "1/10", "--arithmetic", "ball")
    result = run(*ask, "--bits", "128", *parameters)
    assert result.exit_code in (0, 1, 3), result.stderr


def test_plain_arithmetic_refuses_parameters_of_no_upper_bound_of_T(run):
    ask = ("verify", "--function", "x^4", "--x0", "1", "--epsilon", "1/10", "--arithmetic", "exact")
    result = run(*ask, "--eta0", "1/2")
    assert result.exit_code == 2 and "no upper bound of T_eps has --eta0" in result.stderr
