"""What every theorem found in the folder must satisfy, unasked."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import flint
import pytest

from relaxsmooth.arithmetic import EXACT, FLOAT, NotExact, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.source import bibliography, bibtex
from relaxsmooth.symbols import LETTERS
from relaxsmooth.theorem import Kind, Measure
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.updates import rules

THEOREMS = theorems()
VALUES = {
    "L0": Fraction(3), "L1": Fraction(7, 5), "Delta": Fraction(11, 2), "eps": Fraction(1, 7),
    "M": Fraction(9, 4), "K": Fraction(419, 10), "L": Fraction(13, 3), "R": Fraction(5, 2),
    "eps_f": Fraction(1, 11), "N": Fraction(7),
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
    """In the clipped and in the unclipped regime; a value has the unit of its measure."""
    a, c = 3, 50
    p, q = (0, 0) if theorem.bounds_a_count else theorem.measure.unit
    for values in (VALUES, {**VALUES, "eps": Fraction(50), "M": Fraction(70)}):
        with ball(256).active():
            unit = ball(256).number(Fraction(a) ** p * Fraction(c) ** q)
            before = bound_at(theorem, values) * unit
        after = bound_at(theorem, scaled(values, a, c))
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
def test_it_decreases_in_eps_or_in_N(key):
    theorem = THEOREMS[key]
    target = "eps_f" if theorem.measure.is_gap else "eps"
    name = target if theorem.bounds_a_count else "N"
    nearer = {**VALUES, name: VALUES[name] / 2}
    assert bound_at(theorem, nearer) > bound_at(theorem, VALUES)


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


FIRST_HIT = sorted(k for k, t in THEOREMS.items() if t.kind is Kind.UPPER and t.is_first_hit)
# a bound on these is one on the smallest gradient norm, and never the other way
ON_GRADIENTS = sorted(
    k for k, t in THEOREMS.items() if not t.bounds_a_count and t.measure.implies(Measure.MIN_GRAD)
)


@pytest.mark.parametrize("key", FIRST_HIT)
def test_no_upper_bound_is_below_the_tight_smooth_one_as_L1_vanishes(key):
    # abbaszadehpeivasti2022: at h = 1/L some L-smooth f needs (4 L Delta/eps^2 - 2)/3 steps;
    # no method of the table takes longer steps on an L-smooth function than 2/L.
    values = {**VALUES, "L1": Fraction(1, 10**9), "M": Fraction(1)}
    limit = bound_at(THEOREMS[key], values)
    smooth = ball(256).number(values["L0"] * values["Delta"] / values["eps"] ** 2)
    assert limit > smooth / 2
    assert limit < 25 * smooth


@pytest.mark.parametrize("key", ON_GRADIENTS)
def test_no_bound_in_N_is_below_the_tight_smooth_one_as_L1_vanishes(key):
    # at h = 1/L the anchor is attained; longer steps than 2/L gain no more than a factor 2
    theorem, values = THEOREMS[key], {**VALUES, "L1": Fraction(1, 10**9), "N": Fraction(10**6)}
    values["L"] = values["L0"]
    limit = bound_at(theorem, values)
    squared = limit if theorem.measure is Measure.AVG_GRAD_SQ else limit**2
    smooth = ball(256).number(values["L0"] * values["Delta"] / values["N"])
    assert smooth < squared < 25 * smooth


def test_an_average_implies_the_minimum_and_never_the_other_way():
    for measure in Measure:
        assert measure.implies(measure)
        assert measure is Measure.MIN_GRAD or not Measure.MIN_GRAD.implies(measure)
        assert not any(
            other.implies(measure) for other in Measure if other.is_gap != measure.is_gap
        )
    assert Measure.AVG_GRAD_SQ.implies(Measure.AVG_GRAD)
    assert not Measure.AVG_GRAD.implies(Measure.AVG_GRAD_SQ)
    assert not Measure.BEST_GAP.implies(Measure.LAST_GAP)


def test_the_printed_convex_bounds_hold_by_their_sharper_forms():
    for values in (VALUES, {**VALUES, "eps_f": Fraction(9)}, {**VALUES, "L1": Fraction(1, 50)}):
        for sharp, printed in (
            ("relaxed-convex", "gorbunov2024-convex"),
            ("vankov2024-polyak-sharper", "vankov2024-polyak"),
        ):
            assert bound_at(THEOREMS[sharp], values) <= bound_at(THEOREMS[printed], values)
        planned = bound_at(THEOREMS["vankov2024-fixed-length"], values)
        at = {**values, "N": Fraction(int(planned.ceil().unique_fmpz()))}
        gap = bound_at(THEOREMS["vankov2024-fixed-length-sharper"], at)
        assert gap <= ball(256).number(values["eps_f"])


@pytest.mark.parametrize("eta", [Fraction(1, 54), Fraction(1, 500)])
@pytest.mark.parametrize("gamma", [Fraction(1, 9), Fraction(15, 7), Fraction(100)])
@pytest.mark.parametrize("N", [3, 10**3, 10**7])
def test_the_constant_of_koloskova_follows_from_the_row_clip(eta, gamma, N):
    # T_eps <= clip(eps) and clip(eps) < N give min over k < N of the norm <= eps
    eta = eta / (1 + VALUES["L1"] * gamma / VALUES["L0"])  # at most 1/(9 (L0 + gamma L1))
    values = {**VALUES, "eta": eta, "gamma": gamma, "N": Fraction(N)}
    eps = evaluate(THEOREMS["koloskova2023-clipping"].bound, values, ball(256))
    steps = evaluate(THEOREMS["clip"].bound, {**values, "eps": eps}, ball(256))
    assert steps < N


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
