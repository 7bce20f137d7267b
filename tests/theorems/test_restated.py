"""Every bound, step and inequality once more, in plain high-precision arithmetic.

The formulas of the package are read by the package's evaluator; the right-hand sides here
are typed a second time from the sources with mpmath, so a slip in either copy shows.
"""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
from mpmath import e, exp, log, mp, mpf, sqrt

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.theorem import Theorem
from relaxsmooth.theorems import inequalities, theorems
from relaxsmooth.theorems.class_inequalities import (
    BEST_STEP,
    CLIPPED_IN_UNITS,
    EQUIVALENCE,
    NORMALIZED_IN_UNITS,
)
from relaxsmooth.theorems.zhang2020 import REMARK5_CLIPPED, REMARK5_FIXED
from relaxsmooth.updates import rules

SAMPLES = [
    {
        "L0": "3",
        "L1": "7/5",
        "Delta": "11/2",
        "eps": "1/7",
        "M": "9/4",
        "K": "419/10",
        "L": "7/2",
        "R": "5/3",
        "eps_f": "2/9",
        "N": "12",
    },
    {
        "L0": "1/6",
        "L1": "1/50",
        "Delta": "13/3",
        "eps": "2/9",
        "M": "31/5",
        "K": "5/2",
        "L": "2",
        "R": "40",
        "eps_f": "1/3",
        "N": "1",
    },
    {
        "L0": "1/6",
        "L1": "1/50",
        "Delta": "1",
        "eps": "12/5",
        "M": "3",
        "K": "7",
        "L": "1/5",
        "R": "70/3",
        "eps_f": "6",
        "N": "31",
    },
    {
        "L0": "40",
        "L1": "25",
        "Delta": "17",
        "eps": "12/5",
        "M": "101/3",
        "K": "20",
        "L": "900",
        "R": "3/7",
        "eps_f": "1/50",
        "N": "2",
    },
]
STEPS = {"h": "1/9", "eta": "1/19", "gamma": "3/5", "beta": "8/3", "theta": "2/5",
         "eta0": "3/4", "Rhat": "11/6"}  # fmt: skip
LOCAL = {
    "g": "5/3", "g_y": "7/2", "r": "3/8", "c": "4/5", "difference": "6/7", "rise": "1/8",
    "gap": "9/7", "decrease": "2/11", "h": "1/9",
}  # fmt: skip


def phi(t):
    return exp(t) - t - 1


def rho(t):
    return phi(t) / t**2


def psi(g, L0, L1):
    return g / L1 - L0 / L1**2 * log(1 + L1 * g / L0)


def zigzag_decrease(L0, L1, g, h):
    """theory 0.2: one step of length d = h g that starts and ends with the gradient g."""
    d = h * g
    return 2 / L1**2 * (L0 + L1 * g) * (1 - exp(-L1 * d / 2)) - L0 * d / L1


def ell(L1):
    return max(L1, mpf(1) / 10)


def clipped_rate(L0, L1, Delta, eps):
    return Delta * max(L0 / eps**2, ell(L1) / max(eps, L0 / ell(L1)))


def clip_bound(L0, L1, Delta, eps, eta, gamma):
    length = eta * gamma
    b = 1 - (L0 * eta + L1 * length) * rho(L1 * length)
    return Delta / b * max(1 / (eta * eps**2), 1 / (length * max(eps, gamma)))


def ngd_bound(L0, L1, Delta, eps, eta, beta):
    b = 1 - eta * max(L0 / beta, L1) * rho(L1 * eta)
    return Delta * (eps + beta) / (b * eta * eps**2)


def line_step(g, h, L0, L1):
    """What EXT loses in one step from gradient g."""
    s0 = log(1 + L1 * g / L0) / L1
    return L0 / L1**2 * (phi(L1 * s0) - phi(L1 * abs(s0 - h * g)))


