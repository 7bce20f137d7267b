"""Coq: every statement whose certificate it can rewrite, as a lemma over R with its proof.

One file per claim, and index.txt: for each statement the lemma, or why there is none.  Nothing is
assumed: the lemmas rest on the axioms of Coq's real numbers, which each file prints at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofs_check import kernel
from proofs_check.export.coq_cells import cells_lemma
from proofs_check.export.coq_identity import HEAD, lemma
from proofs_check.export.smtlib import polynomial
from proofs_check.ledger import Judged, Ledger, impossible
from proofs_check.store import load

MAKERS: dict[str, Callable[[str, Mapping[str, Any], Any], str]] = {
    "handelman": lemma,
    "cells": cells_lemma,
}


@dataclass(frozen=True)
class Written:
    """One statement of a claim: the text of its lemma, or "" and why there is none."""

    part: Judged
    name: str
    text: str
    reason: str


def lemmas(ledger: Ledger, key: str, committed: Mapping[str, Any] | None = None) -> list[Written]:
    """One entry for every statement of the claim."""
    entries = load() if committed is None else committed
    return [
        written(part, f"statement_{i}", entries.get(kernel.statement_hash(part.reduced.data), {}))
        for i, part in enumerate(ledger.results[key].parts, start=1)
    ]


def written(part: Judged, name: str, entry: Mapping[str, Any]) -> Written:
    certificate, empty = entry.get("certificate"), entry.get("empty")
    if not certificate or "kernel" not in part.backends:
        return Written(part, name, "", f"{part.status}: it has no certificate")
    data = part.reduced.data if empty is None else impossible(part.reduced.data, empty)
    if not polynomial(data):
        return Written(part, name, "", f"exponentials, a certificate of kind {certificate['kind']}")
    if certificate["kind"] not in MAKERS:
        return Written(part, name, "", f"a certificate of kind {certificate['kind']}")
    what = part.reduced.name.replace("*", "x").replace('"', "'").replace("(x", "( x")
    note = f"(* {what}{', a case that cannot occur' if part.empty else ''} *)"
    made = MAKERS[certificate["kind"]](name, data, certificate["proof"])
    return Written(part, name, f"{note}\n{made}", "")


def file_name(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", key) + ".v"


def text(made: list[Written]) -> str:
    """A file that compiles, and prints the axioms that its lemmas rest on."""
    names = [w.name for w in made if w.text]
    last = f"Definition all := ({', '.join(names)}).\nPrint Assumptions all.\n"
    return "\n".join([HEAD, *(w.text for w in made if w.text), last])


def write(ledger: Ledger, folder: Path) -> int:
    """One file per claim that has such a statement, and the index; how many lemmas."""
    folder.mkdir(parents=True, exist_ok=True)
    count, rows, entries = 0, list[str](), load()
    for key in ledger.results:
        made = lemmas(ledger, key, entries)
        rows += [f"{key}: {w.part.reduced.name}: {where(key, w)}" for w in made]
        if any(w.text for w in made):
            (folder / file_name(key)).write_text(text(made), encoding="utf-8")
            count += sum(bool(w.text) for w in made)
    head = f"{count} of {len(rows)} statements are lemmas; coqc FILE.v checks a file."
    (folder / "index.txt").write_text("\n".join([head, "", *rows, ""]), encoding="utf-8")
    return count


def where(key: str, w: Written) -> str:
    return f"{w.name} in {file_name(key)}" if w.text else f"NOT WRITTEN, {w.reason}"
