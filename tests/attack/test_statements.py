"""Lower bounds, and statements about the class, attacked."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.attack.claims import CLAIMS, Trial, _sum, attack_class, lines
from relaxsmooth.attack.lower import attack_lower
from relaxsmooth.constants import decide_membership
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import problem
from relaxsmooth.smoothness.several_variables import no_class
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status


def test_printed_theorem_4_falls_at_once():
    found = attack_lower(theorems()["zhang2020-theorem4"], evaluations=10)
    assert found.verdict.status is Status.REFUTED
    assert found.ratio > 1
    assert found.values["M"] > 1
    assert found.values["L0"] >= 1


@pytest.mark.parametrize("key", ["theorem4-line", "theorem4-plane"])
def test_the_repaired_theorem_4_stands_and_false_twin_its_multiple_falls(key):
    theorem = theorems()[key]
    standing = attack_lower(theorem, evaluations=8)
    assert standing.verdict.status is Status.CONSISTENT
    multiple = attack_lower(theorem, standing.ratio * Fraction(99, 100), evaluations=8)
    assert multiple.verdict.status is Status.REFUTED


@pytest.mark.slow
def test_the_class_is_not_closed_under_sums():
    found = attack_class(CLAIMS["closed-under-sums"], 2, 200)
    assert found.verdict.status is Status.REFUTED
    assert len(found.members) == 2
    assert all(verdict.status is Status.PROVED for verdict in found.members)
    assert no_class(found.trial.result).status is Status.REFUTED


def test_the_sums_on_the_line_that_break_the_class_are_found():
    """Waves of the variable in which the growth cancels: e^x and -e^x + sin(e^{x/2}) for one."""
    found = attack_class(CLAIMS["sums-on-the-line"], 1, 20)
    assert found.verdict.status is Status.REFUTED
    assert all(verdict.status is Status.PROVED for verdict in found.members)
    assert all({"L0", "L1"} <= set(verdict.witness) for verdict in found.members)
    assert no_class(found.trial.result).status is Status.REFUTED
    for f, verdict in zip(found.trial.members, found.members, strict=True):
        constants = verdict.witness["L0"], verdict.witness["L1"]
        assert decide_membership(f, *constants).status is Status.PROVED
    assert any(f"--L0 {verdict.witness['L0']} " in line for line in lines(found))


def test_the_pair_that_is_known_is_found_by_a_seed():
    outcome = attack_class(CLAIMS["sums-on-the-line"], 289, 20)
    assert outcome.verdict.status is Status.REFUTED
    assert [f.key for f in outcome.trial.members] == ["exp(x)", "-exp(x) + sin(exp(x/2))"]
    assert [(v.witness["L0"], v.witness["L1"]) for v in outcome.members] == [(1, 1), (1, 2)]
    assert "where exp(x/2) = pi/2 + 2*pi*n, n -> oo: f' = 0" in outcome.verdict.reason


@pytest.mark.parametrize("wave", ["sin(x)", "cos(x/2)", "exp(x/2)", "x^2"])
def test_false_twin_a_sum_that_is_a_member_is_not_reported(wave):
    pair = problem("exp(x)"), problem(f"-exp(x) + {wave}")
    outcome = attack_class(only(Trial(pair, _sum(*pair), {})))
    assert outcome.verdict.status is Status.CONSISTENT


def test_false_twin_a_wave_that_is_no_member_itself_is_no_counterexample():
    pair = problem("exp(x)"), problem("-exp(x) + sin(exp(2x))")
    assert no_class(_sum(*pair)).status is Status.REFUTED
    assert attack_class(only(Trial(pair, _sum(*pair), {}))).verdict.status is Status.CONSISTENT


def only(trial):
    """The statement about sums on the line with this one trial."""
    return replace(CLAIMS["sums-on-the-line"], trials=lambda draw: iter([trial]))


def test_the_sum_of_two_valleys_needs_more_than_twice_L0():
    found = attack_class(CLAIMS["sums-double-L0"])
    f, x = found.trial.result, found.result.witness["x"]
    second, first = evaluate([f.hessian[0][0], f.gradient[0]], {"x": x}, ball(256))
    L0, L1 = (ball().number(found.trial.constants[name]) for name in ("L0", "L1"))
    assert L1 > 0
    assert abs(second) > 2 * L0 + L1 * abs(first)


def test_deep_linear_nets_are_in_no_class_from_depth_two_on():
    found = attack_class(CLAIMS["deep-linear"])
    assert found.verdict.status is Status.REFUTED
    assert len(found.trial.result.variables) == 2


def test_false_twin_squares_of_one_weight_are_not_refuted():
    def squares(draw):
        yield from (Trial((), problem(f"(w1 - {k})^2"), {}) for k in range(5))

    shallow = replace(CLAIMS["deep-linear"], trials=squares)
    assert attack_class(shallow).verdict.status is Status.CONSISTENT


def test_false_twin_a_sum_whose_parts_are_no_members_is_no_counterexample():
    def outsiders(draw):
        yield Trial((problem("x^2*y^2"), problem("x^4 + y^4")), problem("x^2*y^2"), {})

    claim = replace(CLAIMS["closed-under-sums"], trials=outsiders)
    assert attack_class(claim).verdict.status is Status.CONSISTENT
