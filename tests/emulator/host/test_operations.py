"""C++ operations against the host headers: built, launched through their binding, refused where they must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator, proc
from op_pipeline.emulator import inspection
from op_pipeline.emulator.faults import KernelCompileError
from op_pipeline.emulator.operation_build import build_operation

FOLDER = "ttnn/cpp/ttnn/operations/test/doubling"
EMULATOR = Path(emulator.__file__).parent

HEADER = """
#pragma once
#include <optional>
#include <variant>

#include <tt-metalium/program_descriptors.hpp>

#include "ttnn/device_operation.hpp"
#include "ttnn/types.hpp"

namespace ttnn::operations::test::doubling {

struct DoublingParams {
    float factor;
    std::optional<int> unused;
    MemoryConfig memory_config;
};
struct DoublingInputs {
    Tensor x;
};

// The program on the operation itself.
struct DirectDeviceOperation {
    using operation_attributes_t = DoublingParams;
    using tensor_args_t = DoublingInputs;
    using spec_return_value_t = TensorSpec;
    using tensor_return_value_t = Tensor;
    static void validate_on_program_cache_miss(const operation_attributes_t&, const tensor_args_t&);
    static spec_return_value_t compute_output_specs(const operation_attributes_t&, const tensor_args_t&);
    static tensor_return_value_t create_output_tensors(const operation_attributes_t&, const tensor_args_t&);
    static tt::tt_metal::ProgramDescriptor create_descriptor(
        const operation_attributes_t&, const tensor_args_t&, tensor_return_value_t&);
};

// Two factories and a choice between them; several outputs.
struct ChosenDeviceOperation {
    using operation_attributes_t = DoublingParams;
    using tensor_args_t = DoublingInputs;
    using spec_return_value_t = std::vector<TensorSpec>;
    using tensor_return_value_t = std::vector<Tensor>;
    struct FewTiles {
        static tt::tt_metal::ProgramDescriptor create_descriptor(
            const operation_attributes_t&, const tensor_args_t&, tensor_return_value_t&);
    };
    struct ManyTiles {
        static tt::tt_metal::ProgramDescriptor create_descriptor(
            const operation_attributes_t&, const tensor_args_t&, tensor_return_value_t&);
    };
    using program_factory_t = std::variant<FewTiles, ManyTiles>;
    static program_factory_t select_program_factory(const operation_attributes_t&, const tensor_args_t&);
    static void validate_on_program_cache_miss(const operation_attributes_t&, const tensor_args_t&);
    static spec_return_value_t compute_output_specs(const operation_attributes_t&, const tensor_args_t&);
    static tensor_return_value_t create_output_tensors(const operation_attributes_t&, const tensor_args_t&);
};

}  // namespace ttnn::operations::test::doubling
"""

SOURCE = """
#include "doubling.hpp"

#include <bit>

#include <tt-metalium/constants.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/work_split.hpp>
#include <tt_stl/assert.hpp>

#include "ttnn/tensor/tensor_ops.hpp"

