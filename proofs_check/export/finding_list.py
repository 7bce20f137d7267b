"""Every slip in the paper as it is known to us: what is printed, what is wrong, the repair.

Formulas are those of relaxsmooth's records, and numbers are evaluated from them when the page is
made; a claim stands behind every statement, and its status is printed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from proofs_check.claims.stochastic import BOUND8, FIRST, FIRST_PRINTED, REPAIRED8
from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, exp, formula, minimum
from relaxsmooth.problems import plane
from relaxsmooth.problems.hard import ext, paper1, paper2
from relaxsmooth.symbols import DELTA, ETA, L1, G, M, psi, psi_inverse_bound
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.theorems.zhang2020 import REMARK5_CLIPPED, REMARK5_FIXED

Values = Mapping[str, Formula | Fraction | int]
TABLE, LAWS = theorems(), inequalities()


class Sort(Enum):
    """How serious a finding is."""

    FALSE = "false: a statement that fails, with a counterexample"
    UNSHARP = "unsharp: true, and a better constant or fewer hypotheses do"
    UNITS = "units: changes its meaning with the unit of length"
    SCOPE = "scope: true of less than the text suggests"


@dataclass(frozen=True)
class Finding:
    """known: how we know the printed form; claims: what proves the finding and its repair."""

    title: str
    sort: Sort
    known: str
    printed: str
    wrong: str
    repair: str
    claims: tuple[str, ...]
    numbers: tuple[str, ...] = ()


def near(f: Formula, at: Values) -> str:
    """f at a point, to six digits, from a ball."""
    return str(evaluate(f.subs(at), {}, ball(128)).str(6, radius=False))


def where(at: Values) -> str:
    return ", ".join(f"{name} = {value}" for name, value in at.items())


def compared(at: Values, **parts: Formula) -> tuple[str, ...]:
    """At a point, what each formula is worth."""
    listed = ", ".join(f"{name.replace('_', ' ')} {near(f, at)}" for name, f in parts.items())
    return (f"at {where(at)}: {listed}",)


def said(remark: str, lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{line} ({remark})" for line in lines)


def curvature(problem: Formula, at: Values, constants: Values) -> tuple[str, ...]:
    slope = problem.diff("x")
    allowed = formula(constants["L0"]) + constants["L1"] * slope
    found = f"f''= {near(slope.diff('x'), at)}, L0 + L1 f' = {near(allowed, at)}"
    return (f"at {where(at)} with {where(constants)}: {found}",)


PRINTED4, LINE, NO_M = TABLE["zhang2020-theorem4"].bound, TABLE["gd-line"].bound, TABLE["gd-no-M"]
RECALLED = "[M] recalled: neither the text nor a restatement is at hand"
FIXED_GAP: Values = {"L0": 1, "L1": 1, "Delta": 1, "M": 512, "eps": Fraction(1, 100)}
ON_LINE: Values = {"L0": 1, "L1": exp(formula(100)), "M": 2, "Delta": 1, "eps": Fraction(1, 1000)}
NEAR_ONE: Values = {"L0": 1, "L1": 1, "Delta": 1, "eps": 1, "M": Fraction(1001, 1000)}
AT7: Values = {
    "L0": Fraction(1, 100),
    "L1": 1,
    "g": 1,
    "tau": Fraction(1, 50),
    "eta": Fraction(3, 10),
}
UNIT_STEP: Values = {"L1": 1, "g": 1, "tau": 1, "eta": 1}
HALVED: Values = {"L1": 2, "g": 2, "tau": 2, "eta": Fraction(1, 4)}
SMALL_L1: Values = {"L0": 1, "L1": Fraction(1, 10), "Delta": 1, "eps": 1}
RESCALED: Values = {"L0": 100, "L1": 1, "Delta": 1, "eps": 10}
AT8: Values = {**dict.fromkeys(("L0", "L1", "M", "tau", "eps", "Delta"), 1)}
RESCALED8: Values = {**AT8, "L0": 4, **dict.fromkeys(("L1", "M", "tau", "eps"), 2)}


def findings() -> Sequence[Finding]:
    return (*theorem4(), *upper_bounds(), *stochastic(), *scope())


def theorem4() -> tuple[Finding, ...]:
    """The lower bound and the remark that draws on it."""
    hard1, hard2 = paper1(2, 5).objective, paper2(1).objective
    ranges = "ranges of L0, L1, M [P] read in the paper; hard function and constant [M] recalled"
    extremal = ext(1, 1, 2).objective.args[-1]
    repaired = TABLE["theorem4-line"]
    return (
        Finding(
            "Theorem 4: the first hard function leaves the class when L0 < L1",
            Sort.FALSE,
            ranges,
            "f = e^{L1|x|}/(L1 e) for |x| > 1/L1, L1 x^2/2 + 1/(2 L1) inside, is used for every "
            "L0 >= 1 and L1 >= 1",
            "f''(0) = L1 and f'(0) = 0, so the least L0 is L1, exactly.",
            f"(L0/L1^2)(e^(L1|x|) - L1|x| - 1), which is {extremal} for L0 = L1 = 1, x >= 0, is in "
            "the class for every (L0, L1) with equality everywhere; log M + 1 becomes "
            "log(1 + L1 M/L0)",
            ("theorem4-first-function", "member-paper1", "member-ext"),
            curvature(hard1, {"x": 0}, {"L0": 1, "L1": 2}),
        ),
        Finding(
            "Theorem 4: the second hard function leaves the class when eps > L0/3",
            Sort.FALSE,
            ranges,
            "f = (eps/4)(6 x^2 - x^4) for |x| <= 1, slope 2 eps outside, is used for every eps",
            "f''(0) = 3 eps and f'(0) = 0, so the least L0 is 3 eps, for every L1.",
            "state eps <= L0/3; or take f' = s eps (3u - u^3)/2, u = 2 L0 x/(3 s eps), which needs "
            "no such condition and gains a factor 4 as s -> 1",
            (
                "theorem4-second-function",
                "member-any-slope",
                "member-ramp",
                "theorem4-second-function-steps",
            ),
            curvature(hard2, {"x": 0}, {"L0": 1, "L1": 1}),
        ),
        Finding(
            "Theorem 4: M and Delta cannot be chosen freely",
            Sort.FALSE,
            ranges,
            "M > 1 and Delta are independent parameters",
            "A gradient of norm M costs a gap of at least psi(M), so psi(M) <= Delta always.",
            f"read M as an upper bound of the gradient norm and add psi(M) = {psi(M)} <= Delta",
            ("theorem4-gap", "gap"),
            compared({"L0": 1, "L1": 1, "M": 10}, psi_of_M=psi(M)),
        ),
        Finding(
            "Theorem 4: with Delta fixed and M -> infinity the bound is false in every dimension",
            Sort.FALSE,
            ranges,
            f"T_eps >= {PRINTED4} for every M > 1",
            "A step chosen from Delta alone needs a number of steps that does not depend on M.",
            f"add psi(M) <= Delta; in Delta alone h = {NO_M.prescription['h']} needs at most "
            f"{NO_M.bound} steps",
            ("theorem4-fixed-gap", "gd-no-M"),
            compared(FIXED_GAP, printed=PRINTED4, proven_upper_bound=NO_M.bound),
        ),
        Finding(
            "Theorem 4: false in one dimension even with psi(M) <= Delta",
            Sort.FALSE,
            ranges,
            f"T_eps >= {PRINTED4}",
            "On the line h = h*(M)/2 needs fewer steps once log(1 + L1 M/L0) > 32 (log M + 1) and "
            "eps is small; as eps -> 0 the printed bound exceeds the repaired one iff "
            "L1 M/L0 > (e M)^4 - 1.",
            f"T_eps >= {repaired.bound} for d = 1, any L0, L1, eps > 0, M > eps, Delta >= psi(M); "
            "for eps <= M/(2 log(1 + L1 M/L0)) h*(M)/2 needs at most 8 times its leading term",
            ("theorem4-line-constant", "theorem4-leading-terms", "theorem4-line", "gd-line"),
            compared(ON_LINE, printed=PRINTED4, proven_upper_bound=LINE),
        ),
        Finding(
            "Theorem 4: in d >= 2 the logarithm disappears",
            Sort.UNSHARP,
            ranges,
            f"T_eps >= {PRINTED4}",
            "A function of the plane without critical points has an exact cycle of GD at "
            "h = K/(L1 M), K < 4, so the logarithm is lost only on the line. That it is in "
            "the class is decided in integers (relaxsmooth verify --theorem theorem4-plane, "
            "docs/twist.md); the game around it is proved here.",
            f"T_eps >= {TABLE['theorem4-plane'].bound} for d >= 2, psi(M) <= Delta, eps < m and "
            "eps log(1 + L1 m/L0) <= m with m = min(M, L1 Delta/6); the best K is open: 2-cycles "
            "of the plane need K >= 27/8 when L0 = 0 and ‖∇f‖ <= M everywhere",
            ("theorem4-plane-parts",),
        ),
        Finding(
            "Remark 5: the fixed-step rate blows up as M -> 1",
            Sort.FALSE,
            "[P] read in the paper",
            f"fixed step {REMARK5_FIXED} against clipping {REMARK5_CLIPPED}",
            "L1 M/log M is unbounded near M = 1, where h = 1/(L0 + L1 M) needs a bounded number of "
            "steps: no constant in front repairs it.",
            "read log(1 + L1 M/L0) for log M, with psi(M) <= Delta",
            ("remark5", "remark5-any-constant"),
            compared(NEAR_ONE, remark=REMARK5_FIXED, proven_upper_bound=TABLE["gd"].bound),
        ),
        Finding(
            "Remark 5: clipping gains at most about 1 + L1^2 Delta/L0, whatever M is",
            Sort.UNSHARP,
            "[P] read in the paper",
            "the gain of clipping grows with M",
            "M <= psi^-1(Delta), so a fixed step chosen from Delta alone is never worse than "
            "4 (1 + L1^2 Delta/L0) times Remark 5's own rate for clipping.",
            f"fixed step: {NO_M.bound}; gain <= 4 (1 + L1^2 Delta/L0)",
            ("gain", "gd-no-M"),
        ),
        Finding(
            "Assumption 4 (M < infinity) follows from the others",
            Sort.UNSHARP,
            "[P] read in the paper",
            "the gradient norm is bounded on the sublevel set, as an assumption of its own",
            "psi(‖∇f(x)‖) <= f(x) - f* <= Delta on the sublevel set, and psi grows without bound.",
            f"M <= psi^-1(Delta) <= {psi_inverse_bound(DELTA)}",
            ("M-bound", "gap"),
        ),
    )


def upper_bounds() -> tuple[Finding, ...]:
    """Constants that can be lowered, and Theorem 3's unit."""
    three, sharp = TABLE["zhang2020-theorem3"].bound, TABLE["theorem3-sharper"].bound
    six, better, best = (TABLE[k] for k in ("zhang2020-theorem6", "theorem6-sharper", "gd"))
    at_radius: Values = {"L0": 1, "L1": 1, "g": 1}
    four, growth = LAWS["growth-4"].right, LAWS["growth-upper"].right
    return (
        Finding(
            "Growth lemma: 4 becomes e on the gradient and e - 1 on L0/L1",
            Sort.UNSHARP,
            RECALLED,
            f"r <= 1/L1 gives ‖∇f(y)‖ <= {four}",
            "True; the comparison solution gives less, and EXT attains it.",
            "‖∇f(y)‖ <= e ‖∇f(x)‖ + (e - 1) L0/L1",
            ("growth-4", "growth"),
            compared(at_radius, printed=four, sharp=growth.subs({"r": 1})),
        ),
        Finding(
            "Theorem 3: 20 becomes 11.154 for the same step",
            Sort.UNSHARP,
            "step [P] read in the paper; bound [M] recalled",
            f"T_eps <= {three}",
            "True. With rho(1/10) = 0.51709... in place of 1 the step keeps 0.89658 of h g^2 "
            "instead of a half.",
            f"T_eps <= {sharp}",
            ("zhang2020-theorem3", "theorem3-sharper", "constants"),
            compared({**SMALL_L1, "L1": 1, "eps": Fraction(1, 10)}, printed=three, sharp=sharp),
        ),
        Finding(
            "Theorem 3: max{1, L1^2} fixes the unit of length",
            Sort.UNITS,
            "step [P] read in the paper; bound [M] recalled",
            f"T_eps <= {three}",
            "L1 is an inverse length. Under x = c z the count does not change and the bound does; "
            "gamma = min{1/eta_c, 1/(10 L1 eta_c)} has the same defect.",
            "gamma = L0/L1: T_eps <= 11.154 Delta max{L0/eps^2, L1/max(eps, L0/L1)}",
            ("theorem3-units", "clip", "scaling"),
            (
                *compared(SMALL_L1, bound=three),
                *(
                    f"{line} (the same problem, x = 10 z)"
                    for line in compared(RESCALED, bound=three)
                ),
            ),
        ),
        Finding(
            "Theorem 6: 4 becomes 8/3 for the same step, and 2 for h = 1/(L0 + L1 M)",
            Sort.UNSHARP,
            "step [P] read in the paper; bound [M] recalled",
            f"h = {six.prescription['h']}: T_eps <= {six.bound}",
            "True; the sublevel step loses h (L0 + L1 M)/2 = 1/4 of h g^2 and no more.",
            f"h = {better.prescription['h']}: T_eps <= {better.bound}; "
            f"h = {best.prescription['h']}: T_eps <= {best.bound}",
            ("zhang2020-theorem6", "theorem6-sharper", "gd"),
        ),
        Finding(
            "Clipping and normalization: h_n <= h_c, not 2 h_c",
            Sort.UNSHARP,
            "[S] read in a text that restates the paper",
            "h_c/2 <= h_n <= 2 h_c",
            "h_n/h_c = max(1, t)/(1 + t) with t = ‖∇f‖/beta: never above 1, and 1/2 at t = 1. "
            "Rates carried over to normalized GD need 21.08 where clipping needs 11.154.",
            "h_c/2 <= h_n <= h_c, 1/2 attained at ‖∇f‖ = beta",
            ("equivalence", "ngd-transferred"),
        ),
    )


