"""The trusted kernel: check(statement, certificate) returns only if the statement is true.

A statement is plain data: for all real x_1, ..., x_n where every hypothesis holds, the goal
holds; hypotheses and goal compare with 0 an exponential polynomial

    f(x) = sum_k c_k x^(a_k) e^(<b_k, x> + b_k0),     c_k, b_k rational, a_k natural.

    {"variables": ["t"],                                                   for all t,
     "hypotheses": [[">=", [["1", [1]]]]],                                 t >= 0 implies
     "goal": [">=", [["-1", [0]], ["1", [0], ["1", "0"]], ["-1", [1]]]]}   e^t - t - 1 >= 0

A certificate {"statement": its hash, "kind": a kind, "proof": ...} proves one statement by

    handelman   an identity: sum of products of hypotheses and squares  (Positivstellensatz)
    tree        boxes: signs of terms, end points and derivatives ("exponential ladder"), interval
                arithmetic ("cover"), even factors where equality holds ("contact")
    cells       one variable, polynomials: roots separated (Sturm), every pattern of signs tried

Numbers are rationals in lowest terms, as text.  What is no proof, well formed, raises Rejected.
"""

import hashlib
import json
import re
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import pairwise
from math import ceil, floor
from typing import Any, NamedTuple

MAX_POWER, MAX_EXPONENT, MAX_TERMS = 100, 1000, 10_000  # bounds on work, not on mathematics
ZERO, ONE, PRECISIONS = Fraction(0), Fraction(1), (24, 48, 96, 192, 384, 768)

Function = dict[tuple[Any, ...], Fraction]  # {(a_1..a_n, b_1..b_n, b_0): c}, c != 0
Relation = tuple[str, Function]  # f > 0, f >= 0 or f = 0
Statement = tuple[int, list[Relation], Relation]  # n, hypotheses, goal
Interval = tuple[Fraction, Fraction]


class Rejected(Exception):
    """The certificate does not prove the statement, or one of the two is not well formed."""


class End(NamedTuple):
    """An end of an interval, open where it does not belong to the interval."""

    at: Fraction
    is_open: bool


Box = list[tuple[End | None, End | None]]  # the range of each variable; None is infinity


def require(holds: bool, reason: str) -> None:
    if not holds:
        raise Rejected(reason)


# --- reading plain data ----------------------------------------------------------------------
def check(statement: Any, certificate: Any) -> None:
    """None if the certificate proves the statement; Rejected in every other case."""
    try:
        data, given = (json.loads(json.dumps(value)) for value in (statement, certificate))
        require(given.keys() == {"statement", "kind", "proof"}, "a certificate has three entries")
        require(given["statement"] == statement_hash(data), "certificate of another statement")
        kinds = {"handelman": handelman, "tree": tree, "cells": cells}
        kinds[given["kind"]](read_statement(data), given["proof"])
    except Rejected:
        raise
    except Exception as error:  # data of the wrong shape fails somewhere, and proves nothing
        raise Rejected(f"malformed: {type(error).__name__}: {error!s:.80}") from error


def statement_hash(statement: Any) -> str:
    """sha256 of the canonical JSON text: an edited statement loses its certificate."""
    return hashlib.sha256(json.dumps(statement, sort_keys=True).encode()).hexdigest()


def read_statement(data: Any) -> Statement:
    require(data.keys() == {"variables", "hypotheses", "goal"}, "a statement has three entries")
    names, relations = entries(data["variables"]), []
    named = all(type(x) is str and x.isidentifier() for x in names)
    require(named and len({*names}) == len(names), "variables have names, no two the same")
    for relation, terms in [*entries(data["hypotheses"]), data["goal"]]:
        require(relation in (">", ">=", "="), f"{relation!r:.40} is none of > >= =")
        relations.append((relation, function(terms, len(names))))
    return len(names), relations[:-1], relations[-1]


def entries(data: Any) -> list[Any]:
    """The entries of a list; a text or a table is no list."""
    require(type(data) is list, f"{data!r:.40} is not a list")
    return list(data)


