"""The ledger: obligations, claims, and what is known about each of them.

A claim is broken into obligations; an obligation is one statement of the kernel.  The status of
a claim is the least over its obligations, its paper steps' caps and the claims it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from proofs_check import kernel
from proofs_check.backends import BASE, NAMES
from proofs_check.evidence import Evidence, Point, examined, point_of, refutes, shown_point
from proofs_check.opinions import ENOUGH, Panel, Voice, voices
from proofs_check.reduction import Reduced, Relation, reduce
from proofs_check.statement import shown


class Status(IntEnum):
    """What is known of a claim, worst first."""

    REFUTED = 0  # an exact counterexample
    SUSPECT = 1  # the hypotheses were not seen to hold, a mutant survives, or back ends disagree
    OPEN = 2  # nothing decided it
    PROVED_ONCE = 3  # the kernel or one back end says so
    VERIFIED = 4  # two independent ones say so
    CERTIFIED = 5  # the kernel accepts a certificate, and two independent back ends agree

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
    recorded: frozenset[str] = frozenset()  # the back ends that were not asked today
    asked: str = ""  # the hash of the statement that was put to the back ends

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
        return tuple(name for name in ORDER if all(name in part.backends for part in self.parts))

    @property
    def recorded(self) -> frozenset[str]:
        """Those of them that were not asked about every statement today."""
        return frozenset().union(*(part.recorded for part in self.parts))


NOTHING = "no case of the obligation can occur"
ORDER = ("kernel", *NAMES)
Committed = Mapping[str, Mapping[str, Any]]  # statement hash -> its entry
Malformed = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, kernel.Rejected)


def judge(
    reduced: Reduced,
    committed: Committed,
    panel: Panel | None = None,
    falsify: Callable[[Mapping[str, Any]], Point | None] | None = None,
    claim: str = "",
) -> Judged:
    """The status of one statement from its committed entry, the back ends and the falsifier."""
    entry = committed.get(reduced.key, {})
    try:
        empty = entry.get("empty")
        wanted = reduced.data if empty is None else impossible(reduced.data, empty)
        evidence = examined(wanted, entry, empty=empty is not None)
    except Malformed as error:
        what = f"its committed entry is malformed: {type(error).__name__}: {error!s:.80}"
        return Judged(reduced, Status.OPEN, (), what)
    certified = accepted(wanted, entry.get("certificate"))
    refuted = evidence.counterexample is not None
    seen = evidence.counterexample
    if seen is not None and empty is not None and not refutes(reduced.data, seen):
        return Judged(reduced, Status.OPEN, (), "the case can occur, and is not proved")
    name = f"{claim}: {reduced.name}"
    key = reduced.key if empty is None else kernel.statement_hash(wanted)
    panel = Panel() if panel is None else panel
    others = () if refuted else BASE if certified else BASE[:1]
    said = panel.opinions(wanted, entry, name, others)
    agree = {who: v for who, v in said.items() if v.opinion.answer == "proved"}
    recorded = frozenset(who for who, v in said.items() if v.recorded)
    against = [who for who, v in said.items() if v.opinion.answer == "refuted"]
    point = evidence.counterexample or confirmed(wanted, said)
    if refuted and agree:
        panel.wrong.append(f"{name}: {', '.join(agree)} says proved, but a counterexample is exact")
    if point is None and not certified and falsify is not None:
        point = falsify(reduced.data)
    if point is not None and empty is not None and not refutes(reduced.data, point):
        return Judged(reduced, Status.OPEN, (), "the case can occur, and is not proved")
    if point is not None:
        who, old = tuple(against), recorded & {*against}
        return Judged(reduced, Status.REFUTED, who, "", point, evidence, recorded=old, asked=key)
    status, reason = decided(certified, tuple(agree), against, evidence)
    names = ("kernel", *agree) if certified else tuple(agree)
    old = recorded & agree.keys()
    return Judged(reduced, status, names, reason, None, evidence, empty is not None, old, key)


def justified(parts: Sequence[Judged]) -> list[Judged]:
    """The statements of one obligation: where a denominator is not positive clearing it was wrong,
    which refutes nothing; and where none of its cases can occur it says nothing."""
    wrong = next((p for p in parts if p.reduced.clears and p.status is Status.REFUTED), None)
    if wrong is not None:
        why = f"{wrong.reduced.name} is not positive, so it is not cleared"
        return [
            replace(p, status=Status.OPEN, reason=why, counterexample=None)
            if p.status is Status.REFUTED else p for p in parts
        ]  # fmt: skip
    if parts and all(p.empty for p in parts):
        return [replace(p, status=min(p.status, Status.SUSPECT), reason=NOTHING) for p in parts]
    return list(parts)


def confirmed(data: Mapping[str, Any], said: Mapping[str, Voice]) -> Point | None:
    """A point at which a back end says that the statement fails, if it does, exactly."""
    for voice in said.values():
        with suppress(*Malformed):  # a point of the wrong length, or out of the kernel's range
            point = point_of(voice.opinion.point)
            if point is not None and refutes(data, point):
                return point
    return None


def decided(
    certified: bool, agree: Sequence[str], against: Sequence[str], evidence: Evidence
) -> tuple[Status, str]:
    """The status of a statement that no point refutes."""
    if against:
        return Status.SUSPECT, f"{', '.join(against)} says it is false"
    count = voices(agree)
    if not certified and (not count or evidence.doubts):
        alone = " (one SMT solver is not evidence)" * bool(agree and not count)
        return Status.OPEN, f"no certificate{alone}"
    if evidence.doubts:
        return Status.SUSPECT, evidence.doubts[0]
    if certified and count >= ENOUGH:
        return Status.CERTIFIED, ""
    who = ", ".join(["the kernel"] * certified + list(agree))
    reason = f"only {who} says so" if certified else f"{who}: no certificate"
    return (Status.VERIFIED if count + certified > 1 else Status.PROVED_ONCE), reason


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
    """The results of a run, by key, in the order in which the claims depend on each other.

    panel: who was asked, what they said in how many seconds, and who contradicted the record.
    """

    results: Mapping[str, Result]
    panel: Panel = field(default_factory=lambda: Panel(()))

    @property
    def absent(self) -> tuple[str, ...]:
        return self.panel.absent

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
