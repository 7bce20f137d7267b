"""certify: exact values, certificates, witnesses, frontiers."""

from __future__ import annotations

from pathlib import Path

import pytest

from relaxsmooth.plots import frontier_picture

# the values of the literature and of the exact decider's own derivations
LEAST = [
    ("x^4", "1", "16"),
    ("x^6", "1", "1536"),
    ("(x^2 - 1)^2", "1", "8 + 64*sqrt(3)/9 (about 20.31680574271)"),
    ("cosh(x)", "1", "1"),
    ("log(1 + exp(x))", "1", "0"),
    ("log(1 + exp(x))", "1/2", "1/16"),
    ("log(cosh(x))", "0", "1"),
    ("x^4", "10", "4/25"),
]


@pytest.mark.parametrize(("f", "L1", "L0"), LEAST)
def test_least_L0_is_exact(run, f, L1, L0):
    result = run("certify", f, "--L1", L1)
    assert result.exit_code == 0
    value = next(line for line in result.stdout.splitlines() if line.startswith("L0*("))
    assert value.split(maxsplit=1) == [f"L0*({L1})", L0]
    assert "checked again by one point in each cell: PROVED" in result.stdout


def test_the_frontier_of_the_quartic_has_its_closed_form(run):
    text = run("certify", "x^4", "--L1", "1").stdout
    assert "attained at x = -2, x = 2" in text
    assert "L1^2*L0 = 16 beside L1 = 1" in text
    assert "PROVED: x^4 is (L0, 1)-smooth exactly when L0 >= 16" in text
    assert "Lemma 2      L-smooth for no L: |f''(x)| >= 6 |x|^2 for |x| >= 1" in text


def test_below_the_least_L0_is_refuted_with_an_exact_witness(run):
    result = run("certify", "x^4", "--L1", "1", "--L0", "15")
    assert result.exit_code == 1
    assert "witness: x = -2, |f''| - L1|f'| - L0 = 1" in result.stdout


def test_at_the_least_L0_is_proved(run):
    result = run("certify", "x^4", "--L1", "1", "--L0", "16")
    assert result.exit_code == 0
    assert "PROVED: x^4 is (L0, L1)-smooth with L0 = 16, L1 = 1" in result.stdout


def test_false_twin_a_hair_below_is_refuted(run):
    assert run("certify", "x^4", "--L1", "1", "--L0", "15.999999999999999999").exit_code == 1


def test_no_L0_at_a_slope_below_the_threshold(run):
    result = run("certify", "cosh(x)", "--L1", "1/2")
    assert result.exit_code == 1
    assert "infinity" in result.stdout and "L1 >= 1" in result.stdout


def test_the_frontier_alone(run):
    text = run("certify", "log(1 + exp(x))").stdout
    assert "4*L0 = (L1 - 1)^2  at L1 = 1/8, 1/4, 1/2" in text
    assert "L0 = 0  at L1 = 1, 2, 4, 8, 16" in text


@pytest.mark.parametrize("f", ["x^2*y^2", "(x*y - 1)^2"])
def test_a_function_in_no_class_is_refuted_with_its_curve(run, f):
    result = run("certify", f)
    assert result.exit_code == 1
    assert "t -> oo: no (L0, L1) fits" in result.stdout


def test_several_variables_by_branch_and_bound(run):
    f = "x^4 + y^4 + x*y"
    assert run("certify", f, "--L1", "1", "--L0", "20").exit_code == 0
    refuted = run("certify", f, "--L1", "1", "--L0", "10")
    assert refuted.exit_code == 1 and "witness: x = (" in refuted.stdout


def test_without_a_slope_several_variables_are_bounded_at_L1_1(run):
    result = run("certify", "x^2 + y^2")
    assert result.exit_code == 0
    assert "L0*(1)  2" in result.stdout


def test_undecided_is_status_3(run):
    result = run("certify", "exp(exp(x))", "--L1", "2")
    assert result.exit_code == 3
    assert "UNDECIDED" in result.stdout and "give a box" in result.stdout


def test_on_a_box_it_is_decided(run):
    words = ("certify", "x*exp(x)", "--L1", "2", "--box", "-4,4")
    proved = run(*words, "--L0", "1/2")
    assert proved.exit_code == 0 and "x in [-4, 4]" in proved.stdout
    assert run(*words, "--L0", "1/3").exit_code == 1  # 1/e at x = -1


def test_the_frontier_is_drawn(run):
    assert run("certify", "x^4", "--L1", "1", "--plot", "a.png").exit_code == 0
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("kind", "start"), [pytest.param("pdf", b"%PDF", marks=pytest.mark.slow), ("svg", b"<?xml")]
)
def test_the_same_picture_gives_the_same_bytes(kind, start):
    pictures = [frontier_picture([(1, 16), (2, 4)], "", "", kind) for _ in range(2)]
    assert pictures[0] == pictures[1] and pictures[0].startswith(start)


def test_no_picture_where_nothing_is_decided_exactly(run):
    result = run("certify", "x*exp(x)", "--L1", "2", "--plot", "a.png")
    assert "no picture" in result.stdout and not Path("a.png").exists()


def test_a_shipped_problem_is_certified_by_its_key(run):
    done = run("certify", "--problem", "paper2", "--L1", "5")
    assert done.exit_code == 0
    assert "3/100" in done.stdout
