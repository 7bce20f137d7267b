"""Every bounding step of an upper value, against members: a slip in one of them is caught."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from relaxsmooth.updates import rule
from relaxsmooth.worstcase import Question, relax, turns
from relaxsmooth.worstcase.floats import Floats
from relaxsmooth.worstcase.search import _turning_last

F = Fraction
CELLS = 24
GD = rule("gd").with_parameters(h=F(9, 5))
QUESTIONS = [
    Question(GD, F(1), F(0), F(1)),
    Question(GD, F(1), F(0), F(1), convex=True),
    Question(rule("clipped").with_parameters(eta=F(3, 2), gamma=F(1)), F(1), F(1, 2), F(2)),
    Question(
        rule("normalized").with_parameters(eta=F(1), beta=F(1)), F(1), F(2), F(1), convex=True
    ),
]
E = F(1, 3)  # the gradient norm that is kept


# --- the relaxation --------------------------------------------------------------------------


def steps_of_members(question, grid, unit, cases=4000):
    """(cell of u, cell of |v|, decrease in floats) of steps u -> v that members allow."""
    real, draw = Floats(question), random.Random(1)
    count = len(grid.shortest)
    for _ in range(cases):
        i = draw.randrange(count)
        part = draw.choice([0.0, 1e-9, draw.random(), 1 - 1e-9])
        u = unit * relax.FINE * (grid.first + i + part)
        d = real.length(u)
        low, high = u - d, u if question.convex else u + d
        edges = [
            unit * relax.FINE * (grid.first + k) * side for k in range(count) for side in (1, -1)
        ]
        v = draw.choice([low, high, draw.uniform(low, high), draw.choice(edges)])
        j = int(abs(v) / unit / relax.FINE + 1e-12) - grid.first
        if low <= v <= high and 0 <= j < count and i + part < count:
            yield i, j, real.decrease(u, v, d)


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_step_of_a_member_costs_less_than_its_cells_say(question):
    grid = relax._grid(question, E, CELLS)
    costs = relax._costs(question, grid)
    unit = grid.unit[0]
    found = [(costs[i, j], real) for i, j, real in steps_of_members(question, grid, unit)]
    assert len(found) > 1000
    assert all(cost <= real + 1e-9 for cost, real in found)
    close = np.array([cost >= 0.6 * real for cost, real in found])
    assert close.mean() > 0.1  # and the cells say something


@pytest.mark.parametrize("question", QUESTIONS)
def test_lengths_and_tables_enclose(question):
    grid, real = relax._grid(question, E, CELLS), Floats(question)
    unit = grid.unit[0]
    for i, (short, long) in enumerate(zip(grid.shortest, grid.longest, strict=True)):
        for part in (0, 0.3, 0.7, 1):
            d = real.length(unit * relax.FINE * (grid.first + i + part)) / unit
            assert short <= d * (1 + 1e-12) and d * (1 - 1e-12) <= long
    for k in range(1, len(grid.low), 7):
        P, s = real.P(unit / 2 * k), real.s(unit / 2 * k)
        assert grid.low[k] <= P * (1 + 1e-13) and grid.high[k] >= P * (1 - 1e-13)
        assert grid.s_low[k] <= s * (1 + 1e-13) and s * (1 - 1e-13) <= grid.s_high[k]


def test_the_relaxation_counts_every_step():
    """V_N by hand: N equal costs on one cell, and P at the end."""
    costs, floor = np.array([[0.25]]), np.array([0.5])
    value = floor
    for n in range(1, 5):
        value = np.maximum(floor, relax._stepped(costs, value))
        assert value[0] == pytest.approx(0.5 + n / 4, rel=1e-12)
        assert value[0] < 0.5 + n / 4  # from below


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_number_of_steps_is_the_first_that_is_excluded(question, monkeypatch):
    fine = 160
    N = relax.steps_excluded(question, E, fine)
    assert relax.excluded(question, E, N, fine)
    assert not relax.excluded(question, E, N - 1, fine)
    monkeypatch.setattr(relax, "WORK", 3 * fine**2)  # after three, from the gain of one
    later = relax.steps_excluded(question, E, fine)
    assert N <= later <= 2 * N + 2 * relax.SETTLE
    assert relax.excluded(question, E, later, fine)


def test_the_number_of_steps_from_the_gain_of_one(monkeypatch):
    """One cell: V_N = 1/2 + N/4 exceeds 100 first at N = 399; every step beyond is counted once."""
    question = Question(GD, F(1), F(0), F(100))
    costs = np.array([[0.25]]), np.array([0.5])
    monkeypatch.setattr(relax, "_positive_costs", lambda *asked: costs)
    assert relax.steps_excluded(question, E) == 399
    monkeypatch.setattr(relax, "WORK", 3)
    monkeypatch.setattr(relax, "SETTLE", 1)
    assert 399 <= relax.steps_excluded(question, E) <= 402


# --- turns -----------------------------------------------------------------------------------


@pytest.mark.parametrize("h", [F(17, 10), F(9, 5), F(19, 10)])
@pytest.mark.parametrize("N", [1, 2, 3, 5])
def test_no_path_that_turns_costs_less_than_it_must_and_some_no_more(N, h):
    """At level e, a path that stays and then crosses one valley j times attains t_j."""
    question = Question(rule("gd").with_parameters(h=h), F(1), F(0), F(4))
    known, real = turns.Turns(question, E, E), Floats(question)
    assert known.not_shown == ""
    levels = dict(known._turning_levels(N))
    costs = [known._cost(j, t, N).mid() for j, t in levels.items()]
    assert not costs or known.cheapest(N) <= min(costs) * (1 + 1e-9)
    for j, t in levels.items():
        us = _turning_last(real, real.u(float(E)), N, j)
        depth, bad = real.depth(us)
        if bad > 1e-9:  # no member: it does not reach so far
            continue
        room = us[N - j]
        assert float(t) <= real.s(room) * (1 + 1e-9)
        cost = float(known._cost(j, t, N).mid())
        assert cost <= depth * (1 + 1e-9)
        if j == 1:  # attained
            assert float(t) == pytest.approx(real.s(room), rel=1e-9)
            assert N > 1 or cost == pytest.approx(depth, rel=1e-9)


def test_below_the_preimage_no_step_reaches_that_level_on_the_other_side():
    question = QUESTIONS[0]
    known, real = turns.Turns(question, E, E), Floats(question)
    room = question.at(question.level, F(1, 2))
    t = float(known.preimage(room))
    spare = [real.length(real.u(g)) - real.u(g) for g in np.linspace(float(E), t * (1 - 1e-9), 50)]
    assert max(spare) < float(room.mid())
    assert real.length(real.u(t)) - real.u(t) == pytest.approx(float(room.mid()), rel=1e-9)


def test_random_members_that_turn_cost_as_much():
    question = Question(GD, F(1), F(0), F(4))
    known, real, draw = turns.Turns(question, E, E), Floats(question), random.Random(3)
    e, tried, N = real.u(float(E)), 0, 4
    for _ in range(4000):
        us = [e * draw.choice([1, draw.uniform(1, 3)])]
        for _ in range(N):
            u, d = us[-1], real.length(abs(us[-1]))
            side = 1 if u > 0 else -1
            across = -side * draw.choice([e, max(e, d - abs(u))])
            us.append(draw.choice([side * e, across, u, side * max(e, abs(u) - d / 8)]))
        depth, bad = real.depth(us)
        first = next((k for k in range(N) if us[k] * us[k + 1] < 0), None)
        if bad > 1e-12 or first is None:
            continue
        tried += 1
        j = N - first
        t = dict(known._turning_levels(N)).get(j)
        assert t is not None and real.s(abs(us[first])) >= float(t) * (1 - 1e-9)
        assert depth >= float(known._cost(j, t, N).lower()) * (1 - 1e-9)
    assert tried > 30


def test_a_path_that_never_turns_is_counted_step_by_step():
    question = Question(rule("gd").with_parameters(h=F(1)), F(1), F(0), F(1))
    g = 2 / (2 + 5 * 3) ** 0.5  # worst for N = 5: 4/(2 + 3 N), squared
    below, above = (F(g * k).limit_denominator(10**9) for k in (1 - 1e-6, 1 + 1e-6))
    assert not turns.excluded_by_turns(question, below, 5)
    assert turns.excluded_by_turns(question, above, 5)


def test_steps_that_do_not_turn_lower_f_by_the_decrease_that_is_kept():
    """A rule near to 2 u: D(u, e) is only just increasing, and is decided by its slope."""
    near = rule("relaxed").with_parameters(L0=F(1), L1=F(1, 10), theta=F(90, 49))
    question, e = Question(near, F(1), F(1, 10), F(10)), F(1, 11)
    known, real = turns.Turns(question, e, e), Floats(question)
    assert known.not_shown == ""
    u_e = real.u(float(e))
    for u in np.linspace(u_e, real.u(float(question.cap)), 500):
        assert real.decrease(u, u_e, real.length(u)) >= float(known.decrease.mid()) * (1 - 1e-12)


def test_the_step_before_a_turn_costs_what_is_said():
    """min of D(u, v) over v >= t, against a grid; short steps from high levels too."""
    clipped = rule("clipped").with_parameters(eta=F(9, 5), gamma=F(1, 2))
    question = Question(clipped, F(1), F(0), F(4))
    known, real = turns.Turns(question, E, E), Floats(question)
    for t in (F(2, 5), F(1, 2), F(1)):
        found = float(known._least_before(t).lower())
        for u in np.linspace(float(E), float(question.cap), 400):
            d = real.length(u)
            v = max(float(t), u - d)
            if v <= u + d:
                assert real.decrease(u, v, d) >= found * (1 - 1e-9)


@pytest.mark.parametrize("N", [1, 3])
def test_a_convex_path_that_turns_costs_what_is_said(N):
    question = Question(rule("gd").with_parameters(h=F(9, 5)), F(1), F(0), F(9), convex=True)
    known, real = turns.Turns(question, E, E), Floats(question)
    for j, t in known._turning_levels(N):
        last = _turning_last(real, real.u(float(E)), j, j)
        us = last[:1] * (N - j) + last
        depth, bad = real.depth(us)
        assert bad < 1e-9
        cost = float(known._cost(j, t, N).mid())
        assert cost <= depth * (1 + 1e-9)
        assert j > 1 or cost == pytest.approx(depth, rel=1e-9)
