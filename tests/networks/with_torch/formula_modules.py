"""Modules whose f is a known formula, so that runs can be compared with the core's."""

from __future__ import annotations

import torch

from relaxsmooth.formula import formula
from relaxsmooth.networks import NetworkProblem

ONE = torch.ones(1, dtype=torch.float64)


class Coordinates(torch.nn.Module):
    def __init__(self, *x):
        super().__init__()
        self.x = torch.nn.Parameter(torch.tensor(x, dtype=torch.float64))


def of_formula(f, *x, lowest=0):
    """min f(x) with f a function of the tensor x."""
    return NetworkProblem(
        Coordinates(*x), lambda m, c: (c * f(m.x)).sum(), [ONE], lowest=formula(lowest)
    )


def cosh(x0=3.0):
    """cosh x from x0: (L0, L1)-smooth with L0 = L1 = 1, f* = 1."""
    return of_formula(torch.cosh, x0, lowest=1)


def bowl(*x, a=(3.0, 1.0)):
    """(a1 x1² + a2 x2²)/2."""
    scales = torch.tensor(a, dtype=torch.float64)
    return of_formula(lambda v: scales * v**2 / 2, *x)
