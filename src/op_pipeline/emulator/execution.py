"""Runs launches that were recorded in another process: images and buffers as plain data, on a device of its own.

`inspection.record(dispatch=False)` where the operation's host code is gives `image` and `live` of each launch; here
the kernels run on them. Everything but the libraries may come from someone who wants to do harm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from op_pipeline.emulator import _ttnn

MOST_ELEMENTS = 2**28  # with padding
_MOST_DIMENSIONS = 8
_TILE = 32
_SHARDED = ("HEIGHT_SHARDED", "WIDTH_SHARDED", "BLOCK_SHARDED")
_MOST_CORES = 64  # in a row or column of the grid
_TOTALS = ("api_calls", "fibre_switches", "seconds")


@dataclass(frozen=True)
class Placed:
    """A tensor in device memory ("DRAM", "L1") from `address` on, interleaved over all banks without `sharding`.

    `dtype` and `layout` are names of ttnn's, in either case: "bfloat16", "TILE". Padding of a tile tensor holds
    `pad_value`, else zero. `sharding` is what `sharding_of` makes of a memory config: plain data.
    """

    shape: tuple[int, ...]
    dtype: str
    layout: str
    memory: str
    address: int
    pad_value: float | None = None
    sharding: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Executed:
    """What came out. `output` has the logical shape; bfloat16 and block floats come as float32.

    `changed` has the numbers of inputs that a kernel wrote over. `report`: `api_calls`, `fibre_switches`, `seconds`,
    `warnings`, `circular_buffers` and `kernels` of all launches together, the last two as in `traffic`, with the number
    of the `launch`; and `launches`, one such dictionary each with the program's `name`.
    """

    output: npt.NDArray[Any]
    report: dict[str, Any]
    changed: tuple[int, ...] = ()


def kernel_requests(image: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `toolchain.compile_kernels` takes, in the order of the image's kernels. ValueError for a malformed image.

    Sources and include paths are not judged here: the caller decides what may be read.
    """
    requests: list[dict[str, Any]] = _ttnn._kernel_requests(image)  # noqa: SLF001 - private to this package
    return requests


def execute(
    device: Any,
    launches: Sequence[Mapping[str, Any]],
    inputs: Sequence[tuple[Placed, npt.NDArray[Any]]],
    output: Placed,
    *,
    trace_events: int = 0,
) -> Executed:
    """Run the launches in order: `image` and `live` as `inspection.Launch` has them, `libraries` one per kernel.

    The device's memory is wiped, exactly the live buffers are registered (0xFF at first), the inputs written, and
    `output` is read in the end. Schedule seeds as in OP_EMULATOR_SEED. EmulatorFault as in a plain call; ValueError
    for data that no recorded call has: malformed, out of range, overlapping, a tensor where no live buffer begins;
    also when the device has tensors of its own. With `trace_events` the last that many events of each launch are kept
    for `recorded_traces`, also when there is a fault; the program then runs in one process.
    """
    described = [_described(launch) for launch in launches]
    tensors = [(_host_tensor(placed, array), _address(placed)) for placed, array in inputs]
    result, reports, changed = _ttnn._execute(  # noqa: SLF001 - private to this package
        device, described, tensors, _spec(output), _address(output), trace_events
    )
    written_over = tuple(number for number, is_changed in enumerate(changed) if is_changed)
    return Executed(result.to_numpy(), _report(described, reports), written_over)


def recorded_traces() -> list[dict[str, Any]]:
    """What the last `execute` recorded, a dictionary per launch it got to: see `trace.Recorded`, which takes it.

    `recorded` events in all, schedule `seed`, and the kept `events` as uint32 [events, 8].
    """
    return [
        {**told, "events": np.frombuffer(told["events"], "<u4").reshape(-1, 8)}
        for told in _ttnn._traces()  # noqa: SLF001 - private to this package
    ]


