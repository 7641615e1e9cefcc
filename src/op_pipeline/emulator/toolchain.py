"""Compiles kernels to shared objects, two at a time, and never the same content twice."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.emulator import compiler as machine
from op_pipeline.emulator import kernel_cache, sources_read
from op_pipeline.emulator.compiler import Compiler
from op_pipeline.emulator.diagnostics import kernel_records, kernel_warnings
from op_pipeline.emulator.faults import KernelCompileError, Record, make_record
from op_pipeline.emulator.kernel_lint import lint
from op_pipeline.emulator.kernel_source import KernelRequest, translation_unit

PARALLEL = 2
PRELUDE = "op_emulator/prelude.h"
# What the device's build defines for every Wormhole kernel. Part of the precompiled prelude, so the same for all.
_DEFINES = ("ARCH_WORMHOLE", "KERNEL_BUILD", "TENSIX_FIRMWARE", "NOC_MODE=0", "NUM_DRAM_BANKS=12", "NUM_L1_BANKS=64")
_ICE = "internal compiler error"


def compile_kernels(requests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Paths of the shared objects, in the order of `requests` (dictionaries with the fields of KernelImage).

    Raises KernelCompileError with the records of every kernel that does not compile, ToolchainMissing when there is
    nothing to compile with.
    """
    parsed = [KernelRequest.parse(request) for request in requests]
    compiler = machine.find_compiler()
    entries = [_entry(compiler, request) for request in parsed]
    keyed = dict(zip(entries, parsed, strict=True))
    results: dict[kernel_cache.Entry, Path | list[Record]] = {}
    missing = []
    for entry, request in keyed.items():
        found = entry.find()
        if found is None:
            missing.append((entry, request))
        else:
            results[entry] = found
    if missing:
        kernel_flags(compiler)  # the precompiled header is made once, not by both workers
        with ThreadPoolExecutor(PARALLEL) as pool:
            answers = pool.map(lambda pair: _compile(compiler, *pair), missing)
            results.update(zip((entry for entry, _ in missing), answers, strict=True))
    records = [record for answer in results.values() if isinstance(answer, list) for record in answer]
    if records:
        raise KernelCompileError(records)
    return [str(results[entry]) for entry in entries]


def _entry(compiler: Compiler, request: KernelRequest) -> kernel_cache.Entry:
    folders = [Path(folder) for folder in request.include_folders()]
    root = request.root or "/no such folder"
    relative = [str(folder.relative_to(root) if folder.is_relative_to(root) else folder) for folder in folders]
    # The unit names the source by its path; with the root taken out, another work tree gives the same key.
    unit = translation_unit(request)
    if request.path:
        unit = unit.replace(f'#include "{request.path}"', f'#include "{_place(request)}"')
    first = machine.text_digest(
        compiler.identity, *compiler.flags(), *machine.KERNEL_FLAGS, *_DEFINES, _headers(), request.name, request.text,
        unit, *relative,
    )  # fmt: skip
    text = request.text if request.path else unit
    return kernel_cache.Entry(
        first, request.root, source=request.path, text=text, folders=tuple(map(str, folders))
    )


def _place(request: KernelRequest) -> str:
    return request.name if request.path.endswith(request.name) else Path(request.path).name


def _headers() -> str:
    return machine.folder_digest(machine.KERNEL_HEADERS)


def kernel_flags(compiler: Compiler) -> tuple[str, ...]:
    """Flags shared by all kernels, with the precompiled prelude."""
    flags = (*machine.KERNEL_FLAGS, *(f"-D{define}" for define in _DEFINES), "-isystem", str(machine.KERNEL_HEADERS))
    return (*flags, *machine.precompiled(compiler, flags, PRELUDE, _headers()))


def _compile(compiler: Compiler, entry: kernel_cache.Entry, request: KernelRequest) -> Path | list[Record]:
    """The library of one kernel, or the records of what is wrong with it."""
    refused = lint(request)
    if refused:
        return refused
    entry.folder().mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=entry.folder()))
    since = work.stat().st_ctime_ns
    try:
        done = _run(compiler, request, work)
        if not done and _ICE in done.output:
            other = machine.find_other(compiler)
            if other is None:
                return [_crash(compiler, request, done.output)]
            done = _run(other, request, work)
        read = sources_read.files_read(work, "kernel") if done else sources_read.files_named(done.output)
        mine = [folder for folder in (request.root, request.path, *request.include_paths) if folder]
        foreign = sources_read.foreign(compiler, read, [machine.EMULATOR, work, *mine])
        if foreign:
            return [_reads(request, foreign[0])]
        if not done:
            return kernel_records(done.output, request) if not done.timed_out else [_too_long(request)]
        own = [path for path in read if path != request.path and path.startswith(tuple(mine))]
        return entry.add(work / "kernel.so", own, kernel_warnings(done.output, request), since=since)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(compiler: Compiler, request: KernelRequest, work: Path) -> proc.Completed:
    unit = work / "unit.cpp"
    text = translation_unit(request)
    unit.write_text(text, encoding="utf-8")
    flags = [flag for folder in request.include_folders() for flag in ("-I", folder)]
    if request.root:  # a fault names the source as the descriptor does, whatever folder it stands in
        flags.append(f"-fmacro-prefix-map={request.root}/=")
    library = machine.library_folder()
    argv = [
        compiler.path, *compiler.flags(), *kernel_flags(compiler), *flags,
        *sources_read.listing_flags(compiler, work, "kernel"), "-shared", str(unit), "-o", str(work / "kernel.so"),
        "-L", str(library), "-lop_emulator", "-Wl,-z,defs",
    ]  # fmt: skip
    return proc.run(argv, env=machine.environment(), deadline=machine.COMPILE_SECONDS)


def _crash(compiler: Compiler, request: KernelRequest, output: str) -> Record:
    line = next((text for text in output.splitlines() if _ICE in text), _ICE)
    hint = "the compiler failed, not the kernel: install clang 16 or newer beside it, or another g++, and run again"
    message = f"{compiler.family} {compiler.version}: {line.strip()}"
    return make_record("internal_compiler_error", message, kernel=request.name, risc=request.risc, hint=hint)


def _reads(request: KernelRequest, file: str) -> Record:
    message = f"the kernel reads {file}, which is no source of the work tree"
    return make_record("compile_error", message, kernel=request.name, risc=request.risc, hint=sources_read.REMEDY)


def _too_long(request: KernelRequest) -> Record:
    message = f"compilation took more than {machine.COMPILE_SECONDS:g} s and was stopped"
    return make_record("compile_error", message, kernel=request.name, risc=request.risc)
