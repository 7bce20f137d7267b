"""Statuses: the least over obligations, paper steps and uses; nothing unproved is called proved."""

from __future__ import annotations

import json

import pytest

from proofs_check.cli import main
from proofs_check.evidence import Change, families, mutant
from proofs_check.ledger import Claim, Obligation, PaperStep, Status, decided, in_order
from proofs_check.reduction import at_most, cases, goals, positive, read, reduce
from proofs_check.run import run
from proofs_check.statement import NotExponentialPolynomial, shown
from relaxsmooth.formula import absolute, exp, log, maximum, minimum, symbol

T, G = symbol("t"), symbol("g")


def claim(key, *obligations, uses=(), steps=()):
    return Claim(key, "a test", key, obligations, uses, steps)


TRUE = Obligation("true", "t", [at_most(0, T)], at_most(0, T + 1))
FALSE = Obligation("false", "t", [at_most(0, T)], at_most(1, T))


def ran(*found, **options):
    return run(table=in_order(found), committed={}, **options).results


def test_without_a_certificate_a_true_statement_is_open():
    assert ran(claim("a", TRUE))["a"].status is Status.OPEN


def test_a_false_statement_is_refuted_with_an_exact_point():
    result = ran(claim("a", TRUE, FALSE))["a"]
    assert result.status is Status.REFUTED and "t = " in result.because


def test_a_claim_has_the_least_status_of_what_it_uses():
    results = ran(claim("b", TRUE, uses=("a",)), claim("a", FALSE))
    assert results["b"].status is Status.REFUTED and results["b"].own is Status.OPEN


def test_z3_alone_is_not_evidence():
    class Clean:
        doubts = ()

    assert decided(False, ["z3"], [], Clean)[0] is Status.OPEN
    assert decided(False, ["cvc5"], [], Clean)[0] is Status.PROVED_ONCE
    assert decided(False, ["cvc5", "z3"], [], Clean)[0] is Status.VERIFIED
    assert decided(True, ["z3"], ["cvc5"], Clean)[0] is Status.SUSPECT


def test_a_paper_step_caps_a_claim():
    from proofs_check.ledger import Judged, concluded

    made = next(iter(TRUE.reduced()))
    certain = [Judged(made, Status.CERTIFIED, ("kernel",))]
    capped = claim("a", TRUE, steps=(PaperStep("a step", Status.PROVED_ONCE),))
    assert concluded(capped, certain, {}).status is Status.PROVED_ONCE


@pytest.mark.parametrize(
    ("found", "word"),
    [
        ([claim("a", uses=("a",))], "uses itself"),
        ([claim("a", uses=("b",))], "not declared"),
        ([claim("a"), claim("a")], "twice"),
    ],
)
def test_a_wrong_table_of_claims_is_refused(found, word):
    with pytest.raises(ValueError, match=word):
        in_order(found)


# --- the reduction ------------------------------------------------------------------------------


def statements(hypotheses, goal, names="t"):
    return [shown(r.data) for r in reduce("s", names, hypotheses, goal)]


def test_a_denominator_becomes_an_obligation():
    made = statements([], at_most(1 / (1 + T), 1))
    assert made == ["for all t: 1 + t > 0", "for all t: t >= 0"]


def test_a_known_denominator_does_not():
    assert len(statements(positive(1 + T), at_most(1 / (1 + T), 1))) == 1


def test_cases_cover_and_exclude_each_other():
    found = [given for given, _ in cases([at_most(0, minimum(T, G, 2))])]
    assert len(found) == 3
    assert {r.sign for given in found for r in given} == {"<=", "<"}


def test_an_absolute_value_on_the_left_is_two_goals():
    assert len(list(goals(at_most(absolute(T), 1)))) == 2
    assert len(list(goals(at_most(maximum(T, G), 1)))) == 2


def test_a_plain_contradiction_is_no_case():
    made = statements([at_most(0, T)], at_most(T, 2 + absolute(T) * T))
    assert made == ["for all t: t >= 0 => 2 - t + t^2 >= 0"]


def test_a_logarithm_of_a_variable_is_refused():
    with pytest.raises(NotExponentialPolynomial):
        read(log(T), ("t",))
    assert str(read(log(exp(T)), ("t",)).top) == "t"


def test_every_mutant_is_another_statement():
    data = next(iter(TRUE.reduced())).data
    for _, family in families(data):
        for change in family:
            assert mutant(data, change) != data
            assert Change.read(change.data()) == change


# --- the command --------------------------------------------------------------------------------


def test_the_command_prints_a_table_and_returns_0(capsys):
    assert main(["--claim", "gap"]) == 0
    assert "CERTIFIED" in capsys.readouterr().out


def test_the_command_as_json(capsys):
    assert main(["--claim", "gap", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["claim"] == "gap"


def test_an_unknown_claim_is_bad_usage(capsys):
    assert main(["--claim", "gapp"]) == 2
    assert "is not known" in capsys.readouterr().err


def test_a_claim_below_its_committed_status_is_an_error(monkeypatch, capsys):
    from proofs_check import store

    monkeypatch.setattr(store, "load", dict)
    monkeypatch.setattr("proofs_check.run.load", dict)
    assert main(["--claim", "growth-4"]) == 1
    assert "below its committed status" in capsys.readouterr().err