def _described(launch: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    missing = [key for key in ("image", "live", "libraries") if launch.get(key) is None]
    if missing:
        raise ValueError(f"a launch without {', '.join(missing)} cannot be run")
    return launch["image"], launch["live"], launch["libraries"]


def _report(described: Sequence[tuple[Any, Any, Any]], reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    named = [{"name": image["name"], **report} for (image, _, _), report in zip(described, reports, strict=True)]
    totals: dict[str, Any] = {key: sum(report[key] for report in named) for key in _TOTALS}
    lists: dict[str, Any] = {"warnings": [warning for report in named for warning in report["warnings"]]}
    for key in ("circular_buffers", "kernels"):
        lists[key] = [{"launch": number, **item} for number, report in enumerate(named) for item in report[key]]
    return {**totals, **lists, "launches": named}


def _host_tensor(placed: Placed, array: npt.NDArray[Any]) -> Any:
    spec = _spec(placed)
    if array.shape != tuple(placed.shape) or array.dtype.kind not in "fiub":
        raise ValueError(f"an array of {array.shape} {array.dtype} for a tensor of {tuple(placed.shape)} numbers")
    pad_value = 0.0 if placed.pad_value is None else float(placed.pad_value)
    return _ttnn.Tensor(
        array, data_type=spec.dtype, layout=spec.layout, mem_config=spec.memory_config, pad_value=pad_value
    )


def _spec(placed: Placed) -> Any:
    shape = tuple(placed.shape)
    if len(shape) > _MOST_DIMENSIONS or not all(type(extent) is int and 0 <= extent < 2**32 for extent in shape):
        raise ValueError(f"{shape} is no shape of a tensor")
    padded = shape[:-2] + tuple(-(-extent // _TILE) * _TILE for extent in shape[-2:])
    if math.prod(padded) > MOST_ELEMENTS:
        raise ValueError(f"a tensor of shape {shape} has more than {MOST_ELEMENTS} elements")
    kind = _member(_ttnn.BufferType, placed.memory, ("DRAM", "L1"))
    dtype = _member(_ttnn.DataType, placed.dtype, _names(_ttnn.DataType))
    layout = _member(_ttnn.Layout, placed.layout, _names(_ttnn.Layout))
    try:
        memory = _memory(kind, placed.sharding)
        return _ttnn._tensor_spec(_ttnn.Shape(list(shape)), dtype, layout, memory)  # noqa: SLF001
    except RuntimeError as error:
        raise ValueError(f"no such tensor: {error}") from error


def sharding_of(memory_config: Any) -> dict[str, Any] | None:
    """The shards of a memory config as plain data for `Placed`; None when it is interleaved.

    Keys: `layout` (name of the memory layout), `shape` in elements, `grid` as [x, y, x, y] corners of rectangles,
    `orientation`, and of shards that were given by an NdShardSpec `strategy`.
    """
    if not memory_config.is_sharded():
        return None
    nd, flat = memory_config.nd_shard_spec, memory_config.shard_spec
    spec = nd if memory_config._created_with_nd_shard_spec() else flat  # noqa: SLF001 - private to this package
    told = {
        "layout": memory_config.memory_layout.name,
        "shape": list(nd.shard_shape if spec is nd else flat.shape),
        "grid": [[part.start.x, part.start.y, part.end.x, part.end.y] for part in spec.grid.ranges()],
        "orientation": spec.orientation.name,
    }
    return {**told, "strategy": nd.shard_distribution_strategy.name} if spec is nd else told


def _memory(kind: Any, sharding: Mapping[str, Any] | None) -> Any:
    if sharding is None:
        return _ttnn.MemoryConfig(_ttnn.TensorMemoryLayout.INTERLEAVED, kind)
    try:
        shape = [_extent(extent) for extent in sharding["shape"]]
        grid = _ttnn.CoreRangeSet([_rectangle(corners) for corners in sharding["grid"]])
        orientation = _member(_ttnn.ShardOrientation, sharding["orientation"], _names(_ttnn.ShardOrientation))
        if "strategy" in sharding:
            strategies = _ttnn.ShardDistributionStrategy
            strategy = _member(strategies, sharding["strategy"], _names(strategies))
            return _ttnn.MemoryConfig(kind, _ttnn.NdShardSpec(_ttnn.Shape(shape), grid, orientation, strategy))
        layout = _member(_ttnn.TensorMemoryLayout, sharding["layout"], _SHARDED)
        return _ttnn.MemoryConfig(layout, kind, _ttnn.ShardSpec(grid, shape, orientation))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{sharding!r} does not describe shards") from error


def _extent(value: Any) -> int:
    if type(value) is not int or not 0 < value < 2**32:
        raise ValueError(f"{value!r} is no extent of a shard")
    return value


def _rectangle(corners: Sequence[Any]) -> Any:
    if len(corners) != 4 or not all(type(corner) is int and 0 <= corner < _MOST_CORES for corner in corners):
        raise ValueError(f"{corners!r} is no rectangle of cores")
    left, top, right, bottom = corners
    return _ttnn.CoreRange(_ttnn.CoreCoord(left, top), _ttnn.CoreCoord(right, bottom))


def _names(enumeration: Any) -> tuple[str, ...]:
    return tuple(name for name in enumeration.__members__ if name not in ("INVALID", "FP8_E4M3"))


def _member(enumeration: Any, name: str, allowed: Sequence[str]) -> Any:
    wanted = str(name).upper()
    if wanted not in allowed:
        raise ValueError(f"{name!r} is not one of {', '.join(allowed)}")
    return getattr(enumeration, wanted)


def _address(placed: Placed) -> int:
    if type(placed.address) is not int or not 0 <= placed.address < 2**64:
        raise ValueError(f"{placed.address!r} is no address")
    return placed.address
