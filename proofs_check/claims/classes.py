"""The classes of theory 0.1 and the one-dimensional class of 0.2: constants, tents, inverses.

The local-Lipschitz class asks ‖∇f(x) - ∇f(y)‖ <= (K0 + K1‖∇f(x)‖) r for r = ‖x - y‖ <= 1/K1.  The
Hessian class bounds the left side by (L0 + L1 g)(e^{L1 r} - 1)/L1, and EXT attains it.
"""

from __future__ import annotations

from fractions import Fraction

from proofs_check.claims.inequalities import EULER, SCALED, UNIT, printed
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, below, equal, positive, swap, with_exp, within
from relaxsmooth.formula import absolute, exp, minimum, symbol
from relaxsmooth.members import gradient_of
from relaxsmooth.symbols import EPS, L0, L1, G, M, R, h_star, psi

A, B, D, E, Q, S, T, U, X, Y = (symbol(name) for name in "abdEqstuxy")
RADIUS = PaperStep("the condition r <= 1/K1 is t = L1 r <= L1/K1 = T")
LONGEST = symbol("T")


def claims() -> list[Claim]:
    return [local_lipschitz(), psi_and_h(), on_the_line(), interpolation(), turning_path()]


def local_lipschitz() -> Claim:
    """K0 = a L0, K1 = a L1 are right iff (e^T - 1)/T <= a at T = 1/a, that is e^T <= 2."""
    moved = printed("gradient-difference").right.subs({**UNIT, "r": T}) / (1 + G)
    at_end = moved.subs({"t": LONGEST})
    short = [*positive(T, R), equal(LONGEST, T + R)]
    e1 = EULER - 1
    return Claim(
        "local-lipschitz",
        "faw2023, Proposition 1, and relaxsmooth",
        "Hessian class (L0, L1) => local-Lipschitz class (L0/log 2, L1/log 2), no smaller factor; "
        "so also ((e-1)L0, (e-1)L1) and (2 L0, (e-1)L1)",
        (
            Obligation(
                "the quotient (e^t - 1)/t grows up to t = T",
                "t r",
                short[:2],
                at_most(moved / T, (at_end / LONGEST).subs({"T": T + R})),
            ),
            Obligation(
                "factor 1/T is enough where e^T <= 2",
                "T",
                [below(0, LONGEST), at_most(exp(LONGEST), 2)],
                at_most(at_end, 1),
            ),
            Obligation(
                "factor 1/T is too small where e^T > 2 (EXT)",
                "T",
                [below(0, LONGEST), below(2, exp(LONGEST))],
                below(1, at_end),
            ),
            Obligation(
                "1/log 2 < 1.4427",
                "T",
                [at_most(LONGEST, Fraction(10**4, 14427))],
                below(exp(LONGEST), 2),
            ),
            Obligation(
                "1/log 2 > 1.4426",
                "T",
                [at_most(Fraction(10**4, 14426), LONGEST)],
                below(2, exp(LONGEST)),
            ),
            Obligation(
                "((e-1) L0, (e-1) L1)",
                "t",
                [at_most(0, T), at_most(T, 1)],
                at_most(moved, e1 * T),
            ),
            Obligation(
                "(2 L0, (e-1) L1) is weaker",
                "t g",
                [at_most(0, T), at_most(0, G)],
                at_most(e1 * T * (1 + G), (2 + e1 * G) * T),
            ),
            Obligation("1/((e-1) L1) <= 1/L1", "d", [at_most(1, D)], at_most(1, e1 * D)),
            Obligation(
                "equal constants do not do: EXT from its minimum",
                "t",
                [below(0, T)],
                below(T, absolute(gradient_of(T, 1, 1))),
            ),
        ),
        uses=("gradient-difference",),
        paper_steps=(SCALED, RADIUS, PaperStep("EXT attains the gradient difference")),
    )


def psi_and_h() -> Claim:
    """In u = log(1 + L1 g/L0) >= 0 and L0 = L1 = 1: g = e^u - 1, psi = e^u - 1 - u, h* = 2u/g."""
    at = {**UNIT, "g": exp(U) - 1, "M": exp(U) - 1}
    step, g = h_star(M).subs(at), exp(U) - 1
    value = psi(G).subs(at)
    low, high = printed("gap-koloskova").left.subs(at), g**2 / 2
    longer = {"u": U + R}
    return Claim(
        "psi-h-star",
        "notation",
        "psi is convex, increasing, between g^2/(2(L0 + L1 g)) and g^2/(2 L0); h*(M) decreases, "
        "between 2/(L0 + L1 M/2) and 2/L0",
        (
            Obligation(
                "psi increases",
                "u r",
                [at_most(0, U), below(0, R)],
                below(value, value.subs(longer)),
            ),
            Obligation(
                "psi' = g/(L0 + L1 g) increases",
                "a b",
                [at_most(0, A), below(0, B)],
                below(A / (1 + A), (A + B) / (1 + A + B)),
            ),
            Obligation("psi >= g^2/(2(L0 + L1 g))", "u", [at_most(0, U)], at_most(low, value)),
            Obligation("psi <= g^2/(2 L0)", "u", [at_most(0, U)], at_most(value, high)),
            Obligation(
                "EXT has gap psi", "u E d", [equal(D, with_exp(value, U, E))], equal(D, E - U - 1)
            ),
            Obligation(
                "h* decreases",
                "u r",
                [below(0, U), at_most(0, R)],
                at_most(step.subs(longer), step),
            ),
            Obligation("h* <= 2/L0", "u", [below(0, U)], at_most(step, 2)),
            Obligation("h* >= 2/(L0 + L1 M/2)", "u", [below(0, U)], at_most(2 / (1 + g / 2), step)),
        ),
        paper_steps=(
            SCALED,
            PaperStep(
                "as L1 -> 0 the two sides of each sandwich meet: psi -> g^2/(2 L0), h* -> 2/L0"
            ),
        ),
    )


