"""A run that never arrives, or a bound that nothing can meet, is what a falsifier is for."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from relaxsmooth.attack.confirm import confirm
from relaxsmooth.attack.families import build
from relaxsmooth.attack.instance import Instance
from relaxsmooth.attack.measures import HUGE, Line, Run, _over, letters, ratio_in_floats
from relaxsmooth.attack.run import Budget, State, about, attack
from relaxsmooth.attack.search import Candidate, explore, seeds
from relaxsmooth.attack.target import LONGEST_RUN, MOST_IN_N, Target
from relaxsmooth.cli.attack_statement import read_statement, read_target
from relaxsmooth.formula import FormulaError
from relaxsmooth.members import Profile
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status

F = Fraction
FEW = Budget(evaluations=1)


def typed(rule, steps, bound, divide=1, least_steps=1, where=()):
    """A statement of one's own about the first hit."""
    statement = read_statement(None, bound, rule, where)
    return read_target(statement, F(divide), steps, least_steps, own=True)


def parabola():
    """s(u) = (L0/L1)(e^(L1 u) - 1) with u = x, from x = 1: GD with h > 2/L0 goes away for good."""
    constants = {"L0": F(1), "L1": F(1, 1000), "eps": F(1, 10)}
    u = Profile((F(0), F(1)), (F(0), F(1)), (F(1), F(1)))
    return Instance("test", (F(1),), constants, u, "", {})


@pytest.mark.parametrize("steps", ["5/(2*L0)", "100/L0"])  # in the doubles, and soon beyond them
@pytest.mark.parametrize("least", [1, 20])
def test_a_run_that_goes_away_breaks_every_bound(steps, least):
    claim = typed("gd", {"h": steps}, "L0*Delta/(20*eps^2)", least_steps=least)
    ratio, length = ratio_in_floats(claim, parabola())
    assert claim.is_broken_at(ratio) and length >= least
    assert confirm(claim, parabola()).breaks_the_bound


def test_false_twin_a_run_that_arrives_late_breaks_no_larger_bound():
    claim = typed("gd", {"h": "1/(100*L0)"}, "1000*L0*Delta/eps^2")
    ratio, _ = ratio_in_floats(claim, parabola())
    assert not claim.is_broken_at(ratio)


def test_a_run_beyond_the_longest_tells_nothing_below_the_bound():
    claim = typed("gd", {"h": "1/(1000000*L0)"}, "10000*L0*Delta/eps^2")
    assert ratio_in_floats(claim, parabola()) is None


@pytest.mark.parametrize("bound", ["-L0*Delta/eps^2", "1000*L1*Delta/eps - 1000*L0*Delta/eps^2"])
def test_a_bound_below_zero_is_broken_by_any_run(bound):
    outcome = attack(typed("gd", {"h": "1/(100*L0)"}, bound), budget=FEW)
    assert outcome.verdict.status is Status.REFUTED


def test_a_falser_bound_falls_as_fast():
    for divide in (1, 100, 10**6):
        claim = Target(theorems()["relaxed-gd"], F(2) * divide, least_steps=20)
        assert attack(claim, budget=FEW).verdict.status is Status.REFUTED


def test_a_bound_that_is_multiplied_still_sees_the_runs_that_break_it():
    claim = typed("gd", {"h": "5/(2*L0)"}, "L0*Delta/eps^2", divide=F(1, 10))
    ratio, length = ratio_in_floats(claim, parabola())
    assert claim.is_broken_at(ratio) and length > 10 * 3


def test_measures_that_leave_the_doubles_are_judged_and_not_dropped():
    assert _over(math.inf, 1.0) == _over(math.nan, 1.0) == HUGE
    assert 1e200 < _over(1.0, -1.0) < HUGE
    assert _over(3.0, 2.0) == 1.5
    claim = Target(theorems()["smooth-anchor"])
    instance = next(i for d in seeds(claim) if (i := build(claim, d)) is not None)
    line = Line(instance.u, 1.0, float(instance.constants["L1"]))
    run = Run(claim, instance, line, 1.0, letters(claim, line, instance, 1.0))
    run.measures = lambda *_: iter([(1, 0.1), (2, math.nan), (3, 0.2)])
    assert run.largest_value() == (HUGE, 2)


def test_a_bound_without_a_value_breaks_nothing():
    """takezawa2024-polyak has L, which is infinite where u rises for ever."""
    claim = Target(theorems()["takezawa2024-polyak"])
    for chunk in range(2):
        best = explore(claim, 0, chunk).best
        assert best and all(0 < c.ratio < 1 for c in best)


@pytest.mark.slow
@pytest.mark.parametrize("h", ["10^10/L0", "10^30/L0"])
def test_levels_far_out_are_found_in_doubles(h):
    """far = end + 1 is end itself beyond 2^53."""
    claim = typed("gd", {"h": h}, "1000*L0*Delta/eps^2")
    assert explore(claim, 0, 0).evaluations > 90


def test_a_step_that_goes_to_and_fro_is_among_the_first_drawings():
    claim = typed("gd", {"h": "5/(2*L0)"}, "10*L0*Delta/eps^2", where=["L1*M <= L0/1000"])
    assert attack(claim, budget=FEW).verdict.status is Status.REFUTED


@pytest.mark.slow
def test_no_shipped_bound_seems_broken_by_a_run_that_does_not_arrive():
    for key in ("clip", "gd", "relaxed-gd", "koloskova2023-clipping"):
        claim = Target(theorems()[key])
        for chunk in (0, 1):
            assert not any(claim.is_broken_at(c.ratio) for c in explore(claim, 0, chunk).best)


@pytest.mark.parametrize(
    ("key", "most"), [("koloskova2023-clipping", MOST_IN_N), ("clip", LONGEST_RUN)]
)
def test_more_steps_than_the_search_walks_are_refused(key, most):
    with pytest.raises(FormulaError, match=f"give at most {most}"):
        Target(theorems()[key], least_steps=most + 1)
    assert Target(theorems()[key], least_steps=most).least_steps == most


def test_a_hit_that_no_longer_holds_does_not_end_the_search():
    claim = Target(theorems()["gd"])
    design = next(iter(seeds(claim)))
    state = State(about(claim, 0), hit=Candidate(9.0, 3, design))
    outcome = attack(claim, 0, FEW, state)
    assert outcome.verdict.status is Status.CONSISTENT
    assert outcome.state.hit is None and outcome.state.rejected == 1
    assert outcome.state.evaluations > 0
