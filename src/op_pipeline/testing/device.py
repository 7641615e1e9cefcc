"""Programs of ours that act as the real library, tt-smi and tt-triage. Nothing here is a simulator or a card."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from op_pipeline.models import Failure
from op_pipeline.remote import Settings
from op_pipeline.remote.lock import Dirty
from op_pipeline.remote.session import Session

# Enough of ttnn for worker.py. `generic_op` copies its first tensor to its last, or does what the file BEHAVIOUR says.
LIBRARY = """
import os, signal, sys, time, types
import numpy as np
def behaviour(): return open(os.environ["TT_METAL_STANDIN"]).read().strip()
bfloat16, float32, uint32 = "bfloat16", "float32", "uint32"
TILE_LAYOUT, ROW_MAJOR_LAYOUT, L1_MEMORY_CONFIG, DRAM_MEMORY_CONFIG = "TILE", "ROW_MAJOR", "L1", "DRAM"
NEXT = [0x40000000]
class Grid:
    def __init__(self, x, y): self.x, self.y = x, y
class Device:
    def compute_with_storage_grid_size(self): return Grid(8, 8)
    def dram_grid_size(self): return Grid(12, 1)
class Tensor:
    def __init__(self, array, data_type, layout, pad_value):
        self.array, self.dtype, self.address = np.array(array), data_type, None
    def to(self, device, memory):
        there = Tensor(self.array, self.dtype, None, None); there.address = NEXT[0]; NEXT[0] += 1 << 20
        return there
    def cpu(self): return self
    def buffer_address(self): return self.address
    def to_numpy(self): return self.array
def to_dtype(tensor, dtype): return tensor
def open_device(device_id):
    if behaviour() == "no device": raise RuntimeError("no chips detected on the PCIe bus")
    if behaviour() == "slow start": time.sleep(600)
    return Device()
def close_device(device): print("closed in order", file=sys.stderr)
def synchronize_device(device): pass
class Plain(types.SimpleNamespace):
    SourceType = types.SimpleNamespace(SOURCE_CODE=1, FILE_PATH=0)
class RuntimeArgs(dict):
    def __missing__(self, x): self[x] = {}; return self[x]
class CoreRangeSet(Plain):
    def __init__(self, ranges): self.ranges = ranges
CoreCoord = CoreRange = lambda *a: a
ProgramDescriptor = KernelDescriptor = CBDescriptor = CBFormatDescriptor = DataMovementConfigDescriptor = Plain
TileDescriptor = lambda *a: a
DataMovementProcessor = types.SimpleNamespace(RISCV_0=0, RISCV_1=1)
NOC = types.SimpleNamespace(NOC_0=0, NOC_1=1)
def generic_op(tensors, program):
    does = behaviour()
    said = program.kernels[0].runtime_args[0][0]
    assert said == [tensors[0].address, tensors[-1].address, 4], f"run-time arguments {said}"
    if does == "hang": time.sleep(600)
    if does == "crash": os.kill(os.getpid(), signal.SIGSEGV)
    if does == "exit": os._exit(3)
    if does.startswith("raise "): raise RuntimeError(does[6:].replace("%", chr(10)))
    if does.startswith("stop "): print(does[5:], file=sys.stderr, flush=True); os._exit(1)
    if does == "nothing": return
    tensors[-1].array = tensors[0].array.copy()
    if does == "wrong": tensors[-1].array += 1
    if does == "writes over": tensors[0].array = tensors[0].array + 1
"""

SMI = """#!{python}
import os, pathlib, sys, time
here = pathlib.Path({folder!r})
does = (here / "smi").read_text().strip()
with open(here / "calls", "a") as log: print(*sys.argv[1:], file=log)
if sys.argv[1] == "-r":
    if does == "hangs": time.sleep(600)
    if does == "fails": print("reset failed"); sys.exit(1)
    if does == "fails and exits 0": print("error: the board did not answer"); (here / "gone").write_text("")
    sys.exit(0)
