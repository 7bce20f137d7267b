"""Points of a frontier for a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from relaxsmooth.cli.answer import Answer
from relaxsmooth.cli.errors import Refused

if TYPE_CHECKING:
    from relaxsmooth.smoothness.frontier import Frontier

POINTS = 49
LONGEST_LABEL = 40


def sampled(curve: Frontier, L1: Fraction | None) -> list[tuple[float, float]]:
    """(L1, L0*(L1)), exact values as floats: two decades around L1, or from the threshold on."""
    return [
        (float(least.L1), float(least.value))
        for least in curve.sample(_slopes(curve, _double(L1)))
        if least.value is not None
    ]


def _double(L1: Fraction | None) -> Fraction:
    """A picture is drawn in doubles."""
    if L1 is not None and L1 and not 1e-290 < L1 < 1e290:
        raise Refused(f"--plot draws in doubles, and L1 = {L1} is beyond them; leave --plot out")
    return L1 or Fraction(1)


def _slopes(curve: Frontier, centre: Fraction) -> Sequence[Fraction]:
    threshold = curve.threshold()
    lowest = _rational(float(threshold.value)) if threshold.value is not None else Fraction(0)
    if lowest == 0 and not threshold.attained:  # L0* -> infinity as L1 -> 0: logarithmic axes
        ratio = 100 ** (1 / (POINTS - 1))
        return [centre / 10 * _rational(ratio**k) for k in range(POINTS)]
    highest = max(2 * centre, 3 * lowest)
    return [lowest + (highest - lowest) * Fraction(k, POINTS - 1) for k in range(POINTS)]


def _rational(x: float) -> Fraction:
    return Fraction(x).limit_denominator(10**4)


def label(answer: Answer) -> str:
    """The closed form as LaTeX, where all points share a short one."""
    found = {equation for _, _, equation in answer.points}
    text = found.pop() if len(found) == 1 else None
    if text is None or len(text) > LONGEST_LABEL:
        return ""
    text = re.sub(r"\bL([01])\b", r"L_\1", text).replace("*", r"\,")
    powers = re.sub(r"\^(\d+)", r"^{\1}", text)
    return f"${powers}$"
