"""The classes as records: variants are not interchangeable, conversions state their price."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, exp, symbol
from relaxsmooth.problem import problem
from relaxsmooth.smoothness import GeneralizedSmooth, NotDecidable, RelaxedSmooth, Smooth, Variant
from relaxsmooth.smoothness.classes import CONVERSIONS
from relaxsmooth.source import bibliography
from relaxsmooth.text import parse
from relaxsmooth.verdict import Status

F = Fraction
X4 = problem("x^4")
HINGE = problem("max(x, 0)^2")
EXT = problem("(2/9)*(exp(3*|x|) - 3*|x| - 1)")


def test_the_curvature_limit_is_one_formula():
    g = symbol("g")
    assert RelaxedSmooth(16, F(1, 2)).curvature_limit(g) is parse("16 + g/2")
    assert Smooth(3).curvature_limit(g).value == 3
    assert GeneralizedSmooth(parse("1 + u^2")).curvature_limit(2).value == 5


@pytest.mark.parametrize(
    ("cls", "f", "status"),
    [
        (RelaxedSmooth(16, 1), X4, Status.PROVED),
        (RelaxedSmooth(F(159, 10), 1), X4, Status.REFUTED),
        (Smooth(2), problem("x^2"), Status.PROVED),
        (Smooth(F(19, 10)), problem("x^2"), Status.REFUTED),
        (Smooth(10**9), X4, Status.REFUTED),
        (RelaxedSmooth(2, 1), HINGE, Status.REFUTED),  # C^1,1, not C^2
        (RelaxedSmooth(2, 1, Variant.LIMIT), HINGE, Status.PROVED),
        (RelaxedSmooth(2, 1, Variant.SYMMETRIC), HINGE, Status.PROVED),
        (RelaxedSmooth(F(19, 10), 1, Variant.LIMIT), HINGE, Status.REFUTED),
        (RelaxedSmooth(15, 1, Variant.LOCAL_LIPSCHITZ), X4, Status.REFUTED),
        (RelaxedSmooth(16, 1, Variant.LOCAL_LIPSCHITZ), X4, Status.UNDECIDED),
        (RelaxedSmooth(24, F(3, 2), Variant.LOCAL_LIPSCHITZ), X4, Status.PROVED),
    ],
)
def test_membership_in_each_variant(cls, f, status):
    assert cls.contains(f).status is status


def test_false_twin_equal_constants_do_not_pass_to_the_local_lipschitz_class():
    """EXT is (2, 3)-smooth; at x = 0, y = 1/3 the local-Lipschitz inequality fails."""
    arithmetic = ball(128)
    slope = evaluate(EXT.gradient[0], {"x": F(1, 3)}, arithmetic)
    assert RelaxedSmooth(2, 3).contains(EXT).status is Status.PROVED
    assert slope > flint.arb(2) / 3  # |f'(1/3) - f'(0)| > (L0 + L1 0) r
    with pytest.raises(FormulaError, match="no inclusion"):
        RelaxedSmooth(2, 3, Variant.LIMIT).as_variant(Variant.LOCAL_LIPSCHITZ)


def test_the_price_of_the_local_lipschitz_class():
    found = {
        str(c): conversion
        for c, conversion in RelaxedSmooth(2, 3).as_variant(Variant.LOCAL_LIPSCHITZ)
    }
    assert len(found) == 3
    first = next(iter(found))
    assert "4, 3*(exp(1) - 1)" in first
    prices = [(c.a, c.b) for c in found.values()]
    assert (1 / parse("log(2)"), 1 / parse("log(2)")) in prices


@pytest.mark.parametrize("conversion", CONVERSIONS[-3:])
def test_each_price_covers_the_gradient_difference_on_its_radius(conversion):
    """(e^{L1 r} - 1)/L1 <= a r and <= b r (times L0, L1 g) for r <= 1/(b L1); L1 = 1 by scaling.

    (e^r - 1)/r increases, so r = 1/b decides; EXT attains the left side, so a smaller a fails.
    """
    a, b = (evaluate(c, {}, ball(200)) for c in (conversion.a, conversion.b))
    with flint.ctx.workprec(200):
        needed = ((1 / b).exp() - 1) * b
        assert not needed > a
        assert not needed > b
        if conversion.a is conversion.b and "radius" in conversion.reason:
            assert needed.overlaps(a)  # tight: no smaller common factor
            smaller = a * flint.arb(999) / 1000
            assert ((1 / smaller).exp() - 1) * smaller > smaller


def test_every_conversion_has_a_source_that_exists():
    for conversion in CONVERSIONS:
        assert conversion.source.key in bibliography()


def test_a_class_is_itself_in_its_own_variant():
    ((same, conversion),) = RelaxedSmooth(2, 3).as_variant(Variant.HESSIAN)
    assert same == RelaxedSmooth(2, 3)
    assert conversion.reason == "the same class"


@pytest.mark.parametrize(
    ("ell", "f", "status"),
    [
        ("16 + u", "x^4", Status.PROVED),
        ("16 + u - 1e-30", "x^4", Status.REFUTED),
        ("12 + u^2", "x^4", Status.PROVED),
        ("3 + 12u", "x^4", Status.PROVED),
        ("1 + u^2/4", "exp(x)", Status.PROVED),
        ("1 + u^2/5", "exp(x)", Status.REFUTED),
        ("u", "exp(x)", Status.PROVED),
        ("u*9/10", "exp(x)", Status.REFUTED),
        ("1 + u", "cosh(x)", Status.PROVED),
        ("1/2 + u", "cosh(x)", Status.REFUTED),
        ("2", "max(x, 0)^2", Status.REFUTED),
        ("9 + u", "|x|", Status.REFUTED),
    ],
)
def test_generalized_smoothness_is_decided_exactly(ell, f, status):
    """e^u <= 1 + e^{2u}/4 is (e^u/2 - 1)^2 >= 0: a tangency."""
    assert GeneralizedSmooth(parse(ell)).contains(problem(f)).status is status


@pytest.mark.parametrize(("L0", "L1"), [(16, 1), (F(31, 2), 1), (2, 3), (0, 0)])
def test_generalized_smoothness_agrees_with_relaxed_smoothness(L0, L1):
    ell = L0 + L1 * symbol("u")
    for text in ("x^4", "cosh(3x)", "tanh(x)", "x^2", "exp(x) - x"):
        f = problem(text)
        assert GeneralizedSmooth(ell).contains(f).status is RelaxedSmooth(L0, L1).contains(f).status


@pytest.mark.parametrize(
    "build",
    [
        lambda: RelaxedSmooth(-1, 1),
        lambda: RelaxedSmooth(1, symbol("L1")),
        lambda: RelaxedSmooth(0.5, 1),
        lambda: Smooth(-2),
        lambda: GeneralizedSmooth(parse("u + w")),
        lambda: GeneralizedSmooth(parse("1 - u")).contains(X4),
        lambda: GeneralizedSmooth(parse("1/(u - 1)")).contains(X4),
    ],
)
def test_bad_constants_are_refused(build):
    with pytest.raises(FormulaError):
        build()


def test_irrational_constants_are_carried_but_not_decided():
    with pytest.raises(NotDecidable, match="irrational"):
        RelaxedSmooth(exp(1), 1).contains(X4)
