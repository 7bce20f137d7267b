"""Li, Qian, Tian, Rakhlin, Jadbabaie (NeurIPS 2023): fixed-step GD from Delta alone."""

from fractions import Fraction

from relaxsmooth.formula import number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import DELTA, L0, L1, H, N
from relaxsmooth.theorem import Condition, Kind, Measure, Theorem

# G, which bounds the gradient norm on {f <= f(x0)}
_G = 2 * L1 * DELTA + (4 * L1**2 * DELTA**2 + 2 * L0 * DELTA) ** Fraction(1, 2)
_STEP = 1 / (L0 + 2 * L1 * _G)

THEOREMS = (
    Theorem(
        key="li2023-gd",
        title="fixed-step GD, h at most 1/(L0 + 2 L1 G)",
        source=Source("li2023", "Theorem 5.2"),
        known=Known.RECALLED,
        kind=Kind.UPPER,
        rule="gd",
        measure=Measure.AVG_GRAD_SQ,
        prescription={"h": _STEP},
        bound=2 * DELTA / (H * N),
        conditions=(
            Condition(number(0), L0, strict=True),
            Condition(number(0), L1, strict=True),
            Condition(H, _STEP),
        ),
        remark="G = 2 L1 Delta + sqrt(4 L1^2 Delta^2 + 2 L0 Delta); the form of G [P]",
    ),
)
