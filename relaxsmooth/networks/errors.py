"""What goes wrong with networks, as one line: the value, the rule it broke, what to do."""

from __future__ import annotations

from relaxsmooth.formula import FormulaError


class NetworkError(FormulaError):
    """Bad input to a network problem, an optimizer, a probe or a fit."""


class TorchMissing(NetworkError, ImportError):
    """torch is not installed; the message says how to install it."""
