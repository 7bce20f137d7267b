"""Makes every generated page and figure of docs/ again: python docs/make.py"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from click.testing import CliRunner
from twist_figure import draw, draw_polygon

from relaxsmooth.attack.campaign import efforts
from relaxsmooth.attack.picture import tightness_picture
from relaxsmooth.attack.records import records
from relaxsmooth.attack.table import lines, lower_bounds
from relaxsmooth.attack.table import page as tightness_page
from relaxsmooth.audit import Finding, audit
from relaxsmooth.cli import main
from relaxsmooth.complexity import GRID, complexity, grid
from relaxsmooth.report import shown

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
GAME = {"game.png": ("1", "1/200", "2", "1/5"), "game-steep.png": ("1", "500", "2", "1/10")}
TABLE = "<!-- made by python docs/make.py: the table -->\n"
GAME_COLUMNS = (
    "L1 M/L0", "eps/M", "Delta/psi(M)", "lower", "upper", "ratio", "h/h*(M)",
    "theorem4-line-sharp", "theorem4-line", "printed",
)  # fmt: skip
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


def game_page() -> str:
    """docs/game.md with its certified table made again; the words above it are kept."""
    words = (HERE / "game.md").read_text(encoding="utf-8").partition(TABLE)[0] + TABLE
    rows = [game_row(*row) for row in zip(GRID, grid(), strict=True)]
    lines = [GAME_COLUMNS, ("---",) * len(GAME_COLUMNS), *rows]
    return words + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def game_row(point: tuple[Fraction, Fraction, int], values: dict[str, Fraction]) -> tuple[str, ...]:
    """One row: L0 = 1, M = 2, and the rest from (L1 M/L0, eps/M, Delta/psi(M))."""
    found = complexity(values)
    printed = [
        "-" if found.bounds[key] is None else f"{shown(found.bounds[key])} {found.status(key).name}"
        for key in ("theorem4-line-sharp", "theorem4-line", "zhang2020-theorem4")
    ]
    steps = (shown(found.low.steps), shown(found.high.steps))
    ends = (*steps, f"{found.ratio:.4f}", f"{found.share:.4f}")
    return (*(str(part) for part in point), *ends, *printed)


def make_figure(name: str) -> None:
    words = FIGURES.get(name) or _game_words(*GAME[name])
    done = CliRunner().invoke(main, [*words, "--plot", str(HERE / name)])
    if done.exit_code not in (0, 1):
        raise SystemExit(f"{name}: {done.output}")


def _game_words(L0: str, L1: str, M: str, eps: str) -> list[str]:
    return ["game", "--L0", L0, "--L1", L1, "--M", M, "--epsilon", eps]


def make_tightness() -> None:
    """Every record is proved again on the way."""
    made = lines(records())
    searched = efforts(json.loads((HERE / "campaign.json").read_text(encoding="utf-8")))
    text = tightness_page(made, lower_bounds(), searched)
    (HERE / "tightness.md").write_text(text, encoding="utf-8")
    (HERE / "tightness.png").write_bytes(tightness_picture(made))


if __name__ == "__main__":
    make_tightness()
    (HERE / "audit.md").write_text(page(audit()), encoding="utf-8")
    (HERE / "game.md").write_text(game_page(), encoding="utf-8")
    for figure in (*FIGURES, *GAME):
        make_figure(figure)
    draw(HERE / "twist.png")
    draw_polygon(HERE / "twist-polygon.png")
