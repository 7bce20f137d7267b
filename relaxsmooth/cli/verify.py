"""relaxsmooth verify: the whole paper, or one theorem on one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.errors import Exit, Refused, shorten, unknown_name
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

if TYPE_CHECKING:
    from relaxsmooth.arithmetic import Arithmetic
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
@parameter_options()
@arithmetic_options()
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@file_option("latex", "Write a LaTeX table (booktabs); - is standard output.")
@file_option("csv", "Write CSV; - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, theorem: str | None, problem: str | None, function: str | None,
    x0: tuple[Fraction, ...] | None, f_star: Fraction | None, epsilon: Fraction | None,
    arithmetic: str, bits: int | None, json: str | None, latex: str | None, csv: str | None,
    **options: Any,
) -> int:  # fmt: skip
    """Check the 2020 paper on the shipped problems, or any part of it on your own function.

    Exit status: 0 as recorded, 1 something new is refuted, 2 bad usage, 3 undecided or nothing
    applied.
    """
    out = outputs(json=json, latex=latex, csv=csv)
    f = chosen_problem(problem, function, x0, f_star)
    key = _known_theorem(theorem)
    given, steps = chosen(options, CONSTANTS), chosen(options, RULE_PARAMETERS)
    plain = _plain_arithmetic(ctx, arithmetic, bits)
    with progress() as tell:
        if plain is None:
            report = run(tell, f, key, epsilon, given, steps)
        else:
            report = run_plainly(tell, plain, f, key, epsilon, given, steps)
    status = exit_status(report)
    out.write("json", lambda: _json(report, repeatable(ctx, FILES), status, f))
    out.write("latex", lambda: _latex(report.rows))
    out.write("csv", lambda: _csv(report.rows))
    if out.to_screen:
        show_report(report)
        out.announce()
    return status


def _known_theorem(key: str | None) -> str | None:
    if key is None:
        return None
    from relaxsmooth.equivalence import KEY
    from relaxsmooth.theorems import inequalities, theorems

    known = [*theorems(), *inequalities(), KEY]
    if key not in known:
        raise Refused(unknown_name("theorem", key, known))
    return key


def run(
    tell: Callable[[str], None], problem: Problem | None, theorem: str | None,
    epsilon: Fraction | None, given: Mapping[str, Fraction], parameters: Mapping[str, Fraction],
) -> Report:  # fmt: skip
    """The rows that were asked for; with nothing chosen, the whole paper and its audit."""
    keys = _keys(theorem, parameters)
    if theorem is not None and _is_lower(theorem):
        return _play(tell, theorem, problem, epsilon, given)
    from relaxsmooth.verify import Report, verify, verify_paper

    if problem is None and theorem is None and epsilon is None and not given and not parameters:
        return verify_paper(progress=tell)
    rows = [
        row for key in keys for row in verify(problem, key, epsilon, given, parameters, tell)
    ]  # fmt: skip
    return Report(rows, [])


def _plain_arithmetic(ctx: click.Context, name: str, bits: int | None) -> Arithmetic | None:
    """The arithmetic of plain steps, None for the judge's own choice (balls, and faster ways)."""
    if bits is not None and name != "ball":
        raise Refused(f"--bits {bits} is a precision of balls, not of {name}; leave one out")
    from relaxsmooth.arithmetic import EXACT, FLOAT, ball

    if name == "ball":
        return None if bits is None else ball(bits)
    return EXACT if name == "exact" else FLOAT


def run_plainly(
    tell: Callable[[str], None], arithmetic: Arithmetic, problem: Problem | None,
    theorem: str | None, epsilon: Fraction | None, given: Mapping[str, Fraction],
    parameters: Mapping[str, Fraction],
) -> Report:  # fmt: skip
    """Upper bounds by plain steps in one arithmetic."""
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems

    upper = {key: t for key, t in theorems().items() if t.kind is Kind.UPPER}
    if theorem is not None and theorem not in upper:
        raise Refused(
            f"--theorem {theorem} is no upper bound, so plain steps in {arithmetic.name} do not "
            "apply; leave --arithmetic and --bits out"
        )
    keys = [key for key in _keys(theorem, parameters) if key is not None] or list(upper)
    from relaxsmooth.plain import verify_plainly
    from relaxsmooth.verify import Report, settings

    rows = []
    for setting in settings(problem, epsilon, given):
        for key in keys:
            tell(f"{key} on {setting.problem.key} in {arithmetic.name}")
            rows.append(verify_plainly(upper[key], setting, arithmetic, parameters))
    return Report(rows, [])


def _is_lower(theorem: str) -> bool:
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems

    return theorem in theorems() and theorems()[theorem].kind is Kind.LOWER


def _play(
    tell: Callable[[str], None], theorem: str, problem: Problem | None,
    epsilon: Fraction | None, given: Mapping[str, Fraction],
) -> Report:  # fmt: skip
    """A lower bound is a game over constants: the adversary chooses the function."""
    if problem is not None:
        raise Refused(
            f"--theorem {theorem} is a lower bound, so the adversary chooses the function and "
            f"{shorten(problem.key)} is not needed; leave the function out"
        )
    from relaxsmooth.lower import case, verify_lower
    from relaxsmooth.theorems import theorems
    from relaxsmooth.verify import Report, verify

    if not given and epsilon is None:
        return Report(list(verify(theorem=theorem, progress=tell)), [])
    constants = {**given, "epsilon": epsilon}
    missing = [name for name in (*CONSTANTS, "epsilon") if constants.get(name) is None]
    if missing:
        raise Refused(
            f"--theorem {theorem} is a lower bound at constants L0, L1, M, eps, and --{missing[0]} "
            "is missing; give all four, or none"
        )
    L0, L1, M, eps = (str(constants[name]) for name in (*CONSTANTS, "epsilon"))
    values = case(L0, L1, M, eps)
    return Report([verify_lower(theorems()[theorem], values, tell)], [])


def _keys(theorem: str | None, parameters: Mapping[str, Fraction]) -> Sequence[str | None]:
    """The theorems whose rule has the parameters that were given (None: all)."""
    if not parameters:
        return [theorem]
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems
    from relaxsmooth.updates import rules

    def has_them(rule: str) -> bool:
        return set(parameters) <= set(rules()[rule].parameters)

    # a lower bound speaks of every step size: there is nothing to give it
    fitting = [k for k, t in theorems().items() if has_them(t.rule) and t.kind is Kind.UPPER]
    names = ", ".join(f"--{name}" for name in parameters)
    if theorem is None and not fitting:
        raise Refused(f"{names}: no rule has all of these parameters; see `relaxsmooth list rules`")
    if theorem is not None and theorem not in fitting:
        rule = (
            f"its rule is {theorems()[theorem].rule}" if theorem in theorems() else "it has no rule"
        )
        raise Refused(
            f"--theorem {theorem} has no parameter {names}: {rule}; see `relaxsmooth list rules`"
        )
    return fitting if theorem is None else [theorem]


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
