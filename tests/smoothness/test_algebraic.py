"""Exact real algebraic numbers: signs, comparisons, minimal polynomials, words."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import flint
import pytest
from flint import fmpq, fmpz_poly
from hypothesis import given
from hypothesis import strategies as st

from relaxsmooth.smoothness.algebraic import (
    Algebraic,
    nearest_root,
    rational_root,
    real_roots,
    show,
    to_fraction,
)
from relaxsmooth.smoothness.ratio import between, distinct, samples

SQRT_2 = Algebraic.at(real_roots(fmpz_poly([-2, 0, 1]))[1])


def test_a_square_root_is_exact_at_every_precision():
    for bits in (30, 64, 200, 2000):
        ball = SQRT_2.enclosure(bits)
        assert ball.rel_accuracy_bits() >= bits
        with flint.ctx.workprec(bits + 64):
            assert (ball * ball).contains(2)


def test_a_rational_value_at_an_irrational_root_is_recognised():
    square = Algebraic(fmpz_poly([0, 0, 3]), fmpz_poly([2]), SQRT_2.root)
    assert square.as_fraction() == 3
    assert square == 3
    assert square <= Fraction(3)
    assert not square < 3


def test_false_twin_a_number_near_a_rational_is_not_that_rational():
    near = Fraction(141421356237309504880168872420969807856967187537694, 10**50)
    assert near < SQRT_2
    assert near != SQRT_2
    assert near + Fraction(1, 10**50) > SQRT_2
    assert SQRT_2.as_fraction() is None


def test_an_exact_zero_is_found_without_separating_it():
    zero = Algebraic(fmpz_poly([-2, 0, 1]), fmpz_poly([1]), SQRT_2.root)
    assert zero.sign == 0
    assert zero.enclosure(500).is_zero()
    tiny = Algebraic(fmpz_poly([1 - 2 * 10**80, 0, 10**80]), fmpz_poly([1]), SQRT_2.root)
    assert tiny.sign == 1


def test_equal_numbers_from_different_polynomials_are_equal():
    a = Algebraic.at(real_roots(fmpz_poly([-8, 0, 1]) * fmpz_poly([1, 0, 0, 1]))[-1])
    b = Algebraic(fmpz_poly([0, 2]), fmpz_poly([1]), SQRT_2.root)
    assert a == b
    assert a >= b
    assert a.minimal_polynomial == fmpz_poly([-8, 0, 1])


@pytest.mark.parametrize(
    ("coefficients", "index", "text"),
    [
        ([-2, 0, 1], 0, "-sqrt(2)"),
        ([-1, -1, 1], 1, "1/2 + sqrt(5)/2"),
        ([3, -4], 0, "3/4"),
        ([-1, -1, 0, 1], 0, "root of t^3 - t - 1 in [1, 2]"),
        ([-12, 0, 1], 1, "2*sqrt(3)"),
    ],
)
def test_a_number_is_written_in_the_simplest_exact_words(coefficients, index, text):
    assert Algebraic.at(real_roots(fmpz_poly(coefficients))[index]).text == text


def test_text_of_a_large_irrational_ends():
    """A value of 1e24 needs more than the default 53 bits to be boxed between integers."""
    value = Algebraic(
        fmpz_poly([0, 10**24]), fmpz_poly([1]), real_roots(fmpz_poly([-3, 0, 0, 1]))[0]
    )
    assert "[1442249570307408382321638, 1442249570307408382321639]" in value.text


def test_roots_closer_than_double_precision_are_told_apart():
    gap = 10**40
    p = fmpz_poly([9 * gap - 1, -6 * gap, gap])  # (t - 3)^2 = 10^-40
    low, high = real_roots(p)
    middle = between(low, high)
    assert p(middle) < 0
    assert samples([low, high], None, None)[1] == middle


def test_distinct_merges_one_number_from_two_polynomials():
    roots = [*real_roots(fmpz_poly([-2, 0, 1])), *real_roots(fmpz_poly([0, -2, 0, 1]))]
    assert len(distinct(roots)) == 3


def test_wilkinson_roots_are_the_integers():
    p = fmpz_poly([1])
    for k in range(1, 25):
        p *= fmpz_poly([-k, 1])
    assert [root.rational for root in real_roots(p)] == list(range(1, 25))


def test_a_flat_start_of_newton_still_ends():
    """p' vanishes inside the isolating interval: the refinement bisects first."""
    p = fmpz_poly([-1, 0, 0, 10**30])  # one root near 1e-10, p' = 0 at 0
    (root,) = real_roots(p)
    assert root.enclosure(300).rel_accuracy_bits() >= 300


small = st.integers(-30, 30)
polynomials = st.lists(small, min_size=2, max_size=7).filter(lambda c: any(c[1:]))


@given(polynomials, st.fractions(-4, 4, max_denominator=50))
def test_compare_with_a_rational_agrees_with_the_sign_of_the_polynomial(coefficients, c):
    """Between neighbouring roots a square-free polynomial has the sign the comparisons say."""
    p = fmpz_poly(coefficients)
    roots = real_roots(p)
    at = p(fmpq(c.numerator, c.denominator))
    equal = [root for root in roots if Algebraic.at(root) == c]
    assert bool(equal) == (at == 0)
    above = sum(1 for root in roots if Algebraic.at(root) > c)
    below = sum(1 for root in roots if Algebraic.at(root) < c)
    assert above + below + len(equal) == len(roots)


@given(
    polynomials, st.lists(small, min_size=1, max_size=4), st.lists(small, min_size=1, max_size=4)
)
def test_the_minimal_polynomial_vanishes_at_the_value(coefficients, top, bottom):
    for root in real_roots(fmpz_poly(coefficients)):
        if root.sign_of(fmpz_poly(bottom)) == 0:
            continue
        value = Algebraic(fmpz_poly(top), fmpz_poly(bottom), root)
        p = value.minimal_polynomial
        assert len(p.factor()[1]) == 1
        with flint.ctx.workprec(256):
            assert p(value.enclosure(200)).contains(0)
        assert Algebraic.at(nearest_root(p, value.enclosure)) == value
        assert (value.as_fraction() is None) == (p.degree() > 1)


def test_sums_of_roots_sort_like_their_decimals():
    random.seed(5)
    numbers = []
    for _ in range(30):
        p = fmpz_poly([random.randint(-9, 9) for _ in range(5)] + [1])
        numbers += [Algebraic.at(root) for root in real_roots(p)]
    for a, b in pairwise(numbers):
        if abs(float(a) - float(b)) > 1e-9:
            assert (a < b) == (float(a) < float(b))


def test_polynomials_are_shown_in_the_grammar_of_formulas():
    assert show(fmpz_poly([0, -1, 0, 4])) == "4*t^3 - t"
    assert show(fmpz_poly([-7])) == "-7"


def test_a_rational_root_keeps_its_value():
    assert to_fraction(rational_root(Fraction(3, 7)).low) == Fraction(3, 7)
