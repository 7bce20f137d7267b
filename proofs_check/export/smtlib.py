"""SMT-LIB 2: hypotheses and the negated goal, which must be unsatisfiable; polynomials only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from proofs_check.ledger import Ledger, Status

EXPECTED = {Status.REFUTED: "sat", Status.CERTIFIED: "unsat"}


def polynomial(data: Mapping[str, Any]) -> bool:
    """Whether no exponential occurs."""
    return all(len(term) == 2 for _, terms in (*data["hypotheses"], data["goal"]) for term in terms)


def script(data: Mapping[str, Any], expected: str = "") -> str:
    """The script of one statement; powers are written as products.

    expected: "unsat" for what is proved, "sat" for what is refuted.
    """
    names = data["variables"]
    status = [f"(set-info :status {expected})"] if expected else []
    lines = [*status, "(set-logic QF_NRA)", *(f"(declare-const {x} Real)" for x in names)]
    lines += [f"(assert {relation(r, names)})" for r in data["hypotheses"]]
    lines += [f"(assert (not {relation(data['goal'], names)}))", "(check-sat)", ""]
    return "\n".join(lines)


def relation(given: Sequence[Any], names: Sequence[str]) -> str:
    sign, terms = given
    return f"({sign} {nary('+', [term(c, a, names) for c, a in terms])} 0.0)"


def term(c: str, powers: Sequence[int], names: Sequence[str]) -> str:
    factors = [x for x, a in zip(names, powers, strict=True) for _ in range(a)]
    return nary("*", [rational(Fraction(c)), *factors])


def nary(op: str, parts: Sequence[str]) -> str:
    return "0.0" if not parts else parts[0] if len(parts) == 1 else f"({op} {' '.join(parts)})"


def rational(c: Fraction) -> str:
    size = f"(/ {abs(c.numerator)}.0 {c.denominator}.0)" if c.denominator > 1 else f"{abs(c)}.0"
    return f"(- {size})" if c < 0 else size


def write(ledger: Ledger, folder: Path) -> int:
    """One file per polynomial statement; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for key, result in ledger.results.items():
        for i, part in enumerate(result.parts):
            if polynomial(part.reduced.data):
                name = re.sub(r"[^A-Za-z0-9]+", "_", f"{key}_{i + 1}")
                body = script(part.reduced.data, EXPECTED.get(part.status, ""))
                text = f"; {key}: {part.reduced.name}\n{body}"
                (folder / f"{name}.smt2").write_text(text, encoding="utf-8")
                count += 1
    return count
