"""Remark 5, the gain of clipping over a tuned fixed step, and the parts of Theorem 4 in d >= 2
that do not need the two-dimensional cycle.
"""

from __future__ import annotations

from fractions import Fraction

from proofs_check.claims.steps import all_positive
from proofs_check.claims.theorem4 import RECALLED
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import Relation, at_most, below, condition, equal, positive, swap
from relaxsmooth.formula import Formula, exp, log, symbol
from relaxsmooth.problems.hard import paper2
from relaxsmooth.problems.twist import GAP, record
from relaxsmooth.symbols import DELTA, EPS, L0, L1, H, K, M, psi
from relaxsmooth.theorem import Theorem
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.theorems.zhang2020 import PLANE_M, REMARK5_CLIPPED, REMARK5_FIXED

C, V, W, X, Y = (symbol(name) for name in "cvwxy")
RATE: dict[str, Formula | Fraction | int] = {
    "L0": 1,
    "L1": 1,
    "Delta": 1,
    "eps": 1,
    "M": exp(V),
}  # M = e^v
CORE = Fraction(15, 16) * EPS**2 / L0


def claims() -> list[Claim]:
    return [
        remark5(),
        remark5_any_constant(),
        gain(),
        repaired_against_printed(),
        plane(),
        slope2(),
    ]


def remark5() -> Claim:
    upper = theorems()["gd"].bound.subs(RATE)
    return Claim(
        "remark5",
        "zhang2020, Remark 5",
        "(L1 M/log M + L0) Delta/eps^2 is at most 100 times what h = 1/(L0 + L1 M) needs, M = e^v",
        (
            Obligation(
                "at most 100 times the upper bound",
                "v",
                [below(0, V)],
                at_most(REMARK5_FIXED.subs(RATE), 100 * upper),
            ),
        ),
        finding="L1 M/log M -> infinity as M -> 1; read log(1 + L1 M/L0) for log M, with "
        "psi(M) <= Delta (claims theorem4-line, remark5-any-constant)",
    )


def remark5_any_constant() -> Claim:
    upper = theorems()["gd"].bound.subs(RATE)
    return Claim(
        "remark5-any-constant",
        "zhang2020, Remark 5",
        "no constant C helps: at log M <= 1/(8C) Remark 5 exceeds C times the upper bound",
        (
            Obligation(
                "C times the upper bound < Remark 5",
                "v c",
                [*positive(V, C), at_most(C, 1)],
                below(C / (8 * V) * upper, REMARK5_FIXED.subs(RATE)),
            ),
        ),
        uses=("gd",),
        paper_steps=(
            PaperStep(
                "units L0 = L1 = 1; v = log M, C = c/(8v), 0 < c <= 1; Delta/eps^2 on both sides"
            ),
        ),
    )


def gain() -> Claim:
    """A fixed step chosen from Delta alone against Remark 5's own rate for clipping."""
    fixed, clipped = theorems()["gd-no-M"].bound, REMARK5_CLIPPED
    return Claim(
        "gain",
        "relaxsmooth, what clipping gains",
        "a fixed step from Delta alone needs at most 4 (1 + L1^2 Delta/L0) times "
        "L0 Delta/eps^2 + L1^2 Delta/L0, whatever M is",
        (
            Obligation(
                "the gain is at most 4 (1 + L1^2 Delta/L0)",
                "L0 L1 Delta eps",
                positive(L0, L1, DELTA, EPS),
                at_most(fixed, 4 * (1 + L1**2 * DELTA / L0) * clipped),
            ),
        ),
        uses=("gd-no-M",),
    )


def repaired_against_printed() -> Claim:
    """Leading terms as eps -> 0, with v = log M and w = log(1 + L1 M/L0)."""
    printed, repaired = theorems()["zhang2020-theorem4"].bound, theorems()["theorem4-line"].bound
    log_node = log(1 + L1 * M / L0)
    lead = swap(repaired, log_node, W) * DELTA / (DELTA - CORE)
    old = swap(printed, log(M), V) * DELTA / (DELTA - Fraction(5, 8) * EPS)
    upper = swap(theorems()["gd-line"].bound, log_node, W)
    letters = positive(L0, L1, M, DELTA, EPS, V, W)
    proper = [*letters, below(CORE, DELTA), below(Fraction(5, 8) * EPS, DELTA)]
    names = "L0 L1 M Delta eps v w"
    value = symbol("B")
    return Claim(
        "theorem4-leading-terms",
        "relaxsmooth, repair of zhang2020, Theorem 4, d = 1",
        "as eps -> 0 the printed bound exceeds the repaired one iff w > 4 (v + 1), that is "
        "L1 M/L0 > (e M)^4 - 1; the upper bound gd-line is 8 times the repaired one",
        (
            Obligation(
                "larger where w > 4 (v + 1)",
                names,
                [*proper, below(4 * (V + 1), W)],
                below(lead, old),
            ),
            Obligation(
                "not where w <= 4 (v + 1)",
                names,
                [*proper, at_most(W, 4 * (V + 1))],
                at_most(old, lead),
            ),
            Obligation(
                "8 times",
                names + " B",
                [*proper, equal(value, upper)],
                equal(value, 8 * lead),
            ),
        ),
        paper_steps=(
            PaperStep("leading terms: Delta - 15 eps^2/(16 L0) and Delta - 5 eps/8 become Delta"),
        ),
    )


