"""Layer 3: the function classes, their variants, and how constants pass from one to another.

    Smooth(L)                  ‖∇²f‖ <= L
    RelaxedSmooth(L0, L1)      ‖∇²f‖ <= L0 + L1 ‖∇f‖           (the 2020 paper, Definition 1)
    GeneralizedSmooth(ell)     ‖∇²f‖ <= ell(‖∇f‖)              (Li et al. 2023)

The variants of RelaxedSmooth are different classes at equal constants: constants pass from
one to another only by `as_variant`, which says at what price and why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from typing import Protocol

from relaxsmooth.arithmetic import ball
from relaxsmooth.domain import check_constants
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import ONE, Formula, FormulaError, exp, formula, log
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.general import bounded_by
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.membership import membership
from relaxsmooth.smoothness.minimal import in_pieces
from relaxsmooth.source import Known, Source
from relaxsmooth.verdict import Status, Verdict

Constant = Formula | Fraction | int
E_MINUS_1, LOG_2 = exp(1) - 1, log(formula(2))


class FunctionClass(Protocol):
    """A bound on the curvature by the gradient norm."""

    def curvature_limit(self, g: Constant) -> Formula: ...
    def contains(self, problem: Problem) -> Verdict: ...


class Variant(Enum):
    """Four readings of (L0, L1)-smoothness; r = ‖x - y‖."""

    HESSIAN = "C^2 and ‖∇²f(x)‖ <= L0 + L1 ‖∇f(x)‖ for every x"
    LIMIT = "limsup ‖∇f(x+d) - ∇f(x)‖/‖d‖ <= L0 + L1 ‖∇f(x)‖ as d -> 0, for every x"
    SYMMETRIC = "‖∇f(x) - ∇f(y)‖ <= (L0 + L1 sup of ‖∇f‖ on [x, y]) r for every x, y"
    LOCAL_LIPSCHITZ = "‖∇f(x) - ∇f(y)‖ <= (L0 + L1 ‖∇f(x)‖) r for r <= 1/L1"


@dataclass(frozen=True)
class Conversion:
    """(L0, L1) of `start` is (a L0, b L1) of `end`."""

    start: Variant
    end: Variant
    a: Formula
    b: Formula
    reason: str
    source: Source
    known: Known


_SAME = {"a": ONE, "b": ONE}
CONVERSIONS = (
    Conversion(Variant.HESSIAN, Variant.LIMIT, **_SAME, known=Known.RESTATED,
               reason="the limit is ‖∇²f(x)‖ for C^2 f",
               source=Source("zhang2020", "Definition 1")),
    Conversion(Variant.HESSIAN, Variant.SYMMETRIC, **_SAME, known=Known.RESTATED,
               reason="the mean of ‖∇²f‖ over the segment", source=Source("chen2023")),
    Conversion(Variant.SYMMETRIC, Variant.LIMIT, **_SAME, known=Known.DERIVED,
               reason="let y -> x; ∇f is continuous", source=Source("chen2023")),
    Conversion(Variant.LIMIT, Variant.SYMMETRIC, **_SAME, known=Known.DERIVED,
               reason="∇f is locally Lipschitz: integrate its derivative over the segment",
               source=Source("chen2023")),
    Conversion(Variant.LOCAL_LIPSCHITZ, Variant.LIMIT, **_SAME, known=Known.DERIVED,
               reason="let y -> x", source=Source("zhangb2020")),
    Conversion(Variant.HESSIAN, Variant.LOCAL_LIPSCHITZ, formula(2), E_MINUS_1,
               "Gronwall on a segment of length 1/L1", Source("faw2023", "Proposition 1"),
               Known.PAPER),
    Conversion(Variant.HESSIAN, Variant.LOCAL_LIPSCHITZ, E_MINUS_1, E_MINUS_1,
               "gradient difference: (e^{L1 r} - 1)/L1 <= (e - 1) r for L1 r <= 1",
               Source("zhangb2020"), Known.DERIVED),
    # r <= 1/(a L1): (e^{L1 r} - 1)/L1 <= a (e^{1/a} - 1) r, which is a r for e^{1/a} = 2; EXT at
    # x = 0 attains it, so no smaller factor common to both constants will do
    Conversion(Variant.HESSIAN, Variant.LOCAL_LIPSCHITZ, 1 / LOG_2, 1 / LOG_2,
               "gradient difference on the radius log(2)/L1 of the wider class",
               Source("zhangb2020"), Known.DERIVED),
)  # fmt: skip


def _identity(v: Variant) -> Conversion:
    source = Source("zhang2020", "Definition 1")
    return Conversion(v, v, ONE, ONE, "the same class", source, Known.PAPER)


@dataclass(frozen=True)
class RelaxedSmooth:
    """‖∇²f(x)‖ <= L0 + L1 ‖∇f(x)‖: (L0, L1)-smoothness; L0, L1 >= 0, exact."""

    L0: Formula
    L1: Formula
    variant: Variant = Variant.HESSIAN

    def __init__(self, L0: Constant, L1: Constant, variant: Variant = Variant.HESSIAN) -> None:
        object.__setattr__(self, "L0", _nonnegative(L0, "L0"))
        object.__setattr__(self, "L1", _nonnegative(L1, "L1"))
        object.__setattr__(self, "variant", variant)

    def curvature_limit(self, g: Constant) -> Formula:
        """L0 + L1 g."""
        return self.L0 + self.L1 * formula(g)

    def contains(self, problem: Problem) -> Verdict:
        """Whether f is in the class, decided exactly in one variable.

        In several variables: `several_variables.membership_nd`, which may be UNDECIDED.
        """
        L0, L1 = (_rational(c, name) for c, name in ((self.L0, "L0"), (self.L1, "L1")))
        if problem.dimension > 1:
            return _in_several_variables(problem, self.variant, L0, L1)
        if self.variant is Variant.LOCAL_LIPSCHITZ:
            return _local_lipschitz(problem, L0, L1)
        verdict = replace(membership(problem, L0, L1), claim=f"{problem.key} is {self}")
        needs_c2 = self.variant is Variant.HESSIAN and verdict.status is Status.PROVED
        return _twice_differentiable(problem, verdict) if needs_c2 else verdict

    def as_variant(self, end: Variant) -> tuple[tuple[RelaxedSmooth, Conversion], ...]:
        """Classes of another variant that contain this one, each with its price and its reason.

        Raises FormulaError when no inclusion is recorded.
        """
        found = [c for c in CONVERSIONS if (c.start, c.end) == (self.variant, end)]
        found += [_identity(end)] if end is self.variant else []
        if not found:
            raise FormulaError(
                f"no inclusion of {self.variant.name} in {end.name} is recorded; "
                f"use one of {', '.join(self._ends())}"
            )
        return tuple((RelaxedSmooth(c.a * self.L0, c.b * self.L1, end), c) for c in found)

    def _ends(self) -> list[str]:
        return sorted({c.end.name for c in CONVERSIONS if c.start is self.variant})

    def __str__(self) -> str:
        name = "" if self.variant is Variant.HESSIAN else f", {self.variant.name.lower()} variant"
        return f"({self.L0}, {self.L1})-smooth{name}"


@dataclass(frozen=True)
class Smooth:
    """‖∇²f(x)‖ <= L: RelaxedSmooth(L, 0)."""

    L: Formula

    def __init__(self, L: Constant) -> None:
        object.__setattr__(self, "L", _nonnegative(L, "L"))

    def curvature_limit(self, g: Constant) -> Formula:
        """L, whatever g."""
        return self.L

    def contains(self, problem: Problem) -> Verdict:
        """Whether f is C^2 with ‖∇²f‖ <= L."""
        return RelaxedSmooth(self.L, 0).contains(problem)

    def __str__(self) -> str:
        return f"{self.L}-smooth"


@dataclass(frozen=True)
class GeneralizedSmooth:
    """‖∇²f(x)‖ <= ell(‖∇f(x)‖), ell a rational function of u, non-decreasing on u >= 0."""

    ell: Formula

    def __post_init__(self) -> None:
        unknown = self.ell.symbols - {"u"}
        if unknown:
            raise FormulaError(
                f"ell = {self.ell} has the symbol {sorted(unknown)[0]}; write it in u alone"
            )

    def curvature_limit(self, g: Constant) -> Formula:
        """ell(g)."""
        return self.ell.subs({"u": formula(g)})

    def contains(self, problem: Problem) -> Verdict:
        """Whether f is C^2 with |f''| <= ell(|f'|), exactly; one variable only."""
        verdict = bounded_by(in_pieces(problem), self.ell)
        proved = verdict.status is Status.PROVED
        return _twice_differentiable(problem, verdict) if proved else verdict

    def __str__(self) -> str:
        return f"ell-smooth with ell(u) = {self.ell}"


# --- deciding --------------------------------------------------------------------------------


def _twice_differentiable(problem: Problem, verdict: Verdict) -> Verdict:
    """A membership in the limit class is none in a class of C^2 functions where f'' jumps."""
    function = in_pieces(problem)
    if function.smoothness == "C2":
        return verdict
    p = function.jumps[0]
    reason = f"f'' jumps at x = {p}: f is C^1,1 and not C^2; it is in the limit class instead"
    return Verdict(verdict.claim, Status.REFUTED, reason, {"x": p})


def _local_lipschitz(problem: Problem, L0: Fraction, L1: Fraction) -> Verdict:
    """PROVED where log(2) (L0, L1) holds in the limit class, REFUTED where (L0, L1) does not."""
    claim = f"{problem.key} is in the local-Lipschitz class with L0 = {L0}, L1 = {L1}"
    outer = membership(problem, L0, L1)
    if outer.status is not Status.PROVED:
        return Verdict(claim, outer.status, outer.reason, outer.witness, outer.margin)
    if L1 == 0:  # both are the smooth class
        return Verdict(claim, Status.PROVED, outer.reason, outer.witness)
    c = _rational_below(LOG_2)
    inner = membership(problem, c * L0, c * L1)
    if inner.status is Status.PROVED:
        reason = f"log(2) (L0, L1) holds in the limit class: {inner.reason}"
        return Verdict(claim, Status.PROVED, reason, inner.witness)
    reason = "(L0, L1) holds in the limit class and log(2) (L0, L1) does not: between the two"
    return Verdict(claim, Status.UNDECIDED, reason)


def _rational_below(value: Formula) -> Fraction:
    low = evaluate(value, {}, ball(64)).lower().fmpq()
    return Fraction(int(low.p), int(low.q))


def _in_several_variables(
    problem: Problem, variant: Variant, L0: Fraction, L1: Fraction
) -> Verdict:
    if variant is Variant.LOCAL_LIPSCHITZ:
        raise NotDecidable(f"{problem.key}: the local-Lipschitz class is decided on the line only")
    from relaxsmooth.smoothness.radial_exact import ExactL0
    from relaxsmooth.smoothness.several_variables import membership_nd

    decide: Callable[..., Verdict] = membership_nd
    verdict = decide(problem, L0, L1)
    exact = (verdict.witness or {}).get("certificate")
    if variant is Variant.HESSIAN and isinstance(exact, ExactL0) and exact.jumps:
        reason = f"{exact.jumps}: f is C^1,1 and not C^2; it is in the limit class instead"
        return Verdict(verdict.claim, Status.REFUTED, reason)
    return verdict


def _nonnegative(value: Constant, name: str) -> Formula:
    """An exact constant >= 0."""
    constant = formula(value)
    if constant.symbols:
        raise FormulaError(
            f"{name} = {constant} has the symbol {sorted(constant.symbols)[0]}; give a number"
        )
    if constant.value is None:
        check_constants(constant, name)
    for bits in (128, 512, 2048):
        at_bits = evaluate(constant, {}, ball(bits))
        if at_bits >= 0:
            return constant
        if at_bits < 0:
            break
    raise FormulaError(f"{name} = {constant} must be >= 0; give a nonnegative number")


def _rational(value: Formula, name: str) -> Fraction:
    if value.value is None:
        raise NotDecidable(f"{name} = {value} is irrational; membership is decided for rationals")
    return value.value
