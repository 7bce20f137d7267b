"""The inequalities of the class, from the inequalities that relaxsmooth prints and counts with.

Scaling: x = c z and f -> a f turn (L0, L1) into (a c^2 L0, c L1), so L0 = L1 = 1 may be assumed
where both are positive; each claim that does so prints it as a paper step.
"""

from __future__ import annotations

from fractions import Fraction

from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import Relation, at_most, below, equal, positive, swap, with_exp
from relaxsmooth.formula import Formula, exp, formula, symbol
from relaxsmooth.symbols import DELTA, G_Y, L0, L1, C, G, H, M, R, phi, psi_inverse_bound
from relaxsmooth.theorem import Assumption, Inequality
from relaxsmooth.theorems import inequalities

UNIT: dict[str, Formula | Fraction | int] = {"L0": 1, "L1": 1}
SCALED = PaperStep("scaling x = c z, f -> a f: L0 = L1 = 1 without loss of generality")
T, S, U, D, E, K, P = (symbol(name) for name in ("t", "s", "u", "D", "E", "k", "p"))
RISE, GAP, V = symbol("rise"), symbol("gap"), symbol("v")
UNITS = ("scaling-inequalities",)  # what the step SCALED rests on
EULER = exp(formula(1))
GAP_STEP = PaperStep(
    "gradient flow from x: f falls at the rate g^2, |g'| <= (L0 + L1 g) g, and liminf g = 0"
)
TAYLOR = PaperStep("Taylor with integral remainder along the segment")
SEGMENT = PaperStep("‖∇f‖ along the segment is absolutely continuous with |u'| <= L0 + L1 u")


def claims() -> list[Claim]:
    return [
        *ladder_claims(),
        *growth(),
        *descent(),
        *gap(),
        *steps(),
    ]


def ladder_claims() -> list[Claim]:
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


def printed(key: str) -> Inequality:
    return inequalities()[key]


def supposed(record: Inequality, assumption: Assumption, *relations: Relation) -> list[Relation]:
    """What the assumption gives, if the inequality makes it."""
    return list(relations) if assumption in record.assumptions else []


def follows(used: str, record: Inequality, *relations: Relation) -> list[Relation]:
    """What another inequality gives, if all that it assumes is assumed."""
    return list(relations) if {*printed(used).assumptions} <= {*record.assumptions} else []


CLASS = Assumption.HESSIAN_CLASS


