"""Theorem 4: what is wrong as printed, each with an exact witness, and the repair for d = 1."""

from __future__ import annotations

from fractions import Fraction

from proofs_check.claims.members import inequality
from proofs_check.claims.steps import all_positive, counting, falls
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, below, condition, equal, positive, swap
from relaxsmooth.formula import Formula, exp, log, symbol
from relaxsmooth.problems.hard import paper1, paper2
from relaxsmooth.symbols import DELTA, EPS, L0, L1, H, M, h_star, psi
from relaxsmooth.theorems import inequalities, theorems

Values = dict[str, Formula | Fraction | int]
UNIT: Values = {"L0": 1, "L1": 1}
U, V, W, D, A, X, R = (symbol(name) for name in ("u", "v", "w", "d", "a", "x", "r"))
SCALED = PaperStep("scaling x = c z, f -> a f: L0 = L1 = 1 without loss of generality")
RECALLED = "the two hard functions and the constant are recalled [M], the ranges are read [P]"


def claims() -> list[Claim]:
    return [
        *flaws(),
        gd_line(),
        theorem4_line(),
    ]


def flaws() -> list[Claim]:
    printed = theorems()["zhang2020-theorem4"]
    own = [condition(c) for c in printed.conditions]
    only_l0 = [r for r in own if r.symbols == {"L0"}]
    anchor = str(printed.source)
    upper, line = theorems()["gd-no-M"], theorems()["gd-line"]
    at: Values = {"L0": 1, "L1": 1, "Delta": 1, "M": exp(V)}
    in_w: Values = {"L0": 1, "L1": (exp(W) - 1) / exp(V), "M": exp(V), "Delta": 1}
    claimed, proven = printed.bound.subs(in_w), line.bound.subs(in_w)
    return [
        Claim(
            "theorem4-first-function",
            anchor,
            "first hard function (L1 = 2) in the class for every L0 >= 1",
            (
                Obligation(
                    "in the class",
                    "x L0",
                    only_l0,
                    inequality(paper1(2, 5).objective, L0, Fraction(2)),
                ),
            ),
            finding="its minimal L0 is L1 (member-paper1); take EXT = (L0/L1^2) phi(L1 |x|): "
            f"log M + 1 becomes log(1 + L1 M/L0); {RECALLED}",
        ),
        Claim(
            "theorem4-second-function",
            anchor,
            "second hard function in the class at eps = 1 for every L0 >= 1",
            (
                Obligation(
                    "in the class",
                    "x L0",
                    only_l0,
                    inequality(paper2(1).objective, L0, Fraction(1)),
                ),
            ),
            finding="its minimal L0 is 3 eps for every L1 (member-paper2); state eps <= L0/3, or "
            f"take RAMP, which needs no such bound and gains a factor 4; {RECALLED}",
        ),
        Claim(
            "theorem4-gap",
            anchor,
            "M > 1 is free of Delta: psi(M) <= Delta at L0 = L1 = Delta = 1, M = e^u - 1",
            (
                Obligation(
                    "M and Delta are compatible",
                    "u",
                    [at_most(1, U)],
                    at_most(psi(M).subs({**UNIT, "M": exp(U) - 1}), 1),
                ),
            ),
            uses=(),
            finding="psi(M) <= Delta always holds (claim gap); add it to the hypotheses",
        ),
        Claim(
            "theorem4-fixed-gap",
            anchor,
            "the printed lower bound stays below the proven upper bound gd-no-M, M = e^v",
            (
                Obligation(
                    "lower <= upper",
                    "v eps",
                    [below(0, V), below(0, EPS), below(EPS, 1)],
                    at_most(printed.bound.subs(at), upper.bound.subs(at)),
                ),
            ),
            finding="with Delta fixed and M -> infinity the printed bound exceeds what GD with "
            "h = 1/(L0 + L1 psi^-1(Delta)) needs (claim gd-no-M); add psi(M) <= Delta",
        ),
        Claim(
            "theorem4-line-constant",
            anchor,
            "d = 1: the printed lower bound stays below the proven upper bound gd-line",
            (
                Obligation(
                    "lower <= upper, M = e^v, 1 + L1 M/L0 = e^w, Delta = 1",
                    "v w eps",
                    [
                        *positive(V, EPS),
                        at_most(2 * V + 3, W),  # then L1 >= M and psi(M) <= M/L1 <= 1 = Delta
                        at_most(2 * EPS * W, 1),  # gd-line asks eps <= M/(2w)
                    ],
                    at_most(claimed, proven),
                ),
            ),
            finding="false in one dimension even with psi(M) <= Delta, once log(1 + L1 M/L0) > "
            "32 (log M + 1); the repaired bound has log(1 + L1 M/L0) (claim theorem4-line)",
        ),
    ]


