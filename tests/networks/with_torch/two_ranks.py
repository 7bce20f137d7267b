"""One rank of a group that torchrun starts: two_ranks.py FOLDER.  Its share of the batches."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch
from test_models import small

from relaxsmooth.networks import ClippedGD, Curvature, NetworkProblem, Vector, spectral_norm
from relaxsmooth.networks.errors import NetworkError

MODEL, ROWS, STEPS = "mlp-small", 7, 5
Parallel = torch.nn.parallel.DistributedDataParallel


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


def share_of_mean(module, loss, chosen, ranks):
    """The share of the mean over all rows that these batches have, times the number of ranks,
    over which DistributedDataParallel averages."""
    return ranks * sum(len(batch[1]) * loss(module, batch) for batch in chosen) / ROWS


def mean_of_share(module, loss, chosen, ranks):
    """The mean over this rank's own rows: wrong where the shares are unequal."""
    rows = sum(len(batch[1]) for batch in chosen)
    return sum(len(batch[1]) * loss(module, batch) for batch in chosen) / rows


def gradient(module, loss, chosen, ranks, objective):
    """What one backward of the objective leaves in the parameters."""
    module.zero_grad()
    objective(module, loss, chosen, ranks).backward()
    return torch.cat([p.grad.reshape(-1) for p in module.parameters()])


def trained(module, loss, chosen, ranks):
    """Parameters after clipped steps."""
    optimizer = ClippedGD(module.parameters(), lr=0.5, gamma=0.2)
    for _ in range(STEPS):
        gradient(module, loss, chosen, ranks, share_of_mean)
        optimizer.step()
    return torch.cat([p.detach().reshape(-1) for p in module.parameters()])


def refusal(module, loss, chosen):
    """What is said where rank 1 has parameters of its own."""
    with torch.no_grad():
        next(module.parameters()).add_(torch.distributed.get_rank())
    try:
        NetworkProblem(module, loss, chosen, distributed=True)
    except NetworkError as error:
        return str(error)
    return "nothing"


def main():
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo")  # env://: the variables that torchrun sets
    work(Path(sys.argv[1]))  # a function, so that nothing that communicates outlives the group
    torch.distributed.barrier()  # else the slower rank may find its partner's sockets closed
    torch.distributed.destroy_process_group()
    os._exit(0)  # on a busy machine a thread of torch's aborts the interpreter's own exit (SIGABRT)


def work(folder):
    rank, ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
    module, loss, _ = small(MODEL)
    mine = batches()[:1] if rank == 0 else batches()[1:]
    parallel = Parallel(module)
    found = answers(NetworkProblem(parallel, loss, mine, distributed=True))
    found["parallel gradient"] = gradient(parallel, loss, mine, ranks, share_of_mean)
    found["unequal shares averaged"] = gradient(parallel, loss, mine, ranks, mean_of_share)
    found["trained"] = trained(parallel, loss, mine, ranks)
    torch.save(found, folder / f"rank{rank}.pt")
    (folder / f"refusal{rank}").write_text(refusal(small(MODEL)[0], loss, mine), encoding="utf-8")


if __name__ == "__main__":
    main()
