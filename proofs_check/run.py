"""One run over the claims: certificates, back ends, and the falsifier where there is neither."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from proofs_check import opinions
from proofs_check.ledger import (
    Claim,
    Judged,
    Ledger,
    Result,
    Status,
    claims,
    concluded,
    judge,
    justified,
)
from proofs_check.store import load


def run(
    wanted: Iterable[str] = (),
    backends: Iterable[str] = (),
    table: Mapping[str, Claim] | None = None,
    committed: Mapping[str, Any] | None = None,
    recorded: opinions.Recorded | None = None,
    tell: Callable[[str], None] = lambda message: None,
) -> Ledger:
    """The wanted claims (all, if none is named) and those they use.

    The kernel checks every certificate, `backends` are asked about every statement; for the others
    the recorded opinions stand, and where they are too few flint and sympy are asked.
    """
    table = claims() if table is None else table
    chosen = closure(table, tuple(wanted))
    entries = load() if committed is None else committed
    panel = opinions.Panel(
        tuple(dict.fromkeys(backends)), opinions.load() if recorded is None else recorded
    )
    judged: dict[str, Judged] = {}
    results, below = dict[str, Result](), dict[str, Status]()
    for key in (key for key in table if key in chosen):
        tell(f"{len(results)} of {len(chosen)} claims, now {key}")
        start = time.perf_counter()
        parts: list[Judged] = []
        for obligation in table[key].obligations:
            own = []
            for reduced in obligation.reduced():
                same = reduced.key
                if same not in judged:  # some statements recur
                    judged[same] = judge(reduced, entries, panel, falsified, key)
                own.append(replace(judged[same], reduced=reduced))
            parts += justified(own)
        result = concluded(table[key], parts, below)
        results[key] = replace(result, seconds=time.perf_counter() - start)
        below[key] = result.status
    return Ledger(results, panel)


def falsified(data: Mapping[str, Any]) -> Any:
    """The falsifier, imported only where a statement has no certificate."""
    from proofs_check.backends.falsifier import falsify

    return falsify(data)


def not_known(key: str, table: Iterable[str]) -> str:
    """The error for a key that no claim has, with those that contain it or are spelt like it."""
    known = list(table)
    near = [k for k in known if key in k][:3] or get_close_matches(key, known, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"claim {key!r} is not known; {meant}python -m proofs_check lists all of them"


def closure(table: Mapping[str, Claim], wanted: tuple[str, ...]) -> set[str]:
    unknown = [key for key in wanted if key not in table]
    if unknown:
        raise ValueError(not_known(unknown[0], table))
    chosen = set(wanted) or set(table)
    while True:
        more = {other for key in chosen for other in table[key].uses} - chosen
        if not more:
            return chosen
        chosen |= more
