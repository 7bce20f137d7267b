"""Layer 3: inequalities for a spline in the plane on its whole support, by integers alone.

On a cell of the knots every derivative of f is a polynomial, and a polynomial lies in the convex
hull of its Bernstein coefficients.  So for a unit vector v the two inclusions

    |tr|/2 + |traceless part| <= L1 <∇f, v>          ‖∇f‖ <= M

of ∇²f and ∇f, each in a convex cone or disc, hold on the cell once they hold for its finitely
many Bernstein coefficients; the left one gives ‖∇²f‖ <= L1‖∇f‖.  A cell where it fails is cut in
four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import comb, isqrt, lcm
from typing import Any

import numpy as np

from relaxsmooth.smoothness.spline import Spline, exceeds, piece
from relaxsmooth.verdict import Status, Verdict

Integers = Any  # arrays of Python integers, dtype object
Mask = Any  # arrays of bool
Test = Callable[["Cells"], tuple[Mask, Mask]]
Fails = Callable[[Fraction, Fraction], bool]

ZERO = Fraction(0)
LARGEST_DEPTH = 7
UNIT = 2**20  # the unit vectors are integers over this


@dataclass(frozen=True)
class Cells:
    """values[n, i, j] / scale[n]: Bernstein coefficients of f on cell n.

    corners and sizes in units of 1/unit: integers that stay when a cell is cut in four.
    """

    values: Integers
    scale: Integers
    corners: Integers
    sizes: Integers
    unit: int

    def __len__(self) -> int:
        return len(self.values)

    @property
    def degree(self) -> int:
        return int(self.values.shape[1]) - 1

    def chosen(self, mask: np.ndarray[Any, Any]) -> Cells:
        return Cells(
            self.values[mask], self.scale[mask], self.corners[mask], self.sizes[mask], self.unit
        )

    def quartered(self) -> Cells:
        """Each cell cut in four by de Casteljau; the unit of length is halved."""
        p = self.degree
        left, right = _halves(p)
        values, corners = [], []
        for i, in_x in enumerate((left, right)):
            for j, in_y in enumerate((left, right)):
                values.append(_both(in_x, self.values, in_y))
                corners.append(2 * self.corners + self.sizes * np.array([i, j], dtype=object))
        scale = np.concatenate([self.scale * 4**p] * 4)
        sizes = np.concatenate([self.sizes] * 4)
        return Cells(np.concatenate(values), scale, np.concatenate(corners), sizes, 2 * self.unit)

    def at_corners(self, marked: Mask) -> Iterator[tuple[Fraction, Fraction]]:
        """The points that marked[n, i, j] names: cell n, i and j its low (0) or high end (1)."""
        for n, i, j in zip(*np.nonzero(marked), strict=True):
            x, y = (int(c) + int(h) * int(k) for c, h, k in
                    zip(self.corners[n], self.sizes[n], (i, j), strict=True))  # fmt: skip
            yield Fraction(x, self.unit), Fraction(y, self.unit)

    def derivatives(self) -> dict[str, Integers]:
        """Bernstein coefficients of f_x, ..., f_yy, all of degree p, up to one factor per cell.

        The factor is scale hx^2 hy^2 s^2 / unit^order, with s of `_derivation`: lengths are
        integers here, so that f_xx is unit^2 times too small and f_x unit times.
        """
        p = self.degree
        T = _derivation(p)
        hx, hy = (self.sizes[:, k].reshape(-1, 1, 1) for k in (0, 1))
        parts = {"x": (1, 0), "y": (0, 1), "xx": (2, 0), "xy": (1, 1), "yy": (0, 2)}
        return {
            name: _both(T[a], self.values, T[b]) * hx ** (2 - a) * hy ** (2 - b)
            for name, (a, b) in parts.items()
        }


def relaxed(spline: Spline, L1: Fraction, L0: Fraction = ZERO) -> Verdict:
    """‖∇²f‖ <= L0 + L1‖∇f‖ on every cell, by integers alone; with L0 = 0 also ∇f != 0."""
    claim = f"‖∇²f‖ <= {L1} ‖∇f‖ and ∇f != 0" if L0 == 0 else f"‖∇²f‖ <= {L0} + {L1} ‖∇f‖"
    return _covered(
        claim,
        spline,
        lambda cells: _curvature_test(cells, L1, L0),
        lambda x, y: exceeds(spline, x, y, L1, L0),
    )


def bounded(spline: Spline, M: Fraction) -> Verdict:
    """‖∇f‖ <= M on every cell."""
    claim = f"‖∇f‖ <= {M}"
    return _covered(
        claim,
        spline,
        lambda cells: _gradient_test(cells, M),
        lambda x, y: sum(g * g for g in spline.gradient(x, y)) > M * M,
    )


def least_value(spline: Spline) -> Fraction:
    """A lower bound of f on the cells: their least Bernstein coefficient."""
    cells = _cells(spline)
    lowest = cells.values.reshape(len(cells), -1).min(axis=1)
    return min(Fraction(v, s) for v, s in zip(lowest, cells.scale, strict=True))


def _covered(claim: str, spline: Spline, test: Test, fails: Fails) -> Verdict:
    """Cut the cells that do not fit; a corner that fails refutes."""
    cells, done = _cells(spline), 0
    for depth in range(LARGEST_DEPTH + 1):
        held, suspects = test(cells)
        point = next(cells.at_corners(suspects), None)
        if point is not None and fails(*point):
            return Verdict(claim, Status.REFUTED, "exact evaluation at a point", {"x": point})
        done += int(held.sum())
        cells = cells.chosen(~held)
        if len(cells) == 0:
            reason = f"Bernstein coefficients on {done} cells, at most {depth} times cut in four"
            return Verdict(claim, Status.PROVED, reason, {"cells": done, "depth": depth})
        if depth < LARGEST_DEPTH:
            cells = cells.quartered()
    reason = f"{len(cells)} cells are undecided after {LARGEST_DEPTH} cuts"
    return Verdict(claim, Status.UNDECIDED, reason)


def _curvature_test(cells: Cells, L1: Fraction, L0: Fraction) -> tuple[Mask, Mask]:
    """Where the Bernstein coefficients prove it, and at which corners it looks false."""
    d = cells.derivatives()
    u, v = _directions(d["x"], d["y"])
    along = d["x"] * u + d["y"] * v
    # unit * f_xx <= L0 lengths + L1 <∇f, (u, v)>/UNIT, times the denominators
    unit = L1.denominator * L0.denominator * UNIT
    lengths = cells.scale * cells.sizes[:, 0] ** 2 * cells.sizes[:, 1] ** 2
    constant = (2 * L0.numerator * L1.denominator * UNIT * _factor(cells.degree) ** 2) * lengths
    constant = constant.reshape(-1, 1, 1)
    slope = 2 * L1.numerator * L0.denominator * cells.unit
    factor = unit * cells.unit**2
    trace = factor * abs(d["xx"] + d["yy"])
    traceless = factor**2 * ((d["xx"] - d["yy"]) ** 2 + 4 * d["xy"] ** 2)
    room = constant + slope * along - trace
    held = (room >= 0) & (room * room >= traceless) & ((along > 0) | (L0 > 0))
    return _everywhere(held), _suspects(d, slope * UNIT, constant, factor)


def _suspects(d: Mapping[str, Integers], slope: int, constant: Integers, factor: int) -> Mask:
    """Corners where floats see ‖∇²f‖ > L0 + L1‖∇f‖; whoever uses them confirms them exactly."""
    sides = slice(None, None, d["x"].shape[1] - 1)  # the corners: values, not only coefficients
    xx, xy, yy = (factor * d[name][:, sides, sides] for name in ("xx", "xy", "yy"))
    gx, gy = (slope * d[name][:, sides, sides] for name in ("x", "y"))
    parts = (xx + yy, xx - yy, 2 * xy, gx, gy, constant + 0 * xx)
    size = sum(abs(part) for part in parts) + 1
    trace, first, second, gx, gy, room = ((part * 2**60 // size).astype(float) for part in parts)
    return np.asarray(
        abs(trace) + np.hypot(first, second) > (1 + 1e-12) * (room + np.hypot(gx, gy)), dtype=bool
    )


def _gradient_test(cells: Cells, M: Fraction) -> tuple[Mask, Mask]:
    d = cells.derivatives()
    hx, hy = cells.sizes[:, 0], cells.sizes[:, 1]
    limit = M.numerator * cells.scale * hx * hx * hy * hy * _factor(cells.degree) ** 2
    size = (d["x"] ** 2 + d["y"] ** 2) * (M.denominator * cells.unit) ** 2
    held = size <= (limit * limit).reshape(-1, 1, 1)
    sides = slice(None, None, cells.degree)
    return _everywhere(held), np.asarray(~held[:, sides, sides], dtype=bool)


def _everywhere(held: Integers) -> Mask:
    return np.asarray(held.reshape(len(held), -1).all(axis=1), dtype=bool)


def _directions(gx: Integers, gy: Integers) -> tuple[Integers, Integers]:
    """An integer vector of length at most UNIT near the mean gradient of each cell."""
    mean = [[int(g.sum()) for g in part] for part in (gx, gy)]
    pairs = [_direction(a, b) for a, b in zip(*mean, strict=True)]
    u, v = (np.array([pair[k] for pair in pairs], dtype=object) for k in (0, 1))
    return u.reshape(-1, 1, 1), v.reshape(-1, 1, 1)


def _direction(a: int, b: int) -> tuple[int, int]:
    length = isqrt(a * a + b * b) + 1  # rounded up, and the quotients towards zero
    return _towards_zero(a * UNIT, length), _towards_zero(b * UNIT, length)


def _towards_zero(a: int, b: int) -> int:
    return a // b if a >= 0 else -(-a // b)


# --- Bernstein form ---------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _cells(spline: Spline) -> Cells:
    p, rows = spline.degree, _mirrored(spline)
    unit = lcm(*(t.denominator for t in (*spline.x, *spline.y)))
    in_x, in_y = bernstein(spline.x, p), bernstein(spline.full_y, p)
    middle = len(spline.y) - 1  # the knot 0
    values, scales, corners, sizes = [], [], [], []
    for i, (a, bx) in enumerate(zip(spline.x, in_x, strict=False)):
        for j, (b, by) in enumerate(zip(spline.full_y, in_y, strict=False)):
            if j < middle:
                continue
            scale = _common(bx, by, spline)
            bump = _window(rows, i, j, p)
            grid = bx[1].T @ bump @ by[1]
            right = spline.x[i + 1]
            line = [-spline.slope * (a + (right - a) * Fraction(k, p)) for k in range(p + 1)]
            whole = lcm(scale, *(v.denominator for v in line))
            column = np.array([int(v * whole) for v in line], dtype=object).reshape(-1, 1)
            values.append(grid * (whole // scale) + column)
            scales.append(whole)
            corners.append([int(a * unit), int(b * unit)])
            sizes.append([int((right - a) * unit), int((spline.full_y[j + 1] - b) * unit)])
    v, s, c, h = (np.array(part, dtype=object) for part in (values, scales, corners, sizes))
    return Cells(v, s, c, h, unit)


def _mirrored(spline: Spline) -> Integers:
    """The coefficients of all B-splines in y."""
    rows, columns = len(spline.coefficients), len(spline.full_y) - spline.degree - 1
    table = [[spline.coefficient(i, j) for j in range(columns)] for i in range(rows)]
    return np.array(table, dtype=object)


def _common(bx: Any, by: Any, spline: Spline) -> int:
    return int(bx[0] * by[0] * spline.scale)


def _window(rows: Integers, i: int, j: int, p: int) -> Integers:
    """d_ij of the B-splines that live on cell (i, j), 0 where there is none."""
    out = np.zeros((p + 1, p + 1), dtype=object)
    for k in range(p + 1):
        for m in range(p + 1):
            r, s = i - p + k, j - p + m
            if 0 <= r < rows.shape[0] and 0 <= s < rows.shape[1]:
                out[k, m] = rows[r, s]
    return out


def bernstein(knots: Sequence[Fraction], p: int) -> list[tuple[int, Integers]]:
    """On each interval n: (denominator, integers [k, m]), the m-th Bernstein coefficient of the
    B-spline that starts at knot n - p + k (0 where its knots would leave the list).
    """
    tables = []
    for n in range(len(knots) - 1):
        a, b = knots[n], knots[n + 1]
        table = []
        for k in range(p + 1):
            start = n - p + k
            inside = start >= 0 and start + p + 1 < len(knots)
            poly = piece(tuple(knots[start : start + p + 2]), n - start) if inside else [ZERO]
            table.append(_to_bernstein([c * (b - a) ** m for m, c in enumerate(poly)], p))
        whole = lcm(*(c.denominator for row in table for c in row))
        tables.append((whole, np.array([[int(c * whole) for c in r] for r in table], dtype=object)))
    return tables


def _to_bernstein(poly: list[Fraction], p: int) -> list[Fraction]:
    return [
        sum(
            (Fraction(comb(m, i), comb(p, i)) * c for i, c in enumerate(poly[: m + 1])), Fraction(0)
        )
        for m in range(p + 1)
    ]


def _factor(p: int) -> int:
    """s: `_derivation` is s times the derivatives, so that its entries are integers."""
    return p * (p - 1)


def _derivation(p: int) -> tuple[Integers, Integers, Integers]:
    """s times: f, f', f'' in the variable of [0, 1], on Bernstein coefficients of degree p."""
    s = Fraction(_factor(p))
    identity = [[Fraction(int(i == j)) for j in range(p + 1)] for i in range(p + 1)]
    first = [_elevated(_differences(row, p), 1) for row in identity]
    second = [_elevated(_differences(_differences(row, p), p - 1), 2) for row in identity]
    tables = ([[s * c for c in row] for row in table] for table in (identity, first, second))
    zero, one, two = (np.array([[int(c) for c in r] for r in t], dtype=object).T for t in tables)
    return zero, one, two


def _differences(c: list[Fraction], p: int) -> list[Fraction]:
    return [p * (b - a) for a, b in pairwise(c)]


def _elevated(c: list[Fraction], times: int) -> list[Fraction]:
    """The same polynomial with `times` more Bernstein coefficients."""
    for _ in range(times):
        n = len(c)
        ends = [Fraction(0), *c, Fraction(0)]
        c = [Fraction(i, n) * ends[i] + Fraction(n - i, n) * ends[i + 1] for i in range(n + 1)]
    return c


def _halves(p: int) -> tuple[Integers, Integers]:
    """2^p times de Casteljau at 1/2: Bernstein coefficients on the two halves."""
    left = [[comb(i, j) * 2 ** (p - i) for j in range(p + 1)] for i in range(p + 1)]
    right = [row[::-1] for row in left[::-1]]
    return np.array(left, dtype=object), np.array(right, dtype=object)


def _both(A: Integers, values: Integers, B: Integers) -> Integers:
    """A F B^T for every cell's F."""
    inner = np.einsum("ij,njk->nik", A, values)
    return np.einsum("nik,lk->nil", inner, B)
