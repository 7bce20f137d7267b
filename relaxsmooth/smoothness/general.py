"""Layer 3: is |f''| <= ell(|f'|) on the whole line, for a rational non-decreasing ell?

The violations {s f'' > ell(t f')}, s, t = ±1 with t f' >= 0, form an open set.  Between two
neighbours among the zeros of f', f'' and of all s f'' - ell(t f') nothing changes sign, so one
rational point in each cell decides.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb, fmpq

from relaxsmooth.arithmetic import ball, opened
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.smoothness.algebraic import rational_root, to_fraction
from relaxsmooth.smoothness.generator import LINE, Point
from relaxsmooth.smoothness.pieces import Piece, Pieces
from relaxsmooth.smoothness.ratio import Ratio, distinct, samples
from relaxsmooth.smoothness.rewrite import as_ratio
from relaxsmooth.verdict import Status, Verdict

ORIGIN = rational_root(0)


def bounded_by(function: Pieces, ell: Formula) -> Verdict:
    """PROVED or REFUTED (with a rational witness confirmed by balls): |f''| <= ell(|f'|)."""
    bound = nondecreasing(ell)
    claim = f"|f''| <= ell(|f'|) for f = {function.objective}, ell(u) = {ell}"
    if function.kinks:
        reason = f"{function.kinks[0]}: f is not C^1"
        return Verdict(claim, Status.REFUTED, reason, {"x": function.kinks[0].at})
    for piece in function.parts:
        v = _violation(piece, bound)
        if v is not None:
            return _confirmed(claim, function, ell, piece.point(rational_root(to_fraction(v))))
    reason = "no cell between the zeros of f', f'' and f'' -+ ell(|f'|) violates it"
    return Verdict(claim, Status.PROVED, reason)


def nondecreasing(ell: Formula) -> Ratio:
    """ell as a rational function of u; FormulaError unless it rises on u >= 0 and ell(0) >= 0."""
    bound = as_ratio(ell, LINE, "u").reduced
    poles = bound.poles(None, None)
    if any(pole.high >= 0 for pole in poles):
        raise FormulaError(f"ell(u) = {ell} has a pole at some u >= 0; give one that is finite")
    slope = bound.derivative
    cells = samples(slope.zeros(ORIGIN, None), ORIGIN, None)
    if bound.at_rational(fmpq(0)) < 0 or any(slope.at_rational(u) < 0 for u in cells):
        raise FormulaError(f"ell(u) = {ell} must be >= 0 and non-decreasing on u >= 0")
    return bound


def _violation(piece: Piece, bound: Ratio) -> fmpq | None:
    """A rational v in the piece with |f''| > ell(|f'|), or None."""
    if piece.is_affine:
        return None
    low, high = piece.v_range
    excesses = [
        piece.curvature * s - _composed(bound, piece.slope * t) for s in (1, -1) for t in (1, -1)
    ]
    walls = [piece.slope, piece.curvature, *excesses]
    zeros = distinct([root for wall in walls for root in wall.zeros(low, high)])
    poles = distinct([*zeros, *(r for e in excesses for r in e.poles(low, high))])
    for v in samples(poles, low, high):
        curvature, slope = piece.curvature.at_rational(v), piece.slope.at_rational(v)
        if abs(curvature) > bound.at_rational(abs(slope)):
            return v
    return None


def _composed(outer: Ratio, inner: Ratio) -> Ratio:
    """outer(inner(v)), by Horner's rule."""
    top, bottom = (
        _horner([p[k] for k in range(p.degree(), -1, -1)], inner) for p in (outer.top, outer.bottom)
    )
    return (top * bottom**-1).reduced


def _horner(coefficients: list[fmpq], at: Ratio) -> Ratio:
    result = Ratio.constant(0)
    for c in coefficients:
        result = result * at + Ratio.constant(to_fraction(c))
    return result


def _confirmed(claim: str, function: Pieces, ell: Formula, p: Point) -> Verdict:
    """The violation at a rational near p, read by balls from the formula itself."""
    for k in range(4, 400, 4):
        x = p.exact if p.exact is not None else p.near(k)
        excess = _excess(function, ell, x, 64 + 4 * k)
        if excess > 0:
            witness = {"x": x, "|f''| - ell(|f'|)": excess}
            return Verdict(claim, Status.REFUTED, "it fails at x", witness, -excess)
    return Verdict(claim, Status.UNDECIDED, f"it fails near {p}, but balls did not confirm it")


def _excess(function: Pieces, ell: Formula, x: Fraction, bits: int) -> arb:
    arithmetic = opened(ball(bits))
    slope, curvature = evaluate(function.derivatives, {function.variable: x}, arithmetic)
    with arithmetic.active():
        g: arb = arithmetic.apply("abs", slope)
        size: arb = arithmetic.apply("abs", curvature)
        bound: arb = evaluate(ell, {"u": g}, arithmetic)
        return size - bound
