"""Running the command line inside this process."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from relaxsmooth.cli import main as program


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run("certify", "x^4", "--L1", "1") -> the result, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(program, words, prog_name="relaxsmooth")

    return invoke
