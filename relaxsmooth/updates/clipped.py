"""Clipped gradient descent: x+ = x - min{eta, eta gamma/‖∇f(x)‖} ∇f(x).

The 2020 paper's parametrisation: gamma is the gradient norm at which clipping sets in, so a
clipped step has length eta gamma.  Others write min{eta, gamma'/g} with gamma' = eta gamma.
"""

from __future__ import annotations

from relaxsmooth.formula import minimum
from relaxsmooth.symbols import ETA, GAMMA, G
from relaxsmooth.update import UpdateRule

RULES = (
    UpdateRule(
        key="clipped",
        size=minimum(ETA, ETA * GAMMA / G),
        parameters={"eta": None, "gamma": None},
        title="clipped gradient descent",
        source="zhang2020, Theorem 3",
    ),
)