def function(terms: Any, n: int) -> Function:
    """f from its terms [c, [a_1..a_n]] or [c, [a_1..a_n], [b_1..b_n, b_0]]."""
    f: Function = {}
    for c, powers, *rates in terms:
        a = [natural(i, MAX_POWER) for i in powers]
        b = [rational(q) for q in rates[0]] if rates else [0] * (n + 1)
        require(len(a) == n and len(b) == n + 1, "as many exponents as variables, and b_0")
        f[*a, *b] = rational(c)
    require(written(f, n) == terms, "a function is not in canonical form")
    return f


def written(f: Function, n: int) -> list[Any]:
    """The canonical terms of f: sorted, no c = 0, and the rates left out where all are 0."""
    return [
        [str(c), list(k[:n]), *([[str(b) for b in k[n:]]] if any(k[n:]) else [])]
        for k, c in sorted(f.items())
        if c
    ]


def rational(text: Any) -> Fraction:
    """p/q in lowest terms, such as "-3/2" or "7"; nothing else is a number."""
    pattern = "-?[0-9]{1,2000}(/[0-9]{1,2000})?"
    require(type(text) is str and bool(re.fullmatch(pattern, text)), f"{text!r:.40} is not exact")
    number = Fraction(text)
    require(str(number) == text, f"{text:.40} is not in lowest terms")
    return number


def natural(n: Any, limit: int) -> int:
    """One of 0, 1, ..., limit - 1."""
    require(type(n) is int and 0 <= n < limit, f"{n!r:.40} is not a natural number below {limit}")
    return int(n)


# --- exponential polynomials, their signs and enclosures -------------------------------------
def plus(*functions: Function) -> Function:
    total: Function = {}
    for f in functions:
        for k, c in f.items():
            total[k] = total[k] + c if k in total else c
    return {k: c for k, c in total.items() if c}


def times(f: Function, g: Function) -> Function:
    """Exponents add: (c x^a e^<b,x>)(d x^p e^<q,x>) = cd x^(a+p) e^<b+q,x>."""
    require(len(f) * len(g) <= MAX_TERMS, "too many terms")
    total: Function = {}
    for k, c in f.items():
        for m, d in g.items():
            key = tuple(a + p for a, p in zip(k, m, strict=True))
            total[key] = total[key] + c * d if key in total else c * d
    return plus(total)


def product(scalar: Fraction, factors: list[Function], n: int) -> Function:
    return reduce(times, factors, {(0,) * (2 * n + 1): scalar} if scalar else {})


