#include <nanobind/operators.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <tt_stl/assert.hpp>

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
    nb::class_<NdShardSpec>(module, "NdShardSpec")
        .def(
            nb::init<Shape, CoreRangeSet, ShardOrientation, ShardDistributionStrategy>(), "shard_shape"_a, "grid"_a,
            "orientation"_a = ShardOrientation::ROW_MAJOR,
            "shard_distribution_strategy"_a = ShardDistributionStrategy::ROUND_ROBIN_1D)
        .def_rw("shard_shape", &NdShardSpec::shard_shape)
        .def_rw("grid", &NdShardSpec::grid)
        .def_rw("orientation", &NdShardSpec::orientation)
        .def_rw("shard_distribution_strategy", &NdShardSpec::shard_distribution_strategy)
        .def("num_cores", &NdShardSpec::num_cores)
        .def(nb::self == nb::self)
        .def("__repr__", [](const NdShardSpec& spec) { return format_as(spec); });
}

void bind_memory_config(nb::module_& module) {
    nb::class_<MemoryConfig>(module, "MemoryConfig")
        .def(
            nb::init<TensorMemoryLayout, BufferType, std::optional<ShardSpec>>(),
            "memory_layout"_a = TensorMemoryLayout::INTERLEAVED, "buffer_type"_a = BufferType::DRAM,
            "shard_spec"_a = nb::none())
        .def(
            "__init__",
            [](MemoryConfig* self, BufferType type, NdShardSpec spec) { new (self) MemoryConfig(type, std::move(spec)); },
            "buffer_type"_a, "nd_shard_spec"_a)
        .def_prop_ro("memory_layout", &MemoryConfig::memory_layout)
        .def_prop_ro("buffer_type", &MemoryConfig::buffer_type)
        .def_prop_ro("shard_spec", &MemoryConfig::shard_spec)
        .def_prop_ro("nd_shard_spec", &MemoryConfig::nd_shard_spec)
        .def_prop_ro("interleaved", [](const MemoryConfig& config) { return !config.is_sharded(); })
        .def("is_sharded", &MemoryConfig::is_sharded)
        .def("_created_with_nd_shard_spec", &MemoryConfig::created_with_nd_shard_spec)
        .def(nb::self == nb::self)
        .def("__hash__", [](const MemoryConfig& config) { return std::hash<std::string>()(format_as(config)); })
        .def("__repr__", [](const MemoryConfig& config) { return format_as(config); });
}

void bind_tensor_spec(nb::module_& module) {
    nb::enum_<TensorSpec::ShardShapeAlignment>(module, "ShardShapeAlignment")
        .value("NONE", TensorSpec::ShardShapeAlignment::NONE)
        .value("REQUIRED", TensorSpec::ShardShapeAlignment::REQUIRED)
        .value("RECOMMENDED", TensorSpec::ShardShapeAlignment::RECOMMENDED);
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
        .def(
            "__init__",
            [](TensorSpec* self, const Shape& shape, DataType dtype, Layout layout, NdShardSpec nd_shard_spec,
               BufferType buffer_type, std::optional<Tile> tile) {
                const MemoryConfig memory(buffer_type, std::move(nd_shard_spec));
                new (self) TensorSpec(shape, TensorLayout(dtype, PageConfig(layout, tile), memory));
            },
            "shape"_a, "dtype"_a, "layout"_a, "nd_shard_spec"_a, "buffer_type"_a = BufferType::DRAM,
            "tile"_a = nb::none())
        .def("height_sharded", &TensorSpec::height_sharded, "grid"_a, "orientation"_a = ShardOrientation::ROW_MAJOR)
        .def("width_sharded", &TensorSpec::width_sharded, "grid"_a, "orientation"_a = ShardOrientation::ROW_MAJOR)
        .def("block_sharded", &TensorSpec::block_sharded, "grid"_a, "orientation"_a = ShardOrientation::ROW_MAJOR)
        .def(
            "block_sharded",
            [](const TensorSpec& self, const CoreRangeSet& grid, ShardOrientation orientation) {
                TT_FATAL(grid.ranges().size() == 1, "Block sharding requires a single rectangular core range, got {}", grid);
                return self.block_sharded(grid.ranges().front(), orientation);
            },
            "grid"_a, "orientation"_a = ShardOrientation::ROW_MAJOR)
        .def(
            "sharded", &TensorSpec::sharded, "nd_shard_spec"_a,
            "shard_alignment"_a = TensorSpec::ShardShapeAlignment::RECOMMENDED)
        .def(
            "sharded",
            [](const TensorSpec& self, Shape shape, CoreRangeSet grid, TensorSpec::ShardShapeAlignment alignment,
               ShardOrientation orientation, ShardDistributionStrategy strategy) {
                return self.sharded(NdShardSpec(std::move(shape), std::move(grid), orientation, strategy), alignment);
            },
            "shard_shape"_a, "grid"_a, "shard_alignment"_a = TensorSpec::ShardShapeAlignment::RECOMMENDED,
            "orientation"_a = ShardOrientation::ROW_MAJOR,
            "shard_distribution_strategy"_a = ShardDistributionStrategy::ROUND_ROBIN_1D)
        .def_prop_ro("shape", &TensorSpec::logical_shape)
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
