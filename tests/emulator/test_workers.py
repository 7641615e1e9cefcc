"""Several processes for the cores, wide and narrow vectors: the same bytes and the same words, whatever there is."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator, proc
from op_pipeline.emulator import _ttnn
from op_pipeline.emulator.faults import EmulatorFault

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))
from emulator_programs import Bench, matmul, tilewise  # noqa: E402 - the benchmark's own programs

GRID = (3, 2)


@pytest.fixture(scope="module")
def bench(ttnn: Any) -> Bench:
    return Bench(ttnn, emulator.open_device(grid=GRID, device_id=2), GRID)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TT_METAL_HOME", str(HERE.parents[1] / "benchmarks"))


def values(*shape: int, seed: int = 0) -> Any:
    generator = np.random.default_rng(seed)
    array = generator.standard_normal((1, 1, *shape)).astype(np.float32)
    array.flat[:8] = [0.0, -0.0, np.inf, -np.inf, 1e-40, 3e38, -3e38, 1.0]
    return array


def digest(tensor: Any) -> str:
    return hashlib.sha256(tensor.to_numpy().tobytes()).hexdigest()


def test_values_and_counts_are_those_of_one_process(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = bench.tensor(values(128, 160)), bench.tensor(values(128, 160, seed=1))
    results = []
    for workers in ("1", "2", "3", "0"):
        monkeypatch.setenv("OP_EMULATOR_WORKERS", workers)
        out = bench.output((1, 1, 128, 160))
        tilewise(bench, "add", [a, b], out)()
        report = {**_ttnn._last_run(), "seconds": 0, "fibre_switches": 0}
        results.append((digest(out), json.dumps(report, sort_keys=True)))
    assert results[1:] == results[:1] * 3
    assert json.loads(results[0][1])["api_calls"] > 100


@pytest.mark.parametrize("break_off", ["wrong count", "bad page"])
def test_faults_are_told_in_the_same_words(
    bench: Bench, break_off: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernels = HERE.parents[1] / "benchmarks/kernels"
    for path in kernels.glob("*.cpp"):
        (tmp_path / "kernels").mkdir(exist_ok=True)
        text = path.read_text()
        if break_off == "bad page" and path.name == "writer.cpp":
            text = text.replace("{.page_id = tile + i}", "{.page_id = tile + i + (start != 0 ? 100000 : 0)}")
        if break_off == "wrong count" and path.name == "copy.cpp":
            text = text.replace("get_arg_val<uint32_t>(0)", "get_arg_val<uint32_t>(0) + 1")
        (tmp_path / "kernels" / path.name).write_text(text)
    monkeypatch.setenv("TT_METAL_HOME", str(tmp_path))
    run = tilewise(bench, "copy", [bench.tensor(values(128, 192))], bench.output((1, 1, 128, 192)))
    told = []
    for workers in ("1", "2", "3"):
        monkeypatch.setenv("OP_EMULATOR_WORKERS", workers)
        with pytest.raises(EmulatorFault) as caught:
            run()
        told.append(caught.value.records)
    assert told[0] == told[1] == told[2]
    assert {record["fault_class"] for record in told[0]} == {
        {"wrong count": "deadlock", "bad page": "noc_address"}[break_off]
    }
    assert len(told[0]) == (1 if break_off == "bad page" else GRID[0] * GRID[1])


TALKING = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const uint32_t first = get_arg_val<uint32_t>(0), count = get_arg_val<uint32_t>(1);
    volatile tt_l1_ptr uint32_t* word = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(0));
    if (first == 0) {
        noc_semaphore_wait(word, count - 1);
    } else {
        noc_semaphore_inc(get_noc_addr(18, 18, get_semaphore(0)), 1);
        noc_async_atomic_barrier();
    }
}
"""


def test_cores_that_talk_stay_together(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cores tell core (0,0) that they are there: apart from one another it would wait for ever."""
    ttnn = bench.ttnn
    arguments = {core: [number, GRID[0] * GRID[1]] for number, core in enumerate(bench.cores())}
    runtime = ttnn.RuntimeArgs()
    for (x, y), words in arguments.items():
        runtime[x][y] = words
    kernel = ttnn.KernelDescriptor(
        kernel_source=TALKING, source_type=ttnn.KernelDescriptor.SourceType.SOURCE_CODE,
        core_ranges=bench.everywhere(), runtime_args=runtime, config=ttnn.ReaderConfigDescriptor(),
    )  # fmt: skip
    semaphore = ttnn.SemaphoreDescriptor(id=0, core_ranges=bench.everywhere(), initial_value=0)
    program = ttnn.ProgramDescriptor(kernels=[kernel], semaphores=[semaphore], cbs=[])
    tensor = bench.output((1, 1, 32, 32))
    for workers in ("1", "3"):
        monkeypatch.setenv("OP_EMULATOR_WORKERS", workers)
        ttnn.generic_op([tensor, tensor], program)


WIDTHS = """
import sys; sys.path[:0] = {paths!r}
from test_workers import digests
print(digests())
"""


def digests() -> list[str]:
    """Of what every vectorised loop computes."""
    ttnn: Any = emulator.activate()
    bench = Bench(ttnn, emulator.open_device(grid=(1, 1), device_id=3), (1, 1))
    a, b = bench.tensor(values(64, 128)), bench.tensor(values(64, 128, seed=1))
    found = []
    for kernel, inputs in (("copy", [a]), ("add", [a, b]), ("sub", [a, b]), ("mul", [a, b])):
        out = bench.output((1, 1, 64, 128))
        tilewise(bench, kernel, inputs, out, batch=4)()
        found.append(digest(out))
    out = bench.output((1, 1, 64, 128))
    matmul(bench, bench.tensor(values(64, 128)), bench.tensor(values(128, 128, seed=2)), out)()
    return [*found, digest(out)]


def test_wide_and_narrow_vectors_give_the_same_bits(surroundings: Path, tmp_path: Path) -> None:
    kernels = HERE.parents[1] / "benchmarks/kernels"
    for path in kernels.glob("*.cpp"):
        (tmp_path / "kernels").mkdir(exist_ok=True)
        (tmp_path / "kernels" / path.name).write_text(path.read_text())
    add = (kernels / "add.cpp").read_text()
    for name in ("sub", "mul"):
        (tmp_path / "kernels" / f"{name}.cpp").write_text(add.replace("add_", f"{name}_"))
    script = WIDTHS.format(paths=[str(HERE), str(HERE.parents[1] / "benchmarks")])
    environment = {"TT_METAL_HOME": str(tmp_path), "OP_PIPELINE_CACHE": str(surroundings)}
    told = []
    for lanes in ("4", "8"):
        env = proc.clean_environment(OP_EMULATOR_LANES=lanes, **environment)
        done = proc.run([sys.executable, "-c", script], env=env, deadline=120)
        assert done, done.output
        told.append(done.output)
    assert told[0] == told[1]
    assert len(set(told[0].split(","))) == 5
