"""Layer 4: the sign of a constant formula, proved or declined."""

from __future__ import annotations

from relaxsmooth.arithmetic import ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import Formula

PRECISIONS = (64, 128, 256, 1024, 4096)


def sign(value: Formula) -> int | None:
    """-1, 0 or 1; None where balls of 4096 bits contain 0 and no rule of algebra says it is 0.

    Like terms meet when a formula is built, so sums of c e^q with rational c and q are 0 only as
    the number 0 (Lindemann and Weierstrass); e^q beside a logarithm may stay undecided.
    """
    if value.value is not None:
        return (value.value > 0) - (value.value < 0)
    for bits in PRECISIONS:
        enclosure = evaluate(value, {}, ball(bits))
        if enclosure > 0:
            return 1
        if enclosure < 0:
            return -1
    return None
