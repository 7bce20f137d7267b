"""relaxsmooth worst-case: the hardest function on the line for a rule, with its certificate."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.errors import Exit, Refused, shorten, unknown_name
from relaxsmooth.cli.inputs import Exact, Steps
from relaxsmooth.cli.options import (
    RULE_PARAMETERS,
    Command,
    L1_option,
    chosen,
    file_option,
    parameter_options,
    repeatable,
)
from relaxsmooth.cli.outputs import outputs
from relaxsmooth.cli.screen import paint, progress, say

if TYPE_CHECKING:
    from relaxsmooth.update import UpdateRule
    from relaxsmooth.worstcase import WorstCase, WorstSteps
    from relaxsmooth.worstcase.path import Path as Trajectory

FILES = ("json", "plot", "save")
STEPS = 10
MOST_STEPS = 10_000
MOST_WRITTEN = 200  # steps, up to which the function is written out
SHORT = 300  # characters of a function that is shown
ONE = Fraction(1)


@click.command("worst-case", cls=Command)
@click.option("--rule", metavar="KEY", help="An update rule, of `relaxsmooth list rules`.")
@click.option(
    "--step-size",
    metavar="FORMULA",
    help='Your own step size in g = ‖∇f(x)‖, as "1/(1 + 2 g)"; x+ = x - s(g) ∇f(x).',
)
@click.option("--steps", type=Steps(), metavar="N", help="The number of steps (default 10).")
@click.option("--epsilon", type=Exact(), metavar="NUMBER", help="The worst T_eps instead.")
@click.option("--L0", "L0", type=Exact(), default="1", metavar="NUMBER", help="Default 1.")
@L1_option
@click.option(
    "--delta",
    "Delta",
    type=Exact(),
    default="1",
    metavar="NUMBER",
    help="f(x0) - f*, or more (default 1).",
)
@click.option("--convex", is_flag=True, help="Among convex functions only.")
@parameter_options()
@click.option(
    "--seed", type=Steps(at_least_zero=True), metavar="N", help="Of the search for paths that turn."
)
@click.option(
    "--budget", type=Steps(at_least_zero=True), metavar="N",
    help="Evaluations of that search (default 4000; 0: only the known families).",
)  # fmt: skip
@file_option("plot", "Draw f, f' and u with the iterates (.png, .pdf or .svg).")
@file_option("save", "Write the function as text, for `relaxsmooth count --function`.")
@file_option("json", "Write JSON (docs/json.md); - is standard output.")
@click.pass_context
def command(
    ctx: click.Context, /, rule: str | None, step_size: str | None, steps: int | None,
    epsilon: Fraction | None, L0: Fraction, L1: Fraction, Delta: Fraction, convex: bool,
    seed: int | None, budget: int | None, plot: str | None, save: str | None, json: str | None,
    **options: Any,
) -> int:  # fmt: skip
    """The worst min over k <= N of ‖∇f(x_k)‖ over all (L0, L1)-smooth f on the line.

    The lower value is a function, exact, on which the count is certified; the upper one a proof.
    Rule parameters default to the theorem's prescription.  Exit status: 0 both agree, 3 a gap.
    """
    out = outputs(json=json, plot=plot, save=save)
    _check(steps, epsilon, {"--seed": seed, "--budget": budget})
    used = _rule(rule, step_size, {"L0": L0, "L1": L1, "Delta": Delta}, options)
    known = {"L0": L0, "L1": L1, "Delta": Delta}
    with progress() as tell:
        found = _solve(used, steps, epsilon, known, convex, seed, budget, tell)
    status = Exit.AS_RECORDED if found.verdict.status.name == "PROVED" else Exit.UNDECIDED
    path = found.path
    if out.wants("save") or out.wants("plot"):
        _needed(path, found)  # before anything is written
    out.write("json", lambda: _json(found, used, known, repeatable(ctx, FILES), status))
    if out.wants("save"):
        out.write("save", lambda: f"{_needed(path, found).problem.objective}\n")
    if out.wants("plot"):
        out.write_picture("plot", lambda file: _picture(_needed(path, found), found, file))
    out.commit()
    if out.to_screen:
        _show(found, used, known, save)
        out.announce()
    return status


def _check(steps: int | None, epsilon: Fraction | None, search: Mapping[str, int | None]) -> None:
    for option, value in search.items():
        if epsilon is not None and value is not None:
            raise Refused(f"{option} {value} is for --steps; leave it out with --epsilon")
    if steps is not None and epsilon is not None:
        raise Refused(
            f"--steps {steps} asks for the worst gradient norm and --epsilon {epsilon} for the "
            "worst number of steps; give one of them"
        )
    if steps is not None and steps > MOST_STEPS:
        raise Refused(f"--steps {steps} exceeds {MOST_STEPS}; ask for the worst T with --epsilon")


def _rule(
    key: str | None, step_size: str | None, known: Mapping[str, Fraction],
    options: Mapping[str, Any],
) -> UpdateRule:  # fmt: skip
    from relaxsmooth.updates import rules

    given = chosen(options, RULE_PARAMETERS)
    if step_size is not None:
        return _own(key, step_size, known, given)
    if key is None:
        raise Refused("--rule is missing; give one of `relaxsmooth list rules`, as --rule clipped")
    if key not in rules():
        raise Refused(unknown_name("rule", key, rules()))
    bound = rules()[key]
    own = {name: value for name, value in known.items() if name in bound.parameters}
    bound = bound.with_parameters(**given, **own)
    open_ = [name for name in bound.parameters if name not in (*given, *own)]
    return bound.with_parameters(**_prescribed(bound, open_, known))


def _own(
    key: str | None, step_size: str, known: Mapping[str, Fraction], given: Mapping[str, Fraction]
) -> UpdateRule:
    from relaxsmooth.text import parse
    from relaxsmooth.update import UpdateRule, substituted

    if key is not None:
        raise Refused(f"--rule {shorten(key)} and --step-size name two rules; give one of them")
    size = substituted(parse(step_size, positive=True), {**known, **given})
    idle = sorted(set(given) - parse(step_size, positive=True).symbols)
    if idle:
        raise Refused(
            f"--{idle[0]} does not occur in --step-size {shorten(step_size)}; leave it out"
        )
    unknown = sorted(size.symbols - {"g"})
    if unknown:
        raise Refused(
            f"--step-size {shorten(step_size)} contains {unknown[0]}; use g, L0, L1, Delta and "
            "parameters that are given, such as --eta"
        )
    return UpdateRule("own", size, {}, "your step size")


def _prescribed(
    bound: UpdateRule, names: Sequence[str], known: Mapping[str, Fraction]
) -> dict[str, Any]:
    """What a theorem prescribes from L0, L1, Delta and M, which is psi^-1(Delta) at most."""
    from relaxsmooth.arithmetic import ball
    from relaxsmooth.cli.prescription import prescribing
    from relaxsmooth.evaluation import evaluate
    from relaxsmooth.rounding import round_up, upper_end
    from relaxsmooth.symbols import DELTA, psi_inverse_bound

    theorem = prescribing(bound.key, None) if bound.missing else None
    prescription = {} if theorem is None else theorem.prescription
    M = round_up(upper_end(evaluate(psi_inverse_bound(DELTA), known, ball(128))))
    steps = {}
    for name in names:
        value = prescription.get(name)
        if value is None and name not in bound.missing:
            continue  # it keeps its default
        value = None if value is None else value.subs({**known, "M": M})
        if value is None or value.symbols or value.value == 0:
            raise Refused(f"rule {bound.key} needs a value for {name}; give --{name}")
        steps[name] = value
    return steps


def _solve(
    used: UpdateRule, steps: int | None, epsilon: Fraction | None, known: Mapping[str, Fraction],
    convex: bool, seed: int | None, budget: int | None, tell: Callable[[str], None],
) -> WorstCase | WorstSteps:  # fmt: skip
    from relaxsmooth.worstcase import worst_case, worst_steps
    from relaxsmooth.worstcase.answer import BUDGET

    L0, L1, Delta = known["L0"], known["L1"], known["Delta"]
    if epsilon is not None:
        return worst_steps(used, epsilon, L0, L1, Delta, convex=convex, progress=tell)
    return worst_case(
        used, steps or STEPS, L0, L1, Delta, convex=convex, seed=seed or 0,
        budget=BUDGET if budget is None else budget, progress=tell,
    )  # fmt: skip


def _needed(path: Trajectory | None, found: WorstCase | WorstSteps) -> Trajectory:
    if path is None and found.lower == 0:
        raise Refused(
            "T = 0 on every function, so there is none to write; leave --save and --plot out"
        )
    if path is None or path.steps > MOST_WRITTEN:
        raise Refused(
            f"the function of a path of more than {MOST_WRITTEN} steps is not written; "
            "ask for fewer steps"
        )
    return path


# --- to the screen -------------------------------------------------------------------------------


def _show(
    found: WorstCase | WorstSteps, used: UpdateRule, known: Mapping[str, Fraction],
    saved: str | None,
) -> None:  # fmt: skip
    from relaxsmooth.worstcase import WorstCase

    say(f"rule        {used.key}: x+ = x - s ∇f(x), s = {used.size}")
    for name, value in {**used.parameters, **known}.items():
        say(f"{name:<11} {value if isinstance(value, Fraction) else shown_parameter(value)}")
    if found.question.convex:
        say("class       convex functions")
    say()
    status = paint(found.verdict.status.name)
    if isinstance(found, WorstCase):
        _show_norm(found, status)
    else:
        upper = "unknown" if found.upper is None else _whole(found.upper)
        lower = _whole(found.lower)
        between = lower if found.exact else f"at least {lower}, at most {upper}"
        say(f"worst T     {between} at eps = {found.epsilon}, {status}")
    say(f"because     {found.because}")
    if found.path is not None:
        _show_function(found, found.path, saved)


def shown_parameter(value: Any) -> str:
    from relaxsmooth.report import shown

    return shown(value.value) if value is not None and value.value is not None else str(value)


def _whole(steps: float) -> str:
    """A number of steps with every digit."""
    return str(steps) if isinstance(steps, int) else "infinity"


def _show_norm(found: WorstCase, status: str) -> None:
    from relaxsmooth.report import shown
    from relaxsmooth.worstcase.answer import digits
    from relaxsmooth.worstcase.space import in_space

    low, high = digits(found.lower, up=False), digits(found.upper, up=True)
    say(f"worst       {low} <= min over k <= {found.steps} of |f'(x_k)| <= {high}, {status}")
    if found.formula is not None:
        say(f"exactly     {found.formula}")
    elif found.equation is not None:
        say(
            f"exactly     the root g of {found.steps} D(g) + psi(g) = Delta, D(g) the least "
            "decrease of a step that keeps g"
        )
    else:
        say(f"gap         {shown(float(found.gap / found.lower), 3)} of the lower value")
    space = in_space(found.question, found.steps)
    if space is not None:
        from relaxsmooth.arithmetic import FLOAT
        from relaxsmooth.evaluation import evaluate

        value = evaluate(space[0], {}, FLOAT)
        say(f"in R^d      {space[0]} = {value!r}; {space[1]}")


def _show_function(found: WorstCase | WorstSteps, path: Trajectory, saved: str | None) -> None:
    from relaxsmooth.report import shown

    if path.steps > MOST_WRITTEN:
        say(f"function    one of {path.steps} steps: not written (up to {MOST_WRITTEN})")
        return
    text = str(path.problem.objective)
    hint = f"{text.count('<=') + 1} pieces; --save FILE writes it"
    say(f"function    {text if len(text) <= SHORT else hint}")
    say(f"Delta of it {shown(path.gap, 15)}")
    counted = getattr(found, "count", None)
    if counted is not None and counted.earliest > path.steps:
        earliest = "= infinity" if counted.infinite else f">= {counted.earliest}"
        say(f"counted     T {earliest} at a gradient norm 2^-30 below, PROVED on it")
    elif counted is not None:
        say(f"counted     not beyond {counted.earliest} steps: {counted.reason}")
    if saved is not None:
        for line in _check_again(path, saved):
            say(f"check       {line}")


def _check_again(path: Trajectory, saved: str) -> list[str]:
    """The commands that decide its membership, and count on it, again."""
    q, text = path.question, f'"$(cat {shlex.quote(saved)})"'
    member = f"relaxsmooth certify {text} --L1 {q.L1} --L0 {q.L0}"
    if q.rule.key == "own":
        return [member]
    below = path.least * (1 - Fraction(1, 2**30))
    known = {n: v for n, v in q.rule.parameters.items() if v is not None}
    names = " ".join(f"--{name} {value}" for name, value in known.items())
    start = f"--x0 {path.x[0]} --epsilon {below} --function {text}"
    return [member, f"relaxsmooth count --rule {q.rule.key} {names} {start}"]


# --- to files ------------------------------------------------------------------------------------


def _json(
    found: WorstCase | WorstSteps, used: UpdateRule, known: Mapping[str, Fraction],
    arguments: Sequence[str], status: Exit,
) -> str:  # fmt: skip
    from relaxsmooth.report import document, exact, to_json
    from relaxsmooth.report.record import count_record, problem_record, verdict_record
    from relaxsmooth.worstcase import WorstCase
    from relaxsmooth.worstcase.space import in_space

    path = found.path
    written = path is not None and path.steps <= MOST_WRITTEN
    parts: dict[str, Any] = {
        "rule": {"key": used.key, "step_size": str(used.size)},
        "parameters": exact(used.parameters),
        "values": exact(known),
        "convex": found.question.convex,
        "lower": exact(found.lower),
        "upper": exact(found.upper),
        "verdict": verdict_record(found.verdict),
        "problem": problem_record(path.problem) if path is not None and written else None,
        "trajectory": [
            {"k": str(k), "x": exact(x), "gradient": exact(g)}
            for k, (x, g) in enumerate(zip(path.x, path.g, strict=True))
        ]
        if path is not None and written
        else None,
    }
    if isinstance(found, WorstCase):
        space = in_space(found.question, found.steps)
        parts |= {
            "steps": exact(found.steps),
            "equation": None if found.equation is None else f"{found.equation} = 0",
            "formula": None if found.formula is None else str(found.formula),
            "in_space": None if space is None else str(space[0]),
            "count": None if found.count is None else count_record(found.count),
        }
    else:
        parts["epsilon"] = exact(found.epsilon)
    return to_json(document("worst-case", arguments, status, **parts))


def _picture(path: Trajectory, found: WorstCase | WorstSteps, file: Path) -> bytes:
    from relaxsmooth.plots import worst_picture
    from relaxsmooth.worstcase.profile import curves

    f, slope, u = curves(path)
    q = path.question
    title = (
        f"{q.rule.title}, {path.steps} steps\n$L_0$ = {q.L0}, $L_1$ = {q.L1}, "
        rf"$\Delta$ = {q.Delta}, min $|f\,'(x_k)|$ = {float(path.least):.6g}"
    )
    marks = [float(x) for x in path.x]
    return worst_picture(f, slope, u, marks, float(path.least), title, file.suffix[1:].lower())
