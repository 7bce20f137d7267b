"""relaxsmooth: convergence theorems for (L0, L1)-smooth functions, decided with certificates.

The names below are loaded when they are first used, so that importing the package is quick.
A name that is also a module (problem, theorems, audit) is imported from that module.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_WHERE = {
    "Status": "verdict",
    "Verdict": "verdict",
    "FLOAT": "arithmetic",
    "EXACT": "arithmetic",
    "ball": "arithmetic",
    "Formula": "formula",
    "FormulaError": "formula",
    "evaluate": "evaluation",
    "parse": "text",
    "Problem": "problem",
    "UpdateRule": "update",
    "rule": "updates",
    "rules": "updates",
    "shipped": "problems",
    "minimal_L0": "smoothness",
    "membership": "smoothness",
    "count": "counting",
    "settle": "setting",
    "verify_instance": "instance",
    "verify_paper": "verify",
    "member": "members",
    "interpolate": "interpolation",
    "worst_case": "worstcase",
    "worst_steps": "worstcase",
}

__all__ = ["__version__", *sorted(_WHERE)]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'relaxsmooth' has no attribute {name!r}")
    value = getattr(import_module(f"relaxsmooth.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
