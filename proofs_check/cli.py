"""python -m proofs_check: the table of claims, and what can be made from it.

Exit status 0; 1 when a claim is below its committed status, or a back end contradicts an exact
counterexample or its own recorded opinion; 2 for bad usage; 130 when interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from proofs_check import opinions, store
from proofs_check.backends import ALL, ANSWERS, NAMES, version
from proofs_check.export import files
from proofs_check.ledger import Ledger, Result, Status, claims, explained
from proofs_check.opinions import Panel
from proofs_check.run import closure, run


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m proofs_check", description="Re-check the proofs of the paper."
    )
    made.add_argument(
        "--claim",
        action="append",
        default=[],
        metavar="KEY",
        help="this claim (and those it uses), every statement of it",
    )
    made.add_argument(
        "--backend",
        action="append",
        default=[],
        choices=["all", *NAMES],
        help="ask this back end today; all: " + ", ".join(ALL),
    )
    made.add_argument("--record", action="store_true", help="commit what those back ends say")
    form = made.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the table as JSON")
    form.add_argument("--latex", action="store_true", help="an appendix: table, proofs in words")
    made.add_argument("--smtlib", metavar="DIR", type=Path, help="a .smt2 file per statement")
    made.add_argument("--coq", metavar="DIR", type=Path, help="a .v file per claim, an index")
    made.add_argument("--graph", metavar="FILE", type=Path, help="picture: what uses what")
    made.add_argument("--findings", metavar="FILE", type=Path, help="what is wrong as printed")
    made.add_argument("--find", action="store_true", help="search for missing certificates")
    made.add_argument("--commit-statuses", action="store_true", help="record today's statuses")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        return checked(parser().parse_args(arguments))
    except KeyboardInterrupt:
        print("interrupted; nothing was recorded", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the table has left, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def checked(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    asked = [*(ALL if "all" in options.backend else ()), *options.backend]
    asked = [name for name in dict.fromkeys(asked) if name != "all"]
    try:
        if options.record and not asked:
            raise ValueError("--record needs back ends to ask, such as --backend all")
        closure(claims(), options.claim)
        files.check(options)
        if options.find:
            find_missing(options.claim)
        ledger = run(options.claim, asked, tell=Progress())
        print(shown(ledger, options, time.perf_counter() - start))
        files.write(ledger, options, lambda message: print(message, file=sys.stderr))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    commit(ledger, options)
    return 1 if complaints(ledger, recording=options.record) else 0


def commit(ledger: Ledger, options: argparse.Namespace) -> None:
    """Writes the opinions and the statuses, where that was asked for."""
    if options.record:
        keep = None if options.claim else statement_keys(ledger)
        opinions.save(ledger.panel, keep=keep)
    if options.commit_statuses:
        merged = store.statuses() | {k: str(r.status) for k, r in ledger.results.items()}
        store.save_statuses({k: v for k, v in merged.items() if k in claims()})


def statement_keys(ledger: Ledger) -> set[str]:
    """The hashes under which there can be an opinion: statements, and cases that cannot occur."""
    parts = (part for result in ledger.results.values() for part in result.parts)
    return {part.asked for part in parts}


def complaints(ledger: Ledger, recording: bool) -> int:
    """Prints what fell and what is contradicted; how many."""
    fallen = ledger.below(store.statuses())
    for key in fallen:
        print(f"below its committed status: {explained(ledger.results[key])}", file=sys.stderr)
    wrong = ledger.panel.wrong + ([] if recording else ledger.panel.lost)
    for message in wrong:
        print(f"contradicted: {message}", file=sys.stderr)
    return len(fallen) + len(wrong)


class Progress:
    """Where a long run stands, on stderr, from the third second on."""

    def __init__(self) -> None:
        self.last, self.every = time.perf_counter(), 3.0

    def __call__(self, message: str) -> None:
        if time.perf_counter() - self.last > self.every:
            self.last = time.perf_counter()
            print(message, file=sys.stderr, flush=True)


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
        "recorded": sorted(result.recorded & {*result.backends}),
        "statements": len(result.parts),
        "seconds": round(result.seconds, 4),
        "uses": list(result.claim.uses),
        "paper_steps": [step.text for step in result.claim.paper_steps],
        "finding": result.claim.finding,
    }


def table(ledger: Ledger) -> list[str]:
    rows = [("claim", "status", "back ends", "stmts", "paper", "s", "anchor")]
    for key, r in ledger.results.items():
        used = " ".join(n + "*" * (n in r.recorded) for n in r.backends) or "-"
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
    different = len({str(p.reduced.data) for r in ledger.results.values() for p in r.parts})
    sizes = f"{size} statements ({different} different)"
    lines = [f"{len(ledger.results)} claims, {sizes}: {said}; {seconds:.1f} s"]
    lines += backend_lines(ledger.panel)
    for key, r in ledger.results.items():
        if r.status is not Status.CERTIFIED:
            lines.append(f"{key} is {r.status}: {r.because}")
    steps = dict.fromkeys(s.text for r in ledger.results.values() for s in r.claim.paper_steps)
    return [*lines, "", "steps that stay on paper:", *(f"  {text}" for text in steps)]


def backend_lines(panel: Panel) -> list[str]:
    """Per back end, what it said and in how many seconds; recorded opinions are named as such."""
    lines = []
    for who, tally in panel.tallies.items():
        said = ", ".join(f"{tally.answers[a]} {a}" for a in ANSWERS)
        lines.append(f"back end {who} {version(who)}: {said}; {tally.seconds:.1f} s")
    lines += [f"back end {who}: absent, it was not asked" for who in panel.absent]
    if panel.used:
        said = ", ".join(f"{who} {n}" for who, n in sorted(panel.used.items()))
        lines.append(f"* recorded opinions, not asked today: {said} (--backend all asks again)")
    return lines


def find_missing(wanted: Sequence[str]) -> None:
    from proofs_check.find import find

    for key, claim in claims().items():
        if not wanted or key in wanted:
            find(claim, lambda message: print(message, file=sys.stderr, flush=True))