def stochastic() -> tuple[Finding, ...]:
    """Theorems 7 and 8: the step sizes only."""
    printed, repaired = minimum(FIRST_PRINTED, ETA), minimum(FIRST, ETA)
    return (
        Finding(
            "Theorem 7: an extra eta in 16 eta L1",
            Sort.FALSE,
            "[P] read in the paper",
            f"h = min{{{FIRST_PRINTED}, eta}}, with g = ‖ghat(x_k)‖",
            "The first entry is a pure number and not a step; and the step no longer keeps "
            "L1 h g <= 1/16, which the descent inequality needs.",
            f"h = min{{{FIRST}, eta}}",
            ("theorem7-printed-step", "theorem7-units", "theorem7-step"),
            (
                *compared(AT7, L1_h_g_as_printed=L1 * G * printed, repaired=L1 * G * repaired),
                *compared(UNIT_STEP, first_entry=FIRST_PRINTED),
                *(
                    f"{line} (x = 2 z: a step is divided by 4)"
                    for line in compared(
                        {"L1": 2, "g": 2, "tau": 2, "eta": Fraction(1, 4)},
                        first_entry=FIRST_PRINTED,
                    )
                ),
            ),
        ),
        Finding(
            "Theorems 7 and 8: 1/sqrt T is not a step",
            Sort.UNITS,
            "steps [P] read in the paper; bounds [M] recalled",
            f"Theorem 8: h = min{{1/sqrt T, 1/(L1 (M + tau))}}, T <= {BOUND8}",
            "A step has the unit of length^2/f. With 1/sqrt T the bound adds Delta and a quantity "
            "of another unit, and changes when x = c z.",
            f"eta0/sqrt T with any step eta0 (here eta): T <= {REPAIRED8}; Delta is divided by it "
            "and the rest multiplied",
            ("theorem8-units", "theorem8-scaling", "theorem8-step"),
            (
                *compared(AT8, bound=BOUND8),
                *said("the same problem, x = 2 z", compared(RESCALED8, bound=BOUND8)),
            ),
        ),
    )


