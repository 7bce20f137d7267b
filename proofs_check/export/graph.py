"""The picture of which claim uses which, coloured by status.

A claim stands to the right of those that it uses; claims that neither use nor are used are below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from proofs_check.ledger import Ledger, Status

COLOURS = {
    Status.REFUTED: "#f1948a",
    Status.SUSPECT: "#f0b27a",
    Status.OPEN: "#f7dc6f",
    Status.PROVED_ONCE: "#d6eaf8",
    Status.VERIFIED: "#85c1e9",
    Status.CERTIFIED: "#a9dfbf",
}
SWEEPS = 24
WIDTH, HEIGHT = 2.1, 0.27  # inches of a column and of a row
Edges = list[tuple[str, str]]


def uses(ledger: Ledger) -> Edges:
    return [(other, key) for key, r in ledger.results.items() for other in r.claim.uses]


def depths(keys: Iterable[str], edges: Edges) -> dict[str, int]:
    """The longest chain of uses below each claim; what uses nothing stands next to its users."""
    found: dict[str, int] = {}
    for key in keys:  # those used come first
        found[key] = 1 + max((found[a] for a, b in edges if b == key), default=-1)
    for key in found:
        if not any(b == key for _, b in edges):
            found[key] = min((found[b] for a, b in edges if a == key), default=1) - 1
    return found


def routes(depth: Mapping[str, int], edges: Edges) -> list[list[tuple[str, int]]]:
    """For each use the places it passes: the claim, a bend in each column between, the other."""
    return [
        [(a, depth[a])]
        + [(f"{a} to {b}", column) for column in range(depth[a] + 1, depth[b])]
        + [(b, depth[b])]
        for a, b in edges
    ]


def ordered(paths: list[list[tuple[str, int]]]) -> dict[tuple[str, int], float]:
    """The height of every place: each column sorted by the mean height of its neighbours."""
    places = list(dict.fromkeys(place for path in paths for place in path))
    beside: dict[tuple[str, int], list[tuple[str, int]]] = {place: [] for place in places}
    for path in paths:
        for a, b in pairwise(path):
            beside[a].append(b)
            beside[b].append(a)
    columns = sorted({column for _, column in places})
    rows = {c: [place for place in places if place[1] == c] for c in columns}
    height = {p: float(i) for c in columns for i, p in enumerate(rows[c])}
    for sweep in range(SWEEPS):
        for c in columns if sweep % 2 else reversed(columns):
            mean = {p: sum(height[q] for q in beside[p]) / len(beside[p]) for p in rows[c]}
            rows[c].sort(key=mean.__getitem__)
            middle = sum(mean.values()) / len(mean) - (len(mean) - 1) / 2
            height |= {p: middle + i for i, p in enumerate(rows[c])}
    return height


def draw(ledger: Ledger, file: Path) -> None:
    from matplotlib.figure import Figure

    edges = uses(ledger)
    linked = [k for k in ledger.results if any(k in edge for edge in edges)]
    alone = [k for k in ledger.results if k not in linked]
    depth = depths(linked, edges)
    paths = routes(depth, edges)
    height = ordered(paths)
    columns = max([*depth.values(), 4]) + 1
    place = {k: (float(depth[k]), -height[k, depth[k]]) for k in linked}
    floor = min((-h for h in height.values()), default=0.0) - 2
    place |= {k: (float(i % columns), floor - i // columns) for i, k in enumerate(alone)}
    top, bottom = max((-h for h in height.values()), default=floor), floor - len(alone) // columns
    figure = Figure(figsize=(WIDTH * columns, HEIGHT * (top - bottom + 4)))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(bottom - 2.2, top + 1))
    for path in paths:
        xs, ys = [c for _, c in path], [-height[p] for p in path]
        axes.plot(xs, ys, color="0.6", linewidth=0.8, zorder=1)
    for key, (x, y) in place.items():
        box = {"boxstyle": "round,pad=0.25", "linewidth": 0.5}
        box |= {"facecolor": COLOURS[ledger.results[key].status]}
        axes.text(x, y, key, ha="center", va="center", fontsize=7, bbox=box, zorder=2)
    seen = sorted({r.status for r in ledger.results.values()}, reverse=True)
    handles = [axes.scatter([], [], color=COLOURS[s], label=str(s), marker="s") for s in seen]
    axes.legend(handles=handles, loc="lower center", ncols=len(seen), fontsize=7, frameon=False)
    figure.savefig(file, dpi=130)
