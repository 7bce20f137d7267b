"""One step of GD: in the class, on the line, in the sublevel set; when half of h g^2 is kept."""

from __future__ import annotations

from fractions import Fraction

from proofs_check.claims.inequalities import (
    CLASS,
    RISE,
    SCALED,
    TAYLOR,
    UNIT,
    UNITS,
    D,
    K,
    P,
    S,
    V,
    follows,
    printed,
    supposed,
)
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, below, equal, positive, with_exp
from relaxsmooth.formula import Formula, exp, symbol
from relaxsmooth.symbols import L0, L1, C, G, H, M, R, phi
from relaxsmooth.theorem import Assumption


def claims() -> list[Claim]:
    one, line, sub = printed("one-step"), printed("one-step-line"), printed("sublevel-step")
    p_form = with_exp(one.left, L1 * H * G, 1 + L1 * H * G + L1**2 * P)
    a, b = symbol("a"), symbol("b")
    level = symbol("level")
    line_needs = (CLASS, Assumption.ONE_DIMENSIONAL)
    extremal = [at_most(exp(a) - 1, V)]
    curvature, largest = symbol("X"), symbol("m")
    inside = [
        *supposed(sub, CLASS, at_most(curvature, L0 + L1 * largest)),
        *supposed(sub, Assumption.GRADIENT_BOUND, at_most(largest, M)),
    ]
    return [
        Claim(
            "one-step",
            str(one.source),
            "f(x) - f(x+) >= h g^2 - (L0 + L1 g) phi(L1 h g)/L1^2 = h g^2 [1 - (L0 + L1 g) h rho]",
            (
                Obligation(
                    "the factored form",
                    "L0 L1 g h p k D",
                    [equal(P, K * (H * G) ** 2), equal(D, p_form)],
                    equal(D, H * G**2 * (1 - (L0 + L1 * G) * H * K)),
                ),
                Obligation(
                    "descent at r = h g: decrease = h g^2 - rise",
                    "L0 L1 g h p rise",
                    [
                        *positive(L0, L1),
                        *follows(
                            "descent",
                            one,
                            at_most(
                                RISE,
                                with_exp(printed("descent").right, L1 * R, 1 + L1 * R + L1**2 * P),
                            ),
                        ),
                    ],
                    at_most(p_form, H * G**2 - RISE),
                ),
            ),
            uses=("descent",),
            paper_steps=(PaperStep("<∇f(x), x+ - x> = -h g^2 and r = h g"),),
        ),
        Claim(
            "one-step-line",
            str(line.source),
            "on the line: descent iff h < 2 s0/g, s0 = log(1 + L1 g/L0)/L1",
            (
                Obligation(
                    "phi increases on t >= 0",
                    "a b",
                    [at_most(0, a), below(0, b)],
                    below(phi(a), phi(a + b)),
                ),
                Obligation(
                    "|s0 - d| < s0 for 0 < d < 2 s0",
                    "s d",
                    [below(0, symbol("d")), below(symbol("d"), 2 * S)],
                    below((S - symbol("d")) ** 2, S**2),
                ),
                Obligation(
                    "|s0 - d| >= s0 for d >= 2 s0: EXT does not decrease",
                    "s d",
                    [below(0, S), at_most(2 * S, symbol("d"))],
                    at_most(S**2, (S - symbol("d")) ** 2),
                ),
                Obligation(
                    "decrease for 0 < h g <= s0",
                    "a d",
                    [below(0, symbol("d")), at_most(0, a)],
                    below(0, on_the_line(line.left)),
                ),
                Obligation(
                    "it grows with h g = d no faster than f falls: by f' >= e^a - 1, a = s0 - d",
                    "a d v",
                    [
                        below(0, symbol("d")),
                        at_most(0, a),
                        *(extremal if {*line_needs} <= {*line.assumptions} else []),
                    ],
                    at_most(on_the_line(line.left.diff("h") / G), V),
                ),
            ),
            uses=("line-class", *UNITS),
            paper_steps=(
                SCALED,
                PaperStep("the extremal slope decays to 0 at distance s0 (1-D class)"),
                PaperStep("beyond its zero, s0 < d < 2 s0, f rises by at most Phi(d - s0) again"),
            ),
        ),
        Claim(
            "sublevel-step",
            str(sub.source),
            "h < 2/(L0 + L1 M): the step stays in the sublevel set and decreases f",
            (
                Obligation(
                    "the decrease is positive",
                    "L0 L1 M g h",
                    [
                        *positive(L0, L1, M, G, H),
                        *(below(c.left, c.right) for c in sub.conditions),
                    ],
                    below(0, sub.left),
                ),
                Obligation(
                    "the curvature X <= L0 + L1 m on the segment, m <= M",
                    "L0 L1 M X m",
                    [*positive(L0, L1, M), *inside],
                    at_most(curvature, L0 + L1 * M),
                ),
                Obligation(
                    "decrease = r g - rise at r = h g",
                    "L0 L1 M g r X rise",
                    [
                        *positive(L0, L1, M, G, R),
                        at_most(curvature, L0 + L1 * M),
                        at_most(RISE, curvature * R**2 / 2),
                    ],
                    at_most(sub.left.subs({"h": R / G}), R * G - RISE),
                ),
                Obligation(
                    "the quadratic along the segment stays below f(x)",
                    "L g h level",
                    [
                        *positive(symbol("L"), G, H, level),
                        at_most(level, H),
                        below(H * symbol("L"), 2),
                    ],
                    below(symbol("L") * level**2 * G**2 / 2, level * G**2),
                ),
            ),
            paper_steps=(
                PaperStep("first exit from the sublevel set: ‖∇²f‖ <= L0 + L1 M inside"),
                TAYLOR,
            ),
        ),
        Claim(
            "half-decrease",
            "relaxsmooth, beyond the paper",
            "the one-step bound keeps half of h g^2, h = min{c/L0, c/(L1 g)}, exactly for c <= c0, "
            "0.4308 < c0 < 0.4309",
            half_decrease(),
            uses=("one-step", "phi"),
            paper_steps=(
                SCALED,
                PaperStep(
                    "the bound is least at L1 g = L0, where (L0 + L1 g) h = 2c; so every such step "
                    "keeps half for c <= c0 (beyond c0 a function may keep more than its bound)"
                ),
            ),
        ),
    ]


