"""What every theorem found in the folder must satisfy, unasked."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import EXACT, FLOAT, NotExact, ball
from relaxsmooth.formula import evaluate
from relaxsmooth.source import bibliography, bibtex
from relaxsmooth.symbols import LETTERS
from relaxsmooth.theorem import Kind
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.updates import rules

THEOREMS = theorems()
VALUES = {
    "L0": Fraction(3), "L1": Fraction(7, 5), "Delta": Fraction(11, 2), "eps": Fraction(1, 7),
    "M": Fraction(9, 4), "K": Fraction(419, 10),
}  # fmt: skip
EACH = pytest.mark.parametrize("key", sorted(THEOREMS))


def bound_at(theorem, values):
    """The bound at these constants with the theorem's own steps, as a 256-bit ball."""
    steps = {name: f.subs(values) for name, f in theorem.prescription.items()}
    return evaluate(theorem.bound.subs(steps).subs(values), {}, ball(256))


def scaled(values, a, c):
    """The constants of a f(z/c): every letter multiplied by a^p c^q, its unit."""
    return {
        name: value * Fraction(a) ** LETTERS[name].unit[0] * Fraction(c) ** LETTERS[name].unit[1]
        for name, value in values.items()
    }


def is_covariant(theorem):
    """In the clipped and in the unclipped regime."""
    for values in (VALUES, {**VALUES, "eps": Fraction(50), "M": Fraction(70)}):
        before, after = bound_at(theorem, values), bound_at(theorem, scaled(values, 3, 50))
        if not abs(after - before) < abs(before) * flint.arb(10) ** -60:
            return False
    return True


@EACH
def test_its_source_is_in_the_bibliography(key):
    assert THEOREMS[key].source.key in bibliography()


@EACH
def test_its_rule_exists_and_has_the_prescribed_parameters(key):
    rule = rules()[THEOREMS[key].rule]
    assert set(THEOREMS[key].prescription) <= set(rule.parameters)


@EACH
def test_it_scales_with_x_and_f_or_says_why_not(key):
    theorem = THEOREMS[key]
    assert is_covariant(theorem) == (theorem.scaling == "")


@EACH
def test_false_twin_a_wrong_unit_breaks_the_scaling(key):
    theorem = THEOREMS[key]
    if theorem.scaling == "":
        wrong = replace(theorem, bound=theorem.bound * LETTERS["L1"].formula)
        assert not is_covariant(wrong)


@EACH
def test_it_decreases_in_eps(key):
    nearer = {**VALUES, "eps": VALUES["eps"] / 2}
    assert bound_at(THEOREMS[key], nearer) > bound_at(THEOREMS[key], VALUES)


@EACH
def test_it_reads_alike_in_every_arithmetic(key):
    theorem = THEOREMS[key]
    steps = {name: f.subs(VALUES) for name, f in theorem.prescription.items()}
    bound = theorem.bound.subs(steps).subs(VALUES)
    enclosure = evaluate(bound, {}, ball(256))
    assert float(enclosure) == pytest.approx(evaluate(bound, {}, FLOAT), rel=1e-12)
    try:
        exact = evaluate(bound, {}, EXACT)
    except NotExact:
        return
    assert enclosure.overlaps(ball(256).number(exact))


@pytest.mark.parametrize("key", sorted(k for k, t in THEOREMS.items() if t.kind is Kind.UPPER))
def test_no_upper_bound_is_below_the_tight_smooth_one_as_L1_vanishes(key):
    # abbaszadehpeivasti2022: at h = 1/L some L-smooth f needs (4 L Delta/eps^2 - 2)/3 steps;
    # no method of the table takes longer steps on an L-smooth function than 2/L.
    values = {**VALUES, "L1": Fraction(1, 10**9), "M": Fraction(1)}
    limit = bound_at(THEOREMS[key], values)
    smooth = ball(256).number(values["L0"] * values["Delta"] / values["eps"] ** 2)
    assert limit > smooth / 2
    assert limit < 25 * smooth


@pytest.mark.parametrize("L1", [Fraction(1, 50), Fraction(1), Fraction(100), Fraction(10**6)])
@pytest.mark.parametrize("M", [Fraction(1, 2), Fraction(3), Fraction(1000)])
def test_no_upper_bound_is_below_the_repaired_lower_bound(L1, M):
    values = {**VALUES, "L1": L1, "M": M, "eps": M / 10**4}
    values["Delta"] = 10 * M / L1 + 10 * M**2 / values["L0"]  # at least psi(M)
    lower = bound_at(THEOREMS["theorem4-line"], values)
    for key in ("gd", "gd-line", "zhang2020-theorem6", "theorem6-sharper", "gd-no-M"):
        assert bound_at(THEOREMS[key], values) > lower


def test_sharper_constants_are_sharper_and_the_printed_ones_hold_by_them():
    for values in (VALUES, {**VALUES, "L1": Fraction(1, 100)}, {**VALUES, "eps": Fraction(50)}):
        sharp = bound_at(THEOREMS["theorem3-sharper"], values)
        assert sharp < bound_at(THEOREMS["zhang2020-theorem3"], values)
        assert bound_at(THEOREMS["ngd-transferred"], values) < sharp * 2


@pytest.mark.parametrize("key", sorted(inequalities()))
def test_inequality_has_a_source_and_scales(key):
    found = inequalities()[key]
    assert found.source.key in bibliography()
    local = {name: Fraction(n + 2, 3) for n, name in enumerate(sorted(LETTERS))} | VALUES
    ratio = [
        evaluate(found.left / found.right, values, ball(256))
        for values in (local, scaled(local, 3, 5))
    ]
    assert abs(ratio[0] - ratio[1]) < abs(ratio[0]) * flint.arb(10) ** -50


def test_an_unknown_bib_key_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match="zhang2020"):
        bibtex("nobody1999")


def test_every_rule_names_its_source():
    for rule in rules().values():
        assert rule.source.split(",")[0] in bibliography(), rule.key
