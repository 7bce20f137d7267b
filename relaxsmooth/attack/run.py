"""One attack: chunk after chunk until a hit is confirmed or the budget ends; resumable, exact.

The state is a small JSON document.  A run that is stopped and resumed, or spread over several
cores, examines the same chunks in the same order and ends with the same answer.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from relaxsmooth.attack.confirm import Confirmed, confirm
from relaxsmooth.attack.families import FAMILIES, LONGEST, build
from relaxsmooth.attack.instance import to_record
from relaxsmooth.attack.search import KEPT, Candidate, Found, explore
from relaxsmooth.attack.shrink import shrunk
from relaxsmooth.attack.target import LONGEST_RUN, Target
from relaxsmooth.formula import FormulaError
from relaxsmooth.verdict import Status, Verdict

SCHEMA = "relaxsmooth-attack/1"
_LONGEST = {"path": LONGEST}  # steps that a drawing is made for; elsewhere those of a run
DAMAGED = (KeyError, TypeError, ValueError, OverflowError)
COUNTERS = ("next_chunk", "evaluations", "rejected", "cpu_seconds")


@dataclass(frozen=True)
class Budget:
    """CPU seconds of the search for each job, or instead evaluations (to the end of a chunk)."""

    seconds: float = 60.0
    evaluations: int | None = None
    jobs: int = 1


@dataclass
class State:
    """Where an attack stands.  `rejected`: candidates in doubles that exact arithmetic refused."""

    about: Mapping[str, str]
    next_chunk: int = 0
    evaluations: int = 0
    rejected: int = 0
    seconds: float = 0.0
    best: list[Candidate] = field(default_factory=list)
    hit: Candidate | None = None  # confirmed to break the bound; nothing is left to search

    def record(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "about": dict(self.about),
            "next_chunk": self.next_chunk,
            "evaluations": self.evaluations,
            "rejected": self.rejected,
            "cpu_seconds": round(self.seconds, 3),
            "best": [_written(c) for c in self.best],
            "hit": None if self.hit is None else _written(self.hit),
        }


def _written(c: Candidate) -> dict[str, Any]:
    return {"ratio": c.ratio, "steps": c.steps, "chunk": c.chunk, "design": c.design}


def _candidate(record: Mapping[str, Any]) -> Candidate:
    design = dict(record["design"])
    if design["family"] not in FAMILIES:
        raise ValueError(f"family {design['family']!r}")
    for name, value in design.items():
        most = _LONGEST.get(design["family"], LONGEST_RUN) if name == "steps" else math.inf
        if name != "family" and not (_is_count(abs(value)) and value <= most):
            raise ValueError(f"{name} = {value!r}")
    ratio, steps, chunk = (record[name] for name in ("ratio", "steps", "chunk"))
    if not all(map(_is_count, (ratio, steps, chunk))):
        raise ValueError(f"ratio {ratio!r}, steps {steps!r}, chunk {chunk!r}")
    return Candidate(float(ratio), int(steps), design, int(chunk))


def _is_count(value: object) -> bool:
    """A finite number, zero or more."""
    return isinstance(value, int | float) and 0 <= value < math.inf


def about(target: Target, seed: int) -> dict[str, str]:
    """What a state belongs to: another statement, seed or divisor must not resume it."""
    given = ", ".join(f"{name} = {value}" for name, value in sorted(target.given.items()))
    return {
        "theorem": target.theorem.key,
        "statement": target.theorem.statement(),
        "divide": str(target.divide),
        "given": given,
        "least_steps": str(target.least_steps),
        "seed": str(seed),
    }


def resume(record: Mapping[str, Any], target: Target, seed: int) -> State:
    """The state of a record; FormulaError where it belongs to something else or is damaged."""
    expected = about(target, seed)
    try:
        if record["schema"] != SCHEMA:
            raise ValueError(f"schema {record['schema']!r}")
        for name in COUNTERS:
            if not _is_count(record[name]):
                raise ValueError(f"{name} {record[name]!r}")
        best = [_candidate(c) for c in record["best"]]
        hit = None if record["hit"] is None else _candidate(record["hit"])
        state = State(
            expected, int(record["next_chunk"]), int(record["evaluations"]),
            int(record["rejected"]), float(record["cpu_seconds"]), best, hit,
        )  # fmt: skip
        found = dict(record["about"])
    except DAMAGED as error:
        raise _damaged(error) from None
    for name, value in expected.items():
        if found.get(name) != value:
            raise FormulaError(
                f"the state belongs to {name} = {found.get(name)}, and this attack has "
                f"{name} = {value}; give another file, or delete it"
            )
    try:
        for candidate in (*best, *([] if hit is None else [hit])):
            build(target, candidate.design)  # a coordinate that is missing is said here
    except DAMAGED as error:
        raise _damaged(error) from None
    return state


def _damaged(error: Exception) -> FormulaError:
    return FormulaError(
        f"the state is no state of an attack ({error}); give another file, or delete it"
    )


@dataclass(frozen=True)
class Outcome:
    """The verdict, the confirmed instance behind it (the tightest one, or the counterexample)."""

    target: Target
    verdict: Verdict
    state: State
    shown: Confirmed | None

    def record(self) -> dict[str, Any]:
        return {"instance": None if self.shown is None else to_record(self.shown.instance)}


def attack(
    target: Target,
    seed: int = 0,
    budget: Budget = Budget(),
    state: State | None = None,
    save: Callable[[State], None] = lambda state: None,
    tell: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Search until a counterexample is confirmed or the budget is spent."""
    state = state or State(about(target, seed))
    broken = _standing(target, state)
    if broken is None and not _spent(state, budget):
        with _workers(target, seed, budget.jobs) as chunks:
            for found, seconds in chunks(state.next_chunk):
                _take(target, state, found, seconds)
                save(state)
                tell(_progress(target, state))
                if state.hit is not None or _spent(state, budget):
                    break
        broken = _standing(target, state)
    if state.hit is None or broken is None:
        return _survived(target, state)
    tell(f"{target.name}: shrinking")
    return _fallen(target, state, broken, state.hit)


