"""Koloskova, Hendrikx, Stich (ICML 2023): clipped GD with any threshold, deterministic case."""

from fractions import Fraction

from relaxsmooth.formula import number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import DELTA, ETA, GAMMA, L0, L1, N
from relaxsmooth.theorem import Condition, Kind, Measure, Theorem

_LARGEST = 1 / (9 * (L0 + GAMMA * L1))
# from the row `clip`: its margin is at least 1 - rho(1/9)/9 = 0.9423... >= 15/16
CONSTANT = Fraction(16, 15)

THEOREMS = (
    Theorem(
        key="koloskova2023-clipping",
        title="clipped GD with any threshold, the constant of O() filled in",
        source=Source("koloskova2023", "clipped GD, deterministic"),
        known=Known.RECALLED,
        kind=Kind.UPPER,
        rule="clipped",
        measure=Measure.MIN_GRAD,
        prescription={"eta": 1 / (18 * L0), "gamma": L0 / L1},
        bound=CONSTANT * ((DELTA / (ETA * N)) ** Fraction(1, 2) + DELTA / (ETA * GAMMA * N)),
        conditions=(
            Condition(number(0), L0, strict=True),
            Condition(number(0), L1, strict=True),
            Condition(ETA, _LARGEST),
        ),
        remark="the paper says O(); the constant 16/15 follows from the row clip",
    ),
)
