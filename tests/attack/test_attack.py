"""The falsifier finds what is false, and only that."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.attack.confirm import confirm
from relaxsmooth.attack.families import between, build, nice
from relaxsmooth.attack.floats import Line
from relaxsmooth.attack.instance import Instance, from_record, to_record
from relaxsmooth.attack.measures import ratio_in_floats
from relaxsmooth.attack.run import Budget, State, _take, attack, resume
from relaxsmooth.attack.search import RANDOM_STARTS, Candidate, Found, explore
from relaxsmooth.attack.target import Target
from relaxsmooth.formula import FormulaError
from relaxsmooth.members import Profile
from relaxsmooth.setting import settle
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status

F = Fraction
FEW = Budget(evaluations=1)


def target(key, divide=1, **more):
    return Target(theorems()[key], F(divide), **more)


@pytest.mark.parametrize(
    ("key", "divide", "least_steps"),
    [
        ("clip", F(23, 20), 1),
        ("clip", F(23, 20), 20),
        ("ngd", F(23, 20), 20),
        ("relaxed-gd", F(23, 20), 20),
        ("gd", F(8, 5), 1),
        ("gd-line-any", F(23, 20), 20),
        ("smooth-anchor", F(101, 100), 2),
        ("theorem3-sharper", F(23, 20), 20),
        ("smooth-anchor", F(101, 100), 20),  # a bound in N, judged from N = 20 on
    ],
)
def test_a_divided_bound_falls_with_a_proved_counterexample(key, divide, least_steps):
    outcome = attack(target(key, divide, least_steps=least_steps), budget=FEW)
    assert outcome.verdict.status is Status.REFUTED
    found = outcome.shown
    assert found.member.status is Status.PROVED
    assert found.steps >= least_steps
    assert found.ratio > 1 / divide
    again = confirm(outcome.target, from_record(to_record(found.instance)))
    assert again.breaks_the_bound


def test_an_undivided_bound_stays_consistent_and_shows_its_tightest_function():
    outcome = attack(target("gd"), budget=FEW)
    assert outcome.verdict.status is Status.CONSISTENT
    assert F(98, 100) < outcome.shown.ratio <= 1
    assert outcome.shown.row.verdict.status is Status.PROVED


def test_what_exact_arithmetic_refuses_does_not_crowd_the_others_out(monkeypatch):
    """Candidates above the bound in doubles only, such as rounding errors make of Armijo's test."""
    monkeypatch.setattr("relaxsmooth.attack.run._confirmed", lambda *_: None)
    wrong = tuple(Candidate(ratio, 64, {}) for ratio in (106.0, 105.0, 104.0, 103.0))
    honest = Candidate(0.9, 64, {})
    state = State({})
    _take(target("armijo"), state, Found(0, 5, (*wrong, honest)), 1.0)
    assert state.best == [honest]
    assert state.rejected == 4 and state.hit is None


@pytest.mark.slow
def test_a_target_that_has_searched_goes_to_another_process():
    used = target("armijo")
    explore(used, 0, 1)
    again = pickle.loads(pickle.dumps(used))
    assert again == used and explore(again, 0, 1) == explore(used, 0, 1)


def test_long_runs_of_a_bound_in_N_are_walked_as_far_as_they_are_asked_for():
    outcome = attack(target("smooth-anchor", least_steps=100), budget=FEW)
    assert outcome.shown is not None and outcome.shown.steps >= 100
    assert outcome.shown.ratio > F(1, 4)


def valley():
    """One steep valley, from slope u = 1, with a bound that needs L0 to be true."""
    u = Profile((F(0), F(1)), (F(0), F(1)), (F(0), F(0)))
    constants = {"L0": F(1), "L1": F(1, 1000), "eps": F(99, 100), "M": F(101, 100)}
    return Instance("mine", (F(1),), constants, u)


def test_false_twin_an_inflated_candidate_is_refused():
    # one step from slope 1: T = 1, and the bound is 2 (L0 + L1 M) Delta/eps^2 = 1.02...
    honest = confirm(target("gd"), valley())
    assert not honest.breaks_the_bound
    assert confirm(target("gd", F(3, 2)), valley()).breaks_the_bound


def test_false_twin_a_function_outside_the_class_is_no_counterexample():
    # L0 ten times too small makes the bound ten times too small: T_eps exceeds it, and yet
    text = valley().function
    outsider = replace(
        valley(), u=None, text=text,
        constants={"L0": F(1, 10), "L1": F(1, 1000), "eps": F(99, 100), "M": F(101, 100)},
    )  # fmt: skip
    found = confirm(target("gd"), outsider)
    assert found.member.status is Status.REFUTED
    assert not found.breaks_the_bound
    assert found.ratio is None


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("relaxsmooth.attack.search.RANDOM_STARTS", 3)
    monkeypatch.setattr("relaxsmooth.attack.search.CLIMB", 4)


