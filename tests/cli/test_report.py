"""How numbers and tables are written."""

from __future__ import annotations

import csv
import io
import json
import math
from fractions import Fraction

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaxsmooth.counting import Count, Stretch
from relaxsmooth.formula import log, number
from relaxsmooth.report import exact, row_table, shown, to_csv, to_latex
from relaxsmooth.rounding import exact_value
from relaxsmooth.row import Row
from relaxsmooth.text import parse_number
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status, Verdict

THIRD = Fraction(1, 3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 160), "1/160"),
        (5 * 10**15, "5000000000000000"),
        (10**30, "1e30"),
        (Fraction(1, 10**9), "1/1000000000"),
        (Fraction(2, 3 * 10**15), "6.666667e-16"),
        (flint.arb(2).sqrt(), "1.414214"),
        (flint.arb(7), "7"),
        (math.inf, "infinity"),
        (None, "-"),
        (log(number(2)), "log(2)"),
    ],
)
def test_shown(value, text):
    assert shown(value) == text


def test_exact_rationals_are_strings():
    assert exact(THIRD) == "1/3"
    assert exact(23378) == "23378"
    assert exact({"x": (THIRD, math.inf)}) == {"x": ["1/3", "infinity"]}


WIDE = st.integers(-(10**40), 10**40)


@given(WIDE, st.integers(-200, 200), st.integers(0, 10**6), st.integers(2, 90))
def test_exact_interval_contains_the_ball(m, e, r, bits):
    x = flint.arb((m, e), (r, e - bits))
    written = exact(x)
    mid, rad = parse_number(written["mid"]), parse_number(written["rad"])
    centre, radius = exact_value(x.mid()), exact_value(x.rad())  # lower() would round outward
    assert mid - rad <= centre - radius <= centre + radius <= mid + rad


def test_exact_of_an_unbounded_ball_contains_everything():
    assert exact(flint.arb("nan")) == {"mid": "nan", "rad": "inf"}


def row(status: Status, finding: str = "", reason: str = "T_eps = 12 is at most 20") -> Row:
    count = Count(12, 12, (Stretch("balls of 128 bits", 12),), (flint.arb(1),), flint.arb(1), "")
    verdict = Verdict("claim", status, reason, {"x": THIRD})
    return Row(
        "zhang2020-theorem3", "x_2^4 & 100%", verdict, "<=", 12, flint.arb(20), count,
        {"L0": THIRD}, {"eta": number(THIRD)}, finding,
    )  # fmt: skip


def test_table_row_has_counted_bound_ratio_and_verdict():
    line = str(row_table([row(Status.PROVED)])).splitlines()[1]
    assert line.split() == [
        "zhang2020-theorem3",
        "x_2^4",
        "&",
        "100%",
        "12",
        "<=",
        "20",
        "0.6",
        "PROVED",
    ]


def test_table_marks_a_recorded_refutation():
    assert "REFUTED (recorded)" in str(row_table([row(Status.REFUTED, "theorem4-as-printed")]))
    assert "(recorded)" not in str(row_table([row(Status.REFUTED)]))


def test_csv_has_one_line_per_row_and_reads_back():
    lines = list(csv.DictReader(io.StringIO(to_csv([row(Status.PROVED, reason='a, "b"')] * 3))))
    assert len(lines) == 3
    assert lines[0]["bound"] == "20" and lines[0]["earliest"] == "12"
    assert lines[0]["reason"] == 'a, "b"' and lines[0]["values"] == "L0 = 1/3"


def test_latex_escapes_text_and_writes_the_formula():
    text = to_latex([row(Status.PROVED)], theorems(), lambda f: r"\frac{\Delta}{L_0}")
    assert r"\toprule" in text and r"\bottomrule" in text
    assert r"\texttt{x\_2\textasciicircum{}4 \& 100\%}" in text
    assert r"T_\varepsilon \leq \frac{\Delta}{L_0}" in text
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1


def test_json_text_is_plain():
    assert json.loads(json.dumps(exact({"b": flint.arb(1), "f": number(THIRD)}))) == {
        "b": {"mid": "1", "rad": "0"},
        "f": "1/3",
    }
