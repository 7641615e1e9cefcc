"""The names a Metal 2.0 kernel is written with (`args::`, `dfb::`, `tensor::`, `sem::`, `scratch::`), as a C++ header.

tt-metal generates such a header for each kernel from its program; this one declares the same names and types. The data
comes from the lowered program (`KernelImage.names`), and the text is part of the key of the compile cache.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ArgumentKind = Literal["runtime", "common", "compile_time"]
_KINDS = ("runtime", "common", "compile_time")
_ACCESSOR = {"runtime": "RtaArg", "common": "CrtaArg", "compile_time": "CtaVal"}
_HEADERS = Path(__file__).resolve().parent / "kernel"
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_STRIDED = "DFBBindingToken<dfb::AccessPattern::STRIDED, dfb::AccessPattern::STRIDED>"


@dataclass(frozen=True)
class NamedArgument:
    """`args::name`. `value`: the number itself for compile_time, else the index of its word among the arguments."""

    name: str
    kind: ArgumentKind = "runtime"
    value: int = 0


@dataclass(frozen=True)
class NamedBuffer:
    """`dfb::name`: a dataflow buffer, which is circular buffer `index`. `buffer` is the program's name of it."""

    name: str
    index: int
    buffer: str = ""
    relay: bool = False


@dataclass(frozen=True)
class NamedTensor:
    """`tensor::name`: accessor arguments from compile-time word `offset` on, address in common word `address`."""

    name: str
    offset: int
    address: int


@dataclass(frozen=True)
class NamedSemaphore:
    """`sem::name`."""

    name: str
    index: int


@dataclass(frozen=True)
class NamedScratchpad:
    """`scratch::name`: `size` bytes of L1, whose address is common word `address`."""

    name: str
    address: int
    size: int


@dataclass(frozen=True)
class KernelNames:
    """All names of one kernel. `sequences`: `tensor::name` for a tuple of tensors.

    `varargs` and `common_varargs`: where the unnamed words begin; `compile_time_varargs`: how many there are.
    """

    args: tuple[NamedArgument, ...] = ()
    dfbs: tuple[NamedBuffer, ...] = ()
    tensors: tuple[NamedTensor, ...] = ()
    sequences: tuple[tuple[str, tuple[str, ...]], ...] = ()
    semaphores: tuple[NamedSemaphore, ...] = ()
    scratchpads: tuple[NamedScratchpad, ...] = ()
    varargs: int = 0
    common_varargs: int = 0
    compile_time_varargs: int = 0

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> KernelNames:
        """From plain data with the fields' names, as the lowered program hands it over."""
        return cls(
            args=tuple(NamedArgument(**entry) for entry in data.get("args", ())),
            dfbs=tuple(NamedBuffer(**entry) for entry in data.get("dfbs", ())),
            tensors=tuple(NamedTensor(**entry) for entry in data.get("tensors", ())),
            sequences=tuple((str(name), tuple(parts)) for name, parts in data.get("sequences", ())),
            semaphores=tuple(NamedSemaphore(**entry) for entry in data.get("semaphores", ())),
            scratchpads=tuple(NamedScratchpad(**entry) for entry in data.get("scratchpads", ())),
            varargs=int(data.get("varargs", 0)),
            common_varargs=int(data.get("common_varargs", 0)),
            compile_time_varargs=int(data.get("compile_time_varargs", 0)),
        )


def header_for(names: KernelNames) -> str:
    """The C++ text that declares the names; the same text for the same names.

    Raises ValueError for a name that is no identifier or given twice in its namespace, and an unknown argument kind.
    """
    _check(names)
    includes = ["experimental/kernel_args.h", "op_emulator/binding_tokens.h"]
    if names.scratchpads:  # as tt-metal's generated header does: kernels need not include it
        includes.append("api/scratchpad.h")
    return "".join(
        (
            *(f'#include "{_HEADERS}/{name}"\n' for name in includes),
            _namespace("args", [_argument(entry) for entry in names.args]),
            _varargs(names),
            _namespace("dfb", [_buffer(entry) for entry in names.dfbs], _lookup([b.name for b in names.dfbs], "DFB")),
            _namespace("sem", [_semaphore(entry) for entry in names.semaphores]),
            _namespace("tensor", _tensors(names), _lookup([entry.name for entry in names.tensors], "TENSOR")),
            _namespace(
                "scratch",
                [_scratchpad(entry) for entry in names.scratchpads],
                _lookup([entry.name for entry in names.scratchpads], "SCRATCHPAD"),
            ),
        )
    )


