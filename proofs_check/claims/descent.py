"""The descent inequality and its quadratic forms, with what is used about phi and rho."""

from __future__ import annotations

from proofs_check.claims.inequalities import (
    RISE,
    SCALED,
    TAYLOR,
    UNIT,
    UNITS,
    D,
    E,
    K,
    P,
    S,
    T,
    V,
    at_zero,
    follows,
    printed,
)
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, below, equal, positive, with_exp
from relaxsmooth.formula import Formula, symbol
from relaxsmooth.symbols import L0, L1, C, G, R, phi


def claims() -> list[Claim]:
    return [*phi_and_rho(), *descent()]


def phi_and_rho() -> list[Claim]:
    """What is used about phi(t) = e^t - t - 1 and rho(t) = phi(t)/t^2."""
    t, s = T, S
    return [
        Claim(
            "phi",
            "notation",
            "phi >= 0, phi(t) <= t^2 on [0, 1], rho increases",
            (
                Obligation("phi is not negative", "t", [], at_most(0, phi(t))),
                Obligation(
                    "phi(t) <= t^2", "t", [at_most(0, t), at_most(t, 1)], at_most(phi(t), t**2)
                ),
                Obligation(
                    "rho(s) <= rho(s + r)",
                    "s r",
                    [at_most(0, s), at_most(0, R)],
                    at_most((s + R) ** 2 * phi(s), s**2 * phi(s + R)),
                ),
                Obligation("rho >= 1/2", "t", [at_most(0, t)], at_most(t**2 / 2, phi(t))),
            ),
        ),
    ]


def descent() -> list[Claim]:
    quadratic, tight = printed("descent-quadratic"), printed("descent-quadratic-tight")
    a = quadratic.right.subs({"L0": 1, "L1": 0, "r": 1}) * 2
    b = quadratic.right.subs({"L0": 0, "L1": 1, "g": 1, "r": 1}) * 2
    c_range = [below(0, C)]
    bound = printed("descent").right
    p_form = with_exp(bound, L1 * R, 1 + L1 * R + L1**2 * P)
    given = [*positive(L0, L1), at_most(0, G), at_most(0, R), at_most(P, K * R**2)]
    A, B = symbol("A"), symbol("B")
    longer: dict[str, Formula | int] = {"L1": 1, "c": R + S}  # c = L1 r + s, at L1 = 1
    near = [at_most(x.left.subs(longer), x.right.subs(longer)) for x in tight.conditions]
    far = [at_most(x.left.subs(longer), x.right.subs(longer)) for x in quadratic.conditions]
    moved = with_exp(printed("gradient-difference").right.subs(UNIT), R, E)
    return [
        Claim(
            "descent",
            str(printed("descent").source),
            "f(y) <= f(x) + <∇f(x), y - x> + (L0 + L1 g) phi(L1 r)/L1^2",
            (
                Obligation(
                    "its derivative is the gradient difference",
                    "g E D",
                    [equal(D, with_exp(bound.subs(UNIT).diff("r"), R, E))],
                    equal(D, moved),
                ),
                Obligation(
                    "the rise grows no faster: s <= v = ‖∇f - ∇f(x)‖",
                    "g s v E",
                    [
                        at_most(S, V),
                        *follows("gradient-difference", printed("descent"), at_most(V, moved)),
                    ],
                    at_most(S, with_exp(bound.subs(UNIT).diff("r"), R, E)),
                ),
                at_zero("descent"),
            ),
            uses=("gradient-difference", *UNITS),
            paper_steps=(SCALED, TAYLOR),
        ),
        Claim(
            "descent-quadratic",
            str(quadratic.source),
            "quadratic form for r <= c/L1 and any c > 0, with A and B and with 2 phi(c)/c^2",
            (
                Obligation("2 rho(c) <= A", "c", c_range, at_most(2 * phi(C) / C**2, a)),
                Obligation("2 rho(c) <= B", "c", c_range, at_most(2 * phi(C) / C**2, b)),
                *(
                    Obligation(
                        f"phi(r) <= rho(c) r^2 where r <= c = r + s{name}",
                        "r s",
                        [below(0, R), below(0, R + S), *where],
                        at_most((R + S) ** 2 * phi(R), R**2 * phi(R + S)),
                    )
                    for name, where in (("", near), (", for A and B", far))
                ),
                Obligation(
                    "together",
                    "L0 L1 g r k A B p rise",
                    [
                        *given,
                        at_most(2 * K, A),
                        at_most(2 * K, B),
                        *follows("descent", quadratic, at_most(RISE, p_form)),
                    ],
                    at_most(RISE, (A * L0 + B * L1 * G) * R**2 / 2),
                ),
                Obligation(
                    "the tight constant",
                    "L0 L1 g r k p rise",
                    [*given, *follows("descent", tight, at_most(RISE, p_form))],
                    at_most(RISE, with_exp(tight.right, C, 1 + C + K * C**2)),
                ),
            ),
            uses=("descent", "phi", *UNITS),
            paper_steps=(
                SCALED,
                PaperStep("letters: k = rho(c), p = phi(L1 r)/L1^2, so p <= k r^2 for L1 r <= c"),
            ),
        ),
        Claim(
            "descent-quadratic-1",
            str(quadratic.source),
            "quadratic form at c = 1: A = 2, B = e - 1, tight 2(e - 2); 5 L0 + 4 L1 g do too",
            (
                Obligation(
                    "A, the part of L0",
                    "r",
                    [at_most(0, R), at_most(R, 1)],
                    at_most(phi(R), quadratic.right.subs({**UNIT, "c": 1, "g": 0})),
                ),
                Obligation(
                    "B, the part of L1 g",
                    "r",
                    [at_most(0, R), at_most(R, 1)],
                    at_most(phi(R), quadratic.right.subs({"L0": 0, "L1": 1, "g": 1, "c": 1})),
                ),
                Obligation(
                    "the paper's 5 L0 + 4 L1 g",
                    "r g p",
                    [*positive(R), at_most(0, G), at_most(P, 2 * R**2)],
                    at_most((1 + G) * P, (5 + 4 * G) * R**2 / 2),
                ),
                Obligation(
                    "phi(r) <= 2 r^2 in it",
                    "r",
                    [at_most(0, R), at_most(R, 1)],
                    at_most(phi(R), 2 * R**2),
                ),
                Obligation(
                    "2(e - 2)",
                    "r",
                    [at_most(0, R), at_most(R, 1)],
                    at_most(phi(R), tight.right.subs({**UNIT, "c": 1, "g": 0})),
                ),
            ),
            uses=("descent",),
            paper_steps=(SCALED,),
        ),
    ]
