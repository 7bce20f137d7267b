"""Every rule found in the folder, in every arithmetic: exactness, scale, rotation, extremes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import EXACT, FLOAT, NotExact, Undecided, ball
from relaxsmooth.formula import ZERO, FormulaError, formula, number, symbol
from relaxsmooth.problem import Problem, problem
from relaxsmooth.update import UpdateRule
from relaxsmooth.updates import rule, rules

F = Fraction
TENTH = F(1, 10)
BOWL = replace(problem("x^2/2 + y^2 + x^4/4"), lowest=formula(0))
LINE = replace(problem("x^2/2 + x^4/4"), lowest=formula(0))
PLAIN = [r.key for r in rules().values() if type(r) is UpdateRule]
few = settings(max_examples=8)  # times the number of rules
points = st.tuples(*[st.fractions(-5, 5, max_denominator=9)] * 2).filter(any)
positive = st.fractions(F(1, 50), 20, max_denominator=50)


def bound(key: str, **given: Fraction) -> UpdateRule:
    r = rule(key)
    four = {"N": F(4)} if "N" in r.missing else {}  # a number of steps, with a rational root
    return r.with_parameters(**(dict.fromkeys(r.missing, TENTH) | four | given))


def stepped(r: UpdateRule, p: Problem, x, arithmetic):
    with arithmetic.active():
        at = [arithmetic.number(F(c)) for c in x]
    return r.step(p, at, r.initial(p, at, arithmetic), arithmetic)[0]


def sharp_ball(value):
    with ball(800).active():
        return ball(800).number(F(value))


def test_the_folder_holds_the_families():
    assert {"gd", "clipped", "normalized", "relaxed", "vankov", "polyak", "armijo"} < set(rules())


@pytest.mark.parametrize("key", rules())
def test_every_rule_is_found_under_its_own_key_with_a_title_and_a_source(key):
    r = rules()[key]
    assert r.key == key and r.title and r.source
    assert r.size.symbols - {"g", "gap", "n", "accepted"} <= set(r.parameters)


def test_an_unknown_rule_names_the_known_ones():
    with pytest.raises(FormulaError, match="'adam' is not known; choose one of armijo, clipped"):
        rule("adam")


def test_a_missing_parameter_is_named():
    with pytest.raises(FormulaError, match="needs a value for h"):
        stepped(rule("gd"), BOWL, (1, 1), FLOAT)


@pytest.mark.parametrize("key", rules())
@few
@given(x=points)
def test_ball_step_contains_the_exact_step(key, x):
    r = bound(key)
    try:
        exact = [sharp_ball(c) for c in stepped(r, BOWL, x, EXACT)]
    except NotExact:  # an irrational norm: compare with a far sharper enclosure
        exact = stepped(r, BOWL, x, ball(800))
    for enclosure, value in zip(stepped(r, BOWL, x, ball(96)), exact, strict=True):
        assert enclosure.contains(value) and enclosure.rad() < 1e-20


@pytest.mark.parametrize("key", rules())
@few
@given(x=st.fractions(-5, 5, max_denominator=9))
def test_on_the_line_exact_and_ball_steps_agree(key, x):
    r = bound(key)
    try:
        (exact,) = stepped(r, LINE, (x,), EXACT)
    except NotExact:  # only where the rule itself takes a logarithm
        assert key == "vankov"
        return
    (enclosure,) = stepped(r, LINE, (x,), ball(200))
    assert enclosure.contains(sharp_ball(exact)) and enclosure.rad() < 1e-40


@pytest.mark.parametrize("key", rules())
@few
@given(x=points)
def test_rotations_commute_with_a_step(key, x):
    """With y = Q x and f~(y) = f(Q' y), the steps are the same points."""
    c, s = F(3, 5), F(4, 5)
    names = {"x": c * symbol("x") + s * symbol("y"), "y": -s * symbol("x") + c * symbol("y")}
    turned = replace(BOWL, objective=BOWL.objective.subs(names))
    y = (c * x[0] - s * x[1], s * x[0] + c * x[1])
    a, b = stepped(bound(key), BOWL, x, ball(128))
    u, v = stepped(bound(key), turned, y, ball(128))
    assert (u - (a * 3 - b * 4) / 5).contains(0)
    assert (v - (a * 4 + b * 3) / 5).contains(0)


# under x = c z: g~ = c g, L0~ = c^2 L0, L1~ = c L1, and step sizes scale by 1/c^2
SCALES = {"h": -2, "eta": -2, "gamma": 1, "beta": 1, "L0": 2, "L1": 1, "theta": 0, "eta0": -2}
SCALES |= {"Rhat": -1, "N": 0}
NORMALIZED = {"eta": -1}  # in eta/(g + beta), eta is a length
PURE = {"armijo": {"gamma": 0, "beta": 0}, "clipped_momentum": {"beta": 0, "nu": 0}}


@pytest.mark.parametrize("key", rules())
@few
@given(x=points, c=positive)
def test_scale_covariance(key, x, c):
    scales = SCALES | (NORMALIZED if key == "normalized" else {}) | PURE.get(key, {})
    r = bound(key)
    scaled = r.with_parameters(
        **{n: v * number(c ** scales[n]) for n, v in r.parameters.items() if scales[n]}
    )
    small = replace(BOWL, objective=BOWL.objective.subs({n: c * symbol(n) for n in "xy"}))
    here = stepped(r, BOWL, x, ball(160))
    there = stepped(scaled, small, [xi / c for xi in x], ball(160))
    for a, b in zip(here, there, strict=True):
        assert (a - b * sharp_ball(c)).contains(0)


def test_false_twin_a_wrong_scaling_is_seen():
    r = bound("clipped")
    wrong = r.with_parameters(eta=TENTH, gamma=TENTH)  # not scaled at all
    small = replace(BOWL, objective=BOWL.objective.subs({n: 2 * symbol(n) for n in "xy"}))
    here, there = stepped(r, BOWL, (1, 2), FLOAT), stepped(wrong, small, (F(1, 2), 1), FLOAT)
    assert abs(here[0] - 2 * there[0]) > 1e-3


@settings(max_examples=15)
@given(x=points, eta=positive)
def test_clipped_with_a_huge_threshold_is_gd(x, eta):
    clipped = bound("clipped", eta=eta, gamma=F(10) ** 9)
    expected = stepped(bound("gd", h=eta), BOWL, x, ball(128))
    for a, b in zip(stepped(clipped, BOWL, x, ball(128)), expected, strict=True):
        assert a.overlaps(b)


@settings(max_examples=25)
@given(x=points, eta=positive, gamma=positive)
def test_a_clipped_step_is_never_longer_than_eta_gamma(x, eta, gamma):
    after = stepped(bound("clipped", eta=eta, gamma=gamma), BOWL, x, ball(128))
    with ball(128).active():
        step = ball(128).norm([a - ball(128).number(c) for a, c in zip(after, x, strict=True)])
        assert not step > ball(128).number(eta * gamma)


def test_the_clipped_bound_is_attained():
    after = stepped(bound("clipped", eta=F(1, 2), gamma=F(1, 3)), problem("5x"), (1,), EXACT)
    assert after == [1 - F(1, 6)]


@pytest.mark.parametrize("key", [k for k in rules() if k != "vankov"])
@pytest.mark.parametrize("g", [F(10) ** 300, F(1, 10**300)])
def test_float_steps_are_right_at_extreme_gradients(key, g):
    """On f = g (x + y)/sqrt2-like slopes the float step has the exact relative length."""
    if key in ("polyak", "armijo"):
        return  # f itself leaves the doubles there: see the next test
    p = Problem("steep", g * 3 * symbol("x") + g * 4 * symbol("y"), ("x", "y"), (ZERO, ZERO))
    r = bound(key, **({"h": 1 / g} if key == "gd" else {"eta": 1 / g} if key == "clipped" else {}))
    got = stepped(r, p, (0, 0), FLOAT)
    wanted = stepped(r, p, (0, 0), ball(2400))
    for a, b in zip(got, wanted, strict=True):
        assert abs(a / float(b.mid()) - 1) < 1e-12


def test_vankov_step_is_right_in_balls_where_floats_round_to_no_step():
    """log(1 + z) is 0 in doubles for z < 1e-16; the ball step has relative accuracy."""
    g = F(1, 10**300)
    p = Problem("flat", g * symbol("x"), ("x",), (ZERO,))
    (x,) = stepped(bound("vankov", L0=F(1), L1=F(1)), p, (0,), ball(2400))
    with ball(2400).active():
        assert (x * -(10**300) - 1).abs_upper() < 1e-290
    (big,) = stepped(
        bound("vankov", L0=F(1), L1=F(1)),
        p.__class__("steep", symbol("x") / g, ("x",), (ZERO,)),
        (0,),
        FLOAT,
    )
    assert big == pytest.approx(-0.6931471805599453, rel=1e-15)  # -log 2/L1


def test_a_stationary_point_is_kept_by_every_rule():
    for key in rules():
        for arithmetic in (FLOAT, EXACT):
            assert stepped(bound(key), BOWL, (0, 0), arithmetic) == [0, 0]


def test_polyak_reaches_the_minimiser_of_a_sharp_function_at_once():
    sharp = replace(problem("abs(x)"), lowest=formula(0))
    assert stepped(rule("polyak"), sharp, (F(7, 3),), EXACT) == [0]


def test_polyak_without_f_star_says_so():
    with pytest.raises(FormulaError, match="needs f\\* of"):
        stepped(rule("polyak"), problem("x^2"), (1,), FLOAT)


def test_the_optimal_step_minimises_the_descent_bound():
    """s -> -s g² + (L0 + L1 g) phi(L1 s g)/L1² is least at vankov's s: its derivative is 0."""
    from relaxsmooth.evaluation import evaluate
    from relaxsmooth.symbols import L0, L1, G, phi

    s = symbol("s")
    model = -s * G**2 + (L0 + L1 * G) * phi(L1 * s * G) / L1**2
    values = {"L0": F(2), "L1": F(3), "g": F(5, 7)}
    slope = model.diff("s").subs({"s": rule("vankov").size})
    assert evaluate(slope, values, ball(128)).contains(0)
    twin = model.diff("s").subs({"s": rule("vankov_simple").size})
    assert evaluate(twin, values, ball(128)) < 0


# --- Armijo ------------------------------------------------------------------------------------


def test_armijo_takes_the_first_accepted_trial():
    # x^2 from 1: x - 2 eta x; accepted iff 1 - (1 - 2 eta)^2 >= 4 gamma eta, i.e. eta <= 1 - gamma
    r = bound("armijo", eta0=F(4), beta=F(1, 2), gamma=F(1, 4))
    assert stepped(r, problem("x^2"), (1,), EXACT) == [1 - 2 * F(1, 2)]
    twin = bound("armijo", eta0=F(4), beta=F(1, 2), gamma=F(3, 5))
    assert stepped(twin, problem("x^2"), (1,), EXACT) == [1 - 2 * F(1, 4)]


def test_an_undecided_armijo_test_raises_and_more_bits_decide_it():
    tie = bound("armijo", eta0=F(3, 4), beta=F(1, 2), gamma=F(1, 4))  # equality at eta = 3/4
    assert stepped(tie, problem("x^2"), (1,), EXACT) == [F(-1, 2)]
    noisy = problem("(x + log(2))^2")
    x = ball(64).number(F(1)) - ball(24).apply("log", ball(24).number(F(2)))
    with pytest.raises(Undecided, match="repeat with more bits"):
        tie.step(noisy, [x], None, ball(64))


def test_armijo_has_no_map_and_no_size_in_g():
    with pytest.raises(FormulaError, match="searches for its step"):
        bound("armijo").map(BOWL)
    with pytest.raises(FormulaError, match="beta = 1 must be below 1"):
        rule("armijo").with_parameters(beta=1)


# --- momentum ----------------------------------------------------------------------------------


def test_momentum_without_memory_is_clipped_gd():
    given = {"eta": TENTH, "gamma": F(1, 3)}
    plain = stepped(bound("clipped", **given), BOWL, (3, 1), ball(128))
    forgetful = bound("clipped_momentum", beta=F(0), **given)
    for a, b in zip(stepped(forgetful, BOWL, (3, 1), ball(128)), plain, strict=True):
        assert a.overlaps(b)


def test_momentum_follows_its_recursion():
    r = bound("clipped_momentum", eta=F(1), gamma=F(100), beta=F(1, 2))
    p = problem("x^2/2")
    x, m = [F(8)], r.initial(p, [F(8)], EXACT)
    x, m = r.step(p, x, m, EXACT)
    assert (x, m) == ([0], [8])  # m0 = 8, m1 = (8 + 8)/2, x1 = 8 - 8
    x, m = r.step(p, x, m, EXACT)
    assert (x, m) == ([-4], [4])  # heavy ball overshoots


def test_mixed_clipping_is_the_average_of_both():
    p, given = problem("x^2/2"), {"eta": F(1), "gamma": F(1), "beta": F(1, 2)}
    start, state = [F(3)], [F(-1)]
    ends = [bound("clipped_momentum", nu=F(n, 2), **given).step(p, start, state, EXACT)[0][0]
            for n in (0, 1, 2)]  # fmt: skip
    assert ends[1] == (ends[0] + ends[2]) / 2 and ends[0] == ends[2] == 2


@pytest.mark.parametrize(("name", "value"), [("beta", F(1)), ("beta", F(-1)), ("nu", F(2))])
def test_momentum_ranges_are_kept(name, value):
    with pytest.raises(FormulaError, match=f"{name} = {value} breaks"):
        rule("clipped_momentum").with_parameters(**{name: value})
