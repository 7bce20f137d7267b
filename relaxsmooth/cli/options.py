"""Options that several commands share, in the paper's letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from relaxsmooth.cli.errors import Refused, shorten, unknown_name
from relaxsmooth.cli.inputs import Bits, Exact, OneOf, Point

if TYPE_CHECKING:
    from relaxsmooth.problem import Problem

Decorated = Callable[[Any], Any]
RULE_PARAMETERS = {
    "h": "step size of GD",
    "eta": "step size of clipped GD; step length of normalized GD",
    "gamma": "clipping threshold: a gradient norm (eta gamma is the length of a clipped step)",
    "beta": "offset of normalized GD; momentum; factor of Armijo backtracking",
    "theta": "factor of the (L0, L1)-GD step",
    "eta0": "first trial step of Armijo backtracking",
    "nu": "weight of the clipped momentum",
    "Rhat": "guess of the distance to a minimiser: steps of length Rhat/sqrt(N)",
    "N": "number of steps that such steps are planned for",
}
PROBLEM = ("problem", "function", "x0", "f_star")
CONSTANTS = ("L0", "L1", "M")


class Command(click.Command):
    """A command that refuses an option given twice: the second would win in silence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            _, _, order = self.make_parser(ctx).parse_args(list(args))
            options = [param for param in order if isinstance(param, click.Option)]
            twice = [p for p in options if options.count(p) > 1 and not p.multiple]
            if twice:
                raise Refused(f"option {twice[0].opts[0]} is given twice; give it once", ctx)
        return super().parse_args(ctx, args)


def _stack(*options: Decorated) -> Decorated:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def problem_options(default: str = "") -> Decorated:
    """--problem, --function, --x0, --f-star."""
    return _stack(
        click.option("--problem", metavar="KEY", help=f"A shipped problem{default}."),
        click.option("--function", metavar="TEXT", help='Your own f, such as "x^4 - 2x^2 + x/3".'),
        click.option("--x0", type=Point(), metavar="POINT", help="Starting point: 3 or 1/2,-1."),
        click.option(
            "--f-star", type=Exact(any_sign=True), metavar="NUMBER",
            help="Lowest value of f, declared; it is derived where that is possible.",
        ),
    )  # fmt: skip


def constant_options(epsilon: str) -> Decorated:
    """--epsilon, --L0, --L1, --M."""
    return _stack(
        click.option(
            "--epsilon", type=Exact(), metavar="NUMBER", help=f"Target gradient norm{epsilon}."
        ),
        click.option("--L0", "L0", type=Exact(), metavar="NUMBER", help="Derived when not given."),
        click.option(
            "--L1", "L1", type=Exact(at_least_zero=True), metavar="NUMBER",
            help="Derived when not given.",
        ),
        click.option(
            "--M", "M", type=Exact(), metavar="NUMBER",
            help="At least the gradient norm on {f <= f(x0)}; derived when not given.",
        ),
    )  # fmt: skip


def parameter_options() -> Decorated:
    """--h, --eta, --gamma, ...: by default the theorem's prescription."""
    return _stack(*(_parameter(name, text) for name, text in RULE_PARAMETERS.items()))


def _parameter(name: str, text: str) -> Decorated:
    kind = Exact(at_least_zero=name in ("beta", "nu"))  # 0: no memory, or clip the gradient only
    return click.option(f"--{name}", name, type=kind, metavar="NUMBER", help=f"{text}.")


def arithmetic_options() -> Decorated:
    """--arithmetic, --bits."""
    return _stack(
        click.option(
            "--arithmetic", type=OneOf(("ball", "exact", "float")), default="ball",
            help="ball (rigorous, the default), exact (rationals only), float (proves nothing).",
        ),
        click.option(
            "--bits", type=Bits(), metavar="N",
            help="One fixed precision of the balls, instead of doubling it while undecided.",
        ),
    )  # fmt: skip


L1_option = click.option(
    "--L1",
    "L1",
    type=Exact(at_least_zero=True),
    default="1",
    metavar="NUMBER",
    help="Default 1; 0 is the class of L0-smooth functions.",
)


def file_option(name: str, what: str) -> Decorated:
    return click.option(f"--{name}", metavar="FILE", help=what)


def chosen(
    options: Mapping[str, Any], names: tuple[str, ...] | Mapping[str, str]
) -> dict[str, Fraction]:
    """The options among `names` that were given."""
    found = {name: options[name] for name in names if options.get(name) is not None}
    if "N" in found and found["N"].denominator != 1:
        raise Refused(f"--N {found['N']} is a number of steps; give a whole one")
    return found


def chosen_problem(
    problem: str | None, function: str | None, x0: tuple[Fraction, ...] | None,
    f_star: Fraction | None, default: str | None = None,
) -> Problem | None:  # fmt: skip
    """The problem that the options describe, or `default`'s, or None."""
    if problem is not None and function is not None:
        raise Refused(
            f"--problem {shorten(problem)} and --function {shorten(function)} name two problems; "
            "give one of them"
        )
    key = problem or (default if function is None else None)
    if function is None and key is None:
        for name, value in {"--x0": x0, "--f-star": f_star}.items():
            if value is not None:
                raise Refused(f"{name} needs a function; add --function TEXT or --problem KEY")
        return None
    found = _typed(function, x0) if function is not None else _shipped(str(key), x0)
    if f_star is None:
        return found
    from relaxsmooth.cli.lowest import declare

    return declare(found, f_star)


def _typed(function: str, x0: tuple[Fraction, ...] | None) -> Problem:
    from relaxsmooth.problem import problem

    if x0 is None:
        raise Refused(
            f"--function {shorten(function)} has no starting point; add one, such as --x0 3"
        )
    return problem(function, x0)


def _shipped(key: str, x0: tuple[Fraction, ...] | None) -> Problem:
    from relaxsmooth.problems import problems

    if key not in problems():
        raise Refused(unknown_name("problem", key, problems()))
    found = problems()[key]
    return found if x0 is None else found.from_start(*x0)


def repeatable(ctx: click.Context, leave_out: tuple[str, ...] = ()) -> list[str]:
    """The arguments that repeat this run: the command and every option that was given."""
    words, last = [str(ctx.info_name)], []
    for param in ctx.command.params:
        value = ctx.params.get(str(param.name))
        given = ctx.get_parameter_source(str(param.name)) is click.core.ParameterSource.COMMANDLINE
        if value is None or not given or param.name in leave_out:
            continue
        if getattr(param, "multiple", False):
            words += [word for one in value for word in (param.opts[0], _as_typed(one))]
            continue
        if isinstance(value, bool):
            words += [param.opts[0]]
            continue
        text = _as_typed(value)
        if isinstance(param, click.Argument):
            last += ["--", text] if text.startswith("-") else [text]
        else:
            words += [param.opts[0], text]
    return words + last


def _as_typed(value: Any) -> str:
    """A point as 1/2,-1, a box as -10,10;0,5, anything else as it prints."""
    if not isinstance(value, tuple):
        return str(value)
    return (";" if isinstance(value[0], tuple) else ",").join(map(_as_typed, value))
