"""Layer 2: the paper's letters, declared once, each with its meaning, unit and range.

A unit is (p, q): under x = c z and f -> a f the quantity is multiplied by a^p c^q.
Bounds on counts must come out with unit (0, 0); a test multiplies it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relaxsmooth.formula import Formula, absolute, exp, log, symbol


@dataclass(frozen=True)
class Letter:
    """name, LaTeX, what it is, unit (power of f, power of length), whether it is positive."""

    name: str
    latex: str
    meaning: str
    unit: tuple[int, int]
    typical: tuple[Fraction, Fraction] = (Fraction(1, 100), Fraction(100))

    @property
    def formula(self) -> Formula:
        return symbol(self.name)


_GRADIENT, _STEP = (1, -1), (-1, 2)

LETTERS = {
    letter.name: letter
    for letter in (
        Letter("L0", "L_0", "constant part of the curvature limit", (1, -2)),
        Letter("L1", "L_1", "slope of the curvature limit in the gradient norm", (0, -1)),
        Letter("Delta", r"\Delta", "suboptimality gap f(x_0) - f*", (1, 0)),
        Letter("eps", r"\varepsilon", "target gradient norm", _GRADIENT),
        Letter("M", "M", "sup of the gradient norm on {f <= f(x_0)}", _GRADIENT),
        Letter("K", "K", "constant of the two-dimensional cycle", (0, 0)),
        Letter("g", "g", "gradient norm ‖∇f(x)‖", _GRADIENT),
        Letter("g_y", "g_y", "gradient norm ‖∇f(y)‖", _GRADIENT),
        Letter("r", "r", "distance ‖x - y‖", (0, 1)),
        Letter("c", "c", "radius in units of 1/L1: r <= c/L1", (0, 0)),
        Letter("difference", r"\delta", "‖∇f(y) - ∇f(x)‖", _GRADIENT),
        Letter("rise", r"\rho_f", "f(y) - f(x) - <∇f(x), y - x>", (1, 0)),
        Letter("gap", "F", "suboptimality gap f(x) - f*", (1, 0)),
        Letter("decrease", "D", "f(x) - f(x - h ∇f(x))", (1, 0)),
        Letter("h", "h", "step size of GD", _STEP),
        Letter("eta", r"\eta", "step size of clipped GD; step length of normalized GD", _STEP),
        Letter("gamma", r"\gamma", "clipping threshold", _GRADIENT),
        Letter("beta", r"\beta", "offset of normalized GD", _GRADIENT),
        Letter("theta", r"\theta", "factor of the (L0,L1)-GD step", (0, 0)),
        Letter("eta0", r"\eta_0", "first trial step of Armijo backtracking", _STEP),
        Letter("L", "L", "Lipschitz constant of the gradient", (1, -2)),
        Letter("R", "R", "distance of x_0 to a minimiser", (0, 1)),
        Letter("Rhat", r"\hat R", "guess of R", (0, 1)),
        Letter("eps_f", r"\varepsilon_f", "target suboptimality gap", (1, 0)),
        Letter("N", "N", "number of steps, or of the iterates x_0, ..., x_{N-1}", (0, 0)),
    )
}

L0, L1, DELTA, EPS, M, K = (symbol(n) for n in ("L0", "L1", "Delta", "eps", "M", "K"))
G, G_Y, R, C, H = (symbol(n) for n in ("g", "g_y", "r", "c", "h"))
ETA, GAMMA, BETA, THETA = (symbol(n) for n in ("eta", "gamma", "beta", "theta"))
ETA0, L, R0, RHAT, EPS_F, N = (symbol(n) for n in ("eta0", "L", "R", "Rhat", "eps_f", "N"))


def phi(t: Formula) -> Formula:
    """phi(t) = e^t - t - 1."""
    return exp(t) - t - 1


def rho(t: Formula) -> Formula:
    """rho(t) = phi(t)/t^2, increasing, 1/2 at 0 (t must not be 0)."""
    return phi(t) / t**2


def psi(g: Formula) -> Formula:
    """psi(g) = g/L1 - (L0/L1^2) log(1 + L1 g/L0): f(x) - f* >= psi(‖∇f(x)‖)."""
    return g / L1 - L0 / L1**2 * log(1 + L1 * g / L0)


def psi_inverse_bound(gap: Formula) -> Formula:
    """L1 F + sqrt(L1^2 F^2 + 2 L0 F) >= psi^-1(F)."""
    return L1 * gap + (L1**2 * gap**2 + 2 * L0 * gap) ** Fraction(1, 2)


def distance_to_zero(g: Formula) -> Formula:
    """u = log(1 + L1 g/L0)/L1: the extremal slope decays from g to 0 over this distance."""
    return log(1 + L1 * g / L0) / L1


def descent_over(distance: Formula) -> Formula:
    """Phi(d) = L0 phi(L1 |d|)/L1^2, the primitive of the extremal slope; Phi(u(g)) = psi(g)."""
    return L0 * phi(L1 * absolute(distance)) / L1**2


def tent(g: Formula, h: Formula) -> Formula:
    """Least decrease of one step h g that ends with the gradient g it started with (theory 0.2).

    2 (Phi(u) - Phi(u - h g/2)), u = u(g): the slope falls half way and rises again; h <= h*(g).
    """
    half = L1 * h * g / 2
    return 2 * ((L0 + L1 * g) * (1 - exp(-half)) - L0 * half) / L1**2


def h_star(m: Formula) -> Formula:
    """h*(M) = 2 log(1 + L1 M/L0)/(L1 M), the largest step that is safe in one dimension."""
    return 2 * log(1 + L1 * m / L0) / (L1 * m)
