"""Takezawa, Bao, Sato, Niwa, Yamada (2024): Polyak's step under local (L0, L1)-smoothness."""

from relaxsmooth.formula import number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import L0, L1, R0, L, N
from relaxsmooth.theorem import Assumption, Condition, Kind, Measure, Theorem

THEOREMS = (
    Theorem(
        key="takezawa2024-polyak",
        title="Polyak's step, convex and L-smooth f",
        source=Source("takezawa2024", "convergence of Polyak's step size"),
        known=Known.PAPER,
        kind=Kind.UPPER,
        rule="polyak",
        measure=Measure.BEST_GAP,
        bound=8 * L0 * R0**2 / N + 64 * L * L1**2 * R0**4 / N**2,
        assumptions=(
            Assumption.LOCAL_LIPSCHITZ,
            Assumption.CONVEX,
            Assumption.MINIMISER,
            Assumption.SMOOTH,
        ),
        conditions=(Condition(number(0), L0, strict=True), Condition(number(0), L1, strict=True)),
        remark="L0, L1 of the local-Lipschitz class; the Hessian class (L0, L1) implies it with "
        "(L0/log 2, L1/log 2)",
    ),
)
