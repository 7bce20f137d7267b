"""The findings page: what is wrong in the paper as it is known to us, with witness and repair."""

from __future__ import annotations

from proofs_check.evidence import shown_point
from proofs_check.ledger import Ledger, Result, Status
from proofs_check.statement import shown

HEAD = """# Findings

What is wrong in the 2020 paper (Zhang, He, Sra, Jadbabaie, ICLR 2020) *as it is known to us*.
The ranges of the parameters were read in the paper [P]; the two hard functions and the constants
of the bounds are recalled [M].  Each refutation is a theorem about the statement written here,
with an exact rational witness.  Regenerate with `python -m proofs_check --findings FILE`.
"""


def page(ledger: Ledger) -> str:
    """One section per claim that carries a finding."""
    found = [r for r in ledger.results.values() if r.claim.finding]
    return "\n".join([HEAD, *(section(result) for result in found)])


def section(result: Result) -> str:
    claim = result.claim
    lines = [f"## {claim.key}: {result.status}", "", f"{claim.title} ({claim.anchor}).", ""]
    part = next((p for p in result.parts if p.status is Status.REFUTED), None)
    if part is not None:
        data = part.reduced.data
        lines += [f"- statement: `{shown(data)}`"]
        lines += [f"- fails at {shown_point(data, part.counterexample)}"]
    return "\n".join([*lines, f"- repair: {claim.finding}", ""])
