"""relaxsmooth attack: the attacks, and what each of them answers."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relaxsmooth.cli.errors import Refused, shorten
from relaxsmooth.cli.outputs import replace_file
from relaxsmooth.cli.screen import progress

if TYPE_CHECKING:
    from relaxsmooth.attack.run import Outcome
    from relaxsmooth.attack.target import Target
    from relaxsmooth.verdict import Verdict


@dataclass(frozen=True)
class Answer:
    """What any attack says: the verdict, lines for people, parts of the JSON document."""

    verdict: Verdict
    lines: Sequence[str]
    record: Mapping[str, Any]


def special(
    key: str | None, divide: Fraction, seed: int, budget: float | None,
    evaluations: int | None, rest: Mapping[str, Any],
) -> Answer | None:  # fmt: skip
    """A statement about the class, or a lower bound; None for an upper bound."""
    from relaxsmooth.attack.claims import CLAIMS
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems

    lower = key in theorems() and theorems()[str(key)].kind is Kind.LOWER
    if key not in CLAIMS and not lower:
        return None
    for option, value in rest.items():
        if value is not None:
            raise Refused(f"{option} is for upper bounds; leave it out with {key}")
    with progress() as tell:
        if lower:
            return _lower(str(key), divide, seed, budget or 5.0, evaluations, tell)
        if divide != 1 or budget is not None:
            raise Refused(f"{key} is no bound; leave --divide and --budget out")
        return _class(str(key), seed, evaluations or 2000, tell)


def _lower(
    key: str, divide: Fraction, seed: int, seconds: float, evaluations: int | None,
    tell: Callable[[str], None],
) -> Answer:  # fmt: skip
    from relaxsmooth.attack.lower import attack_lower, lines
    from relaxsmooth.report import exact
    from relaxsmooth.theorems import theorems

    found = attack_lower(theorems()[key], divide, seed, seconds, evaluations, tell)
    record = {
        "statement": found.theorem.statement(),
        "divide": exact(divide),
        "evaluations": exact(found.evaluations),
        "ratio": exact(found.ratio),
        "values": exact(found.values or {}),
    }
    return Answer(found.verdict, lines(found), record)


def _class(key: str, seed: int, trials: int, tell: Callable[[str], None]) -> Answer:
    from relaxsmooth.attack.claims import CLAIMS, attack_class, lines
    from relaxsmooth.report.record import problem_record, verdict_record

    found = attack_class(CLAIMS[key], seed, trials, tell)
    trial = found.trial
    record: dict[str, Any] = {"statement": found.claim.statement, "evaluations": str(found.tried)}
    if trial is not None and found.result is not None:
        record["members"] = [
            {"problem": problem_record(f), "verdict": verdict_record(verdict)}
            for f, verdict in zip(trial.members, found.members, strict=True)
        ]
        record["result"] = {
            "problem": problem_record(trial.result), "verdict": verdict_record(found.result)
        }  # fmt: skip
    return Answer(found.verdict, lines(found), record)


def _told(outcome: Outcome) -> Answer:
    from relaxsmooth.attack.story import story
    from relaxsmooth.report import exact
    from relaxsmooth.report.record import row_record, verdict_record

    shown = outcome.shown
    record = {
        "statement": outcome.target.theorem.statement(),
        "divide": exact(outcome.target.divide),
        "evaluations": exact(outcome.state.evaluations),
        "rejected": exact(outcome.state.rejected),
        "ratio": None if shown is None else exact(shown.ratio),
        "row": None if shown is None else row_record(shown.row),
        "membership": None if shown is None else verdict_record(shown.member),
        **outcome.record(),
    }
    return Answer(outcome.verdict, story(outcome), record)


def run_campaign(
    seed: int, budget: float | None, evaluations: int | None, jobs: int, state: str | None,
    place: str | None,
) -> Answer:  # fmt: skip
    """Every upper bound in turn; what is tighter than on record goes into the records."""
    from relaxsmooth.attack.campaign import campaign, found_by
    from relaxsmooth.attack.records import better, read, records, write
    from relaxsmooth.attack.run import Budget
    from relaxsmooth.verdict import Status, Verdict

    held = records()
    if place is not None and Path(place).exists() and Path(place).stat().st_size:
        held = better(held, read(_text(place, "--records")))
    lines, outcomes = [], []
    with progress() as tell:
        limits = Budget(budget or 30.0, evaluations, jobs)
        for outcome in campaign(seed, limits, _json_object(state), _writer(state), tell):
            outcomes.append(outcome)
            lines.append(_summary(outcome))
            if place is not None:
                text = write(better(held, found_by(outcomes)))
                replace_file(Path(place), text.encode())
    broken = [o.verdict.claim for o in outcomes if o.verdict.status is Status.REFUTED]
    tried = sum(outcome.state.evaluations for outcome in outcomes)
    reason = f"{len(outcomes)} attacks, {tried} functions"
    idle = [o.verdict.claim for o in outcomes if o.verdict.status is Status.UNDECIDED]
    status = Status.REFUTED if broken else Status.UNDECIDED if idle else Status.CONSISTENT
    names = f"; broken: {', '.join(broken)}" if broken else "; none falls"
    names += f"; nothing to judge: {', '.join(idle)}" if idle else ""
    record = {"statement": "every shipped upper bound", "evaluations": str(tried)}
    return Answer(Verdict("every upper bound", status, reason + names), lines, record)


def _summary(outcome: Outcome) -> str:
    target, shown = outcome.target, outcome.shown
    ratio = "-" if shown is None or shown.ratio is None else f"{float(shown.ratio):.6f}"
    steps = f"{target.least_steps} steps or more" if target.least_steps > 1 else "any length"
    return f"{target.theorem.key:<32} {steps:<17} {ratio:>9}  {outcome.verdict.status.name}"


def upper_bound(
    target: Target, seed: int, budget: float | None, evaluations: int | None, jobs: int,
    state: str | None,
) -> Answer:  # fmt: skip
    """The search for a counterexample to an upper bound; resumed where a state file exists."""
    from relaxsmooth.attack.run import Budget, attack, resume

    found = _json_object(state)
    begun = None if found is None else resume(found, target, seed)
    limits = Budget(budget or 30.0, evaluations, jobs)
    with progress() as tell:
        write = _writer(state)
        return _told(attack(target, seed, limits, begun, lambda state: write(state.record()), tell))


def _json_object(place: str | None) -> dict[str, Any] | None:
    """What the state file holds; None where there is none yet."""
    if place is None or not Path(place).exists() or not Path(place).stat().st_size:
        return None
    try:
        record = jsonlib.loads(_text(place, "--state"))
        if not isinstance(record, dict):
            raise ValueError("no JSON object")
    except (ValueError, RecursionError) as error:
        raise Refused(
            f"--state {shorten(place)} cannot be read ({error}); give another file, or delete it"
        ) from None
    return record


def _text(place: str, option: str) -> str:
    try:
        return Path(place).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Refused(
            f"{option} {shorten(place)} cannot be read ({error}); give another file, or delete it"
        ) from None


def _writer(place: str | None) -> Callable[[Mapping[str, Any]], None]:
    if place is None:
        return lambda document: None

    def save(document: Mapping[str, Any]) -> None:
        replace_file(Path(place), (jsonlib.dumps(document, indent=1) + "\n").encode())

    return save
