"""What there is, and what exactly a theorem says."""

from __future__ import annotations

import pytest

from relaxsmooth.source import bibliography
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.updates import rules


def test_list_names_everything(run):
    result = run("list")
    assert result.exit_code == 0
    for key in (*theorems(), *inequalities(), *rules(), "quartic", "x2y2"):
        assert f"\n{key} " in result.stdout


def test_list_of_one_kind_has_nothing_else(run):
    assert "quartic" not in run("list", "rules").stdout
    assert "min(eta, eta*gamma/g)" in run("list", "rules").stdout


def test_cite_prints_the_exact_theorem_and_bibtex(run):
    text = run("cite", "zhang2020-theorem3").stdout
    assert "eta = 1/(10*L0)" in text
    assert "T_eps <= 20*L0*Delta/eps^2 + 20*max(1, L1^2)*Delta/L0" in text
    assert "f is C^2 and ‖∇²f‖ <= L0 + L1‖∇f‖" in text
    assert "known: [M] recalled, constants provisional" in text
    assert "@inproceedings{zhang2020," in text


def test_cite_of_a_lower_bound_says_for_every_step(run):
    text = run("cite", "zhang2020-theorem4").stdout
    assert "at least, for every parameter of the method some function of the class" in text
    assert "1 < M" in text and "theorem4-as-printed" in text


@pytest.mark.parametrize("key", [*theorems(), *inequalities()])
def test_every_statement_is_cited_with_its_source(run, key):
    result = run("cite", key)
    assert result.exit_code == 0
    assert "<=" in result.stdout or ">=" in result.stdout
    assert result.stdout.rstrip().endswith("}")


@pytest.mark.parametrize("key", bibliography())
def test_every_bib_key_is_cited(run, key):
    assert run("cite", key).stdout.startswith("@")
