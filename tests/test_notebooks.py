"""The notebooks run from a clean kernel, without a warning, and say what is stored in them.

python tests/test_notebooks.py runs them and stores what they show; after it, names choose some.
"""

from __future__ import annotations

import base64
import copy
import struct
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
ALL = sorted((ROOT / "notebooks").glob("*.ipynb"))
WITH_TORCH = ("05_real_networks",)  # tests/networks/with_torch/test_notebook.py checks these
NOTEBOOKS = [path for path in ALL if path.stem not in WITH_TORCH]
LARGEST_FILE = 400_000  # bytes
WIDEST_FIGURE = 1200  # pixels
LONGEST_CELL = 14  # lines
STRICT = "import warnings\nwarnings.simplefilter('error')"


def run(notebook: NotebookNode) -> NotebookNode:
    """The notebook with fresh outputs, from a new kernel in which warnings are errors."""
    import matplotlib.font_manager  # noqa: F401  builds its cache here, not with a message there

    fresh = copy.deepcopy(notebook)
    fresh.cells.insert(0, nbformat.v4.new_code_cell(STRICT))
    where = {"metadata": {"path": str(ROOT)}}
    NotebookClient(
        fresh, timeout=600, kernel_name="python3", resources=where, record_timing=False,
        coalesce_streams=True,
    ).execute()  # fmt: skip
    del fresh.cells[0]
    for number, cell in enumerate(code_cells(fresh), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
    fresh.metadata.language_info = {"name": "python"}  # not which patch release ran it
    return fresh


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def words(notebook: NotebookNode) -> list[str]:
    """What the cells print or answer, figures apart."""
    said = []
    for output in outputs(notebook):
        data = output.get("data", {})
        if "image/png" not in data:
            said.append(output.get("text") or data.get("text/markdown") or data.get("text/plain"))
    return said


def figures(notebook: NotebookNode) -> list[bytes]:
    pngs = [output.get("data", {}).get("image/png") for output in outputs(notebook)]
    return [base64.b64decode(png) for png in pngs if png]


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def notebook_of(*cells: str) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def by_name(path: Path) -> str:
    return path.stem


def test_the_notebooks_are_here():
    assert [path.stem for path in ALL] == [
        "01_relaxed_smoothness",
        "02_why_clip",
        "03_check_a_proof",
        "04_worst_cases",
        *WITH_TORCH,
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_a_fresh_run_says_what_is_stored(path):
    stored = read(path)
    fresh = run(stored)
    assert not [o.text for o in outputs(fresh) if o.get("name") == "stderr"]
    assert words(fresh) == words(stored), "python tests/test_notebooks.py stores them again"
    assert len(figures(fresh)) == len(figures(stored))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_a_stored_notebook_is_small_complete_and_readable(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < LARGEST_FILE
    assert [c.execution_count for c in code_cells(notebook)] == [
        *range(1, len(code_cells(notebook)) + 1)
    ]
    assert max(len(c.source.splitlines()) for c in code_cells(notebook)) <= LONGEST_CELL
    for png in figures(notebook):
        width, _ = struct.unpack(">II", png[16:24])  # the header of a PNG
        assert png.startswith(b"\x89PNG") and width <= WIDEST_FIGURE


@pytest.mark.parametrize("cell", ["import warnings\nwarnings.warn('look out')", "1 / 0"])
def test_a_warning_or_an_error_is_caught(cell):
    with pytest.raises(CellExecutionError):
        run(notebook_of(cell))


def test_a_changed_answer_is_seen():
    stored = run(notebook_of("6 * 7", "print('a word')"))
    assert words(stored) == ["42", "a word\n"]
    tampered = copy.deepcopy(stored)
    outputs(tampered)[0].data["text/plain"] = "41"
    assert words(tampered) != words(stored)


if __name__ == "__main__":
    for path in [path for path in ALL if path.stem in sys.argv[1:] or not sys.argv[1:]]:
        nbformat.write(run(read(path)), path)
        print(path.name, path.stat().st_size // 1000, "kB")
