"""The letters and the auxiliary functions phi, rho, psi, h*."""

from __future__ import annotations

from fractions import Fraction

import pytest
from mpmath import exp, log, mp, mpf, sqrt

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.symbols import DELTA, LETTERS, G, M, h_star, phi, psi, psi_inverse_bound, rho

VALUES = {"L0": Fraction(3, 2), "L1": Fraction(7, 5), "g": Fraction(2), "M": Fraction(9, 4)}
L0, L1, g, m = mpf(3) / 2, mpf(7) / 5, mpf(2), mpf(9) / 4


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (phi(G), lambda: exp(g) - g - 1),
        (rho(G), lambda: (exp(g) - g - 1) / g**2),
        (psi(G), lambda: g / L1 - L0 / L1**2 * log(1 + L1 * g / L0)),
        (psi_inverse_bound(G), lambda: L1 * g + sqrt(L1**2 * g**2 + 2 * L0 * g)),
        (h_star(M), lambda: 2 * log(1 + L1 * m / L0) / (L1 * m)),
    ],
)
def test_auxiliary_function_is_the_restated_one(ours, theirs):
    with mp.workdps(40):
        assert float(evaluate(ours, VALUES, ball())) == pytest.approx(float(theirs()), rel=1e-14)


@pytest.mark.parametrize("gap", ["1/1000", "1", "1000"])
def test_the_inverse_bound_is_above_the_inverse_of_psi(gap):
    values = {**VALUES, "Delta": Fraction(gap)}
    g_bound = evaluate(psi_inverse_bound(DELTA), values, ball())
    assert evaluate(psi(G), {**values, "g": g_bound}, ball()) >= ball().number(Fraction(gap))


def test_every_letter_has_a_meaning_and_a_latex_name():
    assert all(letter.latex and letter.meaning for letter in LETTERS.values())
