"""Runs, tuned grids and theorems on networks: the core's counts, and verdicts that can fail."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from formula_modules import ONE, bowl, cosh, of_formula
from test_models import small

from relaxsmooth.counting import count
from relaxsmooth.formula import formula
from relaxsmooth.networks import (
    Collector,
    NetworkProblem,
    constants,
    descend,
    tune,
    verify_network,
)
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.fitting import points
from relaxsmooth.networks.verification import THEOREMS, Constants, least_bound, prescribed
from relaxsmooth.problem import problem
from relaxsmooth.theorems import theorems
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status

RULES = {
    "gd": {"h": 0.125},
    "clipped": {"eta": 0.5, "gamma": 0.5},
    "normalized": {"eta": 0.25, "beta": 0.5},
    "relaxed": {"L0": 1.0, "L1": 1.0, "theta": 0.5},
}
EXACT = Constants(
    {"L0": 1.0, "L1": 1.0, "M": math.sinh(3), "Delta": math.cosh(3) - 1}, points([1.0], [1.0])
)


@pytest.mark.parametrize("key", RULES)
def test_a_run_counts_what_the_rigorous_counter_counts(key):
    exact = {name: Fraction(value) for name, value in RULES[key].items()}
    certified = count(problem("cosh(x)", [3]), rule(key).with_parameters(**exact), Fraction(1, 100))
    run = descend(cosh(), key, RULES[key], 0.01, 10_000)
    assert run.count == certified.latest == certified.earliest
    assert run.norms[-1] <= 0.01 < run.norms[-2] and run.loss == run.losses[-1]


def test_a_step_costs_one_gradient(monkeypatch):
    calls = []
    honest = NetworkProblem.value_and_gradient
    monkeypatch.setattr(
        NetworkProblem, "value_and_gradient", lambda p, x: calls.append(1) or honest(p, x)
    )
    run = descend(cosh(), "clipped", RULES["clipped"], 0.01, 1000)
    assert len(calls) == run.steps + 1


def test_divergence_and_a_spent_budget_are_told_apart():
    assert descend(cosh(), "gd", {"h": 100.0}, 0.01, 100).diverged
    short = descend(cosh(), "gd", {"h": 1e-3}, 0.01, 5)
    assert (short.count, short.steps, short.diverged) == (None, 5, False)


# --- tuned grids ---------------------------------------------------------------------------------


def test_a_grid_is_widened_until_the_best_lies_inside():
    tuned = tune([cosh(2.0), cosh(1.5)], "gd", {"h": [1 / 32, 1 / 16]}, 0.01, 200)
    assert tuned.interior and len(tuned.counts) == 2
    h, best = tuned.parameters["h"], sum(tuned.counts)
    assert h > 0.1
    for other in (h / 2, 2 * h):
        runs = [descend(cosh(x), "gd", {"h": other}, 0.01, 200).count for x in (2.0, 1.5)]
        assert None in runs or sum(runs) > best


def test_clipped_is_tuned_in_both_parameters():
    tuned = tune([cosh(6.0)], "clipped", {"eta": [0.25, 0.5], "gamma": [0.25, 0.5]}, 0.01, 300)
    plain = tune([cosh(6.0)], "gd", {"h": [1 / 256, 1 / 128]}, 0.01, 300)
    assert tuned.interior and plain.interior
    assert tuned.counts[0] < plain.counts[0] / 10  # why clip: cosh from 6


def test_all_neighbours_of_the_best_were_tried_and_lost():
    """From a corner of the grid, the best moves along both axes."""
    tuned = tune([cosh(6.0)], "clipped", {"eta": [1.0, 2.0], "gamma": [1 / 8, 1 / 4]}, 0.01, 300)
    best = tuned.tried[tuple(tuned.parameters.values())]
    eta, gamma = tuned.parameters.values()
    near = [(eta * 2**i, gamma * 2**j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert tuned.interior and all(tuned.tried[choice] >= best for choice in near)
    assert len(tuned.tried) < 16  # of the widened grid, which is 4 x 4


def test_a_grid_that_never_arrives_is_not_interior():
    tuned = tune([cosh()], "gd", {"h": [1e-6, 2e-6]}, 0.01, 10)
    assert not tuned.interior and tuned.counts == (None,)


@pytest.mark.parametrize("grid", [[1.0], [2.0, 1.0], [0.0, 1.0]])
def test_a_bad_grid_is_named(grid):
    with pytest.raises(NetworkError, match="the grid of h is"):
        tune([cosh()], "gd", {"h": grid}, 0.01, 10)


# --- verdicts ------------------------------------------------------------------------------------


def rows(found, target=None, epsilon=0.01, most=20_000, keys=THEOREMS):
    made = verify_network(target or cosh(), found, epsilon, most, keys, every=5)
    return {row.theorem: row for row in made}


def test_with_true_constants_every_theorem_is_consistent_and_none_proved():
    made = rows(EXACT, keys=(*THEOREMS, "theorem3-sharper", "clip", "relaxed-gd", "gd-no-M"))
    for row in made.values():
        assert row.verdict.status is Status.CONSISTENT, row.verdict
        assert row.count <= row.bound
    six = made["zhang2020-theorem6"]
    assert six.parameters["h"] == pytest.approx(1 / (2 * (math.sinh(3) + 1)))


def test_false_twin_a_bound_that_is_too_small_is_refuted():
    """The same constants with Delta 100,000 times too small."""
    small_gap = replace(EXACT, values={**EXACT.values, "Delta": EXACT.values["Delta"] / 1e5})
    for row in rows(small_gap).values():
        assert row.verdict.status is Status.REFUTED
        assert "refuted for these constants" in row.verdict.reason
        assert row.verdict.witness["Delta"] == small_gap.values["Delta"]


def test_constants_that_fail_on_the_run_itself_are_inapplicable_with_the_point():
    wrong = replace(EXACT, values={**EXACT.values, "L0": 0.5, "L1": 0.25})
    row = rows(wrong)["zhang2020-theorem3"]
    assert row.verdict.status is Status.INAPPLICABLE
    assert row.verdict.witness["L"] > row.verdict.witness["allowed"]


FAILING = Constants({"L0": 0.5, "L1": 0.25, "M": 2.0, "Delta": math.cosh(3) - 1}, points([1], [1]))


@pytest.mark.parametrize("key", THEOREMS)
def test_constants_are_fitted_again_to_the_points_of_the_run_itself(key):
    """cosh is (1, 1)-smooth, not (1/2, 1/4): one round says so, more find constants that hold."""
    (first,) = verify_network(cosh(), FAILING, 0.01, 20_000, [key])
    assert first.verdict.status is Status.INAPPLICABLE
    (row,) = verify_network(
        cosh(), FAILING, 0.01, 20_000, [key], rounds=8, margin=1.25, fit=True, every=1
    )
    assert row.verdict.status is Status.CONSISTENT and 1 < row.rounds <= 8
    assert row.count <= row.bound and row.values["M"] >= math.sinh(3)


def test_false_twin_a_bound_that_is_too_small_is_refuted_with_fitted_constants_too():
    small_gap = replace(FAILING, values={**FAILING.values, "Delta": 1e-5})
    made = verify_network(cosh(), small_gap, 0.01, 20_000, rounds=8, margin=1.25, fit=True, every=1)
    assert {row.verdict.status for row in made} == {Status.REFUTED}


@pytest.mark.parametrize("key", THEOREMS)
def test_the_pair_with_the_least_bound_covers_the_points(key):
    found = constants(cosh(), collected(cosh()))
    theorem = theorems()[key]
    best = least_bound(found, theorem, 0.01)
    p, v = best.points, best.values
    assert (v["L0"] + v["L1"] * p.g >= p.L - 1e-9).all() and v["M"] == found.values["M"]
    assert prescribed(theorem, best, 0.01)[0] <= 1.02 * prescribed(theorem, found, 0.01)[0]


def test_an_m_that_is_exceeded_is_inapplicable():
    wrong = replace(EXACT, values={**EXACT.values, "M": 5.0})
    row = rows(wrong)["zhang2020-theorem6"]
    assert row.verdict.status is Status.INAPPLICABLE and "> M = 5" in row.verdict.reason


def test_a_condition_that_fails_is_named():
    row = rows(replace(EXACT, values={**EXACT.values, "L1": 0.0}))["zhang2020-theorem3"]
    assert row.verdict.status is Status.INAPPLICABLE and "0 < L1" in row.verdict.reason
    line = rows(EXACT, keys=("gd-line",))["gd-line"]
    assert line.verdict.status is Status.INAPPLICABLE


def test_a_budget_below_the_bound_is_undecided():
    for row in rows(EXACT, most=3).values():
        assert row.verdict.status is Status.UNDECIDED and "give more steps" in row.verdict.reason


def test_a_start_without_numbers_decides_nothing():
    for row in rows(EXACT, target=cosh(float("nan"))).values():
        assert row.verdict.status is Status.UNDECIDED and "at x_0" in row.verdict.reason


def test_a_lower_bound_is_refused():
    with pytest.raises(NetworkError, match="'zhang2020-theorem4' is no bound on T_eps"):
        rows(EXACT, keys=("zhang2020-theorem4",))


def collected(target, most=80):
    """Both methods' paths, segments included."""
    seen = []
    for key, parameters in (("gd", {"h": 0.1}), ("clipped", {"eta": 0.5, "gamma": 0.5})):
        collector = Collector(target, key, every=1, hessian=7)
        descend(target, key, parameters, 1e-3, most, probe=collector)
        seen.append(collector)
    return seen