def derivative(f: Function, i: int) -> Function:
    """d/dx_i of x^a e^<b,x> is a_i x^(a - e_i) e^<b,x> + b_i x^a e^<b,x>."""
    lowered = {(*k[:i], k[i] - 1, *k[i + 1 :]): c * k[i] for k, c in f.items()}
    return plus(lowered, {k: c * k[i + len(k) // 2] for k, c in f.items()})


def face(f: Function, i: int, at: Fraction) -> Function:
    """f where x_i = at: a factor at^(a_i), and b_i at joins b_0."""
    parts = []
    for k, c in f.items():
        key, j = list(k), i + len(k) // 2
        key[i], key[j], key[-1] = 0, 0, k[-1] + k[j] * at
        parts.append({tuple(key): c * at ** k[i]})
    return plus(*parts)


def constant_sign(f: Function) -> int:
    """The sign of sum_q c_q e^q, c_q != 0: 0 only if there is no term (Hermite-Lindemann)."""
    for precision in PRECISIONS:
        low, high = enclosure(f, [], precision)
        if low > 0 or high < 0 or not f:
            return (low > 0) - (high < 0)
    raise Rejected("too close to 0 to tell the sign")


@lru_cache(maxsize=4096)
def exp(q: Fraction, precision: int) -> Interval:
    """S <= e^q <= S + 2 q^N/N! for S = sum_{k<N} q^k/k!, 0 <= q <= N/2, in multiples of 1/one."""
    if q < 0:
        low, high = exp(-q, precision)
        return 1 / high, 1 / low
    require(q <= MAX_EXPONENT, f"e^{q!s:.40} is out of range")
    one, n = 4**precision, precision + 3 * ceil(q)
    down, up, total_down, total_up = one, one, 0, 0  # q^k/k! and their sum, rounded down and up
    for k in range(1, n + 1):
        total_down, total_up = total_down + down, total_up + up
        down, up = down * floor(q * one) // (k * one), -(-up * ceil(q * one) // (k * one))
    return Fraction(total_down, one), Fraction(total_up + 2 * up, one)


def interval_times(x: Interval, y: Interval) -> Interval:
    products = [p * q for p in x for q in y]
    return min(products), max(products)


def interval_power(x: Interval, a: int) -> Interval:
    """{y^a : y in x}: extremal at an end, or at the point of x nearest to 0."""
    powers = [y**a for y in (*x, max(x[0], min(ZERO, x[1])))]
    return min(powers), max(powers)


def interval_sum(terms: list[Interval]) -> Interval:
    return reduce(lambda x, y: (x[0] + y[0], x[1] + y[1]), terms, (ZERO, ZERO))


def enclosure(f: Function, box: list[Interval], precision: int = PRECISIONS[0]) -> Interval:
    """An interval that contains f(x) for every x in the box, term by term."""
    n, terms = len(box), []
    for k, c in f.items():
        factors = [interval_power(x, a) for x, a in zip(box, k, strict=False) if a]
        if any(k[n:]):
            rates = zip(k[n:], [*box, (ONE, ONE)], strict=True)
            low, high = interval_sum([interval_times((b, b), x) for b, x in rates])
            factors.append((exp(low, precision)[0], exp(high, precision)[1]))
        terms.append(reduce(interval_times, factors, (c, c)))
    return interval_sum(terms)


def lower_bound(f: Function, box: Box) -> Fraction:
    """f >= the better of f(X) and f(c) + sum_i f_i(X) (X_i - c_i), c the centre of the box X."""
    sides = [(low.at, high.at) for low, high in box if low and high]
    require(len(sides) == len(box), "interval arithmetic needs bounds on every variable")
    centre = [(low + high) / 2 for low, high in sides]
    mean_value = [enclosure(f, [(c, c) for c in centre])]
    for i, (low, high) in enumerate(sides):
        slope = enclosure(derivative(f, i), sides)
        mean_value.append(interval_times(slope, (low - centre[i], high - centre[i])))
    return max(enclosure(f, sides)[0], interval_sum(mean_value)[0])


# --- handelman -------------------------------------------------------------------------------
def handelman(statement: Statement, proof: Any) -> None:
    """factor * goal = terms + sum_j m_j e_j, with two cones and the equalities e_j = 0."""
    require(proof.keys() == {"factor", "terms", "multipliers"}, "an identity has three entries")
    n, hypotheses, (relation, f) = statement
    left, left_positive = cone(proof["factor"], statement)
    right, right_positive = cone(proof["terms"], statement)
    for j, multiplier in entries(proof["multipliers"]):
        sign, e = hypotheses[natural(j, len(hypotheses))]
        require(sign == "=", "only an equality takes any multiplier")
        right = plus(right, times(function(multiplier, n), e))
    require(times(left, f) == right, "the two sides of the identity differ")
    proved = {">=": left_positive, ">": right_positive, "=": left_positive and not proof["terms"]}
    require(proved[relation], f"the identity does not give {relation} 0")


def cone(terms: Any, statement: Statement) -> tuple[Function, bool]:
    """sum lambda prod_i h_i prod_s s^2 >= 0, and whether one of its terms is positive."""
    total, positive, (n, hypotheses, _) = Function(), False, statement
    for weight, indices, roots in entries(terms):
        scalar, squares = rational(weight), [function(root, n) for root in entries(roots)]
        require(len(indices) + len(squares) < MAX_POWER, "too many factors")
        require(scalar >= 0, "a weight is negative")
        used = [hypotheses[natural(i, len(hypotheses))] for i in entries(indices)]
        total = plus(total, product(scalar, [*(h for _, h in used), *squares, *squares], n))
        positive |= scalar > 0 and not squares and all(relation == ">" for relation, _ in used)
    return total, positive


# --- tree ------------------------------------------------------------------------------------
def tree(statement: Statement, proof: Any) -> None:
    """The root is the box that the hypotheses on single variables describe."""
    n, hypotheses, (relation, f) = statement
    positive = prove(f, [side(n, hypotheses, i) for i in range(n)], hypotheses, proof)
    require(relation == ">=" or (relation == ">" and positive), "proved >= 0 only")


def side(n: int, hypotheses: list[Relation], i: int) -> tuple[End | None, End | None]:
    """The tightest ends of x_i among the hypotheses c x_i + d >= 0 (or > 0, = 0)."""
    one = (0,) * (2 * n + 1)
    x = (*one[:i], 1, *one[i + 1 :])
    linear = [(r, h) for r, h in hypotheses if {x} <= h.keys() <= {x, one}]
    ends = [(r, h[x], End(-h.get(one, ZERO) / h[x], r == ">")) for r, h in linear]
    lows = (end for r, c, end in ends if c > 0 or r == "=")
    highs = (end for r, c, end in ends if c < 0 or r == "=")
    return max(lows, default=None), min(highs, key=lambda e: (e.at, not e.is_open), default=None)


def prove(f: Function, box: Box, hypotheses: list[Relation], proof: Any) -> bool:
    """f >= 0 where the hypotheses hold in the box, or Rejected; True if moreover f > 0."""
    match proof:
        case ["sign"]:
            return sign_of_terms(f, box)
        case ["leaf"]:
            low = lower_bound(f, box)
            require(low >= 0, "interval arithmetic does not decide")
            return low > 0
        case ["using", j, weight, rest]:  # f = lambda h_j + (f - lambda h_j)
            (relation, h), scalar = hypotheses[natural(j, len(hypotheses))], rational(weight)
            require(scalar >= 0 or relation == "=", "a weight is negative")
            return prove(plus(f, product(-scalar, [h], len(box))), box, hypotheses, rest)
        case ["times", rates, rest]:  # e^<b,x> > 0
            key = (*[0] * len(box), *map(rational, entries(rates)), 0)
            return prove(times(f, {key: ONE}), box, hypotheses, rest)
        case ["split", axis, point, left, right]:
            i, middle = natural(axis, len(box)), End(rational(point), False)
            below = prove(f, replaced(box, i, box[i][0], middle), hypotheses, left)
            above = prove(f, replaced(box, i, middle, box[i][1]), hypotheses, right)
            return below and above
        case ["rise" | "fall" as way, axis, at_end, slope]:
            return monotone(f, box, natural(axis, len(box)), way == "rise", at_end, slope)
        case ["contact", parts]:
            return contact(f, box, hypotheses, parts)
    raise Rejected("no such step of a tree")


def replaced(box: Box, i: int, low: End | None, high: End | None) -> Box:
    return [*box[:i], (low, high), *box[i + 1 :]]


def sign_of_terms(f: Function, box: Box) -> bool:
    """Each (sum_q c_q e^q) x^a e^<b,x> >= 0: its constant is, and x_i is where a_i is odd."""
    terms, positive = dict[tuple[Any, ...], Function](), False
    for k, c in f.items():
        terms.setdefault(k[:-1], {})[k[-1:]] = c
    for k, constant in terms.items():
        require(constant_sign(constant) > 0, "a term has a negative constant")
        lows = [(a, low or End(-ONE, False)) for a, (low, _) in zip(k, box, strict=False) if a]
        require(all(a % 2 == 0 or low.at >= 0 for a, low in lows), "an odd power may be negative")
        positive |= all(low > (ZERO, False) for _, low in lows)
    return positive


def monotone(f: Function, box: Box, i: int, rises: bool, at_end: Any, slope: Any) -> bool:
    """f >= 0 at an end of x_i, and grows from there on (mean value theorem)."""
    low, high = box[i]
    end, direction = (low, ONE) if rises else (high, -ONE)
    if end is None:
        raise Rejected("no end to start from")
    pinned = End(end.at, False)
    starts = prove(face(f, i, end.at), replaced(box, i, pinned, pinned), [], at_end)
    inside = replaced(box, i, low and End(low.at, True), high and End(high.at, True))
    away = product(direction, [derivative(f, i)], len(box))
    grows = prove(away, inside, [], slope)  # [] since no hypothesis need hold on the way
    return starts or (grows and end.is_open)


def contact(f: Function, box: Box, hypotheses: list[Relation], parts: Any) -> bool:
    """f = sum s^m q with q >= 0, and m even or s >= 0; f > 0 if some part with m = 0 is."""
    total, positive, n = Function(), False, len(box)
    for root, order, quotient, proof in entries(parts):
        s, m, q = function(root, n), natural(order, MAX_POWER), function(quotient, n)
        require(m % 2 == 0 or lower_bound(s, box) >= 0, "an odd power may be negative")
        positive |= prove(q, box, hypotheses, proof) and m == 0
        total = plus(total, product(ONE, [s] * m + [q], n))
    require(total == f, "the parts do not add up")
    return positive


# --- cells -----------------------------------------------------------------------------------
def cells(statement: Statement, proof: Any) -> None:
    """The points of the proof separate the roots: only the signs there and at the roots occur."""
    relations = [*statement[1], statement[2]]
    require(all(len(k) == 3 and not any(k[1:]) for _, f in relations for k in f), "not in Q[x]")
    chains = [sturm(f) for _, f in relations]
    whole = sturm(product(ONE, [f for _, f in relations if f], 1))
    bound = ONE + sum(abs(c / whole[0][max(whole[0])]) for c in whole[0].values())  # Cauchy
    points = [-bound, *map(rational, entries(proof)), bound]
    require(all(sign_at(whole[0], x) for x in points), "a point is a root")
    for low, high in pairwise(points):
        require(low < high and roots(whole, low, high) <= 1, "some roots are not separated")
        at_low, at_high = ([sign_at(f, x) for _, f in relations] for x in (low, high))
        at_root = [0 if roots(c, low, high) else s for c, s in zip(chains, at_low, strict=True)]
        for signs in at_low, at_root, at_high:
            *given, wanted = map(holds, relations, signs)
            require(wanted or not all(given), f"fails where the signs are {signs}")


def holds(relation: Relation, sign: int) -> bool:
    return {">": sign > 0, ">=": sign >= 0, "=": sign == 0}[relation[0]]


def sturm(f: Function) -> list[Function]:
    """f, f', and on: minus the remainder of the last two, up to a positive factor, until 0."""
    require(all(k[0] < 3 * MAX_POWER for k in f), "the degree is too high")
    chain = [f, derivative(f, 0)]
    while chain[-1]:
        r, q = chain[-2:]
        while r and max(r) >= max(q):
            r = plus(r, times({(max(r)[0] - max(q)[0], 0, 0): -r[max(r)] / q[max(q)]}, q))
        chain.append({k: -c / abs(r[max(r)]) for k, c in r.items()})
    return chain


def roots(chain: list[Function], low: Fraction, high: Fraction) -> int:
    """The number of distinct roots of chain[0] between two points that are no roots (Sturm)."""
    at_ends = [[s for f in chain if (s := sign_at(f, x))] for x in (low, high)]
    changes = [sum(s != t for s, t in pairwise(signs)) for signs in at_ends]
    return changes[0] - changes[1]


def sign_at(f: Function, x: Fraction) -> int:
    value = sum(c * x ** k[0] for k, c in f.items())
    return int(value > 0) - int(value < 0)