_ENTRY = re.compile(r"\bTT_KERNEL\s+void\s+(?P<name>\w+)\s*\((?P<parameters>[^()]*)\)\s*\{")
_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def entry_point(source: str) -> str:
    """`kernel_main` for a source that marks another function with TT_KERNEL: its parameters are named arguments.

    "" for a source without one.
    """
    found = _ENTRY.search(_COMMENTS.sub(" ", source))
    if found is None:
        return ""
    parameters = (part.split("=")[0].split() for part in found["parameters"].split(","))
    values = ", ".join(f"get_arg(args::{words[-1].lstrip('&*')})" for words in parameters if words)
    return f"void kernel_main() {{ {found['name']}({values}); }}\n"


def _check(names: KernelNames) -> None:
    spaces: dict[str, Sequence[str]] = {
        "args": [entry.name for entry in names.args],
        "dfb": [entry.name for entry in names.dfbs],
        "tensor": [*(entry.name for entry in names.tensors), *(name for name, _ in names.sequences)],
        "sem": [entry.name for entry in names.semaphores],
        "scratch": [entry.name for entry in names.scratchpads],
    }
    for space, given in spaces.items():
        for name in given:
            if not _NAME.match(name):
                raise ValueError(f"{space}::{name} is no C++ name")
            if given.count(name) > 1:
                raise ValueError(f"{space}::{name} is given twice")
    for name, parts in names.sequences:
        if not set(parts) <= {entry.name for entry in names.tensors}:
            raise ValueError(f"tensor::{name} is made of {', '.join(parts)}, which are not all tensors")
    for argument in names.args:
        if argument.kind not in _KINDS:
            raise ValueError(f"args::{argument.name} is {argument.kind!r}, which is none of {', '.join(_KINDS)}")


def _namespace(name: str, lines: Sequence[str], rest: str = "") -> str:
    return f"namespace {name} {{\n{''.join(lines)}{rest}}}\n"


def _argument(entry: NamedArgument) -> str:
    value = f"{entry.value}u" if entry.kind == "compile_time" else str(4 * entry.value)
    return f"constexpr experimental::{_ACCESSOR[entry.kind]}<uint32_t> {entry.name}{{{value}}};\n"


def _buffer(entry: NamedBuffer) -> str:
    kind = "RelayDFBBindingToken" if entry.relay else _STRIDED
    return f"constexpr {kind} {entry.name}{{{entry.index}}};\n"


def _semaphore(entry: NamedSemaphore) -> str:
    return f"constexpr SemaphoreBindingToken {entry.name}{{{entry.index}, SemScope::LOCAL_NONATOMIC}};\n"


def _scratchpad(entry: NamedScratchpad) -> str:
    return f"constexpr ScratchpadBindingToken {entry.name}{{{entry.address}, {entry.size}}};\n"


def _tensors(names: KernelNames) -> list[str]:
    lines = [
        f"constexpr ::tensor_accessor::TensorBindingToken<{entry.offset}, {4 * entry.address}> "
        f"{entry.name}{{::binding_details::LLKMetadata{{}}}};\n"
        for entry in names.tensors
    ]
    sequences = [f"constexpr auto {name} = std::make_tuple({', '.join(parts)});\n" for name, parts in names.sequences]
    return [*lines, *sequences]


def _lookup(names: Sequence[str], kind: str) -> str:
    """`get_token_if_present<"name">()`: a pointer to the token, null when the program bound no such name."""
    branches = "".join(f'if constexpr (name == "{name}") {{ return &{name}; }} else ' for name in names)
    body = f"{branches}{{ return OP_EMULATOR_NO_{kind}; }}"
    return f"template <::internal::TemplateString name> constexpr auto get_token_if_present() {{ {body} }}\n"


def _varargs(names: KernelNames) -> str:
    return (
        f"#define OP_EMULATOR_VARARGS {names.varargs}\n"
        f"#define OP_EMULATOR_COMMON_VARARGS {names.common_varargs}\n"
        f"#define OP_EMULATOR_COMPILE_TIME_VARARGS {names.compile_time_varargs}\n"
        f'#include "{_HEADERS}/op_emulator/varargs.h"\n'
    )
