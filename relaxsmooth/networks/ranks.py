"""Several processes, one a rank, as torchrun starts them: f and its derivatives are sums."""

from __future__ import annotations

from typing import Any

from relaxsmooth.networks.backend import Tensor, torch, wide
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.tensors import Vector


def unwrapped(module: Any) -> Any:
    """The module itself, where it is DistributedDataParallel."""
    parallel = isinstance(module, torch.nn.parallel.DistributedDataParallel)
    return module.module if parallel else module


def summed(value: Tensor) -> Tensor:
    """The sum over the ranks, in place: the same bits on each of them."""
    torch.distributed.all_reduce(value)
    return value


def check_group(key: str, distributed: bool) -> None:
    """A problem that is distributed, or whose module is, sums over a group that exists."""
    if not distributed:
        raise NetworkError(
            f"{key}: the module is DistributedDataParallel, but distributed = False would not "
            "sum over the ranks; give distributed=True, or module.module for one rank alone"
        )
    if not torch.distributed.is_initialized():
        raise NetworkError(
            f"{key}: distributed = True needs a process group; call "
            "torch.distributed.init_process_group() first, in a script started by torchrun"
        )


def check_same_parameters(key: str, start: Vector) -> None:
    """Every rank has the parameters of rank 0; all of them refuse where one has not."""
    first = start.data.clone()
    torch.distributed.broadcast(first, 0)
    others = float(summed((first != start.data).any().to(wide(first.device))))
    if others:
        raise NetworkError(
            f"{key}: {others:.0f} rank(s) have other parameters than rank 0; give the same seed "
            "on each, or wrap the module in DistributedDataParallel"
        )
