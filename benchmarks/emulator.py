"""What the emulator costs: compiling a kernel, building an operation, launching. Prints times and ratios.

Run on an otherwise idle machine: `python benchmarks/emulator.py`. A fresh cache is used and thrown away.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from op_pipeline import emulator
from op_pipeline.emulator import compiler, inspection, toolchain
from op_pipeline.emulator.operation_build import build_operation

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "tests/emulator/tree"
OPERATION = TREE / "ttnn/cpp/ttnn/operations/eltwise/multiply_add"
GOALS = {"kernel, cold": 0.15, "operation, cold": 3.0, "launch of one tile, warm": 0.01}


def seconds(action: Callable[[], Any], times: int = 5) -> float:
    """Median of several runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def show(what: str, value: float) -> None:
    goal = GOALS.get(what)
    note = f"   {value / goal:5.2f} of the goal ({goal:g} s)" if goal else ""
    print(f"{what:34s} {value * 1000:10.2f} ms{note}")


def ratio(what: str, value: float) -> None:
    print(f"{what:34s} {value:10.2f} x")


def kernels() -> None:
    """Three real kernels; a different constant each time makes them new to the cache."""
    texts = {path.name: path.read_text() for path in sorted((ROOT / "tests/emulator/kernels").glob("*.cpp"))}
    riscs = {"compute.cpp": "TRISC", "reader.cpp": "NCRISC", "writer.cpp": "BRISC"}
    buffers = [{"index": i, "format": 5, "page_size": 2048, "tile_height": 32, "tile_width": 32} for i in (0, 16)]
    counter = iter(range(1_000_000))

    def request(name: str) -> dict[str, Any]:
        text = f"{texts[name]}// {next(counter)}\n"
        return {
            "name": name, "source": text, "is_source_text": True, "risc": riscs[name], "compile_time_args": [2, 2048],
            "circular_buffers": buffers, "compute": {},
        }  # fmt: skip

    def compile_new(name: str) -> None:
        toolchain.compile_kernels([request(name)])

    show("first kernel, with precompiling", seconds(lambda: toolchain.compile_kernels([request("writer.cpp")]), 1))
    each = [seconds(partial(compile_new, name)) for name in texts]
    cold = statistics.mean(each)
    show("kernel, cold", cold)
    three = seconds(lambda: toolchain.compile_kernels([request(name) for name in texts]))
    show("three kernels, cold", three)
    ratio("two at a time saves", sum(each) / three)
    known = [request(name) for name in texts]
    toolchain.compile_kernels(known)
    show("three kernels, known", seconds(lambda: toolchain.compile_kernels(known)))
    with mock.patch.object(compiler, "precompiled", return_value=("-include", toolchain.PRELUDE)):
        without = statistics.mean(seconds(partial(compile_new, name)) for name in texts)
    ratio("the precompiled prelude saves", without / cold)


def operation(cache: Path) -> Path:
    show("first operation, with precompiling", seconds(lambda: build_operation(OPERATION), 1))
    shutil.rmtree(cache / "objects")
    shutil.rmtree(cache / "operations")
    show("operation, cold", seconds(lambda: build_operation(OPERATION), 1))
    show("operation, known", seconds(lambda: build_operation(OPERATION)))
    library = build_operation(OPERATION).library
    assert library is not None
    return library


def launches(library: Path) -> None:
    ttnn: Any = emulator.activate()
    emulator.load_operation(library)
    many, one = ttnn.open_device(device_id=0), emulator.open_device(grid=(1, 1), device_id=1)

    def launch(device: Any, rows: int, columns: int) -> float:
        array = np.ones((1, 1, rows, columns), np.float32)
        tensors = [
            ttnn.from_torch(array, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3)
        ]
        ttnn.multiply_add(*tensors)
        return seconds(lambda: ttnn.multiply_add(*tensors), 9)

    small = launch(many, 32, 32)
    show("launch of one tile, warm", small)
    array = np.ones((1, 1, 32, 32), np.float32)
    tensors = [ttnn.from_torch(array, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=many) for _ in range(3)]
    with inspection.record(dispatch=False):
        show("  of that, up to the descriptor", seconds(lambda: ttnn.multiply_add(*tensors), 9))
    show("64 tiles on 64 cores", launch(many, 256, 256))
    spread, single = launch(many, 2048, 2048), launch(one, 2048, 2048)
    show("4096 tiles on 64 cores", spread)
    show("4096 tiles on 1 core", single)
    ratio("64 emulated cores cost", spread / single)
    print(f"{'tiles a second (a * b + c)':34s} {4096 / spread:10.0f}")


def main() -> None:
    cache = Path(tempfile.mkdtemp(prefix="op-pipeline-benchmark-"))
    os.environ["OP_PIPELINE_CACHE"], os.environ["TT_METAL_HOME"] = str(cache), str(TREE)
    try:
        print(compiler.find_compiler().identity.split("|")[0])
        kernels()
        launches(operation(cache))
    finally:
        shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    main()
