"""One run over all claims, shared by the tests that only read it."""

from __future__ import annotations

import pytest

from proofs_check.run import run


@pytest.fixture(scope="session")
def everything():
    return run()
