"""Cuts at which an exponential is e^q: equality by Lindemann's theorem, members decided exactly."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula
from relaxsmooth.instance import verify_instance
from relaxsmooth.members import Profile, antiderivative, least_L0, member
from relaxsmooth.setting import settle
from relaxsmooth.smoothness import (
    Algebraic,
    frontier,
    landscape,
    membership,
    minimal_L0,
    recheck,
)
from relaxsmooth.smoothness.exponential import exponential_root, is_zero
from relaxsmooth.smoothness.quantity import Quantity
from relaxsmooth.smoothness.ratio import Ratio
from relaxsmooth.smoothness.roots import isolated_roots
from relaxsmooth.strategies import positives, profiles, rationals
from relaxsmooth.text import parse
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status

F = Fraction
V = Ratio.monomial(1)
ONE = Ratio.constant(1)
BENT = Profile(  # steeper away from its zero: u' = 1/2 on 1/10 <= u <= 1/5, 1/4 elsewhere
    (F(0), F(2, 5), F(3, 5)), (F(0), F(1, 10), F(1, 5)), (F(1, 4), F(1, 4))
)
FAR_UP = member(  # its arcs are 10^4 long and its values 10^12
    98, F(9, 10000), [F(12500, 9), F(117500, 9), F(72500, 3)],
    [F(-70000, 27), F(245000, 27), F(395000, 27)], (F(1, 2), 1), start=0,
)  # fmt: skip


def value(ratio: Ratio, q: Fraction) -> Algebraic:
    """R(e^q)."""
    root = exponential_root(q)
    assert root is not None
    return ratio.at(root)


# --- equality -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "zero"),
    [
        ("exp(1/2)*exp(1/2) - e", True),
        ("(e - 1)/(e^2 - 1) - 1/(e + 1)", True),
        ("(exp(1/3) + 1)^3 - e - 3*exp(2/3) - 3*exp(1/3) - 1", True),
        ("(exp(1/3) + 1)^3 - e - 3*exp(2/3) - 3*exp(1/3) - 2", False),
        ("exp(1/2)*exp(1/2) - e - 1/10^60", False),
        ("7*exp(1/2)/2 - 9/2", False),
        ("e - 325368125/119696244", False),  # a convergent of e: 16 digits agree
        ("exp(sqrt(2)) - exp(sqrt(2) - 1)*e", None),  # outside: exponents are rational here
        ("1/(e - e)", None),
    ],
)
def test_a_sum_of_exponentials_is_zero_iff_no_term_is_left(text: str, zero: bool | None) -> None:
    if text == "1/(e - e)":
        with pytest.raises(ValueError, match="zero"):
            parse(text)
    else:
        assert is_zero(parse(text)) is zero


def test_values_at_different_exponentials_are_compared_exactly() -> None:
    half, whole = value(V * V - ONE, F(1, 2)), value(V - ONE, F(1))
    assert half.compare(whole) == 0
    assert half == value(V**-1 - ONE, F(-1))
    assert half.compare(value(V - ONE - Ratio.constant(F(1, 10**50)), F(1))) == 1
    assert half.compare(value(V - ONE, F(1) + F(1, 10**50))) == -1


def test_a_transcendental_number_is_no_algebraic_one() -> None:
    e = value(V, F(1))
    close = e.enclosure(600).mid().fmpq()  # equal to e to 600 bits
    exact = F(int(close.p), int(close.q))
    assert e.compare(exact) != 0
    assert e.compare(Algebraic.rational(exact)) == e.compare(exact)
    p = flint.fmpz_poly([-(10**300) * 3, 0, 10**300])
    root = max((Algebraic.at(r) for r in isolated_roots(p)), key=float)
    assert e.compare(root) == 1
    assert root.compare(e) == -1


def test_a_rational_function_of_e_is_rational_only_where_it_is_constant() -> None:
    assert value((V + ONE) * 3 * (V + ONE) ** -1, F(1, 2)).as_fraction() == 3
    assert value(V - V, F(1, 2)).as_fraction() == 0
    assert value(V, F(1, 2)).as_fraction() is None
    assert str(value(V * 2 - ONE, F(1, 2))).startswith("2*exp(1/2) - 1 (about 2.297")


def test_numbers_beyond_the_floats_are_shown() -> None:
    assert "e+2605" in str(value(V, F(6000)))
    assert "e-2606" in str(value(V, F(-6000)))


@given(rationals(-3, 3, 6), rationals(-3, 3, 6), st.integers(1, 4), st.integers(1, 4))
def test_comparisons_agree_with_balls(q: Fraction, r: Fraction, n: int, m: int) -> None:
    a, b = value(V**n + ONE, q), value(V**m + ONE, r)
    x, y = a.enclosure(256), b.enclosure(256)
    assert a.compare(b) == (0 if n * q == m * r else 1 if x > y else -1)


# --- jumps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("piecewise(x <= 1, exp(x), e*x)", Status.PROVED),
        ("piecewise(x <= 1, exp(x), (e + 1/10^40)*(x - 1) + e)", Status.REFUTED),  # f' jumps
        ("piecewise(x <= 1, exp(x), e*x + 1/10^40)", Status.REFUTED),  # f jumps
        ("piecewise(x <= 1, exp(x)/e, exp(x/2 - 1/2)*2 - 1)", Status.PROVED),
        ("piecewise(x <= 1, log(1 + exp(x)), log(1 + e) + (x - 1)*e/(1 + e))", Status.PROVED),
        ("e*x + exp(1/2)*x", Status.PROVED),
    ],
)
def test_continuity_at_transcendental_cuts(text: str, status: Status) -> None:
    assert membership(parse(text), 3, 1).status is status


# --- members ------------------------------------------------------------------------------------


def constants(f: Formula) -> tuple[Formula, ...]:
    return f.args if f.op in ("min", "max") else (f,)


def is_one_of(number: Quantity, f: Formula) -> bool:
    """Whether the number is, exactly, one of the arguments of a minimum or maximum."""
    return any(number.compare(Quantity.constant(c)) == 0 for c in constants(f))


@settings(max_examples=settings.default.max_examples // 4)
@given(positives(), positives(), profiles(), rationals(-8, 8, 4))
def test_every_member_is_decided(L0: Fraction, L1: Fraction, u: Profile, start: Fraction) -> None:
    """Membership, the least L0, f*, Delta and M of a drawn member, and nothing is undecided."""
    scaled = Profile(tuple(t / L1 for t in u.knots), tuple(v / L1 for v in u.values), u.tails)
    f = member(L0, L1, scaled.knots, scaled.values, u.tails, start=start / L1)
    verdict = membership(f, L0, L1)
    assert verdict.status is Status.PROVED
    assert recheck(verdict.witness["certificate"]).status is Status.PROVED
    least = minimal_L0(f, L1).value
    assert least is not None
    assert is_one_of(Quantity.of(least), least_L0(scaled, L0, L1))
    assert all(
        not evaluate(c, {}, ball(256)) > least.enclosure(256)
        for c in constants(least_L0(scaled, L0, L1))
    )
    if least.sign > 0:
        assert membership(f, L0 * F(999, 1000), L1).status is (
            Status.REFUTED if least > L0 * F(999, 1000) else Status.PROVED
        )
    assert f.lowest is not None
    assert is_one_of(landscape(f).lowest, f.lowest)
    found = settle(f, L0 / L1 / 10)
    assert Status.UNDECIDED not in {v.status for v in found.decided.values()}


@given(profiles(), st.integers(0, 4))
@settings(max_examples=settings.default.max_examples // 4)
def test_false_twin_a_slope_of_101_over_100_is_refuted(u: Profile, place: int) -> None:
    """The same u, with 1.01 as its slope on one piece from a zero (where L0 is used up)."""
    zero = (u.knots[-1] + 5, F(0))
    steep = (zero[0] + 1 + place, F(101, 100) * (1 + place))
    twin = Profile((*u.knots, zero[0], steep[0]), (*u.values, zero[1], steep[1]), (F(1), F(1)))
    assert membership(antiderivative(twin, 1, 1), 1, 1).status is Status.REFUTED


def test_false_twin_a_slope_beyond_1_away_from_zero_is_refuted() -> None:
    twin = Profile((F(0), F(1), F(2)), (F(0), F(1), F(201, 100)), (F(1), F(1)))
    f = antiderivative(twin, 1, 1)
    verdict = membership(f, 1, 1)
    assert verdict.status is Status.REFUTED  # L0 (1 + e^{L1 |u|}/100), largest at u = 201/100
    assert minimal_L0(f, 1).value == value(V * F(1, 100) + ONE, F(201, 100))


def test_the_least_constant_can_be_transcendental() -> None:
    f = antiderivative(BENT, 1, 1)
    least = minimal_L0(f, 1)
    assert least.value is not None
    assert str(least.value).startswith("1 - exp(1/10)/2 (about 0.447")
    low, high = (F(int(e.p), int(e.q)) for e in _ends(least.value))
    assert membership(f, high, 1).status is Status.PROVED
    assert membership(f, low, 1).status is Status.REFUTED
    branch = frontier(f).closed_form(1)
    assert branch is not None and branch.L0 is not None
    for L1 in (0, 1, 7):  # affine in L1
        wanted = parse("exp(1/10)/2 - (exp(1/10) - 1)*L1")
        assert is_zero((branch.L0 - wanted).subs({"L1": L1})) is True
    assert frontier(f).shape([1, 2, 3]).status is Status.PROVED


def _ends(number: Algebraic) -> tuple[flint.fmpq, flint.fmpq]:
    x = number.enclosure(200)
    with flint.ctx.workprec(200):
        return x.lower().fmpq(), x.upper().fmpq()


def test_a_crossing_is_found_on_arcs_of_any_length() -> None:
    land = landscape(FAR_UP)
    assert land.Delta.enclosure(64).rel_accuracy_bits() > 60
    assert land.M.enclosure(64).rel_accuracy_bits() > 60


def test_theorem_3_on_a_member_with_transcendental_knots() -> None:
    f = member(1, 1, [0, F(1, 2), 2, 3], [0, F(1, 2), F(1, 2), F(-1, 2)], (F(1, 2), 1))
    row = verify_instance(theorems()["zhang2020-theorem3"], settle(f, F(1, 10)))
    assert row.verdict.status is Status.PROVED
