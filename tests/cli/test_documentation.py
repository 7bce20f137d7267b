"""docs/cli.md shows what the program prints.

After a change of wording: python tests/cli/test_documentation.py, then read the difference.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from relaxsmooth.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def block(commands: list[str]) -> str:
    """The commands, each followed by what it prints."""
    return "\n".join(f"$ {command}\n{printed(command)}" for command in commands)


def printed(command: str) -> str:
    words = shlex.split(command)[1:]
    return CliRunner().invoke(main, words, prog_name="relaxsmooth").stdout


def commands(text: str) -> list[str]:
    return [line[2:] for line in text.splitlines() if line.startswith("$ ")]


LONG = ("attack closed-under-sums", "verify --theorem zhang2020-theorem4")


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(b, marks=pytest.mark.slow if any(c in b for c in LONG) else ())
        for b in BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    ],
)
def test_the_page_shows_what_is_printed(shown):
    assert shown == block(commands(shown))


def rewrite() -> None:
    def fresh(match: re.Match[str]) -> str:
        return f"```console\n{block(commands(match.group(1)))}```"

    PAGE.write_text(BLOCK.sub(fresh, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
