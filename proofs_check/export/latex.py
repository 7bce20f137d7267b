"""LaTeX for an appendix: the table of claims and their statements, from the kernel's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from proofs_check.ledger import Ledger
from relaxsmooth.symbols import LETTERS

SIGNS = {">=": r"\ge", ">": ">", "=": "="}
ESCAPES = {"^": r"\^{}", "_": r"\_", "%": r"\%", "&": r"\&", "<": "$<$", ">": "$>$", "‖": r"$\|$"}
ESCAPES |= {"∇": r"$\nabla$", "²": r"$^2$", "~": r"$\sim$"}


def document(ledger: Ledger) -> str:
    """A longtable of the claims, then one description list of statements per claim."""
    rows = [
        rf"\texttt{{{plain(key)}}} & {plain(r.claim.anchor)} & {r.status} & {len(r.parts)} \\"
        for key, r in ledger.results.items()
    ]
    head = r"\begin{longtable}{llll} claim & where & status & statements \\ \hline"
    lines = [head, *rows, r"\end{longtable}"]
    for key, r in ledger.results.items():
        lines += [rf"\paragraph{{{plain(key)}}} {plain(r.claim.title)}", r"\begin{itemize}"]
        lines += [rf"\item {plain(p.reduced.name)}: ${statement(p.reduced.data)}$" for p in r.parts]
        lines += [rf"\item on paper: {plain(step.text)}" for step in r.claim.paper_steps]
        lines += [r"\item nothing to state" * (not r.parts and not r.claim.paper_steps)]
        lines += [r"\end{itemize}"]
    return "\n".join(line for line in lines if line)


def plain(text: str) -> str:
    return "".join(ESCAPES.get(c, c) for c in text)


def statement(data: Mapping[str, Any]) -> str:
    names = [LETTERS[x].latex if x in LETTERS else plain_name(x) for x in data["variables"]]
    *given, goal = [
        f"{function(terms, names)} {SIGNS[sign]} 0"
        for sign, terms in (*data["hypotheses"], data["goal"])
    ]
    return (r",\; ".join(given) + r" \implies " if given else "") + goal


def plain_name(x: str) -> str:
    return rf"\{x}" if x in ("kappa", "delta") else x if len(x) == 1 else rf"\mathit{{{x}}}"


def function(terms: Sequence[Any], names: Sequence[str]) -> str:
    text = " + ".join(term(*t, names=names) for t in terms) or "0"
    return text.replace("+ -", "- ")


def term(c: str, powers: Sequence[int], rates: Sequence[str] = (), *, names: Sequence[str]) -> str:
    factors = [x if a == 1 else f"{x}^{{{a}}}" for x, a in zip(names, powers, strict=True) if a]
    if rates:
        factors.append(f"e^{{{exponent(rates, names)}}}")
    sign, size = ("-", abs(Fraction(c))) if c[0] == "-" else ("", Fraction(c))
    whole, part = size.numerator, size.denominator
    number = str(whole) if part == 1 else rf"\tfrac{{{whole}}}{{{part}}}"
    return sign + " ".join(factors if size == 1 and factors else [number, *factors])


def exponent(rates: Sequence[str], names: Sequence[str]) -> str:
    n = len(names)
    powers = [[int(i == j) for j in range(n)] for i in range(n)] + [[0] * n]
    return function([[b, p] for b, p in zip(rates, powers, strict=True) if b != "0"], names)
