"""Upper bounds: from one step of a rule to its bound on T_eps, for each theorem of relaxsmooth.

The statements are made from theorem.prescription, theorem.bound, theorem.conditions, the rule's
own step size and the one-step inequality: an edited constant is another statement.

    range   (L0 + L1 g) h <= z, L1 h g <= b    for the prescribed h(g)
    margin  decrease >= share h g^2            from the one-step inequality and rho <= k
    rate    bound * share * h g^2 >= Delta  whenever g > eps
    count   k steps, each at least d, in total at most Delta: k <= Delta/d
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import (
    Relation,
    as_formula,
    at_most,
    below,
    condition,
    equal,
    positive,
    read,
    with_exp,
)
from relaxsmooth.formula import Formula, exp, formula, maximum, symbol
from relaxsmooth.symbols import (
    BETA,
    DELTA,
    EPS,
    ETA,
    GAMMA,
    L0,
    L1,
    THETA,
    G,
    H,
    phi,
)
from relaxsmooth.theorem import Assumption, Theorem
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.updates import rule

K, T, D, N, B = (symbol(name) for name in ("k", "t", "D", "n", "B"))
KAPPA, Z, DELTA_SHARE = symbol("kappa"), symbol("z"), symbol("delta")
INDUCTION = PaperStep("summing over the steps before T_eps, f(x_k) >= f*")
LETTERS = PaperStep("kappa = rho(L1 h g) <= k as L1 h g <= b; z = (L0 + L1 g) h; k = rho(b)")


@dataclass(frozen=True)
class Frame:
    """How a step theorem is proved: share of h g^2 is kept.

    z: (L0 + L1 g) h <= z;  b: L1 h g <= b;  k: phi(t) <= k t^2 on [0, b];
    about: hypotheses on the letters in share, z and k; bound: the theorem's, with k for rho(b).
    """

    share: Formula
    z: Formula
    b: Formula
    k: Formula
    about: Sequence[Relation]
    bound: Formula
    size: Formula


def given(theorem: Theorem) -> list[Relation]:
    """The theorem's own conditions on L0 and L1, and those of a step before T_eps."""
    own = [
        condition(c) for c in theorem.conditions if c.left.symbols | c.right.symbols <= {"L0", "L1"}
    ]
    return [*own, *positive(EPS, G), below(EPS, G)]


def all_positive(theorem: Theorem) -> tuple[Obligation, ...]:
    """L0 = L1 = 1 is for all positive L0 and L1: the theorem is about these, and no others."""
    mine = [condition(c) for c in theorem.conditions]
    own, every = [r for r in mine if r.symbols <= {"L0", "L1"}], positive(L0, L1)
    return (
        *(Obligation(f"the theorem is about {r}", "L0 L1", own, r) for r in every),
        *(
            Obligation(f"the theorem is about every L0, L1 > 0: {r}", "L0 L1", every, r)
            for r in own
        ),
    )


def frame_obligations(
    theorem: Theorem, frame: Frame, extra: Sequence[Relation]
) -> list[Obligation]:
    h, before = frame.size, [*given(theorem), *extra]

    def stated(name: str, goal: Relation, hypotheses: Sequence[Relation] = before) -> Obligation:
        used = goal.symbols.union(*(r.symbols for r in hypotheses))
        return Obligation(name, in_letters(used), hypotheses, goal)

    known = [*before, *frame.about]
    return [
        stated("h > 0", below(0, h)),
        stated("(L0 + L1 g) h <= z", at_most((L0 + L1 * G) * h, frame.z)),
        stated("L1 h g <= b", at_most(L1 * h * G, frame.b)),
        margin(theorem, frame),
        stated("rate", at_most(1, frame.bound.subs({"Delta": 1}) * frame.share * h * G**2), known),
        counting(theorem),
    ]


def in_letters(used: frozenset[str]) -> str:
    first = ["L0", "L1", "g", "eps"]
    return " ".join([*(n for n in first if n in used), *sorted(used - set(first))])


