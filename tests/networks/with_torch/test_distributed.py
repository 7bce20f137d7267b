"""Two gloo processes on the CPU equal one process, to rounding."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_models import small
from two_ranks import MODEL, answers, batches, trained

from relaxsmooth.networks import NetworkProblem


@pytest.mark.slow
def test_two_ranks_are_one_process(tmp_path):
    script = Path(__file__).with_name("two_ranks.py")
    outs = [tmp_path / f"rank{rank}.pt" for rank in (0, 1)]
    started = [
        subprocess.Popen([sys.executable, script, str(rank), tmp_path / "store", outs[rank]])
        for rank in (0, 1)
    ]
    try:
        assert [process.wait(300) for process in started] == [0, 0]
    finally:  # one that failed leaves the other waiting
        for process in started:
            process.kill()
            process.wait()
    module, loss, _ = small(MODEL)
    expected = answers(NetworkProblem(module, loss, batches()))
    expected["trained"] = trained(module, loss, batches(), 7, 1)
    for out in outs:
        found = torch.load(out, weights_only=True)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, rtol=1e-11, atol=1e-13)


def test_false_twin_one_share_alone_is_not_the_whole():
    module, loss, _ = small(MODEL)
    whole = NetworkProblem(module, loss, batches())
    share = NetworkProblem(module, loss, batches()[:1])
    assert (whole.gradient(whole.start) - share.gradient(share.start)).data.norm() > 1e-3
