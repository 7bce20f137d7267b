"""Layer 3: branch and bound that ends in a certificate: a tree of halvings, all leaves decided.

The search is not trusted: `recheck_tree` walks the recorded tree and decides every leaf again,
at another precision, choosing nothing.
"""

from __future__ import annotations

import time
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
    """What a search may spend: boxes examined, and processor seconds (None: no clock)."""

    boxes: int = 60_000
    seconds: float | None = 20.0

    def clock(self) -> Clock:
        """Start spending."""
        return Clock(
            self.boxes, None if self.seconds is None else time.process_time() + self.seconds
        )


@dataclass
class Clock:
    """What is left: boxes, and the moment at which time is up."""

    boxes: int
    deadline: float | None

    def part(self, share: Fraction) -> Clock:
        """A clock on this share of what is left; what it spends is not taken off here."""
        now = time.process_time()
        left = None if self.deadline is None else now + float(share) * (self.deadline - now)
        return Clock(int(self.boxes * share), left)

    @property
    def spent(self) -> bool:
        late = self.deadline is not None and time.process_time() > self.deadline
        return self.boxes <= 0 or late


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


def search(test: BoxTest, box: Box, clock: Clock, most: int | None = None) -> Outcome:
    """Halve until the test holds on every part, a violation is seen, or the budget ends.

    most: boxes that this search may examine, of those that the clock has left.
    """
    tree, examined = bytearray(), 0
    stack = [(as_sides(box), 0)]
    with flint.ctx.workprec(SEARCH_BITS):
        while stack:
            sides, depth = stack.pop()
            if clock.spent or depth > DEEPEST or examined == most:
                return Outcome(bytes(tree), examined, hardest=as_box(sides))
            answer = test.examine(sides)
            examined += 1
            clock.boxes -= 1
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
