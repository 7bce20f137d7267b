"""Time of whole processes, from start to exit: import, --help, and one answer of each command.

The column "python" is the same machine's empty interpreter, measured in the same run.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

PROGRAM = (sys.executable, "-m", "relaxsmooth")
COUNT = ("count", "--rule", "gd", "--function", "x^4", "--x0", "3/2", "--h", "1/160")
RUNS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "import relaxsmooth": (sys.executable, "-c", "import relaxsmooth"),
    "--help": (*PROGRAM, "--help"),
    "verify --help": (*PROGRAM, "verify", "--help"),
    "list": (*PROGRAM, "list"),
    "cite zhang2020-theorem3": (*PROGRAM, "cite", "zhang2020-theorem3"),
    "certify x^4": (*PROGRAM, "certify", "x^4", "--L1", "1"),
    "count, 1e3 steps": (*PROGRAM, *COUNT, "--epsilon", "1/100"),
}
LIMITS = {"import relaxsmooth": 0.5, "--help": 0.7}  # seconds that the project promises


def seconds(words: tuple[str, ...]) -> float:
    start = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    repeats = 1 if "--quick" in sys.argv else 7
    empty = statistics.median(seconds(RUNS["python -c pass"]) for _ in range(repeats))
    late = 0
    for name, words in RUNS.items():
        median = statistics.median(seconds(words) for _ in range(repeats))
        limit = LIMITS.get(name)
        late += limit is not None and median > limit
        promised = "" if limit is None else f"   promised below {limit} s"
        print(f"{name:26} {median:7.3f} s {median / empty:7.1f} x python{promised}")
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main())
