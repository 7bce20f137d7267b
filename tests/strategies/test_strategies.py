"""What is drawn is valid, the domain is wide, and a false claim shrinks to something readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import EXACT, FLOAT, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import VOCABULARY, FormulaError, symbol, topological
from relaxsmooth.members import Profile, u_of
from relaxsmooth.problem import Problem
from relaxsmooth.strategies import (
    formulas,
    members,
    parameters,
    points,
    positives,
    problems,
    profiles,
    rationals,
    rules,
    simplest_between,
)
from relaxsmooth.symbols import psi
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rules as shipped_rules
from relaxsmooth.verdict import Status

REALS = ball(256)
HALF = settings(max_examples=settings.default.max_examples // 2)
SOME = settings(derandomize=True, database=None, phases=[Phase.generate])
SHRUNK = settings(SOME, max_examples=3_000, phases=[Phase.generate, Phase.shrink])
F = Fraction


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """The first `count` examples that a user's test would see."""
    found: list[Any] = []

    @settings(SOME, max_examples=count)
    @given(strategy)
    def keep(value: Any) -> None:
        found.append(value)

    keep()
    return found


@pytest.fixture(scope="module")
def some_members() -> list[Problem]:
    return drawn(members(), 50)


def least(strategy: st.SearchStrategy[Any], claim: Callable[[Any], bool]) -> Any:
    """The example that a user would be shown."""
    return find(strategy, claim, settings=SHRUNK)


def slope(f: Problem, x: Fraction) -> float:
    return float(evaluate(f.gradient[0], {"x": x}, FLOAT))


def start(f: Problem) -> Fraction:
    value = f.start[0].value
    assert value is not None
    return value


def pieces(f: Problem) -> int:
    return len(f.objective.args[2::3]) + 1 if f.objective.op == "piecewise" else 1


# --- numbers ----------------------------------------------------------------------------------


@given(rationals(F(-1, 3), 2, 9), positives(3), points(3))
def test_numbers_lie_where_they_should(q: F, p: F, x: tuple[F, ...]) -> None:
    assert F(-1, 3) <= q <= 2
    assert q.denominator <= 9
    assert F(1, 1000) <= p <= 99_000
    assert len(x) == 3
    assert all(isinstance(c, Fraction) and abs(c) <= 64 for c in x)


def test_numbers_shrink_to_the_simplest() -> None:
    assert least(rationals(), lambda q: True) == 0
    assert least(rationals(), lambda q: q > 0) == 1
    assert least(rationals(), lambda q: q.denominator > 1) in (F(1, 2), F(-1, 2))
    assert least(positives(), lambda p: True) == 1
    assert least(points(2), lambda x: x[0] < x[1]) in ((0, 1), (-1, 0))


def test_numbers_are_tiny_and_huge() -> None:
    sizes = drawn(positives(), 60)
    assert min(sizes) < F(1, 10**5)
    assert max(sizes) > 10**6
    distances = [abs(x[0]) for x in drawn(points(1), 100)]
    assert min(filter(None, distances)) < F(1, 10**4)
    assert max(distances) > 32


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(FormulaError, match=r"no rational in \[1/3, 2/5\].*raise it"):
        rationals(F(1, 3), F(2, 5), 2)


@given(positives(), positives())
def test_the_simplest_rational_between_two_is_between_them(a: Fraction, d: Fraction) -> None:
    q = simplest_between(a, a + d)
    assert a <= q <= a + d
    assert simplest_between(a, a) == a
    assert q.denominator <= a.limit_denominator(10**12).denominator


def test_the_simplest_rational_is_the_simplest() -> None:
    assert simplest_between(F(314, 100), F(315, 100)) == F(22, 7)
    assert simplest_between(F(9, 10), F(11, 10)) == 1


# --- parameters -------------------------------------------------------------------------------


def slack(values: dict[str, Fraction]) -> Status:
    gap = evaluate(psi(symbol("M")), values, REALS)
    return REALS.at_most(gap, REALS.number(values["Delta"]))


@given(parameters())
def test_parameters_belong_to_a_function(values: dict[str, Fraction]) -> None:
    assert set(values) == {"L0", "L1", "M", "Delta", "eps"}
    assert all(value > 0 for value in values.values())
    assert slack(values) is Status.PROVED
    assert values["eps"] <= values["M"]


