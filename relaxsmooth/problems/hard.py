"""Hard instances for fixed-step gradient descent, with their exact constants.

EXT      (L0/L1²) phi(L1 |x|), phi(t) = e^t - t - 1: |f''| = L0 + L1 |f'| everywhere
PAPER1   the 2020 paper's first function, exponential tails on a quadratic core: minimal L0 is L1
PAPER2   its second, slope 2 eps outside a quartic core: minimal L0 is 3 eps
RAMP     slope s eps outside a quartic core of the least width that keeps f in the class
The paper's two are as recalled [M]; what is computed about them is about these formulas.
"""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.formula import Formula, FormulaError, exp, formula, log, piecewise, symbol
from relaxsmooth.problem import Problem

x = symbol("x")
Exact = Fraction | int


def _positive(**values: Exact) -> None:
    for name, value in values.items():
        if value <= 0:
            raise FormulaError(f"{name} = {value} must be positive; give a positive number")


def _even(inside: Formula, outside: Formula, edge: Exact) -> Formula:
    """inside where |x| <= edge, outside(|x|) elsewhere (outside is written in x > 0)."""
    return piecewise(
        (x, "<", -formula(edge), outside.subs({"x": -x})),
        (x, "<=", formula(edge), inside),
        otherwise=outside,
    )


def ext(L0: Exact, L1: Exact, M: Exact, key: str = "") -> Problem:
    """f = (L0/L1²)(e^{L1|x|} - L1|x| - 1) from log(1 + L1 M/L0)/L1, where f' = M.

    GD cycles with period 2 at h = 2 log(1 + L1 M/L0)/(L1 M) and diverges above.
    """
    _positive(L0=L0, L1=L1, M=M)
    L0, L1, M = Fraction(L0), Fraction(L1), Fraction(M)
    right = (L0 / L1**2) * (exp(L1 * x) - L1 * x - 1)
    return Problem(
        key=key or f"ext({L0},{L1},{M})",
        objective=piecewise((x, "<", 0, right.subs({"x": -x})), otherwise=right),
        variables=("x",),
        start=(log(1 + L1 * M / L0) / L1,),
        title="extremal function (L0/L1^2) phi(L1 |x|)",
        source="relaxsmooth; in place of the first function of zhang2020, Theorem 4",
        lowest=formula(0),
        lowest_because="phi >= 0 and phi(0) = 0",
        constants={"L0": L0, "L1": L1, "M": M},
    )


def paper1(L1: Exact, M: Exact = 2, key: str = "") -> Problem:
    """f = e^{L1|x|}/(L1 e) for |x| > 1/L1, L1 x²/2 + 1/(2 L1) inside; M >= 1; f' = M at x0."""
    _positive(L1=L1)
    if M < 1:
        raise FormulaError(f"M = {M} must be at least 1, the slope at 1/L1; give M >= 1")
    L1, M = Fraction(L1), Fraction(M)
    core = L1 / 2 * x**2 + 1 / (2 * L1)
    return Problem(
        key=key or f"paper1({L1},{M})",
        objective=_even(core, exp(L1 * x - 1) / L1, 1 / L1),
        variables=("x",),
        start=((log(formula(M)) + 1) / L1,),
        title="first hard function of the 2020 paper",
        source="zhang2020, proof of Theorem 4 [M]",
        lowest=formula(1 / (2 * L1)),
        lowest_because="f is convex, even and C^1, so its minimum is f(0) = 1/(2 L1)",
        constants={"L0": L1, "L1": L1, "M": M},
    )


def paper2(eps: Exact, Delta: Exact | None = None, key: str = "") -> Problem:
    """f = (eps/4)(6x² - x⁴) for |x| <= 1, 5 eps/4 + 2 eps(|x| - 1) outside, f(x0) - f* = Delta.

    Delta >= 5 eps/4 so that x0 is on the slope; 10 eps where it is not given.
    """
    _positive(eps=eps)
    eps = Fraction(eps)
    Delta = 10 * eps if Delta is None else Fraction(Delta)
    if Delta < 5 * eps / 4:
        raise FormulaError(f"Delta = {Delta} is below 5 eps/4 = {5 * eps / 4}; give a larger Delta")
    core = eps / 4 * (6 * x**2 - x**4)
    return Problem(
        key=key or f"paper2({eps},{Delta})",
        objective=_even(core, 2 * eps * x - 3 * eps / 4, 1),
        variables=("x",),
        start=(formula(1 + (Delta - 5 * eps / 4) / (2 * eps)),),
        title="second hard function of the 2020 paper",
        source="zhang2020, proof of Theorem 4 [M]",
        lowest=formula(0),
        lowest_because="f' has the sign of x, so f is lowest at 0",
        constants={"L0": 3 * eps, "L1": Fraction(1), "M": 2 * eps, "Delta": Delta},
    )


def ramp(eps: Exact, s: Exact, L0: Exact, Delta: Exact, key: str = "") -> Problem:
    """f' = s eps (3u - u³)/2 for |u| = |x|/w <= 1, s eps sign(x) outside; w = 3 s eps/(2 L0).

    f(x0) - f* = Delta, which must be at least 15 s² eps²/(16 L0), the height of the core.
    """
    _positive(eps=eps, s=s, L0=L0)
    slope, L0, Delta = Fraction(s) * Fraction(eps), Fraction(L0), Fraction(Delta)
    w = 3 * slope / (2 * L0)
    height = 5 * slope * w / 8
    if Delta < height:
        raise FormulaError(
            f"Delta = {Delta} is below 15 s^2 eps^2/(16 L0) = {height}; give a larger Delta"
        )
    core = slope * w * (Fraction(3, 4) * (x / w) ** 2 - (x / w) ** 4 / 8)
    return Problem(
        key=key or f"ramp({eps},{s},{L0},{Delta})",
        objective=_even(core, slope * x + (height - slope * w), w),
        variables=("x",),
        start=(formula(w + (Delta - height) / slope),),
        title="ramp of slope s eps on a quartic core",
        source="relaxsmooth; in place of the second function of zhang2020, Theorem 4",
        lowest=formula(0),
        lowest_because="f' has the sign of x, so f is lowest at 0",
        constants={"L0": L0, "L1": Fraction(1), "M": slope, "Delta": Delta},
    )


PROBLEMS = (
    ext(1, 1, 2, key="ext"),
    ext(1, 10, 100, key="ext_steep"),
    paper1(2, 5, key="paper1"),
    paper2(Fraction(1, 100), key="paper2"),
    ramp(Fraction(1, 100), Fraction(101, 100), 1, 1, key="ramp"),
    ramp(Fraction(1, 10), Fraction(101, 100), 1, 1, key="short_ramp"),
)
