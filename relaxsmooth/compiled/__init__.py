"""Layer 5: formulas as machine code, in floats and in rigorous pairs.

    iterate    x <- T(x) in plain doubles while ‖∇f(x)‖ > eps        (plots, guesses)
    enclose    [lo, hi] <- T([lo, hi]) in certified doubles           (proofs)
    values     x -> formulas in plain doubles                         (searches)
    pair       x -> (v, e) with |v - f(x)| <= e                       (tests of the rules)

The code is written as LLVM instructions directly: no Python text is generated or executed,
no value-changing optimisation is allowed (no fast-math, no contraction to fused operations).
"""

from relaxsmooth.compiled.emit import NotCompiled
from relaxsmooth.compiled.loops import enclose, iterate, pair, values

__all__ = ["NotCompiled", "enclose", "iterate", "pair", "values"]
