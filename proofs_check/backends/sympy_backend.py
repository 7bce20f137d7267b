"""sympy's opinion, from a process of its own.

Where python-flint is installed sympy uses it for its polynomials, so the two would not be
independent; the worker process is started with Python's own integers (SYMPY_GROUND_TYPES).
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from select import select
from typing import Any

from proofs_check.backends import Opinion

SECONDS = 20.0
_worker: subprocess.Popen[str] | None = None


def decide(data: Mapping[str, Any], hint: Mapping[str, Any] | None = None) -> Opinion:
    """An opinion on the statement; hint: what is committed for it, which is not believed."""
    process = worker()
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps({"data": data, "hint": dict(hint or {})}) + "\n")
    process.stdin.flush()
    if not select([process.stdout], [], [], SECONDS)[0]:
        stop()
        return Opinion.undecided(f"no answer in {SECONDS:.0f} s")
    line = process.stdout.readline()
    if not line:
        stop()
        return Opinion.undecided("the worker ended")
    return Opinion.read(json.loads(line))


def worker() -> subprocess.Popen[str]:
    """The running worker; started when first asked."""
    global _worker
    if _worker is not None and _worker.poll() is not None:
        stop()
    if _worker is None:
        _worker = subprocess.Popen(
            [sys.executable, "-m", "proofs_check.backends.sympy_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the parent, whose end closes stdin
        )
    return _worker


def environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "SYMPY_GROUND_TYPES": "python",
        "PYTHONPATH": os.pathsep.join(paths),
    }


@atexit.register
def stop() -> None:
    global _worker
    if _worker is not None:
        _worker.kill()
        _worker.wait()
        for pipe in (_worker.stdin, _worker.stdout):
            if pipe:
                pipe.close()
        _worker = None
