"""Growth of the gradient: the comparison solutions, the factor 4, the gradient difference."""

from __future__ import annotations

from proofs_check.claims.inequalities import (
    CLASS,
    EULER,
    SCALED,
    SEGMENT,
    UNIT,
    UNITS,
    D,
    E,
    S,
    U,
    V,
    at_zero,
    differentiated,
    follows,
    printed,
    supposed,
)
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, equal, swap, with_exp
from relaxsmooth.symbols import G_Y, G, R


def claims() -> list[Claim]:
    upper, lower, four = printed("growth-upper"), printed("growth-lower"), printed("growth-4")
    y = upper.right.subs(UNIT)
    low = lower.left.subs(UNIT)
    near = [at_most(c.left.subs(UNIT), c.right.subs(UNIT)) for c in four.conditions]
    slope = with_exp(y.diff("r"), R, E), with_exp(low.diff("r"), -R, E)
    value = with_exp(y, R, E), with_exp(low, -R, E)
    tight = EULER * G + (EULER - 1)
    return [
        Claim(
            "growth",
            str(upper.source),
            "growth of the gradient: the two comparison solutions",
            (
                # the derivative of the printed right side solves u' = L0 + L1 u, u(0) = g
                Obligation("upper, ode", "g E D", [equal(D, slope[0])], equal(D, 1 + value[0])),
                Obligation("lower, ode", "g E D", [equal(D, slope[1])], equal(D, -1 - value[1])),
                Obligation("at r = 0", "g D", [equal(D, y.subs({"r": 0}))], equal(D, G)),
                Obligation("lower, at r = 0", "g D", [equal(D, low.subs({"r": 0}))], equal(D, G)),
                # v = u - y: (v e^-r)' = (v' - v) e^-r, and the other way round below
                Obligation(
                    "(u - upper) e^-r does not grow where u' <= 1 + u",
                    "g u s E",
                    supposed(upper, CLASS, at_most(S, 1 + U)),
                    at_most(S - slope[0], U - value[0]),
                ),
                Obligation(
                    "(u - lower) e^r does not fall where u' >= -(1 + u)",
                    "g u s E",
                    supposed(lower, CLASS, at_most(-(1 + U), S)),
                    at_most(value[1] - U, S - slope[1]),
                ),
            ),
            uses=UNITS,
            paper_steps=(SCALED, SEGMENT, PaperStep("comparison (Gronwall) in the gradient norm")),
        ),
        Claim(
            "growth-4",
            "zhang2020, growth lemma of the appendix",
            "r <= 1/L1 gives ‖∇f(y)‖ <= e g + (e - 1) L0/L1 <= 4 (L0/L1 + g)",
            (
                Obligation(
                    "e and e - 1",
                    "g r",
                    [at_most(0, G), at_most(0, R), *near],
                    at_most(y, tight),
                ),
                Obligation("4", "g", [at_most(0, G)], at_most(tight, four.right.subs(UNIT))),
                Obligation(
                    "the gradient at y, with E for e <= 4",
                    "g g_y E",
                    [
                        at_most(0, G),
                        at_most(E, 4),
                        *follows("growth-upper", four, at_most(G_Y, swap(tight, EULER, E))),
                    ],
                    at_most(G_Y, four.right.subs(UNIT)),
                ),
                Obligation(  # EXT: no smaller factors than e and e - 1
                    "EXT attains e g + e - 1 at r = 1",
                    "g E D",
                    [equal(D, swap(y.subs({"r": 1}), EULER, E))],
                    equal(D, swap(tight, EULER, E)),
                ),
            ),
            uses=("growth",),
            paper_steps=(SCALED,),
        ),
        Claim(
            "gradient-difference",
            str(printed("gradient-difference").source),
            "‖∇f(y) - ∇f(x)‖ <= (L0 + L1 g)(e^{L1 r} - 1)/L1, the integral of the curvature limit",
            (
                Obligation(
                    "it grows no faster: s <= 1 + v, v = ‖∇f‖ at distance r",
                    "g s v E",
                    [
                        *supposed(printed("gradient-difference"), CLASS, at_most(S, 1 + V)),
                        *follows(
                            "growth-upper", printed("gradient-difference"), at_most(V, value[0])
                        ),
                    ],
                    at_most(S, with_exp(differentiated("gradient-difference"), R, E)),
                ),
                at_zero("gradient-difference"),
                Obligation(
                    "its derivative is the curvature limit",
                    "g E D",
                    [equal(D, with_exp(differentiated("gradient-difference"), R, E))],
                    equal(D, 1 + value[0]),
                ),
            ),
            uses=("growth", *UNITS),
            paper_steps=(SCALED, SEGMENT),
        ),
    ]
