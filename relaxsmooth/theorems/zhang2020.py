"""Zhang, He, Sra, Jadbabaie (ICLR 2020): Theorems 3, 4, 6, and what they become repaired."""

from fractions import Fraction

from relaxsmooth.formula import log, maximum, minimum, number
from relaxsmooth.problems.twist import GAP
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import DELTA, EPS, L0, L1, H, K, M, h_star, psi, rho, tent
from relaxsmooth.theorem import Assumption, Condition, Kind, Theorem
from relaxsmooth.theorems.class_inequalities import line_decrease

_PAPER = "zhang2020"
_BELOW, _CLASS = Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS
_BOUNDED, _LINE, _PLANE = (
    Assumption.GRADIENT_BOUND,
    Assumption.ONE_DIMENSIONAL,
    Assumption.SEVERAL_DIMENSIONS,
)
_POSITIVE = (Condition(number(0), L0, strict=True), Condition(number(0), L1, strict=True))

# Theorem 3's step sizes: eta_c = 1/(10 L0), gamma = min{1/eta_c, 1/(10 L1 eta_c)}
_ETA_C = 1 / (10 * L0)
_GAMMA = minimum(1 / _ETA_C, 1 / (10 * L1 * _ETA_C))
_UNITS_OF_GAMMA = "gamma = min{1/eta, 1/(10 L1 eta)} compares L0 with L0/L1: it fixes the unit of x"

# l = max(L1, 1/10), so that gamma = L0/l; clipping starts at g = L0/l
_ELL = maximum(L1, Fraction(1, 10))
_CLIPPED_RATE = DELTA * maximum(L0 / EPS**2, _ELL / maximum(EPS, L0 / _ELL))
_TENTH = number(Fraction(1, 10))

# f(x0) - inf f <= GAP M/L1 on TWIST: with a smaller Delta it is made for a smaller M
PLANE_M = minimum(M, L1 * DELTA / GAP)

