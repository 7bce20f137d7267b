"""Upper bounds with full constants, one a rule, for the rule at its own parameters."""

from fractions import Fraction

from relaxsmooth.formula import exp, log, maximum, number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import (
    BETA,
    DELTA,
    EPS,
    EPS_F,
    ETA,
    ETA0,
    GAMMA,
    L0,
    L1,
    R0,
    THETA,
    N,
    psi_inverse_bound,
    rho,
)
from relaxsmooth.theorem import CONVEX_CLASS, Condition, Kind, Measure, Theorem

_POSITIVE = (Condition(number(0), L0, strict=True), Condition(number(0), L1, strict=True))

_LENGTH = ETA * GAMMA  # the longest clipped step
_CLIP_MARGIN = 1 - (L0 * ETA + L1 * _LENGTH) * rho(L1 * _LENGTH)
_NGD_MARGIN = 1 - ETA * maximum(L0 / BETA, L1) * rho(L1 * ETA)
_RELAXED_MARGIN = 2 * THETA + 1 - exp(THETA)

THEOREMS = (
    Theorem(
        key="clip",
        title="clipped GD with any eta and gamma",
        source=Source("relaxsmooth", "one step, clipped"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="clipped",
        prescription={"eta": 1 / (2 * L0), "gamma": L0 / (2 * L1)},
        bound=DELTA
        / _CLIP_MARGIN
        * maximum(1 / (ETA * EPS**2), 1 / (_LENGTH * maximum(EPS, GAMMA))),
        conditions=(*_POSITIVE, Condition(number(0), _CLIP_MARGIN, strict=True)),
    ),
    Theorem(
        key="ngd",
        title="normalized GD with any eta and beta",
        source=Source("relaxsmooth", "one step, normalized"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="normalized",
        prescription={"eta": 1 / (10 * L1), "beta": L0 / L1},
        bound=DELTA * (EPS + BETA) / (_NGD_MARGIN * ETA * EPS**2),
        conditions=(*_POSITIVE, Condition(number(0), _NGD_MARGIN, strict=True)),
    ),
    Theorem(
        key="relaxed-gd",
        title="(L0,L1)-GD with any theta below 1.2564",
        source=Source("relaxsmooth", "one step, theta/(L0 + L1 g)"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="relaxed",
        prescription={"theta": log(2), "L0": L0, "L1": L1},
        bound=(L0 / EPS**2 + L1 / EPS) * DELTA / _RELAXED_MARGIN,
        conditions=(*_POSITIVE, Condition(number(0), _RELAXED_MARGIN, strict=True)),
    ),
    Theorem(
        key="gd-no-M",
        title="fixed-step GD from Delta alone",
        source=Source("relaxsmooth", "M <= psi^-1(Delta)"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="gd",
        prescription={"h": 1 / (L0 + L1 * psi_inverse_bound(DELTA))},
        bound=4 * (L0 * DELTA + L1**2 * DELTA**2) / EPS**2,
        conditions=_POSITIVE,
    ),
    Theorem(
        key="armijo",
        title="Armijo backtracking with any eta0, beta, gamma",
        source=Source("relaxsmooth", "accepted as soon as eta <= 2 (1 - gamma)/(L0 + L1 M)"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="armijo",
        measure=Measure.AVG_GRAD_SQ,
        prescription={
            "eta0": 1 / L0,
            "beta": number(Fraction(1, 2)),
            "gamma": number(Fraction(3, 10)),  # 1/p is a tie on x^p: a step from x to 0
        },
        bound=DELTA
        / (GAMMA * N)
        * maximum(1 / ETA0, (L0 + L1 * psi_inverse_bound(DELTA)) / (2 * BETA * (1 - GAMMA))),
        conditions=(
            *_POSITIVE,
            Condition(BETA, number(1), strict=True),
            Condition(GAMMA, number(1), strict=True),
        ),
        remark="beta and gamma are pure numbers here",
    ),
    Theorem(
        key="relaxed-convex",
        title="(L0,L1)-GD with theta = 1/2 on convex f",
        source=Source("relaxsmooth", "sharper form of gorbunov2024: max in place of a sum"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="relaxed",
        measure=Measure.BEST_GAP,
        prescription={"theta": number(Fraction(1, 2)), "L0": L0, "L1": L1},
        bound=maximum(4 * L0 * R0**2 / EPS_F, 16 * L1**2 * R0**2),
        assumptions=CONVEX_CLASS,
        conditions=_POSITIVE,
        remark="as g^2 <= 2 (L0 + L1 g) gap, a step lowers ‖x - x*‖^2 by gap/(2 (L0 + L1 g))",
    ),
)
