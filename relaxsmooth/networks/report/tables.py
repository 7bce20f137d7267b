"""The numbers of a report, as one record, as a page, and as LaTeX."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relaxsmooth.networks.report.statistics import of_curve
from relaxsmooth.networks.runs.store import Store

Summary = dict[str, Any]
Rows = list[list[str]]
RULES = {"gd": "GD", "clipped": "clipped GD", "normalized": "normalized GD"}
PROVENANCE = (
    "preset", "budget", "seed", "device", "dtype", "threads", "hardware", "cores", "system",
    "python",
)  # fmt: skip
COUNTS = ["seed", "start", "rule", "T_eps", "loss there", "best parameters", "interior"]
SEEDS = ["start", "rule", "seeds", "median T_eps", "T_eps"]
SPREAD = ["start", "curve", "seeds", "median r", "r", "given the step"]
VERDICTS = ["seed", "start", "theorem", "verdict", "T_eps", "bound", "reason"]
RELATIONS = [
    "seed", "start", "curve", "points", "along the step", "Spearman", "given the step",
    "L x step", "published", "Hessian", "exponent", "of the Hessian",
]  # fmt: skip
RADII = ["seed", "start", "curve", "radius", "correlation", "L1", "L1 radius"]
LINES = ["seed", "start", "curve", "L0", "L1", "L1 x longest step", "flags"]


def summary(settings: Mapping[str, Any], results: Mapping[str, Any], store: Store) -> Summary:
    """Settings with provenance, and for each seed and start its counts, statistics, verdicts."""
    parts = []
    for part in results["parts"]:
        curves = []
        for curve in part["curves"]:
            trace = store.trace(curve["key"])
            curves.append({**curve, **(of_curve(trace) if trace is not None else {})})
        parts.append({**part, "curves": curves})
    return without_nan({"settings": dict(settings), "parts": parts})


def without_nan(value: Any) -> Any:
    """None for numbers that are not finite, which JSON cannot say."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: without_nan(v) for key, v in value.items()}
    return [without_nan(v) for v in value] if isinstance(value, list | tuple) else value


# --- rows ----------------------------------------------------------------------------------------


def number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}g}"


def with_interval(found: Mapping[str, Any] | None, name: str) -> str:
    """0.93 [0.81, 0.97]."""
    if not found or found[name] is None:
        return "-"
    low, high = found["interval"]
    return f"{found[name]:.2f} [{number(low, 2)}, {number(high, 2)}]"


def _plateau(loss: float | None, start: float | None) -> str:
    """A count needs half of the loss gone; a nan is None here."""
    known = loss is not None and start is not None and loss > start / 2
    return " (plateau)" if known else ""


def counts(found: Summary) -> Rows:
    return [
        [
            str(part["seed"]), part["start"], RULES[rule], number(t["count"], 6),
            number(t["loss"]) + _plateau(t["loss"], part["start_loss"]),
            ", ".join(f"{n} = {v:g}" for n, v in t["best"].items()),
            "yes" if t["interior"] else "NO",
        ]
        for part in found["parts"]
        for rule, t in part["tuned"].items()
    ]  # fmt: skip


def counts_by_seed(found: Summary) -> Rows:
    """The counts of all seeds together; a seed without a count is a -, and the largest."""
    held: dict[tuple[str, str], list[float]] = {}
    for part in found["parts"]:
        for rule, t in part["tuned"].items():
            T = math.inf if t["count"] is None else float(t["count"])
            held.setdefault((part["start"], RULES[rule]), []).append(T)
    return [[*head, str(len(Ts)), *spread(Ts, 6)] for head, Ts in held.items() if len(Ts) > 1]


def relations_by_seed(found: Summary) -> Rows:
    """Pearson of log L and log ‖∇f‖ along the step, of all seeds together."""
    held: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for (_, start, curve), c in curves_of(found):
        if along := c.get("smoothness"):
            given = c.get("given_step")
            pair = along["pearson"], math.nan if given is None else given
            held.setdefault((start, curve), []).append(pair)
    rows = []
    for head, pairs in held.items():
        if len(pairs) > 1 and all(r is not None for r, _ in pairs):
            rs, given = zip(*pairs, strict=True)
            rows.append([*head, str(len(rs)), *spread(rs, 2), listed(given, 2)])
    return rows


def spread(values: Sequence[float], digits: int) -> list[str]:
    """The median and all values, in the order of the seeds."""
    return [listed([statistics.median(values)], digits), listed(values, digits)]


def listed(values: Sequence[float], digits: int) -> str:
    return ", ".join(number(v if math.isfinite(v) else None, digits) for v in values)


def verdicts(found: Summary) -> Rows:
    return [
        [
            str(part["seed"]), part["start"], row["theorem"], row["verdict"],
            number(row["count"], 6), number(row["bound"], 4), row["reason"],
        ]
        for part in found["parts"]
        for row in part["theorems"]["rows"]
    ]  # fmt: skip


def curves_of(found: Summary) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    for part in found["parts"]:
        for c in part["curves"]:
            stochastic = ", minibatch" if c["mode"] == "minibatch" else ""
            yield [str(part["seed"]), part["start"], c["setting"] + stochastic], c


