"""Every claim keeps its committed status from the kernel and the committed certificates alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from proofs_check import kernel, store
from proofs_check.claims.steps import theorem3
from proofs_check.evidence import FEWEST_MUTANTS, hypotheses_hold, mutant, refutes
from proofs_check.export.finding_list import Sort, findings
from proofs_check.export.findings import page
from proofs_check.ledger import Status, claims
from proofs_check.run import run
from relaxsmooth.theorem import Assumption
from relaxsmooth.theorems import theorems


@pytest.fixture
def ledger(everything):
    return everything


def test_no_claim_is_below_its_committed_status(ledger):
    assert ledger.below(store.statuses()) == []


def test_every_claim_has_a_committed_status():
    assert set(store.statuses()) == set(claims())


def test_what_is_refuted_is_a_finding_and_says_the_repair(ledger):
    for key, result in ledger.results.items():
        assert (result.status is Status.REFUTED) == bool(result.claim.finding), key


def test_a_certified_statement_has_a_witness_and_five_killed_mutants(ledger):
    seen = Counter()
    for result in ledger.results.values():
        for part in result.parts:
            if part.status is Status.CERTIFIED and not part.empty:
                data, evidence = part.reduced.data, part.evidence
                assert hypotheses_hold(data, evidence.witness)
                assert len({change for change, _ in evidence.killed}) >= FEWEST_MUTANTS
                assert all(refutes(mutant(data, c), at) for c, at in evidence.killed)
                seen["statements"] += 1
    assert seen["statements"] > 150


def test_no_goal_has_only_cases_that_cannot_occur(ledger):
    for result in ledger.results.values():
        assert not result.parts or not all(part.empty for part in result.parts)


# --- an edited theorem loses its certificate and is refuted -------------------------------------

PRINTED = theorems()["zhang2020-theorem3"]


def judged(theorem, monkeypatch=None):
    claim = replace(theorem3(theorem), uses=())
    return run(table={claim.key: claim}).results[claim.key]


def counterexamples(result):
    return [p for p in result.parts if p.status is Status.REFUTED]


def test_theorem_3_as_printed_stands():
    assert judged(PRINTED).status is Status.CERTIFIED


def test_false_twin_20_turned_into_5_falls_with_a_counterexample():
    result = judged(replace(PRINTED, bound=PRINTED.bound / 4))
    assert result.status is Status.REFUTED
    assert "REFUTED at L0 = " in result.because
    for part in counterexamples(result):
        assert refutes(part.reduced.data, part.counterexample)


@pytest.mark.slow
@pytest.mark.parametrize("kept", [0, 1])
def test_false_twin_without_a_condition_on_the_constants(kept):
    """At L0 = 0 or L1 = 0 the step has no value: no counterexample, and no proof either."""
    result = judged(replace(PRINTED, conditions=(PRINTED.conditions[kept],)))
    assert result.status is Status.OPEN and "is not positive" in result.because
    assert not counterexamples(result)


@pytest.mark.parametrize("dropped", [Assumption.HESSIAN_CLASS, Assumption.BOUNDED_BELOW])
def test_false_twin_without_an_assumption_on_the_function(dropped):
    kept = tuple(a for a in PRINTED.assumptions if a is not dropped)
    result = judged(replace(PRINTED, assumptions=kept))
    assert result.status is Status.REFUTED and counterexamples(result)


@pytest.mark.slow
def test_false_twin_a_longer_step_falls():
    longer = {**PRINTED.prescription, "eta": PRINTED.prescription["eta"] * 20}
    assert judged(replace(PRINTED, prescription=longer)).status < Status.PROVED_ONCE


def test_the_half_decrease_constant_is_pinned_between_two_rationals():
    claim = claims()["half-decrease"]
    low, high = claim.obligations[:2]
    assert low.hypotheses[1].right.value == Fraction(4308, 10**4)
    assert high.hypotheses[0].left.value == Fraction(4309, 10**4)


def test_certificates_are_those_of_the_statements(ledger):
    hashes = {
        kernel.statement_hash(part.reduced.data)
        for result in ledger.results.values()
        for part in result.parts
    }
    assert set(store.load()) <= hashes, "a committed certificate belongs to no statement"


# --- the findings page --------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"


def test_the_committed_page_is_the_one_that_the_command_makes(ledger):
    assert PAGE.read_text(encoding="utf-8") == page(ledger), (
        "run: python -m proofs_check --findings docs/findings.md"
    )


def test_false_twin_a_finding_that_no_longer_stands_changes_the_page(ledger):
    stands = replace(ledger.results["theorem4-gap"], status=Status.CERTIFIED, parts=())
    fewer = replace(ledger, results={**ledger.results, "theorem4-gap": stands})
    assert page(fewer) != page(ledger)


def test_every_refuted_claim_is_in_a_finding_and_every_claim_of_a_finding_stands(ledger):
    behind = {key for found in findings() for key in found.claims}
    refuted = {key for key, r in ledger.results.items() if r.status is Status.REFUTED}
    assert refuted <= behind <= set(ledger.results)
    for found in findings():
        statuses = {ledger.results[key].status for key in found.claims}
        assert statuses <= {Status.CERTIFIED, Status.REFUTED}, found.title
        wrong = found.sort in (Sort.FALSE, Sort.UNITS)
        assert wrong == (Status.REFUTED in statuses), found.title


def test_a_finding_says_how_the_printed_form_is_known():
    for found in findings():
        assert any(tag in found.known for tag in ("[P]", "[S]", "[M]")), found.title
        assert found.printed and found.wrong and found.repair and found.claims
