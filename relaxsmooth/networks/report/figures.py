"""The paper's Figures 1 to 4 for a run's data, and the controls.

smoothness-START   L along the step against ‖∇f‖, coloured by iteration: large step with clipping,
                   small step without, small step with
controls-START     the GD path at fixed radii; the Hessian; L x (effective step); clip lengths
training           training and validation loss
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from relaxsmooth.networks.report.statistics import probed, radii
from relaxsmooth.networks.runs.store import Store
from relaxsmooth.plots import COLOURS, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

Summary = Mapping[str, Any]
Curve = Mapping[str, Any]
Shape = tuple[int, int]
Draw = Callable[[Any, Any, Any, Store], None]  # (figure, grid of axes, what, store)
TITLES = {
    "large-clipped": "large step, clipping",
    "small-plain": "small step, no clipping (GD)",
    "small-clipped": "small step, clipping",
    "short-clipped": "large step, clipped to 1/4",
    "normalized": "normalized GD",
}
PAPER = tuple(TITLES)[:3]
NORM, SMOOTH = r"gradient norm $\|\nabla f(x_k)\|$", "smoothness $L$ along the step"
EXTRA = "#E69F00"


def figures(found: Summary, store: Store) -> Iterator[tuple[str, bytes]]:
    """(file name, png) of every figure of the first seed's starts."""
    for name, draw, what, size, shape in plans(found):
        yield name, png(drawn(draw, what, store, size, shape))


def plans(found: Summary) -> Iterator[tuple[str, Draw, Any, tuple[float, float], Shape]]:
    """(file name, how, of what, inches, rows and columns)."""
    first = found["parts"][0]["seed"]
    parts = [part for part in found["parts"] if part["seed"] == first]
    for part in parts:
        yield f"smoothness-{part['start']}.png", smoothness, part, (7.0, 2.8), (1, 3)
        yield f"controls-{part['start']}.png", controls, part, (7.0, 6.0), (2, 2)
    yield "training.png", training, parts, (7.0, 0.4 + 2.2 * len(parts)), (len(parts), 2)


def drawn(draw: Draw, what: Any, store: Store, size: tuple[float, float], shape: Shape) -> Figure:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**STYLE, "axes.titlesize": 8, "legend.fontsize": 7}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure, figure.subplots(*shape, squeeze=False), what, store)
        for ax in figure.axes:
            for axis in (ax.xaxis, ax.yaxis):
                few_ticks(axis)
        return figure


def png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
    return out.getvalue()


