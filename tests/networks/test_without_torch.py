"""Without torch: the package imports, and each torch name says in one line how to install it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import relaxsmooth.networks as networks

ABSENT = "import sys; sys.modules['torch'] = None\n"  # import torch: ModuleNotFoundError


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_importing_the_package_does_not_import_torch():
    modules = "relaxsmooth, relaxsmooth.networks, relaxsmooth.networks.fitting"
    modules += ", relaxsmooth.networks.data"
    code = f"import sys, {modules}; assert 'torch' not in sys.modules"
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_every_torch_name_says_how_to_install_it():
    code = f"""{ABSENT}
import relaxsmooth.networks as networks
from relaxsmooth.networks.errors import TorchMissing
for name in {networks.__all__!r}:
    try:
        getattr(networks, name)
    except TorchMissing as error:
        assert "pip install 'relaxsmooth[torch]'" in str(error) and "\\n" not in str(error)
        assert isinstance(error, ImportError) and error.__cause__ is None
    else:
        raise SystemExit(name + " came without torch")
"""
    done = run(code)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_line_shows_it_as_one_line():
    code = f"""{ABSENT}
from relaxsmooth.cli.errors import explain
try:
    from relaxsmooth.networks import ClippedGD
except ImportError as error:
    raise SystemExit(explain(error))
"""
    done = run(code)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "pip install 'relaxsmooth[torch]'" in done.stderr


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Adam'"):
        _ = networks.Adam
