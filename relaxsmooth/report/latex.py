r"""The table of an appendix: booktabs, with the formula of every theorem that occurs.

Needs \usepackage{booktabs,longtable,amsmath}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from relaxsmooth.formula import Formula
from relaxsmooth.report.rows import counted, verdict
from relaxsmooth.report.values import shown
from relaxsmooth.theorem import Inequality, Kind, Measure, Theorem

if TYPE_CHECKING:
    from relaxsmooth.row import Row

Statement = Theorem | Inequality
Writer = Callable[[Formula], str]

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}", "_": r"\_", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&",
    "*": r"{*}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "∇": r"$\nabla$", "‖": r"$\|$", "²": r"$^2$", "≤": r"$\le$", "é": r"\'e",
}  # fmt: skip


def to_latex(rows: Sequence[Row], statements: Mapping[str, Statement], writer: Writer) -> str:
    """The verdicts, and below them each statement with its source."""
    keys = dict.fromkeys(row.theorem for row in rows)
    used = [statements[key] for key in keys if key in statements]
    return "\n".join([
        r"% needs \usepackage{booktabs,longtable,amsmath}",
        *_longtable("llrrrl", _HEADINGS, (_cells(row) for row in rows)),
        *(line for statement in used for line in _statement(statement, writer)),
        "",
    ])  # fmt: skip


_HEADINGS = ("Theorem", "Problem", r"$T_\varepsilon$", "Bound", "Ratio", "Verdict")


def _longtable(
    columns: str, headings: Iterable[str], lines: Iterable[Sequence[str]]
) -> Iterable[str]:
    yield rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}"
    yield rf"\toprule {' & '.join(headings)} \\ \midrule \endhead"
    yield r"\bottomrule \endfoot"
    for line in lines:
        yield f"{' & '.join(line)} \\\\"
    yield r"\end{longtable}"


def _cells(row: Row) -> tuple[str, ...]:
    relation = {"<=": r"\leq ", ">=": r"\geq "}[row.relation] if row.bound is not None else ""
    bound = "--" if row.bound is None else f"${relation}{number(shown(row.bound))}$"
    ratio = "--" if row.ratio is None else f"${number(f'{row.ratio:.3g}')}$"
    return code(row.theorem), code(row.problem), _count(row), bound, ratio, _small(verdict(row))


def _count(row: Row) -> str:
    text = counted(row)
    return "--" if text == "-" else f"${number(text)}$"


def _statement(statement: Statement, writer: Writer) -> Iterable[str]:
    """A paragraph with the formula displayed: in a table cell a long one cannot be broken."""
    if isinstance(statement, Inequality):
        formula = rf"{writer(statement.left)} \leq {writer(statement.right)}"
    else:
        relation = r"\leq" if statement.kind is Kind.UPPER else r"\geq"
        formula = _bounded(statement, relation, writer)
    yield f"\n{code(statement.key)}: {escape(statement.title)} ({escape(str(statement.source))})"
    yield rf"\[ {formula} \]"


def _bounded(theorem: Theorem, relation: str, writer: Callable[[Formula], str]) -> str:
    """T_eps <= bound; measure <= eps for N >= bound; or measure <= bound in N."""
    bound = writer(theorem.bound)
    if theorem.is_first_hit:
        return rf"T_\varepsilon {relation} {bound}"
    if theorem.bounds_a_count:
        target = r"\varepsilon_f" if theorem.measure.is_gap else r"\varepsilon"
        return (
            rf"{_MEASURES[theorem.measure]} \leq {target} \quad\text{{for every }} N \geq {bound}"
        )
    phase = ""
    if theorem.phase is not None:
        phase = rf" \quad\text{{while }} \|\nabla f(x_k)\| \geq {writer(theorem.phase)}"
    return rf"{_MEASURES[theorem.measure]} {relation} {bound}{phase}"


_MEASURES = {
    Measure.MIN_GRAD: r"\min_{k<N} \|\nabla f(x_k)\|",
    Measure.AVG_GRAD: r"\tfrac1N \sum_{k<N} \|\nabla f(x_k)\|",
    Measure.AVG_GRAD_SQ: r"\tfrac1N \sum_{k<N} \|\nabla f(x_k)\|^2",
    Measure.BEST_GAP: r"\min_{k<N} f(x_k) - f^*",
    Measure.LAST_GAP: r"f(x_N) - f^*",
    Measure.AVG_ITERATE_GAP: r"f\left(\tfrac1N \sum_{k<N} x_k\right) - f^*",
}


def number(text: str) -> str:
    r"""1.5e10 as 1.5 \cdot 10^{10}; infinity as \infty."""
    if text == "infinity":
        return r"\infty"
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e and "[" not in text else text


def code(text: str) -> str:
    return rf"\texttt{{{escape(text)}}}"


def escape(text: str) -> str:
    """The text with the characters that LaTeX gives a meaning made harmless."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def _small(text: str) -> str:
    return rf"\textsc{{{escape(text.lower())}}}"
