"""Cross-entropy with first and second derivative written out.

A Hessian product runs backward through the backward pass, where torch's own composition forms
the softmax again and again over the whole vocabulary; here each derivative is one formula in the
probabilities, which are kept.  Third derivatives are refused.
"""

from __future__ import annotations

from typing import Any

from relaxsmooth.networks.backend import Tensor, torch

Function: Any = torch.autograd.Function
once: Any = torch.autograd.function.once_differentiable


def mean_cross_entropy(scores: Tensor, classes: Tensor) -> Tensor:
    """mean of log sum_j exp(z_j) - z_class over the rows of scores (rows, classes)."""
    return _CrossEntropy.apply(scores, classes)  # type: ignore[no-untyped-call]


class _CrossEntropy(Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor) -> Tensor:
        top = z.amax(dim=-1, keepdim=True)
        p = (z - top).exp_()
        total = p.sum(dim=-1, keepdim=True)
        p.div_(total)
        ctx.save_for_backward(z, p, y)
        return (total.log() + top - z.gather(-1, y[:, None])).mean()

    @staticmethod
    def backward(ctx: Any, dloss: Tensor) -> Any:
        return _CrossEntropyGradient.apply(*ctx.saved_tensors, dloss), None  # type: ignore[no-untyped-call]


class _CrossEntropyGradient(Function):  # type: ignore[misc]
    """(p - e_y) dloss/rows, with p = softmax(z)."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, p: Tensor, y: Tensor, dloss: Tensor) -> Tensor:
        scale = dloss / len(p)
        ctx.save_for_backward(p, y, scale)
        result = p * scale
        return result.scatter_add_(-1, y[:, None], (-scale).expand(len(p), 1))

    @staticmethod
    @once  # type: ignore[untyped-decorator]
    def backward(ctx: Any, u: Tensor) -> Any:
        """d<u, (p - e_y) scale>: p (u - <p, u>) scale in z; <u, p - e_y>/rows in dloss."""
        p, y, scale = ctx.saved_tensors
        pu = p * u
        row = pu.sum(dim=-1, keepdim=True)
        dloss = (row.sum() - u.gather(-1, y[:, None]).sum()) / len(p)
        return torch.addcmul(pu, p, row, value=-1).mul_(scale), None, None, dloss
