"""What workers answer, read as data that may be anything: fields of the right types, or Unfit with what is wrong.

After `Reply.parse` the judge can rely on types and sizes, on nothing else: a host worker may describe whatever it
likes, and what it describes is what will be run.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_LAUNCHES = 64
MAX_LIVE = 4096
_TEXT = 20_000
_RECORD_TEXT = ("fault_class", "kernel", "file", "risc", "message", "hint")


class Unfit(Exception):  # noqa: N818 - said as it is
    """An answer lacks something or has it in a wrong form."""


class CandidateError(Exception):
    """An exception of candidate code that has no builtin name."""


@dataclass(frozen=True)
class Launch:
    """One recorded launch: what emulator.inspection.Launch holds, after JSON (tuples are lists)."""

    operation: str
    attributes: tuple[tuple[str, str], ...]
    phases: tuple[str, ...]
    output_specs: tuple[Mapping[str, Any], ...]
    factory: str
    program: Mapping[str, Any] | None
    error: str | None
    image: Mapping[str, Any] | None
    live: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class TensorInfo:
    """A tensor of the host worker as it describes itself; `address` is None for one that is on no device."""

    number: int
    shape: tuple[int, ...]
    dtype: str
    layout: str
    memory: str | None
    address: int | None


@dataclass(frozen=True)
class Reply:
    """How a call ended: a value (plain, TensorInfo, or an object's number) or an exception, and its launches."""

    kind: str  # "plain", "tensor", "object", "raised"
    value: Any
    error: Exception | None
    launches: tuple[Launch, ...]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Reply:
        """From the body of an answer. Raises Unfit."""
        launches = _list(body.get("launches", []), "launches", MAX_LAUNCHES)
        parsed = tuple(_launch(item) for item in launches)
        if "raised" in body:
            return cls("raised", None, exception(body["raised"]), parsed)
        kind, value = _result(body.get("result"))
        return cls(kind, value, None, parsed)


def _result(result: Any) -> tuple[str, Any]:
    told = _mapping(result, "result")
    kind = told.get("kind")
    if kind == "plain":
        value = told.get("value")
        if not (value is None or isinstance(value, (bool, int, float, str))):
            raise Unfit("a plain value is a number, a text or nothing")
        return "plain", value
    number = _integer(told.get("number"), "number")
    if kind == "object":
        return "object", (number, _text(told.get("type"), "type"), _text(told.get("text"), "text"))
    if kind != "tensor":
        raise Unfit(f"a result is plain, tensor or object, not {str(kind)[:40]!r}")
    shape = tuple(_integer(extent, "shape") for extent in _list(told.get("shape"), "shape", 16))
    address = told.get("address")
    memory = told.get("memory")
    return "tensor", TensorInfo(
        number=number,
        shape=shape,
        dtype=_text(told.get("dtype"), "dtype").lower(),
        layout=_text(told.get("layout"), "layout"),
        memory=None if memory is None else _text(memory, "memory"),
        address=None if address is None else _integer(address, "address"),
    )


def _launch(item: Any) -> Launch:
    told = _mapping(item, "launch")
    program, image, error = told.get("program"), told.get("image"), told.get("error")
    return Launch(
        operation=_text(told.get("operation"), "operation"),
        attributes=tuple(_pair(entry) for entry in _list(told.get("attributes"), "attributes", 1000)),
        phases=tuple(_text(entry, "phase") for entry in _list(told.get("phases"), "phases", 100)),
        output_specs=tuple(_spec(entry) for entry in _list(told.get("output_specs"), "output_specs", 100)),
        factory=_text(told.get("factory"), "factory"),
        program=None if program is None else _program(program),
        error=None if error is None else _text(error, "error"),
        image=None if image is None else _mapping(image, "image"),
        live=tuple(_live(entry) for entry in _list(told.get("live") or [], "live", MAX_LIVE)),
    )


def _spec(entry: Any) -> Mapping[str, Any]:
    spec = _mapping(entry, "output_specs")
    shape = [_integer(extent, "shape") for extent in _list(spec.get("shape"), "shape", 16)]
    return {
        "shape": shape,
        "dtype": _text(spec.get("dtype"), "dtype"),
        "layout": _text(spec.get("layout"), "layout"),
        "memory": _mapping(spec.get("memory"), "memory"),
    }


def _program(value: Any) -> Mapping[str, Any]:
    """The description of gate 5: its lists and the types the checks rely on."""
    program = _mapping(value, "program")
    for name in ("kernels", "circular_buffers", "semaphores"):
        for item in _list(program.get(name), name, 1024):
            entry = _mapping(item, name)
            for core in _list(entry.get("cores"), "cores", 4096):
                _core(core)
    for kernel in program["kernels"]:
        _text(kernel.get("name"), "name")
        _text(kernel.get("risc"), "risc")
        _mapping(kernel.get("config", {}), "config")
        for name in ("compile_time_args", "common_runtime_args"):
            _integers(kernel.get(name), name)
        for pair in _list(kernel.get("runtime_args") or [], "runtime_args", 4096):
            if not isinstance(pair, list) or len(pair) != 2:
                raise Unfit("runtime_args are pairs of core and values")
            _core(pair[0])
            _integers(pair[1], "runtime_args")
    for buffer in program["circular_buffers"]:
        for name in ("index", "total_size", "page_size"):
            _integer(buffer.get(name), name)
        _text(buffer.get("format"), "format")
    return program


def exception(value: Any) -> Exception:
    """What the judge raises for an exception of candidate code: the nearest builtin of its names, or fault records.

    Raises Unfit for data that describes none.
    """
    told = _mapping(value, "exception")
    names = [_text(name, "type") for name in _list(told.get("types"), "types", 64)]
    text = _text(told.get("text"), "text")
    records = [_record(item) for item in _list(told.get("records", []), "records", 1024)]
    if records and "_RecordedError" in names:
        from op_pipeline.emulator.faults import EmulatorFault, KernelCompileError  # noqa: PLC0415

        return (KernelCompileError if "KernelCompileError" in names else EmulatorFault)(records)
    for name in names:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            return _made(kind, text)
    return CandidateError(f"{names[0] if names else 'exception'}: {text}")


def _made(kind: type[Exception], text: str) -> Exception:
    if issubclass(kind, KeyError):  # its text is shown as repr
        kind = LookupError
    try:
        return kind(text)
    except TypeError:  # UnicodeDecodeError and the like want more
        return CandidateError(f"{kind.__name__}: {text}")


def _record(item: Any) -> dict[str, Any]:
    """A fault record with the fields that messages are made of."""
    told = _mapping(item, "record")
    record: dict[str, Any] = {name: _text(told.get(name) or "", name)[:4000] for name in _RECORD_TEXT}
    record["line"] = _integer(told.get("line") or 0, "line")
    for name in ("core_x", "core_y"):
        record[name] = None if told.get(name) is None else _integer(told[name], name)
    return record


def _pair(entry: Any) -> tuple[str, str]:
    if not isinstance(entry, list) or len(entry) != 2:
        raise Unfit("attributes are pairs of texts")
    return _text(entry[0], "attribute"), _text(entry[1], "attribute")


def _live(entry: Any) -> tuple[Any, ...]:
    """Kind, address, bytes in each bank; of a sharded tensor also the banks."""
    if not isinstance(entry, list) or len(entry) not in (3, 4) or entry[0] not in ("DRAM", "L1"):
        raise Unfit("live buffers are kind, address, bytes and perhaps banks")
    place = (entry[0], _integer(entry[1], "address"), _integer(entry[2], "bytes"))
    if len(entry) == 3:
        return place
    _integers(entry[3], "banks")
    return (*place, tuple(entry[3]))


def _core(value: Any) -> None:
    if not isinstance(value, list) or len(value) != 2:
        raise Unfit("a core is a pair of numbers")
    _integers(value, "core")


def _integers(value: Any, name: str) -> None:
    for item in _list(value, name, 1 << 16):
        _integer(item, name)


def _integer(value: Any, name: str) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        raise Unfit(f"{name} is no whole number")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > _TEXT:
        raise Unfit(f"{name} is no text, or a very long one")
    return value


def _list(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Unfit(f"{name} is no list of at most {most} entries")
    return value


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Unfit(f"{name} is no object")
    return value
