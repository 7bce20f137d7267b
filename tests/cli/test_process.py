"""Whole processes: what they load, how they stop, what they do without a reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = [sys.executable, "-m", "relaxsmooth"]
HEAVY = ("sympy", "matplotlib", "scipy", "llvmlite", "hypothesis", "numpy")
LOADED = """
import sys
sys.argv = ["relaxsmooth", *{words!r}]
from relaxsmooth.__main__ import main
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
print(*[name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["--help"], (*HEAVY, "flint", "rich")),
        (["verify", "--help"], (*HEAVY, "flint", "rich")),
        (["list", "theorems"], HEAVY),
        (["certify", "x^4", "--L1", "1"], HEAVY),
    ],
    ids=" ".join,
)
def test_a_command_loads_only_what_it_needs(words, heavy):
    code = LOADED.format(words=words, heavy=heavy)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""


STARTED = """
import sys
from relaxsmooth.__main__ import main
sys.argv = ["relaxsmooth", "verify"]
print("ready", file=sys.stderr, flush=True)
main()
"""


def test_control_c_ends_cleanly():
    words = [sys.executable, "-c", STARTED]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr.readline() == "ready\n"
        time.sleep(0.2)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "Traceback" not in errors


def test_a_reader_that_leaves_is_no_refutation():
    with subprocess.Popen(
        [*PROGRAM, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 141
    assert errors == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_one_line():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*PROGRAM, "list"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "cannot be written" in done.stderr


def test_a_terminal_without_the_letters_still_gets_an_answer():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = ["cite", "zhang2020-theorem3"]
    done = subprocess.run([*PROGRAM, *words], env=environment, capture_output=True)
    assert done.returncode == 0 and done.stderr == b""
