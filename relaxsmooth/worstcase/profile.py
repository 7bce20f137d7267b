"""Layer 6: u, f' and f along a path in floats, for pictures: proves nothing."""

from __future__ import annotations

import math
from itertools import pairwise

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.interpolation.intervals import Through
from relaxsmooth.interpolation.levels import Level
from relaxsmooth.worstcase.floats import Floats
from relaxsmooth.worstcase.path import Path

Curve = list[tuple[float, float]]


def corners(path: Path) -> Curve:
    """(x, u) where u is prescribed or turns, with a piece of slope 1 at either end."""
    unit = float(path.question.L1) or 1.0
    places = [float(x) for x in path.levels]
    found: Curve = []
    for i, through in enumerate(path.chosen):
        found += _turns(through, places[i], places[i + 1], unit)
    levels = list(path.levels.values())
    first, last = (_real(level) / unit for level in (levels[0], levels[-1]))
    found = found or [(places[0], first)]
    found.append((places[-1], last))
    span = max(places[-1] - places[0], abs(first), abs(last), 1 / unit) / 8
    left, right = max(first, 0) + span, max(-last, 0) + span
    return [(places[0] - left, first - left), *found, (places[-1] + right, last + right)]


def _turns(through: Through, a: float, b: float, unit: float) -> Curve:
    """The left end and the ends of the flat part."""
    u, c, v = (_real(level) / unit for level in (through.left, through.middle, through.right))
    return [(a, u), (a + abs(c - u), c), (b - abs(v - c), c)]


def _real(level: Level) -> float:
    return float(evaluate(level.formula, {}, FLOAT))


def curves(path: Path, points: int = 600) -> tuple[Curve, Curve, Curve]:
    """(x, f - f*), (x, f') and (x, u), finely: at least 12 points on every piece."""
    real, places = Floats(path.question), corners(path)
    span = places[-1][0] - places[0][0]
    u_curve: Curve = []
    for (x, u), (y, v) in pairwise(places):
        steps = 12 + int(points * (y - x) / span) if y > x else 1
        u_curve += [(x + (y - x) * k / steps, u + (v - u) * k / steps) for k in range(steps)]
    u_curve.append(places[-1])
    f_curve, f = [(u_curve[0][0], 0.0)], 0.0
    for (x, u), (y, v) in pairwise(u_curve):
        slope = (v - u) / (y - x) if y > x else 0.0
        flat = abs(slope) < 1e-9
        f += real.s(u) * (y - x) if flat else (real.P(v) - real.P(u)) / slope
        f_curve.append((y, f))
    low = min(f for _, f in f_curve)
    above = [(x, f - low) for x, f in f_curve]
    return above, [(x, real.s(u)) for x, u in u_curve], u_curve


def value_at(curve: Curve, x: float) -> float:
    """Linear interpolation in a curve."""
    for (a, f), (b, g) in pairwise(curve):
        if a <= x <= b:
            return f + (g - f) * (x - a) / (b - a) if b > a else f
    return math.nan
