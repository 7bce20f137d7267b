"""Second opinions agree with the kernel, say no to false statements, and are absent by name."""

from __future__ import annotations

import pytest

from proofs_check.backends import NAMES, available, backend
from proofs_check.backends.falsifier import falsify, witness
from proofs_check.evidence import hypotheses_hold, refutes
from proofs_check.export.smtlib import polynomial, script
from proofs_check.ledger import Obligation, claims
from proofs_check.reduction import at_most, below, positive
from proofs_check.run import run
from relaxsmooth.formula import exp, symbol

X, Y = symbol("x"), symbol("y")
FALSE = Obligation("false", "x y", positive(X, Y), at_most(X * Y, X**2)).reduced()[0].data
TRUE = Obligation("true", "x y", positive(X, Y), at_most(2 * X * Y, X**2 + Y**2)).reduced()[0].data


@pytest.mark.parametrize("name", NAMES)
def test_a_back_end_decides_and_is_not_fooled(name):
    if not available(name):
        pytest.skip(f"{name} is not installed; pip install 'relaxsmooth[proofs]'")
    decide = backend(name)
    assert decide(TRUE) == "proved"
    assert decide(FALSE) == "refuted"
    transcendental = Obligation("e", "x", [], at_most(1 + X, exp(X))).reduced()[0].data
    assert decide(transcendental) == "undecided"


def test_an_absent_back_end_is_named_and_not_asked(monkeypatch):
    monkeypatch.setattr("proofs_check.run.available", lambda name: False)
    ledger = run(["gap"], ["cvc5"])
    assert ledger.absent == ("cvc5",)
    assert "cvc5" not in ledger.results["gap"].backends


@pytest.mark.parametrize("key", ["zhang2020-theorem6", "armijo"])
def test_they_agree_with_the_kernel(key):
    asked = [name for name in NAMES if available(name)]
    result = run([key], asked).results[key]
    assert set(result.backends) == {"kernel", *asked}


def test_the_falsifier_finds_an_exact_point():
    point = falsify(FALSE)
    assert point is not None and refutes(FALSE, point)
    assert falsify(TRUE) is None


def test_a_witness_is_exact_also_on_an_equality():
    data = Obligation(
        "e", "x y", [below(1, X), at_most(X * Y, 1), at_most(1, X * Y)], at_most(0, Y)
    )
    found = witness(data.reduced()[0].data)
    assert found is None or hypotheses_hold(data.reduced()[0].data, found)


def test_smtlib_writes_powers_as_products():
    reduced = claims()["zhang2020-theorem6"].obligations[-1].reduced()[0]
    assert polynomial(reduced.data)
    text = script(TRUE)
    assert "(* " in text and "^" not in text and "pow" not in text
