"""The search finds certificates for what is true, and none for what is false."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from kernel_examples import L0, L1, SQUARE, STEP, TRUE, UNIT, E, G, H, T, U, X, Y, phi

from proofs_check import kernel
from proofs_check.search import accepted, certify
from proofs_check.search.cells import real_roots, simplest
from proofs_check.statement import contradiction, exp, statement


@pytest.mark.parametrize("name", TRUE)
def test_some_kind_is_found_unasked(name):
    wanted = TRUE[name][1]
    found = certify(wanted)
    assert found is not None and accepted(wanted, found)


def test_the_identity_of_the_paper_is_found_as_a_person_would_write_it():
    found = certify(TRUE["half of the step is kept"][1], "handelman")
    assert found is not None
    assert found["proof"] == {
        "factor": [["1", [], []]],
        "terms": [["1/10", [], []], ["1/2", [4], []], ["2/5", [5], []]],
        "multipliers": [],
    }


FALSE = {
    "half of the step, 20 turned into 5": statement(
        [*STEP[:4], 2 * L0 * H <= 1, 2 * L1 * G * H <= 1], 1 - (5 * L0 + 4 * L1 * G) * H > 0
    ),
    "phi below 7/10 t^2": statement(UNIT, phi(T) <= Fraction(7, 10) * T**2),
    "phi, just below e - 2": statement(UNIT, phi(T) <= (E - 2 - Fraction(1, 10**4)) * T**2),
    "x^4 with L0 = 15.99": statement([U >= 0], 4 * U**3 - 12 * U**2 + Fraction(1599, 100) >= 0),
    "strict where equality holds": statement([U >= 0], 4 * U**3 - 12 * U**2 + 16 > 0),
    "just outside the disc": statement([*SQUARE, X**2 + Y**2 <= 1], Fraction(7, 5) >= X + Y),
    "an equality that is none": statement([X.equals(Y)], (X**2).equals(Y**3)),
    "they can hold": contradiction(X > 0, Y > 0, X + Y < 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FALSE)
def test_nothing_is_found_for_a_false_statement(name):
    assert certify(FALSE[name]) is None


def test_the_largest_step_of_half_decrease():
    """4 phi(c) <= c holds up to 0.4308 and fails from 0.4309 on."""
    c, below, above = T, Fraction(4308, 10**4), Fraction(4309, 10**4)
    assert certify(statement([c >= 0, c <= below], 4 * phi(c) <= c)) is not None
    assert certify(statement([c >= above], 4 * phi(c) > c)) is not None
    assert certify(statement([c >= 0, c <= above], 4 * phi(c) <= c)) is None


def test_the_largest_theta_of_the_adaptive_step():
    """2 theta + 1 - e^theta > 0 on (0, 1.2564]."""
    inside = [T > 0, Fraction(12564, 10**4) >= T]
    assert certify(statement(inside, 2 * T + 1 - exp(T) > 0)) is not None


def test_contact_inside_is_found_for_exponentials():
    """(t - 1)^2 e^t >= 0 and e^t >= e t, with equality at t = 1."""
    assert certify(statement([], (T - 1) ** 2 * exp(T) >= 0)) is not None
    assert certify(statement([], exp(T) >= E * T)) is not None


def test_squares_may_be_given():
    wanted = statement([], X**2 + 4 * Y**2 >= 4 * X * Y)
    assert certify(wanted, "handelman", squares=[(X - 2 * Y).f]) is not None


def test_a_limit_ends_the_search():
    assert certify(TRUE["on the circle"][1], "tree", limit=3) is None


def test_roots_that_touch_are_separated():
    """(x - 1)^3 (x^2 - 2) (x - 1414213562373/10^12): two roots 1e-13 apart."""
    from flint import fmpq, fmpq_poly

    near = fmpq(1414213562373, 10**12)
    p = fmpq_poly([-1, 1]) ** 3 * fmpq_poly([-2, 0, 1]) * fmpq_poly([-near, 1])
    roots = real_roots(p)
    assert len(roots) == 4
    assert all(a[1] < b[0] for a, b in pairwise(roots))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        *[("1/3", "1/2", "2/5"), ("0", "1", "1/2"), ("-1/2", "1/2", "0"), ("0", "1/9", "1/10")],
        *[("7/5", "5", "2"), ("-5", "-7/5", "-4"), ("1", "2", "3/2"), ("3/7", "4/9", "7/16")],
    ],
)
def test_the_simplest_rational_in_between(low, high, expected):
    assert simplest(Fraction(low), Fraction(high)) == Fraction(expected)


def test_the_search_hands_out_only_what_the_kernel_accepts(monkeypatch):
    def refuse(*_):
        raise kernel.Rejected("no")

    monkeypatch.setattr(kernel, "check", refuse)
    assert certify(TRUE["a square"][1]) is None
