"""The search for what is committed: certificates, witnesses, killed mutants; untrusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proofs_check import kernel
from proofs_check.backends.falsifier import falsify, kill, witness
from proofs_check.evidence import examined
from proofs_check.ledger import Claim, accepted, impossible
from proofs_check.reduction import Reduced
from proofs_check.search import certify
from proofs_check.statement import variables
from proofs_check.store import load, save


def find(claim: Claim, tell: Callable[[str], None], known: Mapping[str, Any] | None = None) -> None:
    """Writes the file of one claim; entries that are complete are kept."""
    old = load() if known is None else known
    entries = {}
    for reduced in (r for obligation in claim.obligations for r in obligation.reduced()):
        key = kernel.statement_hash(reduced.data)
        entry = old.get(key)
        if entry is None or not complete(reduced, entry):
            tell(f"{claim.key}: {reduced.name}")
            entry = searched(reduced)
            if not complete(reduced, entry):
                tell(f"  not complete: {doubts(reduced, entry)}")
        entries[key] = {"name": reduced.name, **{k: v for k, v in entry.items() if k != "name"}}
    save(claim.key, entries)


def doubts(reduced: Reduced, entry: Mapping[str, Any]) -> str:
    empty = entry.get("empty")
    data = reduced.data if empty is None else impossible(reduced.data, empty)
    found = examined(data, entry, empty is not None)
    missing = () if accepted(data, entry.get("certificate")) else ("no certificate",)
    return "; ".join((*missing, *found.doubts))


def complete(reduced: Reduced, entry: Mapping[str, Any]) -> bool:
    return "counterexample" in entry or not doubts(reduced, entry)


def searched(reduced: Reduced) -> dict[str, Any]:
    data = reduced.data
    inside = witness(data)
    if inside is None and (entry := cannot_occur(data)):
        return entry
    point = falsify(data)
    if point is not None:
        return {"counterexample": [str(x) for x in point]}
    made: dict[str, Any] = {"certificate": quick(data) or certified(data) or harder(data)}
    if inside is not None:
        made["witness"] = [str(x) for x in inside]
    made["mutants"] = [[change.data(), [str(x) for x in at]] for change, at in kill(data, inside)]
    return made


def cannot_occur(data: Mapping[str, Any]) -> dict[str, Any]:
    """An entry that shows the hypotheses contradictory, or {}."""
    contrary = impossible(data)
    several = len(data["variables"]) > 2
    found = certify(contrary, "cells")
    for degree in (2, 3, 4) if several else (2,):
        found = found or certify(contrary, "handelman", degree=degree, factor_degree=0)
    if found:
        return {"empty": -1, "certificate": found}
    for place, (sign, _) in enumerate([] if several else data["hypotheses"]):
        if sign != "=" and (found := certified(impossible(data, place))):
            return {"empty": place, "certificate": found}
    return {}


def certified(data: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        return certify(data)
    except (RecursionError, kernel.Rejected):  # it splits for ever, or leaves the range of exp
        return None


def harder(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Identities with squares of single variables, and longer products."""
    names = data["variables"]
    roots = [term.f for term in variables(names)]
    for hints in ({"degree": 4, "squares": roots}, {"degree": 5, "squares": ()}):
        found = certify(data, "handelman", factor_degree=1, **hints)
        if found is not None:
            return found
    return None


def quick(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Short identities first, for polynomials in several variables."""
    if len(data["variables"]) < 3:
        return None
    for degree, factors in ((1, 0), (2, 0), (1, 1), (2, 1), (3, 0), (3, 1), (4, 0)):
        found = certify(data, "handelman", degree=degree, factor_degree=factors)
        if found is not None:
            return found
    return None