THEOREMS = (
    Theorem(
        key="zhang2020-theorem3",
        title="clipped GD, as printed",
        source=Source(_PAPER, "Theorem 3"),
        known=Known.RECALLED,
        kind=Kind.UPPER,
        rule="clipped",
        prescription={"eta": _ETA_C, "gamma": _GAMMA},
        bound=20 * L0 * DELTA / EPS**2 + 20 * maximum(1, L1**2) * DELTA / L0,
        conditions=_POSITIVE,
        scaling="max{1, L1^2} compares a pure number with 1/length^2: it fixes the unit of x",
        remark="parameters [P], constants of the bound [M]",
    ),
    Theorem(
        key="theorem3-sharper",
        title="clipped GD, Theorem 3's parameters, constant 11.154",
        source=Source("relaxsmooth", "sharper constant of zhang2020, Theorem 3"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="clipped",
        prescription={"eta": _ETA_C, "gamma": _GAMMA},
        bound=10 / (1 - rho(_TENTH) / 5) * _CLIPPED_RATE,
        conditions=_POSITIVE,
        scaling=_UNITS_OF_GAMMA,
        remark="10/(1 - 0.2 rho(0.1)) = 11.1535...",
    ),
    Theorem(
        key="ngd-transferred",
        title="normalized GD by the equivalence with clipping",
        source=Source(_PAPER, "clipping and normalization are equivalent up to 2"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="normalized",
        # eta_n = gamma eta_c and eta_c = eta_n/beta, hence beta = gamma
        prescription={"eta": _GAMMA * _ETA_C, "beta": _GAMMA},
        bound=20 / (1 - rho(number(Fraction(1, 20))) / 10) * _CLIPPED_RATE,
        conditions=_POSITIVE,
        scaling=_UNITS_OF_GAMMA,
        remark="20/(1 - rho(1/20)/10) = 21.0713...: the rate is lost at g = beta, h_n = h_c/2",
    ),
    Theorem(
        key="zhang2020-theorem4",
        title="lower bound for fixed-step GD, as printed",
        source=Source(_PAPER, "Theorem 4"),
        known=Known.RECALLED,
        kind=Kind.LOWER,
        rule="gd",
        bound=L1 * M * (DELTA - 5 * EPS / 8) / (8 * EPS**2 * (log(M) + 1)),
        assumptions=(_BELOW, _CLASS, _BOUNDED),
        conditions=(
            Condition(number(1), L0),
            Condition(number(1), L1),
            Condition(number(1), M, strict=True),
        ),
        scaling="log M takes the logarithm of a gradient norm, and Delta - 5 eps/8 mixes units",
        finding="theorem4-as-printed",
        remark="ranges of L0, L1, M [P], bound [M]; what is refuted is d = 1: in d >= 2 "
        "theorem4-plane implies it, up to lower order, where Delta >= 6 M/L1",
    ),
    Theorem(
        key="theorem4-line",
        title="lower bound for fixed-step GD, repaired on the line",
        source=Source("relaxsmooth", "repair of zhang2020, Theorem 4, d = 1"),
        known=Known.DERIVED,
        kind=Kind.LOWER,
        rule="gd",
        bound=L1
        * M
        * (DELTA - Fraction(15, 16) * EPS**2 / L0)
        / (2 * EPS**2 * log(1 + L1 * M / L0)),
        assumptions=(_BELOW, _CLASS, _BOUNDED, _LINE),
        conditions=(*_POSITIVE, Condition(EPS, M, strict=True), Condition(psi(M), DELTA)),
    ),
    Theorem(
        key="theorem4-line-sharp",
        title="lower bound for fixed-step GD on the line, sharp",
        source=Source("relaxsmooth", "the fixed-step game in d = 1: zigzags up to h*(M), then EXT"),
        known=Known.DERIVED,
        kind=Kind.LOWER,
        rule="gd",
        bound=(DELTA - psi(EPS)) / tent(EPS, h_star(M)),
        assumptions=(_BELOW, _CLASS, _BOUNDED, _LINE),
        conditions=(*_POSITIVE, Condition(EPS, M, strict=True), Condition(psi(M), DELTA)),
        remark="within 7 percent of a certified upper end at every entry of docs/game.md",
    ),
    Theorem(
        key="theorem4-plane",
        title="lower bound for fixed-step GD in d >= 2: no logarithm",
        source=Source("relaxsmooth", "repair of zhang2020, Theorem 4, d >= 2"),
        known=Known.DERIVED,
        kind=Kind.LOWER,
        rule="gd",
        bound=(DELTA - Fraction(15, 16) * EPS**2 / L0) / EPS**2 * maximum(L1 * PLANE_M / K, L0 / 2),
        assumptions=(_BELOW, _CLASS, _BOUNDED, _PLANE),
        conditions=(
            *_POSITIVE,
            Condition(EPS, PLANE_M, strict=True),
            Condition(EPS * log(1 + L1 * PLANE_M / L0), PLANE_M),
            Condition(psi(M), DELTA),
        ),
        remark="K is that of the certified cycle TWIST; f(x0) - inf f <= 6 M/L1 there",
    ),
    *(
        Theorem(
            key=key,
            title=f"fixed-step GD, {title}",
            source=Source(source, locator),
            known=known,
            kind=Kind.UPPER,
            rule="gd",
            prescription={"h": h},
            bound=constant * (L0 + M * L1) * DELTA / EPS**2,
            assumptions=(_BELOW, _CLASS, _BOUNDED),
            conditions=_POSITIVE,
        )
        for key, title, source, locator, known, h, constant in (
            (
                "zhang2020-theorem6",
                "as printed (4)",
                _PAPER,
                "Theorem 6",
                Known.RECALLED,
                1 / (2 * (M * L1 + L0)),
                4,
            ),
            (
                "theorem6-sharper",
                "Theorem 6's step, constant 8/3",
                "relaxsmooth",
                "sharper constant of zhang2020, Theorem 6",
                Known.DERIVED,
                1 / (2 * (M * L1 + L0)),
                Fraction(8, 3),
            ),
            (
                "gd",
                "h = 1/(L0 + L1 M), constant 2",
                "relaxsmooth",
                "sublevel step",
                Known.DERIVED,
                1 / (L0 + L1 * M),
                2,
            ),
        )
    ),
    Theorem(
        key="gd-line",
        title="fixed-step GD on the line, matching the repaired Theorem 4 within 8",
        source=Source("relaxsmooth", "one-dimensional step, h = h*(M)/2"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="gd",
        prescription={"h": h_star(M) / 2},
        bound=4 * L1 * M * DELTA / (EPS**2 * log(1 + L1 * M / L0)),
        assumptions=(_BELOW, _CLASS, _BOUNDED, _LINE),
        conditions=(*_POSITIVE, Condition(EPS, M / (2 * log(1 + L1 * M / L0)))),
    ),
    Theorem(
        key="gd-line-any",
        title="fixed-step GD on the line, any h < h*(M)",
        source=Source("relaxsmooth", "one-dimensional step, least at an end of [eps, M]"),
        known=Known.DERIVED,
        kind=Kind.UPPER,
        rule="gd",
        prescription={"h": h_star(M) / 2},
        # In u = s0(g) the decrease Phi(u) - Phi(|v|), v = h s(u) - u, grows while v <= 0.  Where
        # v > 0 it falls iff s(v) v' >= s(u), so v' > 1 (v < u as h < h*), and then
        # s(v) v'/s(u) grows: s'/s decreases and v' increases.  Once falling it falls for good.
        bound=DELTA / minimum(line_decrease(EPS, H), line_decrease(M, H)),
        assumptions=(_BELOW, _CLASS, _BOUNDED, _LINE),
        conditions=(*_POSITIVE, Condition(EPS, M), Condition(H, h_star(M), strict=True)),
    ),
)

# Remark 5 puts two complexities side by side; both leave out constants.
REMARK5_FIXED = (L1 * M / log(M) + L0) * DELTA / EPS**2
REMARK5_CLIPPED = L0 * DELTA / EPS**2 + L1**2 * DELTA / L0
