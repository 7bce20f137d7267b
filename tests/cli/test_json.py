"""Every document validates against the schema, repeats its run, and loses no number."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib.resources import files

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from relaxsmooth import audit
from relaxsmooth.cli import main
from relaxsmooth.report import SCHEMA
from relaxsmooth.text import parse_number

SCHEMA_TEXT = files("relaxsmooth").joinpath("schema.json").read_text(encoding="utf-8")
VALIDATOR = Draft202012Validator(json.loads(SCHEMA_TEXT))
DOUBLE_WELL = ("--function", "x^4 - 2x^2 + x/3", "--x0", "3", "--epsilon", "1/100", "--L1", "2")
RUNS = [
    ("verify", "--problem", "quartic", "--theorem", "zhang2020-theorem3"),
    ("verify", "--theorem", "gap", *DOUBLE_WELL),
    ("verify", "--theorem", "clip-ngd-equivalence"),
    ("verify", "--problem", "x2y2", "--theorem", "clip", "--L0", "1", "--L1", "1"),
    ("verify", "--theorem", "theorem4-line", "--L0", "4", "--L1", "1", "--M", "2", "--epsilon",
     "1/10"),
    ("certify", "x^4", "--L1", "1"),
    ("certify", "x^4", "--L1", "1", "--L0", "15"),
    ("certify", "x^4 - 2x^2 + x/3", "--L1", "1"),
    ("certify", "log(1 + exp(x))"),
    ("certify", "cosh(x)", "--L1", "1/2"),
    ("certify", "x^2*y^2"),
    ("certify", "x^4 + y^4 + x*y", "--L1", "1", "--L0", "20"),
    ("certify", "--L1", "1", "--", "-x^2"),
    ("count", "--rule", "gd", "--problem", "quartic", "--epsilon", "1e-4", "--h", "1/160"),
    ("count", "--rule", "clipped", *DOUBLE_WELL),
    ("count", "--rule", "gd", "--problem", "quartic", "--epsilon", "1/100", "--h", "1"),
    ("compare", "--function", "x^4", "--x0", "-3", "--L1", "1"),
    ("attack", "gd", "--divide", "8/5"),
    ("attack", "vankov2024-convex-optimal", "--evaluations", "1"),
    ("attack", "--rule", "gd", "--h", "1/L0", "--bound", "Delta*L0/eps^2", "--where", "L1 <= L0",
     "--where", "eps < L0/L1", "--evaluations", "1"),
    ("attack", "zhang2020-theorem4"),
    ("attack", "sums-double-L0"),
    ("worst-case", "--rule", "clipped", "--steps", "3", "--L1", "2"),
    ("worst-case", "--rule", "gd", "--h", "5/2", "--steps", "2", "--L1", "0", "--budget", "0"),
    ("worst-case", "--rule", "relaxed", "--theta", "1/2", "--epsilon", "1/10", "--convex"),
    ("worst-case", "--step-size", "1/(1 + 2g)", "--steps", "2"),
    ("worst-case", "--rule", "gd", "--h", "3", "--L1", "0", "--epsilon", "1/10"),
    ("game", "--L0", "1", "--L1", "5", "--M", "2", "--epsilon", "1/3", "--delta", "4"),
    ("interpolate", "--at", "0,0,1", "--at", "1,3/2,2", "--at", "3,2,-1"),
    ("interpolate", "--at", "0,?,-1", "--at", "2,?,3/2", "--convex"),
    ("interpolate", "--at", "0,exp(1) - 2,1", "--at", "1,1,2"),
]  # fmt: skip


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
def test_document_validates(run, words):
    first = run(words[0], "--json", "-", *words[1:])
    document = json.loads(first.stdout)
    VALIDATOR.validate(document)
    assert document["schema"] == SCHEMA
    assert document["exit_status"] == first.exit_code


FEW = (RUNS[1], RUNS[6], RUNS[14], RUNS[16], RUNS[22])  # each with arguments of every kind


@pytest.mark.parametrize(
    "words",
    [*FEW, *(pytest.param(w, marks=pytest.mark.slow) for w in RUNS if w not in FEW)],
    ids=" ".join,
)
def test_document_repeats_its_run(run, words):
    first = run(words[0], "--json", "-", *words[1:])
    command, *arguments = json.loads(first.stdout)["arguments"]
    assert run(command, "--json", "-", *arguments).stdout == first.stdout


def test_the_paper_with_its_findings_validates(run, monkeypatch):
    monkeypatch.setattr("relaxsmooth.verify.SUITE", (("ext", Fraction(1, 10), {}),))
    monkeypatch.setattr("relaxsmooth.verify.ALONG", (("parabola", Fraction(1, 10), {}),))
    monkeypatch.setattr("relaxsmooth.verify._lower_rows", lambda chosen, tell: ())
    few = [audit.first_hard_function(), audit.remark5()]
    monkeypatch.setattr("relaxsmooth.verify.audit", lambda progress: few)
    result = run("verify", "--json", "-")
    document = json.loads(result.stdout)
    VALIDATOR.validate(document)
    assert result.exit_code == 0
    assert [f["key"] for f in document["findings"]] == [f.key for f in few]
    assert {row["verdict"]["status"] for row in document["rows"]} >= {"PROVED", "CONSISTENT"}
    assert set(document["problems"]) == {"ext", "parabola"}


def test_exact_numbers_are_exact(run):
    document = json.loads(run(*RUNS[13], "--json", "-").stdout)
    assert document["count"]["earliest"] == document["count"]["latest"] == "23378"
    assert document["parameters"] == {"h": "1/160"}
    norm = document["count"]["gradient_norm"]
    assert parse_number(norm["mid"]) + parse_number(norm["rad"]) <= Fraction(1, 10**4)


def test_an_irrational_minimum_is_an_interval_with_a_name(run):
    least = json.loads(run(*RUNS[7], "--json", "-").stdout)["minimal_L0"]
    middle, radius = parse_number(least["mid"]), parse_number(least["rad"])
    root = (middle - Fraction(25, 3)) * 9 / 64  # the value is 25/3 + 64 sqrt(3)/9
    assert abs(root**2 - 3) <= 4 * radius + Fraction(1, 10**25)
    assert least["exact"].startswith("25/3 + 64*sqrt(3)/9")


@pytest.fixture(scope="module")
def whole() -> str:
    return CliRunner().invoke(main, [*RUNS[0], "--json", "-"]).stdout


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.update(schema="relaxsmooth/2"),
        lambda d: d.update(exit_status=2),
        lambda d: d.update(extra=1),
        lambda d: d.pop("rows"),
        lambda d: d["rows"][0].update(bound=1.5),
        lambda d: d["rows"][0]["verdict"].update(status="TRUE"),
        lambda d: d["rows"][0]["count"].update(earliest=12),
        lambda d: d["rows"][0]["bound"].update(mid="1,5"),
        lambda d: d["rows"][0]["bound"].pop("rad"),
    ],
)
def test_false_twin_a_damaged_document_is_refused(whole, damage):
    document = json.loads(whole)
    assert VALIDATOR.is_valid(document)
    damage(document)
    assert not VALIDATOR.is_valid(document)
