"""cvc5 on the SMT-LIB text of a polynomial statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofs_check.export.smtlib import polynomial, script

MILLISECONDS = 2000


def decide(data: Mapping[str, Any]) -> str:
    """unsat of the hypotheses and the negated goal is a proof; sat is a refutation."""
    import cvc5

    if not polynomial(data):
        return "undecided"
    solver = cvc5.Solver()
    solver.setOption("tlimit-per", str(MILLISECONDS))
    reader = cvc5.InputParser(solver)
    text = script(data).replace("(check-sat)", "")
    reader.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "statement")
    symbols = reader.getSymbolManager()
    while not (command := reader.nextCommand()).isNull():
        command.invoke(solver, symbols)
    result = solver.checkSat()
    return "proved" if result.isUnsat() else "refuted" if result.isSat() else "undecided"
