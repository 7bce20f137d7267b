"""What `certify` answers: exactly on the line, by certified bounds elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from relaxsmooth.problem import Problem
from relaxsmooth.smoothness import NotDecidable, lemma2, membership, minimal_L0, recheck
from relaxsmooth.smoothness.frontier import Frontier, Threshold, frontier
from relaxsmooth.smoothness.membership import Certificate
from relaxsmooth.smoothness.minimal import MinimalL0, in_pieces
from relaxsmooth.verdict import Status, Verdict

if TYPE_CHECKING:
    from relaxsmooth.smoothness.several_variables import Bounds

Box = tuple[tuple[Fraction, Fraction], ...] | None
Lines = Sequence[tuple[str, str]]
LONGEST = 80  # characters of an exact number that are shown
HIDDEN = ("L0*", "where", "certificate")  # witnesses that are already lines of their own
SLOPES = tuple(
    Fraction(2) ** k for k in range(-3, 5)
)  # where the frontier is read when no L1 is given


@dataclass(frozen=True)
class Answer:
    """lines: (label, text) for people; least: L0*(L1) where it is known exactly.

    points: (L1, L0*(L1), equation of the branch) on the frontier; curve: the frontier itself.
    """

    problem: Problem
    L0: Fraction | None
    L1: Fraction | None
    lines: Sequence[tuple[str, str]]
    verdict: Verdict
    least: Any = None
    where: str | None = None
    at_least: Fraction | None = None
    at_most: Fraction | None = None
    points: Sequence[tuple[Fraction, Any, str | None]] = ()
    curve: Frontier | None = None

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
            "frontier": [
                {"L1": exact(L1), "L0": exact(value), "equation": equation}
                for L1, value, equation in self.points
            ],
            "verdict": verdict_record(self.verdict),
        }


def certify(f: Problem, L0: Fraction | None, L1: Fraction | None, box: Box = None) -> Answer:
    """Decide the pair, or the least L0 at L1, or read the frontier."""
    why = ""
    if f.dimension == 1 and box is None:
        try:
            curve = frontier(f)
            return _along(f, curve) if L1 is None else _at_slope(f, curve, L0, L1)
        except NotDecidable as reason:
            why = f"bounds in balls, since it is not decided exactly: {reason}"
    lines = [("f", f.shown), *([("method", why)] if why else [])]
    try:
        return _by_bounds(f, L0, L1, box, lines)
    except NotDecidable as reason:
        claim = f"{f.shown} is (L0, L1)-smooth"
        return Answer(f, L0, L1, lines, Verdict(claim, Status.UNDECIDED, str(reason)))


# --- exactly, in one variable ------------------------------------------------------------------


def _at_slope(f: Problem, curve: Frontier, L0: Fraction | None, L1: Fraction) -> Answer:
    least, branch = minimal_L0(curve.function, L1), curve.closed_form(L1)
    verdict = _least_verdict(least) if L0 is None else membership(curve.function, L0, L1)
    lines = [("f", f.shown), (f"L0*({L1})", _value(least)), ("", least.where())]
    if verdict.status is Status.PROVED and least.value is not None:
        lines.append(("certificate", _certificate(least)))
    if branch is not None:
        where = "just above L1 =" if branch.above else "beside L1 ="
        lines.append(("frontier", f"{branch} {where} {L1}"))
    lines += [("finite for", str(curve.threshold())), *_lemma2(f, L1)]
    text = None if branch is None or branch.above else str(branch)
    value = _or_infinity(least)
    points = [(L1, value, text)]
    return Answer(
        f, L0, L1, lines, verdict, value, least.where(), points=points, curve=curve
    )  # fmt: skip


def _along(f: Problem, curve: Frontier) -> Answer:
    """The frontier at a few slopes, then the closed form of each branch and where it was seen."""
    lines, points = [("f", f.shown)], []
    seen: dict[str, list[str]] = {}
    for least in curve.sample(SLOPES):
        branch = curve.closed_form(least.L1)
        text = None if branch is None or branch.above else str(branch)
        points.append((least.L1, _or_infinity(least), text))
        lines.append((f"L0*({least.L1})", _value(least)))
        if text is not None:
            seen.setdefault(text, []).append(str(least.L1))
    lines += [("branch", f"{text}  at L1 = {', '.join(at)}") for text, at in seen.items()]
    return Answer(f, None, None, lines, _some(f, curve.threshold()), points=points, curve=curve)


def _value(least: MinimalL0) -> str:
    """L0* for the eye: exact where that is short."""
    from relaxsmooth.report import shown

    text = "infinity" if least.value is None else str(least.value)
    if least.value is None or len(text) <= LONGEST:
        return text
    return f"about {shown(least.value.enclosure(64), 13)} (exact with --json)"


def _or_infinity(least: MinimalL0) -> Any:
    return "infinity" if least.value is None else least.value


def _some(f: Problem, threshold: Threshold) -> Verdict:
    kind = "(L0, L1)-smooth" if in_pieces(f).smoothness != "C1,1" else "in the limit class"
    claim = f"{f.shown} is {kind} for some L0, L1"
    status = Status.REFUTED if threshold.value is None else Status.PROVED
    return Verdict(claim, status, f"L0* is finite for {threshold}")


def _certificate(least: MinimalL0) -> str:
    """The equations whose roots were compared, and the second decision cell by cell."""
    rules = list(dict.fromkeys(place.rule for place in least.places))
    at = f" (here {' and '.join(rules)})" if rules else ""
    again = recheck(Certificate(least, _above(least)))
    return (
        f"the largest value over the zeros of f' and of f''' -+ L1 f'' and the ends{at}; "
        f"checked again by one point in each cell: {again.status.name}"
    )


def _above(least: MinimalL0) -> Fraction:
    """L0* where it is rational, else a dyadic just above it."""
    from relaxsmooth.rounding import round_up, upper_end

    assert least.value is not None
    exact = least.value.as_fraction()
    return exact if exact is not None else round_up(upper_end(least.value.enclosure(128)), 100)


def _least_verdict(least: MinimalL0) -> Verdict:
    f, L1 = least.function.objective, least.L1
    if least.value is None:
        claim = f"{f} is (L0, {L1})-smooth for some L0"
        reason = f"at L1 = {L1} no L0 is large enough: {least.where()}"
        return Verdict(claim, Status.REFUTED, reason)
    kind, reason = f"(L0, {L1})-smooth", ""
    if least.smoothness == "C1,1":
        kind = f"in the limit class with L1 = {L1}"
        reason = f"f'' jumps at x = {least.function.jumps[0]}, so f is C^1,1 and not C^2"
    claim = f"{f} is {kind} exactly when L0 >= {_value(least)}"
    return Verdict(claim, Status.PROVED, reason)


def _lemma2(f: Problem, L1: Fraction) -> list[tuple[str, str]]:
    """For a polynomial of degree 3 or more: in the class, and L-smooth for no L."""
    verdict = lemma2(f, L1)
    if verdict.status is not Status.PROVED:
        return []
    m, c, N = (verdict.witness[name] for name in ("m", "c", "N"))
    return [("Lemma 2", f"L-smooth for no L: |f''(x)| >= {c / 2} |x|^{m} for |x| >= {N}")]


# --- by certified bounds -----------------------------------------------------------------------


def _by_bounds(
    f: Problem, L0: Fraction | None, L1: Fraction | None, box: Box, lines: Lines
) -> Answer:
    from relaxsmooth.smoothness.line_cover import fitting_slope
    from relaxsmooth.smoothness.several_variables import bounds_nd, membership_nd, no_class

    never = no_class(f) if box is None else None
    if never is not None and never.status is Status.REFUTED:
        return Answer(f, L0, L1, lines, never, "infinity")
    if L0 is not None and L1 is not None:
        return Answer(f, L0, L1, lines, membership_nd(f, L0, L1, box=box))
    slope = (fitting_slope(f) or Fraction(1)) if L1 is None else L1
    bounds = bounds_nd(f, slope, box=box)
    lines = [*lines, (f"L0*({slope})", _between(bounds))]
    value = "infinity" if _is_infinite(bounds) else bounds.exact
    return Answer(
        f, L0, slope, lines, _bounds_verdict(bounds, box), value, at_least=bounds.lower,
        at_most=bounds.upper,
    )  # fmt: skip


def _between(bounds: Bounds) -> str:
    from relaxsmooth.report import shown

    if bounds.exact is not None:
        return str(bounds.exact)
    if _is_infinite(bounds):
        return "infinity"
    at = "" if bounds.at is None else f", reached at {shown(bounds.at)}"
    upper = (
        "not bounded here" if bounds.upper is None else f"at most {_outward(bounds.upper, True)}"
    )
    return f"at least {_outward(bounds.lower, False)}{at}; {upper}"


def _outward(value: Any, up: bool) -> str:
    """A certified end, rounded so that what is printed is certified too."""
    from relaxsmooth.report import shown

    if isinstance(value, Fraction) and value and not 1e-300 < abs(value) < 1e300:
        return _in_powers_of_ten(value, up)
    text = shown(value)
    if not isinstance(value, Fraction) or (("/" in text) and Fraction(text) == value):
        return text
    near = Fraction(text) if text.lstrip("-")[:1].isdigit() else value
    if (near >= value) if up else (near <= value):
        return text
    for digits in range(8, 18):
        text = shown(float(value), digits)
        if (Fraction(text) >= value) if up else (Fraction(text) <= value):
            return text
    return str(value)


def _in_powers_of_ten(value: Fraction, up: bool, digits: int = 8) -> str:
    """m e k at or above (below) a value beyond doubles."""
    size = len(str(abs(value.numerator))) - len(str(value.denominator)) - digits
    scaled = value / Fraction(10) ** size
    return f"{ceil(scaled) if up else floor(scaled)}e{size}"


def _is_infinite(bounds: Bounds) -> bool:
    """Whether an exact decision found that no L0 is large enough."""
    return bounds.certificate is not None and bounds.exact is None and bounds.upper is None


def _bounds_verdict(bounds: Bounds, box: Box) -> Verdict:
    sides = zip(bounds.problem.variables, box or (), strict=box is not None)
    on = ", ".join(f"{name} in [{a}, {b}]" for name, (a, b) in sides)
    kind = "in the limit class" if bounds.jumps else f"(L0, {bounds.L1})-smooth"
    claim = f"{bounds.problem.shown} is {kind} for some L0"
    claim += f" and L1 = {bounds.L1}" if bounds.jumps else ""
    claim += f" on {on}" if on else ""
    if bounds.upper is not None:
        return Verdict(claim, Status.PROVED, f"L0 = {bounds.upper}: {bounds.reason}")
    status = Status.REFUTED if _is_infinite(bounds) else Status.UNDECIDED
    return Verdict(claim, status, bounds.reason)
