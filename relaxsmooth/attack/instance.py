"""One instance of a bound: a function of the class, a start, and every constant, exact.

The function is drawn, f' = s(u) with u piecewise linear (see `members`), or typed as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from relaxsmooth.formula import FormulaError
from relaxsmooth.members import Profile, member
from relaxsmooth.problem import Problem
from relaxsmooth.problem import problem as typed
from relaxsmooth.text import parse_number, parse_point, to_text


@dataclass(frozen=True)
class Instance:
    """u or text: the function; constants: L0, L1, eps, and M where it is chosen.

    parameters: those of the rule that the bound is a formula in; family: who proposed it.
    """

    family: str
    start: tuple[Fraction, ...]
    constants: Mapping[str, Fraction]
    u: Profile | None = None
    text: str = ""
    parameters: Mapping[str, Fraction] = field(default_factory=dict)

    @cached_property
    def problem(self) -> Problem:
        """f, from its start."""
        if self.u is None:
            return typed(self.text, self.start)
        L0, L1 = self.constants["L0"], self.constants["L1"]
        u = self.u
        return member(L0, L1, u.knots, u.values, u.tails, self.start[0], key=self.key)

    @property
    def key(self) -> str:
        """A short name of the function."""
        if self.u is None:
            return self.text
        return f"f' = s(u), u of {len(self.u.knots)} knots"

    @property
    def epsilon(self) -> Fraction:
        return self.constants["eps"]

    @property
    def function(self) -> str:
        """f as text that the command line reads."""
        return self.text or to_text(self.problem.objective)

    @property
    def size(self) -> tuple[int, int]:
        """How much there is to read: knots, then digits."""
        numbers = [*self.start, *self.constants.values(), *self.parameters.values()]
        if self.u is not None:
            numbers += [*self.u.knots, *self.u.values]
        return (0 if self.u is None else len(self.u.knots)), sum(len(str(n)) for n in numbers)


def to_record(instance: Instance) -> dict[str, Any]:
    """The instance as JSON; every number is a string such as "1/160"."""
    record: dict[str, Any] = {"family": instance.family}
    if instance.u is None:
        record["function"] = instance.text
    else:
        record["u"] = {
            "knots": _texts(instance.u.knots),
            "values": _texts(instance.u.values),
            "tails": _texts(instance.u.tails),
        }
    record["x0"] = ",".join(map(str, instance.start))
    record["constants"] = {name: str(value) for name, value in instance.constants.items()}
    record["parameters"] = {name: str(value) for name, value in instance.parameters.items()}
    return record


def from_record(record: Mapping[str, Any]) -> Instance:
    """The instance of a record; FormulaError where it is none."""
    try:
        u = None
        if "u" in record:
            left, right = _numbers(record["u"]["tails"])
            u = Profile(
                _numbers(record["u"]["knots"]), _numbers(record["u"]["values"]), (left, right)
            )
        return Instance(
            str(record["family"]),
            parse_point(record["x0"], "x0"),
            {str(k): parse_number(v, k) for k, v in record["constants"].items()},
            u,
            "" if u is not None else str(record["function"]),
            {str(k): parse_number(v, k) for k, v in record["parameters"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormulaError(
            f"the record of an instance is damaged ({error}); make it again with `attack`"
        ) from None


def _texts(numbers: tuple[Fraction, ...]) -> list[str]:
    return [str(number) for number in numbers]


def _numbers(texts: Any) -> tuple[Fraction, ...]:
    return tuple(parse_number(text) for text in texts)
