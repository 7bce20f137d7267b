"""Layer 3: the function class, decided exactly in one variable."""

from relaxsmooth.smoothness.algebraic import Algebraic
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.membership import Certificate, lemma2, membership, recheck
from relaxsmooth.smoothness.minimal import MinimalL0, minimal_L0
from relaxsmooth.smoothness.pieces import Pieces, pieces

__all__ = [
    "Algebraic",
    "Certificate",
    "MinimalL0",
    "NotDecidable",
    "Pieces",
    "lemma2",
    "membership",
    "minimal_L0",
    "pieces",
    "recheck",
]
