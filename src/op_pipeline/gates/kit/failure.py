"""How a gate test says why it fails: a declared class that travels structured, never a word in a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from op_pipeline.models import FailureClass

# Fault classes of the emulator (docs/emulator.md) that are not simply a broken rule of the device.
_FAULT_KINDS = {
    "deadlock": FailureClass.HANG_DEADLOCK,
    "non_termination": FailureClass.HANG_UNKNOWN,
    "out_of_memory": FailureClass.OUT_OF_MEMORY,
    "not_modelled": FailureClass.COMPILE_ERROR,
    "compile_error": FailureClass.COMPILE_ERROR,
    "name_removed": FailureClass.COMPILE_ERROR,
}
# Faults that say something about the machine, never about the candidate.
_SURROUNDINGS = {"internal_compiler_error", "emulator_error"}


class GateFailure(Exception):  # noqa: N818 - named for what it is in the log
    """A gate test found the candidate wanting. `file` and `line` point into the candidate where that is known."""

    def __init__(self, kind: FailureClass, message: str, *, file: str = "", line: int = 0, excerpt: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.file = file
        self.line = line
        self.excerpt = excerpt


def require(condition: object, kind: FailureClass, message: str, *, file: str = "", line: int = 0) -> None:
    """Raise GateFailure unless the condition holds."""
    if not condition:
        raise GateFailure(kind, message, file=file, line=line)


def from_problem(problem: Mapping[str, Any]) -> GateFailure:
    """The failure that was found when the operation was built, in the JSON shape the runner hands over."""
    return GateFailure(
        FailureClass(problem["kind"]),
        problem["message"],
        file=problem.get("file", ""),
        line=int(problem.get("line") or 0),
        excerpt=problem.get("excerpt", ""),
    )


def from_exception(error: BaseException) -> GateFailure | None:
    """The declared failure behind an exception that carries the emulator's fault records; None for any other."""
    if isinstance(error, GateFailure):
        return error
    records = getattr(error, "records", None)
    if not isinstance(records, list) or not records or not isinstance(records[0], Mapping):
        return None
    first = records[0]
    fault = str(first.get("fault_class", ""))
    kind = FailureClass.ENV_ERROR if fault in _SURROUNDINGS else _FAULT_KINDS.get(fault, FailureClass.PROTOCOL_ERROR)
    if type(error).__name__ == "KernelCompileError" and kind is FailureClass.PROTOCOL_ERROR:
        kind = FailureClass.COMPILE_ERROR
    place = f"core ({first.get('core_x')},{first.get('core_y')}) " if first.get("core_x") is not None else ""
    hint = f" ({first['hint']})" if first.get("hint") else ""
    return GateFailure(
        kind,
        f"{fault}: {place}{first.get('risc') or ''}: {first.get('message', '')}{hint}".replace(" :", ":").replace(
            ": :", ":"
        ),
        file=str(first.get("file") or first.get("kernel") or ""),
        line=int(first.get("line") or 0),
        excerpt=str(error)[:4000],
    )


@contextmanager
def declaring(kind: FailureClass, what: str) -> Iterator[None]:
    """Any exception of the block becomes a failure of class `kind`, unless it carries a class of its own."""
    try:
        yield
    except Exception as error:
        declared = from_exception(error)
        if declared is not None:
            raise declared from error
        raise GateFailure(kind, f"{what}: {first_line(error)}", excerpt=str(error)[:4000]) from error


def first_line(error: BaseException) -> str:
    """Type and essence of an exception in one line; for TT_FATAL the message after `info:`."""
    text = str(error)
    if "info:\n" in text:
        text = text.split("info:\n", 1)[1]
    words = text.strip().splitlines()
    return f"{type(error).__name__}: {words[0]}" if words else type(error).__name__