def on_the_line(left: Formula) -> Formula:
    """The one-step bound on the line at L0 = L1 = 1, s0 = a + d, h g = d <= s0."""
    d = symbol("d")
    g = exp(symbol("a") + d) - 1
    return left.subs({**UNIT, "g": g, "h": d / g})


def half_decrease() -> tuple[Obligation, ...]:
    """4 phi(c) <= c up to c0 and > c beyond it: the root of 4 phi(c) = c is pinned."""
    low, high = Fraction(4308, 10**4), Fraction(4309, 10**4)
    left = printed("one-step").left.subs(UNIT)
    worst = left.subs({"g": 1, "h": C})
    unclipped = with_exp(left.subs({"h": C}), C * G, 1 + C * G + P)
    clipped = with_exp(left.subs({"h": C / G}), C, 1 + C + K * C**2)
    given = [*positive(C, G), at_most(4 * K * C**2, C)]
    return (
        Obligation(
            "half is kept at g = 1 up to c = 0.4308",
            "c",
            [below(0, C), at_most(C, low)],
            at_most(C / 2, worst),
        ),
        Obligation(
            "and lost from c = 0.4309 on",
            "c",
            [at_most(high, C)],
            below(worst, C / 2),
        ),
        Obligation(
            "g <= 1 loses less",
            "c g k p",
            [*given, at_most(G, 1), at_most(P, K * (C * G) ** 2)],
            at_most(C * G**2 / 2, unclipped),
        ),
        Obligation(
            "g >= 1 loses less", "c g k", [*given, at_most(1, G)], at_most(C * G / 2, clipped)
        ),
    )