def few_ticks(axis: Axis) -> None:
    """Two to five labels on a logarithmic axis: powers of ten, numbers between, or round ones."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

    if axis.get_scale() != "log":
        return
    axis.set_major_locator(FixedLocator(log_ticks(*sorted(axis.get_view_interval()))))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_label(value)))
    axis.set_minor_locator(LogLocator(subs="all", numticks=99))
    axis.set_minor_formatter(NullFormatter())


def log_ticks(low: float, high: float) -> list[float]:
    """Numbers in [low, high]: the coarsest kind of which there are three, thinned to five."""
    from matplotlib.ticker import MaxNLocator

    fewest = 3 if low >= 1e-3 and high < 1e4 else 2  # powers written as such are wide
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for leading in ((1,), (1, 3), (1, 2, 5)):
        ticks = [float(f"{m}e{k}") for k in powers for m in leading]
        inside = [t for t in ticks if low <= t <= high]
        if len(inside) >= fewest:
            return inside[:: math.ceil(len(inside) / 5)]
    return [t for t in MaxNLocator(4).tick_values(low, high) if low <= t <= high]


def tick_label(value: float) -> str:
    """0.05, 20, 10⁻⁴."""
    if 1e-3 <= value < 1e4:
        return f"{value:.10g}"
    mantissa, exponent = f"{value:.6e}".split("e")
    leading = "" if float(mantissa) == 1 else rf"{float(mantissa):g}\cdot "
    return rf"${leading}10^{{{int(exponent)}}}$"


def above(ax: Axes, title: str, columns: int) -> None:
    """The title, and below it the legend, both above the panel: no data is covered."""
    ax.legend(
        title=title, title_fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0),
        ncols=columns, columnspacing=1.0, handletextpad=0.4, borderaxespad=0.3,
    )  # fmt: skip


def curve(part: Summary, setting: str, mode: str = "full") -> Curve:
    return next(c for c in part["curves"] if (c["setting"], c["mode"]) == (setting, mode))


def step_sizes(c: Curve) -> str:
    letters = {"eta": r"\eta", "gamma": r"\gamma", "beta": r"\beta", "h": "h"}
    return ", ".join(f"${letters[n]} = {v:g}$" for n, v in c["parameters"].items())


def trace_of(c: Curve, store: Store) -> Any:
    return store.trace(c["key"]) or {}


# --- the paper's figures -------------------------------------------------------------------------


def smoothness(figure: Figure, grid: Any, part: Summary, store: Store) -> None:
    axes, shown = grid[0], None
    most = max(c["steps"] for c in part["curves"]) or 1
    for ax, setting in zip(axes, PAPER, strict=True):
        c = curve(part, setting)
        trace = trace_of(c, store)
        rows, p = probed(trace, "smoothness")
        ax.set(xscale="log", yscale="log", xlabel=NORM)
        if ax is not axes[0]:  # compared with the first: the same axes
            ax.sharex(axes[0])
            ax.sharey(axes[0])
            ax.tick_params(labelleft=False)
        if p is None:
            ax.set_title(f"{TITLES[setting]}\n{step_sizes(c)}\ntoo few points")
            continue
        k = trace["step"][rows]
        shown = ax.scatter(p.g, p.L, c=k, s=16, cmap="viridis", vmin=0, vmax=most, linewidth=0)
        ax.set_title(headline(c, fit(ax, p)))
    axes[0].set_ylabel(SMOOTH)
    if shown is not None:
        figure.colorbar(shown, ax=list(axes), label="iteration $k$", pad=0.01, aspect=30)
    about = f"{part['start']} start, seed {part['seed']}, full batch"
    figure.suptitle(f"{about}; $r$: correlation of the logarithms", fontsize=8)


def headline(c: Curve, slope: float | None) -> str:
    found = c.get("smoothness")
    r = found and found["pearson"]
    told = "" if r is None else f"$r = {r:.2f}$"
    if told and slope is not None:
        told += rf"; line: $L \propto \|\nabla f\|^{{{slope:.2f}}}$"
    return f"{TITLES[c['setting']]}\n{step_sizes(c)}\n{told}"


def fit(ax: Axes, p: Any) -> float | None:
    """The least-squares line of log L in log ‖∇f‖, and its slope."""
    x, y = np.log(p.g), np.log(p.L)
    if np.ptp(x) < 1e-9:
        return None
    slope, height = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    ax.plot(np.exp(ends), np.exp(height + slope * ends), color=COLOURS[1])
    return float(slope)


def training(figure: Figure, grid: Any, parts: Sequence[Summary], store: Store) -> None:
    """Training and validation loss; starts under each other on the same axes."""
    for row, part in zip(grid, parts, strict=True):
        for ax, above_, column, name in (
            (row[0], grid[0][0], "loss", "training loss"),
            (row[1], grid[0][1], "valid_loss", "validation loss"),
        ):
            if ax is not above_:
                ax.sharex(above_)
                ax.sharey(above_)
            for setting, style in zip(PAPER, ("-", "--", "-."), strict=True):
                trace = trace_of(curve(part, setting), store)
                if column not in trace:
                    continue
                kept = np.isfinite(trace[column])
                ax.plot(
                    trace["step"][kept], trace[column][kept], style, label=TITLES[setting],
                    color=COLOURS[PAPER.index(setting)], linewidth=1.3,
                )  # fmt: skip
            ax.set(xlabel="iteration $k$", ylabel=f"{name} (nats)", title=f"{part['start']} start")
            ax.set_yscale("log")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)


# --- the controls --------------------------------------------------------------------------------


def controls(figure: Figure, grid: Any, part: Summary, store: Store) -> None:
    (radius_ax, hessian_ax), (edge_ax, length_ax) = grid
    at_radii(radius_ax, curve(part, "small-plain"), store)
    hessians(hessian_ax, part, store)
    edge(edge_ax, part, store)
    lengths(length_ax, part, store)
    about = f"controls: {part['start']} start, seed {part['seed']}"
    figure.suptitle(f"{about}; $r$: correlation of the logarithms", fontsize=8)


def cloud(ax: Axes, trace: Any, column: str, colour: str, label: str, marker: str = "o") -> bool:
    _, p = probed(trace, column)
    if p is None:
        return False
    r = np.corrcoef(np.log(p.g), np.log(p.L))[0, 1]
    name = f"{label}: $r = {r:.2f}$"
    ax.scatter(p.g, p.L, s=14, color=colour, marker=marker, linewidth=0, label=name)
    return True


def finished(ax: Axes, title: str, ylabel: str, shown: bool, columns: int = 2) -> None:
    if shown:
        ax.set(xscale="log", yscale="log", xlabel=NORM, ylabel=ylabel)
        above(ax, title, columns)
        return
    ax.set_title(title)
    ax.set_axis_off()
    ax.text(0.5, 0.5, "not measured in this plan", ha="center", transform=ax.transAxes)


def at_radii(ax: Axes, c: Curve, store: Store) -> None:
    trace = trace_of(c, store)
    shown = [
        cloud(ax, trace, f"smoothness_{radius:g}", colour, rf"$\rho = {radius:g}$", marker)
        for radius, colour, marker in zip(radii(trace), (*COLOURS, EXTRA), "os^Dv", strict=False)
    ]
    title = r"GD path: $L_\rho$ at the fixed radius $\rho$"
    finished(ax, title, r"smoothness $L_\rho$", any(shown))


def hessians(ax: Axes, part: Summary, store: Store) -> None:
    shown = [
        cloud(ax, trace_of(curve(part, s), store), "hessian_lower", colour, TITLES[s], marker)
        for s, colour, marker in zip(PAPER, COLOURS, "os^", strict=False)
    ]
    title = r"spectral norm of the Hessian at $x_k$"
    finished(ax, title, r"$\|\nabla^2 f(x_k)\|$", any(shown), columns=1)


def edge(ax: Axes, part: Summary, store: Store) -> None:
    styles = "-", "-", "--", "-", "--"  # where clipping never sets in, two curves are one
    for s, colour, style in zip(TITLES, (*COLOURS, EXTRA), styles, strict=True):
        trace = trace_of(curve(part, s), store)
        rows, p = probed(trace, "smoothness")
        if p is None:
            continue
        y = p.L * trace["step_length"][rows] / trace["slice_norm"][rows]
        ax.plot(trace["step"][rows], y, style, color=colour, linewidth=1, label=TITLES[s])
    ax.axhline(2, color="black", linewidth=0.6, linestyle=":", label="2: edge of stability")
    ax.set(yscale="log", xlabel="iteration $k$", ylabel=r"$L\,\|x_{k+1}-x_k\|/\|\nabla f(x_k)\|$")
    above(ax, "$L$ times the effective step", 2)


def lengths(ax: Axes, part: Summary, store: Store) -> None:
    """L along clipped steps of two lengths b: where the steps make L, it is about 2 ‖∇f‖/b."""
    shown = []
    for s, colour, marker in zip(("large-clipped", "short-clipped"), COLOURS, "os", strict=False):
        c = curve(part, s)
        b = c["parameters"]["eta"] * c["parameters"]["gamma"]
        trace = trace_of(c, store)
        shown.append(cloud(ax, trace, "smoothness", colour, f"$b = {b:g}$", marker))
        if shown[-1]:
            g = probed(trace, "smoothness")[1].g  # type: ignore[union-attr]
            ends = np.array([g.min(), g.max()])
            line = r"$2\|\nabla f\|/b$"
            ax.plot(ends, 2 * ends / b, color=colour, linewidth=0.8, linestyle=":", label=line)
    finished(ax, "clipped steps of length at most $b$", SMOOTH, any(shown))
