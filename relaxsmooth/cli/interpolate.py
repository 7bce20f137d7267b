"""relaxsmooth interpolate: do data (x_i, f_i, f'_i) belong to a function of the class?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relaxsmooth.cli.data_file import UNKNOWN, Triple, read_data, read_datum
from relaxsmooth.cli.errors import Exit, Refused, shorten
from relaxsmooth.cli.inputs import Exact
from relaxsmooth.cli.options import Command, L1_option, file_option, repeatable
from relaxsmooth.cli.outputs import outputs
from relaxsmooth.cli.screen import paint, say

if TYPE_CHECKING:
    from relaxsmooth.formula import Formula
    from relaxsmooth.interpolation import Interpolation
    from relaxsmooth.problem import Problem

FILES = ("json", "plot", "save")
POINTS = 600  # of a picture
MOST_BUILT = 200  # data whose function is built although nobody reads it
MOST_SPELT = 80  # characters of a number that is shown as a formula
MOST_SHOWN = 300  # characters of a function that is shown


@click.command("interpolate", cls=Command)
@click.option(
    "--at",
    "points",
    multiple=True,
    metavar="X,F,G",
    help="One datum: f(X) = F, f'(X) = G; F may be ?.",
)
@click.option("--data", metavar="FILE", help="One datum a line: x, f, g or x, g (no values of f).")
@click.option(
    "--L0", "L0", type=Exact(at_least_zero=True), default="1", metavar="NUMBER", help="Default 1."
)
@L1_option
@click.option("--convex", is_flag=True, help="Among convex functions only.")
@file_option("plot", "Draw the function: f, f' and u with the data (.png, .pdf or .svg).")
@file_option("save", "Write the function as text, for `relaxsmooth count --function`.")
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, points: tuple[str, ...], data: str | None, L0: Fraction, L1: Fraction,
    convex: bool, plot: str | None, save: str | None, json: str | None,
) -> int:  # fmt: skip
    """Decide exactly whether an (L0, L1)-smooth function on the line has these values and slopes.

    Either such a function is built, or two neighbours are named that no member joins, with the
    exact amount by which they fail.  Exit status: 0 PROVED, 1 REFUTED, 3 UNDECIDED.
    """
    from relaxsmooth.interpolation import interpolate

    out = outputs(json=json, plot=plot, save=save)
    for name, place in {"json": json, "save": save}.items():
        if data is not None and place is not None and Path(place).resolve() == Path(data).resolve():
            raise Refused(f"--{name} and --data both name {shorten(place)}; give another file")
    triples = [*read_data(data), *(read_datum(text, f"--at {shorten(text)}") for text in points)]
    if not triples:
        raise Refused("no data; give some with --data FILE, or as --at 0,0,1 --at 1,3/2,2")
    wanted = any(out.wants(name) for name in ("json", "save", "plot"))
    written = len(triples) <= MOST_BUILT or wanted
    found = interpolate(triples, L0, L1, convex=convex, function=written)
    status = _status(found)
    if out.wants("save") or out.wants("plot"):
        _needed(found)  # before anything is written
    out.write("json", lambda: _json(found, triples, L0, L1, convex, repeatable(ctx, FILES), status))
    if out.wants("save"):
        out.write("save", lambda: f"{_needed(found).objective}\n")
    if out.wants("plot"):
        out.write_picture("plot", lambda file: _picture(_needed(found), triples, L0, L1, file))
    out.commit()
    if out.to_screen:
        _show(found, triples)
        out.announce()
    return status


def _status(found: Interpolation) -> Exit:
    ends = {"PROVED": Exit.AS_RECORDED, "REFUTED": Exit.REFUTED}
    return ends.get(found.verdict.status.name, Exit.UNDECIDED)


def _needed(found: Interpolation) -> Problem:
    if found.problem is None:
        raise Refused(
            f"there is no function to write: {found.verdict.status.name}, {found.verdict.reason}; "
            "leave --save and --plot out"
        )
    return found.problem


# --- to the screen --------------------------------------------------------------------------------


def _show(found: Interpolation, data: Sequence[Triple]) -> None:
    from relaxsmooth.report import shown

    verdict = found.verdict
    if found.problem is not None:
        text = str(found.problem.objective)
        hint = f"{text.count('<=') + 1} pieces; --save FILE writes it"
        say(f"function    {text if len(text) <= MOST_SHOWN else hint}")
        if found.problem.lowest is not None:
            say(f"f*          {_of(found.problem.lowest)}")
    elif found.pair is not None:
        for i in found.pair:
            x, f, g = data[i]
            height = UNKNOWN if f is None else _of(f)
            say(f"datum {i:<5} x = {shown(x)}, f = {height}, f' = {shown(g)}")
        if found.interval is not None:
            i, j = found.pair
            low, high = map(_of, found.interval)
            say(f"members     {low} <= f_{j} - f_{i} <= {high}")
        if found.slack is not None:
            say(f"missed by   {_of(found.slack)}")
    elif verdict.status.name == "PROVED":
        say("function    not built for so many data; --save FILE writes it")
    say(f"\n{paint(verdict.status.name)} {verdict.claim}: {verdict.reason}")


def _of(value: Formula) -> str:
    """The number: as it is written where that is short, and its digits where it is no rational."""
    from relaxsmooth.arithmetic import ball
    from relaxsmooth.evaluation import evaluate
    from relaxsmooth.report import shown

    if value.value is not None:
        return shown(value.value)
    bits, known = 128, evaluate(value, {}, ball(128))
    while known.rel_accuracy_bits() < 40 and bits < 4096:
        bits *= 2
        known = evaluate(value, {}, ball(bits))
    text, digits = str(value), shown(known)
    return f"{text} = {digits}" if len(text) <= MOST_SPELT else digits


# --- to files -------------------------------------------------------------------------------------


def _json(
    found: Interpolation, data: Sequence[Triple], L0: Fraction, L1: Fraction, convex: bool,
    arguments: Sequence[str], status: Exit,
) -> str:  # fmt: skip
    from relaxsmooth.report import document, exact, to_json
    from relaxsmooth.report.record import problem_record, verdict_record

    return to_json(
        document(
            "interpolate", arguments, status,
            data=[
                {"x": exact(x), "f": None if f is None else str(f), "gradient": exact(g)}
                for x, f, g in data
            ],
            values=exact({"L0": L0, "L1": L1}),
            convex=convex,
            pair=None if found.pair is None else [str(i) for i in found.pair],
            slack=None if found.slack is None else str(found.slack),
            interval=None if found.interval is None else [str(end) for end in found.interval],
            problem=None if found.problem is None else problem_record(found.problem),
            verdict=verdict_record(found.verdict),
        )
    )  # fmt: skip


def _picture(f: Problem, data: Sequence[Triple], L0: Fraction, L1: Fraction, file: Path) -> bytes:
    """In floats: a picture proves nothing."""
    from relaxsmooth.plots import data_picture

    places = sorted(float(x) for x, _, _ in data)
    margin = (places[-1] - places[0]) / 8 or 1.0
    low, high = places[0] - margin, places[-1] + margin
    grid = sorted({*places, *(low + (high - low) * k / POINTS for k in range(POINTS + 1))})
    value, slope = (_along(h, grid) for h in (f.objective, f.gradient[0]))
    u = [(x, _level(g, float(L0), float(L1))) for x, g in slope]
    title = f"{len(data)} data, $L_0$ = {L0}, $L_1$ = {L1}"
    return data_picture(value, slope, u, places, title, file.suffix[1:].lower())


def _along(h: Formula, grid: Sequence[float]) -> list[tuple[float, float]]:
    from relaxsmooth.arithmetic import FLOAT
    from relaxsmooth.evaluation import evaluate

    return [(x, float(evaluate(h, {"x": x}, FLOAT))) for x in grid]


def _level(g: float, L0: float, L1: float) -> float:
    """u of f' = s(u): theory 0.2."""
    if L1 == 0:
        return g / L0 if L0 else 0.0
    if L0 == 0:
        return math.log(abs(g)) / L1 if g else 0.0
    return math.copysign(math.log1p(L1 * abs(g) / L0) / L1, g)
