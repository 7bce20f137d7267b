"""An edited theorem loses its certificate, falls, and the point where it fails is printed.

For each theorem with a claim: its bound divided by 10, each assumption on f left out, and each
condition on the constants that the proof of its step uses.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofs_check.claims import (
    descent,
    gap,
    growth,
    never,
    one_step,
    remark5,
    scaling,
    smooth,
    steps,
    sublevel,
    theorem4,
)
from proofs_check.evidence import refutes
from proofs_check.ledger import Claim, Status
from proofs_check.run import run
from relaxsmooth.formula import number, symbol
from relaxsmooth.problems import problems
from relaxsmooth.symbols import L0
from relaxsmooth.theorem import Assumption
from relaxsmooth.theorems import inequalities, theorems

BUILDERS = {
    "zhang2020-theorem3": steps.theorem3,
    "theorem3-sharper": steps.sharper,
    "ngd-transferred": steps.transferred,
    "clip": steps.clip,
    "ngd": steps.ngd,
    "relaxed-gd": steps.relaxed,
    "vankov2024-clipped": steps.vankov_clipped,
    "zhang2020-theorem6": sublevel.sublevel,
    "theorem6-sharper": sublevel.sublevel,
    "gd": sublevel.sublevel,
    "gd-no-M": sublevel.from_delta,
}
QUICK = ("gd", "relaxed-gd")
KEYS = [
    pytest.param(key, marks=() if key in QUICK else pytest.mark.slow, id=key) for key in BUILDERS
]
OF_THE_STEP = (Assumption.HESSIAN_CLASS, Assumption.BOUNDED_BELOW, Assumption.GRADIENT_BOUND)


def judged(claim: Claim):
    alone = replace(claim, uses=())
    return run(table={alone.key: alone}).results[alone.key]


def falls_with_a_point(claim: Claim) -> None:
    result = judged(claim)
    assert result.status is Status.REFUTED
    assert "REFUTED at " in result.because
    parts = [p for p in result.parts if p.status is Status.REFUTED]
    assert all(refutes(p.reduced.data, p.counterexample) for p in parts)


@pytest.mark.parametrize("key", KEYS)
def test_false_twin_a_bound_ten_times_smaller_falls(key):
    theorem = theorems()[key]
    falls_with_a_point(BUILDERS[key](replace(theorem, bound=theorem.bound / 10)))


@pytest.mark.parametrize("key", KEYS)
def test_false_twin_without_an_assumption_on_the_function_falls(key):
    theorem = theorems()[key]
    for dropped in OF_THE_STEP if BUILDERS[key] is sublevel.sublevel else OF_THE_STEP[:2]:
        kept = tuple(a for a in theorem.assumptions if a is not dropped)
        assert kept != theorem.assumptions
        falls_with_a_point(BUILDERS[key](replace(theorem, assumptions=kept)))


@pytest.mark.parametrize("key", KEYS)
def test_the_theorem_itself_stands(key):
    assert judged(BUILDERS[key](theorems()[key])).status is Status.CERTIFIED


# --- inequalities: what they assume, their conditions, their units --------------------------------

# inequality, the claim that reads it, the field with an entry that is left out, the entry
LEFT_OUT = [
    ("growth-upper", "growth", "assumptions", 0),
    ("growth-lower", "growth", "assumptions", 0),
    ("growth-4", "growth-4", "assumptions", 0),
    ("gradient-difference", "gradient-difference", "assumptions", 0),
    ("descent", "descent", "assumptions", 0),
    ("descent-quadratic", "descent-quadratic", "assumptions", 0),
    ("descent-quadratic", "descent-quadratic", "conditions", 0),
    ("descent-quadratic-tight", "descent-quadratic", "conditions", 0),
    ("gap", "gap", "assumptions", 0),
    ("gap", "gap", "assumptions", 1),
    ("gap-koloskova", "gap", "assumptions", 0),
    ("gap-vankov", "gap", "assumptions", 1),
    ("one-step", "one-step", "assumptions", 0),
    ("one-step-line", "one-step-line", "assumptions", 0),
    ("one-step-line", "one-step-line", "assumptions", 1),
    ("sublevel-step", "sublevel-step", "assumptions", 1),
    ("sublevel-step", "sublevel-step", "assumptions", 2),
]


def claim_of(key: str) -> Claim:
    return next(c for m in (growth, descent, gap, one_step) for c in m.claims() if c.key == key)


@pytest.mark.parametrize(
    ("key", "claim", "field", "place"),
    [
        pytest.param(*row, marks=() if i == 8 else pytest.mark.slow)
        for i, row in enumerate(LEFT_OUT)
    ],
)
def test_false_twin_an_inequality_without_a_hypothesis_falls(key, claim, field, place, monkeypatch):
    record = inequalities()[key]
    kept = tuple(x for i, x in enumerate(getattr(record, field)) if i != place)
    monkeypatch.setitem(inequalities(), key, replace(record, **{field: kept}))
    falls_with_a_point(claim_of(claim))


@pytest.mark.parametrize("key", ["growth-4", "gap-vankov"])
def test_false_twin_sides_with_different_units_do_not_scale_alike(key, monkeypatch):
    """L0 = L1 = 1 hides a wrong power of L0; the claim on scaling does not."""
    record = inequalities()[key]
    side = "right" if key == "growth-4" else "left"
    wrong = replace(record, **{side: getattr(record, side).subs({"L0": L0**2})})
    monkeypatch.setitem(inequalities(), key, wrong)
    claim = scaling.inequality_covariance()
    named = tuple(o for o in claim.obligations if o.name == key)
    falls_with_a_point(replace(claim, obligations=named))


@pytest.mark.slow
@pytest.mark.parametrize("dropped", [0, 1])
def test_false_twin_the_anchor_without_an_assumption_falls(dropped, monkeypatch):
    theorem = theorems()["smooth-anchor"]
    kept = tuple(a for i, a in enumerate(theorem.assumptions) if i != dropped)
    monkeypatch.setitem(theorems(), "smooth-anchor", replace(theorem, assumptions=kept))
    falls_with_a_point(smooth.anchor())


# --- prescriptions and conditions, proved at L0 = L1 = 1 -----------------------------------------


@pytest.mark.parametrize(
    ("key", "parameter", "letter"),
    [
        ("gd-line", "h", "L1"),
        ("vankov2024-optimal", "L1", "L1"),
        ("clip", "eta", "L0"),
        pytest.param("gd-line", "h", "L0", marks=pytest.mark.slow),
        pytest.param("vankov2024-simple", "L0", "L0", marks=pytest.mark.slow),
        pytest.param("clip", "gamma", "L1", marks=pytest.mark.slow),
        pytest.param("ngd", "beta", "L0", marks=pytest.mark.slow),
    ],
)
def test_false_twin_another_power_in_a_prescription_does_not_scale(key, parameter, letter):
    theorem = theorems()[key]
    wrong = theorem.prescription[parameter].subs({letter: symbol(letter) ** 2})
    twin = replace(theorem, prescription={**theorem.prescription, parameter: wrong})
    try:
        obligations = tuple(scaling.step_scales(twin))
    except ValueError as error:  # the logarithm of what is no pure number
        assert "is no pure number" in str(error)
    else:
        falls_with_a_point(replace(scaling.steps(), obligations=obligations))


@pytest.mark.parametrize("place", [1, pytest.param(0, marks=pytest.mark.slow)])
@pytest.mark.parametrize("limit", [1, -1])
@pytest.mark.parametrize("key", ["gd-line", pytest.param("theorem4-plane", marks=pytest.mark.slow)])
def test_false_twin_a_theorem_about_other_constants_falls(key, limit, place):
    theorem = theorems()[key]
    other = replace(theorem.conditions[place], left=number(limit))
    kept = tuple(other if i == place else c for i, c in enumerate(theorem.conditions))
    obligations = steps.all_positive(replace(theorem, conditions=kept))
    falls_with_a_point(replace(theorem4.gd_line(), obligations=obligations))


@pytest.mark.parametrize("place", [2, 3, 4])
def test_false_twin_a_condition_in_the_plane_that_asks_a_third_falls(place):
    theorem = theorems()["theorem4-plane"]
    third = replace(theorem.conditions[place], left=theorem.conditions[place].left / 3)
    kept = tuple(third if i == place else c for i, c in enumerate(theorem.conditions))
    obligations = remark5.plane_conditions(replace(theorem, conditions=kept))
    falls_with_a_point(replace(remark5.plane(), obligations=obligations))


@pytest.mark.parametrize(
    ("key", "parameter"),
    [
        ("clip", "gamma"),
        ("ngd", "eta"),
        pytest.param("clip", "eta", marks=pytest.mark.slow),
        pytest.param("ngd", "beta", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    "factor", [Fraction(9, 10), pytest.param(Fraction(11, 10), marks=pytest.mark.slow)]
)
def test_false_twin_other_default_parameters_have_another_constant(key, parameter, factor):
    theorem = theorems()[key]
    wrong = theorem.prescription[parameter] * factor
    twin = replace(theorem, prescription={**theorem.prescription, parameter: wrong})
    claim = steps.constants({**theorems(), key: twin})
    pins = [o for o in claim.obligations if "the constant is" in o.name or o.name == "10.546"]
    falls_with_a_point(replace(claim, obligations=tuple(pins)))


# --- functions in no class ----------------------------------------------------------------------


def test_false_twin_a_member_is_not_in_no_class():
    curve = {"x1": never.FAR, "x2": 0}
    falls_with_a_point(never.never("separable", problems()["separable"], curve, "x1"))


def test_false_twin_a_curve_on_which_the_gradient_grows_too_is_no_witness():
    curve = {"x": never.FAR, "y": 1}
    falls_with_a_point(never.never("product", problems()["product"], curve, "x"))


@pytest.mark.parametrize(
    "key", ["never-x2y2", "never-product", "never-product3", "never-rosenbrock"]
)
def test_the_witness_is_for_every_pair_of_constants(key):
    """No hypothesis but L0, L1 >= 0, so that the class is empty for all of them at once."""
    claim = next(c for c in never.claims() if c.key == key)
    goal = claim.obligations[-1]
    assert {str(r) for r in goal.hypotheses} == {"0 <= L0", "0 <= L1"}
    assert goal.goal.symbols == {"L0", "L1"}
