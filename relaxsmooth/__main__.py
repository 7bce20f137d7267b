"""The program `relaxsmooth` (also `python -m relaxsmooth`)."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends with status 130 even while modules are loading."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # no ∇ there
    sys.set_int_max_str_digits(0)  # typed numbers are limited where they are read
    try:
        from relaxsmooth.cli import main as program

        program(prog_name="relaxsmooth")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
