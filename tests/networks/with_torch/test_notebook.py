"""The notebook that needs torch passes the checks of the others."""

from __future__ import annotations

import pytest
import test_notebooks as checks

pytestmark = pytest.mark.slow

with_torch = pytest.mark.parametrize(
    "path", [path for path in checks.ALL if path.stem in checks.WITH_TORCH], ids=checks.by_name
)


@with_torch
def test_a_fresh_run_says_what_is_stored(path):
    checks.test_a_fresh_run_says_what_is_stored(path)


@with_torch
def test_a_stored_notebook_is_small_complete_and_readable(path):
    checks.test_a_stored_notebook_is_small_complete_and_readable(path)


def test_no_notebook_is_left_to_nobody():
    left = {path.stem for path in checks.ALL} - {path.stem for path in checks.NOTEBOOKS}
    assert left == set(checks.WITH_TORCH) == {"05_real_networks"}