def test_constants_come_from_both_paths_and_cover_them():
    target = cosh()
    found = constants(target, collected(target))
    v = found.values
    assert v["Delta"] == pytest.approx(math.cosh(3) - 1) and v["M"] == pytest.approx(math.sinh(3))
    assert {name.split()[0] for name in found.points.where} == {"gd", "clipped"}
    assert any("Hessian" in name for name in found.points.where)
    assert (v["L0"] + v["L1"] * found.points.g >= found.points.L - 1e-9).all()
    # sup over the points of L - g lies below the true L0 at L1 = 1, which covers all of them
    assert v["L0"] + v["L1"] * found.points.g.mean() <= 1 + found.points.g.mean()


def test_the_whole_check_on_a_small_network():
    module, loss, batch = small("mlp-small")
    target = NetworkProblem(module, loss, [batch], lowest=formula(0), key="mlp-small")
    found = constants(target, collected(target, most=60))
    made = verify_network(target, found, 0.1, 2000, every=25)
    assert {row.theorem for row in made} == set(THEOREMS)
    assert Status.PROVED not in {row.verdict.status for row in made}


def test_delta_needs_a_declared_lower_bound():
    target = cosh()
    target.lowest = None
    with pytest.raises(NetworkError, match="Delta needs a lower bound"):
        constants(target, collected(cosh()))


