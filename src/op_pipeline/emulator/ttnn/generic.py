"""`ttnn.generic_op`: run a program that Python describes."""

from __future__ import annotations

from typing import Any

from op_pipeline.emulator import _ttnn
from op_pipeline.emulator.ttnn.operation import Operation

_SIGNATURE = "generic_op(io_tensors: Sequence[Tensor], program_descriptor: ProgramDescriptor) -> Tensor"


def _run(*args: Any, **kwargs: Any) -> Any:
    """Run `program_descriptor` on `io_tensors` (inputs, then outputs) and return the last of them.

    Outputs must be allocated; their contents are not cleared. TypeError for wrong arguments, RuntimeError for a
    program that is refused, EmulatorFault for one that breaks a rule of the device while it runs.
    """
    try:
        return _ttnn.generic_op(*args, **kwargs)
    except TypeError as error:
        if "incompatible function arguments" not in str(error):
            raise
        called = [type(value).__name__ for value in args]
        called += [f"{name}={type(value).__name__}" for name, value in kwargs.items()]
        message = (
            "ttnn.generic_op(): incompatible function arguments.\n"
            f"Called with: ({', '.join(called)})\nAvailable signatures:\n    {_SIGNATURE}"
        )
        raise TypeError(message) from None


generic_op = Operation("ttnn.generic_op", _run)