def test_parameters_that_belong_to_no_function_would_be_noticed() -> None:
    values = {"L0": F(1), "L1": F(1), "M": F(2), "Delta": F(9, 10)}  # psi(2) = 0.9013...
    assert slack(values) is Status.REFUTED
    assert slack(values | {"Delta": F(91, 100)}) is Status.PROVED


@given(parameters(L0=F(1, 7), L1=0, M=positives(1)))
def test_parameters_can_be_fixed(values: dict[str, Fraction]) -> None:
    assert (values["L0"], values["L1"]) == (F(1, 7), 0)
    assert values["Delta"] >= values["M"] ** 2 / (2 * values["L0"])


def test_parameters_are_wide() -> None:
    found = drawn(parameters(), 100)
    ratios = [v["L1"] * v["M"] / v["L0"] for v in found]
    assert min(ratios) < F(1, 10**4)
    assert max(ratios) > 10**5
    assert max(v["L1"] / v["L0"] for v in found) > 10**6
    assert min(v["eps"] / v["M"] for v in found) < F(1, 10**8)
    assert max(v["Delta"] * v["L0"] / v["M"] ** 2 for v in found) > 10**3


def test_parameters_reach_equality_in_the_gap_inequality() -> None:
    """psi(M) = Delta up to 2e-6 is drawn, where bounds that are not sharp would hide."""
    found = drawn(parameters(L0=1, L1=1, M=2), 30)
    nearly = [v | {"Delta": v["Delta"] * F(999_998, 10**6)} for v in found]
    assert Status.REFUTED in map(slack, nearly)


# --- members ----------------------------------------------------------------------------------


@HALF
@given(members(), rationals(-9, 9, 5), rationals(-9, 9, 5))
def test_a_drawn_member_has_a_1_lipschitz_u(f: Problem, a: F, b: F) -> None:
    L0, L1 = f.constants["L0"], f.constants["L1"]
    x, y = a / L1, b / L1
    u = u_of(f, L0, L1)
    ux, uy = (evaluate(u, {"x": c}, REALS) for c in (x, y))
    with REALS.active():
        assert REALS.at_most(abs(ux - uy), REALS.number(abs(x - y))) is not Status.REFUTED


@HALF
@given(profiles(), profiles(convex=True), st.integers(2, 6).flatmap(lambda n: profiles(pieces=n)))
def test_profiles_are_as_asked(u: Profile, convex: Profile, few: Profile) -> None:
    assert all(abs(slope) <= 1 for p in (u, convex, few) for slope in p.slopes)
    assert all(slope >= 0 for slope in convex.slopes)
    assert len(few.slopes) <= 6


@HALF
@given(members(L0=F(2, 3), L1=positives(1), convex=True), rationals(-9, 9, 5))
def test_convex_members_are_convex(f: Problem, z: Fraction) -> None:
    assert f.constants["L0"] == F(2, 3)
    curvature = evaluate(f.hessian[0][0], {"x": z / f.constants["L1"]}, REALS)
    assert REALS.at_most(REALS.number(F(0)), curvature) is not Status.REFUTED


def test_members_are_of_every_kind(some_members: list[Problem]) -> None:
    ratios = [f.constants["L1"] / f.constants["L0"] for f in some_members]
    assert min(ratios) < F(1, 10**8)
    assert max(ratios) > 10**8
    assert {2, 3, 4, 5} <= {pieces(f) for f in some_members}
    # the gradient in units of L0/L1: none, and over e^13
    slopes = [abs(slope(f, start(f))) * float(r) for f, r in zip(some_members, ratios, strict=True)]
    assert min(slopes) == 0
    assert max(slopes) > 1e6
    assert any(f.lowest is not None and f.lowest.value is None for f in some_members)


def overshoots(f: Problem) -> bool:
    """Whether GD with the step 1/L0 of smooth theory goes up."""
    x = start(f)
    g = slope(f, x)
    y = float(x) - g / float(f.constants["L0"])
    after = evaluate(f.objective, {"x": y}, FLOAT)
    return bool(after > evaluate(f.objective, {"x": x}, FLOAT))


