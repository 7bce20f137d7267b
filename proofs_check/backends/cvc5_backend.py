"""cvc5 on the SMT-LIB text of a polynomial statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofs_check.backends import Opinion, renamed
from proofs_check.export.smtlib import polynomial, script

STEPS = 400_000  # cvc5's own count of work, so that a slow machine gives the same answer


def decide(data: Mapping[str, Any], hint: Mapping[str, Any] | None = None) -> Opinion:
    """unsat of the hypotheses and the negated goal is a proof; sat is a refutation."""
    import cvc5

    if not polynomial(data):
        return Opinion.undecided("exponentials")
    solver = cvc5.Solver()
    solver.setOption("rlimit-per", str(STEPS))
    solver.setOption("produce-models", "true")
    reader = cvc5.InputParser(solver)
    text = script(renamed(data)).replace("(check-sat)", "")
    reader.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "statement")
    symbols = reader.getSymbolManager()
    while not (command := reader.nextCommand()).isNull():
        command.invoke(solver, symbols)
    result = solver.checkSat()
    if result.isSat():
        return Opinion.refuted("sat", rational_point(solver, symbols.getDeclaredTerms()))
    return Opinion.proved("unsat") if result.isUnsat() else Opinion.undecided(str(result))


def rational_point(solver: Any, terms: Any) -> list[str] | None:
    """The model, if every value is rational; variables are x0, x1, ..."""
    values = [solver.getValue(x) for x in sorted(terms, key=lambda x: int(str(x)[1:]))]
    if not all(v.isRealValue() for v in values):
        return None
    return [str(v.getRealValue()) for v in values]
