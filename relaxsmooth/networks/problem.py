"""A module with a loss becomes the problem min f(x), x all its trainable parameters as one Vector.

    f(x) = sum_i w_i loss(module, batch_i),      batch_1, ..., batch_n fixed, sum_i w_i = 1.

The core's rules step on it unchanged: `rule.step(problem, [x], state, TORCH)`.  Value, gradient
and Hessian products visit one micro-batch at a time, so memory is that of one of them (and the
Hessian keeps its graphs where they fit into `memory`, see curvature.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from relaxsmooth.formula import Formula
from relaxsmooth.networks.backend import Tensor, is_meta, torch, wide
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.ranks import check_group, check_same_parameters, summed, unwrapped
from relaxsmooth.networks.tensors import Vector

Loss = Callable[[Any, Any], Tensor]
attention = import_module("torch.nn.attention")
MEMORY = 2**31  # bytes of retained graphs; one micro-batch at a time beyond it


class _Closure(torch.nn.Module):  # type: ignore[misc]
    """loss(module, batch) as the forward of one module, for functional_call."""

    def __init__(self, module: Any, loss: Loss) -> None:
        super().__init__()
        self.module, self.loss = module, loss

    def forward(self, batch: Any) -> Tensor:
        return self.loss(self.module, batch)


class NetworkProblem:
    """min f over the parameters of a module, full-batch or on a fixed slice, deterministic.

    module: in eval mode if it has dropout; its parameters and buffers are never changed (only
    `load` writes them).  loss(module, batch) -> a 0-dimensional tensor, a mean over the batch.
    batches: micro-batches, tensors or nested tuples or mappings of tensors.  weights: w_i;
    by default the share of rows (first dimension of the first tensor) of the batch.
    lowest: a lower bound of f as a formula (0 for a cross-entropy), where one is known.
    distributed: batches are this rank's share; sums run over the default process group, whose
    ranks start from the same parameters; module may be DistributedDataParallel.
    Raises NetworkError on an empty batch list, mixed dtypes, a value that is not repeatable, or
    ranks that differ.
    """

    def __init__(
        self,
        module: Any,
        loss: Loss,
        batches: Sequence[Any],
        *,
        weights: Sequence[float] | None = None,
        key: str = "network",
        lowest: Formula | None = None,
        distributed: bool = False,
        memory: int = MEMORY,
    ) -> None:
        inner = unwrapped(module)
        self.module, self.loss, self.batches = inner, loss, list(batches)
        self.key, self.lowest, self.memory, self.distributed = key, lowest, memory, distributed
        named = [(n, p) for n, p in inner.named_parameters() if p.requires_grad]
        self._check(named)
        if distributed or inner is not module:
            check_group(key, distributed)
        self.shapes = {name: p.shape for name, p in named}
        self.sizes = {name: p.numel() for name, p in named}
        self.device, self.dtype = named[0][1].device, named[0][1].dtype
        self.weights = self._weights(weights)
        self.start = self.current()
        if distributed:
            check_same_parameters(key, self.start)
        self.gradient_seconds = float("nan")  # of the last plain gradient
        self._closure = _Closure(inner, loss)
        self._check_repeatable()

    @property
    def dimension(self) -> int:
        return sum(self.sizes.values())

    # --- points ------------------------------------------------------------------------------

    def current(self) -> Vector:
        """The module's present parameters, as a new point."""
        with torch.no_grad():
            parts = [p.reshape(-1) for p in self.module.parameters() if p.requires_grad]
            return Vector(torch.cat(parts).clone())

    def load(self, x: Vector) -> None:
        """Write the point into the module's parameters."""
        with torch.no_grad():
            for name, part in self.split(x).items():
                self.module.get_parameter(name).copy_(part)

    def split(self, x: Vector) -> dict[str, Tensor]:
        """The point by parameter name, as views in the parameters' shapes."""
        parts = x.data.split(list(self.sizes.values()))
        return {n: part.view(s) for (n, s), part in zip(self.shapes.items(), parts, strict=True)}

    def join(self, parts: Sequence[Tensor]) -> Vector:
        """One Vector from tensors in the order of the parameters."""
        return Vector(torch.cat([part.reshape(-1) for part in parts]))

    # --- value and gradient ------------------------------------------------------------------

    def value(self, x: Any, arithmetic: object = None) -> Tensor:
        """f(x), 0-dimensional in the wide dtype."""
        with torch.no_grad():
            parts = self.split(_point(x))
            return self.total(
                sum(w * self.term(parts, i).to(self._wide) for i, w in enumerate(self.weights))
            )

    def is_outside(self, x: Any, arithmetic: object = None) -> bool:
        """A network has a value everywhere."""
        return False

    def slope(self, x: Any, arithmetic: object = None) -> list[Vector]:
        """[∇f(x)], as the core's rules ask for it."""
        return [self.gradient(_point(x))]

    def gradient(self, x: Vector) -> Vector:
        """∇f(x), accumulated over the micro-batches."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(self, x: Vector) -> tuple[Tensor, Vector]:
        """(f(x), ∇f(x)) in one pass."""
        start = self._clock()
        leaves = self.leaves(x)
        value = torch.zeros((), dtype=self._wide, device=self.device)
        parts: list[Tensor] = []
        for i in range(len(self.batches)):
            term = self.weighted(leaves, i)
            found = torch.autograd.grad(term, list(leaves.values()), allow_unused=True)
            value = value + term.detach()
            parts = added(parts, filled(found, list(leaves.values())))
        result = self.total(value), Vector(self.total(self.join(parts).data))
        self.gradient_seconds = self._clock() - start
        return result

    def leaves(self, x: Vector) -> dict[str, Tensor]:
        """Parameters at x of which derivatives can be taken."""
        return {n: part.detach().requires_grad_() for n, part in self.split(x).items()}

    def weighted(self, parameters: Mapping[str, Tensor], i: int) -> Tensor:
        """w_i loss(module, batch_i)."""
        term, weight = self.term(parameters, i), self.weights[i]
        return term if weight == 1 else weight * term

    def term(self, parameters: Mapping[str, Tensor], i: int) -> Tensor:
        """loss(module, batch_i) with these parameters; buffers are copies, so none is changed."""
        state = {f"module.{name}": value for name, value in parameters.items()}
        for name, buffer in self.module.named_buffers():
            state[f"module.{name}"] = buffer.clone()
        loss = torch.func.functional_call(self._closure, state, (self.batches[i],))
        if loss.dim():
            raise NetworkError(
                f"{self.key}: the loss has shape {tuple(loss.shape)}; return one number, a mean"
            )
        return loss

    def total(self, value: Tensor) -> Tensor:
        """The sum over all ranks (itself where there is one process)."""
        return summed(value) if self.distributed else value

    # --- the rest ----------------------------------------------------------------------------

    def to(self, device: Any = None, dtype: Any = None) -> NetworkProblem:
        """The same problem with parameters and data on a device, in a dtype."""
        from copy import deepcopy

        module = deepcopy(self.module).to(device=device, dtype=dtype)
        batches = [moved(batch, device, dtype) for batch in self.batches]
        return NetworkProblem(
            module, self.loss, batches, weights=self.weights, key=self.key, lowest=self.lowest,
            distributed=self.distributed, memory=self.memory,
        )  # fmt: skip

    @property
    def _wide(self) -> Any:
        return wide(self.device)

    def _clock(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            return time.perf_counter()
        return time.process_time()

    def _check(self, named: Sequence[tuple[str, Tensor]]) -> None:
        if not named:
            raise NetworkError(f"{self.key}: the module has no trainable parameter; give it one")
        if not self.batches:
            raise NetworkError(f"{self.key}: there is no batch; give at least one")
        for name, p in named:
            if (p.dtype, p.device) != (named[0][1].dtype, named[0][1].device):
                raise NetworkError(
                    f"{self.key}: parameter {name} is {p.dtype} on {p.device}, others are "
                    f"{named[0][1].dtype} on {named[0][1].device}; use one dtype and device"
                )

    def _weights(self, given: Sequence[float] | None) -> list[float]:
        if given is not None:
            if len(given) != len(self.batches):
                raise NetworkError(
                    f"{self.key}: {len(given)} weights for {len(self.batches)} batches; "
                    "give one each"
                )
            return [float(w) for w in given]
        rows = [float(rows_of(batch)) for batch in self.batches]
        everywhere = sum(rows)
        if self.distributed:  # on the device of the gradients: NCCL takes no others
            mine = torch.tensor(everywhere, dtype=self._wide, device=self.device)
            everywhere = float(self.total(mine))
        return [n / everywhere for n in rows]

    def _check_repeatable(self) -> None:
        with torch.no_grad():
            parts = self.split(self.start)
            first, second = self.term(parts, 0), self.term(parts, 0)
        if not is_meta(first) and not torch.equal(first, second) and bool(torch.isfinite(first)):
            raise NetworkError(
                f"{self.key}: two evaluations give {float(first)!r} and {float(second)!r}; "
                "remove the randomness, for dropout by module.eval()"
            )


def _point(x: Any) -> Vector:
    return x if isinstance(x, Vector) else x[0]


def filled(found: Sequence[Tensor | None], like: Sequence[Tensor]) -> list[Tensor]:
    """Derivatives with zeros where a parameter is not used; given tensors are not changed."""
    return [torch.zeros_like(p) if d is None else d for d, p in zip(found, like, strict=True)]


def added(total: Sequence[Tensor], parts: Sequence[Tensor]) -> list[Tensor]:
    """total + parts in new tensors: two parameters may share one tensor as their gradient."""
    if not total:
        return list(parts)
    return [a + b for a, b in zip(total, parts, strict=True)]


def leaves_of(batch: Any) -> Iterator[Tensor]:
    """The tensors of a nested batch, in order."""
    if isinstance(batch, torch.Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for value in batch.values():
            yield from leaves_of(value)
    elif isinstance(batch, tuple | list):
        for value in batch:
            yield from leaves_of(value)


def rows_of(batch: Any) -> int:
    """The first dimension of the first tensor of a batch."""
    for tensor in leaves_of(batch):
        if tensor.dim():
            return int(tensor.shape[0])
    raise NetworkError("a batch has no tensor with rows; give weights=, one number a batch")


def moved(batch: Any, device: Any, dtype: Any) -> Any:
    """The batch on a device; floating tensors in the dtype, integers as they are."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device=device, dtype=dtype if batch.is_floating_point() else None)
    if isinstance(batch, Mapping):
        return {key: moved(value, device, dtype) for key, value in batch.items()}
    if isinstance(batch, tuple | list):
        return type(batch)(moved(value, device, dtype) for value in batch)
    return batch


@contextmanager
def twice_differentiable(module: Any) -> Iterator[None]:
    """Kernels with a second derivative: plain attention; no cuDNN for torch's own RNNs."""
    recurrent = any(isinstance(m, torch.nn.RNNBase) for m in module.modules())
    with attention.sdpa_kernel(attention.SDPBackend.MATH):
        if not recurrent:
            yield
            return
        with torch.backends.cudnn.flags(enabled=False):
            yield
