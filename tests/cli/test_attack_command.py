"""relaxsmooth attack, as it is typed."""

from __future__ import annotations

import json
import shlex
from fractions import Fraction

import pytest

from relaxsmooth.attack.lower import LowerOutcome, lines
from relaxsmooth.lower import case
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status, Verdict


def test_a_divided_bound_falls_and_the_printed_commands_check_it(run):
    result = run("attack", "gd", "--divide", "8/5")
    assert result.exit_code == 1
    lines = [line.strip() for line in result.stdout.splitlines()]
    certify, count = (line for line in lines if line.startswith("relaxsmooth "))
    assert "PROVED" in run(*shlex.split(certify)[1:]).stdout
    counted = run(*shlex.split(count)[1:])
    assert counted.exit_code == 0
    assert "T_eps       1, PROVED" in counted.stdout


def test_a_typed_bound_falls_when_it_is_too_small_and_only_then(run):
    clipped = ("--rule", "clipped", "--eta", "1/(10*L0)", "--gamma", "L0/L1")
    wrong = run("attack", "--bound", "5*L0*Delta/eps^2", *clipped, "--evaluations", "1")
    assert wrong.exit_code == 1, wrong.output
    right = run(
        "attack", "--bound", "12*Delta*max(L0/eps^2, L1/max(eps, L0/L1))", *clipped,
        "--evaluations", "1",
    )  # fmt: skip
    assert right.exit_code == 0, right.output
    assert "CONSISTENT" in right.stdout


def test_a_step_that_is_a_formula_replaces_its_letter_in_the_bound(run):
    """gd lowers f by h eps^2 199/200 at h = 1/(100 (L0 + L1 M)): true, also written with h."""
    ask = ("attack", "--rule", "gd", "--h", "1/(100*(L0+L1*M))", "--evaluations", "1", "--bound")
    true = run(*ask, "(200/199)*Delta/(h*eps^2)")
    assert true.exit_code == 0, true.output
    assert run(*ask, "Delta/(2*h*eps^2)").exit_code == 1


def test_a_step_in_M_alone_is_attacked_with_its_M(run):
    ask = ("attack", "--rule", "clipped", "--eta", "1/(L0+L1*M)", "--gamma", "M")
    assert run(*ask, "--bound", "Delta/eps^2", "--evaluations", "1").exit_code == 1


def test_parameters_with_capital_letters_are_taken(run):
    result = run("attack", "vankov2024-fixed-length", "--Rhat", "1", "--evaluations", "1")
    assert result.exit_code == 0, result.output


SLOW_RULES = [pytest.param(key, marks=pytest.mark.slow) for key in ("vankov", "vankov_simple")]


@pytest.mark.parametrize("rule", ["relaxed", "vankov_clipped", *SLOW_RULES])
def test_a_rule_whose_step_has_L0_and_L1_is_attacked_with_the_class(run, rule):
    ask = ("attack", "--rule", rule, "--evaluations", "1", "--bound")
    theta = ("--theta", "1") if rule == "relaxed" else ()
    assert run(*ask, "100*(L0/eps^2 + L1/eps)*Delta", *theta).exit_code == 0
    assert run(*ask, "(L0/eps^2 + L1/eps)*Delta/100", *theta).exit_code == 1


@pytest.mark.parametrize("gamma", ["L0/L1", "3", None])
def test_a_step_may_speak_of_another(run, gamma):
    """Koloskova's eta = 1/(9 (L0 + gamma L1)), with gamma given, or searched where it is free."""
    ask = ("attack", "--rule", "clipped", "--eta", "1/(9*(L0 + gamma*L1))", "--evaluations", "1")
    chosen = () if gamma is None else ("--gamma", gamma)
    bound = "(L0 + gamma*L1)*Delta/(100*eps^2)"
    result = run(*ask, *chosen, "--bound", bound)
    assert result.exit_code == 1, result.output


def test_a_budget_is_repeated_as_it_is_typed(run):
    result = run("attack", "gd", "--divide", "8/5", "--budget", "90s", "--json", "-")
    assert "90s" in json.loads(result.stdout)["arguments"]


def test_an_irrational_step_of_your_own_is_not_checked_by_another(run):
    ask = ("attack", "--rule", "gd", "--h", "log(2)/(2*L0)", "--evaluations", "1", "--bound")
    result = run(*ask, "Delta*L0/(10*eps^2)")
    assert result.exit_code == 1
    assert "relaxsmooth count" not in result.stdout and "no rational" in result.stdout


