"""Upper bounds with full constants, one a rule: T_eps for the rule at its own parameters."""

from fractions import Fraction

from relaxsmooth.formula import exp, log, maximum, number
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import (
    BETA,
    DELTA,
    EPS,
    ETA,
    GAMMA,
    L0,
    L1,
    THETA,
    psi_inverse_bound,
    rho,
)
from relaxsmooth.theorem import Condition, Kind, Theorem

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
    *(
        Theorem(
            key=key,
            title=f"{title}",
            source=Source("vankov2024", "Theorem 3.1"),
            known=Known.RESTATED,
            kind=Kind.UPPER,
            rule=rule,
            prescription={"L0": L0, "L1": L1},
            bound=(2 * L0 / EPS**2 + 3 * L1 / EPS) * DELTA / a,
            conditions=_POSITIVE,
        )
        for key, title, rule, a in (
            ("vankov2024-optimal", "the step that maximises the guaranteed decrease", "vankov", 1),
            ("vankov2024-simple", "step 1/(L0 + 3/2 L1 g)", "vankov_simple", 1),
            (
                "vankov2024-clipped",
                "step min{1/(2 L0), 1/(3 L1 g)}",
                "vankov_clipped",
                Fraction(1, 2),
            ),
        )
    ),
)
