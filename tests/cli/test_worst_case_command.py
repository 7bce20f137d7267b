"""relaxsmooth worst-case: what it writes can be checked again by other commands."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

ASK = ("worst-case", "--rule", "clipped", "--steps", "3", "--L1", "2")


def test_the_saved_function_is_certified_and_counted_by_the_commands_that_are_printed(run):
    result = run(*ASK, "--save", "f.txt")
    assert result.exit_code == 0
    checks = [line[12:] for line in result.stdout.splitlines() if line.startswith("check")]
    text = Path("f.txt").read_text(encoding="utf-8").strip()
    words = [shlex.split(line.replace('"$(cat f.txt)"', shlex.quote(text)))[1:] for line in checks]
    certified, counted = (run(*line) for line in words)
    assert "PROVED" in certified.stdout.splitlines()[-2]
    assert "T_eps       4, PROVED" in counted.stdout


def test_the_picture_is_written(run):
    assert run(*ASK, "--plot", "f.png").exit_code == 0
    assert Path("f.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_value_that_is_only_enclosed_ends_with_status_3(run):
    result = run("worst-case", "--rule", "gd", "--h", "19/10", "--L1", "0",
                 "--steps", "40", "--budget", "0")  # fmt: skip
    assert result.exit_code == 3
    worst, gap = result.stdout.splitlines()[6:8]
    assert worst.endswith("UNDECIDED")
    assert gap.startswith("gap")


@pytest.mark.parametrize("rule", ["gd", "clipped", "normalized", "relaxed", "vankov_clipped"])
def test_every_rule_has_prescribed_steps(run, rule):
    result = run("worst-case", "--rule", rule, "--steps", "2")
    assert result.exit_code == 0
    assert "counted     T >= 3" in result.stdout


def test_a_worst_number_of_steps_can_be_infinite(run):
    result = run("worst-case", "--rule", "gd", "--h", "1/15", "--L1", "50", "--delta", "1/9",
                 "--epsilon", "2/5")  # fmt: skip
    assert result.exit_code == 0
    assert "worst T     infinity at eps = 2/5, PROVED" in result.stdout
