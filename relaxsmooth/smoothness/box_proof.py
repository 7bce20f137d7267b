"""Layer 3: the proof by branch and bound that ‖∇²f‖ <= L0 + L1‖∇f‖ on R^d or on a box.

A `Cover` records the charts and, for each, the tree of halvings whose leaves balls decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from relaxsmooth.domain import positive_parts, restrictions
from relaxsmooth.formula import ONE, Formula
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import in_digits
from relaxsmooth.smoothness.box_charts import Box, Chart, balanced_weights, core, whole_space
from relaxsmooth.smoothness.box_convex import is_affine
from relaxsmooth.smoothness.box_cover import Budget, Clock, Outcome, recheck_tree, search
from relaxsmooth.smoothness.box_fields import fields, refuse_cases
from relaxsmooth.smoothness.box_tests import Curvature, Floor
from relaxsmooth.smoothness.box_witness import Witness, likely_points, violating
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.verdict import Status, Verdict

BUDGET = Budget()
LEAST = Fraction(1, 2**64)  # an argument of a logarithm is shown to be at least this
Plan = tuple[Fraction, tuple[int, ...]]  # R and the weights of the charts of R^d
GENEROUS = 16  # weights are tried at 16 (L0 + 1),
PLAIN_TRIAL, TRIAL_BOXES = 1000, 300  # with d times so many boxes on a face; (1, ..., 1) with more


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

    def charts(self) -> tuple[Chart, ...]:
        return charts_of(self.problem, self.box, self.R, self.weights)

    def __str__(self) -> str:
        return f"{self.leaves} boxes in {len(self.trees)} charts"


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
        refuse_undefined(problem, box, clock)
        R, weights = plan or fitting_plan(problem, L0, L1, box, clock)
    except NotDecidable as reason:
        return str(reason)
    outcomes: list[Outcome] = []
    for chart in charts_of(problem, box, R, weights):
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


def refuse_undefined(problem: Problem, box: Box | None, clock: Clock) -> None:
    """NotDecidable unless f is shown to be defined: ∇f and ∇²f may have values where f has none.

    On R^d by its form, on a box also by balls.
    """
    logarithms = positive_parts(problem.objective)
    for u in restrictions(problem.objective):
        if box is not None and (
            (u not in logarithms and _is_least_at_corners(u, problem.variables, box))
            or _is_certainly_positive(u, problem.variables, box, clock)
        ):
            continue
        what = f"log({u}) is defined" if u in logarithms else f"{u} > 0"
        raise NotDecidable(f"{problem.key}: it is not shown that {what} everywhere")


def _is_certainly_positive(u: Formula, names: tuple[str, ...], box: Box, clock: Clock) -> bool:
    chart = Chart("the box", names, box, ONE, (), (), ())
    return search(Floor(chart, u, LEAST), box, clock.part(Fraction(1, 4))).complete


def _is_least_at_corners(u: Formula, names: tuple[str, ...], box: Box) -> bool:
    """u is affine and >= 0 on the box, exactly: a root of u may begin on its boundary."""
    if not is_affine(u, names):
        return False
    corners = (dict(zip(names, x, strict=True)) for x in product(*box))
    values = (u.subs(x).value for x in corners)
    return all(value is not None and value >= 0 for value in values)


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
    candidates = balanced_weights(d)
    for w in candidates if len(candidates) > 1 else ():
        faces = [chart for chart in charts_of(problem, None, R, w) if chart.face is not None]
        most = (PLAIN_TRIAL if w == ones else TRIAL_BOXES) * d
        generous = (
            search(Curvature(chart, GENEROUS * (L0 + 1), L1), chart.box, clock, most)
            for chart in faces
        )
        if all(done.complete for done in generous):  # lazily: the first failure ends the trial
            return R, w
    return R, ones


def _trouble(chart: Chart, done: Outcome) -> str:
    if done.suspect is not None:
        at = ", ".join(
            f"{n} = {in_digits(c)}" for n, c in zip(chart.names, done.suspect, strict=True)
        )
        return f"a violation is suspected in {chart.title} at {at}, and balls do not confirm it"
    sides = zip(chart.names, done.hardest or (), strict=True)
    where = ", ".join(f"{n} in [{in_digits(a)}, {in_digits(b)}]" for n, (a, b) in sides)
    return f"undecided after {done.examined} boxes; the hardest is {where} in {chart.title}"


def charts_of(
    problem: Problem, box: Box | None, R: Fraction, weights: tuple[int, ...]
) -> tuple[Chart, ...]:
    refuse_cases(problem)
    of = fields(problem)
    return whole_space(of, R, weights) if box is None else (core(of, box),)


def recheck_cover(certificate: Cover) -> Verdict:
    """The claim of a cover decided again: every leaf in balls of more bits, choosing nothing.

    Raises ValueError when a tree of halvings is damaged.
    """
    claim = f"{certificate.problem.key}: L0 = {certificate.L0}, L1 = {certificate.L1}"
    refuse_undefined(certificate.problem, certificate.box, BUDGET.clock())
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
