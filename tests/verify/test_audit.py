"""The audit finds, by computing, what is wrong in Theorem 4 and Remark 5 as printed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from relaxsmooth import audit as module
from relaxsmooth.audit import audit
from relaxsmooth.problems.hard import ext
from relaxsmooth.verdict import Status


@pytest.fixture(scope="module")
def findings():
    return {finding.key: finding for finding in audit()}


def test_every_item_is_found_refuted_recorded_and_repaired(findings):
    assert set(findings) == {
        "theorem4-first-function",
        "theorem4-second-function",
        "theorem4-fixed-gap",
        "theorem4-as-printed",
        "remark5-small-M",
    }
    assert all(f.verdict.status is Status.REFUTED for f in findings.values())
    assert all(f.recorded and f.repair for f in findings.values())


@pytest.mark.parametrize("key", ["theorem4-first-function", "theorem4-second-function"])
def test_both_hard_functions_fail_at_the_witness_0(key, findings):
    assert findings[key].verdict.witness["x"] == 0


def test_the_famous_parameters_are_among_the_refuted_ones(findings):
    shown = findings["theorem4-as-printed"].verdict.witness
    assert (shown["L0"], shown["L1"], shown["M"]) == (1, 10**6, 2)
    assert shown["eps"] == Fraction(1, 10**6)
    assert shown["claimed"] > 2 * shown["proven upper bound"].numerator


def test_false_twin_the_repaired_function_gives_no_finding(monkeypatch):
    # EXT with L0 = 1 is in the class that PAPER1 leaves: its minimal L0 is L0, not L1
    monkeypatch.setattr(module, "paper1", lambda L1: ext(1, L1, 2))
    finding = module.first_hard_function()
    assert finding.verdict.status is Status.CONSISTENT
    assert not finding.recorded


def test_false_twin_a_weaker_printed_bound_gives_no_finding(monkeypatch):
    from dataclasses import replace

    found = module.theorems()
    weak = replace(found[module.PRINTED], bound=found[module.PRINTED].bound / 100)
    monkeypatch.setattr(module, "GRID", module.GRID[-1:])
    monkeypatch.setattr(module, "theorems", lambda: {**found, module.PRINTED: weak})
    assert not module.printed_constant().recorded


def test_false_twin_a_bound_that_does_not_grow_with_M_gives_no_finding(monkeypatch):
    from dataclasses import replace

    found = module.theorems()
    flat = replace(found[module.PRINTED], bound=found["gd-no-M"].bound / 2)
    monkeypatch.setattr(module, "theorems", lambda: {**found, module.PRINTED: flat})
    assert not module.fixed_gap().recorded