def margin(theorem: Theorem, frame: Frame) -> Obligation:
    """delta = decrease/(h g^2) >= share, from the one-step inequality if it is at hand.

    Letters: z = (L0 + L1 g) h, kappa = rho(L1 h g), so that phi(L1 h g) = kappa (L1 h g)^2.
    """
    one = inequalities()["one-step"]
    t = L1 * H * G
    left = with_exp(one.left, t, 1 + t + KAPPA * t**2) / (H * G**2)
    hypotheses = [*positive(Z, KAPPA), at_most(KAPPA, frame.k), at_most(Z, frame.z), *frame.about]
    used = frame.k.symbols.union(
        frame.z.symbols, frame.share.symbols, *(r.symbols for r in frame.about)
    )
    hypotheses += [r for r in positive(L0, L1) if r.symbols <= used]
    if set(one.assumptions) <= set(theorem.assumptions):
        kept = bare(left.subs({"h": Z / (L0 + L1 * G)}))
        hypotheses.append(at_most(kept, DELTA_SHARE))
    names = in_letters(used | {"z", "kappa", "delta"})
    return Obligation("margin", names, hypotheses, at_most(frame.share, DELTA_SHARE))


def bare(left: Formula) -> Formula:
    """The same quotient after cancellation: L0, L1, g drop out of decrease/(h g^2)."""
    names = tuple(sorted(left.symbols))
    ratio = read(left, names)
    if ratio.bottom:
        raise ValueError(f"{left} has a denominator; the one-step inequality is not as expected")
    return as_formula(ratio.top.f, names)


def counting(theorem: Theorem) -> Obligation:
    """n steps of decrease >= d with a total of at most Delta, and B d >= Delta: n <= B."""
    hypotheses = [*positive(D, DELTA), at_most(0, N), at_most(DELTA, B * D)]
    if Assumption.BOUNDED_BELOW in theorem.assumptions:
        hypotheses.append(at_most(N * D, DELTA))
    return Obligation("count", "n D B Delta", hypotheses, at_most(N, B))


def linear_in_delta(theorem: Theorem) -> str:
    return f"f -> a f: Delta = 1 in the rate; the bound is linear in Delta ({theorem.key})"


def claim(
    theorem: Theorem,
    frame: Frame,
    lemmas: Sequence[Obligation],
    extra: Sequence[Relation] = (),
    uses: Sequence[str] = ("one-step", "phi"),
    paper: Sequence[PaperStep] = (),
) -> Claim:
    obligations = (*lemmas, *frame_obligations(theorem, frame, extra))
    steps = (LETTERS, INDUCTION, PaperStep(linear_in_delta(theorem)), *paper)
    return Claim(theorem.key, str(theorem.source), theorem.title, obligations, tuple(uses), steps)


def ranged(value: Fraction, limit: Fraction) -> Obligation:
    """phi(t) <= value t^2 on [0, limit]."""
    return Obligation(
        f"phi(t) <= {value} t^2 up to {limit}",
        "t",
        [at_most(0, T), at_most(T, limit)],
        at_most(phi(T), value * T**2),
    )


def size_of(theorem: Theorem) -> Formula:
    """The rule's step size at the prescribed parameters."""
    return rule(theorem.rule).size.subs(dict(theorem.prescription))


def free_size(theorem: Theorem) -> Formula:
    """The same with the prescribed L0 and L1 only; the other parameters are any."""
    constants = {name: f for name, f in theorem.prescription.items() if name in ("L0", "L1")}
    return rule(theorem.rule).size.subs(constants)


def falls(theorem: Theorem, used: str, known: Sequence[Assumption] = ()) -> Obligation:
    """The decrease of f is not below what an inequality gives, nor what is wanted of it.

    known: what the inequality assumes and another claim proves.
    """
    wanted, kept, decrease = symbol("wanted"), symbol("kept"), symbol("decrease")
    held = {*inequalities()[used].assumptions} <= {*theorem.assumptions, *known}
    gives = [at_most(kept, decrease)] if held else []
    return Obligation(
        f"so f falls by it ({used})",
        "wanted kept decrease",
        [at_most(wanted, kept), *gives],
        at_most(wanted, decrease),
    )


