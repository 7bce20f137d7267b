"""T = 0, T = infinity with its certificate, undecided at a limit, traces, progress, bad input."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import flint
import pytest

from relaxsmooth.counting import INFINITE, count
from relaxsmooth.formula import FormulaError, formula, log
from relaxsmooth.problem import problem
from relaxsmooth.problems.hard import ext, paper2
from relaxsmooth.updates import rule
from relaxsmooth.verdict import Status


def gd(h):
    return rule("gd").with_parameters(h=h)


QUARTIC = problem("x^4", [Fraction(3, 2)])


def test_a_stationary_start_counts_zero():
    assert count(problem("x^4", [Fraction(0)]), gd(1), Fraction(1, 100)).earliest == 0
    assert count(problem("x^2 + y^2", [0, 0]), gd(1), Fraction(1, 100)).latest == 0


@pytest.mark.parametrize(
    ("text", "start", "update", "because"),
    [
        ("x^2/2", Fraction(1), gd(2), "repeated exactly"),  # x -> -x
        ("x^4", Fraction(3, 2), gd(1), "maps each of the two rays"),
        ("cosh(3*x)", Fraction(19), gd(Fraction(1, 20)), "maps each of the two rays"),
        ("-x", Fraction(0), gd(1), "farther into it"),
        ("x^3 - x", Fraction(-2), gd(Fraction(1, 100)), "farther into it"),
        ("-exp(x)", Fraction(1), gd(Fraction(1, 100)), "farther into it"),
        (
            "x^4/4 - x^2/2",
            Fraction(3, 2),
            rule("normalized").with_parameters(eta=Fraction(1), beta=Fraction(1, 10)),
            "into itself",
        ),
    ],
)
def test_infinity_is_proved_with_its_reason(text, start, update, because):
    found = count(problem(text, [start]), update, Fraction(1, 1000))
    assert found.infinite and found.exact and found.latest == INFINITE
    assert because in found.reason
    assert found.status is Status.PROVED


def test_the_extremal_function_cycles_at_its_critical_step():
    for L0, L1, M in ((1, 2, 5), (Fraction(1, 3), 7, 100)):
        h = 2 * log(formula(1 + Fraction(L1) * M / L0)) / (formula(L1) * M)
        found = count(ext(L0, L1, M), gd(h), Fraction(1, 100))
        assert found.infinite
        assert "cycle" in found.reason


def test_false_twins_of_the_critical_step():
    """A relative 1e-6 below the critical step GD arrives, above it never does."""
    h = 2 * log(formula(11)) / 10
    below = count(ext(1, 2, 5), gd(h * (1 - Fraction(1, 10**6))), Fraction(1, 100))
    above = count(ext(1, 2, 5), gd(h * (1 + Fraction(1, 10**6))), Fraction(1, 100))
    assert below.exact and not below.infinite
    assert above.infinite and "two rays" in above.reason


def test_exact_cycles_of_clipped_steps():
    update = rule("clipped").with_parameters(eta=Fraction(10), gamma=Fraction(1, 7))
    found = count(problem("|x|^3 + x^2", [Fraction(5, 7)]), update, Fraction(1, 10))
    assert found.infinite


def test_several_variables_cycle_exactly():
    found = count(problem("x^2 + y^2", [1, 2]), gd(1), Fraction(1, 10))
    assert found.infinite


@pytest.mark.parametrize("method", ["compiled", "balls"])
def test_undecided_at_a_limit_says_so(method):
    found = count(QUARTIC, gd(Fraction(1, 160)), Fraction(1, 10**6), limit=1000, method=method)
    assert (found.earliest, found.latest) == (1001, None)
    assert found.status is Status.UNDECIDED
    assert "limit" in found.reason
    assert "1001 <= T <= ?" in str(found)


def test_a_tie_is_decided_in_rationals():
    """x_k = 3/2^k: ‖∇f(x_10)‖ = eps exactly, which no ball can decide."""
    found = count(problem("x^2/2", [3]), gd(Fraction(1, 2)), Fraction(3, 1024))
    assert found.earliest == found.latest == 10
    found = count(problem("x^2/2 + y^2/2", [3, 4]), gd(Fraction(1, 2)), Fraction(5, 1024))
    assert found.earliest == found.latest == 10


def test_a_tie_far_down_a_rational_orbit():
    h, k = Fraction(2, 7), 150
    epsilon = 3 * (1 - h) ** k
    found = count(problem("x^2/2", [3]), gd(h), epsilon)
    assert found.earliest == found.latest == k
    nearly = count(problem("x^2/2", [3]), gd(h), epsilon * (1 - Fraction(1, 10**30)))
    assert nearly.earliest == nearly.latest == k + 1


def test_several_variables_agree_with_their_one_variable_parts():
    """f = g(x) + g(y) from (a, a) moves as g from a, with gradient norm sqrt 2 times as large."""
    together = count(problem("x^4 + y^4", [1, 1]), gd(Fraction(1, 50)), Fraction(1, 100))
    alone = count(problem("x^4", [1]), gd(Fraction(1, 50)), Fraction(1, 100))
    beyond = count(problem("x^4", [1]), gd(Fraction(1, 50)), Fraction(1, 150))
    assert together.exact
    assert alone.earliest <= together.earliest <= beyond.earliest


def test_rules_with_memory_and_search_are_counted():
    bowl = problem("x^4 + 3y^2", [3, 1])
    armijo = rule("armijo").with_parameters(
        eta0=Fraction(1), beta=Fraction(1, 2), gamma=Fraction(1, 4)
    )
    momentum = rule("clipped_momentum").with_parameters(
        eta=Fraction(1, 10), beta=Fraction(1, 2), gamma=Fraction(1, 4), nu=Fraction(1)
    )
    for update in (armijo, momentum):
        assert count(bowl, update, Fraction(1, 100)).exact


def test_memory_does_not_grow_with_the_count():
    def peak(epsilon):
        tracemalloc.start()
        count(QUARTIC, gd(Fraction(1, 160)), epsilon, method="compiled")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(Fraction(1, 1000))  # compiles, fills the caches
    assert peak(Fraction(1, 10**6)) < 2 * peak(Fraction(1, 10**4)) + 50_000


def test_a_trace_is_there_when_asked_for_and_thinned():
    gd_step = gd(Fraction(1, 160))
    assert count(QUARTIC, gd_step, Fraction(1, 100)).trace == ()
    found = count(QUARTIC, gd_step, Fraction(1, 1000), method="balls", trace=True)
    ks = [mark.k for mark in found.trace]
    assert ks[0] == 0 and ks == sorted(set(ks))
    assert 100 < len(ks) <= 1025 < found.earliest
    assert found.trace[0].norm.contains(flint.arb(13.5))  # 4 (3/2)^3


def test_progress_is_reported():
    seen = []
    count(QUARTIC, gd(Fraction(1, 160)), Fraction(1, 100), progress=seen.append)
    assert seen and seen == sorted(seen)


def test_how_says_which_methods_were_used():
    hard = paper2(Fraction(1, 10**8), Fraction(1))
    found = count(hard, gd(Fraction(1, 2)), Fraction(1, 10**8))
    assert [stretch.how.split(" of")[0] for stretch in found.how] == [
        "skipped exactly",
        "balls",
        "Abel function",
        "balls",
    ]
    assert sum(stretch.steps for stretch in found.how) == found.earliest


@pytest.mark.parametrize(
    ("epsilon", "options", "words"),
    [
        (Fraction(0), {}, "epsilon = 0 must be positive"),
        (Fraction(-1), {}, "epsilon = -1 must be positive"),
        (Fraction(1), {"limit": -1}, "limit = -1"),
        (Fraction(1), {"method": "guess"}, "'guess' is not one of"),
    ],
)
def test_bad_input_names_value_rule_and_remedy(epsilon, options, words):
    with pytest.raises(FormulaError, match=words):
        count(QUARTIC, gd(Fraction(1, 160)), epsilon, **options)
