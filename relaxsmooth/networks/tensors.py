"""One more arithmetic: the formulas of the core, read on torch tensors.

A number is a float (constants) or a 0-dimensional tensor on any device, and a point of a
problem is one `Vector`, so that the very `UpdateRule.step` of the core takes the steps of a
network.  Like FLOAT it never proves; on the meta device every comparison is undecided.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relaxsmooth.arithmetic import FLOAT
from relaxsmooth.networks.backend import Tensor, is_meta, torch, wide
from relaxsmooth.verdict import Status


@dataclass(frozen=True, eq=False)
class Vector:
    """A flat tensor as one number of a point: v + w, t v, v/t, and <v, w> for v * w."""

    data: Tensor

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.data + other.data)

    def __sub__(self, other: Vector) -> Vector:
        return Vector(self.data - other.data)

    def __neg__(self) -> Vector:
        return Vector(-self.data)

    def __mul__(self, other: Any) -> Any:
        """The scalar product of two vectors; otherwise a multiple."""
        if not isinstance(other, Vector):
            return Vector(self.data * other)
        return (self.data.to(wide(self.data.device)) * other.data).sum()

    def __rmul__(self, other: Any) -> Vector:
        return Vector(self.data * other)

    def __truediv__(self, other: Any) -> Vector:
        return Vector(self.data / other)

    def __eq__(self, other: object) -> bool:
        """Whether every coordinate is `other` (False on the meta device)."""
        if isinstance(other, Vector):
            other = other.data
        return not is_meta(self.data) and bool((self.data == other).all())

    __hash__ = object.__hash__


class TorchArithmetic:
    """Floats and 0-dimensional tensors: overflow is inf, a nan decides nothing."""

    name = "torch"

    def number(self, value: Fraction) -> float:
        return FLOAT.number(value)

    def power(self, base: Any, exponent: Fraction) -> Any:
        if not isinstance(base, torch.Tensor):
            return FLOAT.power(base, exponent)
        return base ** (int(exponent) if exponent.denominator == 1 else float(exponent))

    def apply(self, function: str, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return FLOAT.apply(function, value)
        return getattr(torch, function)(value)

    def minimum(self, values: Sequence[Any]) -> Any:
        return _extremum(values, min, torch.minimum, "max")

    def maximum(self, values: Sequence[Any]) -> Any:
        return _extremum(values, max, torch.maximum, "min")

    def hull(self, values: Iterable[Any]) -> Any:
        """The one branch that may be taken; nan (no data: any branch) where it is undecided."""
        found = list(values)
        if len(found) == 1:
            return found[0]
        tensors = [v for v in found if isinstance(v, torch.Tensor)]
        return tensors[0] * math.nan if tensors else math.nan

    def norm(self, vector: Sequence[Any]) -> Tensor:
        """‖v‖ for Vectors, tensors or floats, scaled first: 1e20 in float32 does not overflow."""
        parts = [v.data if isinstance(v, Vector) else v for v in vector]
        tensors = [torch.as_tensor(p, dtype=None if _is_tensor(p) else wide("cpu")) for p in parts]
        scale, relative = scaled_norm(tensors)
        return scale * relative

    def possibilities(self, a: Any, b: Any, strict: bool = False) -> tuple[bool, bool]:
        if any(_is_tensor(value) and is_meta(value) for value in (a, b)):
            return True, True
        return FLOAT.possibilities(float(a), float(b), strict)

    def at_most(self, a: Any, b: Any) -> Status:
        return self._status(a, b, strict=False)

    def less_than(self, a: Any, b: Any) -> Status:
        return self._status(a, b, strict=True)

    def _status(self, a: Any, b: Any, strict: bool) -> Status:
        """CONSISTENT, REFUTED or UNDECIDED: rounding may have moved either side."""
        may_hold, may_fail = self.possibilities(a, b, strict)
        if may_hold and may_fail:
            return Status.UNDECIDED
        return Status.CONSISTENT if may_hold else Status.REFUTED

    @contextmanager
    def active(self) -> Iterator[None]:
        yield


TORCH = TorchArithmetic()


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def _extremum(values: Sequence[Any], of_floats: Any, of_tensors: Any, limit: str) -> Any:
    floats = [value for value in values if not _is_tensor(value)]
    tensors = [value for value in values if _is_tensor(value)]
    if not tensors:
        return of_floats(floats)
    result = tensors[0]
    for tensor in tensors[1:]:
        result = of_tensors(result, tensor)
    return torch.clamp(result, **{limit: of_floats(floats)}) if floats else result


def power_of_two_below(largest: Tensor) -> Tensor:
    """2^k <= |largest| < 2^(k+1), by which division is exact; 1 where that says nothing."""
    exponent = torch.frexp(largest)[1] - 1
    scale = torch.ldexp(torch.ones_like(largest), exponent)
    return torch.where(torch.isfinite(largest) & (largest > 0), scale, torch.ones_like(scale))


def scaled_norm(tensors: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """(s, ‖v‖/s) for the tensors v taken together, s a power of two of the size of max|v_i|.

    Both are 0-dimensional in the wide dtype, on the device of the first tensor.
    """
    home, filled = tensors[0].device, [t for t in tensors if t.numel()]
    scale = common_scale(filled, home)
    parts = [relative_norm(t / scale.to(t)).to(home) for t in filled]
    return scale, torch.linalg.vector_norm(torch.stack(parts))


def common_scale(tensors: Sequence[Tensor], home: Any) -> Tensor:
    """A power of two of the size of the largest |v_i|, on the device `home`."""
    largest = [torch.linalg.vector_norm(t, ord=math.inf) for t in tensors]
    return power_of_two_below(torch.stack([t.to(home, wide(home)) for t in largest]).max())


def relative_norm(scaled: Tensor) -> Tensor:
    """‖v‖ of a tensor with entries below 2, summed in the wide dtype."""
    return torch.linalg.vector_norm(scaled, dtype=wide(scaled.device))
