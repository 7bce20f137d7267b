"""What looks like a counterexample and is none: empty cases, wrong points, '=' and denominators."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofs_check.backends.coq_backend import _numbers
from proofs_check.evidence import refutes
from proofs_check.export.coq_identity import coq_name
from proofs_check.ledger import Claim, Obligation, Status, judge
from proofs_check.reduction import at_most, below, equal
from proofs_check.run import run
from relaxsmooth.formula import absolute, maximum, minimum, symbol

X = symbol("x")


def status(*obligations: Obligation, committed=None) -> Status:
    claim = Claim("made-up", "a test", "made up", tuple(obligations))
    return run(table={"made-up": claim}, committed=committed or {}).results["made-up"].status


def test_an_entry_that_says_empty_of_a_case_that_can_occur_refutes_nothing():
    (reduced,) = Obligation("x >= 0 => x + 1 > 0", "x", [at_most(0, X)], below(0, X + 1)).reduced()
    for place in (-1, 0):
        found = judge(reduced, {reduced.key: {"empty": place}})
        assert found.status is Status.OPEN, found


def test_a_point_of_the_wrong_length_is_malformed():
    (reduced,) = Obligation("e^t >= 0", "x", [], at_most(0, X**2)).reduced()
    for point in ((), (Fraction(0), Fraction(-5))):
        with pytest.raises(ValueError, match="a point of"):
            refutes(reduced.data, point)
    entry = {reduced.key: {"counterexample": ["0", "-5"]}}
    assert judge(reduced, entry).status is not Status.REFUTED


@pytest.mark.parametrize(
    ("hypotheses", "goal"),
    [
        ([], equal(X, minimum(X, X + 1))),
        ([at_most(0, X)], equal(absolute(X), X)),
        ([at_most(0, X)], equal(maximum(X, 0), X)),
    ],
)
def test_an_equality_with_an_extremum_is_read_by_its_cases(hypotheses, goal):
    assert status(Obligation("true", "x", hypotheses, goal)) is not Status.REFUTED


@pytest.mark.parametrize("power", [1, 2])
def test_a_negative_denominator_refutes_nothing(power):
    """x < 0 => 1/x < 0 and 1/x^2 > 0 are true; clearing a negative denominator is wrong."""
    goal = below(X**-1, 0) if power == 1 else below(0, X**-2)
    found = status(Obligation("true", "x", [below(X, 0)], goal))
    assert found is Status.OPEN


def test_false_twin_a_false_claim_with_a_positive_denominator_is_refuted():
    assert status(Obligation("false", "x", [below(0, X)], below(1 / X, 1))) is Status.REFUTED


def test_an_obligation_that_says_nothing_is_suspect_beside_one_that_says_something():
    says = Obligation(
        "x >= 0, x <= 1 => x + 1 > 0", "x", [at_most(0, X), at_most(X, 1)], below(0, X + 1)
    )
    (reduced,) = Obligation("vacuous", "x", [at_most(1, X), at_most(X, 0)], equal(X, 5)).reduced()
    entry = {reduced.key: {"empty": -1}}
    nothing = Obligation("vacuous", "x", [at_most(1, X), at_most(X, 0)], equal(X, 5))
    assert status(says, nothing, committed=entry) <= Status.SUSPECT


def test_coq_names_do_not_meet_and_its_text_is_numbers():
    names = [coq_name(x, i) for i, x in enumerate(["F", "x_0", "x_1", "y"])]
    assert len(set(names)) == 4
    assert _numbers({"terms": [["1/2", [0, 1], []]], "multipliers": []})
    assert not _numbers(["1", ["2)))). Admitted. (* "]])
