"""Layer 9: the whole paper on the shipped problems, or any part of it on any problem.

`verify` yields rows as they are decided; `Report` sums them up and knows the exit status:
0 as recorded, 1 something refuted that is no recorded finding (or a recorded finding that
is gone), 3 something undecided or nothing applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.along import verify_along
from relaxsmooth.audit import Finding, audit
from relaxsmooth.equivalence import KEY as EQUIVALENCE
from relaxsmooth.equivalence import verify_equivalence
from relaxsmooth.formula import FormulaError
from relaxsmooth.instance import verify_instance
from relaxsmooth.lower import LOWER_CASES, case, verify_lower
from relaxsmooth.needs import equipped
from relaxsmooth.pairs import check_pairs
from relaxsmooth.plane import verify_twist
from relaxsmooth.problem import Problem
from relaxsmooth.problems import problems
from relaxsmooth.row import Row
from relaxsmooth.setting import Setting, settle
from relaxsmooth.theorem import Assumption, Inequality, Kind, Theorem
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.verdict import Status

Progress = Callable[[str], None]

# the shipped instances: problem, eps, and constants where the record or the frontier has none
SUITE: tuple[tuple[str, Fraction, Mapping[str, Fraction]], ...] = (
    ("ext", Fraction(1, 100), {}),
    ("quartic", Fraction(1, 100), {}),
    ("tilted_well", Fraction(1, 100), {"L1": Fraction(2)}),
    ("ramp", Fraction(1, 100), {}),
    ("softplus", Fraction(1, 100), {"L1": Fraction(1, 2)}),
    ("fourth_power_3d", Fraction(1, 10), {}),
    ("phase_retrieval", Fraction(1, 10), {"L0": Fraction(12), "L1": Fraction(4)}),
)
PAIRS = ("ext", "tilted_well", "fourth_power_3d")  # where the inequalities are measured
# the instances of the statements about averages and gaps
ALONG: tuple[tuple[str, Fraction, Mapping[str, Fraction]], ...] = (
    ("ext", Fraction(1, 8), {}),
    ("ext_steep", Fraction(1, 10), {}),
    ("quartic", Fraction(1, 2), {}),
    ("short_ramp", Fraction(1, 4), {}),
    ("parabola", Fraction(1, 100), {"L1": Fraction(1, 100)}),
    ("fourth_power_3d", Fraction(1, 10), {}),
)


@dataclass(frozen=True)
class Report:
    """Rows and findings of one run."""

    rows: Sequence[Row]
    findings: Sequence[Finding]

    @property
    def exit_status(self) -> int:
        """0 as recorded, 1 news, 3 undecided or nothing applied (design: 2 is bad usage)."""
        if any(_is_news(row) for row in self.rows) or any(not f.recorded for f in self.findings):
            return 1
        statuses = {row.verdict.status for row in self.rows}
        applied = statuses - {Status.INAPPLICABLE}
        if Status.UNDECIDED in statuses or (self.rows and not applied):
            return 3
        return 0


def _is_news(row: Row) -> bool:
    """A refuted row that no finding records."""
    refuted = row.verdict.status is Status.REFUTED
    return refuted and not row.finding


def verify(
    problem: Problem | None = None,
    theorem: str | None = None,
    epsilon: Fraction | None = None,
    given: Mapping[str, Fraction] | None = None,
    parameters: Mapping[str, Fraction] | None = None,
    progress: Progress | None = None,
) -> Iterator[Row]:
    """Rows of every theorem (or one) on every shipped problem (or one), as they are decided."""
    chosen = choose(theorem)
    tell = progress or (lambda text: None)
    if problem is None:
        yield from _lower_rows(chosen, tell)
        if theorem in (None, EQUIVALENCE):
            yield verify_equivalence()
    upper = [t for t in chosen if isinstance(t, Inequality) or t.kind is Kind.UPPER]
    for along in (False, True) if problem is None else (None,):
        some = [t for t in upper if along is None or _is_along(t) is along]
        for setting in settings(problem, epsilon, given, ALONG if along else SUITE) if some else ():
            for t in some:
                if problem is None and not theorem and not _is_shipped(t, setting):
                    continue
                tell(f"{t.key} on {setting.problem.key}")
                yield one(t, setting, parameters, progress)


def _is_along(t: Theorem | Inequality) -> bool:
    """Whether it is judged along a trajectory, not by a first hit."""
    return isinstance(t, Theorem) and not t.is_first_hit


def _lower_rows(chosen: Sequence[Theorem | Inequality], tell: Progress) -> Iterator[Row]:
    for t in chosen:
        if isinstance(t, Theorem) and t.kind is Kind.LOWER:
            for constants in LOWER_CASES:
                yield verify_lower(t, case(*constants), tell)
            if Assumption.SEVERAL_DIMENSIONS in t.assumptions:
                yield verify_twist()


def _is_shipped(t: Theorem | Inequality, setting: Setting) -> bool:
    """Inequalities on a few problems only; statements about the line on the line only."""
    if isinstance(t, Inequality) and setting.problem.key not in PAIRS:
        return False
    return setting.problem.dimension == 1 or Assumption.ONE_DIMENSIONAL not in t.assumptions


def one(
    t: Theorem | Inequality,
    setting: Setting,
    parameters: Mapping[str, Fraction] | None = None,
    progress: Progress | None = None,
) -> Row:
    """One theorem or inequality on one setting."""
    setting = equipped(setting, t)
    if isinstance(t, Inequality):
        return check_pairs(t, setting)
    if not t.is_first_hit:
        return verify_along(t, setting, parameters, progress)
    return verify_instance(t, setting, parameters, progress)


def choose(key: str | None) -> list[Theorem | Inequality]:
    """The theorem or inequality of this key, or all; FormulaError names the keys."""
    known: dict[str, Theorem | Inequality] = {**theorems(), **inequalities()}
    if key == EQUIVALENCE:
        return []
    if key is None:
        return list(known.values())
    if key not in known:
        raise FormulaError(f"theorem {key!r} is not known; choose one of {', '.join(known)}")
    return [known[key]]


def settings(
    problem: Problem | None,
    epsilon: Fraction | None,
    given: Mapping[str, Fraction] | None,
    shipped: Sequence[tuple[str, Fraction, Mapping[str, Fraction]]] = SUITE,
) -> Iterable[Setting]:
    """The shipped settings, or the one the user asks for."""
    if problem is not None:
        yield settle(problem, Fraction(1, 100) if epsilon is None else epsilon, given)
        return
    for key, eps, constants in shipped:
        yield settle(problems()[key], eps if epsilon is None else epsilon, given or constants)


def verify_paper(
    progress: Progress | None = None, on_row: Callable[[Row], None] | None = None
) -> Report:
    """Everything: all rows, then the audit."""
    rows = []
    for row in verify(progress=progress):
        rows.append(row)
        if on_row:
            on_row(row)
    return Report(rows, audit(progress))
