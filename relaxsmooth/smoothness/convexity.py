"""Layer 3: what the convex entries ask: is f convex, where is a minimiser, is ∇f Lipschitz?

On the line f'' is rational in one generator on each piece, so its sign is decided by one rational
point in each cell between its zeros.  In several variables convexity is read off the form, and a
minimiser is a rational point with ∇f = 0, or lies in a box on whose boundary f is higher.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import flint

from relaxsmooth.arithmetic import EXACT, NotExact, ball, opened
from relaxsmooth.domain import restrictions
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import Problem
from relaxsmooth.rounding import round_up, upper_end
from relaxsmooth.smoothness.algebraic import rational_root, to_fraction
from relaxsmooth.smoothness.box_bounds import bounds_nd
from relaxsmooth.smoothness.box_convex import is_convex
from relaxsmooth.smoothness.box_descent import float_minimisers
from relaxsmooth.smoothness.box_fields import polynomial_of, refuse_cases
from relaxsmooth.smoothness.box_lowest import (
    BITS,
    BUDGET,
    RADII,
    higher_around,
    rational_candidates,
    solution,
)
from relaxsmooth.smoothness.box_matrix import is_positive_semidefinite
from relaxsmooth.smoothness.box_proof import LEAST
from relaxsmooth.smoothness.generator import NotDecidable, Point
from relaxsmooth.smoothness.line_cover import has_waves, is_line
from relaxsmooth.smoothness.line_lowest import at_least
from relaxsmooth.smoothness.minimal import in_pieces, minimal_L0
from relaxsmooth.smoothness.pieces import Piece, Pieces
from relaxsmooth.smoothness.radial_exact import exact_L0, quadratic_data
from relaxsmooth.smoothness.ratio import distinct, samples
from relaxsmooth.verdict import Status, Verdict


@dataclass(frozen=True)
class Distance:
    """R >= the distance of x_0 to a minimiser; None where there is none or none is known."""

    R: Fraction | None
    verdict: Verdict


# --- convexity ---------------------------------------------------------------------------------


def convexity(problem: Problem) -> Verdict:
    """f is convex: decided on the line; PROVED by its form, REFUTED by a point, or UNDECIDED."""
    claim = f"{problem.key} is convex"
    if is_convex(problem.objective, problem.variables):
        return Verdict(claim, Status.PROVED, "f is convex by its form")
    if problem.dimension > 1:
        return _in_space(problem, claim)
    try:
        return _on_the_line(in_pieces(problem), claim)
    except NotDecidable as reason:
        if is_line(problem):
            return _with_waves(problem, claim)
        return Verdict(claim, Status.UNDECIDED, str(reason))


def _on_the_line(function: Pieces, claim: str) -> Verdict:
    for kink in function.kinks:
        raise NotDecidable(str(kink))
    cells = 0
    for piece in function.parts:
        for v in _cells(piece):
            cells += 1
            if piece.curvature.at_rational(v) < 0:
                x = piece.point(rational_root(to_fraction(v)))
                value = to_fraction(piece.curvature.at_rational(v))
                witness = {"x": x, "f''": value}
                return Verdict(claim, Status.REFUTED, f"f'' = {value} at x = {x}", witness)
    reason = f"f' is continuous and f'' >= 0 in each of {cells} cells between its zeros"
    return Verdict(claim, Status.PROVED, reason)


def _with_waves(problem: Problem, claim: str) -> Verdict:
    """f'' < 0 at a point, or f'' >= 0 by its tails and balls."""
    found = _in_space(problem, claim)
    if found.status is not Status.UNDECIDED:
        return found
    try:
        refuse_cases(problem)
    except NotDecidable as why:
        return Verdict(claim, Status.UNDECIDED, str(why))
    (x,), curvature = problem.variables, problem.hessian[0][0]
    for u in restrictions(problem.objective):  # f'' may have values where f has none
        if at_least(u, x, LEAST, BUDGET.clock()) is None:
            return found
    reason = at_least(curvature, x, Fraction(0), BUDGET.clock())
    if reason is None:
        return found
    return Verdict(claim, Status.PROVED, f"f'' >= 0: {reason}")


def _cells(piece: Piece) -> Sequence[flint.fmpq]:
    """One rational v in each cell of the piece between the zeros of f''."""
    if piece.is_affine:
        return ()
    low, high = piece.v_range
    return samples(distinct(piece.curvature.zeros(low, high)), low, high)


def _in_space(problem: Problem, claim: str) -> Verdict:
    try:
        if is_positive_semidefinite(quadratic_data(problem)[0]):
            return Verdict(claim, Status.PROVED, "f is quadratic and A is positive semidefinite")
    except NotDecidable:
        pass
    corners = product(map(Fraction, (0, 1, -1, 2)), repeat=min(problem.dimension, 3))
    grid = [x for x in corners if len(x) == problem.dimension]
    for x in [*grid, *rational_candidates(problem)]:
        for v in _directions(problem.dimension):
            curvature = _curvature(problem, x, v)
            if curvature < 0 and _bends_down(problem, x, v):
                reason = f"v'∇²f v = {curvature.str(6, radius=False)} < 0 at x along v"
                return Verdict(claim, Status.REFUTED, reason, {"x": x, "v": v})
    return Verdict(claim, Status.UNDECIDED, "not convex by its form, and no point refutes it")


def _directions(d: int) -> Iterator[tuple[int, ...]]:
    """e_i, e_i + e_j and e_i - e_j."""
    for i in range(d):
        yield tuple(int(k == i) for k in range(d))
        for j in range(i):
            yield tuple(int(k in (i, j)) for k in range(d))
            yield tuple(int(k == i) - int(k == j) for k in range(d))


def _curvature(problem: Problem, x: Sequence[Fraction], v: Sequence[int]) -> flint.arb:
    arithmetic = opened(ball(BITS))
    H = evaluate([h for row in problem.hessian for h in row], problem.at(x), arithmetic)
    d = problem.dimension
    with arithmetic.active():
        return sum((v[i] * v[j] * H[i * d + j] for i in range(d) for j in range(d)), flint.arb(0))


def _bends_down(problem: Problem, x: Sequence[Fraction], v: Sequence[int]) -> bool:
    """f(x - hv) + f(x + hv) < 2 f(x) for some small h: the formula of ∇²f may have a value where
    f has none, or be that of a case that holds at x alone."""
    arithmetic = ball(BITS)
    for h in (Fraction(1, 2**k) for k in (10, 20, 40)):
        points = [[c + s * h * vk for c, vk in zip(x, v, strict=True)] for s in (-1, 0, 1)]
        left, middle, right = (problem.value(p, arithmetic) for p in points)
        with arithmetic.active():
            if left + right < 2 * middle:
                return True
    return False


# --- minimisers of convex functions --------------------------------------------------------------


def distance(problem: Problem) -> Distance:
    """How far x_0 is at most from a minimiser of a convex f (`convexity` is PROVED)."""
    claim = f"{problem.key} has a minimiser"
    start = [c.value for c in problem.start]
    if None not in start and _is_critical(problem, start):
        return Distance(Fraction(0), Verdict(claim, Status.PROVED, "f is convex and ∇f(x0) = 0"))
    if problem.dimension > 1:
        return _distance_in_space(problem, claim)
    try:
        found = list(_zeros(in_pieces(problem)))
    except NotDecidable:
        return _distance_in_space(problem, claim)
    if not found:
        kinks = in_pieces(problem).kinks
        if kinks:  # the minimiser may be one of them
            open_ = Verdict(claim, Status.UNDECIDED, f"f' has no zero, and {kinks[0]}")
            return Distance(None, open_)
        return Distance(None, Verdict(claim, Status.REFUTED, "f' has no zero"))
    x0 = evaluate(problem.start[0], {}, ball(BITS))
    R, p = min((_away(x0, p), str(p)) for p in found)
    reason = f"f is convex and f' = 0 at x = {p}"
    return Distance(R, Verdict(claim, Status.PROVED, reason, {"x*": p, "R": R}))


def _zeros(function: Pieces) -> Iterator[Point]:
    """Zeros of f': inside the pieces, and at the cuts."""
    for piece in function.parts:
        flat = piece.is_affine and piece.slope.is_zero
        if not piece.is_affine:
            yield from map(piece.point, piece.slope.zeros(*piece.v_range))
        for side, cut in enumerate((piece.low, piece.high)):
            if cut is not None and (flat or _vanishes(piece, side)):
                yield cut
        if flat and piece.low is None and piece.high is None:
            yield Point.rational(0)


