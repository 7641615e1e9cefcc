"""Descriptors: what is copied, what is shared, and which arguments are refused, as in the real module."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def cores(ttnn: Any) -> Any:
    return ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (1, 1))])


def kernel(ttnn: Any, cores: Any, **changes: Any) -> Any:
    given = {"kernel_source": "k.cpp", "core_ranges": cores, "config": ttnn.ComputeConfigDescriptor(), **changes}
    return ttnn.KernelDescriptor(**given)


@pytest.mark.filterwarnings("ignore:.* is a copy:UserWarning")
def test_lists_come_back_as_copies(ttnn: Any, cores: Any) -> None:
    program = ttnn.ProgramDescriptor()
    program.kernels.append(kernel(ttnn, cores))
    program.cbs.append(ttnn.CBDescriptor())
    program.semaphores.append(ttnn.SemaphoreDescriptor(0, core_ranges=cores, initial_value=0))
    assert (len(program.kernels), len(program.cbs), len(program.semaphores)) == (0, 0, 0)
    descriptor = kernel(ttnn, cores)
    descriptor.defines.append(("A", "1"))
    descriptor.named_compile_time_args.append(("n", 1))
    assert (descriptor.defines, descriptor.named_compile_time_args) == ([], [])
    buffer = ttnn.CBDescriptor(4096, cores, [])
    buffer.format_descriptors.append(ttnn.CBFormatDescriptor(0, ttnn.bfloat16, 2048))
    assert buffer.format_descriptors == []


def test_some_members_are_shared(ttnn: Any, cores: Any) -> None:
    descriptor = kernel(ttnn, cores, compile_time_args=[1, 2])
    descriptor.compile_time_args.append(3)
    descriptor.common_runtime_args.append(4)
    descriptor.config.fp32_dest_acc_en = True
    descriptor.config.unpack_to_dest_mode.append(ttnn.UnpackToDestMode.UnpackToDestFp32)
    assert list(descriptor.compile_time_args) == [1, 2, 3]
    assert list(descriptor.common_runtime_args) == [4]
    assert descriptor.config.fp32_dest_acc_en
    assert list(descriptor.config.unpack_to_dest_mode) == [ttnn.UnpackToDestMode.UnpackToDestFp32]


def test_a_kernel_is_copied_into_the_program(ttnn: Any, cores: Any) -> None:
    descriptor = kernel(ttnn, cores)
    program = ttnn.ProgramDescriptor(kernels=[descriptor])
    descriptor.compile_time_args.append(1)
    assert list(program.kernels[0].compile_time_args) == []
    program.kernels[0].compile_time_args.append(7)
    assert list(program.kernels[0].compile_time_args) == [7]


def test_assignment_replaces_a_list(ttnn: Any, cores: Any) -> None:
    descriptor = kernel(ttnn, cores)
    descriptor.defines = [("A", "1")]
    descriptor.compile_time_args = [5]
    program = ttnn.ProgramDescriptor()
    program.kernels = [descriptor]
    assert program.kernels[0].defines == [("A", "1")]
    assert list(program.kernels[0].compile_time_args) == [5]


@pytest.mark.parametrize(
    "changes",
    [
        {"compile_time_args": [-1]},
        {"compile_time_args": [1.5]},
        {"compile_time_args": [2**32]},
        {"compile_time_args": ["1"]},
        {"defines": {"A": "1"}},
        {"defines": [("A", 1)]},
        {"config": None},
        {"core_ranges": [((0, 0), (1, 1))]},
        {"unknown": 1},
    ],
    ids=str,
)
def test_wrong_arguments_of_a_kernel(ttnn: Any, cores: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="incompatible function arguments"):
        kernel(ttnn, cores, **changes)


def test_config_and_cores_have_no_default(ttnn: Any, cores: Any) -> None:
    with pytest.raises(TypeError):
        ttnn.KernelDescriptor("k.cpp", core_ranges=cores)
    with pytest.raises(TypeError):
        ttnn.KernelDescriptor("k.cpp", config=ttnn.ReaderConfigDescriptor())
    with pytest.raises(TypeError):
        ttnn.SemaphoreDescriptor(0, core_ranges=cores)
    with pytest.raises(TypeError):
        ttnn.CBFormatDescriptor(256, ttnn.bfloat16, 2048)


@pytest.mark.parametrize(
    ("dtype", "number"),
    [
        ("bfloat16", 5), ("float32", 0), ("uint32", 24), ("bfloat8_b", 6), ("bfloat4_b", 7), ("uint8", 30),
        ("uint16", 9), ("int32", 8), ("int8", 14),
    ],
)  # fmt: skip
def test_format_numbers(ttnn: Any, dtype: str, number: int) -> None:
    assert ttnn.CBFormatDescriptor(0, getattr(ttnn, dtype), 2048).data_format_as_uint8 == number


def test_a_bare_number_is_a_data_type(ttnn: Any) -> None:
    with pytest.warns(UserWarning, match="data_format=5 is read as DataType::UINT8"):
        descriptor = ttnn.CBFormatDescriptor(buffer_index=0, data_format=5, page_size=1024)
    assert descriptor.data_format_as_uint8 == 30
    with pytest.raises(TypeError):
        descriptor.data_format  # noqa: B018


def test_index_is_not_checked_before_the_program_is_built(ttnn: Any) -> None:
    assert ttnn.CBFormatDescriptor(99, ttnn.bfloat16, 2048).buffer_index == 99


def test_runtime_args_are_x_major(ttnn: Any, cores: Any) -> None:
    arguments = ttnn.RuntimeArgs()
    arguments[0][1] = [1, 2]
    arguments[0][1].append(5)
    with pytest.raises(IndexError, match=r"No runtime args found for CoreCoord\(1, 0\)"):
        arguments[1].append(0, 9)
    arguments[1][0] = []
    arguments[1].append(0, 9)
    arguments[1].extend(0, [8])
    assert [((core.x, core.y), list(words)) for core, words in arguments] == [((0, 1), [1, 2, 5]), ((1, 0), [9, 8])]
    descriptor = kernel(ttnn, cores, runtime_args=arguments)
    assert len(descriptor.runtime_args) == 2
    assert list(descriptor.runtime_args[1][0]) == [9, 8]
    with pytest.raises(IndexError, match=r"No runtime args found for CoreCoord\(3, 3\)"):
        descriptor.runtime_args[3][3]
    with pytest.raises(TypeError):
        arguments[0][0] = [-1]


def test_runtime_args_from_pairs(ttnn: Any, cores: Any) -> None:
    descriptor = kernel(ttnn, cores, runtime_args=[(ttnn.CoreCoord(0, 0), [1]), ((0, 1), [2])])
    descriptor.extend_runtime_args_uniform([7])
    assert [list(descriptor.runtime_args[0][y]) for y in (0, 1)] == [[1, 7], [2, 7]]
    descriptor.clear_runtime_args()
    assert len(descriptor.runtime_args) == 0
    for wrong in ([[1, 2], [3, 4]], [[[1, 2]]], 5):
        with pytest.raises(RuntimeError, match="bad_cast"):
            descriptor.runtime_args = wrong


def test_defaults(ttnn: Any) -> None:
    compute = ttnn.ComputeConfigDescriptor()
    assert compute.math_fidelity == ttnn.MathFidelity.HiFi4
    switches = [compute.fp32_dest_acc_en, compute.math_approx_mode, compute.dst_full_sync_en]
    assert switches == [False, False, False]
    movement = ttnn.DataMovementConfigDescriptor()
    assert (movement.processor, movement.noc) == (ttnn.DataMovementProcessor.RISCV_0, ttnn.NOC.RISCV_0_default)
    assert ttnn.TileDescriptor(16, 32).height == 16
