"""Functions rational in e^{ax}: cosh, exp, softplus and log cosh.

cosh(ax): minimal L0 is a² at L1 = a;  log cosh(ax): a² at every L1;
e^{ax} and log(1 + e^{ax}): 0 at L1 = a, with infimum 0 that no point attains.
"""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.formula import Formula, FormulaError, exp, formula, function, log, symbol
from relaxsmooth.problem import Problem

x = symbol("x")
Exact = Fraction | int
UNATTAINED = "f > 0 and f -> 0 as a x -> -infinity; no point attains it"


def _line(
    name: str, f: Formula, a: Fraction, L0: Fraction, lowest: Exact, because: str, key: str
) -> Problem:
    return Problem(
        key=key or f"{name}({a})",
        objective=f,
        variables=("x",),
        start=(formula(3 / a),),
        title=name,
        lowest=formula(lowest),
        lowest_because=because,
        constants={"L0": L0, "L1": abs(a)},
    )


def _scale(a: Exact) -> Fraction:
    if a == 0:
        raise FormulaError("a = 0 makes f constant; give another a")
    return Fraction(a)


def cosh(a: Exact = 1, key: str = "") -> Problem:
    """f = cosh(a x)."""
    a = _scale(a)
    return _line("cosh(a x)", function("cosh", a * x), a, a**2, 1, "cosh >= 1 = cosh(0)", key)


def log_cosh(a: Exact = 1, key: str = "") -> Problem:
    """f = log cosh(a x)."""
    a = _scale(a)
    f = log(function("cosh", a * x))
    return _line("log cosh(a x)", f, a, a**2, 0, "cosh >= 1 = cosh(0)", key)


def exponential(a: Exact = 1, key: str = "") -> Problem:
    """f = e^{a x}."""
    a = _scale(a)
    return _line("e^(a x)", exp(a * x), a, Fraction(0), 0, UNATTAINED, key)


def softplus(a: Exact = 1, key: str = "") -> Problem:
    """f = log(1 + e^{a x})."""
    a = _scale(a)
    return _line("log(1 + e^(a x))", log(1 + exp(a * x)), a, Fraction(0), 0, UNATTAINED, key)


PROBLEMS = (
    cosh(key="cosh"),
    log_cosh(key="log_cosh"),
    exponential(key="exp"),
    softplus(key="softplus"),
)