BOUNDS = {
    "zhang2020-theorem3": lambda L0, L1, Delta, eps, **_: (
        20 * L0 * Delta / eps**2 + 20 * max(1, L1**2) * Delta / L0
    ),
    "theorem3-sharper": lambda L0, L1, Delta, eps, **_: (
        10 / (1 - rho(mpf("0.1")) / 5) * clipped_rate(L0, L1, Delta, eps)
    ),
    "ngd-transferred": lambda L0, L1, Delta, eps, **_: (
        20 / (1 - rho(mpf("0.05")) / 10) * clipped_rate(L0, L1, Delta, eps)
    ),
    "zhang2020-theorem4": lambda L1, M, Delta, eps, **_: (
        L1 * M * (Delta - 5 * eps / 8) / (8 * eps**2 * (log(M) + 1))
    ),
    "theorem4-line": lambda L0, L1, M, Delta, eps, **_: (
        L1 * M * (Delta - 15 * eps**2 / (16 * L0)) / (2 * eps**2 * log(1 + L1 * M / L0))
    ),
    "theorem4-line-sharp": lambda L0, L1, M, Delta, eps, **_: (
        (Delta - psi(eps, L0, L1))
        / zigzag_decrease(L0, L1, eps, 2 * log(1 + L1 * M / L0) / (L1 * M))
    ),
    "theorem4-plane": lambda L0, L1, M, Delta, eps, K, **_: (
        (Delta - 15 * eps**2 / (16 * L0)) / eps**2 * max(L1 * min(M, L1 * Delta / 6) / K, L0 / 2)
    ),
    "zhang2020-theorem6": lambda L0, L1, M, Delta, eps, **_: 4 * (M * L1 + L0) * Delta / eps**2,
    "theorem6-sharper": lambda L0, L1, M, Delta, eps, **_: 8 * (M * L1 + L0) * Delta / eps**2 / 3,
    "gd": lambda L0, L1, M, Delta, eps, **_: 2 * (L0 + L1 * M) * Delta / eps**2,
    "gd-line-any": lambda L0, L1, M, Delta, eps, h, **_: (
        Delta / min(line_step(g, h, L0, L1) for g in (eps, M))
    ),
    "gd-line": lambda L0, L1, M, Delta, eps, **_: (
        4 * L1 * M * Delta / (eps**2 * log(1 + L1 * M / L0))
    ),
    "gd-no-M": lambda L0, L1, Delta, eps, **_: 4 * (L0 * Delta + L1**2 * Delta**2) / eps**2,
    "clip": lambda L0, L1, Delta, eps, eta, gamma, **_: clip_bound(L0, L1, Delta, eps, eta, gamma),
    "ngd": lambda L0, L1, Delta, eps, eta, beta, **_: ngd_bound(L0, L1, Delta, eps, eta, beta),
    "relaxed-gd": lambda L0, L1, Delta, eps, theta, **_: (
        (L0 / eps**2 + L1 / eps) * Delta / (2 * theta + 1 - e**theta)
    ),
    "vankov2024-optimal": lambda L0, L1, Delta, eps, **_: (2 * L0 / eps**2 + 3 * L1 / eps) * Delta,
    "vankov2024-simple": lambda L0, L1, Delta, eps, **_: (2 * L0 / eps**2 + 3 * L1 / eps) * Delta,
    "vankov2024-clipped": lambda L0, L1, Delta, eps, **_: (
        2 * (2 * L0 / eps**2 + 3 * L1 / eps) * Delta
    ),
    "smooth-anchor": lambda L, Delta, N, **_: sqrt(4 * L * Delta / (3 * (N - 1) + 2)),
    "armijo": lambda L0, L1, Delta, beta, gamma, eta0, N, **_: (
        Delta
        / (gamma * N)
        * max(1 / eta0, (L0 + L1 * psi_inverse_bound(L0, L1, Delta)) / (2 * beta * (1 - gamma)))
    ),
    "relaxed-convex": lambda L0, L1, R, eps_f, **_: max(4 * L0 * R**2 / eps_f, 16 * L1**2 * R**2),
    "gorbunov2024-convex": lambda L0, L1, R, eps_f, **_: 4 * L0 * R**2 / eps_f + 16 * L1**2 * R**2,
    "koloskova2023-clipping": lambda Delta, eta, gamma, N, **_: (
        16 * (sqrt(Delta / (eta * N)) + Delta / (eta * gamma * N)) / 15
    ),
    "li2023-gd": lambda Delta, h, N, **_: 2 * Delta / (h * N),
    "lobanov2024-linear": lambda L1, R, Delta, N, **_: Delta * (1 - 1 / (5 * L1 * R)) ** N,
    "takezawa2024-polyak": lambda L0, L1, L, R, N, **_: (
        8 * L0 * R**2 / N + 64 * L * L1**2 * R**4 / N**2
    ),
    **{
        f"vankov2024-convex-{name}": lambda L0, L1, R, Delta, eps_f, a=a, **_: (
            2 / a * L0 * R**2 / eps_f + 3 / a * L1 * R * log(max(1, Delta / eps_f))
        )
        for name, a in (("optimal", mpf(1)), ("simple", mpf(1)), ("clipped", mpf(1) / 2))
    },
    "vankov2024-fixed-length": lambda L0, L1, R, Rhat, eps_f, **_: max(
        L0 * rbar(R, Rhat) ** 2 / eps_f, 4 * L1**2 * rbar(R, Rhat) ** 2 / 9
    ),
    "vankov2024-fixed-length-sharper": lambda L0, L1, R, Rhat, N, **_: (
        L0 / L1**2 * phi(L1 * rbar(R, Rhat) / sqrt(N))
    ),
    "vankov2024-polyak": lambda L0, L1, R, eps_f, **_: max(
        4 * L0 * R**2 / eps_f, 36 * L1**2 * R**2
    ),
    "vankov2024-polyak-sharper": lambda L0, L1, R, eps_f, **_: (
        R**2 * (psi_inverse_bound(L0, L1, eps_f) / eps_f) ** 2
    ),
}


