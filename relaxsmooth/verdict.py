"""Layer 0: what a check may say.

A check never answers with a bool: an undecided comparison that is silently
falsy is how most numerical "proofs" go wrong.  It answers with a `Status`,
whose value is the sentence shown to people, inside a `Verdict` that carries
the reason and the witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NoReturn


class Status(Enum):
    """The five answers, worst first in `SEVERITY`."""

    PROVED = "holds, with a certificate"
    REFUTED = "fails, with a witness"
    CONSISTENT = "held on every instance tried"
    UNDECIDED = "the enclosures are too wide to tell"
    INAPPLICABLE = "a hypothesis does not hold here"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a Status is not a bool: ask `status is Status.PROVED` (got {self.name})")

    def __str__(self) -> str:
        return self.name


SEVERITY = (
    Status.REFUTED,
    Status.UNDECIDED,
    Status.INAPPLICABLE,
    Status.CONSISTENT,
    Status.PROVED,
)


def weakest(statuses: Iterable[Status]) -> Status:
    """The status of a conjunction: the most severe of its parts (PROVED when empty)."""
    return min(statuses, key=SEVERITY.index, default=Status.PROVED)


@dataclass(frozen=True)
class Verdict:
    """The answer to one claim, with why, and with what anyone needs to check it.

    witness: exact values (rationals as Fraction, reals as balls) that refute or attain;
    margin: bound minus value where the claim is an inequality, None otherwise.
    """

    claim: str
    status: Status
    reason: str
    witness: Mapping[str, Any] = field(default_factory=dict)
    margin: Any = None

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a Verdict is not a bool: look at `.status` ({self.status.name})")

    def __str__(self) -> str:
        shown = ", ".join(f"{name} = {value}" for name, value in self.witness.items())
        return f"{self.status.name}: {self.claim} ({self.reason}{'; ' + shown if shown else ''})"
