"""Text from outside ends at once: in a formula, or in one line that says what to do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.text import parse, parse_number, parse_point, to_text

TRIES = 5  # the quickest counts: other processes share the caches
LIMIT_S = 0.05  # of processor time, since the machine may be shared

BAD_FORMULAS = {
    "empty": "",
    "blank": " \t\n ",
    "tower of powers": "9**9**9**9",
    "tower with carets": "9^9^9^9^9",
    "long tower of a variable": "^".join("x" * 200),
    "factorial-like product": "*".join(["9^4000"] * 50),
    "million brackets": "(" * 10**6,
    "million closed brackets": "(" * 10**6 + "x" + ")" * 10**6,
    "nested brackets": "(" * 100 + "x" + ")" * 100,
    "nested bars": "|" * 500 + "x" + "|" * 500,
    "nested functions": "exp(" * 200 + "x" + ")" * 200,
    "nested piecewise": "piecewise(x < 1, " * 80 + "x" + ", 0)" * 80,
    "nested powers": "2^(" * 100 + "x" + ")" * 100,
    "ten megabytes": "x + " * 2_500_000 + "x",
    "ten megabytes of spaces": " " * 10**7,
    "a long name": "a" * 5_000,
    "a long number": "9" * 9_999,
    "a long decimal": "0." + "1" * 9_000,
    "huge exponent": "1e999999999",
    "tiny exponent": "1e-999999999",
    "exponent behind zeros": "1e0000000000999999999",
    "exponent without end": "1e" + "9" * 5_000,
    "huge power of a variable": "x^1e4000",
    "root of enormous order": "3^(1/1e4000)",
    "sum of huge fractions": "+".join(f"1/(1e{1000 + i} + 1)" for i in range(200)),
    "product of huge numbers": "*".join(["1e4000"] * 100),
    "unary minuses without operand": "-" * 9_000,
    "signs and no end": "+-" * 4_000 + "x +",
    "call of a variable": "x(1)",
    "import": "__import__('os').system('true')",
    "eval": "eval(1)",
    "exec": "exec(x)",
    "lambda": "lambda x: x",
    "attribute": "x.__class__",
    "subscript": "x[0]",
    "string": "'x'",
    "f-string": "f'{x}'",
    "walrus": "(y := 1)",
    "comprehension": "[x for x in x]",
    "statement": "x; y",
    "comment": "x # y",
    "backslash": "x \\ y",
    "assignment": "f = x^2",
    "null byte": "x\0",
    "null in a name": "a\0b",
    "unicode minus": "x \N{MINUS SIGN} 1",
    "unicode digits": "\N{ARABIC-INDIC DIGIT THREE} x",
    "superscript": "x\N{SUPERSCRIPT TWO}",
    "fullwidth letter": "\N{FULLWIDTH LATIN SMALL LETTER X}",
    "combining accent": "x\N{COMBINING ACUTE ACCENT}",
    "right-to-left override": "\N{RIGHT-TO-LEFT OVERRIDE}x",
    "lone surrogate": "x\ud800",
    "no-break space": "x\N{NO-BREAK SPACE}+ y",
    "unclosed bracket": "(x + 1",
    "unopened bracket": "x + 1)",
    "unclosed bar": "|x",
    "two operators": "x */ y",
    "missing operand": "x^",
    "two arguments": "exp(x, y)",
    "no arguments": "max()",
    "trailing comma": "max(x, )",
    "function without brackets": "exp x",
    "unknown function": "tan(x)",
    "piecewise without condition": "piecewise(x)",
    "piecewise without otherwise": "piecewise(x < 1, x)",
    "piecewise of equality": "piecewise(x == 1, x, 0)",
    "chain of comparisons": "piecewise(0 < x < 1, x, 0)",
    "comparison outside": "x <= 1",
    "division by zero": "1/0",
    "hidden division by zero": "x/(1 - 1)",
    "zero to a negative power": "0^-3",
    "root of a negative number": "(-2)^(1/2)",
    "logarithm of zero": "log(0)",
    "logarithm of a huge negative": "log(-1e4000)",
    "root of a huge negative": "(-1e4000)^(1/2)",
}
BAD_NUMBERS = {
    "empty": "",
    "word": "one",
    "nan": "nan",
    "infinity": "inf",
    "hexadecimal": "0x10",
    "underscore": "1_000",
    "float suffix": "1.0f",
    "two slashes": "1/2/3",
    "zero denominator": "1/0",
    "decimal comma": "1,5",
    "complex": "1j",
    "product": "2*3",
    "power": "9**9**9**9",
    "two signs": "--1",
    "newline inside": "1\n2",
    "null byte": "1\0",
    "huge exponent": "1e999999999",
    "huge quotient": "1e4000/1e-4000",
    "long": "7" * 9_000,
    "ten megabytes": "7" * 10**7,
    "unicode digit": "\N{ARABIC-INDIC DIGIT THREE}",
    "import": "__import__('os')",
}


def refusal(read: Callable[[str], object], text: str) -> str:
    """The message with which `read` refuses; an AssertionError says what is wrong with it."""
    spent = math.inf
    for _ in range(TRIES):
        begin = time.process_time()
        try:
            result = read(text)
        except FormulaError as error:
            message = str(error)
        except Exception as error:
            raise AssertionError(f"raised {type(error).__name__}: {error!s:.100}") from None
        else:
            raise AssertionError(f"was accepted as {result!r:.100}")
        spent = min(spent, time.process_time() - begin)
        if spent < LIMIT_S:
            break
    assert spent < LIMIT_S, f"took {spent:.3f} s"
    assert message.isprintable(), "is not one printable line"
    assert 20 < len(message) < 300, "is too short or too long"
    assert ";" in message, "does not say what to do"
    return message


@pytest.mark.parametrize("name", BAD_FORMULAS)
def test_a_bad_formula_is_refused_at_once(name: str) -> None:
    refusal(parse, BAD_FORMULAS[name])


@pytest.mark.parametrize("name", BAD_NUMBERS)
def test_a_bad_number_is_refused_at_once(name: str) -> None:
    refusal(lambda text: parse_number(text, "epsilon"), BAD_NUMBERS[name])


def test_there_are_enough_bad_texts() -> None:
    assert len(BAD_FORMULAS) >= 40
    assert len(set(BAD_FORMULAS.values())) == len(BAD_FORMULAS)


def test_the_message_names_the_text_the_place_and_the_remedy() -> None:
    message = refusal(parse, "x^2 + tan(x)")
    assert message.startswith("formula 'x^2 + tan(x)', position 10: 'tan' is not a function")
    assert message.endswith("for a product write tan*(")
    assert "epsilon '1,5' is not an exact number" in refusal(
        lambda text: parse_number(text, "epsilon"), "1,5"
    )


def quiet(text: str) -> None:
    return None


def crash(text: str) -> None:
    raise ValueError("Exceeds the limit (4300 digits)")


def two_lines(text: str) -> None:
    raise FormulaError("this formula is wrong;\nplease write another")


def no_remedy(text: str) -> None:
    raise FormulaError("this formula is not one that can be read")


def slow(text: str) -> None:
    end = time.process_time() + 1.5 * LIMIT_S
    while time.process_time() < end:
        pass
    raise FormulaError("this formula is too long; write a shorter one")


@pytest.mark.parametrize(
    ("parser", "complaint"),
    [
        (quiet, "was accepted"),
        (crash, "raised ValueError"),
        (two_lines, "not one printable line"),
        (no_remedy, "does not say what to do"),
        (slow, "took"),
    ],
)
def test_a_worse_parser_is_noticed(parser: Callable[[str], object], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        refusal(parser, "x +")


# --- any text at all ----------------------------------------------------------------------------

NAMES = ("x", "y1", "e", "exp(", "log(", "max(", "piecewise(", "norm(")
WORDS = (*NAMES, *"02+-*/^()|,<", "0.5", "1e3", "**", "<=")
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))


@pytest.mark.slow
@settings(max_examples=4 * settings.default.max_examples)
@given(TEXTS)
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    for read in (parse, parse_number, parse_point):
        try:
            result = read(text)
        except FormulaError as error:
            assert str(error).isprintable()
        else:
            assert not isinstance(result, Formula) or to_text(result)
