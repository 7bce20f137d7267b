"""Steps of one length, planned for N steps: x+ = x - (Rhat/sqrt(N)) ∇f(x)/‖∇f(x)‖."""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.symbols import RHAT, G, N
from relaxsmooth.update import UpdateRule

RULES = (
    UpdateRule(
        key="fixed_length",
        size=RHAT / (N ** Fraction(1, 2) * G),
        parameters={"Rhat": None, "N": None},
        title="steps of one length, planned for N steps",
        source="vankov2024, Theorem 4.1",
    ),
)
