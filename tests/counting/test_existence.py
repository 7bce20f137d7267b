"""T is counted of functions that have a value at every iterate and do not jump there."""

from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import EXACT, ball, opened
from relaxsmooth.counting import count, never
from relaxsmooth.counting.existence import exists
from relaxsmooth.counting.line import line
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError
from relaxsmooth.problem import problem
from relaxsmooth.text import parse
from relaxsmooth.updates import rules

F = Fraction
GD = rules()["gd"].with_parameters(h=F(1, 4))


@pytest.mark.parametrize(
    ("f", "start"),
    [
        ("piecewise(x <= 0, x^2, x^2 + 5)", 0),  # f jumps at x_0, and f' = 0 on both sides
        ("piecewise(x <= 1, x, x + 5)", 1),  # f' = 1 has lost the condition
        ("piecewise(x <= 1, exp(x), exp(x) + 1)", 1),
        ("piecewise(x <= 0, x, exp(x))", 0),  # f'(0) = 1 from both sides, f(0) = 0 and 1
    ],
)
@pytest.mark.parametrize("more", ["", " + y^2"])
def test_no_count_is_proved_through_a_point_where_f_jumps(f, start, more):
    found = count(problem(f + more, [start, 1] if more else [start]), GD, F(2), limit=10)
    assert not found.exact and "may have no value, or jump, at x_0" in found.reason


@pytest.mark.parametrize(
    "f",
    ["piecewise(x <= 0, x^2, x^2)", "piecewise(x <= 1, x^2/2, x - 1/2)",
     "piecewise(x <= 1, exp(x), exp(1)*x)"],
)  # fmt: skip
def test_false_twin_cases_that_meet_are_counted(f):
    assert count(problem(f, [1]), GD, F(1, 100)).exact


def test_a_run_of_steps_does_not_skip_over_a_point_where_f_jumps():
    f = problem("piecewise(x <= 1, x, x + 5)", [3])
    found = count(f, GD, F(1, 2), limit=100)
    assert not found.exact, found  # x_8 = 1 exactly: f has no derivative there


def test_a_root_of_what_may_be_negative_has_no_certain_value():
    h = problem("x^2*sqrt(x)", [1])
    assert exists(h, [flint.arb(1, 0.5)], None, ball())
    assert not exists(h, [flint.arb(0, 0.5)], None, ball())
    assert exists(h, [flint.arb(0)], [F(0)], ball())


def test_the_domain_of_a_step_holds_no_marker_of_its_end():
    """f' of log(x) has no value for x <= 0, written as log(-1 - x^2): no condition of its own."""
    assert line(problem("x^2", [1]), GD, F(1, 10)).domain(1) == ()
    logs = line(problem("log(x) + x", [1]), GD, F(1, 10))
    assert [str(u) for u in logs.domain(1)] == ["x", "x^2"]


def test_a_condition_without_a_value_has_no_branch():
    f = parse("piecewise(log(x) <= 0, 1, 2)")
    assert evaluate(f, {"x": flint.arb(-1)}, ball()).is_nan()


def test_a_rule_that_uses_the_lowest_value_asks_for_it():
    f = problem("x^2 + y^4")
    with pytest.raises(FormulaError, match="declare it with --f-star"):
        rules()["polyak"].map(f)


def test_a_branch_that_is_not_taken_needs_no_value():
    """f' was kept to x > 0 because of log(x), also where x^2/2 holds."""
    f = problem("piecewise(x <= 1, x^2/2, log(x) + 1/2)", [-3])
    assert count(f, rules()["gd"].with_parameters(h=F(1, 2)), F(1, 10)).latest == 5
    away = problem("piecewise(x <= 0, x, x*log(x)^2)", [-2])
    assert "domain" not in count(away, GD, F(1, 10), limit=20).reason
    none = problem("piecewise(x <= -5, log(x), x^2)", [-6])
    assert not count(none, GD, F(1, 10), limit=20).exact


