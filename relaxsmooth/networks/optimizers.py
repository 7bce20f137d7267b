"""torch optimizers whose step is the core's own rule, x+ = x - s(‖∇f‖) ∇f.

    ClippedGD     s(g) = min{lr, lr gamma/g}     gamma: the gradient norm at which clipping sets in
    NormalizedGD  s(g) = lr/(g + beta)

`lr` is the eta of the 2020 paper (a clipped step has length lr gamma, a normalized one at most
lr); so ClippedGD is `clip_grad_norm_(parameters, max_norm=gamma)` followed by SGD(lr).  g is the
norm of all gradients of all groups together.  s is read from the rule's formula, never written
again here.  Norms are scaled first: gradients of 1e20 in float32 and of 1e155 in float64 give
the right direction, where the sum of squares overflows.  Nothing waits for the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, symbol
from relaxsmooth.networks.backend import Tensor, torch
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.tensors import TORCH, common_scale, relative_norm
from relaxsmooth.update import _times
from relaxsmooth.updates import rule

g, eps = symbol("g"), symbol("eps")


class _RuleOptimizer(torch.optim.Optimizer):  # type: ignore[misc]
    """One step of a rule; momentum and weight decay as in torch.optim.SGD, after the rule.

    With them, d = s(g)/lr ∇f + weight_decay x, m = momentum m + d, x+ = x - lr m.
    """

    key: str  # of the rule
    letters: dict[str, str]  # parameter of the rule -> name in a param group

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        for name, value in defaults.items():
            _check(type(self).__name__, name, value)
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; with a closure, which computes loss and gradients, returns its loss."""
        with torch.no_grad():
            loss = None
            if closure is not None:
                with torch.enable_grad():
                    loss = closure()
            self._step()
        return loss

    def _step(self) -> None:
        found = [(group, _with_gradients(group)) for group in self.param_groups]
        gradients = [p.grad for _, params in found for p in params if p.grad.numel()]
        if not gradients:
            return
        scale = common_scale(gradients, gradients[0].device)
        scaled = [_divided(params, scale, group) for group, params in found]
        norms = [relative_norm(t).to(scale) for tensors in scaled for t in tensors if t.numel()]
        relative = torch.linalg.vector_norm(torch.stack(norms))
        self.last_norm = relative * scale
        for (group, params), directions in zip(found, scaled, strict=True):
            self._move(group, params, directions, relative)

    def _move(
        self, group: dict[str, Any], params: list[Tensor], scaled: list[Tensor], relative: Tensor
    ) -> None:
        """x - s(g) ∇f with ∇f = scale `scaled`, g = scale `relative`: length s(g) g, divided."""
        values = {letter: group[name] for letter, name in self.letters.items()}
        values |= {"g": self.last_norm, "eps": group.get("eps", 0.0)}
        plain = not group["momentum"] and not group["weight_decay"]
        if not plain:  # s(g)/lr, which does not depend on lr: lr may be 0 in a schedule
            values["eta"] = 1.0
        length = evaluate(_length(self.key, bool(values["eps"])), values, TORCH)
        factor = torch.where(relative == 0, relative, length / relative)
        _multiply(scaled, factor, group)
        if plain:
            _subtract(params, scaled, 1.0, group)
            return
        if group["weight_decay"]:
            _subtract(scaled, params, -group["weight_decay"], group)
        _subtract(params, self._momentum(group, params, scaled), group["lr"], group)

    def _momentum(
        self, group: dict[str, Any], params: list[Tensor], steps: list[Tensor]
    ) -> list[Tensor]:
        """m = momentum m + d, kept in the state; d itself at the first step, as in SGD."""
        if not group["momentum"]:
            return steps
        kept = []
        for p, d in zip(params, steps, strict=True):
            state = self.state[p]
            old = state.get("momentum_buffer")
            state["momentum_buffer"] = d if old is None else old.mul_(group["momentum"]).add_(d)
            kept.append(state["momentum_buffer"])
        return kept


