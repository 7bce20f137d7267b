"""One instance of a bound: a function of the class, a start, and every constant, exact.

The function is drawn, f' = s(u) with u piecewise linear (see `members`), or typed as text.  With a
second profile v it is f_u(x) + f_v(y): ‖∇²f‖ = max of the two second derivatives, so it is a member
with the same constants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from relaxsmooth.formula import FormulaError, symbol
from relaxsmooth.members import Profile, member
from relaxsmooth.problem import Problem
from relaxsmooth.problem import problem as typed
from relaxsmooth.text import parse_number, parse_point, to_text


@dataclass(frozen=True)
class Instance:
    """u (and v) or text: the function; constants: L0, L1, eps, and M where it is chosen.

    parameters: those of the rule that the bound is a formula in; family: who proposed it.
    """

    family: str
    start: tuple[Fraction, ...]
    constants: Mapping[str, Fraction]
    u: Profile | None = None
    text: str = ""
    parameters: Mapping[str, Fraction] = field(default_factory=dict)
    v: Profile | None = None

    @cached_property
    def problem(self) -> Problem:
        """f, from its start."""
        if self.u is None:
            return typed(self.text, self.start)
        f = self._part(self.u, self.start[0])
        if self.v is None:
            return f
        g = self._part(self.v, self.start[1])
        lowest = None if f.lowest is None or g.lowest is None else f.lowest + g.lowest
        objective = f.objective + g.objective.subs({"x": symbol("y")})
        because = "each part is lowest at a zero of its u"
        start = (*f.start, *g.start)
        return Problem(self.key, objective, ("x", "y"), start, "", "", lowest, because)

    def _part(self, u: Profile, start: Fraction) -> Problem:
        L0, L1 = self.constants["L0"], self.constants["L1"]
        return member(L0, L1, u.knots, u.values, u.tails, start, key=self.key)

    @property
    def key(self) -> str:
        """A short name of the function."""
        if self.u is None:
            return self.text
        more = "" if self.v is None else f" + the same of v with {len(self.v.knots)} knots"
        return f"f' = s(u), u of {len(self.u.knots)} knots{more}"

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
        profiles = [w for w in (self.u, self.v) if w is not None]
        numbers += [number for w in profiles for number in (*w.knots, *w.values)]
        return sum(len(w.knots) for w in profiles), sum(len(str(n)) for n in numbers)


def to_record(instance: Instance) -> dict[str, Any]:
    """The instance as JSON; every number is a string such as "1/160"."""
    record: dict[str, Any] = {"family": instance.family}
    if instance.u is None:
        record["function"] = instance.text
    else:
        record["u"] = _written(instance.u)
    if instance.v is not None:
        record["v"] = _written(instance.v)
    record["x0"] = ",".join(map(str, instance.start))
    record["constants"] = {name: str(value) for name, value in instance.constants.items()}
    record["parameters"] = {name: str(value) for name, value in instance.parameters.items()}
    return record


def from_record(record: Mapping[str, Any]) -> Instance:
    """The instance of a record; FormulaError where it is none."""
    try:
        u, v = (_profile(record[name]) if name in record else None for name in ("u", "v"))
        return Instance(
            str(record["family"]),
            parse_point(record["x0"], "x0"),
            {str(k): parse_number(n, k) for k, n in record["constants"].items()},
            u,
            "" if u is not None else str(record["function"]),
            {str(k): parse_number(n, k) for k, n in record["parameters"].items()},
            v,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormulaError(
            f"the record of an instance is damaged ({error}); make it again with `attack`"
        ) from None


def _written(u: Profile) -> dict[str, list[str]]:
    return {"knots": _texts(u.knots), "values": _texts(u.values), "tails": _texts(u.tails)}


def _profile(record: Mapping[str, Any]) -> Profile:
    left, right = _numbers(record["tails"])
    return Profile(_numbers(record["knots"]), _numbers(record["values"]), (left, right))


def _texts(numbers: tuple[Fraction, ...]) -> list[str]:
    return [str(number) for number in numbers]


def _numbers(texts: Any) -> tuple[Fraction, ...]:
    return tuple(parse_number(text) for text in texts)
