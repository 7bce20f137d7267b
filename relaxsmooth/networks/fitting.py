"""(L0, L1) from measured points (g_i, L_i): fits, exponents, correlations, and refutations.

    envelope        least mean L0 + L1 g_i with L0 + L1 g_i >= L_i for all i (a linear programme)
    quantile        a share tau of the points below the line, in the least absolute sense
    least squares   the mean line
    power           L = L0 + c g^p, in logarithms: the exponent p of an ell-smooth model

Intervals are percentiles over moving-block bootstrap samples, since neighbours on a path are
alike.  Points can refute a pair (L0, L1), never prove it.  No torch is needed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.verdict import Status, Verdict

Floats = NDArray[np.float64]
Interval = tuple[float, float]
NARROW = 10.0  # a largest over a smallest ‖∇f‖ below this fixes neither L1 nor an exponent
LARGEST_EXPONENT = 6.0


@dataclass(frozen=True)
class Points:
    """g_i = ‖∇f(x_i)‖ > 0, L_i the smoothness measured there, r_i its probe distance (0: Hessian).

    where: what each point is, for the witness.
    """

    g: Floats
    L: Floats
    r: Floats
    where: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.g)


def points(
    g: ArrayLike, L: ArrayLike, r: ArrayLike = 0.0, where: Sequence[str] | None = None
) -> Points:
    """Points from sequences of equal length; those that are not finite are refused."""
    gs, Ls = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (g, L))
    rs = np.broadcast_to(np.asarray(r, dtype=np.float64), gs.shape).copy()
    if gs.shape != Ls.shape or gs.ndim != 1 or not len(gs):
        raise NetworkError(f"{gs.shape} gradient norms and {Ls.shape} smoothnesses; give pairs")
    for name, values in (("g", gs), ("L", Ls), ("r", rs)):
        if not (np.isfinite(values) & (values >= 0)).all():
            bad = int(np.argmin(np.isfinite(values) & (values >= 0)))
            raise NetworkError(
                f"{name} of point {bad} is {values[bad]}; drop points where a run diverged"
            )
    names = tuple(where) if where is not None else tuple(f"point {i}" for i in range(len(gs)))
    return Points(gs, Ls, rs, names)


@dataclass(frozen=True)
class Line:
    """L0 + L1 g, how it was fitted, bootstrap intervals (None without), and flags."""

    L0: float
    L1: float
    method: str
    L0_interval: Interval | None = None
    L1_interval: Interval | None = None
    level: float = 0.95
    flags: tuple[str, ...] = ()

    def at(self, g: ArrayLike) -> Floats:
        """L0 + L1 g."""
        return np.asarray(self.L0 + self.L1 * np.asarray(g, dtype=np.float64))


# --- the three lines -----------------------------------------------------------------------------


def upper_envelope(p: Points) -> Line:
    """The least line L0 + L1 g >= L_i (all i) with L0, L1 >= 0: least mean over the points."""
    c = np.array([1.0, p.g.mean()])
    L0, L1 = _programme(c, -_design(p.g), -p.L, p)
    L0 += max(0.0, float((p.L - L0 - L1 * p.g).max()))  # the solver's own tolerance
    return Line(L0, L1, "upper envelope", flags=flags(p, L1))


def quantile_line(p: Points, tau: float = 0.9, resamples: int = 0, **options: Any) -> Line:
    """The line with a share tau of the points below: least sum of tau u + (1 - tau) v."""
    if not 0 < tau < 1:
        raise NetworkError(f"tau = {tau} must lie between 0 and 1; try 0.9")
    return _with_intervals(
        p, lambda q: _quantile(q, tau), f"quantile {tau:g}", resamples, **options
    )


def least_squares_line(p: Points, resamples: int = 1000, **options: Any) -> Line:
    """The least-squares line with L0, L1 >= 0.  options: level, block, seed of the bootstrap."""
    return _with_intervals(p, _least_squares, "least squares", resamples, **options)


def _design(g: Floats) -> Floats:
    return np.column_stack([np.ones_like(g), g])


def _least_squares(p: Points) -> tuple[float, float]:
    from scipy.optimize import nnls

    scale = max(float(p.g.max()), 1e-300)
    found, _ = nnls(_design(p.g / scale), p.L)
    return float(found[0]), float(found[1] / scale)


def _quantile(p: Points, tau: float) -> tuple[float, float]:
    """min tau 1'u + (1 - tau) 1'v with L0 + L1 g + u - v = L, all >= 0."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, eye, hstack

    n, scale, height = len(p), max(float(p.g.max()), 1e-300), max(float(p.L.max()), 1e-300)
    cost = np.concatenate([[0.0, 0.0], np.full(n, tau), np.full(n, 1 - tau)])
    rows = hstack([csr_matrix(_design(p.g / scale)), eye(n), -eye(n)])
    found = linprog(cost, A_eq=rows, b_eq=p.L / height, method="highs")
    return float(found.x[0] * height), float(found.x[1] * height / scale)


