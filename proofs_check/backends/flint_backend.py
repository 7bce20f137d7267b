"""python-flint's opinion: balls, exact factors and its own reading of the certificate.

one variable       decided without the certificate, both ways (flint_line)
more variables     the certificate is read again (flint_proof); where that shows nothing, bounded
                   boxes are halved in balls and points tried, each hit confirmed exactly
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import fmpq

from proofs_check.backends import Opinion, flint_boxes, flint_line, flint_proof
from proofs_check.backends.flint_numbers import Statement, Undecided, number, refutes, statement


def decide(data: Mapping[str, Any], hint: Mapping[str, Any] | None = None) -> Opinion:
    """An opinion on the statement; hint: what is committed for it, which is not believed."""
    asked, known = statement(data), hint or {}
    if asked.n == 1:
        try:
            holds, point = flint_line.decide(asked)
            return Opinion.proved("cells of the line") if holds else refuted(point)
        except Undecided:
            pass
    if reads(asked, known.get("certificate")):
        return Opinion.proved("certificate")
    return searched(asked, known.get("counterexample"))


def reads(asked: Statement, certificate: Any) -> bool:
    """Whether the certificate proves the statement; a malformed one fails somewhere."""
    try:
        return certificate is not None and flint_proof.proved(asked, certificate)
    except Exception:  # the certificate is data from a file, and any failure means: not a proof
        return False


def searched(asked: Statement, claimed: Any) -> Opinion:
    try:
        known = tuple(number(x) for x in claimed or ())
        if claimed is not None and refutes(asked, known):
            return refuted(*known)
        found = flint_boxes.covered(asked) if asked.n > 1 else False
        if found is True:
            return Opinion.proved("boxes")
        point = found or flint_boxes.counterexample(asked)
        return refuted(*point) if point else Opinion.undecided("neither proof nor point")
    except Undecided as reason:
        return Opinion.undecided(str(reason))


def refuted(*point: fmpq | None) -> Opinion:
    """At a rational point, or at an irrational zero that has none (point None)."""
    if None in point:
        return Opinion.refuted("at an irrational zero")
    return Opinion.refuted("exact point", [str(x) for x in point])
