"""Jobs of a run in processes of their own, so that two cores work on two starts.

A worker does one job: FOLDER SEED START SECONDS.  It prints progress on standard output and ends
when its standard input does, so it never outlives the process that started it, however that one
was killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, Queue

from relaxsmooth.networks.errors import NetworkError

Job = tuple[int, str]  # seed, name of the start
Tell = Callable[[str], None]
REFUSED = "refused: "
# modules are looked for where this process found them
PROGRAM = "import sys; sys.path[:] = {}; from relaxsmooth.networks.runs.worker import end; end()"


def in_processes(folder: Path, jobs: Sequence[Job], workers: int, every: float, tell: Tell) -> None:
    """Do the jobs, at most `workers` at a time; NetworkError with the first refusal."""
    waiting: Queue[Job] = Queue()
    for job in jobs:
        waiting.put(job)
    running: set[subprocess.Popen[str]] = set()
    problems: list[str] = []

    def serve() -> None:
        while not problems:
            try:
                job = waiting.get_nowait()
            except Empty:
                return
            _watch(folder, job, every, tell, running, problems)

    threads = [threading.Thread(target=serve) for _ in range(min(workers, len(jobs)))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        problems.append("stopped")
        for process in list(running):
            process.kill()
        raise
    if problems:
        raise NetworkError(problems[0])


def _watch(
    folder: Path, job: Job, every: float, tell: Tell,
    running: set[subprocess.Popen[str]], problems: list[str],
) -> None:  # fmt: skip
    """One worker from its start to its end; what it prints is told."""
    words = [str(folder), str(job[0]), job[1], str(every)]
    command = [sys.executable, "-c", PROGRAM.format(sys.path), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as process:
        running.add(process)
        refusal = ""
        for line in process.stdout or ():
            if line.startswith(REFUSED):
                refusal = line.removeprefix(REFUSED).strip()
            else:
                tell(line.strip())
    running.discard(process)
    if process.returncode and not problems:
        ended = f"the worker for seed {job[0]}, start {job[1]} ended with {process.returncode}"
        problems.append(refusal or f"{ended}; resume the run to do it again")


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main(folder: str, seed: str, start: str, every: str) -> int:
    """One job of the run in the folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    from relaxsmooth.networks.runs.run import continued

    try:
        continued(Path(folder), (int(seed), start), float(every), lambda t: print(t, flush=True))
    except NetworkError as error:
        print(f"{REFUSED}{' '.join(str(error).split())}", flush=True)
        return 2
    return 0


def end() -> None:
    """Do the job of sys.argv and end the process: no thread that waits may hold it."""
    status = main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)
