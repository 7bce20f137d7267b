"""Step grids: the optimum is interior, and a grid that cannot make it so says it."""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.networks.runs.tuning import CAPPED, DIVERGED, WIDEST, Grid, Tuned, tuned

GRID = Grid("gd", "h", Fraction(1, 4), {})


def valley(at: int):
    """A count that is least at h = 2^at; nothing arrives beyond h = 2^(at + 2)."""

    def run(parameters, cap):
        h = parameters["h"]
        j = h.numerator.bit_length() - h.denominator.bit_length()
        if j > at + 2:
            return DIVERGED
        count = 100 + 30 * abs(j - at)
        return count if count <= cap else CAPPED

    return run


def test_the_grid_grows_to_an_interior_optimum_on_either_side():
    for at in (-9, -2, 7):
        found = tuned(GRID, valley(at), 1000)
        assert found.interior
        assert found.parameters() == {"h": Fraction(2) ** at}
        assert found.count == 100


def test_false_twin_a_best_step_at_the_end_is_not_called_interior():
    assert not Tuned(GRID, {0: 10, 1: 12}, {0: 20, 1: 20}).interior
    assert not tuned(GRID, lambda p, cap: int(10**12 / p["h"]), 10**14).interior  # ever better


def test_a_trial_is_cut_at_twice_the_best_so_far():
    caps = []

    def run(parameters, cap):
        caps.append(cap)
        return 40

    tuned(GRID, run, 1000)
    assert caps == [1000, 80, 80, 80, 80]


def test_where_nothing_arrives_there_is_no_best():
    for outcome, side in ((DIVERGED, min), (CAPPED, max)):
        found = tuned(GRID, lambda p, cap, outcome=outcome: outcome, 50)
        assert found.best is None
        assert not found.interior
        assert found.parameters() is None
        assert abs(side(found.arrivals)) == WIDEST


def test_the_other_parameter_stays_fixed():
    grid = Grid("clipped", "eta", Fraction(1), {"gamma": Fraction(1, 4)})
    assert grid.at(3) == {"eta": Fraction(8), "gamma": Fraction(1, 4)}
