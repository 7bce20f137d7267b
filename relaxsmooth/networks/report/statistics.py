"""What the curves of a run say of smoothness against gradient norm, with the controls.

smoothness   L along the step against ‖∇f(x_k)‖: the paper's measurement
given step   the same, after both are regressed on the effective step size ‖x_{k+1} - x_k‖/‖∇f‖
edge         median of L times the effective step: 2 says that the step, not f, made L
radius, Hessian, published   L_r at fixed radii, ‖∇²f(x_k)‖, the authors' protocol
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.fitting import (
    Points,
    correlation,
    flags,
    partial_correlation,
    points,
    power_model,
    quantile_line,
    stability,
    upper_envelope,
)

Columns = Mapping[str, NDArray[Any]]
Record = dict[str, Any]
FEWEST = 5  # points that a correlation is taken of
RESAMPLES, RESAMPLES_POWER = 300, 40


def probed(trace: Columns, column: str) -> tuple[NDArray[np.intp], Points | None]:
    """(rows, points) where the column and ‖∇f‖ of the slice are positive numbers."""
    if column not in trace:
        return np.array([], np.intp), None
    g, L = trace["slice_norm"], trace[column]
    rows = np.flatnonzero(np.isfinite(g) & np.isfinite(L) & (g > 0) & (L > 0))
    if len(rows) < FEWEST:
        return rows, None
    distance = trace["step_length"][rows] if column == "smoothness" else np.zeros(len(rows))
    return rows, points(g[rows], L[rows], np.nan_to_num(distance))


def radii(trace: Columns) -> list[float]:
    """The fixed radii that the trace was probed at."""
    ends = [name.removeprefix("smoothness_") for name in trace if name.startswith("smoothness_")]
    return sorted(float(end) for end in ends if end != "published")


def spearman(p: Points) -> float:
    from scipy.stats import spearmanr

    if np.ptp(p.g) == 0 or np.ptp(p.L) == 0:
        return math.nan
    return float(spearmanr(p.g, p.L).statistic)


def related(p: Points | None) -> Record | None:
    """Pearson of the logarithms with its interval, Spearman, and the number of points."""
    if p is None:
        return None
    found = correlation(p, resamples=RESAMPLES)
    return {
        "points": len(p),
        "pearson": found.value,
        "interval": list(found.interval),
        "spearman": spearman(p),
    }


def exponent(p: Points | None) -> Record | None:
    """p of L = L0 + c ‖∇f‖^p, with its interval."""
    if p is None:
        return None
    try:
        found = power_model(p, resamples=RESAMPLES_POWER)
    except NetworkError:
        return None
    return {"exponent": found.exponent, "interval": list(found.exponent_interval)}


def lines(p: Points | None, step: float) -> Record | None:
    """(L0, L1) by two fits; flags, with the one for L1 beyond one over the step length."""
    if p is None:
        return None
    envelope, typical = upper_envelope(p), quantile_line(p)
    return {
        "envelope": [envelope.L0, envelope.L1],
        "quantile": [typical.L0, typical.L1],
        "L1_step": envelope.L1 * step,
        "flags": list(flags(p, envelope.L1)),
    }


def of_curve(trace: Columns) -> Record:
    """Everything above for one trace."""
    rows, p = probed(trace, "smoothness")
    found: Record = {"outcome": str(trace["outcome"]), "steps": int(trace["step"][-1])}
    found["smoothness"] = related(p)
    if p is not None:
        effective = trace["step_length"][rows] / trace["slice_norm"][rows]
        given = partial_correlation(p, effective) if np.ptp(np.log(effective)) > 1e-6 else math.nan
        found["given_step"] = given
        found["edge"] = float(np.median(p.L * effective))
        found["lines"] = lines(p, float(np.max(trace["step_length"][rows])))
        found["exponent"] = exponent(p)
    found["published"] = related(probed(trace, "smoothness_published")[1])
    hessian = probed(trace, "hessian_lower")[1]
    found["hessian"], found["hessian_exponent"] = related(hessian), exponent(hessian)
    found["radii"] = at_radii(trace)
    return found


def at_radii(trace: Columns) -> Record:
    """Correlation and L1 at each radius; spread and trend of L1 over them."""
    by = {r: p for r in radii(trace) if (p := probed(trace, f"smoothness_{r:g}")[1]) is not None}
    if not by:
        return {}
    found = stability({r: points(p.g, p.L, r) for r, p in by.items()})
    return {
        "by_radius": [
            {"radius": r, **(related(p) or {}), "L1": found.L1[r]} for r, p in by.items()
        ],
        "spread": found.spread,
        "trend": found.trend,
        "flags": list(found.flags),
    }