def rbar(R, Rhat):
    return (R**2 / Rhat + Rhat) / 2


def li_step(L0, L1, Delta):
    G = 2 * L1 * Delta + sqrt(4 * L1**2 * Delta**2 + 2 * L0 * Delta)
    return 1 / (L0 + 2 * L1 * G)


def paper_gamma(L0, L1):
    return min(10 * L0, 10 * L0 / (10 * L1))


def psi_inverse_bound(L0, L1, gap):
    return L1 * gap + sqrt(L1**2 * gap**2 + 2 * L0 * gap)


PRESCRIPTIONS = {
    "zhang2020-theorem3": lambda L0, L1, **_: {"eta": 1 / (10 * L0), "gamma": paper_gamma(L0, L1)},
    "theorem3-sharper": lambda L0, L1, **_: {"eta": 1 / (10 * L0), "gamma": paper_gamma(L0, L1)},
    "ngd-transferred": lambda L0, L1, **_: {
        "eta": paper_gamma(L0, L1) / (10 * L0),
        "beta": paper_gamma(L0, L1),
    },
    "zhang2020-theorem4": lambda **_: {},
    "theorem4-line": lambda **_: {},
    "theorem4-line-sharp": lambda **_: {},
    "theorem4-plane": lambda **_: {},
    "zhang2020-theorem6": lambda L0, L1, M, **_: {"h": 1 / (2 * (M * L1 + L0))},
    "theorem6-sharper": lambda L0, L1, M, **_: {"h": 1 / (2 * (M * L1 + L0))},
    "gd": lambda L0, L1, M, **_: {"h": 1 / (L0 + L1 * M)},
    "gd-line": lambda L0, L1, M, **_: {"h": log(1 + L1 * M / L0) / (L1 * M)},
    "gd-line-any": lambda L0, L1, M, **_: {"h": log(1 + L1 * M / L0) / (L1 * M)},
    "gd-no-M": lambda L0, L1, Delta, **_: {"h": 1 / (L0 + L1 * psi_inverse_bound(L0, L1, Delta))},
    "clip": lambda L0, L1, **_: {"eta": 1 / (2 * L0), "gamma": L0 / (2 * L1)},
    "ngd": lambda L0, L1, **_: {"eta": 1 / (10 * L1), "beta": L0 / L1},
    "relaxed-gd": lambda L0, L1, **_: {"theta": log(2), "L0": L0, "L1": L1},
    **{
        key: lambda L0, L1, **_: {"L0": L0, "L1": L1}
        for key in theorems()
        if key.startswith("vankov2024")
    },
    "smooth-anchor": lambda L, **_: {"h": 1 / L},
    "armijo": lambda L0, **_: {"eta0": 1 / L0, "beta": mpf(1) / 2, "gamma": mpf(3) / 10},
    "relaxed-convex": lambda L0, L1, **_: {"theta": mpf(1) / 2, "L0": L0, "L1": L1},
    "gorbunov2024-convex": lambda L0, L1, **_: {"theta": mpf(1) / 2, "L0": L0, "L1": L1},
    "lobanov2024-linear": lambda L0, L1, **_: {"theta": mpf(1), "L0": L0, "L1": L1},
    "koloskova2023-clipping": lambda L0, L1, **_: {
        "eta": 1 / (9 * (L0 + L1 * (L0 / L1))),
        "gamma": L0 / L1,
    },
    "li2023-gd": lambda L0, L1, Delta, **_: {"h": li_step(L0, L1, Delta)},
    "takezawa2024-polyak": lambda **_: {},
    "vankov2024-polyak": lambda **_: {},
    "vankov2024-polyak-sharper": lambda **_: {},
    "vankov2024-fixed-length": lambda R, N, **_: {"Rhat": R, "N": N},
    "vankov2024-fixed-length-sharper": lambda R, N, **_: {"Rhat": R, "N": N},
}