def _standing(target: Target, state: State) -> Confirmed | None:
    """The hit of the state, confirmed again; one that no longer is leaves the state."""
    found = None if state.hit is None else _confirmed(target, state.hit)
    if found is not None and found.breaks_the_bound:
        return found
    if state.hit is not None:
        state.hit, state.rejected = None, state.rejected + 1
    return None


def _take(target: Target, state: State, found: Found, seconds: float) -> None:
    """The chunk entered into the state, with its first candidate confirmed to break the bound."""
    state.next_chunk = found.chunk + 1
    state.evaluations += found.evaluations
    state.seconds += seconds
    for candidate in found.best:
        if target.is_broken_at(candidate.ratio):
            confirmed = _confirmed(target, candidate)
            if confirmed is not None and confirmed.breaks_the_bound:
                state.hit = candidate
                return
            state.rejected += 1
        else:  # what rounding errors put above the bound would crowd the others out
            state.best = heapq.nlargest(KEPT, [*state.best, candidate])


def _confirmed(target: Target, candidate: Candidate) -> Confirmed | None:
    instance = build(target, candidate.design)
    return None if instance is None else confirm(target, instance)


def _spent(state: State, budget: Budget) -> bool:
    if state.next_chunk == 0:
        return False
    if budget.evaluations is not None:
        return state.evaluations >= budget.evaluations
    return state.seconds >= budget.seconds * budget.jobs


def _progress(target: Target, state: State) -> str:
    best = f"{state.best[0].ratio:.4f}" if state.best else "-"
    return f"{target.name}: {state.evaluations:,} functions, {state.seconds:.0f} s, best {best}"


# --- verdicts ----------------------------------------------------------------------------------


def _fallen(target: Target, state: State, broken: Confirmed, hit: Candidate) -> Outcome:
    """REFUTED, by the counterexample made readable."""
    small = shrunk(target, broken, hit.design)
    witness = {"x0": small.instance.start, **small.row.values}
    verdict = Verdict(target.name, Status.REFUTED, small.row.verdict.reason, witness)
    return Outcome(target, verdict, state, small)


def _survived(target: Target, state: State) -> Outcome:
    """CONSISTENT, with the tightest candidate that exact arithmetic confirms."""
    shown, largest = None, Fraction(-1)
    for candidate in state.best:
        found = _confirmed(target, candidate)
        if found is not None and found.breaks_the_bound:  # within rounding of it in doubles
            state.hit = candidate
            return _fallen(target, state, found, candidate)
        if found is not None and found.ratio is not None and found.ratio > largest:
            shown, largest = found, found.ratio
    if shown is None:
        reason = (
            f"on none of the {state.evaluations} functions tried could it be judged: a hypothesis "
            f"fails, the bound has no value, or the run exceeds {LONGEST_RUN:,} steps"
        )
        return Outcome(target, Verdict(target.name, Status.UNDECIDED, reason), state, None)
    reason = f"no counterexample among the {state.evaluations} functions tried"
    return Outcome(target, Verdict(target.name, Status.CONSISTENT, reason), state, shown)


# --- workers -----------------------------------------------------------------------------------

Chunks = Callable[[int], Iterator[tuple[Found, float]]]


@contextmanager
def _workers(target: Target, seed: int, jobs: int) -> Iterator[Chunks]:
    """chunks(first) -> (what chunk first, first + 1, ... found, CPU seconds), in order."""
    if jobs == 1:
        yield lambda first: _alone(target, seed, first)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:

        def together(first: int) -> Iterator[tuple[Found, float]]:
            ahead = [pool.submit(_timed, target, seed, first + i) for i in range(jobs)]
            following = first + jobs
            while True:
                yield ahead.pop(0).result()
                ahead.append(pool.submit(_timed, target, seed, following))
                following += 1

        try:
            yield together
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _alone(target: Target, seed: int, chunk: int) -> Iterator[tuple[Found, float]]:
    while True:
        yield _timed(target, seed, chunk)
        chunk += 1


def _timed(target: Target, seed: int, chunk: int) -> tuple[Found, float]:
    begun = time.process_time()
    found = explore(target, seed, chunk)
    return found, time.process_time() - begun