@pytest.mark.parametrize(
    ("f", "never"),
    [
        ("piecewise(x <= 1, x - 1, log(x))", True),
        ("piecewise(x <= 1, x - 1, x <= 2, log(x), sqrt(x - 1) + log(2) - 1)", True),
        ("piecewise(abs(x - 9) <= 8, log(x), x < 1, x - 1, sqrt(x - 16) + log(17) - 1)", True),
        # false twins: the ray meets the case that has no value there, or one that asks for it
        ("piecewise(x <= -1000, log(x), x <= 1, x - 1, log(x))", False),
        ("piecewise(x < -1000, sqrt(x), x <= 1, x - 1, sqrt(x))", False),
        ("piecewise(log(x + 1000) <= 0, x - 1, x - 1 + min(log(x + 1000), 0))", False),
    ],
)
def test_a_ray_needs_values_only_of_the_cases_that_hold_on_it(f, never):
    found = count(problem(f, [-5]), rules()["gd"].with_parameters(h=F(1, 2)), F(1, 10), limit=50)
    assert found.infinite is never, found.reason


def test_a_pole_ends_the_region_ahead():
    """Beyond it sigma f' is large again: a long stride jumped over, and no fast tier was left."""
    found = count(problem("1/x + x", [30]), rules()["gd"].with_parameters(h=F(1, 100)), F(1, 10**5))
    assert found.exact and found.latest == 3536
    assert sum(part.steps for part in found.how if "compiled" in part.how) > 3000


@pytest.mark.parametrize(
    ("f", "start", "h"),
    [("x + max(1 - x, 2)^(1/2)", 0, 1), ("x - 1/max(x,1)", 5, 1),
     ("-x^2/2 - max(x,1)^(3/2)", 3, F(1, 2))],
)  # fmt: skip
def test_a_ray_with_a_root_of_a_case_is_still_proved(f, start, h):
    found = count(problem(f, [start]), rules()["gd"].with_parameters(h=h), F(1, 10), limit=200)
    assert found.infinite


@pytest.mark.parametrize(
    ("f", "start", "h", "eps", "T"),
    [
        ("piecewise(x <= 0, 0, x^2) + exp(y) - y", [F(1, 3), 1], F(1, 2), F(1, 100), 5),
        ("piecewise(x <= 1, x^2/2, x - 1/2) + exp(y) - y", [F(5, 3), 1], F(1, 3), F(1, 100), 14),
        ("max(x-y,0)^(5/2) + exp(y)-y + exp(x)-x", [F(1, 3), F(1, 3)], F(1, 4), F(1, 1000), 21),
    ],
)
def test_cases_that_meet_in_several_variables_are_counted(f, start, h, eps, T):
    found = count(problem(f, start), rules()["gd"].with_parameters(h=h), eps)
    assert (found.earliest, found.latest) == (T, T), found


ARMIJO = rules()["armijo"]


def test_a_trial_is_outside_only_where_the_branch_that_holds_has_no_value():
    """At the trial y = 0 exactly, where a ball cannot tell which branch holds: log(x) with x < 0
    stands in the other."""
    text = "piecewise(y <= 1e-60, 0, (y - 1e-60)^3*log(x)) + y^2/2 + cosh(x)"
    rule = ARMIJO.with_parameters(eta0=1, gamma=F(1, 10))
    found = count(problem(text, [1, F(1, 3)]), rule, F(3, 10))
    assert found.earliest <= 1 and found.latest in (1, None), found


def test_a_branch_that_is_not_taken_does_not_stop_armijo():
    f = problem("piecewise(x <= 0, x^2, x^2 + x^4*|1/x|)", [1])
    found = count(f, ARMIJO.with_parameters(eta0=F(1, 5)), F(1, 10))
    assert (found.earliest, found.latest) == (4, 4), found


def test_the_edge_of_a_quotient_of_a_product_is_outside():
    f = problem("x^2/2 + (2*x)^(-1/2)", [2])
    assert f.is_outside([F(0)], EXACT) and not f.is_outside([F(1)], EXACT)


@pytest.mark.parametrize(
    ("f", "start"),
    [("x^2/2 + (|x|-x)^2*(x-1)^(3/2)", [2]), ("x^2/2 + sqrt(x-1)^3*max(-x,0)", [2]),
     ("x^2/2 + y^2 + (|x|-x)^2*(x-1)^(3/2)", [2, 1])],
)  # fmt: skip
def test_a_step_out_of_the_domain_is_no_arrival(f, start):
    """x_1 = 1 - 2 10^-40, and (x - 1)^(3/2) has no value there, whatever it is multiplied by."""
    rule = rules()["gd"].with_parameters(h=F(1, 2) + F(1, 10**40))
    found = count(problem(f, start), rule, F(3, 2), limit=10)
    assert not found.exact, found


