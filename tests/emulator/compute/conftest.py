"""Builds the driver with a table of compute kernels and runs one of them on NumPy tiles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from op_pipeline import proc
from op_pipeline.emulator.compiler import find_compiler

EMULATOR = Path(__file__).parents[3] / "src/op_pipeline/emulator"
FORMATS = {"float32": 0, "bfloat16": 5, "bfp8_b": 6, "bfp4_b": 7, "int32": 8, "uint16": 9, "uint32": 24, "uint8": 30}
RUNTIME_FLAGS = ("-std=c++20", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror")
KERNEL_FLAGS = ("-std=c++20", "-O1", "-Wall", "-Werror", "-Wno-error=deprecated-declarations")
PREFIX = """#define COMPILE_FOR_TRISC 0
#define TRISC_UNPACK 1
#define TRISC_MATH 1
#define TRISC_PACK 1
#define WELFORD_SFPU_LOCAL_COMBINE 1
constexpr bool APPROX = false;
constexpr bool DST_ACCUM_MODE = false;
#include "op_emulator/late.h"
"""


@dataclass(frozen=True)
class Outcome:
    """What the driver printed, and the bytes of each output buffer."""

    fault: str  # class, "" for none
    line: int
    message: str
    hint: str
    seconds: float
    warnings: tuple[str, ...]
    outputs: Mapping[int, bytes]


class Driver:
    """The compiled driver. `kernels` maps a name to the body of its kernel_main."""

    def __init__(self, folder: Path, kernels: Mapping[str, str], headers: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.source = _source(kernels, headers)
        self.program = folder / ("driver-" + hashlib.sha256(self.source.encode()).hexdigest()[:12])
        with FileLock(folder / "lock"):
            if not self.program.exists():
                self._build()

    def _build(self) -> None:
        cases = self._folder / f"{self.program.name}-cases.cpp"
        cases.write_text(self.source)
        late = self._folder / "late.h"
        late.write_text(PREFIX)
        kernel = EMULATOR / "kernel"
        include = (f"-I{kernel}", "-include", str(kernel / "op_emulator/prelude.h"), "-include", str(late))
        objects = [self._compile(cases, (*KERNEL_FLAGS, *include))]
        for source in (Path(__file__).with_name("driver.cpp"), *sorted((EMULATOR / "runtime/compute").glob("*.cpp"))):
            target = self._folder / f"{source.stem}.o"
            objects.append(target if target.exists() else self._compile(source, (*RUNTIME_FLAGS, f"-I{EMULATOR}")))
        self._run([find_compiler().path, "-o", str(self.program), *map(str, objects)])

    def _compile(self, source: Path, flags: Sequence[str]) -> Path:
        target = self._folder / f"{source.stem}.o"
        self._run([find_compiler().path, *flags, "-c", str(source), "-o", str(target)])
        return target

    @staticmethod
    def encode(values: np.ndarray, dtype: str) -> bytes:
        """Tiles in memory order: the tests work in that order, not in rows and columns. bf16 rounds as the host does."""
        if dtype == "bfloat16":
            bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
            return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16).tobytes()
        return np.ascontiguousarray(values, dtype=np.dtype(dtype)).tobytes()

    @staticmethod
    def decode(data: bytes, dtype: str) -> np.ndarray:
        if dtype == "bfloat16":
            return (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
        return np.frombuffer(data, np.dtype(dtype))

    @staticmethod
    def _run(argv: list[str]) -> None:
        done = proc.run(argv)
        assert done, done.output

    def run(
        self,
        case: str,
        *options: str,
        inputs: Mapping[int, tuple[str, bytes]] | None = None,
        outputs: Mapping[int, tuple[str, int]] | None = None,
        folder: Path,
    ) -> Outcome:
        """`inputs`: buffer -> (dtype, tiles); `outputs`: buffer -> (dtype, pages).

        A dtype may be followed by the shape of its tiles and their bytes, as in "bfloat16:16:32:1024".
        """
        words = [str(self.program), case, *options]
        for index, (dtype, data) in (inputs or {}).items():
            file = folder / f"in{index}"
            file.write_bytes(data)
            name, _, shape = dtype.partition(":")
            words.append(f"in:{index}:{FORMATS[name]}:{file}" + (":" + shape if shape else ""))
        files = {}
        for index, (dtype, pages) in (outputs or {}).items():
            files[index] = folder / f"out{index}"
            name, _, shape = dtype.partition(":")
            words.append(f"out:{index}:{FORMATS[name]}:{pages}:{files[index]}" + (":" + shape if shape else ""))
        done = proc.run(words)
        assert done, done.output
        warnings = []
        for text in done.output.splitlines():
            kind, *fields = text.split("\t")
            if kind == "warning":
                warnings.append(fields[0])
            elif kind == "fault":
                return Outcome(fields[0], int(fields[1]), fields[2], fields[3], 0.0, tuple(warnings), {})
            else:
                contents = {index: file.read_bytes() for index, file in files.items()}
                return Outcome("", 0, "", "", float(fields[0]), tuple(warnings), contents)
        raise AssertionError(done.output)


def _source(kernels: Mapping[str, str], headers: Sequence[str]) -> str:
    includes = "".join(f'#include "api/compute/{header}.h"\n' for header in headers)
    functions = "".join(f"static void case_{name}() {{\n{body}\n}}\n" for name, body in kernels.items())
    rows = ",\n".join(f'    {{"{name}", case_{name}}}' for name in kernels)
    return (
        f"{includes}struct Case {{ const char* name; void (*run)(); }};\n{functions}"
        f"extern const Case kCases[];\nextern const size_t kCaseCount;\n"
        f"const Case kCases[] = {{\n{rows}\n}};\nconst size_t kCaseCount = {len(kernels)};\n"
    )


@pytest.fixture(scope="session")
def make_driver(surroundings: Path) -> Callable[[Mapping[str, str], Sequence[str]], Driver]:
    """Compiles a table of kernels; the runtime's objects are shared by all tables of the session."""
    return lambda kernels, headers: Driver(surroundings / "compute-driver", kernels, headers)