class ClippedGD(_RuleOptimizer):
    """x+ = x - min{lr, lr gamma/(‖∇f‖ + eps)} ∇f, the clipped gradient descent of the 2020 paper.

    params: tensors or param groups (each may have its own lr, gamma, ...); lr, gamma > 0.
    eps: 0 in the paper; 1e-6 is what torch's `clip_grad_norm_` adds to the norm.
    momentum, weight_decay: as in torch.optim.SGD, applied after clipping.
    foreach: one fused call for all tensors (None: on CUDA).  After a step `last_norm` is ‖∇f‖.
    """

    key = "clipped"
    letters = {"eta": "lr", "gamma": "gamma"}  # noqa: RUF012

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        gamma: float,
        *,
        eps: float = 0.0,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        foreach: bool | None = None,
    ) -> None:
        defaults = {"lr": lr, "gamma": gamma, "eps": eps}
        more = {"momentum": momentum, "weight_decay": weight_decay, "foreach": foreach}
        super().__init__(params, defaults | more)


class NormalizedGD(_RuleOptimizer):
    """x+ = x - lr/(‖∇f‖ + beta) ∇f, the normalized gradient descent of the 2020 paper.

    lr > 0 is the length of a step at large gradients; beta > 0; the rest as in ClippedGD.
    """

    key = "normalized"
    letters = {"eta": "lr", "beta": "beta"}  # noqa: RUF012

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        beta: float,
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        foreach: bool | None = None,
    ) -> None:
        defaults = {"lr": lr, "beta": beta}
        more = {"momentum": momentum, "weight_decay": weight_decay, "foreach": foreach}
        super().__init__(params, defaults | more)


@cache
def _length(key: str, shifted: bool) -> Formula:
    """s(g) g, or s(g + eps) g, multiplied into min so that no factor overflows or is 0/0."""
    size = rule(key).size
    return _times(size.subs({"g": g + eps}) if shifted else size, g)


def _check(who: str, name: str, value: Any) -> None:
    if name == "foreach" or isinstance(value, torch.Tensor):
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    low = name in ("eps", "momentum", "weight_decay")
    if not number or not (value >= 0 if low else value > 0) or value == float("inf"):
        rule_broken = "a finite number >= 0" if low else "a finite number > 0"
        raise NetworkError(f"{who}: {name} = {value!r} must be {rule_broken}; try 0.1")


def _with_gradients(group: dict[str, Any]) -> list[Tensor]:
    found = [p for p in group["params"] if p.grad is not None]
    for p in found:
        if p.grad.is_sparse or p.grad.is_complex():
            kind = "sparse" if p.grad.is_sparse else "complex"
            raise NetworkError(f"a {kind} gradient has no step here; give dense real gradients")
    return found


def _is_foreach(group: dict[str, Any], tensors: list[Tensor]) -> bool:
    """One call for all: as asked, or on CUDA; only where all share one device and dtype."""
    if len({(t.device, t.dtype) for t in tensors}) != 1:
        return False
    wanted = group["foreach"]
    return bool(tensors[0].is_cuda if wanted is None else wanted)


def _divided(params: list[Tensor], scale: Tensor, group: dict[str, Any]) -> list[Tensor]:
    """∇f/scale, in new tensors: gradients are never changed in place."""
    gradients = [p.grad for p in params]
    if _is_foreach(group, gradients):
        return list(torch._foreach_div(gradients, scale))
    return [grad / scale.to(grad) for grad in gradients]


def _multiply(tensors: list[Tensor], factor: Tensor, group: dict[str, Any]) -> None:
    if _is_foreach(group, tensors):
        torch._foreach_mul_(tensors, factor)
        return
    for t in tensors:
        t.mul_(factor.to(t.device))


def _subtract(params: list[Tensor], steps: list[Tensor], alpha: Any, group: dict[str, Any]) -> None:
    """params -= alpha steps, in place."""
    if isinstance(alpha, torch.Tensor):  # an lr on the device: `alpha=` would fetch it
        steps, alpha = [d * alpha.to(d) for d in steps], 1.0
    if _is_foreach(group, params):
        torch._foreach_sub_(params, steps, alpha=alpha)
        return
    for p, d in zip(params, steps, strict=True):
        p.sub_(d, alpha=alpha)