def relations(found: Summary) -> Rows:
    rows = []
    for head, c in curves_of(found):
        along, points = c.get("smoothness"), "-"
        if along:
            points = str(along["points"])
        published = c.get("published")
        rows.append(
            [
                *head, points, with_interval(along, "pearson"),
                number(along["spearman"] if along else None, 2),
                number(c.get("given_step"), 2), number(c.get("edge"), 3),
                number(published["pearson"] if published else None, 2),
                with_interval(c.get("hessian"), "pearson"),
                with_interval(c.get("exponent"), "exponent"),
                with_interval(c.get("hessian_exponent"), "exponent"),
            ]
        )  # fmt: skip
    return rows


def by_radius(found: Summary) -> Rows:
    return [
        [
            *head, f"{row['radius']:g}", with_interval(row, "pearson"), number(row["L1"]),
            number(None if row["L1"] is None else row["L1"] * row["radius"]),
        ]
        for head, c in curves_of(found)
        for row in c.get("radii", {}).get("by_radius", [])
    ]  # fmt: skip


def fitted(found: Summary) -> Rows:
    rows = []
    for head, c in curves_of(found):
        if line := c.get("lines"):
            L0, L1 = line["envelope"]
            rows.append([*head, *map(number, (L0, L1, line["L1_step"])), "; ".join(line["flags"])])
    return rows


# --- as text -------------------------------------------------------------------------------------


def pipe_table(head: Sequence[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def markdown(found: Summary, figures: Sequence[str]) -> str:
    """The report as a page."""
    settings = found["settings"]
    source = settings["provenance"]
    parts = found["parts"]
    spent = sum(part["cpu_seconds"] for part in parts)
    pairs = [f"{name} {settings[name]}" for name in PROVENANCE if name in settings]
    versions = ", ".join(f"{name} {v}" for name, v in settings["versions"].items())
    starts = "; ".join(
        f"seed {p['seed']}, {p['start']}: f = {p['start_loss']:.3f}, ‖∇f‖ = {p['start_norm']:.3f}"
        for p in parts
    )
    sections = [
        f"# {settings['preset']}, budget {settings['budget']}\n",
        "Measured in floats on finitely many points: a verdict is CONSISTENT at best, never "
        "PROVED.\n",
        f"Data: {source['name']} ({source['licence']}; {source['origin']}), sha256 "
        f"{source['sha256']}. {' '.join(source['remarks'])}\n",
        f"Run: {', '.join(pairs)}; {versions}. CPU seconds: {spent:.0f}.\n",
        f"Starts: {starts}. Parameters: {parts[0]['dimension']}.\n",
        f"## Steps to ‖∇f‖ <= {parts[0]['eps']:g}, the best of each step grid\n",
        "Plateau: more than half of the loss at the start is left, so that the gradient is small "
        "without a minimum.\n",
        pipe_table(COUNTS, counts(found)),
        *over_seeds(SEEDS, counts_by_seed(found)),
        "## The theorems with constants fitted on all full-batch curves, their own steps\n",
        pipe_table(VERDICTS, verdicts(found)),
        "## log L against log ‖∇f‖: Pearson with 95 % intervals, and exponents\n",
        "Given the step: after regression on the effective step size. L x step near 2 is the "
        "edge of stability: there the step makes L, whatever f is.\n",
        pipe_table(RELATIONS, relations(found)),
        *over_seeds(SPREAD, relations_by_seed(found)),
        "## L1 at fixed radii (the 0.9 quantile line)\n",
        pipe_table(RADII, by_radius(found)),
        "## (L0, L1) along the step, upper envelope\n",
        pipe_table(LINES, fitted(found)),
        "## Figures\n",
        *(f"![{name}]({name})\n" for name in figures),
    ]
    return "\n".join(sections)


def over_seeds(head: Sequence[str], rows: Rows) -> list[str]:
    """A table where there are several seeds."""
    return ["The seeds together, in their order:\n", pipe_table(head, rows)] if rows else []


def latex(found: Summary) -> str:
    """The tables as tabulars, for \\input."""
    tables = (
        (COUNTS, counts(found)), (VERDICTS[:-1], [row[:-1] for row in verdicts(found)]),
        (RELATIONS, relations(found)), (RADII, by_radius(found)),
        (SEEDS, counts_by_seed(found)), (SPREAD, relations_by_seed(found)),
    )  # fmt: skip
    head = "% written by: relaxsmooth networks report"
    return "\n\n".join([head, *(tabular(names, rows) for names, rows in tables if rows)]) + "\n"


def tabular(head: Sequence[str], rows: Rows) -> str:
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in [list(head), *rows]]
    lines.insert(1, r"\hline")
    return "\n".join([rf"\begin{{tabular}}{{{'l' * len(head)}}}", *lines, r"\end{tabular}"])


SPECIAL = str.maketrans({
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": "$<$", ">": "$>$",
})  # fmt: skip


def escaped(text: str) -> str:
    """Plain text for LaTeX."""
    known = {"T_eps": r"$T_\epsilon$", "L1 radius": r"$L_1 r$", "L0": "$L_0$", "L1": "$L_1$"}
    return known.get(text) or text.translate(SPECIAL)
