"""Hypothesis profiles: `quick` is the default, `continuous` what .ci/run draws, both deterministic;
`thorough` is for long runs.

pytest -m hypothesis --hypothesis-profile=thorough
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

# derandomize: the same examples on every machine, so that a red suite is always a change.
# No deadline and no complaint about slow draws: the clock is no property of a statement.
for name, examples in (("quick", 20), ("continuous", 100)):
    settings.register_profile(
        name,
        max_examples=examples,
        derandomize=True,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.register_profile(
    "thorough",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("quick")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line inside this process: run("certify", "x^4", "--L1", "1") -> the result, in
    an empty folder."""
    from click.testing import CliRunner

    from relaxsmooth.cli import main as program

    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(program, words, prog_name="relaxsmooth")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[Any]:
    """With RELAXSMOOTH_NO_SKIPS set, as the continuous check sets it, a skip is a failure."""
    outcome = yield
    report = outcome.get_result()
    if (
        report.skipped
        and os.environ.get("RELAXSMOOTH_NO_SKIPS")
        and not hasattr(report, "wasxfail")
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped where a skip is a failure: {report.longrepr}"
