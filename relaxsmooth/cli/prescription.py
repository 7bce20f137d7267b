"""Rule parameters: as given, else as a theorem prescribes them from L0, L1, M and Delta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from relaxsmooth.cli.errors import Refused, unknown_name
from relaxsmooth.cli.lowest import derive

if TYPE_CHECKING:
    from relaxsmooth.formula import Formula
    from relaxsmooth.problem import Problem
    from relaxsmooth.setting import Setting
    from relaxsmooth.theorem import Theorem
    from relaxsmooth.update import UpdateRule

PAPER = "zhang2020"
GIVEN = ("L0", "L1", "M")  # options of the constants


@dataclass(frozen=True)
class Prepared:
    """A problem, a rule with all its parameters, and where they come from.

    theorem: key of the prescription, None when every parameter was given; values, reasons:
    the constants by letter and why each is valid.
    """

    problem: Problem
    rule: UpdateRule
    epsilon: Fraction
    theorem: str | None = None
    values: Mapping[str, Fraction] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    only: str = ""  # what is prescribed, where other parameters keep their defaults

    def lines(self) -> list[str]:
        """Constants and parameters, one a line, each with its origin."""
        from relaxsmooth.report import shown

        lines = []
        for name, value in self.values.items():
            if name != "eps":
                reason = self.reasons.get(name)
                lines.append(f"{name:<11} {shown(value)}{f'  ({reason})' if reason else ''}")
        for name, parameter in self.rule.parameters.items():
            if name not in self.values:
                lines.append(f"{name:<11} {parameter}")
        if self.theorem is not None:
            lines.append(f"prescribed  {self.only + ' ' if self.only else ''}by {self.theorem}")
        return lines


def prepare(
    problem: Problem, rule: str, epsilon: Fraction, given: Mapping[str, Fraction],
    parameters: Mapping[str, Fraction], theorem: str | None = None,
) -> Prepared:  # fmt: skip
    """The rule with the parameters given and, for the rest, the theorem's prescription."""
    from relaxsmooth.updates import rules

    bound = rules()[rule]
    if "gap" in bound.size.symbols:  # Polyak's step
        problem = derive(problem, rule)
    own = {name: value for name, value in given.items() if name in bound.parameters}
    bound = bound.with_parameters(**parameters, **own)
    if theorem is None and not bound.missing:
        return Prepared(problem, bound, epsilon, values=given)
    chosen = prescribing(rule, theorem)
    if chosen is None:
        missing = bound.missing[0]
        raise Refused(
            f"rule {rule} needs a value for {missing} and no theorem prescribes one; "
            f"give --{missing}"
        )
    from relaxsmooth.needs import equipped
    from relaxsmooth.setting import settle

    setting = equipped(settle(problem, epsilon, given), chosen)
    _refuse_outsiders(setting, bound)
    open_ = [name for name in bound.parameters if name not in (*parameters, *own)]
    rest = prescribed(chosen, setting, bound.missing if theorem is None else open_)
    kept = [name for name in open_ if name in chosen.prescription and name not in rest]
    return Prepared(
        problem, bound.with_parameters(**rest), epsilon, chosen.key if rest else None,
        setting.values, setting.reasons, ", ".join(rest) if kept else "",
    )  # fmt: skip


def _refuse_outsiders(setting: Setting, bound: UpdateRule) -> None:
    """No step is prescribed from constants that do not hold."""
    from relaxsmooth.theorem import Assumption
    from relaxsmooth.verdict import Status

    member = setting.decided[Assumption.HESSIAN_CLASS]
    if member.status is Status.REFUTED:
        options = ", ".join(f"--{name}" for name in bound.missing)
        raise Refused(
            f"{setting.problem.key} is not (L0, L1)-smooth with L0 = {setting.values['L0']}, "
            f"L1 = {setting.values['L1']}, so no theorem prescribes a step; give {options} "
            f"({member.reason})"
        )


def prescribed(
    theorem: Theorem, setting: Setting, names: Sequence[str] | None = None
) -> dict[str, Formula]:
    """The theorem's step sizes for these constants (of these names only)."""
    from relaxsmooth.formula import FormulaError, TooLong

    wanted = theorem.prescription if names is None else names
    steps = {}
    for name, prescription in theorem.prescription.items():
        if name not in wanted:
            continue
        try:
            steps[name] = setting.substitute(prescription)
        except FormulaError as error:
            why = str(error) if isinstance(error, TooLong) else "it has no value at these constants"
            raise Refused(
                f"{theorem.key} prescribes {name} = {prescription}, but {why}; give --{name}"
            ) from None
    for name, value in steps.items():
        if name == "N" and value.symbols:
            raise Refused(f"{theorem.key} holds for every number N of steps; give --N")
        if value.symbols:
            letter = min(value.symbols)
            raise Refused(
                f"{theorem.key} prescribes {name} from {letter}, which could not be derived for "
                f"{setting.problem.key}{_why_not(letter, setting)}; give "
                + (f"--{letter} or --{name}" if _may_be_given(letter, setting) else f"--{name}")
            )
    return steps


def _may_be_given(letter: str, setting: Setting) -> bool:
    return letter in GIVEN and (letter != "M" or setting.ground.M is not None)


def _why_not(letter: str, setting: Setting) -> str:
    """The M that was given is below the supremum, say."""
    from relaxsmooth.theorem import Assumption

    found = setting.decided.get(Assumption.GRADIENT_BOUND)
    return f" ({found.reason})" if letter == "M" and found is not None else ""


def prescribing(rule: str, theorem: str | None) -> Theorem | None:
    """The theorem of that key, or the paper's own for this rule, or any other for it."""
    from relaxsmooth.theorem import Kind
    from relaxsmooth.theorems import theorems

    fitting = [t for t in theorems().values() if t.rule == rule and t.kind is Kind.UPPER]
    if theorem is not None:
        if theorem not in theorems():
            raise Refused(unknown_name("theorem", theorem, theorems()))
        if theorem not in [t.key for t in fitting]:
            raise Refused(
                f"--theorem {theorem} prescribes nothing for the rule {rule}; choose one of "
                f"{', '.join(t.key for t in fitting) or 'none, and give the parameters'}"
            )
        return theorems()[theorem]
    fitting.sort(key=lambda t: (t.source.key != PAPER, not t.is_first_hit))
    return fitting[0] if fitting else None
