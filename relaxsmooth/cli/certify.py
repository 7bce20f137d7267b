"""relaxsmooth certify: is f (L0, L1)-smooth, and with which least L0?"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relaxsmooth.cli.errors import Exit, Refused
from relaxsmooth.cli.inputs import Box, Exact
from relaxsmooth.cli.options import Command, chosen_problem, file_option, repeatable
from relaxsmooth.cli.outputs import outputs
from relaxsmooth.cli.screen import paint, progress, say, say_aside
from relaxsmooth.cli.summary import pairs

if TYPE_CHECKING:
    from relaxsmooth.cli.answer import Answer
    from relaxsmooth.problem import Problem

FILES = ("json", "plot")


@click.command("certify", cls=Command)
@click.argument("formula", required=False)
@click.option("--problem", metavar="KEY", help="A shipped problem, of `relaxsmooth list`.")
@click.option(
    "--L1", "L1", type=Exact(at_least_zero=True), metavar="NUMBER",
    help="The slope; without it the frontier L1 -> L0*(L1) is shown.",
)  # fmt: skip
@click.option(
    "--L0", "L0", type=Exact(at_least_zero=True), metavar="NUMBER",
    help="Decide this pair (L0, L1); needs --L1.",
)  # fmt: skip
@click.option(
    "--box", type=Box(), metavar="LOW,HIGH;...", help="Decide on a box only, by branch and bound."
)
@file_option("plot", "Draw the frontier, one variable (.png, .pdf or .svg).")
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, formula: str | None, problem: str | None, L1: Fraction | None,
    L0: Fraction | None, box: tuple[tuple[Fraction, Fraction], ...] | None, plot: str | None,
    json: str | None,
) -> int:  # fmt: skip
    """Certify |f''| <= L0 + L1|f'| (‖∇²f‖ <= L0 + L1‖∇f‖ in several variables).

    Exact in one variable for piecewise polynomials and functions rational in e^(ax); by growth and
    branch and bound with sin and cos; branch and bound elsewhere.  Exit status: 0 PROVED,
    1 REFUTED (with the witness), 3 UNDECIDED.
    """
    out = outputs(plot=plot, json=json)
    f = _function(formula, problem)
    if L0 is not None and L1 is None:
        raise Refused(f"--L0 {L0} needs --L1: a pair of constants is decided; give --L1 NUMBER")
    from relaxsmooth.cli.answer import certify

    if plot is not None and f.dimension > 1:
        raise Refused(
            f"--plot {plot!r}: a frontier is drawn in one variable and f has {f.dimension}; "
            "leave --plot out"
        )
    if box is not None and (len(box) != f.dimension or L1 is None):
        raise Refused(
            f"--box has {len(box)} sides for {f.dimension} variables, or --L1 is missing; give "
            "one side per variable, and --L1"
        )
    with progress() as tell:
        tell(f"deciding {f.key}")
        answer = certify(f, L0, L1, box)
    status = _exit(answer)
    out.write("json", lambda: _json(answer, repeatable(ctx, FILES), status))
    if answer.points:
        out.write_picture("plot", lambda path: _picture(answer, path))
    elif out.wants("plot"):
        (say if out.to_screen else say_aside)(
            "no picture: the frontier of this function is not decided exactly"
        )
    out.commit()
    if out.to_screen:
        _show(answer)
        out.announce()
    return status


def _function(formula: str | None, problem: str | None) -> Problem:
    """The function to certify: typed, or shipped."""
    if formula is None:
        found = chosen_problem(problem, None, None, None)
        if found is None:
            raise Refused('the formula is missing; write it in quotes: certify "x^4" --L1 1')
        return found
    if problem is not None:
        raise Refused(f"--problem {problem!r} and a formula name two functions; give one of them")
    from relaxsmooth.problem import problem as typed

    return typed(formula)


def _exit(answer: Answer) -> Exit:
    from relaxsmooth.verdict import Status

    statuses = {Status.PROVED: Exit.AS_RECORDED, Status.REFUTED: Exit.REFUTED}
    return statuses.get(answer.verdict.status, Exit.UNDECIDED)


def _picture(answer: Answer, path: Path) -> bytes:
    from relaxsmooth.cli.curve import label, sampled
    from relaxsmooth.plots import frontier_picture

    assert answer.curve is not None
    f, mark = str(answer.problem.objective), None
    points = sampled(answer.curve, answer.L1)
    if answer.L1 is not None and answer.least != "infinity":
        mark = (float(answer.L1), float(answer.least))
    title = f"f(x) = {f}" if len(f) <= 45 else ""
    return frontier_picture(points, title, label(answer), path.suffix[1:].lower(), mark)


def _show(answer: Answer) -> None:
    from relaxsmooth.cli.answer import HIDDEN

    width = max(len(label) for label, _ in answer.lines)
    for label, text in answer.lines:
        say(f"{label.ljust(width)}  {text}")
    verdict = answer.verdict
    say(f"\n{paint(verdict.status.name)}: {verdict.claim}")
    if verdict.reason:
        say(f"  {verdict.reason}")
    witness = {name: v for name, v in verdict.witness.items() if name not in HIDDEN}
    if witness:
        say(f"  witness: {pairs(witness)}")


def _json(answer: Answer, arguments: Sequence[str], status: Exit) -> str:
    from relaxsmooth.report import document, to_json

    return to_json(document("certify", arguments, status, **answer.record()))
