"""relaxsmooth verify: the whole paper, or one theorem on one function."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.errors import Exit, Refused
from relaxsmooth.cli.inputs import Exact
from relaxsmooth.cli.options import (
    CONSTANTS,
    RULE_PARAMETERS,
    Command,
    arithmetic_options,
    chosen,
    chosen_problem,
    constant_options,
    file_option,
    parameter_options,
    problem_options,
    repeatable,
)
from relaxsmooth.cli.outputs import outputs
from relaxsmooth.cli.screen import paint, progress, say, show_table
from relaxsmooth.cli.summary import pairs, show_meanings, show_reasons
from relaxsmooth.cli.task import known_theorem, plain_arithmetic, run, run_plainly

if TYPE_CHECKING:
    from relaxsmooth.audit import Finding
    from relaxsmooth.problem import Problem
    from relaxsmooth.row import Row
    from relaxsmooth.verdict import Status
    from relaxsmooth.verify import Report

FILES = ("json", "latex", "csv")


@click.command("verify", cls=Command)
@click.option("--theorem", metavar="KEY", help="One theorem or inequality, of `relaxsmooth list`.")
@problem_options()
@constant_options("; 1/100 for your own function")
@click.option(
    "--delta", "Delta", type=Exact(), metavar="NUMBER",
    help="f(x0) - f* of a lower bound (default 10 psi(M)).",
)  # fmt: skip
@parameter_options()
@arithmetic_options()
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@file_option("latex", "Write a LaTeX table (booktabs); - is standard output.")
@file_option("csv", "Write CSV; - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, theorem: str | None, problem: str | None, function: str | None,
    x0: tuple[Fraction, ...] | None, f_star: Fraction | None, epsilon: Fraction | None,
    Delta: Fraction | None, arithmetic: str, bits: int | None, json: str | None,
    latex: str | None, csv: str | None, **options: Any,
) -> int:  # fmt: skip
    """Check the 2020 paper on the shipped problems, or any part of it on your own function.

    Exit status: 0 as recorded, 1 something new is refuted, 2 bad usage, 3 undecided or nothing
    applied.
    """
    out = outputs(json=json, latex=latex, csv=csv)
    f = chosen_problem(problem, function, x0, f_star)
    key = known_theorem(theorem)
    given, steps = chosen(options, CONSTANTS), chosen(options, RULE_PARAMETERS)
    plain = plain_arithmetic(arithmetic, bits)
    if plain is not None and Delta is not None:
        raise Refused(
            f"--delta {Delta} belongs to a lower bound, and plain steps in {plain.name} do not "
            "apply to that; leave --arithmetic and --bits out"
        )
    with progress() as tell:
        if plain is None:
            report = run(tell, f, key, epsilon, given, steps, Delta)
        else:
            report = run_plainly(tell, plain, f, key, epsilon, given, steps)
    status = exit_status(report)
    out.write("json", lambda: _json(report, repeatable(ctx, FILES), status, f))
    out.write("latex", lambda: _latex(report.rows))
    out.write("csv", lambda: _csv(report.rows))
    out.commit()
    if out.to_screen:
        show_report(report)
        out.announce()
    return status


# --- what people see ---------------------------------------------------------------------------


def show_report(report: Report) -> None:
    """The table, the reasons behind it, the findings, and what the statuses mean."""
    from relaxsmooth.report import row_table

    if report.rows:
        show_table(row_table(report.rows))
    show_reasons(report.rows)
    for finding in report.findings:
        _show_finding(finding)
    seen = _statuses(report)
    show_meanings(seen, exit_status(report))


def _statuses(report: Report) -> list[Status]:
    rows = [row.verdict.status for row in report.rows]
    return rows + [finding.verdict.status for finding in report.findings]


def exit_status(report: Report) -> Exit:
    """The report's own, and 3 where there is no row at all."""
    if not report.rows and not report.findings:
        return Exit.UNDECIDED
    return Exit(report.exit_status)


def _show_finding(finding: Finding) -> None:
    mark = "recorded finding" if finding.recorded else "new finding"
    verdict = finding.verdict
    say(f"\n{click.style(finding.key, bold=True)} ({mark}; {finding.known.value})")
    say(f"  printed  {finding.statement}")
    say(f"  {paint(verdict.status.name)}  {verdict.reason}")
    if verdict.witness:
        say(f"  witness  {pairs(verdict.witness)}")
    if finding.repair:
        say(f"  repair   {finding.repair}")


# --- files -------------------------------------------------------------------------------------


def _json(report: Report, arguments: Sequence[str], status: Exit, problem: Problem | None) -> str:
    from relaxsmooth.report import document, to_json
    from relaxsmooth.report.record import finding_record, problem_record, row_record, statuses

    seen = _statuses(report)
    return to_json(
        document(
            "verify", arguments, status,
            statuses=statuses(seen),
            problems={p.key: problem_record(p) for p in _problems(report.rows, problem)},
            rows=[row_record(row) for row in report.rows],
            findings=[finding_record(finding) for finding in report.findings],
        )
    )  # fmt: skip


def _problems(rows: Sequence[Row], problem: Problem | None) -> list[Problem]:
    """The problems that the rows name (a lower bound names constants instead)."""
    from relaxsmooth.problems import problems

    if problem is not None:
        return [problem]
    return [
        problems()[key] for key in dict.fromkeys(row.problem for row in rows) if key in problems()
    ]


def _latex(rows: Sequence[Row]) -> str:
    from relaxsmooth.bridge import latex
    from relaxsmooth.report import to_latex
    from relaxsmooth.theorems import inequalities, theorems

    return to_latex(rows, {**theorems(), **inequalities()}, latex)


def _csv(rows: Sequence[Row]) -> str:
    from relaxsmooth.report import to_csv

    return to_csv(rows)
