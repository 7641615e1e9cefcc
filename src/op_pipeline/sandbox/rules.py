"""What a confined process may do, and which files any process here needs to read."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Programs, libraries and what they look up by themselves. /etc as a whole is not: it holds keys and passwords.
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime"),
    "/sys/devices/system/cpu",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Landlock sees the machine's own /proc; these say nothing about a process.
PROC_FILES = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys/vm/overcommit_memory")


@dataclass(frozen=True)
class Rules:
    """Readable and writable paths beyond the system, the interpreter and this package, and limits for each process.

    `memory` is private memory in bytes; `file_bytes` the size of one file; `processes` counts processes and threads,
    all together. `temporary` is a folder that stands for /tmp and /dev/shm inside, for programs that insist on those;
    only bubblewrap can do that, with the others the machine's own are opened. Paths that do not exist give nothing. No
    path may lie in a folder that code inside could write before: it could have become a symbolic link by then.
    """

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    memory: int
    cpu_seconds: int
    file_bytes: int
    processes: int
    temporary: Path | None = None

    def __post_init__(self) -> None:
        if any(path.resolve() == Path("/") for path in (*self.read, *self.write)):
            raise ValueError("rules that allow / confine nothing")
        if min(self.memory, self.cpu_seconds, self.file_bytes, self.processes) < 1:
            raise ValueError("limits of a sandbox are positive")


def readable(rules: Rules) -> list[Path]:
    """What is to be read: the system's part, the interpreter's, this package's and that of the rules."""
    return existing([*map(Path, _SYSTEM), *_of_this_program(), *rules.read])


def existing(paths: Iterable[Path]) -> list[Path]:
    """Absolute, each once, those that are there; outer folders first."""
    found = {Path(os.path.abspath(path)) for path in paths}  # noqa: PTH100 - links are kept
    return sorted((path for path in found if path.exists()), key=lambda path: (len(path.parts), path))


@functools.lru_cache(maxsize=1)
def _of_this_program() -> tuple[Path, ...]:
    """The interpreter wherever it lives (venv, pyenv, conda), this package (editable or not), libraries in use."""
    roots = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, os.__file__.rpartition("/")[0]]
    paths = [Path(sys.executable), Path(sys.executable).resolve(), *map(Path, roots)]
    package = importlib.util.find_spec("op_pipeline")
    paths += map(Path, package.submodule_search_locations or () if package else ())
    compiled = importlib.util.find_spec("op_pipeline.emulator._ttnn")
    if compiled is not None and compiled.origin:
        paths.append(Path(compiled.origin).resolve().parent)
    paths += _mapped_libraries()
    return tuple(path for path in paths if path != Path("/") and path != Path("/home"))


def _mapped_libraries() -> list[Path]:
    """Shared libraries of this process, such as those that LD_LIBRARY_PATH found."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    names = {line.split(maxsplit=5)[5] for line in lines if "/" in line and ".so" in line}
    return sorted(Path(name) for name in names if name.startswith("/"))
