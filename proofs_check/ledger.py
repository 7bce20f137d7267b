"""The ledger: obligations, claims, and what is known about each of them.

A claim is broken into obligations; an obligation is one statement of the kernel.  The status of
a claim is the least over its obligations, its paper steps' caps and the claims it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from proofs_check import kernel
from proofs_check.evidence import Evidence, Point, examined, shown_point
from proofs_check.reduction import Reduced, Relation, reduce
from proofs_check.statement import shown


class Status(IntEnum):
    """What is known of a claim, worst first."""

    REFUTED = 0  # an exact counterexample
    SUSPECT = 1  # the hypotheses were not seen to hold, a mutant survives, or back ends disagree
    OPEN = 2  # nothing decided it
    PROVED_ONCE = 3  # one back end says so
    VERIFIED = 4  # two independent back ends say so
    CERTIFIED = 5  # the kernel accepts a certificate, and no back end disagrees

    def __str__(self) -> str:
        return self.name.replace("_", "-")


@dataclass(frozen=True)
class Obligation:
    """name, and for all real `variables` (names with blanks): hypotheses => goal.

    `reduced` gives the statements: one for each case and each denominator.
    """

    name: str
    variables: str
    hypotheses: Sequence[Relation]
    goal: Relation

    def reduced(self) -> list[Reduced]:
        return list(reduce(self.name, self.variables, self.hypotheses, self.goal))


@dataclass(frozen=True)
class PaperStep:
    """A step that no certificate covers; `cap` is the best status a claim with it can have."""

    text: str
    cap: Status = Status.CERTIFIED


@dataclass(frozen=True)
class Claim:
    """What is claimed, where it stands in the paper, and what it rests on.

    finding: "" or, where the claim is expected to be REFUTED, what is wrong and the repair.
    """

    key: str
    anchor: str
    title: str
    obligations: tuple[Obligation, ...]
    uses: tuple[str, ...] = ()
    paper_steps: tuple[PaperStep, ...] = ()
    finding: str = ""


@dataclass(frozen=True)
class Judged:
    """One statement with its status, the back ends that agree, and why."""

    reduced: Reduced
    status: Status
    backends: tuple[str, ...]
    reason: str = ""
    counterexample: Point | None = None
    evidence: Evidence | None = None
    empty: bool = False  # the case cannot occur, and that is what is proved

    def __str__(self) -> str:
        at = f" at {shown_point(self.reduced.data, self.counterexample)}"
        where = at if self.counterexample is not None else ""
        return f"{self.reduced.name}: {self.status}{where}{': ' * bool(self.reason)}{self.reason}"


@dataclass(frozen=True)
class Result:
    """A claim with its status, its statements, and the seconds it took."""

    claim: Claim
    status: Status
    own: Status
    parts: tuple[Judged, ...]
    seconds: float
    because: str = ""

    @property
    def backends(self) -> tuple[str, ...]:
        """The back ends that agree on every statement."""
        common = [set(part.backends) for part in self.parts]
        return tuple(sorted(set.intersection(*common))) if common else ()


Backend = Callable[[Mapping[str, Any]], str]  # "proved", "refuted", "undecided" or "absent"
Committed = Mapping[str, Mapping[str, Any]]  # statement hash -> its entry


def judge(
    reduced: Reduced,
    committed: Committed,
    backends: Mapping[str, Backend] | None = None,
    falsify: Callable[[Mapping[str, Any]], Point | None] | None = None,
) -> Judged:
    """The status of one statement from its committed entry, the back ends and the falsifier."""
    entry = committed.get(kernel.statement_hash(reduced.data), {})
    empty = entry.get("empty")
    wanted = reduced.data if empty is None else impossible(reduced.data, empty)
    evidence = examined(wanted, entry, empty=empty is not None)
    if evidence.counterexample is not None:
        return Judged(reduced, Status.REFUTED, (), "", evidence.counterexample, evidence)
    said = {name: ask(wanted) for name, ask in (backends or {}).items()}
    against = [name for name, answer in said.items() if answer == "refuted"]
    agree = tuple(name for name, answer in said.items() if answer == "proved")
    certified = accepted(wanted, entry.get("certificate"))
    if not certified and falsify is not None and (point := falsify(reduced.data)) is not None:
        return Judged(reduced, Status.REFUTED, (), "", point, evidence)
    status, reason = decided(certified, agree, against, evidence)
    names = ("kernel", *agree) if certified else agree
    return Judged(reduced, status, names, reason, None, evidence, empty is not None)


def decided(
    certified: bool, agree: Sequence[str], against: Sequence[str], evidence: Evidence
) -> tuple[Status, str]:
    """z3 alone is not evidence: it has had wrong answers on nonlinear reals."""
    if against:
        return Status.SUSPECT, f"{', '.join(against)} says it is false"
    if not certified and (not agree or tuple(agree) == ("z3",)):
        return Status.OPEN, "no certificate" + " (z3 alone is not evidence)" * bool(agree)
    if evidence.doubts:
        return Status.SUSPECT, evidence.doubts[0]
    if certified:
        return Status.CERTIFIED, ""
    return (Status.VERIFIED if len(agree) > 1 else Status.PROVED_ONCE), ""


def accepted(statement: Any, certificate: Any) -> bool:
    try:
        kernel.check(statement, certificate)
    except kernel.Rejected:
        return False
    return True


def impossible(data: Mapping[str, Any], place: int = -1) -> dict[str, Any]:
    """The hypotheses cannot hold together: they imply 0 > 0, or all but one imply its negation."""
    if place < 0:
        return {**data, "goal": [">", []]}
    sign, terms = data["hypotheses"][place]
    negated = [[str(-Fraction(c)), *rest] for c, *rest in terms]
    others = [r for i, r in enumerate(data["hypotheses"]) if i != place]
    return {**data, "hypotheses": others, "goal": [{">": ">=", ">=": ">"}[sign], negated]}


def concluded(claim: Claim, parts: Sequence[Judged], below: Mapping[str, Status]) -> Result:
    """The least over the statements, the caps of the paper steps, and the claims it uses."""
    worst = min(parts, key=lambda part: part.status, default=None)
    own, because = (worst.status, str(worst)) if worst else (Status.OPEN, "no obligation")
    if parts and all(part.empty for part in parts):
        own, because = Status.SUSPECT, "no case of it can occur"
    for step in claim.paper_steps:
        if step.cap < own:
            own, because = step.cap, f"paper step: {step.text}"
    status = own
    for key in claim.uses:
        if below[key] < status:
            status, because = below[key], f"it uses {key}, which is {below[key]}"
    because = "" if status is Status.CERTIFIED else because
    return Result(claim, status, own, tuple(parts), 0.0, because)


# --- the claims, found by folder ---------------------------------------------------------------


@cache
def claims() -> dict[str, Claim]:
    """Every claim of every file of proofs_check/claims, those that are used first."""
    from proofs_check import claims as folder

    modules = sorted(iter_modules(folder.__path__), key=lambda found: found.name)
    found = [c for m in modules for c in _of(import_module(f"{folder.__name__}.{m.name}"))]
    return in_order(found)


def _of(module: Any) -> Iterable[Claim]:
    build = getattr(module, "claims", None)
    return () if build is None else build()


def in_order(found: Sequence[Claim]) -> dict[str, Claim]:
    """By key, a claim after those it uses; ValueError for an unknown, doubled or circular key."""
    by_key = {claim.key: claim for claim in found}
    if len(by_key) < len(found):
        keys = [claim.key for claim in found]
        raise ValueError(f"claim {max(keys, key=keys.count)!r} is declared twice; rename one")
    ordered: dict[str, Claim] = {}

    def visit(key: str, path: tuple[str, ...]) -> None:
        if key in path or key not in by_key:
            kind = "uses itself" if key in path else "is not declared"
            raise ValueError(f"claim {key!r} {kind}; see {' -> '.join((*path, key))}")
        for other in by_key[key].uses:
            if other not in ordered:
                visit(other, (*path, key))
        ordered[key] = by_key[key]

    for claim in found:
        visit(claim.key, ())
    return ordered


@dataclass(frozen=True)
class Ledger:
    """The results of a run, by key, in the order in which the claims depend on each other."""

    results: Mapping[str, Result]
    absent: tuple[str, ...] = field(default=())

    def below(self, committed: Mapping[str, str]) -> list[str]:
        """The claims that fell below their committed status."""
        wanted = {key: Status[name.replace("-", "_")] for key, name in committed.items()}
        return [k for k, r in self.results.items() if r.status < wanted.get(k, Status.REFUTED)]


def explained(result: Result) -> str:
    """Every statement of a claim, with its status."""
    lines = [f"{result.claim.key}: {result.claim.title} [{result.claim.anchor}]: {result.status}"]
    lines += [f"  {result.because}"] if result.because else []
    for part in result.parts:
        lines += [f"  {part}", f"    {shown(part.reduced.data)}"]
    return "\n".join(lines)
