"""Statuses: the least over obligations, paper steps and uses; nothing unproved is called proved."""

from __future__ import annotations

import json

import pytest

from proofs_check import backends, opinions
from proofs_check.backends import Opinion
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


@pytest.mark.parametrize(
    ("certified", "agree", "status"),
    [
        (False, "z3", "OPEN"),
        (False, "cvc5", "OPEN"),
        (False, "cvc5 z3", "PROVED_ONCE"),
        (False, "flint", "PROVED_ONCE"),
        (False, "flint z3", "VERIFIED"),
        (False, "flint sympy", "VERIFIED"),
        (True, "", "PROVED_ONCE"),
        (True, "z3 cvc5", "VERIFIED"),
        (True, "flint", "VERIFIED"),
        (True, "flint cvc5", "CERTIFIED"),
        (True, "flint sympy", "CERTIFIED"),
    ],
)
def test_the_rungs(certified, agree, status):
    """The kernel is one voice, the SMT solvers are one together, and one of them alone is none."""
    assert decided(certified, agree.split(), [], Clean)[0] is Status[status]


def test_one_voice_against_is_enough_to_suspect():
    assert decided(True, ["flint", "sympy"], ["cvc5"], Clean)[0] is Status.SUSPECT


class Clean:
    doubts = ()


# --- what is recorded ---------------------------------------------------------------------------


def say(monkeypatch, **answers):
    """Back ends that give these answers about every statement."""
    monkeypatch.setattr(backends, "available", lambda name: name in answers)
    monkeypatch.setattr(backends, "version", lambda name: "2")
    fake = {
        name: (lambda data, hint, said=said: said if isinstance(said, Opinion) else Opinion(said))
        for name, said in answers.items()
    }
    monkeypatch.setattr(backends, "backend", fake.__getitem__)


def heard(answer, who="sympy"):
    """The record in which that back end said so about each statement of the claim phi."""
    parts = run(["phi"], recorded={}).results["phi"].parts
    return {part.asked: {who: ("1", answer)} for part in parts}


def test_a_recorded_opinion_counts_and_is_shown_as_such(monkeypatch):
    record = heard("proved")
    say(monkeypatch, flint="proved")
    result = run(["phi"], recorded=record).results["phi"]
    assert result.status is Status.CERTIFIED
    assert result.backends == ("kernel", "flint", "sympy") and result.recorded == {"sympy"}
    assert run(["phi"], recorded={}).results["phi"].status is Status.VERIFIED


def test_an_edited_statement_has_no_opinions(monkeypatch):
    record = {key[::-1]: said for key, said in heard("proved").items()}
    say(monkeypatch, flint="proved")
    assert run(["phi"], recorded=record).results["phi"].status is Status.VERIFIED


def test_without_a_record_sympy_is_asked(monkeypatch):
    say(monkeypatch, flint="proved", sympy="proved")
    result = run(["phi"], recorded={}).results["phi"]
    assert result.status is Status.CERTIFIED and not result.recorded


@pytest.mark.parametrize("now", ["undecided", "refuted"])
def test_a_forged_opinion_is_caught_when_the_back_end_is_asked(monkeypatch, now):
    record = heard("proved")
    say(monkeypatch, flint="proved", sympy=now)
    ledger = run(["phi"], ["sympy"], recorded=record)
    assert len(ledger.panel.lost) == len(ledger.results["phi"].parts)
    assert "sympy 1 is recorded to have said 'proved'" in ledger.panel.lost[0]
    wanted = {"undecided": Status.VERIFIED, "refuted": Status.SUSPECT}[now]
    assert ledger.results["phi"].status is wanted


def test_a_recorded_refutation_makes_it_suspect(monkeypatch):
    record = heard("refuted")
    say(monkeypatch, flint="proved")
    assert run(["phi"], recorded=record).results["phi"].status is Status.SUSPECT


def test_a_back_end_that_disagrees_makes_it_suspect(monkeypatch):
    say(monkeypatch, flint="proved", sympy="proved", z3="refuted")
    result = run(["phi"], ["z3"], recorded={}).results["phi"]
    assert result.status is Status.SUSPECT and "z3 says it is false" in result.because


def test_a_point_that_does_not_refute_is_not_believed(monkeypatch):
    say(monkeypatch, flint=Opinion.refuted("a lie", ["1", "1", "1", "1"]), sympy="proved")
    result = run(["growth"], recorded={}).results["growth"]
    assert result.status is Status.SUSPECT


def test_proved_against_an_exact_counterexample_is_reported(monkeypatch, capsys):
    say(monkeypatch, flint="proved", sympy="proved")
    monkeypatch.setattr("proofs_check.opinions.load", dict)
    ledger = run(["theorem4-gap"], ["flint"], recorded={})
    assert ledger.results["theorem4-gap"].status is Status.REFUTED
    assert ledger.panel.wrong and main(["--claim", "theorem4-gap", "--backend", "flint"]) == 1
    assert "contradicted: theorem4-gap" in capsys.readouterr().err


def test_a_back_end_that_fails_has_said_nothing(monkeypatch):
    say(monkeypatch, flint="proved")

    def broken(data, hint):
        raise RuntimeError("a bug")

    monkeypatch.setattr(backends, "backend", lambda name: broken)
    result = run(["phi"], recorded={}).results["phi"]
    assert result.status is Status.PROVED_ONCE and result.backends == ("kernel",)


def test_what_is_recorded_is_read_again(monkeypatch, tmp_path):
    say(monkeypatch, flint="proved", sympy="proved")
    other = {"0" * 64: {"sympy": ("1", "proved")}}  # of a claim that this run does not reach
    panel = run(["phi"], ["sympy"], recorded=other | heard("refuted")).panel
    path = tmp_path / "opinions.json"
    assert opinions.save(panel, path) == 1 + 2 * len(panel.said)
    assert opinions.load(path) == other | panel.said
    opinions.save(panel, path, keep=panel.said)
    assert opinions.load(path) == panel.said


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": 1}', '{"a": {"z3": ["1", "maybe"]}}', "[" * 9999]
)
def test_a_broken_record_is_one_clear_error(monkeypatch, tmp_path, capsys, text):
    path = tmp_path / "opinions.json"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(opinions.load, "__defaults__", (path,))
    assert main(["--claim", "phi"]) == 2
    assert "opinions.json is not a record of opinions" in capsys.readouterr().err


@pytest.mark.slow
def test_every_committed_statement_has_its_opinions(everything):
    """So the base install shows every certified claim as such in the time of the kernel."""
    assert not everything.panel.tallies


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
    assert main(["--claim", "phi"]) == 0
    assert "CERTIFIED" in capsys.readouterr().out


def test_the_command_as_json(capsys):
    assert main(["--claim", "phi", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["claim"] == "phi"


def test_an_unknown_claim_is_bad_usage(capsys):
    assert main(["--claim", "gapp"]) == 2
    assert "is not known" in capsys.readouterr().err


def test_a_claim_below_its_committed_status_is_an_error(monkeypatch, capsys):
    from proofs_check import store

    monkeypatch.setattr(store, "load", dict)
    monkeypatch.setattr("proofs_check.run.load", dict)
    assert main(["--claim", "growth-4"]) == 1
    assert "below its committed status" in capsys.readouterr().err
