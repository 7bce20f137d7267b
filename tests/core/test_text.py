"""What is written is read back; what is read means what a reader of mathematics expects."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from relaxsmooth.arithmetic import EXACT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError, symbol
from relaxsmooth.strategies import formulas, positives, rationals
from relaxsmooth.text import parse, parse_number, parse_point, to_text

NAMES = ("x", "y", "L0", "x10")


def canonical(f: Formula) -> object:
    """The tree up to the order of terms and factors."""
    args = [canonical(arg) for arg in f.args]
    if f.op in ("add", "mul"):
        args.sort(key=repr)
    return (f.op, str(f.data), args)


def survives(f: Formula, write: Callable[[Formula], str] = to_text) -> bool:
    try:
        return canonical(parse(write(f))) == canonical(f)
    except FormulaError:
        return False


@settings(max_examples=2 * settings.default.max_examples)
@given(formulas(NAMES, 14))
def test_a_written_formula_is_read_back(f: Formula) -> None:
    assert survives(f), to_text(f)


@pytest.mark.parametrize(
    "flaw",
    [
        lambda text: text.replace("(", "").replace(")", ""),
        lambda text: text.replace(" - ", " + "),
        lambda text: text.replace("^", "*"),
        lambda text: text.replace("<=", "<"),
        lambda text: text.replace("max", "min"),
        lambda text: text.replace("x10", "x1"),
        lambda text: text.replace("/", "*"),
    ],
)
def test_a_flawed_writer_is_caught(flaw: Callable[[str], str]) -> None:
    search = settings(max_examples=2_000, phases=[Phase.generate], derandomize=True, database=None)
    lost = find(
        formulas(NAMES), lambda f: not survives(f, lambda g: flaw(to_text(g))), settings=search
    )
    assert survives(lost)


@pytest.mark.parametrize(
    ("text", "at_two_three"),
    [
        ("-x^2", -4),
        ("(-x)^2", 4),
        ("2^-1", Fraction(1, 2)),
        ("2^3^2", 512),
        ("x/2y", 3),  # as written on a line: (x/2) y
        ("x/(2y)", Fraction(1, 3)),
        ("2x^2y", 24),
        ("x - y - 1", -2),
        ("x - -y", 5),
        ("--x", 2),
        ("x**3 y", 24),
        ("|x - y| |y|", 3),
        ("|x|y|x|", 12),  # a bar closes where one is open, and opens where none is
        ("-2|2(1 - |y|)|", -8),
        ("||x| - 2*|y||", 4),
        ("3(x + 1)(y - 1)", 18),
        ("min(x, y, 1) + max(x, y)", 4),
        ("sqrt(x^2 + y^2 - 4)", 3),
        ("norm(3, 4)", 5),
        ("norm(-x)", 2),
        ("ln(1) + exp(0)", 1),
        ("piecewise(x <= 1, 10, y > x, 20, 30)", 20),
        ("piecewise(x >= 2, 10, 30)", 10),
        ("piecewise(x > 2, 10, 30)", 30),
        (".5x + 1.", 2),
        ("1e-2 x", Fraction(1, 50)),
        ("0.1 + 0.2", Fraction(3, 10)),
    ],
)
def test_a_text_means_what_it_says(text: str, at_two_three: Fraction | int) -> None:
    point = {"x": Fraction(2), "y": Fraction(3)}
    assert evaluate(parse(text), point, EXACT) == at_two_three


def test_a_name_that_is_not_a_variable_is_named() -> None:
    with pytest.raises(FormulaError, match=r"'z' is not a variable \(x, y\).*use x, y"):
        parse("x + z", ["x", "y"])
    assert parse("x + e", ["x"]).symbols == {"x"}


def test_words_of_python_are_mere_names() -> None:
    assert parse("lambda + import").symbols == {"lambda", "import"}
    assert parse("lambda") is symbol("lambda")


def test_a_long_sum_and_a_long_product_are_read_in_linear_time() -> None:
    for sign in "+*":
        f = parse(sign.join(f"a{i}" for i in range(1_600)))
        assert len(f.args) == 1_600


# --- numbers ----------------------------------------------------------------------------------


@given(st.one_of(rationals(), positives(), positives().map(lambda x: -1 / x)))
def test_a_printed_rational_is_read_exactly(value: Fraction) -> None:
    assert parse_number(str(value)) == value
    assert parse_number(f"  {value}  ") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.3", Fraction(3, 10)),
        ("1e-4", Fraction(1, 10_000)),
        ("-2/6", Fraction(-1, 3)),
        ("+7", 7),
        ("1.5e2/3e-1", 500),
        ("1e0004", 10_000),
        ("- 3", -3),
    ],
)
def test_a_number_is_exact(text: str, value: Fraction | int) -> None:
    assert parse_number(text) == value
    assert Fraction(0.3) != parse_number("0.3")  # the float is another number


def test_a_point_is_a_list_of_exact_numbers() -> None:
    assert parse_point("1/2, -1,3e0") == (Fraction(1, 2), -1, 3)
    for text in ("", "1,,2", "1;2", "(1, 2)", "1, x"):
        with pytest.raises(FormulaError, match="point coordinate"):
            parse_point(text)


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("exp(2*log(x))", "x > 0"), ("e^(2log(x))", "x > 0"), ("x + exp(log(x))", "x > 0"),
        ("exp(-log(x - 2))", "x - 2 > 0"), ("exp(log(x)/2)", "x > 0"),
        ("exp(2*log(|x|))", "x. > 0"), ("x^2 + log(x) - log(x)", "x > 0"), ("0*sqrt(x)", "x >= 0"),
        ("x/x", "x is not 0"), ("x^3/x", "x is not 0"), ("1/(1/x)", "x is not 0"),
        ("x^3/x + piecewise(x <= 1, 0, (x-1)^3/x)", "x is not 0"),
        ("0*piecewise(x <= 1, 1/x, x)", "its cases do"),
        ("piecewise(x <= 0, x^2, sqrt(x-5) <= 3, x^2, x^2)", "its cases do"),
        ("x^2 + x^3/x + piecewise(x <= 1, 0, 1/x < 5, (x-1)^2, 0)", "x is not 0"),
        ("0*piecewise(x <= 1, 1/x, x) + piecewise(x <= 5, 0, piecewise(x <= 1, 1/x, x) - x)",
         "its cases do"),
        ("piecewise(x <= 1, x^3/x, 1/x)", "x is not 0"),
        ("(x - 1)*y/(x - 1)", "x - 1 is not 0"), ("x^2 + 0/(y + 1)", "y . 1 is not 0"),
    ],
)  # fmt: skip
def test_what_cancels_and_takes_its_domain_along_is_refused(typed, where):
    """e^{2 log x} has a value on x > 0 alone, and x^2 is (2, 0)-smooth everywhere."""
    with pytest.raises(FormulaError, match=f"has a value only where .*{where}, and it cancels"):
        parse(typed)


@pytest.mark.parametrize(
    "typed, same",
    [
        ("exp(2*log(1 + x^2))", "(1 + x^2)^2"), ("norm(x, y)^2", "x^2 + y^2"),
        ("e^(2x)", "exp(2x)"),
        ("x^2/x^3", "1/x"), ("(1/x)^2", "x^-2"), ("cosh(x)/cosh(x)", "1"), ("1/(2x)", "x^-1/2"),
        ("sqrt(1 + x^2)^2", "1 + x^2"), ("x*log(x)/x", "log(x)"), ("log(x^2/x)", "log(x)"),
        ("log(x)*x/x", "log(x)"), ("max(x, x^2)^3", "max(x, x^2)^3"),
    ],
)  # fmt: skip
def test_what_cancels_folds_where_nothing_is_lost(typed, same):
    assert parse(typed) is parse(same)


def test_letters_of_a_bound_are_positive_and_may_cancel():
    assert str(parse("eta/(g/c)", positive=True)) == "eta*c/g"
    assert parse("1/(1/(1 + g))", positive=True) is parse("1 + g")
    for cancels in ("eta/(g/c)",):
        with pytest.raises(FormulaError):
            parse(cancels)
    for sign_is_open in ("exp(log(eps - Delta))", "0/(L0 - L1)"):
        with pytest.raises(FormulaError):
            parse(sign_is_open, positive=True)


def test_later_conditions_keep_what_is_typed_in_them():
    f = parse("piecewise(x <= 1, x^2/2, log(x) <= 100, x^2, x^2 + 1)")
    assert parse(str(f)) is f


def test_a_deep_formula_is_read_in_time():
    """Whether a sum of squares is positive was asked twice a level."""
    text = "x^2"
    for _ in range(28):
        text = f"(1 + ({text})^3)"
    parse(f"1/{text}")


@pytest.mark.parametrize(
    "typed",
    ["x^2 + 0*log(e-3)", "x^2 + sqrt(1-e) - sqrt(1-e)", "x^2*exp(log(e-3) - log(e-3))",
     "x^2 + piecewise(0 <= log(e-3), 0, 0)", "piecewise(x <= 0, x^2, 0 <= log(e-3), x^2, x^2)"],
)  # fmt: skip
def test_a_constant_without_a_value_does_not_vanish(typed):
    with pytest.raises(FormulaError, match="has no real value"):
        parse(typed)
