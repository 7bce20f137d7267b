"""QEPCAD's opinion, where the program is installed: cylindrical decomposition of few variables."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from proofs_check.backends import Opinion, renamed
from proofs_check.export.smtlib import polynomial

MOST_VARIABLES, SECONDS = 4, 10
ANSWERS = {"TRUE": Opinion.proved("TRUE"), "FALSE": Opinion.refuted("FALSE")}


def decide(data: Mapping[str, Any], hint: Mapping[str, Any] | None = None) -> Opinion:
    """The quantifier-free formula equivalent to the statement is TRUE or FALSE."""
    if not polynomial(data):
        return Opinion.undecided("exponentials")
    if not 1 <= len(data["variables"]) <= MOST_VARIABLES:
        return Opinion.undecided(f"more than {MOST_VARIABLES} variables")
    said = asked(script(renamed(data)))
    if said is None:
        return Opinion.undecided(f"no answer in {SECONDS} s")
    found = re.search(r"An equivalent quantifier-free formula:\s*(\S+)\s", said)
    return ANSWERS.get(found[1] if found else "", Opinion.undecided("no answer"))


def asked(text: str) -> str | None:
    """What the program prints; None if it takes too long."""
    try:
        return subprocess.run(
            ["qepcad"], input=text, capture_output=True, text=True, timeout=SECONDS, check=False
        ).stdout
    except subprocess.TimeoutExpired:
        return None


@cache
def version() -> str:
    found = re.search(r"Version B? ?([\w.]+)", asked("") or "")
    return found[1] if found else "unknown"


def script(data: Mapping[str, Any]) -> str:
    """The session; its variables are x0, x1, ..., its coefficients integers."""
    names = data["variables"]
    given = " /\\ ".join(relation(r, names) for r in data["hypotheses"]) or "0 = 0"
    quantifiers = "".join(f"(A {x})" for x in names)
    goal = relation(data["goal"], names)
    return (
        f"[ a statement ]\n({','.join(names)})\n0\n"
        f"{quantifiers}[ [{given}] ==> [{goal}] ].\nfinish\n"
    )


def relation(given: Sequence[Any], names: Sequence[str]) -> str:
    sign, terms = given
    scale = 1
    for c, _ in terms:
        scale *= Fraction(c).denominator
    text = " + ".join(term(int(Fraction(c) * scale), a, names) for c, a in terms)
    return f"{text or '0'} {sign} 0"


def term(c: int, powers: Sequence[int], names: Sequence[str]) -> str:
    """A product: QEPCAD writes it as a blank."""
    factors = [x if a == 1 else f"{x}^{a}" for x, a in zip(names, powers, strict=True) if a]
    return " ".join([f"({c})" if c < 0 else str(c), *factors])
