"""The process in which sympy answers: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

from proofs_check.backends import Opinion, sympy_line, sympy_proof
from proofs_check.backends.sympy_numbers import Statement, Undecided, number, refutes, statement

SHORT = [Fraction(x) for x in ("0", "1", "-1", "2", "1/2", "10", "1/10", "-2", "3", "1/3", "100")]
MOST_POINTS = 1500


def decide(data: Mapping[str, Any], hint: Mapping[str, Any]) -> Opinion:
    asked = statement(data)
    if asked.n == 1:
        try:
            holds, point = sympy_line.decide(asked)
            how = "isolated roots" if holds else "exact point" if point is not None else "a root"
            at = None if point is None else [str(point)]
            return Opinion.proved(how) if holds else Opinion.refuted(how, at)
        except Undecided:
            pass
    if reads(asked, hint.get("certificate")):
        return Opinion.proved("certificate")
    for found in candidates(asked, hint.get("counterexample")):
        if refutes(asked, found):
            return Opinion.refuted("exact point", [str(x) for x in found])
    return Opinion.undecided("neither proof nor point")


def reads(asked: Statement, certificate: Any) -> bool:
    """Whether the certificate proves the statement; a malformed one fails somewhere."""
    try:
        return certificate is not None and sympy_proof.proved(asked, certificate)
    except Exception:  # data from a file: any failure means that it is no proof
        return False


def candidates(asked: Statement, claimed: Any) -> Iterable[tuple[Fraction, ...]]:
    """The committed counterexample, then a grid of short rationals."""
    if claimed is not None:
        yield tuple(number(x) for x in claimed)
    size = max(2, int(MOST_POINTS ** (1 / max(1, asked.n))))
    yield from product(SHORT[:size], repeat=asked.n)


def answer(line: str) -> dict[str, Any]:
    request = json.loads(line)
    try:
        return decide(request["data"], request["hint"]).record()
    except (Undecided, ArithmeticError, LookupError, TypeError, ValueError) as error:
        return Opinion.undecided(f"{type(error).__name__}: {error!s:.200}").record()


def main() -> None:
    from sympy.external.gmpy import GROUND_TYPES

    if GROUND_TYPES == "flint":
        raise SystemExit("sympy computes with flint here; set SYMPY_GROUND_TYPES=python")
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)


if __name__ == "__main__":
    main()