def growth() -> list[Claim]:
    upper, lower, four = printed("growth-upper"), printed("growth-lower"), printed("growth-4")
    y = upper.right.subs(UNIT)
    low = lower.left.subs(UNIT)
    near = [at_most(c.left.subs(UNIT), c.right.subs(UNIT)) for c in four.conditions]
    slope = with_exp(y.diff("r"), R, E), with_exp(low.diff("r"), -R, E)
    value = with_exp(y, R, E), with_exp(low, -R, E)
    tight = EULER * G + (EULER - 1)
    return [
        Claim(
            "growth",
            str(upper.source),
            "growth of the gradient: the two comparison solutions",
            (
                # the derivative of the printed right side solves u' = L0 + L1 u, u(0) = g
                Obligation("upper, ode", "g E D", [equal(D, slope[0])], equal(D, 1 + value[0])),
                Obligation("lower, ode", "g E D", [equal(D, slope[1])], equal(D, -1 - value[1])),
                Obligation("at r = 0", "g D", [equal(D, y.subs({"r": 0}))], equal(D, G)),
                Obligation("lower, at r = 0", "g D", [equal(D, low.subs({"r": 0}))], equal(D, G)),
                # v = u - y: (v e^-r)' = (v' - v) e^-r, and the other way round below
                Obligation(
                    "(u - upper) e^-r does not grow where u' <= 1 + u",
                    "g u s E",
                    supposed(upper, CLASS, at_most(S, 1 + U)),
                    at_most(S - slope[0], U - value[0]),
                ),
                Obligation(
                    "(u - lower) e^r does not fall where u' >= -(1 + u)",
                    "g u s E",
                    supposed(lower, CLASS, at_most(-(1 + U), S)),
                    at_most(value[1] - U, S - slope[1]),
                ),
            ),
            uses=UNITS,
            paper_steps=(SCALED, SEGMENT, PaperStep("comparison (Gronwall) in the gradient norm")),
        ),
        Claim(
            "growth-4",
            "zhang2020, growth lemma of the appendix",
            "r <= 1/L1 gives ‖∇f(y)‖ <= e g + (e - 1) L0/L1 <= 4 (L0/L1 + g)",
            (
                Obligation(
                    "e and e - 1",
                    "g r",
                    [at_most(0, G), at_most(0, R), *near],
                    at_most(y, tight),
                ),
                Obligation("4", "g", [at_most(0, G)], at_most(tight, four.right.subs(UNIT))),
                Obligation(
                    "the gradient at y, with E for e <= 4",
                    "g g_y E",
                    [
                        at_most(0, G),
                        at_most(E, 4),
                        *follows("growth-upper", four, at_most(G_Y, swap(tight, EULER, E))),
                    ],
                    at_most(G_Y, four.right.subs(UNIT)),
                ),
                Obligation(  # EXT: no smaller factors than e and e - 1
                    "EXT attains e g + e - 1 at r = 1",
                    "g E D",
                    [equal(D, swap(y.subs({"r": 1}), EULER, E))],
                    equal(D, swap(tight, EULER, E)),
                ),
            ),
            uses=("growth",),
            paper_steps=(SCALED,),
        ),
        Claim(
            "gradient-difference",
            str(printed("gradient-difference").source),
            "‖∇f(y) - ∇f(x)‖ <= (L0 + L1 g)(e^{L1 r} - 1)/L1, the integral of the curvature limit",
            (
                Obligation(
                    "it grows no faster: s <= 1 + v, v = ‖∇f‖ at distance r",
                    "g s v E",
                    [
                        *supposed(printed("gradient-difference"), CLASS, at_most(S, 1 + V)),
                        *follows(
                            "growth-upper", printed("gradient-difference"), at_most(V, value[0])
                        ),
                    ],
                    at_most(S, with_exp(differentiated("gradient-difference"), R, E)),
                ),
                at_zero("gradient-difference"),
                Obligation(
                    "its derivative is the curvature limit",
                    "g E D",
                    [equal(D, with_exp(differentiated("gradient-difference"), R, E))],
                    equal(D, 1 + value[0]),
                ),
            ),
            uses=("growth", *UNITS),
            paper_steps=(SCALED, SEGMENT),
        ),
    ]


def differentiated(key: str) -> Formula:
    return printed(key).right.subs(UNIT).diff("r")


def at_zero(key: str) -> Obligation:
    """The right side is 0 at r = 0."""
    start = printed(key).right.subs({**UNIT, "r": 0})
    return Obligation("0 at r = 0", "g D", [equal(D, 1 + start)], equal(D, 1))


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


def gap() -> list[Claim]:
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


def under_root(printed_root: Formula) -> Formula:
    """u of sqrt(u)."""
    if printed_root.op != "pow" or printed_root.data != Fraction(1, 2):
        raise ValueError(f"{printed_root} is no square root; the claim was written with one")
    return printed_root.args[0]


def steps() -> list[Claim]:
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
            "h = min{c/L0, c/(L1 g)} keeps half of h g^2 exactly for c <= c0, 0.4308 < c0 < 0.4309",
            half_decrease(),
            uses=("one-step", "phi"),
            paper_steps=(
                SCALED,
                PaperStep(
                    "the worst case is L1 g = L0, where (L0 + L1 g) h = 2c; f = EXT attains it"
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
        Obligation("and lost from c = 0.4309 on", "c", [at_most(high, C)], below(worst, C / 2)),
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
