"""Theorems 7 and 8 (stochastic): what a machine can check of their step sizes, and their units.

Letters: g = ‖ghat(x_k)‖, n = ‖∇f(x_k)‖ <= g + tau (Assumption 5), q = 1/sqrt T.  The bounds
themselves stay on paper; nothing here says that they hold.
"""

from __future__ import annotations

from fractions import Fraction

from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import Relation, at_most, equal, positive
from relaxsmooth.formula import Formula, minimum, symbol
from relaxsmooth.symbols import DELTA, EPS, ETA, L0, L1, G, H, M

TAU, N, C, Q = (symbol(name) for name in ("tau", "n", "c", "q"))
FIRST = 1 / (16 * L1 * (G + TAU))  # Theorem 7 as it must read
FIRST_PRINTED = 1 / (16 * ETA * L1 * (G + TAU))  # as the text prints it: 16 eta L1
STEP8 = minimum(Q, 1 / (L1 * (M + TAU)))
BOUND8 = (DELTA + (5 * L0 + 4 * L1 * M) * (M + TAU) ** 2) ** 2 / EPS**4
REPAIRED8 = (DELTA / ETA + (5 * L0 + 4 * L1 * M) * (M + TAU) ** 2 * ETA) ** 2 / EPS**4
WEIGHTS = {"L0": 2, "L1": 1, "g": 1, "tau": 1, "M": 1, "eps": 1, "eta": -2}  # under x = c z
NOISE = PaperStep("‖ghat - ∇f‖ <= tau (Assumption 5) gives ‖∇f‖ <= g + tau and g <= ‖∇f‖ + tau")
STAYS = PaperStep("the bounds of Theorems 7 and 8 themselves are not checked, only these constants")
ONE = Fraction(1)


def claims() -> list[Claim]:
    return [
        theorem7(),
        theorem8(),
        theorem7_printed(),
        units7(),
        units8(),
        repaired8(),
    ]


def in_new_units(f: Formula) -> Formula:
    """f with every letter multiplied by its power of c."""
    return f.subs({name: symbol(name) * C**p for name, p in WEIGHTS.items() if name in f.symbols})


def of_theorem7() -> list[Relation]:
    small = [at_most(20 * L0 * ETA, 1), at_most(128 * L1 * TAU * ETA, 1)]
    return [*positive(L0, L1, TAU, ETA), at_most(0, G), *small]


def theorem7() -> Claim:
    given = [*of_theorem7(), at_most(0, N), at_most(N, G + TAU)]
    step = minimum(FIRST, ETA)
    names = "L0 L1 g tau eta n"
    sixteenth = ONE / 16
    return Claim(
        "theorem7-step",
        "zhang2020, Theorem 7",
        "stochastic clipping, the step: L1 h ‖∇f‖ <= 1/16, L1 h g <= 1/16, (L0 + L1‖∇f‖) h <= 9/80",
        (
            Obligation("L1 h ‖∇f‖ <= 1/16", names, given, at_most(L1 * step * N, sixteenth)),
            Obligation("L1 h g <= 1/16", names, given, at_most(L1 * step * G, sixteenth)),
            Obligation("L1 h tau <= 1/128", names, given, at_most(L1 * step * TAU, ONE / 128)),
            Obligation(
                "(L0 + L1‖∇f‖) h <= 9/80",
                names + " h",
                [*given, at_most(H, FIRST), at_most(H, ETA), at_most(0, H)],
                at_most((L0 + L1 * N) * H, 9 * ONE / 80),
            ),
        ),
        paper_steps=(NOISE, STAYS),
    )


def theorem8() -> Claim:
    given = [*positive(L1, TAU, Q, M), at_most(0, G), at_most(G, M + TAU)]
    return Claim(
        "theorem8-step",
        "zhang2020, Theorem 8",
        "SGD, the step: L1 h g <= 1, where the quadratic descent inequality holds",
        (Obligation("L1 h g <= 1", "L1 g tau M q", given, at_most(L1 * STEP8 * G, 1)),),
        uses=("descent-quadratic-1",),
        paper_steps=(NOISE, STAYS),
    )


def theorem7_printed() -> Claim:
    step = minimum(FIRST_PRINTED, ETA)
    return Claim(
        "theorem7-printed-step",
        "zhang2020, Theorem 7",
        "with 16 eta L1 as printed, L1 h g <= 1/16 still",
        (
            Obligation(
                "L1 h g <= 1/16", "L0 L1 g tau eta", of_theorem7(), at_most(L1 * step * G, ONE / 16)
            ),
        ),
        finding="drop the extra eta: h = min{1/(16 L1 (‖g_k‖ + tau)), eta} (claim theorem7-step)",
    )


def units7() -> Claim:
    scaled = in_new_units(FIRST_PRINTED)
    return Claim(
        "theorem7-units",
        "zhang2020, Theorem 7",
        "1/(16 eta L1 (g + tau)) is a step: it is divided by c^2 under x = c z",
        (
            Obligation(
                "it scales like eta",
                "L1 g tau eta c",
                positive(L1, G, TAU, ETA, C),
                equal(scaled * C**2, FIRST_PRINTED),
            ),
        ),
        finding="with the printed eta the quantity is a pure number; 1/(16 L1 (g + tau)) is a step",
    )


def units8() -> Claim:
    return Claim(
        "theorem8-units",
        "zhang2020, Theorems 7 and 8",
        "the bound of Theorem 8 does not change under x = c z",
        (
            Obligation(
                "invariance",
                "L0 L1 M tau eps Delta c",
                positive(L0, L1, M, TAU, EPS, DELTA, C),
                equal(in_new_units(BOUND8), BOUND8),
            ),
        ),
        finding="1/sqrt T fixes the unit of x; write eta0/sqrt T with eta0 a step: the bound is "
        "(Delta/eta0 + (5 L0 + 4 L1 M)(M + tau)^2 eta0)^2/eps^4 (claim theorem8-scaling)",
    )


def repaired8() -> Claim:
    value = symbol("B")
    return Claim(
        "theorem8-scaling",
        "relaxsmooth, units of zhang2020, Theorem 8",
        "h = min{eta0/sqrt T, 1/(L1 (M + tau))}: "
        "(Delta/eta0 + (5 L0 + 4 L1 M)(M + tau)^2 eta0)^2/eps^4 is invariant",
        (
            Obligation(
                "invariance",
                "L0 L1 M tau eps eta Delta c B",
                [*positive(L0, L1, M, TAU, EPS, ETA, DELTA, C), equal(value, REPAIRED8)],
                equal(value, in_new_units(REPAIRED8)),
            ),
            Obligation(
                "eta0 = 1",
                "L0 L1 M tau eps Delta B",
                [*positive(L0, L1, M, TAU, EPS, DELTA), equal(value, REPAIRED8.subs({"eta": 1}))],
                equal(value, BOUND8),
            ),
        ),
        paper_steps=(STAYS,),
    )
