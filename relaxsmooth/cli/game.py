"""relaxsmooth game: the complexity of the best fixed step on the line, certified for every h."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relaxsmooth.cli.errors import Exit, Refused
from relaxsmooth.cli.inputs import Exact
from relaxsmooth.cli.options import Command, Decorated, file_option, repeatable
from relaxsmooth.cli.outputs import outputs
from relaxsmooth.cli.screen import paint, progress, say, show_table

if TYPE_CHECKING:
    from relaxsmooth.complexity import Complexity
    from relaxsmooth.game import Answer

FILES = ("json", "plot")
NEEDED = ("L0", "L1", "M", "epsilon")
GAPS = 10


def _constant(name: str, text: str) -> Decorated:
    return click.option(f"--{name}", name, type=Exact(), metavar="NUMBER", help=text)


@click.command("game", cls=Command)
@_constant("L0", "Constant part of the curvature limit.")
@_constant("L1", "Slope of the curvature limit in the gradient norm.")
@_constant("M", "Bound of the gradient norm on {f <= f(x0)}.")
@_constant("delta", "f(x0) - f*, at least psi(M); 10 psi(M) by default.")
@_constant("epsilon", "Target gradient norm, below M.")
@file_option("plot", "Draw forced and sufficient steps against h (.png, .pdf or .svg).")
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, delta: Fraction | None, plot: str | None, json: str | None,
    **constants: Fraction | None,
) -> int:  # fmt: skip
    """The number of steps of the best fixed step size h, over all (L0, L1)-smooth f on the line.

    For every h > 0 the adversary has a function that forces the lower number; the tuned h needs at
    most the upper one on every function.  Exit status: 0 certified, 3 not.
    """
    out = outputs(json=json, plot=plot)
    values = _values(constants, delta)
    from relaxsmooth.complexity import complexity

    with progress() as tell:
        tell("the adversary's answers, then the best step")
        found = complexity(values)
    status = Exit.AS_RECORDED if found.low.steps is not None else Exit.UNDECIDED
    out.write("json", lambda: _json(found, repeatable(ctx, FILES), status))
    if out.wants("plot"):
        out.write_picture("plot", lambda file: _picture(found, file))
    out.commit()
    if out.to_screen:
        _show(found)
        out.announce()
    return status


def _values(constants: dict[str, Fraction | None], delta: Fraction | None) -> dict[str, Fraction]:
    missing = [name for name in NEEDED if constants.get(name) is None]
    if missing:
        raise Refused(
            f"--{missing[0]} is missing; the game is about L0, L1, M and epsilon, give all four"
        )
    from relaxsmooth.complexity import check, with_gap
    from relaxsmooth.formula import FormulaError

    L0, L1, M, eps = (constants[name] or Fraction(1) for name in NEEDED)
    try:
        values = with_gap(L0, L1, M, eps, GAPS)
        if delta is not None:
            values["Delta"] = delta
        check(values)
    except FormulaError as error:
        raise Refused(str(error)) from None
    return values


def _show(found: Complexity) -> None:
    from relaxsmooth.report import Table, shown
    from relaxsmooth.rounding import in_digits

    values = found.values
    say(", ".join(f"{n} = {shown(values[n])}" for n in ("L0", "L1", "M", "Delta", "eps")) + "\n")
    columns = {"step size h": "left", "hard function": "left", "steps": "right"}
    show_table(Table(columns, [_cells(answer) for answer in found.low.answers]))
    upper = str(found.high.steps)
    step = f"h = {in_digits(found.high.h, 7)} = {found.share:.4f} h*(M)"
    if found.low.steps is None:
        say(f"\n{paint('UNDECIDED')}: {found.low.reason}; at most {upper} steps at {step}")
        return
    say(f"\n{paint('PROVED')}: the best fixed step needs {found.low.steps} to {upper} steps")
    say(f"  ratio {found.ratio:.4f}; the upper number at {step}\n")
    lines = [
        (key, "-" if bound is None else f">= {shown(bound)}", found.status(key).name)
        for key, bound in found.bounds.items()
    ]
    show_table(Table({"lower bound": "left", "claims": "right", "here": "left"}, lines))


def _cells(answer: Answer) -> tuple[str, str, str]:
    from relaxsmooth.rounding import in_digits

    if answer.high is None:
        interval = f"[{in_digits(answer.low, 7)}, infinity)"
        return interval, f"EXT from |f'| = {in_digits(answer.c, 6)}", "infinity"
    interval = f"({in_digits(answer.low, 7)}, {in_digits(answer.high, 7)}]"
    return interval, f"zigzag, f'(x_k) = {in_digits(answer.c, 6)}", str(answer.steps)


def _json(found: Complexity, arguments: Sequence[str], status: Exit) -> str:
    from relaxsmooth.report import document, exact, to_json

    low, high = found.low, found.high
    return to_json(
        document(
            "game", arguments, status,
            values=exact(found.values),
            lower=None if low.steps is None else exact(low.steps),
            upper=exact(high.steps),
            h=exact(high.h),
            least_decrease=exact(high.least_decrease),
            reason=low.reason,
            answers=[
                {
                    "low": exact(a.low), "high": "infinity" if a.high is None else exact(a.high),
                    "function": a.shape, "gradient": exact(a.c),
                    "steps": "infinity" if a.steps is None else exact(a.steps),
                    "example": str(a.example.objective),
                }
                for a in low.answers
            ],
            bounds={
                key: {"value": exact(bound), "status": found.status(key).name}
                for key, bound in found.bounds.items()
            },
        )
    )  # fmt: skip


def _picture(found: Complexity, file: Path) -> bytes:
    from relaxsmooth.arithmetic import FLOAT
    from relaxsmooth.complexity import curves
    from relaxsmooth.plots import game_picture

    low, high = curves(found.values)
    lines = {key: float(bound) for key, bound in found.bounds.items() if bound is not None}
    z = found.values["L1"] * found.values["M"] / found.values["L0"]
    share = found.values["eps"] / found.values["M"]
    title = rf"$L_1 M/L_0 = {float(z):g}$, $\varepsilon/M = {float(share):g}$"
    best = (found.share, FLOAT.number(found.high.bound))
    return game_picture(low, high, best, lines, title, file.suffix[1:].lower())