def test_a_quadratic_has_its_largest_curvature_as_l0():
    target = bowl(1.0, 1.0)
    seen = Collector(target, "gd", hessian=1)
    descend(target, "gd", {"h": 0.1}, 1e-6, 50, probe=seen)
    found = constants(target, [seen])
    assert found.values["L0"] == pytest.approx(3) and found.values["L1"] < 1e-6
    assert isinstance(found.points.g[0].item(), float) and torch.is_tensor(target.start.data)


# --- what refutes nothing ------------------------------------------------------------------------


def single(f, x0, lowest):
    """The same in float32."""
    made = of_formula(f, x0, lowest=lowest)
    return NetworkProblem(
        made.module.to(torch.float32), lambda m, c: (c.to(torch.float32) * f(m.x)).sum(), [ONE],
        lowest=formula(lowest),
    )  # fmt: skip


def test_an_overflow_refutes_nothing():
    """x^2/400 - log(1 + e^x) has a value at x = 89; float32 has none for e^89."""
    known = {"L0": 0.26, "L1": 1e-3, "M": 0.7, "Delta": 37.0}
    f = single(lambda x: x**2 / 400 - torch.log(1 + torch.exp(x)), 80.0, -101)
    made = rows(Constants(known, points([1.0], [0.26])), target=f, epsilon=0.1)
    assert Status.REFUTED not in {row.verdict.status for row in made.values()}


def test_a_step_below_the_rounding_of_x_refutes_nothing():
    known = {"L0": 1.0, "L1": 1e-3, "M": 8.0, "Delta": 32.0}
    f = single(lambda x: (x - 1e8) ** 2 / 2, 1e8 + 8, 0)
    made = rows(Constants(known, points([1.0], [1.0])), target=f, epsilon=4.0)
    assert Status.REFUTED not in {row.verdict.status for row in made.values()}


def test_a_declared_lower_bound_above_the_loss_is_no_hypothesis():
    known = {"L0": 1.0, "L1": 1e-3, "M": 1.0, "Delta": 1e-4}
    f = of_formula(lambda x: x**2 / 2 - 10, 1.0, lowest=Fraction(-95001, 10000))
    made = rows(Constants(known, points([1.0], [1.0])), target=f, epsilon=0.1)
    assert Status.REFUTED not in {row.verdict.status for row in made.values()}


def test_theorems_about_other_measures_are_not_judged_by_T():
    for key in ("relaxed-convex", "li2023-gd", "armijo", "vankov2024-polyak"):
        with pytest.raises(NetworkError, match="no bound on T_eps"):
            rows(EXACT, keys=(key,))


def test_a_bound_that_overflows_is_undecided():
    for row in rows(EXACT, epsilon=1e-200).values():
        assert row.verdict.status is Status.UNDECIDED
