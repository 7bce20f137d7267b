"""Fixed step: Theorem 6, h = 1/(L0 + L1 M), and Delta alone; Vankov's steps; Armijo."""

from __future__ import annotations

from fractions import Fraction

from proofs_check.claims.steps import INDUCTION, all_positive, counting, falls, given, size_of
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import Relation, at_most, below, equal, positive, swap, with_exp
from relaxsmooth.formula import Formula, exp, maximum, symbol
from relaxsmooth.symbols import BETA, DELTA, GAMMA, L0, L1, G, H, M, psi_inverse_bound
from relaxsmooth.theorem import Assumption, Theorem
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.theorems.class_inequalities import (
    CLIPPED_IN_UNITS,
    EQUIVALENCE,
    NORMALIZED_IN_UNITS,
)

T, S, A, D, E, X, DECREASE = (symbol(name) for name in (*"tSaDEX", "decrease"))
SCALED = PaperStep("scaling x = c z, f -> a f: L1 = 1 and L0 + L1 g = 1 at the point in question")


def claims() -> list[Claim]:
    table = theorems()
    fixed = ("zhang2020-theorem6", "theorem6-sharper", "gd")
    return [
        *(sublevel(table[key]) for key in fixed),
        from_delta(table["gd-no-M"]),
        vankov_best(table["vankov2024-optimal"]),
        vankov_simple(table["vankov2024-simple"]),
        equivalence(),
        armijo(),
    ]


def sublevel(theorem: Theorem) -> Claim:
    """bound * decrease >= Delta at the prescribed h, by the sublevel-step inequality."""
    step = inequalities()["sublevel-step"]
    h = theorem.prescription["h"]
    hypotheses: list[Relation] = [*given(theorem), below(0, M)]
    applies = [at_most(c.left.subs({"h": h}), c.right) for c in step.conditions]
    held = set(step.assumptions) <= set(theorem.assumptions)
    known = [at_most(step.left.subs({"h": h}), DECREASE)] if held else []
    bound = theorem.bound.subs({"Delta": 1})
    names = "L0 L1 M g eps"
    obligations = (
        *(
            Obligation("the step is short enough", names, hypotheses, below(c.left, c.right))
            for c in applies
        ),
        Obligation(
            "rate", f"{names} decrease", [*hypotheses, *known], at_most(1, bound * DECREASE)
        ),
        counting(theorem),
    )
    return Claim(
        theorem.key,
        str(theorem.source),
        theorem.title,
        obligations,
        ("sublevel-step",),
        (INDUCTION, PaperStep("x_k stays in {f <= f(x0)}, where ‖∇f‖ <= M")),
    )


def from_delta(theorem: Theorem) -> Claim:
    """M <= m = L1 Delta + S, S the root; X = L0 + L1 m <= 2 (L0 + L1^2 Delta)."""
    root = psi_inverse_bound(DELTA) - L1 * DELTA
    curvature = L0 + L1 * (L1 * DELTA + S)
    h = swap(swap(theorem.prescription["h"], root, S), curvature, X)
    step = inequalities()["sublevel-step"].left.subs({"h": h, "M": (X - L0) / L1})
    twice = 2 * (L0 + L1**2 * DELTA)
    on_root = [*positive(L0, L1, DELTA, S), equal(S**2, root.args[0]), below(0, twice / 2 + L1 * S)]
    return Claim(
        theorem.key,
        str(theorem.source),
        theorem.title,
        (
            Obligation(
                "X <= 2 (L0 + L1^2 Delta)", "L0 L1 Delta S", on_root, at_most(curvature, twice)
            ),
            Obligation(
                "rate",
                "L0 L1 Delta g eps X",
                [*given(theorem), *positive(DELTA, X), at_most(X, twice)],
                at_most(1, theorem.bound * step / DELTA),
            ),
            falls(theorem, "sublevel-step", [Assumption.GRADIENT_BOUND]),  # M: claim M-bound
            counting(theorem),
        ),
        ("sublevel-step", "M-bound"),
        (INDUCTION,),
    )


def best_decrease() -> Formula:
    """g^2/(2L0 + 3L1 g), read from the bound of Theorem 3.1: Delta/bound at eps = g."""
    bound = theorems()["vankov2024-optimal"].bound
    return DELTA / bound.subs({"eps": G})


def vankov_best(theorem: Theorem) -> Claim:
    """At h = log(1 + s)/(L1 g), s = L1 g/(L0 + L1 g) = e^t - 1: t (1 + e^t) >= 2 (e^t - 1)."""
    s = exp(T) - 1
    unit: dict[str, Formula | Fraction | int] = {"L1": 1, "g": s, "L0": 1 - s, "Delta": 1}
    decrease = inequalities()["one-step"].left.subs({"h": size_of(theorem)})
    return Claim(
        theorem.key,
        str(theorem.source),
        "best step: decrease >= g^2/(2L0 + 3L1 g), so K + 1 >= (2L0/eps^2 + 3L1/eps) Delta",
        (
            Obligation(
                "the decrease of the best step",
                "t",
                [below(0, T)],
                at_most((best_decrease() / DELTA).subs(unit), decrease.subs(unit)),
            ),
            Obligation(
                "and h is best: the slope in h vanishes where e^{L1 h g} = 1 + s",
                "g E D",
                [*positive(G), equal(E * (1 + G), 1 + 2 * G), equal(D, 1 + slope_in_h())],
                equal(D, 1),
            ),
            falls(theorem, "one-step"),
            decreasing_in_eps(theorem),
            *all_positive(theorem),
            counting(theorem),
        ),
        ("one-step", "scaling", "scaling-steps"),
        (SCALED, INDUCTION, PaperStep("the one-step bound is concave in h")),
    )


