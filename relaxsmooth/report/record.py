"""The JSON document: docs/json.md describes it, schema.json is its JSON Schema.

The same command gives the same bytes: no time, no machine, no order of arrival in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from relaxsmooth import __version__
from relaxsmooth.report.values import exact
from relaxsmooth.verdict import Status, Verdict

if TYPE_CHECKING:
    from relaxsmooth.audit import Finding
    from relaxsmooth.counting import Count
    from relaxsmooth.problem import Problem
    from relaxsmooth.row import Row

SCHEMA = "relaxsmooth/1"


def document(
    command: str, arguments: Sequence[str], exit_status: int, **parts: Any
) -> dict[str, Any]:
    """The head that every document has, and the parts of this command.

    arguments: what repeats the run, `relaxsmooth *arguments`.
    """
    head = {
        "schema": SCHEMA,
        "versions": versions(),
        "command": command,
        "arguments": list(arguments),
        "exit_status": int(exit_status),
    }
    return {**head, **parts}


def to_json(found: Mapping[str, Any]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    python = ".".join(map(str, sys.version_info[:3]))
    names = ("python-flint", "llvmlite")
    return {"relaxsmooth": __version__, "python": python} | {n: version(n) for n in names}


def statuses(found: Sequence[Status]) -> dict[str, str]:
    """What each status that occurs means."""
    return {status.name: status.value for status in Status if status in found}


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    return {
        "claim": verdict.claim,
        "status": verdict.status.name,
        "reason": verdict.reason,
        "witness": exact(verdict.witness),
        "margin": exact(verdict.margin),
    }


def row_record(row: Row) -> dict[str, Any]:
    return {
        "theorem": row.theorem,
        "problem": row.problem,
        "relation": row.relation,
        "measured": exact(row.measured),
        "bound": exact(row.bound),
        "verdict": verdict_record(row.verdict),
        "recorded_finding": row.finding or None,
        "values": exact(row.values),
        "parameters": exact(row.parameters),
        "count": None if row.counted is None else count_record(row.counted),
    }


def count_record(count: Count) -> dict[str, Any]:
    return {
        "earliest": exact(count.earliest),
        "latest": exact(count.latest),
        "status": count.status.name,
        "reason": count.reason,
        "how": [{"method": s.how, "steps": exact(s.steps)} for s in count.how],
        "point": exact(count.point),
        "gradient_norm": exact(count.norm),
    }


def problem_record(problem: Problem) -> dict[str, Any]:
    return {
        "function": str(problem.objective),
        "variables": list(problem.variables),
        "x0": [str(c) for c in problem.start],
        "f_star": None if problem.lowest is None else str(problem.lowest),
        "f_star_because": problem.lowest_because or None,
    }


def finding_record(finding: Finding) -> dict[str, Any]:
    return {
        "key": finding.key,
        "statement": finding.statement,
        "known": finding.known.value,
        "verdict": verdict_record(finding.verdict),
        "repair": finding.repair,
        "recorded": finding.recorded,
    }