def margins(theorem: Theorem, argument: Formula) -> list[Relation]:
    """The theorem's conditions on its parameters, with k for rho(b)."""
    own = (c for c in theorem.conditions if not c.left.symbols | c.right.symbols <= {"L0", "L1"})
    return [below(c.left, with_k(c.right, argument)) for c in own if c.strict]


def with_k(bound: Formula, argument: Formula) -> Formula:
    """e^b is 1 + b + k b^2 with k = rho(b)."""
    return with_exp(bound, argument, 1 + argument + K * argument**2)


def claims() -> list[Claim]:
    table = theorems()
    return [
        theorem3(table["zhang2020-theorem3"]),
        sharper(table["theorem3-sharper"]),
        transferred(table["ngd-transferred"]),
        clip(table["clip"]),
        ngd(table["ngd"]),
        relaxed(table["relaxed-gd"]),
        vankov_clipped(table["vankov2024-clipped"]),
        vankov_three_quarters(table["vankov2024-clipped"]),
        constants(table),
    ]


TENTH = Fraction(1, 10)


def theorem3(theorem: Theorem) -> Claim:
    """The paper's 20: phi(t) <= t^2 on [0, 1/10], and half of h g^2 is kept."""
    half = formula(Fraction(1, 2))
    tenth, one = formula(TENTH), formula(1)
    frame = Frame(half, 2 * tenth, tenth, one, [], theorem.bound, size_of(theorem))
    return claim(theorem, frame, [ranged(Fraction(1), TENTH)])


def sharper(theorem: Theorem) -> Claim:
    """11.154: k = rho(1/10) exactly, and 1 - k/5 of h g^2 is kept."""
    bound = with_k(theorem.bound, formula(TENTH))
    about_k = [*positive(K), below(K, 5)]
    tenth = formula(TENTH)
    frame = Frame(1 - K / 5, 2 * tenth, tenth, K, about_k, bound, size_of(theorem))
    at_tenth = phi(formula(TENTH)) * 100
    lemmas = [
        Obligation(
            "phi(t) <= rho(1/10) t^2",
            "t",
            [at_most(0, T), at_most(T, TENTH)],
            at_most(phi(T), at_tenth * T**2),
        ),
        Obligation("rho(1/10) < 5", "w", [at_most(5, symbol("w"))], below(at_tenth, symbol("w"))),
        decimal(theorem, Fraction(11154, 1000)),
    ]
    return claim(theorem, frame, lemmas)


def decimal(theorem: Theorem, value: Fraction) -> Obligation:
    """The constant in front is below a decimal (the bound at L0 = eps = Delta = 1, L1 = 1/100)."""
    w, at_one = symbol("w"), constant(theorem)
    name = f"the constant is below {float(value)}"
    return Obligation(name, "w", [at_most(value, w)], below(at_one, w))


def not_below(theorem: Theorem, value: Fraction) -> Obligation:
    """The constant in front is above a decimal: with `decimal` it pins the parameters."""
    w, at_one = symbol("w"), constant(theorem)
    name = f"{theorem.key}: the constant is above {float(value)}"
    return Obligation(name, "w", [at_most(w, value)], below(w, at_one))


def constant(theorem: Theorem) -> Formula:
    """The bound with its prescribed parameters at L0 = eps = Delta = 1, L1 = 1/100."""
    at: dict[str, Formula | Fraction | int] = {
        **dict.fromkeys(("L0", "eps", "Delta"), 1),
        "L1": Fraction(1, 100),
    }
    return theorem.bound.subs(dict(theorem.prescription)).subs(at)


