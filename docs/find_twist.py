"""The search that finds TWIST: python docs/find_twist.py --out FILE (extra `twist`).

Least m over the splines f = -c x + sum_ij d_ij B_i(x) E_j(y) with ∇f(0, 1) = (0, 1), ‖∇f‖ <= m and

    |a| + |b| <= L <∇f, v>   at sampled points, a half the trace of ∇²f, b its traceless part,

v the direction of ∇f in the round before.  For fixed v this is a second-order cone programme; its
feasible set lies inside that of ‖∇²f‖ <= L‖∇f‖ and contains the round before.  L shrinks from
round to round.  Nothing here is trusted: what is written is rounded to integers and certified
exactly, with the least L and m on a grid that hold.
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import clarabel
import numpy as np
from scipy.interpolate import BSpline
from scipy.sparse import csc_matrix, csr_matrix, eye, hstack, kron, vstack

from relaxsmooth.problems.twist import Twist, record
from relaxsmooth.smoothness.spline import Spline
from relaxsmooth.smoothness.spline_cover import bounded, relaxed
from relaxsmooth.verdict import Status

DEGREE, SCALE = 3, 10**7
ORDERS = {"x": (1, 0), "y": (0, 1), "xx": (2, 0), "xy": (1, 1), "yy": (0, 2)}
FIRST = 3.2  # L of the first round
GRAIN = 2000  # L and m are certified as multiples of 1/GRAIN
TOLERANCE = 1e-3  # relative, above which a point between the others is added
Knots = tuple[Fraction, ...]
Field = Any


def knots(coarse: int) -> tuple[Knots, Knots]:
    """Every `coarse`-th knot of the record; 0 and the point of the cycle are kept."""
    known = record().spline
    return _thinned(known.x, coarse, {0}), _thinned(known.y, coarse, {0, 1})


def _thinned(all_: Knots, coarse: int, keep: set[int]) -> Knots:
    ends = {all_[0], all_[-1], *keep}
    return tuple(t for i, t in enumerate(all_) if t in ends or i % coarse == 0)


# --- derivatives as rows -------------------------------------------------------------------------


def rows(x: Knots, y: Knots, points: Field) -> dict[str, csr_matrix]:
    """Name of a derivative -> the matrix that gives it at the points (n, 2) from (d, c)."""
    in_x, in_y = _basis(x, points[:, 0]), _folded(y, points[:, 1])
    nx, ny = in_x[0].shape[1], in_y[0].shape[1]
    over_y, over_x = kron(eye(nx), np.ones((1, ny))), kron(np.ones((1, nx)), eye(ny))
    found = {}
    for name, (a, b) in ORDERS.items():
        spline = (csr_matrix(in_x[a]) @ over_y).multiply(csr_matrix(in_y[b]) @ over_x)
        slope = np.full((len(points), 1), -1.0 if name == "x" else 0.0)
        found[name] = hstack([spline, csr_matrix(slope)]).tocsr()
    return found


def _basis(all_: Knots, t: Field) -> list[Field]:
    """B_i, B_i', B_i'' at t; the end knots are repeated for SciPy and its extra splines dropped."""
    k = np.array([float(v) for v in all_])
    k = np.r_[[k[0]] * DEGREE, k, [k[-1]] * DEGREE]
    spline = BSpline(k, np.eye(len(k) - DEGREE - 1)[:, DEGREE:-DEGREE], DEGREE)
    return [np.asarray((spline if n == 0 else spline.derivative(n))(t)) for n in range(3)]


def _folded(y: Knots, t: Field) -> list[Field]:
    """The even E_j: a B-spline and its mirror image; the middle one is its own."""
    out = []
    for B in _basis((*(-s for s in reversed(y)), *y[1:]), t):
        half = (B.shape[1] + 1) // 2
        both = (B + B[:, ::-1])[:, :half]
        if B.shape[1] % 2:
            both[:, -1] /= 2
        out.append(both)
    return out


def inside(x: Knots, y: Knots, density: int) -> Field:
    """`density` places on each side of every cell, as points (n, 2)."""
    sides = [
        np.concatenate(
            [np.linspace(float(a), float(b), density, endpoint=False) for a, b in pairwise(t)]
        )
        for t in (x, y)
    ]
    return np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)


def first_direction(points: Field) -> Field:
    """(-1, 0), turned towards (0, +-1) near the two points of the cycle."""
    near = [1 / (1 + (np.hypot(points[:, 0], points[:, 1] - e) / 1.5) ** 4) for e in (1, -1)]
    angle = np.pi - np.pi / 2 * (near[0] - near[1])
    return np.c_[np.cos(angle), np.sin(angle)]


def direction(r: dict[str, csr_matrix], z: Field) -> Field:
    g = np.c_[r["x"] @ z, r["y"] @ z]
    return g / np.maximum(np.hypot(*g.T), 1e-12)[:, None]


def excess(r: dict[str, csr_matrix], z: Field, L: float, m: float) -> Field:
    """By how much a point exceeds either limit, relative to it."""
    f = {name: row @ z for name, row in r.items()}
    size = np.abs(f["xx"] + f["yy"]) / 2 + np.hypot((f["xx"] - f["yy"]) / 2, f["xy"])
    g = np.hypot(f["x"], f["y"])
    return np.maximum(size / (L * g), g / m) - 1


# --- one round -----------------------------------------------------------------------------------


