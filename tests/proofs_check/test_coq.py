"""The lemmas for Coq: every polynomial statement has one; true ones compile, tampered ones do not.

The tests that run coqc are slow ones; .ci/run installs it.  The others read the text, and let the
kernel check each identity that the text is made of.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proofs_check import kernel
from proofs_check.cli import main
from proofs_check.export.coq import file_name, lemmas, text, write
from proofs_check.export.coq_cells import Cells, TooFine, cells_lemma
from proofs_check.export.coq_identity import HEAD, coq_name, lemma, number
from proofs_check.export.smtlib import polynomial
from proofs_check.ledger import accepted, impossible
from proofs_check.store import load

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
SQUARE = {
    "variables": ["x"],
    "hypotheses": [[">=", [["-2", [0]], ["1", [2]]]], [">", [["1", [1]]]]],
    "goal": [">=", [["4", [0]], ["-4", [2]], ["1", [4]]]],
}  # x² >= 2, x > 0 => (x² - 2)² >= 0
ROOT = {
    "variables": ["x"],
    "hypotheses": [[">", [["-2", [0]], ["1", [2]]]], [">=", [["1", [1]]]]],
    "goal": [">", [["-2", [1]], ["1", [3]]]],
}  # x² > 2, x >= 0 => x³ > 2x
AXIOMS = {
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
}  # those of Coq's own real numbers


def compiled(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    if not shutil.which("coqc"):
        pytest.skip("there is no coqc; apt-get install coq")
    (folder / "tried.v").write_text(text, encoding="utf-8")
    return subprocess.run(
        ["coqc", "-q", "tried.v"], cwd=folder, capture_output=True, text=True, timeout=600
    )


def accepts(text: str, folder: Path) -> bool:
    return compiled(text, folder).returncode == 0


def proved(part, entry):
    """What the certificate proves: the statement, or that its case cannot occur."""
    empty = entry.get("empty")
    return part.reduced.data if empty is None else impossible(part.reduced.data, empty)


# --- what is written -------------------------------------------------------------------------
def written_as_wanted(ledger) -> int:
    """How many lemmas: one for every polynomial statement with a certificate, and no other."""
    entries, count = load(), 0
    for key in ledger.results:
        for made in lemmas(ledger, key, entries):
            entry = entries.get(kernel.statement_hash(made.part.reduced.data), {})
            wanted = bool(entry.get("certificate")) and polynomial(proved(made.part, entry))
            assert bool(made.text) == wanted and bool(made.reason) != wanted
            count += wanted
    return count


def test_a_polynomial_statement_with_a_certificate_is_written(some):
    assert written_as_wanted(some) > 15


@pytest.mark.slow
def test_every_polynomial_statement_with_a_certificate_is_written(everything):
    assert written_as_wanted(everything) > 250


def identities_of_cells(ledger) -> int:
    """How many identities the proofs by cells are made of; each passes the kernel."""
    entries, count = load(), 0
    for result in ledger.results.values():
        for part in result.parts:
            entry = entries.get(kernel.statement_hash(part.reduced.data), {})
            certificate = entry.get("certificate") or {"kind": "none"}
            if certificate["kind"] == "cells":
                data = proved(part, entry)
                for statement, identity in Cells(data, certificate["proof"]).pieces:
                    key = kernel.statement_hash(statement)
                    proof = {"statement": key, "kind": "handelman", "proof": identity}
                    assert accepted(statement, proof)
                    count += 1
    return count


def test_an_identity_of_a_proof_by_cells_passes_the_kernel(some):
    assert identities_of_cells(some) > 9


@pytest.mark.slow
def test_every_identity_of_a_proof_by_cells_passes_the_kernel(everything):
    assert identities_of_cells(everything) > 100


@pytest.mark.parametrize("data", [SQUARE, ROOT])
def test_a_false_statement_has_no_cells(data):
    sign, (*rest, (c, power)) = data["goal"]
    false = {**data, "goal": [sign, [*rest, [f"-{c}", power]]]}
    with pytest.raises(TooFine):
        Cells(false, ["-3", "1/2", "3"])


@pytest.mark.slow
def test_nothing_is_searched_for_or_assumed(everything):
    entries = load()
    for key in everything.results:
        made = text(lemmas(everything, key, entries))
        for word in ("nra", "psatz", "Admitted", "admit", "Axiom", "Parameter", "Hypothesis"):
            assert not re.search(rf"\b{word}\b", made)
        assert made.count("Proof.") == len(re.findall(r"\bQed\.$", made, re.M))
        assert made.count("(") == made.count(")")


def test_a_statement_without_a_certificate_is_not_written_and_said_so(some):
    entries = load()
    part = some.results["theorem6-sharper"].parts[2]
    spoilt = entries | {kernel.statement_hash(part.reduced.data): {"name": part.reduced.name}}
    made = lemmas(some, "theorem6-sharper", spoilt)
    assert [bool(w.text) for w in made] == [True, True, False, True]
    assert "no certificate" in made[2].reason


def test_names_and_numbers():
    assert [coq_name(x, 3) for x in ("L0", "R", "in", "T", "H_1", "_u", "kappa")] == [
        *("L0", "x_3", "x_3", "x_3", "x_3", "x_3", "kappa")
    ]
    assert [number(t) for t in ("7", "-7", "-3/2")] == ["7", "(- 7)", "((- 3) / 2)"]


def test_one_file_per_claim_and_an_index_of_every_statement(some, tmp_path, capsys):
    count = write(some, tmp_path / "a")
    assert count == sum(bool(w.text) for key in some.results for w in lemmas(some, key))
    assert main(["--claim", "theorem6-sharper", "--coq", str(tmp_path / "b")]) == 0
    written = (tmp_path / "b" / file_name("theorem6-sharper")).read_text(encoding="utf-8")
    assert written.count("Lemma statement_") == 4 and capsys.readouterr().out
    index = (tmp_path / "a" / "index.txt").read_text(encoding="utf-8")
    assert "theorem4-gap: M and Delta are compatible: NOT WRITTEN, REFUTED" in index
    statements = sum(len(result.parts) for result in some.results.values())
    assert len(re.findall("^[a-zA-Z].*: .*: ", index, re.M)) == statements


# --- what Coq says ---------------------------------------------------------------------------
@pytest.mark.slow
def test_every_lemma_compiles_and_rests_on_the_axioms_of_the_reals(everything, tmp_path):
    """The files of several claims as modules of one, since each start of coqc loads the reals."""
    entries = load()
    made = [lemmas(everything, key, entries) for key in everything.results]
    texts = [text(found) for found in made if any(w.text for w in found)]
    assert accepts(texts[0], tmp_path)  # as it is written
    for some in batched(texts, 12):
        said = compiled(HEAD + "".join(map(as_module, range(len(some)), some)), tmp_path)
        assert said.returncode == 0, said.stderr
        assert {*re.findall(r"^(\S+)$", said.stdout, re.M)} <= {"Axioms:", *AXIOMS}
        assert said.stdout.count("Axioms:") == len(some)


def batched(texts: list[str], size: int) -> list[list[str]]:
    return [texts[i : i + size] for i in range(0, len(texts), size)]


def as_module(i: int, whole: str) -> str:
    assert whole.startswith(HEAD)
    return f"Module claim_{i}.\n{whole.removeprefix(HEAD)}\nEnd claim_{i}.\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "proof",
    [
        {**PROOF, "terms": [["1/3", [0], []]]},
        {**PROOF, "factor": [["-1", [], []]], "terms": [["-1/2", [0], []]]},
        {**PROOF, "multipliers": []},
        {**PROOF, "factor": [], "terms": [], "multipliers": []},
        {**PROOF, "terms": [["1/2", [], [[["1", [1, 0]]]]]]},
    ],
    ids=["weight", "sign", "no multiplier", "nothing", "square"],
)
def test_a_tampered_identity_does_not_compile(proof, tmp_path):
    assert accepts(HEAD + lemma("small", STATEMENT, PROOF), tmp_path)
    assert not accepts(HEAD + lemma("small", STATEMENT, proof), tmp_path)


@pytest.mark.slow
def test_an_equality_may_stand_in_a_product(tmp_path):
    data = {**STATEMENT, "goal": [">=", [["-1", [1, 0]], ["1", [1, 1]]]]}  # x (R - 1) >= 0
    proof = {"factor": [["1", [], []]], "terms": [["1", [0, 1], []]], "multipliers": []}
    assert accepts(HEAD + lemma("small", data, proof), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("data", [SQUARE, ROOT])
def test_a_tampered_proof_by_cells_does_not_compile(data, tmp_path):
    """Neither for a false goal, nor where one constant of a step is changed."""
    whole = cells_lemma("small", data, ["-1", "0", "1"])
    assert accepts(HEAD + whole, tmp_path)
    start = whole.index("Lemma small :")
    sign = "0 <=" if data is SQUARE else "0 <"
    goal = whole.index(f"{sign} (", whole.index("->\n", whole.index("->\n", start) + 1))
    assert not accepts(f"{HEAD}{whole[:goal]}{sign} - ({whole[goal + len(sign) + 2 :]}", tmp_path)
    weight = whole.index(" by lra.", whole.index("Tw0"))
    assert not accepts(f"{HEAD}{whole[: weight - 1]}7{whole[weight:]}", tmp_path)
