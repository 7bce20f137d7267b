"""Certified counts against uncertified loops: python benchmarks/counting.py [--quick]

GD on x^4 with h = 1/160 from 3/2.  A ratio is that row's time per step over the time per step of
the same loop in compiled floats; each time is the least of several repeats.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from fractions import Fraction

from relaxsmooth.arithmetic import ball
from relaxsmooth.compiled import iterate
from relaxsmooth.counting import count
from relaxsmooth.counting.line import line
from relaxsmooth.counting.loop import advance, drift_loop
from relaxsmooth.counting.region import drift_region
from relaxsmooth.counting.walk import Walk
from relaxsmooth.problem import problem
from relaxsmooth.problems.hard import paper2
from relaxsmooth.updates import rule

EPSILON = Fraction(3, 10**7)
STEPS = 1_124_560
QUARTIC = problem("x^4", [Fraction(3, 2)])
GD = rule("gd").with_parameters(h=Fraction(1, 160))


def least(run: Callable[[], object], repeats: int) -> float:
    """The least wall time of several runs, in seconds."""
    times = []
    for _ in range(2 if "--quick" in sys.argv else repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def python_loop() -> int:
    """The plain float loop a person would write."""
    x, h, epsilon, k = 1.5, 1 / 160, 3e-7, 0
    while abs(g := 4 * x**3) > epsilon:
        x -= h * g
        k += 1
    return k


def loops() -> list[tuple[str, float, int]]:
    """(what, seconds, steps) for the same trajectory."""
    formulas = line(QUARTIC, GD, EPSILON)
    floats = iterate((formulas.map,), QUARTIC.gradient_norm, ("x",))
    arithmetic = ball(128)
    start = arithmetic.number(Fraction(3, 2))
    with arithmetic.active():
        region = drift_region(formulas, start, 1, arithmetic)
        monotone = drift_loop(formulas, region, Walk(arithmetic, start))

    def rigorous() -> int:
        return advance(Walk(arithmetic, start), formulas, monotone, 10**8)

    epsilon = float(EPSILON)
    return [
        ("compiled floats, no rigour", least(lambda: floats([1.5], epsilon, 10**8), 9), STEPS),
        ("compiled enclosures, certified", least(rigorous, 9), rigorous()),
        ("Python floats, no rigour", least(python_loop, 2), python_loop()),
        (
            "balls of 128 bits, certified",
            least(lambda: count(QUARTIC, GD, Fraction(1, 100), method="balls"), 2),
            count(QUARTIC, GD, Fraction(1, 100)).earliest,
        ),
    ]


def whole_counts() -> list[tuple[str, float, str]]:
    """(what, seconds, result) of whole calls of `count`, the second and later ones."""
    hard, half = paper2(Fraction(1, 10**8), 1), rule("gd").with_parameters(h=Fraction(1, 2))
    calls: list[tuple[str, Callable[[], object]]] = [
        (f"x^4, eps = 3e-7, {method}", lambda m=method: count(QUARTIC, GD, EPSILON, method=m))
        for method in ("compiled", "abel", "auto")
    ]
    calls += [
        ("x^4, eps = 1e-12", lambda: count(QUARTIC, GD, Fraction(1, 10**12))),
        ("x^4, eps = 1e-20", lambda: count(QUARTIC, GD, Fraction(1, 10**20))),
        ("second hard function", lambda: count(hard, half, Fraction(1, 10**8))),
    ]
    return [(what, least(call, 7), str(call()).split(" (")[0]) for what, call in calls]


def main() -> None:
    measured = loops()
    unit = measured[0][1] / measured[0][2]
    print(f"{'one trajectory, per step':34} {'ns':>10} {'ratio':>9}")
    for what, seconds, steps in measured:
        print(f"{what:34} {1e9 * seconds / steps:10.2f} {seconds / steps / unit:9.2f}")
    certified, python = (measured[i][1] / measured[i][2] for i in (1, 2))
    print(f"\ncertified / compiled floats = {certified / unit:.2f} (at most 3)")
    print(f"Python floats / certified   = {python / certified:.2f} (at least 8)\n")
    print(f"{'whole count':34} {'ms':>10}   result")
    for what, seconds, result in whole_counts():
        print(f"{what:34} {1e3 * seconds:10.2f}   {result}")
    ok = certified <= 3 * unit and python >= 8 * certified and math.isfinite(unit)
    raise SystemExit(0 if ok else 1)


if __name__ == "__main__":
    main()