if does == "hangs in listing": time.sleep(600)
print("PCI Dev ID | Board Type | Device Series")
if not (here / "gone").exists(): print("| 0 | Wormhole | n150 L |")
"""

TRIAGE = """
import os, pathlib
print("core 0-0 ncrisc: kernel_main copy.cpp:7 in cb_reserve_back")
"""

COPY = """#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    constexpr auto from_args = TensorAccessorArgs<0>();
    constexpr auto to_args = TensorAccessorArgs<from_args.next_compile_time_args_offset()>();
    const auto from = TensorAccessor(from_args, get_arg_val<uint32_t>(0), 2048);
    const auto to = TensorAccessor(to_args, get_arg_val<uint32_t>(1), 2048);
    const uint32_t buffer = get_write_ptr(0);
    for (uint32_t page = 0; page < get_arg_val<uint32_t>(2); ++page) {
        noc_async_read_page(page, from, buffer);
        noc_async_read_barrier();
        noc_async_write_page(page, to, buffer);
        noc_async_write_barrier();
    }
}
"""

SHAPE = (1, 1, 64, 64)
SOURCE, TARGET = 0x100040, 0x101040


@dataclass
class Desk:
    """A folder with the stand-ins; `does` and `smi_does` say how they behave from now on."""

    folder: Path
    settings: Settings

    def does(self, text: str) -> None:
        """The library's next operations, starts too."""
        (self.folder / "behaviour").write_text(text)

    def smi_does(self, text: str) -> None:
        """Calls of tt-smi from now on."""
        (self.folder / "smi").write_text(text)
        (self.folder / "gone").unlink(missing_ok=True)

    def calls(self) -> list[str]:
        """What tt-smi was called with."""
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def tree(self) -> Path:
        """The work tree with the kernel."""
        return self.folder / "tree"

    @property
    def logs(self) -> Path:
        """The run's folder."""
        return self.folder / "logs"

    @property
    def dirty(self) -> Dirty:
        """The mark beside the lock."""
        return Dirty(Path(self.settings.lock))

    def log(self, name: str) -> str:
        """A file of the run; empty without one."""
        file = self.logs / name
        return file.read_text() if file.exists() else ""

    def simulated(self) -> Settings:
        """The same as a simulator: no lock, no reset, no triage."""
        return replace(self.settings, kind="simulator", lock="", smi="", node="", triage=(), own_seconds=0)

    def session(self, **changes: Any) -> Session:
        """A session with some settings changed."""
        settings = replace(self.settings, **changes)
        return Session(settings, str(self.tree), self.folder / "scratch", self.logs)


def set_up(folder: Path) -> Desk:
    """Everything in order, deadlines short."""
    for name in ("library", "tree", "logs", "scratch", "dev/tenstorrent"):
        (folder / name).mkdir(parents=True)
    (folder / "library" / "ttnn.py").write_text(LIBRARY)
    (folder / "tree" / "copy.cpp").write_text(COPY)
    (folder / "triage.py").write_text(TRIAGE)
    (folder / "dev/tenstorrent/0").write_text("")
    smi = folder / "tt-smi"
    smi.write_text(SMI.format(python=sys.executable, folder=str(folder)))
    smi.chmod(0o755)
    env = {"PYTHONPATH": str(folder / "library"), "TT_METAL_STANDIN": str(folder / "behaviour")}
    settings = Settings(
        "hardware", 0, sys.executable, env,
        lock=str(folder / "device.lock"), smi=str(smi), node=str(folder / "dev/tenstorrent/0"),
        triage=(sys.executable, str(folder / "triage.py")),
        operation_seconds=20.0, own_seconds=5, start_seconds=20.0, triage_seconds=10.0, reset_seconds=5.0,
        wait_seconds=5.0,
    )  # fmt: skip
    made = Desk(folder, settings)
    made.does("right")
    made.smi_does("works")
    return made


def place(address: int, **changes: Any) -> dict[str, Any]:
    """A tensor of four bfloat16 tiles."""
    return {
        "shape": list(SHAPE), "dtype": "bfloat16", "layout": "TILE", "memory": "DRAM", "address": address,
        "pad_value": None, "sharding": None, **changes,
    }  # fmt: skip


def kernel(tree: Path, **changes: Any) -> dict[str, Any]:
    """The copying kernel as the emulator's host side describes it."""
    return {
        "name": "copy.cpp", "source": str(tree / "copy.cpp"), "is_source_text": False, "risc": "NCRISC", "noc": 0,
        "compute": {}, "compile_time_args": [2, 2048, 2, 2048], "named_compile_time_args": [], "defines": [],
        "include_paths": [], "cores": [[0, 0]], "runtime_args": [{"core": [0, 0], "values": [SOURCE, TARGET, 4]}],
        "common_runtime_args": [], "names": None, **changes,
    }  # fmt: skip


def body(tree: Path, **changes: Any) -> dict[str, Any]:
    """A request of the judge: one launch that copies four tiles."""
    image = {
        "name": "Copy", "scratchpads": [], "kernels": [kernel(tree, **changes)], "semaphores": [],
        "circular_buffers": [],
    }  # fmt: skip
    live = [["DRAM", SOURCE, 2048], ["DRAM", TARGET, 2048]]
    launch = {"image": image, "live": live, "libraries": []}
    request: dict[str, Any] = json.loads(
        json.dumps({"grid": "8x8", "launches": [launch], "inputs": [place(SOURCE)], "output": place(TARGET)})
    )
    return request


VALUES = np.arange(4096, dtype=np.float32).reshape(SHAPE) % 128


def run(session: Session, desk: Desk, **changes: Any) -> Any:
    """The output, or the failure."""
    answer = session.execute(body(desk.tree, **changes), [VALUES])
    return answer if isinstance(answer, Failure) else answer[1][0]
