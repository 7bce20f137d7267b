"""Certificates in words: an identity that is printed is multiplied out again from its text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sympy import Rational, Symbol, expand

from proofs_check import kernel
from proofs_check.cli import main
from proofs_check.export.latex import document, plain
from proofs_check.export.readable import reading
from proofs_check.ledger import claims, impossible
from proofs_check.search import certify
from proofs_check.statement import exp, shown, statement, variables
from proofs_check.store import load

L0, L1, g, h = variables("L0 L1 g h")
MARGIN = statement(
    [L0 >= 0, 10 * L0 * h <= 1, 10 * L1 * g * h <= 1], 1 - (5 * L0 + 4 * L1 * g) * h > 0
)
t, *_ = variables("t")
PHI = statement([t >= 0], exp(t) - 1 - t >= 0)
x, *_ = variables("x")
QUARTIC = statement([x >= 0], 16 - 12 * x**2 + 4 * x**3 >= 0)


def lines_of(data, certificate):
    return [text for _, text in reading(data, certificate)]


def product(text):
    """Reads one side of a printed identity; a blank multiplies, as a person reads it."""
    symbols = {name: Symbol(name) for name in re.findall(r"[A-Za-z]\w*", text)}
    position = 0

    def peek():
        return text[position : position + 1]

    def skip(n=1):
        nonlocal position
        position += n

    def summed():
        total, sign = 0, 1
        if peek() == "-":
            sign = -1
            skip()
        total = sign * factors()
        while text[position : position + 3] in (" + ", " - "):
            sign = 1 if text[position + 1] == "+" else -1
            skip(3)
            total += sign * factors()
        return total

    def factors():
        made = power()
        while peek() == "*" or (peek() == " " and text[position + 1 : position + 3] not in OPS):
            skip()
            made *= power()
        return made

    def power():
        if peek() == "(":
            skip()
            base = summed()
            assert peek() == ")"
            skip()
        else:
            word = re.match(r"\d+(/\d+)?|[A-Za-z]\w*", text[position:])[0]
            skip(len(word))
            base = symbols[word] if word in symbols else Rational(word)
        raised = re.match(r"\^(\d+)", text[position:])
        if raised:
            skip(len(raised[0]))
        return base ** int(raised[1]) if raised else base

    OPS = ("+ ", "- ")
    made = summed()
    assert position == len(text), text[position:]
    return made


def holds(identity):
    left, right = identity.split(" = ")
    return expand(product(left) - product(right)) == 0


def test_the_margin_reads_as_a_person_writes_it():
    (line,) = lines_of(MARGIN, certify(MARGIN, "handelman"))
    assert line == "1 - 5*L0*h - 4*L1*g*h = 1/10 + 1/2 (1 - 10*L0*h) + 2/5 (1 - 10*L1*g*h)"
    assert holds(line) and not holds(line.replace("2/5", "3/5"))


def test_every_printed_identity_of_a_polynomial_is_true():
    entries, count = load(), 0
    for claim in list(claims().values())[::9]:
        for reduced in (r for o in claim.obligations for r in o.reduced()):
            entry = entries.get(kernel.statement_hash(reduced.data), {})
            empty, certificate = entry.get("empty"), entry.get("certificate")
            data = reduced.data if empty is None else impossible(reduced.data, empty)
            if certificate and certificate["kind"] != "tree":
                for line in lines_of(data, certificate):
                    if " = " in line and "e^" not in line and "roots" not in line:
                        assert holds(line), line
                        count += 1
    assert count > 9


def test_a_ladder_names_each_derivative():
    lines = reading(PHI, certify(PHI, "tree"))
    assert lines == [
        (0, "e^(t) - 1 - t grows in t, and is nonnegative at t = 0."),
        (1, "The derivative in t:"),
        (2, "e^(t) - 1 grows in t, and is nonnegative at t = 0."),
        (3, "The derivative in t:"),
        (4, "e^(t): every term is nonnegative."),
    ]


def test_cells_show_the_double_root():
    lines = lines_of(QUARTIC, certify(QUARTIC, "cells"))
    assert lines[0] == "16 + 4*x^3 - 12*x^2 = 4 (1 + x) (x - 2)^2"
    assert lines[-1].startswith("The real roots are separated by x = ")


# --- LaTeX -----------------------------------------------------------------------------------
def balanced(text):
    """Braces and dollars in pairs, line by line; no character that pdflatex does not know."""
    bare = re.sub(r"\\[\\{}$%&#_]", "", text)
    return (
        text.isascii()
        and bare.count("{") == bare.count("}")
        and all(line.count("$") % 2 == 0 for line in bare.splitlines())
    )


@pytest.mark.slow
def test_the_appendix_can_be_read_by_pdflatex(everything):
    text = document(everything)
    assert balanced(text) and not balanced(text.replace("$", "", 1))
    assert not re.search(r"(?<!\\)[_^#&](?![^$]*\$)", plain("a_b^c & # %") + " ")
    for kind in ("itemize", "longtable"):
        assert text.count(rf"\begin{{{kind}}}") == text.count(rf"\end{{{kind}}}")
    assert r"(1 + x)\,\allowbreak (x - 2)^{2}" in text


@pytest.mark.parametrize("text", ["a_b", "50%", "{x}", "$", "#1", "A & B", "\\input", "x^2 ~ y"])
def test_names_are_escaped(text):
    made = plain(text)
    assert balanced(made) and r"\input" not in made.replace(r"\textbackslash{}input", "")


def test_a_refuted_statement_shows_its_counterexample(capsys):
    assert main(["--claim", "theorem4-gap", "--latex"]) == 0
    assert "Refuted at u = " in capsys.readouterr().out


# --- the page for a referee ------------------------------------------------------------------
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "proofs.md").read_text(encoding="utf-8")


def entry_of(name):
    (obligation,) = (o for o in claims()["zhang2020-theorem3"].obligations if o.name == name)
    (reduced,) = obligation.reduced()
    return reduced.data, load()[kernel.statement_hash(reduced.data)]["certificate"]


def test_the_worked_example_of_the_page_is_the_committed_one():
    data, certificate = entry_of("margin")
    (identity,) = lines_of(data, certificate)
    assert identity in PAGE and " ".join(shown(data).split()) in " ".join(PAGE.split())
    assert json.dumps(certificate["proof"]["terms"]) in PAGE
    data, certificate = entry_of("phi(t) <= 1 t^2 up to 1/10")
    for depth, text in reading(data, certificate):
        assert f"{'  ' * depth}{text}\n" in PAGE
    assert json.dumps(certificate["proof"]) in PAGE


def test_the_sizes_on_the_page_are_true():
    lines = len(Path(kernel.__file__).read_text(encoding="utf-8").splitlines())
    assert PAGE.count(f"{lines} lines") == 2
    proofs = [json.dumps(e["certificate"]) for e in load().values() if e.get("certificate")]
    assert max(map(len, proofs)) < 1000 and sum(map(len, proofs)) / len(proofs) < 250
