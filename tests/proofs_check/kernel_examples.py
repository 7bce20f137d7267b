"""True statements of every kind with a certificate each, shared by the tests of the kernel."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from proofs_check.kernel import statement_hash
from proofs_check.search import certify
from proofs_check.statement import Term, contradiction, exp, statement, variables

L0, L1, G, H = variables("L0 L1 g h")
T = variables("t")[0]
X, Y = variables("x y")
S, R = variables("s r")
U = variables("u")[0]
E = exp(T * 0 + 1)
STEP = [L0 >= 0, L1 >= 0, G >= 0, H >= 0, 10 * L0 * H <= 1, 10 * L1 * G * H <= 1]
SQUARE = [X >= -2, X <= 2, Y >= -2, Y <= 2]
UNIT = [T >= 0, T <= 1]


def phi(t: Term) -> Term:
    return exp(t) - t - 1


# name: (kind of certificate, statement)
TRUE: dict[str, tuple[str, Any]] = {
    "half of the step is kept": ("handelman", statement(STEP, 1 - (5 * L0 + 4 * L1 * G) * H > 0)),
    "half of the step, not strict": (
        "handelman",
        statement(STEP, 1 - (5 * L0 + 4 * L1 * G) * H >= 0),
    ),
    "descent with a clipped step": (
        "handelman",
        statement(STEP, H * G**2 * (1 - (L0 + L1 * G) * H) >= H * G**2 / 2),
    ),
    "a sum of positives is no negative": ("handelman", contradiction(X > 0, Y > 0, X + Y < 0)),
    "a square": ("handelman", statement([], X**2 + Y**2 >= 2 * X * Y)),
    "a mean, with a factor": ("handelman", statement([X > 0, (X * Y).equals(1)], X + Y >= 2)),
    "an equality": ("handelman", statement([X.equals(Y)], (X**2).equals(Y**2))),
    "phi is at most its square": ("tree", statement(UNIT, phi(T) <= T**2)),
    "phi, the constant e - 2": ("tree", statement(UNIT, phi(T) <= (E - 2) * T**2)),
    "phi is convex at 0": ("tree", statement([], phi(T) >= 0)),
    "phi is positive": ("tree", statement([T > 0], phi(T) > 0)),
    "rho increases": ("tree", statement([T > 0], T * (exp(T) - 1) > 2 * phi(T))),
    "rho increases, without derivatives": (
        "tree",
        statement([S >= 0, R >= 0], S**2 * phi(S + R) >= (S + R) ** 2 * phi(S)),
    ),
    "gap, Koloskova": ("tree", statement([T >= 0], 2 * exp(T) * phi(T) >= (exp(T) - 1) ** 2)),
    "a positive form": ("tree", statement(SQUARE, X**2 + Y**2 - X * Y - X + 1 > 0)),
    "inside the disc": ("tree", statement([*SQUARE, X**2 + Y**2 <= 1], 2 - X - Y > 0)),
    "on the circle": ("tree", statement([*SQUARE, (X**2 + Y**2).equals(1)], 2 - X - Y > 0)),
    "x^4 is (16, 1)-smooth, by contact": (
        "tree",
        statement([T >= 0, T <= 5], 4 * T**3 - 12 * T**2 + 16 >= 0),
    ),
    "contact in two variables": (
        "tree",
        statement([X >= 0, Y >= 0], (X - Y) ** 2 * (X + Y + 1) >= 0),
    ),
    "x^4 is (16, 1)-smooth": ("cells", statement([U >= 0], 4 * U**3 - 12 * U**2 + 16 >= 0)),
    "x^4, the violation set": (
        "cells",
        contradiction(12 * U**2 - 16 - 4 * U**3 > 0, 12 * U**2 - 16 + 4 * U**3 > 0),
    ),
    "cosh is (1, 1)-smooth, u = e^x": (
        "cells",
        statement([U > 0, U**2 >= 1], 2 * U + (U**2 - 1) - (U**2 + 1) >= 0),
    ),
    "two roots": ("cells", statement([(U**2).equals(2)], (U - 1) * (U + 1) > 0)),
}


@cache
def certificate(name: str) -> dict[str, Any]:
    kind, wanted = TRUE[name]
    found = certify(wanted, kind)
    assert found is not None, f"no {kind} certificate for: {name}"
    return found


def claimed(wanted: Any, kind: str, proof: Any) -> dict[str, Any]:
    """A certificate written by hand."""
    return {"statement": statement_hash(wanted), "kind": kind, "proof": proof}


HALF = Fraction(1, 2)
