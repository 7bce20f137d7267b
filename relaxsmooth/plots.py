"""Edge: the two pictures of the command line, in the paper's letters.

frontier_picture    L1 -> L0*(L1), with the constants for which f is (L0, L1)-smooth shaded;
compare_picture     ‖∇f(x_k)‖ against k for several rules, bounds as vertical lines.

One column wide (3.4 in), 8 pt; colours of Okabe and Ito, told apart by line style as well.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
STYLES = ("-", "-", "-.", ":")
WIDTHS = (1.4, 2.6, 1.2, 1.2)  # clipping and normalization often coincide: the second shows through
COLUMN = 3.4  # inches
STYLE: Any = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "relaxsmooth",  # the same picture gives the same bytes
}


@dataclass(frozen=True)
class Curve:
    """One rule: name, (k, ‖∇f(x_k)‖) in increasing k, T_eps as text, and its bound (or None)."""

    name: str
    points: Sequence[tuple[float, float]]
    arrival: str
    bound: float | None


def picture(draw: Callable[[Axes], None], kind: str, height: float = 2.6) -> bytes:
    """The figure that `draw` makes, as the bytes of a png, pdf or svg file."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(COLUMN, height), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.subplots())
        return _bytes(figure, kind)


def _bytes(figure: Figure, kind: str) -> bytes:
    stamp = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    out = io.BytesIO()
    figure.savefig(out, format=kind, dpi=300, metadata=stamp)
    return out.getvalue()


def frontier_picture(
    points: Sequence[tuple[float, float]], title: str, formula: str, kind: str,
    mark: tuple[float, float] | None = None,
) -> bytes:  # fmt: skip
    """points: finite (L1, L0*(L1)) in increasing L1; formula: the branch in LaTeX, or ""."""

    def draw(axes: Axes) -> None:
        x, y = [p[0] for p in points], [p[1] for p in points]
        logarithmic = x[0] > 0 and min(y) > 0 and max(y) > 30 * min(y)
        top = max(y) * (2 if logarithmic else 1.7) or 1.0
        axes.fill_between(x, y, top, color=COLOURS[0], alpha=0.15, linewidth=0)
        axes.plot(x, y, color=COLOURS[0], linewidth=1.4, label=formula or r"$L_0^*(L_1)$")
        if logarithmic:
            axes.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(min(y) / 2, top))
        else:
            axes.set(xlim=(0, x[-1]), ylim=(0, top))
        if mark is not None and x[0] <= mark[0] <= x[-1]:
            axes.plot(*mark, "o", color=COLOURS[1], markersize=4, clip_on=False, zorder=3)
        axes.set(xlabel=r"$L_1$", ylabel=r"$L_0$")
        axes.set_title(title, fontsize=8)
        axes.legend(loc="upper right", title=r"smooth for $(L_0, L_1)$ in the shade")

    return picture(draw, kind)


def compare_picture(curves: Sequence[Curve], epsilon: float, title: str, kind: str) -> bytes:
    """The gradient norm of every rule on log axes; k = 0 is at the left end."""

    def draw(axes: Axes) -> None:
        axes.set_xscale("symlog", linthresh=1, linscale=0.5)
        axes.set_yscale("log")
        for i, curve in enumerate(curves):
            _draw_curve(axes, curve, i % len(COLOURS))
        _name_the_bounds(axes, [c.bound for c in curves if c.bound is not None])
        axes.axhline(epsilon, color="0.35", linewidth=0.7)
        axes.annotate(
            r"$\varepsilon$", (0, epsilon), xycoords=("axes fraction", "data"), xytext=(3, 2),
            textcoords="offset points", color="0.35",
        )  # fmt: skip
        axes.set_xlim(left=0)
        _name_the_steps(axes)
        axes.set_xlabel(r"iteration $k$")
        axes.set_ylabel(r"$\|\nabla f(x_k)\|$")
        axes.set_title(title, fontsize=8)
        axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=7, handlelength=2.6,
            borderaxespad=0,
        )  # fmt: skip

    return picture(draw, kind, height=3.2)


Points = Sequence[tuple[float, float]]


def game_picture(
    low: Points, high: Points, best: tuple[float, float], bounds: Mapping[str, float], title: str,
    kind: str,
) -> bytes:  # fmt: skip
    """Steps that a function forces and steps that suffice, against h/h*(M); bounds as lines."""

    def draw(axes: Axes) -> None:
        axes.set_yscale("log")
        axes.axvspan(1, 1.15, color="0.85", linewidth=0, label=r"$\infty$: EXT never arrives")
        for curve, colour, width, name in (
            (high, COLOURS[1], 3.0, "suffice for every $f$"),
            (low, COLOURS[0], 1.2, "forced by a zigzag"),
        ):
            x, y = zip(*curve, strict=True)
            axes.plot(x, y, color=colour, linewidth=width, label=name)
        axes.plot(*best, "o", color="black", markersize=4, zorder=3, label="the tuned step")
        for (key, value), style in zip(bounds.items(), ("-", "--", ":"), strict=False):
            if value > 0:
                axes.axhline(value, color="0.4", linestyle=style, linewidth=0.8, label=key)
        axes.set(xlim=(0, 1.15), xlabel=r"$h/h^*(M)$", ylabel="steps")
        axes.set_title(title, fontsize=8)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=7, ncols=2)

    return picture(draw, kind, height=3.2)


