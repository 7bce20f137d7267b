"""One of two gloo processes: python two_ranks.py RANK FILE OUT.  Its share of the batches."""

from __future__ import annotations

import sys

import torch
from test_models import small

from relaxsmooth.networks import ClippedGD, Curvature, NetworkProblem, Vector, spectral_norm

COPIES, MODEL, STEPS = 3, "mlp-small", 5


def batches():
    """Three batches of 4, 2 and 1 rows: the two ranks get unequal shares."""
    _, _, (x, y) = small(MODEL)
    return [(x, y), (x[:2] * 2, y[:2]), (x[3:] - 1, y[3:])]


def direction(n):
    return Vector(torch.randn(n, generator=torch.Generator().manual_seed(5)).double())


def answers(problem):
    """f, gradient, a Hessian product and the spectral norm at x_0."""
    x = problem.start
    found = problem.value_and_gradient(x)
    product = Curvature(problem, x).product(direction(problem.dimension))
    norm = torch.tensor(spectral_norm(problem, x).lower, dtype=torch.float64)
    return {"value": found[0], "gradient": found[1].data, "product": product.data, "norm": norm}


def whole_loss(module, loss, chosen, rows):
    """The share of the mean over all rows that these batches contribute."""
    return sum(len(batch[1]) * loss(module, batch) for batch in chosen) / rows


def trained(module, loss, chosen, rows, ranks):
    """Parameters after clipped steps; DistributedDataParallel averages over ranks."""
    optimizer = ClippedGD(module.parameters(), lr=0.5, gamma=0.2)
    for _ in range(STEPS):
        optimizer.zero_grad()
        (ranks * whole_loss(module, loss, chosen, rows)).backward()
        optimizer.step()
    return torch.cat([p.detach().reshape(-1) for p in module.parameters()])


def main():
    rank, store, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", f"file://{store}", rank=rank, world_size=2)
    module, loss, _ = small(MODEL)
    mine = batches()[:1] if rank == 0 else batches()[1:]
    parallel = torch.nn.parallel.DistributedDataParallel(module)
    found = answers(NetworkProblem(parallel, loss, mine, distributed=True))
    found["trained"] = trained(parallel, loss, mine, 7, 2)
    torch.save(found, out)
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
