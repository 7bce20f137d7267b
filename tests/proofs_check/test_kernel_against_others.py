"""The kernel against sympy and flint, on random true and false statements."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st
from kernel_examples import claimed

from proofs_check import kernel
from proofs_check.kernel import Rejected, check
from proofs_check.search import accepted, certify
from proofs_check.statement import Term, exp, statement, variables

X, Y = variables("x y")
T = variables("t")[0]
NAMES = sympy.symbols("x y", real=True)

smalls = st.fractions(min_value=-4, max_value=4, max_denominator=6)
weights = st.fractions(min_value=0, max_value=4, max_denominator=6)


def polynomials(terms: int = 4, degree: int = 3) -> st.SearchStrategy[Term]:
    powers = st.integers(0, degree)
    term = st.builds(lambda c, a, b: X**a * Y**b * c, smalls, powers, powers)
    return st.lists(term, min_size=1, max_size=terms).map(lambda ts: sum(ts[1:], ts[0]))


def exponentials(degree: int = 3) -> st.SearchStrategy[Term]:
    rates = st.sampled_from([Fraction(-1), Fraction(0), Fraction(1, 2), Fraction(1), Fraction(2)])
    term = st.builds(lambda c, a, b: T**a * exp(b * T) * c, smalls, st.integers(0, degree), rates)
    return st.lists(term, min_size=1, max_size=4).map(lambda ts: sum(ts[1:], ts[0]))


def in_sympy(term: Term) -> sympy.Expr:
    n, symbols = len(term.names), sympy.symbols(term.names)
    return sympy.Add(
        *(
            sympy.Rational(c.numerator, c.denominator)
            * sympy.prod([x**a for x, a in zip(symbols, k, strict=False)])
            * sympy.exp(
                sum(sympy.Rational(str(b)) * x for b, x in zip(k[n:], [*symbols, 1], strict=True))
            )
            for k, c in term.f.items()
        )
    )


# --- arithmetic ------------------------------------------------------------------------------
@given(polynomials(), polynomials())
def test_products_and_sums_are_those_of_sympy(f, g):
    assert sympy.expand(in_sympy(f * g) - in_sympy(f) * in_sympy(g)) == 0
    assert sympy.expand(in_sympy(f - g) - in_sympy(f) + in_sympy(g)) == 0


@given(exponentials())
def test_derivatives_are_those_of_sympy(f):
    slope = Term(f.names, kernel.derivative(f.f, 0))
    (t,) = sympy.symbols(f.names)
    assert sympy.simplify(sympy.diff(in_sympy(f), t) - in_sympy(slope)) == 0


@given(exponentials(), smalls)
def test_a_face_is_the_value_of_sympy(f, at):
    face = Term(f.names, kernel.face(f.f, 0, at))
    (t,) = sympy.symbols(f.names)
    value = in_sympy(f).subs(t, sympy.Rational(at.numerator, at.denominator))
    assert sympy.expand(value - in_sympy(face)) == 0


# --- enclosures ------------------------------------------------------------------------------
def ball(q: Fraction) -> arb:
    return arb(fmpq(q.numerator, q.denominator))


@given(st.fractions(min_value=-60, max_value=60, max_denominator=10**6), st.sampled_from([24, 96]))
def test_exp_is_enclosed_and_tightly(q, precision):
    low, high = kernel.exp(q, precision)
    with ctx.workprec(800):
        exact = ball(q).exp()
        assert ball(low) <= exact <= ball(high)
        assert (ball(high) - ball(low)) / exact < arb(2) ** (-precision)


def test_exp_of_zero_is_exact():
    assert kernel.exp(Fraction(0), 24) == (1, 1)


@given(exponentials(), st.tuples(smalls, smalls).map(sorted), st.fractions(0, 1, max_denominator=9))
def test_a_box_encloses_the_value_at_each_of_its_points(f, ends, share):
    low, high = ends
    x = low + share * (high - low)
    least, greatest = kernel.enclosure(f.f, [(low, high)])
    bound = kernel.lower_bound(f.f, [(kernel.End(low, False), kernel.End(high, False))])
    with ctx.workprec(400):
        value = sum(
            (
                ball(c) * ball(x) ** int(a) * (ball(Fraction(b) * x + b0)).exp()
                for (a, b, b0), c in f.f.items()
            ),
            arb(0),
        )
        slack = arb(2) ** -200
        assert ball(least) <= value + slack and value <= ball(greatest) + slack
        assert ball(bound) <= value + slack


@given(exponentials(), smalls)
def test_the_sign_of_a_constant_is_that_of_flint(f, at):
    constant = kernel.face(f.f, 0, at)
    sums: dict[tuple, Fraction] = {k[-1:]: c for k, c in constant.items()}
    with ctx.workprec(2000):
        value = sum((ball(c) * ball(Fraction(q)).exp() for (q,), c in sums.items()), arb(0))
        expected = 1 if value > 0 else -1 if value < 0 else 0
    assert kernel.constant_sign(sums) == expected


# --- identities ------------------------------------------------------------------------------
def cone(terms, hypotheses):
    total = X * 0
    for weight, used, roots in terms:
        part = X**0 * weight
        for i in used:
            part = part * hypotheses[i]
        for root in roots:
            part = part * root * root
        total = total + part
    return total


@st.composite
def identities(draw):
    """Hypotheses, terms and multipliers, and the goal that they prove by construction."""
    hypotheses = draw(st.lists(polynomials(2, 2), min_size=1, max_size=3))
    equality = draw(polynomials(2, 1))
    indices = st.lists(st.integers(0, len(hypotheses) - 1), max_size=2)
    term = st.tuples(weights, indices, st.lists(polynomials(2, 1), max_size=1))
    terms = draw(st.lists(term, min_size=1, max_size=3))
    multiplier = draw(polynomials(2, 1))
    return hypotheses, equality, terms, multiplier


def as_proof(terms, multiplier, j):
    def written(f):
        return kernel.written(f.f, 2)

    return {
        "factor": [["1", [], []]],
        "terms": [[str(w), used, [written(s) for s in roots]] for w, used, roots in terms],
        "multipliers": [[j, written(multiplier)]],
    }


@given(identities())
def test_an_identity_that_holds_is_accepted(parts):
    hypotheses, equality, terms, multiplier = parts
    goal = cone(terms, hypotheses) + multiplier * equality
    wanted = statement([*(h >= 0 for h in hypotheses), equality.equals(0)], goal >= 0)
    check(wanted, claimed(wanted, "handelman", as_proof(terms, multiplier, len(hypotheses))))


@pytest.mark.slow
@given(identities(), polynomials(1))
def test_an_identity_is_accepted_exactly_if_sympy_expands_it_to_zero(parts, error):
    hypotheses, equality, terms, multiplier = parts
    goal = cone(terms, hypotheses) + multiplier * equality + error
    wanted = statement([*(h >= 0 for h in hypotheses), equality.equals(0)], goal >= 0)
    proof = as_proof(terms, multiplier, len(hypotheses))
    expanded = sympy.expand(
        in_sympy(goal)
        - in_sympy(multiplier) * in_sympy(equality)
        - sum(
            sympy.Rational(str(w))
            * sympy.prod([in_sympy(hypotheses[i]) for i in used])
            * sympy.prod([in_sympy(s) ** 2 for s in roots])
            for w, used, roots in terms
        )
    )
    assert accepted(wanted, claimed(wanted, "handelman", proof)) == (expanded == 0)


# --- cells -----------------------------------------------------------------------------------
U = variables("u")[0]


def random_polynomial(draw: Random) -> Term:
    """Products of small factors, so that double and common roots are frequent."""
    f = U**0 * draw.choice([-1, 1, 2])
    for _ in range(draw.randint(1, 3)):
        root = Fraction(draw.randint(-3, 3), draw.randint(1, 2))
        f = f * draw.choice([U - root, (U - root) ** 2, U**2 - draw.randint(1, 5), U**2 + U + 1])
    return f


def by_sympy(hypothesis: Term, relation: str, goal: Term, wanted: str) -> bool:
    """Whether the hypothesis implies the goal on the line: sets of sympy, sampled exactly."""
    u = sympy.Symbol("u", real=True)
    p, q = (sympy.Poly(in_sympy(f).subs("u", u), u) for f in (hypothesis, goal))
    roots = sorted(set(sympy.real_roots(p)) | set(sympy.real_roots(q)))
    places = [roots[0] - 1, roots[-1] + 1, *roots] if roots else [sympy.Integer(0)]
    places += [
        sympy.Rational(str(Fraction(str(sympy.N((a + b) / 2, 30))))) for a, b in pairwise(roots)
    ]

    def holds(f, relation, x):
        value = sympy.simplify(f.as_expr().subs(u, x))
        return {">": value > 0, ">=": value >= 0, "=": sympy.Eq(value, 0)}[relation] == True  # noqa: E712

    return all(holds(q, wanted, x) for x in places if holds(p, relation, x))


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(i, marks=pytest.mark.slow) for i in range(6, 40))]
)
def test_cells_decide_as_sympy_does(seed):
    draw = Random(seed)
    hypothesis, goal = random_polynomial(draw), random_polynomial(draw)
    relation, wanted = draw.choice([">", ">=", "="]), draw.choice([">", ">=", "="])
    relations = {">": hypothesis > 0, ">=": hypothesis >= 0, "=": hypothesis.equals(0)}
    goals = {">": goal > 0, ">=": goal >= 0, "=": goal.equals(0)}
    asked = statement([relations[relation]], goals[wanted])
    found = certify(asked, "cells")
    assert (found is not None) == by_sympy(hypothesis, relation, goal, wanted)


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(i, marks=pytest.mark.slow) for i in range(6, 40))]
)
def test_sturm_counts_the_roots_that_flint_finds(seed):
    from flint import fmpz_poly

    draw = Random(seed)
    coefficients = [draw.randint(-9, 9) for _ in range(draw.randint(2, 9))] + [1]
    f = sum((U**i * c for i, c in enumerate(coefficients)), U * 0)
    low, high = Fraction(-1001, 7), Fraction(1001, 7)
    real = [z for z, _ in fmpz_poly(coefficients).complex_roots() if z.imag == 0]
    assert kernel.roots(kernel.sturm(f.f), low, high) == len(real)


# --- trees: a proof found for a false statement would be a hole ------------------------------
@given(exponentials(), smalls)
def test_no_tree_proves_what_fails_at_a_sample_point(f, shift):
    asked = statement([T >= 0, T <= 2], f + shift >= 0)
    found = certify(asked, "tree", limit=60)
    samples = [Fraction(i, 8) for i in range(17)]
    signs = [
        kernel.constant_sign({k[-1:]: c for k, c in face.items()})
        for face in (kernel.face((f + shift).f, 0, x) for x in samples)
    ]
    assert found is None or min(signs) >= 0


def test_an_undecided_identity_is_never_accepted_by_accident():
    wanted = statement([X >= 0, Y >= 0], X * Y >= 0)
    almost = {"factor": [["1", [], []]], "terms": [["1", [0], []]], "multipliers": []}
    with pytest.raises(Rejected):
        check(wanted, claimed(wanted, "handelman", almost))
