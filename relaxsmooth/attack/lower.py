"""Attack on a lower bound: constants at which a proven upper bound for one step lies below it.

"Complexity >= B" says that every step has a hard function.  One step with T_eps <= U < B for
every function of the class refutes it: on the line U is `game.tuned_upper_bound`; in several
dimensions h = 1/(L0 + L1 M) gives U = 2 (L0 + L1 M) Delta/eps^2 (row `gd`).
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from relaxsmooth.arithmetic import ball
from relaxsmooth.attack.families import nice
from relaxsmooth.attack.search import log_uniform
from relaxsmooth.attack.target import check_divisor
from relaxsmooth.compiled import values as compiled
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula, number
from relaxsmooth.game import tuned_upper_bound
from relaxsmooth.instance import decide, failed_condition
from relaxsmooth.lower import case, check_lower
from relaxsmooth.problems.twist import record
from relaxsmooth.rounding import in_digits, lower_end, round_down
from relaxsmooth.theorem import Assumption, Theorem
from relaxsmooth.theorems import theorems
from relaxsmooth.verdict import Status, Verdict

GRID = {"M": (2.0, 100.0), "L1": (1.0, 1e3, 1e6), "eps": (1e-2, 1e-6), "gaps": (10.0,)}
RANGES = {"M": (1e-2, 1e4), "L1": (1e-3, 1e8), "eps": (1e-9, 0.9), "gaps": (1.0, 1e3)}
STEPS = (0.5, 0.875, 511 / 512)  # h in units of h*(M), in doubles
Tell = Callable[[str], None]


@dataclass(frozen=True)
class LowerOutcome:
    """verdict; values: the constants shown; ratio: claimed/(proven upper bound) there."""

    theorem: Theorem
    divide: Fraction
    verdict: Verdict
    evaluations: int
    ratio: Fraction | None = None
    values: Mapping[str, Fraction] | None = None


def attack_lower(
    theorem: Theorem, divide: Fraction = Fraction(1), seed: int = 0, seconds: float = 5.0,
    evaluations: int | None = None, tell: Tell = lambda text: None,
) -> LowerOutcome:  # fmt: skip
    """Search the constants for the largest claimed/(proven upper bound); above 1 refutes."""
    check_lower(theorem)
    check_divisor(divide)
    best: tuple[float, dict[str, float]] | None = None
    begun, tried = time.process_time(), 0
    for point in _points(random.Random(seed)):
        tried += 1
        ratio = ratio_in_floats(theorem, point) / float(divide)
        if best is None or ratio > best[0]:
            best = ratio, point
            tell(f"{theorem.key}: {tried} sets of constants, best {ratio:.4f}")
            if ratio > 1:
                found = _confirmed(theorem, divide, point, tried)
                if found.verdict.status is Status.REFUTED:
                    return found
        spent = time.process_time() - begun > seconds
        if tried >= evaluations if evaluations is not None else spent:
            break
    assert best is not None
    return _confirmed(theorem, divide, best[1], tried)


def _points(draw: random.Random) -> Iterator[dict[str, float]]:
    """First the grid, then random constants; L0 = 1, the unit of f."""
    for chosen in product(*GRID.values()):
        yield dict(zip(GRID, chosen, strict=True))
    while True:
        drawn = {name: log_uniform(draw, *ends) for name, ends in RANGES.items()}
        yield {**drawn, "eps": drawn["eps"] * drawn["M"]}


def ratio_in_floats(theorem: Theorem, point: Mapping[str, float]) -> float:
    """claimed/(upper bound), 0 where a condition fails."""
    M, L1, eps = point["M"], point["L1"], point["eps"]
    t = L1 * M
    psi = M / L1 - math.log1p(t) / L1**2 if t > 1e-4 else M * M / 2 * (1 - 2 * t / 3)
    known = {"L0": 1.0, "L1": L1, "M": M, "eps": eps, "Delta": point["gaps"] * psi}
    known["K"] = float(record().K)
    sides = [side for c in theorem.conditions for side in (c.left, c.right)]
    claimed, *found = compiled((theorem.bound, *sides), tuple(known))(list(known.values()))
    pairs = zip(found[::2], found[1::2], theorem.conditions, strict=True)
    if not all(a < b or (not c.strict and a <= b * (1 + 1e-12)) for a, b, c in pairs):
        return 0.0
    return claimed / _upper(theorem, known)


def _upper(theorem: Theorem, known: Mapping[str, float]) -> float:
    L1, M, eps, Delta = (known[name] for name in ("L1", "M", "eps", "Delta"))
    if Assumption.SEVERAL_DIMENSIONS in theorem.assumptions:
        return 2 * (1 + L1 * M) * Delta / eps**2
    limit = 2 * math.log1p(L1 * M) / (L1 * M)
    # the decrease first grows, then falls in g: it is least at an end of [eps, M]
    return min(
        Delta / max(min(_decrease(part * limit, g, L1) for g in (eps, M)), 1e-300) for part in STEPS
    )


def _decrease(h: float, g: float, L1: float) -> float:
    """Phi(s0) - Phi(|s0 - h g|) at L0 = 1; h g^2 (1 - h/2) where it cancels."""
    if h * g * L1 < 1e-5:
        return h * g * g * (1 - h * (1 + L1 * g) / 2)
    s0 = math.log1p(L1 * g) / L1
    return _phi(s0, L1) - _phi(abs(s0 - h * g), L1)


def _phi(d: float, L1: float) -> float:
    a = L1 * d
    return d * d / 2 * (1 + a / 3) if a < 1e-3 else (math.expm1(a) - a) / L1**2


def _confirmed(
    theorem: Theorem, divide: Fraction, point: Mapping[str, float], tried: int
) -> LowerOutcome:
    """The exact game and the exact upper bound at rounded constants."""
    L1, M, eps = (str(nice(point[name])) for name in ("L1", "M", "eps"))
    values = case("1", L1, M, eps, max(1, round(point["gaps"])))
    name = theorem.key if divide == 1 else f"{theorem.key}, its bound divided by {divide}"
    failed = failed_condition(theorem.conditions, lambda f: f.subs(values), {})
    if failed is not None:
        return LowerOutcome(theorem, divide, Verdict(name, Status.UNDECIDED, failed.reason), tried)
    upper = _proven_upper(theorem, values)
    claimed = theorem.bound.subs(values)
    ratio = _below(claimed, upper)
    broken = decide(number(upper), claimed / divide, strict=True)[0] is Status.PROVED
    says = float(upper * ratio / divide)
    shown = f"T_eps <= {float(upper):.6g} is proven{_where(theorem)}, {says:.6g} claimed"
    if broken:
        verdict = Verdict(name, Status.REFUTED, f"for one step size {shown}", dict(values))
    else:
        verdict = Verdict(name, Status.CONSISTENT, f"at {tried} sets of constants; closest {shown}")
    return LowerOutcome(theorem, divide, verdict, tried, ratio, values)


def _where(theorem: Theorem) -> str:
    return "" if Assumption.SEVERAL_DIMENSIONS in theorem.assumptions else " on the line"


def _proven_upper(theorem: Theorem, values: Mapping[str, Fraction]) -> Fraction:
    if Assumption.SEVERAL_DIMENSIONS in theorem.assumptions:
        found = theorems()["gd"].bound.subs(values).value
        assert found is not None
        return found
    return tuned_upper_bound(values).bound


def _below(claimed: Formula, upper: Fraction) -> Fraction:
    """claimed/upper from below."""
    return round_down(lower_end(evaluate(claimed, {}, ball())) / upper)


def lines(found: LowerOutcome) -> list[str]:
    """What was found, for people."""
    shown = [f"statement    {found.theorem.statement()}"]
    if found.divide != 1:
        shown.append(f"divided by   {found.divide}")
    shown.append(f"tried        {found.evaluations} sets of constants")
    if found.values is None or found.ratio is None:
        return shown
    broken = found.verdict.status is Status.REFUTED
    shown += ["", "counterexample" if broken else "closest, of what was found"]
    shown += [f"  {name:<10} {value}" for name, value in found.values.items() if name != "K"]
    shown.append(f"  ratio      {float(found.ratio):.6f} = claimed/(proven upper bound)")
    return [*shown, "", "check it with", *(f"  {line}" for line in _checks(found))]


def _checks(found: LowerOutcome) -> list[str]:
    """The statement as a command; of a divided one the upper bound it is held against."""
    assert found.values is not None
    names = {"L0": "L0", "L1": "L1", "M": "M", "epsilon": "eps", "delta": "Delta"}
    constants = " ".join(f"--{option} {found.values[name]}" for option, name in names.items())
    if found.divide == 1:
        return [f"relaxsmooth verify --theorem {found.theorem.key} {constants}"]
    if Assumption.SEVERAL_DIMENSIONS in found.theorem.assumptions:
        upper = in_digits(_proven_upper(found.theorem, found.values), 12)
        return [f"2 (L0 + L1 M) Delta/eps^2 = {upper}, which h = 1/(L0 + L1 M) needs at most (gd)"]
    return [f"relaxsmooth game {constants}"]
