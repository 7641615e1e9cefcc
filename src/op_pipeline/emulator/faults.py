"""Faults of the emulator as Python sees them: exceptions that carry records, never only a text.

A record is a flat dictionary: fault_class, kernel, file, line, core_x, core_y, risc, message, hint. It is what the C++
side calls FaultRecord; text for people is made from it here and in fault.cpp in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from op_pipeline.errors import InfrastructureError

Record = dict[str, Any]


class ToolchainMissing(InfrastructureError):  # noqa: N818 - says what happened
    """No usable C++ compiler, or a part of the installation that compilation needs is not there."""


class _RecordedError(RuntimeError):
    """A runtime error whose text is made from its records."""

    def __init__(self, records: Iterable[Mapping[str, Any]]) -> None:
        self.records: list[Record] = [dict(record) for record in records]
        super().__init__("\n".join(record_text(record) for record in self.records))


class EmulatorFault(_RecordedError):  # noqa: N818 - the word of the whole emulator
    """A program broke a rule of the device. A deadlock has one record for each kernel that is stuck."""


class KernelCompileError(_RecordedError):
    """A kernel's source does not compile.

    Classes: compile_error, name_removed (an older API generation), not_modelled (the device has it, the emulator does
    not), internal_compiler_error.
    """


def make_record(
    fault_class: str, message: str, *, kernel: str = "", file: str = "", line: int = 0, risc: str = "", hint: str = ""
) -> Record:
    """A record without a core: for faults that are found before anything runs."""
    return {
        "fault_class": fault_class,
        "kernel": kernel,
        "file": file or kernel,
        "line": line,
        "core_x": None,
        "core_y": None,
        "risc": risc,
        "message": message,
        "hint": hint,
    }


def record_text(record: Mapping[str, Any]) -> str:
    """One line: `class: kernel core (x,y) RISC file:line: message (hint)`; parts that are unknown are left out."""
    kernel, file, line = record.get("kernel", ""), record.get("file", ""), record.get("line", 0)
    words = [kernel] if kernel and kernel != file else []
    if record.get("core_x") is not None:
        words.append(f"core ({record['core_x']},{record['core_y']})")
    if record.get("risc"):
        words.append(str(record["risc"]))
    if file:
        words.append(f"{file}:{line}" if line else str(file))
    place = " ".join(words)
    hint = f" ({record['hint']})" if record.get("hint") else ""
    return f"{record.get('fault_class', 'fault')}: {place + ': ' if place else ''}{record.get('message', '')}{hint}"
