"""Layer 3: |f''| <= L0 + L1|f'| on the whole line for f with waves: two tails and a middle.

Beyond [low, high] it holds by `wave_tails`, or f' has a period and [low, high] is longer;
on [low, high] by branch and bound in balls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.domain import positive_parts, restrictions
from relaxsmooth.formula import Formula, rebuild, symbol, topological
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import round_up, upper_end
from relaxsmooth.smoothness.box_charts import Box
from relaxsmooth.smoothness.box_cover import Clock
from relaxsmooth.smoothness.box_fields import refuse_cases
from relaxsmooth.smoothness.box_proof import BUDGET, Cover, cover, recheck_cover
from relaxsmooth.smoothness.box_witness import Witness
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.rewrite import common_divisor
from relaxsmooth.smoothness.wave_tails import Slopes, slopes, tail_holds, tail_start
from relaxsmooth.smoothness.waves import UNIT, waves
from relaxsmooth.verdict import Status, Verdict

AMPLE = Fraction(2) ** 40  # an L0 at which only the growth of the tails can fail
SLOPES = tuple(Fraction(2) ** k for k in (0, 1, 2, 3, 4, 5))
RECHECK_BITS = 160


@dataclass(frozen=True, eq=False)
class LineCover:
    """Why the inequality holds: in [low, high] by `middle`, beyond by growth or by the period."""

    problem: Problem
    L0: Fraction
    L1: Fraction
    low: Fraction
    high: Fraction
    periodic: bool
    middle: Cover | None

    def __str__(self) -> str:
        if self.middle is None:
            return "every wave at its largest, on the whole line"
        inside = f"{self.middle.leaves} boxes on [{self.low}, {self.high}]"
        return f"{inside}, {'one period' if self.periodic else 'every wave at its largest beyond'}"


def line_cover(
    problem: Problem, L0: Fraction, L1: Fraction, clock: Clock | None = None
) -> LineCover | Witness | str:
    """A LineCover, a violating Witness, or why neither was found."""
    try:
        low, high, periodic = _middle(problem, L0, L1)
    except NotDecidable as why:
        return str(why)
    if low == high:
        return LineCover(problem, L0, L1, low, high, False, None)
    found = cover(problem, L0, L1, ((low, high),), clock or BUDGET)
    if isinstance(found, Cover):
        return LineCover(problem, L0, L1, low, high, periodic, found)
    return found


def _middle(problem: Problem, L0: Fraction, L1: Fraction) -> tuple[Fraction, Fraction, bool]:
    """(low, high, whether it is a period): what is left for branch and bound."""
    refuse_cases(problem)  # f may jump where the formula of f' shows nothing
    try:
        right, left = both_sides(problem)
        high = tail_start(right, L0, L1)
        low = None if high is None else tail_start(left, L0, L1)
        if low is not None and high is not None:
            return -low, high, False
    except NotDecidable as why:
        if _period_of_slope(problem) is None:
            raise NotDecidable(f"{why}; give a box to decide it there") from None
    length = _period_of_slope(problem)
    if length is None:
        raise NotDecidable(
            f"L0 + {L1}|f'| - |f''| >= 0 is not shown near infinity, where it fails with every "
            "wave at its worst; a larger L1 may do"
        )
    return Fraction(0), length, True


def both_sides(problem: Problem) -> tuple[Slopes, Slopes]:
    """f' and f'' along x >= 0 and along x <= 0."""
    return _both_sides(problem.objective, problem.variables[0])


@lru_cache(maxsize=1024)
def _both_sides(f: Formula, x: str) -> tuple[Slopes, Slopes]:
    for u in restrictions(f):  # f' may be defined where f is not
        what = f"log({u})" if u in positive_parts(f) else f"a root or quotient of {u}"
        raise NotDecidable(f"{what} is no sum of x^j e^(ax) and of sines and cosines of such sums")
    return slopes(f, x, 1), slopes(f, x, -1)


def is_line(problem: Problem, box: Box | None = None) -> bool:
    """Whether `line_cover` is the one to ask: the whole line, and f' of waves or with waves."""
    if problem.dimension != 1 or box is not None:
        return False
    try:
        both_sides(problem)
    except NotDecidable:
        return has_waves(problem)
    return True


def has_waves(problem: Problem) -> bool:
    """Whether sin or cos occurs."""
    return any(node.op in ("sin", "cos") for node in topological((problem.objective,)))


def fitting_slope(problem: Problem) -> Fraction | None:
    """The first L1 = 1, 2, 4, ... with which both tails fit at some L0; None: none does."""
    for L1 in SLOPES if problem.dimension == 1 else ():
        try:
            _middle(problem, AMPLE, L1)
        except NotDecidable:
            continue
        return L1
    return None


# --- periods -----------------------------------------------------------------------------------


def period(formulas: Sequence[Formula], x: str) -> Fraction | None:
    """A rational at least a common period, where x occurs in sin(kx + b), cos(kx + b) alone."""
    rates: list[Fraction] = []
    letters: dict[Formula, Formula] = {}

    def hidden(node: Formula) -> Formula | None:
        k = _rate(node, x) if node.op in ("sin", "cos") else None
        if k is None:
            return None
        rates.append(k)
        # a letter of its own: with a number in its place x (cos x - 1/2) could lose its x
        return letters.setdefault(node, symbol(f"wave {len(letters)}"))

    try:
        left = [rebuild(f, hidden) for f in formulas]
    except (ValueError, NotDecidable):
        return None
    if not rates or any(x in f.symbols for f in left):
        return None
    arithmetic = ball(64)
    with arithmetic.active():
        return round_up(upper_end(2 * arb.pi() / arithmetic.number(common_divisor(rates))))


def _period_of_slope(problem: Problem) -> Fraction | None:
    """The period of f' and of what f takes logarithms, roots and quotients of."""
    (x,), f = problem.variables, problem.objective
    return period((f.diff(x), *restrictions(f)), x)


def _rate(node: Formula, x: str) -> Fraction | None:
    """|k| for sin or cos of kx + b, b rational."""
    try:
        inner = waves(node.args[0], x).still
    except NotDecidable:
        return None
    line = (Fraction(0), 1)
    if inner is None or set(inner) - {line, UNIT} or line not in inner:
        return None
    return abs(inner[line])


# --- again -------------------------------------------------------------------------------------


def recheck_line(certificate: LineCover) -> Verdict:
    """The claim decided again: the tails at more bits, every leaf of the middle."""
    c = certificate
    claim = f"{c.problem.key}: L0 = {c.L0}, L1 = {c.L1}"
    try:
        refuse_cases(c.problem)
    except NotDecidable as why:
        return Verdict(claim, Status.UNDECIDED, str(why))
    if c.periodic:
        length = _period_of_slope(c.problem)
        beyond = length is not None and c.high - c.low >= length
    else:
        starts = zip(both_sides(c.problem), (c.high, -c.low), strict=True)
        beyond = all(tail_holds(of, c.L0, c.L1, X, RECHECK_BITS) for of, X in starts)
    if not beyond:
        return Verdict(claim, Status.UNDECIDED, f"the tails beyond [{c.low}, {c.high}] fail")
    if c.middle is None:
        status = Status.PROVED if c.low == c.high == 0 else Status.UNDECIDED
        return Verdict(claim, status, "both tails begin at 0")
    middle = c.middle
    fits = (middle.problem, middle.L0, middle.L1, middle.box) == (
        c.problem, c.L0, c.L1, ((c.low, c.high),),
    )  # fmt: skip
    if not fits:
        return Verdict(claim, Status.UNDECIDED, "the middle is about another claim")
    return recheck_cover(middle)
