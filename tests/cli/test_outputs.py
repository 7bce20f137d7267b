"""Files are checked before the work starts and replaced in one step at its end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relaxsmooth.cli.errors import Refused
from relaxsmooth.cli.outputs import outputs, replace_file

SQUARE = ("--function", "x^2", "--x0", "1")
COUNT = ("count", "--rule", "gd", *SQUARE, "--epsilon", "1/10", "--h", "1/4")


def test_a_file_that_cannot_be_written_is_found_before_the_work(run, monkeypatch):
    monkeypatch.setattr("relaxsmooth.counting.count", lambda *a, **k: pytest.fail("worked"))
    assert run(*COUNT, "--json", "no/x.json").exit_code == 2


def test_an_existing_file_is_replaced(run):
    Path("x.json").write_text("old")
    assert run(*COUNT, "--json", "x.json").exit_code == 0
    assert '"schema": "relaxsmooth/1"' in Path("x.json").read_text()
    assert [p.name for p in Path().iterdir()] == ["x.json"]


def test_an_existing_file_is_kept_when_the_work_fails(run, monkeypatch):
    Path("x.json").write_text("old")

    def fail(*words, **options):
        raise RuntimeError("planted")

    monkeypatch.setattr("relaxsmooth.counting.count", fail)
    result = run(*COUNT, "--json", "x.json")
    assert result.exit_code == 4  # never 1, which means refuted
    assert "planted" in result.stderr and "please report it" in result.stderr
    assert Path("x.json").read_text() == "old"


def test_a_half_written_file_never_appears(tmp_path, monkeypatch):
    target = tmp_path / "x.json"
    target.write_text("old")

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Refused, match="No space left"):
        replace_file(target, b"new")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_a_link_keeps_pointing_to_the_file(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_the_mode_of_a_replaced_file_is_kept(tmp_path):
    (tmp_path / "x").write_text("old")
    (tmp_path / "x").chmod(0o640)
    replace_file(tmp_path / "x", b"new")
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to_and_not_replaced(run):
    assert run(*COUNT, "--json", os.devnull).exit_code == 0
    assert not Path(os.devnull).is_file()


def test_standard_output_holds_only_the_format_asked_for(run):
    text = run(*COUNT, "--json", "-").stdout
    assert text.startswith("{") and text.endswith("}\n")
    assert run(*COUNT, "--trace", "-").stdout.startswith("k,x,gradient_norm\n")


def test_two_names_of_one_file_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match="two files"):
        outputs(json="a", csv=str(tmp_path / "a"))
