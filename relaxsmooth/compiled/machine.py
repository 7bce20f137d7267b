"""From LLVM instructions to a callable: llvmlite's just-in-time compiler, loaded on first use."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

DOUBLE, INTEGER = ctypes.c_double, ctypes.c_int64
DOUBLES = ctypes.POINTER(ctypes.c_double)


@cache
def _target() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


class Machine:
    """The compiled module; it lives as long as the functions taken from it."""

    def __init__(self, module: Any) -> None:
        import llvmlite.binding as llvm

        # opt = 2 schedules and allocates registers; without fast-math flags it may not reassociate
        # and without `contract` flags it may not fuse a product and a sum
        target = _target().create_target_machine(opt=2)
        parsed = llvm.parse_assembly(str(module))
        parsed.verify()
        self._engine = llvm.create_mcjit_compiler(parsed, target)
        self._engine.finalize_object()

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        """A Python callable of the C signature result(*arguments); it keeps the machine alive."""
        made: Any = ctypes.CFUNCTYPE(result, *arguments)(self._engine.get_function_address(name))
        made.machine = self
        return made
