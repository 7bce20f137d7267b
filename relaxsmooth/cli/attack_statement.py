"""relaxsmooth attack: the statement that is attacked, shipped or typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from relaxsmooth.cli.errors import Refused, shorten, unknown_name

if TYPE_CHECKING:
    from relaxsmooth.attack.target import Target
    from relaxsmooth.theorem import Theorem


def read_statement(
    key: str | None, bound: str | None, rule: str | None, where: Sequence[str]
) -> Theorem:
    if (key is None) == (bound is None):
        raise Refused(
            "give one statement: a key of `relaxsmooth list theorems`, or your own --bound with "
            '--rule, as --rule clipped --bound "20*L0*Delta/eps^2"'
        )
    if bound is not None:
        return _typed(bound, rule, where)
    if rule is not None or where:
        raise Refused(f"--rule and --where belong to your own --bound; leave them out with {key}")
    from relaxsmooth.attack.claims import CLAIMS
    from relaxsmooth.theorems import theorems

    if key not in theorems():
        raise Refused(unknown_name("statement", str(key), [*theorems(), *CLAIMS]))
    return theorems()[str(key)]


def _typed(bound: str, rule: str | None, where: Sequence[str]) -> Theorem:
    """A theorem of the user's, read by the package's own grammar."""
    from relaxsmooth.source import Known, Source
    from relaxsmooth.theorem import Assumption, Kind, Theorem
    from relaxsmooth.updates import rules

    if rule is None:
        raise Refused("--bound needs the rule it is about; add --rule, as --rule clipped")
    if rule not in rules():
        raise Refused(unknown_name("rule", rule, rules()))
    formula = _letters(bound, "--bound")
    conditions = tuple(map(_condition, where))
    used = set(formula.symbols).union(*(c.left.symbols | c.right.symbols for c in conditions))
    assumptions = [Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS]
    if "M" in used or rule == "gd":
        assumptions.append(Assumption.GRADIENT_BOUND)
    return Theorem(
        key="yours", title="your own bound", source=Source("relaxsmooth", "typed"),
        known=Known.DERIVED, kind=Kind.UPPER, rule=rule, bound=formula,
        assumptions=tuple(assumptions), conditions=conditions, scaling="not checked",
    )  # fmt: skip


def _letters(text: str, option: str) -> Any:
    from relaxsmooth.formula import FormulaError
    from relaxsmooth.symbols import LETTERS
    from relaxsmooth.text import parse

    try:
        return parse(text, tuple(LETTERS), positive=True)
    except FormulaError as error:
        raise Refused(f"{option}: {error}") from None


def _condition(text: str) -> Any:
    from relaxsmooth.theorem import Condition

    sides = re.split(r"(<=|<)", text)
    if len(sides) != 3:
        raise Refused(f"--where {shorten(text)} is no relation; write one as eps <= L0/L1")
    left, relation, right = sides
    return Condition(_letters(left, "--where"), _letters(right, "--where"), relation == "<")


def read_target(
    theorem: Theorem, divide: Fraction, given: Mapping[str, str], least: int, own: bool
) -> Target:
    """The rule parameters that were given: numbers for a shipped bound, formulas for your own."""
    from relaxsmooth.attack.target import Target
    from relaxsmooth.updates import rules

    known = rules()[theorem.rule].parameters
    numbers: dict[str, Fraction] = {}
    formulas: dict[str, Any] = {}
    for name, text in given.items():
        if name not in known:
            has = ", ".join(f"--{n}" for n in known) or "none"
            raise Refused(f"--{name}: rule {theorem.rule} has no such parameter; it has {has}")
        if name == "N" and not own:
            raise Refused(f"--N: {theorem.key} is about every N; leave it out")
        formula = _letters(text, f"--{name}")
        if name not in theorem.bound.symbols and not own:
            fixed = theorem.prescription.get(name)
            raise Refused(f"--{name}: {theorem.key} is about {name} = {fixed}; leave it out")
        if formula.value is not None and name in theorem.bound.symbols:
            numbers[name] = formula.value
        elif own:
            formulas[name] = formula
        else:
            raise Refused(f"--{name} {shorten(text)} must be a number for {theorem.key}")
        if name == "N" and formula.value is not None and formula.value.denominator != 1:
            raise Refused(f"--N {shorten(text)} is a number of steps; give a whole one")
        if formula.value is not None and formula.value <= 0:
            raise Refused(f"--{name} {shorten(text)} must be positive; give a positive number")
    if own:
        theorem = _stepping(theorem, formulas)
    return Target(theorem, divide, numbers, least)


def _stepping(theorem: Theorem, typed: Mapping[str, Any]) -> Theorem:
    """Your own statement at the steps that are formulas, in its bound and conditions as well."""
    from dataclasses import replace

    from relaxsmooth.symbols import LETTERS
    from relaxsmooth.theorem import Assumption
    from relaxsmooth.updates import rules

    parameters = rules()[theorem.rule].parameters
    formulas = _in_each_other(typed)
    conditions = tuple(
        replace(c, left=c.left.subs(formulas), right=c.right.subs(formulas))
        for c in theorem.conditions
    )
    bound = theorem.bound.subs(formulas)
    said = [bound, *formulas.values(), *(side for c in conditions for side in (c.left, c.right))]
    used = set().union(*(f.symbols for f in said))
    letters = {"L0", "L1", "M", "Delta", "eps", *(set(parameters) - {"N"})}
    for name in sorted(used - letters):
        raise Refused(
            f"{name} has no value in a statement of your own; use {', '.join(sorted(letters))}"
        )
    if bound.value is not None and bound.value <= 0:
        raise Refused(f"--bound {bound} must be positive; give a positive one")
    own = {name: LETTERS[name].formula for name in ("L0", "L1") if name in parameters}
    formulas = {**own, **formulas}
    assumptions = theorem.assumptions
    if "M" in used and Assumption.GRADIENT_BOUND not in assumptions:
        assumptions = (*assumptions, Assumption.GRADIENT_BOUND)
    return replace(
        theorem, bound=bound, conditions=conditions, prescription=formulas, assumptions=assumptions
    )


def _in_each_other(formulas: Mapping[str, Any]) -> dict[str, Any]:
    """Steps that speak of other typed steps, written out: eta = 1/(L0 + gamma L1) at a gamma."""
    found = dict(formulas)
    for _ in formulas:
        found = {name: f.subs(found) for name, f in found.items()}
    for name, f in found.items():
        if f.symbols & set(formulas):
            raise Refused(
                f"--{name} {formulas[name]} speaks of {name} itself, or in a circle; use other "
                "letters"
            )
    return found
