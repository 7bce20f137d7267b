"""The tightness table as a picture: one bar pair a theorem, sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from relaxsmooth.attack.table import Line
from relaxsmooth.plots import COLOURS, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relaxsmooth.attack.records import Record


def tightness_picture(made: Sequence[Line], kind: str = "png") -> bytes:
    """Ratios over runs of any length (bar) and over long runs (dot)."""
    known = [line for line in made if line.any_length is not None or line.long is not None]
    known.sort(key=lambda line: max(_ratio(line.any_length), _ratio(line.long)))

    def draw(axes: Axes) -> None:
        places = range(len(known))
        axes.barh(
            places, [_ratio(line.any_length) for line in known], height=0.6, color=COLOURS[0],
            alpha=0.45, label="any length",
        )  # fmt: skip
        long = [(y, _ratio(line.long)) for y, line in enumerate(known) if line.long is not None]
        axes.plot(
            [x for _, x in long], [y for y, _ in long], "o", color=COLOURS[1], markersize=3.5,
            label="20 steps or more",
        )  # fmt: skip
        axes.axvline(1, color="0.3", linewidth=0.8)
        axes.set_yticks(places, [line.theorem for line in known], fontsize=6)
        axes.set_ylim(-0.7, len(known) - 0.3)
        axes.set_xlim(0, 1.06)
        axes.set_xlabel("measured/bound (proved)")
        axes.legend(loc="lower right", bbox_to_anchor=(0.94, 0.0), fontsize=6)

    return picture(draw, kind, height=0.8 + 0.135 * len(known))


def _ratio(record: Record | None) -> float:
    return 0.0 if record is None else float(record.ratio)
