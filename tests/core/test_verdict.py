"""A verdict is never a bool, and the weakest part decides a conjunction."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import permutations

import pytest

from relaxsmooth.verdict import SEVERITY, Status, Verdict, weakest


@pytest.mark.parametrize("status", Status)
def test_a_status_has_no_truth_value(status: Status) -> None:
    for use in (bool, lambda s: not s, lambda s: s and True, lambda s: 1 if s else 0):
        with pytest.raises(TypeError, match=f"not a bool.*{status.name}"):
            use(status)


@pytest.mark.parametrize("status", Status)
def test_a_verdict_has_no_truth_value(status: Status) -> None:
    with pytest.raises(TypeError, match="not a bool"):
        bool(Verdict("x <= 1", status, "tried"))


def test_the_weakest_status_is_the_most_severe_in_any_order() -> None:
    for statuses in permutations(Status, 3):
        assert weakest(statuses) is min(statuses, key=SEVERITY.index)
    assert weakest([]) is Status.PROVED
    assert weakest(Status) is Status.REFUTED


def test_every_status_has_a_severity_and_undecided_is_worse_than_consistent() -> None:
    assert sorted(SEVERITY, key=lambda s: s.name) == sorted(Status, key=lambda s: s.name)
    assert weakest([Status.PROVED, Status.CONSISTENT]) is Status.CONSISTENT
    assert weakest([Status.CONSISTENT, Status.UNDECIDED]) is Status.UNDECIDED


def test_a_verdict_says_what_why_and_where() -> None:
    shown = str(Verdict("f <= 1", Status.REFUTED, "it is 2", {"x": 3}))
    assert shown == "REFUTED: f <= 1 (it is 2; x = 3)"


def test_a_verdict_does_not_change() -> None:
    verdict = Verdict("f <= 1", Status.PROVED, "by hand")
    with pytest.raises(FrozenInstanceError):
        verdict.status = Status.REFUTED  # type: ignore[misc]
