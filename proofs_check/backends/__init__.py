"""Second opinions, each independent of the kernel; what is not installed is reported absent.

Every back end is one function: statement -> "proved", "refuted", "undecided".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

Answer = str
NEEDS = {"z3": "z3", "cvc5": "cvc5"}
NAMES = tuple(NEEDS)


def available(name: str) -> bool:
    """Whether what the back end needs is installed."""
    return find_spec(NEEDS[name]) is not None


def backend(name: str) -> Callable[[Mapping[str, Any]], Answer]:
    """The function of a back end that is available."""
    from importlib import import_module

    return import_module(f"proofs_check.backends.{name}_backend").decide
