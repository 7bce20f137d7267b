"""Second opinions agree with the kernel, say no to false statements, and are absent by name."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from kernel_examples import TRUE, certificate, claimed
from test_kernel_tampered import changed, places, replaced, small

from proofs_check import backends, kernel
from proofs_check.backends import ALL, NAMES, Opinion, available, backend, qepcad_backend
from proofs_check.backends.falsifier import falsify, witness
from proofs_check.evidence import hypotheses_hold, point_of, refutes
from proofs_check.export.smtlib import polynomial, script
from proofs_check.ledger import Obligation, claims
from proofs_check.reduction import at_most, below, positive
from proofs_check.run import run
from proofs_check.statement import exp as e
from proofs_check.statement import statement, variables
from relaxsmooth.formula import exp, symbol

X, Y = symbol("x"), symbol("y")
FALSE = Obligation("false", "x y", positive(X, Y), at_most(X * Y, X**2)).reduced()[0].data
GOOD = Obligation("true", "x y", positive(X, Y), at_most(2 * X * Y, X**2 + Y**2)).reduced()[0].data
SOLVERS = [name for name in ("z3", "cvc5", "qepcad") if available(name)]
OWN = ("flint", "sympy")
T = variables("t")[0]
A, B = variables("a b")


def says(name, data, hint=None):
    return backend(name)(data, hint or {}).answer


# --- every back end -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOLVERS)
def test_a_solver_decides_without_a_certificate(name):
    assert says(name, GOOD) == "proved"
    assert says(name, FALSE) == "refuted"
    assert says(name, Obligation("e", "x", [], at_most(1 + X, exp(X))).reduced()[0].data) == (
        "undecided"
    )


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("example", TRUE)
def test_they_read_every_kind_of_certificate(name, example):
    data, hint = TRUE[example][1], {"certificate": certificate(example)}
    answer = says(name, data, hint)
    leaves_in_two_variables = name == "sympy" and "leaf" in str(hint) and "y" in data["variables"]
    assert answer == ("undecided" if leaves_in_two_variables else "proved")


@pytest.mark.parametrize("name", OWN)
def test_a_false_statement_is_refuted_at_an_exact_point(name):
    opinion = backend(name)(FALSE, {})
    assert opinion.answer == "refuted" and refutes(FALSE, point_of(opinion.point))


@pytest.mark.parametrize("name", [*OWN, *SOLVERS])
def test_names_that_are_words_elsewhere_do_no_harm(name):
    words = {**GOOD, "variables": ["let", "assert"]}
    hint = {"certificate": claimed(words, "handelman", square())} if name in OWN else {}
    assert says(name, words, hint) == "proved"


def square():
    root = [["-1", [0, 1]], ["1", [1, 0]]]
    one = [["1", [], []]]
    return {"factor": one, "terms": [["1", [], [root]]], "multipliers": []}


# --- one variable: decided both ways, against the kernel's exact arithmetic ----------------------


def drawn_polynomial(draw):
    """Products of small factors, so that double, common and touching roots are frequent."""
    f = T**0 * draw.choice([-1, 1, 2])
    for _ in range(draw.randint(1, 3)):
        root = Fraction(draw.randint(-3, 3), draw.randint(1, 2))
        f = f * draw.choice([T - root, (T - root) ** 2, T**2 - draw.randint(1, 5), T**2 + T + 1, T])
    return f


def drawn_exponential(draw):
    rates = [Fraction(-1), Fraction(0), Fraction(1, 2), Fraction(1)]
    terms = [
        T ** draw.randint(0, 2) * e(draw.choice(rates) * T) * draw.randint(-3, 3)
        for _ in range(draw.randint(1, 3))
    ]
    return sum(terms[1:], terms[0])


def compared(draw, f):
    return draw.choice([f > 0, f >= 0, f.equals(0)])


def fails_at_a_sample(data):
    points = [(Fraction(i, 8),) for i in range(-40, 41)]
    return any(refutes(data, x) for x in points)


def seeds(few, total):
    """The first few in the minute suite, all of them in the continuous check."""
    later = (pytest.param(seed, marks=pytest.mark.slow) for seed in range(few, total))
    return [*range(few), *later]


@pytest.mark.parametrize("seed", seeds(15, 120))
def test_polynomials_on_the_line_are_decided_alike(seed):
    draw = Random(seed)
    data = statement(
        [compared(draw, drawn_polynomial(draw)) for _ in range(draw.randint(0, 2))],
        compared(draw, drawn_polynomial(draw)),
    )
    answers = {name: says(name, data) for name in (*OWN, *SOLVERS)}
    assert len(set(answers.values()) - {"undecided"}) == 1, (data, answers)
    assert answers["flint"] != "undecided" and answers["sympy"] != "undecided"
    if fails_at_a_sample(data):
        assert answers["flint"] == "refuted"


@pytest.mark.parametrize("seed", seeds(12, 80))
def test_exponentials_on_the_line(seed):
    """flint decides by Rolle, sympy by Taylor: neither may contradict the other or a point."""
    draw = Random(seed)
    low = Fraction(draw.randint(-2, 1))
    given = draw.choice([[], [low <= T], [low <= T, low + 1 >= T], [compared(draw, T**2 - 1)]])
    data = statement(given, compared(draw, drawn_exponential(draw)))
    answers = {says(name, data) for name in OWN}
    assert len(answers - {"undecided"}) < 2, (data, answers)
    if fails_at_a_sample(data):
        assert "proved" not in answers
    elif "refuted" in answers:  # then at a point between the samples, or an irrational one
        point = backend("flint")(data, {}).point
        assert point is None or refutes(data, point_of(point))


def test_flint_decides_most_of_them():
    draw, undecided = Random(5), 0
    for _ in range(60):
        data = statement([T >= 0], compared(draw, drawn_exponential(draw)))
        undecided += says("flint", data) == "undecided"
    assert undecided < 6


def test_a_double_zero_that_is_irrational_is_left_undecided():
    f = e(T) - 2
    assert says("flint", statement([], f * f >= 0)) == "undecided"
    assert says("flint", statement([], f * f + Fraction(1, 10**9) > 0)) == "proved"
    assert says("flint", statement([], f * f - Fraction(1, 10**9) > 0)) == "refuted"


def test_an_exact_contact_is_no_strict_inequality():
    phi = e(T) - 1 - T
    assert [says("flint", statement([], g)) for g in (phi >= 0, phi > 0)] == ["proved", "refuted"]


# --- several variables ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(6, 40))
def test_identities_by_construction_and_their_false_twins(seed):
    """goal = sum of products by construction; one coefficient changed makes the proof no proof."""
    draw = Random(seed)
    given = [drawn_linear(draw) >= 0 for _ in range(2)]
    root = drawn_linear(draw)
    weights = [Fraction(draw.randint(1, 5), draw.randint(1, 3)) for _ in range(2)]
    goal = weights[0] * given[0].term * given[1].term + weights[1] * root * root
    terms = [[str(weights[0]), [0, 1], []]]
    terms += [[str(weights[1]), [], [kernel.written(root.f, 2)]]]
    proof = {"factor": [["1", [], []]], "terms": terms, "multipliers": []}
    data = statement(given, goal >= 0)
    twin = statement(given, goal - Fraction(1, 7) * A >= 0)
    for name in OWN:
        assert says(name, data, {"certificate": claimed(data, "handelman", proof)}) == "proved"
        answer = says(name, twin, {"certificate": claimed(twin, "handelman", proof)})
        assert answer == "undecided" or refuted_by_some_point(name, twin), (twin, answer)


def drawn_linear(draw):
    return draw.randint(1, 3) * A + draw.randint(-3, 3) * B + draw.randint(-2, 2)


def refuted_by_some_point(name, data):
    point = backend(name)(data, {}).point
    return point is not None and refutes(data, point_of(point))


def test_bounded_boxes_need_no_certificate():
    box = [A >= 0, A <= 1, B >= 0, B <= 1]
    assert says("flint", statement(box, A**2 + B**2 - A * B - A + 1 > 0)) == "proved"
    assert says("flint", statement(box, A**2 + B**2 - A * B - A + Fraction(1, 9) > 0)) == "refuted"
    touching = statement(box, (A - B) ** 2 + (A - Fraction(1, 3)) ** 2 >= 0)
    assert says("flint", touching) == "undecided"


def test_tampered_certificates_are_no_proofs():
    """What the kernel rejects they accept only where it is another proof of the same statement.

    That is so for rearranged lists and numbers not in lowest terms; on one variable flint and
    sympy decide without the certificate, so here are the statements in several.
    """
    names = [name for name in small() if len(TRUE[name][1]["variables"]) > 1]
    draw, tried, refused = Random(3), 0, dict.fromkeys(OWN, 0)
    while tried < 100:
        name = draw.choice(names)
        data, proof = TRUE[name][1], certificate(name)
        path = draw.choice(list(places(proof["proof"])))
        entry = proof["proof"]
        for key in path:
            entry = entry[key]
        wrong = {**proof, "proof": replaced(proof["proof"], path, changed(entry, draw))}
        try:
            kernel.check(data, wrong)
        except kernel.Rejected:
            tried += 1
            for who in OWN:
                refused[who] += not module(who).reads(asked(who, data), wrong)
    assert min(refused.values()) > 0.95 * tried, refused


def module(who):
    from proofs_check.backends import flint_backend, sympy_worker

    return {"flint": flint_backend, "sympy": sympy_worker}[who]


def asked(who, data):
    from proofs_check.backends import flint_numbers, sympy_numbers

    return {"flint": flint_numbers, "sympy": sympy_numbers}[who].statement(data)


@pytest.mark.parametrize("who", OWN)
@pytest.mark.parametrize(
    "proof",
    [
        None,
        [],
        {},
        {"kind": "tree"},
        {"kind": "handelman", "proof": {"factor": [["1", [], []]], "terms": [["-1", [0], []]]}},
        {"kind": "tree", "proof": ["using", -1, "1", ["sign"]]},
        {"kind": "tree", "proof": ["using", 0, "-1", ["sign"]]},
        {"kind": "tree", "proof": ["rise", True, ["sign"], ["sign"]]},
        {"kind": "tree", "proof": ["split", 0, "nan", ["sign"], ["sign"]]},
        {"kind": "tree", "proof": "sign"},
    ],
)
def test_malformed_certificates_are_no_proofs_and_no_errors(who, proof):
    data = statement([A >= 0, B >= -1], A + B >= 0)
    assert not module(who).reads(asked(who, data), proof)


def test_a_tree_may_not_use_a_hypothesis_on_the_way_of_a_derivative():
    data = statement([A >= 0, B >= A], B >= 0)
    proof = claimed(data, "tree", ["rise", 0, ["using", 1, "1", ["sign"]], ["sign"]])
    for who in OWN:
        assert not module(who).reads(asked(who, data), proof)


# --- independence ---------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", OWN)
def test_no_line_is_shared_with_the_kernel(prefix):
    """They import neither the kernel nor anything that does, nor one another."""
    folder = Path(backends.__file__).parent
    for path in folder.glob(f"{prefix}_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("proofs_check"):
                assert node.module.startswith("proofs_check.backends")
                others = [other for other in OWN if other != prefix]
                assert not any(f"{other}_" in node.module for other in others)
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    assert "from proofs_check" not in source


def test_sympy_is_asked_in_a_process_without_flint():
    """sympy would compute with flint here; the worker refuses to."""
    import subprocess
    import sys

    from proofs_check.backends import sympy_backend

    environment = sympy_backend.environment() | {"SYMPY_GROUND_TYPES": "flint"}
    done = subprocess.run(
        [sys.executable, "-m", "proofs_check.backends.sympy_worker"],
        input="",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "SYMPY_GROUND_TYPES" in done.stderr


@pytest.mark.slow
def test_a_worker_that_ends_is_started_again():
    from proofs_check.backends import sympy_backend

    running = sympy_backend.worker()
    running.kill()
    running.wait()  # asked again, worker() could be the next one, which does not end
    assert says("sympy", statement([], T**2 + 1 > 0)) == "proved"


@pytest.mark.parametrize("bits", [60, 240])
@pytest.mark.parametrize("q", ["0", "1/3", "-7", "45/2", "-1/1000"])
def test_the_bounds_of_exp_enclose_it_tightly(q, bits):
    from proofs_check.backends.sympy_numbers import exp_bounds

    low, high = exp_bounds(Fraction(q), bits)
    kernels = kernel.exp(Fraction(q), 384)
    assert (low <= kernels[0] and kernels[1] <= high) or q == "0"
    assert low <= high and (high - low) < low / 2 ** (bits // 2)


# --- absence, and the programs --------------------------------------------------------------------


def test_an_absent_back_end_is_named_and_not_asked(monkeypatch):
    monkeypatch.setattr(backends, "available", lambda name: name == "flint")
    ledger = run(["phi"], ["cvc5"], recorded={})
    assert ledger.absent == ("cvc5",)
    assert "cvc5" not in ledger.results["phi"].backends


@pytest.mark.parametrize(
    "key", ["zhang2020-theorem6", pytest.param("armijo", marks=pytest.mark.slow)]
)
def test_they_agree_with_the_kernel(key):
    present = [name for name in ALL if available(name)]
    result = run([key], present, recorded={}).results[key]
    assert set(result.backends) == {"kernel", *present} and not result.recorded


def test_a_program_is_present_only_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not available("qepcad") and not available("coq")
    fake(tmp_path / "qepcad", "cat")
    assert available("qepcad")


def fake(path, command):
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    path.chmod(0o755)


SAID = "An equivalent quantifier-free formula:\n\n{}\n\n\n=====================  The End  ====\n"


@pytest.mark.parametrize(
    ("printed", "answer"),
    [
        (SAID.format("TRUE"), "proved"),
        (SAID.format("FALSE"), "refuted"),
        (SAID.format("x > 0"), "undecided"),
        ("Failure occurred in: GCAI (not enough space)", "undecided"),
        ("", "undecided"),
    ],
)
def test_what_qepcad_prints_is_read(monkeypatch, tmp_path, printed, answer):
    (tmp_path / "said").write_text(printed, encoding="utf-8")
    fake(tmp_path / "qepcad", f"/bin/cat {tmp_path}/said")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert says("qepcad", GOOD) == answer


def test_qepcad_is_given_some_seconds(monkeypatch, tmp_path):
    fake(tmp_path / "qepcad", "exec /bin/sleep 5")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(qepcad_backend, "SECONDS", 0.1)
    assert says("qepcad", GOOD) == "undecided"


def test_what_qepcad_is_told():
    text = qepcad_backend.script(backends.renamed(GOOD))
    assert "(A x0)(A x1)[ [1 x0 > 0 /\\ 1 x1 > 0] ==> [" in text
    assert text.endswith("\nfinish\n") and "(-2) x0 x1" in text


@pytest.mark.parametrize(("command", "answer"), [("exit 1", "undecided"), ("touch", "proved")])
def test_coq_is_believed_only_with_its_object_file(monkeypatch, tmp_path, command, answer):
    fake(tmp_path / "coqc", "/bin/touch statement.vo" if command == "touch" else command)
    monkeypatch.setenv("PATH", str(tmp_path))
    data = TRUE["a square"][1]
    assert says("coq", data, {"certificate": certificate("a square")}) == answer
    assert says("coq", data) == "undecided"


@pytest.mark.slow
def test_coq_itself_where_it_is_present():
    if not available("coq"):
        pytest.skip("coqc is not on PATH")  # the continuous check installs it
    data, wrong = TRUE["a square"][1], TRUE["a square"][1] | {"goal": [">", [["-1", [0, 0]]]]}
    hint = {"certificate": certificate("a square")}
    assert (says("coq", data, hint), says("coq", wrong, hint)) == ("proved", "undecided")


def test_every_name_is_a_back_end():
    assert set(ALL) < set(NAMES)
    for name in NAMES:
        assert callable(backend(name))
    assert Opinion.read(Opinion.refuted("x", ["1"]).record()) == Opinion.refuted("x", ["1"])


# --- the falsifier --------------------------------------------------------------------------------


def test_the_falsifier_finds_an_exact_point():
    point = falsify(FALSE)
    assert point is not None and refutes(FALSE, point)
    assert falsify(GOOD) is None


def test_a_witness_is_exact_also_on_an_equality():
    data = Obligation(
        "e", "x y", [below(1, X), at_most(X * Y, 1), at_most(1, X * Y)], at_most(0, Y)
    )
    found = witness(data.reduced()[0].data)
    assert found is None or hypotheses_hold(data.reduced()[0].data, found)


def test_smtlib_writes_powers_as_products():
    reduced = claims()["zhang2020-theorem6"].obligations[-1].reduced()[0]
    assert polynomial(reduced.data)
    text = script(GOOD)
    assert "(* " in text and "^" not in text and "pow" not in text


# --- last, as it ends the worker ------------------------------------------------------------------


def test_an_answer_that_takes_too_long_is_no_answer(monkeypatch):
    from proofs_check.backends import sympy_backend

    running = sympy_backend.worker()
    monkeypatch.setattr(sympy_backend, "select", lambda *_: ([], [], []))  # no answer in time
    assert says("sympy", statement([], T**2 + 1 > 0)) == "undecided"
    assert running.poll() is not None
