"""ZIGZAG: the hardest function on the line for one step size below h*(M).

Every iterate has the same gradient c: between two of them u = log(1 + L1 f'/L0)/L1 falls with
slope 1 half way and rises again, the least decrease that the class allows.  From the last one
u falls to 0, where f is lowest; further down f is constant, and above x_0 its slope is c.
"""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import (
    Formula,
    FormulaError,
    add,
    exp,
    formula,
    log,
    mul,
    number,
    piecewise,
    symbol,
)
from relaxsmooth.problem import Problem
from relaxsmooth.symbols import h_star, tent

x = symbol("x")
Exact = Fraction | int
MOST_PERIODS = 200  # written out; the count for any number of them is a formula


def zigzag(c: Exact, h: Exact, N: int, L0: Exact, L1: Exact, key: str = "") -> Problem:
    """x_k = (N - 1 - k) h c and f'(x_k) = c for k < N; f(x_0) - f* = (N - 1) tent(c, h) + psi(c).

    0 < h <= h*(c), so that f falls all the way; T_eps >= N for every eps < c.
    """
    if min(c, h, L0, L1) <= 0 or not 1 <= N <= MOST_PERIODS:
        raise FormulaError(
            f"c = {c}, h = {h}, L0 = {L0}, L1 = {L1} must be positive and N = {N} between 1 and "
            f"{MOST_PERIODS}; give other numbers"
        )
    c, h, L0, L1 = (Fraction(v) for v in (c, h, L0, L1))
    longest = evaluate(h_star(number(c)), {"L0": L0, "L1": L1}, ball(256))
    if ball(256).number(h) > longest:
        raise FormulaError(
            f"h = {h} is beyond h*(c) = {longest.str(9, radius=False)}, where f rises again; "
            "give a smaller h"
        )
    core = _core(c, L0, L1)
    bottom = core[1][2].subs({"x": 0})  # psi(c)
    per_step = tent(symbol("g"), symbol("h")).subs({"L0": L0, "L1": L1, "g": c, "h": h})
    pieces = [
        *core,
        *(piece for k in range(N - 1) for piece in _tooth(c, h, L0, L1, k, bottom, per_step)),
    ]
    top = (N - 1) * h * c
    return Problem(
        key=key or f"zigzag({c},{h},{N},{L0},{L1})",
        objective=piecewise(
            *((left, "<=", right, f) for left, right, f in pieces),
            otherwise=add(spread(bottom), spread(per_step, N - 1), c * x, number(-c * top)),
        ),
        variables=("x",),
        start=(number(top),),
        title="zigzag: every iterate of GD at this h has the gradient c",
        source="relaxsmooth; the fixed-step game in d = 1",
        lowest=formula(0),
        lowest_because="f' >= 0, and f = 0 for x <= -u(c)",
        constants={"L0": L0, "L1": L1, "M": c},
    )


def _fall(c: Fraction, at: Exact, L0: Fraction, L1: Fraction) -> Formula:
    """A primitive of s(u(c) + x - at), the extremal slope that falls to the left of `at`."""
    return spread(L0 / L1 * ((1 + L1 * c / L0) * exp(L1 * (x - at)) / L1 - x))


def _rise(c: Fraction, at: Exact, L0: Fraction, L1: Fraction) -> Formula:
    """A primitive of s(u(c) + at - x), the extremal slope that falls to the right of `at`."""
    return spread(L0 / L1 * (-(1 + L1 * c / L0) * exp(L1 * (at - x)) / L1 - x))


def _through(primitive: Formula, at: Formula | Exact, value: Formula) -> Formula:
    """The primitive shifted to this value there."""
    return add(primitive, spread(primitive.subs({"x": at}), -1), spread(value))


def spread(f: Formula, factor: Exact = 1) -> Formula:
    """factor * f with every product multiplied out, so that equal constants meet and cancel."""
    terms = f.args if f.op == "add" else (f,)
    done = []
    for term in terms:
        inner = [part for part in term.args if part.op == "add"] if term.op == "mul" else []
        if inner:
            rest = mul(*(part for part in term.args if part is not inner[0]))
            done += [spread(mul(rest, part), factor) for part in inner[0].args]
        else:
            done.append(factor * term)
    return add(*done)


Piece = tuple[Formula, Formula, Formula]  # the value of f where left <= right


def _core(c: Fraction, L0: Fraction, L1: Fraction) -> list[Piece]:
    """f = 0 up to the minimiser -u(c), then the extremal slope up to x = 0.

    The cut -u(c) is written as e^{L1 x} <= a rational, which is decided exactly.
    """
    share = number(1 / (1 + L1 * c / L0))
    return [
        (exp(L1 * x), share, formula(0)),
        (x, formula(0), _through(_fall(c, 0, L0, L1), log(share) / L1, formula(0))),
    ]


def _tooth(
    c: Fraction, h: Fraction, L0: Fraction, L1: Fraction, k: int, bottom: Formula, per_step: Formula
) -> list[Piece]:
    """u falls to the right of k h c and rises to u(c) again at (k + 1) h c."""
    low, high = k * h * c, (k + 1) * h * c
    left = _through(_rise(c, low, L0, L1), low, bottom + spread(per_step, k))
    right = _through(_fall(c, high, L0, L1), high, bottom + spread(per_step, k + 1))
    return [(x, number((low + high) / 2), left), (x, number(high), right)]


PROBLEMS = (zigzag(Fraction(1, 10), 1, 4, 1, 1, key="zigzag"),)
