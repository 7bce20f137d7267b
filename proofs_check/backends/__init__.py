"""Second opinions, each independent of the kernel; what is not installed is reported absent.

Every back end is a module with decide(data, hint) -> Opinion.  The hint is what is committed for
the statement (certificate, counterexample); a back end may read it and believes none of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from typing import Any

PACKAGES = {"flint": "python-flint", "sympy": "sympy", "z3": "z3-solver", "cvc5": "cvc5"}
PROGRAMS = {"qepcad": "qepcad", "coq": "coqc"}
NAMES = (*PACKAGES, *PROGRAMS)
ALL = (*PACKAGES,)  # the optional programs are asked by name
BASE = ("flint", "sympy")  # in the base install: asked where too few opinions are recorded
ANSWERS = ("proved", "refuted", "undecided")


@dataclass(frozen=True)
class Opinion:
    """proved, refuted (at a rational point, where it has one) or undecided; and how, or why not."""

    answer: str
    how: str = ""
    point: tuple[str, ...] | None = None

    @staticmethod
    def proved(how: str = "") -> Opinion:
        return Opinion("proved", how)

    @staticmethod
    def refuted(how: str = "", point: Sequence[str] | None = None) -> Opinion:
        return Opinion("refuted", how, None if point is None else tuple(point))

    @staticmethod
    def undecided(why: str = "") -> Opinion:
        return Opinion("undecided", why)

    def record(self) -> dict[str, Any]:
        return {"answer": self.answer, "how": self.how, "point": self.point}

    @staticmethod
    def read(data: Mapping[str, Any]) -> Opinion:
        point = data["point"]
        return Opinion(data["answer"], data["how"], None if point is None else tuple(point))


Backend = Callable[[Mapping[str, Any], Mapping[str, Any]], Opinion]


def available(name: str) -> bool:
    """Whether what the back end needs is installed."""
    if name in PROGRAMS:
        return shutil.which(PROGRAMS[name]) is not None
    return find_spec(name) is not None


def backend(name: str) -> Backend:
    """The function of a back end that is available."""
    decide: Backend = import_module(f"proofs_check.backends.{name}_backend").decide
    return decide


@cache
def version(name: str) -> str:
    """What its opinions are recorded under."""
    if name in PACKAGES:
        return installed_version(PACKAGES[name])
    found: str = import_module(f"proofs_check.backends.{name}_backend").version()
    return found


def renamed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same statement about x0, x1, ...: no name is a word of the other program's language."""
    return {**data, "variables": [f"x{i}" for i in range(len(data["variables"]))]}
