"""Layer 3: is ‖∇²f(x)‖ <= L0 + L1‖∇f(x)‖ on R^d, or on a box?  Decided, or honestly UNDECIDED.

In this order: exactly (quadratic, separable and radial f, see `radial_exact`); REFUTED by a
rational point that balls confirm; PROVED by branch and bound over R^d (a core and its charts at
infinity) with a `Cover` that `recheck_nd` verifies again; UNDECIDED at the budget, with the
hardest box named.  `no_class` refutes every (L0, L1) at once, by a curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd

from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import lower_end, round_up
from relaxsmooth.smoothness.algebraic import Algebraic
from relaxsmooth.smoothness.box_charts import Box, Chart, core, whole_space
from relaxsmooth.smoothness.box_cover import Budget, Clock, Outcome, recheck_tree, search
from relaxsmooth.smoothness.box_curves import outgrowing_curve
from relaxsmooth.smoothness.box_fields import fields, refuse_cases
from relaxsmooth.smoothness.box_tests import Curvature
from relaxsmooth.smoothness.box_witness import (
    Witness,
    excess_at,
    likely_points,
    nearest_guess,
    shortest_violation,
    violating,
)
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.minimal import checked
from relaxsmooth.smoothness.radial_exact import ExactL0, candidate_points, exact_L0
from relaxsmooth.verdict import Status, Verdict

BUDGET = Budget()
Plan = tuple[Fraction, tuple[int, ...]]  # R and the weights of the charts of R^d
GENEROUS, TRIAL_BOXES = 16, 300  # weights are tried at 16 (L0 + 1), d times 300 boxes on a face
LARGEST_WEIGHT = {2: 6, 3: 3}  # by dimension; (1, ..., 1) alone in more
MOST_IMPROVEMENTS = 6  # of the lower bound, at one width of the gap
LONGEST_CURVE = 200  # t = 2^k up to here in search of a rational witness on a curve


@dataclass(frozen=True, eq=False)
class Cover:
    """Why the inequality holds: R^d (or the box) halved into parts on which balls decide it.

    trees: for every chart the halvings in preorder.  R and weights fix the charts of R^d.
    """

    problem: Problem
    L0: Fraction
    L1: Fraction
    box: Box | None
    R: Fraction
    weights: tuple[int, ...]
    trees: tuple[bytes, ...]
    leaves: int

    def charts(self) -> list[Chart]:
        return _charts(self.problem, self.box, self.R, self.weights)

    def __str__(self) -> str:
        return f"{self.leaves} boxes in {len(self.trees)} charts"


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
    claim = f"{problem.key} is (L0, L1)-smooth with L0 = {L0}, L1 = {L1}" + _on(problem, box)
    exact = exact_L0(problem, L1) if box is None else None
    if exact is not None:
        return _by_exact(claim, exact, L0)
    near = nearest_guess(problem, L0, L1, box)
    for x in ([] if near is None else [near]) + likely_points(problem, L1, box)[:3]:
        witness = shortest_violation(problem, x, L0, L1, box)
        if witness is not None:
            return refuted(claim, problem, witness, L0, L1, _never(problem, box))
    along = _by_curve(claim, problem, L0, L1, box)
    if along is not None:
        return along
    found = cover(problem, L0, L1, box, budget)
    if isinstance(found, Cover):
        reason = f"branch and bound in balls: {found}"
        return Verdict(claim, Status.PROVED, reason, {"certificate": found})
    if isinstance(found, Witness):
        return refuted(claim, problem, found, L0, L1)
    return Verdict(claim, Status.UNDECIDED, found)


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
    try:
        curve = outgrowing_curve(problem)
    except NotDecidable as reason:
        return Verdict(claim, Status.UNDECIDED, str(reason))
    if curve is None:
        return Verdict(claim, Status.UNDECIDED, "no curve with bounded ∇f and unbounded ∇²f found")
    reason = f"{curve.describe(problem.variables)}, t -> oo: no (L0, L1) fits"
    return Verdict(claim, Status.REFUTED, reason, {"curve": tuple(map(str, curve.x))})


def _never(problem: Problem, box: Box | None) -> str:
    verdict = no_class(problem) if box is None else None
    refuted_always = verdict is not None and verdict.status is Status.REFUTED
    return f"; {verdict.reason}" if verdict is not None and refuted_always else ""


def _by_curve(
    claim: str, problem: Problem, L0: Fraction, L1: Fraction, box: Box | None
) -> Verdict | None:
    """REFUTED by a point of a curve on which ∇²f outgrows ∇f."""
    try:
        curve = outgrowing_curve(problem) if box is None else None
    except NotDecidable:
        return None
    for k in range(LONGEST_CURVE) if curve is not None else ():
        assert curve is not None
        try:
            x = curve.point(Fraction(2**k + 1))
        except ZeroDivisionError:
            continue
        found = violating(problem, x, L0, L1)
        if found is not None:
            more = f"; {curve.describe(problem.variables)}, t -> oo: no (L0, L1) fits"
            return refuted(claim, problem, found, L0, L1, more)
    return None


# --- branch and bound ------------------------------------------------------------------------


def cover(
    problem: Problem,
    L0: Fraction,
    L1: Fraction,
    box: Box | None = None,
    budget: Budget | Clock = BUDGET,
    plan: Plan | None = None,
) -> Cover | Witness | str:
    """A Cover, a violating Witness, or why neither was found (naming the hardest box)."""
    clock = budget.clock() if isinstance(budget, Budget) else budget
    try:
        refuse_cases(problem)
        R, weights = plan or fitting_plan(problem, L0, L1, box, clock)
    except NotDecidable as reason:
        return str(reason)
    outcomes: list[Outcome] = []
    for chart in _charts(problem, box, R, weights):
        done = search(Curvature(chart, L0, L1), chart.box, clock)
        if done.suspect is not None:
            x = chart.point(done.suspect)
            witness = violating(problem, x, L0, L1) if x else None
            if witness is not None:
                return witness
        if not done.complete:
            return _trouble(chart, done)
        outcomes.append(done)
    leaves = sum(done.leaves for done in outcomes)
    trees = tuple(done.tree for done in outcomes)
    return Cover(problem, L0, L1, box, R, weights, trees, leaves)


def fitting_plan(
    problem: Problem, L0: Fraction, L1: Fraction, box: Box | None, clock: Clock
) -> Plan:
    """R and weights whose faces can be covered at a generous L0 (weights (1, ..., 1) if none).

    On the right weights ∇f does not vanish with ∇²f at infinity, and few boxes suffice.
    """
    d = problem.dimension
    ones = (1,) * d
    if box is not None:
        return Fraction(1), ones
    far = max((abs(c) for x in likely_points(problem, L1)[:1] for c in x), default=Fraction(1))
    R = Fraction(2) ** max(2, int(far).bit_length() + 1)
    top, most = LARGEST_WEIGHT.get(d, 1), TRIAL_BOXES * d
    weights = [w for w in product(range(1, top + 1), repeat=d) if gcd(*w) == 1]
    for w in sorted(weights, key=lambda w: (sum(w), w)):
        generous = [
            search(Curvature(chart, GENEROUS * (L0 + 1), L1), chart.box, clock, most)
            for chart in _charts(problem, None, R, w)
            if chart.face is not None
        ]
        if all(done.complete for done in generous):
            return R, w
    return R, ones


def _trouble(chart: Chart, done: Outcome) -> str:
    if done.suspect is not None:
        at = ", ".join(
            f"{n} = {float(c):.6g}" for n, c in zip(chart.names, done.suspect, strict=True)
        )
        return f"a violation is suspected in {chart.title} at {at}, and balls do not confirm it"
    sides = zip(chart.names, done.hardest or (), strict=True)
    where = ", ".join(f"{n} in [{float(a):.6g}, {float(b):.6g}]" for n, (a, b) in sides)
    return f"undecided after {done.examined} boxes; the hardest is {where} in {chart.title}"


def _charts(problem: Problem, box: Box | None, R: Fraction, weights: Sequence[int]) -> list[Chart]:
    refuse_cases(problem)
    of = fields(problem)
    return whole_space(of, R, weights) if box is None else [core(of, box)]


def recheck_nd(certificate: Cover | ExactL0, L0: Fraction | None = None) -> Verdict:
    """The claim of a certificate decided again: every leaf in balls of more bits.

    Raises ValueError when the tree of halvings is damaged.
    """
    if isinstance(certificate, ExactL0):
        again = exact_L0(certificate.problem, certificate.L1)
        same = again is not None and str(again.value) == str(certificate.value)
        status = Status.PROVED if same else Status.REFUTED
        return Verdict(f"L0*({certificate.L1}) = {certificate.value}", status, certificate.reason)
    claim = f"{certificate.problem.key}: L0 = {certificate.L0}, L1 = {certificate.L1}"
    leaves = 0
    charts = certificate.charts()
    if len(charts) != len(certificate.trees):
        raise ValueError(f"{len(certificate.trees)} trees for {len(charts)} charts; it is damaged")
    for chart, tree in zip(charts, certificate.trees, strict=True):
        count, failed = recheck_tree(
            Curvature(chart, certificate.L0, certificate.L1), chart.box, tree
        )
        leaves += count
        if failed is not None:
            where = Outcome(b"", count, hardest=failed)
            return Verdict(claim, Status.UNDECIDED, _trouble(chart, where))
    return Verdict(claim, Status.PROVED, f"{leaves} boxes decided again in {len(charts)} charts")


# --- bounds of L0* ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Bounds:
    """lower <= L0*(L1) <= upper (None: not bounded); exact where one variable decides it.

    at: a rational point where ‖∇²f‖ - L1‖∇f‖ >= lower; certificate: why upper is valid.
    """

    problem: Problem
    L1: Fraction
    lower: Fraction
    upper: Fraction | None
    exact: Algebraic | None
    at: tuple[Fraction, ...] | None
    certificate: Cover | ExactL0 | None
    reason: str

    def __str__(self) -> str:
        if self.exact is not None:
            return f"L0*({self.L1}) = {self.exact}"
        upper = "infinity" if self.upper is None else f"{float(self.upper):.8g}"
        return f"{float(self.lower):.8g} <= L0*({self.L1}) <= {upper}"


def bounds_nd(
    problem: Problem,
    L1: Fraction | int,
    *,
    gap: Fraction = Fraction(1, 1000),
    box: Box | None = None,
    budget: Budget = BUDGET,
) -> Bounds:
    """Certified bounds of L0*(L1), upper <= (1 + gap) lower where the budget allows.

    Each widening of the gap (by 8) is tried until one is PROVED; none: upper is None.
    """
    L1 = checked(L1, "L1")
    exact = exact_L0(problem, L1) if box is None else None
    if exact is not None:
        return _exact_bounds(exact)
    found = [excess_at(problem, x, L1) for x in likely_points(problem, L1, box)[:3]]
    finite = [w for w in found if w.excess.is_finite()]
    if not finite:
        reason = f"∇²f of {problem.key} has no value where it was sampled"
        return Bounds(problem, L1, Fraction(0), None, None, None, None, reason)
    best = max(finite, key=_lower)
    lower = max(Fraction(0), lower_end(best.excess))
    never = _never(problem, box)
    if never:
        return Bounds(problem, L1, lower, None, None, best.x, None, never.lstrip("; "))
    reason = ""
    return _squeezed(problem, L1, lower, best, gap, box, budget.clock())


def _squeezed(
    problem: Problem,
    L1: Fraction,
    lower: Fraction,
    best: Witness,
    gap: Fraction,
    box: Box | None,
    clock: Clock,
) -> Bounds:
    """From a lower bound, the least (1 + gap 8^k) lower that is PROVED."""
    reason, plan = "", None
    for width in (gap, 8 * gap, 64 * gap, 512 * gap):
        for _ in range(MOST_IMPROVEMENTS):
            upper = round_up(lower * (1 + width) or gap, 24)
            try:
                plan = plan or fitting_plan(problem, upper, L1, box, clock)
            except NotDecidable as why:
                return Bounds(problem, L1, lower, None, None, best.x, None, str(why))
            answer = cover(problem, upper, L1, box, clock.part(Fraction(1, 2)), plan)
            if not isinstance(answer, Witness):
                break
            nearby = likely_points(problem, L1, box, near=answer.x)[0]
            best = max(answer, excess_at(problem, nearby, L1), key=lambda w: _lower(w))
            lower = max(lower, lower_end(best.excess))
        if isinstance(answer, Cover):
            return Bounds(problem, L1, lower, upper, None, best.x, answer, f"by {answer}")
        reason = answer if isinstance(answer, str) else "L0* looks infinite"
    return Bounds(problem, L1, lower, None, None, best.x, None, reason)


def _lower(found: Witness) -> float:
    return float(found.excess.lower()) if found.excess.is_finite() else float("-inf")


def _exact_bounds(exact: ExactL0) -> Bounds:
    if exact.value is None:
        return Bounds(exact.problem, exact.L1, Fraction(0), None, None, None, exact, exact.reason)
    near = exact.value.enclosure(64)
    low, high = lower_end(near), -lower_end(-near)
    rational = exact.value.as_fraction()
    low, high = (rational, rational) if rational is not None else (low, high)
    return Bounds(
        exact.problem, exact.L1, max(low, Fraction(0)), high, exact.value, None, exact, exact.reason
    )
