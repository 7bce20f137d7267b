"""What the command writes beside its table: checked before the run, written after it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from proofs_check.ledger import Ledger

FOLDERS, FILES = ("smtlib", "coq"), ("graph", "findings")
PICTURES = (".png", ".pdf", ".svg")


def check(options: Namespace) -> None:
    """ValueError where something asked for could not be written: before a long run, not after."""
    for name in (*FOLDERS, *FILES):
        path: Path | None = getattr(options, name)
        if path is not None and (reason := refused(name, path)):
            raise ValueError(f"--{name} {path}: {reason}")
    if options.findings and options.claim:
        raise ValueError("--findings is about every claim; leave out --claim")


def refused(name: str, path: Path) -> str:
    """Why the path cannot be written, and what to do; "" where it can."""
    if name == "graph" and path.suffix not in PICTURES:
        return f"the picture's name must end in one of {', '.join(PICTURES)}"
    if name in FILES and path.is_dir():
        return "it is a folder; name a file in it"
    if name in FOLDERS and path.exists() and not path.is_dir():
        return "it is a file; name a folder, which is made if there is none"
    if name in FILES and not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it first"
    nearest = next(p for p in (path, *path.absolute().parents) if p.exists())
    return "" if os.access(nearest, os.W_OK) else f"{nearest} is not writable; name another place"


def write(ledger: Ledger, options: Namespace, tell: Callable[[str], None]) -> None:
    """Writes what was asked for, and says what it wrote; ValueError where the system refuses."""
    makers = {"smtlib": smtlib, "coq": coq, "graph": graph, "findings": findings}
    for name, make in makers.items():
        path: Path | None = getattr(options, name)
        if path is not None:
            try:
                tell(f"{path}: {make(ledger, path)}")
            except OSError as error:
                reason = error.strerror or error
                raise ValueError(f"--{name} {path}: {reason}; name another place") from error


def smtlib(ledger: Ledger, folder: Path) -> str:
    from proofs_check.export.smtlib import write

    total = sum(len(r.parts) for r in ledger.results.values())
    return f"{write(ledger, folder)} of {total} statements; the others have exponentials"


def coq(ledger: Ledger, folder: Path) -> str:
    from proofs_check.export.coq import write

    total = sum(len(r.parts) for r in ledger.results.values())
    return f"{write(ledger, folder)} of {total} statements; index.txt says why not the others"


def graph(ledger: Ledger, file: Path) -> str:
    from proofs_check.export.graph import draw

    draw(ledger, file)
    return f"{len(ledger.results)} claims"


def findings(ledger: Ledger, file: Path) -> str:
    from proofs_check.export.findings import page

    file.write_text(page(ledger), encoding="utf-8")
    return "what is wrong as printed"
