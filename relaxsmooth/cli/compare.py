"""relaxsmooth compare: GD, clipped and normalized GD on one problem, with their bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.errors import Exit, Refused
from relaxsmooth.cli.options import (
    CONSTANTS,
    Command,
    chosen,
    chosen_problem,
    constant_options,
    file_option,
    problem_options,
    repeatable,
)
from relaxsmooth.cli.outputs import outputs
from relaxsmooth.cli.screen import progress, say, say_aside, show_table
from relaxsmooth.cli.summary import show_meanings, show_reasons, status_of

if TYPE_CHECKING:
    from relaxsmooth.report import Table
    from relaxsmooth.row import Row
    from relaxsmooth.setting import Setting

# the paper's step sizes for each rule; the third is what the equivalence with clipping gives
THEOREMS = {
    "GD": "zhang2020-theorem6",
    "clipped GD": "zhang2020-theorem3",
    "normalized GD": "ngd-transferred",
}
FILES = ("json", "plot")


@click.command("compare", cls=Command)
@problem_options()
@constant_options("; 1/100 when not given")
@file_option("plot", "Draw the gradient norms (.png, .pdf or .svg).")
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, problem: str | None, function: str | None,
    x0: tuple[Fraction, ...] | None, f_star: Fraction | None, epsilon: Fraction | None,
    plot: str | None, json: str | None, **options: Any,
) -> int:  # fmt: skip
    """Run GD, clipped GD and normalized GD side by side, each with the paper's step sizes.

    Without a function: x^4 from 3/2.  Exit status as for verify.
    """
    out = outputs(json=json, plot=plot)
    f = chosen_problem(problem, function, x0, f_star, default="quartic")
    if f is None:
        raise Refused('no function; give --function "x^4" --x0 3/2 or --problem KEY')
    with progress() as tell:
        from relaxsmooth.setting import settle

        tell("constants of the class")
        setting = settle(
            f, Fraction(1, 100) if epsilon is None else epsilon, chosen(options, CONSTANTS)
        )
        rows = [_row(key, setting, tell) for key in THEOREMS.values()]
    status = status_of(rows)
    out.write("json", lambda: _json(rows, setting, repeatable(ctx, FILES), status))
    drawn = [
        (name, row)
        for name, row in zip(THEOREMS, rows, strict=True)
        if row.counted is not None and row.counted.latest != 0
    ]
    if drawn:
        out.write_picture("plot", lambda path: _picture(drawn, setting, path))
    elif out.wants("plot"):
        (say if out.to_screen else say_aside)(
            "no picture: no theorem applied, or x0 is stationary already"
        )
    out.commit()
    if out.to_screen:
        _show(rows, setting)
        out.announce()
    return status


def _row(key: str, setting: Setting, tell: Callable[[str], None]) -> Row:
    from relaxsmooth.instance import verify_instance
    from relaxsmooth.theorems import theorems

    tell(key)
    return verify_instance(theorems()[key], setting)


def _show(rows: Sequence[Row], setting: Setting) -> None:
    from relaxsmooth.report import shown

    problem = setting.problem
    start = ", ".join(map(str, problem.start))
    say(f"f = {problem.shown}, x0 = {start}")
    say(", ".join(f"{name} = {shown(value)}" for name, value in setting.values.items()) + "\n")
    show_table(_table(rows))
    show_reasons(rows)
    show_meanings([row.verdict.status for row in rows], status_of(rows))


def _table(rows: Sequence[Row]) -> Table:
    from relaxsmooth.report import Table
    from relaxsmooth.report.rows import COLUMNS, row_cells

    lines = [
        (name, _steps(row), *row_cells(row)[2:])
        for name, row in zip(THEOREMS, rows, strict=True)
    ]  # fmt: skip
    columns = {name: side for name, side in COLUMNS.items() if name not in ("theorem", "problem")}
    return Table({"rule": "left", "step sizes": "left", **columns}, lines)


def _steps(row: Row) -> str:
    from relaxsmooth.report import shown

    def text(value: Any) -> str:
        return shown(value.value) if value.value is not None else str(value)

    return ", ".join(f"{name} = {text(value)}" for name, value in row.parameters.items())


def _json(rows: Sequence[Row], setting: Setting, arguments: Sequence[str], status: Exit) -> str:
    from relaxsmooth.report import document, exact, to_json
    from relaxsmooth.report.record import problem_record, row_record, statuses

    parts = {
        "problem": problem_record(setting.problem),
        "epsilon": exact(setting.epsilon),
        "values": exact(setting.values),
        "reasons": dict(setting.reasons),
        "statuses": statuses([row.verdict.status for row in rows]),
        "rows": [row_record(row) for row in rows],
    }
    return to_json(document("compare", arguments, status, **parts))


def _picture(drawn: Sequence[tuple[str, Row]], setting: Setting, path: Path) -> bytes:
    from relaxsmooth.plots import Curve, compare_picture
    from relaxsmooth.report.rows import counted
    from relaxsmooth.theorems import theorems
    from relaxsmooth.trajectory import norms
    from relaxsmooth.updates import rule

    curves = []
    for name, row in drawn:
        assert row.counted is not None
        steps = rule(theorems()[row.theorem].rule).with_parameters(**row.parameters)
        points = norms(setting.problem, steps, setting.epsilon, row.counted)
        curves.append(Curve(name, points, counted(row), float(row.bound)))
    title = _title(setting)
    return compare_picture(curves, float(setting.epsilon), title, path.suffix[1:].lower())


def _title(setting: Setting) -> str:
    text = str(setting.problem.objective)
    name = f"f(x) = {text}" if len(text) <= 40 else setting.problem.key
    start = ", ".join(map(str, setting.problem.start))
    return f"{name},  $x_0$ = {start}" if len(start) <= 20 else name
