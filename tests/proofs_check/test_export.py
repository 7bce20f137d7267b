"""The exports read the same statements."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from proofs_check.backends import available, backend
from proofs_check.cli import main, parser
from proofs_check.export import files, graph
from proofs_check.export.findings import page
from proofs_check.export.latex import document
from proofs_check.export.smtlib import script, write
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
    for path in tmp_path.glob("*.smt2"):
        assert path.read_text(encoding="utf-8").count("(assert (not ") == 1


SQUARE = {
    "variables": ["x"],
    "hypotheses": [[">=", [["-3/2", [0]], ["1", [1]]]]],
    "goal": [">", [["-2", [0]], ["1", [2]]]],
}  # x >= 3/2 => x^2 > 2


def test_the_goal_is_negated_in_the_file():
    text = script(SQUARE, "unsat")
    assert "(assert (>= (+ (- (/ 3.0 2.0)) (* 1.0 x)) 0.0))" in text
    assert "(assert (not (> (+ (- 2.0) (* 1.0 x x)) 0.0)))" in text
    assert text.index("(set-info :status unsat)") < text.index("(set-logic QF_NRA)")


@pytest.mark.parametrize(("constant", "answer"), [("-2", "unsat"), ("-9/4", "sat")])
@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_a_solver_reads_the_file_and_tells_a_false_twin(solver, constant, answer):
    data = {**SQUARE, "goal": [">", [[constant, [0]], ["1", [2]]]]}
    assert available(solver), f"pip install 'relaxsmooth[proofs]' brings {solver}"
    said = backend(solver)(data)
    assert str(said.answer) == {"unsat": "proved", "sat": "refuted"}[answer]


def test_a_refuted_statement_expects_sat(ledger, tmp_path):
    write(run(["theorem7-printed-step"]), tmp_path)
    statuses = {re.findall(r":status (\w+)", p.read_text())[0] for p in tmp_path.glob("*.smt2")}
    assert statuses == {"sat", "unsat"}


@pytest.mark.slow
def test_the_picture_overlaps_no_two_labels(everything):
    edges = graph.uses(everything)
    linked = [k for k in everything.results if any(k in edge for edge in edges)]
    depth = graph.depths(linked, edges)
    assert all(depth[a] < depth[b] for a, b in edges)
    height = graph.ordered(graph.routes(depth, edges))
    for column in set(depth.values()):
        rows = sorted(h for (_, c), h in height.items() if c == column)
        assert all(b - a > 0.99 for a, b in pairwise(rows))


# --- the command -----------------------------------------------------------------------------
WRONG = [
    (["--claim", "xyzzy"], "claim 'xyzzy' is not known; python -m proofs_check lists all of them"),
    (["--claim", "theorem6"], "did you mean zhang2020-theorem6 or theorem6-sharper? "),
    (["--claim", "gd_line"], "claim 'gd_line' is not known; did you mean gd-line or "),
    (["--graph", "uses.doc"], "must end in one of .png, .pdf, .svg"),
    (["--graph", "no/folder/uses.png"], "there is no folder no/folder; make it first"),
    (["--findings", "."], "it is a folder; name a file in it"),
    (["--findings", "a.md", "--claim", "gap"], "leave out --claim"),
    (["--coq", "a-file"], "it is a file; name a folder"),
    (["--smtlib", "a-file/below"], "a-file"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=lambda value: str(value)[:24])
def test_bad_usage_is_one_line_and_status_2(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    assert main(["--claim", "growth", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--json", "--latex"], ["--graph"], ["--backend", "foo"]])
def test_what_argparse_refuses_has_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2 and "error: " in capsys.readouterr().err


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    where = {name: str(tmp_path / name) for name in ("smtlib", "coq")}
    options = [part for name, path in where.items() for part in (f"--{name}", path)]
    assert main(["--claim", "growth-4", *options]) == 0
    error = capsys.readouterr().err
    assert all(path in error for path in where.values()) and "statements" in error


def test_the_findings_are_written(ledger, tmp_path):
    told, options = [], parser().parse_args(["--findings", str(tmp_path / "a.md")])
    files.write(ledger, options, told.append)
    assert told == [f"{tmp_path / 'a.md'}: what is wrong as printed"]
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("# Findings")


def test_the_picture_is_drawn(ledger, tmp_path):
    graph.draw(ledger, tmp_path / "uses.png")
    assert (tmp_path / "uses.png").stat().st_size > 1000
