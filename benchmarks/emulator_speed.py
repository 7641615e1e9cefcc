"""How fast programs run in the emulator, against NumPy on the same data in the same run, and how that grows.

`python benchmarks/emulator_speed.py [--json] [--docs docs]` on an otherwise idle machine; `--docs` writes the page
emulator-speed.md and its plots. Every figure is the best of some runs; ratios compare runs that stand side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from emulator_plot import plot  # noqa: E402
from emulator_programs import Bench, matmul, tilewise  # noqa: E402
from op_pipeline import emulator  # noqa: E402
from op_pipeline.emulator import _ttnn  # noqa: E402

RUNS = 7
CORES = ((1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8))
SIDES = (256, 512, 1024, 2048, 4096)


@dataclass
class Figure:
    """One line of the table. `better` says on which side of `goal` it should lie."""

    what: str
    value: float
    unit: str
    goal: float
    better: str = "less"

    @property
    def met(self) -> bool:
        """Whether the goal is."""
        return self.value <= self.goal if self.better == "less" else self.value >= self.goal


def side_by_side(*actions: Callable[[], Any], runs: int = RUNS) -> list[tuple[float, float]]:
    """Best wall seconds, and best CPU seconds of child processes, of each action; they take turns."""
    best = [(float("inf"), float("inf"))] * len(actions)
    for action in actions:
        action()
    for _ in range(runs):
        for i, action in enumerate(actions):
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            action()
            seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best[i] = (min(best[i][0], seconds), min(best[i][1], cpu))
    return best


def rounded(values: Any) -> Any:
    """float32 to what bfloat16 holds, ties to even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)


def unchecked(run: Callable[[], Any]) -> Callable[[], Any]:
    """The same launch without checks."""

    def action() -> None:
        _ttnn._measure_without_checks(True)  # noqa: SLF001
        try:
            run()
        finally:
            _ttnn._measure_without_checks(False)  # noqa: SLF001

    return action


def random(side: int, seed: int) -> Any:
    """Normal data of side x side."""
    return np.random.default_rng(seed).standard_normal((1, 1, side, side)).astype(np.float32)


def table(bench: Bench) -> list[Figure]:
    """The goals."""
    x, y = rounded(random(4096, 0)), rounded(random(4096, 1))
    a, b, out = bench.tensor(x), bench.tensor(y), bench.output((1, 1, 4096, 4096))
    adding = tilewise(bench, "add", [a, b], out, 4)
    add, numpy_add = side_by_side(adding, lambda: rounded(x + y))
    if not np.array_equal(out.to_numpy(), rounded(x + y)):
        sys.exit("the sum differs from NumPy's")
    copying = tilewise(bench, "copy", [a], out, 4)
    copy, bare = side_by_side(copying, unchecked(copying), runs=2 * RUNS)
    p, q = random(1024, 2), random(1024, 3)
    product = bench.output((1, 1, 1024, 1024))
    times, numpy_times = side_by_side(
        matmul(bench, bench.tensor(p), bench.tensor(q), product), lambda: p[0, 0] @ q[0, 0]
    )
    return [
        Figure("16 Mi-element bf16 add, against NumPy with equal rounding", add[0] / numpy_add[0], "x", 1.0),
        Figure("1024^3 bf16 matmul, against NumPy float32", times[0] / numpy_times[0], "x", 3.0),
        Figure("copied tiles a second and CPU", 4096 * 4096 / 1024 / copy[1], "", 400_000, "more"),
        Figure("all checks, share of a copy's CPU time", 100 * (copy[1] / bare[1] - 1), "%", 5.0),
    ]


