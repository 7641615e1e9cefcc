"""What a kernel expects its host to set: words, named arguments, bindings; with values that are sensible in general."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from op_pipeline.emulator.kernel_names import (
    KernelNames,
    NamedArgument,
    NamedBuffer,
    NamedScratchpad,
    NamedSemaphore,
    NamedTensor,
)

_WORDS = 96
IN_DRAM = 2  # flags of a tensor interleaved over DRAM banks, as TensorAccessorArgs reads them
# Where tensor bindings find their accessor: one in DRAM; one in the cores' own L1, for what is read there directly; one
# of 4x4 pages in shards of 2x2 on four cores, for kernels that ask for shards.
_ACCESSOR = _WORDS - 2
_LOCAL_ACCESSOR = _WORDS - 4
_SHARDED_ACCESSOR = _WORDS - 16
_SHARDED_WORDS = (1, 2048, 2, 4, 4, 4, 2, 2, 0x00010000, 0x00030002)
_SHARDED = re.compile(r"\.shard_pages\(")
_LOCAL = re.compile(r"\bLocalTensorAccessor\b[^;]*?\btensor::(\w+)")

_POSITION = re.compile(r"(?:(\w+)\s*=[^;=]*?)?\bget_compile_time_arg_val\(\s*(\d+)\s*\)")
# Directly, or from an array of names.
_NAMED_WORD = re.compile(r'(?:\bget_named_compile_time_arg_val\(\s*|^\s*)"(\w+)"', re.MULTILINE)
_BOUND = re.compile(r"\b(args|dfb|tensor|sem|scratch|pipe)::([A-Za-z_]\w*)")
_CONSTANT = re.compile(r"\b(?:const|constexpr|static_assert|TensorAccessorArgs)\b[^;{]*;?")
_SEQUENCE = re.compile(
    r"\btuple_size_v<decltype\((?:tensor|dfb)::(\w+)\)>|\bget<[^<>]*(?:<[^<>]*>[^<>]*)?>\(tensor::(\w+)\)"
)
_PARAMETERS = re.compile(r"\bTT_KERNEL\s+void\s+\w+\s*\(([^()]*)\)\s*\{")


@dataclass(frozen=True)
class Settings:
    """Compile-time words by position, named words, and the bindings of a Metal 2.0 kernel (None for an older one)."""

    words: tuple[int, ...]
    named_words: tuple[tuple[str, int], ...]
    names: KernelNames | None


def names_of(text: str, chosen: Mapping[str, int]) -> Settings:
    """From a source without comments. `chosen`: values by name, or by position written as a number."""
    found: dict[str, set[str]] = {}
    for space, name in _BOUND.findall(text):
        found.setdefault(space, set()).add(name)
    for parameters in _PARAMETERS.findall(text):
        found.setdefault("args", set()).update(part.split()[-1] for part in parameters.split(",") if part.strip())
    named = sorted(set(_NAMED_WORD.findall(text)))
    return Settings(
        words=_words(text, chosen),
        named_words=tuple((name, chosen.get(name, typical(name, index))) for index, name in enumerate(named)),
        names=_bindings(text, found, chosen) if found else None,
    )


def _bindings(text: str, found: Mapping[str, set[str]], chosen: Mapping[str, int]) -> KernelNames:
    def listed(space: str) -> list[str]:
        return sorted(found.get(space, set()) - {"AccessPattern", "get_token_if_present"})

    constants = _constants(text)
    arguments = [
        NamedArgument(name, "compile_time", chosen.get(name, typical(name, index)))
        if name in constants
        else NamedArgument(name, "runtime", index)
        for index, name in enumerate(listed("args"))
    ]
    local = set(_LOCAL.findall(text))
    general = _SHARDED_ACCESSOR if _SHARDED.search(text) else _ACCESSOR
    tuples = {name for pair in _SEQUENCE.findall(text) for name in pair if name}
    tensors = [name for name in listed("tensor") if name not in tuples]
    tensors += [f"{name}_{number}" for name in sorted(tuples) for number in range(2)]
    return KernelNames(
        args=tuple(arguments),
        dfbs=tuple(NamedBuffer(name, index % 32) for index, name in enumerate(listed("dfb"))),
        tensors=tuple(
            NamedTensor(name, _LOCAL_ACCESSOR if name in local else general, index)
            for index, name in enumerate(tensors)
        ),
        sequences=tuple((name, (f"{name}_0", f"{name}_1")) for name in sorted(tuples)),
        semaphores=tuple(NamedSemaphore(name, index) for index, name in enumerate(listed("sem"))),
        scratchpads=tuple(
            NamedScratchpad(name, len(tensors) + index, 4096) for index, name in enumerate(listed("scratch"))
        ),
        varargs=len(arguments),
        common_varargs=len(tensors) + len(found.get("scratch", set())),
        compile_time_varargs=16,
    )


def _words(text: str, chosen: Mapping[str, int]) -> tuple[int, ...]:
    """One word per position: by the name it is given to; every other one could be the flags of an accessor."""
    words = [IN_DRAM] * _WORDS
    words[_LOCAL_ACCESSOR] = 0
    words[_SHARDED_ACCESSOR : _SHARDED_ACCESSOR + len(_SHARDED_WORDS)] = _SHARDED_WORDS
    for name, position in _POSITION.findall(text):
        if int(position) < _WORDS:
            words[int(position)] = chosen.get(name, typical(name, int(position)))
    for key, value in chosen.items():
        if key.isdecimal():
            words[int(key)] = value
    return tuple(words)


def typical(name: str, index: int) -> int:
    """A value that a parameter of this name often has."""
    low = name.lower()
    if re.search(r"(^|_)(cb|dfb)(_|\d|$)|^c(in|out)\d*$", low) and not re.search(r"num|size|pages|tiles", low):
        return index % 32
    if re.search(r"bytes|page_size|tile_size|stick_size|row_size|entry_size", low):
        return 2048
    if re.search(r"(tile|^)_?(height|width|hw|h|w)$", low) and "tile" in low:
        return 32
    if "element_size" in low:
        return 2
    if re.search(r"face_(h|w|height|width)", low):
        return 16
    return 1


def _constants(text: str) -> set[str]:
    """Arguments in declarations of constants and in template arguments."""
    inside: Iterable[str] = (match.group(0) for match in _CONSTANT.finditer(text))
    names = {name for part in inside for space, name in _BOUND.findall(part) if space == "args"}
    for part in re.findall(r"<[^;{}<>]*get_arg\(args::\w+\)[^;{}<>]*>", text):
        names.update(re.findall(r"args::(\w+)", part))
    return names
