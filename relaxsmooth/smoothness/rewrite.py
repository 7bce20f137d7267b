"""Layer 3: f' of a formula without cases, as a rational function of one generator.

First the vocabulary shrinks: cosh, sinh, tanh become exponentials, exponentials in one
product meet (e^{-1} e^{a x} = e^{a x - 1}), (u^2)^r becomes |u|^{2 r}.  Then the generator
is read off the exponents and the roots that occur, and the formula is read in it.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from relaxsmooth.arithmetic import EXACT, NotExact
from relaxsmooth.formula import (
    Formula,
    add,
    exp,
    mul,
    power,
    rebuild,
    topological,
)
from relaxsmooth.smoothness.generator import LINE, Generator, NotDecidable
from relaxsmooth.smoothness.ratio import PoleError, Ratio

Affine = tuple[Fraction, Fraction]  # (a, b): a x + b
LARGEST_DEGREE = 300  # in v; isolating the roots of more takes over two seconds


def normal_form(f: Formula) -> Formula:
    """The same function with exp as its only hyperbolic function and its exponentials merged."""
    return rebuild(f, _rewritten)


def _rewritten(node: Formula) -> Formula | None:
    u = node.args[0] if node.args else node
    if node.op == "cosh":
        return (exp(u) + exp(-u)) / 2
    if node.op == "sinh":
        return (exp(u) - exp(-u)) / 2
    if node.op == "tanh":
        return (exp(2 * u) - 1) / (exp(2 * u) + 1)
    if node.op == "mul":
        return _merged(node)
    if node.op == "pow" and u.op == "exp":
        return exp(node.data * u.args[0])
    if node.op == "pow" and u.op == "pow" and u.data.denominator == 1 and u.data % 2 == 0:
        return power(Formula("abs", (u.args[0],)), u.data * node.data)  # (u^2)^r = |u|^{2r}
    return None


def _merged(node: Formula) -> Formula | None:
    powers = [factor for factor in node.args if factor.op == "exp"]
    if len(powers) < 2:
        return None
    rest = [factor for factor in node.args if factor.op != "exp"]
    return mul(*rest, exp(add(*(factor.args[0] for factor in powers))))


# --- the generator ----------------------------------------------------------------------------


def generator_of(f: Formula, x: str) -> Generator:
    """The v of which f (without cases, in normal form) can be a rational function."""
    exponents: dict[Affine, None] = {}
    bases: dict[Affine, int] = {}
    for node in topological((f,)):
        if node.op == "exp":
            exponents[_affine(node.args[0], x, "the exponent")] = None
        elif node.op == "pow" and node.data.denominator > 1 and x in node.symbols:
            base = _affine(node.args[0], x, f"the base of the power {node.data}")
            if base[0] == 0:  # a constant that was not seen to be one
                continue
            bases[base] = lcm(bases.get(base, 1), node.data.denominator)
    if bases and exponents:
        raise NotDecidable("exponentials and fractional powers occur together")
    if bases:
        (a, b), *_ = bases
        return Generator("root", a, b, lcm(*bases.values()))
    return _common_exponential(list(exponents)) if exponents else LINE


def _common_exponential(exponents: list[Affine]) -> Generator:
    """e^{a x + b} of which every e^{a_i x + b_i} is an integer power."""
    moving = [(a, b) for a, b in exponents if a != 0]
    if not moving:
        return Generator("exp", Fraction(0), common_divisor([b for _, b in exponents]))
    a0, b0 = moving[0]
    for a, b in exponents:
        if a * b0 != b * a0:
            raise NotDecidable(
                f"the exponents {_show(a0, b0)} and {_show(a, b)} are not multiples of one another"
            )
    common = common_divisor([a for a, _ in moving])
    rate = common if a0 > 0 else -common
    return Generator("exp", rate, b0 * rate / a0)


def common_divisor(values: list[Fraction]) -> Fraction:
    """The largest rational of which all are integer multiples."""
    below = lcm(*(a.denominator for a in values))
    return Fraction(gcd(*(int(a * below) for a in values)), below)


def _affine(u: Formula, x: str, what: str) -> Affine:
    """(a, b) with u = a x + b, or NotDecidable."""
    try:
        r = as_ratio(u, LINE, x).reduced
    except NotDecidable:
        raise NotDecidable(f"{what} {u} is not affine in {x} with rational coefficients") from None
    if r.bottom.degree() > 0 or r.top.degree() > 1:
        raise NotDecidable(f"{what} {u} is not affine in {x}")
    a, b = (Fraction(int(r.top[k].p), int(r.top[k].q)) for k in (1, 0))
    return a, b


def _show(a: Fraction, b: Fraction) -> str:
    return f"({a})*x + ({b})"


# --- reading a formula in a generator ---------------------------------------------------------


def as_ratio(f: Formula, v: Generator, x: str) -> Ratio:
    """f as a rational function of v; raises NotDecidable naming the part that is not one."""
    done: dict[Formula, Ratio] = {}
    stack = [f]
    while stack:  # arguments first, but not into exponents and bases: these define v
        node = stack[-1]
        missing = [arg for arg in _operands(node) if arg not in done]
        stack.extend(missing)
        if not missing:
            done[stack.pop()] = _small(_value(node, v, x, done), node)
    return done[f]


def _small(r: Ratio, node: Formula) -> Ratio:
    if max(r.top.degree(), r.bottom.degree()) > LARGEST_DEGREE:
        raise NotDecidable(f"{_brief(node)} has degree over {LARGEST_DEGREE}; lower it")
    return r


def _brief(node: Formula) -> str:
    text = str(node)
    return text if len(text) <= 60 else text[:57] + "..."


def _operands(node: Formula) -> tuple[Formula, ...]:
    whole = node.op in ("add", "mul") or (node.op == "pow" and node.data.denominator == 1)
    return node.args if whole else ()


def _value(node: Formula, v: Generator, x: str, done: dict[Formula, Ratio]) -> Ratio:
    op = node.op
    if op == "number":
        return Ratio.constant(node.data)
    if op == "symbol":
        return _variable(node, v, x)
    if op in ("add", "mul"):
        result = done[node.args[0]]
        for arg in node.args[1:]:
            result = result + done[arg] if op == "add" else result * done[arg]
        return result
    if op == "pow" and node.data.denominator == 1:
        base = done[node.args[0]]
        if max(base.top.degree(), base.bottom.degree()) * abs(node.data) > LARGEST_DEGREE:
            raise NotDecidable(f"{_brief(node)} has degree over {LARGEST_DEGREE}; lower it")
        try:
            return base ** int(node.data)
        except PoleError:
            raise NotDecidable(f"{node} divides by zero everywhere") from None
    if op == "pow":
        return _fractional(node, v, x)
    if op == "exp":
        return _exponential(node, v, x)
    raise NotDecidable(f"{node} is not rational in {_name(v, x)}")


def _variable(node: Formula, v: Generator, x: str) -> Ratio:
    if v.q > LARGEST_DEGREE:
        raise NotDecidable(f"the roots that occur have common order {v.q} > {LARGEST_DEGREE}")
    ratio = v.x_as_ratio() if node.data == x else None
    if ratio is None:
        raise NotDecidable(f"{node.data} occurs beside {_name(v, x)}")
    return ratio


def _exponential(node: Formula, v: Generator, x: str) -> Ratio:
    a, b = _affine(node.args[0], x, "the exponent")
    times = None
    if v.kind == "exp" and (v.a or a == 0):
        times = a / v.a if v.a else b / v.b
    if times is None or times.denominator != 1 or b != times * v.b:
        raise NotDecidable(f"{node} is not rational in {_name(v, x)}")
    return _monomial(int(times), node)


def _monomial(n: int, node: Formula) -> Ratio:
    if abs(n) > LARGEST_DEGREE:
        raise NotDecidable(f"{_brief(node)} has degree over {LARGEST_DEGREE} in v; lower it")
    return Ratio.monomial(n)


def _fractional(node: Formula, v: Generator, x: str) -> Ratio:
    """(a' x + b')^r = k^r v^{q r} where a' x + b' = k (a x + b), k > 0."""
    refused = NotDecidable(f"{node} is not rational in {_name(v, x)}")
    if x not in node.symbols:
        raise refused
    a, b = _affine(node.args[0], x, "the base")
    if a == 0:
        try:
            return Ratio.constant(EXACT.power(b, node.data))
        except (NotExact, ZeroDivisionError):
            raise refused from None
    if v.kind != "root":
        raise refused
    k, times = a / v.a, node.data * v.q
    if a * v.b != b * v.a or k <= 0 or times.denominator != 1:
        raise refused
    try:
        return _monomial(int(times), node) * EXACT.power(k, node.data)
    except NotExact:
        raise refused from None


def _name(v: Generator, x: str) -> str:
    return str(v.formula(x))
