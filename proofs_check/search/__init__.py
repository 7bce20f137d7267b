"""Finding certificates.  Nothing here is trusted: `certify` hands out what the kernel accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proofs_check import kernel
from proofs_check.search.cells import separate
from proofs_check.search.cover import subdivide
from proofs_check.search.handelman import combine

Search = Callable[[kernel.Statement], Any]
SEARCHES: Mapping[str, Search] = {"cells": separate, "handelman": combine, "tree": subdivide}


def certify(statement: Any, kind: str | None = None, **hints: Any) -> dict[str, Any] | None:
    """A certificate that the kernel accepts, of one kind or of the first that works; or None.

    hints go to the search of that kind, such as degree= and squares= for handelman.
    """
    read = kernel.read_statement(statement)
    for name in [kind] if kind else list(SEARCHES):
        proof = SEARCHES[name](read, **hints)
        if proof is not None:
            made = {"statement": kernel.statement_hash(statement), "kind": name, "proof": proof}
            if accepted(statement, made):
                return made
    return None


def accepted(statement: Any, certificate: Any) -> bool:
    try:
        kernel.check(statement, certificate)
    except kernel.Rejected:
        return False
    return True