SIZES = {
    "gd": lambda h, **_: h,
    "clipped": lambda g, eta, gamma, **_: min(eta, gamma * eta / g),
    "normalized": lambda g, eta, beta, **_: eta / (g + beta),
    "relaxed": lambda g, theta, L0, L1, **_: theta / (L0 + L1 * g),
    "vankov": lambda g, L0, L1, **_: log(1 + L1 * g / (L0 + L1 * g)) / (L1 * g),
    "vankov_simple": lambda g, L0, L1, **_: 1 / (L0 + 3 * L1 * g / 2),
    "vankov_clipped": lambda g, L0, L1, **_: min(1 / (2 * L0), 1 / (3 * L1 * g)),
    "polyak": lambda g, gap, **_: gap / g**2,
    "fixed_length": lambda g, Rhat, N, **_: Rhat / (g * sqrt(N)),
}


def line_decrease(L0, L1, g, h):
    def extremal(d):
        return L0 * phi(L1 * d) / L1**2

    s0 = log(1 + L1 * g / L0) / L1
    return extremal(s0) - extremal(abs(s0 - h * g))


# (left, right) of every inequality
SIDES = {
    "growth-upper": lambda L0, L1, g, g_y, r, **_: (
        g_y,
        (g + L0 / L1) * exp(L1 * r) - L0 / L1,
    ),
    "growth-lower": lambda L0, L1, g, g_y, r, **_: (
        (g + L0 / L1) * exp(-L1 * r) - L0 / L1,
        g_y,
    ),
    "growth-4": lambda L0, L1, g, g_y, **_: (g_y, 4 * (L0 / L1 + g)),
    "gradient-difference": lambda L0, L1, g, r, difference, **_: (
        difference,
        (L0 + L1 * g) * (exp(L1 * r) - 1) / L1,
    ),
    "descent": lambda L0, L1, g, r, rise, **_: (rise, (L0 + L1 * g) * phi(L1 * r) / L1**2),
    "descent-quadratic": lambda L0, L1, g, r, rise, c, **_: (
        rise,
        ((1 + e**c - (e**c - 1) / c) * L0 + (e**c - 1) / c * L1 * g) * r**2 / 2,
    ),
    "descent-quadratic-tight": lambda L0, L1, g, r, rise, c, **_: (
        rise,
        phi(c) / c**2 * (L0 + L1 * g) * r**2,
    ),
    "gap": lambda L0, L1, g, gap, **_: (psi(g, L0, L1), gap),
    "gap-koloskova": lambda L0, L1, g, gap, **_: (g**2 / (2 * (L0 + L1 * g)), gap),
    "gap-vankov": lambda L0, L1, g, gap, **_: (g**2 / (2 * L0 + 3 * L1 * g), gap),
    "one-step": lambda L0, L1, g, h, decrease, **_: (
        h * g**2 * (1 - (L0 + L1 * g) * h * rho(L1 * h * g)),
        decrease,
    ),
    "one-step-line": lambda L0, L1, g, h, decrease, **_: (line_decrease(L0, L1, g, h), decrease),
    "sublevel-step": lambda L0, L1, M, g, h, decrease, **_: (
        h * g**2 * (1 - h * (L0 + L1 * M) / 2),
        decrease,
    ),
}

