"""Hessian-vector products by double backward, on a graph that is built once a point.

    H v = d/dx <∇f(x), v>.

Forward and first backward run once; each product then costs one more backward through both
(about 2 gradients for an LSTM with its own cell, 2.5 for a ResNet).  The graphs of all
micro-batches are kept where they fit into `problem.memory` bytes; otherwise each product
rebuilds them one at a time, at about 3.5 gradients, with the memory of one micro-batch.
Reverse over forward (the gradient of a jvp) is not used: torch 2.13 returns wrong numbers there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from relaxsmooth.networks.backend import Tensor, torch
from relaxsmooth.networks.errors import NetworkError
from relaxsmooth.networks.problem import NetworkProblem, added, filled, twice_differentiable
from relaxsmooth.networks.tensors import Vector


class Curvature:
    """The Hessian of a problem at one point: `value`, `gradient`, and `product(v)` = H v.

    retain: keep the graphs (None: where they fit).  layers: names of parameters; then H is its
    block for these, on vectors that are 0 elsewhere.  graph_bytes: of one micro-batch's graph;
    retained_bytes: of those kept; products: so far; seconds: spent in them.
    """

    def __init__(
        self,
        problem: NetworkProblem,
        x: Vector,
        *,
        retain: bool | None = None,
        layers: Sequence[str] | None = None,
    ) -> None:
        self.problem, self.x = problem, x
        self.leaves = problem.leaves(x)
        self.layers = self._known(problem.shapes if layers is None else layers)
        self.products, self.seconds = 0, 0.0
        start = problem._clock()
        first, self.graph_bytes = self._measured(0)
        count = len(problem.batches)
        self.retained = count * self.graph_bytes <= problem.memory if retain is None else retain
        self._graphs = [first]
        total: list[Tensor] = []
        for i in range(count):
            graph = first if i == 0 else self._graph(i)
            if i and self.retained:
                self._graphs.append(graph)
            total = added(total, [g.detach() for g in graph])
        if not self.retained and count > 1:
            self._graphs = []
        self.gradient = Vector(problem.total(problem.join(total).data))
        self.build_seconds = problem._clock() - start

    @property
    def retained_bytes(self) -> int:
        return len(self._graphs) * self.graph_bytes

    def product(self, v: Vector) -> Vector:
        """H v (restricted to the block of `layers`), a new Vector."""
        start = self.problem._clock()
        parts = self.problem.split(v)
        total: list[Tensor] = []
        for i in range(len(self.problem.batches)):
            graph = self._graphs[i] if self._graphs else self._graph(i)
            total = added(total, self._one(graph, parts))
        result = Vector(self.problem.total(self.problem.join(total).data))
        self.products += 1
        self.seconds += self.problem._clock() - start
        return result

    def block(self, layers: Sequence[str]) -> Curvature:
        """The block of these parameters, on the same graphs, with counters of its own."""
        other = copy(self)
        other.layers = self._known(layers)
        other.products, other.seconds, other.build_seconds = 0, 0.0, 0.0
        return other

    def _known(self, layers: Iterable[str]) -> tuple[str, ...]:
        unknown = set(layers) - set(self.problem.shapes)
        if unknown:
            raise NetworkError(
                f"{self.problem.key} has no parameter {sorted(unknown)[0]!r}; "
                f"choose from {', '.join(list(self.problem.shapes)[:6])}, ..."
            )
        return tuple(layers)

    def only(self, v: Vector) -> Vector:
        """v with 0 outside the block of `layers`."""
        if len(self.layers) == len(self.leaves):
            return v
        parts = self.problem.split(v).items()
        return self.problem.join(
            [part if name in self.layers else torch.zeros_like(part) for name, part in parts]
        )

    def _one(self, graph: Sequence[Tensor], parts: dict[str, Tensor]) -> list[Tensor]:
        """One micro-batch: the gradients' own tensors are read, never changed."""
        pairs = [
            (g, parts[name])
            for name, g in zip(self.leaves, graph, strict=True)
            if name in self.layers and g.requires_grad
        ]
        inputs = [self.leaves[name] for name in self.layers]
        found: Sequence[Any] = [None] * len(inputs)
        if pairs:  # else every gradient is constant: H = 0
            outputs, vectors = zip(*pairs, strict=True)
            found = torch.autograd.grad(
                outputs, inputs, vectors, retain_graph=True, allow_unused=True
            )
        block = dict(zip(self.layers, found, strict=True))
        return filled([block.get(name) for name in self.leaves], list(self.leaves.values()))

    def _graph(self, i: int) -> list[Tensor]:
        """w_i ∇loss_i with its graph."""
        with twice_differentiable(self.problem.module):
            term = self.problem.weighted(self.leaves, i)
            inputs = list(self.leaves.values())
            found = torch.autograd.grad(term, inputs, create_graph=True, allow_unused=True)
        return filled(found, inputs)

    def _measured(self, i: int) -> tuple[list[Tensor], int]:
        """The graph, and the bytes of the distinct tensors that it keeps (parameters apart)."""
        kept = {leaf.untyped_storage()._cdata: 0 for leaf in self.leaves.values()}

        def pack(t: Tensor) -> Tensor:
            storage = t.untyped_storage()
            kept.setdefault(storage._cdata, storage.nbytes())
            return t

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            return self._graph(i), sum(kept.values())
