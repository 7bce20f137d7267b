"""Layer 4: the shipped problems, one family per file, found by folder.

Every module of this folder exports `PROBLEMS`, a tuple of instances, beside the functions that
construct its family from exact parameters.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import Problem


@cache
def _found() -> dict[str, Problem]:
    problems: dict[str, Problem] = {}
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        for problem in import_module(f"{__name__}.{module.name}").PROBLEMS:
            if problem.key in problems:
                raise FormulaError(
                    f"problem key {problem.key!r} is used twice; rename one of the two"
                )
            problems[problem.key] = problem
    return problems


def problems() -> dict[str, Problem]:
    """Every shipped problem, by key (a fresh dictionary)."""
    return dict(_found())


def shipped(key: str) -> Problem:
    """The shipped problem of this key; FormulaError names the keys that exist."""
    if key not in _found():
        raise FormulaError(f"problem {key!r} is not known; choose one of {', '.join(_found())}")
    return _found()[key]
