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

import flint
from flint import arb, fmpq

from relaxsmooth.formula import Formula, symbol
from relaxsmooth.smoothness.algebraic import to_fmpq
from relaxsmooth.smoothness.box_charts import Chart, tanh_of_ratio
from relaxsmooth.smoothness.box_fields import pairs
from relaxsmooth.smoothness.box_matrix import is_certainly_positive_definite
from relaxsmooth.smoothness.box_tape import Tape

Sides = tuple[tuple[fmpq, fmpq], ...]
Matrix = list[list[arb]]


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
        self._ratios = Tape([q for q, _ in chart.tanhs], chart.names)
        self._slopes: Tape | None = None
        self._count = len(formulas)
        if not chart.tanhs:  # T = tanh(q/u^k) has no bounded derivative at u = 0
            parts = [f.diff(y) for y in chart.names for f in smooth or formulas]
            self._slopes = Tape(parts, chart.names)

    def read(self, y: Sequence[arb]) -> list[arb]:
        """The formulas at a point or on a box."""
        if not self.chart.tanhs:
            return self._tape(y)
        tanhs = [
            tanh_of_ratio(q, y[0], k)
            for q, (_, k) in zip(self._ratios(y), self.chart.tanhs, strict=True)
        ]
        return self._tape([*y, *tanhs])

    def slopes(self, y: Sequence[arb]) -> list[list[arb]] | None:
        """Row k: the derivatives in y_k on the box; None where there are none."""
        if self._slopes is None:
            return None
        flat = self._slopes(y)
        return [flat[k * self._count : (k + 1) * self._count] for k in range(self.n)]

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
    """‖H‖_2 <= L0 sigma + L1 ‖g‖ on boxes of a chart."""

    def __init__(self, chart: Chart, L0: Fraction, L1: Fraction) -> None:
        lifted = [g * symbol("u") ** -a for g, a in zip(chart.gradient, chart.lifts, strict=True)]
        super().__init__(
            chart,
            [chart.scale, *chart.gradient, *chart.upper],
            [chart.scale, *lifted, *chart.upper],
        )
        self.d = len(chart.gradient)
        self.lifted = any(chart.lifts)
        with flint.ctx.workprec(192):
            self.L0, self.L1 = arb(to_fmpq(L0)), arb(to_fmpq(L1))

    def examine(self, sides: Sides) -> Answer:
        y = enclosures(sides)
        sigma, g, h = self._split(self.read(y))
        bound = self.L0 * sigma.max(arb(0)).lower() + self.L1 * self._least_slope(g, sides[0][1])
        if bound >= 0 and _frobenius_squared(h, self.d) <= bound * bound:
            return YES
        middle = midpoint(sides)
        at = self._split(self.read([arb(m) for m in middle]))
        at = (at[0], self._lift(at[1], arb(middle[0])), at[2])
        values, Q = eigenvectors([float(v) for v in at[2]], self.d)
        if self._looks_violated(at[0], at[1], values):
            return Answer(False, True, self.widest(sides))
        slopes = None if self.lifted and sides[0][0] <= 0 else self.slopes(y)
        if slopes is not None:
            return self._mean_value(sides, y, middle, at, slopes, Q)
        if not (self.lifted and sides[0][0] <= 0):
            e = _direction(at[1])
            bound = self.L0 * sigma + self.L1 * _dot(e, self._lift(g, y[0]))
        gram, B = _gram(Q), _congruence(_full(h, self.d), Q)
        holds = all(is_certainly_positive_definite(_combine(bound, gram, s, B)) for s in (1, -1))
        return YES if holds else Answer(False, False, self.widest(sides))

    def _split(self, values: list[arb]) -> tuple[arb, list[arb], list[arb]]:
        return values[0], values[1 : 1 + self.d], values[1 + self.d :]

    def _lift(self, g: list[arb], u: arb) -> list[arb]:
        """u^N ∇f where u > 0."""
        lifts = zip(g, self.chart.lifts, strict=True)
        return [x / u**a if a else x for x, a in lifts] if self.lifted else g

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
        Q: Matrix,
    ) -> Answer:
        e, gram = _direction(at[1]), _gram(Q)
        c = self.L0 * at[0] + self.L1 * _dot(e, at[1])
        B = _congruence(_full(at[2], self.d), Q)
        totals = [_combine(c, gram, s, B) for s in (1, -1)]
        sizes = []
        for k in range(self.n):
            sigma, g, h = self._split(slopes[k])
            step = y[k] - arb(middle[k])
            c_k = self.L0 * sigma + self.L1 * _dot(e, g)
            B_k = _congruence(_full(h, self.d), Q)
            for total, s in zip(totals, (1, -1), strict=True):
                _add_multiple(total, step, _combine(c_k, gram, s, B_k))
            sizes.append(_magnitude(step, c_k, B_k))
        if all(is_certainly_positive_definite(total) for total in totals):
            return YES
        finite = all(map(math.isfinite, sizes)) and max(sizes) > 0
        return Answer(False, False, sizes.index(max(sizes)) if finite else self.widest(sides))


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


def eigenvectors(upper: Sequence[float], d: int) -> tuple[list[float], Matrix]:
    """Approximate eigenvalues and eigenvectors (columns) of a symmetric matrix, by floats."""
    import numpy as np

    matrix = np.zeros((d, d))
    for (i, j), value in zip(pairs(d), upper, strict=True):
        matrix[i, j] = matrix[j, i] = value
    if not np.isfinite(matrix).all():
        return [0.0] * d, [[arb(i == j) for j in range(d)] for i in range(d)]
    values, vectors = np.linalg.eigh(matrix)
    return values.tolist(), [[arb(x) for x in row] for row in vectors.tolist()]


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


def _dot(a: Sequence[arb], b: Sequence[arb]) -> arb:
    return sum((x * y for x, y in zip(a, b, strict=True)), arb(0))


def _full(upper: Sequence[arb], d: int) -> Matrix:
    rows = [[arb(0)] * d for _ in range(d)]
    for (i, j), h in zip(pairs(d), upper, strict=True):
        rows[i][j] = rows[j][i] = h
    return rows


def _congruence(A: Matrix, Q: Matrix) -> Matrix:
    """Q'A Q (upper triangle used)."""
    d = len(A)
    AQ = [[_dot(row, [Q[k][j] for k in range(d)]) for j in range(d)] for row in A]
    return [
        [_dot([Q[k][i] for k in range(d)], [AQ[k][j] for k in range(d)]) for j in range(d)]
        for i in range(d)
    ]


def _gram(Q: Matrix) -> Matrix:
    d = len(Q)
    columns = [[Q[k][j] for k in range(d)] for j in range(d)]
    return [[_dot(a, b) for b in columns] for a in columns]


def _combine(c: arb, gram: Matrix, s: int, B: Matrix) -> Matrix:
    """c Q'Q - s B."""
    return [
        [c * x - b if s > 0 else c * x + b for x, b in zip(p, q, strict=True)]
        for p, q in zip(gram, B, strict=True)
    ]


def _add_multiple(total: Matrix, step: arb, D: Matrix) -> None:
    for row, other in zip(total, D, strict=True):
        for j, value in enumerate(other):
            row[j] += step * value


def _magnitude(step: arb, c: arb, B: Matrix) -> float:
    entries = max(float(b.abs_upper()) for row in B for b in row)
    return float(step.abs_upper()) * (float(c.abs_upper()) + entries)
