"""What the host's compiler accepts in a kernel and the device's does not. Small on purpose: no false refusal.

The device compiles kernels as C++17 with a bare-metal C++ library: no streams, threads, files, locale or exceptions.
"""

from __future__ import annotations

import re

from op_pipeline.emulator.faults import Record, make_record
from op_pipeline.emulator.kernel_source import KernelRequest

_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<([\w./]+)>")
_NEEDS_SYSTEM = frozenset({
    "iostream", "istream", "ostream", "fstream", "sstream", "thread", "mutex", "shared_mutex", "condition_variable",
    "future", "filesystem", "barrier", "latch", "semaphore", "stop_token",
})  # fmt: skip
_NEWER = re.compile(
    r"\bstd::(bit_cast|span|popcount|has_single_bit|bit_ceil|bit_floor|bit_width|countl_zero|countr_zero|rotl|rotr|ranges|"
    r"views|format|source_location|remove_cvref(?:_t)?|type_identity(?:_t)?|is_constant_evaluated|to_array|ssize|midpoint|"
    r"lerp|numbers|three_way_comparable|to_underlying|expected|mdspan|print)\b"
)
_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CPP20_WORDS = re.compile(r"\b(co_await|co_yield|co_return)\b|^\s*(?:requires|concept)\b|\b(requires)\s*[({]")


def lint(request: KernelRequest) -> list[Record]:
    """Records for the lines of a kernel that the device's compiler would refuse."""
    text = _COMMENTS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), request.text)
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        message, hint = _verdict(line)
        if message:
            records.append(
                make_record("compile_error", message, kernel=request.name, line=number, risc=request.risc, hint=hint)
            )
    return records


def _verdict(line: str) -> tuple[str, str]:
    include = _INCLUDE.match(line)
    if include and include[1] in _NEEDS_SYSTEM:
        return f"<{include[1]}> needs an operating system, which kernels do not have", "DPRINT prints from a kernel"
    newer = _NEWER.search(line) or _CPP20_WORDS.search(line)
    if newer:
        name = newer[0].strip(" ({")
        return f"{name} is newer than C++17, which kernels are compiled as", "write it with C++17 means"
    return "", ""
