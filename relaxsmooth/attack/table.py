"""The tightness table: for every bound how close the hardest function found comes to it.

Every line is proved again when the table is made: membership, count, comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.attack.campaign import Effort
from relaxsmooth.attack.confirm import Confirmed
from relaxsmooth.attack.lower import LowerOutcome, attack_lower
from relaxsmooth.attack.records import LONG, Record, verify_record
from relaxsmooth.formula import FormulaError
from relaxsmooth.theorem import Kind
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status

SETS = 400  # of constants at which a lower bound is compared with proven upper bounds
TIGHT = Fraction(99, 100)
MOST_POINTS = 4  # of u that are listed

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """One theorem: its proved records over runs of any length and over long ones."""

    theorem: str
    any_length: Record | None
    long: Record | None
    found: Confirmed | None


def lines(records: Sequence[Record], tell: Tell = lambda text: None) -> list[Line]:
    """Each record verified; FormulaError names one that does not hold."""
    proved: dict[tuple[str, int], tuple[Record, Confirmed]] = {}
    for record in records:
        tell(f"{record.theorem}, at least {record.least_steps} steps")
        verdict, found = verify_record(record)
        if verdict.status is not Status.PROVED:
            raise FormulaError(
                f"record of {record.theorem} does not hold: {verdict.reason}; remove it"
            )
        proved[record.theorem, record.least_steps] = record, found
    upper = [key for key, theorem in theorems().items() if theorem.kind is Kind.UPPER]
    return [_line(key, proved.get((key, 1)), proved.get((key, LONG))) for key in upper]


def _line(
    key: str, short: tuple[Record, Confirmed] | None, long: tuple[Record, Confirmed] | None
) -> Line:
    shown = short or long
    return Line(
        key, short[0] if short else None, long[0] if long else None, shown[1] if shown else None
    )


def lower_bounds(tell: Tell = lambda text: None) -> list[LowerOutcome]:
    """Every lower bound at its closest to a proven upper bound, at `SETS` sets of constants."""
    lower = [t for t in theorems().values() if t.kind is Kind.LOWER]
    found = []
    for theorem in lower:
        tell(theorem.key)
        found.append(attack_lower(theorem, evaluations=SETS))
    return found


# --- Markdown ----------------------------------------------------------------------------------

HEAD = """# How tight the bounds are

Made by `python docs/make.py` from the records in `relaxsmooth/tightness.json`, which searches found
(`relaxsmooth attack --all --records FILE`). Every ratio was proved again when this page was made:
the function is a member (decided exactly), measure and bound are enclosed in balls.

![measured/bound of the hardest function found, for every upper bound](tightness.png)

## Upper bounds

*ratio*: measured/bound of the hardest function found, over runs of any length and over runs of at
least 20 steps. No constant can be lowered below its ratio; at 1 the bound is attained. Short runs
matter: T_eps is at least 1 as soon as ‖∇f(x_0)‖ > eps, so a constant that is attained at T_eps = 1
may still be lowered for long runs, at the price of an additive term. A bound at every N counts with
its largest ratio over N <= 64, or over 20 <= N <= 64. Paths have at most 48 tents, T_eps = 49.
A dash: no such run was found, or none with a ratio above 10^-6; on the line Polyak's step is soon
below every tolerance tried.
The ratio of lobanov2024-linear tends to 1 with R at fixed N, whatever its constant.

*searched*: designs tried in the campaign whose state is `docs/campaign.json` (a climb counts as
120) and its CPU minutes; none was found above its bound, in doubles, over runs of at most 20,000
steps and N <= 64. A dash here: not in the campaign. It goes on from there with `relaxsmooth attack
--all --state docs/campaign.json --budget TIME` (TIME in all for each). In its first 278 CPU minutes
a run that had not arrived within three times the bound was dropped; since then it counts, and the
first 40 CPU seconds of every search were done again with it: nothing was found.

| theorem | any length | steps | 20 or more | steps | searched | hardest (any length) | parameters |
|---|---|---|---|---|---|---|---|
"""
LOWER = """
## Lower bounds

*ratio*: claimed/(the best upper bound proved for one step size), at the first constants that
refute it, or else where it is largest. Near 1 the statement is sharp: claim and upper bound meet.

| theorem | ratio | constants | verdict |
|---|---|---|---|
"""
END = """
Here f' = s(u), s(u) = sign(u)(L0/L1)(e^{L1|u|} - 1), with u piecewise linear and |u'| <= 1.
Where u has a kink f'' jumps, so they are C^{1,1}; rounding u at its kinks gives C^2 members whose
ratios are as near to these as one likes, since every ‖∇f(x_k)‖ > eps along the way is strict.
"""


def page(
    made: Sequence[Line], lower: Sequence[LowerOutcome], searched: Mapping[str, Effort]
) -> str:
    """The whole page."""
    rows = [_row(line, searched.get(line.theorem)) for line in made]
    below = [_lower_row(found) for found in lower]
    return HEAD + "\n".join(rows) + "\n" + _verdicts(made) + LOWER + "\n".join(below) + "\n" + END


def _row(line: Line, searched: Effort | None) -> str:
    cells = [line.theorem]
    for record in (line.any_length, line.long):
        cells += ["-", "-"] if record is None else [f"{float(record.ratio):.4f}", str(record.steps)]
    cells.append("-" if searched is None else str(searched))
    cells += ["-", "-"] if line.found is None else [_function(line.found), _parameters(line.found)]
    return "| " + " | ".join(cells) + " |"


def _function(found: Confirmed) -> str:
    instance = found.instance
    if instance.u is None:
        return f"`{instance.text}` from {', '.join(map(str, instance.start))}"
    u = instance.u
    points = [f"({_short(t)}, {_short(v)})" for t, v in zip(u.knots, u.values, strict=True)]
    if len(points) > MOST_POINTS:
        points = [*points[:MOST_POINTS], f"... {len(points) - MOST_POINTS} more"]
    return f"{instance.family}: u through {', '.join(points)}; x0 = {_short(instance.start[0])}"


def _parameters(found: Confirmed) -> str:
    values = {**found.instance.constants, **found.instance.parameters}
    return ", ".join(f"{name} = {_short(value)}" for name, value in values.items())


def _short(value: Fraction) -> str:
    return str(value) if len(str(value)) <= 9 else f"{float(value):.6g}"


def _verdicts(made: Sequence[Line]) -> str:
    """Which constants are attained, and by how much the others could still be lowered."""
    known = [(line.theorem, best) for line in made if (best := _best(line)) is not None]
    attained = [name for name, ratio in known if ratio >= TIGHT]
    rest = sorted((ratio, name) for name, ratio in known if ratio < TIGHT)
    text = f"\nAttained within 1 percent, by runs of any length: {', '.join(attained)}.\n"
    text += "\nNot shown to be sharp, with the factor that is left: "
    return text + ", ".join(f"{name} ({float(1 / ratio):.3g})" for ratio, name in rest) + ".\n"


def _best(line: Line) -> Fraction | None:
    ratios = [record.ratio for record in (line.any_length, line.long) if record is not None]
    return max(ratios, default=None)


def _lower_row(found: LowerOutcome) -> str:
    values = found.values or {}
    shown = ", ".join(f"{name} = {values[name]}" for name in ("L0", "L1", "M", "eps") if values)
    ratio = "-" if found.ratio is None else f"{float(found.ratio):.4f}"
    return f"| {found.theorem.key} | {ratio} | {shown} | {found.verdict.status.name} |"