def _vanishes(piece: Piece, side: int) -> bool:
    """f' = 0 at a finite end of a piece that is not affine."""
    if piece.is_affine:
        return False
    root = piece.v_end(side)
    return root is not None and root.sign_of(piece.slope.integers[0]) == 0


def _away(x0: flint.arb, p: Point) -> Fraction:
    with ball(BITS).active():
        return _rounded(abs(x0 - p.enclosure(BITS)))


def _rounded(value: flint.arb) -> Fraction:
    """A short rational at or above it: itself where it is one."""
    whole = value.unique_fmpz() if value.is_exact() else None
    return Fraction(int(whole)) if whole is not None else round_up(upper_end(value))


def _distance_in_space(problem: Problem, claim: str) -> Distance:
    x0 = evaluate(problem.start, {}, ball(BITS))
    for x in _exact_candidates(problem):
        if _is_critical(problem, x):
            R = _norm([a - ball(BITS).number(b) for a, b in zip(x0, x, strict=True)])
            reason = f"f is convex and ∇f = 0 at ({', '.join(map(str, x))})"
            return Distance(R, Verdict(claim, Status.PROVED, reason, {"x*": x, "R": R}))
    return _in_a_box(problem, claim, x0)


def _exact_candidates(problem: Problem) -> Iterator[tuple[Fraction, ...]]:
    try:
        x = solution(*quadratic_data(problem))
        if x is not None:
            yield x
    except NotDecidable:
        pass
    yield from rational_candidates(problem)


