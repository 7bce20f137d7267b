"""The exports read the same statements."""

from __future__ import annotations

import pytest

from proofs_check.export.findings import page
from proofs_check.export.latex import document
from proofs_check.export.smtlib import write
from proofs_check.run import run


@pytest.fixture(scope="module")
def ledger():
    return run(["gap", "zhang2020-theorem6", "theorem4-gap"])


def test_findings_give_the_witness_and_the_repair(ledger):
    text = page(ledger)
    assert "theorem4-gap: REFUTED" in text and "fails at u = " in text and "repair" in text


def test_latex_balances_its_braces(ledger):
    text = document(ledger)
    assert text.count("{") == text.count("}")
    assert r"\begin{longtable}" in text and "e^{u}" in text


def test_one_smt_file_per_polynomial_statement(ledger, tmp_path):
    assert write(ledger, tmp_path) == len(list(tmp_path.glob("*.smt2"))) > 4


def test_the_picture_is_drawn(ledger, tmp_path):
    from proofs_check.export.graph import draw

    draw(ledger, tmp_path / "uses.png")
    assert (tmp_path / "uses.png").stat().st_size > 1000
