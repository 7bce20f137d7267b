"""Two gloo processes that torchrun starts on the CPU equal one process, to rounding."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_models import small
from two_ranks import MODEL, answers, batches, trained

from relaxsmooth.networks import NetworkProblem
from relaxsmooth.networks.errors import NetworkError

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
WRONG = "unequal shares averaged"


def torchrun(ranks, script, *words):
    """`torchrun --standalone --nproc_per_node RANKS SCRIPT ...`: what it prints."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    paths = [str(ROOT), str(HERE), os.environ.get("PYTHONPATH", "")]
    known = {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*launcher, "--nproc_per_node", str(ranks), script, *words],
        env={**os.environ, **known}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the two ranks wrote."""
    place = tmp_path_factory.mktemp("ranks")
    torchrun(2, HERE / "two_ranks.py", place)
    return place


def found_by(folder, rank):
    return torch.load(folder / f"rank{rank}.pt", weights_only=True)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_two_ranks_are_one_process(folder, rank):
    module, loss, _ = small(MODEL)
    expected = answers(NetworkProblem(module, loss, batches()))
    expected["parallel gradient"] = expected["gradient"]
    expected["trained"] = trained(module, loss, batches(), 1)
    found = found_by(folder, rank)
    assert found.keys() == {*expected, WRONG}
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-11, atol=1e-13)


@pytest.mark.slow
def test_false_twin_unequal_shares_averaged_are_not_the_gradient(folder):
    """Each rank's own mean, averaged by DistributedDataParallel: 4 and 3 rows count alike."""
    found = found_by(folder, 0)
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(found[WRONG], found["gradient"], rtol=1e-3, atol=1e-3)


@pytest.mark.slow
def test_ranks_with_other_parameters_are_refused_on_all_ranks(folder):
    for rank in (0, 1):
        said = (folder / f"refusal{rank}").read_text(encoding="utf-8")
        assert "1 rank(s) have other parameters than rank 0" in said


@pytest.mark.slow
def test_the_script_of_the_page_gives_one_answer_on_one_rank_and_on_two(
    tmp_path, monkeypatch, capsys
):
    page = (ROOT / "docs" / "networks-python.md").read_text(encoding="utf-8")
    assert "torchrun --standalone --nproc_per_node 2 norm.py" in page
    source = re.search(r"```python\n(# norm.py.*?)```", page, re.DOTALL)[1]
    script = tmp_path / "norm.py"
    script.write_text(source, encoding="utf-8")
    two = float(torchrun(2, script).split()[0])
    alone = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "localhost", "MASTER_PORT": "0"}
    for name, value in alone.items():
        monkeypatch.setenv(name, value)
    exec(source, {})  # our own page, as the only rank
    one = float(capsys.readouterr().out.split()[0])
    assert one == pytest.approx(two, rel=1e-5) and one > 0


def test_false_twin_one_share_alone_is_not_the_whole():
    module, loss, _ = small(MODEL)
    whole = NetworkProblem(module, loss, batches())
    share = NetworkProblem(module, loss, batches()[:1])
    assert (whole.gradient(whole.start) - share.gradient(share.start)).data.norm() > 1e-3


def test_distributed_without_a_process_group_says_what_to_do():
    module, loss, batch = small(MODEL)
    with pytest.raises(NetworkError, match=r"needs a process group.*torchrun"):
        NetworkProblem(module, loss, [batch], distributed=True)


def test_a_parallel_module_that_is_not_summed_is_refused(monkeypatch):
    module, loss, batch = small(MODEL)
    wrapped = torch.nn.Module()
    monkeypatch.setattr(
        "relaxsmooth.networks.problem.unwrapped", lambda m: module if m is wrapped else m
    )
    with pytest.raises(NetworkError, match="give distributed=True"):
        NetworkProblem(wrapped, loss, [batch])