namespace ttnn::operations::test::doubling {

using namespace tt::tt_metal;

namespace {

constexpr const char* KERNEL = "ttnn/cpp/ttnn/operations/test/doubling/device/kernels/mover.cpp";

ProgramDescriptor describe(const DoublingParams& attributes, const Tensor& x, const Tensor& y) {
    const uint32_t tiles = x.physical_volume() / tt::constants::TILE_HW;
    const auto format = datatype_to_dataformat_converter(x.dtype());
    const uint32_t size = tt::tile_size(format);
    auto [num_cores, all_cores, group_1, group_2, per_core_1, per_core_2] =
        split_work_to_cores(x.device()->compute_with_storage_grid_size(), tiles);
    ProgramDescriptor program;
    program.cbs.push_back(CBDescriptor{
        .total_size = 2 * size,
        .core_ranges = all_cores,
        .format_descriptors = {{CBFormatDescriptor{
            .buffer_index = tt::CBIndex::c_0, .data_format = format, .page_size = size}}},
    });
    KernelDescriptor mover;
    mover.kernel_source = KERNEL;
    mover.core_ranges = all_cores;
    TensorAccessorArgs(*x.buffer()).append_to(mover.compile_time_args);
    TensorAccessorArgs(*y.buffer()).append_to(mover.compile_time_args);
    mover.config = ReaderConfigDescriptor{};
    uint32_t start = 0;
    for (const auto& core : corerange_to_cores(all_cores, num_cores)) {
        const uint32_t count = group_1.contains(core) ? per_core_1 : per_core_2;
        mover.emplace_runtime_args(
            core, {x.buffer(), y.buffer(), count, start, std::bit_cast<uint32_t>(attributes.factor)});
        start += count;
    }
    program.kernels.push_back(std::move(mover));
    return program;
}

void validate(const DoublingParams& attributes, const Tensor& x) {
    TT_FATAL(x.storage_type() == StorageType::DEVICE, "doubling: input 'x' must be on a device, got {}", x.storage_type());
    TT_FATAL(x.layout() == Layout::TILE, "doubling: input 'x' must have layout TILE, got {}", x.layout());
    TT_FATAL(x.dtype() == DataType::FLOAT32, "doubling: input 'x' must have dtype float32, got {}", x.dtype());
    TT_FATAL(attributes.factor > 0, "doubling: parameter 'factor' out of range: {:.1f}, shape {}", attributes.factor, x.logical_shape());
}

TensorSpec spec_of(const DoublingParams& attributes, const Tensor& x) {
    return TensorSpec(x.logical_shape(), TensorLayout(x.dtype(), PageConfig(Layout::TILE), attributes.memory_config));
}

}  // namespace

void DirectDeviceOperation::validate_on_program_cache_miss(const DoublingParams& a, const DoublingInputs& t) { validate(a, t.x); }
TensorSpec DirectDeviceOperation::compute_output_specs(const DoublingParams& a, const DoublingInputs& t) { return spec_of(a, t.x); }
Tensor DirectDeviceOperation::create_output_tensors(const DoublingParams& a, const DoublingInputs& t) {
    return create_device_tensor(compute_output_specs(a, t), t.x.device());
}
ProgramDescriptor DirectDeviceOperation::create_descriptor(const DoublingParams& a, const DoublingInputs& t, Tensor& y) {
    return describe(a, t.x, y);
}

void ChosenDeviceOperation::validate_on_program_cache_miss(const DoublingParams& a, const DoublingInputs& t) { validate(a, t.x); }
std::vector<TensorSpec> ChosenDeviceOperation::compute_output_specs(const DoublingParams& a, const DoublingInputs& t) {
    return {spec_of(a, t.x)};
}
std::vector<Tensor> ChosenDeviceOperation::create_output_tensors(const DoublingParams& a, const DoublingInputs& t) {
    return {create_device_tensor(compute_output_specs(a, t).front(), t.x.device())};
}
ChosenDeviceOperation::program_factory_t ChosenDeviceOperation::select_program_factory(
    const DoublingParams&, const DoublingInputs& t) {
    if (t.x.physical_volume() > 4 * tt::constants::TILE_HW) return ManyTiles{};
    return FewTiles{};
}
ProgramDescriptor ChosenDeviceOperation::FewTiles::create_descriptor(const DoublingParams& a, const DoublingInputs& t, std::vector<Tensor>& y) {
    return describe(a, t.x, y.front());
}
ProgramDescriptor ChosenDeviceOperation::ManyTiles::create_descriptor(const DoublingParams& a, const DoublingInputs& t, std::vector<Tensor>& y) {
    return describe(a, t.x, y.front());
}

}  // namespace ttnn::operations::test::doubling
"""

BINDING_HEADER = """
#pragma once
#include "ttnn-nanobind/nanobind_fwd.hpp"
namespace ttnn::operations::test::doubling {
void bind_doubling_operation(nb::module_& mod);
}
"""

BINDING = """
#include "doubling_nanobind.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>

#include "doubling.hpp"
#include "ttnn-nanobind/bind_function.hpp"

