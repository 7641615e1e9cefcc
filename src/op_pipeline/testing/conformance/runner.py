"""One side of the suite: `python runner.py SIDE FOLDER ANSWER START`, SIDE `library` or `emulator`.

Standard library only, as the library's side runs in the library's own environment.

Reads the calls of FOLDER, makes each and appends a line of JSON to ANSWER: first that it begins, then what came out. A
process that a call ends leaves the first line without the second.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

_DEPTH = 4
_PARTS = {
    "MemoryConfig",
    "ShardSpec",
    "NdShardSpec",
    "TensorSpec",
}  # compared part by part: their texts are not for reading
_MODULES = re.compile(r"\b(?:ttnn|op_pipeline|collections|typing|builtins|os|pathlib)\.(?:[a-z_]+\.)*(?=[A-Z\"a-z])")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_PATH = re.compile(r"(?<![\w.])/[\w./-]+")
_INFO = re.compile(r"info:\n(.*?)(?:\nbacktrace:|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Call:
    """An expression, in the words of its file, and what the file defines for it."""

    group: str
    text: str
    helpers: tuple[ast.stmt, ...]


def read(folder: Path) -> list[Call]:
    """The calls of all `*.calls` files, in order: expression statements; other statements are for those of the file."""
    found: list[Call] = []
    for file in sorted(folder.glob("*.calls")):
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        helpers = tuple(item for item in tree.body if not isinstance(item, ast.Expr))
        found += [Call(file.stem, ast.unparse(item), helpers) for item in tree.body if isinstance(item, ast.Expr)]
    return found


def tidy(text: str) -> str:
    """A text without what only says which module, and where in memory."""
    return _MODULES.sub("", _ADDRESS.sub("", text)).replace("NoneType", "None")


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON data: objects by their text, or by their properties when they have none of their own."""
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth) for item in value]
    text = tidy(repr(value))
    if (type(value).__name__ not in _PARTS and not text.startswith("<")) or depth > _DEPTH:
        return text if type(value).__name__ in text else f"{type(value).__name__}: {text}"
    return {"type": type(value).__name__, **_properties(value, depth + 1)}


def _properties(value: Any, depth: int) -> dict[str, Any]:
    names = [name for name, item in vars(type(value)).items() if isinstance(item, property) and name[0] != "_"]
    return {name: attempt(partial(getattr, value, name), depth) for name in sorted(names)}


def attempt(make: Callable[[], Any], depth: int = 0) -> Any:
    """What `make` gives, or what it raises, as data."""
    try:
        return plain(make(), depth)
    except Exception as error:  # noqa: BLE001 - what is raised is the finding
        return {"raises": type(error).__name__, "says": essence(str(error))}


_NO_SETTER = re.compile(r"can't set attribute|has no setter")


def essence(text: str) -> str:
    """The part of an exception's text that a reader acts on."""
    told = _INFO.search(text)
    if told:
        return _PATH.sub("PATH", tidy(told[1].strip()))
    lines = text.strip().splitlines() or [""]
    if lines[0].startswith("std::bad_cast"):
        return "std::bad_cast"  # ours goes on and says what is taken
    if _NO_SETTER.search(lines[0]):
        return "cannot be set"  # as this or that version of Python puts it
    if "incompatible function arguments" not in lines[0]:
        return _PATH.sub("PATH", tidy(lines[0]))
    return tidy(lines[0].partition(" The following")[0])


def members(owner: Any) -> dict[str, Any]:
    """Public names of a class: of a function its signatures, of a property that it can be written, or a value."""
    found: dict[str, Any] = {}
    for name, item in sorted(vars(owner).items()):
        if (
            isinstance(item, type)
            or (name[0] == "_"
            and name not in {"__init__", "__getitem__", "__setitem__", "__iter__", "__len__", "__eq__"})
        ):
            continue
        if isinstance(item, property):
            found[name] = "property" if item.fset is None else "property, can be set"
        else:
            found[name] = sorted(signatures(item)) or "name"
    return found


def signatures(function: Any) -> list[str]:
    """What nanobind says of a function: names, types and defaults, one text for each overload."""
    overloads = getattr(function, "__nb_signature__", ())
    return [tidy(_with_defaults(entry[0], entry[2] or ())) for entry in overloads]


def _with_defaults(signature: str, defaults: tuple[Any, ...]) -> str:
    for number, value in enumerate(defaults):
        signature = signature.replace(f"\\{number}", str(plain(value)))
    return signature


def values_of(owner: Any) -> dict[str, int]:
    """Names and numbers of an enumeration, aliases included."""
    return {name: int(item.value) for name, item in sorted(owner.__members__.items())}


class Side:
    """A `ttnn` with a device, and the names that calls use."""

    def __init__(self, name: str) -> None:
        if name == "emulator":
            self.ttnn = importlib.import_module("op_pipeline.emulator").activate()
            self._recorder = importlib.import_module("op_pipeline.emulator.inspection").record
        else:
            self.ttnn = importlib.import_module("ttnn")
            self._recorder = None
        self.device = self.ttnn.open_device(device_id=0)

    def launch(self, tensors: list[Any], program: Any) -> str:
        """`ttnn.generic_op` as far as the host goes: neither side runs kernels here."""
        if self._recorder is None:
            self.ttnn.generic_op(tensors, program)
            return "accepted"
        with self._recorder(dispatch=False) as log:
            self.ttnn.generic_op(tensors, program)
        if log.launches[-1].error:
            raise RuntimeError(log.launches[-1].error)
        return "accepted"

    def names(self, calls: list[Call]) -> Iterator[dict[str, Any]]:
        """For each call, the names it may use; those of a file are shared by its calls."""
        known: dict[str, dict[str, Any]] = {}
        for call in calls:
            if call.group not in known:
                known[call.group] = self._names(call)
            yield dict(known[call.group])

    def _names(self, call: Call) -> dict[str, Any]:
        names = {name: getattr(self.ttnn, name) for name in dir(self.ttnn) if name[0] != "_"}
        names = {name: item for name, item in names.items() if not isinstance(item, types.ModuleType)}
        names |= {"ttnn": self.ttnn, "device": self.device, "launch": self.launch, "refused": attempt}
        names |= {"members": members, "signatures": signatures, "values_of": values_of}
        exec(compile(ast.Module([*call.helpers], []), call.group, "exec"), names)  # noqa: S102 - our own file
        return names


def run(side: Side, calls: list[Call], answer: TextIO, start: int) -> None:
    """Make the calls from number `start` on."""
    for number, (call, names) in enumerate(zip(calls, side.names(calls), strict=True)):
        if number < start:
            continue
        _say(answer, {"begins": number})
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            got = attempt(partial(eval, call.text, names))
        _say(answer, {"number": number, "got": got, "warned": [str(item.message) for item in warned]})


def _say(answer: TextIO, line: Mapping[str, Any]) -> None:
    answer.write(json.dumps(line) + "\n")
    answer.flush()


if __name__ == "__main__":
    with Path(sys.argv[3]).open("a", encoding="utf-8") as _answer:
        run(Side(sys.argv[1]), read(Path(sys.argv[2])), _answer, int(sys.argv[4]))
    os._exit(0)  # the library's own end is not part of the suite
