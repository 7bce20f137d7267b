"""Layer 8: the complexity of the best fixed step on the line, beside the bounds in print.

    complexity(L0, L1, M, Delta, eps) = inf over h > 0 of sup over f of T_eps,

certified from below and above (see `game`), for one set of constants or for the shipped table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import FLOAT, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, formula
from relaxsmooth.game import (
    BITS,
    LowerBound,
    TunedBound,
    at_step,
    forced,
    gap_of,
    largest_safe_step,
    lower_bound,
    tuned_upper_bound,
)
from relaxsmooth.instance import decide, failed_condition
from relaxsmooth.rounding import in_digits, lower_end, round_down, round_up
from relaxsmooth.symbols import psi
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status

SHOWN = ("theorem4-line-sharp", "theorem4-line", "zhang2020-theorem4")
PLOTTED = tuple(Fraction(k, 40) for k in range(2, 40))  # shares of h*(M)
SMALLEST = Fraction(1, 10**30)  # L1 eps/L0, whose square is lost to cancellation
ROUGH = Fraction(1, 50)  # slack of the upper bounds in a picture

# (L1 M/L0, eps/M, Delta/psi(M)) of the table, with L0 = 1 and M = 2
GRID = tuple(
    (Fraction(10) ** k, share, gaps)
    for k in range(-2, 7)
    for share, gaps in (
        (Fraction(1, 2), 10),
        (Fraction(1, 10), 1),
        (Fraction(1, 10), 10),
        (Fraction(1, 1000), 1),
        (Fraction(1, 1000), 10**6),
    )
)


@dataclass(frozen=True)
class Complexity:
    """Certified ends, and each printed bound: a ball, or None where it does not apply."""

    values: Mapping[str, Fraction]
    low: LowerBound
    high: TunedBound
    bounds: Mapping[str, Any]

    @property
    def share(self) -> float:
        """The tuned step in units of h*(M)."""
        return float(ball().number(self.high.h) / largest_safe_step(self.values))

    @property
    def ratio(self) -> float:
        """upper/lower."""
        return float(Fraction(self.high.steps, self.low.steps)) if self.low.steps else float("inf")

    def status(self, key: str) -> Status:
        """Whether the lower bound of this theorem holds at these constants (in d = 1)."""
        if self.bounds[key] is None:
            return Status.INAPPLICABLE
        try:
            claimed = theorems()[key].bound.subs(self.values)
        except FormulaError:  # a power whose exponent cannot be written
            return Status.UNDECIDED
        if self.low.steps and decide(claimed, formula(self.low.steps))[0] is Status.PROVED:
            return Status.PROVED
        beaten = decide(formula(self.high.steps), claimed, strict=True)[0]
        return Status.REFUTED if beaten is Status.PROVED else Status.UNDECIDED


def complexity(values: Mapping[str, Fraction]) -> Complexity:
    """Both certified ends at these L0, L1, M, Delta, eps.

    Raises FormulaError where a constant is not positive, eps >= M or psi(M) > Delta.
    """
    check(values)
    values = {name: Fraction(value) for name, value in values.items()}
    bounds = {key: _bound(key, values) for key in SHOWN}
    return Complexity(values, lower_bound(values), tuned_upper_bound(values), bounds)


def check(values: Mapping[str, Fraction]) -> None:
    """Refuse constants that no function has."""
    for name in ("L0", "L1", "M", "Delta", "eps"):
        if not isinstance(values[name], Fraction | int):
            raise FormulaError(f"{name} = {values[name]!r} is not exact; give a fraction")
        if values[name] <= 0:
            raise FormulaError(f"{name} = {values[name]} must be positive; give a positive number")
    if values["eps"] >= values["M"]:
        raise FormulaError(
            f"eps = {values['eps']} must be below M = {values['M']}; otherwise T_eps = 0"
        )
    if values["L1"] * values["eps"] < SMALLEST * values["L0"]:
        raise FormulaError(
            f"L1 eps/L0 is below {in_digits(SMALLEST)}, too little for balls of {BITS} bits; there "
            "functions are L0-smooth in all but name, so give L1 eps/L0 above it"
        )
    needed = gap_of(values)
    if needed > values["Delta"] and not _reaches(values):
        raise FormulaError(
            f"Delta = {values['Delta']} is below psi(M), so no function has "
            f"M = {values['M']}; give Delta >= {in_digits(round_up(needed), 9)}"
        )


def _reaches(values: Mapping[str, Fraction]) -> bool:
    """psi(M) <= Delta, decided also where the two are equal."""
    least = psi(formula(values["M"])).subs(values)
    return decide(least, formula(values["Delta"]))[0] is Status.PROVED


def with_gap(
    L0: Fraction, L1: Fraction, M: Fraction, eps: Fraction, gaps: int
) -> dict[str, Fraction]:
    """The constants with Delta = gaps psi(M), rounded up."""
    values = {"L0": L0, "L1": L1, "M": M, "eps": eps}
    return {**values, "Delta": round_up(gaps * gap_of(values))}


def grid() -> list[dict[str, Fraction]]:
    """The constants of the shipped table."""
    M = Fraction(2)
    return [with_gap(Fraction(1), z / M, M, share * M, gaps) for z, share, gaps in GRID]


def _bound(key: str, values: Mapping[str, Fraction]) -> Any:
    theorem = theorems()[key]
    if failed_condition(theorem.conditions, lambda f: f.subs(values), {}) is not None:
        return None
    found = evaluate(theorem.bound, values, ball(1024))
    return found if found.is_finite() else None


def curves(
    values: Mapping[str, Fraction],
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(h/h*(M), forced steps) and (h/h*(M), steps that suffice), every point certified."""
    limit = lower_end(largest_safe_step(values))
    steps = [(float(share), round_down(share * limit)) for share in PLOTTED]
    low = [(share, FLOAT.number(Fraction(forced(values["eps"], h, values)))) for share, h in steps]
    high = [(share, at_step(h, values, ROUGH)) for share, h in steps]
    known = [(share, FLOAT.number(found.bound)) for share, found in high if found is not None]
    return low, known
