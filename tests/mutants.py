"""Planted errors: one constant, exponent, sign or function changed at a time, to be caught.

    python tests/mutants.py [--most N] [--seed S]

Every mutant is a copy of the package with one change in the formulas of a theorem, a rule
or an inequality; the tests named in SUITE run on the copy.  Survivors are printed with the
line that was changed; the exit status is 1 when fewer than 95 % are caught.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITE = ("tests/theorems", "tests/updates", "tests/test_symbols.py")
FILES = (
    "theorems/zhang2020.py",
    "theorems/derived.py",
    "theorems/class_inequalities.py",
    "symbols.py",
    *(f"updates/{name}.py" for name in ("gd", "clipped", "normalized", "relaxed", "vankov")),
    *(f"updates/{name}.py" for name in ("polyak", "armijo", "momentum")),
)
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
NAMES = {"minimum": "maximum", "maximum": "minimum", "exp": "sqrt", "log": "exp"}
# Not formulas: units and ranges of letters have tests of their own; bookkeeping is not a claim.
SKIP_CALLS = {"Letter", "Source", "symbol", "zip", "range"}


@dataclass(frozen=True)
class Mutant:
    """One change: file, line and what became what, and the changed source."""

    file: str
    line: int
    change: str
    source: str


def mutants(file: str) -> Iterator[Mutant]:
    text = (ROOT / "relaxsmooth" / file).read_text(encoding="utf-8")
    sites = list(_sites(ast.parse(text)))
    for index in range(len(sites)):
        tree = ast.parse(text)
        node = list(_sites(tree))[index]
        change = _mutate(node)
        yield Mutant(file, node.lineno, change, ast.unparse(tree))


def _sites(tree: ast.AST, inside: bool = True) -> Iterator[ast.expr]:
    """Numbers, operators and min/max/exp/log of the formulas, in a fixed order."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Call) and getattr(child.func, "id", "") in SKIP_CALLS:
            continue
        if isinstance(child, ast.FunctionDef) and child.name in ("rules", "_found", "step"):
            continue
        number = isinstance(child, ast.Constant) and type(child.value) is int
        operator = isinstance(child, ast.BinOp) and type(child.op) in SWAPS
        named = isinstance(child, ast.Name) and child.id in NAMES
        if number or (operator and not _is_text(child)) or named:
            yield child  # type: ignore[misc]
        yield from _sites(child)


def _is_text(node: ast.AST) -> bool:
    return any(isinstance(n, ast.JoinedStr) for n in ast.walk(node))


def _mutate(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        before, node.value = node.value, node.value + 1
        return f"{before} -> {node.value}"
    if isinstance(node, ast.BinOp):
        before_op, node.op = type(node.op), SWAPS[type(node.op)]()  # type: ignore[assignment]
        return f"{before_op.__name__} -> {type(node.op).__name__}"
    assert isinstance(node, ast.Name)
    before_name, node.id = node.id, NAMES[node.id]
    return f"{before_name} -> {node.id}"


def caught(mutant: Mutant) -> bool:
    """Whether the suite fails on a copy of the package with this change."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "relaxsmooth", copy / "relaxsmooth")
        shutil.copytree(ROOT / "tests", copy / "tests")
        shutil.copy(ROOT / "setup.cfg", copy)
        (copy / "relaxsmooth" / mutant.file).write_text(mutant.source, encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *SUITE],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=300,
        )
        return run.returncode != 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--most", type=int, default=120, help="how many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    everything = [m for file in FILES for m in mutants(file)]
    chosen = random.Random(options.seed).sample(everything, min(options.most, len(everything)))
    survivors = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (mutant, seen) in enumerate(
            zip(chosen, pool.map(caught, chosen), strict=True), 1
        ):
            print(f"\r{done}/{len(chosen)}", end="", file=sys.stderr, flush=True)
            if not seen:
                survivors.append(mutant)
    print(file=sys.stderr)
    for m in survivors:
        print(f"survived: relaxsmooth/{m.file}:{m.line}: {m.change}")
    share = 1 - len(survivors) / len(chosen)
    print(
        f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught ({share:.1%}); "
        f"{len(everything)} are known"
    )
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
