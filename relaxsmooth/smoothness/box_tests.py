"""Layer 3: one inequality on one box, decided in balls: certainly true, or not decided.

Curvature   ‖H‖_2 <= L0 sigma + L1 ‖g‖.  First by norms of enclosures; then, with a unit
            vector e (‖g‖ >= <e, g>) and any Q, by the pivots of
                Q'((L0 sigma + L1 <e, g>) I - s H) Q,   s = ±1,
            in mean-value form around the midpoint.  With e along g and Q the eigenvectors there
            the error is quadratic in the width, so few boxes are needed near a tangency.
Floor       F >= c sigma, by the mean-value form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint
from flint import arb, arb_mat, fmpq

from relaxsmooth.formula import Formula, symbol
from relaxsmooth.smoothness.algebraic import to_fmpq
from relaxsmooth.smoothness.box_charts import Chart, atom_of_ratio
from relaxsmooth.smoothness.box_fields import pairs
from relaxsmooth.smoothness.box_matrix import is_certainly_positive_definite
from relaxsmooth.smoothness.box_tape import Tape

Sides = tuple[tuple[fmpq, fmpq], ...]


@dataclass(frozen=True)
class Answer:
    """holds: the inequality is true on the whole box; violated: it looks false at the midpoint;
    axis: the side to halve."""

    holds: bool
    violated: bool = False
    axis: int = 0


YES = Answer(True)


class BoxTest:
    """Enclosures of some formulas of a chart, on boxes of its coordinates."""

    def __init__(
        self, chart: Chart, formulas: Sequence[Formula], smooth: Sequence[Formula] | None = None
    ) -> None:
        """smooth: what `slopes` differentiates, the formulas themselves by default."""
        self.chart = chart
        self.n = len(chart.names)
        self.widths = [to_fmpq(max(b - a, Fraction(1, 2**60))) for a, b in chart.box]
        self._tape = Tape(formulas, chart.tape_names)
        self._ratios = Tape([q for _, q, _ in chart.atoms], chart.names)
        self._smooth = list(smooth or formulas)

    def read(self, y: Sequence[arb]) -> list[arb]:
        """The formulas at a point or on a box."""
        if not self.chart.atoms:
            return self._tape(y)
        atoms = [
            atom_of_ratio(T, q, y[0], k)
            for q, (T, _, k) in zip(self._ratios(y), self.chart.atoms, strict=True)
        ]
        return self._tape([*y, *atoms])

    def slopes(self, y: Sequence[arb]) -> list[list[arb]] | None:
        """Row k: the derivatives in y_k on the box; None where there are none."""
        if self.chart.atoms:  # T(q/u^k) has no bounded derivative at u = 0
            return None
        flat, count = self._derivatives(y), len(self._smooth)
        return [flat[k * count : (k + 1) * count] for k in range(self.n)]

    @cached_property
    def _derivatives(self) -> Tape:
        return Tape([f.diff(y) for y in self.chart.names for f in self._smooth], self.chart.names)

    def widest(self, sides: Sides) -> int:
        """The side that is longest relative to the chart."""
        relative = [(b - a) / w for (a, b), w in zip(sides, self.widths, strict=True)]
        return relative.index(max(relative))

    def examine(self, sides: Sides) -> Answer:
        raise NotImplementedError


def enclosures(sides: Sides) -> list[arb]:
    return [arb(a).union(arb(b)) for a, b in sides]


def midpoint(sides: Sides) -> list[fmpq]:
    return [(a + b) / 2 for a, b in sides]


class Curvature(BoxTest):
    """‖H‖_2 <= L0 sigma + L1 ‖g‖ on boxes of a chart.

    The norms test reads u^N ∇f with its lifts, a division by u^a that only helps; the pivots
    test multiplies everything by u^(largest lift) and so reads polynomials throughout.
    """

    def __init__(self, chart: Chart, L0: Fraction, L1: Fraction) -> None:
        u, self.top = symbol(chart.names[0]), max(chart.lifts)
        self.rest = [self.top - a for a in chart.lifts]
        self.d = len(chart.gradient)
        whole = [
            chart.scale * u**self.top,
            *(g * u**n for g, n in zip(chart.gradient, self.rest, strict=True)),
            *(h * u**self.top for h in chart.upper),
        ]
        super().__init__(chart, [chart.scale, *chart.gradient, *chart.upper], whole)
        with flint.ctx.workprec(192):
            self.L0, self.L1 = arb(to_fmpq(L0)), arb(to_fmpq(L1))

    def examine(self, sides: Sides) -> Answer:
        y = enclosures(sides)
        sigma, g, h = self._split(self.read(y))
        bound = self.L0 * sigma.max(arb(0)).lower() + self.L1 * self._least_slope(g, sides[0][1])
        if bound >= 0 and _frobenius_squared(h, self.d) <= bound * bound:
            return YES
        middle = midpoint(sides)
        at = self._multiplied(self.read([arb(m) for m in middle]), arb(middle[0]))
        values, Q = eigenvectors([float(v) for v in at[2]], self.d)
        if self._looks_violated(at[0], at[1], values):
            return Answer(False, True, self.widest(sides))
        slopes = self.slopes(y)
        if slopes is not None:
            return self._mean_value(sides, y, middle, at, slopes, Q)
        pencil = Pencil(self.L0, self.L1, at[1], Q)
        answers = [pencil.matrices(sigma, g, h)] if not self.top else []
        answers.append(pencil.with_bound(bound, h))
        holds = any(all(map(is_certainly_positive_definite, pair)) for pair in answers)
        return YES if holds else Answer(False, False, self.widest(sides))

    def _split(self, values: list[arb]) -> tuple[arb, list[arb], list[arb]]:
        return values[0], values[1 : 1 + self.d], values[1 + self.d :]

    def _multiplied(self, values: list[arb], u: arb) -> tuple[arb, list[arb], list[arb]]:
        """u^(N + top) times 1, ∇f and ∇²f, at a midpoint (u > 0)."""
        sigma, g, h = self._split(values)
        if not self.top:
            return sigma, g, h
        power = u**self.top
        g = [x * u**n for x, n in zip(g, self.rest, strict=True)]
        return sigma * power, g, [x * power for x in h]

    def _least_slope(self, g: list[arb], most_u: fmpq) -> arb:
        """A lower bound of ‖u^N ∇f‖ on the box: x/u^a is at least x/U^a in size."""
        total, u = arb(0), arb(most_u)
        for x, a in zip(g, self.chart.lifts, strict=True):
            low = x.abs_lower()
            if low > 0:
                part = low / u**a if a else low
                total += part * part
        return total.sqrt().lower() if total > 0 else arb(0)

    def _looks_violated(self, sigma: arb, g: list[arb], eigenvalues: Sequence[float]) -> bool:
        limit = float(self.L0 * sigma) + float(self.L1) * math.hypot(*map(float, g))
        return max(map(abs, eigenvalues)) > limit * (1 + 1e-9)

    def _mean_value(
        self,
        sides: Sides,
        y: list[arb],
        middle: list[fmpq],
        at: tuple[arb, list[arb], list[arb]],
        slopes: list[list[arb]],
        Q: arb_mat,
    ) -> Answer:
        pencil = Pencil(self.L0, self.L1, at[1], Q)
        totals, sizes = pencil.matrices(*at), []
        for k in range(self.n):
            step = y[k] - arb(middle[k])
            parts = pencil.matrices(*self._split(slopes[k]))
            totals = [total + part * step for total, part in zip(totals, parts, strict=True)]
            sizes.append(float(step.abs_upper()) * max(map(_largest_entry, parts)))
        if all(map(is_certainly_positive_definite, totals)):
            return YES
        finite = all(map(math.isfinite, sizes)) and max(sizes) > 0
        return Answer(False, False, sizes.index(max(sizes)) if finite else self.widest(sides))


class Pencil:
    """Q'((L0 sigma + L1 <e, g>) I - s H) Q for s = 1 and s = -1; linear in (sigma, g, H)."""

    def __init__(self, L0: arb, L1: arb, g: Sequence[arb], Q: arb_mat) -> None:
        """e is along g, with ‖e‖ <= 1."""
        self.L0, self.L1 = L0, L1
        self.e = _direction(g)
        self.Q, self.transposed = Q, Q.transpose()
        self.gram = self.transposed * Q

    def matrices(self, sigma: arb, g: Sequence[arb], h: Sequence[arb]) -> list[arb_mat]:
        c = self.L0 * sigma
        for ei, gi in zip(self.e, g, strict=True):
            c += self.L1 * (ei * gi)
        return self.with_bound(c, h)

    def with_bound(self, c: arb, h: Sequence[arb]) -> list[arb_mat]:
        H = self.transposed * full_matrix(h, len(self.e)) * self.Q
        limit = self.gram * c
        return [limit - H, limit + H]


