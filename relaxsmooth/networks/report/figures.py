"""The paper's Figures 1 to 4 for a run's data, and the controls.

smoothness-START   L along the step against ‖∇f‖, coloured by iteration: large step with clipping,
                   small step without, small step with
controls-START     the GD path at fixed radii; the Hessian; L x (effective step); clip lengths
training           training and validation loss
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from relaxsmooth.networks.report.statistics import probed, radii
from relaxsmooth.networks.runs.store import Store
from relaxsmooth.plots import COLOURS, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Summary = Mapping[str, Any]
Curve = Mapping[str, Any]
TITLES = {
    "large-clipped": "large step, clipping",
    "small-plain": "small step, no clipping (GD)",
    "small-clipped": "small step, clipping",
    "short-clipped": "large step, clipped to 1/4 of the length",
    "normalized": "normalized GD",
}
PAPER = tuple(TITLES)[:3]
NORM, SMOOTH = r"gradient norm $\|\nabla f(x_k)\|$", "smoothness $L$ along the step"
EXTRA = "#E69F00"


def figures(found: Summary, store: Store) -> Iterator[tuple[str, bytes]]:
    """(file name, png) of every figure of the first seed's starts."""
    first = found["parts"][0]["seed"]
    parts = [part for part in found["parts"] if part["seed"] == first]
    for part in parts:
        yield f"smoothness-{part['start']}.png", drawn(smoothness, part, store, (7.0, 2.75), 3)
        yield f"controls-{part['start']}.png", drawn(controls, part, store, (7.0, 5.2), 2, 2)
    yield "training.png", drawn(training, parts, store, (7.0, 2.4 * len(parts)), 2, len(parts))


def drawn(
    draw: Callable[[Figure, Any, Any, Store], None], what: Any, store: Store,
    size: tuple[float, float], columns: int, rows: int = 1,
) -> bytes:  # fmt: skip
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**STYLE, "axes.titlesize": 8, "legend.fontsize": 7}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure, figure.subplots(rows, columns, squeeze=False), what, store)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
        return out.getvalue()


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
        ax.set(xscale="log", yscale="log", xlabel=NORM, title=headline(c))
        if p is None:
            ax.text(0.5, 0.5, "too few points", ha="center", transform=ax.transAxes)
            continue
        k = trace["step"][rows]
        shown = ax.scatter(p.g, p.L, c=k, s=16, cmap="viridis", vmin=0, vmax=most, linewidth=0)
        fit(ax, p)
        roomy(ax, p)
    axes[0].set_ylabel(SMOOTH)
    if shown is not None:
        figure.colorbar(shown, ax=list(axes), label="iteration $k$", pad=0.01, aspect=30)
    figure.suptitle(f"{part['start']} start, seed {part['seed']}, full batch", fontsize=8)


def headline(c: Curve) -> str:
    found = c.get("smoothness")
    r = found and found["pearson"]
    told = "" if r is None else f"\ncorrelation of the logarithms {r:.2f}"
    return f"{TITLES[c['setting']]}\n{step_sizes(c)}{told}"


def fit(ax: Axes, p: Any) -> None:
    """The least-squares line of log L in log ‖∇f‖."""
    x, y = np.log(p.g), np.log(p.L)
    if np.ptp(x) < 1e-9:
        return
    slope, height = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    label = rf"fit $L \propto \|\nabla f\|^{{{slope:.2f}}}$"
    ax.plot(np.exp(ends), np.exp(height + slope * ends), color=COLOURS[1], label=label)
    ax.legend(loc="best")


def roomy(ax: Axes, p: Any) -> None:
    """Limits with a margin, and few tick labels: powers of ten, or three numbers."""
    from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

    for axis, values, limit in (
        (ax.xaxis, p.g, ax.set_xlim), (ax.yaxis, p.L, ax.set_ylim),
    ):  # fmt: skip
        low, high = float(values.min()) / 1.3, float(values.max()) * 1.3
        limit(low, high)
        axis.set_minor_formatter(NullFormatter())
        if np.log10(high / low) < 1.5:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(ScalarFormatter())