def _is_critical(problem: Problem, x: Sequence[Any]) -> bool:
    try:
        return all(g == 0 for g in problem.slope(x, EXACT))
    except (NotExact, ZeroDivisionError):
        return False


def _norm(vector: Sequence[Any]) -> Fraction:
    arithmetic = ball(BITS)
    with arithmetic.active():
        return _rounded(arithmetic.norm(vector))


def _in_a_box(problem: Problem, claim: str, x0: Sequence[Any]) -> Distance:
    """f convex and higher on the boundary of a box than at its centre: a minimiser is inside."""
    arithmetic = ball(BITS)
    for x in float_minimisers(problem):
        center = tuple(Fraction(c) for c in x)
        value = problem.value([arithmetic.number(c) for c in center], arithmetic)
        for radius in RADII:
            if value.is_finite() and higher_around(problem, center, radius, upper_end(value)):
                with arithmetic.active():
                    inside = arithmetic.number(-radius).union(arithmetic.number(radius))
                    away = [
                        a - arithmetic.number(c) + inside for a, c in zip(x0, center, strict=True)
                    ]
                R = _norm(away)
                shown = ", ".join(f"{c:.6g}" for c in x)
                reason = f"f is convex, and higher on the boundary of a box around ({shown})"
                return Distance(R, Verdict(claim, Status.PROVED, reason, {"R": R}))
    return Distance(None, Verdict(claim, Status.UNDECIDED, "no minimiser was certified"))


# --- Lipschitz gradients -------------------------------------------------------------------------


def least_L(problem: Problem) -> tuple[Fraction | None, Verdict]:
    """(a rational L >= sup‖∇²f‖, or None; the verdict "∇f is L-Lipschitz for some L")."""
    claim = f"∇f of {problem.key} is Lipschitz"
    try:
        return _least_L(problem, claim)
    except NotDecidable as reason:
        return None, Verdict(claim, Status.UNDECIDED, str(reason))


def _least_L(problem: Problem, claim: str) -> tuple[Fraction | None, Verdict]:
    if problem.dimension == 1 and not has_waves(problem):
        found = minimal_L0(problem, 0)
        least = found.value
        if least is None:
            return None, Verdict(claim, Status.REFUTED, found.where())
        exact = least.as_fraction()
        L = exact if exact is not None else round_up(upper_end(least.enclosure(BITS)))
        return L, Verdict(claim, Status.PROVED, f"sup |f''| = {least}", {"L": L})
    if _is_steep_polynomial(problem):
        reason = "f is a polynomial of degree > 2, so ‖∇²f‖ is unbounded"
        return None, Verdict(claim, Status.REFUTED, reason)
    known = exact_L0(problem, Fraction(0))
    if known is not None and known.value is None:
        return None, Verdict(claim, Status.REFUTED, f"‖∇²f‖ is unbounded: {known.reason}")
    bounds = bounds_nd(problem, 0)
    if bounds.upper is None:
        return None, Verdict(claim, Status.UNDECIDED, f"sup‖∇²f‖ is not known: {bounds.reason}")
    verdict = Verdict(claim, Status.PROVED, f"sup‖∇²f‖ <= {bounds.upper}", {"L": bounds.upper})
    return bounds.upper, verdict


def _is_steep_polynomial(problem: Problem) -> bool:
    try:
        return bool(polynomial_of(problem.objective, problem.variables).total_degree() > 2)
    except NotDecidable:
        return False