namespace ttnn::operations::test::doubling {

namespace {
Tensor direct(const Tensor& x, float factor, const std::optional<MemoryConfig>& memory_config) {
    return device_operation::launch<DirectDeviceOperation>({factor, {}, memory_config.value_or(x.memory_config())}, {x});
}
std::vector<Tensor> chosen(const Tensor& x, float factor) {
    return device_operation::launch<ChosenDeviceOperation>({factor, 3, x.memory_config()}, {x});
}
Tensor chosen(const Tensor& x) { return chosen(x, 2.0f).front(); }
}  // namespace

void bind_doubling_operation(nb::module_& mod) {
    ttnn::bind_function<"doubling">(
        mod, "y = factor * x", &direct, nb::arg("x"), nb::arg("factor") = 2.0f, nb::kw_only(),
        nb::arg("memory_config") = nb::none());
    ttnn::bind_function<"doubling_chosen", "ttnn.experimental.">(
        mod, "two signatures",
        ttnn::overload_t(nb::overload_cast<const Tensor&, float>(&chosen), nb::arg("x"), nb::arg("factor")),
        ttnn::overload_t(nb::overload_cast<const Tensor&>(&chosen), nb::arg("x").noconvert()));
}

}  // namespace ttnn::operations::test::doubling
"""

KERNEL = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(2), start = get_arg_val<uint32_t>(3);
    constexpr auto x_args = TensorAccessorArgs<0>();
    constexpr auto y_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();
    const auto x = TensorAccessor(x_args, get_arg_val<uint32_t>(0), get_tile_size(0));
    const auto y = TensorAccessor(y_args, get_arg_val<uint32_t>(1), get_tile_size(0));
    const uint32_t bits = get_arg_val<uint32_t>(4);
    const float factor = __builtin_bit_cast(float, bits);
    for (uint32_t page = start; page < start + count; ++page) {
        cb_reserve_back(0, 1);
        noc_async_read_page(page, x, get_write_ptr(0));
        noc_async_read_barrier();
        volatile tt_l1_ptr float* values = reinterpret_cast<volatile tt_l1_ptr float*>(get_write_ptr(0));
        for (uint32_t i = 0; i < 1024; ++i) values[i] = factor * values[i];
        cb_push_back(0, 1);
        cb_wait_front(0, 1);
        noc_async_write_page(page, y, get_read_ptr(0));
        noc_async_write_barrier();
        cb_pop_front(0, 1);
    }
}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    files = {
        "doubling.hpp": HEADER,
        "doubling.cpp": SOURCE,
        "doubling_nanobind.hpp": BINDING_HEADER,
        "doubling_nanobind.cpp": BINDING,
        "device/kernels/mover.cpp": KERNEL,
    }
    for name, text in files.items():
        file = root / FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def loaded(tree: Path, ttnn: Any) -> Any:
    built = build_operation(tree / FOLDER)
    assert built.problems == ()
    assert built.library is not None
    emulator.load_operation(built.library)
    return ttnn


@pytest.fixture(autouse=True)
def home(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TT_METAL_HOME", str(tree))


def tensor(ttnn: Any, on: Any, shape: tuple[int, ...] = (1, 1, 64, 96), **changes: Any) -> Any:
    values = np.random.default_rng(4).standard_normal(shape).astype(np.float32)
    given = {"dtype": ttnn.float32, "layout": ttnn.TILE_LAYOUT, "device": on, **changes}
    return ttnn.from_torch(values, **given)


@pytest.mark.parametrize("shape", [(32, 32), (1, 1, 64, 96), (2, 3, 100, 320)], ids=str)
def test_an_operation_runs_through_its_binding(loaded: Any, device: Any, shape: tuple[int, ...]) -> None:
    x = tensor(loaded, device, shape)
    y = loaded.doubling(x, memory_config=loaded.L1_MEMORY_CONFIG)
    assert y.memory_config() == loaded.L1_MEMORY_CONFIG
    np.testing.assert_array_equal(y.to_numpy(), 2 * x.to_numpy())
    np.testing.assert_array_equal(loaded.doubling(x, 0.5).to_numpy(), x.to_numpy() / 2)


def test_a_launch_is_recorded_with_its_phases(loaded: Any, device: Any) -> None:
    x = tensor(loaded, device)
    with inspection.record() as log:
        loaded.doubling(x, 3.0)
    (launch,) = log.launches
    assert launch.operation == launch.factory == "DirectDeviceOperation"
    assert launch.phases == (
        "validate", "output_specs", "output_tensors", "program_factory", "descriptor", "dispatch",
    )  # fmt: skip
    names = dict(launch.attributes)
    assert (names["factor"], names["unused"]) == ("3", "nullopt")
    assert "BufferType::DRAM" in names["memory_config"]
    assert launch.program is not None
    assert launch.program["kernels"][0]["runtime_args"][0, 0][0] == x.buffer_address()


@pytest.mark.parametrize(("tiles", "factory"), [(2, "FewTiles"), (6, "ManyTiles")])
def test_a_factory_is_chosen(loaded: Any, device: Any, tiles: int, factory: str) -> None:
    x = tensor(loaded, device, (32, 32 * tiles))
    with inspection.record() as log:
        (y,) = loaded.doubling_chosen(x, 4.0)
    assert (log.launches[0].operation, log.launches[0].factory) == ("ChosenDeviceOperation", factory)
    np.testing.assert_array_equal(y.to_numpy(), 4 * x.to_numpy())
    np.testing.assert_array_equal(loaded.doubling_chosen(x).to_numpy(), 2 * x.to_numpy())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"device": None}, "doubling: input 'x' must be on a device, got StorageType::HOST"),
        ({"layout": "row"}, "doubling: input 'x' must have layout TILE, got Layout::ROW_MAJOR"),
        ({"dtype": "bf16"}, "doubling: input 'x' must have dtype float32, got DataType::BFLOAT16"),
    ],
)
def test_validation_speaks_through(loaded: Any, device: Any, changes: dict[str, Any], message: str) -> None:
    real = {"row": loaded.ROW_MAJOR_LAYOUT, "bf16": loaded.bfloat16}
    x = tensor(loaded, device, **{name: real.get(value, value) for name, value in changes.items()})
    with inspection.record() as log, pytest.raises(RuntimeError) as caught:
        loaded.doubling(x)
    where, info, text, backtrace, _ = str(caught.value).split("\n")
    assert where.startswith("TT_FATAL @ ")
    assert f"{FOLDER}/doubling.cpp:" in where
    assert (info, text, backtrace) == ("info:", message, "backtrace:")
    assert log.launches[0].phases == ("validate",)
    assert message in str(log.launches[0].error)


def test_message_formats(loaded: Any, device: Any) -> None:
    with pytest.raises(RuntimeError, match=r"out of range: -1\.0, shape Shape\(\[1, 1, 64, 96\]\)"):
        loaded.doubling(tensor(loaded, device), -1.0)


def test_an_operation_is_loaded_once(loaded: Any, tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = build_operation(tree / FOLDER).library
    assert library is not None
    before = loaded.doubling
    monkeypatch.setenv("OP_PIPELINE_OPERATIONS", str(library))
    assert emulator.activate() is loaded
    assert loaded.doubling is before
    assert emulator.load_operation(library) is emulator.load_operation(library)
    (tmp_path / "broken.so").write_bytes(b"no library")
    with pytest.raises(ImportError):
        emulator.load_operation(tmp_path / "broken.so")


def test_wrong_python_arguments(loaded: Any, device: Any) -> None:
    with pytest.raises(TypeError, match="incompatible function arguments"):
        loaded.doubling(tensor(loaded, device), 2.0, loaded.L1_MEMORY_CONFIG)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        loaded.doubling("x")


def test_without_kernel_the_descriptor_stands(loaded: Any, device: Any, tree: Path) -> None:
    kernel = tree / FOLDER / "device/kernels/mover.cpp"
    text = kernel.read_text(encoding="utf-8")
    try:
        kernel.write_text(text.replace("cb_pop_front", "cb_pop_frnt"), encoding="utf-8")
        with pytest.raises(KernelCompileError, match="cb_pop_frnt"):
            loaded.doubling(tensor(loaded, device))
        kernel.unlink()
        with inspection.record(dispatch=False) as log:
            loaded.doubling(tensor(loaded, device))
        assert log.launches[0].program is not None
        assert log.launches[0].image is None
        assert "Cannot open kernel source file" in str(log.launches[0].error)
        with pytest.raises(RuntimeError, match="Cannot open kernel source file"):
            loaded.doubling(tensor(loaded, device))
    finally:
        kernel.write_text(text, encoding="utf-8")


ASSERT = "tt_stl/assert.hpp"
HOST_API = "tt-metalium/host_api.hpp"
TYPES = "ttnn/types.hpp"


@pytest.mark.parametrize(
    ("header", "body", "wanted"),
    [
        (ASSERT, 'TT_FATAL(x > 0, "needs {} and {}", x);', "more {} than arguments"),
        (ASSERT, 'TT_FATAL(x > 0, "open {", x);', "unbalanced braces"),
        (ASSERT, 'TT_FATAL(x, "{{}} {:>5}", x); TT_THROW("plain"); TT_FATAL(x); TT_ASSERT(x, "{}", x);', ""),
        (HOST_API, "tt::tt_metal::KernelDescriptor k; int n = x; k.emplace_runtime_args({0, 0}, {n});", "error"),
        (TYPES, "ttnn::MemoryConfig m = ttnn::BufferType::L1;", "error"),
        (TYPES, "ttnn::Shape s({1, 2}); s[-1] = x; ttnn::MemoryConfig m{ttnn::BufferType::L1};", ""),
    ],
)
def test_strictness_of_the_headers(tmp_path: Path, header: str, body: str, wanted: str) -> None:
    source = tmp_path / "source.cpp"
    source.write_text(f"#include <{header}>\nvoid f(int x) {{ {body} }}\n", encoding="utf-8")
    flags = [f"-I{EMULATOR / folder}" for folder in ("host", "runtime")]
    done = proc.run(["g++", "-std=c++20", "-fsyntax-only", *flags, str(source)])
    assert wanted in done.output if wanted else not done.output
