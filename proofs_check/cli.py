"""python -m proofs_check: the table of claims, and what can be made from it.

Exit status 0; 1 when a claim is below its committed status; 2 for bad usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from proofs_check import store
from proofs_check.backends import NAMES
from proofs_check.ledger import Ledger, Result, Status, claims, explained
from proofs_check.run import run


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m proofs_check", description="Re-check the proofs of the paper."
    )
    made.add_argument("--claim", action="append", default=[], metavar="KEY", help="with details")
    made.add_argument(
        "--backend", action="append", default=[], choices=["all", *NAMES], help="second opinions"
    )
    made.add_argument("--json", action="store_true", help="the table as JSON")
    made.add_argument("--latex", action="store_true", help="table and identities for an appendix")
    made.add_argument("--smtlib", metavar="DIR", type=Path, help="one .smt2 file per statement")
    made.add_argument("--coq", metavar="DIR", type=Path, help="one .v file per claim")
    made.add_argument("--graph", metavar="FILE", type=Path, help="dependencies, by status")
    made.add_argument("--findings", metavar="FILE", type=Path, help="what is wrong as printed")
    made.add_argument("--find", action="store_true", help="search for missing certificates")
    made.add_argument("--commit-statuses", action="store_true", help="record today's statuses")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    start = time.perf_counter()
    if options.find:
        find_missing(options.claim)
    backends = list(NAMES) if "all" in options.backend else options.backend
    try:
        ledger = run(options.claim, backends)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(shown(ledger, options, time.perf_counter() - start))
    exports(ledger, options)
    if options.commit_statuses:
        merged = store.statuses() | {k: str(r.status) for k, r in ledger.results.items()}
        store.save_statuses({k: v for k, v in merged.items() if k in claims()})
    fallen = ledger.below(store.statuses())
    for key in fallen:
        print(f"below its committed status: {explained(ledger.results[key])}", file=sys.stderr)
    return 1 if fallen else 0


def shown(ledger: Ledger, options: argparse.Namespace, seconds: float) -> str:
    if options.json:
        return json.dumps([record(r) for r in ledger.results.values()], indent=1)
    if options.latex:
        from proofs_check.export.latex import document

        return document(ledger)
    detailed = [explained(ledger.results[key]) for key in options.claim]
    return "\n".join([*table(ledger), "", *summary(ledger, seconds), *detailed])


def record(result: Result) -> dict[str, object]:
    return {
        "claim": result.claim.key,
        "anchor": result.claim.anchor,
        "title": result.claim.title,
        "status": str(result.status),
        "because": result.because,
        "backends": list(result.backends),
        "statements": len(result.parts),
        "seconds": round(result.seconds, 4),
        "uses": list(result.claim.uses),
        "paper_steps": [step.text for step in result.claim.paper_steps],
        "finding": result.claim.finding,
    }


def table(ledger: Ledger) -> list[str]:
    rows = [("claim", "status", "back ends", "stmts", "paper", "s", "anchor")]
    for key, r in ledger.results.items():
        used = ",".join(r.backends) or "-"
        size, steps = str(len(r.parts)), str(len(r.claim.paper_steps))
        rows.append((key, str(r.status), used, size, steps, f"{r.seconds:.2f}", r.claim.anchor))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def summary(ledger: Ledger, seconds: float) -> list[str]:
    counts = Counter(r.status for r in ledger.results.values())
    said = ", ".join(f"{counts[s]} {s}" for s in reversed(Status) if counts[s])
    size = sum(len(r.parts) for r in ledger.results.values())
    lines = [f"{len(ledger.results)} claims, {size} statements: {said}; {seconds:.1f} s"]
    lines += [f"back end {name}: absent, it was not asked" for name in ledger.absent]
    for key, r in ledger.results.items():
        if r.status is not Status.CERTIFIED:
            lines.append(f"{key} is {r.status}: {r.because}")
    steps = dict.fromkeys(s.text for r in ledger.results.values() for s in r.claim.paper_steps)
    return [*lines, "", "steps that stay on paper:", *(f"  {text}" for text in steps)]


def find_missing(wanted: Sequence[str]) -> None:
    from proofs_check.find import find

    for key, claim in claims().items():
        if not wanted or key in wanted:
            find(claim, lambda message: print(message, file=sys.stderr, flush=True))


def exports(ledger: Ledger, options: argparse.Namespace) -> None:
    if options.smtlib:
        from proofs_check.export.smtlib import write

        write(ledger, options.smtlib)
    if options.coq:
        from proofs_check.export.coq import write as write_coq

        write_coq(ledger, options.coq)
    if options.graph:
        from proofs_check.export.graph import draw

        draw(ledger, options.graph)
    if options.findings:
        from proofs_check.export.findings import page

        options.findings.write_text(page(ledger), encoding="utf-8")