def transferred(theorem: Theorem) -> Claim:
    """NGD with clipping's parameters: exact where the rate is lost, at g = beta, L1 h g = 1/20.

    With v = g/(10(g + beta)) the margin is 1 - rho(v)/10, and 10v (1 - rho(v)/10) increases.
    """
    v, twentieth, tenth = symbol("v"), formula(Fraction(1, 20)), formula(TENTH)
    margin_k = with_k(theorem.bound, twentieth)
    threshold = theorem.prescription["beta"]
    about = [*positive(K), below(K, 10)]
    small = Frame(1 - K / 10, tenth, twentieth, K, about, margin_k, size_of(theorem))
    size = rule(theorem.rule).size
    half = (1 - K / 10) / 2
    about_kappa = at_most(half * (G + BETA), (1 - KAPPA / 10) * G)
    lemmas = [
        Obligation(
            "phi(t) <= rho(1/20) t^2",
            "t",
            [at_most(0, T), at_most(T, twentieth)],
            at_most(phi(T), phi(twentieth) * 400 * T**2),
        ),
        Obligation(
            "10v - phi(v)/v from v = 1/20 on",
            "v",
            [at_most(twentieth, v), at_most(v, tenth)],
            at_most((Fraction(1, 2) - phi(twentieth) * 20) * v, 10 * v**2 - phi(v)),
        ),
        decimal(theorem, Fraction(2108, 100)),
        Obligation(
            "kept for g >= beta",
            "g k eta beta kappa",
            [*positive(G, ETA, BETA), about_kappa],
            at_most(half * ETA * G, (1 - KAPPA / 10) * size * G**2),
        ),
        Obligation(
            "rate for g >= beta",
            "L0 L1 g eps k",
            [*given(theorem), at_most(threshold, G), *about],
            at_most(1, margin_k.subs({"Delta": 1}) * half * theorem.prescription["eta"] * G),
        ),
    ]
    return claim(
        theorem, small, lemmas, [at_most(G, threshold)], ("one-step", "phi", "equivalence")
    )


def clip(theorem: Theorem) -> Claim:
    """Any eta and gamma: k = rho(L1 eta gamma)."""
    reach = L1 * ETA * GAMMA
    z = L0 * ETA + reach
    about = [*positive(ETA, GAMMA, K), *margins(theorem, reach)]
    bound = with_k(theorem.bound, reach)
    frame = Frame(1 - z * K, z, reach, K, about, bound, rule("clipped").size)
    return claim(theorem, frame, [], positive(ETA, GAMMA))


def ngd(theorem: Theorem) -> Claim:
    """Any eta and beta: k = rho(L1 eta)."""
    z = ETA * maximum(L0 / BETA, L1)
    about = [*positive(ETA, BETA, K), *margins(theorem, L1 * ETA)]
    bound = with_k(theorem.bound, L1 * ETA)
    frame = Frame(1 - z * K, z, L1 * ETA, K, about, bound, rule("normalized").size)
    return claim(theorem, frame, [], positive(ETA, BETA))


def relaxed(theorem: Theorem) -> Claim:
    """theta/(L0 + L1 g): k = rho(theta), and theta < 1.2564 keeps the margin positive."""
    about = [*positive(THETA, K), *margins(theorem, THETA)]
    bound = with_k(theorem.bound, THETA)
    frame = Frame(1 - THETA * K, THETA, THETA, K, about, bound, free_size(theorem))
    margin_at = 2 * THETA + 1 - exp(THETA)
    lemmas = [
        Obligation(
            "margin up to 1.2564",
            "theta",
            [below(0, THETA), at_most(THETA, Fraction(12564, 10**4))],
            below(0, margin_at),
        ),
        Obligation(
            "no margin from 1.2565 on",
            "theta",
            [at_most(Fraction(12565, 10**4), THETA)],
            below(margin_at, 0),
        ),
    ]
    return claim(theorem, frame, lemmas, positive(THETA))


def vankov_clipped(theorem: Theorem) -> Claim:
    """min{1/(2L0), 1/(3L1 g)}: k = 3/5 on [0, 1/3] keeps 1/2."""
    third, k = Fraction(1, 3), Fraction(3, 5)
    half, size = formula(Fraction(1, 2)), size_of(theorem)
    frame = Frame(half, half + third, formula(third), formula(k), [], theorem.bound, size)
    return claim(theorem, frame, [ranged(k, third)])


