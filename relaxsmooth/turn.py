"""Layer 6: what a step must pay that turns the gradient round, a lower bound on the K of TWIST.

Let f be C^2, ‖∇²f‖ <= L1‖∇f‖ and 0 < ‖∇f‖ <= M in the plane, and let GD with h = K/(L1 M) step
from p to q and back.  In units where p, q = (0, +-1) and M = 1 the gradients there are (0, +-e^-m)
and L1 = (K/2) e^-m.  Let w = (log‖∇f‖, the angle of ∇f).  With g = ∇f, H = ∇²f, J a quarter turn

    D_v w = (<g, H v>, <J g, H v>)/‖g‖^2 for a unit vector v,   of norm ‖H v‖/‖g‖ <= L1,

so that w is L1-Lipschitz.  On the branch with w(p) = (-m, pi/2) w(q) = (-m, pi/2 - k pi), k odd;
|k| >= 3 gives K >= 3 pi, and k = -1 becomes k = 1 for f(-x, y).  So everywhere

    |w(z) - w(p)| <= L1|z - p|,   |w(z) - w(q)| <= L1|z - q|,   log‖∇f(z)‖ <= 0.        (1)

The integral of ∇f round a closed polygon is 0.  Where even the largest tangential components that
(1) allows have a negative integral there is no such f.  A smaller K allows less in (1), and
0 <= m <= log(K/pi) because the angle turns by pi.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise

import flint

from relaxsmooth.arithmetic import ball
from relaxsmooth.rounding import upper_end
from relaxsmooth.verdict import Status, Verdict

BITS = 64
LEAST = Fraction(27, 8)
# ends of ranges of m, in thousandths: the integrals fall as m grows, so that wider ranges do
ENDS = (0, 1, 3, 8, 18, 36)
PIECES = (100, 400)  # a unit of length; the second where the first do not suffice
NARROW = 1e-3  # an interval of angles that is not cut any more
ROUNDING = flint.arb(2) ** -40  # far above that of a double of size 1

Corner = tuple[int, int]


@dataclass(frozen=True)
class Polygon:
    """Closed; corners in units of 1/scale, where p, q = (0, +-1)."""

    corners: Sequence[Corner]
    scale: int = 1000


# clockwise round a part of the upper half of the segment from p to q: docs/find_polygon.py
POLYGON = Polygon((
    (227, 536), (232, 512), (236, 487), (240, 460), (243, 431), (246, 399), (247, 364), (247, 325),
    (245, 281), (240, 232), (230, 177), (215, 116), (192, 50), (139, 47), (88, 47), (35, 85),
    (-10, 154), (-43, 200), (-70, 233), (-93, 260), (-114, 283), (-134, 302), (-153, 321),
    (-172, 338), (-191, 354), (-211, 370), (-232, 387), (-255, 404), (-282, 423), (-313, 443),
    (-352, 467), (-404, 497), (-482, 536), (-462, 580), (-443, 622), (-425, 662), (-407, 700),
    (-390, 739), (-372, 778), (-354, 818), (-334, 860), (-314, 906), (-291, 956), (-265, 1013),
    (-234, 1078), (-164, 1045), (-107, 1025), (-56, 1011), (-10, 1003), (32, 959), (65, 911),
    (92, 869), (113, 832), (131, 799), (146, 769), (159, 741), (171, 716), (180, 691), (189, 668),
    (197, 646), (204, 624), (210, 602), (216, 581), (222, 558),
))  # fmt: skip


@cache
def least_K(K: Fraction = LEAST, polygon: Polygon = POLYGON) -> Verdict:
    """PROVED: no 2-cycle of GD with h <= K/(L1 M) on such an f.  UNDECIDED where an integral is not
    negative: larger K may be excluded by other polygons, or not at all."""
    claim = f"every 2-cycle of GD in the plane with L0 = 0 and ‖∇f‖ <= M everywhere has K >= {K}"
    with ball(BITS).active():
        if _ball(K) <= flint.arb.pi():
            return Verdict(claim, Status.PROVED, "the angle of ∇f turns by pi at least")
        last = Fraction(upper_end((_ball(K) / flint.arb.pi()).log()))
        ends = [m for m in (Fraction(m, 1000) for m in ENDS) if m < last]
        worst = flint.arb(-1)
        for low, high in pairwise([*ends, last]):
            for pieces in PIECES:
                found = circulation(polygon, K, low, high, pieces)
                if found < 0:
                    break
            else:
                reason = f"where m >= {low} the integral is bounded by {float(found):.2g} only"
                return Verdict(claim, Status.UNDECIDED, reason)
            worst = worst.max(found)
    reason = (
        "round a polygon the largest tangential components of ∇f that the growth of its logarithm "
        f"from the two points allows have an integral below {float(worst) / 2:.1g} < 0 = that of ∇f"
    )
    return Verdict(claim, Status.PROVED, reason)


def circulation(
    polygon: Polygon, K: Fraction, low: Fraction, high: Fraction, pieces: int
) -> flint.arb:
    """At least the integral of ∇f round the polygon, for every f as above with low <= m <= high."""
    return sum((p.length * p.most for p in along(polygon, K, low, high, pieces)), flint.arb(0))


@dataclass(frozen=True)
class Piece:
    """A piece of an edge; at least the tangential component of ∇f on it."""

    ends: tuple[Sequence[Fraction], Sequence[Fraction]]
    length: flint.arb
    most: flint.arb


def along(
    polygon: Polygon, K: Fraction, low: Fraction, high: Fraction, pieces: int
) -> Iterator[Piece]:
    """The edges in pieces shorter than 2/pieces."""
    m, M = _ball(low), _ball(high)
    L1 = _ball(K / 2) * (-m).exp()
    for a, b in pairwise([*polygon.corners, polygon.corners[0]]):
        x, y = (_ball(Fraction(t - s, polygon.scale)) for s, t in zip(a, b, strict=True))
        length, angle = _norm(x, y), flint.arb.atan2(y, x)
        n = max(1, int(float(length) * pieces))
        places = [_between(a, b, Fraction(k, n), polygon.scale) for k in range(n + 1)]
        radii = [_radii(place, L1) for place in places]
        for ends, ((R, T), (S, U)) in zip(pairwise(places), pairwise(radii), strict=True):
            # distances are convex: largest at an end
            most = largest(R.max(S).upper(), T.max(U).upper(), angle, m, M)
            yield Piece(ends, length / n, most)


def _between(a: Corner, b: Corner, part: Fraction, scale: int) -> list[Fraction]:
    return [(s + (t - s) * part) / scale for s, t in zip(a, b, strict=True)]


def _radii(place: Sequence[Fraction], L1: flint.arb) -> tuple[flint.arb, flint.arb]:
    """L1 times the distances from p and from q."""
    x, y = place
    return L1 * _norm(_ball(x), _ball(y - 1)), L1 * _norm(_ball(x), _ball(y + 1))


def largest(
    R: flint.arb, T: flint.arb, angle: flint.arb, low: flint.arb, high: flint.arb
) -> flint.arb:
    """At least e^r cos(phi - angle) over all w = (r, phi), r <= 0, within R of w(p) and T of w(q).

    low <= m <= high.  For each phi the extreme r is known; branch and bound over phi.
    """
    half = flint.arb.pi() / 2

    def bound(a: flint.arb, b: flint.arb) -> flint.arb | None:
        """Over a <= phi <= b; None: there is no such w."""
        squares = (R**2 - _away(a, b, half) ** 2).min(T**2 - _away(a, b, -half) ** 2).upper()
        if squares < 0:
            return None
        reach = squares.sqrt()
        c = (a.union(b) - angle).cos().upper()
        size = (reach - low).min(flint.arb(0)).exp() if c >= 0 else (-high - reach).exp()
        return (size * c).upper()

    first = (half - R).max(-half - T).lower(), (half + R).min(T - half).upper()
    open_ = [(-1.0, first)]  # by the bound, the largest first
    while open_ and not (first[0] > first[1]):
        key, (a, b) = heapq.heappop(open_)
        if float(b) - float(a) < NARROW:
            return flint.arb(-key) + ROUNDING
        middle = ((a + b) / 2).mid()
        for part in ((a, middle), (middle, b)):
            value = bound(*part)
            if value is not None:
                heapq.heappush(open_, (-float(value), part))
    return flint.arb(-1)  # no w at all: every bound is true


def _away(a: flint.arb, b: flint.arb, place: flint.arb) -> flint.arb:
    """At most the distance of `place` from [a, b]."""
    return (a - place).max(place - b).lower().max(flint.arb(0))


def _norm(x: flint.arb, y: flint.arb) -> flint.arb:
    return (x * x + y * y).sqrt()


def _ball(q: Fraction) -> flint.arb:
    return flint.arb(flint.fmpq(q.numerator, q.denominator))
