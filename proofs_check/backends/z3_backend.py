"""z3 on the SMT-LIB text of a polynomial statement; alone it is not evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofs_check.export.smtlib import polynomial, script

MILLISECONDS = 2000


def decide(data: Mapping[str, Any]) -> str:
    """unsat of the hypotheses and the negated goal is a proof; sat is a refutation."""
    import z3

    if not polynomial(data):
        return "undecided"
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.from_string(script(data).replace("(check-sat)", ""))
    return {"unsat": "proved", "sat": "refuted"}.get(str(solver.check()), "undecided")
