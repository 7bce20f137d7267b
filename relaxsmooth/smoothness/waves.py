"""Layer 3: sums of x^j e^{ax} cos(q) and x^j e^{ax} sin(q), q a sum of such powers without waves.

    W = sum over (power, angle) of  power (c cos(angle) + s sin(angle)),     c, s rational.

Closed under +, *, whole powers and d/dx.  Polynomials, exponentials, and bounded oscillations
composed with them are read here; on x >= 0 every power is >= 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from relaxsmooth.arithmetic import ball
from relaxsmooth.formula import Formula, add, cos, exp, mul, number, sin, symbol, topological
from relaxsmooth.rounding import upper_end
from relaxsmooth.smoothness.generator import NotDecidable
from relaxsmooth.smoothness.rewrite import normal_form

Power = tuple[Fraction, int]  # (a, j): x^j e^{ax}; of two powers the larger one grows faster
Angle = tuple[tuple[Power, Fraction], ...]  # sum of c x^j e^{ax}, the fastest term first, c_0 > 0
Amplitude = tuple[Fraction, Fraction]  # (c, s): c cos(angle) + s sin(angle)
Part = tuple[Power, Angle, Fraction, Fraction]

UNIT: Power = (Fraction(0), 0)
MOST_TERMS = 400
LARGEST_POWER = 24


@dataclass(frozen=True, eq=False)
class Waves:
    """terms[power, angle] = (c, s); s = 0 for the angle ()."""

    terms: Mapping[tuple[Power, Angle], Amplitude]

    def __add__(self, other: Waves) -> Waves:
        return _collected([*_listed(self), *_listed(other)])

    def __mul__(self, other: Waves) -> Waves:
        return _collected(
            part
            for (p, a), u in self.terms.items()
            for (q, b), v in other.terms.items()
            for part in _product(_times(p, q), a, u, b, v)
        )

    def scaled(self, factor: Fraction) -> Waves:
        return _collected((p, a, factor * c, factor * s) for p, a, c, s in _listed(self))

    @property
    def powers(self) -> list[Power]:
        """The powers that occur, the fastest first."""
        return sorted({power for power, _ in self.terms}, reverse=True)

    def group(self, power: Power) -> dict[Angle, Amplitude]:
        """The bounded factor of one power."""
        return {angle: value for (p, angle), value in self.terms.items() if p == power}

    @property
    def still(self) -> dict[Power, Fraction] | None:
        """{power: coefficient} where nothing oscillates, else None."""
        if any(angle for _, angle in self.terms):
            return None
        return {power: c for (power, _), (c, _) in self.terms.items()}

    @property
    def angles(self) -> list[Angle]:
        return list(dict.fromkeys(angle for _, angle in self.terms if angle))


def constant(value: Fraction) -> Waves:
    return _collected([(UNIT, (), value, Fraction(0))])


def _listed(w: Waves) -> Iterator[Part]:
    return ((p, a, c, s) for (p, a), (c, s) in w.terms.items())


def _collected(parts: Iterable[Part]) -> Waves:
    """Like terms added; the sign of each angle made that of its fastest term: sin is odd."""
    terms: dict[tuple[Power, Angle], Amplitude] = {}
    for power, angle, c, s in parts:
        if angle and angle[0][1] < 0:
            angle, s = tuple((p, -k) for p, k in angle), -s
        old = terms.get((power, angle), (Fraction(0), Fraction(0)))
        terms[power, angle] = (old[0] + c, old[1] + (s if angle else 0))
    kept = {key: value for key, value in terms.items() if any(value)}
    if len(kept) > MOST_TERMS:
        raise NotDecidable(f"it has over {MOST_TERMS} waves; write a smaller function")
    return Waves(kept)


def _times(p: Power, q: Power) -> Power:
    return p[0] + q[0], p[1] + q[1]


def _sum(a: Angle, b: Angle, sign: int) -> Angle:
    found = dict(a)
    for power, k in b:
        found[power] = found.get(power, Fraction(0)) + sign * k
    return tuple(sorted(((p, k) for p, k in found.items() if k), reverse=True))


def _product(power: Power, a: Angle, u: Amplitude, b: Angle, v: Amplitude) -> Iterator[Part]:
    """(c cos a + s sin a)(d cos b + t sin b) as waves of a - b and a + b."""
    (c, s), (d, t) = u, v
    yield power, _sum(a, b, -1), (c * d + s * t) / 2, (s * d - c * t) / 2
    yield power, _sum(a, b, 1), (c * d - s * t) / 2, (s * d + c * t) / 2


# --- reading a formula -------------------------------------------------------------------------


def waves(f: Formula, x: str) -> Waves:
    """f as a sum of waves; NotDecidable names the part that is none."""
    f = normal_form(f)
    read: dict[Formula, Waves] = {}
    for node in topological((f,)):
        read[node] = _read(node, read, x)
    return read[f]


def _read(node: Formula, read: Mapping[Formula, Waves], x: str) -> Waves:
    args = [read[arg] for arg in node.args]
    if node.op == "number":
        return constant(node.data)
    if node.op == "symbol" and node.data == x:
        return _collected([((Fraction(0), 1), (), Fraction(1), Fraction(0))])
    if node.op in ("add", "mul"):
        result = args[0]
        for arg in args[1:]:
            result = result + arg if node.op == "add" else result * arg
        return result
    if node.op == "pow" and node.data.denominator == 1 and 0 < node.data <= LARGEST_POWER:
        result = args[0]
        for _ in range(int(node.data) - 1):
            result = result * args[0]
        return result
    if node.op == "exp":
        return _exponential(node, args[0])
    if node.op in ("sin", "cos"):
        return _wave(node, args[0])
    raise NotDecidable(f"{node} is no sum of x^j e^(ax) and of sines and cosines of such sums")


def _exponential(node: Formula, u: Waves) -> Waves:
    rates = u.still
    if rates is None or set(rates) - {(Fraction(0), 1)}:
        raise NotDecidable(f"{node} is not e^(ax) with a rational a")
    a = rates.get((Fraction(0), 1), Fraction(0))
    return _collected([((a, 0), (), Fraction(1), Fraction(0))])


def _wave(node: Formula, u: Waves) -> Waves:
    inner = u.still
    if inner is None:
        raise NotDecidable(f"{node} is a wave of a wave")
    angle = tuple(sorted(inner.items(), reverse=True))
    c, s = (Fraction(1), Fraction(0)) if node.op == "cos" else (Fraction(0), Fraction(1))
    return _collected([(UNIT, angle, c, s)])


# --- bounds ------------------------------------------------------------------------------------


def amplitude(value: Amplitude) -> Fraction:
    """A rational >= sqrt(c^2 + s^2) = max |c cos + s sin|, exact where one of them is 0."""
    c, s = value
    if c == 0 or s == 0:
        return abs(c + s)
    arithmetic = ball(64)
    with arithmetic.active():
        return upper_end(arithmetic.number(c * c + s * s).sqrt())


def lower_terms(w: Waves) -> dict[Power, Fraction]:
    """{power: c} with W >= sum of c power for every x >= 0, whatever the angles are."""
    found: dict[Power, Fraction] = {}
    for (power, angle), value in w.terms.items():
        c = value[0] if not angle else -amplitude(value)
        found[power] = found.get(power, Fraction(0)) + c
    return {power: c for power, c in found.items() if c}


def power_at(power: Power, x: arb) -> arb:
    """x^j e^{ax}, x > 0, at the working precision."""
    a, j = power
    result: arb = (x * ball(64).number(a)).exp() if a else arb(1)
    for _ in range(j):
        result = result * x
    return result


# --- writing -----------------------------------------------------------------------------------


def angle_formula(angle: Angle, x: str) -> Formula:
    return add(*(mul(number(k), power_formula(power, x)) for power, k in angle))


def power_formula(power: Power, x: str) -> Formula:
    a, j = power
    return mul(symbol(x) ** j, exp(a * symbol(x)))


def wave_formula(w: Waves, x: str) -> Formula:
    """The formula that `waves` reads as w."""
    terms = []
    for (power, angle), (c, s) in w.terms.items():
        theta = angle_formula(angle, x)
        terms.append(mul(power_formula(power, x), c * cos(theta) + s * sin(theta)))
    return add(*terms) if terms else number(0)