def solve(r: dict[str, csr_matrix], at_cycle: dict[str, csr_matrix], v: Field, L: float) -> Field:
    """(d, c, m) with the least m; RuntimeError where there is none."""
    along = L * (r["x"].multiply(v[:, :1]) + r["y"].multiply(v[:, 1:]))
    a, b = (r["xx"] + r["yy"]) / 2, (r["xx"] - r["yy"]) / 2
    zero = csr_matrix(a.shape)
    cones = vstack([_cones(along - a, b, r["xy"]), _cones(along + a, b, r["xy"]),
                    _cones(zero, r["x"], r["y"])])  # fmt: skip
    of_m = np.zeros((cones.shape[0], 1))
    of_m[-3 * len(v) :: 3] = 1  # ‖∇f‖ <= m
    fixed = vstack([at_cycle["x"], at_cycle["y"]])
    A = vstack([hstack([fixed, csr_matrix((2, 1))]), -hstack([cones, csr_matrix(of_m)])])
    n = A.shape[1]
    goal = np.zeros(n)
    goal[-1] = 1
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    kinds = [clarabel.ZeroConeT(2), *[clarabel.SecondOrderConeT(3)] * (cones.shape[0] // 3)]
    right = np.r_[0.0, 1.0, np.zeros(cones.shape[0])]
    solver = clarabel.DefaultSolver(csc_matrix((n, n)), goal, A.tocsc(), right, kinds, settings)
    found = solver.solve()
    if "Solved" not in str(found.status):
        raise RuntimeError(f"no spline for L = {L:.4f}: {found.status}; give more --rounds")
    return np.array(found.x)


def _cones(*parts: csr_matrix) -> csr_matrix:
    """Row k of every part in turn, for k = 0, 1, ..."""
    n = parts[0].shape[0]
    return vstack(parts).tocsr()[np.arange(len(parts) * n).reshape(-1, n).T.ravel()]


def search(x: Knots, y: Knots, density: int, rounds: int, L: float) -> tuple[Field, float]:
    """(d, c) of the last round, and m.  In the later half points that exceed a limit are added."""
    points, dense = inside(x, y, density), inside(x, y, 4 * density)
    at_cycle, everywhere = rows(x, y, np.array([[0.0, 1.0]])), rows(x, y, dense)
    v, r = first_direction(points), rows(x, y, points)
    sizes = [*np.geomspace(FIRST, L, rounds), *[L] * rounds]
    for i, size in enumerate(sizes, 1):
        z = solve(r, at_cycle, v, size)
        over = excess(everywhere, z[:-1], size, z[-1])
        print(
            f"round {i} of {len(sizes)}: L = {size:.4f}, K = {2 * size * z[-1]:.4f}, "
            f"{len(points)} points, limits exceeded by {max(over):.2%} in between", flush=True,
        )  # fmt: skip
        if i >= rounds:
            points = np.concatenate([points, dense[over > TOLERANCE]])
            r = rows(x, y, points)
        v = direction(r, z[:-1])
    return z[:-1], float(z[-1])


# --- exactly -------------------------------------------------------------------------------------


def certified(x: Knots, y: Knots, z: Field, L: float, m: float) -> Twist:
    """The rounded spline: c makes f_x(0, 1) = 0 exactly; L and m as small as they are PROVED."""
    half = (len(x) - DEGREE - 1, -1)
    d = tuple(tuple(round(c * SCALE) for c in row) for row in z[:-1].reshape(half))
    bump = Spline(DEGREE, x, y, Fraction(0), d, SCALE)
    spline = Spline(DEGREE, x, y, bump.at(Fraction(0), Fraction(1), 1, 0), d, SCALE)
    return Twist(spline, _least(relaxed, spline, L), _least(bounded, spline, m))


def _least(decide: Any, spline: Spline, size: float) -> Fraction:
    """The least multiple of 1/GRAIN above `size` that is PROVED: doubled, then halved."""
    low, step = int(size * GRAIN), 1
    while decide(spline, Fraction(low + step, GRAIN)).status is not Status.PROVED:
        low, step = low + step, 2 * step
        if low > 3 * size * GRAIN:
            raise RuntimeError("the rounded spline is far from its limits; give a larger --density")
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        proved = decide(spline, Fraction(middle, GRAIN)).status is Status.PROVED
        low, high = (low, middle) if proved else (middle, high)
    return Fraction(high, GRAIN)


def text(found: Twist) -> str:
    """The JSON that `relaxsmooth.problems.twist.read` reads."""
    s = found.spline
    data = {
        "degree": s.degree, "L": str(found.L), "m": str(found.m), "slope": str(s.slope),
        "scale": s.scale, "x": [str(t) for t in s.x], "y": [str(t) for t in s.y],
        "coefficients": [list(row) for row in s.coefficients],
    }  # fmt: skip
    return json.dumps(data) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="where the spline is written")
    parser.add_argument("--coarse", type=int, default=1, help="every n-th knot of the record")
    parser.add_argument("--density", type=int, default=3, help="points on the side of a cell")
    parser.add_argument("--rounds", type=int, default=8, help="rounds in which L shrinks")
    parser.add_argument("--L", type=float, default=float(record().L), help="of the last rounds")
    given = parser.parse_args()
    x, y = knots(given.coarse)
    z, m = search(x, y, given.density, given.rounds, given.L)
    found = certified(x, y, z, given.L, m)
    given.out.write_text(text(found), encoding="utf-8")
    print(f"K = {float(found.K):.6f} (L = {found.L}, m = {found.m}) written to {given.out}")
    for verdict in found.verdicts:
        print(f"{verdict.status.name} {verdict.claim}")


if __name__ == "__main__":
    main()
