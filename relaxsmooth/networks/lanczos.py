"""Lanczos: both ends of the spectrum of a symmetric operator that is only known by products.

    H Q_k = Q_k T_k + beta_k q_{k+1} e_k',      T_k tridiagonal (alpha, beta), q_1 random.

Eigenvalues theta of T_k lie inside the spectrum, so |theta| <= ‖H‖ (up to rounding).  Outside:
for an eigenvector u of the largest eigenvalue mu and the orthonormal polynomials p_0, p_1, ...
of T_k, <u, q_{j+1}> = p_j(mu) <u, q_1>, and q_1, ..., q_{k+1} are orthonormal, hence

    <u, q_1>² (p_0(mu)² + ... + p_k(mu)²) <= 1.

q_1 is uniform on the sphere, so |<u, q_1>| >= t with probability 1 - P(t), and then mu is at most
the point where the sum reaches 1/t².  (van Dorsselaer, Hochstenbach, van der Vorst 2000, with the
sum in place of its last term; the a-priori bound of Kuczynski and Wozniakowski 1992 is the worst
case over all T_k, see `a_priori`.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from relaxsmooth.networks.backend import Tensor, torch
from relaxsmooth.networks.errors import NetworkError

Floats = Any  # a numpy array of floats


@dataclass(frozen=True)
class Ritz:
    """An end of T_k: value, residual ‖H y - theta y‖, the error that it indicates, coordinates."""

    value: float
    residual: float
    error: float
    coordinates: Floats


class Lanczos:
    """The process for v -> product(v); `extend` costs one product, all vectors are kept.

    Every new vector is made orthogonal to all earlier ones twice.  `asymmetry` is the largest
    |<q_i, H q_j>| with |i - j| > 1 seen: rounding, unless the operator is not symmetric.
    """

    def __init__(self, product: Callable[[Tensor], Tensor], start: Tensor) -> None:
        self.product = product
        self.basis = start.new_empty(8, len(start))
        self.basis[0] = start / torch.linalg.vector_norm(start)
        self.alpha: list[Tensor] = []
        self.beta: list[Tensor] = []
        self.asymmetry = start.new_zeros(())

    def __len__(self) -> int:
        return len(self.alpha)

    def extend(self) -> None:
        """One more product, one more column of T."""
        k = len(self)
        if k + 1 == len(self.basis):
            self.basis = torch.cat([self.basis, torch.empty_like(self.basis)])
        known = self.basis[: k + 1]
        w = self.product(known[k]).to(known.dtype)
        first = known @ w
        w = w - known.T @ first
        second = known @ w
        w = w - known.T @ second
        if k > 1:
            self.asymmetry = torch.maximum(self.asymmetry, first[: k - 1].abs().max())
        norm = torch.linalg.vector_norm(w)
        self.alpha.append(first[k] + second[k])
        self.beta.append(norm)
        self.basis[k + 1] = w / torch.where(norm == 0, torch.ones_like(norm), norm)

    def coefficients(self) -> tuple[Floats, Floats]:
        """(alpha_1..alpha_k, beta_1..beta_k) as float64 arrays."""
        both = torch.stack([*self.alpha, *self.beta]).double().cpu().numpy()
        return both[: len(self)], both[len(self) :]

    def vector(self, ritz: Ritz) -> Tensor:
        """y = Q_k s, of norm 1."""
        weights = torch.as_tensor(ritz.coordinates, dtype=self.basis.dtype)
        y = self.basis[: len(self)].T @ weights.to(self.basis.device)
        return y / torch.linalg.vector_norm(y)


def ends(alpha: Floats, beta: Floats) -> tuple[Ritz, Ritz]:
    """The smallest and the largest eigenvalue of T_k, with what the residuals say of them."""
    from scipy.linalg import eigh_tridiagonal

    if not (np.isfinite(alpha).all() and np.isfinite(beta).all()):
        raise NetworkError("a Hessian product is not finite; start from a point with finite f")
    values, vectors = eigh_tridiagonal(alpha, beta[:-1])
    residuals = np.abs(beta[-1] * vectors[-1])
    return _ritz(values, residuals, vectors, 0, 1), _ritz(values, residuals, vectors, -1, -2)


def _ritz(values: Floats, residuals: Floats, vectors: Floats, at: int, next_: int) -> Ritz:
    """|theta - lambda| <= residual²/gap where the gap to the next one is real, else residual."""
    residual = float(residuals[at])
    gap = abs(values[at] - values[next_]) - residual if len(values) > 1 else 0.0
    error = min(residual, residual**2 / gap) if gap > 0 else residual
    return Ritz(float(values[at]), residual, float(error), vectors[:, at])


# --- outer bounds ----------------------------------------------------------------------------


def least_component(dimension: int, probability: float) -> float:
    """t² with P(<u, q>² < t²) = probability, q uniform on the sphere: <u, q>² is Beta(1/2, .)."""
    from scipy.special import betaincinv

    if dimension == 1:
        return 1.0
    return float(betaincinv(0.5, (dimension - 1) / 2, probability))


def outer_end(alpha: Floats, beta: Floats, dimension: int, probability: float) -> float:
    """A number that exceeds the largest eigenvalue, but for this probability over the start.

    For the smallest eigenvalue: -outer_end(-alpha, beta, ...).
    """
    top = ends(alpha, beta)[1].value
    target = 1 / least_component(dimension, probability)
    if beta[-1] <= 0 or _sum_of_squares(alpha, beta, top) >= target:
        return top
    low, width = top, max(abs(top), float(np.max(beta))) * 1e-12
    while _sum_of_squares(alpha, beta, top + width) < target:
        low, width = top + width, 2 * width
    high = top + width
    while high - low > 1e-9 * max(abs(high), width):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if _sum_of_squares(alpha, beta, middle) < target else (low, middle)
        )
    return high


def _sum_of_squares(alpha: Floats, beta: Floats, mu: float) -> float:
    """p_0(mu)² + ... + p_k(mu)²; infinity on overflow."""
    before, now, total, last = 0.0, 1.0, 1.0, 0.0
    for a, b in zip(alpha.tolist(), beta.tolist(), strict=True):
        if b <= 0:
            return math.inf
        before, now = now, ((mu - a) * now - last * before) / b
        total, last = total + now * now, b
        if total > 1e200:
            return math.inf
    return total


def a_priori(steps: int, dimension: int, probability: float) -> float:
    """eps such that k steps miss an end by more than eps (lambda_max - lambda_min) with at most
    this probability, for every operator: cosh((2k - 1) artanh sqrt eps) = 1/t.

    Kuczynski and Wozniakowski's 1.648 sqrt(n) e^{-sqrt(eps)(2k-1)} bounds the same event.
    """
    t = math.sqrt(least_component(dimension, probability))
    return math.tanh(math.acosh(1 / t) / (2 * steps - 1)) ** 2
