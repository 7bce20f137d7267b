"""relaxsmooth networks: the same check on real networks (needs the extra torch)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from relaxsmooth.cli.errors import Exit
from relaxsmooth.cli.options import Command
from relaxsmooth.cli.screen import progress, say

PLAIN = 10.0  # seconds between two lines of progress where standard error is no terminal


@click.group("networks")
def command() -> None:
    """The check on real networks and real data, in floats: CONSISTENT at best, never PROVED.

    Needs torch: pip install 'relaxsmooth[torch]'.
    """


@command.command("presets", cls=Command, short_help="what `networks run` can run")
def presets() -> None:
    """What `networks run` can run."""
    from relaxsmooth.networks.runs.presets import PRESETS

    for name, found in PRESETS.items():
        say(f"{name:24}{found.title}; budgets {', '.join(found.budgets)}")


@command.command(
    "run", cls=Command, short_help="tune the methods, trace smoothness, check the bounds"
)
@click.argument("preset")
@click.option("--out", metavar="DIR", help="Folder of the run; by default runs/PRESET-BUDGET.")
@click.option(
    "--budget", default="2m", show_default=True, metavar="TIME",
    help="Size of the plan: 10s, 2m or 15m on two CPU cores.",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), metavar="N",
    help="Seed of the weights and of the slice of the data.",
)  # fmt: skip
@click.option(
    "--data", default="", metavar="NAME|DIR",
    help="king-james, pydoc, fashion-mnist, digits, or a folder with your own copy.",
)  # fmt: skip
@click.option(
    "--device", default="cpu", show_default=True, metavar="NAME", help="cpu, cuda or mps."
)
@click.option(
    "--dtype", default="float32", show_default=True, metavar="NAME",
    help="float32, float64 or bfloat16.",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the run in the folder.")
@click.option(
    "--workers", type=click.IntRange(1), metavar="N",
    help="Processes; the numbers do not depend on it. By default 2 on two cores or more.",
)  # fmt: skip
@click.option(
    "--checkpoint", default=10.0, show_default=True, metavar="SECONDS",
    type=click.FloatRange(0), help="Time between two checkpoints of a trial.",
)  # fmt: skip
def run(
    preset: str, out: str | None, budget: str, seed: int, data: str, device: str, dtype: str,
    resume: bool, workers: int | None, checkpoint: float,
) -> None:  # fmt: skip
    """Tune GD, clipped and normalized GD, trace smoothness, check the theorems' bounds.

    A run that was stopped goes on with --resume, to the same numbers.
    """
    folder = Path(out or f"runs/{preset}-{budget}")
    from relaxsmooth.networks.runs.presets import budget as plan_of
    from relaxsmooth.networks.runs.presets import preset as preset_of

    plan_of(preset_of(preset), budget)  # an unknown one is refused before torch is loaded
    from relaxsmooth.networks.runs.run import Wanted
    from relaxsmooth.networks.runs.run import run as start

    wanted = Wanted(preset, budget, seed, data, device, dtype)
    try:
        with spoken() as tell:
            start(wanted, folder, tell, resume, workers, checkpoint)
    except KeyboardInterrupt:
        from relaxsmooth.networks.report.write import resume_command

        click.echo(f"stopped; go on with: {resume_command(vars(wanted), folder)}", err=True)
        sys.exit(Exit.STOPPED)
    say(f"the run is in {folder}; now: relaxsmooth networks report {folder}")


@contextmanager
def spoken() -> Iterator[Callable[[str], None]]:
    """Progress on standard error: one line that changes, or a new line now and then."""
    if sys.stderr.isatty():
        with progress() as tell:
            yield tell
        return
    last = 0.0

    def seldom(what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN:
            last = time.monotonic()
            click.echo(what, err=True)

    yield seldom


@command.command(
    "report", cls=Command, short_help="figures 1 to 4 of a run, its controls and tables"
)
@click.argument("folder", metavar="DIR")
def report(folder: str) -> None:
    """The paper's figures 1 to 4 for this run, the controls, and tables (Markdown, LaTeX, JSON)."""
    from relaxsmooth.networks.report import write_report

    for path in write_report(Path(folder)):
        say(str(path))
