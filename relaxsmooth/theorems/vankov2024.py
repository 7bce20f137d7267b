"""Vankov, Rodomanov, Nedich, Sankar, Stich (2024): Theorems 3.1, 3.2, 4.1 and 5.1."""

from fractions import Fraction

from relaxsmooth.formula import log, maximum, number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import (
    DELTA,
    EPS,
    EPS_F,
    L0,
    L1,
    R0,
    RHAT,
    N,
    phi,
    psi_inverse_bound,
)
from relaxsmooth.theorem import CONVEX_CLASS, Condition, Kind, Measure, Theorem

_PAPER = "vankov2024"
_POSITIVE = (Condition(number(0), L0, strict=True), Condition(number(0), L1, strict=True))
_STEPS = (  # rule, its name, the share a of the decrease g^2/(2 L0 + 3 L1 g) it keeps
    ("optimal", "vankov", "the step that maximises the guaranteed decrease", Fraction(1)),
    ("simple", "vankov_simple", "step 1/(L0 + 3/2 L1 g)", Fraction(1)),
    ("clipped", "vankov_clipped", "step min{1/(2 L0), 1/(3 L1 g)}", Fraction(1, 2)),
)
_RBAR = (R0**2 / RHAT + RHAT) / 2
_REACH = L1 * _RBAR / N ** Fraction(1, 2)  # N = K + 1

_NONCONVEX = tuple(
    Theorem(
        key=f"vankov2024-{name}",
        title=title,
        source=Source(_PAPER, "Theorem 3.1"),
        known=Known.RESTATED,
        kind=Kind.UPPER,
        rule=rule,
        prescription={"L0": L0, "L1": L1},
        bound=(2 * L0 / EPS**2 + 3 * L1 / EPS) * DELTA / a,
        conditions=_POSITIVE,
    )
    for name, rule, title, a in _STEPS
)
_CONVEX = tuple(
    Theorem(
        key=f"vankov2024-convex-{name}",
        title=f"{title}, convex f",
        source=Source(_PAPER, "Theorem 3.2"),
        known=Known.RESTATED,
        kind=Kind.UPPER,
        rule=rule,
        measure=Measure.LAST_GAP,
        prescription={"L0": L0, "L1": L1},
        bound=2 * L0 * R0**2 / (a * EPS_F) + 3 * L1 * R0 * log(maximum(1, DELTA / EPS_F)) / a,
        assumptions=CONVEX_CLASS,
        conditions=_POSITIVE,
        descends="Theorem 3.1: a step lowers f by at least a g^2/(2 L0 + 3 L1 g)",
        remark="max{1, Delta/eps_f}: the logarithm is 0 where x_0 is already good enough",
    )
    for name, rule, title, a in _STEPS
)

THEOREMS = (
    *_NONCONVEX,
    *_CONVEX,
    Theorem(
        key="vankov2024-fixed-length",
        title="steps of length Rhat/sqrt(N), convex f",
        source=Source(_PAPER, "Theorem 4.1"),
        known=Known.RESTATED,
        kind=Kind.UPPER,
        rule="fixed_length",
        measure=Measure.BEST_GAP,
        prescription={"Rhat": R0, "N": N},
        bound=maximum(L0 * _RBAR**2 / EPS_F, Fraction(4, 9) * L1**2 * _RBAR**2),
        assumptions=CONVEX_CLASS,
        conditions=_POSITIVE,
        remark="N = K + 1 is planned; Rbar = (R^2/Rhat + Rhat)/2",
    ),
    Theorem(
        key="vankov2024-fixed-length-sharper",
        title="steps of length Rhat/sqrt(N), convex f, bound on the gap",
        source=Source(_PAPER, "proof of Theorem 4.1"),
        known=Known.RESTATED,
        kind=Kind.UPPER,
        rule="fixed_length",
        measure=Measure.BEST_GAP,
        prescription={"Rhat": R0, "N": N},
        bound=L0 * phi(_REACH) / L1**2,
        assumptions=CONVEX_CLASS,
        conditions=_POSITIVE,
        remark="N = K + 1 is planned; Rbar = (R^2/Rhat + Rhat)/2",
    ),
    Theorem(
        key="vankov2024-polyak",
        title="Polyak's step, convex f",
        source=Source(_PAPER, "Theorem 5.1"),
        known=Known.RESTATED,
        kind=Kind.UPPER,
        rule="polyak",
        measure=Measure.BEST_GAP,
        bound=maximum(4 * L0 * R0**2 / EPS_F, 36 * L1**2 * R0**2),
        assumptions=CONVEX_CLASS,
        conditions=_POSITIVE,
    ),
    Theorem(
        key="vankov2024-polyak-sharper",
        title="Polyak's step, convex f, through the inverse of psi",
        source=Source(_PAPER, "proof of Theorem 5.1"),
        known=Known.RESTATED,
        kind=Kind.UPPER,
        rule="polyak",
        measure=Measure.BEST_GAP,
        bound=R0**2 * (psi_inverse_bound(EPS_F) / EPS_F) ** 2,
        assumptions=CONVEX_CLASS,
        conditions=_POSITIVE,
        remark="with L1 F + sqrt(L1^2 F^2 + 2 L0 F) in place of the smaller psi^-1(F)",
    ),
)
