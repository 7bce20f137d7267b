"""Makes every generated page and figure of docs/ again: python docs/make.py"""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from relaxsmooth.audit import Finding, audit
from relaxsmooth.cli import main

HERE = Path(__file__).parent
FIGURES = {
    "compare.png": [
        "compare",
        "--function",
        "x^4",
        "--x0",
        "30",
        "--epsilon",
        "1/10",
        "--L1",
        "10",
    ],
    "frontier.png": ["certify", "x^4 - 2x^2 + x/3", "--L1", "1"],
}
HEAD = """# The audit of the 2020 paper, as it is known to us

Made by `python docs/make.py`; `relaxsmooth verify` finds all of it again, by computing.
The statements are those of Zhang, He, Sra, Jadbabaie (ICLR 2020). The tag says how we know the
printed form; where it is recalled, the finding is a theorem about the statement as recalled.
"""


def page(findings: list[Finding]) -> str:
    """The findings as Markdown, one section each."""
    sections = [HEAD]
    for f in findings:
        witness = ", ".join(f"{name} = {value}" for name, value in f.verdict.witness.items())
        sections.append(
            f"## {f.statement}\n\n**{f.verdict.status.name}** ({f.known.value}). "
            f"{f.verdict.reason}.\n\n"
            f"- Witness: {witness}\n- Repair: {f.repair}\n"
        )
    return "\n".join(sections)


def make_figure(name: str) -> None:
    done = CliRunner().invoke(main, [*FIGURES[name], "--plot", str(HERE / name)])
    if done.exit_code not in (0, 1):
        raise SystemExit(f"{name}: {done.output}")


if __name__ == "__main__":
    (HERE / "audit.md").write_text(page(audit()), encoding="utf-8")
    for figure in FIGURES:
        make_figure(figure)
