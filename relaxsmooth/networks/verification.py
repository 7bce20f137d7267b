"""The theorems on a network: constants from declared points, the theorem's own steps, a verdict.

CONSISTENT    the count is within the bound, and the constants held at every point probed
REFUTED       the bound is exceeded although they did: refuted for these constants
INAPPLICABLE  a condition fails, or the run met a point where (L0, L1) or M does not hold
UNDECIDED     the budget of steps ended before the bound

Never PROVED: the constants hold at finitely many points, in floats.  Formulas of bounds, step
sizes and conditions are those of the core's records.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.formula import evaluate
from relaxsmooth.networks.backend import to_float
from relaxsmooth.networks.descent import Collector, Run, descend, joined
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.fitting import Points, refute, upper_envelope
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.theorem import Assumption, Condition, Kind, Theorem
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status, Verdict

THEOREMS = ("zhang2020-theorem3", "zhang2020-theorem6", "ngd")


@dataclass(frozen=True)
class Constants:
    """L0, L1 (upper envelope), M, Delta by letter, from these points; flags of the fit."""

    values: Mapping[str, float]
    points: Points
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkRow:
    """One theorem on one network: the run with its own steps, the bound, the verdict."""

    theorem: str
    problem: str
    verdict: Verdict
    bound: float = math.nan
    run: Run | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def count(self) -> int | None:
        """T_eps, where it was reached."""
        return None if self.run is None else self.run.count


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
    everything = joined(*(c.points() for c in seen))
    line = upper_envelope(everything)
    values = {
        "L0": line.L0,
        "L1": line.L1,
        "M": max(c.largest for c in seen),
        "Delta": to_float(problem.value(problem.start)) - lower_bound(problem),
    }
    return Constants(values, everything, line.flags)


def verify_network(
    problem: NetworkProblem,
    found: Constants,
    epsilon: float,
    most: int,
    keys: Sequence[str] = THEOREMS,
    *,
    every: int = 10,
) -> list[NetworkRow]:
    """Each theorem with its own step sizes from x_0, at most `most` steps a run.

    every: the constants are checked again on each so many steps of the run itself.
    """
    known = theorems()
    for key in keys:
        if key not in known or known[key].kind is not Kind.UPPER:
            choice = ", ".join(k for k, t in known.items() if t.kind is Kind.UPPER)
            raise NetworkError(f"upper bound {key!r} is not known; choose from {choice}")
    return [_row(problem, found, known[key], epsilon, most, every) for key in keys]


def _row(
    problem: NetworkProblem,
    found: Constants,
    theorem: Theorem,
    epsilon: float,
    most: int,
    every: int,
) -> NetworkRow:
    values = {**found.values, "eps": epsilon}
    steps = {n: float(evaluate(f, values, FLOAT)) for n, f in theorem.prescription.items()}
    failed = _failed(theorem, {**values, **steps})
    if failed is not None:
        return NetworkRow(theorem.key, problem.key, failed, values=values, parameters=steps)
    bound = float(evaluate(theorem.bound, {**values, **steps}, FLOAT))
    limit = int(min(most, math.floor(bound) + 1))
    seen = Collector(problem, f"{theorem.rule} (its own steps)", every=every, at=(0.5, 1.0))
    run = descend(problem, theorem.rule, steps, epsilon, limit, probe=seen)
    verdict = _verdict(theorem, problem, values, bound, run, seen)
    return NetworkRow(theorem.key, problem.key, verdict, bound, run, values, steps)


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
    seen: Collector,
) -> Verdict:
    claim = f"{theorem.key} on {problem.key} at eps = {values['eps']:g}"
    if not math.isfinite(run.norms[0]):
        reason = "f or ∇f is not a finite number at x_0; start from another point"
        return Verdict(claim, Status.UNDECIDED, reason)
    held = _still_holds(claim, theorem, values, run, seen)
    if held is not None:
        return held
    if run.count is not None and run.count <= bound:
        reason = f"T_eps = {run.count} is at most {bound:.6g}, for these constants"
        return Verdict(claim, Status.CONSISTENT, reason, margin=bound - run.count)
    if run.diverged or run.steps >= math.floor(bound) + 1:
        told = "it diverged" if run.diverged else f"not there after {run.steps} steps"
        reason = f"refuted for these constants: {told}, the bound is {bound:.6g}"
        return Verdict(claim, Status.REFUTED, reason, dict(values))
    reason = f"not there after {run.steps} steps, the bound is {bound:.6g}; give more steps"
    return Verdict(claim, Status.UNDECIDED, reason)


def _still_holds(
    claim: str, theorem: Theorem, values: Mapping[str, float], run: Run, seen: Collector
) -> Verdict | None:
    """INAPPLICABLE where the run itself refutes (L0, L1) or M."""
    if seen.found:
        member = refute(values["L0"], values["L1"], seen.points())
        if member.status is Status.REFUTED:
            reason = "the run met a point where ‖∇²f‖ <= L0 + L1‖∇f‖ fails"
            return Verdict(claim, Status.INAPPLICABLE, reason, member.witness)
    largest = max(g for g in run.norms if math.isfinite(g))
    if Assumption.GRADIENT_BOUND in theorem.assumptions and largest > values["M"] * (1 + 1e-9):
        reason = f"the run met ‖∇f‖ = {largest:.6g} > M = {values['M']:.6g}"
        return Verdict(claim, Status.INAPPLICABLE, reason)
    return None
