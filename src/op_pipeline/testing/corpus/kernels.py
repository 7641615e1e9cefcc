"""The kernels of a wheel, by family, with the processor each runs on and the names its host would have to set."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FAMILIES = ("eltwise", "reduction", "matmul", "normalization", "data_movement")
OPERATIONS = "ttnn/cpp/ttnn/operations"
# Where neither folder nor includes tell: by path.
_PROCESSORS: dict[str, str] = {}
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)
_ENTRY = re.compile(r"\bkernel_main\b|\bTT_KERNEL\b")


@dataclass(frozen=True)
class Kernel:
    """One kernel source. `path` is relative to the root of the wheel's sources, `risc` as in a kernel request."""

    family: str
    path: str
    risc: str

    def short(self) -> str:
        """The path below the folder of all operations."""
        return self.path[len(OPERATIONS) + 1 :]


def find_kernels(root: Path) -> list[Kernel]:
    """Every kernel of the five families below `root`, sorted by family and path."""
    found = []
    for family in FAMILIES:
        for file in sorted((root / OPERATIONS / family).rglob("*.cpp")):
            path = file.relative_to(root).as_posix()
            if "quasar" not in path and _ENTRY.search(read(file)):
                found.append(Kernel(family, path, risc_of(path, read(file))))
    return found


def risc_of(path: str, text: str) -> str:
    """The processor of the kernel at `path`: TRISC for compute, BRISC for writers, else NCRISC."""
    if path in _PROCESSORS:
        return _PROCESSORS[path]
    name = Path(path).name
    if "/compute/" in path or ("/dataflow/" not in path and "api/compute/" in text):
        return "TRISC"
    # Writers run on the first data movement processor by default, readers on the second.
    return "BRISC" if "writer" in name or "write" in name else "NCRISC"


@functools.lru_cache(maxsize=4096)
def read(path: Path) -> str:
    """The text of a source without its comments."""
    return _COMMENT.sub(" ", path.read_text(encoding="utf-8", errors="replace"))


def local_headers(root: Path, path: Path, seen: set[Path] | None = None) -> Iterator[Path]:
    """The wheel's own headers that a source reaches through includes, each once."""
    seen = set() if seen is None else seen
    for name in _INCLUDE.findall(read(path)):
        for folder in (path.parent, root, root / "ttnn", root / "ttnn/cpp"):
            found = folder / name
            if found.is_file():
                if found.resolve() not in seen:
                    seen.add(found.resolve())
                    yield found
                    yield from local_headers(root, found, seen)
                break


def whole_text(root: Path, kernel: Kernel) -> str:
    """The kernel and every header of the wheel it includes, without comments."""
    path = root / kernel.path
    return "\n".join(read(file) for file in (path, *local_headers(root, path)))
