"""A formula with a certified bound of its error: what the rigorous loops are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from relaxsmooth.compiled.emit import Emitter, NotCompiled, above
from relaxsmooth.compiled.kernels import U
from relaxsmooth.compiled.pairs import GROWTH, MOST_ROUNDINGS, TINY, Pair, machine_value, total
from relaxsmooth.compiled.rules import Rules
from relaxsmooth.formula import Formula, topological


def emit_bounded(m: Emitter, root: Formula, values: Mapping[str, Any]) -> tuple[Any, Any]:
    """(v, b) with |v - root| + 2u |v| <= b (1 - u): so v -+ b, rounded, are certified bounds.

    `values` are doubles, taken as exact.
    """
    rules = Rules(m)
    done: dict[Formula, Pair] = {}
    for node in topological((root,)):
        done[node] = rules.node(node, values, done)
    if root.op == "add":
        return bounded_sum(m, done[root].v, [done[arg] for arg in root.args])
    return done[root].v, bound(m, done[root])


def bound(m: Emitter, pair: Pair) -> Any:
    """A machine double b with |v - exact| <= b, and even |v - exact| + 2u |v| <= b (1 - u).

    The extra 2u |v| covers the rounding of v -+ b, the factor G all roundings of the bound.
    """
    _check_depth(pair)
    e = machine_value(m, TINY if pair.e is None else pair.e)
    return m.add(e, m.mul(m.constant(above((pair.rho + 4 * U) * GROWTH)), m.abs(pair.v)))


def bounded_sum(m: Emitter, v: Any, parts: Sequence[Pair]) -> tuple[Any, Any]:
    """The same for v = the sum of n parts, from the sizes of the parts: b does not wait for v.

    The n - 1 partial sums and v are each at most sum |v_i| up to roundings, so the sum's own
    rounding errors and 4u |v| together stay below (n + 3) u sum |v_i|.
    """
    terms = []
    for part in sorted(parts, key=lambda part: part.rho > 0):  # the exact ones are ready first
        _check_depth(part)
        scale, base = part.size
        factor = (part.rho + (len(parts) + 3) * U) * scale * GROWTH * GROWTH
        terms.append(m.mul(m.constant(above(factor)), m.abs(base)))
    rest = total(m, (*(part.e for part in parts), TINY))
    return v, m.add(reduce(m.add, terms), machine_value(m, rest))


def _check_depth(pair: Pair) -> None:
    if pair.roundings > MOST_ROUNDINGS:
        raise NotCompiled("the formula is too deep for a running error bound; use balls instead")
