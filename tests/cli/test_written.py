"""What is written and printed: all or nothing, outward, with the digits that are known."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import flint
import pytest

from relaxsmooth.report import shown
from relaxsmooth.worstcase.answer import digits

F = Fraction


@pytest.mark.parametrize(
    "words",
    [
        ("certify", "|x|", "--plot", "a.png", "--json", "a.json"),
        ("certify", "x^4", "--L1", "1e-200", "--plot", "a.png", "--json", "a.json"),
        ("certify", "x^4", "--L1", "1e-300", "--plot", "a.png", "--json", "a.json"),
        pytest.param(("compare", "--function", "x^2", "--x0", "1", "--L1", "1", "--epsilon",
                      "1e-160", "--plot", "a.png", "--json", "a.json"), marks=pytest.mark.slow),
        ("worst-case", "--rule", "gd", "--h", "1e-400", "--L0", "1e400", "--L1", "0", "--delta",
         "1e800", "--steps", "1", "--plot", "a.png", "--json", "a.json"),
    ],
)  # fmt: skip
def test_a_picture_that_cannot_be_drawn_leaves_no_file(run, words):
    result = run(*words)
    assert result.exit_code in (0, 1, 2, 3), result.output
    if result.exit_code == 2:
        assert list(Path().iterdir()) == []
    else:
        assert Path("a.png").exists() == ("plot written" in result.stdout)


def test_standard_output_holds_the_document_only(run):
    result = run("certify", "sin(x)", "--L1", "1", "--plot", "s.png", "--json", "-")
    json.loads(result.stdout)
    assert "no picture" in result.stderr and not Path("s.png").exists()


def test_a_closed_standard_output_is_no_refutation():
    line = f"{sys.executable} -m relaxsmooth certify 'x^2' --L1 1 >&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode != 1, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", [F(1, 3), F(2, 3), F(1, 10), F(10) ** 300 / 7, F(1), F(0)])
def test_ends_are_printed_outward(value):
    assert F(digits(value, up=False)) <= value <= F(digits(value, up=True))


def test_printed_ends_of_certified_intervals_are_certified(run):
    lines = run("certify", "sin(x)", "--L1", "1", "--json", "c.json").stdout.splitlines()
    low = next(line for line in lines if "at least" in line).split("at least ")[1].split(";")[0]
    found = json.loads(Path("c.json").read_text(encoding="utf-8"))
    assert F(low.split(",")[0]) <= F(found["minimal_L0_at_least"])


def test_certified_counts_are_printed_with_every_digit(run):
    result = run("worst-case", "--rule", "clipped", "--L0", "1", "--L1", "2", "--delta", "1",
                 "--epsilon", "1e-10", "--json", "w.json")  # fmt: skip
    T = json.loads(Path("w.json").read_text(encoding="utf-8"))["lower"]
    assert f"worst T     {T} at" in result.stdout


def test_digits_that_the_radius_hides_are_not_shown():
    assert shown(flint.arb("0.12345678", "1e-4"), 10) == "0.12"
    assert "+/-" in shown(flint.arb("0.1", "0.3"))
    assert shown(flint.arb("0.12345678"), 5) == "0.12346"


def test_a_tiny_slack_is_shown_with_its_own_digits(run):
    at = "1,2.0770516825768228860711513440683991097,2"
    result = run("interpolate", "--at", "0,0,1", "--at", at)
    assert "missed by" in result.stdout and "e-38" in result.stdout


def test_a_declared_lowest_value_refutes_nothing_at_fixed_bits_either(run):
    result = run("verify", "--theorem", "gd", "--x0", "1,1", "--epsilon", "1",
                 "--function", "log(1+exp(x+y)) + log(1+exp(-x-y))", "--f-star", "225/100",
                 "--L0", "3", "--L1", "1", "--bits", "128")  # fmt: skip
    assert result.exit_code == 3 and "REFUTED" not in result.stdout


def test_the_lowest_value_that_polyak_reads_is_derived_in_space_or_shown(run):
    ask = ("count", "--rule", "polyak", "--x0", "1,1", "--epsilon", "1/10", "--function")
    assert "T_eps       5, PROVED" in run(*ask, "x^2 + y^2").stdout
    wrong = run(*ask, "x^2 + y^2", "--f-star", "-5")
    assert wrong.exit_code == 2 and "is not the lowest value" in wrong.stderr
    declared = run(*ask, "x^4 + y^4 + x*y + x", "--f-star", "-5")
    assert "declared, not checked" in declared.stdout


def test_data_are_not_replaced_by_what_is_made_of_them(run):
    Path("own.txt").write_text("0,0,1\n", encoding="utf-8")
    result = run("interpolate", "--data", "own.txt", "--save", "own.txt")
    assert result.exit_code == 2 and "both name" in result.stderr
    assert Path("own.txt").read_text(encoding="utf-8") == "0,0,1\n"


def test_numbers_of_thousands_of_digits_are_no_crash():
    line = [sys.executable, "-m", "relaxsmooth", "certify", "x^4", "--L1", "1e-3000"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2), done.stderr[-300:]


def test_a_saved_file_with_a_blank_in_its_name_is_quoted(run):
    result = run("worst-case", "--rule", "gd", "--h", "1/2", "--steps", "1", "--save", "a b.txt")
    assert "cat 'a b.txt'" in result.stdout
