"""Runs over all claims and over some of every sort, shared by the tests that only read them."""

from __future__ import annotations

import pytest

from proofs_check.run import run

SOME = ("phi", "member-x4", "member-takezawa", "theorem6-sharper", "half-decrease", "theorem4-gap")


@pytest.fixture(scope="session")
def everything():
    return run()


@pytest.fixture(scope="session")
def some():
    return run(SOME)
