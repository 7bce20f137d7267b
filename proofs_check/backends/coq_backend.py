"""Coq's opinion, where coqc is installed: it checks the exported lemma of the certificate."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from proofs_check.backends import Opinion

SECONDS = 60


def decide(data: Mapping[str, Any], hint: Mapping[str, Any] | None = None) -> Opinion:
    """Proved if coqc accepts the lemma; Coq never refutes, a proof that fails shows nothing."""
    text = lemma(data, (hint or {}).get("certificate"))
    if text is None:
        return Opinion.undecided("no Coq text for such a certificate")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement.v"
        path.write_text(text, encoding="utf-8")
        return compiled(path)


def lemma(data: Mapping[str, Any], certificate: Any) -> str | None:
    """The text of one statement, or None if its certificate has no Coq form."""
    from proofs_check.export.coq import MAKERS
    from proofs_check.export.coq_identity import HEAD
    from proofs_check.export.smtlib import polynomial

    if not certificate or certificate.get("kind") not in MAKERS or not polynomial(data):
        return None
    if not _numbers(certificate.get("proof")):  # its text goes into the file
        return None
    try:
        made = MAKERS[certificate["kind"]]("statement", data, certificate["proof"])
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None  # a malformed certificate
    return f"{HEAD}\n{made}"


def _numbers(tree: Any) -> bool:
    """Whether a certificate consists of rationals, whole numbers and lists of such."""
    if isinstance(tree, str):
        return re.fullmatch(r"-?\d+(/\d+)?", tree) is not None
    if isinstance(tree, dict):
        return all(isinstance(key, str) and _numbers(part) for key, part in tree.items())
    if isinstance(tree, list | tuple):
        return all(map(_numbers, tree))
    return tree is None or (isinstance(tree, int) and not isinstance(tree, bool))


def compiled(path: Path) -> Opinion:
    try:
        done = subprocess.run(
            ["coqc", "-q", path.name],
            cwd=path.parent,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Opinion.undecided(f"no answer in {SECONDS} s")
    if done.returncode == 0 and path.with_suffix(".vo").exists():
        return Opinion.proved("lemma")
    return Opinion.undecided(f"coqc refuses it: {(done.stderr or done.stdout).strip()[-80:]}")


@cache
def version() -> str:
    said = subprocess.run(["coqc", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version ([\w.]+)", said)
    return found[1] if found else "unknown"
