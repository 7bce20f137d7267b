"""Layer 6: what is asked, and the formulas of the class on the line in the gradient norm g.

    u(g) = log(1 + L1 g/L0)/L1,   P(t) = (L0/L1^2)(e^{L1|t|} - L1|t| - 1),   P(u(g)) = psi(g)

(g/L0 and L0 t^2/2 when L1 = 0): f is in the class iff f' = s(u) with |u'| <= 1, and P' = s.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from relaxsmooth.arithmetic import ball
from relaxsmooth.domain import restrictions
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import (
    Formula,
    FormulaError,
    absolute,
    exp,
    formula,
    log,
    symbol,
    topological,
)
from relaxsmooth.rounding import lower_end, upper_end
from relaxsmooth.update import UpdateRule

BITS = 192
MOST_BOXES = 2_000
NO_STEP = "the step is not shown to have a value at every gradient norm up to psi^-1(Delta)"
G, E = symbol("g"), symbol("e")


def exact(name: str, value: Any) -> Fraction:
    """A rational, never a float; FormulaError names it."""
    found = formula(value).value
    if found is None:
        raise FormulaError(f"{name} = {value} is not rational; give a fraction such as 1/3")
    return found


def constants(L0: Any, L1: Any, Delta: Any) -> tuple[Fraction, Fraction, Fraction]:
    return exact("L0", L0), exact("L1", L1), exact("Delta", Delta)


@dataclass(frozen=True)
class Question:
    """All f in the class with f(x_0) - f* <= Delta; N = steps; rule: one step-size formula in g."""

    rule: UpdateRule
    L0: Fraction
    L1: Fraction
    Delta: Fraction
    convex: bool = False
    smallest: Fraction | None = None  # gradient norm that is asked about

    def __post_init__(self) -> None:
        for name in ("L0", "Delta"):
            if getattr(self, name) <= 0:
                raise FormulaError(
                    f"{name} = {getattr(self, name)} must be positive; give a positive number"
                )
        if self.L1 < 0:
            raise FormulaError(f"L1 = {self.L1} must not be negative; 0 is the smooth class")
        plain = type(self.rule) is UpdateRule and self.rule.bound_size.symbols <= {"g"}
        if not plain:
            raise FormulaError(
                f"rule {self.rule.key} is not one step-size formula in g; "
                "worst cases are known for rules such as gd, clipped, normalized, relaxed"
            )
        if any(node.op == "piecewise" for node in topological((self.rule.bound_size,))):
            raise FormulaError(  # proofs by derivatives do not see a jump
                f"the step size of rule {self.rule.key} is piecewise, so it may jump; "
                "write it with min, max or | |"
            )

    @property
    def length(self) -> Formula:
        """The length of a step from a point of gradient norm g: size(g) g."""
        return self.rule.length

    @cached_property
    def level(self) -> Formula:
        """u(g)."""
        return log(1 + self.L1 / self.L0 * G) / self.L1 if self.L1 else G / self.L0

    @cached_property
    def psi(self) -> Formula:
        """P(u(g)) = psi(g): the least possible f(x) - f* at a point of gradient norm g."""
        if not self.L1:
            return G**2 / (2 * self.L0)
        return G / self.L1 - self.L0 / self.L1**2 * log(1 + self.L1 / self.L0 * G)

    def potential(self, t: Formula) -> Formula:
        """P(t), even in t."""
        if not self.L1:
            return self.L0 / 2 * t**2
        size = self.L1 * absolute(t)
        return self.L0 / self.L1**2 * (exp(size) - size - 1)

    @cached_property
    def cap(self) -> Fraction:
        """A rational at or above psi^-1(Delta), which no gradient norm with f <= f(x_0) exceeds."""
        high = self.L1 * self.Delta + Fraction(1)
        while not self.at(self.psi - self.Delta, high) >= 0:
            high *= 2
        return self.root(self.psi - self.Delta, Fraction(0), high)[1]

    @property
    def Delta_ball(self) -> Any:
        return ball(self.bits).number(self.Delta)

    @cached_property
    def bits(self) -> int:
        """Of every ball: where L1 g << L0, psi(g) loses log2((L0/(L1 g))^2) of them."""
        if not self.L1:
            return BITS
        lost = self.L0 / (self.L1**2 * self.Delta)
        if self.smallest is not None:
            lost = max(lost, (self.L0 / (self.L1 * self.smallest)) ** 2)
        return BITS + int(lost).bit_length()

    def at(self, formula: Formula, g: Any, e: Any = None, bits: int | None = None) -> Any:
        """The ball of a formula in g (and e) at rationals or balls."""
        values = {"g": g} if e is None else {"g": g, "e": e}
        return evaluate(formula, values, ball(self.bits if bits is None else bits))

    def has_steps(self, low: Fraction) -> bool:
        """Certain: the step has a value for every g from low to psi^-1(Delta); else a member may
        come to a point from which the rule does not go on."""
        work, seen = [(low, max(self.cap, low))], 0
        while work:
            a, b = work.pop()
            seen += 1
            if self.has_step(a, b):
                continue
            if b - a < low / 10**12 or seen > MOST_BOXES:
                return False
            middle = (a + b) / 2 if b < 4 * a else 2 * a
            work += [(middle, b), (a, middle)]
        return True

    def has_step(self, low: Fraction, high: Fraction) -> bool:
        """Certain: the step has a value for every g in [low, high]."""
        g = self.at(G, low).union(self.at(G, high))
        inside = all(self.at(u, g) >= 0 for u in restrictions(self.length))
        return inside and bool(self.at(self.length, g).is_finite())

    def exact_length(self, g: Fraction) -> Fraction | None:
        """The length of a step as a rational, where it is one (not at a pole)."""
        from relaxsmooth.arithmetic import EXACT, NotExact

        try:
            found: Fraction = evaluate(self.length, {"g": g}, EXACT)
        except (NotExact, ZeroDivisionError):
            return None
        return found

    def root(
        self, formula: Formula, low: Fraction, high: Fraction, digits: int = 20
    ) -> tuple[Fraction, Fraction]:
        """a < b with formula <= 0 at a and >= 0 at b, certified, b - a <= 10^-digits b, where it
        is <= 0 at low and >= 0 at high; short rationals."""
        while high - low > high / 10**digits:
            middle = _between(low, high)
            value = self.at(formula, middle)
            if value <= 0:
                low = middle
            elif value >= 0:
                high = middle
            else:  # the root itself, to 192 bits
                return _widened(self, formula, middle, digits)
        return low, high


def _between(low: Fraction, high: Fraction) -> Fraction:
    """A short rational in the middle part of (low, high)."""
    width = high - low
    unit = Fraction(2) ** ((width.numerator.bit_length() - width.denominator.bit_length()) - 3)
    return round((low + high) / 2 / unit) * unit


def _widened(
    question: Question, formula: Formula, at: Fraction, digits: int
) -> tuple[Fraction, Fraction]:
    for k in range(digits, 2, -1):
        step = at / 10**k
        low, high = question.at(formula, at - step), question.at(formula, at + step)
        if low <= 0 and high >= 0:
            return at - step, at + step
    raise FormulaError("the equation of the worst case is too flat to be solved; report this")


def ends(x: Any) -> tuple[Fraction, Fraction]:
    return lower_end(x), upper_end(x)
