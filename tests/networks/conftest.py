"""The tests in with_torch/ need the extra `torch`; without it they are left out, and it is said.

The continuous check (RELAXSMOOTH_NO_SKIPS) asks for this folder only once torch is there.
"""

from __future__ import annotations

from importlib.util import find_spec

HAS_TORCH = find_spec("torch") is not None
collect_ignore = [] if HAS_TORCH else ["with_torch"]


def pytest_report_header() -> str:
    if HAS_TORCH:
        return "networks: all tests (CUDA ones with -m gpu)"
    return "networks: tests/networks/with_torch left out; pip install '.[torch]' to run them"
