"""relaxsmooth attack: look for a counterexample to a statement."""

from __future__ import annotations

import json as jsonlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.errors import Exit, Refused, shorten, unknown_name
from relaxsmooth.cli.inputs import Exact, Steps
from relaxsmooth.cli.options import RULE_PARAMETERS, Command, file_option, repeatable
from relaxsmooth.cli.outputs import Outputs, outputs, replace_file
from relaxsmooth.cli.screen import paint, progress, say

if TYPE_CHECKING:
    from relaxsmooth.attack.run import Outcome
    from relaxsmooth.attack.target import Target
    from relaxsmooth.theorem import Theorem
    from relaxsmooth.verdict import Verdict

FILES = ("json", "out", "state", "records")
_BUDGET = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A time such as 30s, 10m or 2h, in seconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        match = _BUDGET.fullmatch(value) if len(value) < 12 else None
        if match is None or float(match[1]) == 0:
            raise Refused(f"--budget {shorten(value)} is no time; write 30s, 10m or 2h")
        return float(match[1]) * _SECONDS[match[2]]


def _parameters(function: Any) -> Any:
    for name, text in reversed(RULE_PARAMETERS.items()):
        option = click.option(f"--{name}", metavar="FORMULA", help=f"{text}; such as 1/(10*L0).")
        function = option(function)
    return function


@click.command("attack", cls=Command)
@click.argument("statement", required=False)
@click.option("--divide", type=Exact(), metavar="NUMBER", help="Attack the bound divided by it.")
@click.option("--bound", metavar="FORMULA", help="Your own bound on T_eps, in L0, L1, Delta, ...")
@click.option("--rule", metavar="KEY", help="The update rule that --bound is about.")
@click.option("--where", metavar="FORMULA", multiple=True, help="A hypothesis, as eps <= L0/L1.")
@_parameters
@click.option("--least-steps", type=Steps(), metavar="N", help="Only runs of at least N steps.")
@click.option("--budget", type=Duration(), metavar="TIME", help="CPU time a job, 30s by default.")
@click.option("--evaluations", type=Steps(), metavar="N", help="Stop after N functions instead.")
@click.option("--seed", type=Exact(at_least_zero=True), metavar="N", help="0 by default.")
@click.option("--jobs", type=Steps(), metavar="N", help="Processes, 1 by default.")
@click.option("--all", "every", is_flag=True, help="Every shipped upper bound in turn.")
@click.option("--records", metavar="FILE", help="With --all: keep the tightest functions there.")
@click.option("--state", metavar="FILE", help="Where the attack stands; resumed if it exists.")
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@file_option("out", "Write the report that is otherwise shown; - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, statement: str | None, divide: Fraction | None, bound: str | None,
    rule: str | None, where: tuple[str, ...], least_steps: int | None, budget: float | None,
    evaluations: int | None, seed: Fraction | None, jobs: int | None, state: str | None,
    every: bool, records: str | None, json: str | None, out: str | None, **parameters: Any,
) -> int:  # fmt: skip
    """Search for a function, a start and parameters that break a bound.

    What is reported as a counterexample is PROVED: membership, count, comparison.  Exit status:
    0 none was found, 1 a counterexample, 2 bad usage, 3 the bound applied to nothing.
    """
    places = outputs(json=json, out=out, state=state, records=records)
    given = {name: text for name, text in parameters.items() if text is not None}
    by = divide or Fraction(1)
    rest = {"--state": state, "--jobs": jobs, "--least-steps": least_steps, **_flags(given)}
    if every:
        _refuse_with_all(statement, bound, divide, least_steps, given)
        answer = _campaign(_seed(seed), budget, evaluations, jobs or 1, state, records)
        return _finish(ctx, places, answer)
    if records is not None:
        raise Refused("--records belongs to --all; leave it out")
    special = _special(statement, by, seed, budget, evaluations, rest)
    if special is not None:
        answer = special
    else:
        theorem = _statement(statement, bound, rule, where)
        target = _target(theorem, by, given, least_steps or 1, bound is not None)
        answer = _told(_run(target, _seed(seed), budget, evaluations, jobs or 1, state))
    return _finish(ctx, places, answer)


