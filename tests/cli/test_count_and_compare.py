"""count and compare: certified numbers, the parameters used, and the picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

QUARTIC = ("--problem", "quartic")
GD = ("count", "--rule", "gd", *QUARTIC, "--h", "1/160")


@pytest.mark.parametrize(("epsilon", "T"), [("1e-4", "23378"), ("3e-7", "1124560")])
def test_published_counts(run, epsilon, T):
    result = run(*GD, "--epsilon", epsilon)
    assert result.exit_code == 0
    assert f"T_eps       {T}, PROVED" in result.stdout
    assert "how         " in result.stdout


def test_already_there_is_zero_steps(run):
    assert "T_eps       0, PROVED" in run(*GD, "--epsilon", "100").stdout


def test_parameters_default_to_the_theorem_and_are_printed(run):
    text = run("count", "--rule", "clipped", "--function", "x^4", "--x0", "3/2", "--L1", "1",
               "--epsilon", "1/100").stdout  # fmt: skip
    assert "eta         1/160" in text and "gamma       16" in text
    assert "prescribed  by zhang2020-theorem3" in text
    assert "L0          16" in text
    assert "T_eps       1074, PROVED" in text


def test_a_given_parameter_replaces_the_prescribed_one(run):
    words = ("count", "--rule", "clipped", *QUARTIC, "--epsilon", "1/100", "--eta", "1/100")
    text = run(*words).stdout
    assert "eta         1/100" in text and "gamma       16" in text


def test_another_theorem_prescribes(run):
    words = ("count", "--rule", "clipped", *QUARTIC, "--epsilon", "1/100", "--theorem", "clip")
    assert "eta         1/32" in run(*words).stdout


def test_divergence_is_infinity_proved(run):
    result = run("count", "--rule", "gd", *QUARTIC, "--h", "1", "--epsilon", "1/100")
    assert result.exit_code == 0
    assert "T_eps       infinity, PROVED" in result.stdout


def test_a_count_that_is_not_known_is_status_3(run):
    words = ("count", "--rule", "armijo", *QUARTIC, "--eta0", "1", "--epsilon", "1e-6")
    result = run(*words, "--limit", "3")
    assert result.exit_code == 3
    assert "UNDECIDED" in result.stdout


def test_the_trace_starts_at_x0_and_ends_at_eps(run):
    lines = run(*GD, "--epsilon", "1", "--trace", "-").stdout.splitlines()
    assert lines[0] == "k,x,gradient_norm"
    k, x, norm = lines[1].split(",")
    assert (k, float(x), float(norm)) == ("0", 1.5, 13.5)
    assert float(lines[-1].split(",")[2]) <= 1


def test_compare_shows_three_rules_with_bounds(run):
    result = run("compare", "--function", "x^4", "--x0", "30", "--L1", "1", "--epsilon", "1/10")
    assert result.exit_code == 0
    rows = {line.split("  ")[0]: line for line in result.stdout.splitlines()}
    assert "315804" in rows["GD"] and "h = 1/216032" in rows["GD"]
    assert "508" in rows["clipped GD"] and "eta = 1/160, gamma = 16" in rows["clipped GD"]
    assert "529" in rows["normalized GD"]
    assert "PROVED 3: holds, with a certificate" in result.stdout


def test_compare_draws(run):
    result = run("compare", "--plot", "a.svg")
    assert result.exit_code == 0
    assert Path("a.svg").read_bytes().startswith(b"<?xml")


def test_compare_at_a_stationary_point_has_no_picture(run):
    result = run("compare", "--function", "5", "--x0", "1", "--plot", "a.svg")
    assert result.exit_code == 0
    assert "x0 is stationary already" in result.stdout and not Path("a.svg").exists()


def test_compare_says_why_nothing_applied(run):
    result = run("compare", "--L0", "1", "--L1", "1", "--plot", "a.svg")
    assert result.exit_code == 3
    assert "no picture: no theorem applied" in result.stdout and not Path("a.svg").exists()


@pytest.mark.parametrize(
    ("rule", "theorem", "prescribed"),
    [("relaxed", "gorbunov2024-convex", ("theta", "1/2")), ("armijo", "armijo", ("gamma", "3/10"))],
)
def test_a_named_theorem_prescribes_what_has_a_default_too(run, rule, theorem, prescribed):
    ask = ("count", "--rule", rule, "--theorem", theorem, "--function", "x^4")
    result = run(*ask, "--x0", "3/2", "--epsilon", "1/100", "--json", "-")
    record = json.loads(result.stdout)
    name, value = prescribed
    assert record["parameters"][name] == value and record["prescribed_by"] == theorem


def test_nothing_is_prescribed_where_everything_was_given(run):
    ask = ("count", "--rule", "gd", "--theorem", "zhang2020-theorem6", "--h", "1/1000")
    result = run(*ask, "--function", "x^4", "--x0", "3/2", "--epsilon", "1/100", "--json", "-")
    assert json.loads(result.stdout)["prescribed_by"] is None


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["gd", "--M", "1", "--function", "x^4", "--x0", "3/2"], "below the supremum, 13.5"),
        (["fixed_length", "--N", "9", "--function", "x^4-x^2", "--x0", "2"], "; give --Rhat"),
        (["gd", "--theorem", "gd-no-M", "--function", "x^3", "--x0", "2"], "; give --h"),
    ],
)
def test_the_remedy_of_a_missing_constant_is_an_option(run, words, complaint):
    result = run("count", "--rule", *words, "--epsilon", "1/10")
    assert result.exit_code == 2
    assert complaint in result.stderr and "--Delta" not in result.stderr


def test_half_a_step_is_no_number_of_steps(run):
    ask = ("count", "--rule", "fixed_length", "--Rhat", "1", "--N", "1/2", "--function", "x^2")
    result = run(*ask, "--x0", "1", "--epsilon", "1/10")
    assert result.exit_code == 2 and "give a whole one" in result.stderr