def training(figure: Figure, grid: Any, parts: Sequence[Summary], store: Store) -> None:
    for row, part in zip(grid, parts, strict=True):
        for ax, column, name in (
            (row[0], "loss", "training loss"), (row[1], "valid_loss", "validation loss"),
        ):  # fmt: skip
            for setting, style in zip(PAPER, ("-", "--", "-."), strict=True):
                trace = trace_of(curve(part, setting), store)
                if column not in trace:
                    continue
                kept = np.isfinite(trace[column])
                ax.plot(
                    trace["step"][kept], trace[column][kept], style, label=TITLES[setting],
                    color=COLOURS[PAPER.index(setting)], linewidth=1.3,
                )  # fmt: skip
            ax.set(xlabel="iteration $k$", ylabel=name, title=f"{part['start']} start")
            if column == "loss":
                ax.set_yscale("log")
        row[0].legend()


# --- the controls --------------------------------------------------------------------------------


def controls(figure: Figure, grid: Any, part: Summary, store: Store) -> None:
    (radius_ax, hessian_ax), (edge_ax, length_ax) = grid
    at_radii(radius_ax, curve(part, "small-plain"), store)
    hessians(hessian_ax, part, store)
    edge(edge_ax, part, store)
    lengths(length_ax, part, store)
    figure.suptitle(f"controls: {part['start']} start, seed {part['seed']}", fontsize=8)


def cloud(ax: Axes, trace: Any, column: str, colour: str, label: str, marker: str = "o") -> bool:
    _, p = probed(trace, column)
    if p is None:
        return False
    r = np.corrcoef(np.log(p.g), np.log(p.L))[0, 1]
    ax.scatter(p.g, p.L, s=14, color=colour, marker=marker, linewidth=0, label=f"{label}: {r:.2f}")
    return True


def finished(ax: Axes, title: str, ylabel: str, shown: bool) -> None:
    ax.set(xscale="log", yscale="log", xlabel=NORM, ylabel=ylabel, title=title)
    if shown:
        from matplotlib.ticker import NullFormatter

        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.legend(title="correlation", title_fontsize=7)
    else:
        ax.text(0.5, 0.5, "not measured in this plan", ha="center", transform=ax.transAxes)


def at_radii(ax: Axes, c: Curve, store: Store) -> None:
    trace = trace_of(c, store)
    shown = [
        cloud(ax, trace, f"smoothness_{r:g}", colour, f"r = {r:g}", marker)
        for r, colour, marker in zip(radii(trace), (*COLOURS, EXTRA), "os^Dv", strict=False)
    ]
    finished(ax, "GD path, fixed radii $r$", "smoothness $L_r$", any(shown))


def hessians(ax: Axes, part: Summary, store: Store) -> None:
    shown = [
        cloud(ax, trace_of(curve(part, s), store), "hessian_lower", colour, TITLES[s], marker)
        for s, colour, marker in zip(PAPER, COLOURS, "os^", strict=False)
    ]
    title = r"spectral norm of the Hessian at $x_k$"
    finished(ax, title, r"$\|\nabla^2 f(x_k)\|$", any(shown))


def edge(ax: Axes, part: Summary, store: Store) -> None:
    for s, colour in zip(TITLES, (*COLOURS, EXTRA), strict=True):
        trace = trace_of(curve(part, s), store)
        rows, p = probed(trace, "smoothness")
        if p is None:
            continue
        effective = trace["step_length"][rows] / trace["slice_norm"][rows]
        ax.plot(trace["step"][rows], p.L * effective, color=colour, linewidth=1, label=TITLES[s])
    ax.axhline(2, color="black", linewidth=0.6, linestyle=":")
    ax.set(
        yscale="log", xlabel="iteration $k$", ylabel=r"$L\,\|x_{k+1}-x_k\|/\|\nabla f\|$",
        title="$L$ times the effective step; 2 is the edge of stability",
    )  # fmt: skip
    ax.legend(fontsize=6)


def lengths(ax: Axes, part: Summary, store: Store) -> None:
    """L along clipped steps of two lengths b: where the steps make L, it is about 2 ‖∇f‖/b."""
    shown = []
    for s, colour, marker in zip(("large-clipped", "short-clipped"), COLOURS, "os", strict=False):
        c = curve(part, s)
        b = c["parameters"]["eta"] * c["parameters"]["gamma"]
        shown.append(cloud(ax, trace_of(c, store), "smoothness", colour, f"b = {b:g}", marker))
        if shown[-1]:
            g = np.array(ax.dataLim.intervalx)
            ax.plot(g, 2 * g / b, color=colour, linewidth=0.8, linestyle=":")
    title = r"clipped steps of length $b$; dotted: $2\|\nabla f\|/b$"
    finished(ax, title, SMOOTH, any(shown))
