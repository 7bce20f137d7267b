"""Layer 3: the function class, decided exactly in one variable."""

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
    "minimal_L0",
    "pieces",
    "recheck",
]