def _programme(c: Floats, rows: Floats, limits: Floats, p: Points) -> tuple[float, float]:
    from scipy.optimize import linprog

    scale, height = max(float(p.g.max()), 1e-300), max(float(p.L.max()), 1e-300)
    by = np.array([1.0, 1 / scale])
    found = linprog(c * by, A_ub=rows * by, b_ub=limits / height, method="highs")
    return float(found.x[0] * height), float(found.x[1] * height / scale)


def _with_intervals(
    p: Points,
    fit: Callable[[Points], tuple[float, float]],
    method: str,
    resamples: int,
    level: float = 0.95,
    block: int | None = None,
    seed: int = 0,
) -> Line:
    L0, L1 = fit(p)
    if not resamples:
        return Line(L0, L1, method, flags=flags(p, L1))
    drawn = bootstrap(p, lambda q: np.array(fit(q)), resamples, block, seed)
    (a, b), (c, d) = (interval(drawn[:, i], level) for i in (0, 1))
    return Line(L0, L1, method, (a, b), (c, d), level, flags(p, L1))


# --- bootstrap -----------------------------------------------------------------------------------


def bootstrap(
    p: Points,
    statistic: Callable[[Points], Floats],
    resamples: int,
    block: int | None = None,
    seed: int = 0,
) -> Floats:
    """The statistic on moving-block samples, (resamples, k); block: n^(1/3) points by default."""
    n = len(p)
    size = max(1, round(n ** (1 / 3))) if block is None else block
    if not 1 <= size <= n:
        raise NetworkError(f"block = {size} must lie between 1 and {n}, the number of points")
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(resamples):
        starts = generator.integers(0, n - size + 1, -(-n // size))
        at = (starts[:, None] + np.arange(size)).ravel()[:n]
        rows.append(statistic(Points(p.g[at], p.L[at], p.r[at], p.where)))
    return np.array(rows)


def interval(values: Floats, level: float) -> Interval:
    """The central share `level` of the values (those that are finite)."""
    if not 0 < level < 1:
        raise NetworkError(f"level = {level} must lie between 0 and 1; try 0.95")
    finite = values[np.isfinite(values)]
    if not len(finite):
        return math.nan, math.nan
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


# --- the power model and correlations ------------------------------------------------------------


@dataclass(frozen=True)
class Power:
    """L = L0 + c g^p: exponent with its interval; residual: rms of log L."""

    L0: float
    c: float
    exponent: float
    exponent_interval: Interval
    residual: float
    level: float = 0.95
    flags: tuple[str, ...] = ()


def power_model(
    p: Points, resamples: int = 200, level: float = 0.95, block: int | None = None, seed: int = 0
) -> Power:
    """The exponent of ell(g) = L0 + c g^p by least squares in log L (points with g, L > 0)."""
    kept = (p.g > 0) & (p.L > 0)
    if kept.sum() < 4:
        raise NetworkError(f"{int(kept.sum())} points with g, L > 0; an exponent needs at least 4")
    where = tuple(name for name, keep in zip(p.where, kept, strict=True) if keep)
    q = Points(p.g[kept], p.L[kept], p.r[kept], where)
    L0, c, exponent, residual = _power(q)
    drawn = bootstrap(q, lambda s: np.array([_power(s, exponent)[2]]), resamples, block, seed)
    return Power(L0, c, exponent, interval(drawn[:, 0], level), residual, level, flags(q, 0.0))


def _power(p: Points, near: float | None = None) -> tuple[float, float, float, float]:
    """(L0, c, exponent, residual): log L = log c + log(s + (g/gm)^p), s and c found for each p."""
    from scipy.optimize import least_squares

    middle = float(np.exp(np.log(p.g).mean()))
    x, y = np.log(p.g / middle), np.log(p.L)

    def residuals(theta: Floats) -> Floats:
        model = np.logaddexp(theta[0], theta[1] * x)
        return np.asarray(y - model - (y - model).mean())

    best = None
    for start in (near,) if near is not None else (0.5, 1.0, 2.0):
        found = least_squares(
            residuals, [-2.0, start], bounds=([-30.0, 0.0], [30.0, LARGEST_EXPONENT])
        )
        if best is None or found.cost < best.cost:
            best = found
    assert best is not None
    s, exponent = best.x
    height = math.exp((y - np.logaddexp(s, exponent * x)).mean())
    L0, c = height * math.exp(s), height * middle**-exponent
    return L0, float(c), float(exponent), float(np.sqrt(2 * best.cost / len(x)))


@dataclass(frozen=True)
class Correlation:
    """Pearson's coefficient of log L and log g, with its interval."""

    value: float
    interval: Interval
    level: float = 0.95


def correlation(
    p: Points, resamples: int = 1000, level: float = 0.95, block: int | None = None, seed: int = 0
) -> Correlation:
    """corr(log L, log g) over the points with g, L > 0; nan where one of them is constant."""
    drawn = bootstrap(p, lambda q: np.array([_correlation(q)]), resamples, block, seed)
    return Correlation(_correlation(p), interval(drawn[:, 0], level), level)


def partial_correlation(p: Points, control: ArrayLike) -> float:
    """corr(log L, log g) after both are regressed on log control, as the effective step size.

    At the edge of stability L x (effective step) is about 2 whatever the function is.
    """
    z = np.log(np.asarray(control, dtype=np.float64))
    rest = [v - np.polyval(np.polyfit(z, v, 1), z) for v in (np.log(p.g), np.log(p.L))]
    return _pearson(*rest)


def _correlation(p: Points) -> float:
    kept = (p.g > 0) & (p.L > 0)
    return _pearson(np.log(p.g[kept]), np.log(p.L[kept]))


def _pearson(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / size if size > 1e-24 else math.nan


# --- flags and refutation ------------------------------------------------------------------------


def flags(p: Points, L1: float) -> tuple[str, ...]:
    """Why a fit says less than it seems to; empty where nothing is wrong."""
    found = []
    far = int((L1 * p.r > 1).sum())
    if far:
        found.append(
            f"L1 r > 1 at {far} of {len(p)} points: outside the range of the local definition"
        )
    positive = p.g[p.g > 0]
    if len(positive) and positive.max() < NARROW * positive.min():
        found.append(
            f"‖∇f‖ spans a factor {positive.max() / positive.min():.3g} only: "
            "L1 and exponents are not determined"
        )
    if len(p) < 10:
        found.append(f"{len(p)} points only")
    return tuple(found)


@dataclass(frozen=True)
class Stability:
    """L1 of each probe radius; spread = largest/smallest; trend: slope of log L1 in log r.

    trend -1 says that L1 is about 1/r: the probe's length, not a property of f.
    """

    L1: Mapping[float, float]
    spread: float
    trend: float
    flags: tuple[str, ...]


def stability(by_radius: Mapping[float, Points], tau: float = 0.9) -> Stability:
    """L1 at several radii by the quantile line; a class member has one L1 for all of them."""
    lines = {r: quantile_line(p, tau) for r, p in sorted(by_radius.items())}
    slopes = {r: line.L1 for r, line in lines.items()}
    found = [f"L1 r = {L1 * r:.3g} > 1 at radius {r:g}" for r, L1 in slopes.items() if L1 * r > 1]
    radii, values = np.array(list(slopes)), np.array(list(slopes.values()))
    if len(values) < 2 or (values <= 0).any():
        return Stability(slopes, math.nan, math.nan, (*found, "L1 = 0, or one radius only"))
    trend = float(np.polyfit(np.log(radii), np.log(values), 1)[0])
    if trend < -0.5:
        found.append(f"L1 falls with the radius (r^{trend:.2f}): it measures the probe")
    return Stability(slopes, float(values.max() / values.min()), trend, tuple(found))


def allowed(L0: float, L1: float, p: Points) -> Floats:
    """The largest smoothness at each point for a member of the Hessian class (L0, L1).

    (L0 + L1 g)(e^{L1 r} - 1)/(L1 r) for a gradient difference over r, L0 + L1 g at r = 0.
    """
    t = L1 * p.r
    growth = np.where(t > 0, np.expm1(np.minimum(t, 700)) / np.where(t > 0, t, 1.0), 1.0)
    return np.asarray((L0 + L1 * p.g) * growth)


def refute(L0: float, L1: float, p: Points, rounding: ArrayLike = 0.0) -> Verdict:
    """REFUTED with the worst point where L_i - rounding exceeds what (L0, L1) allows.

    Otherwise CONSISTENT: points never prove that f is (L0, L1)-smooth.  L_i must be lower
    bounds (Ritz values, gradient differences); rounding: their absolute error.
    """
    if not (L0 >= 0 and L1 >= 0):
        raise NetworkError(f"L0 = {L0}, L1 = {L1} must be >= 0; give the constants of the class")
    limit = allowed(L0, L1, p)
    excess = p.L - np.asarray(rounding, dtype=np.float64) - limit
    worst = int(np.argmax(excess))
    claim = f"the network is (L0, L1)-smooth on these {len(p)} points with {L0:.6g}, {L1:.6g}"
    margin = float(-excess[worst])
    if excess[worst] <= 1e-9 * limit[worst]:
        return Verdict(claim, Status.CONSISTENT, "no point lies above", margin=margin)
    witness = {
        "where": p.where[worst], "g": float(p.g[worst]), "L": float(p.L[worst]),
        "r": float(p.r[worst]), "allowed": float(limit[worst]),
    }  # fmt: skip
    return Verdict(claim, Status.REFUTED, "a point lies above, in floats", witness, margin)
