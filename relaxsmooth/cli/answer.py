"""What `certify` answers: exactly on the line, by certified bounds elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from relaxsmooth.problem import Problem
from relaxsmooth.smoothness import NotDecidable, lemma2, membership, minimal_L0, recheck
from relaxsmooth.smoothness.membership import Certificate
from relaxsmooth.smoothness.minimal import MinimalL0
from relaxsmooth.verdict import Status, Verdict

HIDDEN = ("L0*", "where", "certificate")  # witnesses that are already lines of their own


@dataclass(frozen=True)
class Answer:
    """lines: (label, text) for people; least: L0*(L1) where it is known exactly."""

    problem: Problem
    L0: Fraction | None
    L1: Fraction | None
    lines: Sequence[tuple[str, str]]
    verdict: Verdict
    least: Any = None
    where: str | None = None
    at_least: Fraction | None = None
    at_most: Fraction | None = None
    branches: Sequence[Any] = field(default_factory=tuple)
    hidden: tuple[str, ...] = HIDDEN

    def record(self) -> dict[str, Any]:
        """The parts of the JSON document."""
        from relaxsmooth.report import exact
        from relaxsmooth.report.record import verdict_record

        return {
            "function": str(self.problem.objective),
            "variables": list(self.problem.variables),
            "L0": exact(self.L0),
            "L1": exact(self.L1),
            "minimal_L0": exact(self.least),
            "minimal_L0_at_least": exact(self.at_least),
            "minimal_L0_at_most": exact(self.at_most),
            "where": self.where,
            "frontier": [],
            "verdict": verdict_record(self.verdict),
        }


def certify(f: Problem, L0: Fraction | None, L1: Fraction | None) -> Answer:
    """Decide the pair, or the least L0 at L1, or show the frontier."""
    if f.dimension == 1:
        try:
            return _on_the_line(f, L0, L1)
        except NotDecidable as reason:
            return _by_bounds(f, L0, L1, f"not decided exactly: {reason}")
    return _by_bounds(f, L0, L1, "")


# --- exactly, in one variable ------------------------------------------------------------------


def _on_the_line(f: Problem, L0: Fraction | None, L1: Fraction | None) -> Answer:
    if L1 is None:
        return _frontier_alone(f)
    least = minimal_L0(f, L1)
    verdict = _least_verdict(least) if L0 is None else membership(f, L0, L1)
    lines = [("f", str(f.objective)), *_least_lines(least, verdict), *_lemma2(f, L1)]
    value = "infinity" if least.value is None else least.value
    return Answer(f, L0, L1, lines, verdict, value, least.where())


def _least_lines(least: MinimalL0, verdict: Verdict) -> list[tuple[str, str]]:
    value = "infinity" if least.value is None else str(least.value)
    lines = [(f"L0*({least.L1})", value), ("", least.where())]
    if verdict.status is Status.PROVED and least.value is not None:
        lines.append(("certificate", _certificate(least)))
    return lines


def _certificate(least: MinimalL0) -> str:
    """The equations whose roots were compared, and the second decision cell by cell."""
    rules = list(dict.fromkeys(place.rule for place in least.places))
    found = f"the largest value over all roots of f' = 0 and f''' = ±{least.L1} f''"
    at = f" (there {' and '.join(rules)})" if rules else ""
    again = recheck(Certificate(least, _above(least)))
    return f"{found}{at}; checked again cell by cell: {again.status.name}"


def _above(least: MinimalL0) -> Fraction:
    """L0* where it is rational, else the next dyadic above it."""
    from relaxsmooth.rounding import round_up, upper_end

    assert least.value is not None
    exact = least.value.as_fraction()
    return exact if exact is not None else round_up(upper_end(least.value.enclosure(128)), 100)


def _least_verdict(least: MinimalL0) -> Verdict:
    f, L1 = least.function.objective, least.L1
    if least.value is None:
        claim = f"{f} is (L0, {L1})-smooth for some L0"
        return Verdict(
            claim, Status.REFUTED, f"at L1 = {L1} no L0 is large enough: {least.where()}"
        )
    claim = f"{f} is (L0, L1)-smooth with L1 = {L1} exactly when L0 >= {least.value}"
    return Verdict(claim, Status.PROVED, "")


def _lemma2(f: Problem, L1: Fraction) -> list[tuple[str, str]]:
    """For a polynomial of degree 3 or more: in the class, and L-smooth for no L."""
    verdict = lemma2(f, L1)
    if verdict.status is not Status.PROVED:
        return []
    return [("Lemma 2", f"PROVED: {verdict.reason}")]


# --- by certified bounds -----------------------------------------------------------------------


def _by_bounds(f: Problem, L0: Fraction | None, L1: Fraction | None, why: str) -> Answer:
    from relaxsmooth.smoothness.several_variables import bounds_nd, membership_nd, no_class

    lines = [("f", str(f.objective))] + ([("method", why)] if why else [])
    if L1 is None:
        verdict = no_class(f)
        if verdict.status is Status.UNDECIDED:
            lines.append(("", "give --L1 for bounds of L0*(L1), or --L0 and --L1 to decide a pair"))
        return Answer(f, L0, L1, lines, verdict)
    if L0 is not None:
        return Answer(f, L0, L1, lines, membership_nd(f, L0, L1))
    never = no_class(f)
    if never.status is Status.REFUTED:
        return Answer(f, L0, L1, [*lines, (f"L0*({L1})", "infinity")], never, "infinity")
    bounds = bounds_nd(f, L1)
    lines.append((f"L0*({L1})", _between(bounds)))
    verdict = _bounds_verdict(bounds)
    return Answer(
        f, L0, L1, lines, verdict, bounds.exact, at_least=bounds.lower, at_most=bounds.upper
    )


def _between(bounds: Any) -> str:
    from relaxsmooth.report import shown

    if bounds.exact is not None:
        return str(bounds.exact)
    at = "" if bounds.at is None else f", reached at {shown(bounds.at)}"
    upper = "not bounded here" if bounds.upper is None else f"at most {shown(bounds.upper)}"
    return f"at least {shown(bounds.lower)}{at}; {upper}"


def _bounds_verdict(bounds: Any) -> Verdict:
    claim = f"{bounds.problem.objective} is (L0, {bounds.L1})-smooth for some L0"
    if bounds.upper is None:
        return Verdict(claim, Status.UNDECIDED, bounds.reason)
    return Verdict(claim, Status.PROVED, f"L0 = {bounds.upper}: {bounds.reason}")