def worst_picture(
    f: Points, slope: Points, u: Points, iterates: Sequence[float], level: float, title: str,
    kind: str,
) -> bytes:  # fmt: skip
    """f - f*, f' and u one above the other, with the iterates and the gradient norm `level`."""

    def decorate(panels: Sequence[Axes]) -> None:
        low, high = min(y for _, y in slope), max(y for _, y in slope)
        for y in (level, -level):
            if low <= y <= high:
                panels[1].axhline(y, color=COLOURS[1], linewidth=0.7, linestyle=":", zorder=0)
        for axes, curve in zip(panels, (f, slope, u), strict=True):
            _mark_start(axes, curve, iterates)

    return _three_panels((f, slope, u), iterates, r"$f - f^*$", title, kind, decorate)


def data_picture(
    f: Points, slope: Points, u: Points, places: Sequence[float], title: str, kind: str
) -> bytes:
    """f, f' and u of a function through data at `places`, one above the other."""
    return _three_panels((f, slope, u), places, r"$f$", title, kind)


def _three_panels(
    curves: Sequence[Points], marks: Sequence[float], first: str, title: str, kind: str,
    decorate: Callable[[Sequence[Axes]], None] = lambda panels: None,
) -> bytes:  # fmt: skip
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(COLUMN, 4.4), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(3, 1, sharex=True)
        for axes, curve, name in zip(panels, curves, (first, r"$f\,'$", r"$u$"), strict=True):
            _draw_with_marks(axes, curve, marks)
            axes.set_ylabel(name)
        for axes in panels[1:]:
            axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
        decorate(panels)
        panels[0].set_title(title, fontsize=8)
        panels[2].set_xlabel(r"$x$")
        return _bytes(figure, kind)


def _draw_with_marks(axes: Axes, curve: Points, marks: Sequence[float]) -> None:
    """The curve, with dots at the marks, smaller the more there are."""
    import numpy as np

    x, y = np.array(curve).T
    size = 4.0 if len(marks) <= 30 else 2.0
    axes.plot(x, y, color=COLOURS[0], linewidth=1.2)
    axes.plot(marks, np.interp(marks, x, y), "o", color=COLOURS[1], markersize=size, clip_on=False)


def _mark_start(axes: Axes, curve: Points, iterates: Sequence[float]) -> None:
    """x_0 as a square with its name, and when the iterates are there again."""
    import numpy as np

    x, y = np.array(curve).T
    heights = np.interp(iterates[:1], x, y)
    axes.plot(iterates[:1], heights[:1], "s", color=COLOURS[1], markersize=5, clip_on=False)
    again = next((k for k, x in enumerate(iterates) if k and x == iterates[0]), None)
    name = "$x_0$" if again is None else f"$x_0 = x_{{{again}}}$"
    axes.annotate(
        name, (iterates[0], heights[0]), xytext=(0, -6), textcoords="offset points",
        ha="center", va="top", fontsize=7,
    )  # fmt: skip


def _name_the_bounds(axes: Axes, bounds: Sequence[float]) -> None:
    """One word beside the leftmost of the vertical lines; the legend has the numbers."""
    if bounds:
        axes.annotate(
            "bounds" if len(bounds) > 1 else "bound", (min(bounds), 1), rotation=90,
            xycoords=("data", "axes fraction"), xytext=(-2, -2), textcoords="offset points",
            ha="right", va="top", color="0.35", fontsize=7,
        )  # fmt: skip


def _draw_curve(axes: Axes, curve: Curve, i: int) -> None:
    colour, style = COLOURS[i], STYLES[i]
    label = f"{curve.name}: $T_\\varepsilon$ = {curve.arrival}"
    if curve.bound is not None:
        label += f", bound {_short(curve.bound)}"
        axes.axvline(curve.bound, color=colour, linestyle=style, linewidth=WIDTHS[i] / 2)
    shown = [(k, g) for k, g in curve.points if 0 < g < math.inf]
    axes.plot(
        [k for k, _ in shown], [g for _, g in shown], color=colour, linestyle=style,
        linewidth=WIDTHS[i], label=label,
    )  # fmt: skip


def _name_the_steps(axes: Axes) -> None:
    """Ticks at 0 and at most six powers of ten."""
    decades = int(math.log10(max(axes.get_xlim()[1], 10)))
    every = -(-decades // 6)
    powers = range(0 if every == 1 else every, decades + 1, every)
    axes.set_xticks([0, *(10.0**p for p in powers)], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xticklabels(["0", *("1" if p == 0 else rf"$10^{{{p}}}$" for p in powers)])


def _short(value: float) -> str:
    if value < 10_000:
        return f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"${mantissa}\cdot10^{{{int(exponent)}}}$"
