"""Gradient descent with a fixed step: x+ = x - h ∇f(x)."""

from __future__ import annotations

from relaxsmooth.symbols import H
from relaxsmooth.update import UpdateRule

RULES = (
    UpdateRule(
        key="gd",
        size=H,
        parameters={"h": None},
        title="gradient descent",
        source="zhang2020, Theorem 6",
    ),
)