LOWER_CONDITIONS = {"eps < M", "M/L1 - L0*log(1 + L1*M/L0)/L1^2 <= Delta", "0 < L0", "0 < L1"}
# where they are more than L0 > 0 and L1 > 0 (theorems) or none at all (inequalities)
CONDITIONS = {
    "smooth-anchor": set(),
    "armijo": {"0 < L0", "0 < L1", "beta < 1", "gamma < 1"},
    "koloskova2023-clipping": {"0 < L0", "0 < L1", "eta <= 1/(9*(L0 + gamma*L1))"},
    "li2023-gd": {
        "0 < L0",
        "0 < L1",
        "h <= 1/(L0 + 2*L1*(2*L1*Delta + sqrt(4*L1^2*Delta^2 + 2*L0*Delta)))",
    },
    "lobanov2024-linear": {"0 < L0", "0 < L1", "1/5 < L1*R"},
    "theorem4-line": LOWER_CONDITIONS,
    "theorem4-plane": {
        *(LOWER_CONDITIONS - {"eps < M"}),
        "eps < min(M, L1*Delta/6)",
        "eps*log(1 + L1*min(M, L1*Delta/6)/L0) <= min(M, L1*Delta/6)",
    },
    "theorem4-line-sharp": LOWER_CONDITIONS,
    "zhang2020-theorem4": {"1 <= L0", "1 <= L1", "1 < M"},
    "gd-line": {"0 < L0", "0 < L1", "eps <= M/(2*log(1 + L1*M/L0))"},
    "gd-line-any": {"0 < L0", "0 < L1", "eps <= M", "h < 2*log(1 + L1*M/L0)/(L1*M)"},
    "growth-4": {"r <= 1/L1"},
    "descent-quadratic": {"r <= c/L1"},
    "descent-quadratic-tight": {"r <= c/L1"},
    "sublevel-step": {"h < 2/(L0 + L1*M)"},
}
# the margins b that "must be > 0"
MARGINS = {
    "clip": lambda L0, L1, eta, gamma, **_: (
        1 - (L0 * eta + L1 * eta * gamma) * rho(L1 * eta * gamma)
    ),
    "ngd": lambda L0, L1, eta, beta, **_: 1 - eta * max(L0 / beta, L1) * rho(L1 * eta),
    "relaxed-gd": lambda theta, **_: 2 * theta + 1 - e**theta,
}


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(50):
        yield


def exact(values):
    return {name: Fraction(text) for name, text in values.items()}


def plain(values):
    return {
        name: mpf(Fraction(t).numerator) / Fraction(t).denominator for name, t in values.items()
    }


def agree(ours, theirs, digits=14):
    """The ball and the 50-digit value agree to `digits` digits."""
    shown = flint.arb(str(theirs))
    return abs(ours - shown) < abs(shown) * flint.arb(10) ** flint.arb(-digits)


