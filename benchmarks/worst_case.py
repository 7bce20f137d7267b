"""Exact worst cases against semidefinite performance estimation: python benchmarks/worst_case.py

GD on L-smooth functions, L = Delta = 1: the worst min over k <= n of ‖∇f(x_k)‖^2.  PEPit (any
dimension, an optional package with its solver) beside relaxsmooth (the line, exact) and the known
value in R^d.  Times are CPU seconds of the same run, the least of several; ratio = PEPit / here.
Then clipping and other rules of the (L0, L1) class, which PEPit cannot express.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.evaluation import evaluate
from relaxsmooth.updates import rule
from relaxsmooth.worstcase import Question, worst_case
from relaxsmooth.worstcase.space import in_space

QUICK = "--quick" in sys.argv
SIZES = (1, 5) if QUICK else (1, 2, 5, 10, 20)
STEP_SIZES = (Fraction(1, 2), Fraction(1), Fraction(3, 2))
LARGE = 50 if QUICK else 1000


def timed(run: Callable[[], Any], repeats: int) -> tuple[Any, float]:
    """The result and the least CPU time of several runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        found = run()
        best = min(best, time.process_time() - start)
    return found, best


def with_pepit(h: float, n: int) -> float:
    """The worst min of ‖∇f(x_k)‖^2 by semidefinite programming."""
    from PEPit import PEP, Expression
    from PEPit.functions import SmoothFunction

    problem = PEP()
    f = problem.declare_function(SmoothFunction, L=1.0)
    lowest = Expression()  # f*: f(x) - f* >= ‖∇f(x)‖^2/(2L) at every point, and that suffices
    x = problem.set_initial_point()
    for k in range(n + 1):
        gradient, value = f.oracle(x)
        if k == 0:
            problem.set_initial_condition(value - lowest <= 1)
        problem.add_constraint(value - lowest >= gradient**2 / 2)
        problem.set_performance_metric(gradient**2)
        x = x - h * gradient
    return float(problem.solve(verbose=0))


def here(h: Fraction, n: int) -> float:
    found = worst_case(rule("gd").with_parameters(h=h), n, 1, 0, 1)
    return float(found.lower) ** 2


def against_pepit() -> None:
    try:
        import PEPit  # noqa: F401
    except ImportError:
        print("PEPit is not installed: its columns are absent (pip install PEPit)")
        solve = None
    else:
        solve = with_pepit
    print(f"{'h':>4} {'n':>5}  {'the line':>14} {'R^d, known':>14} {'PEPit':>14} "
          f"{'here s':>8} {'PEPit s':>8} {'ratio':>7}")  # fmt: skip
    for h in STEP_SIZES:
        for n in (*SIZES, LARGE):
            value, seconds = timed(lambda h=h, n=n: here(h, n), 3)
            question = Question(rule("gd").with_parameters(h=h), *map(Fraction, (1, 0, 1)))
            space = in_space(question, n)
            known = evaluate(space[0], {}, FLOAT) ** 2 if space else float("nan")
            line = f"{h!s:>4} {n:>5}  {value:14.10f} {known:14.10f} "
            if solve is not None and n <= SIZES[-1]:
                pep, longer = timed(lambda h=h, n=n: with_pepit(float(h), n), 1 if n > 5 else 2)
                line += f"{pep:14.10f} {seconds:8.4f} {longer:8.3f} {longer / seconds:7.0f}"
            else:
                line += f"{'-':>14} {seconds:8.4f} {'-':>8} {'-':>7}"
            print(line, flush=True)


def relaxed() -> None:
    """Rules on the (L0, L1) class: value, gap, CPU seconds."""
    rules = {
        "clipped": rule("clipped").with_parameters(eta=Fraction(1, 10), gamma=Fraction(1, 2)),
        "normalized": rule("normalized").with_parameters(eta=Fraction(1, 20), beta=Fraction(1, 2)),
        "relaxed": rule("relaxed").with_parameters(L0=1, L1=2, theta=Fraction(1, 2)),
        "gd": rule("gd").with_parameters(h=Fraction(1, 5)),
    }
    print(f"\n{'rule':<11} {'n':>5}  {'worst':>14} {'upper - lower':>14} {'seconds':>8}   "
          "(L0, L1, Delta) = (1, 2, 1)")  # fmt: skip
    for name, used in rules.items():
        for n in (10, LARGE):
            found, seconds = timed(lambda used=used, n=n: worst_case(used, n, 1, 2, 1), 2)
            print(f"{name:<11} {n:>5}  {float(found.lower):14.10f} {float(found.gap):14.1e} "
                  f"{seconds:8.3f}")  # fmt: skip


if __name__ == "__main__":
    against_pepit()
    relaxed()
