"""Normalized gradient descent: x+ = x - eta/(‖∇f(x)‖ + beta) ∇f(x)."""

from __future__ import annotations

from relaxsmooth.symbols import BETA, ETA, G
from relaxsmooth.update import UpdateRule

RULES = (
    UpdateRule(
        key="normalized",
        size=ETA / (G + BETA),
        parameters={"eta": None, "beta": None},
        title="normalized gradient descent",
        source="zhang2020, Section 3",
    ),
)
