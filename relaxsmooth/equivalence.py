"""Layer 7: clipping and normalization are equivalent up to a factor 2, decided exactly.

In units of eta_c and beta, with t = g/beta: h_c = 1/max(1, t) and h_n = 1/(1 + t), and

    h_c/2 <= h_n <= h_c   for every t > 0, with 1/2 attained at t = 1.

The paper (as restated) says h_c/2 <= h_n <= 2 h_c; the right factor is 1.
"""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.arithmetic import EXACT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.row import Row
from relaxsmooth.smoothness.algebraic import rational_root, to_fraction
from relaxsmooth.smoothness.generator import Point
from relaxsmooth.smoothness.pieces import cells
from relaxsmooth.smoothness.ratio import distinct, samples
from relaxsmooth.smoothness.rewrite import as_ratio, generator_of
from relaxsmooth.theorems.class_inequalities import (
    CLIPPED_IN_UNITS,
    EQUIVALENCE,
    NORMALIZED_IN_UNITS,
)
from relaxsmooth.verdict import Status, Verdict

ORIGIN = rational_root(0)
KEY = "clip-ngd-equivalence"


def verify_equivalence() -> Row:
    """PROVED: both inequalities for every t > 0, and equality on the left at t = 1."""
    low, high = EQUIVALENCE
    left = first_negative(NORMALIZED_IN_UNITS - low * CLIPPED_IN_UNITS)
    right = first_negative(high * CLIPPED_IN_UNITS - NORMALIZED_IN_UNITS)
    at_one = evaluate(NORMALIZED_IN_UNITS / CLIPPED_IN_UNITS, {"g": 1}, EXACT)
    bad = left if left is not None else right
    if bad is not None:
        verdict = Verdict(KEY, Status.REFUTED, "the ratio h_n/h_c leaves [1/2, 1]", {"t": bad})
    elif at_one != low.value:
        verdict = Verdict(KEY, Status.REFUTED, "1/2 is not attained", {"h_n/h_c at 1": at_one})
    else:
        reason = f"h_n/h_c lies in [{low}, {high}] for every t > 0, and is {at_one} at t = 1"
        verdict = Verdict(KEY, Status.PROVED, reason, {"t": Fraction(1)})
    return Row(KEY, "every g > 0", verdict, measured=at_one, bound=low.value)


def first_negative(f: Formula) -> Fraction | None:
    """A rational t > 0 with f(t) < 0, or None when f >= 0 on (0, inf): decided exactly.

    f: piecewise rational in its one symbol.  Between two neighbours among 0, its cuts and its
    zeros a rational function keeps its sign, so one rational in each gap decides.
    """
    (name,) = f.symbols
    cuts = [ORIGIN]
    for cell in cells(f, name, Point.rational(0)):
        ratio = as_ratio(cell.formula, generator_of(cell.formula, name), name).reduced
        cuts += [p.root for p in (cell.low, cell.high) if p is not None]
        cuts += [*ratio.zeros(None, None), *ratio.poles(None, None)]
    for t in map(to_fraction, samples(distinct(cuts), None, None)):
        if t > 0 and evaluate(f, {name: t}, EXACT) < 0:
            return t
    return None
