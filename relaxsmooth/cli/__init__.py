"""The command line: one small file per command, loaded when it is asked for.

Exit status: 0 as recorded, 1 something refuted that is no recorded finding, 2 bad usage,
3 undecided or nothing applied, 4 an error of the program itself, 130 stopped by Ctrl-C,
141 the reader of the output is gone.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from relaxsmooth.cli.errors import Exit, Refused, explain, unknown_name

COMMANDS = {
    "verify": "check the 2020 paper, or one theorem on one function",
    "certify": "the least L0 for a given L1, exactly, with its certificate",
    "count": "certified number of iterations of a rule to an eps-stationary point",
    "worst-case": "the hardest function on the line for a rule, with its certificate",
    "interpolate": "do data (x, f, f') belong to a function of the class? decided exactly",
    "game": "the best fixed step on the line: certified lower and upper complexity",
    "attack": "search for a counterexample to a bound, or for its tightest function",
    "compare": "GD, clipped and normalized GD side by side, with their bounds",
    "networks": "the same check on real networks and data, with torch",
    "list": "theorems, inequalities, rules and problems",
    "cite": "BibTeX and the exact statement of a theorem",
}


class Program(click.Group):
    """A group that loads a command on demand and says every refusal in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"relaxsmooth.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise Refused(unknown_name("command", args[0], COMMANDS), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):  # from the table: no command is loaded for --help
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run; every way to fail becomes one line on standard error and an exit status."""
        try:
            status = super().main(*args, standalone_mode=False, **extra)  # type: ignore[call-overload]
        except SystemExit as end:  # click ends with 1 when the reader of our output is gone
            status = Exit.READER_GONE if end.code == 1 else end.code
        except Exception as error:
            if not standalone_mode:
                raise
            status = explain(error)
        if standalone_mode:
            sys.exit(status or Exit.AS_RECORDED)
        return status


def _show_version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from relaxsmooth import __version__

        click.echo(f"relaxsmooth {__version__}")
        ctx.exit()


@click.command(
    cls=Program,
    name="relaxsmooth",
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Numbers are exact: 1/160, 1e-4 and 0.3 are read as rationals. "
    "Points are comma-separated: 3 or 1/2,-1. `relaxsmooth COMMAND --help` shows the options.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version,
    help="Show the version.",
)  # fmt: skip
@click.pass_context
def main(ctx: click.Context) -> None:
    """Decide convergence theorems for (L0, L1)-smooth functions, with certificates.

    `relaxsmooth verify` checks Zhang, He, Sra, Jadbabaie, "Why Gradient Clipping Accelerates
    Training" (ICLR 2020) on the shipped problems.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
