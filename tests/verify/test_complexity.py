"""The table of the fixed-step game: what docs/game.md says is what is computed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from relaxsmooth.complexity import GRID, check, complexity, curves, grid, with_gap
from relaxsmooth.formula import FormulaError
from relaxsmooth.report import shown
from relaxsmooth.verdict import Status

PAGE = Path(__file__).parents[2] / "docs" / "game.md"
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| 1")
]


def test_the_table_has_at_least_thirty_sets_from_a_hundredth_to_a_million():
    assert len(ROWS) == len(GRID) >= 30
    assert {Fraction(row[0]) for row in ROWS} == {Fraction(10) ** k for k in range(-2, 7)}
    assert [tuple(map(Fraction, row[:3])) for row in ROWS] == [tuple(point) for point in GRID]


def test_lower_and_upper_are_within_seven_percent_and_the_repaired_theorem_holds():
    for row in ROWS:
        low, high = int(row[3]), int(row[4])
        assert 1 <= low <= high <= Fraction(107, 100) * low
        assert row[7].endswith("PROVED") and row[8].endswith("PROVED")


def test_the_printed_bound_is_beaten_on_four_of_them():
    assert [row[0] for row in ROWS if row[9].endswith("REFUTED")] == [
        "1000", "10000", "100000", "1000000",
    ]  # fmt: skip


@pytest.mark.parametrize("place", [20, pytest.param(0, marks=pytest.mark.slow)])
def test_a_row_of_the_page_is_what_is_computed(place):
    found, row = complexity(grid()[place]), ROWS[place]
    assert row[3:5] == [shown(found.low.steps), shown(found.high.steps)]
    assert row[5] == f"{found.ratio:.4f}"
    assert found.status("theorem4-line-sharp") is Status.PROVED


@pytest.mark.slow
def test_the_complexity_depends_on_three_numbers_only():
    """Scale covariance: x = c z and f -> a f change nothing."""
    a, c = Fraction(7), Fraction(3, 2)
    here = grid()[11]
    there = {
        "L0": a * c**2 * here["L0"], "L1": c * here["L1"], "M": a * c * here["M"],
        "eps": a * c * here["eps"], "Delta": a * here["Delta"],
    }  # fmt: skip
    first, second = complexity(here), complexity(there)
    assert first.low.steps == second.low.steps
    assert first.high.steps == pytest.approx(second.high.steps, rel=1e-4)


def test_the_curves_of_the_picture_do_not_cross():
    low, high = curves(with_gap(Fraction(1), Fraction(1, 2), Fraction(2), Fraction(1, 2), 3))
    forced = dict(low)
    assert all(suffice >= forced[share] for share, suffice in high)
    assert len(high) > 30


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("eps", 2, "below M = 2"), ("Delta", 1, "below psi"), ("L1", 0, "positive")],
)
def test_constants_that_no_function_has_are_refused(name, value, said):
    values = with_gap(Fraction(1), Fraction(1), Fraction(2), Fraction(1, 2), 3)
    with pytest.raises(FormulaError, match=said):
        check({**values, name: Fraction(value, 2 if name == "Delta" else 1)})
