"""The spectral norm of the Hessian at a point, as an interval with its level and its cost.

    lower <= ‖∇²f(x)‖ <= upper,

lower holds up to the rounding of the products, upper with probability `level` over the random
start.  Both ends of the spectrum are found: away from a minimum they are often near ties.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relaxsmooth.networks.backend import Tensor, is_meta, to_float, torch
from relaxsmooth.networks.curvature import Curvature
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.lanczos import Lanczos, Ritz, ends, outer_end
from relaxsmooth.networks.problem import NetworkProblem
from relaxsmooth.networks.tensors import Vector

META_STEPS = 3  # where nothing can be decided


@dataclass(frozen=True)
class End:
    """One end of the spectrum: Ritz value, residual ‖H y - theta y‖, probabilistic outer bound."""

    value: float
    residual: float
    outer: float


@dataclass(frozen=True)
class SpectralNorm:
    """lower <= ‖H‖ <= upper (at `level`); smallest and largest: the two ends.

    products: Hessian products used; gradients: their cost in gradient evaluations, measured, with
    the building of the graph; bytes: of the Lanczos basis and of the retained graphs; checked:
    ‖H y - theta y‖ by a product of its own; converged: the tolerance was reached.
    """

    lower: float
    upper: float
    level: float
    smallest: End
    largest: End
    dimension: int
    products: int
    converged: bool
    checked: float
    basis_bytes: int
    graph_bytes: int = 0
    gradients: float = float("nan")

    @property
    def norm(self) -> float:
        """The estimate: the certified lower bound."""
        return self.lower

    def __str__(self) -> str:
        return (
            f"{self.lower:.6g} <= ‖H‖ <= {self.upper:.6g} (level {self.level}); spectrum "
            f"[{self.smallest.value:.6g}, {self.largest.value:.6g}]; {self.products} products"
        )


def spectral_norm(
    problem: NetworkProblem,
    x: Vector,
    *,
    tolerance: float = 1e-3,
    level: float = 0.999,
    within: float | None = None,
    both: bool = False,
    most: int = 200,
    seed: int = 0,
    curvature: Curvature | None = None,
) -> SpectralNorm:
    """‖∇²f(x)‖ to a relative `tolerance`, by Lanczos on a retained graph.

    within: go on until upper <= (1 + within) lower; both: until both ends are as accurate;
    most: at most so many products; seed: of the start; curvature: a graph built before.
    """
    c = Curvature(problem, x) if curvature is None else curvature
    already, seconds = c.products, c.seconds
    found = norm_of(
        lambda v: c.product(Vector(v.to(problem.dtype))).data,
        c.only(uniform_direction(problem, seed)).data,
        dimension=sum(problem.sizes[name] for name in c.layers),
        tolerance=tolerance, level=level, within=within, both=both, most=most,
        rounding=torch.finfo(problem.dtype).eps,
    )  # fmt: skip
    problem.gradient(x)  # the unit of the cost, timed beside the products
    spent = c.seconds - seconds + (0.0 if already else c.build_seconds)
    cost = spent / problem.gradient_seconds if problem.gradient_seconds > 0 else float("nan")
    return _with(found, graph_bytes=c.retained_bytes, gradients=cost)


def layer_norms(
    problem: NetworkProblem, x: Vector, layers: Any = None, **options: Any
) -> dict[str, SpectralNorm]:
    """‖∇²f(x)‖ of the block of each parameter (or of those named), on one graph."""
    whole = Curvature(problem, x)
    return {
        name: spectral_norm(problem, x, curvature=whole.block([name]), **options)
        for name in (problem.shapes if layers is None else layers)
    }


def norm_of(
    product: Callable[[Tensor], Tensor],
    start: Tensor,
    *,
    dimension: int | None = None,
    tolerance: float = 1e-3,
    level: float = 0.999,
    within: float | None = None,
    both: bool = False,
    most: int = 200,
    rounding: float | None = None,
) -> SpectralNorm:
    """The same for any symmetric operator v -> product(v); start: uniform on the sphere.

    dimension: of the space that the start was drawn from; rounding: unit roundoff of the
    products (that of the start's dtype by default).  Raises NetworkError when products
    are not finite or not symmetric.
    """
    _check(tolerance, level, most)
    n = len(start) if dimension is None else dimension
    work = torch.float32 if start.dtype in (torch.float16, torch.bfloat16) else start.dtype
    process = Lanczos(product, start.to(work))
    if is_meta(start):
        return _without_data(process, n, level)
    most = min(most, n)
    while True:
        process.extend()
        alpha, beta = process.coefficients()
        low, high = ends(alpha, beta)
        exhausted = beta[-1] <= torch.finfo(work).eps * max(abs(low.value), abs(high.value))
        done = exhausted or _is_done(low, high, tolerance, both)
        if done and within is not None and not exhausted:
            done = _outer(alpha, beta, n, level)[2] <= (1 + within) * _modulus(low, high)
        if done or len(process) >= most:
            break
    _check_symmetric(process, _modulus(low, high), rounding or torch.finfo(work).eps)
    return _result(process, low, high, n, level, bool(done or exhausted or len(process) >= n))


def _result(
    process: Lanczos, low: Ritz, high: Ritz, n: int, level: float, converged: bool
) -> SpectralNorm:
    alpha, beta = process.coefficients()
    lowest, highest, upper = _outer(alpha, beta, n, level)
    top = low if abs(low.value) > abs(high.value) else high
    y = process.vector(top)
    image = process.product(y).to(y.dtype)  # a product of its own: ‖H y‖ <= ‖H‖ whatever y is
    lower = to_float(torch.linalg.vector_norm(image))
    return SpectralNorm(
        lower, max(upper, lower), level,
        End(low.value, low.residual, lowest), End(high.value, high.residual, highest),
        n, len(process) + 1, converged,
        checked=to_float(torch.linalg.vector_norm(image - top.value * y)),
        basis_bytes=process.basis.numel() * process.basis.element_size(),
    )  # fmt: skip


def _modulus(low: Ritz, high: Ritz) -> float:
    return max(abs(low.value), abs(high.value))


def _is_done(low: Ritz, high: Ritz, tolerance: float, both: bool) -> bool:
    """The larger end is accurate; the other is too, or is not the norm as far as it shows."""
    allowed = tolerance * _modulus(low, high)
    big, small = (low, high) if abs(low.value) > abs(high.value) else (high, low)
    if both:
        return max(big.error, small.error) <= allowed
    return big.error <= allowed and abs(small.value) + small.error <= abs(big.value) + allowed


def _outer(alpha: Any, beta: Any, n: int, level: float) -> tuple[float, float, float]:
    """Outer bounds of both ends, each missed with probability (1 - level)/2, and of the norm."""
    miss = (1 - level) / 2
    highest = outer_end(alpha, beta, n, miss)
    lowest = -outer_end(-alpha, beta, n, miss)
    return lowest, highest, max(abs(lowest), abs(highest))


def _without_data(process: Lanczos, n: int, level: float) -> SpectralNorm:
    """On the meta device: the same operations on shapes, and nan for every number."""
    for _ in range(min(META_STEPS, n)):
        process.extend()
    nan = float("nan")
    process.product(process.basis[0])
    size = process.basis.numel() * process.basis.element_size()
    nowhere = End(nan, nan, nan)
    return SpectralNorm(nan, nan, level, nowhere, nowhere, n, len(process) + 1, False, nan, size)


def uniform_direction(problem: NetworkProblem, seed: int) -> Vector:
    """A standard normal vector, drawn on the CPU so that devices agree, then moved."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(problem.dimension, generator=generator, dtype=torch.float64)
    work = problem.dtype if problem.dtype.itemsize >= 4 else torch.float32
    return Vector(drawn.to(problem.device, work))


def _with(found: SpectralNorm, **changes: Any) -> SpectralNorm:
    from dataclasses import replace

    return replace(found, **changes)


def _check(tolerance: float, level: float, most: int) -> None:
    if not 0 < tolerance < 1:
        raise NetworkError(f"tolerance = {tolerance} must lie between 0 and 1; try 1e-3")
    if not 0 < level < 1:
        raise NetworkError(f"level = {level} must lie between 0 and 1; try 0.999")
    if most < 1:
        raise NetworkError(f"most = {most} must be at least 1 product; try 200")


def _check_symmetric(process: Lanczos, norm: float, eps: float) -> None:
    """Rounding leaves about eps ‖H‖ outside the three diagonals; more is a wrong product."""
    asymmetry = to_float(process.asymmetry)
    if asymmetry > 2 * eps**0.5 * norm:
        raise NetworkError(
            f"the products are not those of a symmetric matrix: |<q_i, H q_j>| = {asymmetry:.3g} "
            f"beside ‖H‖ about {norm:.3g}; is the loss random, or a gradient changed in place?"
        )
