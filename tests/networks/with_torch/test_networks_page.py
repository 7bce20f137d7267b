"""The Python of docs/networks-python.md runs as it stands, with a model, a loss and batches."""

from __future__ import annotations

import re
from pathlib import Path

import torch

from relaxsmooth.networks.models import build, classification

PAGE = Path(__file__).parents[3] / "docs" / "networks-python.md"


def test_the_code_of_the_page_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    blocks = [block for block in blocks if not block.startswith("# norm.py")]  # test_distributed
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    known = {
        "model": build("mlp-small", inputs=4, classes=2),
        "loss": classification,
        "batches": [(x, torch.arange(8) % 2)],
    }
    for block in blocks:
        exec(block, known)  # our own page
    printed = capsys.readouterr().out
    assert len(blocks) == 2 and "<= ‖H‖ <=" in printed and "None" not in printed
