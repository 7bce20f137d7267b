"""Layer 3: is |f''| <= L0 + L1|f'| on the whole line?  Decided, with a certificate or a witness.

PROVED carries a `Certificate`, which `recheck` verifies by another route: with
p1, p2 = s f'' - L0 -+ L1 f' (s = ±1) the set of violations {p1 > 0 and p2 > 0} is open, so
one rational point in each cell between the zeros of p1 p2 decides it.
REFUTED carries rational points at which balls, reading the formula as it was given, confirm
the violation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq

from relaxsmooth.arithmetic import BallArithmetic, ball, opened
from relaxsmooth.evaluation import evaluate
from relaxsmooth.smoothness.algebraic import rational_root, to_fmpq, to_fraction
from relaxsmooth.smoothness.generator import NotDecidable, Point
from relaxsmooth.smoothness.minimal import (
    Function,
    MinimalL0,
    Place,
    checked,
    in_pieces,
    minimal_L0,
)
from relaxsmooth.smoothness.pieces import Kink, Piece, Pieces
from relaxsmooth.smoothness.ratio import Ratio, distinct, samples
from relaxsmooth.verdict import Status, Verdict

MOST_BITS = 2**16  # of a value far out
MOST_TRIALS = 12  # witness attempts: each doubles the number of bits of x


@dataclass(frozen=True, eq=False)
class Certificate:
    """Why f is (L0, L1)-smooth: the exact supremum, and everything needed to check again."""

    minimal: MinimalL0
    L0: Fraction

    @property
    def L1(self) -> Fraction:
        return self.minimal.L1

    def __str__(self) -> str:
        return f"L0*({self.L1}) <= {self.L0}"


def membership(f: Function, L0: Fraction | int, L1: Fraction | int) -> Verdict:
    """PROVED or REFUTED: |f''(x)| <= L0 + L1|f'(x)| for every real x; L0, L1 >= 0 exact.

    For f in C^{1,1} with jumps of f'' the claim is about the limit class, and says so.
    Raises NotDecidable when f is outside the decided family.
    """
    L0, L1 = checked(L0, "L0"), checked(L1, "L1")
    least = minimal_L0(f, L1)
    claim = _claim(least.function, L0, L1)
    if least.value is None or least.value > L0:
        return _refuted(claim, least, L0)
    witness = {"L0*": least.value, "certificate": Certificate(least, L0)}
    reason = f"the least L0 at L1 = {L1} is {least.value}, {least.where()}"
    if least.smoothness == "C1,1":
        reason += f"; f'' jumps at x = {least.function.jumps[0]}, so f is C^1,1 and not C^2"
    margin = -(least.value - L0) if L0 else -least.value
    return Verdict(claim, Status.PROVED, reason, witness, margin)


def _claim(function: Pieces, L0: Fraction, L1: Fraction) -> str:
    kind = "in the limit class" if function.smoothness == "C1,1" else "(L0, L1)-smooth"
    return f"{function.objective} is {kind} with L0 = {L0}, L1 = {L1}"


# --- refuting ---------------------------------------------------------------------------------


def _refuted(claim: str, least: MinimalL0, L0: Fraction) -> Verdict:
    if least.kink is not None:
        return _refuted_at_kink(claim, least.function, least.kink, L0, least.L1)
    for place in least.places:
        for x, bits in _trials(place):
            if not _promising(place.piece, x, L0, least.L1, bits):
                continue
            excess = violation(least.function, x, L0, least.L1, bits)
            if excess > 0:
                value = "infinity" if least.value is None else least.value
                reason = f"the least L0 at L1 = {least.L1} is {value}, {least.where()}"
                witness = {"x": x, "|f''| - L1|f'| - L0": excess}
                return Verdict(claim, Status.REFUTED, reason, witness, -excess)
    reason = f"{least}, but no rational witness of fewer than {2**MOST_TRIALS} bits was confirmed"
    return Verdict(claim, Status.UNDECIDED, reason)


def _trials(place: Place) -> Iterator[tuple[Fraction, int]]:
    """With the bits of a value there: towards infinity those of e^(a x), which may cancel."""
    v = place.piece.generator
    rate = abs(v.a) * 8 if place.point is None and v.kind == "exp" else Fraction(0)
    for k in [*range(9), *(2**j for j in range(4, MOST_TRIALS + 1))]:
        yield place.trial(k), 64 + 4 * k + min(int(rate * 2**k), MOST_BITS)


def _promising(piece: Piece, x: Fraction, L0: Fraction, L1: Fraction, bits: int) -> bool:
    """Whether the pieces see a violation at x: a cheap filter, never a verdict."""
    with ctx.workprec(bits):
        v = piece.generator.v_ball(arb(to_fmpq(x)))
        slope, curvature = piece.slope.ball(v), piece.curvature.ball(v)
        return not abs(curvature) < to_fmpq(L0) + to_fmpq(L1) * abs(slope)


def violation(function: Pieces, x: Fraction, L0: Fraction, L1: Fraction, bits: int = 128) -> arb:
    """|f''(x)| - L1|f'(x)| - L0 from the formula itself, without its pieces."""
    arithmetic = opened(ball(bits))
    slope, curvature = evaluate(function.derivatives, {function.variable: x}, arithmetic)
    with arithmetic.active():
        sizes = arithmetic.apply("abs", curvature), arithmetic.apply("abs", slope)
        return sizes[0] - arithmetic.number(L1) * sizes[1] - arithmetic.number(L0)


