"""Edge: Hypothesis strategies, for property tests of theorems about (L0, L1)-smooth functions.

    @given(members(L0=1, L1=2))
    def test_my_inequality(f): ...

Everything is drawn by construction (no `assume`), exact, over many decades, and shrinks to
small numerators and few pieces.  docs/property-tests.md shows how to test a theorem of your own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import ceil, floor

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import (
    FUNCTIONS,
    Formula,
    FormulaError,
    function,
    maximum,
    minimum,
    number,
    piecewise,
    power,
    symbol,
)
from relaxsmooth.members import Profile, member
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import simplest_between
from relaxsmooth.symbols import psi
from relaxsmooth.update import UpdateRule

Rational = Fraction | int
Drawn = SearchStrategy[Fraction] | Rational  # a strategy, or the one value wanted


# --- numbers ---------------------------------------------------------------------------------


@cache  # a strategy that is built once is checked once
def rationals(
    low: Rational = -8, high: Rational = 8, denominator: int = 8
) -> SearchStrategy[Fraction]:
    """Rationals in [low, high] of denominator at most `denominator`; shrinks to integers, to 0."""
    ends = {d: (ceil(low * d), floor(high * d)) for d in range(1, denominator + 1)}
    numerators = {d: st.integers(a, b) for d, (a, b) in ends.items() if a <= b}
    if not numerators:
        raise FormulaError(
            f"no rational in [{low}, {high}] has a denominator up to {denominator}; raise it"
        )
    return _ratios(st.sampled_from(tuple(numerators)), numerators)


@st.composite
def _ratios(
    draw: DrawFn,
    denominators: SearchStrategy[int],
    numerators: Mapping[int, SearchStrategy[int]],
) -> Fraction:
    """n/d, where n is drawn for the d that was drawn."""
    d = draw(denominators)
    return Fraction(draw(numerators[d]), d)


@cache
@st.composite
def positives(draw: DrawFn, decades: int = 6) -> Fraction:
    """n 10^k with 1 <= n <= 99 and |k| <= decades; shrinks to 1."""
    return draw(st.integers(1, 99)) * Fraction(10) ** draw(st.integers(-decades, decades))


def points(dimension: int = 1, far: Rational = 64) -> SearchStrategy[tuple[Fraction, ...]]:
    """Exact points of R^dimension: near 0, far out up to `far`, and at scales down to 1e-6."""
    tiny = st.builds(lambda x, s: s * x, positives(), st.sampled_from((1, -1))).map(
        lambda x: x / max(1, abs(x))
    )
    coordinate = st.one_of(rationals(), rationals(-far, far, 1), tiny)
    return st.tuples(*[coordinate] * dimension)


def _drawn(wanted: Drawn | None, otherwise: SearchStrategy[Fraction]) -> SearchStrategy[Fraction]:
    if wanted is None:
        return otherwise
    return wanted if isinstance(wanted, SearchStrategy) else st.just(Fraction(wanted))


@st.composite
def parameters(
    draw: DrawFn,
    L0: Drawn | None = None,
    L1: Drawn | None = None,
    M: Drawn | None = None,
) -> dict[str, Fraction]:
    """Values of the paper's letters L0, L1, M, Delta, eps > 0 that belong to some f.

    psi(M) <= Delta (any other pair has no f; up to 1e-6 of equality is drawn) and eps <= M;
    L1 M/L0 ranges over 12 decades.  The dictionary is what `evaluate` takes.
    """
    l0, l1 = draw(_drawn(L0, positives())), draw(_drawn(L1, positives()))
    m = draw(_drawn(M, positives().map(lambda t: t * l0 / l1 if l1 else t)))
    least = draw(st.sampled_from((_simple_bound, _sharp_bound)))(l0, l1, m)
    delta = least * draw(st.one_of(st.just(Fraction(1)), positives().map(lambda t: 1 + t)))
    eps = m / draw(st.one_of(st.integers(1, 9), st.integers(0, 9).map(lambda k: 10**k)))
    return {"L0": l0, "L1": l1, "M": m, "Delta": delta, "eps": eps}


def _simple_bound(L0: Fraction, L1: Fraction, M: Fraction) -> Fraction:
    """M^2/(2 L0 + L1 M) >= psi(M), since log(1 + t) >= 2t/(2 + t)."""
    return M**2 / (2 * L0 + L1 * M)


def _sharp_bound(L0: Fraction, L1: Fraction, M: Fraction) -> Fraction:
    """A short rational in [psi(M), (1 + 1e-6) psi(M)], from an enclosure."""
    if L1 == 0:
        return M**2 / (2 * L0)
    enclosed = evaluate(psi(symbol("M")), {"L0": L0, "L1": L1, "M": M}, ball(256))
    top = enclosed.upper().fmpq()
    above = Fraction(int(top.p), int(top.q))
    return simplest_between(above, above * (1 + Fraction(1, 10**6)))


# --- functions of the class ------------------------------------------------------------------


@st.composite
def profiles(draw: DrawFn, convex: bool = False, pieces: int = 5) -> Profile:
    """1-Lipschitz functions u whose f is bounded below: the members of the class, in units of 1/L1.

    At most `pieces` linear pieces, at least 2 (the unbounded ones). convex: u does not decrease.
    """
    steps = draw(_several_steps(convex, pieces - 2))
    knots, values = [draw(rationals(-4, 4, 4))], [draw(rationals(-4, 4, 4))]
    for length, rise in steps:
        knots.append(knots[-1] + length)
        values.append(values[-1] + rise)
    tails = (draw(_tails(flat=values[0] <= 0)), draw(_tails(flat=values[-1] >= 0)))
    return Profile(tuple(knots), tuple(values), tails)


_STARTS = st.one_of(rationals(-8, 8, 4), rationals(-32, 32, 1))  # in units of 1/L1


@st.composite
def members(
    draw: DrawFn,
    L0: Drawn | None = None,
    L1: Drawn | None = None,
    convex: bool = False,
    pieces: int = 5,
) -> Problem:
    """Exact (L0, L1)-smooth functions on the line, bounded below, with f*, x_0 and f' = s(u) known.

    u is one of `profiles`, in units of 1/L1, so that every L1 meets the same shapes; x_0 may lie
    far out, where f' is e^30 and more.  A counterexample is printed as the call of `member`.
    """
    l0, l1 = draw(_drawn(L0, positives())), draw(_drawn(L1, positives()))
    u = draw(profiles(convex, pieces))
    start = draw(_STARTS)
    unit = 1 / l1 if l1 else Fraction(1)
    arguments = {
        "L0": l0,
        "L1": l1,
        "knots": [unit * t for t in u.knots],
        "values": [unit * v for v in u.values],
        "tails": u.tails,
        "start": unit * start,
    }
    return draw(st.builds(member, **{name: st.just(value) for name, value in arguments.items()}))


@cache
def _steps(convex: bool) -> SearchStrategy[tuple[Fraction, Fraction]]:
    """(length, rise) of a piece of u, |rise| <= length.

    Rises reach across zero, so that f has several valleys, and are often as steep as the class
    allows: such members are its worst cases.
    """
    steep = st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 2), Fraction(1, 8)])
    rises = st.builds(Fraction, st.integers(0 if convex else -24, 24), st.sampled_from((1, 2, 4)))
    return st.builds(_step, rises, steep)


@cache
def _several_steps(convex: bool, most: int) -> SearchStrategy[list[tuple[Fraction, Fraction]]]:
    return st.lists(_steps(convex), max_size=most)


def _step(rise: Fraction, slope: Fraction) -> tuple[Fraction, Fraction]:
    """The piece of this rise and |slope|; a flat one of length 8 |slope| for no rise."""
    return (abs(rise) / slope if rise else 8 * slope), rise


@cache
def _tails(flat: bool) -> SearchStrategy[Fraction]:
    """Slopes of an unbounded piece that keep f bounded below: u < 0 far left, u > 0 far right."""
    rising = [Fraction(1), Fraction(1, 2), Fraction(1, 8)]
    return st.sampled_from([*rising, Fraction(0)] if flat else rising)


def problems(dimension: int | None = None) -> SearchStrategy[Problem]:
    """The shipped problems, and members of the class on the line."""
    from relaxsmooth.problems import problems as shipped

    found = [f for f in shipped().values() if dimension in (None, f.dimension)]
    if dimension in (None, 1):
        return st.one_of(members(), st.sampled_from(found))
    return st.sampled_from(found)


@st.composite
def rules(draw: DrawFn, *keys: str) -> UpdateRule:
    """Update rules (of these keys, or all) with every free parameter given a positive value."""
    from relaxsmooth.updates import rules as shipped

    known = shipped()
    rule = known[draw(st.sampled_from(keys or tuple(known)))]
    return rule.with_parameters(**{name: draw(positives()) for name in rule.missing})


# --- formulas, to fuzz whatever reads them -----------------------------------------------------


def formulas(variables: Sequence[str] = ("x",), leaves: int = 10) -> SearchStrategy[Formula]:
    """Formulas over the whole vocabulary with at most `leaves` leaves.

    They need not be defined everywhere (log x, 1/x); constants that are undefined are left out.
    """
    leaf = st.one_of(st.sampled_from(tuple(variables)).map(symbol), rationals(-9, 9, 9).map(number))
    return st.recursive(leaf, _larger, max_leaves=leaves)


def _larger(part: SearchStrategy[Formula]) -> SearchStrategy[Formula]:
    exponents = st.one_of(st.integers(-4, 6).map(Fraction), rationals(-3, 3, 4))
    return st.one_of(
        st.builds(_or_first, st.sampled_from((_sum, _difference, _product, _ratio)), part, part),
        st.builds(_or_first, st.just(power), part, exponents.map(number)),
        st.builds(_or_first, st.sampled_from(FUNCTIONS).map(_named), part),
        st.builds(_or_first, st.sampled_from((minimum, maximum)), part, part, part),
        st.builds(_or_first, st.sampled_from(("<", "<=")).map(_choice), part, part, part, part),
    )


def _or_first(build: Callable[..., Formula], *args: Formula) -> Formula:
    """build(*args), or the first argument where that constant does not exist (1/0, log(-1))."""
    try:
        return build(*args)
    except FormulaError:
        return args[0]


def _sum(a: Formula, b: Formula) -> Formula:
    return a + b


def _difference(a: Formula, b: Formula) -> Formula:
    return a - b


def _product(a: Formula, b: Formula) -> Formula:
    return a * b


def _ratio(a: Formula, b: Formula) -> Formula:
    return a / b


def _named(name: str) -> Callable[..., Formula]:
    return lambda u: function(name, u)


def _choice(relation: str) -> Callable[..., Formula]:
    def build(a: Formula, b: Formula, value: Formula, otherwise: Formula) -> Formula:
        return piecewise((a, relation, b, value), otherwise=otherwise)

    return build
