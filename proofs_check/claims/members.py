"""Functions with exactly known constants: |f''| <= L0 + L1 |f'| everywhere, and at one point L0
cannot be less.

f, L0 and L1 are read from the problems that relaxsmooth ships or constructs.
"""

from __future__ import annotations

from fractions import Fraction

from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import Relation, at_most, below, positive
from relaxsmooth.formula import Formula, absolute, exp, log, number, rebuild, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.problems.exponentials import PROBLEMS as EXPONENTIALS
from relaxsmooth.problems.hard import ext, paper1, paper2, ramp
from relaxsmooth.problems.powers import PROBLEMS as POWERS
from relaxsmooth.symbols import R

X, L, U = symbol("x"), symbol("l"), symbol("u")
ONE = Fraction(1)
C2 = PaperStep("f' and f'' are derived symbolically; where f is piecewise, f'' agrees at the joint")
SCALING = PaperStep("other L0, L1 by x = c z and f -> a f")
RADIAL = PaperStep("on R^d the largest eigenvalue of the Hessian of h(r) is h''(r) for these h")


# by family: the formula of TWIST, which no claim reads, takes longer than all others together
SHIPPED = {p.key: p for p in (*EXPONENTIALS, *POWERS)}


def claims() -> list[Claim]:
    found = [
        member("x4", SHIPPED["quartic"], Fraction(2)),
        member("x6", SHIPPED["sextic"], Fraction(4)),
        member("cosh", SHIPPED["cosh"], Fraction(0), "u"),
        member("log-cosh", SHIPPED["log_cosh"], Fraction(0), "u"),
        member("softplus", SHIPPED["softplus"], None, "u"),
        member("takezawa", SHIPPED["takezawa"], Fraction(0)),
        member("ext", ext(1, 1, 2), ONE, "even"),
        member("paper1", paper1(2, 5), Fraction(0), "even"),
        member("paper2", paper2(Fraction(1, 100)), Fraction(0)),
        member("ramp", ramp(Fraction(1, 100), Fraction(101, 100), 1, 1), Fraction(0)),
    ]
    return [*found, *(power(p) for p in (3, 4, 5)), exponential(), softplus_frontier(), any_slope()]


def inequality(
    f: Formula, L0: Formula | Fraction | int, L1: Formula | Fraction | int, name: str = "x"
) -> Relation:
    slope = f.diff(name)
    return at_most(absolute(slope.diff(name)), L0 + L1 * absolute(slope))


def at_log(f: Formula, u: Formula) -> Formula:
    """f at x = log(u), u > 0, where e^{cx} = u^c."""

    def as_power(node: Formula) -> Formula | None:
        if node.op != "exp":
            return None
        c = node.args[0].subs({"x": 1}).value
        return u**c if c is not None and node.args[0] == c * X else None

    return rebuild(f, as_power).subs({"x": log(u)})


WAYS = {
    "u": PaperStep("u = e^x runs through all u > 0"),
    "even": PaperStep("f is even, so x >= 0 is enough"),
}


def everywhere(goal: Relation, way: str) -> Obligation:
    """The inequality for every x; way "u": written in u = e^x; "even": for x >= 0."""
    if way == "u":
        left, right = (at_log(exponentials(side), U) for side in (goal.left, goal.right))
        return Obligation("in the class", "u", positive(U), Relation(left, goal.sign, right))
    return Obligation("in the class", "x", [at_most(0, X)] if way else [], goal)


def exponentials(root: Formula) -> Formula:
    """cosh, sinh and tanh written with e^x."""

    def written(node: Formula) -> Formula | None:
        if node.op not in ("cosh", "sinh", "tanh"):
            return None
        up, down = exp(node.args[0]), exp(-node.args[0])
        sign = 1 if node.op == "cosh" else -1
        return (up - down) / (up + down) if node.op == "tanh" else (up + sign * down) / 2

    return rebuild(root, written)


def member(key: str, problem: Problem, attained: Fraction | None, way: str = "") -> Claim:
    """attained: a point at which L0 is needed; None where L0 = 0, which nothing is below."""
    L0, L1 = problem.constants["L0"], problem.constants["L1"]
    f = problem.objective
    least = []
    if attained is not None:
        at = inequality(f, L, L1)
        here = Relation(at.left.subs({"x": attained}), "<=", at.right.subs({"x": attained}))
        least = [Obligation("and no smaller L0", "l", [here], at_most(L0, L))]
    return Claim(
        f"member-{key}",
        "relaxsmooth, functions with exactly known constants",
        f"{problem.title or f}: minimal L0 = {L0} at L1 = {L1}",
        (everywhere(inequality(f, number(L0), L1), way), *least),
        paper_steps=(C2, SCALING, *((WAYS[way],) if way else ())),
    )


