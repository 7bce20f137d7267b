"""The search that found TWIST, on a third of the knots."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from relaxsmooth.problems.twist import read
from relaxsmooth.verdict import Status

PROGRAM = Path(__file__).parents[2] / "docs" / "find_twist.py"
COARSE = ("--coarse", "3", "--density", "2", "--rounds", "5", "--L", "1.95")


@pytest.mark.slow
def test_a_spline_is_found_and_certified(tmp_path):
    """K < 4.05 on a third of the knots of the record, in seconds; every certificate holds."""
    place = tmp_path / "found.json"
    command = [sys.executable, PROGRAM, *COARSE, "--out", place]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = read(place.read_text(encoding="utf-8"))
    assert [v.status for v in found.verdicts] == [Status.PROVED] * 4
    assert found.K < 4.05
    assert f"K = {float(found.K):.6f}" in printed
