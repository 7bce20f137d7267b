"""The table of the fixed-step game: what docs/game.md says is what is computed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from relaxsmooth.complexity import GRID, check, complexity, curves, grid, with_gap
from relaxsmooth.formula import FormulaError
from relaxsmooth.game import lower_bound
from relaxsmooth.lower import case
from relaxsmooth.members import Profile, least_L0
from relaxsmooth.problems.zigzag import zigzag
from relaxsmooth.report import shown
from relaxsmooth.verdict import Status

F = Fraction
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


# --- constants that are far apart ----------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("--L1", "1", "--M", "1e-25", "--epsilon", "1e-40", "--delta", "1e250"),
        ("--L1", "1e-60", "--M", "2", "--epsilon", "1"),
        ("--L1", "1e-400", "--M", "2", "--epsilon", "1", "--delta", "100"),
    ],
)
def test_constants_that_balls_do_not_resolve_are_refused(run, words):
    result = run("game", "--L0", "1", *words)
    assert result.exit_code == 2
    assert "L1 eps/L0 is below" in result.stderr


def test_a_tiny_tolerance_is_played(run):
    result = run("game", "--L0", "1", "--L1", "1", "--M", "2", "--epsilon", "1e-20")
    assert result.exit_code == 0, result.output
    assert "PROVED: the best fixed step needs 1131153" in result.stdout


@pytest.mark.parametrize(
    ("theorem", "words", "status"),
    [
        # 256 bits are lost: no decrease is certified, which once was the number 10^300
        ("theorem4-line", ("1", "2", "1e-50", "1e250"), "UNDECIDED"),
        ("theorem4-line-sharp", ("1", "1", "1e-20", "10"), "UNDECIDED"),
        ("theorem4-plane", ("1e25", "1000", "1e-6", "1e-20"), "PROVED"),  # a negative bound
    ],
)
def test_a_lower_bound_is_refuted_by_proven_steps_only(run, theorem, words, status):
    L1, M, eps, delta = words
    result = run("verify", "--theorem", theorem, "--L0", "1", "--L1", L1, "--M", M,
                 "--epsilon", eps, "--delta", delta)  # fmt: skip
    assert f"{status} 1:" in result.stdout, result.stdout


@pytest.mark.parametrize("zeros", [20, 25, 60])
def test_the_default_gap_is_ten_psi_of_M_however_small_L1_is(zeros):
    assert case("1", f"1/1{zeros * '0'}", "2", "1")["Delta"] == pytest.approx(20, rel=1e-6)


def test_answers_must_be_affordable_and_zigzags_fall():
    values = {"L0": F(1), "L1": F(1), "M": F(100), "Delta": F(1), "eps": F(1, 10)}
    found = lower_bound(values)
    assert found.steps is None and "psi(c) <= Delta" in found.reason
    with pytest.raises(FormulaError, match=r"beyond h\*"):
        zigzag(1, 4, 4, 1, 1)


def test_a_slope_above_one_has_no_least_constant():
    with pytest.raises(FormulaError):
        least_L0(Profile((F(0),), (F(0),), (F(2), F(2))), 1, 1)
