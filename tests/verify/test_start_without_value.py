"""f(x0) without a value decides nothing about Delta or M."""

from fractions import Fraction

import pytest

from relaxsmooth.problem import problem
from relaxsmooth.setting import settle
from relaxsmooth.theorem import Assumption
from relaxsmooth.verdict import Status

F = Fraction


@pytest.mark.parametrize(
    ("f", "start"), [("x^2+y^2+1/(x^2+y^2)", [0, 0]), ("log(x)^2+y^2", [-1, 1])]
)
def test_a_bound_of_the_gradient_is_undecided_there(f, start):
    found = settle(problem(f, start), F(1, 10), {"L0": F(2), "L1": F(1)})
    assert "Delta" not in found.values and "M" not in found.values
    decided = found.decided[Assumption.GRADIENT_BOUND]
    assert decided.status is Status.UNDECIDED and "f" in decided.reason


def test_false_twin_an_unbounded_function_has_no_such_bound():
    found = settle(problem("x-y", [1, 1]), F(1, 10), {"L0": F(2), "L1": F(1)})
    assert found.decided[Assumption.GRADIENT_BOUND].status is Status.REFUTED
