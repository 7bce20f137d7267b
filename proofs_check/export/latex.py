"""LaTeX for an appendix: the table of claims and their statements, from the kernel's data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from proofs_check.evidence import shown_point
from proofs_check.export.readable import Style, reading
from proofs_check.kernel import statement_hash
from proofs_check.ledger import Judged, Ledger, impossible
from proofs_check.store import load
from relaxsmooth.symbols import LETTERS

SIGNS = {">=": r"\ge", ">": ">", "=": "="}
ESCAPES = {c: rf"\{c}" for c in "_%&#${}"} | {"\\": r"\textbackslash{}", "~": r"$\sim$"}
ESCAPES |= {"^": r"\^{}", "<": "$<$", ">": "$>$", "|": "$|$", "*": r"$\cdot$", "‖": r"$\|$"}
ESCAPES |= {"∇": r"$\nabla$", "²": "$^2$", "³": "$^3$", "⁴": "$^4$", "ℓ": r"$\ell$", "−": "$-$"}


HEAD = r"""% For an appendix: \input this file after \usepackage{longtable,amsmath}; by itself it is
%   \documentclass{article}\usepackage{longtable,amsmath}\begin{document}\input{FILE}\end{document}
\providecommand{\proofstep}[2]{\par{\advance\leftskip by #1em\relax #2\par}}
\begingroup\raggedright\footnotesize"""
TABLE = r"""\begin{longtable}{@{}p{0.29\linewidth}p{0.34\linewidth}lr@{}}
claim & where & status & statements \\ \hline \endhead"""


def document(ledger: Ledger) -> str:
    """A longtable of the claims, then each claim's statements with their proofs written out."""
    entries, lines = load(), [HEAD, TABLE]
    for key, r in ledger.results.items():
        name = rf"\texttt{{{breakable(key)}}}"
        where = rf"{{\raggedright {plain(r.claim.anchor)}\par}}"
        lines.append(rf"{name} & {where} & {r.status} & {len(r.parts)} \\")
    lines.append(r"\end{longtable}")
    for key, r in ledger.results.items():
        lines += [rf"\subsubsection*{{\texttt{{{plain(key)}}}: {plain(r.claim.title)}}}"]
        lines += [r"\begin{itemize}"]
        for part in r.parts:
            lines += item(part, entries.get(statement_hash(part.reduced.data), {}))
        lines += [rf"\item on paper: {plain(step.text)}" for step in r.claim.paper_steps]
        lines += [r"\item nothing to state"] * (not r.parts and not r.claim.paper_steps)
        lines += [r"\end{itemize}"]
    return "\n".join([*lines, r"\endgroup"])


def item(part: Judged, entry: Mapping[str, Any]) -> list[str]:
    """The statement, and its proof or its counterexample."""
    empty, certificate = entry.get("empty"), entry.get("certificate")
    data = part.reduced.data if empty is None else impossible(part.reduced.data, empty)
    lines = [rf"\item {plain(part.reduced.name)}: ${statement(part.reduced.data)}$"]
    if part.counterexample is not None:
        at = shown_point(part.reduced.data, part.counterexample)
        return [*lines, proofstep(0, f"Refuted at {plain(at)}.")]
    if not certificate or "kernel" not in part.backends:
        return [*lines, proofstep(0, f"{part.status}: no certificate.")]
    if empty is not None:
        lines.append(proofstep(0, f"The case cannot occur: ${statement(data)}$"))
    names = [name_of(x) for x in data["variables"]]
    return lines + [proofstep(*line) for line in reading(data, certificate, LATEX, names)]


def proofstep(depth: int, text: str) -> str:
    return rf"\proofstep{{{depth}}}{{{text}}}"


def plain(text: str) -> str:
    return "".join(ESCAPES.get(c, c) for c in text)


def breakable(key: str) -> str:
    return plain(key).replace("-", r"-\allowbreak{}")


def name_of(x: str) -> str:
    return LETTERS[x].latex if x in LETTERS else plain_name(x)


def statement(data: Mapping[str, Any]) -> str:
    names = [name_of(x) for x in data["variables"]]
    *given, goal = [
        f"{function(terms, names)} {SIGNS[sign]} 0"
        for sign, terms in (*data["hypotheses"], data["goal"])
    ]
    return (r",\;\allowbreak ".join(given) + r" \implies " if given else "") + goal


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
    linear = [[b, p] for b, p in zip(rates, powers, strict=True) if b != "0"]
    return re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"\1/\2", function(linear, names))


LATEX = Style(
    function=function,
    power=lambda base, a: base if a == 1 else f"{base}^{{{a}}}",
    math=lambda text: f"${text}$",
    times=r"\,\allowbreak ",
)
