"""The examples of docs/property-tests.md run, and their false twins fail readably."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from relaxsmooth.members import member

DOC = (Path(__file__).parents[2] / "docs" / "property-tests.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
SHOWN = re.findall(r"```text\n(.*?)```", DOC, re.DOTALL)


def property_test(code: str) -> Any:
    """The one test function that a block of the document defines (our own text, so it is run)."""
    namespace: dict[str, Any] = {"__name__": "written_theorem"}
    exec(compile(code, "docs/property-tests.md", "exec"), namespace)
    (test,) = (value for name, value in namespace.items() if name.startswith("test_"))
    return test


def counterexample(code: str) -> str:
    """What Hypothesis reports about a test that fails."""
    with pytest.raises(AssertionError) as caught:
        property_test(code)()
    return "\n".join(getattr(caught.value, "__notes__", []))


def test_the_document_has_its_examples() -> None:
    assert len(EXAMPLES) == 2
    assert len(SHOWN) == 1


@pytest.mark.parametrize("code", EXAMPLES, ids=["step", "parameters"])
def test_an_example_of_the_document_passes(code: str) -> None:
    property_test(code)()


@pytest.mark.parametrize("code", EXAMPLES, ids=["step", "parameters"])
def test_a_theorem_takes_ten_lines(code: str) -> None:
    written = code[code.index("@given") :].strip()
    assert len(written.splitlines()) <= 10


def test_the_false_twin_of_a_step_fails_with_a_member_of_two_pieces() -> None:
    assert EXAMPLES[0].count("89") == 1
    report = counterexample(EXAMPLES[0].replace("89", "95"))
    assert re.search(r"f=member\(\s*L0=Fraction\(1, 1\),\s*L1=Fraction\(1, 1\),", report)
    assert re.search(r"knots=\[Fraction\(-?\d, 1\)\],\s*values=\[Fraction\(-?\d, 1\)\],", report)


def test_the_member_that_the_document_shows_refutes_the_twin_and_not_the_theorem() -> None:
    call = SHOWN[0].strip().removeprefix("f=").removesuffix(",")
    shown = eval(call, {"member": member, "Fraction": Fraction})
    property_test(EXAMPLES[0]).hypothesis.inner_test(shown)
    with pytest.raises(AssertionError):
        property_test(EXAMPLES[0].replace("89", "95")).hypothesis.inner_test(shown)


def test_the_false_twin_about_constants_fails() -> None:
    report = counterexample(EXAMPLES[1].replace("evaluate([M, ", "evaluate([M + M / 3, "))
    assert re.search(r"'L0': Fraction\(1, 1\),\s+'L1': Fraction\(1, 1\)", report)
