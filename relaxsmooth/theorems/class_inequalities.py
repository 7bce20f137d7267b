"""The inequalities of the Hessian class from which every bound is derived.

Letters: g = ‖∇f(x)‖, g_y = ‖∇f(y)‖, r = ‖x - y‖, difference = ‖∇f(y) - ∇f(x)‖,
rise = f(y) - f(x) - <∇f(x), y - x>, gap = f(x) - f*, decrease = f(x) - f(x - h∇f(x)).
"""

from fractions import Fraction

from relaxsmooth.formula import Formula, absolute, exp, log, maximum, number, symbol
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import G_Y, L0, L1, C, G, H, M, R, phi, psi
from relaxsmooth.theorem import Assumption, Condition, Inequality

_HERE = "relaxsmooth"
_BELOW, _CLASS = Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS
_DIFFERENCE, _RISE, _GAP, _DECREASE = (
    symbol(name) for name in ("difference", "rise", "gap", "decrease")
)
_NEAR = Condition(R, C / L1)  # r <= c/L1
_WITHIN_ONE = Condition(R, 1 / L1)


def _descent_gain(step: Formula) -> Formula:
    """Phi(d) = L0 phi(L1 d)/L1^2, the primitive of the extremal slope on the line."""
    return L0 * phi(L1 * step) / L1**2


def line_decrease(g: Formula, h: Formula) -> Formula:
    """Phi(s0) - Phi(|s0 - h g|), the least decrease of a step from gradient g on the line.

    s0 = log(1 + L1 g/L0)/L1 is the distance at which the extremal slope has decayed to 0.
    """
    s0 = log(1 + L1 * g / L0) / L1
    return _descent_gain(s0) - _descent_gain(absolute(s0 - h * g))


_QUADRATIC_A = 1 + exp(C) - (exp(C) - 1) / C
_QUADRATIC_B = (exp(C) - 1) / C

INEQUALITIES = (
    Inequality(
        key="growth-upper",
        title="the gradient grows at most exponentially",
        source=Source(_HERE, "Gronwall in the gradient norm"),
        known=Known.DERIVED,
        left=G_Y,
        right=(G + L0 / L1) * exp(L1 * R) - L0 / L1,
        sharp="EXT, outward",
    ),
    Inequality(
        key="growth-lower",
        title="the gradient decays at most exponentially",
        source=Source(_HERE, "Gronwall in the gradient norm"),
        known=Known.DERIVED,
        left=(G + L0 / L1) * exp(-L1 * R) - L0 / L1,
        right=G_Y,
        sharp="EXT, inward",
    ),
    Inequality(
        key="growth-4",
        title="the paper's growth lemma with 4",
        source=Source("zhang2020", "growth lemma of the appendix"),
        known=Known.RECALLED,
        left=G_Y,
        right=4 * (L0 / L1 + G),
        conditions=(_WITHIN_ONE,),
    ),
    Inequality(
        key="gradient-difference",
        title="how far the gradient moves",
        source=Source("vankov2024", "gradient bound"),
        known=Known.RESTATED,
        left=_DIFFERENCE,
        right=(L0 + L1 * G) * (exp(L1 * R) - 1) / L1,
        sharp="EXT, outward",
    ),
    Inequality(
        key="descent",
        title="the descent inequality",
        source=Source("vankov2024", "descent inequality"),
        known=Known.RESTATED,
        left=_RISE,
        right=(L0 + L1 * G) * phi(L1 * R) / L1**2,
        sharp="EXT, outward",
    ),
    Inequality(
        key="descent-quadratic",
        title="quadratic descent inequality with A and B",
        source=Source("zhangb2020", "descent lemma"),
        known=Known.RESTATED,
        left=_RISE,
        right=(_QUADRATIC_A * L0 + _QUADRATIC_B * L1 * G) * R**2 / 2,
        conditions=(_NEAR,),
    ),
    Inequality(
        key="descent-quadratic-tight",
        title="quadratic descent inequality, tight constant 2 phi(c)/c^2",
        source=Source(_HERE, "descent, quadratic form"),
        known=Known.DERIVED,
        left=_RISE,
        right=2 * phi(C) / C**2 * (L0 + L1 * G) * R**2 / 2,
        conditions=(_NEAR,),
        sharp="EXT, outward, r = c/L1",
    ),
    Inequality(
        key="gap",
        title="a gradient costs a gap",
        source=Source(_HERE, "gradient flow"),
        known=Known.DERIVED,
        left=psi(G),
        right=_GAP,
        assumptions=(_BELOW, _CLASS),
        sharp="EXT everywhere",
    ),
    Inequality(
        key="gap-koloskova",
        title="a gradient costs a gap, rational form",
        source=Source("koloskova2023", "gradient bound"),
        known=Known.RECALLED,
        left=G**2 / (2 * (L0 + L1 * G)),
        right=_GAP,
        assumptions=(_BELOW, _CLASS),
    ),
    Inequality(
        key="gap-vankov",
        title="a gradient costs a gap, weaker rational form",
        source=Source("vankov2024", "gradient bound"),
        known=Known.RESTATED,
        left=G**2 / (2 * L0 + 3 * L1 * G),
        right=_GAP,
        assumptions=(_BELOW, _CLASS),
    ),
    Inequality(
        key="one-step",
        title="decrease of one gradient step of any length",
        source=Source(_HERE, "descent at y = x - h∇f(x)"),
        known=Known.DERIVED,
        left=H * G**2 - (L0 + L1 * G) * phi(L1 * H * G) / L1**2,
        right=_DECREASE,
    ),
    Inequality(
        key="one-step-line",
        title="decrease of one gradient step on the line",
        source=Source(_HERE, "extremal slope"),
        known=Known.DERIVED,
        left=line_decrease(G, H),
        right=_DECREASE,
        assumptions=(_CLASS, Assumption.ONE_DIMENSIONAL),
        sharp="EXT",
    ),
    Inequality(
        key="sublevel-step",
        title="a step below 2/(L0 + L1 M) decreases f",
        source=Source(_HERE, "the segment stays in the sublevel set"),
        known=Known.DERIVED,
        left=H * G**2 * (1 - H * (L0 + L1 * M) / 2),
        right=_DECREASE,
        conditions=(Condition(H, 2 / (L0 + L1 * M), strict=True),),
        assumptions=(_BELOW, _CLASS, Assumption.GRADIENT_BOUND),
    ),
)

BEST_STEP = log(1 + L1 * G / (L0 + L1 * G)) / (
    L1 * G
)  # vankov2024: decrease >= g^2/(2 L0 + 3 L1 g)

# clip ~ NGD with gamma eta_c = eta_n, eta_c = eta_n/beta, in units of eta_c and beta (t = g/beta):
# h_c = min{1, 1/t}, h_n = 1/(1 + t), hence h_c/2 <= h_n <= h_c and 1/2 is attained at t = 1.
CLIPPED_IN_UNITS = 1 / maximum(1, G)
NORMALIZED_IN_UNITS = 1 / (1 + G)
EQUIVALENCE = (number(Fraction(1, 2)), number(1))
