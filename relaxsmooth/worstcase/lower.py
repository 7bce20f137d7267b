"""Layer 6: lower values: proposals of the search made exact, and the cycles that never end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from relaxsmooth.formula import FormulaError, number
from relaxsmooth.worstcase import path as paths
from relaxsmooth.worstcase.floats import Floats
from relaxsmooth.worstcase.path import Path
from relaxsmooth.worstcase.question import Question

PULLS = (0.0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4)
GRID = 200
LARGEST = Fraction(10**100)
SHORT = (20, 1_000, 10**6)  # denominators: deciders of the class like short numbers
MOST_CYCLES = 8  # candidates that are decided exactly


def best_path(
    question: Question, steps: int, seed: int, budget: int, tell: Callable[[str], None]
) -> Path:
    """The exact path of the largest min |f'(x_k)| that was found."""
    from relaxsmooth.worstcase.search import proposals

    _check_doubles(question)
    found: list[Path] = []
    for us in proposals(question, steps, seed, budget, tell):
        exact = _exact(question, us)
        if exact is not None:
            found.append(exact)
    if not found:
        raise FormulaError(
            f"no function was found for rule {question.rule.key}: its steps are irrational or "
            "too long to be searched, and its worst paths turn; give a rule with rational steps"
        )
    return max(found, key=lambda path: path.least)


def _check_doubles(question: Question) -> None:
    """Paths that turn are proposed in doubles."""
    for name in ("L0", "L1", "Delta", "smallest"):
        value = getattr(question, name)
        if value and not 1 / LARGEST <= value <= LARGEST:
            shown = name if name != "smallest" else "epsilon"
            raise FormulaError(
                f"{shown} is outside 1e-100 to 1e100, and the search for paths that turn runs in "
                "doubles; rescale x and f"
            )


def _exact(question: Question, us: Sequence[float]) -> Path | None:
    """An exact path near the floats that Delta affords, proved; pulled in a little if need be."""
    for pull in PULLS:
        scaled = [u * (1 - pull) for u in us]
        if len({abs(u) for u in us}) == 1 and scaled == [scaled[0]] * len(us):
            g = paths.short(paths.gradient(question, scaled[0]), 10**12)
            path = paths.staying(question, g, len(us) - 1)
        else:
            path = paths.followed(question, scaled)
        if path is not None and affordable(question, path):
            return path
    return None


def affordable(question: Question, path: Path) -> bool:
    """Whether f(x_0) - f* <= Delta on the function of the path, proved."""
    return bool(path.gap <= question.at(number(question.Delta), path.least))


def cycle(question: Question, eps: Fraction) -> Path | None:
    """x_0, x_1, x_0, ... with f' = g, -g, g, ... for ever, g > eps: T_eps is infinite.

    It needs l(g) >= 2 u(g), so that u is 1-Lipschitz, and psi(g) <= Delta; or l(g) = 0.  Where
    0 < l < 2 u on all of [eps, psi^-1(Delta)] every step lowers f, by a least amount (`step`): then
    T_eps is bounded.
    """
    _check_doubles(question)
    real = Floats(question)
    low, high = float(eps), float(question.cap)
    tried = [low * (high / low) ** (k / GRID) for k in range(1, GRID + 1)]
    tried += [low * (1 + 2.0**-k) for k in range(2, 40) if low * (1 + 2.0**-k) <= high]
    worth = [(real.length(real.u(g)) / (2 * real.u(g)), g) for g in tried]
    middle = math.sqrt(low * high)  # of equals one that Delta surely affords
    worth = [(ratio, g) for ratio, g in worth if math.isfinite(ratio)]
    shortest = sorted(worth, key=lambda found: (abs(found[0]), abs(found[1] - middle)))
    for _, near in shortest[:MOST_CYCLES]:
        for g in (Fraction(near).limit_denominator(n) for n in SHORT):
            path = Path(question, (Fraction(0), Fraction(0)), (g, g))
            if g > eps and not path.wrong() and affordable(question, path):
                return path
    for ratio, near in sorted(worth, reverse=True)[:MOST_CYCLES]:
        if ratio < 1 - 1e-12:
            break
        for g in (*(Fraction(near).limit_denominator(n) for n in SHORT), Fraction(near)):
            for path in paths.returning(question, g) if g > eps else ():
                if affordable(question, path):
                    return path
    return None
