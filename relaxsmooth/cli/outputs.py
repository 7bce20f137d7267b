"""Where results go: checked before the work starts, replaced in one step at its end.

`-` is standard output, which then holds that format and nothing else.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from relaxsmooth.cli.errors import Refused, shorten

PICTURES = (".png", ".pdf", ".svg")


@dataclass(frozen=True)
class Outputs:
    """Option name (without --) -> where it goes; None where the option was not given."""

    places: Mapping[str, str | None]
    held: dict[str, bytes] = field(default_factory=dict)

    @property
    def to_screen(self) -> bool:
        """Whether standard output is free for the report to people."""
        return "-" not in self.places.values()

    def wants(self, name: str) -> bool:
        return self.places.get(name) is not None

    def write(self, name: str, text: Callable[[], str]) -> None:
        """Hold text() for where the option says, if it was given; `commit` writes."""
        if self.places.get(name) is not None:
            self.held[name] = text().encode("utf-8")

    def write_picture(self, name: str, draw: Callable[[Path], bytes]) -> None:
        """Hold the picture draw(path), in the format of the file's ending, if it was asked for."""
        place = self.places.get(name)
        if place is None:
            return
        try:
            self.held[name] = draw(Path(place))
        except (ArithmeticError, ValueError, IndexError):
            raise Refused(
                f"--{name}: there is nothing to draw, or it is beyond doubles; leave it out"
            ) from None

    def commit(self) -> None:
        """Write everything that is held, once all of it is made: files, then standard output."""
        for name, data in sorted(self.held.items(), key=lambda item: self.places[item[0]] == "-"):
            place = self.places[name]
            if place == "-":
                click.echo(data.decode("utf-8"), nl=False)
            elif place is not None:
                replace_file(Path(place), data)

    def announce(self, also: Sequence[str] = ()) -> None:
        """Say which files were written."""
        for name, place in self.places.items():
            if place is not None and (name in self.held or name in also):
                click.echo(f"{name} written to {place}")


def outputs(**places: str | None) -> Outputs:
    """The outputs of a command; refuses at once what cannot be written."""
    given = {name: place for name, place in places.items() if place is not None}
    streams = [name for name, place in given.items() if place == "-"]
    if len(streams) > 1:
        raise Refused(
            f"--{streams[0]} and --{streams[1]} are both '-', but standard output holds one "
            "format; give one of them a file name"
        )
    seen: dict[Path, str] = {}
    for name, place in given.items():
        if name == "plot":
            _check_ending(place)
        if place != "-":
            path = _resolved(place, f"--{name}")
            if path in seen:
                raise Refused(
                    f"--{seen[path]} and --{name} both name {shorten(place)}, and one would "
                    "replace the other; give two files"
                )
            seen[path] = name
            _check_writable(Path(place), f"--{name}")
    return Outputs(places)


def _resolved(place: str, option: str) -> Path:
    try:
        place.encode("utf-8")
        return Path(place).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise Refused(f"{option} {shorten(place)} names no file: {error}; give another") from None


def replace_file(path: Path, data: bytes) -> None:
    """The file holds `data` entirely, or what it held before: written beside it, then renamed."""
    if path.exists() and not path.is_file():  # /dev/stdout, a named pipe
        path.write_bytes(data)
        return
    target = path.resolve()
    beside = target.with_name(f".relaxsmooth.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(data)
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o777)
        beside.replace(target)
    except OSError as error:
        raise Refused(
            f"{shorten(str(path))} was not written: {error.strerror}; try again"
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _check_ending(place: str) -> None:
    if place == "-" or not place.lower().endswith(PICTURES):
        raise Refused(
            f"--plot {shorten(place)} names no picture format; give a file ending in "
            f"{', '.join(PICTURES)}"
        )


def _check_writable(path: Path, option: str) -> None:
    name = f"{option} {shorten(str(path))}"
    try:
        if path.is_dir():
            raise Refused(f"{name} is a folder, not a file; give a file name in it")
        if path.exists():
            if not os.access(path, os.W_OK):
                raise Refused(f"{name} may not be written; choose another file")
            if not path.is_file():
                return
        parent = path.resolve().parent
        if not parent.is_dir():
            raise Refused(f"{name} is in a folder that does not exist; create {parent} first")
        with tempfile.TemporaryFile(dir=parent):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(f"{name} cannot be written: {reason}; choose another file") from None
