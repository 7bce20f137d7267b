"""Edge: (k, ‖∇f(x_k)‖) in floats, 25 values of k a decade.  For pictures: proves nothing."""

from __future__ import annotations

from fractions import Fraction

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.compiled import iterate
from relaxsmooth.counting import Count
from relaxsmooth.evaluation import evaluate
from relaxsmooth.problem import Problem
from relaxsmooth.update import UpdateRule

MOST_STEPS = 10**8  # about a second
GROWTH = Fraction(11, 10)


def norms(
    problem: Problem, rule: UpdateRule, epsilon: Fraction, count: Count
) -> list[tuple[float, float]]:
    """The gradient norms up to T_eps, ending at the certified arrival where that is known."""
    run = iterate(rule.map(problem), problem.gradient_norm, problem.variables)
    x = [float(c) for c in evaluate(problem.start, {}, FLOAT)]
    arrival = None if count.latest is None or count.infinite else int(count.latest)
    last = MOST_STEPS // 100 if arrival is None else min(MOST_STEPS, arrival)
    found, k = [(0.0, _norm(problem, x))], 0
    while k < last:
        wanted = min(last, max(k + 1, int(k * GROWTH)))
        steps, x = run(x, FLOAT.number(epsilon), wanted - k)
        k += steps
        found.append((float(k), _norm(problem, x)))
        if k < wanted:
            break
    if arrival is not None and arrival > k:
        found.append((float(arrival), float(count.norm.mid())))
    return found


def _norm(problem: Problem, x: list[float]) -> float:
    return float(evaluate(problem.gradient_norm, problem.at(x), FLOAT))
