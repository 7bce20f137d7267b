"""Lobanov et al. (2024): the linear phase of (L0, L1)-GD on convex functions."""

from fractions import Fraction

from relaxsmooth.formula import exp, log, number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import DELTA, L0, L1, R0, N
from relaxsmooth.theorem import CONVEX_CLASS, Condition, Kind, Measure, Theorem

THEOREMS = (
    Theorem(
        key="lobanov2024-linear",
        title="(L0,L1)-GD on convex f is linear while g >= L0/L1",
        source=Source("lobanov2024", "linear phase"),
        known=Known.RECALLED,
        kind=Kind.UPPER,
        rule="relaxed",
        measure=Measure.LAST_GAP,
        prescription={"theta": number(1), "L0": L0, "L1": L1},
        bound=DELTA * exp(N * log(1 - 1 / (5 * L1 * R0))),
        assumptions=CONVEX_CLASS,
        conditions=(
            Condition(number(0), L0, strict=True),
            Condition(number(0), L1, strict=True),
            Condition(number(Fraction(1, 5)), L1 * R0, strict=True),
        ),
        phase=L0 / L1,
        remark="factor 1 - 1/(5 L1 R) under the Hessian class: t (1 - rho(t)) >= 1/5 on [1/2, 1]",
    ),
)
