"""What the claims about the inequalities of the class share: letters, steps on paper, records.

Scaling: x = c z and f -> a f turn (L0, L1) into (a c^2 L0, c L1), so L0 = L1 = 1 may be assumed
where both are positive; each claim that does so prints it as a paper step.
"""

from __future__ import annotations

from fractions import Fraction

from proofs_check.ledger import Obligation, PaperStep
from proofs_check.reduction import Relation, equal
from relaxsmooth.formula import Formula, exp, formula, symbol
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
CLASS = Assumption.HESSIAN_CLASS


def printed(key: str) -> Inequality:
    return inequalities()[key]


def supposed(record: Inequality, assumption: Assumption, *relations: Relation) -> list[Relation]:
    """What the assumption gives, if the inequality makes it."""
    return list(relations) if assumption in record.assumptions else []


def follows(used: str, record: Inequality, *relations: Relation) -> list[Relation]:
    """What another inequality gives, if all that it assumes is assumed."""
    return list(relations) if {*printed(used).assumptions} <= {*record.assumptions} else []


def differentiated(key: str) -> Formula:
    return printed(key).right.subs(UNIT).diff("r")


def at_zero(key: str) -> Obligation:
    """The right side is 0 at r = 0."""
    start = printed(key).right.subs({**UNIT, "r": 0})
    return Obligation("0 at r = 0", "g D", [equal(D, 1 + start)], equal(D, 1))


def under_root(printed_root: Formula) -> Formula:
    """u of sqrt(u)."""
    if printed_root.op != "pow" or printed_root.data != Fraction(1, 2):
        raise ValueError(f"{printed_root} is no square root; the claim was written with one")
    return printed_root.args[0]