def power(p: int) -> Claim:
    """‖x‖^p/p: (p - 1) r^(p-2) <= (p - 2)^(p-2) + r^(p-1), with equality at r = p - 2."""
    f, least = R**p / p, Fraction((p - 2) ** (p - 2))
    goal = inequality(f, number(least), ONE, "r")
    at = inequality(f, L, ONE, "r")
    here = Relation(at.left.subs({"r": p - 2}), "<=", at.right.subs({"r": p - 2}))
    return Claim(
        f"member-power{p}",
        "relaxsmooth, functions with exactly known constants",
        f"‖x‖^{p}/{p}: minimal L0 = {least} at L1 = 1",
        (
            Obligation("in the class", "r", [at_most(0, R)], goal),
            Obligation("and no smaller L0", "l", [here], at_most(least, L)),
        ),
        paper_steps=(RADIAL, SCALING),
    )


def exponential() -> Claim:
    """e^x: f'' = f' > 0, so L0 = 0 at L1 = 1; no slope below 1 does, whatever L0."""
    slope = symbol("L1")
    at = inequality(SHIPPED["exp"].objective, L, slope)
    at_u = Relation(at_log(at.left, U), "<=", at_log(at.right, U))
    return Claim(
        "member-exp",
        "relaxsmooth, functions with exactly known constants",
        "e^x: (L0, L1)-smooth for every L0 >= 0 at L1 >= 1, for no L0 at L1 < 1",
        (
            Obligation(
                "in the class", "u L1 l", [*positive(U), at_most(0, L), at_most(1, slope)], at_u
            ),
            Obligation(
                "not at L1 < 1, where (1 - L1) e^x > L0",
                "u L1 l",
                [*positive(U), at_most(0, slope), below(L, (1 - slope) * U)],
                below(at_u.right, at_u.left),
            ),
        ),
        paper_steps=(C2, WAYS["u"]),
    )


def softplus_frontier() -> Claim:
    """log(1 + e^x) at any slope: 4 L0 >= (1 - L1)^2, needed at e^x = (1 - L1)/(1 + L1)."""
    q, w = symbol("q"), symbol("w")
    slope = 1 - 2 * w  # L1
    least = (1 - slope) ** 2 / 4
    given = [at_most(0, w), at_most(2 * w, 1)]
    at = inequality(SHIPPED["softplus"].objective, L, slope)

    def at_u(u: Formula) -> Relation:
        return Relation(at_log(at.left, u), "<=", at_log(at.right, u))

    odds, worst = q / (1 - q), (1 - slope) / (1 + slope)
    return Claim(
        "frontier-softplus",
        "relaxsmooth, functions with exactly known constants",
        "log(1 + e^x): (L0, L1)-smooth iff 4 L0 >= (1 - L1)^2, for 0 <= L1 < 1",
        (
            Obligation(
                "in the class",
                "q w l",
                [*positive(q, 1 - q), *given, at_most(least, L)],
                at_u(odds),
            ),
            Obligation(
                "and no smaller L0",
                "w l",
                [*given, below(0, w), at_u(worst)],
                at_most(least, L),
            ),
        ),
        paper_steps=(C2, PaperStep("q = e^x/(1 + e^x) runs through (0, 1); w = (1 - L1)/2")),
    )


def any_slope() -> Claim:
    """Where f'' is largest at a zero of f', the minimal L0 is the same at every slope."""
    slope = symbol("L1")
    cases = {
        "log cosh": (SHIPPED["log_cosh"], "u"),
        "second hard function": (paper2(Fraction(1, 100)), ""),
        "ramp": (ramp(Fraction(1, 100), Fraction(101, 100), 1, 1), ""),
    }
    obligations = []
    for name, (problem, way) in cases.items():
        L0 = problem.constants["L0"]
        goal = everywhere(inequality(problem.objective, number(L0), 0), way)
        obligations.append(
            Obligation(f"{name}: |f''| <= {L0}", goal.variables, goal.hypotheses, goal.goal)
        )
        at = inequality(problem.objective, L, slope)
        obligations.append(
            Obligation(
                f"{name}: no smaller L0 at any slope",
                "l L1",
                [Relation(at.left.subs({"x": 0}), "<=", at.right.subs({"x": 0}))],
                at_most(L0, L),
            )
        )
    return Claim(
        "member-any-slope",
        "relaxsmooth, functions with exactly known constants",
        "log cosh, the second hard function, the ramp: the minimal L0 is max f'' at every L1 >= 0",
        tuple(obligations),
        paper_steps=(C2, SCALING, WAYS["u"]),
    )
