"""A confirmed instance in words: the function, the numbers, and the commands that check it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from fractions import Fraction

from relaxsmooth.attack.confirm import Confirmed
from relaxsmooth.attack.run import Outcome
from relaxsmooth.members import Profile
from relaxsmooth.report import shown
from relaxsmooth.verdict import Status

MOST_KNOTS = 12  # of u that are listed one by one
LONGEST_REASON = 160
LONGEST_FUNCTION = 2_000  # characters of a command that are still worth showing


def story(outcome: Outcome) -> list[str]:
    """Lines for people; nothing but the verdict is left to say afterwards."""
    found, state = outcome.shown, outcome.state
    lines = [f"statement    {outcome.target.theorem.statement()}"]
    if outcome.target.divide != 1:
        lines.append(f"divided by   {outcome.target.divide}")
    lines.append(f"tried        {state.evaluations} functions, {state.rejected} hits refused")
    if found is None:
        return lines
    broken = outcome.verdict.status is Status.REFUTED
    lines += ["", "counterexample" if broken else "tightest, of what was found"]
    return [*lines, *_instance(found), "", "check it with", *(f"  {c}" for c in commands(found))]


def _instance(found: Confirmed) -> list[str]:
    instance, row = found.instance, found.row
    lines = []
    if instance.u is not None and instance.v is None:
        lines += _profile(instance.u, instance.constants["L1"] > 0)
    if len(instance.function) <= LONGEST_FUNCTION:
        lines.append(f"  f          {instance.function}")
    lines.append(f"  x0         {', '.join(map(str, instance.start))}")
    for name, value in row.values.items():
        lines.append(f"  {name:<10} {shown(value)}")
    lines += [f"  {n:<10} {v}" for n, v in row.parameters.items() if n not in row.values]
    counted = row.counted
    if counted is not None:
        exact = "" if counted.exact else "at least "
        lines.append(f"  T_eps      {exact}{shown(counted.earliest)}, PROVED")
        lines.append(f"  bound      {shown(row.bound)}")
    if found.ratio is not None:
        lines.append(f"  ratio      {float(found.ratio):.6f} of the undivided bound")
    reason = found.member.reason
    short = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}..."
    lines.append(f"  member     {found.member.status.name}: {short}")
    return lines


def _profile(u: Profile, relaxed: bool) -> list[str]:
    """f' = s(u) and how u runs."""
    points = [f"({t}, {v})" for t, v in zip(u.knots, u.values, strict=True)]
    if len(points) > MOST_KNOTS:
        points = [*points[:6], f"... {len(points) - 8} more ...", *points[-2:]]
    left, right = u.tails
    s = "sign(u)(L0/L1)(e^(L1|u|) - 1)" if relaxed else "L0 u"
    return [
        f"  f' = s(u)  s(u) = {s}, u piecewise linear",
        f"  u through  {', '.join(points)}",
        f"  beyond     slope {left} on the left, {right} on the right",
    ]


def commands(found: Confirmed) -> list[str]:
    """The command lines that decide membership and count again."""
    instance = found.instance
    function = instance.function
    if len(function) > LONGEST_FUNCTION:
        return [f"(f has {len(function)} characters: take it from --json)"]
    constants = instance.constants
    member = ["certify", function, *_options({n: constants[n] for n in ("L1", "L0")})]
    known = {n: constants[n] for n in ("L0", "L1", "M") if n in constants}
    parameters = {
        name: value.value for name, value in found.row.parameters.items()
        if value.value is not None and name not in known
    }  # fmt: skip
    theorem = found.target.theorem
    first_hit = theorem.is_first_hit
    count = ["count", "--rule", theorem.rule] if first_hit else ["verify", "--theorem", theorem.key]
    count += ["--function", function]
    count += ["--x0", ",".join(map(str, instance.start)), "--epsilon", str(instance.epsilon)]
    missing = set(found.row.parameters) - set(parameters) - set(known)
    if missing and theorem.key == "yours":
        name = sorted(missing)[0]
        lines = f"(the step {name} = {found.row.parameters[name]} is no rational: count in Python)"
        return [shlex.join(["relaxsmooth", *member]), lines]
    if missing and first_hit:  # an irrational step, such as log(2)/L1
        count += ["--theorem", theorem.key]
    stated = {*found.target.free, *found.target.given}
    fixed = {n: v for n, v in parameters.items() if first_hit or n in stated}
    count += _options(known) + _options(fixed)
    made = [shlex.join(["relaxsmooth", *words]) for words in (member, count)]
    if found.target.divide != 1 and not first_hit:
        made.append(
            f"(verify compares with the whole bound, not with it over {found.target.divide})"
        )
    return made


def _options(values: Mapping[str, Fraction | None]) -> list[str]:
    return [word for name, value in values.items() for word in (f"--{name}", str(value))]