def growth(ttnn: Any) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of a copy: against tiles on 64 cores, and against cores for 4096 tiles."""
    against: dict[str, list[tuple[float, float]]] = {"tiles": [], "cores": []}

    def copy(grid: tuple[int, int], side: int) -> float:
        device = emulator.open_device(grid=grid, device_id=7)
        bench = Bench(ttnn, device, grid)
        run = tilewise(bench, "copy", [bench.tensor(random(side, 0))], bench.output((1, 1, side, side)))
        milliseconds = 1000 * side_by_side(run)[0][0]
        ttnn.close_device(device)
        return milliseconds

    for side in SIDES:
        against["tiles"].append((side * side / 1024, copy((8, 8), side)))
    for grid in CORES:
        against["cores"].append((grid[0] * grid[1], copy(grid, 2048)))
    return against


def machine() -> str:
    """What the figures were taken on."""
    threads = os.environ.get("OPENBLAS_NUM_THREADS") or os.cpu_count()
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, NumPy {np.__version__} with up to {threads}"
        f" threads, workers {os.environ.get('OP_EMULATOR_WORKERS') or 'as many as help'}, load {os.getloadavg()[0]:.1f}"
    )


def as_text(figures: list[Figure]) -> str:
    """The table in Markdown."""
    lines = ["| 64 emulated cores | value | goal | |", "|---|---|---|---|"]
    for figure in figures:
        sign = "at most" if figure.better == "less" else "at least"
        value = f"{figure.value:,.0f}" if figure.value > 1000 else f"{figure.value:.2f}"
        lines.append(
            f"| {figure.what} | {value} {figure.unit} | {sign} {figure.goal:,g} {figure.unit} |"
            f" {'met' if figure.met else 'missed'} |"
        )
    return "\n".join(lines)


PAGE = """# How fast the emulator is

Written by `python benchmarks/emulator_speed.py --docs docs`; run it on an idle machine.

{machine}

{table}

Times are the best of several runs that take turns with what they are compared with. `add` and `copy` move four
tiles at a time through a reader, a compute kernel and a writer; the matmul is two programs that each hold half of
every core's block in an fp32 DST.

## Growth

![time against tiles](emulator-speed-tiles.svg)

![time against cores](emulator-speed-cores.svg)

## What makes it fast

- The inner loops (`runtime/compute/tile_maths.inc`) are compiled twice, for vectors of 4 and of 8; which ones run
  is decided by the processor. Both give the same bits. `OP_EMULATOR_LANES=4` asks for the narrow ones.
- Programs whose kernels cannot have to do with another core's buffers share their cores among several processes
  under seed 0: `OP_EMULATOR_WORKERS`, by default as many as there are CPUs once the tensors have 4 MiB. Results,
  counts and faults are those of one process; a fault is always told by a run in one, on memory as the first
  attempt left it. Kernels that use semaphores, multicast or mailboxes keep all cores in one process. Cores
  that write and read the same memory without a semaphore have no defined result, on the device either.
- Page tables of the tensors that a program names are filled in one go.
- Host code: containers that every operation uses are compiled once, and headers of ttnn are precompiled for sources
  that include what they use (`emulator/host_headers.py` decides, on the safe side).
- The compile cache is kept below 4 GiB (`OP_PIPELINE_CACHE_MB`): what was used longest ago goes first, nothing that
  was used within the hour.
"""


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="How fast programs run in the emulator.")
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="write the page and its plots there")
    given = parser.parse_args()
    os.environ["TT_METAL_HOME"] = str(HERE)
    on = machine()
    ttnn = emulator.activate()
    figures = table(Bench(ttnn, emulator.open_device(grid=(8, 8)), (8, 8)))
    grown = growth(ttnn)
    if given.docs:
        (given.docs / "emulator-speed.md").write_text(PAGE.format(machine=on, table=as_text(figures)))
        for what, points in grown.items():
            title = {"tiles": "copy on 64 cores", "cores": "copy of 4096 tiles"}[what]
            (given.docs / f"emulator-speed-{what}.svg").write_text(plot(title, what, "milliseconds", points))
    if given.json:
        named = [{**asdict(figure), "met": figure.met} for figure in figures]
        print(json.dumps({"v": 1, "machine": on, "figures": named, "growth": grown}))
    else:
        print(f"{on}\n\n{as_text(figures)}")
        for what, points in grown.items():
            print(f"\n{what:>8} {'ms':>9}", *(f"{x:8.0f} {y:9.2f}" for x, y in points), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