def scope() -> tuple[Finding, ...]:
    """What the class does not contain, and constants that are not interchangeable."""
    (deep,) = (p for p in plane.PROBLEMS if p.key == "product3")
    at: Values = {"w1": 11, "w2": Fraction(1, 11), "w3": 1}
    entry = deep.hessian[1][1]
    return (
        Finding(
            "Deep linear networks are not in the class, though they motivate it",
            Sort.SCOPE,
            "[M] recalled: the motivation, not a theorem of the paper",
            "relaxed smoothness is motivated by deep (linear) networks",
            f"{deep.objective} has gradient 0 on w1 w2 w3 = 1 and an unbounded Hessian there: for "
            "every (L0, L1) the point w1 = 1 + L0 + L1, w2 = 1/w1, w3 = 1 refutes it. So do "
            "(x y - 1)^2, x^2 y^2 and Rosenbrock's function.",
            "restrict the weights to a bounded set, or use another class",
            ("never-product3", "never-product", "never-x2y2", "never-rosenbrock"),
            (f"at {where(at)}: ∇f = 0 and d²f/dw2² = {near(entry, at)}, against L0 = 10",),
        ),
        Finding(
            "The constants of the Hessian class and of the local-Lipschitz class differ",
            Sort.SCOPE,
            "[P] definitions read in the paper and in Faw et al., Proposition 1 (2 L0, (e-1) L1)",
            "both are called (L0, L1)-smooth, and bounds are quoted across",
            "e^t - 1 > t: the extremal function is in the Hessian class and not in the other one "
            "with the same constants.",
            "Hessian class (L0, L1) => local-Lipschitz class (L0/log 2, L1/log 2), and no smaller "
            "factor does; 1/log 2 = 1.4427 < e - 1 = 1.7183",
            ("local-lipschitz",),
        ),
        Finding(
            "The class is not closed under sums",
            Sort.SCOPE,
            "[P] Definition 1 read in the paper; the observation is ours",
            "nothing is printed to the contrary; finite sums are common in what it is applied to",
            "e^x and -e^x + sin(e^{x/2}) on x >= 0 are both in the class (1, 2); their sum has "
            "f' = 0, |f''| = e^x/4 wherever sin(e^{x/2}) = 1.",
            "ask the class of the sum, not of its terms",
            ("never-sum",),
        ),
    )
