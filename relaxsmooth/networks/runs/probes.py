"""What is measured along a training curve, always on the fixed slice, with generators of its own.

smoothness            largest of ‖∇f(x_k + a d) - ∇f(x_k)‖/(a‖d‖), a = 1/6, ..., 5/6, d the step
smoothness_published  the authors' protocol (text only): midpoint, a sum over chunks
smoothness_r          the same at the fixed radius r: the control without the algorithm's step
hessian_lower/upper   spectral norm of the Hessian: certified below, probable above
step_length, slice_norm, valid_loss
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.runs.presets import Budget
from relaxsmooth.networks.runs.setup import Setup
from relaxsmooth.networks.runs.trial import Point, Probe, Watch
from relaxsmooth.networks.secant import (
    Secant,
    published_smoothness,
    radius_smoothness,
    secant_smoothness,
)
from relaxsmooth.networks.spectrum import spectral_norm
from relaxsmooth.networks.tensors import TORCH, Vector

RADII = 0.001, 0.01, 0.1, 1.0
NEAR = 0.02  # relative accuracy of a spectral norm
CHUNKS = 6  # about as many as the authors' 10 % of the rows give


def probes(setup: Setup, plan: Budget, seed: int) -> tuple[Probe, Watch]:
    """(at a point and the next one, at a point alone)."""
    slice_, is_text = setup.problem, setup.problem.batches[0][0].dim() == 2

    def along(point: Point, following: Vector) -> Mapping[str, float]:
        step = following - point.x
        if float(TORCH.norm([step])) == 0:
            return {}
        here = gradient_on(slice_, point)
        clean = secant_smoothness(slice_, point.x, step, gradient=here)
        row = {"smoothness": measured(clean), "step_length": clean.distance}
        if is_text:
            rng = np.random.default_rng([seed, point.k])
            found = published_smoothness(lambda: chunked(slice_, rng), point.x, step)
            row["smoothness_published"] = measured(found)
        return row

    def alone(point: Point) -> Mapping[str, float]:
        here = gradient_on(slice_, point)
        row = {
            "slice_norm": float(TORCH.norm([here])),
            "valid_loss": float(setup.valid.value(point.x)),
        }
        found = radius_smoothness(slice_, point.x, RADII, directions=1, seed=seed, gradient=here)
        row |= {f"smoothness_{r:g}": measured(secant) for r, secant in found.items()}
        if plan.hessian:
            norm = spectral_norm(slice_, point.x, tolerance=NEAR, most=plan.hessian, seed=seed)
            row |= {"hessian_lower": norm.lower, "hessian_upper": norm.upper}
        return row

    return along, alone


def measured(found: Secant) -> float:
    """L, or nan where the gradients differ by no more than their rounding."""
    return math.nan if found.is_rounding else found.smoothness


def gradient_on(problem: NetworkProblem, point: Point) -> Vector:
    """∇f of the fixed slice at the point: known already unless the point is of a minibatch."""
    return point.gradient if point.problem is problem else problem.gradient(point.x)


def chunked(problem: NetworkProblem, rng: np.random.Generator) -> NetworkProblem:
    """The slice cut along time into chunks of drawn lengths; their losses are summed."""
    tokens, targets = problem.batches[0]
    mean = max(len(tokens) // CHUNKS, 1)
    cuts, at = [0], 0
    while at < len(tokens):
        at += max(int(rng.normal(mean, mean / 6)), 1)
        cuts.append(min(at, len(tokens)))
    other = copy.copy(problem)
    other.batches = [(tokens[a:b], targets[a:b]) for a, b in pairwise(cuts)]
    other.weights = [1.0] * len(other.batches)
    return other
