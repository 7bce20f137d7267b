"""Lemma 2 for every degree: a polynomial of one variable of degree >= 3 is (L0, L1)-smooth, and
not L-smooth.

Let q be monic with coefficients of size at most A.  By Horner's rule q = x s + a with s monic of
one degree less, so a statement about (s, x s') => (q, x q') is a step of an induction over the
degree; its letters are numbers, so the kernel proves it once for all degrees:

    x >= max{2, 2A}, s >= 1, |x s'| <= c s   =>   q >= 1, |x q'| <= 2(1 + c) q.

From c = 0 at degree 0, c = 2^{m+1} - 2 at degree m; so |q'| <= q for x >= max{2, 2A, c}.  Take
q = f'/(its leading coefficient): |f''| <= |f'| far out, and a continuous f'' is bounded elsewhere.
"""

from __future__ import annotations

from proofs_check.claims.members import ONE, inequality
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import at_most, below, within
from relaxsmooth.formula import absolute, number, symbol
from relaxsmooth.text import parse

X, S, T, A, C, SIZE, L, B, D = (
    symbol(name) for name in ("x", "s", "t", "a", "c", "A", "L", "b", "d")
)
SAMPLES = (("x^4 - 2x^2 + x/3", 21), ("x^7/7 - x^3", 3171))


def claims() -> list[Claim]:
    return [lemma2()]


def lemma2() -> Claim:
    far = [at_most(2, X), at_most(2 * SIZE, X), *within(A, SIZE)]
    before = [at_most(1, S), at_most(0, C), *within(T, C * S)]
    q, slope = X * S + A, X * S + X * T  # t = x s', and x q' = x s + x (x s')
    on_interval = [
        *(at_most(0, v) for v in (L, B, D)),
        *within(X, L),
        *within(S, B),
        *within(T, D),
    ]
    return Claim(
        "zhang2020-lemma2",
        "zhang2020, Lemma 2",
        "univariate polynomials of degree >= 3 are (L0, L1)-smooth for some constants, and not "
        "L-smooth",
        (
            Obligation("one degree more: q >= 1", "x s t a c A", [*far, *before], at_most(1, q)),
            Obligation(
                "one degree more: |x q'| <= 2(1 + c) q",
                "x s t a c A",
                [*far, *before],
                at_most(absolute(slope), 2 * (1 + C) * q),
            ),
            Obligation(
                "|x q'| <= c q gives |q'| <= q from x = c on",
                "x s t c",
                [at_most(1, X), at_most(C, X), at_most(1, S), *within(X * T, C * S)],
                at_most(absolute(T), S),
            ),
            Obligation(
                "on |x| <= L: |x s + a| <= L b + A",
                "x s t a A L b d",
                [*on_interval, *within(A, SIZE)],
                at_most(absolute(q), L * B + SIZE),
            ),
            Obligation(
                "on |x| <= L: |q'| <= b + L d",
                "x s t L b d",
                on_interval,
                at_most(absolute(S + X * T), B + L * D),
            ),
            Obligation(
                "degree >= 1 is unbounded: q >= x/2",
                "x s a A",
                [*far, at_most(1, S)],
                at_most(X / 2, q),
            ),
            Obligation(
                "so f'' exceeds every L at x = 2L + 2",
                "x L",
                [at_most(0, L), at_most(2 * L + 2, X)],
                below(L, X / 2),
            ),
            *(
                Obligation(
                    f"{text}, L0 = {L0}", "x", [], inequality(parse(text, "x"), number(L0), ONE)
                )
                for text, L0 in SAMPLES
            ),
        ),
        paper_steps=(
            PaperStep(
                "f -> f(-x), f -> a f and x = c z: x > 0, f' is monic up to a factor, L1 = 1"
            ),
            PaperStep("Horner's rule q = x s + a, q' = s + x s', and induction over the degree"),
        ),
    )