@pytest.mark.parametrize(
    "rest",
    ["piecewise(x <= 100, 0, (x-100)^2/2)",
     "piecewise(x <= 0, piecewise(x <= 3, x^2, 2*x^2), 0)",
     "piecewise(x <= 0, piecewise(x <= 3, x^2, 2*x^2), piecewise(x <= 100, 0, (x-100)^2/2))"],
)  # fmt: skip
def test_a_condition_in_a_branch_that_is_not_read_shows_no_jump(rest):
    """f jumps at 3 = x_5, f' has lost it, and x <= 3 stands in a branch for x <= 0 alone."""
    f = problem(f"-x + piecewise(x <= 3, 0, 5) + {rest}", [F(1, 2)])
    rule = rules()["fixed_length"].with_parameters(Rhat=F(1, 2), N=1)
    found = count(f, rule, F(1, 3), limit=300)
    assert not found.exact and found.earliest <= 5, found


def test_a_later_condition_is_read_only_where_the_first_fails():
    text = ("piecewise(y <= 1e-60, 0, log(x) <= 5, (y - 1e-60)^3*(x-1), 2*(y-1e-60)^3*(x-1))"
            " + y^2/2 + cosh(x)")  # fmt: skip
    rule = ARMIJO.with_parameters(eta0=1, gamma=F(1, 10))
    found = count(problem(text, [1, F(1, 3)]), rule, F(3, 10))
    assert found.earliest <= 1 and found.latest in (1, None), found
    f = problem("piecewise(x <= 1, x^2/2, log(x) <= 100, x^2, x^2+1)", [-1])
    assert count(f, rules()["gd"].with_parameters(h=F(1, 2)), F(1, 10)).latest == 4


def test_a_condition_that_rationals_cannot_tell_hides_nothing():
    f = problem("piecewise(exp(x) <= 2, 0, x^2/2 + sqrt(log(2)*x - x*log(2) - 1))", [1])
    found = count(f, rules()["gd"].with_parameters(h=F(1, 2)), F(3, 5))
    assert not found.exact, "f(1) = 1/2 + sqrt(-1)"


def test_cases_meet_inside_a_condition_that_no_rational_tells():
    f = "piecewise(tanh(x) - piecewise(x <= 1, x^2/2, x-1/2) <= 1, x, x^2)"
    rule = rules()["gd"].with_parameters(h=F(1, 10))
    found = count(problem(f, [F(3, 2)]), rule, F(1, 10), limit=30)
    assert "jump" not in found.reason  # x_5 = 1, where both cases are 1/2
    jump = f.replace("x-1/2", "x-1/3")
    assert "jump, at x_5" in count(problem(jump, [F(3, 2)]), rule, F(1, 10), limit=30).reason


def test_a_long_iterate_outside_the_domain_is_reported_and_no_crash():
    found = count(problem("log(x)/2", [F(3, 2)]), rules()["gd"].with_parameters(h=F(1, 10)),
                  F(1, 10), limit=3000)  # fmt: skip
    assert not found.exact


def test_only_cases_that_are_open_must_be_shown_to_meet():
    """log(1+e^x)^2 beside log(1+e^x) is not decided exactly, and its condition is never open."""
    f = problem("piecewise(cosh(x) + exp(x) <= 1, log(1+exp(x)), log(1+exp(x))^2)"
                " + piecewise(y <= 1, y^2/2, y-1/2)", [F(3, 2), 2])  # fmt: skip
    found = count(f, rules()["gd"].with_parameters(h=F(1, 7)), F(1, 10))
    assert (found.earliest, found.latest) == (45, 45), found


def test_a_trap_does_not_reach_over_a_jump():
    """f' = 1 and 2 beside 0, where f jumps: no interval around 0 is a place of certain slope."""
    for f, sigma in (("piecewise(x <= 0, x, 2*x + 5)", 0), ("piecewise(x <= 0, x, 2*x)", 1)):
        found = never._moving(
            line(problem(f, [1]), GD, F(1, 2)), flint.arb(0, 0.25), opened(ball())
        )
        assert found == sigma, f
