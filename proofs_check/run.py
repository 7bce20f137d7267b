"""One run over the claims: certificates, back ends, and the falsifier where there is neither."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from proofs_check.backends import available, backend
from proofs_check.ledger import Claim, Ledger, Status, claims, concluded, judge
from proofs_check.store import load


def run(
    wanted: Iterable[str] = (),
    backends: Iterable[str] = (),
    table: Mapping[str, Claim] | None = None,
    committed: Mapping[str, Any] | None = None,
) -> Ledger:
    """The wanted claims (all, if none is named) and those they use."""
    table = claims() if table is None else table
    chosen = closure(table, tuple(wanted))
    asked = {name: backend(name) for name in backends if available(name)}
    absent = tuple(name for name in backends if name not in asked)
    entries = load() if committed is None else committed
    results, below = {}, dict[str, Status]()
    for key, claim in table.items():
        if key in chosen:
            start = time.perf_counter()
            parts = [
                judge(reduced, entries, asked, falsified)
                for obligation in claim.obligations
                for reduced in obligation.reduced()
            ]
            result = concluded(claim, parts, below)
            results[key] = replace(result, seconds=time.perf_counter() - start)
            below[key] = result.status
    return Ledger(results, absent)


def falsified(data: Mapping[str, Any]) -> Any:
    """The falsifier, imported only where a statement has no certificate."""
    from proofs_check.backends.falsifier import falsify

    return falsify(data)


def closure(table: Mapping[str, Claim], wanted: tuple[str, ...]) -> set[str]:
    unknown = [key for key in wanted if key not in table]
    if unknown:
        raise ValueError(f"claim {unknown[0]!r} is not known; use one of {', '.join(table)}")
    chosen = set(wanted) or set(table)
    while True:
        more = {other for key in chosen for other in table[key].uses} - chosen
        if not more:
            return chosen
        chosen |= more
