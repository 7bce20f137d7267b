"""relaxsmooth interpolate: data from options and files, and what is written can be used again."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import problem
from relaxsmooth.text import parse

DATA = [("0", "0", "1"), ("1", "3/2", "2"), ("3", "2", "-1")]
AT = [word for datum in DATA for word in ("--at", ",".join(datum))]


def test_the_saved_function_takes_the_data(run):
    assert run("interpolate", *AT, "--save", "f.txt").exit_code == 0
    f = problem(Path("f.txt").read_text(encoding="utf-8").strip(), [Fraction(0)])
    for x, *expected in DATA:
        for formula, value in zip((f.objective, f.gradient[0]), expected, strict=True):
            found = evaluate(formula - parse(value), {"x": Fraction(x)}, ball(128))
            assert found.contains(0) and found.rad() < 1e-30


FILES = {
    "commas, a header and comments": "# run 3\nx, f, g\n0, 0, 1\n\n1, 3/2, 2  # here\n3, 2, -1\n",
    "blanks": "0 0 1\n1 1.5 2\n3 2 -1",
    "numpy.savetxt": "0.0e+00 0.0e+00 1.0e+00\n1.0e+00 1.5e+00 2.0e+00\n3.0e+00 2.0e+00 -1.0e+00\n",
    "a byte order mark": "\ufeffx,f,g\r\n0,0,1\r\n1,3/2,2\r\n3,2,-1\r\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_says_the_same_as_options(run, text):
    Path("data.csv").write_text(text, encoding="utf-8")
    assert run("interpolate", "--data", "data.csv").stdout == run("interpolate", *AT).stdout


def test_a_file_without_values_asks_about_the_slopes(run):
    Path("data.csv").write_text("x,g\n0,1\n3,-1\n", encoding="utf-8")
    assert run("interpolate", "--data", "data.csv").exit_code == 0
    # u falls from log 2 to -log 2, over a length of 1 at least
    Path("data.csv").write_text("x,g\n0,1\n1,-1\n", encoding="utf-8")
    result = run("interpolate", "--data", "data.csv")
    assert result.exit_code == 1
    assert "missed by   -1 + 2*log(2) = 0.3862944" in result.stdout


def test_a_bad_line_of_a_file_is_named(run):
    Path("data.csv").write_text("0,0,1\n\n1,nan,2\n", encoding="utf-8")
    result = run("interpolate", "--data", "data.csv")
    assert result.exit_code == 2
    assert "line 3 of 'data.csv'" in result.stderr


def test_a_file_that_is_no_text_is_refused(run):
    Path("data.csv").write_bytes(bytes(range(128, 256)))
    result = run("interpolate", "--data", "data.csv")
    assert result.exit_code == 2
    assert "no text in UTF-8" in result.stderr


def test_refuted_data_become_a_member_at_the_end_of_the_interval(run):
    """The interval that is printed is sharp: its end belongs, a hair beyond does not."""
    found = json.loads(run("interpolate", "--at", "0,0,1", "--at", "1,3,2", "--json", "-").stdout)
    assert found["pair"] == ["0", "1"]
    for end, beyond in zip(found["interval"], ("- 1/10^30", "+ 1/10^30"), strict=True):
        ask = ("interpolate", "--at", "0,0,1", "--at")
        assert run(*ask, f"1,{end},2").exit_code == 0
        assert run(*ask, f"1,{end} {beyond},2").exit_code == 1


def test_without_L0_and_with_falling_slopes_the_interval_is_of_the_pair_as_it_is_named(run):
    """L0 = 0, f' < 0: the data are mirrored inside, so that the pair is 1, 0."""
    ask = ("interpolate", "--L0", "0", "--at", "0,0,-1", "--at")
    found = json.loads(run(*ask, "1,-9,-2", "--json", "-").stdout)
    assert found["pair"] == ["1", "0"]
    for end, beyond in zip(found["interval"], ("+ 1/10^30", "- 1/10^30"), strict=True):
        assert run(*ask, f"1,-({end}),-2").exit_code == 0
        assert run(*ask, f"1,-({end}) {beyond},-2").exit_code == 1


@pytest.mark.parametrize("words", [("--L1", "0"), (), ("--L0", "0", "--L1", "2")], ids=" ".join)
def test_the_picture_is_written(run, words):
    data = ("--at", "0,0,1", "--at", "1,3/2,2")
    assert run("interpolate", *data, *words, "--plot", "f.png").exit_code == 0
    assert Path("f.png").read_bytes().startswith(b"\x89PNG")
