"""Handelman: goal = sum of products of hypotheses and squares, by a linear program, then exactly.

The program is homogeneous in the weights sigma (of the factor of the goal), lambda (of the terms)
and in the multipliers m of the equalities:

    sum_k sigma_k P_k goal = sum_k lambda_k P_k s_k^2 + sum_j m_j e_j,

normalised on the terms that must be positive.  Its basic solutions are sparse; the support of
one is solved again over the rationals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from scipy.optimize import linprog
from scipy.sparse import csc_array

from proofs_check import kernel

LARGEST = 6000  # columns of the largest program tried
PLANS: list[tuple[int, Any, int]] = [
    *[(1, (), 0), (2, (), 0), (2, 1, 0), (3, (), 0), (3, 1, 0), (2, 2, 0), (4, (), 0)],
    *[(2, 1, 1), (3, 2, 1), (3, 2, 2)],
]  # (factors in a product, degree of squares, factors on the left), easy ones first


@dataclass(frozen=True)
class Column:
    """One unknown: weight of a product of hypotheses and squares in a role, with its polynomial."""

    role: str  # "factor", "terms" or "multipliers"
    f: kernel.Function  # its contribution to right - left
    indices: tuple[int, ...]
    root: kernel.Function | None
    positive: bool  # whether the product is > 0
    cost: float


def combine(
    statement: kernel.Statement,
    degree: int | None = None,
    factor_degree: int = 0,
    squares: Sequence[kernel.Function] | int | None = None,
) -> dict[str, Any] | None:
    """The entries of an identity, from products of up to `degree` hypotheses.

    squares: functions s whose squares may be used, or a degree d for all s = m and m +- m' with
    monomials m, m' of degree up to d.  Without degree or squares, small ones are tried in turn.
    """
    plans = PLANS
    if degree is not None or squares is not None:
        plans = [(2 if degree is None else degree, () if squares is None else squares, 0)]
    for products, roots, factors in plans:
        proof = attempt(statement, products, max(factors, factor_degree), roots)
        if proof is not None:
            return proof
    return None


def attempt(
    statement: kernel.Statement, degree: int, factor_degree: int, squares: Any
) -> dict[str, Any] | None:
    columns = list(candidates(statement, degree, factor_degree, squares))
    goal_relation = statement[2][0]
    decisive = "terms" if goal_relation == ">" else "factor"
    normal = [column.role == decisive and column.positive for column in columns]
    if not any(normal) or len(columns) > LARGEST:
        return None
    support = basic_support(columns, normal)
    weights = solved(columns, normal, support) if support else None
    return None if weights is None else written(statement, columns, weights)


def candidates(
    statement: kernel.Statement, degree: int, factor_degree: int, squares: Any
) -> Iterator[Column]:
    n, hypotheses, (relation, goal) = statement
    usable = [i for i, (r, _) in enumerate(hypotheses) if r != "="]
    roots = monomial_roots(n, squares) if isinstance(squares, int) else squares
    products = list(products_of(hypotheses, usable, degree, n))
    for indices, f, positive in products:
        if len(indices) <= factor_degree:
            left = {k: -c for k, c in kernel.times(f, goal).items()}
            yield Column("factor", left, indices, None, positive, 0.0)
        if relation != "=":
            yield Column("terms", f, indices, None, positive, 1.0 + len(indices))
    for root in roots if relation != "=" else ():
        square = kernel.times(root, root)
        for indices, f, _ in products:
            if len(indices) < degree:
                cost = 2.0 + len(indices) + len(root)
                yield Column("terms", kernel.times(square, f), indices, root, False, cost)
    reach = max([total_degree(goal), *(total_degree(f) for _, f, _ in products)])
    for j, (r, e) in enumerate(hypotheses):
        for m in monomials(n, max(0, reach - total_degree(e))) if r == "=" else ():
            yield Column("multipliers", kernel.times(m, e), (j,), m, False, 1.0)


def products_of(
    hypotheses: list[kernel.Relation], usable: list[int], degree: int, n: int
) -> Iterator[tuple[tuple[int, ...], kernel.Function, bool]]:
    made: dict[tuple[int, ...], kernel.Function] = {(): kernel.product(Fraction(1), [], n)}
    for size in range(degree + 1):
        for indices in combinations_with_replacement(usable, size):
            if size:
                made[indices] = kernel.times(made[indices[:-1]], hypotheses[indices[-1]][1])
            yield indices, made[indices], all(hypotheses[i][0] == ">" for i in indices)


def monomials(n: int, degree: int) -> Iterator[kernel.Function]:
    for size in range(degree + 1):
        for chosen in combinations_with_replacement(range(n), size):
            yield {(*(chosen.count(i) for i in range(n)), *[0] * (n + 1)): Fraction(1)}


def monomial_roots(n: int, degree: int) -> list[kernel.Function]:
    """m, m + m', m - m': their squares span the scaled diagonally dominant sums of squares."""
    single = list(monomials(n, degree))[1:]
    pairs = list(combinations(monomials(n, degree), 2))
    minus = [kernel.plus(p, {k: -c for k, c in q.items()}) for p, q in pairs]
    return single + [kernel.plus(p, q) for p, q in pairs] + minus


def total_degree(f: kernel.Function) -> int:
    return max((sum(k[: len(k) // 2]) for k in f), default=0)


def basic_support(columns: list[Column], normal: list[bool]) -> list[int]:
    """The columns of a basic solution, in floating point; empty if the program is infeasible."""
    rows = {k: i for i, k in enumerate(sorted({k for column in columns for k in column.f}))}
    entries = [
        (rows[k], j, float(c)) for j, column in enumerate(columns) for k, c in column.f.items()
    ]
    entries += [(len(rows), j, 1.0) for j, chosen in enumerate(normal) if chosen]
    i, j, values = zip(*entries, strict=True)
    matrix = csc_array((values, (i, j)), shape=(len(rows) + 1, len(columns)))
    right = np.zeros(len(rows) + 1)
    right[-1] = 1.0
    bounds = [(None if c.role == "multipliers" else 0, None) for c in columns]
    costs = [column.cost for column in columns]
    solve: Any = linprog
    result = solve(costs, A_eq=matrix, b_eq=right, bounds=bounds, method="highs-ds")
    return [] if result.status else [k for k, x in enumerate(result.x) if abs(x) > 1e-9]


def solved(
    columns: list[Column], normal: list[bool], support: list[int]
) -> dict[int, Fraction] | None:
    """The weights of the support over the rationals, free ones 0; None if a sign is wrong."""
    rows = sorted({k for j in support for k in columns[j].f})
    table = [
        [fraction(columns[j].f.get(k, Fraction(0))) for j in support] + [fmpq(0)] for k in rows
    ]
    table.append([fmpq(int(normal[j])) for j in support] + [fmpq(1)])
    echelon, rank = fmpq_mat(table).rref()
    weights = {}
    for row in range(rank):
        pivot = next(j for j in range(len(support) + 1) if echelon[row, j] != 0)
        if pivot == len(support):
            return None
        value = echelon[row, len(support)]
        weights[support[pivot]] = Fraction(int(value.p), int(value.q))
    wrong = any(w < 0 and columns[j].role != "multipliers" for j, w in weights.items())
    return None if wrong else {j: w for j, w in weights.items() if w}


def fraction(c: Fraction) -> fmpq:
    return fmpq(c.numerator, c.denominator)


def written(
    statement: kernel.Statement, columns: list[Column], weights: dict[int, Fraction]
) -> dict[str, Any]:
    """The proof as data, scaled so that a constant factor of the goal is 1."""
    n = statement[0]
    factors = [(columns[j], w) for j, w in weights.items() if columns[j].role == "factor"]
    scale = 1 / factors[0][1] if len(factors) == 1 else Fraction(1)
    proof: dict[str, Any] = {"factor": [], "terms": [], "multipliers": []}
    multipliers: dict[int, kernel.Function] = {}
    for j, weight in weights.items():
        column, w = columns[j], weight * scale
        if column.role == "multipliers":
            assert column.root is not None
            part = {k: c * w for k, c in column.root.items()}
            multipliers[column.indices[0]] = kernel.plus(
                multipliers.get(column.indices[0], {}), part
            )
        else:
            roots = [] if column.root is None else [kernel.written(column.root, n)]
            proof[column.role].append([str(w), list(column.indices), roots])
    proof["multipliers"] = [[j, kernel.written(m, n)] for j, m in multipliers.items()]
    return proof
