"""The search for the polygon of `relaxsmooth.turn`: python docs/find_polygon.py --K 3.375

Descent over polygons, star-shaped about a centre and run clockwise, for the integral of the largest
tangential component at m = 0; the number of corners doubles.  Where it is negative K is likely to
be excluded: this is in floats, `relaxsmooth.turn` proves.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from scipy.optimize import minimize

GAUSS = 12  # nodes on an edge
ANGLES = 61  # at which the component is tried
ITERATIONS = 40
Field = Any


def corners(parameters: Field) -> Field:
    """(centre, logarithms of the radii at equal angles) -> (n, 2)."""
    n = len(parameters) - 2
    angle = -2 * np.pi * np.arange(n) / n
    directions = np.c_[np.cos(angle), np.sin(angle)]
    return parameters[:2] + np.exp(parameters[2:])[:, None] * directions


def integral(polygon: Field, K: float) -> float:
    """Of the largest tangential component round the polygon, by Gauss's rule on every edge."""
    way = np.roll(polygon, -1, 0) - polygon
    nodes, weights = np.polynomial.legendre.leggauss(GAUSS)
    places = polygon[:, None] + way[:, None] * ((nodes + 1) / 2)[:, None]
    most = largest(places.reshape(-1, 2), np.repeat(np.arctan2(way[:, 1], way[:, 0]), GAUSS), K)
    return float(np.hypot(*way.T) @ (most.reshape(-1, GAUSS) @ weights) / 2)


def largest(places: Field, angle: Field, K: float) -> Field:
    """max of e^r cos(phi - angle), r <= 0, (r, phi) within K/2 |z - (0, +-1)| of (0, +-pi/2)."""
    half, (x, y) = np.pi / 2, places.T
    R, T = (K / 2 * np.hypot(x, y - end) for end in (1, -1))
    low, high = np.maximum(half - R, -half - T), np.minimum(half + R, T - half)
    phi = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, ANGLES)
    squares = np.minimum(R[:, None] ** 2 - (phi - half) ** 2, T[:, None] ** 2 - (phi + half) ** 2)
    c = np.cos(phi - angle[:, None])
    return np.where(c > 0, c, c * np.exp(-np.sqrt(np.maximum(squares, 0)))).max(1)


def search(K: float, most: int) -> Field:
    """From a rectangle with 16 corners up to `most`."""
    angle = -2 * np.pi * np.arange(16) / 16
    sides = 0.18 / np.maximum(abs(np.cos(angle)), 1e-9), 0.33 / np.maximum(abs(np.sin(angle)), 1e-9)
    found = np.r_[-0.08, 0.65, np.log(np.minimum(*sides))]
    goals = [*np.arange(3.2, K, 0.05), K]  # K rises, so that the descent starts near an optimum
    while True:
        for goal in goals:
            found = minimize(
                lambda p, goal=goal: integral(corners(p), goal), found, method="BFGS",
                options={"maxiter": ITERATIONS},
            ).x  # fmt: skip
        radii = found[2:]
        print(f"{len(radii)} corners: {integral(corners(found), K):.6f}", flush=True)
        if 2 * len(radii) > most:
            return found
        found = np.r_[found[:2], np.c_[radii, (radii + np.roll(radii, -1)) / 2].ravel()]
        goals = [K]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--K", type=float, default=3.375, help="of the cycles to exclude")
    parser.add_argument("--corners", type=int, default=64, help="at most")
    given = parser.parse_args()
    polygon = np.round(1000 * corners(search(given.K, given.corners))).astype(int)
    print(", ".join(f"({x}, {y})" for x, y in polygon))
    print(f"integral round it, rounded: {integral(polygon / 1000, given.K):.6f} (floats, m = 0)")


if __name__ == "__main__":
    main()
