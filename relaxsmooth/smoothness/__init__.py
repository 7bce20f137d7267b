"""Layer 3: the function class, decided exactly in one variable; in several, on demand."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from relaxsmooth.smoothness.algebraic import Algebraic
from relaxsmooth.smoothness.classes import (
    FunctionClass,
    GeneralizedSmooth,
    RelaxedSmooth,
    Smooth,
    Variant,
)
from relaxsmooth.smoothness.frontier import Frontier, frontier
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.landscape import Landscape, landscape
from relaxsmooth.smoothness.membership import Certificate, lemma2, membership, recheck
from relaxsmooth.smoothness.minimal import MinimalL0, minimal_L0
from relaxsmooth.smoothness.pieces import Pieces, pieces
from relaxsmooth.smoothness.quantity import Quantity

if TYPE_CHECKING:
    from relaxsmooth.smoothness.several_variables import membership_nd, no_class

__all__ = [
    "Algebraic",
    "Certificate",
    "Frontier",
    "FunctionClass",
    "GeneralizedSmooth",
    "Landscape",
    "MinimalL0",
    "NotDecidable",
    "Pieces",
    "Quantity",
    "RelaxedSmooth",
    "Smooth",
    "Variant",
    "frontier",
    "landscape",
    "lemma2",
    "membership",
    "membership_nd",
    "minimal_L0",
    "no_class",
    "pieces",
    "recheck",
]


def __getattr__(name: str) -> Any:
    """What is decided in several variables, imported when it is first asked for."""
    if name in ("membership_nd", "no_class"):
        return getattr(import_module("relaxsmooth.smoothness.several_variables"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
