"""z3 on the SMT-LIB text of a polynomial statement; alone it is not evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofs_check.backends import Opinion, renamed
from proofs_check.export.smtlib import polynomial, script

STEPS = 3_000_000  # z3's own count of work, so that a slow machine gives the same answer


def decide(data: Mapping[str, Any], hint: Mapping[str, Any] | None = None) -> Opinion:
    """unsat of the hypotheses and the negated goal is a proof; sat is a refutation."""
    import z3

    if not polynomial(data):
        return Opinion.undecided("exponentials")
    solver = z3.Solver()
    solver.set("rlimit", STEPS)
    named = renamed(data)
    solver.from_string(script(named).replace("(check-sat)", ""))
    answer = str(solver.check())
    if answer == "sat":
        return Opinion.refuted("sat", rational_point(solver.model(), named["variables"]))
    return Opinion.proved("unsat") if answer == "unsat" else Opinion.undecided(answer)


def rational_point(model: Any, names: list[str]) -> list[str] | None:
    """The model, if every value is rational."""
    import z3

    values = [model.eval(z3.Real(x), model_completion=True) for x in names]
    if not all(z3.is_rational_value(v) for v in values):
        return None
    return [str(v.as_fraction()) for v in values]
