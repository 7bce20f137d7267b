"""Layer 3: branch and bound that ends in a certificate: a tree of halvings, all leaves decided.

The search is not trusted: `recheck_tree` walks the recorded tree and decides every leaf again,
at another precision, choosing nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
from flint import fmpq

from relaxsmooth.smoothness.algebraic import to_fmpq, to_fraction
from relaxsmooth.smoothness.box_charts import Box
from relaxsmooth.smoothness.box_tests import BoxTest, Sides, midpoint

LEAF = 255
SEARCH_BITS, RECHECK_BITS = 64, 96
DEEPEST = 400


@dataclass(frozen=True)
class Budget:
    """What a search may spend: boxes examined, and seconds (None: no clock)."""

    boxes: int = 20_000
    seconds: float | None = 20.0


@dataclass(frozen=True)
class Outcome:
    """tree: the halvings in preorder (an axis, or LEAF); complete when every leaf holds.

    suspect: a midpoint where the inequality looks false; hardest: the box at which the budget
    ended.
    """

    tree: bytes
    examined: int
    suspect: tuple[Fraction, ...] | None = None
    hardest: Box | None = None

    @property
    def complete(self) -> bool:
        return self.suspect is None and self.hardest is None

    @property
    def leaves(self) -> int:
        return self.tree.count(LEAF)


def as_sides(box: Box) -> Sides:
    return tuple((to_fmpq(a), to_fmpq(b)) for a, b in box)


def as_box(sides: Sides) -> Box:
    return tuple((to_fraction(a), to_fraction(b)) for a, b in sides)


def halves(sides: Sides, axis: int) -> tuple[Sides, Sides]:
    a, b = sides[axis]
    m: fmpq = (a + b) / 2
    low, high = list(sides), list(sides)
    low[axis], high[axis] = (a, m), (m, b)
    return tuple(low), tuple(high)


def search(test: BoxTest, box: Box, budget: Budget) -> Outcome:
    """Halve until the test holds on every part, a violation is seen, or the budget ends."""
    tree, examined = bytearray(), 0
    stack = [(as_sides(box), 0)]
    deadline = None if budget.seconds is None else time.monotonic() + budget.seconds
    with flint.ctx.workprec(SEARCH_BITS):
        while stack:
            sides, depth = stack.pop()
            late = deadline is not None and examined % 64 == 63 and time.monotonic() > deadline
            if examined >= budget.boxes or depth > DEEPEST or late:
                return Outcome(bytes(tree), examined, hardest=as_box(sides))
            answer = test.examine(sides)
            examined += 1
            if answer.violated:
                at = tuple(to_fraction(m) for m in midpoint(sides))
                return Outcome(bytes(tree), examined, suspect=at)
            if answer.holds:
                tree.append(LEAF)
                continue
            tree.append(answer.axis)
            low, high = halves(sides, answer.axis)
            stack += [(high, depth + 1), (low, depth + 1)]
    return Outcome(bytes(tree), examined)


def recheck_tree(
    test: BoxTest, box: Box, tree: bytes, bits: int = RECHECK_BITS
) -> tuple[int, Box | None]:
    """(leaves decided, None), or (leaves before it, the first leaf that fails).

    Raises ValueError when the tree is not a whole binary tree of halvings of the box.
    """
    stack, leaves = [as_sides(box)], 0
    with flint.ctx.workprec(bits):
        for code in tree:
            if not stack:
                raise ValueError("the tree goes on after its last leaf; the certificate is damaged")
            sides = stack.pop()
            if code != LEAF:
                if code >= len(sides):
                    raise ValueError(f"the tree halves side {code} of {len(sides)}; it is damaged")
                low, high = halves(sides, code)
                stack += [high, low]
            elif not test.examine(sides).holds:
                return leaves, as_box(sides)
            else:
                leaves += 1
    if stack:
        raise ValueError("the tree ends before its last leaf; the certificate is damaged")
    return leaves, None


def uncovered(trees: Sequence[Outcome]) -> bool:
    return any(not tree.complete for tree in trees)
