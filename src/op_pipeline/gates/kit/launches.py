"""A call as the host worker described it: how far its launch got, and what it means when it got no further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from op_pipeline.gates.kit.failure import GateFailure, first_line, from_exception
from op_pipeline.gates.workers.described import Reply
from op_pipeline.models import FailureClass

# What is wrong when a launch ends in a phase; a phase is noted when it is entered.
PHASES = ("validate", "output_specs", "output_tensors", "program_factory", "descriptor", "dispatch")
_PHASE_KIND = {"validate": FailureClass.VALIDATION_MISSING, "dispatch": FailureClass.PROTOCOL_ERROR}
# Host errors that ttnn tells apart by their words only; the words are those of ttnn 0.81.1.
_HOST_ERRORS = (
    ("Cannot open kernel source file", FailureClass.COMPILE_ERROR),
    ("beyond max L1 size", FailureClass.OUT_OF_MEMORY),
    ("clash with L1 buffers", FailureClass.OUT_OF_MEMORY),
    ("Out of Memory:", FailureClass.OUT_OF_MEMORY),
)


@dataclass(frozen=True)
class Inspection:
    """The last launch of the own device operation as the emulator recorded it, and the error that ended the call.

    `launches`: all of them, in order.
    """

    launch: Any
    error: Exception | None
    launches: Sequence[Any] = ()

    def passed(self, phase: str) -> bool:
        """Whether the launch got through `phase`."""
        phases = list(self.launch.phases) if self.launch is not None else []
        if phase not in phases:
            return False
        # A descriptor that is there has passed; what refuses it afterwards, without dispatch, is the lowering.
        described = phase == "descriptor" and self.error is None and self.launch.program is not None
        return described or phase != phases[-1] or (self.error is None and not self.launch.error)

    def require(self, phase: str) -> None:
        """Raise GateFailure unless the launch got through `phase`."""
        if self.passed(phase):
            return
        if self.error is None:
            raise GateFailure(FailureClass.NOT_IMPLEMENTED, f"the call launched no device operation (phase {phase})")
        raise launch_failure(self.launch, self.error) from self.error


@dataclass(frozen=True)
class Call:
    """A described call: the own launch and the error, the whole answer, the tensors that were handed over."""

    inspection: Inspection
    reply: Reply
    tensors: Sequence[Any]

    def require_described(self, device_operation: str) -> None:
        """Raise GateFailure unless the call ended well and every launch of it, the own among them, can be run."""
        if self.inspection.error is not None:
            raise launch_failure(self.inspection.launch, self.inspection.error) from self.inspection.error
        if self.inspection.launch is None:
            others = ", ".join(launch.operation for launch in self.reply.launches) or "nothing"
            message = f"the call launches no {device_operation} (it launches {others})"
            raise GateFailure(FailureClass.NOT_IMPLEMENTED, message)
        for launch in self.reply.launches:
            if launch.error:  # what the device's library refuses when a program is made ready to run
                reached = replace(launch, phases=(*launch.phases, "dispatch"))
                raise launch_failure(reached, RuntimeError(launch.error))


def launch_failure(launch: Any, error: Exception) -> GateFailure:
    """Classify an exception of a call with legal arguments by how far its launch got."""
    declared = from_exception(error)
    if declared is not None:
        return declared
    phase = launch.phases[-1] if launch is not None and launch.phases else ""
    worded = (kind for words, kind in _HOST_ERRORS if phase and words in first_line(error))
    kind = next(worded, _PHASE_KIND.get(phase, FailureClass.NOT_IMPLEMENTED))
    if isinstance(error, TypeError) and not phase:
        kind = FailureClass.SIGNATURE_MISMATCH
    where = f"in phase {phase!r} of its launch" if phase else "before it launched a device operation"
    file, line = place_of(str(error))
    return GateFailure(
        kind, f"legal arguments, but the call failed {where}: {first_line(error)}", file=file, line=line,
        excerpt=str(error)[:4000],
    )  # fmt: skip


def place_of(text: str) -> tuple[str, int]:
    """File and line of `TT_FATAL @ file:line: …`, else nothing."""
    head, at, rest = text.partition(" @ ")
    if not at or not head.startswith("TT_"):
        return "", 0
    file, _, tail = rest.partition(":")
    digits = tail.partition(":")[0].strip()
    return (file, int(digits)) if digits.isdigit() else ("", 0)