class Floor(BoxTest):
    """F >= c sigma on boxes of a chart, with F given as one formula of the chart."""

    def __init__(self, chart: Chart, F: Formula, c: Fraction) -> None:
        self.excess = F - c * chart.scale
        super().__init__(chart, [self.excess])

    def examine(self, sides: Sides) -> Answer:
        y = enclosures(sides)
        if self.read(y)[0] >= 0:
            return YES
        middle = midpoint(sides)
        value = self.read([arb(m) for m in middle])[0]
        slopes = self.slopes(y)
        if value < 0 or slopes is None:
            return Answer(False, bool(value < 0), self.widest(sides))
        parts = [row[0] * (yk - arb(m)) for row, yk, m in zip(slopes, y, middle, strict=True)]
        if sum(parts, value) >= 0:
            return YES
        sizes = [float(part.abs_upper()) for part in parts]
        finite = all(map(math.isfinite, sizes)) and max(sizes) > 0
        return Answer(False, False, sizes.index(max(sizes)) if finite else self.widest(sides))


# --- small linear algebra on balls --------------------------------------------------------------


def full_matrix(upper: Sequence[arb], d: int) -> arb_mat:
    """The symmetric matrix with these entries i <= j."""
    if d == 2:
        a, b, c = upper
        return arb_mat(2, 2, [a, b, b, c])
    at = dict(zip(pairs(d), upper, strict=True))
    return arb_mat(d, d, [at[min(i, j), max(i, j)] for i in range(d) for j in range(d)])