def slope_in_h() -> Formula:
    """d/dh of the one-step bound at L0 = L1 = 1, with E for e^{L1 h g}, over g."""
    left = inequalities()["one-step"].left.subs({"L0": 1, "L1": 1})
    return with_exp(left.diff("h"), H * G, E) / G


def decreasing_in_eps(theorem: Theorem) -> Obligation:
    """bound(eps) >= bound(g) for g > eps: the decrease at g is at least Delta/bound(eps)."""
    return Obligation(
        "the bound decreases in eps",
        "L0 L1 g eps Delta",
        [*given(theorem), below(0, DELTA)],
        at_most(theorem.bound.subs({"eps": G}), theorem.bound),
    )


def vankov_simple(theorem: Theorem) -> Claim:
    """At h = 1/(L0 + 3/2 L1 g), with L0 + L1 g = 1 and t = L1 h g: phi(t) <= t^2/(2 - t)."""
    g = T / (1 - T / 2)
    size = size_of(theorem)
    unit: dict[str, Formula | Fraction | int] = {"L1": 1, "g": g, "L0": 1 - g, "Delta": 1}
    left = inequalities()["one-step"].left.subs({"L1": 1, "h": T / G})
    return Claim(
        theorem.key,
        str(theorem.source),
        "step 1/(L0 + 3/2 L1 g): decrease >= g^2/(2L0 + 3L1 g)",
        (
            Obligation(
                "t = L1 h g",
                "t a",
                [below(0, T), below(T, 1), equal(A, (size * G).subs(unit))],
                equal(A, T),
            ),
            Obligation(
                "the decrease",
                "t",
                [below(0, T), at_most(T, Fraction(2, 3))],
                at_most((best_decrease() / DELTA).subs(unit), left.subs(unit)),
            ),
            falls(theorem, "one-step"),
            decreasing_in_eps(theorem),
            *all_positive(theorem),
            counting(theorem),
        ),
        ("one-step", "scaling", "scaling-steps"),
        (SCALED, INDUCTION, PaperStep("g < 1 in these units, so t = g/(1 + g/2) < 2/3")),
    )


def equivalence() -> Claim:
    """clip ~ NGD in units of eta_c and beta."""
    low, high = EQUIVALENCE
    ratio_low = at_most(low * CLIPPED_IN_UNITS, NORMALIZED_IN_UNITS)
    ratio_high = at_most(NORMALIZED_IN_UNITS, high * CLIPPED_IN_UNITS)
    attained = (NORMALIZED_IN_UNITS / CLIPPED_IN_UNITS).subs({"g": 1})
    return Claim(
        "equivalence",
        "zhang2020, clipping and normalization are equivalent up to 2",
        "h_c/2 <= h_n <= h_c, 1/2 attained at g = beta",
        (
            Obligation("h_c/2 <= h_n", "g", [below(0, G)], ratio_low),
            Obligation("h_n <= h_c", "g", [below(0, G)], ratio_high),
            Obligation("1/2 is attained", "a", [equal(A, attained)], equal(A, low)),
        ),
        paper_steps=(
            PaperStep("units of eta_c and beta: gamma eta_c = eta_n, eta_c = eta_n/beta"),
        ),
    )


def armijo() -> Claim:
    """Backtracking: every h <= 2(1 - gamma)/(L0 + L1 m) is accepted."""
    eta, first = symbol("eta"), symbol("eta0")
    limit = 2 * (1 - GAMMA) / X  # X = L0 + L1 m
    step = inequalities()["sublevel-step"].left.subs({"M": (X - L0) / L1})
    basic = [*positive(X, G, GAMMA), below(GAMMA, 1)]
    total = symbol("total")
    per = maximum(1 / first, X / (2 * BETA * (1 - GAMMA)))
    return Claim(
        "armijo",
        "relaxsmooth, row Armijo",
        "avg_grad_sq <= Delta/(gamma T) max{1/eta0, (L0 + L1 m)/(2 beta (1 - gamma))}",
        (
            Obligation(
                "short steps are accepted",
                "X g gamma h decrease",
                [*basic, below(0, H), at_most(H, limit), at_most(step, DECREASE)],
                at_most(GAMMA * H * G**2, DECREASE),
            ),
            Obligation(
                "the accepted step is not much shorter",
                "X gamma beta eta0 eta",
                [
                    *positive(X, GAMMA, first, BETA, eta),
                    below(GAMMA, 1),
                    at_most(BETA * limit, eta),
                ],
                at_most(1, eta * per),
            ),
            Obligation(
                "a sum of squares",
                "gamma total Delta eta q",
                [
                    *positive(GAMMA, eta, symbol("q")),
                    at_most(1, eta * symbol("q")),
                    at_most(0, total),
                    at_most(GAMMA * eta * total, DELTA),
                ],
                at_most(total, DELTA * symbol("q") / GAMMA),
            ),
        ),
        ("sublevel-step", "M-bound"),
        (
            PaperStep("either eta0 is accepted, or eta/beta was refused, so eta/beta > the limit"),
            INDUCTION,
        ),
    )
