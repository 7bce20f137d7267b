"""Figures that can be read: labels apart, legends beside the data, one scale where one compares."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from relaxsmooth.networks.report import figures
from relaxsmooth.networks.report.statistics import of_curve
from relaxsmooth.networks.report.tables import (
    counts_by_seed,
    escaped,
    latex,
    markdown,
    relations_by_seed,
    without_nan,
)

PARAMETERS = {
    "large-clipped": {"eta": 32.0, "gamma": 0.25},
    "small-plain": {"h": 16.0},
    "small-clipped": {"eta": 16.0, "gamma": 0.25},
    "short-clipped": {"eta": 32.0, "gamma": 0.0625},
    "normalized": {"eta": 8.0, "beta": 0.25},
}
STARTS = "default", "large"


def made_up(seed, spread, hessian):
    """A trace of 81 rows probed at every tenth, gradient norms within a factor `spread`."""
    rng, n = np.random.default_rng(seed), 81
    k = np.arange(n)
    g = 0.3 * spread ** (-k / n) * np.exp(0.05 * rng.standard_normal(n))
    rare = np.where(k % 10 == 0, 1.0, math.nan)
    columns = {
        "step": k.astype(float), "loss": 5 * 0.97**k, "gradient_norm": g, "slice_norm": g * rare,
        "valid_loss": (5 + k / 20) * rare, "step_length": 0.5 * g * rare,
        "smoothness": 3 * g**0.7 * np.exp(0.3 * rng.standard_normal(n)) * rare,
        "smoothness_published": g * rare,
    }  # fmt: skip
    for radius in (0.001, 0.01, 0.1, 1.0):
        columns[f"smoothness_{radius:g}"] = g / radius**0.3 * rare
    if hessian:
        columns["hessian_lower"] = 2 * g**0.5 * rare
    return {**columns, "outcome": np.array("capped")}


@cache
def said_of_one():
    """The statistics of one trace, for all: the figures do not depend on them."""
    return of_curve(made_up(0, 30, True))


class MadeUp:
    """The traces of a run that nobody has run; 81 rows, curves of two starts."""

    def __init__(self, spread, hessian=True):
        self.traces = {
            f"{start}-{setting}": made_up(10 * i + j, spread, hessian)
            for i, start in enumerate(STARTS)
            for j, setting in enumerate(PARAMETERS)
        }
        self.found = without_nan(
            {"settings": SETTINGS, "parts": [self.part(start) for start in STARTS]}
        )

    def trace(self, key):
        return self.traces.get(key)

    def part(self, start):
        curves = [
            {"setting": s, "mode": "full", "rule": "clipped", "key": f"{start}-{s}",
             "parameters": values, **said_of_one()}
            for s, values in PARAMETERS.items()
        ]  # fmt: skip
        row = {"theorem": "zhang2020-theorem3", "verdict": "UNDECIDED", "count": None,
               "bound": 1e4, "reason": "no _hit_ in 600 steps & 5 %"}  # fmt: skip
        tuned = {"count": 12, "loss": 0.1, "best": {"eta": 0.5}, "interior": True}
        return {
            "seed": 0, "start": start, "curves": curves, "theorems": {"rows": [row]},
            "tuned": {"clipped": tuned}, "start_loss": 5.0, "start_norm": 0.3, "eps": 0.02,
            "dimension": 100, "cpu_seconds": 1.0,
        }  # fmt: skip


SETTINGS = {
    "preset": "lstm-text", "budget": "2m", "seed": 0, "device": "cpu", "versions": {"torch": "2"},
    "provenance": {"name": "a", "licence": "b", "origin": "c", "sha256": "0", "remarks": []},
}  # fmt: skip


@pytest.fixture(scope="module", params=[1.5, 30, 1e6], ids="spread {:g}".format)
def drawings(request):
    """The figures of made-up runs whose gradient norms span little or much, by file name."""
    run = MadeUp(request.param)
    made = {
        name: figures.drawn(draw, what, run, size, shape)
        for name, draw, what, size, shape in figures.plans(run.found)
    }
    for figure in made.values():
        figure.canvas.draw()
    return made


def labels(axis):
    """Boxes of the visible tick labels, in pixels."""
    renderer = axis.figure.canvas.get_renderer()
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    inside = [t.label1 for t in ticks if low <= t.get_loc() <= high and t.label1.get_visible()]
    return [label.get_window_extent(renderer) for label in inside if label.get_text()]


def overlapping(axis):
    return [1 for a, b in combinations(labels(axis), 2) if a.overlaps(b)]


def panels(figure):
    return [ax for ax in figure.axes if ax.axison]


def test_tick_labels_are_apart_and_at_least_two(drawings):
    for name, figure in drawings.items():
        for ax in panels(figure):
            for axis in (ax.xaxis, ax.yaxis):
                assert not overlapping(axis), name
                shown = axis.get_tick_params().get("labelleft", True) and axis.get_label_text()
                assert not shown or len(labels(axis)) >= 2, name


def test_false_twin_the_labels_of_matplotlib_on_a_narrow_range_overlap():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 2))
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    ax.set(xscale="log", xlim=(0.15, 0.45))
    figure.canvas.draw()
    assert overlapping(ax.xaxis)
    figures.few_ticks(ax.xaxis)
    figure.canvas.draw()
    assert not overlapping(ax.xaxis) and len(labels(ax.xaxis)) >= 2


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.15, 0.45, ["0.16", "0.24", "0.32", "0.4"]),
        (0.08, 0.9, ["0.1", "0.2", "0.5"]),
        (0.02, 20, ["0.1", "1", "10"]),
        (1.0, 1000.0, ["1", "10", "100", "1000"]),
        (2e-8, 3e-6, ["$10^{-7}$", "$10^{-6}$"]),
        (2e-7, 7e-7, ["$2\\cdot 10^{-7}$", "$5\\cdot 10^{-7}$"]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_round(low, high, wanted):
    ticks = figures.log_ticks(low, high)
    assert all(low <= t <= high for t in ticks) and 2 <= len(ticks) <= 5
    assert [figures.tick_label(t) for t in ticks] == wanted


def test_axes_are_labelled_and_legends_are_outside_the_panels(drawings):
    for name, figure in drawings.items():
        for ax in panels(figure):
            colour_bar = ax.get_label() == "<colorbar>"
            assert ax.get_ylabel() or ax.yaxis.get_tick_params()["labelleft"] is False, name
            assert colour_bar or ax.get_xlabel(), name
            legend = ax.get_legend()
            if legend is not None:
                assert not legend.get_window_extent().overlaps(ax.get_window_extent()), name


def test_nothing_leaves_the_page_and_no_title_covers_another(drawings):
    for name, figure in drawings.items():
        titles = [ax.title.get_window_extent() for ax in panels(figure) if ax.get_title()]
        titles += [ax.get_legend().get_window_extent() for ax in panels(figure) if ax.get_legend()]
        for box in titles:
            assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, name
        assert not [1 for a, b in combinations(titles, 2) if a.overlaps(b)], name


def test_the_three_settings_share_axes_and_the_colours_of_iterations(drawings):
    for start in STARTS:
        *three, bar = panels(drawings[f"smoothness-{start}.png"])
        assert bar.get_ylabel() == "iteration $k$" and len(three) == 3
        assert len({(ax.get_xlim(), ax.get_ylim()) for ax in three}) == 1
        assert {ax.collections[0].get_clim() for ax in three} == {(0, 80)}
        titles = [ax.get_title().splitlines()[0] for ax in three]
        assert titles == [figures.TITLES[s] for s in figures.PAPER]


def test_all_points_lie_within_the_panels(drawings):
    for name, figure in drawings.items():
        for ax in panels(figure):
            (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
            clouds = [c.get_offsets() for c in ax.collections if len(c.get_offsets()) > 1]
            curves = [
                np.column_stack(line.get_data()) for line in ax.lines if line.get_label()[0] != "_"
            ]
            for x, y in np.concatenate([*clouds, *curves]) if clouds or curves else []:
                assert y0 <= y <= y1 and (x0 <= x <= x1 or x in (0, 1)), name


def test_starts_are_compared_on_the_same_axes(drawings):
    (a, b), (c, d) = np.reshape(panels(drawings["training.png"]), (2, 2))
    assert a.get_ylim() == c.get_ylim() and b.get_ylim() == d.get_ylim()
    assert [len(ax.lines) for ax in (a, b, c, d)] == [3, 3, 3, 3]


def test_what_was_not_measured_is_said():
    run = MadeUp(30, hessian=False)
    name, draw, what, size, shape = list(figures.plans(run.found))[1]
    figure = figures.drawn(draw, what, run, size, shape)
    said = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert name == "controls-default.png" and said == ["not measured in this plan"]


# --- text ----------------------------------------------------------------------------------------


def test_latex_rows_have_one_cell_a_column_and_no_bare_special_character():
    source = latex(MadeUp(30).found)
    assert source.isascii()
    tables = re.findall(r"\\begin{tabular}{(l+)}\n(.*?)\\end{tabular}", source, re.DOTALL)
    assert len(tables) == 4
    for columns, body in tables:
        rows = [line for line in body.splitlines() if line != r"\hline"]
        assert rows and all(row.endswith(r" \\") for row in rows)
        for row in rows:
            assert len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1
            outside = re.sub(r"\$[^$]*\$", "", row)  # of formulas
            assert not re.search(r"(?<!\\)[%$#_{}^~<>]", outside), row


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a_b & 5 %", r"a\_b \& 5 \%"),
        ("a\\b", r"a\textbackslash{}b"),
        ("x^2 < {y}", r"x\textasciicircum{}2 $<$ \{y\}"),
        ("T_eps", r"$T_\epsilon$"),
    ],
)
def test_text_is_escaped_for_latex(text, wanted):
    assert escaped(text) == wanted


def test_the_page_and_the_json_name_versions_seed_and_figures():
    run = MadeUp(30)
    page = markdown(run.found, ["training.png"])
    assert "seed 0" in page and "torch 2" in page and "![training.png](training.png)" in page
    assert json.loads(json.dumps(run.found, allow_nan=False))["settings"] == SETTINGS


def test_the_seeds_are_put_together_and_one_that_never_arrived_is_no_small_count():
    def part(seed, count, r):
        tuned = {"gd": {"count": count, "loss": 0.1, "best": {"h": 1.0}, "interior": True}}
        curve = {"setting": "small-plain", "mode": "full", "smoothness": {"pearson": r}}
        return {"seed": seed, "start": "default", "tuned": tuned, "curves": [curve]}

    found = {"parts": [part(0, 30, 0.5), part(1, None, 0.75), part(2, 10, -0.25)]}
    assert counts_by_seed(found) == [["default", "GD", "3", "30", "30, -, 10"]]
    assert relations_by_seed(found) == [
        ["default", "small-plain", "3", "0.5", "0.5, 0.75, -0.25", "-, -, -"]
    ]
    assert counts_by_seed({"parts": [part(0, 30, 0.5)]}) == []  # one seed has no median
    assert (
        counts_by_seed({"parts": [part(0, 30, 0), part(1, None, 0), part(2, None, 0)]})[0][3] == "-"
    )
