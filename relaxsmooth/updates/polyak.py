"""Polyak's step: x+ = x - (f(x) - f*)/‖∇f(x)‖² ∇f(x); it needs f*, and no other parameter."""

from __future__ import annotations

from relaxsmooth.formula import symbol
from relaxsmooth.symbols import G
from relaxsmooth.update import UpdateRule

GAP = symbol("gap")  # f(x) - f*
RULES = (
    UpdateRule(
        key="polyak",
        size=GAP / G**2,
        parameters={},
        title="Polyak step",
        source="takezawa2024",
    ),
)
