"""TORCH reads the core's formulas: a torch step is the float step, on every rule and problem."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import FormulaError, formula
from relaxsmooth.networks import TORCH, NetworkProblem, Vector
from relaxsmooth.problems import problems
from relaxsmooth.strategies import formulas
from relaxsmooth.symbols import LETTERS
from relaxsmooth.theorems import theorems
from relaxsmooth.updates import rules
from relaxsmooth.verdict import Status

F = Fraction
FLOATS = st.floats(allow_nan=False, width=64, min_value=-50, max_value=50)


def tensors(values):
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}


def bound(key):
    r = rules()[key]
    return r.with_parameters(**dict.fromkeys(r.missing, F(1, 10)))


def close(a, b, tolerance=1e-12):
    if not math.isfinite(b):
        return math.isnan(a) if math.isnan(b) else a == b or not math.isfinite(a)
    return abs(a - b) <= tolerance * max(1.0, abs(b))


@pytest.mark.parametrize("problem_key", problems())
@pytest.mark.parametrize("key", rules())
def test_a_torch_step_is_the_float_step_on_every_shared_problem(key, problem_key):
    problem, r = problems()[problem_key], bound(key)
    x = [float(c) for c in evaluate(problem.start, {}, FLOAT)]
    try:
        expected = r.step(problem, x, r.initial(problem, x, FLOAT), FLOAT)[0]
    except FormulaError as error:  # f* unknown: the same refusal
        with pytest.raises(FormulaError, match="needs f"):
            torch_step(problem, r, x)
        assert "f*" in str(error)
        return
    for a, b in zip(torch_step(problem, r, x), expected, strict=True):
        assert close(float(a), b)


def torch_step(problem, r, x):
    point = [torch.tensor(c, dtype=torch.float64) for c in x]
    return r.step(problem, point, r.initial(problem, point, TORCH), TORCH)[0]


class Bowl(torch.nn.Module):
    """The objective of BOWL as a module: x²/2 + y² + x⁴/4."""

    def __init__(self, x, y):
        super().__init__()
        self.x = torch.nn.Parameter(torch.tensor([x], dtype=torch.float64))
        self.y = torch.nn.Parameter(torch.tensor([y], dtype=torch.float64))

    def forward(self, c):
        return (c * (self.x**2 / 2 + self.y**2 + self.x**4 / 4)).sum()


@pytest.mark.parametrize("key", rules())
@settings(max_examples=10)
@given(x=FLOATS, y=FLOATS)
def test_a_network_steps_as_the_formula_does(key, x, y):
    """The same objective as a torch module and as a symbolic formula, all rules, five steps."""
    from dataclasses import replace

    from relaxsmooth.problem import problem

    symbolic = replace(problem("x^2/2 + y^2 + x^4/4"), lowest=formula(0))
    network = NetworkProblem(
        Bowl(x, y), lambda m, c: m(c), [torch.ones(1, dtype=torch.float64)], lowest=formula(0)
    )
    r = bound(key)
    a, b = [network.start], [x, y]
    state, other = r.initial(network, a, TORCH), r.initial(symbolic, b, FLOAT)
    for _ in range(5):
        a, state = r.step(network, a, state, TORCH)
        b, other = r.step(symbolic, b, other, FLOAT)
        if not all(abs(c) < 1e6 for c in b):
            return  # diverged: rounding decides from here on
        assert all(close(float(u), v, 1e-9) for u, v in zip(a[0].data, b, strict=True))


def test_false_twin_a_wrong_step_is_seen():
    problem = problems()["quadratic"]
    x = [float(c) for c in evaluate(problem.start, {}, FLOAT)]
    ours = torch_step(problem, bound("gd"), x)
    wrong = bound("clipped").step(problem, x, None, FLOAT)[0]
    assert not all(close(float(a), b) for a, b in zip(ours, wrong, strict=True))


@settings(max_examples=60)
@given(formulas(("x", "y")), FLOATS, FLOATS)
def test_every_operation_of_the_vocabulary_reads_as_in_floats(f, x, y):
    expected = evaluate(f, {"x": x, "y": y}, FLOAT)
    got = evaluate(f, tensors({"x": x, "y": y}), TORCH)
    if math.isfinite(expected) and abs(expected) < 1e12:
        wobble = evaluate(f, {"x": x * (1 + 1e-13), "y": y * (1 + 1e-13)}, FLOAT)
        allowed = 1e-9 * max(1.0, abs(expected)) + 1e3 * abs(wobble - expected)
        assert abs(float(got) - expected) <= allowed or not math.isfinite(wobble)


@pytest.mark.parametrize("key", theorems())
def test_bounds_and_prescriptions_read_as_in_floats(key):
    theorem = theorems()[key]
    values = {name: 0.5 + 0.25 * i for i, name in enumerate(LETTERS)}
    for f in (theorem.bound, *theorem.prescription.values()):
        assert close(float(evaluate(f, tensors(values), TORCH)), evaluate(f, values, FLOAT), 1e-10)


def test_tensors_never_prove():
    one, two = torch.tensor(1.0), torch.tensor(2.0)
    assert TORCH.at_most(one, two) is Status.CONSISTENT
    assert TORCH.less_than(two, one) is Status.REFUTED
    assert TORCH.at_most(one, torch.tensor(math.nan)) is Status.UNDECIDED
    assert TORCH.at_most(torch.empty((), device="meta"), 1.0) is Status.UNDECIDED


@pytest.mark.parametrize("value", [1e20, 3e38, 1e-30])
def test_a_norm_neither_overflows_nor_vanishes(value):
    v = Vector(value * torch.tensor([0.75, 1.0]))
    assert float(TORCH.norm([v])) == pytest.approx(value * 1.25, rel=1e-6)