def _refuted_at_kink(
    claim: str, function: Pieces, kink: Kink, L0: Fraction, L1: Fraction
) -> Verdict:
    """Two rationals across a jump of f or f' that no member of the class can join."""
    for k in range(1, 400):
        for x, y in _across(kink.at, k):
            excess = _pair_violation(function, kink.what, x, y, L0, L1, ball(128 + 4 * k))
            if excess > 0:
                rule = "gradient difference" if kink.what == "f'" else "descent"
                reason = f"{kink}: no (L0, L1)-smooth function does, by the {rule} inequality"
                return Verdict(claim, Status.REFUTED, reason, {"x": x, "y": y, "excess": excess})
    return Verdict(claim, Status.UNDECIDED, f"{kink}, but no rational witness was confirmed")


def _across(p: Point, k: int) -> list[tuple[Fraction, Fraction]]:
    """Pairs about 2^-k apart on both sides of p, or from p itself (one value may be off)."""
    pairs = [(p.near(k, -2), p.near(k, 2))]
    return pairs if p.exact is None else [*pairs, (p.exact, p.near(k, 2))]


def _pair_violation(
    function: Pieces,
    what: str,
    x: Fraction,
    y: Fraction,
    L0: Fraction,
    L1: Fraction,
    arithmetic: BallArithmetic,
) -> arb:
    """How far the pair breaks |f'(y) - f'(x)| <= (L0 + L1 g) r e^{L1 r}, or the same for f.

    r e^{L1 r} >= (e^{L1 r} - 1)/L1 and g r + (L0 + L1 g) r^2 e^{L1 r} bounds |f(y) - f(x)|.
    """
    f = function.objective
    name, slope_of_f = function.variable, function.derivatives[0]
    fx, fy = (evaluate(f, {name: at}, arithmetic) for at in (x, y))
    gx, gy = (evaluate(slope_of_f, {name: at}, opened(arithmetic)) for at in (x, y))
    with arithmetic.active():
        r, slope = arithmetic.number(abs(y - x)), arithmetic.number(L1)
        g = arithmetic.apply("abs", gx)
        curvature = (arithmetic.number(L0) + slope * g) * r * (slope * r).exp()
        if what == "f'":
            return arithmetic.apply("abs", gy - gx) - curvature
        return arithmetic.apply("abs", fy - fx) - g * r - curvature * r


# --- checking again ---------------------------------------------------------------------------