def on_the_line() -> Claim:
    """f' = s(u(x)), s(u) = sign(u)(L0/L1)(e^{L1|u|} - 1): s' = L0 + L1|s|."""
    slope, right = gradient_of(U, 1, 1), [at_most(0, U)]
    up = swap(slope.args[-1], absolute(U), U)  # the branch of u >= 0
    at_e = [with_exp(f, U, E) for f in (up, up.diff("u"))]
    return Claim(
        "line-class",
        "relaxsmooth, the one-dimensional class",
        "f' = s(u): |f''| <= L0 + L1|f'| iff |u'| <= 1, since s' = L0 + L1|s| > 0",
        (
            Obligation("s' = L0 + L1 s", "E d", [equal(D, at_e[1])], equal(D, 1 + at_e[0])),
            Obligation("s >= 0", "u", right, at_most(0, slope)),
            Obligation(
                "|f''| <= L0 + L1|f'| where |u'| <= 1",
                "s q",
                [at_most(0, S), *within(Q, 1)],
                at_most(absolute((1 + S) * Q), 1 + S),
            ),
            Obligation(
                "and nowhere else",
                "s q",
                [at_most(0, S), below(1, Q)],
                below(1 + S, (1 + S) * Q),
            ),
        ),
        paper_steps=(SCALED, PaperStep("f'' = s'(u) u', u = s^-1(f')")),
    )


def interpolation() -> Claim:
    """Tents through (0, a) and (d, b): min(a + x, b + d - x) above, max(a - x, b - d + x) below."""
    tent = minimum(A + X, B + D - X)
    at_y = minimum(A + Y, B + D - Y)
    near = within(A - B, D)
    path = [*within(U - A, X), *within(U - B, D - X)]
    return Claim(
        "line-interpolation",
        "relaxsmooth, the one-dimensional class",
        "values u = a, b at distance d interpolate iff |a - b| <= d; the tent is the largest u",
        (
            Obligation("the tent starts at a", "a b d", near, at_most(A, tent.subs({"x": 0}))),
            Obligation("the tent ends at b", "a b d", near, at_most(B, tent.subs({"x": D}))),
            Obligation(
                "the tent is 1-Lipschitz",
                "a b d x y",
                [at_most(X, Y)],
                at_most(absolute(tent - at_y), Y - X),
            ),
            Obligation(
                "no 1-Lipschitz u through both ends is larger",
                "a b d x u",
                path,
                at_most(U, tent),
            ),
            Obligation(
                "otherwise there is none",
                "a b d x u",
                path,
                at_most(absolute(A - B), D),
            ),
        ),
        paper_steps=(
            PaperStep(
                "the lower tent by u -> -u; s increases, so the integrals of s are ordered too"
            ),
            PaperStep(
                "every value between the two integrals is attained: the tents are joined by a path"
            ),
        ),
    )


def turning_path() -> Claim:
    """u = u0 - min(t, d - t) on [0, d], s(u0) = eps: the decrease is twice the integral of s.

    With q = 1 - e^{-L1 d/2}: (2/L1^2)(L0 + L1 eps) q - L0 d/L1.
    """
    half = symbol("half")  # d/2 where L1 = 1
    decrease = 2 * (1 + EPS) * (1 - exp(-half)) - 2 * half
    small = 2 * (L0 + L1 * EPS) * Q / L1**2 - L0 * D / L1
    t = L1 * D / 2
    about_q = [
        *positive(L0, L1, EPS, D),
        at_most(t - t**2 / 2, Q),
        at_most(Q, t - t**2 / 2 + t**3 / 6),
    ]
    curvature = (L0 + L1 * EPS) * D**2 / 4
    return Claim(
        "line-smallest-decrease",
        "relaxsmooth, the one-dimensional class",
        "gradient eps at both ends of a step of length d: decrease >= "
        "(2/L1^2)(L0 + L1 eps)(1 - e^{-L1 d/2}) - L0 d/L1 while the tent stays positive",
        (
            Obligation(
                "its derivative is twice s(u0 - d/2)",
                "eps half E d",
                [equal(D, with_exp(decrease.diff("half"), -half, E))],
                equal(D, 2 * ((1 + EPS) * E - 1)),
            ),
            Obligation(
                "0 at d = 0", "eps d", [equal(D, 1 + decrease.subs({"half": 0}))], equal(D, 1)
            ),
            Obligation(
                "positive while the tent is: 1 + eps = e^(half + r)",
                "half r",
                [below(0, half), at_most(0, R)],
                below(0, decrease.subs({"eps": exp(half + R) - 1})),
            ),
            Obligation(
                "t - t^2/2 <= 1 - e^-t",
                "t",
                [at_most(0, T)],
                at_most(T - T**2 / 2, 1 - exp(-T)),
            ),
            Obligation(
                "1 - e^-t <= t - t^2/2 + t^3/6",
                "t",
                [at_most(0, T)],
                at_most(1 - exp(-T), T - T**2 / 2 + T**3 / 6),
            ),
            Obligation(
                "at least eps d - (L0 + L1 eps) d^2/4",
                "L0 L1 eps d q",
                about_q,
                at_most(EPS * D - curvature, small),
            ),
            Obligation(
                "at most L1 d^3 (L0 + L1 eps)/24 more",
                "L0 L1 eps d q",
                about_q,
                at_most(small, EPS * D - curvature + curvature * L1 * D / 6),
            ),
        ),
        ("line-class", "line-interpolation"),
        (SCALED, PaperStep("L1 -> 0 in the two last: eps d - L0 d^2/4")),
    )
