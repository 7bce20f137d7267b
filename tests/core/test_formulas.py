"""A formula is one immutable object over a closed vocabulary; building it loses no value."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from independent import TooLarge, Undefined, reference

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import specialise
from relaxsmooth.formula import (
    VOCABULARY,
    Formula,
    FormulaError,
    absolute,
    add,
    exp,
    formula,
    log,
    maximum,
    mul,
    number,
    piecewise,
    power,
    sqrt,
    symbol,
    topological,
)
from relaxsmooth.strategies import formulas, points, rationals

X, Y = symbol("x"), symbol("y")


def deep(levels: int) -> Formula:
    f = X
    for _ in range(levels):
        f = exp(-f) + Y
    return f


# --- one object, for good ---------------------------------------------------------------------


@given(formulas(("x", "y")))
def test_pickle_and_copy_give_back_the_same_object(f: Formula) -> None:
    assert pickle.loads(pickle.dumps(f)) is f
    assert copy.deepcopy(f) is f
    assert copy.copy(f) is f


def test_a_formula_deeper_than_the_stack_is_pickled() -> None:
    f = deep(3 * sys.getrecursionlimit())
    assert pickle.loads(pickle.dumps(f)) is f
    assert copy.deepcopy([f])[0] is f


def test_a_pickle_that_is_recursive_would_be_noticed() -> None:
    """The twin: nodes nested in tuples, as a plain __reduce__ would write them."""
    nested: tuple[object, ...] = ()
    for _ in range(200 * sys.getrecursionlimit()):  # the C recursion limit grew in 3.12
        nested = ("exp", nested)
    with pytest.raises(RecursionError):
        pickle.dumps(nested)


@pytest.mark.parametrize("attribute", ["op", "args", "data", "anything"])
def test_a_formula_does_not_change(attribute: str) -> None:
    f = X**2 + 1
    with pytest.raises(AttributeError, match="immutable"):
        setattr(f, attribute, None)
    with pytest.raises(AttributeError, match="immutable"):
        delattr(f, attribute)
    assert str(f) == "x^2 + 1"


@given(formulas(("x", "y")), formulas(("x", "y")))
def test_equal_sums_and_products_are_one_object(f: Formula, g: Formula) -> None:
    assert f + g is f + g
    if f.op != "add":  # 2(x + y) stays a product, as it was written
        assert f - f is number(0)
        assert 2 * f + f is 3 * f


def test_the_table_of_formulas_compares_nothing_that_lives_in_python() -> None:
    """hash(-1) = hash(-2): keys are compared when formulas die, after Fraction is gone at exit."""
    keys = list(Formula._shared.keys())
    assert hash(Fraction(-1)) == hash(Fraction(-2))
    assert number(-1) is not number(-2)
    assert not [key for key in keys if any(isinstance(part, Fraction) for part in key)]


# --- closed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", ["tan", "eval", "__import__", "", "lambda", "Add", "floor"])
def test_an_operation_outside_the_vocabulary_is_refused(op: str) -> None:
    with pytest.raises(FormulaError, match="not in the vocabulary"):
        Formula(op, (X,))


@given(formulas(("x", "y")))
def test_only_the_vocabulary_occurs_also_after_calculus(f: Formula) -> None:
    for g in (f, f.diff("x"), f.subs({"x": Y**2})):
        assert {node.op for node in topological((g,))} <= set(VOCABULARY)


@pytest.mark.parametrize("value", [0.5, 1.0, True, "x", None, 1j, [1]])
def test_what_is_not_exact_is_refused(value: object) -> None:
    for build in (formula, lambda v: X + v, lambda v: X**v, lambda v: maximum(X, v)):
        with pytest.raises(FormulaError, match="not exact; write it as a Fraction"):
            build(value)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: formula(1) / 0, "division by zero"),
        (lambda: sqrt(-1), "not real"),
        (lambda: log(0), "not real"),
        (lambda: formula(-8) ** Fraction(1, 3), "not real"),
        (lambda: formula(9) ** (9**9), "exponent 387420489"),
        (lambda: X ** (10**6), "not within 100000"),
        (lambda: X ** Fraction(1, 10**30), "too many digits"),
        (lambda: number(10**5000), "bits"),
        (lambda: formula(10) ** 4000 * formula(10) ** 4000, "bits"),
        (lambda: piecewise((X, "==", 0, 1), otherwise=0), "must be <= or <"),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_line(
    build: Callable[[], Formula], words: str
) -> None:
    with pytest.raises(FormulaError, match=words) as caught:
        build()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 200


def test_a_formula_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="compare it in an arithmetic"):
        bool(X)


# --- simplification keeps values ---------------------------------------------------------------

LAWS = {
    "a + b": (lambda a, b: a + b, lambda a, b: a + b),
    "a - b": (lambda a, b: a - b, lambda a, b: a - b),
    "a b": (lambda a, b: a * b, lambda a, b: a * b),
    "|a|": (lambda a, b: absolute(a), lambda a, b: abs(a)),
    "(a b)^2": (lambda a, b: (a * b) ** 2, lambda a, b: (a * b) ** 2),
    "(a^2)^(1/2)": (lambda a, b: sqrt(a**2), lambda a, b: abs(a)),
    "a + a + b": (lambda a, b: add(a, a, b), lambda a, b: 2 * a + b),
    "a a b": (lambda a, b: mul(a, a, b), lambda a, b: a * a * b),
    "max(a, b)": (maximum, lambda a, b: max(a, b)),
}


def disagrees(law: tuple[Callable[..., Formula], Callable[..., object]], *drawn: object) -> bool:
    """Whether the built formula and the plain numbers differ where both are defined."""
    (build, plain), (f, g, point) = law, drawn
    values = dict(zip("xy", point, strict=True))  # type: ignore[arg-type]
    try:
        (a, ea), (b, eb) = reference(f, values), reference(g, values)  # type: ignore[arg-type]
        value, error = reference(build(f, g), values)
    except (Undefined, TooLarge, FormulaError):
        return False
    wanted = plain(a, b)
    slack = (error + ea + eb) * (1 + abs(a) + abs(b)) ** 2
    return bool(abs(value - wanted) > slack)  # type: ignore[operator]


@given(formulas(("x", "y"), 6), formulas(("x", "y"), 6), points(2))
def test_building_keeps_the_value(f: Formula, g: Formula, point: tuple[Fraction, ...]) -> None:
    assert not [name for name, law in LAWS.items() if disagrees(law, f, g, point)]


def test_a_wrong_simplification_is_noticed() -> None:
    wrong = (lambda a, b: a, lambda a, b: abs(a))  # sqrt(a^2) = a, the classic
    assert disagrees(wrong, X, Y, (Fraction(-1), Fraction(0)))


@given(formulas(("x", "y")), rationals(-3, 3), rationals(-3, 3))
def test_substituting_a_point_keeps_the_value(f: Formula, a: Fraction, b: Fraction) -> None:
    try:
        value, tolerance = reference(f, {"x": a, "y": b})
        constant, error = reference(f.subs({"x": a, "y": b}), {})
    except (Undefined, TooLarge, FormulaError):
        return
    assert abs(value - constant) <= tolerance + error


def test_a_branch_without_a_value_stays_when_a_formula_is_specialised() -> None:
    f = piecewise((X, "<=", 0, 1), otherwise=log(maximum(X, -1)))
    box = {"x": ball(64).hull([ball(64).number(Fraction(c)) for c in (-3, -2)])}
    assert specialise(f, box, ball(64)) is number(1)


def test_a_root_of_a_square_is_not_the_number() -> None:
    assert sqrt(X**2) is not X
    assert power(sqrt(X), 2) is not X  # defined on x >= 0 only
    assert sqrt(X) * sqrt(X) is not X
    assert sqrt(exp(X)) ** 2 is exp(X)
