"""Layer 4: the update rules, one family per file, found by folder.

Every module of this folder exports `RULES`; a rule that is one formula for its step size is a
plain `UpdateRule`, a rule with memory or with a search is a subclass that refines `step`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from relaxsmooth.formula import FormulaError
from relaxsmooth.update import UpdateRule


@cache
def _found() -> dict[str, UpdateRule]:
    rules: dict[str, UpdateRule] = {}
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        for rule in import_module(f"{__name__}.{module.name}").RULES:
            if rule.key in rules:
                raise FormulaError(f"rule key {rule.key!r} is used twice; rename one of the two")
            rules[rule.key] = rule
    return rules


def rules() -> dict[str, UpdateRule]:
    """Every rule of this folder, by key (a fresh dictionary; parameters are still free)."""
    return dict(_found())


def rule(key: str) -> UpdateRule:
    """The rule of this key; FormulaError names the keys that exist."""
    if key not in _found():
        raise FormulaError(f"rule {key!r} is not known; choose one of {', '.join(_found())}")
    return _found()[key]
