"""Layer 3: R^d as finitely many boxes: a core, and one chart for each face of it at infinity.

    core    |x_i| <= R^{w_i}
    face    x_i = s/u^{w_i}, x_j = v_j/u^{w_j},   0 <= u <= 1/R, |v_j| <= 1, s = ±1

On a face the inequality ‖∇²f‖ <= L0 + L1‖∇f‖ is multiplied by u^N, N the largest weighted
degree of ∇²f, and then reads polynomials that extend to u = 0, except that u^N df/dx_k may be
a polynomial divided by u^a, a = lifts[k].  Points with u = 0 are added, none of R^d is lost.
With f(-x) = f(x) the halves x_1 >= 0 and s = 1 suffice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd

from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import ONE, Formula, FormulaError, symbol
from relaxsmooth.problem import Problem
from relaxsmooth.smoothness.box_fields import (
    Algebra,
    Atom,
    Fields,
    Poly,
    algebra,
    from_terms,
    pairs,
    polynomials_in_atoms,
    terms_of,
)

LARGEST_WEIGHT = {2: 6, 3: 3}  # by dimension
Box = tuple[tuple[Fraction, Fraction], ...]


def check_box(problem: Problem, box: Box | None) -> None:
    """FormulaError unless it is one interval a <= b of rationals for each variable."""
    if box is None:
        return
    if len(box) != problem.dimension:
        raise FormulaError(
            f"the box has {len(box)} intervals and f has {problem.dimension} variables; give one "
            "interval for each"
        )
    for a, b in box:
        if not isinstance(a, Fraction | int) or not isinstance(b, Fraction | int) or a > b:
            raise FormulaError(f"({a}, {b}) is no interval of the box; give rationals a <= b")


@dataclass(frozen=True, eq=False)
class Chart:
    """A box of coordinates y, and u^N (`scale`), u^(N + lifts) ∇f and u^N ∇²f (i <= j) on it.

    atoms: (T, q, k) for each T_i = T(q(y)/u^k), T = tanh, sin or cos; their symbols are _T0, ...
    face: (i, s) for the chart x_i = s/u^{w_i}, None for the core.
    """

    title: str
    names: tuple[str, ...]
    box: Box
    scale: Formula
    gradient: tuple[Formula, ...]
    upper: tuple[Formula, ...]
    weights: tuple[int, ...]
    atoms: tuple[tuple[str, Formula, int], ...] = ()
    face: tuple[int, int] | None = None
    lifts: tuple[int, ...] = ()

    @property
    def tape_names(self) -> tuple[str, ...]:
        return (*self.names, *(f"_T{i}" for i in range(len(self.atoms))))

    def point(self, y: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
        """The x with these coordinates; None at infinity (u = 0)."""
        if self.face is None:
            return tuple(y)
        i, s = self.face
        u = y[0]
        if u == 0:
            return None
        v = [*y[1 : i + 1], Fraction(s), *y[i + 1 :]]
        return tuple(vj / u**w for vj, w in zip(v, self.weights, strict=True))


def core(of: Fields, box: Box, weights: Sequence[int] | None = None) -> Chart:
    """The chart of a box of x itself."""
    return Chart(
        title=", ".join(f"{n} in [{a}, {b}]" for n, (a, b) in zip(of.names, box, strict=True)),
        names=of.names,
        box=box,
        scale=ONE,
        gradient=of.gradient,
        upper=tuple(of.upper),
        weights=tuple(weights or (1,) * of.d),
        lifts=(0,) * of.d,
    )


@lru_cache(maxsize=32)
def whole_space(of: Fields, R: Fraction, weights: tuple[int, ...]) -> tuple[Chart, ...]:
    """Charts that cover R^d; NotDecidable where ∇f is not polynomial in x and its atoms."""
    ring = algebra(of)
    even = is_even(ring)
    box = tuple((Fraction(0) if even and i == 0 else -(R**w), R**w) for i, w in enumerate(weights))
    charts = [core(of, box, weights)]
    for i in range(of.d):
        for s in (1,) if even else (1, -1):
            charts.append(_face(of, ring, R, weights, i, s))
    return tuple(charts)


def balanced_weights(d: int) -> list[tuple[int, ...]]:
    """Weights to try at infinity, simplest first; (1, ..., 1) alone in more than 3 variables."""
    top = LARGEST_WEIGHT.get(d, 1)
    found = [w for w in product(range(1, top + 1), repeat=d) if gcd(*w) == 1]
    return sorted(found, key=lambda w: (sum(w), w))


def scalar_charts(problem: Problem, R: Fraction, w: tuple[int, ...]) -> list[tuple[Chart, Formula]]:
    """The same charts for f alone: (chart, u^N f), N the weighted degree of f."""
    names = problem.variables
    (p,), atoms = polynomials_in_atoms((problem.objective,), names)
    box = tuple((-(R**n), R**n) for n in w)
    charts = [(Chart("the core", names, box, ONE, (), (), w), problem.objective)]
    N = _weighted_degree(p, w)
    for i, name in enumerate(names):
        for s in (1, -1):
            coordinates, sides, v = _coordinates(len(names), R, i, s)
            scale = symbol("u") ** N
            title, at = f"a face of {name}", _atoms_at_infinity(atoms, w, v)
            chart = Chart(title, coordinates, sides, scale, (), (), w, atoms=at, face=(i, s))
            charts.append((chart, _at_infinity(p, w, N, v)))
    return charts


def _coordinates(
    d: int, R: Fraction, i: int, s: int
) -> tuple[tuple[str, ...], Box, list[Formula | Fraction]]:
    """(names, box, v) of the face x_i = s/u^w: v_i is the number s, the others are symbols."""
    names = ("u", *(f"v{j + 1}" for j in range(d) if j != i))
    v: list[Formula | Fraction] = [symbol(f"v{j + 1}") if j != i else Fraction(s) for j in range(d)]
    return names, ((Fraction(0), 1 / R), *((Fraction(-1), Fraction(1)),) * (d - 1)), v


def is_even(ring: Algebra) -> bool:
    """f(-x) = f(x) + c: every monomial of ∇f has odd degree (no atoms)."""
    return not ring.atoms and all(
        sum(powers) % 2 == 1 for g in ring.gradient for powers, _ in terms_of(g)
    )


def _face(of: Fields, ring: Algebra, R: Fraction, w: tuple[int, ...], i: int, s: int) -> Chart:
    d = of.d
    names, sides, v = _coordinates(d, R, i, s)
    upper = [ring.hessian[a][b] for a, b in pairs(d)]
    N = max(_weighted_degree(p, w) for p in upper)
    lifts = tuple(max(0, _weighted_degree(g, w) - N) for g in ring.gradient)
    return Chart(
        title=f"{of.names[i]} = {'-' if s < 0 else ''}1/u{f'^{w[i]}' if w[i] > 1 else ''}",
        names=names,
        box=sides,
        scale=symbol("u") ** N,
        gradient=tuple(
            _at_infinity(g, w, N + a, v) for g, a in zip(ring.gradient, lifts, strict=True)
        ),
        upper=tuple(_at_infinity(p, w, N, v) for p in upper),
        weights=w,
        atoms=_atoms_at_infinity(ring.atoms, w, v),
        face=(i, s),
        lifts=lifts,
    )


def _atoms_at_infinity(
    atoms: Sequence[Atom], w: Sequence[int], v: Sequence[Formula | Fraction]
) -> tuple[tuple[str, Formula, int], ...]:
    """(T, q, k) with T(q(y)/u^k) on the face."""
    degrees = [_weighted_degree(q, w) for _, q in atoms]
    return tuple((T, _at_infinity(q, w, k, v), k) for (T, q), k in zip(atoms, degrees, strict=True))


def _weighted_degree(p: Poly, w: Sequence[int]) -> int:
    """The largest <w, exponents of x> (0 for p = 0)."""
    return max((sum(a * b for a, b in zip(w, e, strict=False)) for e, _ in terms_of(p)), default=0)


def _at_infinity(p: Poly, w: Sequence[int], N: int, v: Sequence[Formula | Fraction]) -> Formula:
    """u^N p(x) in u, v and T: c x^e T^n becomes c u^{N - <w,e>} v^e T^n."""
    d, u = len(w), symbol("u")
    terms = []
    for exponents, c in terms_of(p):
        powers = [(u, N - sum(a * b for a, b in zip(w, exponents, strict=False)))]
        for vj, e in zip(v, exponents, strict=False):
            if isinstance(vj, Fraction):
                c *= vj**e
            elif e:
                powers.append((vj, e))
        powers += [(symbol(f"_T{k}"), n) for k, n in enumerate(exponents[d:]) if n]
        terms.append((c, powers))
    return from_terms(terms)


def atom_of_ratio(T: str, q: arb, u: arb, k: int) -> arb:
    """T(q/u^k) for u >= 0, also where u reaches 0 and the ratio is unbounded."""
    if T == "tanh":
        return tanh_of_ratio(q, u, k)
    x = _ratio(q, u, k) if k == 0 or u > 0 else None
    if x is None or not x.is_finite():  # sin and cos of a real number, however large
        return arb(0, 1)
    image: arb = ball().apply(T, x)
    return image


def _ratio(q: arb, u: arb, k: int) -> arb:
    """q/u^k for u > 0; u^k by its ends, since arb's own power of a wide ball may contain 0."""
    return q / ball().power(u, Fraction(k)) if k else q


def tanh_of_ratio(q: arb, u: arb, k: int) -> arb:
    """tanh(q/u^k) for u >= 0, also where u reaches 0 and the ratio is unbounded."""
    if k == 0 or u > 0:
        x = _ratio(q, u, k)
        if x.is_finite():
            return x.lower().tanh().union(x.upper().tanh())
    most = u.upper() ** k
    if not most > 0:
        return arb(-1).union(arb(1))
    if q > 0:
        return (q.lower() / most).tanh().lower().union(arb(1))
    if q < 0:
        return (q.upper() / most).tanh().upper().union(arb(-1))
    return arb(-1).union(arb(1))