@pytest.mark.parametrize("values", SAMPLES)
@pytest.mark.parametrize("key", sorted(theorems()))
def test_bound_is_the_restated_one(key, values):
    both = values | STEPS
    ours = evaluate(theorems()[key].bound, exact(both), ball())
    assert agree(ours, BOUNDS[key](**plain(both)))


@pytest.mark.parametrize("values", SAMPLES)
@pytest.mark.parametrize("key", sorted(theorems()))
def test_prescribed_steps_are_the_restated_ones(key, values):
    theorem: Theorem = theorems()[key]
    expected = PRESCRIPTIONS[key](**plain(values))
    assert set(theorem.prescription) == set(expected)
    for name, formula in theorem.prescription.items():
        assert agree(evaluate(formula, exact(values), ball()), expected[name])


@pytest.mark.parametrize("values", SAMPLES)
@pytest.mark.parametrize("key", sorted(SIZES))
def test_step_size_is_the_restated_one(key, values):
    both = values | STEPS | LOCAL
    ours = evaluate(rules()[key].size, exact(both), ball())
    assert agree(ours, SIZES[key](**plain(both)))


@pytest.mark.parametrize("values", SAMPLES)
@pytest.mark.parametrize("key", sorted(inequalities()))
def test_inequality_is_the_restated_one(key, values):
    both = values | LOCAL
    found = inequalities()[key]
    left, right = SIDES[key](**plain(both))
    assert agree(evaluate(found.left, exact(both), ball()), left)
    assert agree(evaluate(found.right, exact(both), ball()), right)


@pytest.mark.parametrize("key", sorted({**theorems(), **inequalities()}))
def test_hypotheses_on_parameters_are_the_stated_ones(key):
    record = {**theorems(), **inequalities()}[key]
    found = record.conditions
    if key in MARGINS:
        *found, margin = found
        assert margin.strict
        assert margin.left.value == 0
        values = SAMPLES[0] | STEPS
        ours = evaluate(margin.right, exact(values), ball())
        assert agree(ours, MARGINS[key](**plain(values)))
    default = {"0 < L0", "0 < L1"} if key in theorems() else set()
    assert {str(c) for c in found} == CONDITIONS.get(key, default)


@pytest.mark.parametrize("t", ["1/9", "1/2", "1", "3", "40"])
def test_clipped_and_normalized_steps_differ_by_at_most_two(t):
    values = {"g": Fraction(t)}
    clipped = evaluate(CLIPPED_IN_UNITS, values, ball())
    normalized = evaluate(NORMALIZED_IN_UNITS, values, ball())
    x = plain({"g": t})["g"]
    assert agree(clipped, min(1, 1 / x))
    assert agree(normalized, 1 / (1 + x))
    assert [end.value for end in EQUIVALENCE] == [Fraction(1, 2), 1]


def test_best_step_is_the_restated_one():
    values = SAMPLES[0] | LOCAL
    v = plain(values)
    expected = log(1 + v["L1"] * v["g"] / (v["L0"] + v["L1"] * v["g"])) / (v["L1"] * v["g"])
    assert agree(evaluate(BEST_STEP, exact(values), ball()), expected)


@pytest.mark.parametrize("values", SAMPLES)
def test_remark5_is_the_restated_one(values):
    v = plain(values)
    L0, L1, M, Delta, eps = (v[k] for k in ("L0", "L1", "M", "Delta", "eps"))
    fixed = evaluate(REMARK5_FIXED, exact(values), ball())
    clipped = evaluate(REMARK5_CLIPPED, exact(values), ball())
    assert agree(fixed, (L1 * M / log(M) + L0) * Delta / eps**2)
    assert agree(clipped, L0 * Delta / eps**2 + L1**2 * Delta / L0)


def test_false_twin_a_constant_off_by_one_in_a_thousand_is_seen():
    v = SAMPLES[0]
    ours = evaluate(theorems()["gd"].bound * Fraction(1001, 1000), exact(v), ball())
    assert not agree(ours, BOUNDS["gd"](**plain(v)))
