"""Programs for the device runtime: kernels compiled by the toolchain, run by driver.cpp without any host side."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.emulator import compiler, toolchain

L1_BASE = 0x19D60
DRAM_BASE = 0x100040
TILE = 2048
BF16 = 5

Core = tuple[int, int]


@dataclass(frozen=True)
class Kernel:
    text: str
    risc: str = "NCRISC"
    args: tuple[int, ...] = ()
    name: str = ""
    cores: tuple[Core, ...] = ((0, 0),)
    per_core: tuple[tuple[Core, tuple[int, ...]], ...] = ()
    common: tuple[int, ...] = ()
    compile_time: tuple[int, ...] = ()
    named: tuple[tuple[str, int], ...] = ()

    def source_name(self) -> str:
        return self.name or {"NCRISC": "reader.cpp", "BRISC": "writer.cpp", "TRISC": "compute.cpp"}[self.risc]


@dataclass(frozen=True)
class Buffer:
    index: int
    pages: int = 2
    page_size: int = TILE
    address: int = L1_BASE
    format: int = BF16
    globally_allocated: bool = False
    cores: tuple[Core, ...] = ((0, 0),)


@dataclass(frozen=True)
class Program:
    kernels: tuple[Kernel, ...]
    buffers: tuple[Buffer, ...] = ()
    semaphores: tuple[tuple[int, int, tuple[Core, ...]], ...] = ()  # id, initial value, cores
    live: tuple[tuple[str, int, int], ...] = (("dram", DRAM_BASE, 65536),)  # kind, address, bytes per bank
    fill: tuple[tuple[str, int, int, int, int], ...] = ()  # kind, bank, offset, words, first value
    written: bool = True  # whether each tensor holds something, if only a few words
    freed: tuple[tuple[str, int], ...] = ()  # kind and address of those given back before the launch
    dump: tuple[str, int, int, int] | None = None
    grid: Core = (2, 2)
    seed: int = 0
    stall: float = 10.0
    deadline: float = 60.0

    def with_seed(self, seed: int) -> Program:
        return replace(self, seed=seed)


@dataclass(frozen=True)
class Outcome:
    faults: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    dump: list[int] = field(default_factory=list)
    api_calls: int = 0
    switches: int = 0
    seconds: float = 0.0
    malformed: str = ""

    @property
    def classes(self) -> list[str]:
        return [fault["fault_class"] for fault in self.faults]


@functools.cache
def driver() -> Path:
    """The compiled driver, next to the compiler's cache; made again when it or the runtime's interface changes."""
    source = Path(__file__).with_name("driver.cpp")
    library = compiler.library_folder()
    key = compiler.text_digest(
        source.read_text(encoding="utf-8"), compiler.folder_digest(compiler.RUNTIME_HEADERS), str(library)
    )
    path = compiler.cache_folder() / f"runtime-driver-{key[:16]}"
    if not path.exists():
        found = compiler.find_compiler()
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_suffix(f".{os.getpid()}")
        argv = [
            found.path, "-std=c++20", "-O1", "-I", str(compiler.RUNTIME_HEADERS), str(source), "-o", str(own),
            "-L", str(library), "-lop_emulator", f"-Wl,-rpath,{library}",
        ]  # fmt: skip
        done = proc.run(argv, env=compiler.environment(), deadline=120)
        assert done.returncode == 0, done.output
        own.replace(path)
    return path


def request(kernel: Kernel, buffers: Sequence[Buffer]) -> dict[str, Any]:
    """What the host side would hand to the toolchain for this kernel."""
    return {
        "name": kernel.source_name(),
        "source": kernel.text,
        "is_source_text": True,
        "risc": kernel.risc,
        "compile_time_args": list(kernel.compile_time),
        "named_compile_time_args": list(kernel.named),
        "circular_buffers": [
            {"index": b.index, "format": b.format, "page_size": b.page_size, "tile_height": 32, "tile_width": 32}
            for b in buffers
        ],
    }


def run(program: Program) -> Outcome:
    """Compiles the kernels, runs the program, reads the answer."""
    libraries = toolchain.compile_kernels([request(kernel, program.buffers) for kernel in program.kernels])
    text = "\n".join(_describe(program, libraries))
    done = proc.run([str(driver())], env=compiler.environment(), deadline=60, stdin_text=text)
    assert done.returncode == 0, done.output
    return Outcome(**json.loads(done.output))


def _cores(cores: Sequence[Core]) -> str:
    return f"{len(cores)} " + " ".join(f"{x} {y}" for x, y in cores)


def _words(words: Sequence[int]) -> str:
    return f"{len(words)} " + " ".join(map(str, words))


def _describe(program: Program, libraries: Sequence[str]) -> list[str]:
    lines = [f"grid {program.grid[0]} {program.grid[1]}", f"options {program.seed} {program.stall} {program.deadline}"]
    lines += [f"buffer {kind} {address} {size}" for kind, address, size in program.live]
    lines += [f"fill {kind} 0 {address} 4 1" for kind, address, _ in program.live if program.written]
    lines += [f"fill {kind} {bank} {offset} {count} {first}" for kind, bank, offset, count, first in program.fill]
    lines += [f"release {kind} {address}" for kind, address in program.freed]
    address = L1_BASE
    for buffer in program.buffers:
        start = buffer.address if buffer.globally_allocated else address
        size = buffer.pages * buffer.page_size
        lines.append(
            f"cb {buffer.index} {start} {size} {buffer.page_size} {buffer.format} "
            f"{int(buffer.globally_allocated)} {_cores(buffer.cores)}"
        )
        address += (size + 31) // 32 * 32
    for number, (key, value, cores) in enumerate(program.semaphores):
        lines.append(f"semaphore {key} {0x10000 + 16 * number} {value} {_cores(cores)}")
    for kernel, library in zip(program.kernels, libraries, strict=True):
        per_core = kernel.per_core or (tuple((core, kernel.args) for core in kernel.cores) if kernel.args else ())
        entries = " ".join(f"{x} {y} {_words(values)}" for (x, y), values in per_core)
        lines.append(
            f"kernel {kernel.source_name()} {kernel.risc} {library} {_cores(kernel.cores)} {_words(kernel.common)} "
            f"{len(per_core)} {entries}"
        )
    lines.append("run")
    if program.dump:
        lines.append("dump " + " ".join(map(str, program.dump)))
    return lines
