"""Abbaszadehpeivasti, de Klerk, Zamani (2022): the anchor at L1 = 0, exact."""

from fractions import Fraction

from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import DELTA, L, N
from relaxsmooth.theorem import Assumption, Kind, Measure, Theorem

THEOREMS = (
    Theorem(
        key="smooth-anchor",
        title="fixed-step GD with h = 1/L on L-smooth f, tight",
        source=Source("abbaszadehpeivasti2022", "Theorem 2 at h = 1/L"),
        known=Known.RECALLED,
        kind=Kind.UPPER,
        rule="gd",
        measure=Measure.MIN_GRAD,
        prescription={"h": 1 / L},
        bound=(4 * L * DELTA / (3 * N - 1)) ** Fraction(1, 2),
        assumptions=(Assumption.BOUNDED_BELOW, Assumption.SMOOTH_BELOW),
        remark="N gradients x_0, ..., x_{N-1}: over 0..N it reads 4 L Delta/(3N + 2)",
    ),
)
