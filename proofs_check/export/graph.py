"""A picture of which claim uses which, coloured by status."""

from __future__ import annotations

from pathlib import Path

from proofs_check.ledger import Ledger, Status

COLOURS = {
    Status.REFUTED: "#c0392b",
    Status.SUSPECT: "#e67e22",
    Status.OPEN: "#f1c40f",
    Status.PROVED_ONCE: "#a9cce3",
    Status.VERIFIED: "#5dade2",
    Status.CERTIFIED: "#58b368",
}


def depths(ledger: Ledger) -> dict[str, int]:
    """The longest chain of uses below each claim."""
    found: dict[str, int] = {}
    for key, result in ledger.results.items():
        found[key] = 1 + max((found[other] for other in result.claim.uses), default=-1)
    return found


def draw(ledger: Ledger, file: Path) -> None:
    from matplotlib.figure import Figure

    columns: dict[int, list[str]] = {}
    for key, depth in depths(ledger).items():
        columns.setdefault(depth, []).append(key)
    place = {k: (d, -i + len(c) / 2) for d, c in columns.items() for i, k in enumerate(c)}
    tallest = max((len(c) for c in columns.values()), default=1)
    figure = Figure(figsize=(3.2 * len(columns) + 1, 0.32 * tallest + 1.5))
    axes = figure.add_subplot()
    axes.axis("off")
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(-tallest / 2 - 1, tallest / 2 + 1)
    for key, result in ledger.results.items():
        for other in result.claim.uses:
            axes.annotate(
                "", place[key], place[other], arrowprops={"arrowstyle": "->", "alpha": 0.3}
            )
    for key, (x, y) in place.items():
        box = {"boxstyle": "round", "facecolor": COLOURS[ledger.results[key].status]}
        axes.text(x, y, key, ha="center", va="center", fontsize=7, bbox=box)
    handles = [axes.scatter([], [], color=colour, label=str(s)) for s, colour in COLOURS.items()]
    axes.legend(handles=handles, loc="lower right", fontsize=7)
    figure.savefig(file)
