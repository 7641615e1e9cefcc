"""The vendor's compiler command, said to stock clang: same sources, defines and include path, other flags.

Clang comes from the package ziglang, with its C++ library. Flags of the vendor's dialect are dropped; non-type template
arguments of class type need C++20 here. What stays different: no link-time optimisation, no code for the vector unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_DROPPED = ("-ftt-", "-flto", "-mcpu=", "--param", "-fno-tree-loop", "-W", "-g")
# What libc++'s own configuration header would say for a processor without an operating system.
_SITE = """
ABI_VERSION=1 ABI_NAMESPACE=__1 HAS_THREADS=0 HAS_MONOTONIC_CLOCK=0 HAS_TERMINAL=0 HAS_MUSL_LIBC=1 HAS_FILESYSTEM=0
HAS_RANDOM_DEVICE=0 HAS_LOCALIZATION=0 HAS_UNICODE=0 HAS_WIDE_CHARACTERS=0 HAS_TIME_ZONE_DATABASE=0
HAS_VENDOR_AVAILABILITY_ANNOTATIONS=0 HAS_THREAD_API_PTHREAD=0 HAS_THREAD_API_EXTERNAL=0 HAS_THREAD_API_WIN32=0
HAS_THREAD_API_C11=0 HARDENING_MODE_DEFAULT=2 ASSERTION_SEMANTIC_DEFAULT=2 PSTL_BACKEND_SERIAL LIBC_NEWLIB=0
INSTRUMENTED_WITH_ASAN=0
""".split()  # noqa: SIM905 - a list of twenty strings is no easier to read
# As newlib has it, and as the library's overloads count on: 32-bit integers are long.
_LONG = [
    "-U__INT32_TYPE__", "-D__INT32_TYPE__=long int", "-U__UINT32_TYPE__", "-D__UINT32_TYPE__=long unsigned int",
    "-D__DEFINED_int32_t", "-D__DEFINED_uint32_t",
]  # fmt: skip
_SYSTEM = ("libcxx/include", "include", "libc/include/riscv32-linux-musl", "libc/include/generic-musl")
# From the library's own objects, which are bytecode of another compiler, and from the compiler's run-time library.
_ELSEWHERE = re.compile(
    r"^(mem(set|cpy|move|cmp)|wzerorange|l1_to_local_mem_copy\b.*|__[a-z0-9]+|atexit|_?exit|abort)$"
)
NEEDS_VENDOR = "op_pipeline_needs_the_vendor_compiler"
"""What stubs of vector-unit code call: declared, never defined."""


def compile_command(words: Sequence[str], zig: Path, stubs: Path) -> list[str]:
    """The command for clang. `words` is the vendor's command without the program."""
    libraries = zig.parent / "lib"
    command = [str(zig), "clang", "--driver-mode=g++", "--target=riscv32-unknown-elf", "-march=rv32im", "-mabi=ilp32"]
    command += ["-nostdinc", "-nostdinc++", f"-I{stubs}"]
    for folder in _SYSTEM:
        command += ["-isystem", str(libraries / folder)]
    command += [*(f"-D_LIBCPP_{item}" for item in _SITE), *_LONG, "-include", str(stubs / "dialect.h")]
    # The last one: the headers say `x.template f(...)`, which newer standards want with an argument list.
    command += ["-w", "-Wno-missing-template-arg-list-after-template-kw"]
    return [*command, "-fno-color-diagnostics", "-ffunction-sections", *_translated(words)]


def _translated(words: Sequence[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if word == "-include":
            header = next(rest)
            if not header.endswith("pch.h"):  # the standard headers precompiled: only a matter of time
                yield from ("-include", header)
        elif word.startswith("-std="):
            yield "-std=c++20"
        elif not word.startswith(_DROPPED):
            yield word


def link_command(words: Sequence[str], zig: Path, output: Path) -> list[str]:
    """The command for lld: the kernel's own objects at the vendor's addresses, under the vendor's linker script."""
    command = [str(zig), "ld.lld", "-m", "elf32lriscv", "--no-relax", "--warn-unresolved-symbols", "--emit-relocs"]
    for word in words:
        if word.startswith("-Wl,"):
            command += [part for part in word.split(",")[1:] if part != "--emit-relocs"]
        elif word.startswith("-T") or (word.endswith(".o") and "/runtime/hw/lib/" not in word):
            command.append(word)
    return [*command, "-o", str(output)]


def undefined(messages: str) -> list[str]:
    """Names that nothing defines, out of lld's messages; those that other objects bring are left out."""
    found = re.findall(r"undefined symbol: (.+)", messages)
    return sorted({name for name in found if not _ELSEWHERE.match(name) and name != NEEDS_VENDOR})
