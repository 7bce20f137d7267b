"""The figures of docs/twist.md: level sets, gradients, the cycle, curvature against its limit; and
the polygon of the lower bound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from scipy.interpolate import BSpline

from relaxsmooth.arithmetic import ball
from relaxsmooth.problems.twist import Twist, record
from relaxsmooth.turn import LEAST, PIECES, POLYGON, along

WINDOW = (-9.0, 9.0, -8.0, 8.0)  # in units of 1/L1
Field = Any


def fields(known: Twist, x: Field, y: Field) -> dict[str, Field]:
    """f, f_x, ..., f_yy on the grid x times y, in floats, at L1 = 1, M = 1."""
    s, L, m = known.spline, float(known.L), float(known.m)
    rows = np.array(
        [[s.coefficient(i, j) for j in range(len(s.full_y) - s.degree - 1)]
         for i in range(len(s.coefficients))], dtype=float,
    ) / s.scale  # fmt: skip
    in_x, in_y = (_basis(knots, s.degree, t / L) for knots, t in ((s.x, x), (s.full_y, y)))
    out = {}
    orders = {"f": (0, 0), "x": (1, 0), "y": (0, 1), "xx": (2, 0), "xy": (1, 1), "yy": (0, 2)}
    for name, (a, b) in orders.items():
        out[name] = in_x[a] @ rows @ in_y[b].T * L ** (1 - a - b) / m
    c = float(s.slope) / m
    out["f"] -= c * x[:, None]
    out["x"] -= c
    return out


def _basis(knots: Any, p: int, t: Field) -> list[Field]:
    """B, B', B'' at t; the end knots are repeated for SciPy and the B-splines of those dropped."""
    k = np.array([float(v) for v in knots])
    k = np.r_[[k[0]] * p, k, [k[-1]] * p]
    spline = BSpline(k, np.eye(len(k) - p - 1)[:, p:-p], p, extrapolate=False)
    parts = [spline if n == 0 else spline.derivative(n) for n in range(3)]
    return [np.nan_to_num(np.asarray(part(t))) for part in parts]


def draw(path: Path) -> None:
    known = record()
    x, y = np.linspace(*WINDOW[:2], 521), np.linspace(*WINDOW[2:], 481)
    F = fields(known, x, y)
    g = np.hypot(F["x"], F["y"])
    curvature = abs(F["xx"] + F["yy"]) / 2 + np.hypot((F["xx"] - F["yy"]) / 2, F["xy"])
    figure = Figure(figsize=(7.2, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _levels(left, known, x, y, F, g)
    shown = right.pcolormesh(
        x, y, (curvature / g).T, cmap="viridis", vmin=0, vmax=1, rasterized=True
    )
    figure.colorbar(shown, ax=right, fraction=0.05)
    right.set_title("‖∇²f‖ / (L1‖∇f‖), at most 1", fontsize=9)
    for axes in (left, right):
        axes.set_xlabel("x L1", fontsize=8)
        axes.set_aspect("equal")
        axes.tick_params(labelsize=7)
    left.set_ylabel("y L1", fontsize=8)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def _levels(axes: Any, known: Twist, x: Field, y: Field, F: dict[str, Field], g: Field) -> None:
    start = float(known.spline.at(*_points(0), 0, 0)) * float(known.L / known.m)
    axes.contourf(x, y, F["f"].T, levels=[-1e9, start], colors=["#dbe9f6"])
    axes.contour(x, y, F["f"].T, levels=24, colors="#7f7f7f", linewidths=0.5, linestyles="-")
    axes.contour(x, y, F["f"].T, levels=[start], colors="#0072B2", linewidths=1.2, linestyles="-")
    part = (slice(10, None, 26), slice(6, None, 26))
    axes.quiver(
        x[part[0]], y[part[1]], -(F["x"] / g)[part].T, -(F["y"] / g)[part].T,
        color="#404040", scale=34, width=0.0035, headwidth=4,
    )  # fmt: skip
    top = float(known.L)
    for side in (1, -1):
        axes.annotate(
            "", (0, -side * top), (0, side * top),
            arrowprops={"arrowstyle": "->", "color": "#D55E00", "lw": 1.6,
                        "connectionstyle": "arc3,rad=0.18", "shrinkA": 3, "shrinkB": 3},
        )  # fmt: skip
    axes.plot([0, 0], [top, -top], "o", color="#D55E00", ms=4)
    axes.set_title(f"-∇f/‖∇f‖ and the cycle at h = {float(known.K):.4g}/(L1 M)", fontsize=9)
    axes.set_xlim(*WINDOW[:2])
    axes.set_ylim(*WINDOW[2:])


def _points(x: int) -> tuple[Any, Any]:
    return Fraction(x), Fraction(1)


def draw_polygon(path: Path) -> None:
    """The polygon of `relaxsmooth.turn`, coloured by the largest tangential component at m = 0."""
    with ball(64).active():
        parts = list(along(POLYGON, LEAST, Fraction(0), Fraction(0), PIECES[-1]))
    places = np.array([[[float(c) for c in p] for p in part.ends] for part in parts])
    values = np.array([float(part.most) for part in parts])
    figure = Figure(figsize=(3.4, 3.3), layout="constrained")
    axes = figure.subplots()
    lines = LineCollection(
        places, cmap="RdBu_r", norm=Normalize(-1, 1), linewidths=4, capstyle="round"
    )
    lines.set_array(values)
    axes.add_collection(lines)
    axes.plot([0, 0], [1, -1], "-", color="0.7", lw=0.8, zorder=0)
    axes.plot([0, 0], [1, -1], "o", color="k", ms=4)
    for y, name in ((1, "p"), (-1, "q")):
        axes.annotate(f"{name}, ∇f = (0, {'' if y > 0 else '-'}$e^{{-m}}$)", (0.08, y), fontsize=8)
    x, y = places[len(places) // 3, 0]
    axes.annotate(
        "", places[len(places) // 3 + 40, 0], (x, y),
        arrowprops={"arrowstyle": "-|>", "color": "k", "lw": 0.8}, zorder=5,
    )  # fmt: skip
    axes.set_xlim(-0.8, 1.0)
    axes.set_ylim(-1.2, 1.25)
    axes.set_aspect("equal")
    axes.set_title(
        f"K = {LEAST}, m = 0: the integral is below {_sum(places, values) / 2:.1g}", fontsize=8
    )
    axes.tick_params(labelsize=7)
    bar = figure.colorbar(lines, ax=axes, fraction=0.05)
    bar.set_label("largest tangential component of ∇f/M", fontsize=7)
    bar.ax.tick_params(labelsize=7)
    figure.savefig(path, dpi=160, metadata={"Software": None})


def _sum(places: Any, values: Any) -> float:
    return float(np.hypot(*(places[:, 1] - places[:, 0]).T) @ values)