def vankov_three_quarters(theorem: Theorem) -> Claim:
    """The same step keeps 3/4 of g^2/(2L0 + 3L1 g): equality as L1 g/L0 -> 0."""
    q, s = symbol("q"), symbol("s")
    bound = theorem.bound.subs({"Delta": Fraction(2, 3)})  # a = 1/2 becomes a = 3/4
    wanted = 1 / bound.subs({"eps": G})
    left = inequalities()["one-step"].left
    long: dict[str, Formula | Fraction | int] = {"L1": 1, "g": 1, "L0": s, "h": Fraction(1, 3)}
    short: dict[str, Formula | Fraction | int] = {"L1": 1, "L0": 1, "g": 2 * q, "h": Fraction(1, 2)}
    return Claim(
        "vankov2024-three-quarters",
        "relaxsmooth, beyond vankov2024, Theorem 3.1",
        "step min{1/(2 L0), 1/(3 L1 g)}: K + 1 >= (2L0/eps^2 + 3L1/eps) Delta/a with a = 3/4",
        (
            Obligation(
                "3 L1 g >= 2 L0: h = 1/(3 L1 g)",
                "s",
                [below(0, s), at_most(2 * s, 3)],
                at_most(wanted.subs(long), left.subs(long)),
            ),
            Obligation(
                "3 L1 g <= 2 L0: h = 1/(2 L0)",
                "q",
                [below(0, q), at_most(3 * q, 1)],
                at_most(wanted.subs(short), left.subs(short)),
            ),
        ),
        ("one-step", "vankov2024-clipped"),
        (
            PaperStep("units: L1 = g = 1 for the long steps, L0 = L1 = 1 for the short ones"),
            INDUCTION,
        ),
    )


def constants(table: Mapping[str, Theorem]) -> Claim:
    """The decimals of the table, and how the constants compare."""
    w, u, e_u, value = (symbol(name) for name in "wuEB")
    printed, sharp = table["zhang2020-theorem3"], table["theorem3-sharper"]
    ours = with_k(sharp.bound, formula(TENTH))
    letters = [*positive(L0, L1, EPS, DELTA, K), at_most(2 * K, 5)]
    ngd_bound = table["ngd"].bound.subs(dict(table["ngd"].prescription))
    relaxed_margin = next(
        c.right for c in table["relaxed-gd"].conditions if "theta" in c.right.symbols
    )
    at_log2 = with_exp(relaxed_margin, THETA, formula(2)).subs({"theta": w})
    near_log2 = with_exp(relaxed_margin, THETA, 2 * e_u).subs({"theta": w + u})
    return Claim(
        "constants",
        "relaxsmooth, constants of the bounds",
        "11.154 never exceeds Theorem 3's 20 and 20; ngd at beta = L0/L1, eta = 1/(10 L1): 10.546; "
        "clip at eta = 1/(2 L0), gamma = L0/(2 L1): 3.381; (L0,L1)-GD at theta = log 2: 2.589",
        (
            Obligation(
                "theorem3-sharper <= zhang2020-theorem3",
                "L0 L1 eps Delta k",
                letters,
                at_most(ours, printed.bound),
            ),
            Obligation(
                "2 rho(1/10) < 5", "w", [at_most(5, w)], below(200 * phi(formula(TENTH)), w)
            ),
            Obligation(
                "10.546",
                "L0 L1 eps Delta",
                positive(L0, L1, EPS, DELTA),
                below(ngd_bound, Fraction(10546, 1000) * (L0 / EPS**2 + L1 / EPS) * DELTA),
            ),
            not_below(table["ngd"], Fraction(10545, 1000) * Fraction(101, 100)),
            decimal(table["clip"], Fraction(3381, 1000)),
            not_below(table["clip"], Fraction(3380, 1000)),
            Obligation(
                "theta = log 2 is best, as E = e^u >= 1 + u",
                "w u E",
                [at_most(1 + u, e_u)],
                at_most(near_log2, at_log2),
            ),
            Obligation("log 2 > 0.69313", "w", [at_most(w, LOG2)], below(exp(w), 2)),
            Obligation(
                "2.589", "w B", [below(LOG2, w), equal(value, at_log2)], below(1, DECIMAL * value)
            ),
        ),
        (
            "phi",
            "theorem3-sharper",
            "zhang2020-theorem3",
            "clip",
            "ngd",
            "relaxed-gd",
            "scaling-steps",
        ),
        (PaperStep("w = log 2; k = rho(1/10)"),),
    )


LOG2, DECIMAL = Fraction(69313, 10**5), Fraction(2589, 1000)