def test_members_have_starts_from_which_gradient_descent_overshoots(
    some_members: list[Problem],
) -> None:
    assert sum(map(overshoots, some_members)) >= len(some_members) // 10


def test_profiles_have_several_valleys() -> None:
    """u goes from - to + more than once, so that f has local minima above f*."""

    def valleys(u: Profile) -> int:
        knots = u.cut_at_zeros().knots
        places = [knots[0] - 1, *knots, knots[-1] + 1]
        signs = [v > 0 for v in (u.at((a + b) / 2) for a, b in pairwise(places)) if v != 0]
        return sum(not a and b for a, b in pairwise(signs))

    found = drawn(profiles(), 60)
    assert sum(valleys(u) >= 2 for u in found) >= 6
    assert {valleys(u) for u in drawn(profiles(convex=True), 30)} <= {0, 1}


def curvature_exceeds_L0(f: Problem) -> bool:
    return bool(evaluate(f.hessian[0][0], {"x": start(f)}, REALS) > REALS.number(f.constants["L0"]))


def is_concave_at_start(f: Problem) -> bool:
    return bool(evaluate(f.hessian[0][0], {"x": start(f)}, REALS) < 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("refutes", "at_most"),
    [(curvature_exceeds_L0, 2), (is_concave_at_start, 4)],
)
def test_a_false_claim_shrinks_to_few_pieces_and_small_numbers(
    refutes: Callable[[Problem], bool], at_most: int
) -> None:
    f = least(members(), refutes)
    assert pieces(f) <= at_most
    assert f.constants == {"L0": 1, "L1": 1}
    assert abs(start(f)) <= 4
    assert len(str(f.objective)) < 150


def test_a_true_claim_is_not_refuted(some_members: list[Problem]) -> None:
    def steeper_than_the_gap_allows(f: Problem) -> bool:
        """f(x) - f* < psi(|f'(x)|), against the sharp inequality of the class."""
        x = start(f)
        with REALS.active():
            gap = evaluate(f.objective - f.lowest, {"x": x}, REALS)
            g = REALS.apply("abs", evaluate(f.gradient[0], {"x": x}, REALS))
        return REALS.less_than(gap, evaluate(psi(symbol("g")), f.constants | {"g": g}, REALS)) is (
            Status.PROVED
        )

    assert not any(map(steeper_than_the_gap_allows, some_members))


NAMED = {
    "members": members(),
    "parameters": parameters(),
    "formulas": formulas(),
    "points": points(2),
    "rules": rules(),
}


@pytest.mark.parametrize("name", NAMED)
def test_nothing_starves(name: str) -> None:
    """Every draw is valid: no strategy filters, so that 15 of 15 examples reach the test."""
    assert len(drawn(NAMED[name], 15)) == 15


# --- problems, rules, formulas ------------------------------------------------------------------


def test_problems_are_shipped_ones_and_members() -> None:
    found = drawn(problems(), 20)
    assert {"member of" in f.key for f in found} == {True, False}
    assert max(f.dimension for f in found) > 1
    assert {f.dimension for f in drawn(problems(1), 10)} == {1}


@HALF
@given(rules())
def test_drawn_rules_are_bound(rule: UpdateRule) -> None:
    assert not rule.missing
    assert rule.key in shipped_rules()


@pytest.mark.parametrize("key", shipped_rules())
def test_every_rule_can_be_drawn(key: str) -> None:
    assert least(rules(key), lambda rule: True).key == key


def test_every_operation_occurs_in_drawn_formulas() -> None:
    found = drawn(formulas(("x", "y")), 200)
    assert frozenset().union(*(f.symbols for f in found)) == {"x", "y"}
    seen = Counter(node.op for f in found for node in topological((f,)))
    assert set(seen) == set(VOCABULARY) - {"sqrt"}  # written as a power


@pytest.mark.slow
def test_formulas_shrink_to_one_operation() -> None:
    assert str(least(formulas(), lambda f: f.op == "exp")) == "exp(x)"
    wrong = least(formulas(), lambda f: "abs" in {n.op for n in topological((f,))})
    assert str(wrong) == "abs(x)"
    assert evaluate(wrong, {"x": F(-2)}, EXACT) == 2
