"""Runs in the environment of the real library: `python -B worker.py`. Builds described programs and runs them.

Standard library, NumPy and ttnn only; no torch. What it is sent and answers are frames of gates.workers.wire.
No host code of a candidate is loaded here.
"""

from __future__ import annotations

import fcntl
import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_PACKAGE = Path(__file__).resolve().parents[1]
_TEXT = 20_000
_PAGE = 1024  # bytes of a page of scratch memory


def _file(*parts: str) -> Any:
    """A module by its path: the package it is of is not in this environment."""
    path = _PACKAGE.joinpath(*parts)
    spec = importlib.util.spec_from_file_location(f"op_pipeline_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module


class Device:
    """The library's device and the one request on it."""

    def __init__(self) -> None:
        self.rebuilding = _file("mock", "rebuilding.py")
        self.ttnn: Any = importlib.import_module("ttnn")
        self.device = self.ttnn.open_device(device_id=0)

    def hello(self, _: Mapping[str, Any], __: Sequence[Any]) -> tuple[dict[str, Any], list[Any]]:
        """Ready: the device is open."""
        grid = self.device.compute_with_storage_grid_size()
        return {"ready": True, "grid": [grid.x, grid.y]}, []

    def execute(self, body: Mapping[str, Any], arrays: Sequence[Any]) -> tuple[dict[str, Any], list[Any]]:
        """Run the launches in order on tensors with these values; the output, and which inputs were written over."""
        grid = self.device.compute_with_storage_grid_size()
        cores = [
            core for launch in body["launches"] for kernel in launch["image"]["kernels"] for core in kernel["cores"]
        ]
        if any(x >= grid.x or y >= grid.y for x, y in cores):
            return {"beyond": f"cores outside of the device's grid of {grid.x}x{grid.y}"}, []
        places = [*body["inputs"], body["output"]]
        output = body["output"]
        planted = [place for place in body["inputs"] if place["address"] == output["address"]]
        values = [*arrays, *([] if planted else [unwritten(output)])]
        tensors = {
            place["address"]: self._tensor(place, array)
            for place, array in zip(places if not planted else body["inputs"], values, strict=True)
        }
        scratch = self._scratch(body["launches"], tensors)
        real = {old: tensor.buffer_address() for old, tensor in (tensors | scratch).items()}
        given = [tensors[place["address"]] for place in body["inputs"] if place["address"] != output["address"]]
        for launch in body["launches"]:
            program = self.rebuilding.program(self.ttnn, moved(launch["image"], real))
            self.ttnn.generic_op([*given, *scratch.values(), tensors[output["address"]]], program)
        self.ttnn.synchronize_device(self.device)
        changed = [
            number
            for number, (place, array) in enumerate(zip(body["inputs"], arrays, strict=True))
            if not same(self._read(tensors[place["address"]], place), array)
        ]
        return {"changed": changed, "report": {}}, [self._read(tensors[output["address"]], output)]

    def _tensor(self, place: Mapping[str, Any], array: Any) -> Any:
        ttnn = self.ttnn
        host = ttnn.Tensor(
            np.ascontiguousarray(array),
            data_type=getattr(ttnn, place["dtype"].lower()),
            layout=ttnn.TILE_LAYOUT if place["layout"].upper().startswith("TILE") else ttnn.ROW_MAJOR_LAYOUT,
            pad_value=0.0 if place["pad_value"] is None else float(place["pad_value"]),
        )
        return host.to(self.device, ttnn.L1_MEMORY_CONFIG if place["memory"] == "L1" else ttnn.DRAM_MEMORY_CONFIG)

    def _read(self, tensor: Any, place: Mapping[str, Any]) -> Any:
        host = tensor.cpu()
        if place["dtype"].lower() == "bfloat16":  # NumPy has no such type
            host = self.ttnn.to_dtype(host, self.ttnn.float32)
        return np.ascontiguousarray(host.to_numpy())

    def _scratch(self, launches: Sequence[Mapping[str, Any]], tensors: Mapping[int, Any]) -> dict[int, Any]:
        """Memory for the tensors between several launches, as large in each bank as they were, filled with ones."""
        found: dict[int, Any] = {}
        for launch in launches:
            used = {value for kernel in launch["image"]["kernels"] for value in arguments(kernel)}
            for kind, address, size, *_ in launch["live"]:
                if address in used and address not in tensors and address not in found:
                    found[address] = self._filled(kind, size)
        return found

    def _filled(self, kind: str, size: int) -> Any:
        grid = self.device.compute_with_storage_grid_size() if kind == "L1" else self.device.dram_grid_size()
        pages = grid.x * grid.y * -(-size // _PAGE)
        place = {"dtype": "uint32", "layout": "ROW_MAJOR", "memory": kind, "pad_value": None}
        return self._tensor(place, np.full((pages, _PAGE // 4), 0xFFFFFFFF, np.uint32))

    def close(self) -> None:
        """Give the device back in order."""
        self.ttnn.close_device(self.device)


def arguments(kernel: Mapping[str, Any]) -> list[int]:
    """All run-time arguments of a kernel."""
    return [*(value for entry in kernel["runtime_args"] for value in entry["values"]), *kernel["common_runtime_args"]]


def moved(image: Mapping[str, Any], real: Mapping[int, int]) -> dict[str, Any]:
    """The program with run-time arguments that are a recorded tensor's address replaced by the real one."""
    kernels = [
        {
            **kernel,
            "runtime_args": [
                {**entry, "values": [real.get(value, value) for value in entry["values"]]}
                for entry in kernel["runtime_args"]
            ],
            "common_runtime_args": [real.get(value, value) for value in kernel["common_runtime_args"]],
        }
        for kernel in image["kernels"]
    ]
    return {**image, "kernels": kernels}


def unwritten(place: Mapping[str, Any]) -> Any:
    """What the output's memory holds before the kernels run: no value of an earlier run may pass for its result."""
    kinds: dict[str, Any] = {"uint32": np.uint32, "int32": np.int32, "uint16": np.uint16, "uint8": np.uint8}
    kind = kinds.get(place["dtype"].lower())
    if kind is None:
        return np.full(place["shape"], np.nan, np.float32)
    return np.full(place["shape"], np.iinfo(kind).max, kind)


def same(left: Any, right: Any) -> bool:
    """Equal in every element; one that is no number equals another."""
    floats = np.asarray(right).dtype.kind == "f"
    return bool(np.array_equal(left, np.asarray(right, left.dtype), equal_nan=floats))


def main() -> None:
    """Answer until the wire is closed."""
    wire = _file("gates", "workers", "wire.py")
    requests, replies = (fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 64) for number in (0, 1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # the library writes to stdout
    problem, device = "", None
    try:
        device = Device()
    except Exception as error:  # noqa: BLE001 - the session says what it means
        problem = f"{type(error).__name__}: {error}"[:_TEXT]
    while True:
        try:
            message = wire.receive(requests)
        except wire.Closed:
            break
        body, arrays = _answer(device, problem, message)
        wire.send(replies, wire.Message({**body, "id": message.body.get("id")}, tuple(arrays)))
    if device is not None:
        device.close()
    sys.stderr.flush()
    os._exit(0)  # what the library still does at its end is no part of it


def _answer(device: Device | None, problem: str, message: Any) -> tuple[dict[str, Any], list[Any]]:
    if device is None:
        return {"unusable": problem}, []
    try:
        handlers = {"hello": device.hello, "execute": device.execute}
        return handlers[message.body["do"]](message.body, message.arrays)
    except Exception as error:  # noqa: BLE001 - the session says what it means
        return {"raised": {"type": type(error).__name__, "text": str(error)[:_TEXT]}}, []


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry != str(Path(__file__).parent)]
    main()