def plane() -> Claim:
    """d >= 2 beside the cycle: what a ramp gives for short steps, and what no cycle can beat."""
    m = symbol("m")  # min{M, L1 Delta/6}
    theorem = theorems()["theorem4-plane"]
    lower, upper = swap(theorem.bound, PLANE_M, m), theorems()["gd"].bound
    letters = [*positive(L0, L1, M, DELTA, EPS, K, m, DELTA - CORE), at_most(m, M)]
    ramp = (DELTA - CORE) / (EPS**2 * H)
    lead = lower.subs({"m": M}) * DELTA / (DELTA - CORE)
    short = inequalities()["sublevel-step"].conditions[0]
    names = "L0 L1 M K Delta eps m"
    return Claim(
        "theorem4-plane-parts",
        "relaxsmooth, repair of zhang2020, Theorem 4, d >= 2",
        "beside the cycle: ramps give the bound for h <= min{K/(L1 m), 2/L0}; its leading term is "
        "within 2K + 4 of the upper bound; and no cycle has K < 2 for every L0",
        (
            Obligation(
                "h <= K/(L1 m) and h <= 2/L0: the ramp",
                names + " h",
                [*letters, *positive(H), at_most(L1 * m * H, K), at_most(L0 * H, 2)],
                at_most(lower, ramp),
            ),
            Obligation(
                "below the upper bound for K >= 1/2",
                names,
                [*letters, at_most(Fraction(1, 2), K)],
                at_most(lower, upper),
            ),
            Obligation(
                "within 2K + 4 where m = M",
                names,
                letters,
                at_most(upper, (2 * K + 4) * lead),
            ),
            Obligation(
                "K < 2: h = K/(L1 M) is a sublevel step once L0 is small",
                "L0 L1 M K",
                [*positive(L0, L1, M, K), below(K, 2), below(K * L0, (2 - K) * L1 * M)],
                below((short.left / H) * K / (L1 * M), short.right),
            ),
            *plane_conditions(theorem),
            *all_positive(theorem),
        ),
        uses=("member-ramp", "sublevel-step", "gd"),
        paper_steps=(
            PaperStep(
                "m = min{M, L1 Delta/6}; leading term: Delta - 15 eps^2/(16 L0) becomes Delta"
            ),
            PaperStep("h >= 2/L0: GD does not converge on L0 x^2/2; ramp as in theorem4-line"),
            PaperStep(
                "that GD cycles for h > K/(L1 m), K < 4, is decided in integers: "
                "relaxsmooth verify --theorem theorem4-plane"
            ),
        ),
    )


def plane_conditions(theorem: Theorem) -> tuple[Obligation, ...]:
    """What they are for: the hard functions have slopes above eps and gaps of at most Delta."""
    m, least, most = symbol("m"), symbol("p"), symbol("q")
    letters = ((log(1 + L1 * PLANE_M / L0), W), (PLANE_M, m), (psi(M), most))

    def in_letters(r: Relation) -> Relation:
        for node, letter in letters:
            r = Relation(swap(r.left, node, letter), r.sign, swap(r.right, node, letter))
        return r

    own = [in_letters(condition(c)) for c in theorem.conditions]

    def about(*names: str) -> list[Relation]:
        return [r for r in own if r.symbols <= {*names}]

    return (
        Obligation(
            "h >= h*(m): EXT cycles at slope m, above eps",
            "m eps",
            about("m", "eps"),
            below(EPS, m),
        ),
        Obligation(
            "K/(L1 m) < h < h*(m) = 2w/(L1 m): TWIST cycles at slope 2L/(L1 h), above eps",
            "L1 m eps w h",
            [*positive(L1, m, EPS, W, H), below(L1 * m * H, 2 * W), *about("m", "eps", "w")],
            below(EPS, 2 * record().L / (L1 * H)),
        ),
        Obligation(
            "EXT has gap psi(m) <= psi(M)",
            "Delta p q",
            [at_most(least, most), *about("q", "Delta")],
            at_most(least, DELTA),
        ),
        Obligation(
            f"TWIST has a gap of at most {GAP} m/L1",
            "L1 M Delta",
            positive(L1, M, DELTA),
            at_most(GAP * PLANE_M / L1, DELTA),
        ),
    )


def slope2() -> Claim:
    """The second hard function at eps = 1: |f'| <= 1 iff |x| <= x1, 3 x1 - x1^3 = 1."""
    problem = paper2(1, Delta=10)
    core = problem.objective.diff("x").subs({"x": X})
    start = 1 + (DELTA - Fraction(5, 4)) / 2
    root = Fraction(3473, 10**4)
    return Claim(
        "theorem4-second-function-steps",
        "relaxsmooth, second hard function of zhang2020, Theorem 4",
        "eps = 1: |f'| > 1 from x = 0.3473 on, so T >= (Delta + 0.0554)/(4h); the 5/8 is harmless",
        (
            Obligation(
                "the slope exceeds eps from 0.3473 on", "x", [at_most(root, X)], below(1, core)
            ),
            Obligation("and never exceeds 2 eps", "x", [at_most(0, X)], at_most(core, 2)),
            Obligation(
                "the way there takes (Delta + 0.0554)/(4 h) steps",
                "Delta h",
                [*positive(H), at_most(Fraction(5, 4), DELTA)],
                at_most((DELTA + Fraction(554, 10**4)) / (4 * H), (start - root) / (2 * H)),
            ),
        ),
        uses=("member-paper2",),
        paper_steps=(
            PaperStep(f"a step has length at most 2 eps h; f -> a f for other eps; {RECALLED}"),
        ),
    )