def test_the_state_resumes_and_belongs_to_its_attack(run, monkeypatch):
    monkeypatch.setattr("relaxsmooth.attack.search.CLIMB", 8)
    words = ("attack", "vankov2024-convex-simple", "--json", "-")
    run(*words, "--state", "s.json", "--evaluations", "10")
    again = json.loads(run(*words, "--state", "s.json", "--evaluations", "80").stdout)
    whole = json.loads(run(*words, "--evaluations", "80").stdout)
    assert again["instance"] == whole["instance"]
    assert again["evaluations"] == whole["evaluations"]
    other = run("attack", "clip", "--state", "s.json")
    assert other.exit_code == 2
    assert "belongs to theorem = vankov2024-convex-simple" in other.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "give one statement"),
        (["gd", "--bound", "Delta"], "give one statement"),
        (["cilp"], "did you mean clip?"),
        (["--bound", "Delta"], "needs the rule"),
        (["--bound", "Delta/foo", "--rule", "gd"], "'foo' is not a variable"),
        (["--bound", "__import__('os')", "--rule", "gd"], "no meaning"),
        (["--bound", "Delta", "--rule", "gd"], "needs a value for h; give --h"),
        (["--bound", "Delta", "--rule", "gd", "--h", "1/L0", "--where", "eps"], "no relation"),
        (["gd", "--h", "1"], "is about h = 1/(L0 + L1*M)"),
        (["gd", "--eta", "1"], "has no such parameter"),
        (["clip", "--eta", "0"], "must be positive"),
        (["clip", "--eta", "1/L0"], "must be a number"),
        (["gd", "--budget", "10"], "is no time"),
        (["gd", "--seed", "1/2"], "no whole number"),
        (["gd", "--divide", "0"], "must be positive"),
        (["gd", "--where", "eps <= 1"], "belong to your own"),
        (["deep-linear", "--jobs", "2"], "is for upper bounds"),
        (["--bound", "Delta", "--rule", "clipped_momentum"], "has a memory"),
        (["--all", "--divide", "2"], "leave --divide out"),
        (["gd", "--records", "r.json"], "belongs to --all"),
        (["deep-linear", "--divide", "2"], "is no bound"),
        (
            ["--bound", "Delta", "--rule", "clipped", "--eta", "gamma/L0", "--gamma", "eta*L0"],
            "in a circle",
        ),
        (["vankov2024-fixed-length-sharper", "--N", "10"], "is about every N"),
        (["clip", "--least-steps", "20001"], "give at most 20000"),
    ],
)
def test_bad_input_is_refused_in_one_line(run, words, complaint):
    result = run("attack", *words)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_damaged_state_file_is_refused(run, tmp_path):
    (tmp_path / "s.json").write_text("[1, 2")
    result = run("attack", "gd", "--state", "s.json")
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_the_printed_command_asks_about_the_constants_that_were_found(run):
    """Delta = 3 psi(M), where the default of verify is 10 psi(M)."""
    values = case("1", "5", "2", "1/100", gaps=3)
    verdict = Verdict("t", Status.CONSISTENT, "")
    theorem = theorems()["theorem4-line"]
    line = lines(LowerOutcome(theorem, Fraction(1), verdict, 1, Fraction(1), values))[-1]
    result = run(*line.split()[1:], "--json", "-")
    row = json.loads(result.stdout)["rows"][0]
    assert row["values"]["Delta"] == str(values["Delta"])
    assert Fraction(row["values"]["Delta"]) < case("1", "5", "2", "1/100")["Delta"] / 3


@pytest.mark.parametrize(
    ("key", "divide"), [("theorem4-line-sharp", "9/10"), ("theorem4-plane", "1/8")]
)
def test_the_check_of_a_divided_lower_bound_shows_the_upper_one(run, key, divide):
    """`verify` would say that the undivided bound holds, as if nothing were refuted."""
    result = run("attack", key, "--divide", divide, "--evaluations", "12")
    assert result.exit_code == 1
    shown = result.stdout.split("check it with")[1]
    upper = result.stdout.split("T_eps <= ")[1].split(" is proven")[0]
    if key == "theorem4-plane":
        assert str(round(float(upper))) in shown
    else:
        words = next(line for line in shown.splitlines() if "relaxsmooth game" in line)
        assert str(int(float(upper))) in run(*shlex.split(words)[1:]).stdout
    assert "verify" not in shown


def test_the_check_of_a_divided_bound_in_N_says_that_it_is_about_the_whole_one(run):
    result = run("attack", "smooth-anchor", "--divide", "101/100")
    assert "verify compares with the whole bound" in result.stdout


def test_an_attack_that_is_stopped_names_the_state(run, monkeypatch, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("relaxsmooth.cli.attack.upper_bound", stop)
    early = run("attack", "gd", "--state", "s.json")  # before the first batch is done
    bare = run("attack", "gd")
    for result in (early, bare):
        assert result.exit_code == 130
        assert "no output was written" in result.stderr
    (tmp_path / "s.json").write_text("{}")
    held = run("attack", "gd", "--state", "s.json")
    assert held.exit_code == 130
    assert "'s.json' holds what was done" in held.stderr
