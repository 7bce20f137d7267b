"""Layer 3: nonnegative and convex functions, recognised by their form.

Only the form is read, so True is a proof and False says nothing: sums of squares; sums of
log(1 + e^affine), log cosh(affine), e^convex, even powers of affine functions, norms, ...
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from relaxsmooth.formula import ZERO, Formula
from relaxsmooth.smoothness.box_fields import polynomial_of
from relaxsmooth.smoothness.generator import NotDecidable


def is_nonnegative(f: Formula) -> bool:
    """f >= 0 wherever it is defined, by its form."""
    op, args = f.op, f.args
    if op == "number":
        return bool(f.data >= 0)
    if op in ("add", "mul", "max", "min"):
        return all(map(is_nonnegative, args)) or (op == "max" and any(map(is_nonnegative, args)))
    if op == "pow":
        return f.data.numerator % 2 == 0 or f.data.denominator % 2 == 0 or is_nonnegative(args[0])
    if op == "log":
        return is_at_least_one(args[0])
    return op in ("abs", "exp", "cosh") or (op in ("sinh", "tanh") and is_nonnegative(args[0]))


def is_at_least_one(f: Formula) -> bool:
    """f >= 1, by its form: cosh, e^(nonnegative), 1 + a sum of nonnegative terms."""
    if f.op == "number":
        return bool(f.data >= 1)
    if f.op == "add":
        constants = sum((arg.data for arg in f.args if arg.op == "number"), Fraction(0))
        rest = [arg for arg in f.args if arg.op != "number"]
        if all(map(is_nonnegative, rest)) and constants >= 1:
            return True
        return constants >= 0 and all(map(is_nonnegative, rest)) and any(map(is_at_least_one, rest))
    return f.op == "cosh" or (f.op == "exp" and is_nonnegative(f.args[0]))


def is_affine(f: Formula, names: Sequence[str]) -> bool:
    try:
        return bool(polynomial_of(f, names).total_degree() <= 1)
    except NotDecidable:
        return False


def is_convex(f: Formula, names: Sequence[str]) -> bool:
    """f is convex on R^d, by its form."""
    if not f.symbols or is_affine(f, names):
        return True
    op, args = f.op, f.args
    if op in ("add", "max"):
        return all(is_convex(arg, names) for arg in args)
    if op == "mul":
        return args[0].op == "number" and args[0].data >= 0 and is_convex(_rest(f), names)
    if op in ("abs", "cosh"):
        return is_affine(args[0], names)
    if op == "exp":
        return is_convex(args[0], names)
    if op == "log":
        return _log_of_exponentials(args[0], names)
    if op == "pow":
        return _convex_power(f, names)
    return False


def _rest(product: Formula) -> Formula:
    rest = product.args[1:]
    return rest[0] if len(rest) == 1 else Formula("mul", rest)


def _convex_power(f: Formula, names: Sequence[str]) -> bool:
    base, n = f.args[0], f.data
    if n.denominator == 1 and n > 0 and n % 2 == 0 and is_affine(base, names):
        return True
    if n >= 1 and is_convex(base, names) and is_nonnegative(base):
        return True  # u -> u^n is convex and increasing on u >= 0
    return n >= Fraction(1, 2) and _squared_norm(base, names)  # ‖affine‖^(2n)


def _squared_norm(f: Formula, names: Sequence[str]) -> bool:
    """A sum of squares of affine functions, with coefficients >= 0."""
    return all(_square_of_affine(arg, names) for arg in (f.args if f.op == "add" else (f,)))


def _square_of_affine(f: Formula, names: Sequence[str]) -> bool:
    if f.op == "number":
        return bool(f.data >= 0)
    if f.op == "mul" and f.args[0].op == "number" and f.args[0].data > 0:
        return _square_of_affine(_rest(f), names)
    return f.op == "pow" and f.data == 2 and is_affine(f.args[0], names)


def _log_of_exponentials(f: Formula, names: Sequence[str]) -> bool:
    """log cosh(affine), or log of a sum of constants >= 0 and e^affine with coefficients > 0."""
    if f.op == "cosh":
        return is_affine(f.args[0], names)
    if f is ZERO:
        return False
    return all(_exponential(arg, names) for arg in (f.args if f.op == "add" else (f,)))


def _exponential(f: Formula, names: Sequence[str]) -> bool:
    if f.op == "number":
        return bool(f.data > 0)
    if f.op == "mul" and f.args[0].op == "number" and f.args[0].data > 0:
        return _exponential(_rest(f), names)
    return f.op == "exp" and is_affine(f.args[0], names)
