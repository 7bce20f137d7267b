"""The rules of the error analysis of `pairs.py`: one method per operation, each with its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import Any

from relaxsmooth.compiled.emit import Emitter, NotCompiled, above, nearest
from relaxsmooth.compiled.floats import whole_power
from relaxsmooth.compiled.kernels import (
    EXP_ERROR,
    LOG2_ERROR,
    LOG_ERROR,
    SINH_ERROR,
    U,
    exp_point,
    log_point,
    sinh_small,
)
from relaxsmooth.compiled.pairs import GROWTH, TINY, ZERO, Pair, machine_value, total
from relaxsmooth.formula import Formula


class Rules:
    """One method per operation of the vocabulary; its comment is its proof."""

    def __init__(self, m: Emitter) -> None:
        self.m = m

    def node(self, node: Formula, values: Mapping[str, Any], done: Mapping[Formula, Pair]) -> Pair:
        if node.op == "number":
            value = nearest(node.data)
            rho = ZERO if Fraction(value) == node.data else U
            return Pair(self.m.constant(value), rho, constant=value)
        if node.op == "symbol":
            return Pair(values[node.data])
        args = [done[arg] for arg in node.args]
        if node.op == "pow":
            return self.power(args[0], node.data)
        if node.op in ("add", "mul", "min", "max"):
            return reduce(getattr(self, node.op), args)
        if node.op == "piecewise":
            raise NotCompiled("an undecided piecewise formula has no rigorous machine code")
        if node.op in ("sin", "cos"):  # no kernel with a proven reduction of the argument
            raise NotCompiled(f"{node.op} has no rigorous machine code; use balls instead")
        return getattr(self, node.op)(args[0])

    # -- helpers on error terms (None is zero); each counts its roundings

    def _sum(self, *terms: Any) -> Any:
        return total(self.m, terms)

    def _part(self, a: Pair, e: Any) -> Any:
        """|a| (1 + rho_a) e, with what is known multiplied when compiling."""
        m, grown = self.m, 1 + a.rho
        if e is None:
            return None
        if a.constant is not None:
            known = abs(Fraction(a.constant)) * grown
            return known * e if isinstance(e, Fraction) else m.mul(m.constant(above(known)), e)
        if isinstance(e, Fraction):
            return m.mul(m.constant(above(e * grown)), m.abs(a.v))
        found = m.mul(m.abs(a.v), e)
        return m.mul(m.constant(above(grown)), found) if grown > 1 else found

    def _product(self, d: Any, e: Any) -> Any:
        if d is None or e is None:
            return None
        if isinstance(d, Fraction) and isinstance(e, Fraction):
            return d * e
        return self.m.mul(machine_value(self.m, d), machine_value(self.m, e))

    def _relative(self, a: Pair) -> Any:
        """rho |v| as a machine value."""
        if a.rho == 0:
            return None
        return self.m.mul(self.m.constant(above(a.rho * GROWTH)), self.m.abs(a.v))

    def _absolute(self, a: Pair) -> Pair:
        """The same with rho = 0: everything in e, a machine value (None: zero)."""
        e = machine_value(self.m, self._sum(self._relative(a), a.e))
        return Pair(a.v, ZERO, e, a.roundings + 2)

    def _tiny(self, e: Any) -> Any:
        return self._sum(e, TINY)

    # -- the operations

    def add(self, a: Pair, b: Pair) -> Pair:
        """|fl(a+b) - exact| <= u |v| + da + db; a sum is exact where it is subnormal, but may be
        flushed to zero: TINY, which every other e already contains."""
        v = self.m.add(a.v, b.v)
        e = self._sum(self._relative(a), a.e, self._relative(b), b.e)
        if a.e is None and b.e is None:
            e = self._tiny(e)
        return Pair(v, U, e, max(a.roundings, b.roundings) + 4)

    def mul(self, a: Pair, b: Pair) -> Pair:
        """|ab - exact| <= |a| db + |b| da + da db with d = rho |.| + e; the parts in rho alone are
        (ra + rb + ra rb)|ab|, and |ab| <= (1 + 2u)|v| + 2^-1021."""
        v = self.m.mul(a.v, b.v)
        rho = (a.rho + b.rho + a.rho * b.rho) * (1 + 2 * U) + U
        e = self._sum(self._part(b, a.e), self._part(a, b.e), self._product(a.e, b.e), TINY)
        found = Pair(v, rho, e, a.roundings + b.roundings + 6)
        if a.constant is None:
            return found
        scale, base = b.size
        return replace(found, scale=scale * abs(Fraction(a.constant)), base=base)

    def inverse(self, b: Pair) -> Pair:
        """|1/b - 1/b*| <= |1/b| q/(1 - q) for q = db/|b| < 1.  Without e, q = rho; with e,
        q/(1 - q) <= q (1 + 2q) for q <= 1/2, and |1/b| <= (1 + 2u)|v|."""
        m = self.m
        v = m.div(m.constant(1.0), b.v)
        if b.e is None:
            return Pair(v, b.rho / (1 - b.rho) * (1 + 2 * U) + U, TINY, 1)
        whole = self._absolute(b)
        q = m.div(whole.e, m.abs(b.v))
        spread = m.mul(m.abs(v), m.mul(q, m.add(m.constant(1.0 + 2.0**-50), m.add(q, q))))
        e = self._tiny(m.only_if(m.compare("<=", q, m.constant(0.49)), spread))
        return Pair(v, U, e, 2 * whole.roundings + 8)

    def power(self, base: Pair, exponent: Fraction) -> Pair:
        if exponent < 0:
            return self.inverse(self.power(base, -exponent))
        if exponent.denominator == 1:
            return whole_power(self.mul, base, int(exponent))
        if exponent.denominator == 2:
            return whole_power(self.mul, self.sqrt(base), int(2 * exponent))
        value = nearest(exponent)
        factor = Pair(self.m.constant(value), ZERO if Fraction(value) == exponent else U)
        return self.exp(self.mul(factor, self.log(base)))

    def sqrt(self, a: Pair) -> Pair:
        """|sqrt a - sqrt a*| <= da/sqrt a, so rho |a| gives rho sqrt a and e gives e/sqrt a;
        sqrt is correctly rounded.  Declined (nan) unless a - da >= 0: then a* >= 0 too."""
        m = self.m
        v = m.sqrt(a.v)
        rho = a.rho * (1 + 4 * U) + U
        if a.e is None:
            return Pair(v, rho)
        before = machine_value(m, a.e)
        e = m.mul(m.constant(1.0 + 2.0**-50), m.div(before, v))
        safe = m.compare(">=", m.mul(m.constant(0.5), a.v), before)
        return Pair(v, rho, self._tiny(m.only_if(safe, e)), a.roundings + 4)

    def abs(self, a: Pair) -> Pair:
        """1-Lipschitz, exact."""
        return Pair(self.m.abs(a.v), a.rho, a.e, a.roundings)

    def min(self, a: Pair, b: Pair) -> Pair:
        """|min(a, b) - min(a*, b*)| <= max(da, db); 0 (da + db) is nan when either is not finite,
        so that a minimum cannot hide an overflow."""
        return self._extreme(a, b, self.m.least(a.v, b.v))

    def max(self, a: Pair, b: Pair) -> Pair:
        return self._extreme(a, b, self.m.greatest(a.v, b.v))

    def _extreme(self, a: Pair, b: Pair, v: Any) -> Pair:
        m = self.m
        zero = m.constant(0.0)
        left, right = self._absolute(a), self._absolute(b)
        ea, eb = (zero if part.e is None else part.e for part in (left, right))
        e = m.add(m.greatest(ea, eb), m.mul(zero, m.add(ea, eb)))
        return Pair(v, ZERO, e, max(left.roundings, right.roundings) + 2)

    def exp(self, a: Pair) -> Pair:
        """e^(a*) = e^a e^(a* - a), and e^d - 1 <= d + d^2 for 0 <= d <= 1; e^a <= (1 + rho) v."""
        m = self.m
        v = exp_point(m, a.v)
        d = self._absolute(a)
        if d.e is None:
            return Pair(v, EXP_ERROR, TINY, 1)
        grown = m.mul(d.e, m.add(m.constant(1.0 + 2.0**-45), d.e))
        e = m.only_if(m.compare("<=", d.e, m.constant(0.5)), m.mul(v, grown))
        return Pair(v, EXP_ERROR, self._tiny(e), 2 * d.roundings + 6)

    def log(self, a: Pair) -> Pair:
        """-log(1 - q) <= q + q^2 for q = da/a <= 1/2; the kernel's own errors are absolute."""
        m = self.m
        v, high, low = log_point(m, a.v)
        own = m.add(
            m.mul(m.constant(above(LOG2_ERROR * GROWTH)), high),
            m.mul(m.constant(above(LOG_ERROR * GROWTH)), low),
        )
        d = self._absolute(a)
        if d.e is None:
            return Pair(v, U, self._tiny(own), 4)
        q = m.div(d.e, a.v)
        spread = m.mul(q, m.add(m.constant(1.0 + 2.0**-50), q))
        inside = m.only_if(m.compare("<=", q, m.constant(0.49)), spread)
        return Pair(v, U, self._tiny(m.add(own, inside)), 2 * d.roundings + 8)

    def cosh(self, a: Pair) -> Pair:
        """(E + 1/E)/2 at the point a; then |cosh a* - cosh a| <= da cosh(|a| + da), and
        cosh(|a| + d) <= e^d cosh a <= (1 + 2d) cosh a for d <= 1."""
        return self._moved(self._cosh_point(a.v), a)

    def sinh(self, a: Pair) -> Pair:
        """The series for |a| <= 1, (E - 1/E)/2 beyond; then |sinh' | = cosh as for cosh."""
        return self._moved(self._sinh_point(a.v), a)

    def tanh(self, a: Pair) -> Pair:
        """sinh/cosh at the point a (|a| <= 700); tanh is 1-Lipschitz."""
        point = self.mul(self._sinh_point(a.v), self.inverse(self._cosh_point(a.v)))
        d = self._absolute(a)
        e = self._sum(point.e, d.e)
        return Pair(point.v, point.rho, e, max(point.roundings, d.roundings) + 1)

    def _cosh_point(self, a: Any) -> Pair:
        big = self.exp(Pair(a))
        return self.mul(Pair(self.m.constant(0.5)), self.add(big, self.inverse(big)))

    def _sinh_point(self, a: Any) -> Pair:
        m = self.m
        big = self.exp(Pair(a))
        small = Pair(sinh_small(m, a), SINH_ERROR, TINY)
        minus = self.inverse(big)
        half = Pair(m.constant(0.5))
        far = self.mul(half, self.add(big, replace(minus, v=self._negative(minus.v))))
        near, far = self._absolute(small), self._absolute(far)
        inside = m.compare("<=", m.abs(a), m.constant(1.0))
        v, e = m.select(inside, near.v, far.v), m.select(inside, near.e, far.e)
        return Pair(v, ZERO, e, max(near.roundings, far.roundings))

    def _moved(self, point: Pair, a: Pair) -> Pair:
        """A point value of cosh or sinh, widened by da cosh(a) (1 + 2 da)."""
        d = self._absolute(a)
        if d.e is None:
            return point
        m = self.m
        size = self._absolute(self._cosh_point(a.v))
        steepest = m.mul(m.add(size.v, size.e), m.add(m.constant(1.0), m.add(d.e, d.e)))
        e = m.only_if(m.compare("<=", d.e, m.constant(0.5)), m.mul(d.e, steepest))
        return Pair(
            point.v,
            point.rho,
            self._tiny(self._sum(point.e, e)),
            max(point.roundings, 2 * d.roundings + size.roundings) + 6,
        )

    def _negative(self, v: Any) -> Any:
        return self.m.sub(self.m.constant(0.0), v)
