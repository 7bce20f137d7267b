"""The layering rule: a module imports only strictly lower layers, and this table is the rule."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import relaxsmooth

ROOT = Path(relaxsmooth.__file__).parent

LAYERS = (
    ("verdict",),
    ("arithmetic",),
    ("formula", "rounding"),
    ("evaluation",),
    ("symbols", "source", "domain", "expand", "least"),
    ("text",),
    ("problem",),
    ("update", "members", "compiled", "smoothness"),
    ("updates", "problems", "counting", "constants", "ground", "interpolation"),
    ("theorem", "worstcase"),
    ("theorems",),
    ("setting", "row"),
    ("instance", "game", "equivalence", "needs", "turn"),
    ("plane",),
    ("pairs", "lower", "plain", "along", "complexity"),
    ("audit",),
    ("verify",),
    ("report", "plots", "trajectory", "strategies", "bridge"),
    ("attack", "networks"),
    ("cli",),
    ("__main__", "__init__"),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# text writes formulas; formula only calls it inside __str__, to print itself
ALLOWED_UPWARD = {("formula", "text")}


def unit(path: Path) -> str:
    """The layer unit of a file: its module, or its folder."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "relaxsmooth":
                names = [f"relaxsmooth.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("relaxsmooth.")}
        if any(name.split(".")[0] == "proofs_check" for name in names):
            found.add("proofs_check")
    return found & (set(LEVEL) | {"proofs_check"})


def upward(files: list[Path]) -> list[str]:
    """Every import that is not strictly downward, as 'a -> b'."""
    wrong = []
    for path in files:
        here = unit(path)
        for there in imports(path):
            if there == here or (here, there) in ALLOWED_UPWARD:
                continue
            if there == "proofs_check" or LEVEL[there] >= LEVEL[here]:
                wrong.append(f"{path.relative_to(ROOT)} -> {there}")
    return wrong


FILES = sorted(ROOT.rglob("*.py"))


def test_every_module_has_a_layer():
    assert {unit(path) for path in FILES} <= set(LEVEL)


def test_imports_go_strictly_down():
    assert upward(FILES) == []


def test_false_twin_an_upward_import_is_found(monkeypatch):
    monkeypatch.setitem(LEVEL, "formula", len(LAYERS))
    assert "problem.py -> formula" in upward(FILES)


def test_the_package_imports_without_heavy_libraries():
    import subprocess
    import sys

    heavy = {"sympy", "matplotlib", "scipy", "hypothesis", "llvmlite"}
    code = f"import sys, relaxsmooth; found = {heavy} & {{*sys.modules}}; assert not found, found"
    subprocess.run([sys.executable, "-c", code], check=True)