def _finish(ctx: click.Context, places: Outputs, answer: Answer) -> int:
    status = _status(answer.verdict)
    places.write("json", lambda: _json(answer, repeatable(ctx, FILES), status))
    verdict = answer.verdict
    closing = f"{verdict.claim}: {verdict.reason}"
    lines = "\n".join([*answer.lines, "", f"{verdict.status.name} {closing}"]) + "\n"
    places.write("out", lambda: lines)
    if places.to_screen:
        for line in answer.lines:
            say(line)
        say(f"\n{paint(verdict.status.name)} {closing}")
        places.announce()
    return status


def _refuse_with_all(
    statement: str | None, bound: str | None, divide: Fraction | None, least: int | None,
    given: Mapping[str, str],
) -> None:  # fmt: skip
    chosen = {"a statement": statement, "--bound": bound, "--divide": divide, **_flags(given)}
    for option, value in {**chosen, "--least-steps": least}.items():
        if value is not None:
            raise Refused(f"--all attacks every shipped upper bound; leave {option} out")


def _campaign(
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
        held = better(held, read(Path(place).read_text(encoding="utf-8")))
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
    status = Status.REFUTED if broken else Status.CONSISTENT
    names = f"; broken: {', '.join(broken)}" if broken else "; none falls"
    record = {"statement": "every shipped upper bound", "evaluations": str(tried)}
    return Answer(Verdict("every upper bound", status, reason + names), lines, record)


def _summary(outcome: Outcome) -> str:
    target, shown = outcome.target, outcome.shown
    ratio = "-" if shown is None or shown.ratio is None else f"{float(shown.ratio):.6f}"
    steps = f"{target.least_steps} steps or more" if target.least_steps > 1 else "any length"
    return f"{target.theorem.key:<32} {steps:<17} {ratio:>9}  {outcome.verdict.status.name}"


@dataclass(frozen=True)
class Answer:
    """What any attack says: the verdict, lines for people, parts of the JSON document."""

    verdict: Verdict
    lines: Sequence[str]
    record: Mapping[str, Any]


def _flags(given: Mapping[str, str]) -> dict[str, str]:
    return {f"--{name}": text for name, text in given.items()}


def _special(
    key: str | None, divide: Fraction, seed: Fraction | None, budget: float | None,
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
            return _lower(str(key), divide, _seed(seed), budget or 5.0, evaluations, tell)
        if divide != 1 or budget is not None:
            raise Refused(f"{key} is no bound; leave --divide and --budget out")
        return _class(str(key), _seed(seed), evaluations or 2000, tell)


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


# --- what is attacked ----------------------------------------------------------------------------


def _statement(
    key: str | None, bound: str | None, rule: str | None, where: Sequence[str]
) -> Theorem:
    if (key is None) == (bound is None):
        raise Refused(
            "give one statement: a key of `relaxsmooth list theorems`, or your own --bound with "
            '--rule, as --rule clipped --bound "20*L0*Delta/eps^2"'
        )
    if bound is not None:
        return _typed(bound, rule, where)
    if rule is not None or where:
        raise Refused(f"--rule and --where belong to your own --bound; leave them out with {key}")
    from relaxsmooth.attack.claims import CLAIMS
    from relaxsmooth.theorems import theorems

    if key not in theorems():
        raise Refused(unknown_name("statement", str(key), [*theorems(), *CLAIMS]))
    return theorems()[str(key)]


def _typed(bound: str, rule: str | None, where: Sequence[str]) -> Theorem:
    """A theorem of the user's, read by the package's own grammar."""
    from relaxsmooth.source import Known, Source
    from relaxsmooth.theorem import Assumption, Kind, Theorem
    from relaxsmooth.updates import rules

    if rule is None:
        raise Refused("--bound needs the rule it is about; add --rule, as --rule clipped")
    if rule not in rules():
        raise Refused(unknown_name("rule", rule, rules()))
    formula = _letters(bound, "--bound")
    conditions = tuple(map(_condition, where))
    used = set(formula.symbols).union(*(c.left.symbols | c.right.symbols for c in conditions))
    assumptions = [Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS]
    if "M" in used or rule == "gd":
        assumptions.append(Assumption.GRADIENT_BOUND)
    return Theorem(
        key="yours", title="your own bound", source=Source("relaxsmooth", "typed"),
        known=Known.DERIVED, kind=Kind.UPPER, rule=rule, bound=formula,
        assumptions=tuple(assumptions), conditions=conditions, scaling="not checked",
    )  # fmt: skip


def _letters(text: str, option: str) -> Any:
    from relaxsmooth.formula import FormulaError
    from relaxsmooth.symbols import LETTERS
    from relaxsmooth.text import parse

    try:
        return parse(text, tuple(LETTERS))
    except FormulaError as error:
        raise Refused(f"{option}: {error}") from None


def _condition(text: str) -> Any:
    from relaxsmooth.theorem import Condition

    sides = re.split(r"(<=|<)", text)
    if len(sides) != 3:
        raise Refused(f"--where {shorten(text)} is no relation; write one as eps <= L0/L1")
    left, relation, right = sides
    return Condition(_letters(left, "--where"), _letters(right, "--where"), relation == "<")


def _target(
    theorem: Theorem, divide: Fraction, given: Mapping[str, str], least: int, own: bool
) -> Target:
    """The rule parameters that were given: numbers for a shipped bound, formulas for your own."""
    from dataclasses import replace

    from relaxsmooth.attack.target import Target
    from relaxsmooth.updates import rules

    known = rules()[theorem.rule].parameters
    numbers: dict[str, Fraction] = {}
    for name, text in given.items():
        if name not in known:
            has = ", ".join(f"--{n}" for n in known) or "none"
            raise Refused(f"--{name}: rule {theorem.rule} has no such parameter; it has {has}")
        formula = _letters(text, f"--{name}")
        if name not in theorem.bound.symbols and not own:
            fixed = theorem.prescription.get(name)
            raise Refused(f"--{name}: {theorem.key} is about {name} = {fixed}; leave it out")
        if formula.value is not None and name in theorem.bound.symbols:
            numbers[name] = formula.value
        elif own:
            theorem = replace(theorem, prescription={**theorem.prescription, name: formula})
        else:
            raise Refused(f"--{name} {shorten(text)} must be a number for {theorem.key}")
        if formula.value is not None and formula.value <= 0:
            raise Refused(f"--{name} {shorten(text)} must be positive; give a positive number")
    return Target(theorem, divide, numbers, least)


def _seed(seed: Fraction | None) -> int:
    value = seed or Fraction(0)
    if value.denominator != 1:
        raise Refused(f"--seed {value} is no whole number; give one such as 1")
    return int(value)


# --- running -------------------------------------------------------------------------------------


def _run(
    target: Target, seed: int, budget: float | None, evaluations: int | None, jobs: int,
    state: str | None,
) -> Outcome:  # fmt: skip
    from relaxsmooth.attack.run import Budget, attack, resume

    if jobs > 64:
        raise Refused(f"--jobs {jobs} is more than 64; give the number of cores")
    found = _json_object(state)
    begun = None if found is None else resume(found, target, seed)
    limits = Budget(budget or 30.0, evaluations, jobs)
    with progress() as tell:
        write = _writer(state)
        return attack(target, seed, limits, begun, lambda state: write(state.record()), tell)


def _json_object(place: str | None) -> dict[str, Any] | None:
    """What the state file holds; None where there is none yet."""
    if place is None or not Path(place).exists() or not Path(place).stat().st_size:
        return None
    try:
        record = jsonlib.loads(Path(place).read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("no JSON object")
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(
            f"--state {shorten(place)} cannot be read ({error}); give another file, or delete it"
        ) from None
    return record


def _writer(place: str | None) -> Callable[[Mapping[str, Any]], None]:
    if place is None:
        return lambda document: None

    def save(document: Mapping[str, Any]) -> None:
        replace_file(Path(place), (jsonlib.dumps(document, indent=1) + "\n").encode())

    return save


def _status(verdict: Verdict) -> Exit:
    from relaxsmooth.verdict import Status

    ends = {Status.REFUTED: Exit.REFUTED, Status.CONSISTENT: Exit.AS_RECORDED}
    return ends.get(verdict.status, Exit.UNDECIDED)


# --- JSON ----------------------------------------------------------------------------------------


def _json(answer: Answer, arguments: Sequence[str], status: Exit) -> str:
    from relaxsmooth.report import document, to_json
    from relaxsmooth.report.record import statuses, verdict_record

    parts = {
        "statuses": statuses([answer.verdict.status]),
        "verdict": verdict_record(answer.verdict),
        **answer.record,
    }
    return to_json(document("attack", arguments, status, **parts))
