"""Layer 3: is ‖∇²f(x)‖ <= L0 + L1‖∇f(x)‖ on R^d, or on a box?  Decided, or honestly UNDECIDED.

In this order: exactly (quadratic, separable and radial f, see `radial_exact`); REFUTED by a
rational point that balls confirm; PROVED by branch and bound over R^d (a core and its charts at
infinity) with a `Cover` that `recheck_nd` verifies again; UNDECIDED at the budget, with the
hardest box named.  `no_class` refutes every (L0, L1) at once, by a curve.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.box_bounds import Bounds, bounds_nd
from relaxsmooth.smoothness.box_charts import Box, check_box
from relaxsmooth.smoothness.box_cover import Budget
from relaxsmooth.smoothness.box_curves import Curve, outgrowing_curve, refuting_curve
from relaxsmooth.smoothness.box_landscape import LandscapeNd, landscape_nd
from relaxsmooth.smoothness.box_lowest import Lowest, lowest_nd
from relaxsmooth.smoothness.box_proof import BUDGET, Cover, cover, recheck_cover
from relaxsmooth.smoothness.box_witness import (
    Witness,
    likely_points,
    nearest_guess,
    shortest_violation,
    violating,
)
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.line_cover import LineCover, is_line, line_cover, recheck_line
from relaxsmooth.smoothness.minimal import checked
from relaxsmooth.smoothness.radial_exact import ExactL0, candidate_points, exact_L0
from relaxsmooth.smoothness.sloped import Sloped
from relaxsmooth.smoothness.wave_sequences import (
    WaveSequence,
    outgrowing_sequence,
    refuting_sequence,
)
from relaxsmooth.verdict import Status, Verdict

__all__ = [
    "Bounds",
    "Box",
    "Budget",
    "Cover",
    "ExactL0",
    "LandscapeNd",
    "LineCover",
    "Lowest",
    "bounds_nd",
    "exact_L0",
    "landscape_nd",
    "lowest_nd",
    "membership_nd",
    "no_class",
    "recheck_nd",
]

Escape = Curve | WaveSequence
LONGEST_CURVE = 200  # t = 2^k up to here in search of a rational witness on a curve


def membership_nd(
    problem: Problem,
    L0: Fraction | int,
    L1: Fraction | int,
    *,
    box: Box | None = None,
    budget: Budget = BUDGET,
) -> Verdict:
    """PROVED, REFUTED or UNDECIDED: ‖∇²f‖ <= L0 + L1‖∇f‖ on R^d, or on the box given.

    witness: "certificate" (an `ExactL0` or a `Cover`) where PROVED; "x" where REFUTED.
    """
    L0, L1 = checked(L0, "L0"), checked(L1, "L1")
    check_box(problem, box)
    claim = f"{problem.key} is (L0, L1)-smooth with L0 = {L0}, L1 = {L1}" + _on(problem, box)
    if isinstance(problem, Sloped) and box is None:
        return problem.member(L0, L1)
    exact = exact_L0(problem, L1) if box is None else None
    if exact is not None:
        if exact.jumps:
            claim = f"{problem.key} is in the limit class with L0 = {L0}, L1 = {L1}"
        return _by_exact(claim, exact, L0)
    curve = _known_escape(problem, L1) if box is None else None
    witness = _violation(problem, L0, L1, box, curve)
    if witness is None:
        on_line = is_line(problem, box)
        found = (
            line_cover(problem, L0, L1, budget.clock())
            if on_line
            else cover(problem, L0, L1, box, budget)
        )
        if isinstance(found, Cover | LineCover):
            reason = str(found) if on_line else f"branch and bound in balls: {found}"
            return Verdict(claim, Status.PROVED, reason, {"certificate": found})
        if isinstance(found, str):
            return Verdict(claim, Status.UNDECIDED, found)
        witness = found
    more = "" if curve is None else f"; {curve.describe(problem.variables)}"
    return refuted(claim, problem, witness, L0, L1, more)


def _violation(
    problem: Problem, L0: Fraction, L1: Fraction, box: Box | None, curve: Escape | None
) -> Witness | None:
    """A violating rational point, confirmed: where floats see one, or far out on the curve."""
    near = nearest_guess(problem, L0, L1, box)
    for x in ([] if near is None else [near]) + likely_points(problem, L1, box)[:3]:
        witness = shortest_violation(problem, x, L0, L1, box)
        if witness is not None:
            return witness
    for k in range(LONGEST_CURVE) if curve is not None else ():
        assert curve is not None
        try:
            witness = violating(problem, curve.point(Fraction(2**k + 1)), L0, L1)
        except ZeroDivisionError:  # a pole of the curve
            continue
        if witness is not None:
            return witness
    return None


def _on(problem: Problem, box: Box | None) -> str:
    if box is None:
        return ""
    sides = zip(problem.variables, box, strict=True)
    return " on " + ", ".join(f"{name} in [{a}, {b}]" for name, (a, b) in sides)


def refuted(
    claim: str, problem: Problem, found: Witness, L0: Fraction, L1: Fraction, more: str = ""
) -> Verdict:
    """REFUTED at a rational point."""
    at = ", ".join(f"{n} = {c}" for n, c in zip(problem.variables, found.x, strict=True))
    excess = found.excess.str(8, radius=False)
    reason = f"‖∇²f‖ - {L1}‖∇f‖ >= {excess} > {L0} at {at}{more}"
    margin = _minus(found.excess, L0)
    return Verdict(claim, Status.REFUTED, reason, {"x": found.x, "direction": found.v}, margin)


def _minus(excess: arb, L0: Fraction) -> arb:
    with ball(256).active():
        return ball(256).number(L0) - excess


def _by_exact(claim: str, exact: ExactL0, L0: Fraction) -> Verdict:
    value = exact.value
    if value is not None and value <= L0:
        margin = -(value - L0) if L0 else -value
        witness = {"L0*": value, "certificate": exact}
        return Verdict(claim, Status.PROVED, exact.reason, witness, margin)
    for x in [*candidate_points(exact, L0), *likely_points(exact.problem, exact.L1)]:
        found = shortest_violation(exact.problem, x, L0, exact.L1)
        if found is not None:
            return refuted(claim, exact.problem, found, L0, exact.L1, f"; {exact.reason}")
    # L0* > L0 is decided exactly, so this is a refutation without a short rational point
    return Verdict(claim, Status.REFUTED, exact.reason, {"L0*": value})


# --- every (L0, L1) at once ------------------------------------------------------------------


def no_class(problem: Problem) -> Verdict:
    """REFUTED with a curve: f is (L0, L1)-smooth for some L0, L1; UNDECIDED if none is found."""
    claim = f"{problem.key} is (L0, L1)-smooth for some L0, L1"
    if isinstance(problem, Sloped):
        return Verdict(claim, Status.UNDECIDED, "a spline on a slope has bounded ∇f and ∇²f")
    try:
        curve = _escape(problem)
    except NotDecidable as why:
        return Verdict(claim, Status.UNDECIDED, str(why))
    if curve is None:
        return Verdict(claim, Status.UNDECIDED, "no curve on which ∇²f outgrows 1 + ‖∇f‖ found")
    reason = curve.describe(problem.variables)
    return Verdict(claim, Status.REFUTED, reason, {curve.kind: curve.shown})


def _escape(problem: Problem) -> Escape | None:
    """A curve, or on the line a sequence, on which ∇²f outgrows 1 + ‖∇f‖; may be NotDecidable."""
    if problem.dimension == 1:
        return outgrowing_sequence(problem)
    return outgrowing_curve(problem)


def _known_escape(problem: Problem, L1: Fraction) -> Escape | None:
    """The same, on the line also for this L1 alone."""
    if problem.dimension == 1:
        return refuting_sequence(problem, L1)
    return refuting_curve(problem)


def recheck_nd(certificate: Cover | LineCover | ExactL0) -> Verdict:
    """The claim of a certificate decided again, from its problem and constants alone.

    Raises ValueError when the trees of a cover are damaged.
    """
    if isinstance(certificate, LineCover):
        return recheck_line(certificate)
    if isinstance(certificate, Cover):
        return recheck_cover(certificate)
    again = exact_L0(certificate.problem, certificate.L1)
    same = again is not None and str(again.value) == str(certificate.value)
    status = Status.PROVED if same else Status.REFUTED
    return Verdict(f"L0*({certificate.L1}) = {certificate.value}", status, certificate.reason)
