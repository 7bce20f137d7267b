"""relaxsmooth networks: the same check on real networks (needs the extra torch)."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from relaxsmooth.cli.errors import Exit
from relaxsmooth.cli.options import Command
from relaxsmooth.cli.screen import progress, say


@click.group("networks")
def command() -> None:
    """The check on real networks and real data, in floats: CONSISTENT at best, never PROVED.

    Needs torch: pip install 'relaxsmooth[torch]'.
    """


@command.command("presets", cls=Command)
def presets() -> None:
    """What `networks run` can run."""
    from relaxsmooth.networks.runs.presets import PRESETS

    for name, found in PRESETS.items():
        say(f"{name:24}{found.title}; budgets {', '.join(found.budgets)}")


@command.command("run", cls=Command)
@click.argument("preset")
@click.option("--out", metavar="DIR", help="Folder of the run; by default runs/PRESET-BUDGET.")
@click.option(
    "--budget",
    default="2m",
    show_default=True,
    metavar="TIME",
    help="Size of the plan: 10s, 2m or 15m on two CPU cores.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    metavar="N",
    help="Seed of the weights and of the slice of the data.",
)
@click.option(
    "--data",
    default="",
    metavar="NAME|DIR",
    help="king-james, pydoc, fashion-mnist, digits, or a folder with your own copy.",
)
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or mps.")
@click.option("--dtype", default="float32", show_default=True, help="float32, float64 or bfloat16.")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder.")
def run(
    preset: str, out: str | None, budget: str, seed: int, data: str, device: str, dtype: str,
    resume: bool,
) -> None:  # fmt: skip
    """Tune GD, clipped and normalized GD, trace smoothness, check the theorems' bounds.

    A run that was stopped goes on with --resume, to the same numbers.
    """
    folder = Path(out or f"runs/{preset}-{budget}")
    from relaxsmooth.networks.runs.run import Wanted
    from relaxsmooth.networks.runs.run import run as start

    wanted = Wanted(preset, budget, seed, data, device, dtype)
    try:
        with progress() as tell:
            start(wanted, folder, tell, resume)
    except KeyboardInterrupt:
        click.echo(
            f"stopped; go on with: networks run {preset} ... --out {folder} --resume", err=True
        )
        sys.exit(Exit.STOPPED)
    say(f"the run is in {folder}; now: relaxsmooth networks report {folder}")


@command.command("report", cls=Command)
@click.argument("folder", metavar="DIR")
def report(folder: str) -> None:
    """The paper's figures 1 to 4 for this run, the controls, and tables (Markdown, LaTeX, JSON)."""
    from relaxsmooth.networks.report import write_report

    for path in write_report(Path(folder)):
        say(str(path))
