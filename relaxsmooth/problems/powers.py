"""Powers of the norm and polynomials of one variable.

‖x‖^p/p has minimal L0 = ((p - 2)/L1)^(p - 2) at every L1 > 0, in every dimension;
x⁴: L1² L0 = 16;  x⁶: L1⁴ L0 = 1536;  L0 L1² x⁴/72 + L0 x²/4: L0/2 at L1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from relaxsmooth.formula import Formula, FormulaError, add, formula, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.text import parse

Exact = Fraction | int
NO_LESS = "a sum of even powers with coefficients >= 0, 0 at 0"


def norm_power(p: Exact, d: int, L1: Exact = 1, key: str = "") -> Problem:
    """f = ‖x‖^p/p on R^d, p > 2, with its minimal L0 at L1; from x0 = (2, 1, ..., 1)."""
    if p <= 2 or d < 1:
        raise FormulaError(f"p = {p}, d = {d} must satisfy p > 2 and d >= 1; try p = 3, d = 2")
    if L1 <= 0:
        raise FormulaError(f"L1 = {L1} must be positive; try L1 = 1")
    names = ("x",) if d == 1 else tuple(f"x{i + 1}" for i in range(d))
    square = add(*(symbol(name) ** 2 for name in names))
    p, L1 = Fraction(p), Fraction(L1)
    minimal = (formula((p - 2) / L1) ** (p - 2)).value
    return Problem(
        key=key or f"norm_power({p},{d})",
        objective=square ** (p / 2) / p,
        variables=names,
        start=(formula(2), *(formula(1),) * (d - 1)),
        title=f"‖x‖^{p}/{p} on R^{d}",
        lowest=formula(0),
        lowest_because="a power of the norm, 0 at 0",
        constants={} if minimal is None else {"L0": minimal, "L1": L1},
    )


def polynomial(
    text: str,
    start: Exact,
    key: str,
    lowest: Formula | None = None,
    because: str = "",
    constants: Sequence[tuple[str, Exact]] = (),
) -> Problem:
    """A polynomial of x, as text, from x0."""
    known = {name: Fraction(value) for name, value in constants}
    return Problem(
        key, parse(text, "x"), ("x",), (formula(start),), text, "", lowest, because, known
    )


def takezawa(L0: Exact, L1: Exact, key: str = "") -> Problem:
    """f = L0 L1² x⁴/72 + L0 x²/4 of Takezawa et al. 2024; minimal L0 at L1 is L0/2."""
    if min(L0, L1) <= 0:
        raise FormulaError(f"L0 = {L0}, L1 = {L1} must be positive; try L0 = 4, L1 = 3")
    x, L0, L1 = symbol("x"), Fraction(L0), Fraction(L1)
    return Problem(
        key=key or f"takezawa({L0},{L1})",
        objective=L0 * L1**2 / 72 * x**4 + L0 / 4 * x**2,
        variables=("x",),
        start=(formula(10 / L1),),
        title="quartic of Takezawa et al.",
        source="takezawa2024",
        lowest=formula(0),
        lowest_because=NO_LESS,
        constants={"L0": L0 / 2, "L1": L1},
    )


ZERO = formula(0)
PROBLEMS = (
    polynomial("x^4", Fraction(3, 2), "quartic", ZERO, NO_LESS, (("L0", 16), ("L1", 1))),
    polynomial("x^6", Fraction(3, 2), "sextic", ZERO, NO_LESS, (("L0", 1536), ("L1", 1))),
    polynomial("(x^2 - 1)^2", 3, "double_well", ZERO, "a square, 0 at 1"),
    polynomial("x^4 - 2x^2 + x/3", 3, "tilted_well"),
    takezawa(4, 3, key="takezawa"),
    norm_power(3, 2, key="cubed_norm"),
    norm_power(4, 3, key="fourth_power_3d"),
)
