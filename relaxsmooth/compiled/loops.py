"""The loops: a formula's machine code inside `while`, with nothing allocated per step."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from relaxsmooth.compiled.emit import Emitter
from relaxsmooth.compiled.enclosures import emit_bounded
from relaxsmooth.compiled.floats import emit_floats
from relaxsmooth.compiled.machine import DOUBLE, DOUBLES, INTEGER, Machine
from relaxsmooth.formula import Formula

Region = tuple[float, float, float, float]


class _Function:
    """int64 name(double* a, double* b, int64 n): the one signature used here."""

    def __init__(self, name: str) -> None:
        from llvmlite import ir

        self.ir, self.name = ir, name
        self.word, self.half = ir.IntType(64), ir.IntType(32)
        pointer = ir.DoubleType().as_pointer()
        kind = ir.FunctionType(self.word, [pointer, pointer, self.word])
        self.body = ir.Function(ir.Module(), kind, name)
        self.entry = self.block("entry")

    def block(self, name: str) -> Any:
        return self.body.append_basic_block(name)

    def at(self, block: Any) -> Any:
        return self.ir.IRBuilder(block)

    def load(self, builder: Any, argument: int, i: int) -> Any:
        return builder.load(builder.gep(self.body.args[argument], [self.word(i)]))

    def store(self, builder: Any, value: Any, argument: int, i: int) -> None:
        builder.store(value, builder.gep(self.body.args[argument], [self.word(i)]))

    def compile(self) -> Any:
        machine = Machine(self.body.module)
        return machine.function(self.name, INTEGER, DOUBLES, DOUBLES, INTEGER)


@lru_cache(maxsize=256)
def iterate(
    step: tuple[Formula, ...], norm: Formula, variables: tuple[str, ...]
) -> Callable[[Sequence[float], float, int], tuple[int, list[float]]]:
    """run(x, eps, limit) -> (k, x_k): floats, until ‖∇f(x_k)‖ <= eps, k = limit, or not finite."""
    f = _Function("iterate")
    start, loop, move, end = f.at(f.entry), f.block("loop"), f.block("move"), f.block("end")
    first = [f.load(start, 0, i) for i in range(len(variables))]
    epsilon = f.load(start, 1, 0)
    start.branch(loop)

    b = f.at(loop)
    k = b.phi(f.word)
    x = [b.phi(f.ir.DoubleType()) for _ in variables]
    m = Emitter(b)
    g, *after = emit_floats(m, (norm, *step), dict(zip(variables, x, strict=True)))
    more = b.and_(m.compare(">", g, epsilon), b.icmp_signed("<", k, f.body.args[2]))
    more = b.and_(more, m.compare("<", g, m.constant(math.inf)))
    b.cbranch(more, move, end)

    b = f.at(move)
    counted = b.add(k, f.word(1))
    b.branch(loop)
    for phi, initial, new in zip([k, *x], [f.word(0), *first], [counted, *after], strict=True):
        phi.add_incoming(initial, f.entry)
        phi.add_incoming(new, move)

    b = f.at(end)
    for i, value in enumerate(x):
        f.store(b, value, 0, i)
    b.ret(k)
    call = f.compile()

    def run(x: Sequence[float], epsilon: float, limit: int) -> tuple[int, list[float]]:
        point = (DOUBLE * len(variables))(*x)
        k = call(point, ctypes.byref(DOUBLE(epsilon)), limit)
        return k, list(point)

    return run


@lru_cache(maxsize=256)
def enclose(
    step: Formula, name: str, increasing: bool
) -> Callable[[float, float, Region, int], tuple[int, float, float]]:
    """run(lo, hi, (A, B, c, d), limit) -> (k, lo_k, hi_k), an enclosure of every x_k from [lo, hi].

    The caller certifies that the step T is monotone on [A, B] as `increasing` says; then
    T([lo, hi]) is inside [T(lo) - b, T(hi) + b] (ends swapped when decreasing), b the proven error
    of each end.  The loop takes a step only from an enclosure inside [A, B] with hi <= c or
    lo >= d, counts it only if the new one is inside as well, and stops at a nan.
    """
    f = _Function("enclose")
    start, loop, move, end = f.at(f.entry), f.block("loop"), f.block("move"), f.block("end")
    both = Emitter(start, lanes=2)  # both ends in one register: one pass through the formula
    first = both.constant(0.0)
    for i in range(2):
        first = start.insert_element(first, f.load(start, 0, i), f.half(i))
    A, B, c, d = (f.load(start, 1, i) for i in range(4))
    start.branch(loop)

    b = f.at(loop)
    m = Emitter(b, lanes=2)
    k, x = b.phi(f.word), b.phi(m.double)
    order = f.ir.Constant(f.ir.VectorType(f.half, 2), [0, 1] if increasing else [1, 0])
    ends = {name: x if increasing else b.shuffle_vector(x, x, order)}
    image, error = emit_bounded(m, step, ends)
    down, up = m.sub(image, error), m.add(image, error)
    new = b.shuffle_vector(down, up, f.ir.Constant(order.type, [0, 3]))
    lo, hi = (b.extract_element(new, f.half(i)) for i in range(2))
    scalar = Emitter(b)
    inside = b.and_(scalar.compare(">=", lo, A), scalar.compare("<=", hi, B))
    side = b.or_(scalar.compare("<=", hi, c), scalar.compare(">=", lo, d))
    more = b.and_(b.and_(inside, side), b.icmp_signed("<", k, f.body.args[2]))
    b.cbranch(more, move, end)

    b = f.at(move)
    counted = b.add(k, f.word(1))
    b.branch(loop)
    for phi, initial, following in ((k, f.word(0), counted), (x, first, new)):
        phi.add_incoming(initial, f.entry)
        phi.add_incoming(following, move)

    b = f.at(end)
    for i in range(2):
        f.store(b, b.extract_element(x, f.half(i)), 0, i)
    b.ret(k)
    call = f.compile()

    def run(lo: float, hi: float, region: Region, limit: int) -> tuple[int, float, float]:
        A, B, c, d = region
        if not (A <= lo <= hi <= B and (hi <= c or lo >= d)):
            return 0, lo, hi
        ends = (DOUBLE * 2)(lo, hi)
        k = call(ends, (DOUBLE * 4)(*region), limit)
        return k, ends[0], ends[1]

    return run


@lru_cache(maxsize=256)
def pair(root: Formula, name: str) -> Callable[[float], tuple[float, float]]:
    """x -> (v, b), |v - root(x)| <= b; b is nan or infinite where nothing is known."""
    f = _Function("pair")
    b = f.at(f.entry)
    m = Emitter(b)
    for i, value in enumerate(emit_bounded(m, root, {name: f.load(b, 0, 0)})):
        f.store(b, value, 0, i)
    b.ret(f.word(0))
    call = f.compile()

    def run(x: float) -> tuple[float, float]:
        values = (DOUBLE * 2)(x, 0.0)
        call(values, values, 0)
        return values[0], values[1]

    return run


@lru_cache(maxsize=256)
def values(
    roots: tuple[Formula, ...], names: tuple[str, ...]
) -> Callable[[Sequence[float]], list[float]]:
    """run(x) -> the formulas at these values of the names, in doubles; nan where undefined."""
    f = _Function("values")
    b = f.at(f.entry)
    known = {name: f.load(b, 0, i) for i, name in enumerate(names)}
    for i, value in enumerate(emit_floats(Emitter(b), roots, known)):
        f.store(b, value, 1, i)
    b.ret(f.word(0))
    call, given, found = f.compile(), DOUBLE * len(names), DOUBLE * len(roots)

    def run(x: Sequence[float]) -> list[float]:
        out = found()
        call(given(*x), out, 0)
        return list(out)

    return run