def recheck(certificate: Certificate) -> Verdict:
    """The claim of a certificate decided a second time, by one rational point per cell."""
    minimal = certificate.minimal
    x = first_violation(minimal.function, certificate.L0, certificate.L1)
    claim = _claim(minimal.function, certificate.L0, certificate.L1)
    if x is None:
        return Verdict(claim, Status.PROVED, "no cell between the zeros of p1 p2 violates it")
    return Verdict(claim, Status.REFUTED, "a cell violates it", {"x": str(x)})


def first_violation(f: Function, L0: Fraction, L1: Fraction) -> Point | None:
    """A point of the first cell in which s f'' > L0 + L1|f'|, exactly; None when there is none."""
    for piece in in_pieces(f).parts:
        if piece.is_affine:  # f'' = 0 <= L0
            continue
        for s in (1, -1):
            lifted = piece.curvature * s - Ratio.constant(L0)
            p1, p2 = lifted - piece.slope * L1, lifted + piece.slope * L1
            v = _both_positive(piece, p1, p2)
            if v is not None:
                return piece.point(rational_root(to_fraction(v)))
    return None


def _both_positive(piece: Piece, p1: Ratio, p2: Ratio) -> fmpq | None:
    """A rational v in the piece with p1 > 0 and p2 > 0, or None."""
    if p1.as_constant is not None and p2.as_constant is not None:
        return fmpq(1) if p1.as_constant > 0 and p2.as_constant > 0 else None
    low, high = piece.v_range
    zeros = distinct([*p1.zeros(low, high), *p2.zeros(low, high)])
    for v in samples(zeros, low, high):
        if p1.at_rational(v) > 0 and p2.at_rational(v) > 0:
            return v
    return None


# --- Lemma 2 ----------------------------------------------------------------------------------


def lemma2(f: Function, L1: Fraction | int = 1) -> Verdict:
    """The 2020 paper, Lemma 2: a univariate polynomial of degree >= 3 is (L0, L1)-smooth for some
    constants and L-smooth for none.

    PROVED gives the exact least L0 at L1 (> 0), and N, c, m with |f''(x)| >= c |x|^m / 2 for
    |x| >= N.  INAPPLICABLE when f is not such a polynomial.
    """
    L1 = checked(L1, "L1")
    function = in_pieces(f)
    claim = f"{function.objective} is (L0, L1)-smooth for some L0, L1 and L-smooth for no L"
    degree = _degree(function)
    if degree is None or degree < 3 or L1 == 0:
        why = "it is not a polynomial" if degree is None else f"its degree is {degree}"
        why = "L1 = 0 asks for L-smoothness" if L1 == 0 else f"{why}, and 3 or more is asked"
        return Verdict(claim, Status.INAPPLICABLE, why)
    least = minimal_L0(function, L1)
    if least.value is None:  # f'' / f' -> 0 at both ends, so this is never reached
        raise NotDecidable(f"{least} contradicts Lemma 2; report this polynomial")
    m, c, start = _growth(function.parts[0].curvature)
    reason = (
        f"(L0, L1) = ({least.value}, {L1}) holds; |f''(x)| >= {c / 2} |x|^{m} for |x| >= {start}, "
        "so |f''| exceeds every L"
    )
    witness = {"L0": least.value, "L1": L1, "m": m, "c": c, "N": start}
    return Verdict(claim, Status.PROVED, reason, witness)


def _degree(function: Pieces) -> int | None:
    """The degree of f where it is one polynomial, else None."""
    piece = function.parts[0]
    if len(function.parts) > 1 or piece.generator.kind != "x" or piece.slope.bottom.degree() > 0:
        return None
    return int(piece.slope.top.degree()) + 1


def _growth(curvature: Ratio) -> tuple[int, Fraction, Fraction]:
    """(m, c, N): |p(x)| >= c|x|^m/2 for |x| >= N, c the leading coefficient (Cauchy's bound)."""
    p = curvature.top
    m = int(p.degree())
    sizes = [abs(Fraction(int(p[k].p), int(p[k].q))) for k in range(m + 1)]
    c = sizes.pop()
    # the other terms sum to at most max|c_i| |x|^m/(|x| - 1)
    return m, c, 1 + 2 * max(sizes, default=Fraction(0)) / c
