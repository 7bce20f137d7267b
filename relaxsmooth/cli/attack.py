"""relaxsmooth attack: look for a counterexample to a statement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.attack_answer import Answer, run_campaign, special, upper_bound
from relaxsmooth.cli.attack_statement import read_statement, read_target
from relaxsmooth.cli.errors import Exit, Refused, shorten
from relaxsmooth.cli.inputs import Exact, Steps
from relaxsmooth.cli.options import RULE_PARAMETERS, Command, file_option, repeatable
from relaxsmooth.cli.outputs import Outputs, outputs
from relaxsmooth.cli.screen import paint, say

if TYPE_CHECKING:
    from relaxsmooth.verdict import Verdict

FILES = ("json", "out", "state", "records")
MOST_JOBS = 64
_BUDGET = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Seconds(float):
    """A time that is printed as it can be typed."""

    def __str__(self) -> str:
        digits = f"{float(self):.9f}"  # never 1e+06, which could not be typed again
        return f"{digits.rstrip('0').rstrip('.')}s"


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
        return Seconds(float(match[1]) * _SECONDS[match[2]])


def _parameters(function: Any) -> Any:
    for name, text in reversed(RULE_PARAMETERS.items()):
        option = click.option(
            f"--{name}", name, metavar="FORMULA", help=f"{text}; such as 1/(10*L0)."
        )
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
@click.option(
    "--budget",
    type=Duration(),
    metavar="TIME",
    help="CPU time of the search for each job: 30s by default, 5s for a lower bound.",
)
@click.option(
    "--evaluations",
    type=Steps(),
    metavar="N",
    help="Stop after N functions instead, at the end of a batch.",
)
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
    for name, place in {"state": state, "records": records}.items():
        if place == "-":
            raise Refused(f"--{name} - is read again, and standard output is not; give a file name")
    places = outputs(json=json, out=out, state=state, records=records)
    given = {name: text for name, text in parameters.items() if text is not None}
    by = divide or Fraction(1)
    own = {"--bound": bound, "--rule": rule, "--where": where or None}
    rest = {"--state": state, "--jobs": jobs, "--least-steps": least_steps, **own, **_flags(given)}
    if budget is not None and evaluations is not None:
        raise Refused("--evaluations is there instead of --budget; give one of the two")
    if jobs is not None and jobs > MOST_JOBS:
        raise Refused(f"--jobs {jobs} is more than {MOST_JOBS}; give the number of cores")
    try:
        if every:
            _refuse_with_all(
                {"a statement": statement, "--divide": divide, **own}, least_steps, given
            )
            answer = run_campaign(_seed(seed), budget, evaluations, jobs or 1, state, records)
            return _finish(ctx, places, answer)
        if records is not None:
            raise Refused("--records belongs to --all; leave it out")
        found = special(statement, by, _seed(seed), budget, evaluations, rest)
        if found is None:
            theorem = read_statement(statement, bound, rule, where)
            target = read_target(theorem, by, given, least_steps or 1, bound is not None)
            found = upper_bound(target, _seed(seed), budget, evaluations, jobs or 1, state)
        return _finish(ctx, places, found)
    except KeyboardInterrupt:
        if state is None or not Path(state).exists():  # stopped before the first batch
            raise
        held = f"{shorten(state)} holds what was done; the same command goes on from there"
        click.echo(f"{ctx.command_path}: stopped; {held}", err=True)
        return Exit.STOPPED


def _finish(ctx: click.Context, places: Outputs, answer: Answer) -> int:
    status = _status(answer.verdict)
    places.write("json", lambda: _json(answer, repeatable(ctx, FILES), status))
    verdict = answer.verdict
    closing = f"{verdict.claim}: {verdict.reason}"
    lines = "\n".join([*answer.lines, "", f"{verdict.status.name} {closing}"]) + "\n"
    places.write("out", lambda: lines)
    places.commit()
    if places.to_screen:
        for line in answer.lines:
            say(line)
        say(f"\n{paint(verdict.status.name)} {closing}")
        places.announce(also=("state", "records"))
    return status


def _refuse_with_all(
    chosen: Mapping[str, Any], least: int | None, given: Mapping[str, str]
) -> None:
    for option, value in {**chosen, **_flags(given), "--least-steps": least}.items():
        if value is not None:
            raise Refused(f"--all attacks every shipped upper bound; leave {option} out")


def _flags(given: Mapping[str, str]) -> dict[str, str]:
    return {f"--{name}": text for name, text in given.items()}


def _seed(seed: Fraction | None) -> int:
    value = seed or Fraction(0)
    if value.denominator != 1:
        raise Refused(f"--seed {value} is no whole number; give one such as 1")
    return int(value)


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