def gd_line() -> Claim:
    """h = h*(M)/2 on the line; d = h g <= s0 = log(1 + g), decrease (1 + g)(1 - e^-d) - d."""
    theorem = theorems()["gd-line"]
    h = theorem.prescription["h"]
    in_w: Values = {**UNIT, "M": exp(W) - 1}
    kept = theorem.bound.subs({**in_w, "Delta": 1}) * h.subs(in_w) * EPS**2 / 4
    eps = exp(D + A) - 1  # 1 + eps = e^(d + a), a >= 0, since d = h eps <= log(1 + eps)
    line = inequalities()["one-step-line"].left.subs({**UNIT, "g": eps, "h": D / eps})
    half = Fraction(1, 2)
    small = [c for c in theorem.conditions if "eps" in c.left.symbols | c.right.symbols]
    return Claim(
        theorem.key,
        str(theorem.source),
        theorem.title,
        (
            Obligation(
                "h g <= s0 = log(1 + g) for every g <= M",
                "x r",
                [below(0, X), at_most(0, R)],
                at_most(h.subs({**UNIT, "M": exp(X + R) - 1}) * (exp(X) - 1), X),
            ),
            Obligation(
                "h eps <= 1/2",
                "w eps",
                [*positive(W, EPS), *(condition(c).subs(in_w) for c in small)],
                at_most(h.subs(in_w) * EPS, half),
            ),
            Obligation(
                "the decrease grows with g",
                "a d h",
                [*positive(D, H), at_most(0, A)],
                at_most(0, 1 - exp(-D) + H * (exp(A) - 1)),
            ),
            Obligation(
                "at g = eps it is d eps/4 or more",
                "a d",
                [below(0, D), at_most(D, half), at_most(0, A)],
                at_most(D * eps / 4, line),
            ),
            Obligation("rate", "w eps", positive(W, EPS), at_most(1, kept)),
            *all_positive(theorem),
            falls(theorem, "one-step-line"),
            counting(theorem),
        ),
        ("one-step-line", "scaling", "scaling-steps"),
        (
            SCALED,
            PaperStep("summing over the steps before T_eps; x_k stays in {f <= f(x0)}"),
        ),
    )


def theorem4_line() -> Claim:
    """Every h has a hard function: EXT for h >= h*(M), a ramp for h <= h*(M)."""
    theorem = theorems()["theorem4-line"]
    log_node = log(1 + L1 * M / L0)
    bound = swap(theorem.bound, log_node, W)
    limit = swap(h_star(M), log_node, W)
    core = Fraction(15, 16) * EPS**2 / L0
    letters = [*positive(L0, L1, M, EPS, W, H, DELTA), at_most(core, DELTA)]
    at_m: Values = {**UNIT, "M": exp(U) - 1}
    return Claim(
        theorem.key,
        str(theorem.source),
        theorem.title,
        (
            Obligation(
                "h >= h*(M): EXT steps over 0 at least as far",
                "x r",
                [below(0, X), at_most(0, R)],
                at_most(2 * (X + R), 2 * X / (exp(X) - 1) * (exp(X + R) - 1)),
            ),
            Obligation(
                "h*(M) on EXT is an exact 2-cycle",
                "u d",
                [below(0, U), equal(D, h_star(M).subs(at_m) * (exp(U) - 1))],
                equal(D, 2 * U),
            ),
            Obligation(
                "h <= h*(M): the ramp",
                "L0 L1 M eps w h Delta",
                [*letters, at_most(H, limit)],
                at_most(bound, (DELTA - core) / (EPS**2 * H)),
            ),
            *all_positive(theorem),
        ),
        ("member-ext", "member-ramp", "gap", "scaling"),
        (
            SCALED,
            PaperStep("h >= 2x/f'(x) at the start, the least such h is the worst"),
            PaperStep("on the ramp each step lowers f by s^2 eps^2 h exactly; then s -> 1"),
            PaperStep("EXT with f'(x0) = M has gap psi(M) <= Delta; add a constant slope beyond"),
            PaperStep("Delta < 15 eps^2/(16 L0) makes the bound negative"),
        ),
    )
