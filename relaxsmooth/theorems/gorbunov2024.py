"""Gorbunov et al. (2024): (L0, L1)-GD on convex functions."""

from fractions import Fraction

from relaxsmooth.formula import number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import EPS_F, L0, L1, R0
from relaxsmooth.theorem import CONVEX_CLASS, Condition, Kind, Measure, Theorem

THEOREMS = (
    Theorem(
        key="gorbunov2024-convex",
        title="(L0,L1)-GD with theta = 1/2 on convex f, as a sum",
        source=Source("gorbunov2024", "(L0, L1)-GD, convex"),
        known=Known.RESTATED,
        kind=Kind.UPPER,
        rule="relaxed",
        measure=Measure.BEST_GAP,
        prescription={"theta": number(Fraction(1, 2)), "L0": L0, "L1": L1},
        bound=4 * L0 * R0**2 / EPS_F + 16 * L1**2 * R0**2,
        assumptions=CONVEX_CLASS,
        conditions=(Condition(number(0), L0, strict=True), Condition(number(0), L1, strict=True)),
        remark="the paper steps with eta <= nu/2, nu e^nu = 1, in the symmetric class; in the "
        "Hessian class g^2 <= 2 (L0 + L1 g) gap allows theta = 1/2",
    ),
)
