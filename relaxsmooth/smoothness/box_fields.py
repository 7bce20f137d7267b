"""Layer 3: ∇f and ∇²f as formulas, and as polynomials in x and in tanh, sin and cos of q(x).

d/dx log(1 + e^u) = u' (1 + tanh(u/2))/2 and d/dx log cosh u = u' tanh u: written so, the
derivatives of logistic losses stay bounded on boxes that reach to infinity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb

import flint

from relaxsmooth.formula import (
    ONE,
    ZERO,
    Formula,
    add,
    formula,
    function,
    mul,
    rebuild,
    symbol,
    topological,
)
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.algebraic import to_fmpq, to_fraction
from relaxsmooth.smoothness.generator import NotDecidable

HALF = Fraction(1, 2)
CASES = ("abs", "min", "max", "piecewise")
BOUNDED = ("tanh", "sin", "cos")  # between -1 and 1, also where their argument is unbounded
MOST_TERMS = 5_000
LARGEST_EXPANSION = 100_000  # terms of a dense power, before it is expanded
Poly = flint.fmpq_mpoly
Atom = tuple[str, Poly]  # (T, q) for T(q(x)), T one of BOUNDED


def tanh(u: Formula) -> Formula:
    return function("tanh", u)


# --- derivatives -----------------------------------------------------------------------------


def _logarithmic_slope(node: Formula) -> tuple[Formula, Formula] | None:
    """(w, s) with d(node) = s dw for log(1 + e^w) and log cosh w, else None."""
    if node.op != "log":
        return None
    inner = node.args[0]
    if inner.op == "cosh":
        return inner.args[0], tanh(inner.args[0])
    w = _exponent_of_one_plus(inner)
    return None if w is None else (w, HALF + HALF * tanh(HALF * w))


def _exponent_of_one_plus(node: Formula) -> Formula | None:
    """w where the node is 1 + e^w."""
    if node.op != "add" or len(node.args) != 2 or ONE not in node.args:
        return None
    (other,) = [arg for arg in node.args if arg is not ONE] or [ONE]
    return other.args[0] if other.op == "exp" else None


def _sigmoid(node: Formula) -> Formula | None:
    """(1 + e^w)^-n as ((1 - tanh(w/2))/2)^n."""
    if node.op != "pow" or node.data.denominator > 1 or node.data > 0:
        return None
    w = _exponent_of_one_plus(node.args[0])
    return None if w is None else (HALF - HALF * tanh(HALF * w)) ** (-node.data)


def gradient(f: Formula, variables: Sequence[str]) -> tuple[Formula, ...]:
    """∇f, with the derivative of every logarithmic loss written with tanh."""
    hidden: dict[str, tuple[Formula, Formula, Formula]] = {}

    def hide(node: Formula) -> Formula | None:
        found = _logarithmic_slope(node)
        if found is None or not found[0].symbols <= set(variables):
            return _sigmoid(node)
        name = f"_log{len(hidden)}"
        hidden[name] = (node, *found)
        return symbol(name)

    outer = rebuild(f, hide)
    back = {name: node for name, (node, _, _) in hidden.items()}
    slopes = []
    for x in variables:
        chain = [outer.diff(name) * s * w.diff(x) for name, (_, w, s) in hidden.items()]
        slopes.append(add(outer.diff(x), *chain).subs(back))
    return tuple(slopes)


@dataclass(frozen=True)
class Fields:
    """∇f (d formulas) and ∇²f (d x d) in the symbols `names`."""

    names: tuple[str, ...]
    gradient: tuple[Formula, ...]
    hessian: tuple[tuple[Formula, ...], ...]

    @property
    def d(self) -> int:
        return len(self.names)

    @property
    def upper(self) -> list[Formula]:
        """The entries H_ij with i <= j, row by row."""
        return [self.hessian[i][j] for i, j in pairs(self.d)]


def pairs(d: int) -> list[tuple[int, int]]:
    """(i, j) with i <= j, row by row."""
    return [(i, j) for i in range(d) for j in range(i, d)]


@lru_cache(maxsize=256)
def _fields(f: Formula, names: tuple[str, ...]) -> Fields:
    slopes = gradient(f, names)
    return Fields(names, slopes, tuple(tuple(g.diff(x) for x in names) for g in slopes))


def fields(problem: Problem) -> Fields:
    """∇f and ∇²f."""
    return _fields(problem.objective, problem.variables)


def cases_of(problem: Problem) -> list[Formula]:
    """The parts of f that have cases."""
    return [node for node in topological((problem.objective,)) if node.op in CASES]


def refuse_cases(problem: Problem) -> None:
    """NotDecidable for cases: the formulas of ∇f and ∇²f do not show a jump of ∇f between them."""
    for node in cases_of(problem):
        raise NotDecidable(
            f"{problem.key} has cases ({node.op}), and whether f is C^2 across them is decided "
            "in one variable and on the whole line only; leave a box out"
        )


# --- polynomials in x and T_i = T(q_i(x)), T one of BOUNDED ------------------------------------


@dataclass(frozen=True, eq=False)
class Algebra:
    """The polynomial ring Q[x, T] with T_i = tanh, sin or cos of q_i(x), q_i in Q[x]."""

    names: tuple[str, ...]
    atoms: tuple[Atom, ...]
    gradient: tuple[Poly, ...]
    hessian: tuple[tuple[Poly, ...], ...]


@lru_cache(maxsize=256)
def algebra(of: Fields) -> Algebra:
    """The fields in the ring; NotDecidable where they are not polynomial in x and its atoms."""
    found, atoms = polynomials_in_atoms((*of.gradient, *of.upper), of.names)
    slopes, upper = found[: of.d], found[of.d :]
    entry = dict(zip(pairs(of.d), upper, strict=True))
    rows = tuple(tuple(entry[min(i, j), max(i, j)] for j in range(of.d)) for i in range(of.d))
    return Algebra(of.names, atoms, slopes, rows)


def polynomials_in_atoms(
    formulas: Sequence[Formula], names: tuple[str, ...]
) -> tuple[tuple[Poly, ...], tuple[Atom, ...]]:
    """The formulas in one ring Q[x, T], and what its T_i are; or NotDecidable."""
    inner = _ring(names, 0)
    places: dict[Formula, int] = {}
    atoms: list[Atom] = []
    for node in topological(tuple(formulas)):
        if node.op in BOUNDED:
            places[node] = len(atoms)
            atoms.append((node.op, to_polynomial(node.args[0], names, inner, {})))
    ring = _ring(names, len(atoms))
    return tuple(to_polynomial(f, names, ring, places) for f in formulas), tuple(atoms)


def _ring(names: Sequence[str], atoms: int) -> flint.fmpq_mpoly_ctx:
    atom_names = tuple(f"_T{i}" for i in range(atoms))
    return flint.fmpq_mpoly_ctx.get((*names, *atom_names), "degrevlex")


def to_polynomial(
    f: Formula, names: Sequence[str], ring: flint.fmpq_mpoly_ctx, places: dict[Formula, int]
) -> Poly:
    """f in the ring; NotDecidable names the operation that does not fit."""
    gens = ring.gens()
    made: dict[Formula, Poly] = {}
    for node in topological((f,)):
        made[node] = _polynomial_node(node, made, names, gens, ring, places)
        if len(made[node]) > MOST_TERMS:
            raise NotDecidable(f"the polynomial has over {MOST_TERMS} terms; write a smaller one")
    return made[f]


def _polynomial_node(
    node: Formula,
    made: Mapping[Formula, Poly],
    names: Sequence[str],
    gens: Sequence[Poly],
    ring: flint.fmpq_mpoly_ctx,
    places: Mapping[Formula, int],
) -> Poly:
    if node.op == "number":
        return ring.constant(to_fmpq(node.data))
    if node.op == "symbol":
        return gens[list(names).index(node.data)]
    if node.op == "add":
        return sum((made[arg] for arg in node.args[1:]), made[node.args[0]])
    if node.op == "mul":
        product = made[node.args[0]]
        for arg in node.args[1:]:
            product = product * made[arg]
        return product
    if node.op == "pow" and node.data.denominator == 1 and node.data > 0:
        base, n = made[node.args[0]], int(node.data)
        k = min(len(base) - 1, len(gens))  # of a dense base there are C(n + k, k) terms
        if k > 0 and comb(n + k, k) > LARGEST_EXPANSION:
            raise NotDecidable(f"{node} has too many terms to be written out; write a smaller one")
        return base**n
    if node in places:
        return gens[len(names) + places[node]]
    raise NotDecidable(
        f"{node} is not a polynomial in {', '.join(names)} and in tanh, sin and cos of such, so "
        "that no charts at infinity are known; give a box to decide it there"
    )


def polynomial_of(f: Formula, names: Sequence[str]) -> Poly:
    """f as a polynomial in the names alone, or NotDecidable."""
    return to_polynomial(f, tuple(names), _ring(tuple(names), 0), {})


def from_terms(terms: Sequence[tuple[Fraction, Sequence[tuple[Formula, int]]]]) -> Formula:
    """sum of c prod u^n, as a formula."""
    return add(ZERO, *(mul(formula(c), *(u**n for u, n in powers)) for c, powers in terms))


def terms_of(p: Poly) -> list[tuple[tuple[int, ...], Fraction]]:
    """(exponents, coefficient) of every monomial."""
    return [(tuple(map(int, powers)), to_fraction(c)) for powers, c in p.terms()]
