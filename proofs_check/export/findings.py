"""The findings page: what is wrong in the paper as it is known to us, with witness and repair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proofs_check.evidence import Point, shown_point
from proofs_check.export.finding_list import Finding, Sort, findings
from proofs_check.ledger import Judged, Ledger, Result, Status
from proofs_check.statement import shown
from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate

HEAD = """# Findings

What is false, unsharp, unit-dependent or out of scope in the 2020 paper (Zhang, He, Sra, Jadbabaie,
*Why Gradient Clipping Accelerates Training*, ICLR 2020) **as it is known to us**. We did not have
the whole text: every finding says how its printed form is known,

- **[P]** read in the paper, **[S]** read in a text that restates it, **[M]** recalled from memory.

So a refutation is a theorem about the statement written here, and where that is [M] it is for the
authors to say whether it is theirs. Witnesses are exact rationals; numbers are rounded for reading
only. A claim in brackets can be inspected with `python -m proofs_check --claim KEY`. This page is
made by `python -m proofs_check --findings docs/findings.md`.
"""

LONGEST = 400  # letters of a statement that is printed; --claim prints every one


def page(ledger: Ledger) -> str:
    """The table and one section per finding whose claims were all run."""
    listed = [f for f in findings() if any(key in ledger.results for key in f.claims)]
    rows = [f"| {i} | {f.title} | {f.sort.name.lower()} |" for i, f in enumerate(listed, 1)]
    kinds = [f"- {sort.value}" for sort in Sort]
    sections = [section(i, f, ledger.results) for i, f in enumerate(listed, 1)]
    table = ["| | finding | |", "|---|---|---|", *rows, ""]
    return "\n".join([HEAD, *kinds, "", *table, *sections])


def section(number: int, found: Finding, results: Mapping[str, Result]) -> str:
    run = [results[key] for key in found.claims if key in results]
    witnesses = [line for result in run for line in witness(result)]
    standing = ", ".join(f"{r.claim.key}: {r.status}" for r in run)
    return "\n".join(
        [
            f"## {number}. {found.title}",
            "",
            f"**{found.sort.name.capitalize()}.** Printed form: {found.known}.",
            "",
            f"- as printed: {found.printed}",
            f"- what is wrong: {found.wrong}",
            *(f"- in numbers: {line}" for line in found.numbers),
            *witnesses,
            f"- repair: {found.repair}",
            f"- proofs: [{standing}]",
            "",
        ]
    )


def witness(result: Result) -> Iterator[str]:
    """The first refuted statement of a claim, where it fails, and its two sides there."""
    part = next((p for p in result.parts if p.status is Status.REFUTED), None)
    if part is None or part.counterexample is None:
        return
    data, point = part.reduced.data, part.counterexample
    yield f"- refuted: {result.claim.title}"
    statement = shown(data)
    if len(statement) < LONGEST:
        yield f"  - statement: `{statement}`"
    yield f"  - fails at {shown_point(data, point)}{sides(part, data, point)}"


def sides(part: Judged, data: Mapping[str, Any], point: Point) -> str:
    """Both sides of the goal at the point, to six digits."""
    at = dict(zip(data["variables"], point, strict=True))
    goal = part.reduced.goal
    values = evaluate((goal.left, goal.right), at, ball(256))
    left, right = (value.str(6, radius=False) for value in values)
    return f", where {left} {goal.sign} {right} would have to hold"
