"""The records of the tightness table hold, and an inflated one does not."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.attack.campaign import SCHEMA as CAMPAIGN
from relaxsmooth.attack.campaign import Effort, campaign, efforts, targets
from relaxsmooth.attack.records import (
    SCHEMA,
    better,
    read,
    record_of,
    records,
    verify_record,
    write,
)
from relaxsmooth.attack.run import Budget, attack
from relaxsmooth.attack.target import Target
from relaxsmooth.formula import FormulaError
from relaxsmooth.theorem import Kind
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status

F = Fraction
SHIPPED = records()
SMALL = [r for r in SHIPPED if r.instance.size[0] <= 4]
SOME = "gd", "clip", "ngd", "smooth-anchor", "koloskova2023-clipping", "vankov2024-optimal"
QUICK = [r for r in SMALL if r.theorem in SOME and r.steps <= 1_000]  # the others are slow tests


def test_every_upper_bound_has_a_record():
    upper = {key for key, theorem in theorems().items() if theorem.kind is Kind.UPPER}
    assert {record.theorem for record in SHIPPED} == upper


@pytest.mark.parametrize("record", QUICK, ids=lambda r: f"{r.theorem}-{r.least_steps}")
def test_a_record_is_proved_again(record):
    assert verify_record(record)[0].status is Status.PROVED


@pytest.mark.slow
@pytest.mark.parametrize("record", SHIPPED, ids=lambda r: f"{r.theorem}-{r.least_steps}")
def test_every_record_is_proved_again(record):
    assert verify_record(record)[0].status is Status.PROVED


def test_no_record_exceeds_its_bound():
    assert all(0 < record.ratio <= 1 for record in SHIPPED)


def test_the_constants_that_the_table_calls_sharp():
    best = {(r.theorem, r.least_steps): r.ratio for r in SHIPPED}
    assert best["smooth-anchor", 20] > F(99, 100)
    for key in ("clip", "ngd", "relaxed-gd", "gd-line-any"):
        assert best[key, 20] > F(20, 23)  # divided by 1.15 it falls
    assert best["gd", 20] > F(5, 8)  # divided by 1.6


@pytest.fixture
def honest():
    outcome = attack(Target(theorems()["gd"]), budget=Budget(evaluations=1))
    return record_of(outcome.shown)


def test_false_twin_an_inflated_record_is_caught(honest):
    assert verify_record(honest)[0].status is Status.PROVED
    inflated = replace(honest, ratio=honest.ratio + F(1, 1000))
    assert verify_record(inflated)[0].status is Status.REFUTED
    longer = replace(honest, least_steps=20)
    assert verify_record(longer)[0].status is Status.REFUTED


def test_false_twin_a_record_outside_the_class_is_caught(honest):
    constants = {**honest.instance.constants, "L0": F(1, 2)}
    outside = replace(honest, instance=replace(honest.instance, constants=constants))
    assert verify_record(outside)[0].status is Status.REFUTED


def test_records_are_written_and_read_alike(honest):
    assert read(write([honest])) == [honest]
    better_one = replace(honest, ratio=honest.ratio + F(1, 100))
    assert better([honest], [better_one]) == [better_one]
    assert better([better_one], [honest]) == [better_one]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema": "other"}', json.dumps({"schema": SCHEMA, "records": [{}]}),
     json.dumps({"schema": SCHEMA, "records": [{"theorem": "theorem4-line"}]})],
)  # fmt: skip
def test_damaged_records_are_refused(text):
    with pytest.raises(FormulaError, match="damaged"):
        read(text)


def test_a_campaign_goes_on_where_it_stopped(monkeypatch):
    few = [Target(theorems()["gd"]), Target(theorems()["vankov2024-optimal"])]
    monkeypatch.setattr("relaxsmooth.attack.campaign.targets", lambda: iter(few))
    saved = []
    budget = Budget(evaluations=1)
    whole = list(campaign(0, budget, None, lambda document: saved.append(dict(document))))
    assert len(saved) == 2
    monkeypatch.setattr("relaxsmooth.attack.run.explore", None)  # nothing is left to search
    again = list(campaign(0, budget, saved[-1]))
    assert [o.shown.instance for o in again] == [o.shown.instance for o in whole]
    with pytest.raises(FormulaError, match="no state of a campaign"):
        next(campaign(0, budget, {"schema": "other"}))


def test_a_campaign_attacks_every_upper_bound_twice():
    assert len(list(targets())) == 2 * sum(t.kind is Kind.UPPER for t in theorems().values())


def test_what_a_campaign_tried_is_summed_by_theorem():
    state = {"evaluations": 144, "cpu_seconds": 1.5, "hit": None}
    document = {"schema": CAMPAIGN, "attacks": {"clip/1": state, "clip/20": state, "gd/1": state}}
    assert efforts(document) == {"clip": Effort(288, 3.0), "gd": Effort(144, 1.5)}
    document["attacks"]["gd/1"] = {**state, "hit": {"ratio": 1.1}}
    with pytest.raises(FormulaError, match="broke gd"):  # a bound that fell is no mere effort
        efforts(document)


def test_a_ratio_that_rounds_to_zero_is_no_record():
    shown = attack(Target(theorems()["gd"]), budget=Budget(evaluations=1)).shown
    assert record_of(shown) is not None
    far = replace(shown, row=replace(shown.row, bound=shown.row.bound * 10**9))
    assert far.ratio > 0 and record_of(far) is None
