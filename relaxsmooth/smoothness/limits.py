"""Layer 3: the values of f at points and its limits at -oo and +oo, with certificates.

Near an end f' = t^k g(t) with t -> 0+ (t = v, 1/v or -1/v) and g(0) != 0, and
|dx| = w t^{-m} dt.  So f has a finite limit iff k >= m, and then

    |f(+-oo) - f(X)| = int_0^{t(X)} w t^{k-m} |g(t)| dt,

which one ball evaluation of g on [0, t(X)] encloses.
"""

from __future__ import annotations

from fractions import Fraction

import flint
from flint import arb, fmpq

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, log, number, symbol
from relaxsmooth.smoothness.algebraic import to_fmpq
from relaxsmooth.smoothness.generator import NotDecidable, Point
from relaxsmooth.smoothness.pieces import Piece
from relaxsmooth.smoothness.quantity import Quantity, accurate
from relaxsmooth.smoothness.ratio import PoleError, Ratio
from relaxsmooth.smoothness.rewrite import as_ratio, generator_of

MOST_STEPS = 4096  # of the far point 2^steps
MOST_BITS = 2**15


def value_at(f: Formula, p: Point, x: str, reason: str = "") -> Quantity:
    """f(p) for a formula without cases."""
    if f.value is not None:
        return Quantity.of(f.value, reason)
    try:
        v = generator_of(f, x)
        root = p.seen_from(v)
        if root is not None:
            return Quantity.of(as_ratio(f, v, x).at(root), reason)
    except (NotDecidable, PoleError):
        pass
    if p.formula is not None:
        return Quantity.constant(f.subs({x: p.formula}), reason)

    def enclose(bits: int) -> arb:
        precision = bits + 32
        while precision <= MOST_BITS + 32 * bits:
            found: arb = evaluate(f, {x: p.enclosure(precision)}, ball(precision))
            if accurate(found, bits):
                return found
            precision *= 2
        raise NotDecidable(f"f({p}) was not enclosed to {bits} bits")

    return Quantity(enclose, reason=reason)


def slope_at(piece: Piece, p: Point, reason: str = "") -> Quantity:
    """|f'(p)| read in the piece."""
    if piece.steepness is not None:
        return Quantity.of(abs(piece.steepness), reason)
    root = p.seen_from(piece.generator)
    if root is None:
        raise NotDecidable(f"{piece.generator.formula('x')} is transcendental at x = {p}")
    try:
        return Quantity.of(abs(piece.slope.at(root)), reason)
    except PoleError:
        return Quantity.infinity(1, f"|f'| -> infinity at x = {p}")


def slope_limit(piece: Piece, side: int) -> Quantity:
    """lim |f'| at the unbounded end of the piece."""
    name = "x -> +oo" if side else "x -> -oo"
    if piece.steepness is not None:
        return Quantity.of(abs(piece.steepness), f"|f'| is constant as {name}")
    order, c = piece.slope.reduced.germ(piece.generator.ends()[side])
    if order < 0:
        return Quantity.infinity(1, f"|f'| -> infinity as {name}")
    value = abs(c) if order == 0 else Fraction(0)
    return Quantity.of(value, f"|f'| -> {value} as {name}", attained=False)


def limit(piece: Piece, side: int, x: str) -> Quantity:
    """lim f at the unbounded end of the piece (side 0: x -> -oo, 1: x -> +oo)."""
    name = "x -> +oo" if side else "x -> -oo"
    if piece.steepness is not None and piece.steepness.sign == 0:
        at = piece.high if side == 0 else piece.low
        return value_at(piece.formula, at or Point.rational(0), x, f"f is constant as {name}")
    if piece.steepness is not None:
        return _unbounded(piece.steepness.sign, side, name)
    germ = piece.generator.ends()[side]
    order, c = piece.slope.reduced.germ(germ)
    weight, m = _measure(piece)
    if order < m:
        return _unbounded(1 if c > 0 else -1, side, name)
    exact = _exact_limit(piece.formula, side, x)
    if exact is not None:
        return Quantity.constant(exact, f"f -> {exact} as {name}", attained=False)

    def enclose(bits: int) -> arb:
        return _beyond(piece, side, x, order, m, weight, bits)

    return Quantity(enclose, attained=False, reason=f"f has a finite limit as {name}")


