"""The L1 = 0 anchor: GD with h = 1/L on an L-smooth f, min of ‖∇f(x_k)‖^2 over k = 0..N.

At z = x+ + ∇f(x+)/(2L) the quadratic below f from x+ and the quadratic above f from x meet:

    f(x+) + <g+, z - x+> - L/2 ‖z - x+‖^2 <= f(z) <= f(x) + <g, z - x> + L/2 ‖z - x‖^2,

so one step lowers f by ‖g‖^2/(2L) + ‖g+‖^2/(4L); the last gradient costs ‖g_N‖^2/(2L) more.
"""

from __future__ import annotations

from proofs_check.claims.inequalities import under_root
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, positive
from relaxsmooth.formula import symbol
from relaxsmooth.symbols import DELTA
from relaxsmooth.theorem import Assumption
from relaxsmooth.theorems import theorems

A, B = symbol("a"), symbol("b")  # ‖g‖^2, ‖g+‖^2
F, NEXT, AT_Z, Q, N, LEAST, L = (symbol(n) for n in ("F", "Fnext", "Fz", "q", "n", "least", "L"))


def claims() -> list[Claim]:
    return [anchor()]


def anchor() -> Claim:
    theorem = theorems()["smooth-anchor"]
    h = theorem.prescription["h"]
    smooth = Assumption.SMOOTH_BELOW in theorem.assumptions
    # z - x+ = g+/(2L), z - x = -h g + g+/(2L), q = <g, g+>
    below_z = NEXT + B / (2 * L) - L / 2 * B / (4 * L**2)
    apart = h**2 * A - h * Q / L + B / (4 * L**2)  # ‖z - x‖^2
    above_z = F + (-h * A + Q / (2 * L)) + L / 2 * apart
    both = [at_most(below_z, AT_Z), at_most(AT_Z, above_z)] if smooth else []
    last = [at_most(NEXT, F - A / L + L / 2 * A / L**2)] if smooth else []
    falls = N * (LEAST / (2 * L) + LEAST / (4 * L)) + LEAST / (2 * L)
    bounded = Assumption.BOUNDED_BELOW in theorem.assumptions
    step = A / (2 * L) + B / (4 * L)
    bound = under_root(theorem.bound.subs({"N": N + 1}))  # x_0, ..., x_n
    return Claim(
        "smooth-anchor",
        "abbaszadehpeivasti2022, h = 1/L (upper part)",
        "L1 = 0, h = 1/L: min ‖∇f‖^2 over 0..N <= 4 L Delta/(3N + 2)",
        (
            Obligation(
                "one step: f(x) - f(x+) >= ‖g‖^2/(2L) + ‖g+‖^2/(4L)",
                "L a b q F Fnext Fz",
                [*positive(L), *both],
                at_most(step, F - NEXT),
            ),
            Obligation(
                "the last gradient: f(x) - f* >= ‖g‖^2/(2L)",
                "L a F Fnext",
                [*positive(L), *last],
                at_most(A / (2 * L), F - NEXT),
            ),
            Obligation(
                "N steps and the last gradient",
                "L n least Delta",
                [
                    *positive(L),
                    at_most(0, N),
                    *([at_most(falls, DELTA)] if bounded else []),
                ],
                at_most(LEAST, bound),
            ),
        ),
        paper_steps=(
            PaperStep("|f(y) - f(x) - <∇f(x), y - x>| <= L/2 ‖y - x‖^2: Taylor with L1 = 0"),
            PaperStep(
                "f(x - g/L) >= f*; each ‖g_k‖^2 >= least; that it is tight is not claimed here"
            ),
        ),
    )
