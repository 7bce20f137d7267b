"""The step that minimises the descent bound, log(1 + L1 g/(L0 + L1 g))/(L1 g), and two variants.

All three are Theorem 3.1 of Vankov et al. 2024; the variants are simpler lower bounds of it:
1/(L0 + 3/2 L1 g) and min{1/(2 L0), 1/(3 L1 g)}.
"""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.formula import Formula, log, minimum
from relaxsmooth.symbols import L0, L1, G
from relaxsmooth.update import UpdateRule

SOURCE = "vankov2024, Theorem 3.1"


def _rule(key: str, size: Formula, title: str) -> UpdateRule:
    return UpdateRule(key, size, {"L0": None, "L1": None}, title, SOURCE)


RULES = (
    _rule(
        "vankov", log(1 + L1 * G / (L0 + L1 * G)) / (L1 * G), "optimal step of the descent bound"
    ),
    _rule("vankov_simple", 1 / (L0 + Fraction(3, 2) * L1 * G), "simplified optimal step"),
    _rule("vankov_clipped", minimum(1 / (2 * L0), 1 / (3 * L1 * G)), "clipped optimal step"),
)
