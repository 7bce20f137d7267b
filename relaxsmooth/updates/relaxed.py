"""(L0, L1)-gradient descent: x+ = x - theta/(L0 + L1 ‖∇f(x)‖) ∇f(x), with theta < 1.2564."""

from __future__ import annotations

from relaxsmooth.formula import ONE
from relaxsmooth.symbols import L0, L1, THETA, G
from relaxsmooth.update import UpdateRule

RULES = (
    UpdateRule(
        key="relaxed",
        size=THETA / (L0 + L1 * G),
        parameters={"L0": None, "L1": None, "theta": ONE},
        title="(L0, L1)-gradient descent",
        source="gorbunov2024",
    ),
)
