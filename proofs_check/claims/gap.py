"""The gap: f - f* >= psi(g), its simpler forms, and the bound on M that follows from Delta."""

from __future__ import annotations

from fractions import Fraction

from proofs_check.claims.inequalities import (
    CLASS,
    GAP,
    GAP_STEP,
    SCALED,
    UNIT,
    UNITS,
    D,
    K,
    P,
    S,
    U,
    V,
    follows,
    printed,
    supposed,
    under_root,
)
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, below, equal, positive
from relaxsmooth.formula import Formula, exp, symbol
from relaxsmooth.symbols import DELTA, L0, L1, G, psi_inverse_bound
from relaxsmooth.theorem import Assumption


def claims() -> list[Claim]:
    root, q = symbol("S"), symbol("q")
    in_u: dict[str, Formula | Fraction | int] = {**UNIT, "g": exp(U) - 1}  # u = log(1 + L1 g/L0)
    flow = printed("gap").left
    square = under_root(psi_inverse_bound(DELTA).subs(UNIT) - DELTA)
    on_curve = [below(1, q), equal(2 * q * DELTA, (q - 1) ** 2), equal(2 * q * root, q**2 - 1)]
    rational = printed("gap-koloskova").left.subs({**UNIT, "g": DELTA + root})
    end, least = symbol("end"), symbol("least")
    bounded = supposed(printed("gap"), Assumption.BOUNDED_BELOW, at_most(least, end))
    return [
        Claim(
            "gap",
            str(printed("gap").source),
            "f - f* >= psi(g) >= g^2/(2(L0 + L1 g)) >= g^2/(2L0 + 3L1 g)",
            (
                Obligation(
                    "psi' = g/(L0 + L1 g)",
                    "L0 L1 g D",
                    [
                        *positive(L0, L1),
                        at_most(0, G),
                        equal(D * (L0 + L1 * G), flow.diff("g") * (L0 + L1 * G)),
                    ],
                    equal(D * (L0 + L1 * G), G),
                ),
                Obligation(
                    "f - psi(g) does not grow along the flow: s = g' >= -(L0 + L1 g) g",
                    "L0 L1 g s",
                    [
                        *positive(L0, L1),
                        at_most(0, G),
                        *supposed(printed("gap"), CLASS, at_most(-(L0 + L1 * G) * G, S)),
                    ],
                    at_most(-(G**2) - flow.diff("g") * S, 0),
                ),
                Obligation(
                    "psi(0) = 0",
                    "L0 L1 D",
                    [*positive(L0, L1), equal(D, 1 + flow.subs({"g": 0}))],
                    equal(D, 1),
                ),
                Obligation(
                    "f - psi(g) ends at a value of f at the end, at least f*",
                    "v p end least gap",
                    [at_most(end, V - P), *bounded, equal(GAP, V - least)],
                    at_most(P, GAP),
                ),
                *(
                    Obligation(
                        f"so {whose} form is below the gap",
                        "p k gap",
                        [
                            at_most(K, P),
                            *follows("gap", printed(f"gap-{key}"), at_most(P, GAP)),
                        ],
                        at_most(K, GAP),
                    )
                    for key, whose in (("koloskova", "Koloskova's"), ("vankov", "Vankov's"))
                ),
                Obligation(
                    "Koloskova's form",
                    "u",
                    [at_most(0, U)],
                    at_most(printed("gap-koloskova").left.subs(in_u), flow.subs(in_u)),
                ),
                Obligation(
                    "Vankov's form",
                    "u",
                    [at_most(0, U)],
                    at_most(printed("gap-vankov").left.subs(in_u), flow.subs(in_u)),
                ),
            ),
            uses=UNITS,
            paper_steps=(SCALED, GAP_STEP, PaperStep("u = log(1 + L1 g/L0) >= 0")),
        ),
        Claim(
            "M-bound",
            "relaxsmooth, M <= psi^-1(Delta)",
            "psi^-1(F) <= L1 F + sqrt(L1^2 F^2 + 2 L0 F)",
            (
                Obligation("the root", "q Delta S", on_curve, equal(root**2, square)),
                Obligation(
                    "at the bound, Koloskova's form is F",
                    "q Delta S",
                    on_curve,
                    at_most(DELTA, rational),
                ),
            ),
            uses=("gap",),
            paper_steps=(
                SCALED,
                PaperStep("F = (q - 1)^2/(2q), q >= 1, runs through all F >= 0"),
                PaperStep("psi increases, so psi(m) >= F gives psi^-1(F) <= m"),
            ),
        ),
    ]
