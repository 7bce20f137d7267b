"""The identities as Coq lemmas: true ones compile, tampered ones do not."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proofs_check import store
from proofs_check.cli import main
from proofs_check.export.coq import HEAD, coq_name, lemma, lemmas, number, write
from proofs_check.run import run

STATEMENT = {
    "variables": ["x", "R"],
    "hypotheses": [[">", [["1", [1, 0]]]], ["=", [["-1", [0, 0]], ["1", [0, 1]]]]],
    "goal": [">", [["-1", [2, 0]], ["1/2", [1, 0]], ["1", [2, 1]]]],
}  # x > 0, R = 1 => x/2 + x² R - x² > 0
PROOF = {
    "factor": [["1", [], []]],
    "terms": [["1/2", [0], []]],
    "multipliers": [[1, [["1", [2, 0]]]]],
}


@pytest.fixture(scope="module")
def ledger():
    return run(["zhang2020-theorem6", "theorem6-sharper"])


def accepted(text: str, folder: Path) -> bool:
    """Whether coqc compiles the text; where there is no coqc, whether it is a closed proof."""
    if shutil.which("coqc"):
        (folder / "tried.v").write_text(text, encoding="utf-8")
        made = subprocess.run(["coqc", "tried.v"], cwd=folder, capture_output=True, timeout=100)
        return made.returncode == 0
    proofs = len(re.findall(r"^Lemma ", text, re.M)) == len(re.findall(r"^Qed\.$", text, re.M))
    return proofs and text.count("(") == text.count(")")


def test_every_lemma_of_a_claim_compiles(ledger, tmp_path):
    made = lemmas(ledger, "theorem6-sharper")
    assert len(made) == len(ledger.results["theorem6-sharper"].parts) == 4
    assert accepted("\n".join([HEAD, *made]), tmp_path)


def test_nothing_is_searched_for_or_assumed(ledger):
    text = "\n".join([HEAD, *lemmas(ledger, "theorem6-sharper")])
    for word in ("nra", "psatz", "Admitted", "admit", "Axiom", "Parameter", "Hypothesis"):
        assert not re.search(rf"\b{word}\b", text)


def test_an_equality_a_fraction_and_a_variable_named_R(tmp_path):
    text = lemma("small", STATEMENT, PROOF)
    assert "forall x x_1 : R" in text and "(1 / 2)" in text
    assert accepted(HEAD + text, tmp_path)


TAMPERED = [
    ("weight", {**PROOF, "terms": [["1/3", [0], []]]}),
    ("sign", {**PROOF, "factor": [["-1", [], []]], "terms": [["-1/2", [0], []]]}),
    ("no multiplier", {**PROOF, "multipliers": []}),
    ("square only", {**PROOF, "factor": [], "terms": [], "multipliers": []}),
]


@pytest.mark.parametrize(("what", "proof"), TAMPERED, ids=[what for what, _ in TAMPERED])
def test_a_tampered_proof_does_not_compile(what, proof, tmp_path):
    text = lemma("small", STATEMENT, proof)
    assert text != lemma("small", STATEMENT, PROOF)
    if shutil.which("coqc"):
        assert not accepted(HEAD + text, tmp_path)


def test_a_statement_without_a_certificate_is_not_written(ledger):
    entries = store.load()
    part = ledger.results["theorem6-sharper"].parts[2]
    hashes = [h for h, e in entries.items() if e["name"] == part.reduced.name]
    spoilt = {h: {**e, "certificate": None} if h in hashes else e for h, e in entries.items()}
    assert len(lemmas(ledger, "theorem6-sharper", spoilt)) < 4


def test_an_equality_may_stand_in_a_product(tmp_path):
    data = {**STATEMENT, "goal": [">=", [["-1", [1, 0]], ["1", [1, 1]]]]}  # x (R - 1) >= 0
    proof = {"factor": [["1", [], []]], "terms": [["1", [0, 1], []]], "multipliers": []}
    assert accepted(HEAD + lemma("small", data, proof), tmp_path)


def test_names_and_numbers():
    assert [coq_name(x, 3) for x in ("L0", "R", "in", "T", "H_1", "_u", "kappa")] == [
        *("L0", "x_3", "x_3", "x_3", "x_3", "x_3", "kappa")
    ]
    assert [number(t) for t in ("7", "-7", "-3/2")] == ["7", "(- 7)", "((- 3) / 2)"]


def test_one_file_per_claim(ledger, tmp_path, capsys):
    assert write(ledger, tmp_path / "a") == sum(len(lemmas(ledger, key)) for key in ledger.results)
    assert main(["--claim", "theorem6-sharper", "--coq", str(tmp_path / "b")]) == 0
    text = (tmp_path / "b" / "theorem6_sharper.v").read_text(encoding="utf-8")
    assert text.count("Lemma statement_") == 4 and capsys.readouterr().out
