"""The C++ compiler of the machine: which one, with which flags, and the precompiled header of the kernels.

What is compiled, and what is remembered of it, is kernel_cache.py and operation_build.py.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import re
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from op_pipeline import proc
from op_pipeline.emulator.faults import ToolchainMissing

EMULATOR = Path(__file__).resolve().parent
KERNEL_HEADERS = EMULATOR / "kernel"
RUNTIME_HEADERS = EMULATOR / "runtime"
HOST_HEADERS = EMULATOR / "host"

OLDEST = {"gcc": 12, "clang": 16}
COMPILE_SECONDS = 120.0
HOW_TO_GET_ONE = (
    "install g++ 12 or newer (Debian, Ubuntu: apt-get install g++) or clang 16 or newer, or name one in CXX"
)
_CANDIDATES = (
    "g++", *(f"g++-{number}" for number in range(16, 11, -1)), "clang++", *(f"clang++-{n}" for n in range(22, 15, -1))
)  # fmt: skip

COMMON_FLAGS = ("-std=c++20", "-fPIC", "-ffp-contract=off", "-fmessage-length=0")
# What C++20 deprecates of volatile is no warning in C++17, the language of kernels.
_FAMILY_FLAGS = {
    "gcc": ("-fdiagnostics-color=never", "-fno-diagnostics-show-caret", "-fno-gnu-unique", "-Wno-volatile"),
    "clang": (
        "-fno-color-diagnostics", "-fno-caret-diagnostics", "-Wno-unknown-pragmas", "-Wno-unknown-warning-option",
        "-Wno-deprecated-volatile",
    ),
}  # fmt: skip
# The device's build treats -Wall as errors, but for these. Warnings that come from data flow differ between compiler
# versions, so they stay warnings here: refusing what the device accepts would be worse.
KERNEL_WARNINGS = (
    "-Wall",
    "-Werror",
    "-Wno-unused-variable",
    "-Wno-unused-function",
    "-Wno-attributes",
    *(
        f"-Wno-error={name}"
        for name in (
            "deprecated-declarations", "multistatement-macros", "parentheses", "unused-but-set-variable",
            "maybe-uninitialized", "uninitialized", "array-bounds", "stringop-overflow", "strict-aliasing",
        )
    ),
    "-Werror=int-to-pointer-cast",
)  # fmt: skip
# No exceptions and no RTTI, as on the device. Hidden visibility and no unique symbols: kernels that are loaded into
# one process must not share statics of the same name.
KERNEL_FLAGS = ("-O1", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", *KERNEL_WARNINGS)


@dataclass(frozen=True)
class Compiler:
    """A usable compiler. `identity` changes whenever what it generates may change."""

    path: str
    family: Literal["gcc", "clang"]
    version: str
    identity: str

    def flags(self) -> tuple[str, ...]:
        """Flags of every compilation with it."""
        return (*COMMON_FLAGS, *_FAMILY_FLAGS[self.family])


def cache_folder() -> Path:
    """`$OP_PIPELINE_CACHE`, else `$XDG_CACHE_HOME/op-pipeline`, else `~/.cache/op-pipeline`."""
    chosen = os.environ.get("OP_PIPELINE_CACHE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "op-pipeline"


def environment() -> dict[str, str]:
    """What compilers see: English messages with plain quotes, nothing that redirects includes or libraries."""
    return {**proc.clean_environment(), "LC_ALL": "C"}


def find_compiler() -> Compiler:
    """The compiler named by CXX, else the first usable one on PATH (g++ before clang++).

    Raises ToolchainMissing, which says what was tried and how to get one.
    """
    named = os.environ.get("CXX", "").strip()
    rejected = []
    for name in (named,) if named else _CANDIDATES:
        found = shutil.which(name)
        if not found:
            continue
        compiler = _probe(found, Path(found).stat().st_mtime_ns)
        if isinstance(compiler, Compiler):
            return compiler
        rejected.append(compiler)
    if named and not rejected:
        rejected.append(f"CXX names {named!r}, which is not on PATH")
    raise ToolchainMissing("no usable C++ compiler" + "".join(f"; {why}" for why in rejected), hint=HOW_TO_GET_ONE)


def find_other(compiler: Compiler) -> Compiler | None:
    """A compiler of the other family: the second try after an internal compiler error."""
    for name in _CANDIDATES:
        found = shutil.which(name)
        other = _probe(found, Path(found).stat().st_mtime_ns) if found else None
        if isinstance(other, Compiler) and other.family != compiler.family:
            return other
    return None


@functools.lru_cache(maxsize=64)
def _probe(path: str, _modified: int) -> Compiler | str:
    """The compiler at `path`, or why it will not do."""
    answer = proc.run([path, "--version"], env=environment(), deadline=20)
    banner = answer.output.splitlines()[0].strip() if answer and answer.output.strip() else ""
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", banner)
    if match is None:
        return f"{path} does not answer --version like g++ or clang++"
    family: Literal["gcc", "clang"] = "clang" if "clang" in banner.lower() else "gcc"
    if int(match[1]) < OLDEST[family]:
        return f"{path} is {family} {match[0]}, older than {OLDEST[family]}"
    return Compiler(path, family, match[0], f"{banner}|{os.path.realpath(path)}")


def library_folder() -> Path:
    """Folder of libop_emulator and libnanobind: that of the compiled module _ttnn. Raises ToolchainMissing."""
    spec = importlib.util.find_spec("op_pipeline.emulator._ttnn")
    if spec is None or not spec.origin:
        raise ToolchainMissing("op-pipeline's compiled part is missing", hint="install the package again with pip")
    return Path(spec.origin).resolve().parent


@functools.lru_cache(maxsize=8)
def folder_digest(folder: Path) -> str:
    """Digest of names and contents of all headers below a folder. Read once per process."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".h", ".hpp", ".inc", ".inl"}:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def text_digest(*parts: str) -> str:
    """Digest of several texts, with their borders."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def precompiled(compiler: Compiler, flags: Sequence[str], include: str, headers_digest: str) -> tuple[str, ...]:
    """Flags that force `include` into a compilation, precompiled.

    The precompiled form is kept in the cache for each compiler, flags and headers. When the compiler cannot make it
    (a broken header of ours, a full disk) the plain include is used: the compilation itself then says what is wrong.
    """
    key = text_digest(compiler.identity, *compiler.flags(), *flags, include, headers_digest)[:32]
    folder = cache_folder() / "precompiled" / key
    header = folder / "forced.h"
    output = folder / ("forced.h.gch" if compiler.family == "gcc" else "forced.h.pch")
    if not output.exists() and not _make_precompiled(compiler, flags, header, include, output):
        return ("-include", include)
    return ("-include", str(header)) if compiler.family == "gcc" else ("-include-pch", str(output))


def _make_precompiled(compiler: Compiler, flags: Sequence[str], header: Path, include: str, output: Path) -> bool:
    """Build aside and move into place, so that another process sees all of it or nothing.

    The small header stays where it is from the start: clang remembers its path and time.
    """
    header.parent.mkdir(parents=True, exist_ok=True)
    if not header.exists():
        header.write_text(f'#include "{include}"\n', encoding="utf-8")
    work = output.with_name(f".{output.name}.{os.getpid()}.{threading.get_ident()}")
    argv = [compiler.path, *compiler.flags(), *flags, "-x", "c++-header", str(header), "-o", str(work)]
    try:
        done = proc.run(argv, env=environment(), deadline=COMPILE_SECONDS)
        if done and work.exists():
            work.replace(output)
        return output.exists()
    finally:
        work.unlink(missing_ok=True)
