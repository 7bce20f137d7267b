"""The theorems on a network: constants from declared points, the theorem's own steps, a verdict.

CONSISTENT    the count is within the bound, and the constants held at every point probed
REFUTED       the bound is exceeded although they did: refuted for these constants
INAPPLICABLE  a condition fails, or the run met a point where (L0, L1) or M does not hold
UNDECIDED     the budget of steps ended before the bound

The declared procedure: of all pairs (L0, L1) that cover the points, the one with which the
theorem's own bound is least; then its run.  Where the run meets a point that breaks the
constants, its points join the others and all starts again, a given number of rounds at most: the
theorem needs its hypothesis on this very path.

Never PROVED: the constants hold at finitely many points, in floats.  Formulas of bounds, step
sizes and conditions are those of the core's records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.networks.backend import to_float
from relaxsmooth.networks.descent import Collector, Run, descend, joined
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.fitting import Points, refute, upper_envelope
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.theorem import Assumption, Condition, Kind, Theorem
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status, Verdict

THEOREMS = ("zhang2020-theorem3", "zhang2020-theorem6", "ngd")
SLOPES = 200  # candidates for L1
AT = 0.5, 1.0  # of a step of the theorem's run: where its points are


@dataclass(frozen=True)
class Constants:
    """L0, L1 (upper envelope), M, Delta by letter, from these points; flags of the fit."""

    values: Mapping[str, float]
    points: Points
    flags: tuple[str, ...] = ()

    def with_run(self, run: Run, seen: Points) -> Constants:
        """Fitted to the points of this run too; M covers its gradients."""
        both = joined(self.points, seen)
        line = upper_envelope(both)
        largest = max(self.values["M"], *(g for g in run.norms if math.isfinite(g)))
        values = {**self.values, "L0": line.L0, "L1": line.L1, "M": largest}
        return Constants(values, both, line.flags)

    def times(self, margin: float) -> Constants:
        """L0, L1 and M a little larger than the points ask for."""
        larger = {name: margin * self.values[name] for name in ("L0", "L1", "M")}
        return replace(self, values={**self.values, **larger})


@dataclass(frozen=True)
class NetworkRow:
    """One theorem on one network: the run with its own steps, the bound, the verdict.

    values: the constants, and eps; rounds: runs until the constants held, or the last allowed.
    """

    theorem: str
    problem: str
    verdict: Verdict
    bound: float = math.nan
    run: Run | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    rounds: int = 1

    @property
    def count(self) -> int | None:
        """T_eps, where it was reached."""
        return None if self.run is None else self.run.count


@dataclass(frozen=True)
class Asked:
    """One run of a theorem: its rule with its own steps, at most `most` of them, to eps."""

    theorem: str
    rule: str
    parameters: dict[str, float]
    eps: float
    most: int
    values: Mapping[str, float]


Observe = Callable[[Asked], tuple[Run, Points | None]]


def lower_bound(problem: NetworkProblem) -> float:
    """The declared lower bound of f*; NetworkError where there is none."""
    if problem.lowest is None:
        raise NetworkError(
            f"{problem.key}: Delta needs a lower bound of f; give lowest=, 0 for a cross-entropy"
        )
    return float(evaluate(problem.lowest, {}, FLOAT))


def constants(problem: NetworkProblem, collected: Iterable[Collector]) -> Constants:
    """Constants from what the collectors saw on their paths (both methods', segments included).

    Delta = f(x0) - lowest >= f(x0) - f*; M = the largest ‖∇f‖ seen.
    """
    seen = list(collected)
    Delta = to_float(problem.value(problem.start)) - lower_bound(problem)
    if Delta < 0:
        raise NetworkError(
            f"{problem.key}: f(x_0) is {-Delta:.6g} below lowest = {lower_bound(problem):.6g}; "
            "give a lower bound of f"
        )
    everything = joined(*(c.points() for c in seen))
    line = upper_envelope(everything)
    values = {
        "L0": line.L0,
        "L1": line.L1,
        "M": max(c.largest for c in seen),
        "Delta": Delta,
    }
    return Constants(values, everything, line.flags)


def least_bound(found: Constants, theorem: Theorem, epsilon: float) -> Constants:
    """The pair (L0, L1) that covers the points and makes the theorem's bound least.

    L0(L1) = max_i (L_i - L1 g_i), and at least min(1, the smallest L_i > 0): L0 > 0 is needed.
    """
    p = found.points
    low = float(p.L[p.L > 0].min(initial=1.0))
    slopes = np.geomspace(1e-3, 1e3, SLOPES) * max(float(p.L.max()), low) / float(p.g.max())
    best, least = found, math.inf
    for L1 in slopes:
        pair = {"L0": max(float((p.L - L1 * p.g).max()), low), "L1": float(L1)}
        tried = replace(found, values={**found.values, **pair})
        bound, _, failed = prescribed(theorem, tried, epsilon)
        if failed is None and bound < least:
            best, least = tried, bound
    return best


def prescribed(
    theorem: Theorem, found: Constants, epsilon: float
) -> tuple[float, dict[str, float], Verdict | None]:
    """(bound, the theorem's own steps, the hypothesis that fails)."""
    values = {**found.values, "eps": epsilon}
    steps = {n: float(evaluate(f, values, FLOAT)) for n, f in theorem.prescription.items()}
    failed = _failed(theorem, {**values, **steps})
    if failed is not None:
        return math.nan, steps, failed
    return float(evaluate(theorem.bound, {**values, **steps}, FLOAT)), steps, None


def is_judged(theorem: Theorem) -> bool:
    """Whether it bounds T_eps under hypotheses that a run can be asked about."""
    asked = {
        Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS, Assumption.GRADIENT_BOUND,
        Assumption.ONE_DIMENSIONAL,
    }  # fmt: skip
    upper = theorem.kind is Kind.UPPER and theorem.is_first_hit
    return upper and set(theorem.assumptions) <= asked


def verify_network(
    problem: NetworkProblem,
    found: Constants,
    epsilon: float,
    most: int,
    keys: Sequence[str] = THEOREMS,
    *,
    every: int = 10,
    rounds: int = 1,
    margin: float = 1.0,
    fit: bool = False,
    observe: Observe | None = None,
) -> list[NetworkRow]:
    """Each theorem with its own step sizes from x_0, at most `most` steps a run.

    every: the constants are checked again on each so many steps of the run itself; rounds: runs
    of a theorem, each with constants that cover the points of those before; fit: choose
    (L0, L1) anew for each theorem; margin: then take L0, L1, M so many times larger than the
    points ask for, so that the next run seldom breaks them.  observe: what makes a run and finds
    its points, such as one that is kept on disk.
    """
    known = {key: t for key, t in theorems().items() if is_judged(t)}
    for key in keys:
        if key not in known:
            raise NetworkError(
                f"{key!r} is no bound on T_eps that networks are judged by; choose from "
                f"{', '.join(known)}"
            )
    watched = observe or (lambda asked: observed(problem, asked, every))
    rows = []
    for key in keys:
        theorem, covering = known[key], found
        for number in range(1, rounds + 1):
            held = least_bound(covering, theorem, epsilon).times(margin) if fit else covering
            row, seen = _row(problem, held, theorem, epsilon, most, watched)
            row = replace(row, rounds=number)
            if row.verdict.status is not Status.INAPPLICABLE or row.run is None or seen is None:
                break
            covering = covering.with_run(row.run, seen)
        rows.append(row)
    return rows


def observed(problem: NetworkProblem, asked: Asked, every: int) -> tuple[Run, Points | None]:
    """The run in memory, with the points that a collector sees on each `every` of its steps."""
    seen = Collector(problem, f"{asked.rule} (its own steps)", every=every, at=AT)
    run = descend(problem, asked.rule, asked.parameters, asked.eps, asked.most, probe=seen)
    return run, seen.points() if seen.found else None


def _row(
    problem: NetworkProblem,
    found: Constants,
    theorem: Theorem,
    epsilon: float,
    most: int,
    observe: Observe,
) -> tuple[NetworkRow, Points | None]:
    values = {**found.values, "eps": epsilon}
    bound, steps, failed = prescribed(theorem, found, epsilon)
    if failed is not None:
        return NetworkRow(theorem.key, problem.key, failed, values=values, parameters=steps), None
    if not math.isfinite(bound):
        reason = f"the bound is {bound} for these constants"
        open_ = Verdict(theorem.key, Status.UNDECIDED, reason)
        return NetworkRow(theorem.key, problem.key, open_, values=values, parameters=steps), None
    limit = int(min(most, math.floor(bound) + 1))
    run, seen = observe(Asked(theorem.key, theorem.rule, steps, epsilon, limit, values))
    verdict = _verdict(theorem, problem, values, bound, run, seen)
    return NetworkRow(theorem.key, problem.key, verdict, bound, run, values, steps), seen


def _failed(theorem: Theorem, values: Mapping[str, float]) -> Verdict | None:
    """INAPPLICABLE naming the first hypothesis on parameters or dimension that fails."""
    if Assumption.ONE_DIMENSIONAL in theorem.assumptions:
        return Verdict(theorem.key, Status.INAPPLICABLE, "it is about d = 1")
    for c in theorem.conditions:
        if not _holds(c, values):
            return Verdict(theorem.key, Status.INAPPLICABLE, f"needs {c}", dict(values))
    return None


def _holds(c: Condition, values: Mapping[str, float]) -> bool:
    left, right = evaluate([c.left, c.right], values, FLOAT)
    return bool(left < right if c.strict else left <= right)


def _verdict(
    theorem: Theorem,
    problem: NetworkProblem,
    values: Mapping[str, float],
    bound: float,
    run: Run,
    seen: Points | None,
) -> Verdict:
    claim = f"{theorem.key} on {problem.key} at eps = {values['eps']:g}"
    if not math.isfinite(run.norms[0]):
        reason = "f or ∇f is not a finite number at x_0; start from another point"
        return Verdict(claim, Status.UNDECIDED, reason)
    held = _still_holds(claim, theorem, values, run, seen)
    if held is not None:
        return held
    if run.count is not None and run.count <= bound:
        reason = (
            f"T_eps = {run.count} is at most {bound:.6g}, for these constants; f = {run.loss:.3g}"
        )
        return Verdict(claim, Status.CONSISTENT, reason, margin=bound - run.count)
    lowest = min((f for f in run.losses if math.isfinite(f)), default=math.inf)
    if problem.lowest is not None and lowest < lower_bound(problem):
        reason = f"f = {lowest:.6g} on the run is below the declared lower bound of f"
        return Verdict(claim, Status.INAPPLICABLE, reason)
    if run.diverged:  # an overflow disproves nothing, and what diverges may have overflowed
        reason = f"f or ∇f is no number at x_{run.steps}, or grows past all measure; use float64"
        return Verdict(claim, Status.UNDECIDED, reason)
    if run.steps >= math.floor(bound) + 1:
        if run.is_lost_in_rounding or seen is None:
            reason = "a step is below the rounding of x; use float64, or larger steps"
            return Verdict(claim, Status.UNDECIDED, reason)
        reason = (
            f"refuted for these constants: not there after {run.steps - 1} steps, the bound is "
            f"{bound:.6g}"
        )
        return Verdict(claim, Status.REFUTED, reason, dict(values))
    reason = f"not there after {run.steps} steps, the bound is {bound:.6g}; give more steps"
    return Verdict(claim, Status.UNDECIDED, reason)


def _still_holds(
    claim: str, theorem: Theorem, values: Mapping[str, float], run: Run, seen: Points | None
) -> Verdict | None:
    """INAPPLICABLE where the run itself refutes (L0, L1) or M."""
    if seen is not None:
        member = refute(values["L0"], values["L1"], seen)
        if member.status is Status.REFUTED:
            reason = "the run met a point where ‖∇²f‖ <= L0 + L1‖∇f‖ fails"
            return Verdict(claim, Status.INAPPLICABLE, reason, member.witness)
    largest = max(g for g in run.norms if math.isfinite(g))
    if Assumption.GRADIENT_BOUND in theorem.assumptions and largest > values["M"] * (1 + 1e-9):
        reason = f"the run met ‖∇f‖ = {largest:.6g} > M = {values['M']:.6g}"
        return Verdict(claim, Status.INAPPLICABLE, reason)
    return None
