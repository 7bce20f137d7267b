"""Layer 5: a theorem is a record: hypotheses, prescribed parameters, and one bound formula.

Nothing here computes; `verify` reads these records against problems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from relaxsmooth.formula import Formula, FormulaError
from relaxsmooth.source import Known, Source
from relaxsmooth.symbols import LETTERS
from relaxsmooth.updates import rules


class Kind(Enum):
    """What a bound says of the measured quantity."""

    UPPER = "at most"
    LOWER = "at least, for every parameter of the method some function of the class"


class Measure(Enum):
    """What is bounded.  Measures differ in kind and are never compared silently: `implies`."""

    MIN_GRAD = "min over k < N of ‖∇f(x_k)‖"
    AVG_GRAD = "average over k < N of ‖∇f(x_k)‖"
    AVG_GRAD_SQ = "average over k < N of ‖∇f(x_k)‖^2"
    BEST_GAP = "min over k < N of f(x_k) - f*"
    LAST_GAP = "f(x_N) - f*"
    AVG_ITERATE_GAP = "f(average of x_0, ..., x_{N-1}) - f*"

    def implies(self, other: Measure) -> bool:
        """Whether a bound on this one is, for every method, one on the other (squared or not).

        min <= average and (average of g)^2 <= average of g^2; never the other way.
        """
        return other is self or other in _WEAKER.get(self, ())

    @property
    def is_gap(self) -> bool:
        """Whether it is a gap, with target eps_f, and no gradient norm."""
        return self in (Measure.BEST_GAP, Measure.LAST_GAP, Measure.AVG_ITERATE_GAP)

    @property
    def unit(self) -> tuple[int, int]:
        """(power of f, power of length), as for letters."""
        return (1, 0) if self.is_gap else (2, -2) if self is Measure.AVG_GRAD_SQ else (1, -1)


_WEAKER = {
    Measure.AVG_GRAD: (Measure.MIN_GRAD,),
    Measure.AVG_GRAD_SQ: (Measure.AVG_GRAD, Measure.MIN_GRAD),
}


class Assumption(Enum):
    """Hypotheses on the function, decided for each problem."""

    BOUNDED_BELOW = "f >= f* > -infinity"
    HESSIAN_CLASS = "f is C^2 and ‖∇²f‖ <= L0 + L1‖∇f‖"
    LOCAL_LIPSCHITZ = "‖∇f(x) - ∇f(y)‖ <= (L0 + L1‖∇f(x)‖)‖x - y‖ for ‖x - y‖ <= 1/L1"
    GRADIENT_BOUND = "sup of ‖∇f‖ on {f <= f(x0)} is at most M"
    CONVEX = "f is convex"
    MINIMISER = "f has a minimiser within R of x0"
    SMOOTH = "∇f is L-Lipschitz"
    SMOOTH_BELOW = "∇f is L-Lipschitz, on the line: where f <= f(x0)"
    ONE_DIMENSIONAL = "d = 1"
    SEVERAL_DIMENSIONS = "d >= 2"


CONVEX_CLASS = (Assumption.HESSIAN_CLASS, Assumption.CONVEX, Assumption.MINIMISER)


def _with_the_lowest(found: tuple[Assumption, ...], reads: bool) -> tuple[Assumption, ...]:
    """A declared or unknown f* must not decide a claim about f - f*, Delta or M."""
    needed = reads or bool({Assumption.GRADIENT_BOUND, Assumption.SMOOTH_BELOW} & set(found))
    if not needed or Assumption.BOUNDED_BELOW in found:
        return found
    return (Assumption.BOUNDED_BELOW, *found)


@dataclass(frozen=True)
class Condition:
    """A hypothesis on the parameters: left <= right, or left < right when strict."""

    left: Formula
    right: Formula
    strict: bool = False

    def __str__(self) -> str:
        return f"{self.left} {'<' if self.strict else '<='} {self.right}"


def _sides(conditions: tuple[Condition, ...]) -> list[Formula]:
    return [side for c in conditions for side in (c.left, c.right)]


def _letters(condition: Condition) -> frozenset[str]:
    return condition.left.symbols | condition.right.symbols


@dataclass(frozen=True)
class Theorem:
    """One statement about one measure of one update rule on one class.

    bound: formula in the letters of the paper.  Without the letter N it bounds a count: the
    measure is at most eps (eps_f for a gap) for every N >= bound; for MIN_GRAD that is
    T_eps <= bound, T_eps the first k with ‖∇f(x_k)‖ <= eps.  With N it bounds the measure itself,
    for every N >= 1.
    prescription: rule parameter -> formula (the theorem's own step sizes; of a parameter that the
    bound names, one of many, since a bound in h is claimed for every h); phase: where it is
    given, the claim holds as long as ‖∇f(x_k)‖ >= phase for every k < N; kind UPPER or LOWER;
    scaling: "" when the bound is covariant under x = c z and f -> a f, else why it is not;
    finding: the key of the recorded finding when the statement as printed fails, else "";
    descends: why f never rises on the class, where that is proved, so that a small gap stays small.
    """

    key: str
    title: str
    source: Source
    known: Known
    kind: Kind
    rule: str
    bound: Formula
    prescription: Mapping[str, Formula] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = (Assumption.BOUNDED_BELOW, Assumption.HESSIAN_CLASS)
    conditions: tuple[Condition, ...] = ()
    measure: Measure = Measure.MIN_GRAD
    scaling: str = ""
    finding: str = ""
    remark: str = ""
    phase: Formula | None = None
    descends: str = ""

    def __post_init__(self) -> None:
        formulas = [self.bound, *self.prescription.values()]
        formulas += [] if self.phase is None else [self.phase]
        formulas += _sides(self.conditions)
        unknown = set().union(*(f.symbols for f in formulas)) - set(LETTERS)
        if unknown:
            raise FormulaError(
                f"theorem {self.key}: letter {min(unknown)} is not declared; add it to symbols.py"
            )
        if self.phase is not None and self.bounds_a_count:
            raise FormulaError(
                f"theorem {self.key}: a phase restricts the N of a bound in N, and the bound "
                f"{self.bound} is a number of steps; leave the phase out"
            )

    @property
    def letters(self) -> frozenset[str]:
        """Every letter that needs a value."""
        target = {"eps_f" if self.measure.is_gap else "eps"} if self.bounds_a_count else ()
        formulas = [self.bound, *self.prescription.values(), *_sides(self.conditions)]
        formulas += [] if self.phase is None else [self.phase]
        return frozenset(target).union(*(f.symbols for f in formulas))

    @property
    def rests_on(self) -> tuple[Assumption, ...]:
        """The hypotheses on f; and what is known of f*, where the claim reads it."""
        steps = rules()[self.rule].size.symbols if self.rule in rules() else frozenset()
        reads = self.measure.is_gap or bool({"Delta", "M", "gap"} & (self.letters | steps))
        return _with_the_lowest(self.assumptions, reads)

    @property
    def bounds_a_count(self) -> bool:
        """Whether the bound is a number of steps, and not a value of the measure."""
        return "N" not in self.bound.symbols

    @property
    def is_first_hit(self) -> bool:
        """Whether it bounds T_eps."""
        return self.bounds_a_count and self.measure is Measure.MIN_GRAD

    def claim(self) -> str:
        """What is bounded by what, as one line of text."""
        relation = "<=" if self.kind is Kind.UPPER else ">="
        if self.is_first_hit:
            return f"T_eps {relation} {self.bound}"
        if self.bounds_a_count:
            target = "eps_f" if self.measure.is_gap else "eps"
            return f"{self.measure.value} <= {target} for every N >= {self.bound}"
        phase = "" if self.phase is None else f", as long as ‖∇f(x_k)‖ >= {self.phase} for k < N"
        return f"{self.measure.value} {relation} {self.bound}{phase}"

    def statement(self) -> str:
        """The theorem as one line of text."""
        steps = ", ".join(f"{name} = {value}" for name, value in self.prescription.items())
        scope = f" with {steps}" if steps else ""
        conditions = "".join(f"; {c}" for c in self.conditions)
        return f"{self.rule}{scope}: {self.claim()}{conditions}"


@dataclass(frozen=True)
class Inequality:
    """left <= right for every pair of points x, y (or every x and step) of a function of the class.

    The letters g, g_y, r, difference, rise, gap, decrease, h are measured on a problem;
    conditions restrict the pairs, as r <= c/L1.
    """

    key: str
    title: str
    source: Source
    known: Known
    left: Formula
    right: Formula
    conditions: tuple[Condition, ...] = ()
    assumptions: tuple[Assumption, ...] = (Assumption.HESSIAN_CLASS,)
    sharp: str = ""

    @property
    def rests_on(self) -> tuple[Assumption, ...]:
        """The hypotheses on f; and what is known of f*, where a side or M comes from it."""
        letters = self.left.symbols.union(self.right.symbols, *map(_letters, self.conditions))
        return _with_the_lowest(self.assumptions, bool({"gap", "Delta", "M"} & letters))

    def __str__(self) -> str:
        return f"{self.left} <= {self.right}"
