"""Layer 3: the least L0 in several variables, exactly, where one variable decides it.

quadratic   f = x'A x/2 - b'x + c:  L0* = max{0, ‖A‖ - L1 min‖Ax - b‖}
separable   f = sum f_i(x_i), every inf|f_i'| = 0:  L0* = max_i L0*(f_i)
radial      f = F(‖x‖), F even and C²:  L0* = L0*(F).  The eigenvalues are F''(r) and F'(r)/r,
            and the second is harmless: |F'(r)| <= (L0/L1)(e^t - 1) with t = L1 r (Gronwall), so
            |F'|(1/r - L1) <= L0 (e^t - 1)(1 - t)/t <= L0, since e^t (1 - t) <= 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import flint

from relaxsmooth.arithmetic import ball, opened
from relaxsmooth.domain import is_positive, restrictions
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import (
    ZERO,
    Formula,
    absolute,
    add,
    formula,
    mul,
    power,
    rebuild,
    symbol,
    topological,
)
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.algebraic import Algebraic, to_fmpq, to_fraction
from relaxsmooth.smoothness.box_convex import is_nonnegative
from relaxsmooth.smoothness.box_fields import Poly, polynomial_of, terms_of
from relaxsmooth.smoothness.box_matrix import spectral_norm
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.membership import membership
from relaxsmooth.smoothness.minimal import MinimalL0, minimal_L0

RADIUS = "r"
PROBES = (Fraction(0), *(s * Fraction(2) ** k for k in range(-8, 13) for s in (1, -1)))
Matrix = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True, eq=False)
class ExactL0:
    """L0*(L1) and the structure that decides it; value None means +infinity.

    parts: the functions of one variable with their own least L0 (empty for a quadratic).
    """

    problem: Problem
    L1: Fraction
    value: Algebraic | None
    structure: str
    reason: str
    parts: tuple[tuple[Formula, MinimalL0], ...] = ()
    centre: tuple[Fraction, ...] = ()

    @property
    def jumps(self) -> str:
        """Where a second derivative jumps, so that f is C^1,1 and not C^2; else empty."""
        for _, part in self.parts:
            if part.smoothness == "C1,1":
                return f"f'' of {part.function.objective} jumps at {part.function.jumps[0]}"
        return ""

    def __str__(self) -> str:
        return f"L0*({self.L1}) = {'infinity' if self.value is None else self.value}"


def exact_L0(problem: Problem, L1: Fraction) -> ExactL0 | None:
    """L0*(L1) where f is quadratic, separable or radial and its parts are decidable, else None."""
    for decide in (_quadratic_L0, _separable_L0, _radial_L0):
        try:
            return decide(problem, L1)
        except NotDecidable:
            continue
    return None


# --- quadratics ----------------------------------------------------------------------------------


def quadratic_data(problem: Problem) -> tuple[Matrix, tuple[Fraction, ...]]:
    """(A, b) with f = x'A x/2 - b'x + c; NotDecidable where f is not quadratic."""
    p = polynomial_of(problem.objective, problem.variables)
    if p.total_degree() > 2:
        raise NotDecidable(f"{problem.key} has degree {p.total_degree()}, not 2")
    d = problem.dimension
    A = [[Fraction(0)] * d for _ in range(d)]
    b = [Fraction(0)] * d
    for exponents, c in terms_of(p):
        at = [i for i, e in enumerate(exponents) for _ in range(e)]
        if len(at) == 1:
            b[at[0]] = -c
        elif at:
            A[at[0]][at[1]] += c
            A[at[1]][at[0]] += c
    return tuple(map(tuple, A)), tuple(b)


def _quadratic_L0(problem: Problem, L1: Fraction) -> ExactL0:
    A, b = quadratic_data(problem)
    rest = least_slope_squared(A, b)
    norm = spectral_norm(A)
    reason = f"f is quadratic and ‖A‖ = {norm}"
    if rest and L1:
        slope = power(formula(rest), Fraction(1, 2)).value
        if slope is None:
            raise NotDecidable(f"min‖Ax - b‖ = sqrt({rest}) is irrational")
        norm = norm - L1 * slope
        norm = norm if norm > 0 else Algebraic.rational(0)
        reason += f", min‖Ax - b‖ = {slope}"
    return ExactL0(problem, L1, norm, "quadratic", reason)


def least_slope_squared(A: Matrix, b: Sequence[Fraction]) -> Fraction:
    """min‖Ax - b‖² over x: the part of b orthogonal to the range, exactly."""
    d = len(b)
    matrix = flint.fmpq_mat([[to_fmpq(v) for v in row] for row in A])
    reduced, rank = (matrix * matrix.transpose()).rref()
    pivots = [next(j for j in range(d) if reduced[i, j] != 0) for i in range(rank)]
    columns = flint.fmpq_mat(d, rank, [matrix[i, j] for i in range(d) for j in pivots])
    right = flint.fmpq_mat(d, 1, [to_fmpq(v) for v in b])
    if rank:
        gram = columns.transpose() * columns
        right = right - columns * gram.solve(columns.transpose() * right)
    return to_fraction((right.transpose() * right)[0, 0])


# --- separable -----------------------------------------------------------------------------------


def separable_terms(problem: Problem) -> tuple[Formula, ...]:
    """(f_1(x_1), ..., f_d(x_d)) up to constants, or NotDecidable."""
    parts: dict[str, list[Formula]] = {name: [] for name in problem.variables}
    for term in _terms(problem.objective, Fraction(1)):
        if len(term.symbols) > 1:
            return _separable_polynomial(problem)
        for name in term.symbols:
            parts[name].append(term)
    found = tuple(add(ZERO, *terms) for terms in parts.values())
    _keep_domain(restrictions(problem.objective), found)
    return found


def _keep_domain(needed: Iterable[Formula], parts: Iterable[Formula]) -> None:
    """NotDecidable where what f takes a log, root or quotient of has cancelled from its parts."""
    kept = {u for part in parts for u in restrictions(part)}
    for u in needed:
        if u not in kept and u.symbols and not is_positive(u):
            raise NotDecidable(f"f has a value only where {u} is positive, or not negative")


def _terms(f: Formula, c: Fraction) -> Iterator[Formula]:
    """The summands of c f, with numbers multiplied in."""
    if f.op == "add":
        for arg in f.args:
            yield from _terms(arg, c)
    elif f.op == "mul" and f.args[0].op == "number" and len(f.args) == 2:
        yield from _terms(f.args[1], c * f.args[0].data)
    else:
        yield c * f


def _separable_polynomial(problem: Problem) -> tuple[Formula, ...]:
    names = problem.variables
    parts: list[list[Formula]] = [[] for _ in names]
    for exponents, c in terms_of(polynomial_of(problem.objective, names)):
        mixed = [i for i, e in enumerate(exponents) if e]
        if len(mixed) > 1:
            raise NotDecidable(f"{problem.key} is not a sum of functions of one variable each")
        for i in mixed:
            parts[i].append(c * symbol(names[i]) ** exponents[i])
    return tuple(add(ZERO, *terms) for terms in parts)  # a polynomial has a value everywhere


def _separable_L0(problem: Problem, L1: Fraction) -> ExactL0:
    if problem.dimension == 1:
        raise NotDecidable("one variable")
    terms = separable_terms(problem)
    if not all(slope_reaches_zero(term) for term in terms):
        raise NotDecidable("the slope of a term is not known to reach or approach 0")
    parts = tuple((term, minimal_L0(term, L1)) for term in terms)
    best: Algebraic | None = Algebraic.rational(0)
    for _, part in parts:
        if part.value is None:
            best = None
            break
        if best is not None and part.value > best:
            best = part.value
    names = zip(problem.variables, parts, strict=True)
    each = ", ".join(f"{_shown(p)} in {name}" for name, (_, p) in names)
    return ExactL0(problem, L1, best, "separable", f"f is separable, least L0: {each}", parts)


def _shown(part: MinimalL0) -> str:
    if part.value is None:
        return f"none ({part.where()})"
    return f"{part.value}{' (limit class)' if part.smoothness == 'C1,1' else ''}"


def slope_reaches_zero(term: Formula) -> bool:
    """inf|f'| = 0 on the line: f' is seen with both signs, or f is bounded on one side."""
    if not term.symbols or is_nonnegative(term) or is_nonnegative(-term):
        return True  # |f'| >= c > 0 would make f unbounded on both sides
    return bracket(term) is not None


def bracket(term: Formula) -> tuple[Fraction, Fraction] | None:
    """Rationals a, b with f'(a) < 0 < f'(b) (a = b where f'(a) = 0 exactly), by balls."""
    (name,) = term.symbols
    slope = term.diff(name)
    seen: dict[bool, Fraction] = {}
    for x in PROBES:
        value = evaluate(slope, {name: x}, opened(ball()))
        if value == 0:
            return x, x
        if value > 0 or value < 0:
            seen.setdefault(bool(value > 0), x)
        if len(seen) == 2:
            return seen[False], seen[True]
    return None


# --- radial --------------------------------------------------------------------------------------


def radial_profile(problem: Problem) -> tuple[Formula, tuple[Fraction, ...]]:
    """F and c with f(x) = F(‖x - c‖), F even in r, or NotDecidable."""
    c = _centre(problem)
    moved = {n: symbol(n) + ci for n, ci in zip(problem.variables, c, strict=True) if ci}
    shifted = replace(problem, objective=problem.objective.subs(moved)) if moved else problem
    return _centred_profile(shifted), c


def _centre(problem: Problem) -> tuple[Fraction, ...]:
    """c read off the form: from the sums x_i - c_i, or from the two leading parts of a polynomial
    a‖x - c‖^n = a‖x‖^n - n a ‖x‖^(n-2) <c, x> + ..."""
    try:
        terms = dict(terms_of(polynomial_of(problem.objective, problem.variables)))
    except NotDecidable:
        sums = [n for n in topological((problem.objective,)) if n.op == "add" and len(n.args) == 2]
        found = {a.data: -b.data for n in sums for a in n.args for b in n.args
                 if a.op == "symbol" and b.op == "number"}  # fmt: skip
        return tuple(found.get(name, Fraction(0)) for name in problem.variables)
    n, d = max(map(sum, terms), default=0), problem.dimension
    axis = [tuple(k * (i == j) for j in range(d)) for k in (n, n - 1) for i in range(d)]
    lead = terms.get(axis[0], Fraction(0))
    return tuple(-terms.get(e, 0) / (n * lead) if n and lead else Fraction(0) for e in axis[d:])


def _centred_profile(problem: Problem) -> Formula:
    """F with f(x) = F(‖x‖)."""
    r, wanted = symbol(RADIUS), {symbol(name) ** 2 for name in problem.variables}
    square = r**2

    def as_radius(node: Formula) -> Formula | None:
        if node.op == "add" and wanted <= set(node.args):
            return add(square, *(arg for arg in node.args if arg not in wanted))
        if node.op == "pow" and node.args[0] is square and node.data < 0:
            # it could cancel with a power
            raise NotDecidable(f"{node} has no value at the centre")
        if node.op == "pow" and node.args[0] is square and node.data.denominator > 1:
            return power(absolute(r), 2 * node.data)
        return None

    if RADIUS not in problem.variables and problem.dimension > 1:
        profile = rebuild(problem.objective, as_radius)
        if profile.symbols <= {RADIUS}:
            needed = restrictions(problem.objective)
            _keep_domain((rebuild(u, as_radius) for u in needed), (profile,))
            return profile
    return _radial_polynomial(problem)


def _radial_polynomial(problem: Problem) -> Formula:
    """p(r) for a polynomial f = p(‖x‖): f(r, 0, ..., 0), if giving it back gives f."""
    if problem.dimension == 1:
        raise NotDecidable("one variable")
    f = polynomial_of(problem.objective, problem.variables)
    gens = f.context().gens()
    square = sum((g**2 for g in gens[1:]), gens[0] ** 2)
    on_axis = {e[0]: c for e, c in terms_of(f) if not any(e[1:])}
    rebuilt: Poly = f.context().constant(0)
    for n, c in on_axis.items():
        if n % 2:
            raise NotDecidable(f"{problem.key} is not even on the first axis")
        rebuilt += to_fmpq(c) * square ** (n // 2)
    if rebuilt != f:
        raise NotDecidable(f"{problem.key} is not a function of ‖x‖")
    return add(ZERO, *(mul(formula(c), symbol(RADIUS) ** n) for n, c in on_axis.items()))


def _radial_L0(problem: Problem, L1: Fraction) -> ExactL0:
    profile, centre = radial_profile(problem)
    part = minimal_L0(profile, L1)
    if part.smoothness != "C2":
        raise NotDecidable(f"F(r) = {profile} is not C^2 on the line")
    around = f" around ({', '.join(map(str, centre))})" if any(centre) else ""
    reason = f"f is radial{around} with F(r) = {profile}: {str(part).replace('x = ', 'r = ')}"
    return ExactL0(problem, L1, part.value, "radial", reason, ((profile, part),), centre)


# --- a point that violates -----------------------------------------------------------------------


def candidate_points(exact: ExactL0, L0: Fraction) -> Iterator[tuple[Fraction, ...]]:
    """Rational points at which ‖H‖ > L0 + L1‖g‖ is to be confirmed, from the decisive part."""
    for i, (_, part) in enumerate(exact.parts):
        verdict = membership(part.function, L0, exact.L1)
        if "x" not in verdict.witness:
            continue
        x = verdict.witness["x"]
        if exact.structure == "radial":
            yield (exact.centre[0] + x, *exact.centre[1:])
            continue
        for bits in (8, 64, 512):
            rest = [_flat_point(other, bits) for other, _ in exact.parts]
            yield (*rest[:i], x, *rest[i + 1 :])


def _flat_point(term: Formula, bits: int) -> Fraction:
    """A rational near a zero of f' (by halving a bracket), or far out where f' tends to 0."""
    ends = bracket(term) if term.symbols else (Fraction(0), Fraction(0))
    if ends is None:
        (name,) = term.symbols
        far = [Fraction(s * 2**k) for k in range(2, 12) for s in (1, -1)]
        slopes = [abs(float(evaluate(term.diff(name), {name: x}, ball()).mid())) for x in far]
        return far[slopes.index(min(slopes))]
    a, b = ends
    (name,) = term.symbols or {"x"}
    slope = term.diff(name)
    for _ in range(bits if a != b else 0):
        middle = (a + b) / 2
        value = evaluate(slope, {name: middle}, ball(64 + bits))
        if not (value > 0 or value < 0):
            return middle
        a, b = (a, middle) if value > 0 else (middle, b)
    return (a + b) / 2