def test_interrupted_and_resumed_is_uninterrupted(small_chunks):
    attacked = target("vankov2024-convex-optimal")
    whole = attack(attacked, 3, Budget(evaluations=95))
    saved = []
    attack(attacked, 3, Budget(evaluations=80), save=lambda state: saved.append(state.record()))
    again = attack(attacked, 3, Budget(evaluations=95), resume(saved[-1], attacked, 3))
    first, second = (
        {k: v for k, v in o.state.record().items() if k != "cpu_seconds"} for o in (whole, again)
    )
    assert first == second
    assert len(saved) < whole.state.next_chunk
    assert whole.shown.instance == again.shown.instance


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"schema": "other"}, "no state of an attack"),
        ({"best": [{"ratio": 1}]}, "no state of an attack"),
        ({"next_chunk": None}, "no state of an attack"),
        ({"next_chunk": float("inf")}, "next_chunk inf"),
        ({"cpu_seconds": float("nan")}, "cpu_seconds nan"),
        ({"evaluations": -1}, "evaluations -1"),
        ({"best": [{"ratio": 1, "steps": 1, "chunk": 0, "design": {"a": 1}}]}, "family"),
        ({"best": [{"ratio": 1, "steps": 1, "chunk": 0, "design": {"family": "random"}}]}, "seed"),
        (
            {
                "best": [
                    {
                        "ratio": 1,
                        "steps": 1,
                        "chunk": 0,
                        "design": {"family": "path", "steps": 1e13},
                    }
                ]
            },
            "steps = 1",
        ),
        (
            {
                "best": [
                    {
                        "ratio": 1,
                        "steps": 1,
                        "chunk": 0,
                        "design": {"family": "path", "a": "1", "steps": 0},
                    }
                ]
            },
            "bad operand",
        ),
        (
            {
                "hit": {
                    "ratio": float("nan"),
                    "steps": 1,
                    "chunk": 0,
                    "design": {"family": "path", "a": 1, "steps": 0},
                }
            },
            "ratio nan",
        ),
    ],
)
def test_a_damaged_state_is_refused(change, complaint):
    record = State(attack_about()).record()
    with pytest.raises(FormulaError, match=complaint):
        resume({**record, **change}, target("gd"), 0)


def attack_about():
    from relaxsmooth.attack.run import about

    return about(target("gd"), 0)


def test_a_state_of_another_attack_is_refused():
    record = State(attack_about()).record()
    assert resume(record, target("gd"), 0).evaluations == 0
    with pytest.raises(FormulaError, match="seed"):
        resume(record, target("gd"), 1)
    with pytest.raises(FormulaError, match="divide"):
        resume(record, target("gd", F(2)), 0)


@pytest.mark.parametrize(
    "record", [{}, {"family": "f", "x0": "1", "constants": {}, "parameters": {}}, {"u": 3}]
)
def test_a_damaged_instance_is_refused(record):
    with pytest.raises(FormulaError, match="damaged"):
        from_record(record)


def test_floats_and_exact_arithmetic_read_the_same_drawing():
    design = {"family": "path", "a": 0.7, "steps": 5, "climb": 1.2, "M": 2.0}
    instance = build(target("gd"), design)
    setting = settle(instance.problem, instance.epsilon, {"L0": F(1), "L1": F(7, 10)})
    line = Line(instance.u, 1.0, 0.7)
    x0 = float(instance.start[0])
    assert line.gap(x0) == pytest.approx(float(setting.values["Delta"]), rel=1e-8)
    assert line.largest_slope(x0) == pytest.approx(float(setting.values["M"]), rel=1e-8)
    ratio, steps = ratio_in_floats(target("gd"), instance)
    found = confirm(target("gd"), instance)
    assert found.row.counted.earliest == steps
    assert float(found.ratio) == pytest.approx(ratio, rel=1e-7)


def test_numbers_are_short():
    assert nice(1e-3) == F(1, 1000)
    assert nice(0.3333, 1e-3) == F(1, 3)
    assert between(0.4994, 0.4996) == F(999, 2000)
    with pytest.raises(FormulaError):
        between(1.0, float("inf"))


@pytest.mark.slow
def test_a_climb_that_runs_away_stays_in_doubles() -> None:
    """In this chunk the simplex asks for a coordinate of e^1000, which once ended the attack."""
    found = explore(Target(theorems()["lobanov2024-linear"]), seed=0, chunk=128)
    assert found.evaluations > RANDOM_STARTS  # it climbed


def test_a_bound_that_is_a_power_of_a_long_rational_is_compared_in_balls() -> None:
    """(1 - 1/(5 L1 R))^N with hundreds of steps has more digits than a formula may write."""
    target = Target(theorems()["lobanov2024-linear"])
    design = {"family": "wedge", "a": 0.7073070373978435, "mirror": 1.0,
              "far": 9326421562294816.0, "target": 1.0, "rel": 1e-5, "slack": 1e-6}  # fmt: skip
    instance = build(target, design)
    assert instance is not None
    found = confirm(target, instance)
    assert found.row.verdict.status is Status.PROVED and found.ratio <= 1
