#include <nanobind/operators.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "bindings.hpp"
#include "ttnn/tensor/tensor_spec.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

void bind_shard_specs(nb::module_& module) {
    nb::class_<ShardSpec>(module, "ShardSpec")
        .def(nb::init<CoreRangeSet, const std::array<std::uint32_t, 2>&, ShardOrientation>(), "grid"_a, "shard_shape"_a, "shard_orientation"_a)
        .def_rw("grid", &ShardSpec::grid)
        .def_rw("shape", &ShardSpec::shape)
        .def_rw("orientation", &ShardSpec::orientation)
        .def("num_cores", &ShardSpec::num_cores)
        .def(nb::self == nb::self)
        .def("__repr__", [](const ShardSpec& spec) { return format_as(spec); });
}

void bind_memory_config(nb::module_& module) {
    nb::class_<MemoryConfig>(module, "MemoryConfig")
        .def(
            nb::init<TensorMemoryLayout, BufferType, std::optional<ShardSpec>>(),
            "memory_layout"_a = TensorMemoryLayout::INTERLEAVED, "buffer_type"_a = BufferType::DRAM,
            "shard_spec"_a = nb::none())
        .def_prop_ro("memory_layout", &MemoryConfig::memory_layout)
        .def_prop_ro("buffer_type", &MemoryConfig::buffer_type)
        .def_prop_ro("shard_spec", &MemoryConfig::shard_spec)
        .def_prop_ro("interleaved", [](const MemoryConfig& config) { return !config.is_sharded(); })
        .def("is_sharded", &MemoryConfig::is_sharded)
        .def(nb::self == nb::self)
        .def("__hash__", [](const MemoryConfig& config) { return std::hash<std::string>()(format_as(config)); })
        .def("__repr__", [](const MemoryConfig& config) { return format_as(config); });
}

void bind_tensor_spec(nb::module_& module) {
    nb::class_<TensorSpec>(module, "TensorSpec")
        .def(
            "__init__",
            [](TensorSpec* self, const Shape& shape, DataType dtype, Layout layout, BufferType buffer_type,
               std::optional<Tile> tile) {
                const MemoryConfig memory(TensorMemoryLayout::INTERLEAVED, buffer_type);
                new (self) TensorSpec(shape, TensorLayout(dtype, PageConfig(layout, tile), memory));
            },
            "shape"_a, "dtype"_a, "layout"_a, "buffer_type"_a = BufferType::DRAM, "tile"_a = nb::none())
        .def(
            "__init__",
            [](TensorSpec* self, const Shape& shape, DataType dtype, Layout layout, TensorMemoryLayout memory_layout,
               std::optional<ShardSpec> shard_spec, BufferType buffer_type, std::optional<Tile> tile) {
                const MemoryConfig memory(memory_layout, buffer_type, std::move(shard_spec));
                new (self) TensorSpec(shape, TensorLayout(dtype, PageConfig(layout, tile), memory));
            },
            "shape"_a, "dtype"_a, "layout"_a, "memory_layout"_a, "shard_spec"_a = nb::none(),
            "buffer_type"_a = BufferType::DRAM, "tile"_a = nb::none())
        .def_prop_ro("shape", &TensorSpec::logical_shape)
        .def_prop_ro("padded_shape", &TensorSpec::padded_shape)
        .def_prop_ro("dtype", &TensorSpec::data_type)
        .def_prop_ro("layout", &TensorSpec::layout)
        .def_prop_ro("tile", &TensorSpec::tile)
        .def_prop_ro("memory_config", &TensorSpec::memory_config)
        .def(nb::self == nb::self)
        .def("__repr__", [](const TensorSpec& spec) { return format_as(spec); });
}

}  // namespace

void bind_memory(nb::module_& module) {
    bind_shard_specs(module);
    bind_memory_config(module);
    bind_tensor_spec(module);
    module.def("_tensor_spec", [](const Shape& shape, DataType dtype, Layout layout, const MemoryConfig& memory) {
        return TensorSpec(shape, TensorLayout(dtype, PageConfig(layout), memory));
    });
}

}  // namespace op_emulator::bindings
