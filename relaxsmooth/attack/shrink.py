"""From a confirmed counterexample to one that a person can read: fewer tents, shorter numbers."""

from __future__ import annotations

from collections.abc import Iterator

from relaxsmooth.attack.confirm import Confirmed, confirm
from relaxsmooth.attack.families import Design, build
from relaxsmooth.attack.search import evaluate
from relaxsmooth.attack.target import Target

COARSER = ((0.2, 1e-2), (0.05, 3e-3), (0.02, 1e-3), (1e-2, 1e-4))  # rel, slack
LENGTHS = (0, 1, 2, 3, 4, 6, 9, 14, 19, 30, 49, 100, 200, 400)
TRIALS = 12  # confirmations, each well under a second


def shrunk(target: Target, found: Confirmed, design: Design) -> Confirmed:
    """The smallest counterexample confirmed among simpler designs; else the one given."""
    trials = 0
    for simpler in _simpler(design):
        candidate = evaluate(target, simpler)
        if candidate is None or not target.is_broken_at(candidate.ratio):
            continue
        instance = build(target, simpler)
        if instance is None or instance.size >= found.instance.size:
            continue
        again = confirm(target, instance)
        trials += 1
        if again.breaks_the_bound:
            return again
        if trials >= TRIALS:
            break
    return found


def _simpler(design: Design) -> Iterator[Design]:
    """Fewer steps first, then rounder numbers."""
    most = int(design.get("steps", 0))
    for steps in sorted({most, *(n for n in LENGTHS if n < most)}):
        for rel, slack in COARSER:
            for climb in {1.0, design.get("climb", 1.0)}:
                plain = {**design, "rel": rel, "slack": slack, "mirror": 0.0}
                if "steps" in design:
                    plain |= {"steps": steps, "climb": climb}
                yield plain
