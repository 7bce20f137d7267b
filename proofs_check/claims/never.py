"""Functions of no class: for every (L0, L1) a point of the witness curve at which
‖∇²f‖ > L0 + L1‖∇f‖; and a sum of two members that is no member.

f, its gradient and its Hessian are those of the problems that relaxsmooth ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, below, equal, read, within
from relaxsmooth.formula import Formula, absolute, formula, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.problems import plane
from relaxsmooth.symbols import L0, L1

V, S, C, D = (symbol(name) for name in "vscd")
ENTRY = PaperStep("‖∇²f‖ is at least the absolute value of each diagonal entry")
NONNEGATIVE = (at_most(0, L0), at_most(0, L1))
FAR = 1 + L0 + L1
Curve = Mapping[str, Formula | Fraction | int]


def claims() -> list[Claim]:
    shipped = {p.key: p for p in plane.PROBLEMS}
    return [
        never("x2y2", shipped["x2y2"], {"x": FAR, "y": 0}, "y"),
        never("product", shipped["product"], {"x": FAR, "y": 1 / FAR}, "y"),
        never("product3", shipped["product3"], {"w1": FAR, "w2": 1 / FAR, "w3": 1}, "w2"),
        never("rosenbrock", shipped["rosenbrock"], {"x": FAR, "y": FAR**2}, "x"),
        not_closed_under_sums(),
    ]


def never(key: str, problem: Problem, curve: Curve, entry: str) -> Claim:
    """curve: the point for (L0, L1); entry: the variable of the diagonal entry that is too large.

    At most one component of the gradient differs from 0 on the curve, and it is the norm.
    """
    i = problem.variables.index(entry)
    gradient = [component.subs(curve) for component in problem.gradient]
    large = problem.hessian[i][i].subs(curve)
    moving = [g for g in gradient if not vanishes(g)]
    norm = moving[0] if moving else formula(0)  # on the curve of Rosenbrock's function
    signs = [
        Obligation("the other component is its size", "L0 L1", NONNEGATIVE, at_most(0, norm))
        for _ in moving
    ]
    zero = [
        Obligation(
            f"df/d{name} = 0 on the curve", "L0 L1 d", [*NONNEGATIVE, equal(D, 1 + g)], equal(D, 1)
        )
        for name, g in zip(problem.variables, gradient, strict=True)
        if vanishes(g)
    ]
    where = ", ".join(f"{name} = {value}" for name, value in curve.items())
    return Claim(
        f"never-{key}",
        "relaxsmooth, functions in no class",
        f"{problem.objective} is in the class for no (L0, L1): see {where}",
        (
            *zero,
            *signs,
            Obligation(
                "‖∇²f‖ > L0 + L1‖∇f‖",
                "L0 L1",
                NONNEGATIVE,
                below(L0 + L1 * norm, large),
            ),
        ),
        paper_steps=(ENTRY,),
    )


def vanishes(g: Formula) -> bool:
    """Whether the component is the zero function of (L0, L1); the claim then proves that it is."""
    return not read(g, ("L0", "L1")).top.f


def not_closed_under_sums() -> Claim:
    """f = -e^x + sin(e^{x/2}) for x >= 0, v = e^{x/2} >= 1, s = sin v, c = cos v.

    f' = -v^2 + (v/2) c, f'' = -v^2 + (v/4) c - (v^2/4) s, and e^x has f' = f'' = v^2.
    """
    sine, sine2 = V / 2 * C, V / 4 * C - V**2 / 4 * S  # of sin(e^{x/2}): f', f''
    circle = [at_most(1, V), *within(S, 1), *within(C, 1)]
    top: Curve = {"s": 1, "c": 0}
    return Claim(
        "never-sum",
        "relaxsmooth, functions in no class",
        "e^x and -e^x + sin(e^{x/2}) on x >= 0 are in the class (1, 2); their sum is in none",
        (
            Obligation(
                "e^x is a member", "v", [at_most(1, V)], at_most(absolute(V**2), 2 * absolute(V**2))
            ),
            Obligation(
                "the other is a member",
                "v s c",
                circle,
                at_most(absolute(-(V**2) + sine2), 1 + 2 * absolute(-(V**2) + sine)),
            ),
            Obligation(
                "the sum is not: sin v = 1, cos v = 0, v^2 > 4 L0",
                "L0 L1 v",
                [*NONNEGATIVE, below(4 * L0, V**2)],
                below(L0 + L1 * sine.subs(top), -sine2.subs(top)),
            ),
        ),
        paper_steps=(
            PaperStep("sin v = 1, cos v = 0 at v = pi/2 + 2 pi k, which exceeds every number"),
            PaperStep(
                "sin is not in the vocabulary of relaxsmooth: f', f'' are written here by hand"
            ),
        ),
    )
