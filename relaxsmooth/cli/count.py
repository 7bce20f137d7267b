"""relaxsmooth count: T_eps of a rule on a problem, certified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.errors import Exit, Refused, unknown_name
from relaxsmooth.cli.inputs import Steps
from relaxsmooth.cli.options import (
    CONSTANTS,
    RULE_PARAMETERS,
    Command,
    chosen,
    chosen_problem,
    constant_options,
    file_option,
    parameter_options,
    problem_options,
    repeatable,
)
from relaxsmooth.cli.outputs import outputs
from relaxsmooth.cli.prescription import Prepared, prepare
from relaxsmooth.cli.screen import paint, progress, say

if TYPE_CHECKING:
    from relaxsmooth.counting import Count
    from relaxsmooth.problem import Problem

FILES = ("json", "trace")


@click.command("count", cls=Command)
@click.option("--rule", metavar="KEY", help="An update rule, of `relaxsmooth list rules`.")
@problem_options()
@constant_options("")
@parameter_options()
@click.option("--theorem", metavar="KEY", help="The theorem that prescribes what is not given.")
@click.option(
    "--limit",
    type=Steps(),
    metavar="N",
    help="Give up after N steps (default 1e9; one by one in balls: 200,000, in R^d 50,000).",
)
@file_option("trace", "Write k, x_k, ‖∇f(x_k)‖ as CSV; - is standard output.")
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, rule: str | None, problem: str | None, function: str | None,
    x0: tuple[Fraction, ...] | None, f_star: Fraction | None, epsilon: Fraction | None,
    theorem: str | None, limit: int | None, trace: str | None, json: str | None, **options: Any,
) -> int:  # fmt: skip
    """The first k with ‖∇f(x_k)‖ <= eps, and how it was obtained.

    Rule parameters default to the theorem's prescription from L0, L1, M and Delta, which are
    derived when they are not given.  Exit status: 0 known (infinity, proved, included), 3 not.
    """
    out = outputs(json=json, trace=trace)
    if rule is None:
        raise Refused("--rule is missing; give one of `relaxsmooth list rules`, as --rule clipped")
    if epsilon is None:
        raise Refused("--epsilon is missing; give the target gradient norm, as --epsilon 1/100")
    f = chosen_problem(problem, function, x0, f_star)
    if f is None:
        raise Refused('no function; give --function "x^4" --x0 3/2 or --problem KEY')
    ready = prepare(
        f, _known_rule(rule), epsilon, chosen(options, CONSTANTS),
        chosen(options, RULE_PARAMETERS), theorem,
    )  # fmt: skip
    found = _count(ready, limit, out.wants("trace"))
    status = Exit.AS_RECORDED if found.exact else Exit.UNDECIDED
    out.write("json", lambda: _json(ready, found, repeatable(ctx, FILES), status))
    out.write("trace", lambda: _trace(f, found))
    out.commit()
    if out.to_screen:
        _show(ready, found)
    return status


def _known_rule(key: str) -> str:
    from relaxsmooth.updates import rules

    if key not in rules():
        raise Refused(unknown_name("rule", key, rules()))
    return key


def _count(ready: Prepared, limit: int | None, trace: bool) -> Count:
    from relaxsmooth.counting import count

    with progress() as tell:
        return count(
            ready.problem, ready.rule, ready.epsilon, limit=limit or 10**9, trace=trace,
            progress=lambda k: tell(f"step {k}"),
        )  # fmt: skip


def _show(ready: Prepared, found: Count) -> None:
    from relaxsmooth.report import shown

    start = ", ".join(map(str, ready.problem.start))
    say(f"f           {ready.problem.shown}")
    say(f"x0          {start}")
    say(f"rule        {ready.rule.key}: x+ = x - s ∇f(x), s = {ready.rule.size}")
    for line in ready.lines():
        say(line)
    if "declared" in ready.problem.lowest_because and "gap" in ready.rule.size.symbols:
        say(f"f*          {ready.problem.lowest}  (declared, not checked; the step reads it)")
    say(f"eps         {ready.epsilon}")
    say()
    say(f"T_eps       {_counted(found)}")
    say(f"how         {', '.join(map(str, found.how)) or 'no step'}; {found.reason}")
    if not found.infinite:
        say(f"x_T         {', '.join(shown(c, 10) for c in found.point)}")
        say(f"‖∇f(x_T)‖   {shown(found.norm, 10)}")


def _counted(found: Count) -> str:
    if found.infinite:
        return f"infinity, {paint('PROVED')}"
    if found.exact:
        return f"{found.earliest}, {paint('PROVED')}"
    latest = "unknown" if found.latest is None else str(found.latest)
    return f"at least {found.earliest}, at most {latest}: {paint('UNDECIDED')}"


def _trace(problem: Problem, found: Count) -> str:
    """k, the coordinates, and the gradient norm, as midpoints of enclosures."""
    from relaxsmooth.report import exact

    def middle(value: Any) -> str:
        written = exact(value)
        return str(written["mid"] if isinstance(written, dict) else written)

    lines = [",".join(["k", *problem.variables, "gradient_norm"])]
    for mark in found.trace:
        lines.append(",".join([str(mark.k), *map(middle, mark.x), middle(mark.norm)]))
    return "\n".join(lines) + "\n"


def _json(ready: Prepared, found: Count, arguments: Sequence[str], status: Exit) -> str:
    from relaxsmooth.report import document, exact, to_json
    from relaxsmooth.report.record import count_record, problem_record

    parts: Mapping[str, Any] = {
        "problem": problem_record(ready.problem),
        "epsilon": exact(ready.epsilon),
        "rule": {"key": ready.rule.key, "step_size": str(ready.rule.size)},
        "parameters": exact(ready.rule.parameters),
        "prescribed_by": ready.theorem,
        "values": exact(ready.values),
        "reasons": dict(ready.reasons),
        "count": count_record(found),
    }
    return to_json(document("count", arguments, status, **parts))
