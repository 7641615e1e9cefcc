"""What launches of operations did: phases, decided shapes and the described program, without running it if wished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from op_pipeline.emulator import _ttnn


@dataclass(frozen=True)
class Launch:
    """One call of ttnn::device_operation::launch or ttnn.generic_op.

    `phases` holds those that were entered, in order: validate, output_specs, output_tensors, program_factory,
    descriptor, dispatch. `output_specs` has one dictionary (shape, dtype, layout, memory) per output tensor. `program`
    is None when the launch ended before its descriptor. `error` is the text of what ended it early.

    `image` is the lowered program as plain data that `execution` takes, None when the launch did not get there or the
    host library refuses the program; `error` says why then, also without dispatch, where nothing is raised. `live`
    lists the buffers of that moment: kind ("DRAM", "L1"), address, bytes in each bank; of a sharded tensor also the
    banks it is in (of L1: y * width of the grid + x).
    """

    operation: str
    attributes: list[tuple[str, str]]
    phases: tuple[str, ...]
    output_specs: list[dict[str, Any]]
    factory: str
    program: dict[str, Any] | None
    image: dict[str, Any] | None
    live: list[tuple[Any, ...]]
    error: str | None


@dataclass
class Log:
    """Launches in the order in which they ended; filled when the `record` block is left."""

    launches: list[Launch] = field(default_factory=list)


@contextmanager
def record(*, dispatch: bool = True) -> Iterator[Log]:
    """Record all launches of this process. With `dispatch` off they stop when the program is lowered.

    An operation then returns its output tensor unwritten. RuntimeError when a recording is under way already.
    """
    log = Log()
    _ttnn._start_recording(dispatch)  # noqa: SLF001 - this module is the public face of the recorder
    try:
        yield log
    finally:
        log.launches.extend(Launch(**item) for item in _ttnn._stop_recording())  # noqa: SLF001