def _unbounded(slope_sign: int, side: int, name: str) -> Quantity:
    sign = slope_sign * (1 if side else -1)
    return Quantity.infinity(sign, f"f -> {'-' if sign < 0 else ''}infinity as {name}")


def _measure(piece: Piece) -> tuple[Fraction, int]:
    """(w, m) with |dx| = w t^{-m} dt."""
    v = piece.generator
    if v.kind == "exp":
        return 1 / abs(v.a), 1
    return v.q / abs(v.a), v.q + 1


def _beyond(piece: Piece, side: int, x: str, k: int, m: int, w: Fraction, bits: int) -> arb:
    """f(X) +- the tail, at a far X."""
    germ, v = piece.generator.ends()[side], piece.generator
    g = _regular_part(piece.slope.reduced, germ, k)
    steps = bits // (k - m + 1) + 8
    powers = slope_degree(piece) + 1  # terms of f as large as t^-powers may cancel
    while steps <= MOST_STEPS:
        precision = 4 * bits + (2 * powers + 4) * steps
        with flint.ctx.workprec(precision):
            t = arb(fmpq(1, 2**steps))
            tail = g.ball(arb(0).union(t)) * t ** (k - m + 1) * to_fmpq(w / (k - m + 1))
            at = v.x_ball(t if germ == "0" else 1 / t if germ == "+oo" else -1 / t)
            start: arb = evaluate(piece.formula, {x: at}, ball(precision))
            value = start + (tail if side else -tail)
        if accurate(value, bits):
            return value
        steps *= 2
    raise NotDecidable(f"the limit of f was not enclosed to {bits} bits")


def slope_degree(piece: Piece) -> int:
    """The largest degree in f' as a quotient of polynomials."""
    slope = piece.slope.reduced
    return max(int(slope.top.degree()), int(slope.bottom.degree()))


def _regular_part(slope: Ratio, germ: str, k: int) -> Ratio:
    """g with f' = t^k g(t), as a function of t."""
    if germ == "0":
        return (slope * Ratio.monomial(-k)).reduced
    if germ == "-oo":
        slope = slope.flipped()
    n, d = slope.top.degree(), slope.bottom.degree()  # k = d - n
    top, bottom = (type(p)(p.coeffs()[::-1]) for p in (slope.top, slope.bottom))
    assert k == d - n
    return Ratio(top, bottom)


def _exact_limit(f: Formula, side: int, x: str) -> Formula | None:
    """The limit of a sum of rational functions of v, multiples of x and of logs of such, or None.

    log u = log c + j log t + o(1) where u ~ c t^j, and log t is affine in x for v = e^{a x + b}.
    """
    try:
        v = generator_of(f, x)
        germ = v.ends()[side]
        rest, slope, logs, constant = Ratio.constant(0), Fraction(0), Fraction(0), number(0)
        for term in f.args if f.op == "add" else (f,):
            factor, core = _factored(term)
            if core.op == "log":
                j, c = as_ratio(core.args[0], v, x).reduced.germ(germ)
                constant = constant + factor * log(number(c))
                logs += factor * j
            elif core is symbol(x) and v.kind == "exp":
                slope += factor
            else:
                rest = rest + as_ratio(core, v, x) * factor
    except (NotDecidable, ValueError):
        return None
    order, c = rest.reduced.germ(germ)
    if order < 0 or (v.kind != "exp" and logs) or germ == "?":
        return None
    if v.kind == "exp":  # log t = +-(a x + b)
        sign = 1 if germ == "0" else -1
        if slope + logs * sign * v.a != 0:
            return None
        constant = constant + logs * sign * v.b
    return constant + (c if order == 0 else 0)


def _factored(term: Formula) -> tuple[Fraction, Formula]:
    """term = number * core."""
    if term.op == "mul" and term.args[0].op == "number":
        rest = term.args[1:]
        return term.args[0].data, rest[0] if len(rest) == 1 else Formula("mul", rest)
    return Fraction(1), term