def eigenvectors(upper: Sequence[float], d: int) -> tuple[list[float], arb_mat]:
    """Approximate eigenvalues and eigenvectors (columns) of a symmetric matrix, by floats."""
    import numpy as np

    matrix = np.zeros((d, d))
    for (i, j), value in zip(pairs(d), upper, strict=True):
        matrix[i, j] = matrix[j, i] = value
    if not np.isfinite(matrix).all():
        return [0.0] * d, arb_mat(d, d, [arb(i == j) for i in range(d) for j in range(d)])
    values, vectors = np.linalg.eigh(matrix)
    return values.tolist(), arb_mat(d, d, [arb(x) for x in vectors.ravel().tolist()])


def _direction(g: Sequence[arb]) -> list[arb]:
    """e with ‖e‖ <= 1, nearly g/‖g‖ (0 where g is 0 or not finite)."""
    v = [float(x) for x in g]
    n = math.hypot(*v)
    if not 1e-280 < n < 1e280:
        return [arb(0) for _ in v]
    return [arb(x / n * (1 - 2**-30)) for x in v]  # 2^-30 is far above the rounding of 3 operations


def _frobenius_squared(upper: Sequence[arb], d: int) -> arb:
    total = arb(0)
    for (i, j), h in zip(pairs(d), upper, strict=True):
        high = h.abs_upper()
        total += high * high if i == j else 2 * high * high
    return total


def _largest_entry(matrix: arb_mat) -> float:
    return max(float(x.abs_upper()) for x in matrix.entries())
