"""A hand-written operation, in C++ and as Python program, from sources to values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator
from op_pipeline.emulator import inspection
from op_pipeline.emulator.operation_build import build_operation

TREE = Path(__file__).resolve().parent / "tree"
OPERATION = TREE / "ttnn/cpp/ttnn/operations/eltwise/multiply_add"
KERNELS = "ttnn/cpp/ttnn/operations/eltwise/multiply_add/device/kernels"
SHAPES = [(1, 1, 32, 32), (1, 1, 64, 96), (2, 3, 128, 64), (1, 1, 320, 32), (1, 1, 40, 50), (3, 5, 32, 160)]


@pytest.fixture(scope="module")
def multiply_add(ttnn: Any) -> Any:
    built = build_operation(OPERATION)
    assert built.library is not None, built.problems
    emulator.load_operation(built.library)
    return ttnn.multiply_add


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TT_METAL_HOME", str(TREE))


def inputs(ttnn: Any, device: Any, shape: tuple[int, ...], dtype: Any) -> list[Any]:
    generator = np.random.default_rng(sum(shape))
    arrays = [generator.standard_normal(shape).astype(np.float32) for _ in range(3)]
    return [ttnn.from_torch(array, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device) for array in arrays]


def golden(tensors: list[Any]) -> np.ndarray[Any, Any]:
    a, b, c = (tensor.to_numpy().astype(np.float64) for tensor in tensors)
    return np.asarray(a * b + c)


def relative_error(result: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> float:
    return float(np.linalg.norm(result - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "bound"), [("bfloat16", 0.005), ("float32", 0.001)])
def test_the_cpp_operation_agrees_with_numpy(  # noqa: PLR0917 - parameters and fixtures
    dtype: str, bound: float, shape: tuple[int, ...], ttnn: Any, device: Any, multiply_add: Any
) -> None:
    tensors = inputs(ttnn, device, shape, getattr(ttnn, dtype))
    result = multiply_add(*tensors).to_numpy()
    assert result.shape == shape
    assert relative_error(result, golden(tensors)) < bound


def test_the_launch_is_recorded_with_its_phases_and_program(ttnn: Any, device: Any, multiply_add: Any) -> None:
    tensors = inputs(ttnn, device, (1, 1, 320, 320), ttnn.bfloat16)
    with inspection.record(dispatch=False) as log:
        multiply_add(*tensors)
    [launch] = log.launches
    assert launch.phases == ("validate", "output_specs", "output_tensors", "program_factory", "descriptor")
    assert launch.program is not None
    assert [len(kernel["cores"]) for kernel in launch.program["kernels"]] == [64, 64, 64]
    assert sorted(buffer["index"] for buffer in launch.program["circular_buffers"]) == [0, 1, 2, 16]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"dtype": "uint32"}, "input 'b' must have dtype bfloat16 or float32, got"),
        ({"shape": (1, 1, 32, 64)}, "input 'b' must have the shape of 'a'"),
        ({"layout": "ROW_MAJOR_LAYOUT"}, "input 'b' must have tile layout"),
        ({"device": None}, "input 'b' must be on device"),
    ],
)
def test_the_operations_own_validation_speaks(
    change: dict[str, Any], told: str, ttnn: Any, device: Any, multiply_add: Any
) -> None:
    tensors = inputs(ttnn, device, (1, 1, 32, 32), ttnn.bfloat16)
    array = np.ones(change.get("shape", (1, 1, 32, 32)), np.float32)
    tensors[1] = ttnn.from_torch(
        array,
        dtype=getattr(ttnn, change.get("dtype", "bfloat16")),
        layout=getattr(ttnn, change.get("layout", "TILE_LAYOUT")),
        device=change.get("device", device),
    )
    with pytest.raises(RuntimeError) as caught:
        multiply_add(*tensors)
    assert "TT_FATAL" in str(caught.value)
    assert told in str(caught.value)


def test_wrong_arguments_are_a_type_error(ttnn: Any, device: Any, multiply_add: Any) -> None:
    tensors = inputs(ttnn, device, (1, 1, 32, 32), ttnn.bfloat16)
    with pytest.raises(TypeError):
        multiply_add(*tensors[:2])


def test_the_same_kernels_run_from_python(ttnn: Any, device: Any) -> None:
    tensors = inputs(ttnn, device, (1, 1, 320, 320), ttnn.bfloat16)
    output = ttnn.allocate_tensor_on_device(
        ttnn.Shape([1, 1, 320, 320]), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG
    )
    grid = device.compute_with_storage_grid_size()
    _, cores, group, _, more, less = ttnn.split_work_to_cores(grid, 100)
    arguments = {name: ttnn.RuntimeArgs() for name in ("reader", "writer", "compute")}
    start = 0
    for core in ttnn.corerange_to_cores(cores):
        count = more if group.contains(core) else less
        addresses = [tensor.buffer_address() for tensor in tensors]
        arguments["reader"][core.x][core.y] = [*addresses, count, start]
        arguments["writer"][core.x][core.y] = [output.buffer_address(), count, start]
        arguments["compute"][core.x][core.y] = [count]
        start += count
    words = [word for tensor in tensors for word in ttnn.TensorAccessorArgs(tensor).get_compile_time_args()]

    def kernel(path: str, role: str, config: Any, compile_time: list[int]) -> Any:
        return ttnn.KernelDescriptor(
            kernel_source=f"{KERNELS}/{path}.cpp", core_ranges=cores, compile_time_args=compile_time,
            runtime_args=arguments[role], config=config,
        )  # fmt: skip

    def buffer(index: int) -> Any:
        form = ttnn.CBFormatDescriptor(buffer_index=index, data_format=ttnn.bfloat16, page_size=2048)
        return ttnn.CBDescriptor(total_size=4096, core_ranges=cores, format_descriptors=[form])

    program = ttnn.ProgramDescriptor(
        kernels=[
            kernel("dataflow/reader_multiply_add", "reader", ttnn.ReaderConfigDescriptor(), words),
            kernel(
                "dataflow/writer_multiply_add", "writer", ttnn.WriterConfigDescriptor(),
                ttnn.TensorAccessorArgs(output).get_compile_time_args(),
            ),
            kernel("compute/multiply_add", "compute", ttnn.ComputeConfigDescriptor(), []),
        ],
        cbs=[buffer(index) for index in (0, 1, 2, 16)],
    )  # fmt: skip
    result = ttnn.generic_op([*tensors, output], program)
    assert relative_error(result.to_numpy(), golden(tensors)) < 0.005
    np.testing.assert_array_equal(result.to_numpy(), output.to_numpy())
