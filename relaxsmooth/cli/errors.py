"""Every failure as one line that names the value, the rule it broke and what to do."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum

import click


class Exit(IntEnum):
    """Exit statuses of the program."""

    AS_RECORDED = 0
    REFUTED = 1
    BAD_USAGE = 2
    UNDECIDED = 3
    INTERNAL = 4
    STOPPED = 130
    READER_GONE = 141


class Refused(click.UsageError):
    """Bad input; the message is complete: value, rule, remedy."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """rule 'cliped' is not known; did you mean clipped?"""
    names = list(known)
    near = [known for known in names if len(name) > 2 and name in known]
    near = (near or get_close_matches(name, names, n=3, cutoff=0.5))[:3]
    if near:
        remedy = f"did you mean {' or '.join(near)}?"
    elif len(names) <= 12:
        remedy = f"choose one of {', '.join(names)}"
    else:
        remedy = f"choose one of {', '.join(names[:6])}, ...; `relaxsmooth list` shows all"
    return f"{kind} {shorten(name)} is not known; {remedy}"


def shorten(text: str) -> str:
    """The text in quotes, one line, at most 40 characters."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def explain(error: Exception) -> Exit:
    """One line on standard error for a failure, and its exit status."""
    from relaxsmooth.formula import FormulaError

    if isinstance(error, click.Abort):
        _say(None, "stopped; no output was written")
        return Exit.STOPPED
    if isinstance(error, click.ClickException):
        _say(getattr(error, "ctx", None), _in_our_words(error))
        return Exit.BAD_USAGE
    if isinstance(error, FormulaError):
        _say(None, str(error))
        return Exit.BAD_USAGE
    if isinstance(error, OSError):
        _say(None, f"the output cannot be written: {error.strerror}; write it somewhere else")
        return Exit.BAD_USAGE
    # status 1 means "refuted": a fault of the program must never look like a verdict
    click.echo(traceback.format_exc(), err=True, nl=False)
    _say(None, "this is an error of the program, not of your input; please report it")
    return Exit.INTERNAL


def _say(ctx: click.Context | None, message: str) -> None:
    place = ctx.command_path if ctx is not None else "relaxsmooth"
    click.echo(f"{place}: {' '.join(message.split())}", err=True)


def _in_our_words(error: click.ClickException) -> str:
    """Click's own refusals, with the remedy that they leave out."""
    ctx = getattr(error, "ctx", None)
    see = f"see `{ctx.command_path} --help`" if ctx is not None else "see `relaxsmooth --help`"
    if isinstance(error, Refused):
        return error.message
    if isinstance(error, click.NoSuchOption):
        return _no_such_option(error, see)
    if isinstance(error, click.BadOptionUsage):
        name = error.option_name
        if "does not take a value" in error.message:
            return f"option {name} takes no value; write {name} alone"
        return f"option {name} has no value; write {name} VALUE, {see}"
    text = error.format_message().rstrip(".")
    if "unexpected extra argument" in text:
        return f"{text[0].lower()}{text[1:]}; remove it, or put quotes around a formula with spaces"
    return f"{text}; {see}"


def _no_such_option(error: click.NoSuchOption, see: str) -> str:
    name = error.option_name
    if not name.startswith("--") or name[2:3].isdigit():
        return (
            f"option {shorten(name)} is not known; a formula that starts with a minus goes last, "
            "after --, as in: certify --L1 1 -- '-x^2'"
        )
    if error.ctx is not None and error.ctx.parent is None:
        remedy = f"options come after a command, as in: relaxsmooth verify {name} ...; {see}"
    else:
        near = error.possibilities or []
        remedy = f"did you mean {' or '.join(near[:3])}?" if near else see
    return f"option {shorten(name)} is not known; {remedy}"
